"""What units do in the weeks after their release: use of resources and materials and postings, read from traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.classes import MATERIAL_SCALE
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.kernel.layout import (
    J_VALUE,
    JOB,
    OUTPUT,
    P_PPM,
    P_RULE,
    P_YUAN,
    POST,
    S_OUT,
    S_OUT_END,
    S_POST,
    S_POST_END,
    STEP,
    TR_END,
    TR_SERIAL,
    TR_SLOT,
    TR_START,
    TR_STEP,
    UNDER_WAY,
    ParkArrays,
    table,
)
from aidc_twin.twin.memory import Ints, Reals
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.route_tables import route_holds
from aidc_twin.twin.trace import last_attempts, passings, repairs_of, takings

O_WHAT, O_MUCH = range(2)
"""Columns of what steps put into stock: material and thousandths."""


AMOUNT, USE = 2, 5
"""Place of the amount among the columns of a use, and how many there are; of a unit in a batch one more, the piece."""


@dataclass(frozen=True)
class Uses:
    """Intervals in which units hold amounts of resources; one entry each. Ticks; the amount in counting units.

    `piece` is what is taken at once: of a unit in a batch that of the batch, of which `amount` is its part; None: the
    amounts.
    """

    unit: Ints
    resource: Ints
    amount: Reals
    start: Ints
    end: Ints
    piece: Reals | None = None


@dataclass(frozen=True)
class Marks:
    """Things that units do at an instant: consume a material or post to a rule."""

    unit: Ints
    what: Ints
    tick: Ints
    amount: Reals


def uses(factory: Factory, arrays: ParkArrays, run: Replication) -> Uses:
    """Every hold of a traced replication, open at the horizon if need be; unit -1: of sources, or of a repair."""
    horizon = factory.horizon
    rows = run.trace[run.trace[:, TR_STEP] < factory.steps]
    rework = rows[:, 1] % 2 == 1
    unit, step = _places(factory, rows)
    classes = np.array([c for row in factory.route_class for c in row], np.int64)[step]
    table_rows = factory.table.rows
    classes = np.where(rework, np.array([row.rework for row in table_rows])[classes], classes)
    found: list[tuple[Ints, ...]] = []
    for c in np.unique(classes):
        mask = classes == c
        part = _part(rows[mask]) if table_rows[c].batch[1] > 1 else np.ones(int(mask.sum()))
        found += [
            (unit[mask], np.full(len(part), seizure.resource), seizure.amount * part, rows[mask, TR_START],
             np.minimum(rows[mask, TR_END], horizon), np.full(len(part), seizure.amount))
            for seizure in table_rows[c].seizures
            if seizure.own and not seizure.looks and seizure.shared < 0
        ]  # fmt: skip
        if table_rows[c].bucket >= 0:
            bucket = np.full(int(mask.sum()), table_rows[c].bucket)
            spans = rows[mask, TR_START], np.minimum(rows[mask, TR_END], horizon)
            found.append((unit[mask], bucket, rows[mask, TR_SLOT], *spans))
    found += [*_held(factory, run), *_held_by_arrivals(factory, run), *_repairing(factory, run)]
    if not found:
        empty = np.zeros(0, np.int64)
        return Uses(empty, empty, np.zeros(0), empty, empty)
    held, resource, amount, start, end = (np.concatenate([part[i] for part in found]) for i in range(USE))
    piece = np.concatenate([part[-1] if len(part) > USE else part[AMOUNT] for part in found]).astype(np.float64)
    return Uses(held, resource, amount.astype(np.float64), start, end, piece)


def _part(rows: NDArray[np.int64]) -> Reals:
    """Each unit's part of what its batch holds; those of one kind of work that start together on a machine are one."""
    _, batch, size = np.unique(rows[:, [TR_START, TR_SLOT]], axis=0, return_inverse=True, return_counts=True)
    return 1.0 / size[batch.ravel()]


def _of_units(factory: Factory, run: Replication) -> NDArray[np.int64]:
    """Rows of a trace that are of orders' units: no repairs, no units of sources."""
    step = run.trace[:, 0]
    return run.trace[(step >= 0) & (step < factory.steps)]


def _held(factory: Factory, run: Replication) -> list[tuple[Ints, ...]]:
    """Holds from the start of one step to the end of another."""
    state = factory.opening.state
    start = np.full(factory.steps, factory.horizon, np.int64)
    rows = _of_units(factory, run)
    first = rows[rows[:, 1] == 0][::-1]  # of work that was interrupted the first row counts
    start[first[:, 0]] = first[:, 2]
    start[state != 0] = 0
    end = np.full(factory.steps, factory.horizon, np.int64)
    passed, ticks = last_attempts(factory, run)
    end[passed] = np.minimum(ticks, factory.horizon)
    end[(state != 0) & (state != UNDER_WAY)] = 0
    done = np.where(run.job_done >= 0, run.job_done, factory.horizon)
    route_of = np.array(factory.unit_route)
    found: list[tuple[Ints, ...]] = []
    for r, route in enumerate(factory.routes):
        units = np.flatnonzero(route_of == r)
        if len(units):
            places = factory.first[units][:, None] + np.arange(len(route.steps))
            found += _route_held(factory, r, units, (start[places], end[places], done[units]))
    return found


def _route_held(factory: Factory, r: int, units: Ints, ticks: tuple[Ints, Ints, Ints]) -> list[tuple[Ints, ...]]:
    """Holds of units of a route from one step to another.

    `ticks` are first starts and passings, shape (units, steps), and when each unit was done, shape (units,).
    """
    start, end, done = ticks
    route, found = factory.routes[r], list[tuple[Ints, ...]]()
    passed_holds, moved, last = route_holds(factory, route, factory.route_class[r])
    for position, entries in enumerate([*passed_holds, last]):
        for hold in (entry for entry in entries if entry[4] >= 0):
            resource, amount, taken, *_ = hold
            seized = start[:, taken]
            back = done if position == len(route.steps) else end[:, position]
            for following in (i for i, holds in enumerate(moved) if hold in holds):
                back = np.minimum(back, start[:, following])
            busy = seized < back
            n = int(busy.sum())
            found.append((units[busy], np.full(n, resource), np.full(n, amount), seized[busy], back[busy]))
    return found


def _held_by_arrivals(factory: Factory, run: Replication) -> list[tuple[Ints, ...]]:
    """The same of units of sources; one is taken to leave after its last row."""
    rows = run.trace[run.trace[:, TR_STEP] < 0]
    base = np.array(factory.step_base, np.int64)
    step = -1 - rows[:, TR_STEP]
    route_of = np.searchsorted(base, step, side="right") - 1
    found: list[tuple[Ints, ...]] = []
    for r in np.unique(route_of).tolist():
        mine = route_of == r
        serials, unit = np.unique(rows[mine, TR_SERIAL], return_inverse=True)
        shape = len(serials), len(factory.routes[r].steps)
        start, end = np.full(shape, factory.horizon, np.int64), np.full(shape, factory.horizon, np.int64)
        done, place = np.zeros(len(serials), np.int64), (unit.ravel(), step[mine] - base[r])
        ends = np.minimum(rows[mine, TR_END], factory.horizon)
        np.minimum.at(start, place, rows[mine, TR_START])
        np.maximum.at(done, place[0], ends)
        end[place] = 0
        np.maximum.at(end, place, ends)
        found += _route_held(factory, r, np.full(len(serials), -1), (start, np.minimum(end, done[:, None]), done))
    return found


def _repairing(factory: Factory, run: Replication) -> list[tuple[Ints, ...]]:
    """What repairs take."""
    rows = run.trace[run.trace[:, TR_STEP] >= factory.steps]
    which = np.array(repairs_of(factory), np.int64)[rows[:, TR_STEP] - factory.steps] if len(rows) else rows[:, TR_STEP]
    found: list[tuple[Ints, ...]] = []
    for c in np.unique(which).tolist():
        mask = which == c
        n, ends = int(mask.sum()), np.minimum(rows[mask, TR_END], factory.horizon)
        found += [
            (np.full(n, -1), np.full(n, seizure.resource), np.full(n, seizure.amount), rows[mask, TR_START], ends)
            for seizure in factory.table.rows[c].seizures
        ]
    return found


def consumption(factory: Factory, arrays: ParkArrays, run: Replication) -> Marks:
    """Materials taken at the first start of each step, each time that a unit comes to it, less what work puts into
    stock; in their unit. Units of sources are number -1.
    """
    rows = takings(factory, run.trace)
    unit, step = _places(factory, rows)
    classes = np.array([c for row in factory.route_class for c in row], np.int64)[step]
    r = len(factory.resources)
    found: list[tuple[Ints, ...]] = []
    for c in np.unique(classes):
        mask = classes == c
        for seizure in factory.table.rows[c].seizures:
            if seizure.resource >= r:
                n = int(mask.sum())
                found.append((unit[mask], np.full(n, seizure.resource - r), rows[mask, TR_START],
                              np.full(n, seizure.amount / MATERIAL_SCALE)))  # fmt: skip
    return _marks([*found, *_put_into_stock(factory, arrays, run)])


def _put_into_stock(factory: Factory, arrays: ParkArrays, run: Replication) -> list[tuple[Ints, ...]]:
    """What passed steps make, as less than nothing taken."""
    steps, outputs = table(arrays.whole, STEP), table(arrays.whole, OUTPUT)
    if not len(outputs):
        return []
    rows = passings(run.trace[(run.trace[:, TR_STEP] < factory.steps) & (run.trace[:, TR_END] <= factory.horizon)])
    unit, step = _places(factory, rows)
    found: list[tuple[Ints, ...]] = []
    for s in np.unique(step):
        mask = step == s
        for i in range(int(steps[s, S_OUT]), int(steps[s, S_OUT_END])):
            n = int(mask.sum())
            found.append((unit[mask], np.full(n, outputs[i, O_WHAT] - len(factory.resources)), rows[mask, TR_END],
                          np.full(n, -outputs[i, O_MUCH] / MATERIAL_SCALE)))  # fmt: skip
    return found


def _places(factory: Factory, rows: NDArray[np.int64]) -> tuple[Ints, Ints]:
    """Unit (-1: of a source) and route step of each row of a trace that is no repair."""
    js = rows[:, TR_STEP]
    ordered = js >= 0
    unit, step = np.full(len(js), -1, np.int64), -1 - js
    unit[ordered], step[ordered] = factory.step_unit[js[ordered]], factory.step_row[js[ordered]]
    return unit, step


def posts(factory: Factory, arrays: ParkArrays, run: Replication, side: int) -> Marks:
    """Postings in yuan, owned (side 0) or consigned (1)."""
    route_steps, post = (table(arrays.whole, name) for name in (STEP, POST))
    value = table(arrays.whole, JOB)[:, J_VALUE]
    rows = passings(_of_units(factory, run))
    rows = rows[rows[:, TR_END] <= factory.horizon]
    ticks, (unit, step) = rows[:, TR_END], _places(factory, rows)
    found: list[tuple[Ints, ...]] = []
    for s in np.unique(step):
        mask = step == s
        for i in range(int(route_steps[s, S_POST]), int(route_steps[s, S_POST_END])):
            yuan = post[i, P_YUAN + side] + value[unit[mask]] * post[i, P_PPM + side] // 1_000_000
            found.append((unit[mask], np.full(int(mask.sum()), post[i, P_RULE]), ticks[mask], yuan))
    return _marks(found)


def _marks(found: Sequence[tuple[Ints, ...]]) -> Marks:
    if not found:
        empty = np.zeros(0, np.int64)
        return Marks(empty, empty, empty, np.zeros(0))
    unit, what, tick, amount = (np.concatenate([part[i] for part in found]) for i in range(4))
    return Marks(unit, what, tick, amount.astype(np.float64))


@dataclass(frozen=True)
class OpenTime:
    """Cumulative open time of a calendar as a piecewise linear function of ticks; without breakpoints all time is
    open.
    """

    ticks: Reals
    opened: Reals

    def upto(self, tick: NDArray[np.int64]) -> Reals:
        """Open ticks before each tick."""
        return np.interp(tick, self.ticks, self.opened) if len(self.ticks) else tick.astype(np.float64)


def week_shares(use: Uses, calendars: Sequence[OpenTime], week: int) -> tuple[Ints, Ints, Reals]:
    """Entries (index into `use`, week, mean amount in use that week); time closed for the resource does not count.

    `calendars` gives the open time of each resource.
    """
    first = use.start // week
    last = np.maximum(first, (use.end - 1) // week)
    index = np.arange(len(use.unit))
    found: list[tuple[Ints, Ints, Reals]] = []
    offset = 0
    while len(index):
        w = first[index] + offset
        low = np.maximum(use.start[index], w * week)
        high = np.minimum(use.end[index], (w + 1) * week)
        found.append((index, w, use.amount[index] * _open(use.resource[index], calendars, low, high) / week))
        offset += 1
        index = index[last[index] >= first[index] + offset]
    if not found:
        empty = np.zeros(0, np.int64)
        return empty, empty, np.zeros(0)
    return tuple(np.concatenate([part[i] for part in found]) for i in range(3))  # pyright: ignore[reportReturnType]  because a generator has no length


def _open(resource: Ints, calendars: Sequence[OpenTime], low: Ints, high: Ints) -> Reals:
    length = np.zeros(len(resource))
    for r in np.unique(resource):
        mask = resource == r
        length[mask] = calendars[r].upto(high[mask]) - calendars[r].upto(low[mask])
    return length
