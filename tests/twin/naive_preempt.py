"""Urgent work that stops other work, in the plain-Python twin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from naive_model import Entry, Kind, Repair, Run, Task


class Preemption:
    """Which work is stopped for which; `engine` is the twin in which it is done."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.modes = {row.resource: row.preempt for row in engine.park.resources if row.preempt != "no"}

    def chosen(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The first entry, if it can start by stopping other work."""
        return entries[:1] if entries and self.victim(entries[0]) is not None else ()

    def key(self, what: Task, kind: Kind) -> int:
        """Priority of work that waits or is under way."""
        return self.engine.queues.key_by("priority", Entry(what, kind, None, 0))

    def victim(self, entry: Entry) -> Run | None:
        """Work that is stopped so that an entry can start: the least urgent, of equals on the lowest machine."""
        kind, engine = entry.kind, self.engine
        if kind.server not in self.modes or not engine.opened(kind) or not isinstance(entry.what, Task):
            return None
        if any(engine.floor.stock[name] < amount for name, amount in kind.materials):
            return None
        mine, found, largest = self.key(entry.what, kind), None, 0
        for (resource, slot), run in sorted(engine.machines.work.items(), key=lambda item: item[0]):
            there = resource == kind.server and slot not in engine.floor.down[resource]
            if not there or entry.pin not in (None, slot):
                continue
            key = self.key(run.members[0], run.kind)
            if key > mine and (found is None or key > largest) and self.fits(kind, run):
                found, largest = run, key
        return found

    def fits(self, kind: Kind, run: Run) -> bool:
        """Whether all that work needs is there when other work gives back what it has."""
        freed = Counter[str]()
        for hold in run.holds:
            freed[hold.need.resource] += hold.need.amount
        free = self.engine.floor.free
        return all(free(need.resource) + freed[need.resource] >= need.amount for need in kind.needs)

    def stops(self, entry: Entry) -> bool:
        """Whether an entry whose turn has come stops other work, as it cannot start otherwise."""
        kind, floor = entry.kind, self.engine.floor
        taken = entry.pin is not None and not floor.ready(kind.server, entry.pin)
        return kind.server in self.modes and (taken or any(floor.lacks(need, None) for need in kind.needs))

    def make_room(self, entries: Sequence[Entry]) -> None:
        """Work is stopped if the entries cannot start otherwise: it gives all back and waits again."""
        if self.stops(entries[0]):
            run = self.victim(entries[0])
            assert run is not None
            self.put_back(run, anew=self.modes[entries[0].kind.server] == "repeat")

    def put_back(self, run: Run, *, anew: bool = False) -> None:
        """Work is stopped: it gives back what the rest of it needs, and waits for that."""
        engine, rest = self.engine, run.kind.put_back
        assert rest is not None
        (task,) = run.members
        engine.works.stop(run)
        engine.works.cut(run, task)
        for hold in [hold for hold in run.holds if hold.need in rest.needs]:
            run.holds.remove(hold)
            engine.floor.give(hold)
        if anew:
            run.left = run.whole
        engine.ways.enqueue(task, rest)

    def let_go(self, crew: str) -> None:
        """Somebody has a break: if nobody is free for it, the work of the crew that began last is left."""
        engine = self.engine
        asked = sum(
            isinstance(entry.what, Repair) and entry.what.clock.resource == crew
            for queue in engine.queues.all for entry in queue.entries
        )  # fmt: skip
        runs = {id(task.run): task.run for task in self.at_work(crew)}
        if engine.floor.free(crew) <= asked and runs:
            self.put_back(max(runs.values(), key=lambda run: run.begun))

    def at_work(self, crew: str) -> list[Task]:
        """Steps whose work has somebody of a crew for itself."""
        return [
            task for task in self.engine.works.tasks
            if task.run is not None and task.entry is None
            and any(hold.need.resource == crew for hold in task.run.holds)
        ]  # fmt: skip
