"""Capacity that is shared out at the start of each period, in the plain-Python twin."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from naive_chance import near
from naive_model import Hold, Need, Task

from aidc_twin.park.schema import Resource

MILLIONTH = 1_000_000


@dataclass(eq=False)
class Portion:
    """What a step gets of a period, with what it takes of the resource meanwhile."""

    task: Task
    amount: int
    hold: Hold


class Buckets:
    """All resources that are shared out; `engine` is the twin that they belong to."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.rows: list[Resource] = [row for row in engine.park.resources if row.kind == "bucketed"]
        self.lines: dict[str, list[Task]] = {row.resource: [] for row in self.rows}
        self.allotted: list[tuple[str, str, int, int]] = []

    def capacities(self) -> None:
        """Amounts of single periods."""
        for row in self.rows:
            rows = [bucket for bucket in self.engine.park.buckets if bucket.resource == row.resource]
            had, k, tick = 0, 0, self.ticks(row.first_hours)
            while rows and tick <= self.engine.times.horizon:
                k += 1
                single = [bucket for bucket in rows if not bucket.every and bucket.bucket == k]
                again = [b for b in rows if b.every and k >= b.bucket and (k - b.bucket) % b.every == 0]
                amount = sum(math.floor(bucket.amount.value * 1000 + 1e-6) for bucket in (single or again))
                if tick == 0:
                    self.engine.floor.capacity[row.resource] += amount
                elif amount != had:
                    self.engine.at(tick, self.engine.CAPACITY, (row.resource, amount - had, None))
                had, tick = amount, tick + self.ticks(row.period_hours or 0)

    def timetable(self) -> None:
        """First periods."""
        for row in self.rows:
            self.engine.at(self.ticks(row.first_hours), self.engine.PERIOD, row)

    def ticks(self, hours: float) -> int:
        """Whole ticks."""
        return near(hours * self.engine.times.hour)

    # ------------------------------------------------------------------------------------------------- who waits

    def there(self, task: Task) -> int:
        """What there is of a step's work: its shares of what is done of those that it comes from."""
        whole = task.kind.content
        if all(task.unit.tasks[name].done == task.unit.tasks[name].kind.content for name in task.fed):
            return whole
        share = 0.0
        for name, part in task.fed.items():
            other = task.unit.tasks[name]
            share += part * (other.done / other.kind.content)
        rest = 1.0 - sum(task.fed.values())
        return min(whole, math.floor(whole * (share + rest if rest > 1e-12 else share)))

    def line_up(self, task: Task) -> None:
        """The step's turn has come: it is in line as soon as something of its work waits."""
        task.inside = True
        if self.waiting(task):
            if task.number is None:
                task.number = self.engine.number()
            self.lines[task.kind.bucket].append(task)

    def waiting(self, task: Task) -> int:
        """Work of a step that is there and not allotted."""
        return self.there(task) - task.allotted

    def more(self, task: Task, before: int) -> None:
        """More of a step's work may be there than before."""
        if before == 0 and self.waiting(task):
            task.number = self.engine.number()
            if task.inside and task.portion is None:
                self.lines[task.kind.bucket].append(task)

    # ------------------------------------------------------------------------------------------------- sharing out

    def share_out(self, row: Resource) -> None:
        """A period begins."""
        engine = self.engine
        engine.at(engine.now + self.ticks(row.period_hours or 0), engine.PERIOD, row)
        line = sorted(self.lines[row.resource], key=self._order)
        left = engine.floor.free(row.resource)
        least = max(0, left) // MILLIONTH
        while left > least:
            able = [task for task in line if self.able(task)]
            if not able:
                break
            last = math.inf if row.window_hours is None else self._key(able[0]) + self.ticks(row.window_hours)
            group = [task for task in line if self._key(task) <= last]
            line = [task for task in line if self._key(task) > last]
            if self.asked(group) <= left + least:
                room = left + least
                for task in group:
                    room -= self.allot(row, task, min(self.waiting(task), room)) if self.able(task) else 0
                left = max(0, room - least)
                if row.beyond_window == "no":
                    break
                continue
            if row.finish_first == "yes":
                left = self.finishers(row, group, left, least)
            if left > least:
                self.divide(row, [task for task in group if task.portion is None], left)
            break
        self.lines[row.resource] = [task for task in self.lines[row.resource] if task.portion is None]

    def _key(self, task: Task) -> int:
        return task.unit.due if task.key is None else task.key

    def _order(self, task: Task) -> tuple[int, int, int]:
        assert task.number is not None
        return self._key(task), task.kind.rank, task.number

    def able(self, task: Task, beside: Counter[str] | None = None) -> bool:
        """Whether a step has begun, or everything else that it needs is there, `beside` what others will take."""
        floor, gone = self.engine.floor, beside or Counter[str]()
        return task.begun or (
            all(floor.free(need.resource) - gone[need.resource] >= need.amount for need in task.kind.needs)
            and all(floor.stock[name] - gone[name] >= amount for name, amount in task.kind.materials)
        )

    def asked(self, tasks: Sequence[Task]) -> int:
        """Work of all that can have some, each beside those before it."""
        gone, total = Counter[str](), 0
        for task in tasks:
            if self.able(task, gone):
                total += self.waiting(task)
                if not task.begun:
                    gone.update({need.resource: need.amount for need in task.kind.needs})
                    gone.update(dict(task.kind.materials))
        return total

    def finishers(self, row: Resource, tasks: Sequence[Task], left: int, least: int) -> int:
        """Those that can be finished get all they ask for; returns what is left."""
        for task in tasks:
            waiting = self.waiting(task)
            if self.there(task) == task.kind.content and waiting <= left + least and self.able(task):
                left = max(0, left - self.allot(row, task, waiting))
        return left

    def divide(self, row: Resource, tasks: Sequence[Task], left: int) -> None:
        """All get the same part of what they ask for."""
        asked, upto, given = self.asked(tasks), 0, 0
        for task in tasks:
            if self.able(task):
                upto = min(upto + self.waiting(task), asked)
                reached = near(float(left) * upto / asked)
                self.allot(row, task, min(reached - given, self.waiting(task)))
                given = reached

    def allot(self, row: Resource, task: Task, amount: int) -> int:
        """A step gets some work done in the period that begins."""
        engine = self.engine
        if amount <= 0:
            return 0
        if not task.begun:
            task.begun = True
            for need in task.kind.needs:
                (task.holds if need.until else task.own).append(engine.floor.take(need))
            for name, quantity in task.kind.materials:
                engine.floor.use(name, quantity)
                engine.supply.reorder(name)
            engine.ways.move_on(task)
            engine.ways.has_begun(task.unit)
        task.allotted += amount
        taken = min(amount, engine.floor.free(row.resource))
        task.portion = Portion(task, amount, engine.floor.take(Need(row.resource, taken)))
        end = engine.now + self.ticks(row.period_hours or 0)
        engine.at(end, engine.END, task.portion)
        task.number = engine.count if self.waiting(task) else None
        engine.lines.append([task.unit.id, task.name, 0, "operation", engine.now, end, 0, end - engine.now, 0])
        self.allotted.append((task.unit.id, task.name, engine.now, amount))
        return amount

    def end(self, portion: Portion) -> None:
        """A period is over for a step: others get their shares of what was done, and it is passed or waits again."""
        task, engine = portion.task, self.engine
        engine.floor.give(portion.hold)
        others = [other for other in task.unit.tasks.values() if task.name in other.fed]
        before = [self.waiting(other) for other in others]
        task.done, task.portion = task.done + portion.amount, None
        for other, had in zip(others, before, strict=True):
            self.more(other, had)
        if task.done == task.kind.content:
            engine.ways.free(task.own)
            engine.ways.passed(task)
        elif self.waiting(task):
            self.lines[task.kind.bucket].append(task)
