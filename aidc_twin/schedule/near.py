"""The near weeks of a park as a detailed problem: what the twin does with mean durations, from its own tables.

There is one model of the factory. What is read here are the twin's classes, calendars, capacities and opening state; a
schedule is handed back to the twin as machines and earliest starts, and the twin must find the same times. What the
search does not know of a park is refused by name. Steps that take material of a weekly quota, and ships, go no sooner
than in the twin's own dispatching, since quota lapses and a ship may be full; ships sail by their timetable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from aidc_twin.errors import SimulationFault
from aidc_twin.schedule.batches import kinds_of, too_early
from aidc_twin.schedule.beyond import to_hold_back
from aidc_twin.schedule.desk import keys_of
from aidc_twin.schedule.detailed import Amounts, Calendar, Detailed, Lists, Placed, Whole
from aidc_twin.schedule.kernel.cells import OWN_END, STAYS
from aidc_twin.twin.classes import WorkClass
from aidc_twin.twin.factory import Factory, Policy
from aidc_twin.twin.hours import open_intervals
from aidc_twin.twin.kernel.layout import (
    DONE,
    FAMILIES,
    G_FAMILY,
    MACHINE,
    R_SETUP,
    R_SLOT,
    RELEASES,
    RES,
    SAILING,
    SETUP,
    TR_END,
    TR_SLOT,
    TR_START,
    TR_STEP,
    TR_WORK,
    UNDER_WAY,
    ParkArrays,
    table,
)
from aidc_twin.twin.machines import machines_of
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.routes import needs_of
from aidc_twin.twin.stock import CapacityPlan, capacity_plan
from aidc_twin.twin.trace import supply

WEIGHT = 100
"""Weights of orders are counted in hundredths."""
KEY_BITS = 8
"""Power of two by which keys of the twin's own schedule are apart where starts are a tick apart."""


@dataclass(frozen=True)
class Near:
    """A detailed problem of a park.

    Attributes
    ----------
    problem : operations are those that the twin starts within the horizon.
    steps : shape (n,), job step of each operation.
    seats : (resource, machine from 0) of each machine.
    first : the twin's own schedule.
    """

    problem: Detailed
    steps: Whole
    seats: list[tuple[int, int]]
    first: Placed


def unknown(factory: Factory) -> list[str]:
    """What a park has that the search does not know, in its own words."""
    park = factory.park
    said = {
        "sources": bool(park.sources),
        "breakdowns": bool(park.breakdowns),
        "branches": bool(park.branches),
        "outputs of operations": bool(park.outputs),
        "transfers": bool(park.transfers),
        "operations with a first day": bool(park.not_before),
        "places and machines that end": any(
            row.end is not None and park.resource(row.resource).kind in ("servers", "space", "cash")
            for row in park.capacity
        ),
        "base stock": any(row.base_stock is not None for row in park.materials),
        "work that stops other work": any(row.preempt != "no" for row in park.resources),
        "people with names": any(row.members == "named" for row in park.resources),
        "capacity by period": any(row.kind == "bucketed" for row in park.resources),
    }
    servers = {row.server for row in factory.table.rows}
    for row in factory.table.rows:
        said |= {name: said.get(name, False) or has for name, has in _unknown_of(row, servers).items()}
    return [name for name, has in said.items() if has]


def _unknown_of(row: WorkClass, servers: set[int]) -> dict[str, bool]:
    takes = row.seizures
    return {
        "batches without a machine": row.batch != (1, 1) and row.server < 0,
        "patience": row.patience is not None,
        "work on an earlier machine": row.on >= 0,
        "needs that are given back when closed": any(one.gives for one in takes),
        "needs that are only looked at": any(one.looks for one in takes),
        "needs that are kept for parts or until joined": any(one.kept for one in takes),
        "needs that parts share": any(one.picks for one in takes),
        "a last hour to start": row.start >= 0,
        "work on several machines": any(
            one.resource in servers and (one.resource != row.server or one.amount > 1) for one in takes
        ),
        "leaving a machine only while it is up": bool(row.leaves),
        "ways that are chosen": row.called or row.keeps_way,
    }


def near_problem(factory: Factory, policy: Policy, arrays: ParkArrays, run: Replication, until: int) -> Near:
    """Operations that the twin starts before tick `until` in a traced replication with means.

    Raises
    ------
    SimulationFault
        If the park has something that the search does not know; each is named.
    """
    if named := unknown(factory):
        raise SimulationFault(f"the search for a schedule does not know {', '.join(named)}")
    return _Compiler(factory, policy, arrays, run, until).near()


class _Compiler:
    """Collects a problem's parts from the twin's tables."""

    def __init__(self, factory: Factory, policy: Policy, arrays: ParkArrays, run: Replication, until: int) -> None:
        self.factory, self.policy, self.arrays, self.run, self.until = factory, policy, arrays, run, until
        rows = run.trace[(run.trace[:, TR_STEP] >= 0) & (run.trace[:, TR_STEP] < factory.steps)]
        self.ended = dict(zip(rows[:, TR_STEP].tolist(), rows[:, TR_END].tolist(), strict=True))
        rows = rows[rows[:, TR_START] < until]
        self.rows = rows[np.lexsort((np.arange(len(rows)), rows[:, TR_START]))]
        self.steps: list[int] = self.rows[:, TR_STEP].tolist()
        self.index = {js: i for i, js in enumerate(self.steps)}
        if len(self.index) < len(self.steps):
            raise SimulationFault("the search for a schedule does not know work that is interrupted")
        self.plan: CapacityPlan = capacity_plan(factory.park, factory.clock)
        self.unit = factory.step_unit[self.rows[:, TR_STEP]].tolist()
        self.classes = [factory.table.rows[factory.step_class(js)] for js in self.steps]
        self.quota = {
            len(factory.resources) + m for m, row in enumerate(factory.park.materials) if row.weekly_quota is not None
        }
        kept = {one.resource for row in factory.table.rows for one in row.seizures if not one.own}
        servers = {row.server for row in factory.table.rows if row.server >= 0}
        self.stores = sorted(kept - self.quota - servers)
        self.shared = [r for r in range(len(factory.resources)) if r not in kept and r not in servers]
        count = machines_of(factory)
        self.seats = [(r, m) for r in sorted(servers) for m in range(count[r])]
        self.seat = {seat: m for m, seat in enumerate(self.seats)}
        self.of = {r: [self.seat[r, m] for m in range(count[r])] for r in servers}

    def near(self) -> Near:
        """The whole problem, and the twin's schedule as its first."""
        factory, n = self.factory, len(self.steps)
        fixed = np.array([self._is_fixed(i) for i in range(n)], bool)
        start, end = self.rows[:, TR_START].astype(np.int64), self.rows[:, TR_END].astype(np.int64)
        there = self._machine_from()
        options = [self._options(i, there) for i in range(n)]
        before = self.before
        takes, gives, held, early = self._kept()
        codes = {order.order: o for o, order in enumerate(factory.park.orders)}
        orders = [codes[factory.units[u].order] for u in self.unit]
        none = np.full(n, -1)
        problem = Detailed(
            release=self._release(), before=Lists.of(before), options=Amounts.of(options),
            family=np.array([row.family if row.server >= 0 else -1 for row in self.classes], np.int64),
            starts_in=np.array([self._starts_in(row) for row in self.classes], np.int64),
            works_in=np.array([-1 if row.runs else row.calendar for row in self.classes], np.int64),
            uses=Amounts.of([self._uses(row) for row in self.classes]), takes=Amounts.of(takes),
            gives=Amounts.of(gives), fixed_start=np.where(fixed, start, -1), fixed_end=np.where(fixed, end, -1),
            order=np.array(orders, np.int64), tail=self._tails(),
            due=np.array([factory.clock.ticks(order.due) for order in factory.park.orders], np.int64),
            weight=np.array([max(0, round(order.weight * WEIGHT)) for order in factory.park.orders], np.int64),
            value=np.ones(len(codes), np.int64), wanted_start=none, wanted_machine=none,
            machine_from=np.array(there, np.int64), **self._setups(),
            down=Amounts.of([[] for _ in self.seats]), calendars=self._calendars(),
            capacity=Amounts.of([self._steps_of(r) for r in self.shared]),
            supply=Amounts.of([self._supply_of(q, held) for q in self.stores]), horizon=self.until,
            machines=tuple(f"{factory.resources[r]} {m + 1}" for r, m in self.seats), gives_early=early,
            keeps=np.array([self._freed_by(row, u, js) for row, u, js in zip(
                self.classes, self.unit, self.steps, strict=True)], np.int64),
            machine_keeps=np.array([self._kept_at_first(seat) for seat in self.seats], np.int64),
            **kinds_of(factory, self.steps),
        )  # fmt: skip
        return Near(problem, np.array(self.steps, np.int64), self.seats, self._first(problem))

    def _is_fixed(self, i: int) -> bool:
        """What is under way at the epoch."""
        return bool(self.factory.opening.state[self.steps[i]] == UNDER_WAY)

    def _is_late_only(self, i: int) -> bool:
        """Ships, and what takes material that lapses."""
        row = self.classes[i]
        return row.sailing >= 0 or any(one.resource in self.quota for one in row.seizures)

    def _options(self, i: int, there: Sequence[int]) -> list[tuple[int, int]]:
        """Machines that are there within the horizon; the twin's own choice always."""
        row, work = self.classes[i], int(self.rows[i, TR_WORK])
        if row.server < 0:
            return [(-1, work)]
        own = self.seat[row.server, int(self.rows[i, TR_SLOT])]
        if self._is_fixed(i):
            return [(own, work)]
        return [(m, work) for m in self.of[row.server] if there[m] < self.until or m == own]

    def _release(self) -> Whole:
        """Release of units counts for their first steps, and does no harm to the others; some go no sooner than now."""
        ticks = {int(unit): int(tick) for tick, unit in table(self.arrays.whole, RELEASES).tolist()}
        starts = self.rows[:, TR_START].tolist()
        late = [starts[i] if self._is_late_only(i) else 0 for i in range(len(starts))]
        return np.array([max(0, ticks.get(u, 0), tick) for u, tick in zip(self.unit, late, strict=True)], np.int64)

    @cached_property
    def before(self) -> list[list[int]]:
        """Predecessors on the route, parts that join, and the step of the parent that releases the unit."""
        factory = self.factory
        found = [
            [
                int(factory.first[u]) + a
                for a in factory.routes[factory.unit_route[u]].steps[js - int(factory.first[u])].after
            ]
            for u, js in zip(self.unit, self.steps, strict=True)
        ]
        sinks: dict[int, list[int]] = {}
        for route in set(factory.unit_route):
            after = factory.routes[route].successors()
            sinks[route] = [i for i, follow in enumerate(after) if not follow]
        openers = [-1] * len(factory.units)
        for u, unit in enumerate(factory.units):
            if unit.parent < 0:
                continue
            opener = factory.step(unit.parent, unit.released_by) if unit.released_by else openers[unit.parent]
            openers[u] = opener
            base, route = int(factory.first[u]), factory.routes[factory.unit_route[u]]
            join = self.index.get(factory.step(unit.parent, unit.joins), -1)
            if join >= 0:
                found[join] += [base + at for at in sinks[factory.unit_route[u]]]
            if opener >= 0 and not factory.opening.started[u]:
                for at in route.roots:
                    if base + at in self.index:
                        found[self.index[base + at]].append(opener)
        return [sorted({self.index[js] for js in row if js in self.index}) for row in found]

    def _uses(self, row: WorkClass) -> list[tuple[int, int]]:
        found: dict[int, int] = {}
        for one in row.seizures:
            if one.resource in self.shared:
                found[one.resource] = found.get(one.resource, 0) + one.amount
        return [(self.shared.index(r), amount) for r, amount in found.items() if amount]

    def _freed_by(self, row: WorkClass, u: int, js: int) -> int:
        """What frees the machine of a job step; see `Detailed.keeps`."""
        for one, (until, early) in zip(row.seizures, self._untils(u, js), strict=True):
            if one.resource == row.server and not one.own:
                back = self.index.get(until, -1)
                return STAYS if back < 0 else 2 * back + (0 if early else 1)
        return OWN_END

    def _kept_at_first(self, seat: tuple[int, int]) -> int:
        """What frees a machine that is kept at the epoch by a step that has ended."""
        js = self.factory.opening.seated.get(seat, -1)
        if js < 0 or self.factory.opening.state[js] != DONE:
            return OWN_END
        row = self.factory.table.rows[self.factory.step_class(js)]
        return self._freed_by(row, int(self.factory.step_unit[js]), js)

    def _kept(self) -> tuple[list[list[tuple[int, int]]], list[list[tuple[int, int]]], dict[int, int], Whole]:
        """What operations take and keep, what they give back, what is held at the epoch by store, and what of that
        which is given back is so with a start.
        """
        factory, n = self.factory, len(self.steps)
        takes: list[dict[int, int]] = [{} for _ in range(n)]
        gives: list[dict[tuple[int, int], int]] = [{} for _ in range(n)]
        held: dict[int, int] = {}
        kept = np.flatnonzero(factory.opening.kept).tolist()
        for js in [*self.steps, *(js for js in kept if js not in self.index)]:
            u = int(factory.step_unit[js])
            row = factory.table.rows[factory.step_class(js)]
            i = self.index.get(js, -1)
            for bit, (one, (until, early)) in enumerate(zip(row.seizures, self._untils(u, js), strict=True)):
                if one.resource not in self.stores:
                    continue
                q = self.stores.index(one.resource)
                if factory.opening.state[js] != 0:
                    if not factory.opening.kept[js] >> bit & 1:
                        continue
                    held[one.resource] = held.get(one.resource, 0) + one.amount
                else:
                    takes[i][q] = takes[i].get(q, 0) + one.amount
                back = self.index.get(js if one.own else until, -1)
                if back >= 0:
                    at = q, int(early and not one.own)
                    gives[back][at] = gives[back].get(at, 0) + one.amount
        taken = [sorted((q, a) for q, a in row.items() if a) for row in takes]
        given = [sorted((q, early, a) for (q, early), a in row.items() if a) for row in gives]
        flags = np.array([early for row in given for _, early, _ in row], np.int64)
        return taken, [[(q, a) for q, _, a in row] for row in given], held, flags

    def _untils(self, u: int, js: int) -> list[tuple[int, bool]]:
        """Job step with which each need of a step goes back, and whether with its start; -1 where it does not
        (material).
        """
        factory = self.factory
        route = factory.routes[factory.unit_route[u]]
        step = route.steps[js - int(factory.first[u])]
        row = factory.table.rows[factory.step_class(js)]
        found: list[tuple[int, bool]] = []
        needs = needs_of(factory.park, route, step.operation, "operation")
        first = int(factory.first[u])
        successors = route.successors() if any(need.until in ("end", "next") for need in needs) else []
        for need in needs:
            follows = successors[js - first] if need.until == "next" else []
            if len(follows) > 1:
                raise SimulationFault("the search for a schedule does not know needs until one of several next steps")
            if follows:
                found.append((first + follows[0], True))
            elif need.until in ("end", "next"):
                sinks = [i for i, follow in enumerate(successors) if not follow]
                if len(sinks) > 1:
                    raise SimulationFault("the search for a schedule does not know needs until one of several ends")
                found.append((first + sinks[0], False))
            else:
                found.append((first + route.position.get(need.until, -1) if need.until else -1, False))
        return found + [(-1, False)] * (len(row.seizures) - len(found))

    def _machine_from(self) -> list[int]:
        """Tick from which each machine is there: its part of the capacity, and its return."""
        back = {
            (int(r), int(slot)): int(tick)
            for r, slot, tick in zip(self.plan.resource, self.plan.slot, self.plan.time, strict=True) if slot >= 0
        }  # fmt: skip
        down = set(self.plan.down_slots)
        found: list[int] = []
        for r, m in self.seats:
            comes = next((tick for tick, amount in self._steps_of(r) if amount > m), 2**60)
            found.append(max(comes, back.get((r, m), 2**60)) if (r, m) in down else comes)
        return found

    def _steps_of(self, r: int) -> list[tuple[int, int]]:
        """Capacity of a resource from tick to tick."""
        steps = {0: int(self.plan.initial[r])}
        changes = sorted(
            (max(int(tick), int(self.run.phase_open[phase]) if phase >= 0 else 0), int(delta))
            for tick, resource, delta, phase, slot in zip(
                self.plan.time, self.plan.resource, self.plan.delta, self.plan.phase, self.plan.slot, strict=True)
            if resource == r and slot < 0
        )  # fmt: skip
        amount = steps[0]
        for tick, delta in changes:
            if delta < 0 and r not in self.shared and tick < self.until:
                raise SimulationFault(f"the search for a schedule does not know less of {self.factory.resources[r]}")
            amount += delta
            steps[tick] = amount
        return sorted(steps.items())

    def _supply_of(self, q: int, held: dict[int, int]) -> list[tuple[int, int]]:
        base = len(self.factory.resources)
        if q < base:
            return [(tick, amount - held.get(q, 0)) for tick, amount in self._steps_of(q)]
        name, total = self.factory.materials[q - base], 0
        steps = {0: 0}
        rows = self.receipts.filter(self.receipts["material"] == name)
        for tick, quantity in sorted(rows.select("tick", "quantity").rows()):
            total += quantity
            steps[max(0, tick)] = total
        return sorted(steps.items())

    @cached_property
    def receipts(self) -> pl.DataFrame:
        """Receipts of material up to twice the horizon of the schedule."""
        return supply(self.factory, self.arrays, self.run, min(2 * self.until, self.factory.horizon))

    def _calendars(self) -> tuple[Calendar, ...]:
        factory = self.factory
        found: list[Calendar] = []
        for name in factory.calendars:
            rows = open_intervals(factory.park, name, self.policy.levels, factory.clock)
            spans = np.array([(max(0, a), b) for a, b in rows if b > 0], np.int64).reshape(-1, 2)
            found.append(Calendar(spans[:, 0].copy(), spans[:, 1].copy()))
        last = 2 * self.factory.horizon
        for first, every, *_ in table(self.arrays.whole, SAILING).tolist():
            ticks = np.arange(int(first), last, int(every), dtype=np.int64)
            found.append(Calendar(ticks, ticks + 1))
        return tuple(found)

    def _starts_in(self, row: WorkClass) -> int:
        """Calendar in which work starts: ships when they sail."""
        return row.calendar if row.sailing < 0 else len(self.factory.calendars) + row.sailing

    def _setups(self) -> dict[str, Whole]:
        """Changeovers of each kind of machines, what each machine made last."""
        whole = self.arrays.whole
        families, res = int(whole[FAMILIES]), table(whole, RES)
        cells, made = table(whole, SETUP), table(whole, MACHINE)
        kinds = sorted({r for r, _ in self.seats if res[r, R_SETUP] >= 0})
        tables = np.zeros((max(1, len(kinds)), families, families), np.int64)
        for k, r in enumerate(kinds):
            first = int(res[r, R_SETUP])
            tables[k] = np.asarray(cells).ravel()[first : first + families**2].reshape(families, families)
        for row in self.classes:
            if row.server in kinds and row.family < 0:
                name = self.factory.resources[row.server]
                raise SimulationFault(f"the search for a schedule does not know work without a family on {name}")
        return {
            "machine_family": np.array([made[int(res[r, R_SLOT]) + m, G_FAMILY] for r, m in self.seats], np.int64),
            "machine_setup": np.array([kinds.index(r) if r in kinds else -1 for r, _ in self.seats], np.int64),
            "setup": tables,
        }

    def _tails(self) -> Whole:
        """Ticks from the end of what nothing in the horizon follows to the order's completion, as in the twin's run.

        A unit that others wait for, or that waits for others, leaves its slack out.
        """
        factory = self.factory
        done = [int(tick) if tick >= 0 else factory.horizon for tick in self.run.job_done[: len(factory.units)]]
        ready: dict[int, int] = {}
        for u, unit in enumerate(factory.units):
            if unit.parent >= 0:
                join = factory.step(unit.parent, unit.joins)
                ready[join] = max(ready.get(join, 0), done[u])
        beyond = [0] * len(factory.units)
        for u, unit in enumerate(factory.units):
            if unit.parent >= 0:
                join = factory.step(unit.parent, unit.joins)
                beyond[u] = max(0, done[unit.parent] - ready[join]) + beyond[unit.parent]
        follows = {j for row in self.before for j in row}
        inner = [self._goes_on(i) and i in follows for i in range(len(self.steps))]
        return np.array([
            -1 if inner[i] else max(0, done[u] - self.ended[js]) + beyond[u]
            for i, (u, js) in enumerate(zip(self.unit, self.steps, strict=True))
        ], np.int64)  # fmt: skip

    def _goes_on(self, i: int) -> bool:
        """Whether all that follows a step on its route is within the horizon."""
        u, js = self.unit[i], self.steps[i]
        base = int(self.factory.first[u])
        route = self.factory.routes[self.factory.unit_route[u]]
        return all(base + at in self.index for at, step in enumerate(route.steps) if js - base in step.after)

    def _first(self, d: Detailed) -> Placed:
        """The twin's schedule; keys in the order of its starts."""
        start, end = self.rows[:, TR_START].astype(np.int64), self.rows[:, TR_END].astype(np.int64)
        seats = [
            self.seat[row.server, int(slot)] if row.server >= 0 else -1
            for row, slot in zip(self.classes, self.rows[:, TR_SLOT], strict=True)
        ]
        option = [int(d.options.number.at[i]) + d.options.number[i].tolist().index(m) for i, m in enumerate(seats)]
        key = keys_of(start, KEY_BITS)
        return Placed(np.array(seats, np.int64), start, end, np.zeros_like(start), key, np.array(option, np.int64),
                      np.zeros(len(d.due), np.int64), (0, 0, 0, 0), float("inf"))  # fmt: skip


def pinned_policy(near: Near, factory: Factory, policy: Policy, placed: Placed, until: int) -> Policy:
    """The policy with the machine, the start and the rank of each operation that has not begun; what the schedule does
    not hold starts at `until` or later.
    """
    from aidc_twin.schedule.dispatch import RANKED_FIRST

    machine: dict[tuple[str, str], int] = {}
    start = {key: max(tick, 0) for key, tick in policy.start.items()}
    rank = dict(policy.rank)
    order = np.lexsort((placed.key, placed.start))
    held, ahead = set(near.steps.tolist()), too_early(near.problem, placed)
    for n, i in enumerate(order.tolist()):
        js = int(near.steps[i])
        if factory.opening.state[js] in (DONE, UNDER_WAY):
            continue
        name = name_of(factory, js)
        rank[name] = n - RANKED_FIRST
        row = factory.table.rows[factory.step_class(js)]
        if row.sailing >= 0:
            continue
        start[name] = int(placed.start[i] - ahead[i])
        if placed.machine[i] >= 0:
            machine[name] = near.seats[int(placed.machine[i])][1] + 1
    start |= {name_of(factory, js): until for js in to_hold_back(factory, held, idle=False)}
    return replace(policy, machine=machine, start=start, rank=rank)


def name_of(factory: Factory, js: int) -> tuple[str, str]:
    """Unit and operation of a job step."""
    u = int(factory.step_unit[js])
    return factory.units[u].id, factory.routes[factory.unit_route[u]].steps[js - int(factory.first[u])].operation
