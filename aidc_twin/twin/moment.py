"""A moment of a replication as the tables of a state: what is done, under way, in stock, on its way and down.

A state holds at the beginning of a day, before anything of its first instant has happened, so that a park that starts
from it goes on as the replication did. What it cannot say is left out, and told in docs/park-folder.md: since when work
waits, what an idle machine was set up for, how often a step was tried, how long a machine has run. A step that failed
begins anew; the material that it took is in stock again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from aidc_twin.errors import SimulationFault
from aidc_twin.park.checks.state_rests import begun_hours
from aidc_twin.park.park import Park
from aidc_twin.park.schema import (
    MachineState,
    OperationState,
    Phase,
    PostedState,
    PurchaseOrderState,
    Row,
    StockState,
)
from aidc_twin.twin.classes import MATERIAL_SCALE
from aidc_twin.twin.factory import Factory, Policy
from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.events import ID_BITS, ID_MASK, SEQ_BITS, YEAR
from aidc_twin.twin.kernel.layout import I64, ParkArrays, table
from aidc_twin.twin.result import GoalLike, SimResult
from aidc_twin.twin.run import Grown, finished, run_once
from aidc_twin.twin.stock import Purchase, purchases
from aidc_twin.units.quantity import Quantity, When

MOST_HOURS = 100_000.0
"""No more hours of work can be left of a step in a state."""


@dataclass(frozen=True)
class Moment:
    """State tables of a replication as a day begins; `phases` are the park's as they are known then.

    `over` are the orders of which every unit is done: without them and their rows the park goes on in the same way.
    """

    day: date
    operations: tuple[OperationState, ...]
    stocks: tuple[StockState, ...]
    purchase_orders: tuple[PurchaseOrderState, ...]
    machines: tuple[MachineState, ...]
    phases: tuple[Phase, ...]
    over: frozenset[str] = frozenset()

    def tables(self) -> Mapping[str, tuple[Row, ...]]:
        """Rows by the names of their tables."""
        found: dict[str, tuple[Row, ...]] = {
            "state/operations": self.operations, "state/stocks": self.stocks,
            "state/purchase_orders": self.purchase_orders, "state/machines": self.machines,
        }  # fmt: skip
        return found | ({"phases": self.phases} if self.phases else {})

    def to_do(self, park: Park) -> Mapping[str, tuple[Row, ...]]:
        """The same with the order book of a park, without what is over, so far as anything is left."""
        left = tuple(row for row in park.orders if row.order not in self.over)
        if not left:
            return self.tables()
        rows = tuple(row for row in self.operations if row.order not in self.over)
        early = tuple(row for row in park.not_before if row.order not in self.over)
        return {**self.tables(), "state/operations": rows, "orders": left, "not_before": early}


def moment_of(factory: Factory, arrays: ParkArrays, policy: Policy, seed: int, day: date) -> Moment:
    """State of the replication of `seed` as `day` begins.

    `arrays` are those of the factory under the policy.

    Raises
    ------
    SimulationFault
        If the replication cannot come so far, or units have left the park for good.
    ValueError
        If the day is not behind the epoch.
    """
    tick = factory.clock.ticks(day)
    if tick <= 0:
        raise ValueError(f"{day} is not behind the epoch")
    whole = arrays.whole.copy()
    whole[L.HORIZON] = tick - 1
    _, m = finished(Grown(ParkArrays(whole, arrays.real)), seed)
    if table(m, L.V_GROUP)[:, L.GR_LOST].any():
        raise SimulationFault("units have left the park for good, which a state cannot say")
    return _Reader(factory, whole, m, tick, day, policy).moment()


def posted_by(
    factory: Factory, arrays: ParkArrays, seed: int, day: date, goals: Sequence[GoalLike]
) -> tuple[PostedState, ...]:
    """What the replication of `seed` has posted as `day` begins of each goal whose year has begun by then.

    What the park's own state knows of it from before the epoch is within. `arrays` and what is raised: see `moment_of`.
    """
    whole = arrays.whole.copy()
    whole[L.HORIZON] = factory.clock.ticks(day) - 1
    result = SimResult(factory, [run_once(ParkArrays(whole, arrays.real), seed)])
    before = {row.goal: row.posted_yuan for row in factory.park.state_posted}
    return tuple(
        PostedState(goal=goal.id, posted_yuan=before.get(goal.id, 0.0) + float(result.goal_yuan(goal)[0]))
        for goal in goals
        if date(goal.year, 1, 1) < day
    )


class _Reader:
    """Reads the memory `m` of a replication that ended just before `tick`."""

    def __init__(self, factory: Factory, whole: I64, m: I64, tick: int, day: date, policy: Policy) -> None:
        self.factory, self.whole, self.m, self.tick, self.day = factory, whole, m, tick, day
        self.park = factory.park
        self.policy = policy
        self.steps = table(m, L.V_STEP)[: factory.steps]
        self.classes = table(whole, L.CLASS)
        self.taken_again: dict[int, int] = {}
        """Material, in thousandths, that work that begins anew will take once more, by resource."""
        self.pending = list(_pending(m))
        self.longest = begun_hours(self.park)

    def moment(self) -> Moment:
        """All tables."""
        operations = tuple(self._operations())
        return Moment(
            self.day,
            operations,
            tuple(self._stocks()),
            tuple(self._purchases()),
            tuple(self._machines()),
            tuple(_known(row, tick, self.day) for row, tick in zip(self.park.phases, self._openings(), strict=True)),
            self._over(),
        )

    def _over(self) -> frozenset[str]:
        """Orders with nothing left to do."""
        done = table(self.m, L.V_JOB)[: len(self.factory.units), L.W_DONE] >= 0
        units = self.factory.units
        return frozenset(unit.order for unit in units) - {units[u].order for u in np.flatnonzero(~done).tolist()}

    def _openings(self) -> list[datetime | None]:
        """When each phase opened, None of those that have not."""
        ticks = table(self.m, L.V_PHASE)[:, 0].tolist()
        return [self.factory.clock.date(tick) if tick < self.tick else None for tick in ticks]

    def _operations(self) -> Iterator[OperationState]:
        jobs, factory = table(self.m, L.V_JOB), self.factory
        for u, unit in enumerate(factory.units):
            if jobs[u, L.W_GATES] != 0:
                continue
            names = [step.operation for step in factory.routes[factory.unit_route[u]].steps]
            for js, name in enumerate(names, int(factory.first[u])):
                left = self._left(js)
                if left is not None:
                    yield OperationState(
                        order=unit.order, product=unit.product, unit=max(1, unit.number), operation=name,
                        status="done" if left < 0 else "under_way",
                        remaining_hours=max(0, left) / factory.clock.ticks_per_hour,
                    )  # fmt: skip

    def _left(self, js: int) -> int | None:
        """Ticks of work left of a step that is under way, -1 if it is done, None if it has not begun."""
        row = self.steps[js]
        state, c = int(row[L.U_STATE]), int(row[L.U_CLASS])
        if state == L.DONE:
            return -1
        kind = int(self.classes[c, L.C_KIND])
        if kind == L.REWORK or (state == L.QUEUED and kind == L.WORK and row[L.U_ATTEMPT] > row[L.U_LAP]):
            self._begins_anew(js)
            return None
        if state == L.UNDER_WAY:
            return int(row[L.U_LEFT]) - self._open(int(self.classes[c, L.C_HOURS]), int(row[L.U_SINCE]), self.tick)
        if state == L.STOPPED:
            left = int(row[L.U_LEFT])
            return min(left + self._repair_left(js, c), max(left, self._longest(js)))
        return int(row[L.U_LEFT]) if state == L.QUEUED and kind == L.RESUME else None

    def _longest(self, js: int) -> int:
        """Most ticks of work that a state may say are left of a step."""
        route = self.factory.routes[self.factory.unit_route[int(self.factory.step_unit[js])]]
        name = route.steps[js - int(self.factory.first[self.factory.step_unit[js]])].operation
        hours = self.longest.get(("operations", route.routing, name), 0.0)
        return int(min(hours, MOST_HOURS) * self.factory.clock.ticks_per_hour)

    def _begins_anew(self, js: int) -> None:
        first = int(table(self.whole, L.STEP)[self.steps[js, L.U_STEP], L.S_CLASS])
        needs = table(self.whole, L.NEED)[self.classes[first, L.C_NEED] : self.classes[first, L.C_NEED_END]]
        for r, amount in needs[needs[:, L.D_KIND] == L.MATERIAL][:, [L.D_RES, L.D_AMOUNT]].tolist():
            self.taken_again[r] = self.taken_again.get(r, 0) + amount

    def _open(self, k: int, start: int, end: int) -> int:
        """Open ticks of calendar `k` in [start, end); all of them where k is -1."""
        if k < 0:
            return end - start
        first, last = table(self.whole, L.CAL)[k, [L.CA_FIRST, L.CA_END]].tolist()
        spans = table(self.whole, L.INTERVAL)[first:last]
        inside = np.minimum(spans[:, L.I_END], end) - np.maximum(spans[:, L.I_START], start)
        return int(np.maximum(inside, 0).sum())

    def _repair_left(self, js: int, c: int) -> int:
        """Open ticks for which work stands still as its machine is repaired."""
        r, slot = int(self.classes[c, L.C_SERVER]), int(self.steps[js, L.U_SLOT])
        ends = [end for resource, machine, end in self._repairs() if (resource, machine) == (r, slot)]
        return max((self._open(int(self.classes[c, L.C_HOURS]), self.tick, end) for end in ends), default=0)

    def _repairs(self) -> Iterator[tuple[int, int, int]]:
        """(resource, machine from 0, tick at which it is up again) of each breakdown; the mean of a repair that has
        not begun.
        """
        faults, states = table(self.whole, L.FAULTS), table(self.m, L.V_FAULT)
        rows = table(self.m, L.V_STEP)
        for b in np.flatnonzero(states[:, L.N_DOWN] == 1).tolist():
            fault = faults[b]
            u = rows[fault[L.B_STEP]]
            end = self.tick + int(self.classes[fault[L.B_CLASS], L.C_MEAN])
            if u[L.U_STATE] == L.UNDER_WAY:
                code = (L.END, int(fault[L.B_STEP]))
                end = next((tick for tick, *what in self.pending if tuple(what) == code), end)
            yield int(fault[L.B_RES]), int(fault[L.B_SLOT]), end

    def _stocks(self) -> Iterator[StockState]:
        base = len(self.factory.resources)
        have = table(self.m, L.V_RES)[base:, L.Z_AVAIL].tolist()
        for i, name in enumerate(self.factory.materials):
            quantity = have[i] + self.taken_again.get(base + i, 0)
            if quantity:
                yield StockState(material=name, quantity=quantity / MATERIAL_SCALE)

    def _purchases(self) -> Iterator[PurchaseOrderState]:
        """Purchase orders that have been placed and have not come in."""
        rows = purchases(self.factory, self.policy.purchases)
        known = {row.purchase_order: row for row in self.park.state_purchase_orders}
        coming = {ident for _, kind, ident in self.pending if kind == L.RECEIPT}
        names: set[str] = set()
        for i, row in enumerate(rows):
            if i not in coming or (row.tick >= self.tick and row.name not in known):
                continue
            old = known.get(row.name)
            name = _unused(row.name, names)
            arrives, placed = (old.arrives, old.placed) if old else self._expected(row)
            yield PurchaseOrderState(
                purchase_order=name, material=row.material, quantity=row.quantity, placed=placed,
                arrives=_not_before(arrives, self.day),
            )  # fmt: skip
        yield from self._base_orders(len(rows), names)

    def _base_orders(self, count: int, names: set[str]) -> Iterator[PurchaseOrderState]:
        """Orders for base stock, whose day is known to whoever placed them."""
        orders, base = table(self.m, L.V_ORDER), len(self.factory.resources)
        for tick, kind, ident in self.pending:
            if kind == L.RECEIPT and ident >= count:
                r, quantity = orders[ident - count, [L.VO_RES, L.VO_QTY]].tolist()
                material = self.factory.materials[r - base]
                day = max(self.day, self._midnight(tick))
                yield PurchaseOrderState(
                    purchase_order=_unused(f"{material}/base", names), material=material,
                    quantity=quantity / MATERIAL_SCALE, placed=self.day, arrives=When(day, day, day),
                )  # fmt: skip

    def _expected(self, row: Purchase) -> tuple[When, date]:
        """When a purchase order comes in, in days, and when it was placed."""
        lead = self.park.material(row.material).lead_weeks
        if lead is None:
            raise ValueError(f"{row.material} is not bought")
        placed = self.factory.clock.date(row.tick)
        low, mode, high = (_midnight(placed + timedelta(weeks=weeks)) for weeks in _range(lead))
        return When(low, mode, high), placed.date()

    def _machines(self) -> Iterator[MachineState]:
        """Machines that are down; one on which work stands still is not: its repair is part of what is left of that."""
        holders = table(self.m, L.V_MACHINE)
        slots = table(self.whole, L.RES)[:, L.R_SLOT]
        found: dict[tuple[str, int], date | None] = {
            (row.resource, row.machine): row.until
            for row in self.park.state_machines
            if row.status == "down" and (row.until is None or row.until > self.day)
        }
        for r, slot, end in self._repairs():
            free = self.park.resources[r].kind == "servers" and holders[slots[r] + slot, L.G_HOLDER] == 0
            if free and (self.factory.resources[r], slot + 1) not in found:
                found[self.factory.resources[r], slot + 1] = max(self.day + timedelta(days=1), self._midnight(end))
        for (name, machine), until in sorted(found.items()):
            yield MachineState(resource=name, machine=machine, status="down", until=until)

    def _midnight(self, tick: int) -> date:
        return _midnight(self.factory.clock.date(tick))


def _midnight(moment: datetime) -> date:
    """The day whose beginning is nearest to a time."""
    return (moment + timedelta(hours=12)).date()


def _known(row: Phase, opened: datetime | None, day: date) -> Phase:
    """A phase as it is known on a day: it has opened, or will not do so before."""
    if opened is None:
        return row.model_copy(update={"opens": _not_before(row.opens, day)})
    on = opened.date()
    constant = Quantity("constant", (0.0,))
    return row.model_copy(update={"opens": When(on, on, on), "delay_days": constant})


def _not_before(when: When, day: date) -> When:
    """What is left of an uncertain day when it has not come by `day`."""
    if when.low >= day:
        return when
    return When(day, max(when.mode, day), max(when.high, day))


def _range(lead: Quantity) -> tuple[float, float, float]:
    """Least, likely and largest value of a quantity; its mean where it has no bounds."""
    if lead.kind in ("constant", "triangular", "uniform", "discrete", "empirical"):
        return lead.low, min(max(lead.value, lead.low), lead.high), lead.high
    return lead.mean, lead.mean, lead.mean


def _unused(name: str, names: set[str]) -> str:
    """A name, with a number behind it where it is in use; it is from now on."""
    found, n = name, 2
    while found in names:
        found, n = f"{name}.{n}", n + 1
    names.add(found)
    return found


def _pending(m: I64) -> Iterator[tuple[int, int, int]]:
    """(tick, kind, what) of each event that is foreseen."""
    kinds = ID_BITS + SEQ_BITS
    for name, count in ((L.NEAR, L.K_NEAR), (L.FAR, L.K_FAR)):
        for tick, code in table(m, name)[: int(m[count])].tolist():
            yield tick, code >> kinds, code & ID_MASK
    nodes, days = table(m, L.NODE), table(m, L.DAY)[:, 0]
    for offset in range(YEAR):
        i = int(days[(int(m[L.K_DAY]) + offset) & (YEAR - 1)])
        while i >= 0:
            tick, code, i = nodes[i].tolist()
            yield tick, code >> kinds, code & ID_MASK
