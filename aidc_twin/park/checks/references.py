"""Every name in a park must be the name of something."""

from __future__ import annotations

from collections.abc import Callable

from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.flow import END, JOINED, LEGS, NEXT, PARTS, SCRAP, Flow, flow_of
from aidc_twin.park.park import Park
from aidc_twin.park.schema import BomLine, Branch, Leg, Need, Operation, Output, Row, Sale, Transfer
from aidc_twin.park.steps import all_before
from aidc_twin.park.units_of_order import SHIPPED_KINDS

OUTSIDE = "outside"
"""Buyer that is no entity of the park."""

RESERVED = (END, NEXT, SCRAP, PARTS, JOINED)
UNTIL = (END, NEXT, PARTS, JOINED)
"""Words that say until when something is kept."""
"""Words that no step can have for a name."""

PLAIN: tuple[tuple[str, str, str], ...] = (
    ("resources", "entity", "entities"),
    ("capacity", "resource", "resources"),
    ("capacity", "phase", "phases"),
    ("buckets", "resource", "resources"),
    ("not_before", "order", "orders"),
    ("products", "maker", "entities"),
    ("bom", "parent", "products"),
    ("needs", "resource", "resources"),
    ("setups", "resource", "resources"),
    ("breakdowns", "resource", "resources"),
    ("breakdowns", "crew", "resources"),
    ("outputs", "material", "materials"),
    ("sources", "product", "products"),
    ("sources", "destination", "destinations"),
    ("legs", "destination", "destinations"),
    ("sales", "seller", "entities"),
    ("orders", "product", "products"),
    ("investments", "phase", "phases"),
    ("investment_gains", "investment", "investments"),
    ("outlook", "product", "products"),
    ("orders", "destination", "destinations"),
    ("state/operations", "order", "orders"),
    ("state/operations", "product", "products"),
    ("state/stocks", "material", "materials"),
    ("state/purchase_orders", "material", "materials"),
    ("state/machines", "resource", "resources"),
)
"""(table, column, table whose key it must be); blank cells refer to nothing."""

CALENDARS = ("holidays", "resources", "operations", "breakdowns")
"""Tables whose column `calendar` names a calendar: of shifts, of windows, or of both."""


def check(findings: Findings) -> None:
    """Unknown names in every column that refers to another table."""
    park = findings.park
    for table, column, target in PLAIN:
        _check_column(findings, table, column, (target,))
    for table in CALENDARS:
        _check_column(findings, table, "calendar", ("calendars", "windows"))
    _check_column(findings, "breakdowns", "clock_calendar", ("calendars", "windows"))
    _check_column(findings, "bom", "item", ("products", "materials"))
    _check_column(findings, "sales", "item", ("products", "materials"))
    _check_column(findings, "investment_gains", "name", ("resources", "materials"))
    _check_column(findings, "sales", "buyer", ("entities",), OUTSIDE)
    if findings.readable("operations"):
        for table in ("products", "branches", "outputs", "transfers", "needs"):
            findings.each(findings.rows(table), _check_routing)
        findings.part(_note_routings)
        findings.each(park.routings, _check_after)
        findings.each((*park.branches, *park.outputs, *park.transfers), _check_step)
        findings.each(park.branches, _check_next)
        findings.each(park.needs, _check_need)
        findings.each(park.bom, _check_bom)
        findings.each(park.sales, _check_sale)
        findings.part(_check_families)
        findings.part(_check_reserved)


def _check_column(findings: Findings, table: str, column: str, targets: tuple[str, ...], besides: str = "") -> None:
    """Names in a column; blank and the word `besides` refer to nothing."""
    if not findings.readable(*targets):
        return
    known = sorted({str(getattr(row, row.__key__[0])) for name in targets for row in findings.park.table(name)})
    names = {*known, "", besides}
    for row in findings.rows(table):
        found = vars(row).get(column, "")
        if found not in names:
            findings.unknown(row, column, found, known, f"a name in {' or '.join(targets)}")


def _check_routing(findings: Findings, row: Row) -> None:
    routings, found = findings.park.routings, vars(row).get("routing")
    if found is not None and found not in routings:
        findings.unknown(row, "routing", found, routings, "a routing in operations")


def _note_routings(findings: Findings) -> None:
    routings = findings.park.routings
    if findings.readable("products"):
        unused = sorted(set(routings) - {product.routing for product in findings.park.products})
        if unused:
            findings.note(f"routings that no product uses: {', '.join(unused)}")


def _check_after(findings: Findings, routing: str) -> None:
    steps = findings.park.steps_of(routing)
    names = {step.operation for step in steps}
    for row in steps:
        for before in vars(row).get("after", ()):
            if before not in names:
                findings.unknown(row, "after", before, names, f"an operation of routing {routing}")


def steps_before(park: Park, routing: str) -> Callable[[str], set[str]]:
    """Function from an operation of a routing to all operations that must be done before it."""
    before = {row.operation: row.after for row in park.operations_of(routing)}
    return lambda name: all_before(name, before)


def _check_step(findings: Findings, row: Branch | Output | Transfer) -> None:
    """Operation of a row that belongs to one; legs are none."""
    names = {op.operation for op in findings.park.steps_of(row.routing)}
    if names and row.operation not in names:
        findings.unknown(row, "operation", row.operation, names, f"an operation of routing {row.routing}")


def _check_next(findings: Findings, row: Branch) -> None:
    names = {op.operation for op in findings.park.steps_of(row.routing)}
    if names and row.next not in (*names, END, SCRAP):
        what = f"an operation of routing {row.routing}, end or scrap"
        findings.unknown(row, "next", row.next, [*names, END, SCRAP], what)


def _check_reserved(findings: Findings) -> None:
    rows: list[tuple[Operation | Leg, str, str]] = [
        (row, "operation", row.operation) for row in findings.park.operations
    ]
    rows += [(row, "leg", row.leg) for row in findings.park.legs]
    for row, column, name in rows:
        if name in RESERVED:
            findings.add(
                row,
                column,
                name,
                allowed="another name",
                fix=f"rename it: `{name}` has a meaning of its own in `until` and in branches",
                code="reserved-name",
            )


def step_names(park: Park, routing: str) -> set[str]:
    """Operations of a routing; with the legs of every destination where a product of it takes them."""
    ships = any(row.kind in SHIPPED_KINDS for row in park.products if row.routing == routing)
    legs = {leg.leg for leg in park.legs} if ships else set[str]()
    return {row.operation for row in park.steps_of(routing)} | legs


def _all_known(findings: Findings, routing: str) -> bool:
    """Whether what `step_names` gives is all that there is."""
    ships = any(row.kind in SHIPPED_KINDS for row in findings.park.products if row.routing == routing)
    return findings.readable("products") and (findings.readable("legs") or not ships)


def _check_need(findings: Findings, need: Need) -> None:
    park = findings.park
    steps = {row.operation for row in park.steps_of(need.routing)}
    if not steps:
        return
    names = step_names(park, need.routing)
    if need.operation in names and need.operation not in steps:
        findings.add(
            need,
            "operation",
            f"{need.operation}, a leg",
            allowed=f"an operation of routing {need.routing}",
            fix="a leg seizes nothing; limit it by capacity_units of a sailing, or write an operation for it",
            code="need-of-leg",
        )
    elif need.operation not in names:
        if _all_known(findings, need.routing):
            findings.unknown(need, "operation", need.operation, names, f"an operation of routing {need.routing}")
    elif need.until and need.until not in (*UNTIL, *names):
        what = f"an operation of routing {need.routing}, next, end, parts or joined"
        findings.unknown(need, "until", need.until, [*names, *UNTIL], what)
    elif need.until:
        _check_until(findings, need, flow_of(park, need.routing))


def _check_until(findings: Findings, need: Need, flow: Flow) -> None:
    """What is seized must be given back at a step that is behind the one that seizes it."""
    name = need.operation
    if need.during == "rework":
        allowed, code = "blank for a rework", "until-of-rework"
        fix = "leave it blank: what a rework needs is given back at the end of the rework"
    elif need.until in (name, *UNTIL) or name not in flow.after:
        return
    else:
        until = need.until if need.until in flow.after else LEGS
        if until in flow.reached(flow.next_of(name)):
            return
        allowed = f"{name} or a later operation"
        fix = f"name a step that comes after {name}, or leave it blank to give back at its end"
        code = "until-before-start"
        if until not in all_before(name, flow.after):
            code, fix = "until-beside", f"{need.until} is done beside {name}, not behind it; {fix}"
    findings.add(need, "until", need.until, allowed=allowed, fix=fix, code=code)


def _check_bom(findings: Findings, line: BomLine) -> None:
    park = findings.park
    names = set[str]()
    if park.has("products", line.parent):
        names = {row.operation for row in park.steps_of(park.product(line.parent).routing)}
    if names:
        findings.part(_check_joined, line, names)
        findings.part(_check_released, line, names)


def _check_joined(findings: Findings, line: BomLine, names: set[str]) -> None:
    if line.operation not in names:
        findings.unknown(line, "operation", line.operation, names, f"an operation of {line.parent}")


def _check_released(findings: Findings, line: BomLine, names: set[str]) -> None:
    park = findings.park
    if line.released_by and line.released_by not in names:
        findings.unknown(line, "released_by", line.released_by, names, f"an operation of {line.parent}, or blank")
    elif line.released_by and line.released_by not in steps_before(park, park.product(line.parent).routing)(
        line.operation
    ):
        findings.add(
            line,
            "released_by",
            line.released_by,
            allowed=f"a step before {line.operation}",
            code="released-too-late",
            fix=f"{line.item} would be released after {line.operation} already waits for it; name an earlier step",
        )


def _check_sale(findings: Findings, sale: Sale) -> None:
    findings.part(_check_buyer, sale)
    names = _sale_steps(findings.park, sale)
    if findings.readable("products", "legs", "bom") and names and sale.operation not in names:
        findings.unknown(sale, "operation", sale.operation, names, f"an operation that makes or consumes {sale.item}")


def _check_buyer(findings: Findings, sale: Sale) -> None:
    if sale.seller == sale.buyer:
        findings.add(
            sale,
            "buyer",
            sale.buyer,
            allowed="another entity, or outside",
            fix="name the buyer",
            code="sale-to-itself",
        )


def _sale_steps(park: Park, sale: Sale) -> set[str]:
    """Operations at which a sale may post; empty where the item is unknown."""
    if park.has("products", sale.item):
        return step_names(park, park.product(sale.item).routing)
    if not park.has("materials", sale.item):
        return set()
    return {line.operation for line in park.bom if line.item == sale.item}


def _check_families(findings: Findings) -> None:
    families = sorted({row.setup_family for row in findings.park.operations if row.setup_family})
    for setup in findings.park.setups:
        for column in ("from_family", "to_family"):
            if getattr(setup, column) not in families:
                findings.unknown(setup, column, getattr(setup, column), families, "a setup_family of an operation")
