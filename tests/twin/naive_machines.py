"""Breakdowns of the plain-Python twin: when machines stop, who repairs them, what becomes of the work on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from naive_chance import draw, near, uniforms
from naive_floor import Floor
from naive_model import Hold, Kind, Repair, Run
from naive_times import NEVER, Calendar

from aidc_twin.park.schema import Breakdown


@dataclass(eq=False)
class Clock:
    """When a machine stops next for one reason: `left` ticks of work where time at work counts."""

    resource: str
    slot: int
    row: Breakdown
    kind: Kind
    number: int = 0
    left: int = 0
    since: int = 0
    version: int = 0
    broken: bool = False
    due: bool = False
    holds: tuple[Hold, ...] = ()


class Machines:
    """All machines that can break down; `engine` is the twin that they stand in."""

    def __init__(self, engine: Any, floor: Floor) -> None:
        self.engine, self.floor = engine, floor
        self.clocks: list[Clock] = []
        self.work: dict[tuple[str, int], Run] = {}

    def prime(self) -> None:
        """Each machine that there can ever be gets its clocks."""
        park = self.engine.park
        for resource in park.resources:
            parts = [int(row.amount.value + 1e-6) for row in park.capacity if row.resource == resource.resource]
            rows = [row for row in park.breakdowns if row.resource == resource.resource]
            kinds = [self.engine.kinds.repair(row) for row in rows]
            for slot in range(sum(parts) if rows else 0):
                for row, kind in zip(rows, kinds, strict=True):
                    self.clocks.append(Clock(row.resource, slot, row, kind))
                    self.wind(self.clocks[-1])

    def chance(self, clock: Clock, tag: int) -> float:
        """First uniform of a machine's breakdown."""
        return uniforms(self.engine.seed, f"machine/{clock.resource}/{clock.slot + 1}", clock.row.breakdown, tag)[0]

    def wind(self, clock: Clock) -> None:
        """Draw the time until the machine stops."""
        clock.left = self.uptime(clock)
        if clock.row.clock == "calendar":
            hours = self.engine.calendars.get(clock.row.clock_calendar)
            self.foresee(clock, self.due(clock, hours) if hours else self.engine.now + clock.left)

    def uptime(self, clock: Clock) -> int:
        """Ticks until the machine stops for the present time."""
        row = clock.row
        quantity = row.uptime_hours if clock.number or row.first_hours is None else row.first_hours
        return max(1, near(draw(quantity, self.engine.times.hour, self.chance(clock, 2 * clock.number))))

    def due(self, clock: Clock, hours: Calendar) -> int:
        """Tick at which the machine stops by open hours: a count is dropped that the closing overtakes, where it is
        made anew at each opening, or that ends shortly before it.
        """
        since, skipped = self.engine.now, near(clock.row.skip_hours * self.engine.times.hour)
        while True:
            start = hours.finish(since, 0)
            closes, tick = hours.closing(start), hours.finish(start, clock.left)
            if clock.row.restart == "opening" and start < NEVER and start + clock.left >= closes:
                since = closes
            elif skipped and tick < NEVER and hours.closing(tick) - tick <= skipped:
                since = tick
            else:
                return tick
            clock.number += 1
            clock.left = self.uptime(clock)

    def foresee(self, clock: Clock, tick: int) -> None:
        """The machine will stop, unless something comes between."""
        clock.version += 1
        kind = self.engine.END if clock.row.tie == "in_order" and not clock.due else self.engine.FAULT
        self.engine.at(tick, kind, (clock, clock.version))

    def busy_clocks(self, run: Run) -> list[Clock]:
        """Clocks that run while this work is done."""
        return [
            clock
            for clock in self.clocks
            if (clock.resource, clock.slot) == run.machine
            and clock.row.clock == "busy"
            and not (clock.broken or clock.due)
        ]

    def begin(self, run: Run) -> None:
        """Work goes on on its machine."""
        for clock in self.busy_clocks(run):
            self.tick(clock, run)

    def tick(self, clock: Clock, run: Run) -> None:
        """The clock of time at work goes on."""
        clock.since = self.engine.now
        self.foresee(clock, self.engine.works.finish(run, clock.left))

    def rest(self, run: Run) -> None:
        """Work on the machine stands still or is over; a stop that is due at this very tick still comes."""
        for clock in self.busy_clocks(run):
            clock.left -= self.engine.works.worked(run, clock.since)
            if clock.left > 0:
                clock.version += 1
        for clock in self.clocks:
            if clock.due and (clock.resource, clock.slot) == run.machine:
                self.foresee(clock, self.engine.now)

    def fault(self, clock: Clock, version: int) -> None:
        """A machine stops."""
        if version != clock.version:
            return
        run = self.work.get((clock.resource, clock.slot))
        if clock.slot >= self.floor.capacity[clock.resource]:
            clock.number += 1
            clock.due = False
            self.wind(clock)
            if run is not None and not run.standing and clock.row.clock == "busy":
                self.tick(clock, run)
            return
        clock.due = clock.row.effect == "finish" and run is not None and not run.standing
        if clock.due:
            clock.version += 1
            return
        if clock.resource in self.engine.kinds.servers:
            self.floor.stop(clock.resource, clock.slot)
        elif clock.row.effect == "keep":
            self.engine.preemption.let_go(clock.resource)
        if run is not None:
            self.engine.works.stand(run)
        clock.broken = True
        if run is not None:
            self.strike(clock, run)
        hours = draw(clock.row.repair_hours, self.engine.times.hour, self.chance(clock, 2 * clock.number + 1))
        repair = Repair(clock, max(0, near(hours)))
        self.engine.queues.join(repair, clock.kind, self.engine.number(), None)

    def strike(self, clock: Clock, run: Run) -> None:
        """What becomes of the work on a machine that stops."""
        if clock.row.effect == "repeat":
            self.engine.works.anew(run)
        if clock.row.effect == "lose":
            for task in list(run.members):
                self.engine.ways.scrap(task.unit)

    def start(self, repair: Repair) -> None:
        """The repair begins."""
        engine, clock = self.engine, repair.clock
        calendar, machine = engine.calendars.get(clock.row.calendar), clock.slot + 1
        clock.holds = tuple(self.floor.take(need) for need in clock.kind.needs)
        work = repair.work
        if clock.row.at_closing == "end":
            work = min(work, engine.calendars[clock.row.clock_calendar].closing(engine.now) - engine.now)
        end = calendar.finish(engine.now, work) if calendar else engine.now + work
        engine.lines.append(
            [f"machine/{clock.resource}/{machine}", clock.row.breakdown, clock.number, "repair",
             engine.now, end, 0, work, machine]
        )  # fmt: skip
        engine.at(end, engine.END, repair)

    def mended(self, repair: Repair) -> None:
        """The repair is over."""
        clock = repair.clock
        for hold in clock.holds:
            self.floor.give(hold)
        clock.holds, clock.broken = (), False
        clock.number += 1
        self.wind(clock)
        if clock.resource in self.engine.kinds.servers:
            self.back(clock.resource, clock.slot)

    def back(self, resource: str, slot: int) -> None:
        """One thing less keeps the machine down; if it is up, the work on it goes on."""
        run = self.work.get((resource, slot))
        if self.floor.mend(resource, slot) and run is not None:
            self.engine.works.revive(run)
