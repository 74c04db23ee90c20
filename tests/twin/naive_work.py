"""Work under way in the plain-Python twin: how long it takes, where it stands still, how it ends."""

from __future__ import annotations

import math
from typing import Any

from naive_chance import draw, near, poisson, uniforms
from naive_model import Kind, Run, Task

from aidc_twin.park.schema import Leg, Operation


class Works:
    """All work of a twin; `engine` is the one that it is done in."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.tasks: set[Task] = set()

    def finish(self, run: Run, work: int) -> int:
        """Tick at which so much of it will be done."""
        calendar = self.engine.calendars.get(run.kind.pauses)
        return calendar.finish(self.engine.now, work) if calendar else self.engine.now + work

    def worked(self, run: Run, since: int) -> int:
        """Ticks of work since then."""
        calendar = self.engine.calendars.get(run.kind.pauses)
        return calendar.open_between(since, self.engine.now) if calendar else self.engine.now - since

    def launch(self, run: Run) -> None:
        """Work that holds its needs begins: its rows are written, its end is foreseen."""
        run.machine = run.machine or self.host(run)
        during = "rework" if run.kind.rework else "operation"
        machine = run.machine[1] + 1 if run.machine else 0
        end = self.finish(run, run.left)
        run.lines = {
            task: [task.unit.id, task.name, task.attempt, during, self.engine.now, end, run.setup, run.work, machine]
            for task in run.members
        }
        self.engine.lines += run.lines.values()
        run.standing = True
        run.begun = run.begun or self.engine.number()
        self.tasks.update(run.members)
        for task in run.members:
            task.run = run
        if run.machine:
            self.engine.machines.work[run.machine] = run
        if not run.machine or run.machine[1] not in self.engine.floor.down[run.machine[0]]:
            self.go_on(run)

    def host(self, run: Run) -> tuple[str, int] | None:
        """Machine that an earlier step keeps and on which the work is done."""
        if not isinstance(run.kind.row, Operation) or not run.kind.row.on or run.kind.rework:
            return None
        (task,), resource, found = run.members, run.kind.row.on, None
        for other in task.unit.tasks.values():
            if other is task:
                return found
            if any(need.resource == resource and need.until for need in other.kind.needs):
                slots = [hold.slot for hold in other.holds if hold.need.resource == resource]
                found = (resource, slots[0]) if slots and slots[0] is not None else None
        raise AssertionError

    def go_on(self, run: Run) -> None:
        """Work begins, or goes on after a standstill, until its end or until it is paused."""
        run.standing, run.since = False, self.engine.now
        run.version += 1
        kind, end = self.engine.END, self.finish(run, run.left)
        if run.kind.rest is not None:
            closing = self.engine.calendars[run.kind.pauses].closing(self.engine.now)
            if closing < end:
                kind, end = self.engine.PAUSE, closing
        for line in run.lines.values():
            line[5] = end
        self.engine.at(end, kind, (run, run.version))
        self.engine.machines.begin(run)

    def revive(self, run: Run) -> None:
        """Work that stood still goes on; what is finished after hours unless it stops waits for an opening."""
        now, hours = self.engine.now, self.engine.calendars.get(run.kind.calendar)
        opening = hours.finish(now, 0) if hours and run.kind.waits else now
        if opening > now:
            run.version += 1
            self.engine.at(opening, self.engine.PAUSE, (run, run.version))
        else:
            self.go_on(run)

    def anew(self, run: Run) -> None:
        """Work begins anew, without what was left of its changeover."""
        run.setup = min(run.setup, run.setup + run.work - run.left)
        run.left = run.work = run.whole
        for line in run.lines.values():
            line[6], line[7] = run.setup, run.work

    def stand(self, run: Run) -> None:
        """Work stands still."""
        if not run.standing:
            self.engine.machines.rest(run)
            run.left -= self.worked(run, run.since)
            run.standing = True
        run.version += 1

    def stop(self, run: Run) -> None:
        """Work is not on its machine any more."""
        self.stand(run)
        if run.machine and self.engine.machines.work.get(run.machine) is run:
            del self.engine.machines.work[run.machine]

    def cut(self, run: Run, task: Task) -> None:
        """A unit's row ends before its work is done."""
        left = run.left if run.standing else run.left - self.worked(run, run.since)
        line = run.lines.pop(task)
        line[5], line[6] = self.engine.now, min(run.setup, run.setup + run.work - left)
        line[7] = run.setup + run.work - left - line[6]

    def pause(self, run: Run) -> None:
        """Work gives back its marked needs and waits for them."""
        self.stop(run)
        for task in run.members:
            self.cut(run, task)
            for hold in [hold for hold in run.holds if hold.need.gives]:
                run.holds.remove(hold)
                self.engine.floor.give(hold)
            self.engine.ways.enqueue(task, run.kind.rest)

    def leave(self, task: Task) -> None:
        """A unit leaves work under way; with the last one it is over."""
        run, task.run = task.run, None
        if task in run.lines:
            self.cut(run, task)
        run.members.remove(task)
        if not run.members:
            self.stop(run)
            self.engine.ways.free(run.holds)

    def prepared(self, kind: Kind, members: list[Task], setup: int) -> Run:
        """New work; it may sit on a machine that was kept."""
        work = self.work(members[0], kind)
        kept = [hold for hold in members[0].holds if hold.slot is not None and not kind.rework]
        machine = (kept[0].need.resource, kept[0].slot) if kept else None
        return Run(kind, members, setup, work, work, setup + work, machine)

    def resumed(self, task: Task) -> Run:
        """The rest of work that was paused."""
        assert task.run is not None
        task.run.setup, task.run.work = 0, task.run.left
        return task.run

    def work(self, task: Task, kind: Kind) -> int:
        """Work of this attempt: drawn by unit, step and attempt; faults are repaired while the rest goes on."""
        row = kind.row
        if isinstance(row, Leg):
            quantity, ticks = row.duration_days, float(self.engine.times.day)
        elif kind.rework:
            quantity, ticks = row.rework, self.engine.times.unit(row.rework_unit, row.calendar)
        else:
            quantity, ticks = row.duration, self.engine.times.unit(row.duration_unit, row.calendar)
        if self.engine.means:
            return near(quantity.mean * ticks)
        tag = task.attempt << 8
        factor = 1.0 if kind.rework or isinstance(row, Leg) else self.learned(row, row.learning.value)
        work = near(draw(quantity, ticks, self.chance(task, tag | kind.rework)[0]) * factor)
        rate = 0.0 if kind.rework or isinstance(row, Leg) else row.fault_rate_hour.value
        if not rate:
            return work
        longest, hour = work, self.engine.times.hour
        for i in range(min(poisson(rate / hour * work, self.chance(task, tag | 2)[0]), 200)):
            when, how = self.chance(task, tag | 3 + i)
            repaired = math.floor(when * work) + near(draw(row.repair_hours, hour, how))
            longest = max(longest, repaired + round(row.resoak_hours.value * hour))
        return longest

    def learned(self, row: Operation, per_doubling: float) -> float:
        """Factor that the units made so far have brought."""
        made = row.learned_units + self.engine.ways.made.get((row.routing, row.operation), 0)
        return (made / row.learned_units) ** math.log2(per_doubling) if per_doubling != 1 else 1.0

    def chance(self, task: Task, tag: int) -> tuple[float, float]:
        """Two uniforms of a step."""
        return uniforms(self.engine.seed, task.unit.stream, task.name, tag)

    def fails(self, task: Task) -> bool:
        """Whether this attempt fails."""
        row = task.row
        if self.engine.means or isinstance(row, Leg) or not row.fail_share.value:
            return False
        share = row.fail_share.value * self.learned(row, row.fail_learning.value)
        return self.chance(task, task.attempt << 8)[1] < share
