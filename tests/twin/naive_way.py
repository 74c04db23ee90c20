"""A unit's own way in the plain-Python twin: tokens from step to step, branches, waiting, scrap, and what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from naive_model import Entry, Hold, Kind, Task, Unit

from aidc_twin.park.schema import Leg, Operation, Order


class Ways:
    """Where the units of a twin go; `engine` is the one that they go through."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.done: dict[str, int] = {}
        self.made: dict[tuple[str, str], int] = {}
        self.gone: set[tuple[str, Unit | None]] = set()
        self.finished = self.scrapped = self.lost = 0
        self.present: dict[str, int] = {}
        self.crowds: dict[str, int] = {}

    def enter(self, unit: Unit) -> None:
        """The unit is in the park from now on."""
        name = unit.crowd
        self.present[name] = self.present.get(name, 0) + 1
        self.crowds[name] = max(self.crowds.get(name, 0), self.present[name])

    def leave(self, unit: Unit) -> None:
        """The unit is in the park no more."""
        self.present[unit.crowd] -= 1

    def move_on(self, task: Task) -> None:
        """A step starts for the first time in its lap: the steps before it pass on their places."""
        self.decide(task)
        for other in task.unit.tasks.values() if not task.failures else ():
            before = other.chosen == task.name if self.branches(other) else other.name in task.before
            if before and not other.lap:
                self.give_back(other, "next")
        for part in task.unit.parts if not task.failures else ():
            if part.joins == task.name:
                self.give_joined(part)

    def give_joined(self, part: Unit) -> None:
        """Give back what a part keeps until it is joined."""
        for task in part.tasks.values():
            self.give_back(task, "joined")

    def has_begun(self, unit: Unit) -> None:
        """The first start of a unit, which its parent may have waited for."""
        if not unit.begun:
            unit.begun = True
            if unit.parent is not None and unit.released_by:
                self.parts_go(unit.parent.tasks[unit.released_by])

    def parts_go(self, task: Task) -> None:
        """Give back what a passed step keeps until all parts that it releases have begun, if they have."""
        parts = [part for part in task.unit.parts if part.released_by == task.name]
        if task.state == "done" and all(part.begun for part in parts):
            self.give_back(task, "parts")

    def kept_in(self, entry: Entry) -> bool:
        """Whether the unit would leave a machine that lets nothing go, with the start of a step or at its end.

        In the instant in which it joins its queue it may leave all the same, unless it has missed its one moment.
        """
        early = entry.since == self.engine.now and not entry.missed
        return not early and self.shut_in(entry, once=False)

    def shut_in(self, entry: Entry, *, once: bool) -> bool:
        """Whether the unit would leave a machine that is down or closed; `once`: and that it may leave at once only."""
        task, engine = entry.what, self.engine
        if not isinstance(task, Task) or task.failures or entry.kind.is_rest:
            return False
        for other in task.unit.tasks.values():
            before = other.chosen == task.name if self.branches(other) else other.name in task.before
            before |= task in self.open_ways(other)
            for hold in other.holds:
                bound = hold.need.once if once else hold.need.up
                if bound and hold.slot is not None and (hold.need.until == task.name or (
                    hold.need.until == "next" and before
                )):  # fmt: skip
                    hours = engine.calendars.get(other.row.calendar)
                    if hold.slot in engine.floor.down[hold.need.resource] or (hours and not hours.is_open(engine.now)):
                        return True
        return False

    def has_chance(self, entry: Entry) -> bool:
        """Whether it could start now, and nothing that has joined a queue now and could start too needs the same."""
        engine = self.engine
        others = [one for queue in engine.queues.all for one in queue.entries if one is not entry]
        return bool(engine.startable(None, [entry])) and not any(
            one.since == engine.now and not one.missed and isinstance(one.what, Task)
            and any(a.resource == b.resource for a in one.kind.needs for b in entry.kind.needs if not a.looks | b.looks)
            and engine.startable(None, [one])
            for one in others
        )  # fmt: skip

    def free(self, holds: list[Hold]) -> None:
        """Give all of them back."""
        for hold in holds:
            self.engine.floor.give(hold)
        holds.clear()

    def give_back(self, task: Task, until: str) -> None:
        """Give back what a step keeps until then."""
        for hold in [hold for hold in task.holds if hold.need.until == until]:
            task.holds.remove(hold)
            self.engine.floor.give(hold)

    def branches(self, task: Task) -> list[Any]:
        """Where the unit may go after a step."""
        if isinstance(task.row, Leg):
            return []
        return [
            row for row in self.engine.park.branches if (row.routing, row.operation) == (task.row.routing, task.name)
        ]

    def open_ways(self, task: Task) -> list[Task]:
        """First steps of the ways among which what is free decides after a step; none where chance does."""
        rows = self.branches(task)
        return [task.unit.tasks[row.next] for row in rows if task.row.ways != "chance"]

    def choice_before(self, task: Task) -> Task | None:
        """Step after which what is free decides whether this one follows."""
        found = (other for other in task.unit.tasks.values() if task in self.open_ways(other))
        return next(found, None)

    def called(self, task: Task) -> bool:
        """Whether it is the first step of a way of those whose machines call for work."""
        choice = self.choice_before(task)
        return choice is not None and choice.row.ways == "first_to_call"

    def decide(self, task: Task) -> None:
        """A step starts: the other ways that its unit had are closed."""
        choice = self.choice_before(task)
        if choice is None:
            return
        choice.chosen = task.name
        self.close(choice, task)
        parent = task.unit.parent
        if choice.row.same_way == "parent" and parent is not None and (task.kind.server, parent) not in self.gone:
            self.gone.add((task.kind.server, parent))
            for part in parent.parts:
                for other in part.tasks.values():
                    for way in self.kept_ways(other):
                        if way.lap and not other.chosen:
                            self.close(other, way)

    def close(self, choice: Task, taken: Task) -> None:
        """The unit goes one of its ways: the others are as if they had not been next."""
        for other in self.open_ways(choice):
            if other is not taken and other.lap:
                if other.entry is not None:
                    self.leave_queue(other.entry)
                other.lap, other.wait = False, len(other.before) or 1

    def kept_ways(self, choice: Task) -> list[Task]:
        """The way to which the unit keeps as another part of its parent has gone there; none where there is none."""
        if isinstance(choice.row, Leg) or choice.row.same_way == "any":
            return []
        return [way for way in self.open_ways(choice) if (way.kind.server, choice.unit.parent) in self.gone][:1]

    def preferred(self, entries: Sequence[Entry], ready: Sequence[Sequence[Entry]]) -> Sequence[Entry]:
        """Of the ways of a unit of which one would start now, that which goes before the others that could."""
        task = entries[0].what
        choice = self.choice_before(task) if isinstance(task, Task) and not task.failures else None
        if choice is None or entries[0].kind.is_rest:
            return entries
        able = [starts for way in self.open_ways(choice) for starts in ready if starts[0].what is way]
        if choice.row.ways == "free":
            return able[0]
        now = self.engine.now
        left = [now - self.idle_ticks(starts[0]) for starts in able]
        closed = [self.engine.closed_until_now(starts[0]) for starts in able]
        calls = [(max(tick, left[i]), i) for i, tick in enumerate(closed) if tick is not None]
        if choice.row.ways == "first_to_call" and calls:
            return able[min(calls)[1]]
        idle = [now - tick for tick in left]
        longest = [starts for starts, ticks in zip(able, idle, strict=True) if ticks == max(idle)]
        return longest[-1 if choice.row.ways != "idle_longest" and max(idle) == 0 else 0]

    def idle_ticks(self, entry: Entry) -> int:
        """Ticks since the machine that a waiting step would take now was left; 0 if work is stopped for the step."""
        kind, floor = entry.kind, self.engine.floor
        if self.engine.preemption.stops(entry):
            return 0
        seat = next(need for need in kind.needs if need.resource == kind.server)
        assert isinstance(entry.what, Task)
        closed = self.engine.closed_until_now(entry)
        slot = floor.seat_of(seat, entry.what.unit, closed) if entry.pin is None else entry.pin
        now: int = self.engine.now
        return now - floor.left.get((kind.server, slot), 0)

    def passed(self, task: Task) -> None:
        """The step is done for good, or for this lap."""
        unit = task.unit
        task.lap, task.state = False, "done"
        self.made[task.kind.home] = self.made.get(task.kind.home, 0) + 1
        for other in unit.tasks.values():
            self.give_back(other, task.name)
        self.engine.ledger.post(task)
        self.put_out(task)
        opens, task.opens = task.opens, []
        for opened in opens:
            self.open(opened)
        self.parts_go(task)
        if not self.go_further(task):
            return
        if not any(other.live for other in unit.tasks.values()):
            for other in unit.tasks.values():
                kept = [hold for hold in other.holds if hold.need.until == "joined"]
                self.free([hold for hold in other.holds if hold not in kept])
                other.holds = kept
            self.finished += 1
            self.leave(unit)
            if isinstance(unit.row, Order):
                self.done[unit.id] = self.engine.now
            if unit.parent is not None:
                joint = unit.parent.tasks[unit.joins]
                joint.parts -= 1
                if joint.place is None:
                    joint.place = self.engine.number(), self.engine.now
                self.turn(joint)

    def put_out(self, task: Task) -> None:
        """What a passed step puts into stock."""
        for row in self.engine.park.outputs:
            if (row.routing, row.operation) == task.kind.home:
                self.engine.floor.stock[row.material] += round(row.quantity.value * task.unit.each * 1000)

    def go_further(self, task: Task) -> bool:
        """The next steps get their tokens; False if the unit is scrapped."""
        rows = self.branches(task)
        if not rows:
            for other in task.unit.tasks.values():
                if task.name in other.awaited:
                    self.token(other)
            return True
        if task.row.ways != "chance":
            task.chosen = ""
            for way in self.kept_ways(task) or self.open_ways(task):
                self.come(way)
                way.wait = 0
                self.turn(way)
            return True
        v, reached = self.engine.works.chance(task, task.attempt << 8 | 255)[1], 0.0
        task.chosen = rows[-1].next
        for row in rows:
            reached += row.share.value
            if v < reached:
                task.chosen = row.next
                break
        if task.chosen == "scrap":
            self.scrap(task.unit)
            return False
        if task.chosen != "end":
            target = task.unit.tasks[task.chosen]
            if not target.lap:
                self.come(target)
                target.wait = 0
                self.turn(target)
        return True

    def open(self, unit: Unit) -> None:
        """One of the releases of a unit."""
        unit.gates -= 1
        if unit.gates <= 0:
            self.enter(unit)
            for task in unit.tasks.values():
                if not task.awaited:
                    self.token(task)

    def token(self, task: Task) -> None:
        """One of the steps that come before has been passed, or the unit is opened."""
        if not task.lap and not task.unit.gone:
            self.come(task)
            task.wait -= 1
            self.turn(task)

    def come(self, task: Task) -> None:
        """A token of the unit is at the step; if it has been passed, it is to be done once more."""
        task.come = True
        if task.state == "done":
            task.state = ""
            task.attempt += 1

    def turn(self, task: Task) -> None:
        """If nothing is waited for any more, the step's lap begins."""
        if task.lap or not task.come or task.wait or task.parts:
            return
        task.lap = True
        task.laps += 1
        task.come, task.wait, task.failures = False, len(task.awaited) or 1, 0
        self.free(task.holds)
        earliest = self.earliest(task) if not task.attempt else 0
        if earliest > self.engine.now:
            self.engine.at(earliest, self.engine.EARLIEST, (task, task.laps))
            if task.kind.bucket and task.number is None and self.engine.buckets.waiting(task):
                task.number = self.engine.count
        else:
            self.enqueue(task, task.kind, fresh=True)

    def earliest(self, task: Task) -> int:
        """Tick before which a step does not start for the first time."""
        wished = self.engine.policy.start.get((task.unit.id, task.name), 0)
        order = task.unit.row.order if isinstance(task.unit.row, Order) else ""
        asked = [row.hours for row in self.engine.park.not_before if (row.order, row.operation) == (order, task.name)]
        return max(wished, *(self.engine.buckets.ticks(hours) for hours in asked), 0)

    def enqueue(self, task: Task, kind: Kind, *, fresh: bool = False) -> None:
        """The step waits in its queue; `fresh`: for the first time in this lap."""
        if kind.bucket:
            self.engine.buckets.line_up(task)
            return
        pin = self.engine.policy.machine.get((task.unit.id, task.name))
        pinned = pin is not None and fresh and not task.attempt and bool(kind.server)
        row, sequence = kind.row, self.engine.number()
        kept = isinstance(row, Operation) and row.turn == "first_part" and fresh and not task.attempt
        came = self.engine.now
        if kept and task.place is not None:
            sequence, came = task.place
        entry = task.entry = self.engine.queues.join(task, kind, sequence, pin - 1 if pinned else None)
        entry.came, entry.since = came, self.engine.now
        entry.missed = fresh and self.shut_in(entry, once=True) and not self.has_chance(entry)
        if kind.batch and row.batch_wait_hours is not None:
            wait = self.engine.ticks(row.batch_wait_hours, self.engine.works.chance(task, task.attempt << 8 | 254)[0])
            self.engine.at(self.engine.now + wait, self.engine.TIMER, entry)
        if fresh and isinstance(row, Operation) and row.patience_hours is not None:
            wait = self.engine.ticks(row.patience_hours, self.engine.works.chance(task, task.attempt << 8 | 253)[0])
            self.engine.at(self.engine.now + wait, self.engine.IMPATIENCE, entry)

    def leave_queue(self, entry: Entry) -> None:
        """What stands there waits no longer."""
        self.engine.queues.leave(entry)
        if isinstance(entry.what, Task):
            entry.what.entry = None

    def scrap(self, unit: Unit, *, lost: bool = False) -> None:
        """The unit stops everywhere and gives everything back; an order's unit begins again unless it is lost."""
        for task in unit.tasks.values():
            if task.entry is not None:
                self.leave_queue(task.entry)
            if task.run is not None:
                self.engine.works.leave(task)
            self.free(task.holds)
            task.lap = task.come = False
            task.wait, task.state, task.chosen = len(task.before) or 1, "", ""
            task.attempt += 1
        unit.gone = lost or unit.sourced
        if unit.gone:
            self.leave(unit)
        if lost:
            self.has_begun(unit)
            for part in unit.parts:
                self.give_joined(part)
        self.scrapped, self.lost = self.scrapped + (not lost), self.lost + lost
        for task in unit.tasks.values():
            if not task.before:
                self.token(task)
