"""A slow twin in plain Python, written from the rules and the park's tables: the oracle of the compiled one.

It shares no code and no arrays with `aidc_twin.twin`. Work is a set of objects, queues are lists, chance is Philox on
Python's integers, and every start is found by looking at everything that waits. `naive_chance` and `naive_model`
stand in ``tests/twin``.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from naive_chance import draw, near, poisson, uniforms
from naive_model import Calendar, Kind, Kinds, Task, Times, Unit, explode, route

from aidc_twin.park import Park

END, CAPACITY, RECEIPT, QUOTA, CALENDAR, RELEASE, SAIL = range(7)
Row = tuple[str, str, int, str, int, int, int, int, int]
"""Unit, operation, attempt, during, start, end, setup, work, machine (0: none)."""


@dataclass(frozen=True)
class Options:
    """What a plan or a schedule asks for; the same names as in the twin's policy."""

    release_tick: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[tuple[str, int], int] = field(default_factory=dict)
    purchases: Sequence[tuple[str, int, float]] | None = None
    priority: Mapping[str, int] = field(default_factory=dict)
    rank: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass
class Outcome:
    """What happened: sorted trace, yuan by (rule, bucket), completion by unit, most held and least in stock by name."""

    trace: list[Row] = field(default_factory=list)
    posted: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    least: dict[str, int] = field(default_factory=dict)


def simulate(park: Park, seed: int, policy: Any = None, *, means: bool = False) -> Outcome:
    """Run one replication of a park; `policy` has the attributes of `Options`."""
    engine = _Engine(park, seed, policy or Options(), means)
    engine.prime()
    engine.run()
    engine.out.trace.sort(key=lambda row: (row[4], row[0], row[1], row[2], row[3]))
    return engine.out


class _Engine:
    """State of a replication."""

    def __init__(self, park: Park, seed: int, policy: Any, means: bool) -> None:
        self.park, self.seed, self.policy, self.means = park, seed, policy, means
        self.times, self.kinds, self.out = Times(park), Kinds(park), Outcome()
        self.now = self.count = 0
        self.events: list[tuple[int, int, int, Any]] = []
        self.calendars = {
            name: Calendar(self.times, name, policy.levels) for name in {row.calendar for row in park.calendars}
        }
        self.capacity = {row.resource: 0 for row in park.resources}
        self.held = dict(self.capacity)
        self.stock = {row.material: 0 for row in park.materials}
        self.busy: dict[str, set[int]] = {row.resource: set() for row in park.resources}
        self.family: dict[tuple[str, int], str] = {}
        self.edges = self.times.edges()
        self.units: list[Unit] = []
        self.sailings: list[Kind] = []

    # -------------------------------------------------------------------------------------------------- the opening

    def prime(self) -> None:
        """Everything that is known at tick 0."""
        for order in self.park.orders:
            self.units += explode(self.park, order)
        for unit in self.units:
            self._plan(unit)
        self._state()
        self._links()
        self._capacities()
        self._supplies()
        for name in sorted(self.calendars):
            for start, _ in self.calendars[name].spans:
                if 0 < start <= self.times.horizon:
                    self.at(start, CALENDAR, None)
        for kind in self.sailings:
            self._first_ship(kind)
        for unit in self.units:
            if unit.gates:
                self.at(unit.release, RELEASE, unit)
        self.out.peaks, self.out.least = dict(self.held), dict(self.stock)
        for unit in self.units:
            for task in unit.tasks.values():
                self._resume(task)

    def _plan(self, unit: Unit) -> None:
        steps = route(self.park, unit)
        names = {name for name, _, _ in steps}
        unit.left = len(steps)
        for name, row, before in steps:
            key = self.policy.priority.get(unit.id, self.times.at(unit.order.due))
            kind = self.kinds.of(unit, row, names)
            unit.tasks[name] = Task(unit, name, row, before, kind, self.policy.rank.get((unit.id, name), key))
            if kind.sails and kind not in self.sailings:
                self.sailings.append(kind)

    def _state(self) -> None:
        """Steps that are done or under way; what a unit in progress holds, machines that are down, stocks."""
        by_id = {unit.id: unit for unit in self.units}
        left: dict[Task, int] = {}
        for row in self.park.state_operations:
            whole = row.product == self.park.order(row.order).product
            task = by_id[row.order if whole else f"{row.order}/{row.product}/{row.unit}"].tasks[row.operation]
            task.state, task.remaining = row.status, round(row.remaining_hours * self.times.hour)
            left[task] = task.remaining
        for row in self.park.state_machines:
            if row.status == "down":
                self.busy[row.resource].add(row.machine - 1)
                self.capacity[row.resource] -= 1
                if row.until is not None:
                    self.at(self.times.at(row.until), CAPACITY, (row.resource, 1, row.machine - 1))
        for unit in self.units:
            for task in unit.tasks.values():
                if task.state:
                    self._keeps(unit, task)
        for row in self.park.state_stocks:
            self.stock[row.material] += round(row.quantity * 1000)

    def _keeps(self, unit: Unit, task: Task) -> None:
        for resource, amount, until in task.kind.needs:
            if not until:
                holds = task.state == "under_way"
            elif until == "end":
                holds = any(other.state != "done" for other in unit.tasks.values())
            else:
                holds = unit.tasks[until].state != "done"
            if holds:
                self.held[resource] += amount
                if resource == task.kind.server:
                    slot = self._seat(resource)
                    task.machines[resource, False] = slot
                    if task.row.setup_family:
                        self.family[resource, slot] = task.row.setup_family

    def _links(self) -> None:
        """What each step waits for, and what each release waits for."""
        for unit in self.units:
            parent, tasks = unit.parent, unit.tasks
            started = any(task.state for task in tasks.values())
            opener = unit
            while opener.parent and not opener.released_by:
                opener = opener.parent
            gate = opener.parent.tasks[opener.released_by] if opener.parent else None
            if parent is None:
                unit.release = self.times.at(unit.order.ordered)
            else:
                usual = 0 if unit.released_by else parent.release
                unit.release = self.policy.release_tick.get(unit.id, usual)
            if not started:
                unit.gates = 1
                if gate is not None and gate.state != "done":
                    unit.gates = 2
                    gate.opens.append(unit)
            for task in tasks.values():
                task.wait += sum(tasks[name].state != "done" for name in task.before) + (
                    not task.before and not started
                )
            if parent is not None and any(task.state != "done" for task in tasks.values()):
                parent.tasks[unit.joins].wait += 1

    def _capacities(self) -> None:
        opened: dict[str, int] = {}
        for row in self.park.phases:
            u, v = uniforms(self.seed, f"phase/{row.phase}", "", 0)
            low, mode, high = (float(self.times.at(day)) for day in (row.opens.low, row.opens.mode, row.opens.high))
            late = (
                row.delay_days.value * self.times.day if self.means else draw(row.delay_days, float(self.times.day), v)
            )
            opened[row.phase] = near((mode if self.means else _between(low, mode, high, u)) + late)
        for part in self.park.capacity:
            fine = self.park.resource(part.resource).kind in ("cumulative", "space")
            amount = math.floor(part.amount.value * (1000 if fine else 1) + 1e-6)
            start = opened[part.phase] if part.phase else self.times.at(part.start) if part.start else 0
            end = self.times.at(part.end + timedelta(days=1)) if part.end else None
            if end is not None and end <= max(0, start):
                continue
            if start <= 0:
                self.capacity[part.resource] += amount
            else:
                self.at(start, CAPACITY, (part.resource, amount, None))
            if end is not None:
                self.at(end, CAPACITY, (part.resource, -amount, None))

    def _supplies(self) -> None:
        for row in self.park.state_purchase_orders:
            u, _ = uniforms(self.seed, f"purchase/{row.purchase_order}", "", 0)
            low, mode, high = (
                float(self.times.at(day)) for day in (row.arrives.low, row.arrives.mode, row.arrives.high)
            )
            self._receipt(row.material, row.quantity, near(mode if self.means else _between(low, mode, high, u)))
        lines, mark = self.policy.purchases, ""
        if lines is None:
            lines, mark = self._lot_for_lot(), "lot/"
        for material, tick, quantity in lines:
            lead, week = self.park.material(material).lead_weeks, float(self.times.week)
            if lead is not None and quantity > 0:
                u, _ = uniforms(self.seed, f"purchase/{material}/{mark}{tick // self.times.week}", "", 0)
                self._receipt(material, quantity, tick + near(lead.mean * week if self.means else draw(lead, week, u)))
        first = -self.park.head.epoch.weekday() % 7 * self.times.day
        for row in self.park.materials:
            if row.weekly_quota is not None:
                most = round(row.weekly_quota.value * max(1.0, row.carry_weeks.value) * 1000)
                self.at(first, QUOTA, (row.material, round(row.weekly_quota.value * 1000), most))

    def _receipt(self, material: str, quantity: float, tick: int) -> None:
        self.at(tick, RECEIPT, (material, round(quantity * 1000)))

    def _lot_for_lot(self) -> list[tuple[str, int, float]]:
        """What each order takes beyond what is there and on its way, bought in the week in which it is placed."""
        have: dict[str, float] = {}
        for row in (*self.park.state_stocks, *self.park.state_purchase_orders):
            have[row.material] = have.get(row.material, 0.0) + row.quantity
        lots: dict[tuple[int, str], float] = {}
        for order in sorted(self.park.orders, key=lambda row: (row.ordered, row.order)):
            tick = max(0, self.times.at(order.ordered)) // self.times.week * self.times.week
            for row in self.park.materials:
                if row.lead_weeks is None:
                    continue
                short = 0.0
                for unit in self.units:
                    if unit.order is order:
                        each = 1.0 if unit.parent else order.quantity_mw
                        lines = (line for line in self.park.bom_of(unit.product) if line.item == row.material)
                        short += sum(line.quantity.value * each for line in lines)
                used = min(short, have.get(row.material, 0.0))
                have[row.material] = have.get(row.material, 0.0) - used
                if short > used:
                    lots[tick, row.material] = lots.get((tick, row.material), 0.0) + short - used
        return [(material, tick, quantity) for (tick, material), quantity in sorted(lots.items())]

    def _first_ship(self, kind: Kind) -> None:
        leg = kind.row
        tick = self.times.at(leg.first_departure) if leg.first_departure else 0
        every = self._every(kind)
        self.at(tick if tick >= 0 else tick % every, SAIL, kind)

    def _every(self, kind: Kind) -> int:
        return max(1, round(kind.row.interval_days.value * self.times.day))

    def _resume(self, task: Task) -> None:
        if task.state == "done":
            task.unit.left -= 1
        elif task.state == "under_way":
            self.launch(task, task.kind, 0, task.remaining)
        elif task.wait == 0:
            self.enqueue(task, task.kind)

    # ------------------------------------------------------------------------------------------------- time goes on

    def at(self, tick: int, kind: int, what: Any) -> None:
        """Something will happen."""
        self.count += 1
        heapq.heappush(self.events, (max(0, tick), kind, self.count, what))

    def run(self) -> None:
        """Events of one instant by kind, then by the order in which they were foreseen; then what waits starts."""
        while True:
            while self.events and self.events[0][0] == self.now:
                _, kind, _, what = heapq.heappop(self.events)
                self.handle(kind, what)
            self.dispatch()
            if not self.events or self.events[0][0] > self.times.horizon:
                return
            self.now = self.events[0][0]

    def handle(self, kind: int, what: Any) -> None:
        """One event."""
        if kind == END:
            self.end(what)
        elif kind == CAPACITY:
            resource, change, machine = what
            self.capacity[resource] += change
            self.busy[resource].discard(machine)
        elif kind == RECEIPT:
            self.stock[what[0]] += what[1]
        elif kind == QUOTA:
            material, weekly, most = what
            self.stock[material] = max(self.stock[material], min(self.stock[material] + weekly, most))
            self.at(self.now + self.times.week, QUOTA, what)
        elif kind == RELEASE:
            self.open(what)
        elif kind == SAIL:
            room = int(what.row.capacity_units.value + 1e-9)
            leaving, what.queue = sorted(what.queue, key=_turn)[:room], sorted(what.queue, key=_turn)[room:]
            for _, _, task in leaving:
                self.launch(task, what, 0, self.work(task, what))
            self.at(self.now + self._every(what), SAIL, what)

    def dispatch(self) -> None:
        """Of the first in each queue the one with the smallest key that can start does, until none can."""
        waiting = [kind for kind in self.all_kinds() if kind.queue and not kind.sails]
        while True:
            heads = sorted(
                ((min(kind.queue, key=_turn), kind) for kind in waiting if kind.queue), key=lambda pair: _turn(pair[0])
            )
            ready = next(((entry, kind) for entry, kind in heads if self.can_start(kind)), None)
            if ready is None:
                return
            ready[1].queue.remove(ready[0])
            self.begin(ready[0][2], ready[1])

    def all_kinds(self) -> list[Kind]:
        """Kinds of first attempts, reworks and later attempts."""
        found: dict[Kind, None] = {}
        for kind in self.kinds.known.values():
            found |= dict.fromkeys(one for one in (kind, kind.failed, kind.again) if one is not None)
        return list(found)

    def can_start(self, kind: Kind) -> bool:
        """Whether the calendar is open and every need and material is there."""
        calendar = getattr(kind.row, "calendar", "")
        return (
            (not calendar or self.calendars[calendar].is_open(self.now))
            and all(self.capacity[name] - self.held[name] >= amount for name, amount, _ in kind.needs)
            and all(self.stock[name] >= amount for name, amount in kind.materials)
        )

    def begin(self, task: Task, kind: Kind) -> None:
        """Take everything, sit down on a machine, change it over."""
        for name, amount, _ in kind.needs:
            self.held[name] += amount
            self.out.peaks[name] = max(self.out.peaks[name], self.held[name])
        for name, amount in kind.materials:
            self.stock[name] -= amount
            self.out.least[name] = min(self.out.least[name], self.stock[name])
        setup = 0
        if kind.server:
            slot = task.machines[kind.server, kind.rework] = self._seat(kind.server)
            family = "" if kind.rework else task.row.setup_family
            if family:
                setup = self._changeover(kind.server, self.family.get((kind.server, slot), ""), family)
                self.family[kind.server, slot] = family
        self.launch(task, kind, setup, self.work(task, kind))

    def _seat(self, server: str) -> int:
        slot = next(slot for slot in range(10**6) if slot not in self.busy[server])
        self.busy[server].add(slot)
        return slot

    def _changeover(self, server: str, old: str, new: str) -> int:
        rows = [row for row in self.park.setups if (row.resource, row.from_family, row.to_family) == (server, old, new)]
        return round(rows[0].hours.value * self.times.hour) if rows else 0

    def work(self, task: Task, kind: Kind) -> int:
        """Work of this attempt: drawn by unit, step and attempt; faults are repaired while the rest goes on."""
        row = kind.row
        if not hasattr(row, "duration"):
            quantity, ticks = row.duration_days, float(self.times.day)
        elif kind.rework:
            quantity, ticks = row.rework, self.times.unit(row.rework_unit, row.calendar)
        else:
            quantity, ticks = row.duration, self.times.unit(row.duration_unit, row.calendar)
        if self.means:
            return near(quantity.mean * ticks)
        tag = task.attempt << 8
        work = near(draw(quantity, ticks, self.chance(task, tag | kind.rework)[0]))
        rate = 0.0 if kind.rework else getattr(row, "fault_rate_hour", None)
        if not rate or not rate.value:
            return work
        longest, hour = work, self.times.hour
        for i in range(min(poisson(rate.value / hour * work, self.chance(task, tag | 2)[0]), 200)):
            when, how = self.chance(task, tag | 3 + i)
            repaired = math.floor(when * work) + near(draw(row.repair_hours, hour, how))
            longest = max(longest, repaired + round(row.resoak_hours.value * hour))
        return longest

    def chance(self, task: Task, tag: int) -> tuple[float, float]:
        """Two uniforms of a step."""
        return uniforms(self.seed, task.unit.id, task.name, tag)

    def launch(self, task: Task, kind: Kind, setup: int, work: int) -> None:
        """The end of a step that holds its needs is foreseen."""
        calendar = getattr(kind.row, "calendar", "") if getattr(kind.row, "when_closed", "run") == "suspend" else ""
        end = self.calendars[calendar].finish(self.now, setup + work) if calendar else self.now + setup + work
        task.running = kind
        server = kind.server if kind.rework else task.kind.server
        machine = task.machines[server, kind.rework] + 1 if server else 0
        during = "rework" if kind.rework else "operation"
        self.out.trace.append((task.unit.id, task.name, task.attempt, during, self.now, end, setup, work, machine))
        self.at(end, END, task)

    def end(self, task: Task) -> None:
        """A step or a rework is over: it fails, is tried again, or is passed."""
        kind = task.running
        assert kind is not None
        for name, amount, until in kind.needs:
            if not until:
                self.release(task, name, amount, kind.rework)
        if kind.rework:
            task.attempt += 1
            assert kind.again is not None
            self.enqueue(task, kind.again)
        elif kind.failed and not self.means and self.chance(task, task.attempt << 8)[1] < kind.row.fail_share.value:
            self.enqueue(task, kind.failed)
        else:
            self.passed(task)

    def release(self, task: Task, resource: str, amount: int, rework: bool = False) -> None:
        """Give back; the machine is idle."""
        self.held[resource] -= amount
        self.busy[resource].discard(task.machines.pop((resource, rework), None))

    def passed(self, task: Task) -> None:
        """The step is done for good."""
        unit = task.unit
        unit.left -= 1
        task.state = "done"
        for other in unit.tasks.values():
            for resource, amount, until in other.kind.needs:
                if until and (until == task.name or (until == "end" and unit.left == 0)):
                    self.release(other, resource, amount)
        self.post(task)
        for opened in task.opens:
            self.open(opened)
        for other in unit.tasks.values():
            if task.name in other.before:
                self.ready(other)
        if unit.left == 0:
            self.out.done[unit.id] = self.now
            if unit.parent is not None:
                self.ready(unit.parent.tasks[unit.joins])

    def open(self, unit: Unit) -> None:
        """One of the releases of a unit."""
        unit.gates -= 1
        if unit.gates == 0:
            for task in unit.tasks.values():
                if not task.before:
                    self.ready(task)

    def ready(self, task: Task) -> None:
        """One of the things that a step waits for."""
        task.wait -= 1
        if task.wait == 0 and not task.state:
            self.enqueue(task, task.kind)

    def enqueue(self, task: Task, kind: Kind) -> None:
        """The step waits in its queue."""
        self.count += 1
        kind.queue.append((task.priority, self.count, task))

    def post(self, task: Task) -> None:
        """Sales of a passed step."""
        unit, park = task.unit, self.park
        market = park.destination(unit.order.destination).market
        bucket = bisect_right(self.edges, self.now) - 1
        for sale in park.sales:
            if sale.operation != task.name or sale.market not in ("all", market):
                continue
            value = unit.value
            if sale.item != unit.product:
                lines = [
                    line for line in park.bom_of(unit.product) if (line.item, line.operation) == (sale.item, task.name)
                ]
                bought = any(row.material == sale.item for row in park.materials)
                if not lines or not bought or sale.buyer not in (park.product(unit.product).maker, "outside"):
                    continue
                each = 1.0 if unit.parent else unit.order.quantity_mw
                quantity = sum(line.quantity.value for line in lines) * each
                value = round(quantity * park.material(sale.item).price_yuan.value)
            shares = (sale.share, sale.share if sale.consigned_share is None else sale.consigned_share)
            owned, consigned = (value * round(share.value * 1_000_000) // 1_000_000 for share in shares)
            before = self.out.posted.get((sale.sale, bucket), (0, 0))
            self.out.posted[sale.sale, bucket] = (before[0] + owned, before[1] + consigned)


def _turn(entry: tuple[int, int, Task]) -> tuple[int, int]:
    return entry[:2]


def _between(low: float, mode: float, high: float, u: float) -> float:
    """A date of which earliest, likely and latest tick are known."""
    if low == high:
        return mode
    if u * (high - low) < mode - low:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1 - u) * (high - low) * (high - mode))
