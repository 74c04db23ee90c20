"""What can hold a park back, and the same park (or policy) without it: each cause is a switch.

A switch changes rows of the park, never its names, so that under the same seeds every other draw stays what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from aidc_twin.park import Park
from aidc_twin.park.calendars import mean_open_hours
from aidc_twin.park.schema import Branch, Capacity, Operation, Row, Shift, StockState
from aidc_twin.twin.compile import Policy
from aidc_twin.units.quantity import Quantity

__all__ = ["CAUSES", "Case", "Cause"]

RowT = TypeVar("RowT", bound=Row)

ZERO = Quantity("constant", (0.0,))
AMPLE, TIMES = 1e9, 1000.0
"""Ample is so much of a resource, or so many times what there is of it where that is more (working capital)."""
STOCK = 1e12
"""Units of a material that last for any horizon: the most that a state may tell."""
AGAIN = "+again"
"""Ending of the names of orders that are there a second time."""
HOURS_A_DAY = 24.0


@dataclass(frozen=True)
class Case:
    """A park and the policy under which it is simulated; `order_of` tells the order of each unit by its id."""

    park: Park
    policy: Policy
    order_of: Mapping[str, str]


@dataclass(frozen=True)
class Cause:
    """A cause by its name; `off` gives the case without it, the same one where it has none of it."""

    name: str
    off: Callable[[Case], Case]


def _of_park(change: Callable[[Park], Park]) -> Callable[[Case], Case]:
    def off(case: Case) -> Case:
        park = change(case.park)
        return case if park is case.park else replace(case, park=park)

    return off


def _without_breakdowns(park: Park) -> Park:
    """No machine stops, and none is down at the epoch; no fault comes during a step. Breaks are the crew's."""
    crews = _of_kind(park, "crew")
    stops = tuple(row for row in park.breakdowns if row.resource in crews)
    up = tuple(row for row in park.state_machines if row.status == "up")
    steps = tuple(_with(row, fault_rate_hour=ZERO) if row.fault_rate_hour.value > 0 else row for row in park.operations)
    if (stops, up, steps) == (park.breakdowns, park.state_machines, park.operations):
        return park
    return replace(park, breakdowns=stops, state_machines=up, operations=steps)


def _without_rework(park: Park) -> Park:
    """Every step is passed at once, and no way leads to scrap."""
    steps = tuple(_with(row, fail_share=ZERO) if row.fail_share.value > 0 else row for row in park.operations)
    ways = _without_scrap(park.branches)
    return park if (steps, ways) == (park.operations, park.branches) else replace(park, operations=steps, branches=ways)


def _without_scrap(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    """Ways that do not end in scrap, with their shares among themselves; to the end where there is none."""
    found: list[Branch] = []
    for row in branches:
        own = [other for other in branches if (other.routing, other.operation) == (row.routing, row.operation)]
        kept = sum(other.share.value for other in own if other.next != "scrap")
        if row.next != "scrap":
            found.append(row if len(own) == sum(one.next != "scrap" for one in own) else _with(
                row, share=row.share.scaled(1 / kept)))  # fmt: skip
        elif kept <= 0:
            found.append(_with(row, next="end"))
    return tuple(found)


def _with_material(park: Park) -> Park:
    """Everything that no quota gives lies in stock from the beginning."""
    return _stocked(park, {row.material for row in park.materials if row.weekly_quota is None})


def _with_quota(park: Park) -> Park:
    """So does what is given by quota, which nobody has to wait for then."""
    names = {row.material for row in park.materials if row.weekly_quota is not None}
    free = tuple(_with(row, weekly_quota=None) if row.material in names else row for row in park.materials)
    return _stocked(replace(park, materials=free), names) if names else park


def _stocked(park: Park, names: set[str]) -> Park:
    """Ample stock of some materials."""
    if not names:
        return park
    others = (row for row in park.state_stocks if row.material not in names)
    ample = (StockState(material=row.material, quantity=STOCK) for row in park.materials if row.material in names)
    return replace(park, state_stocks=(*others, *ample))


def _without_blocking(park: Park) -> Park:
    """Places for all that is in work, and no machine keeps a unit that waits for its next step."""
    seats = _of_kind(park, "servers")
    works_on = {(row.routing, row.on) for row in park.operations if row.on}
    needs = tuple(
        _with(row, until="", leave="any")
        if row.until == "next" and row.resource in seats and (row.routing, row.resource) not in works_on else row
        for row in park.needs
    )  # fmt: skip
    roomy = _ample(park, _of_kind(park, "space"))
    return roomy if needs == park.needs else replace(roomy, needs=needs)


def _with_power(park: Park) -> Park:
    """As much power (air, cooling water) as is asked for."""
    return _ample(park, _of_kind(park, "cumulative"))


def _with_cash(park: Park) -> Park:
    """As much working capital as is tied up."""
    return _ample(park, _of_kind(park, "cash"))


def _with_crew(park: Park) -> Park:
    """People enough for all work, alike and without breaks."""
    crews = _of_kind(park, "crew")
    if not crews:
        return park
    alike = tuple(_with(row, members="alike") if row.resource in crews else row for row in park.resources)
    needs = tuple(_with(row, who=(), prefer=0) if row.resource in crews else row for row in park.needs)
    stops = tuple(row for row in park.breakdowns if row.resource not in crews)
    return _ample(replace(park, resources=alike, needs=needs, breakdowns=stops), crews)


def _always_open(park: Park) -> Park:
    """Every calendar is open day and night; working days keep their hours of work."""
    names = list(dict.fromkeys(row.calendar for row in (*park.calendars, *park.windows)))
    if not names:
        return park
    hours = {name: mean_open_hours(park.shifts_of(name), windows=park.windows_of(name)) for name in names}
    open_ = tuple(Shift(calendar=name, shift=1, days="mon-sun", start=0, end=1440) for name in names)
    steps = tuple(_in_hours(row, hours) for row in park.operations)
    return replace(park, calendars=open_, holidays=(), windows=(), operations=steps)


def _in_hours(row: Operation, hours: dict[str, float]) -> Operation:
    """The same work where a day of the calendar has 24 hours instead of its own."""
    share = hours.get(row.calendar, HOURS_A_DAY) / HOURS_A_DAY
    columns = (("duration", row.duration_unit), ("rework", row.rework_unit))
    changed = {name: getattr(row, name).scaled(share) for name, unit in columns if unit == "working_day"}
    if row.last_start_hours:
        changed["last_start_hours"] = 0.0
    return _with(row, **changed) if changed else row


def _without_transport(park: Park) -> Park:
    """Units are where they are to go at once."""
    if not (park.legs or park.transfers):
        return park
    legs = tuple(
        _with(row, kind="delay", duration_days=ZERO, interval_days=ZERO, capacity_units=ZERO, first_departure=None)
        for row in park.legs
    )
    return replace(park, legs=legs, transfers=())


def _phases_in_time(park: Park) -> Park:
    """Every phase opens on its first possible day."""
    phases = tuple(
        _with(row, opens=replace(row.opens, mode=row.opens.low, high=row.opens.low), delay_days=ZERO)
        if row.delay_days.high > 0 or row.opens.high > row.opens.low else row
        for row in park.phases
    )  # fmt: skip
    return park if phases == park.phases else replace(park, phases=phases)


def _book_twice(case: Case) -> Case:
    """Every order a second time behind those that are there, released and supplied like them."""
    park, policy = case.park, case.policy
    if not park.orders:
        return case
    twins = tuple(_with(row, order=f"{row.order}{AGAIN}") for row in park.orders)
    last = max(policy.priority.values(), default=0) + 1
    bought, name = policy.purchases, {unit: _twin(unit, order) for unit, order in case.order_of.items()}
    release = {**policy.release_tick, **{name[unit]: tick for unit, tick in policy.release_tick.items()}}
    place = {**policy.priority, **{name[unit]: last + place for unit, place in policy.priority.items()}}
    twice = None if bought is None else [(material, tick, 2 * amount) for material, tick, amount in bought]
    changed = replace(policy, release_tick=release, priority=place, purchases=twice)
    return replace(case, park=replace(park, orders=(*park.orders, *twins)), policy=changed)


def _twin(unit: str, order: str) -> str:
    """Name of the same unit of an order that is there a second time."""
    return f"{order}{AGAIN}{unit.removeprefix(order)}"


def _of_kind(park: Park, kind: str) -> set[str]:
    return {row.resource for row in park.resources if row.kind == kind}


def _ample(park: Park, names: set[str]) -> Park:
    """As much of some resources as is asked for, from the beginning."""
    if not names:
        return park
    others = (row for row in park.capacity if row.resource not in names)
    there = {name: sum(row.amount.value for row in park.capacity_of(name)) for name in names}
    ample = (
        Capacity(resource=row.resource, amount=Quantity("constant", (max(AMPLE, TIMES * there[row.resource]),)))
        for row in park.resources if row.resource in names
    )  # fmt: skip
    return replace(park, capacity=(*others, *ample))


def _with(row: RowT, **columns: object) -> RowT:
    return row.model_copy(update=columns)


CAUSES = (
    Cause("breakdown", _of_park(_without_breakdowns)),
    Cause("rework and scrap", _of_park(_without_rework)),
    Cause("starvation by material", _of_park(_with_material)),
    Cause("quota", _of_park(_with_quota)),
    Cause("blocking", _of_park(_without_blocking)),
    Cause("power", _of_park(_with_power)),
    Cause("working capital", _of_park(_with_cash)),
    Cause("crew", _of_park(_with_crew)),
    Cause("closed time", _of_park(_always_open)),
    Cause("transport", _of_park(_without_transport)),
    Cause("late phase", _of_park(_phases_in_time)),
    Cause("order book", _book_twice),
)
"""All causes in the order in which they are switched off."""
