"""Tables of the kernel about units: the orders' and the sources', what their steps have beyond their routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from aidc_twin.twin.chance import name_hash
from aidc_twin.twin.factory import Factory, Policy
from aidc_twin.twin.kernel.layout import (
    AHEAD,
    BY_STEP,
    BY_TICK,
    DONE,
    EX_CLASS,
    EX_EARLIEST,
    EX_GATE,
    EX_HELD,
    EX_KEY,
    EX_LEFT,
    EX_PARTS,
    EX_PLACE,
    EX_SLOT,
    EX_STATE,
    EX_TOKENS,
    EX_WAIT,
    EXTRA,
    GATE,
    GATE_JOB,
    JOB,
    RELEASES,
)
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
    sizes : units that each source can have in the park at once.
    first_job, first_step : where those of each source begin.
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
        from aidc_twin.twin.floor_tables import machines_of

        counts = machines_of(factory)
        repairs = sum(counts[factory.resources.index(row.resource)] for row in factory.park.breakdowns)
        sizes: list[int] = []
        jobs, steps = [len(factory.units)], [factory.steps + repairs]
        for row, r in zip(factory.park.sources, factory.source_route, strict=True):
            size = pool * max(POOL, row.units)
            sizes.append(min(size, row.most * row.units) if row.most else size)
            jobs.append(jobs[-1] + sizes[-1])
            steps.append(steps[-1] + sizes[-1] * len(factory.routes[r].steps))
        return cls(repairs, tuple(sizes), tuple(jobs[:-1]), tuple(steps[:-1]), steps[-1])


def unit_tables(factory: Factory, policy: Policy, pools: Pools, pins: Mapping[int, int]) -> dict[int, Ints | Reals]:
    """JOB, EXTRA, GATE, GATE_JOB and RELEASES."""
    extras = Extras(len(factory.units))
    gates, behind, release = _releases(factory, policy, extras)
    join, parent = _parts(factory, extras)
    _opening(factory, extras)
    _wishes(factory, policy, pins, extras)
    rows = extras.rows
    due = [factory.clock.ticks(order.due) for order in factory.orders]
    key = [policy.priority.get(unit.id, due[i]) for i, unit in enumerate(factory.units)]
    products = [row.product for row in factory.park.products]
    n = len(factory.units)
    orders = table_of(
        factory.unit_route, factory.first[:-1], streams_of(unit.id for unit in factory.units),
        [unit.value_yuan for unit in factory.units], due, gates, join, parent, *ends_of(rows), np.full(n, -1),
        [products.index(unit.product) for unit in factory.units], [order.priority for order in factory.orders],
        [round(order.weight * PRIORITY_SCALE) for order in factory.orders], key,
        [unit.id in policy.priority for unit in factory.units],
        [factory.clock.ticks(order.ordered) for order in factory.orders],
    ) if n else np.zeros((0, 17), np.int64)  # fmt: skip
    release = np.maximum(release, 0)
    order = np.lexsort((np.arange(n), release))
    return {
        JOB: np.concatenate([orders, *_source_jobs(factory, pools)]),
        EXTRA: entries_of(rows, 3),
        GATE: table_of(*ends_of(behind)) if behind else np.zeros((0, 2), np.int64),
        GATE_JOB: np.array([i for row in behind for i in row], np.int64),
        RELEASES: table_of(release, np.arange(n))[order[np.array(gates)[order] > 0]]
        if n
        else np.zeros((0, 2), np.int64),
    }


def _source_jobs(factory: Factory, pools: Pools) -> list[Ints]:
    """Jobs of the sources' pools."""
    park = factory.park
    found: list[Ints] = []
    for s, row in enumerate(park.sources):
        n, route = pools.sizes[s], factory.source_route[s]
        steps = len(factory.routes[route].steps)
        value = round(park.product(row.product).value_yuan.value)
        columns = [
            route, pools.first_step[s] + steps * np.arange(n), 0, value, 0, 0, -1, -1, 0, 0, s,
            len(park.products) + s, row.priority, round(row.weight * PRIORITY_SCALE), 0, 0, 0,
        ]  # fmt: skip
        found.append(table_of(*(np.broadcast_to(np.asarray(column, np.int64), n) for column in columns)))
    return found


class Extras:
    """What steps have beyond their routes, by unit: (position, what, value)."""

    def __init__(self, units: int) -> None:
        """Nothing for each unit."""
        self.rows: list[list[tuple[int, int, int]]] = [[] for _ in range(units)]

    def add(self, factory: Factory, js: int, what: int, value: int) -> None:
        """One more for a job step."""
        unit = int(factory.step_unit[js])
        self.rows[unit].append((js - int(factory.first[unit]), what, int(value)))


def _releases(factory: Factory, policy: Policy, extras: Extras) -> tuple[list[int], list[list[int]], Ints]:
    """Gates of each unit, units behind each gate, earliest release ticks; the gates of steps are extras."""
    units, clock, state = factory.units, factory.clock, factory.opening.state
    gates = [0] * len(units)
    release = np.zeros(len(units), np.int64)
    gate_of: dict[int, int] = {}
    behind: list[list[int]] = []
    opener = [-1] * len(units)
    for i, unit in enumerate(units):
        if unit.parent < 0:
            release[i] = clock.ticks(factory.orders[i].ordered)
        else:
            opener[i] = factory.step(unit.parent, unit.released_by) if unit.released_by else opener[unit.parent]
            release[i] = policy.release_tick.get(unit.id, release[unit.parent] if unit.released_by == "" else 0)
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
            behind[gate_of[step]].append(i)
    return gates, behind, release


def _parts(factory: Factory, extras: Extras) -> tuple[Ints, Ints]:
    """Joining step and job of each unit's parent; how many parts each step waits for is an extra."""
    n, opening = len(factory.units), factory.opening
    join, parent = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    finished = np.bincount(factory.step_unit, weights=opening.state == DONE, minlength=n) == np.diff(factory.first)
    parts: dict[int, int] = {}
    begun: dict[int, int] = {}
    for i, unit in enumerate(factory.units):
        if unit.parent >= 0:
            parent[i] = unit.parent
            join[i] = factory.step(unit.parent, unit.joins)
            if not finished[i]:
                parts[int(join[i])] = parts.get(int(join[i]), 0) + 1
            else:
                begun[int(join[i])] = BEFORE_EPOCH + int(join[i])
    for js, count in parts.items():
        extras.add(factory, js, EX_PARTS, count)
    for js, place in begun.items():
        if factory.table.rows[factory.step_class(js)].first_part:
            extras.add(factory, js, EX_PLACE, place)
    return join, parent


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


def _wishes(factory: Factory, policy: Policy, pins: Mapping[int, int], extras: Extras) -> None:
    """What a schedule asks of single steps."""
    for (unit_id, operation), rank in policy.rank.items():
        extras.add(factory, factory.step(factory.unit_index[unit_id], operation), EX_KEY, rank)
    for js, c in pins.items():
        extras.add(factory, js, EX_CLASS, c)
    for (unit_id, operation), tick in policy.start.items():
        js = factory.step(factory.unit_index[unit_id], operation)
        if factory.opening.state[js] == AHEAD:
            extras.add(factory, js, EX_EARLIEST, tick)
