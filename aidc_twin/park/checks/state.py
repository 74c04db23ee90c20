"""A state must be one that the park can be in at its epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

from aidc_twin.park.checks.capacity import capacity_on
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.checks.state_families import Families
from aidc_twin.park.checks.state_parts import ENDLESS, Unit, check_parts, is_done
from aidc_twin.park.flow import END, JOINED, NEXT, PARTS
from aidc_twin.park.park import Park
from aidc_twin.park.schema import MachineState, Need, OperationState, Order, PurchaseOrderState
from aidc_twin.park.steps import all_before
from aidc_twin.park.units_of_order import steps_of_unit, units_of
from aidc_twin.resources.suggest import listed
from aidc_twin.resources.unread import UnreadCell


def check(findings: Findings) -> None:
    """Contradictions in the four tables of a state."""
    findings.each(findings.park.state_purchase_orders, _check_purchase)
    if findings.readable("capacity", "resources", "phases"):
        findings.each(findings.park.state_machines, _check_machine)
    findings.each(findings.park.state_operations, _check_remaining)
    tables = ("orders", "products", "bom", "operations", "branches", "destinations", "legs", "state/operations")
    if findings.readable(*tables) and findings.park.state_operations:
        units = _known_units(findings)
        for unit, rows in units.items():
            findings.part(_check_unit, unit, rows)
        findings.part(check_parts, units)
        if findings.readable("needs", "capacity", "resources", "phases"):
            findings.part(_check_holdings, units)


def _known_units(findings: Findings) -> dict[Unit, dict[str, OperationState]]:
    """State rows of each unit by operation, of those rows whose unit exists."""
    park = findings.park
    amounts: dict[str, dict[str, int]] = {}
    units: dict[Unit, dict[str, OperationState]] = {}
    for row in park.state_operations:
        if not (park.has("orders", row.order) and park.has("products", row.product)):
            continue
        order = park.order(row.order)
        if row.order not in amounts:
            amounts[row.order] = units_of(park, order)
            findings.part(_check_placed, row, order)
        if _exists(findings, row, amounts[row.order]):
            units.setdefault((row.order, row.product, row.unit), {})[row.operation] = row
    return units


def _check_remaining(findings: Findings, row: OperationState) -> None:
    if row.status == "done" and row.remaining_hours > 0:
        findings.add(
            row,
            "remaining_hours",
            f"{number(row.remaining_hours)} for a step that is done",
            allowed="blank or 0",
            fix="write under_way, or leave the hours blank",
            code="remaining-of-done",
        )


def _check_placed(findings: Findings, row: OperationState, order: Order) -> None:
    if order.ordered > findings.park.head.epoch:
        findings.add(
            row,
            "order",
            f"{row.order}, ordered on {order.ordered}",
            code="started-before-ordered",
            allowed=f"an order placed by the epoch {findings.park.head.epoch}",
            fix="correct the order or its date",
        )


def _exists(findings: Findings, row: OperationState, amounts: Mapping[str, int]) -> bool:
    if row.product not in amounts:
        if _is_known(findings.park, amounts):
            findings.unknown(row, "product", row.product, amounts, f"a product of order {row.order}")
    elif row.unit > amounts[row.product]:
        findings.add(
            row,
            "unit",
            row.unit,
            allowed=f"1 to {amounts[row.product]}, the units of {row.product} in order {row.order}",
            fix="correct the number, or the quantity of the order",
            code="unknown-unit",
        )
    else:
        return True
    return False


def _is_known(park: Park, amounts: Mapping[str, int]) -> bool:
    """Whether all that an order consists of is known; what is not is told at the order or the bill of materials."""
    items = [line.item for name in amounts for line in park.bom_of(name)]
    return all(park.has("products", name) for name in amounts) and all(
        park.has("products", name) or park.has("materials", name) for name in items
    )


def _check_unit(findings: Findings, unit: Unit, rows: Mapping[str, OperationState]) -> None:
    """Steps of one unit: known, and none begun before its predecessors are done."""
    park = findings.park
    routing = park.product(unit[1]).routing
    if routing not in park.routings:
        return  # told at the product
    before = steps_of_unit(park, unit[1], park.order(unit[0]).destination)
    for name, row in rows.items():
        if name not in before and park.has_operation(routing, name):
            continue  # a step on a cycle, which is told at the step
        if name not in before:
            findings.unknown(row, "operation", name, before, f"a step of {unit[1]}")
            continue
        _check_way(findings, unit, row)
        missing = sorted(other for other in before[name] if other in before and not is_done(rows, other))
        if missing:
            findings.add(
                row,
                "operation",
                f"{name} is {row.status}, {listed(missing)} not done",
                code="done-before-predecessor",
                allowed=f"{listed(before[name])} done before it",
                fix=f"add {listed(missing)} as done, or remove the row",
            )


def _check_way(findings: Findings, unit: Unit, row: OperationState) -> None:
    """A step at which the way divides has not been passed: nobody would know where its unit went."""
    routing = findings.park.product(unit[1]).routing
    if row.status == "done" and findings.park.branches_of(routing, row.operation):
        findings.add(
            row,
            "status",
            f"{row.operation} is done, and the way divides behind it",
            allowed="under_way, or a unit that has not come so far",
            fix="a state does not say which way was taken; write under_way with 0 remaining_hours to let chance decide",
            code="way-unknown",
        )


def _check_holdings(findings: Findings, units: Mapping[Unit, dict[str, OperationState]]) -> None:
    """What the units of the state hold of each resource must be there at the epoch.

    A unit of which a cell was not read counts for nothing: what the others hold is held all the same.
    """
    park = findings.park
    held: dict[str, float] = {}
    last: dict[str, OperationState] = {}
    if any(problem.code in ENDLESS for problem in findings.problems):
        return
    families = Families(park, units)
    for unit, rows in units.items():
        try:
            holds = _held(families, unit, rows)
            place = next((row for row in rows.values() if row.status == "under_way"), next(iter(rows.values())))
        except UnreadCell:
            continue
        for resource, amount in holds.items():
            held[resource] = held.get(resource, 0.0) + amount
            last[resource] = place
    for resource in sorted(held):
        there = capacity_on(park, resource, park.head.epoch)
        down = _down(park, resource, there)
        if held[resource] > (there - down) * (1 + 1e-9):
            findings.add(
                last[resource],
                "status",
                f"{number(held[resource])} of {resource} held by the units of the state"
                + (f", {down} of its machines down" if down else ""),
                allowed=f"at most {number(there - down)}, which is there and up on {park.head.epoch}",
                code="state-exceeds-capacity",
                fix="fewer steps can be under way, or more capacity is there than capacity says",
            )


def _down(park: Park, resource: str, there: float) -> int:
    """Machines of a resource that are there at the epoch and down."""
    rows = (row for row in park.state_machines if row.resource == resource and row.machine <= there)
    return sum(row.status == "down" for row in rows)


def _held(families: Families, unit: Unit, rows: Mapping[str, OperationState]) -> dict[str, float]:
    """Amount of each resource that a unit holds at the epoch."""
    park = families.park
    routing = park.product(unit[1]).routing
    before = steps_of_unit(park, unit[1], park.order(unit[0]).destination)
    over = all(is_done(rows, name) for name in before)
    found: dict[str, float] = {}
    for name, row in rows.items():
        for need in park.needs_of(routing, name):
            if need.during == "rework" or need.hold == "look" or not park.has("resources", need.resource):
                continue
            until = need.until or name
            given_back = over
            if until in (PARTS, JOINED):
                given_back = families.given_back(unit, need)
            elif until == NEXT:
                given_back |= any(name in before[other] for other in rows if other in before)
            elif until != END:
                given_back = _begun_after(rows, before, until)
            if (row.status == "under_way" or not given_back) and families.takes(unit, need):
                found[need.resource] = found.get(need.resource, 0.0) + _seized(park, need)
    return found


def _seized(park: Park, need: Need) -> float:
    """What a need takes: kilowatts and floor as they are, everything else in whole numbers, rounded up."""
    fine = park.resource(need.resource).kind in ("cumulative", "space")
    return need.amount.value if fine else float(math.ceil(need.amount.value - 1e-9))


def _begun_after(rows: Mapping[str, OperationState], before: Mapping[str, tuple[str, ...]], until: str) -> bool:
    """Whether a step is done, itself or because a later one has begun; a leg of another destination is none."""
    if until not in before or is_done(rows, until):
        return True
    return any(until in all_before(name, before) for name in rows if name in before)


def _check_purchase(findings: Findings, row: PurchaseOrderState) -> None:
    epoch = findings.park.head.epoch
    if row.placed > epoch:
        findings.add(
            row,
            "placed",
            row.placed.isoformat(),
            allowed=f"{epoch} (the epoch) or earlier",
            fix="a purchase order that is not placed yet is no state; remove it",
            code="placed-after-epoch",
        )
    if row.arrives.high < row.placed:
        findings.add(
            row,
            "arrives",
            row.arrives.text,
            allowed=f"{row.placed} or later",
            fix="exchange the dates",
            code="arrives-before-placed",
        )


def _check_machine(findings: Findings, row: MachineState) -> None:
    park = findings.park
    if not park.has("resources", row.resource):
        return
    kind, there = park.resource(row.resource).kind, capacity_on(park, row.resource, park.head.epoch)
    if kind != "servers":
        findings.add(
            row,
            "resource",
            f"{row.resource}, a resource of kind {kind}",
            allowed="a resource of kind servers",
            fix="describe what is missing of it in capacity, with a last day",
            code="not-servers",
        )
    elif row.machine > there:
        findings.add(
            row,
            "machine",
            row.machine,
            allowed=f"1 to {number(there)}, which are there on {park.head.epoch}",
            fix="correct the number",
            code="unknown-machine",
        )
    if row.until is not None and row.until < _day(row.status, park):
        findings.add(
            row,
            "until",
            row.until.isoformat(),
            allowed=f"{park.head.epoch} or later",
            fix="a machine that is back is up; remove the row",
            code="back-before-epoch",
        )


def _day(status: str, park: Park) -> date:
    return park.head.epoch if status == "down" else date.min
