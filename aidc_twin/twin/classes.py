"""Classes of equal work: every step of every route whose needs, durations and calendar are the same shares one
queue.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aidc_twin.park.durations import hours_per_unit
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Breakdown, DurationUnit, Leg, Need, Operation, Transfer
from aidc_twin.twin.chance import NOTHING, Parameters, distribution, name_hash
from aidc_twin.twin.hours import admissions
from aidc_twin.twin.kernel.layout import REPAIR, RESUME, REWORK, UNTIL_JOINED, UNTIL_PARTS, WORK
from aidc_twin.twin.routes import Route, Step, needs_of
from aidc_twin.units.clock import Clock
from aidc_twin.units.quantity import Quantity

MATERIAL_SCALE = 1000
"""Materials are counted in thousandths of their unit."""

LEAVES = ("any", "up", "at_once")
KEPT = {"parts": UNTIL_PARTS, "joined": UNTIL_JOINED}
SHARED_BY = ("unit", "parent", "parts")

POWER_SCALE = 1000
"""Cumulative resources and space are counted in thousandths of their unit."""


def counting_scale(kind: str) -> int:
    """Counting units in one unit of a kind of resource: kW, m2 and work come in parts, people, machines and yuan do
    not.
    """
    return POWER_SCALE if kind in ("cumulative", "space", "bucketed") else 1


@dataclass(frozen=True, slots=True)
class Seizure:
    """An amount of a resource (by index) that a class takes.

    `own`: given back at the end of the step itself; `gives`: given back while the calendar is closed; `looks`: it must
    be available, but is not taken. `kept`: for the unit's parts or until it is joined (`layout.UNTIL_PARTS`,
    `UNTIL_JOINED`). `shared` with the parts of the unit's parent (0) or of its own (1), -1: with nobody; `same`: on the
    machine that parts of its parent keep to. `rests`: one of them has a break. `named`: it is a person of a crew,
    `prefer` the one who chooses this work before other work, `who` those who may do it (a bit each, 0: all).
    """

    resource: int
    amount: int
    own: bool
    gives: bool = False
    looks: bool = False
    kept: int = 0
    shared: int = -1
    same: bool = False
    rests: bool = False
    named: bool = False
    prefer: int = 0
    who: int = 0

    @property
    def picks(self) -> bool:
        """Whether it depends on a unit's parent if it can be met."""
        return self.same or self.shared >= 0


@dataclass(frozen=True, slots=True)
class WorkClass:
    """What the kernel must know to run a step.

    `start` is the calendar in which it starts where that is not the one in which it is worked on, `on` the servers that
    its unit kept for it; `leaves`: with it a unit may leave a machine that does not let it go at any time (1), or
    at once only (2); `keeps_way`: it is the first of a way to which all parts of a parent keep.
    `finishes`: it runs on when closed, but does not go on then after a standstill; `called`: machines call for it
    (`first_to_call`), the first of a way.
    `content` is the work that it gets in shares of the periods of resource `bucket`, if that is not -1, in counting
    units; `rank` its turn among steps of one due date.
    `put_back` is the class of the rest of work that more urgent work has stopped, or that its people left for a break.
    """

    operation: str
    work: Parameters
    seizures: tuple[Seizure, ...] = ()
    calendar: int = -1
    runs: bool = False
    fail: float = 0.0
    rework: int = -1
    retry: int = -1
    kind: int = WORK
    fault: float = 0.0
    repair: Parameters = NOTHING
    resoak: int = 0
    sailing: int = -1
    server: int = -1
    family: int = -1
    key: int = 0
    home: int = -1
    resume: int = -1
    pin: int = -1
    batch: tuple[int, int] = (1, 1)
    batch_wait: Parameters | None = None
    patience: Parameters | None = None
    attempts_most: int = 0
    learning: int = -1
    exponents: tuple[float, float] = (0.0, 0.0)
    first_part: bool = False
    priority: int | None = None
    start: int = -1
    on: int = -1
    leaves: int = 0
    put_back: int = -1
    keeps_way: bool = False
    finishes: bool = False
    called: bool = False

    @property
    def pick(self) -> int:
        """Resource of the need that depends on a unit's parent, -1 where there is none."""
        return next((seizure.resource for seizure in self.seizures if seizure.picks), -1)

    @property
    def binds(self) -> bool:
        """Whether parts of one parent keep to one machine of its servers."""
        return any(seizure.same for seizure in self.seizures)

    bucket: int = -1
    content: int = 0
    rank: int = 0

    @property
    def is_rework(self) -> bool:
        """Whether it is the rework of an operation."""
        return self.kind == REWORK

    @property
    def mean(self) -> int:
        """Mean work in ticks."""
        return math.floor(self.work.cells[3] + 0.5)


@dataclass
class ClassTable:
    """Classes found so far, each once.

    `resources` and `calendars` give the indices of names; `families` grows as setup families are met, `learned` (units
    made before) as operations are that are learned. `repairs` are the classes of breakdown rows; `families_of` numbers
    the resources that parts of one unit share or keep to.
    """

    park: Park
    clock: Clock
    resources: dict[str, int]
    calendars: dict[str, int]
    families: dict[str, int] = field(default_factory=dict[str, int])
    rows: list[WorkClass] = field(default_factory=list[WorkClass])
    index: dict[tuple[object, ...], int] = field(default_factory=dict[tuple[object, ...], int])
    sailings: list[Leg | Transfer] = field(default_factory=list[Leg | Transfer])
    learned: list[float] = field(default_factory=list[float])
    repairs: list[int] = field(default_factory=list[int])
    families_of: dict[int, int] = field(default_factory=dict[int, int])

    def __post_init__(self) -> None:
        self.repairs += [self._repair(row) for row in self.park.breakdowns]

    def of(self, route: Route, step: Step) -> int:
        """Index of the class of a step, made if it is new."""
        if isinstance(step.row, Leg):
            return self._leg(step.row)
        seizures = self._seizures(route, step.row)
        key = (route.routing, step.operation, seizures)
        if key not in self.index:
            self.index[key] = self._operation(route, step.row, seizures)
        return self.index[key]

    def family(self, seizure: Seizure) -> int:
        """Number of the family that shares a need, 0 where nobody does."""
        return 2 * self.families_of[seizure.resource] + seizure.shared if seizure.shared >= 0 else 0

    def ticks(self, unit: DurationUnit, calendar: str) -> float:
        """Ticks of a duration unit; a working day is the mean open day of the calendar."""
        return self.clock.ticks_per_hour * hours_per_unit(self.park, unit, calendar)

    def amount(self, resource: str, quantity: Quantity) -> int:
        """Need in the resource's counting unit, rounded up."""
        scale = counting_scale(self.park.resource(resource).kind)
        return math.ceil(quantity.value * scale - 1e-9)

    def _seizures(self, route: Route, op: Operation) -> tuple[Seizure, ...]:
        needs = [
            self._seizure(need, _own(need, route))
            for need in needs_of(self.park, route, op.operation, "operation")
            if self.park.resource(need.resource).kind != "bucketed"
        ]
        for seizure in needs:
            if seizure.picks:
                self.families_of.setdefault(seizure.resource, len(self.families_of))
        return (*needs, *self._materials(route, op))

    def _seizure(self, need: Need, own: bool) -> Seizure:
        return Seizure(
            self.resources[need.resource], self.amount(need.resource, need.amount), own,
            need.when_closed == "give_back", need.hold == "look", 0 if own else KEPT.get(need.until, 0),
            SHARED_BY.index(need.per) - 1, need.same == "parent",
            named=self.park.resource(need.resource).members == "named", prefer=need.prefer,
            who=sum(1 << (one - 1) for one in set(need.who)),
        )  # fmt: skip

    def _materials(self, route: Route, op: Operation) -> list[Seizure]:
        lines = [
            line
            for line in self.park.bom_of(route.product)
            if line.operation == op.operation and self.park.has("materials", line.item)
        ]
        return [
            Seizure(self.resources[line.item], round(line.quantity.value * route.batch * MATERIAL_SCALE), False)
            for line in lines
        ]

    def _add(self, row: WorkClass) -> int:
        """Add a class, and that of the rest of its work where it gives something back when its calendar closes, or
        when it is stopped.
        """
        home = len(self.rows)
        stopped = self._stopped(row) if row.kind in (WORK, REWORK) else ()
        if any(stopped):
            gives = tuple(replace(one, gives=gives) for one, gives in zip(row.seizures, stopped, strict=True))
            self.rows.append(replace(row, home=home, seizures=gives, put_back=home + 1))
            gives = tuple(seizure for seizure in gives if seizure.gives)
            server = row.server if any(seizure.resource == row.server for seizure in gives) else -1
            self.rows.append(
                WorkClass(row.operation, row.work, gives, row.calendar, row.runs, kind=RESUME, server=server,
                          key=row.key, family=row.family, home=home, put_back=home + 1, priority=row.priority,
                          finishes=row.finishes)
            )  # fmt: skip
            return home
        self.rows.append(replace(row, home=home))
        gives = tuple(seizure for seizure in row.seizures if seizure.gives)
        if gives and not row.runs and row.calendar >= 0:
            self.rows[home] = replace(self.rows[home], resume=home + 1)
            server = row.server if any(seizure.resource == row.server for seizure in gives) else -1
            self.rows.append(
                WorkClass(row.operation, row.work, gives, row.calendar, kind=RESUME, server=server, key=row.key,
                          family=row.family, home=home, resume=home + 1, priority=row.priority)
            )  # fmt: skip
        return home

    def _stopped(self, row: WorkClass) -> tuple[bool, ...]:
        """Which of its needs work gives back when urgent work stops it, or its people leave it for a break."""
        rows = self.park.resources
        leaving = {self.resources[fault.resource] for fault in self.park.breakdowns if fault.effect == "keep"}
        leaving -= {i for i, resource in enumerate(rows) if resource.kind != "crew"}
        everything = row.server >= 0 and rows[row.server].preempt != "no"
        return tuple(one.own and not one.looks and (everything or one.resource in leaving) for one in row.seizures)

    def _repair(self, row: Breakdown) -> int:
        crew = ()
        if self.park.resource(row.resource).kind == "crew":
            crew = (Seizure(self.resources[row.resource], 1, True, rests=True),)
        elif row.crew:
            named = self.park.resource(row.crew).members == "named"
            crew = (Seizure(self.resources[row.crew], self.amount(row.crew, row.crew_amount), True, named=named),)
        return self._add(
            WorkClass(row.breakdown, distribution(row.repair_hours, self.clock.ticks_per_hour), crew,
                      self.calendars.get(row.calendar, -1), kind=REPAIR)
        )  # fmt: skip

    def _leg(self, leg: Leg) -> int:
        key = ("", leg.destination, leg.leg)
        if key not in self.index:
            sailing = -1
            if leg.kind == "sailing":
                sailing = len(self.sailings)
                self.sailings.append(leg)
            work = distribution(leg.duration_days, float(self.clock.ticks_per_day))
            ups = 0 if sailing >= 0 else max((LEAVES.index(need.leave) for need in self.park.needs), default=0)
            row = WorkClass(leg.leg, work, runs=True, sailing=sailing, key=name_hash(leg.leg, 32), leaves=ups)
            self.index[key] = self._add(row)
        return self.index[key]

    def _operation(self, route: Route, op: Operation, seizures: tuple[Seizure, ...]) -> int:
        """Add a class with its rework and its next attempt."""
        hour = self.ticks("hour", "")
        fail = op.fail_share.value
        row = WorkClass(
            op.operation, distribution(op.duration, self.ticks(op.duration_unit, op.calendar)), seizures,
            self.calendars.get(op.calendar, -1), op.when_closed != "suspend", fail,
            fault=op.fault_rate_hour.value / hour, repair=distribution(op.repair_hours, hour),
            resoak=round(op.resoak_hours.value * hour), server=self._server(seizures), family=self._family(op),
            key=name_hash(op.operation, 32), batch=(op.batch_min, op.batch_max),
            batch_wait=None if op.batch_wait_hours is None else distribution(op.batch_wait_hours, hour),
            patience=None if op.patience_hours is None else distribution(op.patience_hours, hour),
            attempts_most=op.attempts_most, learning=self._learning(op),
            exponents=(math.log2(op.learning.value), math.log2(op.fail_learning.value)),
            first_part=op.turn == "first_part", priority=op.priority,
            start=self._start(op), on=self.resources[op.on] if op.on else -1, leaves=self._leaves(op),
            keeps_way=self._keeps_way(op, seizures), finishes=op.when_closed == "finish",
            called=any(row.ways == "first_to_call" for row in self._choices(op)),
        )  # fmt: skip
        transfer = self.park.transfer(op.routing, op.operation)
        if transfer is not None:
            row = replace(row, sailing=len(self.sailings), leaves=False)
            self.sailings.append(transfer)
        for need in needs_of(self.park, route, op.operation, "operation"):
            if self.park.resource(need.resource).kind == "bucketed":
                content = self.amount(need.resource, need.amount)
                row = replace(row, bucket=self.resources[need.resource], content=content, rank=need.rank)
        first = self._add(row)
        if fail > 0.0:
            self._attempts(route, op, first)
        return first

    def _attempts(self, route: Route, op: Operation, first: int) -> None:
        """The retry keeps what the first attempt holds on to, so it takes only its own needs again."""
        row = self.rows[first]
        own = tuple(seizure for seizure in row.seizures if seizure.own)
        server = row.server if any(seizure.resource == row.server for seizure in own) else -1
        retry = (
            first
            if own == row.seizures
            else self._add(replace(row, seizures=own, server=server, resume=-1, keeps_way=False))
        )
        needs = [self._seizure(need, True) for need in needs_of(self.park, route, op.operation, "rework")]
        work = distribution(op.rework, self.ticks(op.rework_unit, op.calendar))
        rework = self._add(
            WorkClass(op.operation, work, tuple(needs), row.calendar, row.runs, 0.0, -1, retry, REWORK,
                      server=self._server(needs), key=row.key, priority=row.priority, finishes=row.finishes)
        )  # fmt: skip
        for i in {first, retry}:
            self.rows[i] = replace(self.rows[i], rework=rework, retry=retry)

    def _server(self, seizures: Sequence[Seizure]) -> int:
        """Servers on whose machine the step runs: the first that it takes."""
        servers = {self.resources[row.resource] for row in self.park.resources if row.kind == "servers"}
        taken = (seizure.resource for seizure in seizures if not seizure.looks)
        return next((resource for resource in taken if resource in servers), -1)

    def _start(self, op: Operation) -> int:
        """Calendar in which it starts, if that closes earlier."""
        key = (op.calendar, op.last_start_hours)
        return len(self.calendars) + admissions(self.park).index(key) if op.calendar and op.last_start_hours else -1

    def _leaves(self, op: Operation) -> int:
        """1 if it starts where a unit leaves a machine that it can leave only while that is up, 2 if at once only."""
        ups = [need for need in self.park.needs if need.leave != "any" and need.routing == op.routing]
        names = {row.operation for row in self.park.branches if (row.routing, row.next) == (op.routing, op.operation)}
        names |= set(op.after)
        ups = [need for need in ups if need.until == op.operation or (need.until == "next" and need.operation in names)]
        return max((LEAVES.index(need.leave) for need in ups), default=0)

    def _choices(self, op: Operation) -> list[Operation]:
        """Steps behind which its way is one of several."""
        rows = [row for row in self.park.branches if (row.routing, row.next) == (op.routing, op.operation)]
        return [self.park.operation(row.routing, row.operation) for row in rows]

    def _keeps_way(self, op: Operation, seizures: tuple[Seizure, ...]) -> bool:
        """Whether it is the first of a way to which all parts of a parent keep; its servers tell the way."""
        keeps = any(row.same_way == "parent" for row in self._choices(op))
        if keeps:
            self.families_of.setdefault(self._server(seizures), len(self.families_of))
        return keeps

    def _learning(self, op: Operation) -> int:
        """Index of the count of units that have passed an operation that is learned, else -1."""
        if op.learning.value == 1.0 and op.fail_learning.value == 1.0:
            return -1
        key = ("learning", op.routing, op.operation)
        if key not in self.index:
            self.index[key] = len(self.learned)
            self.learned.append(op.learned_units)
        return self.index[key]

    def _family(self, op: Operation) -> int:
        return self.families.setdefault(op.setup_family, len(self.families)) if op.setup_family else -1


def _own(need: Need, route: Route) -> bool:
    """Whether a need is given back at the end of its own operation: so it is too where the way has no such leg."""
    return need.until == need.operation or need.until not in (*route.position, "end", "next", *KEPT)
