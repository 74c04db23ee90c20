"""Tables of the kernel about units: the orders' and the sources', what their steps have beyond their routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from aidc_twin.twin.bucket_tables import earliest_starts
from aidc_twin.twin.chance import name_hash
from aidc_twin.twin.explode import Unit
from aidc_twin.twin.factory import Factory, Policy, once
from aidc_twin.twin.kernel.layout import (
    AHEAD,
    BY_STEP,
    BY_TICK,
    DONE,
    EX_CLASS,
    EX_EARLIEST,
    EX_GATE,
    EX_HELD,
    EX_JOINED,
    EX_KEY,
    EX_LEFT,
    EX_PARTS,
    EX_PLACE,
    EX_SIBLING,
    EX_SLOT,
    EX_STATE,
    EX_TOKENS,
    EX_UNSTARTED,
    EX_WAIT,
    EXTRA,
    GATE,
    GATE_JOB,
    J_COLUMNS,
    J_DUE,
    J_EXTRA,
    J_EXTRA_END,
    J_FIRST,
    J_GATES,
    J_GROUP,
    J_JOIN,
    J_KEY,
    J_OPENER,
    J_ORDERED,
    J_PARENT,
    J_PRIORITY,
    J_ROUTE,
    J_RULED,
    J_SOURCE,
    J_STREAM,
    J_VALUE,
    J_WEIGHT,
    JOB,
    MANY,
    RELEASES,
    SHARE,
    UNTIL_JOINED,
    UNTIL_PARTS,
)
from aidc_twin.twin.machines import machines_of
from aidc_twin.twin.memory import Ints, Reals

POOL = 256
"""Units of a source that can be in the park at once before the memory grows."""
BEFORE_EPOCH = -(1 << 40)
"""Sequence, less the step, of a place in a queue that was taken before the epoch."""
PRIORITY_SCALE = 1_000_000
"""Weights are counted in millionths."""


def table_of(*columns: ArrayLike) -> Ints:
    """Columns of whole numbers side by side, contiguous by row."""
    return np.ascontiguousarray(np.stack([np.asarray(column, np.int64) for column in columns], axis=1))


def ends_of(rows: Sequence[Sequence[object]]) -> tuple[Ints, Ints]:
    """First and end of each row of a list of lists in their entries one after the other."""
    end = np.cumsum([len(row) for row in rows], dtype=np.int64)
    return end - np.array([len(row) for row in rows], np.int64), end


def entries_of(rows: Sequence[Sequence[tuple[int, ...]]], width: int) -> Ints:
    """Entries of a list of lists one after the other, shape (entries, width)."""
    return np.array([entry for row in rows for entry in row], np.int64).reshape(-1, width)


def streams_of(names: Iterable[str]) -> Ints:
    """64-bit hashes of names, as the signed integers of the same bits."""
    return np.array([name_hash(name, 64) for name in names], np.uint64).view(np.int64)


@dataclass(frozen=True)
class Pools:
    """Rows of jobs and steps: first the orders' units, then the repairs (steps only), then the sources' units.

    Attributes
    ----------
    repairs : steps of repairs, one for each machine and breakdown.
    sizes : units that each source can have in the park at once, each with its parts.
    first_job, first_step : where those of each source begin; behind each unit stand its parts.
    steps : steps in all.
    """

    repairs: int
    sizes: tuple[int, ...]
    first_job: tuple[int, ...]
    first_step: tuple[int, ...]
    steps: int

    @classmethod
    def of(cls, factory: Factory, pool: int) -> Pools:
        """Pools of a factory's sources, `pool` times the usual size, but no more than a source that ends needs."""
        counts = machines_of(factory)
        repairs = sum(counts[factory.resources.index(row.resource)] for row in factory.park.breakdowns)
        sizes: list[int] = []
        jobs, steps = [len(factory.units)], [factory.steps + repairs]
        for row, routes in zip(factory.park.sources, factory.stream_routes, strict=True):
            size = pool * max(POOL, row.units)
            sizes.append(min(size, row.most * row.units) if row.most else size)
            jobs.append(jobs[-1] + sizes[-1] * len(routes))
            steps.append(steps[-1] + sizes[-1] * sum(len(factory.routes[r].steps) for r in routes))
        return cls(repairs, tuple(sizes), tuple(jobs[:-1]), tuple(steps[:-1]), steps[-1])


def unit_tables(factory: Factory, policy: Policy, pools: Pools, pins: Mapping[int, int]) -> dict[int, Ints | Reals]:
    """JOB, EXTRA, GATE, GATE_JOB, RELEASES and SHARE."""
    fixed = fixed_of(factory)
    n = len(factory.units)
    extras, end = _beyond(n, fixed.extras, _wishes(factory, policy, pins))
    streams = Streams(factory, pools, len(extras), len(fixed.behind))
    jobs = [streams.jobs(s) for s in range(len(factory.park.sources))]
    behind = [*fixed.behind, *streams.behind]
    release = np.maximum(_releases(factory, policy), 0)
    order = np.lexsort((np.arange(n), release))
    return {
        JOB: np.concatenate([_orders(factory, policy, fixed.jobs, end), *jobs]),
        EXTRA: np.concatenate([extras, entries_of(streams.extras, 3)]),
        GATE: table_of(*ends_of(behind)) if behind else np.zeros((0, 2), np.int64),
        GATE_JOB: np.array([i for row in behind for i in row], np.int64),
        RELEASES: table_of(release, np.arange(n))[order[fixed.jobs[order, J_GATES] > 0]],
        SHARE: np.array(factory.opening.shares, np.int64).reshape(-1, 3),
    }


@dataclass(frozen=True)
class Fixed:
    """What no policy changes of the orders' units.

    Attributes
    ----------
    jobs : shape (units, J_COLUMNS), as in JOB; without extras and keys.
    extras : shape (extras, 4), of what steps have beyond their routes the unit, position, what and value, by unit.
    behind : units behind each gate, counted from that of the gate.
    """

    jobs: Ints
    extras: Ints
    behind: list[list[int]]


@once
def fixed_of(factory: Factory) -> Fixed:
    """What no policy changes of the orders' units."""
    n = len(factory.units)
    extras = Extras(n)
    gates, behind = _gates(factory, extras)
    join, parent, opener = _parts(factory, extras)
    _opening(factory, extras)
    products = {row.product: i for i, row in enumerate(factory.park.products)}
    jobs = np.zeros((n, J_COLUMNS), np.int64)
    columns: dict[int, ArrayLike] = {
        J_ROUTE: factory.unit_route, J_FIRST: factory.first[:-1], J_STREAM: streams_of(u.id for u in factory.units),
        J_VALUE: [unit.value_yuan for unit in factory.units], J_DUE: factory.due, J_GATES: gates, J_JOIN: join,
        J_PARENT: parent, J_SOURCE: -1, J_GROUP: [products[unit.product] for unit in factory.units],
        J_PRIORITY: [order.priority for order in factory.orders],
        J_WEIGHT: [round(order.weight * PRIORITY_SCALE) for order in factory.orders], J_ORDERED: factory.ordered,
        J_OPENER: opener,
    }  # fmt: skip
    for column, values in columns.items():
        jobs[:, column] = values
    rows = [(u, *row) for u, found in enumerate(extras.rows) for row in found]
    return Fixed(jobs, np.array(rows, np.int64).reshape(-1, 4), behind)


def _beyond(n: int, fixed: Ints, wished: Ints) -> tuple[Ints, Ints]:
    """Entries of EXTRA of n units, those that no policy changes first, and the end of those of each unit."""
    both = np.concatenate([fixed, wished])
    return both[np.argsort(both[:, 0], kind="stable"), 1:], np.cumsum(np.bincount(both[:, 0], minlength=n))


def _orders(factory: Factory, policy: Policy, fixed: Ints, end: Ints) -> Ints:
    """JOB of the orders' units, whose extras end in some places."""
    jobs = fixed.copy()
    jobs[1:, J_EXTRA], jobs[:, J_EXTRA_END] = end[:-1], end
    jobs[:, J_KEY] = [policy.priority.get(unit.id, due) for unit, due in zip(factory.units, factory.due, strict=True)]
    jobs[:, J_RULED] = [unit.id in policy.priority for unit in factory.units]
    return jobs


class Extras:
    """What steps have beyond their routes, by unit: (position, what, value)."""

    def __init__(self, units: int) -> None:
        """Nothing for each unit."""
        self.rows: list[list[tuple[int, int, int]]] = [[] for _ in range(units)]

    def add(self, factory: Factory, js: int, what: int, value: int) -> None:
        """One more for a job step."""
        unit, position = factory.step_place[js]
        self.rows[unit].append((position, what, int(value)))


def _gates(factory: Factory, extras: Extras) -> tuple[list[int], list[list[int]]]:
    """Gates of each unit, and the units behind each gate (counted from that of the gate); gates of steps are extras."""
    state, owner = factory.opening.state, factory.step_unit.tolist()
    gates = [0] * len(factory.units)
    gate_of: dict[int, int] = {}
    behind: list[list[int]] = []
    opener = [-1] * len(factory.units)
    for i, unit in enumerate(factory.units):
        if unit.parent >= 0:
            opener[i] = factory.step(unit.parent, unit.released_by) if unit.released_by else opener[unit.parent]
        if factory.opening.started[i]:
            continue
        gates[i] = BY_TICK
        step = opener[i]
        if step >= 0 and state[step] != DONE:
            gates[i] = BY_TICK | BY_STEP
            if step not in gate_of:
                gate_of[step] = len(behind)
                behind.append([])
                extras.add(factory, step, EX_GATE, gate_of[step])
            behind[gate_of[step]].append(i - owner[step])
    return gates, behind


def _releases(factory: Factory, policy: Policy) -> Ints:
    """Earliest release tick of each unit: that of its order; of a part what the policy says, or its parent's."""
    release = list(factory.ordered)
    for i, unit in enumerate(factory.units):
        if unit.parent >= 0:
            release[i] = policy.release_tick.get(unit.id, release[unit.parent] if unit.released_by == "" else 0)
    return np.array(release, np.int64)


def _parts(factory: Factory, extras: Extras) -> tuple[Ints, Ints, Ints]:
    """Joining step and job of each unit's parent, and the step that waits for its start; what steps wait for, and what
    parts keep until they are joined, are extras.
    """
    n, opening = len(factory.units), factory.opening
    join, parent, opener = (np.full(n, -1, np.int64) for _ in range(3))
    finished = np.bincount(factory.step_unit, weights=opening.state == DONE, minlength=n) == np.diff(factory.first)
    parts: dict[int, int] = {}
    begun: dict[int, int] = {}
    unstarted = {
        int(factory.first[i]) + at: 0
        for i, r in enumerate(factory.unit_route)
        for at in keeping(factory, r, UNTIL_PARTS)
    }
    in_a_way = [keeps_way(factory, route) for route in range(len(factory.route_class))]
    for i, unit in enumerate(factory.units):
        if unit.parent < 0:
            continue
        parent[i] = unit.parent
        join[i] = factory.step(unit.parent, unit.joins)
        if not finished[i]:
            parts[int(join[i])] = parts.get(int(join[i]), 0) + 1
        else:
            begun[int(join[i])] = BEFORE_EPOCH + int(join[i])
        if keeping(factory, factory.unit_route[i], UNTIL_JOINED):
            extras.add(factory, int(join[i]), EX_JOINED, i - unit.parent)
        if in_a_way[factory.unit_route[i]]:
            extras.rows[unit.parent].append((0, EX_SIBLING, i - unit.parent))
        if unit.released_by and not opening.started[i]:
            step = factory.step(unit.parent, unit.released_by)
            if step in unstarted:
                unstarted[step] += 1
                opener[i] = step
    for what, counts in ((EX_PARTS, parts), (EX_UNSTARTED, unstarted)):
        for js, count in counts.items():
            extras.add(factory, js, what, count)
    for js, place in begun.items():
        if factory.table.rows[factory.step_class(js)].first_part:
            extras.add(factory, js, EX_PLACE, place)
    return join, parent, opener


def keeping(factory: Factory, route: int, what: int) -> list[int]:
    """Positions of the steps of a route that keep something for parts, or until their unit is joined."""
    known = factory.keeping
    if (route, what) not in known:
        rows = [factory.table.rows[c] for c in factory.route_class[route]]
        known[route, what] = [i for i, row in enumerate(rows) if any(s.kept == what for s in row.seizures)]
    return known[route, what]


def keeps_way(factory: Factory, route: int) -> bool:
    """Whether units of a route go the way of the first part of their parent."""
    return any(factory.table.rows[c].keeps_way for c in factory.route_class[route])


class Streams:
    """Jobs of the sources' pools: for each unit its own and those of its parts, the same for every unit of a source.

    `extras` are what steps have beyond their routes by job of one unit, `behind` the units behind each gate, counted
    from the job of the gate. Both are numbered on from those of the orders.
    """

    def __init__(self, factory: Factory, pools: Pools, extras: int, gates: int) -> None:
        """Nothing behind so many extras and gates."""
        self.factory, self.pools = factory, pools
        self.count, self.gates = extras, gates
        self.extras: list[list[tuple[int, int, int]]] = []
        self.behind: list[list[int]] = []

    def jobs(self, s: int) -> Ints:
        """Jobs of a source's pool."""
        factory, n = self.factory, self.pools.sizes[s]
        row, routes = factory.park.sources[s], factory.stream_routes[s]
        units = factory.streamed[s]
        lengths = [len(factory.routes[r].steps) for r in routes]
        before = np.cumsum([0, *lengths]).tolist()
        job0 = self.pools.first_job[s] + len(units) * np.arange(n)
        step0 = self.pools.first_step[s] + before[-1] * np.arange(n)
        extras, gates, openers = self._family(s)
        parts: list[Ints] = []
        for i, unit in enumerate(units):
            end = self.count + len(extras[i])
            at = before[unit.parent] + self._position(s, unit, unit.joins) if i else -1
            opener = before[unit.parent] + openers[i] if openers[i] >= 0 else -1
            group = self._group(unit.product) if i else len(factory.park.products) + s
            columns = [
                routes[i], step0 + before[i], self._stream(s, unit) if i else 0, unit.value_yuan, 0, gates[i],
                step0 + at if i else -1, job0 + unit.parent if i else -1, self.count, end, -1 if i else s, group,
                row.priority, round(row.weight * PRIORITY_SCALE), 0, 0, i, step0 + opener if opener >= 0 else -1,
                MANY * sum(other.product == unit.product for other in units[1:]) + unit.number - 1 if i else 0,
            ]  # fmt: skip
            self.count = end
            parts.append(table_of(*(np.broadcast_to(np.asarray(column, np.int64), n) for column in columns)))
        self.extras += extras
        return np.stack(parts, axis=1).reshape(n * len(units), -1)

    def _group(self, product: str) -> int:
        return [row.product for row in self.factory.park.products].index(product)

    def _stream(self, s: int, unit: Unit) -> int:
        """Stream of a part of the source's first unit."""
        name = self.factory.park.sources[s].source
        return int(streams_of([f"unit/{name}/{unit.product}/{unit.number}"])[0])

    def _position(self, s: int, unit: Unit, operation: str) -> int:
        """Position of a step of a part's parent."""
        return self.factory.routes[self.factory.stream_routes[s][unit.parent]].position[operation]

    def _family(self, s: int) -> tuple[list[list[tuple[int, int, int]]], list[int], list[int]]:
        """Extras and gates of each unit of a family, and the position of the parent's step that waits for its start."""
        factory, routes = self.factory, self.factory.stream_routes[s]
        units = factory.streamed[s]
        extras: list[list[tuple[int, int, int]]] = [[] for _ in units]
        gates, openers = [0] * len(units), [-1] * len(units)
        opener: list[tuple[int, int] | None] = [None] * len(units)
        parts = {(i, at, EX_UNSTARTED): 0 for i, r in enumerate(routes) for at in keeping(factory, r, UNTIL_PARTS)}
        gate_of: dict[tuple[int, int], int] = {}
        for i, unit in enumerate(units[1:], 1):
            at = self._position(s, unit, unit.joins)
            parts[unit.parent, at, EX_PARTS] = parts.get((unit.parent, at, EX_PARTS), 0) + 1
            if keeping(factory, routes[i], UNTIL_JOINED):
                extras[unit.parent].append((at, EX_JOINED, i - unit.parent))
            if keeps_way(factory, routes[i]):
                extras[unit.parent].append((0, EX_SIBLING, i - unit.parent))
            gates[i], opener[i] = BY_TICK, opener[unit.parent]
            if unit.released_by:
                opener[i] = by = (unit.parent, self._position(s, unit, unit.released_by))
                if (*by, EX_UNSTARTED) in parts:
                    openers[i] = by[1]
                    parts[*by, EX_UNSTARTED] += 1
            gate = opener[i]
            if gate is not None:
                gates[i] |= BY_STEP
                if gate not in gate_of:
                    gate_of[gate] = self.gates + len(self.behind)
                    self.behind.append([])
                    extras[gate[0]].append((gate[1], EX_GATE, gate_of[gate]))
                self.behind[gate_of[gate] - self.gates].append(i - gate[0])
        for (j, at, what), count in parts.items():
            extras[j].append((at, what, count))
        return extras, gates, openers


def _opening(factory: Factory, extras: Extras) -> None:
    """Steps of units that have started: what is done, under way and held."""
    opening = factory.opening
    for u in np.flatnonzero(opening.started).tolist():
        base, route = int(factory.first[u]), factory.routes[factory.unit_route[u]]
        tokens = 0
        for i, step in enumerate(route.steps):
            js = base + i
            state = int(opening.state[js])
            passed = int(opening.passed_before[js])
            if state != AHEAD:
                extras.add(factory, js, EX_STATE, state)
                extras.add(factory, js, EX_LEFT, int(opening.left[js]))
            if opening.slot[js] >= 0:
                extras.add(factory, js, EX_SLOT, int(opening.slot[js]))
            if opening.kept[js]:
                extras.add(factory, js, EX_HELD, int(opening.kept[js]))
            if state == AHEAD and (passed or not step.after):
                extras.add(factory, js, EX_WAIT, -passed if step.after else -1)
            tokens += state != DONE and bool(passed or not step.after)
        rows = extras.rows[u]
        rows.append((0, EX_TOKENS, tokens))


def _wishes(factory: Factory, policy: Policy, pins: Mapping[int, int]) -> Ints:
    """What a schedule asks of single steps: unit, position, what and value."""
    index, place = factory.unit_index, factory.step_place
    found = [
        (*place[factory.step(index[unit], operation)], EX_KEY, rank) for (unit, operation), rank in policy.rank.items()
    ]
    found += [(*place[js], EX_CLASS, c) for js, c in pins.items()]
    for (unit, operation), tick in earliest_starts(factory, policy.start).items():
        js = factory.step(index[unit], operation)
        if factory.opening.state[js] == AHEAD:
            found.append((*place[js], EX_EARLIEST, int(tick)))
    return np.array(found, np.int64).reshape(-1, 4)
