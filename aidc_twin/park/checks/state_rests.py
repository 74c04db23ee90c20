"""Work under way at the epoch cannot have more left than it takes, nor be something on its way that was due before."""

from __future__ import annotations

import math
from collections.abc import Mapping

from aidc_twin.park.checks.breakdowns import hours_of
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.durations import hours_per_unit
from aidc_twin.park.park import Key, Park, row_key
from aidc_twin.park.schema import Leg, Operation, OperationState
from aidc_twin.resources.suggest import listed
from aidc_twin.resources.unread import UnreadCell
from aidc_twin.units.quantity import BOUNDED

ROUNDED = 0.005
"""Hours by which a rest may be too long: it is often written with two decimals."""

READ = ("operations", "products", "orders", "needs", "setups", "legs", "calendars", "windows", "state/operations")


def check(findings: Findings) -> None:
    """Too much work left and overdue purchase orders are refused; what repairs, reworks or setups explain is told."""
    findings.part(_check_overdue)
    if not findings.readable(*READ):
        return
    park = findings.park
    told: list[str] = []
    for row in park.state_operations:
        step = _step_of(park, row)
        if step is None or row.status != "under_way":
            continue
        takes, most = _hours(park, step)
        if row.remaining_hours <= takes + ROUNDED:
            continue
        most = max(most, park.begun_hours.get(_key(step), 0.0))
        if row.remaining_hours <= most + ROUNDED:
            told.append(f"{row.operation} of {row.order}, {number(row.remaining_hours)} h of at most {number(takes)}")
            continue
        findings.add(
            row,
            "remaining_hours",
            f"{number(row.remaining_hours)}, and {row.operation} takes {number(most)} h at most",
            allowed=f"0 to {number(most)} h",
            fix="write the open hours of work that are left, or correct the duration of the step",
            code="more-left-than-it-takes",
        )
    if told:
        findings.note(f"work under way with more left than it takes: {listed(told)}")


def begun_hours(park: Park) -> Mapping[Key, float]:
    """Most hours that can be left of each step and leg; a scenario changes how long they take, not what was begun."""
    return {_key(step): _begun(park, step) for step in (*park.operations, *park.legs)}


def _begun(park: Park, step: Operation | Leg) -> float:
    try:
        return _hours(park, step)[1]
    except UnreadCell:  # a scenario can say what could not be read; how long it took before nobody knows
        return math.inf


def _key(step: Operation | Leg) -> Key:
    return ("legs" if isinstance(step, Leg) else "operations", *row_key(step))


def _step_of(park: Park, row: OperationState) -> Operation | Leg | None:
    """Step or leg that a row is about; None where there is none."""
    if not (park.has("products", row.product) and park.has("orders", row.order)):
        return None
    steps = (step for step in park.operations_of(park.product(row.product).routing) if step.operation == row.operation)
    legs = (leg for leg in park.legs_of(park.order(row.order).destination) if leg.leg == row.operation)
    return next(steps, None) or next(legs, None)


def _hours(park: Park, step: Operation | Leg) -> tuple[float, float]:
    """Most hours that a step takes by itself, and with all that can make it longer; endless where nothing bounds it."""
    return _leg_hours(step) if isinstance(step, Leg) else _step_hours(park, step)


def _leg_hours(leg: Leg) -> tuple[float, float]:
    """Hours under way, and with the longest wait for a sailing."""
    if leg.duration_days.kind not in BOUNDED:
        return math.inf, math.inf
    takes = 24 * leg.duration_days.high
    return takes, takes + (24 * leg.interval_days.value if leg.kind == "sailing" else 0.0)


def _step_hours(park: Park, step: Operation) -> tuple[float, float]:
    if step.duration.kind not in BOUNDED:
        return math.inf, math.inf
    takes = hours_of(park, step)[1]
    if step.fault_rate_hour.high > 0 or step.learning.high > 1:
        return takes, math.inf
    return takes, takes + _rework_hours(park, step) + _setup_hours(park, step)


def _rework_hours(park: Park, step: Operation) -> float:
    """A unit that has failed has its rework and the step again before it."""
    if step.fail_share.high <= 0 or step.rework.high <= 0:
        return 0.0
    if step.rework.kind not in BOUNDED:
        return math.inf
    try:
        return step.rework.high * hours_per_unit(park, step.rework_unit, step.calendar)
    except ValueError:  # weekdays that are none, a problem of the calendar
        return math.inf


def _setup_hours(park: Park, step: Operation) -> float:
    servers = {need.resource for need in park.needs_of(step.routing, step.operation) if need.during == "operation"}
    return max(
        (row.hours.value for row in park.setups if row.resource in servers and row.to_family == step.setup_family),
        default=0.0,
    )


def _check_overdue(findings: Findings) -> None:
    """What has not come by the epoch comes later: a date before it would be taken for the epoch itself."""
    epoch = findings.park.head.epoch
    for row in findings.park.state_purchase_orders:
        if row.arrives.known and row.placed <= row.arrives.high < epoch:
            findings.add(
                row,
                "arrives",
                f"{row.arrives.text}, and it is on its way on {epoch}",
                allowed=f"{epoch} (the epoch) or later, the last day of a range",
                fix="write the day that is expected now; where it has come, add it to state/stocks and remove the row",
                code="overdue",
            )
