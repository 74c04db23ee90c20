"""The opening of the plain-Python twin: orders, the state at the epoch, capacities, and what is on its way."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from naive_chance import draw, name_number, near, uniforms
from naive_model import Kind, Run, Task, Unit, explode, route, with_parts

from aidc_twin.park.schema import Material, Source


def between(low: float, mode: float, high: float, u: float) -> float:
    """A date of which earliest, likely and latest tick are known."""
    if low == high:
        return mode
    if u * (high - low) < mode - low:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1 - u) * (high - low) * (high - mode))


class Opening:
    """Lays out all that an engine knows at tick 0."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.park, self.times, self.floor = engine, engine.park, engine.times, engine.floor
        self.seed, self.policy, self.means = engine.seed, engine.policy, engine.means
        self.units: list[Unit] = []
        self.under_way: dict[Task, Run] = {}

    # ---------------------------------------------------------------------------------------------- units and state

    def book(self) -> None:
        """The units of the order book; their sailings are met in this order."""
        for order in self.park.orders:
            self.units += explode(self.park, order)
        for unit in self.units:
            unit.due, unit.ordered = self.times.at(unit.order.due), self.times.at(unit.order.ordered)
            self.lay_out(unit)
        for row in self.park.sources:
            for unit in self.arrival(row, 0):
                self.lay_out(unit)

    def arrival(self, row: Source, serial: int) -> list[Unit]:
        """A unit that a source brings, and all that is made for it."""
        value = round(self.park.product(row.product).value_yuan.value)
        units = with_parts(self.park, Unit(f"{row.source}/{serial + 1}", row, row.product, serial + 1, value, ""), 1.0)
        for unit in units:
            part = f"/{unit.product}/{unit.number}" if unit.parent else ""
            unit.stream = (name_number(f"unit/{row.source}{part}") + serial) % 2**64
            unit.due = self.engine.now + self.times.ticks(row.due_hours.mean)
            unit.ordered = self.engine.now
        return units

    def lay_out(self, unit: Unit) -> None:
        """Steps of a unit."""
        steps = route(self.park, unit)
        names = {name for name, _, _ in steps}
        for name, row, before in steps:
            kind = self.engine.kinds.of(unit, row, names)
            key = self.policy.rank.get((unit.id, name), self.policy.priority.get(unit.id))
            task = unit.tasks[name] = Task(unit, name, row, before, kind, key)
            for other in self.park.overlaps:
                if kind.bucket and (other.routing, other.operation) == (row.routing, name):
                    task.fed[other.before] = other.share.value
            task.wait = len(task.awaited) or 1

    def state(self) -> None:
        """Steps that are done or under way; what a unit in progress holds, machines that are down, stocks."""
        by_id = {unit.id: unit for unit in self.units}
        for row in self.park.state_operations:
            whole = row.product == self.park.order(row.order).product
            task = by_id[row.order if whole else f"{row.order}/{row.product}/{row.unit}"].tasks[row.operation]
            task.state, task.remaining = row.status, round(row.remaining_hours * self.times.hour)
        for row in self.park.state_machines:
            if row.status == "down":
                self.floor.stop(row.resource, row.machine - 1)
                self.floor.missing[row.resource] += 1
                if row.until is not None:
                    self.engine.at(self.times.at(row.until), self.engine.CAPACITY, (row.resource, 0, row.machine - 1))
        for unit in self.units:
            unit.begun = any(task.state for task in unit.tasks.values())
        for unit in self.units:
            for task in unit.tasks.values():
                if task.state:
                    self._keeps(unit, task)
        for row in self.park.state_stocks:
            self.floor.stock[row.material] += round(row.quantity * 1000)

    def _keeps(self, unit: Unit, task: Task) -> None:
        if task.state == "under_way":
            self.under_way[task] = Run(task.kind, [task], 0, *[task.remaining] * 3)
        for need in task.kind.needs:
            if not need.looks and self._still(unit, task, need.until):
                seated = need.resource == task.kind.server
                slot = self.floor.seat_of(need, unit, opening=True) if seated else None
                hold = self.floor.take(need, slot, need.family(unit))
                if slot is not None:
                    if need.same and unit.parent is not None:
                        self.floor.bound.setdefault((need.resource, unit.parent), slot)
                    if task.row.setup_family:
                        self.floor.family[need.resource, slot] = task.row.setup_family
                    if task in self.under_way:
                        self.under_way[task].machine = need.resource, slot
                (task.holds if need.until else self.under_way[task].holds).append(hold)

    def _still(self, unit: Unit, task: Task, until: str) -> bool:
        """Whether a step that was begun before the epoch keeps a need."""
        after = [other for other in unit.tasks.values() if task.name in other.before]
        if not until or task.state == "under_way":
            return task.state == "under_way"
        if until == "parts":
            return not all(part.begun for part in unit.parts if part.released_by == task.name)
        if until == "joined" and unit.parent is not None:
            return not unit.parent.tasks[unit.joins].state
        if until == "next" and after:
            return not any(other.state for other in after)
        if until in ("next", "end"):
            return any(other.state != "done" for other in unit.tasks.values())
        return unit.tasks[until].state != "done"

    def links(self) -> None:
        """What each step waits for, and what each release waits for."""
        for unit in self.units:
            if unit.parent is None:
                unit.release = self.times.at(unit.order.ordered)
            else:
                usual = 0 if unit.released_by else unit.parent.release
                unit.release = self.policy.release_tick.get(unit.id, usual)
            self.link(unit)

    def link(self, unit: Unit) -> None:
        """What the steps of a unit wait for, and what its release waits for."""
        tasks = unit.tasks
        opener = unit
        while opener.parent and not opener.released_by:
            opener = opener.parent
        gate = opener.parent.tasks[opener.released_by] if opener.parent else None
        if not unit.begun:
            unit.gates = 1
            if gate is not None and gate.state != "done":
                unit.gates = 2
                gate.opens.append(unit)
        for task in tasks.values() if unit.begun else ():
            done = sum(tasks[name].state == "done" for name in task.before)
            if not task.state and (done or not task.before):
                task.come, task.wait = True, len(task.before) - done
        if unit.parent is not None and any(task.state != "done" for task in tasks.values()):
            unit.parent.tasks[unit.joins].parts += 1
        elif unit.parent is not None:
            order = self.units.index(unit.parent), list(unit.parent.tasks).index(unit.joins)
            unit.parent.tasks[unit.joins].place = order[0] * 1000 + order[1] - 10**12, 0

    def begin(self) -> None:
        """Work that is under way goes on, and steps whose turn it is wait in their queues."""
        for unit in self.units:
            if unit.begun and any(task.state != "done" for task in unit.tasks.values()):
                self.engine.ways.enter(unit)
            for task in unit.tasks.values():
                if task in self.under_way:
                    task.lap, task.laps = True, 1
                    self.engine.works.launch(self.under_way[task])
                elif task.come:
                    self.engine.ways.turn(task)

    # --------------------------------------------------------------------------------------- capacities and supplies

    def capacities(self) -> None:
        """Parts of capacity that are there, come and go; machines' clocks."""
        opened: dict[str, int] = {}
        for row in self.park.phases:
            u, v = uniforms(self.seed, f"phase/{row.phase}", "", 0)
            low, mode, high = (float(self.times.at(day)) for day in (row.opens.low, row.opens.mode, row.opens.high))
            day = float(self.times.day)
            late = row.delay_days.value * self.times.day if self.means else draw(row.delay_days, day, v)
            opened[row.phase] = near((mode if self.means else between(low, mode, high, u)) + late)
        for part in self.park.capacity:
            fine = self.park.resource(part.resource).kind in ("cumulative", "space", "bucketed")
            amount = math.floor(part.amount.value * (1000 if fine else 1) + 1e-6)
            start = opened[part.phase] if part.phase else self.times.at(part.start) if part.start else 0
            end = self.times.at(part.end + timedelta(days=1)) if part.end else None
            if end is not None and end <= max(0, start):
                continue
            if start <= 0:
                self.floor.capacity[part.resource] += amount
            else:
                self.engine.at(start, self.engine.CAPACITY, (part.resource, amount, None))
            if end is not None:
                self.engine.at(end, self.engine.CAPACITY, (part.resource, -amount, None))
        self.engine.buckets.capacities()

    def supplies(self) -> None:
        """Purchase orders on their way, those that are placed, quotas, and stocks below their base."""
        for row in self.park.state_purchase_orders:
            u, _ = uniforms(self.seed, f"purchase/{row.purchase_order}", "", 0)
            low, mode, high = (
                float(self.times.at(day)) for day in (row.arrives.low, row.arrives.mode, row.arrives.high)
            )
            tick = near(mode if self.means else between(low, mode, high, u))
            self.engine.supply.send(row.material, round(row.quantity * 1000), tick)
        lines, mark = self.policy.purchases, ""
        if lines is None:
            lines, mark = self._lot_for_lot(), "lot/"
        based = {row.material for row in self.park.materials if row.base_stock is not None}
        for material, tick, quantity in lines:
            lead, week = self.park.material(material).lead_weeks, float(self.times.week)
            if lead is not None and quantity > 0 and material not in based:
                u, _ = uniforms(self.seed, f"purchase/{material}/{mark}{tick // self.times.week}", "", 0)
                late = near(lead.mean * week if self.means else draw(lead, week, u))
                self.engine.supply.send(material, round(quantity * 1000), tick + late)
        first = -self.park.head.epoch.weekday() % 7 * self.times.day
        for row in self.park.materials:
            if row.weekly_quota is not None:
                self._quotas(row, first)
            self.engine.supply.reorder(row.material)

    def _quotas(self, row: Material, first: int) -> None:
        """The material's quota on Mondays, then those that the policy has signed for, by their first ticks."""
        assert row.weekly_quota is not None
        further = sorted((tick, units) for name, tick, units in self.policy.quotas if name == row.material)
        kept = 0.0
        for tick, units in [(0, row.weekly_quota.value), *further]:
            kept += units * max(1.0, row.carry_weeks.value)
            monday = first
            while monday < tick:
                monday += self.times.week
            self.engine.at(monday, self.engine.QUOTA, (row.material, round(units * 1000), round(kept * 1000)))

    def _lot_for_lot(self) -> list[tuple[str, int, float]]:
        """What each order still takes beyond what is there and on its way, bought in the week in which it is placed."""
        have: dict[str, float] = {}
        for row in (*self.park.state_stocks, *self.park.state_purchase_orders):
            have[row.material] = have.get(row.material, 0.0) + row.quantity
        lots: dict[tuple[int, str], float] = {}
        for order in sorted(self.park.orders, key=lambda row: (row.ordered, row.order)):
            tick = max(0, self.times.at(order.ordered)) // self.times.week * self.times.week
            for row in self.park.materials:
                if row.lead_weeks is None or row.base_stock is not None:
                    continue
                short = 0.0
                for unit in self.units:
                    if unit.order is order:
                        lines = (
                            line for line in self.park.bom_of(unit.product)
                            if line.item == row.material and not unit.tasks[line.operation].state
                        )  # fmt: skip
                        short += sum(line.quantity.value * unit.each for line in lines)
                used = min(short, have.get(row.material, 0.0))
                have[row.material] = have.get(row.material, 0.0) - used
                if short > used:
                    lots[tick, row.material] = lots.get((tick, row.material), 0.0) + short - used
        return [(material, tick, quantity) for (tick, material), quantity in sorted(lots.items())]

    # ------------------------------------------------------------------------------------------------------- timetable

    def timetable(self) -> None:
        """Openings of calendars, first ships, first arrivals, releases."""
        for name in sorted(self.engine.calendars):
            for start, _ in self.engine.calendars[name].spans:
                if 0 < start <= self.times.horizon:
                    self.engine.at(start, self.engine.CALENDAR, None)
        ships = [kind for kind in self.engine.kinds.known.values() if kind.sails]
        for kind in sorted(ships, key=lambda kind: self.park.transfers.index(kind.transfer) if kind.transfer else -1):
            self._first_ship(kind)
        for row in self.park.sources:
            self.engine.foresee_arrival(row, 0, 0)
        self.engine.buckets.timetable()
        for unit in self.units:
            if unit.gates:
                self.engine.at(unit.release, self.engine.RELEASE, unit)

    def _first_ship(self, kind: Kind) -> None:
        if kind.transfer is not None:
            self.engine.at(self.times.ticks(kind.transfer.first_hours), self.engine.SAIL, kind)
            return
        first = kind.row.first_departure
        tick = self.times.at(first) if first else 0
        self.engine.at(tick if tick >= 0 else tick % self.engine.every(kind), self.engine.SAIL, kind)
