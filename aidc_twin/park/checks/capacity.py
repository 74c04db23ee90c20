"""Resources must be able to hold what operations ask of them, within what can be simulated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aidc_twin.park.calendars import earliest_opening
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Capacity, Need, Resource
from aidc_twin.park.steps import all_before

COUNTED = ("servers", "crew")
"""Kinds that come in whole pieces, each with a state of its own."""

MOST_SERVERS = 1_000_000
MOST_AMOUNT = 1e12
SERVER_BYTES = 64
"""Bytes that a simulation keeps of one server."""


def check(findings: Findings) -> None:
    """Amounts within limits, dates in order, and for each need a time at which it can be met."""
    park = findings.park
    if not findings.readable("resources"):
        return
    findings.each(park.capacity, _check_part)
    if findings.readable("capacity", "phases"):
        findings.each(park.resources, _check_total)
        findings.part(_check_needs)


def _check_part(findings: Findings, part: Capacity) -> None:
    findings.part(_check_days, part)
    findings.part(_check_pieces, part)


def _check_days(findings: Findings, part: Capacity) -> None:
    if part.phase and part.start:
        findings.add(
            part,
            "start",
            f"{part.start} beside phase {part.phase}",
            allowed="a phase or a first day",
            fix="leave one of them blank: with a phase, capacity starts when the phase opens",
            code="two-starts",
        )
    if part.start and part.end and part.end < part.start:
        findings.add(
            part,
            "end",
            part.end.isoformat(),
            allowed=f"{part.start} or later",
            fix="exchange the dates",
            code="capacity-reversed",
        )


def _check_pieces(findings: Findings, part: Capacity) -> None:
    if not findings.park.has("resources", part.resource):
        return
    amount = part.amount.value
    kind = findings.park.resource(part.resource).kind
    if kind in COUNTED and amount != int(amount):
        findings.add(
            part,
            "amount",
            number(amount),
            allowed="a whole number",
            code="fractional-pieces",
            fix=f"{part.resource} are {kind}, which come in whole pieces; write {int(amount)} or {int(amount) + 1}",
        )


def _check_total(findings: Findings, resource: Resource) -> None:
    parts = findings.park.capacity_of(resource.resource)
    total = sum(part.amount.value for part in parts)
    limit = MOST_SERVERS if resource.kind in COUNTED else MOST_AMOUNT
    if total > limit:
        size = f", which would take {number(total * SERVER_BYTES / 2**30)} GiB" if resource.kind in COUNTED else ""
        findings.add(
            max(parts, key=lambda part: part.amount.value),
            "amount",
            f"{number(total)} {resource.unit}{size}",
            allowed=f"at most {number(limit)} for a resource of kind {resource.kind}",
            fix="check the unit; describe large amounts as cumulative",
            code="too-much-capacity",
        )


def most_capacity(park: Park, resource: str) -> float:
    """Greatest amount of a resource at any time of the horizon, phases opening as early as they may."""
    spans = [(*_span(park, part), part.amount.value) for part in park.capacity_of(resource)]
    starts = [
        max(start, park.head.epoch) for start, end, _ in spans if start < park.horizon_end and end >= park.head.epoch
    ]
    return max((sum(amount for start, end, amount in spans if start <= day <= end) for day in starts), default=0.0)


def capacity_on(park: Park, resource: str, day: date) -> float:
    """Amount of a resource on a day, phases opening as early as they may."""
    spans = ((*_span(park, part), part.amount.value) for part in park.capacity_of(resource))
    return sum(amount for start, end, amount in spans if start <= day <= end)


def _span(park: Park, part: Capacity) -> tuple[date, date]:
    """First and last day of a part of a capacity."""
    start = part.start or park.head.epoch
    if part.phase and park.has("phases", part.phase):
        start = earliest_opening(park.phase(part.phase))
    return start, part.end or date.max


def _check_needs(findings: Findings) -> None:
    park = findings.park
    most: dict[str, float] = {}
    for resource in park.resources:
        findings.part(_measure, resource, most)
    blamed: set[str] = set()
    for need in park.needs:
        if need.resource in most:
            findings.part(_check_need, need, most[need.resource], blamed)


def _measure(findings: Findings, resource: Resource, most: dict[str, float]) -> None:
    if resource.kind != "bucketed":
        most[resource.resource] = most_capacity(findings.park, resource.resource)


def _check_need(findings: Findings, need: Need, capacity: float, blamed: set[str]) -> None:
    park, wanted = findings.park, need.amount.value
    if wanted <= capacity:
        return
    if capacity > 0:
        findings.add(
            need,
            "amount",
            f"{number(wanted)} of {need.resource}",
            allowed=f"at most {number(capacity)}, the most that there is at any time of the horizon",
            fix=f"add capacity or lower the need: {_blocked(park, need)}",
            code="need-exceeds-capacity",
        )
    elif need.resource not in blamed:
        blamed.add(need.resource)
        _no_capacity(findings, need, park.capacity_of(need.resource))


def _no_capacity(findings: Findings, need: Need, parts: Sequence[Capacity]) -> None:
    found = f"no {need.resource} at any time of the horizon" if parts else f"{need.resource} without a row in capacity"
    findings.add(
        parts[0] if parts else need,
        "amount" if parts else "resource",
        found,
        allowed=f"at least {number(need.amount.value)}, which {need.operation} needs",
        fix=f"add capacity: {_blocked(findings.park, need)}",
        code="zero-capacity",
    )


def _blocked(park: Park, need: Need) -> str:
    """Which products and how many orders a need makes impossible."""
    products = sorted(row.product for row in park.products if row.routing == need.routing)
    inside: dict[str, list[str]] = {}
    for line in park.bom:
        inside.setdefault(line.parent, []).append(line.item)
    orders = sum(1 for order in park.orders if {order.product, *all_before(order.product, inside)} & set(products))
    return f"{', '.join(products) or need.routing} can never be made ({orders} orders wait for it)"
