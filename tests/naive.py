"""A slow twin in plain Python, written from the rules and the park's tables: the oracle of the compiled one.

It shares no code and no arrays with `aidc_twin.twin`. Work is a set of objects, queues are lists, chance is Philox on
Python's integers, and every start is found by looking at everything that waits. Its parts stand in
``tests/twin/naive_*.py``.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from naive_buckets import Buckets, Portion
from naive_chance import draw, near, uniforms
from naive_floor import Floor
from naive_kinds import Kinds
from naive_machines import Clock, Machines
from naive_model import Entry, Kind, Line, Repair, Task, Unit
from naive_opening import Opening
from naive_preempt import Preemption
from naive_queues import Queue, Queues
from naive_supply import Ledger, Supply
from naive_times import Calendar, Times
from naive_turns import Offers, smallest_key
from naive_way import Ways
from naive_work import Works

from aidc_twin.park import Park
from aidc_twin.park.schema import Operation, Resource, Source
from aidc_twin.units.quantity import Quantity

EVENTS = (
    "end", "fault", "pause", "capacity", "receipt", "quota", "calendar", "release", "arrival", "earliest", "sail",
    "timer", "impatience", "period",
)  # fmt: skip
"""Kinds of events in the order in which those of one instant are handled; work starts before the last three."""

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
    machine: Mapping[tuple[str, str], int] = field(default_factory=dict)
    start: Mapping[tuple[str, str], int] = field(default_factory=dict)
    quotas: Sequence[tuple[str, int, float]] = ()


@dataclass
class Outcome:
    """What happened.

    Sorted trace, yuan by (rule, bucket), completion by unit of an order, most held and least in stock by name; how
    many units of orders and sources were finished, scrapped and lost; sorted shares of periods as unit, operation,
    start, thousandths; most units of each product (of orders and parts) and each source in the park at once.
    """

    trace: list[Row] = field(default_factory=list)
    posted: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    least: dict[str, int] = field(default_factory=dict)
    finished: int = 0
    scrapped: int = 0
    lost: int = 0
    allotted: list[tuple[str, str, int, int]] = field(default_factory=list)
    crowds: dict[str, int] = field(default_factory=dict)


def simulate(park: Park, seed: int, policy: Any = None, *, means: bool = False) -> Outcome:
    """Run one replication of a park; `policy` has the attributes of `Options`."""
    engine = Engine(park, seed, policy or Options(), means)
    engine.prime()
    engine.run()
    return engine.outcome()


class Engine:
    """State of a replication."""

    (
        END, FAULT, PAUSE, CAPACITY, RECEIPT, QUOTA, CALENDAR, RELEASE, ARRIVAL, EARLIEST, SAIL, TIMER, IMPATIENCE,
        PERIOD,
    ) = range(len(EVENTS))  # fmt: skip
    LATE = TIMER

    def __init__(self, park: Park, seed: int, policy: Any, means: bool) -> None:
        self.park, self.seed, self.policy, self.means = park, seed, policy, means
        self.times = Times(park)
        self.kinds, self.floor = Kinds(park, self.times), Floor(park, self)
        self.now = self.count = 0
        self.events: list[tuple[int, int, int, Any]] = []
        names = {row.calendar for row in (*park.calendars, *park.windows)}
        self.calendars = {name: Calendar(self.times, name, policy.levels) for name in names}
        self.machines, self.supply, self.ledger = Machines(self, self.floor), Supply(self), Ledger(self)
        self.opening, self.works, self.ways = Opening(self), Works(self), Ways(self)
        self.buckets = Buckets(self)
        self.preemption = Preemption(self)
        self.lines: list[Line] = []
        self.crews_last = park.head.starts == "crews_last"
        self.crews = {row.resource: row for row in park.resources if row.kind == "crew"}
        self.serials = {row.source: 0 for row in park.sources}

    def prime(self) -> None:
        """Everything that is known at tick 0."""
        opening = self.opening
        opening.book()
        self.queues = Queues(self.park, self.kinds)
        opening.state()
        opening.links()
        opening.capacities()
        opening.supplies()
        opening.timetable()
        if not self.means:
            self.machines.prime()
        self.floor.opened()
        opening.begin()

    def outcome(self) -> Outcome:
        """What has happened."""
        rows = [tuple(line) for line in self.lines]
        instants = {row for row in rows if row[4] == row[5]}
        trace = sorted([*(row for row in rows if row[4] != row[5]), *instants], key=lambda row: (row[4], row))
        floor, ways = self.floor, self.ways
        counts = ways.finished, ways.scrapped, ways.lost
        shares = sorted(self.buckets.allotted)
        return Outcome(trace, self.ledger.posted, ways.done, floor.peaks, floor.least, *counts, shares, ways.crowds)

    # ------------------------------------------------------------------------------------------------- time goes on

    def number(self) -> int:
        """Next number of the sequence of foreseen events and of joinings of queues."""
        self.count += 1
        return self.count

    def at(self, tick: int, kind: int, what: Any) -> None:
        """Something will happen."""
        heapq.heappush(self.events, (max(0, tick), kind, self.number(), what))

    def run(self) -> None:
        """Events of an instant by kind and sequence, then what waits starts; then the late events one by one."""
        while True:
            while self.due() and self.events[0][1] < self.LATE:
                self.handle()
            self.dispatch()
            if self.due():
                self.handle()
            elif not self.events or self.events[0][0] > self.times.horizon:
                return
            else:
                self.now = self.events[0][0]

    def due(self) -> bool:
        """Whether something is to happen at this instant."""
        return bool(self.events) and self.events[0][0] == self.now

    def handle(self) -> None:
        """The next event."""
        _, kind, _, what = heapq.heappop(self.events)
        getattr(self, f"on_{EVENTS[kind]}")(what)

    def on_fault(self, what: Any) -> None:
        """A machine stops."""
        self.machines.fault(*what)

    def on_capacity(self, what: Any) -> None:
        """A part of a capacity comes or goes, or a machine that was down at the epoch comes back."""
        resource, change, machine = what
        self.floor.capacity[resource] += change
        if machine is not None:
            self.floor.missing[resource] -= 1
            self.machines.back(resource, machine)

    def on_receipt(self, what: Any) -> None:
        """Material comes in."""
        self.supply.receive(*what)

    def on_quota(self, what: Any) -> None:
        """A week's quota becomes available."""
        material, weekly, most = what
        stock = self.floor.stock
        stock[material] = max(stock[material], min(stock[material] + weekly, most))
        self.at(self.now + self.times.week, self.QUOTA, what)

    def on_calendar(self, what: None) -> None:
        """A calendar opens: what waits may start."""

    def on_release(self, unit: Unit) -> None:
        """A unit may begin, by its date."""
        self.ways.open(unit)

    def on_arrival(self, what: Any) -> None:
        """A source brings units."""
        row, n = what
        for _ in range(row.units):
            units = self.opening.arrival(row, self.serials[row.source])
            self.serials[row.source] += 1
            for unit in units:
                self.opening.lay_out(unit)
            for unit in units:
                self.opening.link(unit)
            for unit in units:
                self.ways.open(unit)
        if n + 1 < row.most or not row.most:
            self.foresee_arrival(row, n + 1, self.now)

    def foresee_arrival(self, row: Source, n: int, since: int) -> None:
        """The n-th arrival of a source."""
        quantity = row.interval_hours if n or row.first_hours is None else row.first_hours
        u, _ = uniforms(self.seed, f"source/{row.source}", "arrival", n)
        self.at(since + self.ticks(quantity, u), self.ARRIVAL, (row, n))

    def ticks(self, hours: Quantity, u: float) -> int:
        """Hours drawn, or their mean."""
        return near(hours.mean * self.times.hour if self.means else draw(hours, self.times.hour, u))

    def on_earliest(self, what: Any) -> None:
        """A step may join its queue now."""
        task, lap = what
        if task.lap and task.laps == lap and task.entry is None and task.run is None:
            self.ways.enqueue(task, task.kind, fresh=True)

    def on_sail(self, kind: Kind) -> None:
        """A ship or a transfer leaves with as many units as it has room for, if enough of them wait."""
        queue, round_of = self.queues.of(kind, None), kind.transfer
        room = round_of.amount if round_of else int(kind.row.capacity_units.value + 1e-9)
        if len(queue.entries) > (round_of.above if round_of else 0):
            for _ in range(room):
                first = self.startable(queue, queue.in_order(self.now)[:1])
                if not first:
                    break
                self.begin(first)
        self.at(self.now + self.every(kind), self.SAIL, kind)

    def every(self, kind: Kind) -> int:
        """Ticks between ships or transfers."""
        if kind.transfer is not None:
            return max(1, self.times.ticks(kind.transfer.every_hours))
        return max(1, round(kind.row.interval_days.value * self.times.day))

    def on_timer(self, entry: Entry) -> None:
        """A step has waited long enough for others to go with it."""
        entry.ripe = True

    def on_impatience(self, entry: Entry) -> None:
        """A step has waited too long: its unit is lost."""
        assert isinstance(entry.what, Task)
        if entry.what.entry is entry:
            self.ways.scrap(entry.what.unit, lost=True)

    def on_period(self, row: Resource) -> None:
        """A period of a resource begins."""
        self.buckets.share_out(row)

    def dispatch(self) -> None:
        """Of the first in each queue one that can start does, until none can."""
        while ready := self.ready():
            offers = Offers(self)
            asked = offers.asked(ready) if self.crews_last else None
            if asked is not None:
                self.choose(offers, *asked)
            else:
                first = offers.first(ready) if self.crews_last else smallest_key(ready, self.now)
                self.begin(self.ways.preferred(first, [entries for _, entries in ready]))
            while self.crews_last and self.due() and self.events[0][1] < self.LATE:
                self.handle()

    def ready(self) -> list[tuple[Queue, Sequence[Entry]]]:
        """Queues with those of their entries that can start together now."""
        queues = [queue for queue in self.queues.all if queue.entries and not queue.kinds[0].sails]
        found = [(queue, self.first(queue, self.in_turn(queue))) for queue in queues]
        return [(queue, entries) for queue, entries in found if entries]

    def choose(self, offers: Offers, crew: Resource, asked: list[Queue]) -> None:
        """The people of a crew choose from what the queues offer, one after the other."""
        while ready := self.ready():
            mine = [pair for pair in ready if pair[0] in asked]
            if not mine:
                return
            queue, entries = offers.choice(mine, crew, self.floor)
            asked = [one for one, _ in mine if one is not queue]
            self.begin(self.ways.preferred(entries, [others for _, others in ready]))

    def in_turn(self, queue: Queue) -> list[Entry]:
        """Entries of a queue in order, without units that a machine keeps; none if such a one lets nobody overtake."""
        entries = queue.in_order(self.now)
        if queue.strict:
            return [] if self.ways.kept_in(entries[0]) else entries
        return [entry for entry in entries if not self.ways.kept_in(entry)]

    def first(self, queue: Queue, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Entries of a queue that can start together now: the first, or where parents matter the first that can."""
        picks = any(entry.kind.picks for entry in entries[:1]) and not queue.strict
        turns = range(len(entries)) if picks else range(1)
        ready = (self.startable(queue, entries[i:]) or self.preemption.chosen(entries[i:]) for i in turns)
        return next((entries for entries in ready if entries), ())

    def startable(self, queue: Queue | None, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The first entries of a queue that can start together now; none if they cannot."""
        if not entries:
            return ()
        kind, pin, floor = entries[0].kind, entries[0].pin, self.floor
        if not self.opened(kind):
            return ()
        unit = entries[0].what.unit if isinstance(entries[0].what, Task) else None
        if any(floor.lacks(need, unit and need.family(unit)) for need in kind.needs):
            return ()
        if pin is None and unit is not None and any(need.same for need in kind.needs):
            pin = floor.bound.get((kind.server, unit.parent))
        if pin is not None and not floor.ready(kind.server, pin):
            return ()
        most = kind.row.batch_max if kind.batch else 1
        least = kind.row.batch_min if kind.batch and queue and not any(entry.ripe for entry in queue.entries) else 1
        enough = [floor.stock[name] // amount for name, amount in kind.materials if amount]
        return entries[: min([most, *enough])] if len(entries) >= least else ()

    def opened(self, kind: Kind) -> bool:
        """Whether the calendar lets work of a kind start."""
        hours = self.calendars.get(kind.calendar)
        if hours is None:
            return True
        late = kind.locked and hours.closing(self.now) - self.now <= self.times.ticks(kind.locked)
        return hours.is_open(self.now) and not late

    def closed_until_now(self, entry: Entry) -> int | None:
        """When the calendar closed that opens now over waiting work; None if none does."""
        hours = self.calendars.get(entry.kind.calendar)
        if hours is None or entry.since == self.now:
            return None
        before = [end for start, end in hours.spans if start < self.now]
        return max([0, *before]) if any(start == self.now for start, _ in hours.spans) else None

    def begin(self, entries: Sequence[Entry]) -> None:
        """Take everything, sit down on a machine, change it over."""
        for entry in entries:
            self.ways.leave_queue(entry)
        self.preemption.make_room(entries)
        kind, first = entries[0].kind, entries[0].what
        if isinstance(first, Repair):
            self.machines.start(first)
            return
        members = [entry.what for entry in entries if isinstance(entry.what, Task)]
        slot = None
        if kind.server:
            seat = next(need for need in kind.needs if need.resource == kind.server)
            closed, pin = self.closed_until_now(entries[0]), entries[0].pin
            slot = self.floor.seat_of(seat, first.unit, closed) if pin is None else pin
            if seat.same:
                self.floor.bound.setdefault((kind.server, first.unit.parent), slot)
        holds = [
            self.floor.take(need, slot if need.resource == kind.server else None, need.family(first.unit))
            for need in kind.needs
            if not need.looks
        ]
        for _ in members:
            for name, amount in kind.materials:
                self.floor.use(name, amount)
                self.supply.reorder(name)
        machine = None if slot is None else (kind.server, slot)
        setup = self.changeover(kind, machine)
        run = self.works.resumed(first) if kind.is_rest else self.works.prepared(kind, members, setup)
        run.machine = machine or run.machine
        run.holds += [hold for hold in holds if not hold.need.until]
        first.holds += [hold for hold in holds if hold.need.until]
        for task in members if not kind.rework and not kind.is_rest else ():
            self.ways.move_on(task)
        for task in members:
            self.ways.has_begun(task.unit)
        self.works.launch(run)

    def changeover(self, kind: Kind, machine: tuple[str, int] | None) -> int:
        """Ticks in which a machine is made ready for a family; a rest needs none."""
        family = "" if kind.rework or not isinstance(kind.row, Operation) else kind.row.setup_family
        if machine is None or not family:
            return 0
        old = self.floor.family.get(machine, "")
        self.floor.family[machine] = family
        rows = [
            row
            for row in self.park.setups
            if (row.resource, row.from_family, row.to_family) == (machine[0], old, family)
        ]
        return round(rows[0].hours.value * self.times.hour) if rows and not kind.is_rest else 0

    def on_pause(self, what: Any) -> None:
        """A calendar closes over work that gives back some needs, or opens for work that stands still."""
        run, version = what
        if version == run.version and run.standing:
            self.works.go_on(run)
        elif version == run.version:
            self.works.pause(run)

    def on_end(self, what: Any) -> None:
        """A repair, a period, a step or a rework is over: it fails, is tried again or passed; or a machine stops."""
        if isinstance(what, Portion):
            self.buckets.end(what)
            return
        if isinstance(what, Repair):
            self.machines.mended(what)
            return
        run, version = what
        if isinstance(run, Clock):
            self.machines.fault(run, version)
            return
        if version != run.version:
            return
        self.works.stop(run)
        self.ways.free(run.holds)
        for task in run.members:
            task.run = None
        for task in run.members:
            if run.kind.rework:
                task.attempt += 1
                self.ways.enqueue(task, run.kind.again)
            elif self.works.fails(task):
                task.failures += 1
                if task.failures == run.kind.row.attempts_most:
                    self.ways.scrap(task.unit)
                else:
                    self.ways.enqueue(task, run.kind.failed)
            else:
                self.ways.passed(task)
