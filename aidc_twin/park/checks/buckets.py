"""Capacity that is shared out by period: its periods and amounts, and steps whose work is done in shares."""

from __future__ import annotations

from itertools import combinations
from math import gcd

from aidc_twin.park.buckets import bucket_amounts, buckets_of, periods
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.flow import NEXT
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Bucket, Need, Operation, Overlap, Resource, Row
from aidc_twin.park.units_of_order import SHIPPED_KINDS, SITE_STAGES

MOST_PERIODS = 1_000_000
PERIODIC = {
    "period_hours": None,
    "first_hours": 0.0,
    "window_hours": None,
    "beyond_window": "yes",
    "finish_first": "no",
}
"""Columns of resources that only kind `bucketed` has, with what they are where they say nothing."""
NOT_IN_SHARES = (
    "duration",
    "calendar",
    "setup_family",
    "fail_share",
    "fault_rate_hour",
    "attempts_most",
    "batch_max",
    "patience_hours",
    "learning",
    "turn",
    "on",
    "last_start_hours",
)
"""Columns of operations that a step with shares leaves as they are."""
PLAIN_NEED = {"when_closed": "keep", "hold": "take", "leave": "any", "per": "unit", "same": "any"}
"""Columns of what such a step needs besides."""


def check(findings: Findings) -> None:
    """Resources, amounts of periods, needs, steps, overlaps and earliest starts."""
    park = findings.park
    if not findings.readable("resources", "operations", "needs"):
        return
    findings.each(park.resources, _check_resource)
    if findings.readable("capacity", "buckets"):
        findings.each(park.resources, _check_amounts)
    findings.each(park.buckets, _check_bucket)
    findings.each(park.needs, _check_rank)
    findings.each(park.operations, _check_operation)
    findings.part(_check_routings)
    findings.part(_check_overlaps)
    findings.part(_check_not_before)


def _check_bucket(findings: Findings, row: Bucket) -> None:
    if findings.park.has("resources", row.resource) and not _is_bucketed(findings.park, row.resource):
        _not_bucketed(findings, row, "resource", row.resource)


def _check_rank(findings: Findings, need: Need) -> None:
    park = findings.park
    if need.rank and not (park.has("resources", need.resource) and _is_bucketed(park, need.resource)):
        _refuse(
            findings,
            need,
            "rank",
            f"{need.rank} at {need.resource}",
            "rank-without-buckets",
            "0 where the resource is not of kind bucketed",
            "leave it blank: `dispatch` orders its queue",
        )


def _needs(park: Park, routing: str, operation: str) -> list[Need]:
    """Needs of shares of periods."""
    rows = park.needs_of(routing, operation)
    return [row for row in rows if park.has("resources", row.resource) and _is_bucketed(park, row.resource)]


def _is_bucketed(park: Park, resource: str) -> bool:
    return park.resource(resource).kind == "bucketed"


def _refuse(findings: Findings, row: Row, column: str, found: str, code: str, allowed: str, fix: str) -> None:
    findings.add(row, column, found, allowed=allowed, fix=fix, code=code)


def _not_bucketed(findings: Findings, row: Bucket, column: str, name: str) -> None:
    known = sorted(other.resource for other in findings.park.resources if other.kind == "bucketed")
    _refuse(
        findings,
        row,
        column,
        f"{name}, a resource of kind {findings.park.resource(name).kind}",
        "not-bucketed",
        f"a resource of kind bucketed: {', '.join(known) or 'there is none'}",
        "write its capacity into capacity.csv, or let it be of kind bucketed",
    )


def _check_resource(findings: Findings, row: Resource) -> None:
    """Columns of periods where there are periods, and nothing that they leave no place for."""
    if row.kind != "bucketed":
        for column, usual in PERIODIC.items():
            if getattr(row, column) != usual:
                _refuse(
                    findings,
                    row,
                    column,
                    f"{getattr(row, column)} at {row.resource}, of kind {row.kind}",
                    "period-without-buckets",
                    "blank",
                    "leave it blank, or let the kind be bucketed",
                )
        return
    if row.period_hours is None:
        _refuse(
            findings,
            row,
            "period_hours",
            "blank",
            "no-period",
            "the hours of a period, as 168 for a week",
            f"write after how many hours the capacity of {row.resource} is shared out again",
        )
    elif row.period_hours * 3.6e9 / findings.park.head.tick_us < 1 or periods(findings.park, row) > MOST_PERIODS:
        _refuse(
            findings,
            row,
            "period_hours",
            number(row.period_hours),
            "period-too-short",
            f"at least a tick, and at most {MOST_PERIODS:,} periods within the horizon",
            "write longer periods, in hours",
        )
    for column, usual in (("queue", "backfill"), ("dispatch", "edd"), ("calendar", "")):
        if getattr(row, column) != usual:
            _refuse(
                findings,
                row,
                column,
                f"{getattr(row, column)} at {row.resource}, of kind bucketed",
                "queue-of-buckets",
                f"{usual or 'blank'}, or left out",
                "leave it blank: it is shared out by due date at the start of each period",
            )


def _check_amounts(findings: Findings, row: Resource) -> None:
    """Amounts come from one table, one for each period, and some of them are above nothing where work needs them."""
    if row.kind != "bucketed":
        return
    park, rows = findings.park, buckets_of(findings.park, row.resource)
    parts = park.capacity_of(row.resource)
    if rows and parts:
        _refuse(
            findings,
            parts[0],
            "resource",
            f"{row.resource}, which has rows in buckets",
            "two-capacities",
            "capacity by day, or amounts of single periods",
            "remove the rows of one of the two tables",
        )
    for one, other in combinations([bucket for bucket in rows if bucket.every], 2):
        if (one.bucket - other.bucket) % gcd(one.every, other.every) == 0:
            _refuse(
                findings,
                other,
                "bucket",
                f"{other.bucket} every {other.every}",
                "bucket-twice",
                f"no period that another row has (bucket {one.bucket} every {one.every})",
                "give each period one row that repeats; a row with every 0 goes before it once",
            )
    needs = [need for need in park.needs if need.resource == row.resource]
    amounts = bucket_amounts(park, row)
    if needs and (not parts if amounts is None else not (amounts > 0).any()):
        _refuse(
            findings,
            rows[0] if rows else needs[0],
            "amount" if rows else "resource",
            f"no {row.resource} in any period of the horizon",
            "zero-capacity",
            f"an amount above 0, which {needs[0].operation} needs",
            f"add rows for {row.resource} to capacity or buckets",
        )


def _check_operation(findings: Findings, row: Operation) -> None:
    """A step with shares has one resource that is shared out, no time of its own, and no machine."""
    park = findings.park
    shares = _needs(park, row.routing, row.operation)
    if not shares:
        return
    for need in shares:
        for column, usual in (("until", ""), ("during", "operation"), ("when_closed", "keep")):
            if getattr(need, column) != usual:
                _refuse(
                    findings,
                    need,
                    column,
                    getattr(need, column),
                    "kept-share",
                    f"{usual or 'blank'}",
                    f"leave it blank: {need.operation} gets shares of {need.resource} until its work is done",
                )
    if len(shares) > 1:
        _refuse(
            findings,
            shares[1],
            "resource",
            f"{shares[1].resource} beside {shares[0].resource}",
            "two-buckets",
            "one resource of kind bucketed for a step",
            f"make two steps of {row.operation}",
        )
    for column in NOT_IN_SHARES:
        value, usual = getattr(row, column), Operation.model_fields[column].default
        if value != usual:
            _refuse(
                findings,
                row,
                column,
                str(getattr(value, "text", value)),
                "not-in-shares",
                "blank",
                f"leave it blank: {row.operation} takes the periods in which it gets shares of "
                f"{shares[0].resource}; make another step of what is done otherwise",
            )
    for need in park.needs_of(row.routing, row.operation):
        other = park.resource(need.resource) if park.has("resources", need.resource) else None
        usual = all(getattr(need, column) == word for column, word in PLAIN_NEED.items())
        strange = need.until in ("parts", "joined") or not usual
        if other is not None and (other.kind == "servers" or other.queue == "strict" or strange):
            _refuse(
                findings,
                need,
                "resource",
                f"{need.resource} beside shares of {shares[0].resource}",
                "beside-shares",
                "people, amounts, space or money that are kept while it lasts",
                "a machine or a strict queue goes with a step of its own",
            )


def _check_routings(findings: Findings) -> None:
    """Nothing scraps a unit whose work is done in shares, and nothing of it has been done at the epoch."""
    park = findings.park
    shared = {row.routing for row in park.operations if _needs(park, row.routing, row.operation)}
    rows: list[tuple[Row, str, str, str]] = [(row, "operation", row.operation, row.routing) for row in park.branches]
    for operation in park.operations:
        for column in ("attempts_most", "patience_hours"):
            value = getattr(operation, column)
            if value:
                rows.append((operation, column, str(getattr(value, "text", value)), operation.routing))
    for row in park.breakdowns:
        routings = {need.routing for need in park.needs if need.resource == row.resource} & shared
        rows += [(row, "effect", "lose", routing) for routing in sorted(routings)[:1] if row.effect == "lose"]
    rows += [(row, "leave", row.leave, row.routing) for row in park.needs if row.leave != "any"]
    for row in park.state_operations:
        if park.has("products", row.product):
            rows.append((row, "operation", row.operation, park.product(row.product).routing))
    for row, column, found, routing in rows:
        if routing in shared:
            _refuse(
                findings,
                row,
                column,
                f"{found}, of routing {routing}",
                "way-with-shares",
                "a routing without steps whose resource is of kind bucketed",
                "units whose work is shared out by period go one way from its beginning, never scrapped nor kept",
            )


def _check_overlaps(findings: Findings) -> None:
    park = findings.park
    sums: dict[tuple[str, str], float] = {}
    for row in park.overlaps:
        if not (park.has_operation(row.routing, row.operation) and park.has_operation(row.routing, row.before)):
            _unknown_step(findings, row)
            continue
        if row.before not in park.operation(row.routing, row.operation).after:
            _refuse(
                findings,
                row,
                "before",
                row.before,
                "overlap-without-after",
                f"a step in `after` of {row.operation}",
                f"write {row.before} into `after` of {row.operation}",
            )
        for column in ("operation", "before"):
            name = getattr(row, column)
            if not _needs(park, row.routing, name):
                _refuse(
                    findings,
                    row,
                    column,
                    f"{name}, which needs no resource of kind bucketed",
                    "overlap-without-buckets",
                    "steps whose work is done in shares of periods",
                    "divide the step into pieces that follow each other, or give it such a resource",
                )
        if _ships_between(park, row):
            _refuse(
                findings,
                row,
                "before",
                f"{row.before}, before the transport; {row.operation} comes after it",
                "overlap-across-legs",
                "two steps on one side of the transport",
                "let the step wait until the unit has arrived: remove the row",
            )
        _check_next(findings, row)
        key = row.routing, row.operation
        sums[key] = sums.get(key, 0.0) + row.share.value
        if sums[key] > 1 + 1e-9:
            _refuse(
                findings,
                row,
                "share",
                f"shares of {row.operation} sum to {number(sums[key])}",
                "shares-above-one",
                "at most 1 for a step",
                "lower the shares; what no row brings is there at once",
            )


def _check_next(findings: Findings, row: Overlap) -> None:
    """What a step keeps until the next one starts would go while it is still worked on."""
    for need in findings.park.needs_of(row.routing, row.before):
        if need.until == NEXT:
            _refuse(
                findings,
                need,
                "until",
                f"{NEXT}, at {row.before}, while {row.operation} begins on what is done of it",
                "next-of-overlap",
                "blank, a later operation, or end",
                "its next step begins before it is passed: name the step at whose end it is given back",
            )


def _ships_between(park: Park, row: Overlap) -> bool:
    """Whether legs stand between the two steps."""
    ships = any(product.kind in SHIPPED_KINDS for product in park.products if product.routing == row.routing)
    far, near = (park.operation(row.routing, name).stage in SITE_STAGES for name in (row.operation, row.before))
    return ships and bool(park.legs) and far and not near


def _unknown_step(findings: Findings, row: Overlap) -> None:
    park = findings.park
    if row.routing not in park.routings:
        findings.unknown(row, "routing", row.routing, park.routings, "a routing in operations")
        return
    names = {op.operation for op in park.steps_of(row.routing)}
    for column in ("operation", "before"):
        if getattr(row, column) not in names:
            findings.unknown(row, column, getattr(row, column), names, f"an operation of routing {row.routing}")


def _check_not_before(findings: Findings) -> None:
    """Steps are those of the order's product or of something that is made for it."""
    park = findings.park
    if not findings.readable("orders", "products", "bom"):
        return
    for row in park.not_before:
        if not park.has("orders", row.order):
            continue
        made: list[str] = [park.order(row.order).product]
        for product in made:
            made += [
                line.item for line in park.bom_of(product) if park.has("products", line.item) and line.item not in made
            ]
        routings = {park.product(product).routing for product in made if park.has("products", product)}
        names = {op.operation for routing in routings for op in park.steps_of(routing)}
        if names and row.operation not in names:
            findings.unknown(row, "operation", row.operation, names, f"an operation of order {row.order}")
