"""A park as frozen arrays for the kernel: the model is data, a new park never recompiles the kernel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Order
from aidc_twin.twin.chance import name_hash
from aidc_twin.twin.classes import MATERIAL_SCALE, ClassTable
from aidc_twin.twin.explode import Unit, explode
from aidc_twin.twin.hours import Levels, calendar_names, open_intervals
from aidc_twin.twin.kernel.layout import (
    CAL,
    CAP,
    CLASS,
    CLASS_F,
    DONE,
    EDGE,
    GATE,
    GATE_JOB,
    HOLD,
    INTERVAL,
    JOB,
    JOB_STEP,
    LAST,
    MACHINE,
    NEED,
    PARK_HEADER,
    PHASE_F,
    PHASE_STREAM,
    PO,
    PO_F,
    POST,
    QUOTA_LINE,
    RES,
    ROOT,
    ROUTE,
    SAILING,
    SETUP,
    STEP,
    SUCC,
    ParkArrays,
)
from aidc_twin.twin.memory import Ints, Reals, memories
from aidc_twin.twin.opening import Opening, opening_state
from aidc_twin.twin.routes import Route, batch_of, make_route, sales_at
from aidc_twin.twin.stock import capacity_plan, purchases, quotas
from aidc_twin.units.clock import Clock

STORM_LIMIT = 2_000_000
"""Events at one instant after which the run is stopped as a loop without time."""


@dataclass(frozen=True)
class Policy:
    """What the twin executes of a plan and a schedule; empty: everything as early as it can be.

    Attributes
    ----------
    release_tick : earliest release of a unit by its id.
    levels : shift level by (calendar, week).
    purchases : (material, tick, quantity) of purchase orders that are placed; None: lot for lot when orders are placed.
    priority : priority of a unit by its id (smaller first); others go by due date.
    rank : priority of a single step by (unit id, operation); overrides the unit's.
    """

    release_tick: Mapping[str, int] = field(default_factory=dict[str, int])
    levels: Levels = field(default_factory=dict[tuple[str, int], int])
    purchases: Sequence[tuple[str, int, float]] | None = None
    priority: Mapping[str, int] = field(default_factory=dict[str, int])
    rank: Mapping[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])


@dataclass(frozen=True)
class Factory:
    """Names and structure of a compiled park, in the order of the arrays."""

    park: Park
    clock: Clock
    units: list[Unit]
    routes: list[Route]
    unit_route: list[int]
    first: Ints
    resources: list[str]
    materials: list[str]
    calendars: list[str]
    table: ClassTable
    route_class: list[list[int]]
    rules: list[str]
    opening: Opening
    bucket_edge: Ints

    @property
    def horizon(self) -> int:
        """Last tick of the model."""
        return self.park.head.horizon_weeks * self.clock.ticks_per_week

    @cached_property
    def unit_index(self) -> dict[str, int]:
        """Index of a unit by its id."""
        return {unit.id: i for i, unit in enumerate(self.units)}

    @cached_property
    def orders(self) -> list[Order]:
        """Order of each unit."""
        return [self.park.order(unit.order) for unit in self.units]

    def step(self, unit: int, operation: str) -> int:
        """Job step of a unit's operation."""
        return int(self.first[unit]) + self.routes[self.unit_route[unit]].position[operation]

    @cached_property
    def step_base(self) -> list[int]:
        """First route step of each route."""
        return [0, *np.cumsum([len(route.steps) for route in self.routes]).tolist()]


def read_factory(park: Park) -> Factory:
    """Explode the order book and lay out routes, classes, rules and the opening state."""
    clock = Clock(park.head.epoch, park.head.tick_us)
    units: list[Unit] = []
    for order in park.orders:
        base = len(units)
        units += [_moved(unit, base) for unit in explode(park, order)]
    routes: dict[tuple[str, str, float], int] = {}
    made: list[Route] = []
    unit_route: list[int] = []
    for unit in units:
        order = park.order(unit.order)
        key = (unit.product, order.destination, batch_of(park, order) if unit.parent < 0 else 1.0)
        if key not in routes:
            routes[key] = len(made)
            made.append(make_route(park, *key))
        unit_route.append(routes[key])
    first = np.zeros(len(units) + 1, np.int64)
    np.cumsum([len(made[r].steps) for r in unit_route], out=first[1:])
    resources = [row.resource for row in park.resources]
    materials = [row.material for row in park.materials]
    calendars = calendar_names(park)
    table = ClassTable(
        park,
        clock,
        {name: i for i, name in enumerate([*resources, *materials])},
        {n: i for i, n in enumerate(calendars)},
    )
    route_class = [[table.of(route, step) for step in route.steps] for route in made]
    opening = opening_state(park, clock, units, made, unit_route, first, table)
    return Factory(
        park, clock, units, made, unit_route, first, resources, materials, calendars, table, route_class,
        [sale.sale for sale in park.sales], opening, _buckets(park, clock),
    )  # fmt: skip


def _moved(unit: Unit, base: int) -> Unit:
    if unit.parent < 0:
        return unit
    return Unit(
        unit.id,
        unit.order,
        unit.product,
        unit.number,
        unit.parent + base,
        unit.joins,
        unit.released_by,
        unit.group,
        unit.value_yuan,
    )


def _buckets(park: Park, clock: Clock) -> Ints:
    """Edges of the ledgers' buckets: every week and every new year within the horizon."""
    horizon = park.head.horizon_weeks * clock.ticks_per_week
    weeks = set(range(0, horizon + 1, clock.ticks_per_week))
    years = {clock.year_ticks(year)[0] for year in range(park.head.epoch.year, park.horizon_end.year + 1)}
    return np.array(sorted(weeks | {tick for tick in years if 0 < tick < horizon}), np.int64)


def compile_arrays(factory: Factory, policy: Policy | None = None) -> ParkArrays:
    """Arrays of a factory under a policy; a pure function of both."""
    policy = policy or Policy()
    park = factory.park
    scalars = [
        factory.horizon, factory.clock.ticks_per_week, park.head.horizon_weeks, len(factory.bucket_edge) - 1,
        len(factory.rules), max(1, len(factory.table.families)), STORM_LIMIT,
    ]  # fmt: skip
    tables = _jobs(factory, policy) | _routes(factory) | _classes(factory) | _resources(factory)
    tables |= _supply(factory, policy) | _calendars(factory, policy.levels) | {EDGE: factory.bucket_edge}
    whole, real = memories(scalars, tables, PARK_HEADER)
    return ParkArrays(whole, real)


def _table(*columns: ArrayLike) -> Ints:
    """Columns of whole numbers side by side, contiguous by row."""
    return np.ascontiguousarray(np.stack([np.asarray(column, np.int64) for column in columns], axis=1))


def _ends(rows: Sequence[Sequence[object]]) -> tuple[Ints, Ints]:
    """First and end of each row of a list of lists in their entries one after the other."""
    end = np.cumsum([len(row) for row in rows], dtype=np.int64)
    return end - np.array([len(row) for row in rows], np.int64), end


def _entries(rows: Sequence[Sequence[tuple[int, ...]]], width: int) -> Ints:
    """Entries of a list of lists one after the other, shape (entries, width)."""
    return np.array([entry for row in rows for entry in row], np.int64).reshape(-1, width)


def _jobs(factory: Factory, policy: Policy) -> dict[int, Ints | Reals]:
    units, clock, opening = factory.units, factory.clock, factory.opening
    n, steps = len(units), int(factory.first[-1])
    lengths = np.diff(factory.first)
    job = np.repeat(np.arange(n), lengths)
    base = np.array(factory.step_base)
    route = np.array(factory.unit_route, np.int64)
    step = base[route[job]] + np.arange(steps) - factory.first[:-1][job]
    before = np.array([len(s.after) for r in factory.routes for s in r.steps], np.int64)
    wait = before[step]
    gates, gate_of_step, gate_jobs, release = _releases(factory, policy)
    roots = np.array([not s.after for r in factory.routes for s in r.steps], bool)
    wait += roots[step] & (gates[job] > 0)
    wait -= opening.passed_before
    join = np.full(n, -1, np.int64)
    for i, unit in enumerate(units):
        if unit.parent >= 0:
            join[i] = factory.step(unit.parent, unit.joins)
    done_steps = np.bincount(job, weights=opening.state == DONE, minlength=n)
    finished = done_steps == lengths
    np.add.at(wait, join[(join >= 0) & ~finished], 1)
    due = np.array([clock.ticks(order.due) for order in factory.orders], np.int64)
    if policy.priority:
        due = np.array([policy.priority.get(unit.id, int(due[i])) for i, unit in enumerate(units)], np.int64)
    key = due[job]
    for (unit_id, operation), rank in policy.rank.items():
        key[factory.step(factory.unit_index[unit_id], operation)] = rank
    value = [unit.value_yuan for unit in units]
    return {
        JOB: _table(route, factory.first[:-1], _streams(unit.id for unit in units), value, release, gates, join),
        JOB_STEP: _table(job, step, wait, opening.state, opening.left, opening.slot, key, gate_of_step),
        GATE: _table(*_ends(gate_jobs)),
        GATE_JOB: np.array([i for row in gate_jobs for i in row], np.int64),
    }


def _streams(names: Iterable[str]) -> Ints:
    """64-bit hashes of names, as the signed integers of the same bits."""
    return np.array([name_hash(name, 64) for name in names], np.uint64).view(np.int64)


def _releases(factory: Factory, policy: Policy) -> tuple[Ints, NDArray[np.int32], list[list[int]], Ints]:
    """Gates of each unit, gate of each job step, units behind each gate, earliest release ticks."""
    units, clock = factory.units, factory.clock
    gates = np.zeros(len(units), np.int64)
    release = np.zeros(len(units), np.int64)
    gate_of_step = np.full(int(factory.first[-1]), -1, np.int32)
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
        gates[i] = 1
        step = opener[i]
        if step >= 0 and factory.opening.state[step] != 1:
            gates[i] = 2
            if gate_of_step[step] < 0:
                gate_of_step[step] = len(behind)
                behind.append([])
            behind[gate_of_step[step]].append(i)
    return gates, gate_of_step, behind, release


def _routes(factory: Factory) -> dict[int, Ints | Reals]:
    holds: list[list[tuple[int, int, int]]] = []
    lasts: list[list[tuple[int, int, int]]] = []
    posts: list[list[tuple[int, int, int, int, int]]] = []
    for route, classes in zip(factory.routes, factory.route_class, strict=True):
        step_holds, last = route_holds(factory, route, classes)
        holds += step_holds
        lasts.append(last)
        posts += [_posts(factory, route, step.operation) for step in route.steps]
    step_class = [c for row in factory.route_class for c in row]
    after = [row for route in factory.routes for row in route.successors()]
    roots = [route.roots for route in factory.routes]
    return {
        ROUTE: _table(factory.step_base[:-1], *_ends(roots), *_ends(lasts)),
        ROOT: np.array([i for row in roots for i in row], np.int64),
        STEP: _table(step_class, *_ends(after), *_ends(holds), *_ends(posts)),
        SUCC: np.array([i for row in after for i in row], np.int64),
        HOLD: _entries(holds, 3),
        LAST: _entries(lasts, 3),
        POST: _entries(posts, 5),
    }


def route_holds(
    factory: Factory, route: Route, classes: Sequence[int]
) -> tuple[list[list[tuple[int, int, int]]], list[tuple[int, int, int]]]:
    """What each step gives back when it is passed, and what the unit's end gives back: (resource, amount, seized
    at).
    """
    at_step: list[list[tuple[int, int, int]]] = [[] for _ in route.steps]
    at_end: list[tuple[int, int, int]] = []
    for position, (step, c) in enumerate(zip(route.steps, classes, strict=True)):
        until = {
            factory.table.resources[need.resource]: need.until
            for need in factory.park.needs_of(route.routing, step.operation)
            if need.during == "operation"
        }
        for seizure in factory.table.rows[c].seizures:
            if seizure.own or seizure.resource not in until:
                continue
            entry = (
                seizure.resource,
                seizure.amount,
                position if seizure.resource == factory.table.rows[c].server else -1,
            )
            name = until[seizure.resource]
            (at_end if name == "end" else at_step[route.position[name]]).append(entry)
    return at_step, at_end


def _posts(factory: Factory, route: Route, operation: str) -> list[tuple[int, int, int, int, int]]:
    """(rule, ppm owned, ppm consigned, yuan owned, yuan consigned) of the sales at a step."""
    park = factory.park
    found: list[tuple[int, int, int, int, int]] = []
    for sale in sales_at(park, route, operation):
        shares = (sale.share.value, (sale.consigned_share or sale.share).value)
        owned, consigned = (round(share * 1_000_000) for share in shares)
        if sale.item == route.product:
            found.append((factory.rules.index(sale.sale), owned, consigned, 0, 0))
            continue
        lines = [line for line in park.bom_of(route.product) if line.item == sale.item and line.operation == operation]
        value = round(
            sum(line.quantity.value for line in lines) * route.batch * park.material(sale.item).price_yuan.value
        )
        found.append((factory.rules.index(sale.sale), 0, 0, value * owned // 1_000_000, value * consigned // 1_000_000))
    return found


def _classes(factory: Factory) -> dict[int, Ints | Reals]:
    rows = factory.table.rows
    counts = np.zeros(len(rows), np.int64)
    for route, classes in zip(factory.unit_route, [factory.route_class[r] for r in factory.unit_route], strict=True):
        del route
        for c in classes:
            counts[c] += 1
    for c, row in enumerate(rows):
        if row.rework >= 0 and not row.is_rework:
            for other in {row.rework, row.retry} - {c}:
                counts[other] = max(counts[other], counts[c])
    room = np.cumsum(counts) - counts
    seizures = [[(s.resource, s.amount, int(s.own)) for s in row.seizures] for row in rows]
    whole = [
        (row.work[0], row.calendar, row.runs, row.rework, row.retry, row.is_rework, row.repair[0], row.resoak,
         row.sailing,         row.server, row.family, row.key)
        for row in rows
    ]  # fmt: skip
    return {
        NEED: _entries(seizures, 3),
        CLASS: _table(*np.array(whole, np.int64).reshape(-1, 12).T, room, *_ends(seizures)),
        CLASS_F: np.array([(*row.work[1], *row.repair[1], row.fail, row.fault) for row in rows], np.float64).reshape(
            -1, 10
        ),
    }


def _resources(factory: Factory) -> dict[int, Ints | Reals]:
    park, opening, plan = factory.park, factory.opening, capacity_plan(factory.park, factory.clock)
    r, m = len(factory.resources), len(factory.materials)
    kind = [1 if row.kind == "servers" else 0 for row in park.resources] + [2] * m
    available = np.concatenate([plan.initial - opening.held[:r] - plan.down, opening.stock])
    slots = np.concatenate([plan.slots, np.zeros(m, np.int64)])
    for resource, slot, _ in opening.slots:  # a unit may sit on a machine that is down
        slots[resource] = max(slots[resource], slot + 1)
    slot_first = np.concatenate([[0], np.cumsum(slots)]).astype(np.int64)
    machine = np.zeros((int(slot_first[-1]), 2), np.int64)
    machine[:, 0] = -1
    for resource, slot, family in [*((r, slot, -1) for r, slot in plan.down_slots), *opening.slots]:
        machine[slot_first[resource] + slot] = family, 1
    families = max(1, len(factory.table.families))
    base = np.full(r + m, -1, np.int64)
    matrices: list[Ints] = []
    for i, name in enumerate(factory.resources):
        rows = [row for row in park.setups if row.resource == name]
        if rows:
            base[i] = sum(len(matrix) for matrix in matrices)
            matrices.append(_changeovers(factory, rows, families))
    calendar = [factory.calendars.index(row.calendar) if row.calendar else -1 for row in park.resources] + [-1] * m
    capacity = np.concatenate([plan.initial - plan.down, np.zeros(m, np.int64)])
    return {
        RES: _table(kind, available, capacity, calendar, slot_first[:-1], base),
        MACHINE: machine,
        SETUP: np.concatenate([*matrices, np.zeros(0, np.int64)]),
        CAP: _table(plan.time, plan.resource, plan.delta, plan.phase, plan.slot),
        PHASE_F: plan.phase_par,
        PHASE_STREAM: _streams(f"phase/{row.phase}" for row in park.phases),
    }


def _changeovers(factory: Factory, rows: Sequence[object], families: int) -> Ints:
    matrix = np.zeros((families, families), np.int64)
    index = factory.table.families
    for row in factory.park.setups:
        if row in rows and row.from_family in index and row.to_family in index:
            matrix[index[row.from_family], index[row.to_family]] = round(row.hours.value * factory.clock.ticks_per_hour)
    return matrix.ravel()


def _supply(factory: Factory, policy: Policy) -> dict[int, Ints | Reals]:
    orders = purchases(factory.park, factory.clock, factory.units, policy.purchases)
    lines = quotas(factory.park, factory.clock)
    base = len(factory.resources)
    index = {name: base + i for i, name in enumerate(factory.materials)}
    clock = factory.clock
    sailings = [
        (next(leg for leg in factory.park.legs_of(destination) if leg.leg == name), c)
        for c, row in enumerate(factory.table.rows)
        if row.sailing >= 0
        for destination, name in [factory.table.sailings[row.sailing]]
    ]
    rows = [(row.tick, index[row.material], round(row.quantity * MATERIAL_SCALE), row.lead[0]) for row in orders]
    departures = [
        (first if first >= 0 else first % every, every, int(leg.capacity_units.value + 1e-9), c)
        for leg, c in sailings
        for first in [clock.ticks(leg.first_departure or factory.park.head.epoch)]
        for every in [max(1, round(leg.interval_days.value * clock.ticks_per_day))]
    ]  # fmt: skip
    return {
        PO: _table(*np.array(rows, np.int64).reshape(-1, 4).T, _streams(f"purchase/{row.name}" for row in orders)),
        PO_F: np.array([row.lead[1] for row in orders], np.float64).reshape(-1, 4),
        QUOTA_LINE: np.array([(index[q.material], q.weekly, q.most, q.first) for q in lines], np.int64).reshape(-1, 4),
        SAILING: np.array(departures, np.int64).reshape(-1, 4),
    }


def _calendars(factory: Factory, levels: Levels) -> dict[int, Ints | Reals]:
    rows = [open_intervals(factory.park, name, levels, factory.clock) for name in factory.calendars]
    interval = [[(*edges, before) for edges, before in zip(row, _open_before(row), strict=True)] for row in rows]
    return {CAL: _table(*_ends(rows)), INTERVAL: _entries(interval, 3)}


def _open_before(row: Sequence[tuple[int, int]]) -> list[int]:
    total = [0]
    for start, end in row:
        total.append(total[-1] + end - start)
    return [before for before, _ in pairwise(total)]
