"""Units that wait for each other for good, found in the final state of a replication.

The classic reduction (Coffman, Elphick and Shoshani 1971; Holt 1972): what is under way comes to its end; whoever could
start with what is free then goes on, and is taken to give back all it holds; and so on. Who is left waits for what only
others who are left could give. It errs to one side: a unit that can do any of its steps is taken to finish, and what
comes from outside (capacity, purchases, further arrivals) is taken to come. So what is found is a deadlock for certain,
and may be only a part of the park.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from aidc_twin.park.schema import Material
from aidc_twin.park.supply import brought_at_once
from aidc_twin.twin.classes import MATERIAL_SCALE, counting_scale
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.layout import I64, table
from aidc_twin.twin.memory import Ints
from aidc_twin.twin.present import Floor, Holds
from aidc_twin.twin.routes import Route

TOLD = 8
"""Units that a message names."""


class Reduction:
    """Lets units go on, one after the other, as long as any can.

    Attributes
    ----------
    free : shape (resources and materials,), what is left with all that those who go on give back.
    capacity : same shape, all that there is; more of it comes after the horizon, and is taken to have come.
    goes : shape (N and more,), units and repairs that go on.
    """

    def __init__(self, factory: Factory, floor: Floor) -> None:
        """With what is under way, and what waits for its hour or for a ship, or will lose its patience."""
        self.factory, self.floor = factory, floor
        later = self._capacity_later()
        self.free = table(floor.m, L.V_RES)[:, L.Z_AVAIL] + later
        self.capacity = table(floor.m, L.V_RES)[:, L.Z_CAP] + later
        self.goes = np.zeros(int(floor.unit.max(initial=-1)) + 1, bool)
        self._last_made: tuple[int, set[str]] | None = None
        self._heads: dict[int, int] = {}
        state, since = floor.rows[:, L.U_STATE], floor.rows[:, L.U_SINCE]
        later = (state == L.AHEAD) & (floor.rows[:, L.U_WAIT] == 0) & (since > int(floor.whole[L.HORIZON]))
        cls = floor.classes[floor.rows[:, L.U_CLASS]]
        sails = table(floor.whole, L.QUEUES)[cls[:, L.C_QUEUE], L.Q_SAILS] > 0
        leaves = (cls[:, L.C_PATIENCE_DIST] >= 0) & (floor.rows[:, L.U_ATTEMPT] == floor.rows[:, L.U_LAP])
        self._let(floor.unit[(state == L.UNDER_WAY) | later | ((state == L.QUEUED) & (sails | leaves))])

    def _capacity_later(self) -> Ints:
        """Capacity of each resource that comes after the horizon."""
        change, opened = table(self.floor.whole, L.CAP), table(self.floor.m, L.V_PHASE)[:, 0]
        phase = change[:, L.CAP_PHASE]
        time = np.maximum(change[:, L.CAP_TIME], np.append(opened, 0)[phase] * (phase >= 0))
        comes = (time > self.floor.whole[L.HORIZON]) & (change[:, L.CAP_DELTA] > 0)
        found = np.zeros(len(table(self.floor.whole, L.RES)), np.int64)
        np.add.at(found, change[comes, L.CAP_RES], change[comes, L.CAP_DELTA])
        return found

    def run(self) -> None:
        """Go on until nobody can."""
        before = -1
        while before != int(self.goes.sum()):
            before = int(self.goes.sum())
            self._let(self.floor.unit[self._able()])
            self._let(self._standing())
            self._let(self._joining())

    def _let(self, units: Ints) -> None:
        """Units and repairs go on, and give back what they hold; so does a machine that is mended."""
        new = np.unique(units)
        new = new[~self.goes[new]]
        self.goes[new] = True
        holds, floor = self.floor.holds, self.floor
        mine = np.isin(holds.unit, new)
        np.add.at(self.free, holds.resource[mine], holds.amount[mine])
        for b in floor.rows[np.isin(floor.unit, new) & (floor.rows[:, L.U_JOB] < 0), L.U_STEP].tolist():
            fault = table(floor.whole, L.FAULTS)[b]
            machine = table(floor.whole, L.RES)[fault[L.B_RES], L.R_KIND] == L.SERVERS
            if machine and table(floor.m, L.V_MACHINE)[fault[L.B_MACHINE], L.G_HOLDER] == 0:
                self.free[fault[L.B_RES]] += 1

    def _able(self) -> list[int]:
        """Waiting steps that miss nothing; of a class whose steps are alike one is looked at."""
        places, told, found = self.waiting(), dict[int, bool](), list[int]()
        for place, c in zip(places.tolist(), self.floor.rows[places, L.U_CLASS].tolist(), strict=True):
            if c not in told or not self._alike[c]:
                told[c] = not self.missing(place)
            if told[c]:
                found.append(place)
        return found

    @cached_property
    def _alike(self) -> list[bool]:
        """Whether all that wait in a class miss the same: none shares, is bound to a machine, or has its turn."""
        floor = self.floor
        shared = np.append(0, np.cumsum(floor.needs[:, L.D_KIND] == L.SHARED))
        own = shared[floor.classes[:, L.C_NEED_END]] > shared[floor.classes[:, L.C_NEED]]
        own |= floor.classes[:, L.C_PIN] == L.BOUND
        queues = table(floor.whole, L.QUEUES)[floor.classes[:, L.C_QUEUE]]
        return (~own & (queues[:, L.Q_SHARED] == 0)).tolist()

    def waiting(self) -> Ints:
        """Steps (places in the floor's rows) in queues, of units and repairs that do not go on."""
        queued = np.flatnonzero(self.floor.rows[:, L.U_STATE] == L.QUEUED)
        return queued[~self.goes[self.floor.unit[queued]]]

    def missing(self, place: int) -> list[int]:
        """Resources for which a waiting step waits in vain; -1 stands for its turn, or company for its batch."""
        c = int(self.floor.rows[place, L.U_CLASS])
        return self._lacking(c, int(self.floor.step[place])) or ([] if self._has_turn(place, c) else [-1])

    def _lacking(self, c: int, js: int) -> list[int]:
        """Resources of which a step needs more than is free in its class, though there is as much."""
        floor, row = self.floor, self.floor.classes[c]
        found: list[int] = []
        for need in floor.needs[row[L.C_NEED] : row[L.C_NEED_END]].tolist():
            r, amount = need[L.D_RES], need[L.D_AMOUNT]
            outside = self._is_brought(r, amount) if need[L.D_KIND] == L.MATERIAL else amount > self.capacity[r]
            if self.free[r] < amount and not outside and not floor.shared(js, need):
                found.append(r)
        pin = int(row[L.C_PIN])
        if pin == L.BOUND:
            pin = floor.share(js, 2 * int(row[L.C_SAME])) - 1
        if pin >= 0 and not found:
            machine = table(floor.whole, L.RES)[row[L.C_SERVER], L.R_SLOT] + pin
            found += [] if self._go([int(table(floor.m, L.V_MACHINE)[machine, L.G_HOLDER]) - 1]) else [row[L.C_SERVER]]
        return found

    def _go(self, steps: Sequence[int]) -> bool:
        """Whether all units in the park that have one of some steps go on."""
        return all(self.goes[self._unit_of[step]] for step in steps if step in self._unit_of)

    @cached_property
    def _unit_of(self) -> dict[int, int]:
        """Unit of each step."""
        return dict(zip(self.floor.step.tolist(), self.floor.unit.tolist(), strict=True))

    def _head(self, q: int, queue: I64) -> int:
        """Step that is first in a queue in which nobody overtakes."""
        if q not in self._heads:
            first = int(self.floor.m[L.ROOM] + queue[L.Q_ROOM] * L.ENTRY)
            size = int(table(self.floor.m, L.V_QUEUE)[q, L.E_SIZE])
            entries = self.floor.m[first : first + size * L.ENTRY].reshape(size, L.ENTRY)
            self._heads[q] = int(entries[np.lexsort((entries[:, 1], entries[:, 0]))[0], 2])
        return self._heads[q]

    def _has_turn(self, place: int, c: int) -> bool:
        """Whether it is first where nobody overtakes, or the first goes on, and company for its batch can come."""
        floor, row = self.floor, self.floor.classes[c]
        queue = table(floor.whole, L.QUEUES)[row[L.C_QUEUE]]
        size = int(table(floor.m, L.V_QUEUE)[row[L.C_QUEUE], L.E_SIZE])
        if queue[L.Q_SHARED]:
            head = self._head(int(row[L.C_QUEUE]), queue)
            return head == floor.step[place] or self._go([head])
        alone = size < row[L.C_BATCH_MIN] and row[L.C_BATCH_DIST] < 0
        return not alone or any(c in self.factory.route_class[r] for r in self._to_come())

    def _is_brought(self, r: int, amount: int) -> bool:
        """Whether enough of a material can come: from outside, or from units that go on."""
        return self._is_bought(r, amount) or self._stock(r).material in self._made()

    def _is_bought(self, r: int, amount: int) -> bool:
        """Whether as much of a material can come from outside."""
        park, row = self.factory.park, self._stock(r)
        coming = sum(order.quantity for order in park.state_purchase_orders if order.material == row.material)
        return (brought_at_once(row) + coming) * MATERIAL_SCALE >= amount

    def _stock(self, r: int) -> Material:
        """Material, counted behind the resources."""
        return self.factory.park.material(self.factory.materials[r - len(self.factory.resources)])

    def _made(self) -> set[str]:
        """Materials that units put into stock which go on, or which come and can get as far as that."""
        lines, routes = self.factory.park.outputs, self.factory.routes
        known, going = self._last_made, int(self.goes.sum())
        if known is None or known[0] != going:
            sure = {routes[route].routing for route in self._under_way()}
            found = {line.material for line in lines if line.routing in sure}
            coming = [routes[route] for route in sorted(self._arriving())]
            more = found
            while more:
                more = {
                    line.material
                    for line in lines
                    for route in coming
                    if line.routing == route.routing and self._gets_to(route, line.operation, found)
                } - found
                found = found | more
            self._last_made = known = going, found
        return known[1]

    def _gets_to(self, route: Route, operation: str, made: set[str]) -> bool:
        """Whether nothing stands in the way of a unit that comes, up to the end of an operation.

        What it needs at the steps that it cannot leave out: where the way divides, that is not looked at.
        """
        if self.factory.park.branches_of(route.routing):
            return True
        classes = self.factory.route_class[self.factory.routes.index(route)]
        ahead, seen = [route.position[operation]], set[int]()
        while ahead:
            step = ahead.pop()
            if step not in seen:
                seen.add(step)
                ahead += route.steps[step].after
        return not any(self._is_kept_from(classes[step], made) for step in seen)

    def _is_kept_from(self, c: int, made: set[str]) -> bool:
        """Whether a need of a class will never be met, since what there is of it is locked."""
        row = self.floor.classes[c]
        for need in self.floor.needs[row[L.C_NEED] : row[L.C_NEED_END]].tolist():
            r, amount = need[L.D_RES], need[L.D_AMOUNT]
            if need[L.D_KIND] == L.SHARED or self.free[r] >= amount:
                continue
            if need[L.D_KIND] != L.MATERIAL:
                if amount <= self.capacity[r]:
                    return True
                continue
            if not self._is_bought(r, amount) and self._stock(r).material not in made:
                return True
        return False

    def _to_come(self) -> set[int]:
        """Routes of units that go on, or have still to come into the park."""
        return self._under_way() | self._arriving()

    def _under_way(self) -> set[int]:
        """Routes of units of the park that go on, and of those of orders that have still to begin."""
        floor, factory = self.floor, self.factory
        job, state = table(floor.whole, L.JOB), table(floor.m, L.V_JOB)[: len(factory.units)]
        routes = set(job[floor.jobs[self.goes[: len(floor.jobs)]], L.J_ROUTE].tolist())
        return routes | set(job[np.flatnonzero(state[:, L.W_GATES] != 0), L.J_ROUTE].tolist())

    def _arriving(self) -> set[int]:
        """Routes of the sources that have units still to come."""
        factory = self.factory
        came = table(self.floor.m, L.V_SOURCE)[:, L.V_ARRIVALS].tolist()
        rows = zip(factory.park.sources, factory.source_route, came, strict=True)
        return {route for row, route, arrivals in rows if row.most == 0 or arrivals < row.most}

    def _standing(self) -> Ints:
        """Units whose work stands still on a machine that is mended."""
        floor = self.floor
        holder, fault = table(floor.m, L.V_MACHINE)[:, L.G_HOLDER], table(floor.whole, L.FAULTS)
        found: list[int] = []
        for place in np.flatnonzero(floor.rows[:, L.U_STATE] == L.STOPPED).tolist():
            machines = np.flatnonzero(holder == floor.step[place] + 1)
            if self._go(fault[np.isin(fault[:, L.B_MACHINE], machines), L.B_STEP].tolist()):
                found.append(int(floor.unit[place]))
        return np.array(found, np.int64)

    def _joining(self) -> Ints:
        """Units that wait for parts only, all of which go on or have still to come."""
        floor = self.floor
        busy = np.isin(floor.rows[:, L.U_STATE], (L.QUEUED, L.UNDER_WAY, L.STOPPED))
        idle = np.setdiff1d(np.flatnonzero(~self.goes[: len(floor.jobs)]), floor.unit[busy])
        parent = table(floor.whole, L.JOB)[:, L.J_PARENT]
        late = set(parent[floor.jobs[~self.goes[: len(floor.jobs)]]].tolist())
        return idle[[int(floor.jobs[u]) not in late for u in idle.tolist()]] if len(idle) else idle


@dataclass(frozen=True)
class Deadlock:
    """Units that are locked, what each holds and waits for in words, and since when (tick) none starts anything; `day`
    is when the last of those who hold what others wait for came to a stop: others may join the queue ever after.
    `wanted` are the resources and materials that some hold and others wait for, by number.
    """

    units: tuple[str, ...]
    lines: tuple[str, ...]
    since: int
    day: datetime
    wanted: tuple[int, ...]

    def __str__(self) -> str:
        more = f"; {len(self.lines) - TOLD} more wait" if len(self.lines) > TOLD else ""
        told = "; ".join(self.lines[:TOLD])
        return f"{told}{more}: none who holds something can start anything after {self.day:%Y-%m-%d %H:%M}"


def find_deadlock(factory: Factory, whole: I64, m: I64) -> Deadlock | None:
    """What is locked in the final state `m` of a replication; None where nothing is, or it is not certain.

    Units that wait behind those that are locked are locked too; who holds nothing that others wait for comes last.
    """
    if not table(m, L.V_QUEUE)[:, L.E_SIZE].any():
        return None
    floor = Floor.of(whole, m)
    ahead = Reduction(factory, floor)
    ahead.run()
    lacks = {place: ahead.missing(place) for place in ahead.waiting().tolist()}
    wanted = {r for missing in lacks.values() for r in missing}
    stuck = floor.unit[list(lacks)]
    holds = floor.holds
    blocking = np.isin(holds.resource, list(wanted)) & np.isin(holds.unit, stuck)
    if not blocking.any():
        holds = with_stocks(factory, floor)
        if not _is_ring(holds, floor, lacks):
            return None
        blocking = np.isin(holds.resource, list(wanted)) & np.isin(holds.unit, stuck)
    places = sorted(lacks, key=lambda place: not (blocking & (holds.unit == floor.unit[place])).any())
    units = tuple(unit_name(factory, floor, place) for place in places)
    lines = tuple(
        f"{unit} {_told(factory, holds, int(floor.unit[place]), lacks[place])}"
        for unit, place in zip(units, places, strict=True)
    )
    begun = np.isin(floor.unit, stuck) & (floor.rows[:, L.U_STATE] != L.AHEAD)
    since = int(floor.rows[begun, L.U_SINCE].max())
    stopped = int(floor.rows[begun & np.isin(floor.unit, holds.unit[blocking]), L.U_SINCE].max())
    return Deadlock(
        units, lines, since, factory.clock.date(stopped), tuple(np.unique(holds.resource[blocking]).tolist())
    )


def with_stocks(factory: Factory, floor: Floor) -> Holds:
    """All that is held, and the materials that units have taken from stock and put back there later: cards, pallets."""
    rows: list[tuple[int, int, int]] = []
    job = table(floor.whole, L.JOB)
    for unit, j in enumerate(floor.jobs.tolist()):
        number = int(job[j, L.J_ROUTE])
        route, classes = factory.routes[number], factory.route_class[number]
        state = table(floor.m, L.V_STEP)[int(job[j, L.J_FIRST]) :, L.U_STATE]
        for line in factory.park.outputs:
            if line.routing == route.routing and state[route.position[line.operation]] != L.DONE:
                r = len(factory.resources) + factory.materials.index(line.material)
                taken = [_takes(floor, classes[i], r) for i in range(len(route.steps)) if state[i] == L.DONE]
                rows += [(unit, r, max(taken))] if any(taken) else []
    more = np.array(rows, np.int64).reshape(-1, 3)
    held = floor.holds
    return Holds(
        *(np.concatenate([a, b]) for a, b in zip((held.unit, held.resource, held.amount), more.T, strict=True))
    )


def _takes(floor: Floor, c: int, r: int) -> int:
    """How much of a material a class takes."""
    row = floor.classes[c]
    needs = floor.needs[row[L.C_NEED] : row[L.C_NEED_END]]
    return int(needs[(needs[:, L.D_KIND] == L.MATERIAL) & (needs[:, L.D_RES] == r), L.D_AMOUNT].sum())


def _is_ring(holds: Holds, floor: Floor, lacks: Mapping[int, Sequence[int]]) -> bool:
    """Whether some who are locked hold, one for the other in a ring, what each of them waits for."""
    waits: dict[int, set[int]] = {}
    for place, missing in lacks.items():
        for r in holds.resource[holds.unit == floor.unit[place]].tolist():
            waits.setdefault(r, set()).update(missing)
    before = -1
    while before != len(waits):
        before = len(waits)
        waits = {r: wanted for r, wanted in waits.items() if wanted & waits.keys()}
    return bool(waits)


def _told(factory: Factory, holds: Holds, unit: int, missing: Sequence[int]) -> str:
    """What a unit holds and waits for."""
    mine = holds.unit == unit
    resources, amounts = holds.resource[mine], holds.amount[mine]
    held = [_amount(factory, r, int(amounts[resources == r].sum())) for r in np.unique(resources).tolist()]
    waits = ", ".join("its turn" if r < 0 else _name(factory, r) for r in missing)
    return f"holds {', '.join(held)} and waits for {waits}" if held else f"waits for {waits}"


def _name(factory: Factory, r: int) -> str:
    return [*factory.resources, *factory.materials][r]


def _amount(factory: Factory, r: int, amount: int) -> str:
    """An amount of a resource; one of it goes without saying."""
    rows = factory.park.resources
    number = amount / (counting_scale(rows[r].kind) if r < len(rows) else MATERIAL_SCALE)
    return _name(factory, r) if number == 1 else f"{number:g} of {_name(factory, r)}"


def unit_name(factory: Factory, floor: Floor, place: int) -> str:
    """Name of the unit or repair of a step."""
    job = int(floor.rows[place, L.U_JOB])
    if job < 0:
        fault = table(floor.whole, L.FAULTS)[floor.rows[place, L.U_STEP]]
        return f"the repair of machine {factory.resources[fault[L.B_RES]]}/{fault[L.B_SLOT] + 1}"
    if job < len(factory.units):
        return f"unit {factory.units[job].id}"
    route, serial = table(floor.whole, L.JOB)[job, L.J_ROUTE], table(floor.m, L.V_JOB)[job, L.W_SERIAL]
    return f"unit {factory.name_of_arrival(int(route), int(serial))[0]}"
