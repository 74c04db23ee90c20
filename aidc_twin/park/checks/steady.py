"""Streams without an end must find room: where a resource is asked for more than all of its time, work piles up.

Loads are reckoned from below, so that what is refused really has no steady state: full batches, no changeovers, no
waiting while something is held, the most capacity of the horizon, holidays left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import NamedTuple

from aidc_twin.park.calendars import open_share
from aidc_twin.park.checks.capacity import most_capacity
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.durations import HOURS, attempts_of, duration_hours, hours_per_unit
from aidc_twin.park.flow import Flow, flow_of
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Need, Operation, Resource, Source
from aidc_twin.park.units_of_order import units_for
from aidc_twin.park.visits import visits

DECISIVE = (
    "park", "sources", "products", "operations", "branches", "needs", "resources", "capacity", "phases", "calendars",
    "holidays", "windows", "breakdowns",
)  # fmt: skip
"""Files from which loads are reckoned."""
KINDS = ("servers", "crew", "cumulative", "space")


class Ask(NamedTuple):
    """What one source asks of a resource: amount times hours of each hour, and the calendar in which it is worked."""

    source: Source
    load: float
    calendar: str


class Load(NamedTuple):
    """Share of the time of a resource that endless streams take, and the source that takes most of it."""

    share: float
    source: Source


def check(findings: Findings) -> None:
    """Refuse resources that would be busy for all of their open time or more; only where no load hangs on a mistake."""
    park = findings.park
    wrong = {PurePath(problem.file).stem for problem in findings.problems}
    if not wrong.isdisjoint(DECISIVE) or park.incomplete or not any(not row.most for row in park.sources):
        return
    for name, load in steady_loads(park).items():
        if load.share >= 1 - 1e-9:
            _add(findings, park.resource(name), load)


def _add(findings: Findings, resource: Resource, load: Load) -> None:
    most = most_capacity(findings.park, resource.resource)
    mean = load.source.interval_hours.mean
    percent = math.floor(1000 * load.share + 1e-6) / 10
    findings.add(
        load.source,
        "interval_hours",
        f"{load.source.interval_hours.text}: {resource.resource} would be busy {number(percent)} % of its open time",
        allowed="below 100 %: else work piles up without end",
        fix=f"let there be more than {number(most * load.share)} {resource.unit} of {resource.resource} (there are "
        f"{number(most)}), or more than {number(mean * load.share)} h between arrivals; or let units leave "
        "(patience_hours), or end the stream (most)",
        code="overload",
    )


def steady_loads(park: Park) -> dict[str, Load]:
    """Load of each resource by the sources without an end; 1 is all of its open time at the most capacity."""
    asks: dict[str, list[Ask]] = {}
    for source in park.sources:
        if not source.most and source.interval_hours.mean > 0:
            for name, ask in _asked(park, source):
                asks.setdefault(name, []).append(ask)
    return {row.resource: _load(park, row, asks[row.resource]) for row in park.resources if row.resource in asks}


def _load(park: Park, resource: Resource, asks: list[Ask]) -> Load:
    calendars = {ask.calendar for ask in asks}
    share = 1.0
    if len(calendars) == 1:  # the only hours in which it is asked for; with several, closed hours may be used by others
        (calendar,) = calendars
        share = open_share(park.shifts_of(calendar), park.windows_of(calendar), _horizon(park))
    capacity = most_capacity(park, resource.resource) * share
    stops, up = _stops(park, resource.resource)
    total = sum(ask.load for ask in asks) * stops / up / capacity if capacity > 0 else 0.0
    return Load(total, max(asks, key=lambda ask: ask.load).source)


def _stops(park: Park, resource: str) -> tuple[float, float]:
    """Factor by which work takes longer through stops that count its hours, and share of time without the others."""
    stops, up = 1.0, 1.0
    for row in park.breakdowns_of(resource):
        if row.clock_calendar:  # it may come less often than the hours say
            continue
        uptime = row.uptime_hours.mean
        repair = row.repair_hours.mean / max(1e-9, _open(park, row.calendar))
        if row.clock == "busy":
            stops += repair / uptime
        else:
            up *= uptime / (uptime + repair)
    return stops, up


def _horizon(park: Park) -> float:
    return HOURS["week"] * park.head.horizon_weeks


def _open(park: Park, calendar: str) -> float:
    return open_share(park.shifts_of(calendar), park.windows_of(calendar), _horizon(park))


def _asked(park: Park, source: Source) -> list[tuple[str, Ask]]:
    """What a source asks of each resource, by its own units and by what is made for them."""
    asks: list[tuple[str, Ask]] = []
    for product, count in units_for(park, source.product, 1.0).items():
        asks += _asked_by(park, source, park.product(product).routing, count)
    return asks


def _asked_by(park: Park, source: Source, routing: str, count: int) -> list[tuple[str, Ask]]:
    """What so many units for each of a source's ask of each resource; nothing of what is shared, nor of those before
    which a unit may have lost patience, or taken another way.
    """
    flow = flow_of(park, routing, ships=False)
    rows = {row.operation: row for row in park.operations_of(routing)}
    rate = count * source.units / source.interval_hours.mean
    arrivals = rate * _horizon(park)
    attempts = {name: _attempts(row, arrivals) for name, row in rows.items()}
    came = visits(flow, {name: passing for name, (_, passing) in attempts.items()})
    if came is None or any(_loses(park, row) for row in rows.values()):
        return []
    unsure = [name for name, row in rows.items() if row.patience_hours is not None]
    unsure += [to for name, row in rows.items() if row.ways != "chance" for to in flow.next_of(name)]
    sure = rows.keys() - flow.reached(unsure)
    found: list[tuple[str, Ask]] = []
    for need in (need for name in sorted(sure) for need in park.needs_of(routing, name)):
        if park.resource(need.resource).kind in KINDS and need.hold == "take" and need.per == "unit":
            row = rows[need.operation]
            hours = _hours(park, flow, rows, need, attempts[need.operation][0], arrivals)
            together = row.batch_max if need.during == "operation" else 1
            load = rate * came[need.operation] * need.amount.value * hours / together
            found.append((need.resource, Ask(source, load, _calendar(row))))
    return found


def _calendar(row: Operation) -> str:
    return row.calendar if row.when_closed == "suspend" else ""


def _loses(park: Park, row: Operation) -> bool:
    """Whether a breakdown may take units away during an operation."""
    needs = park.needs_of(row.routing, row.operation)
    return any(stop.effect == "lose" for need in needs for stop in park.breakdowns_of(need.resource))


def _learned(factor: float, row: Operation, arrivals: float) -> float:
    """What learning makes of a number in the end, if it makes it smaller."""
    if factor >= 1 or factor <= 0:
        return 1.0
    return ((row.learned_units + arrivals) / row.learned_units) ** math.log2(factor)


def _attempts(row: Operation, arrivals: float) -> tuple[float, float]:
    """Mean number of attempts of a visit, and the probability that one of them passes."""
    fails = row.fail_share.value * _learned(row.fail_learning.value, row, arrivals)
    return attempts_of(fails, row.attempts_most), 1 - fails**row.attempts_most if row.attempts_most else 1.0


def _hours(
    park: Park, flow: Flow, rows: Mapping[str, Operation], need: Need, attempts: float, arrivals: float
) -> float:
    """Mean hours for which a visit holds a need, at least; until a later step where one follows the other."""
    row = rows[need.operation]
    if need.during == "rework":
        return (attempts - 1) * row.rework.mean * hours_per_unit(park, row.rework_unit, row.calendar)
    name, hours, comes = need.operation, _work(park, row, arrivals), 1.0
    in_line = not flow.branches and need.until in rows
    while in_line and name != need.until and len(flow.followers(name)) == 1:
        comes *= _attempts(rows[name], arrivals)[1]  # what is scrapped gives back what it holds
        (name,) = flow.followers(name)
        hours += comes * _work(park, rows[name], arrivals)
    return hours


def _work(park: Park, row: Operation, arrivals: float) -> float:
    """Mean hours of all attempts of a visit to an operation."""
    return _attempts(row, arrivals)[0] * duration_hours(park, row)[1] * _learned(row.learning.value, row, arrivals)
