"""From a model of the other simulator to a park folder: every unit is an order or comes from a source and has its way.

One unit of the model's time is one hour of the park, whatever the model calls it. A way is a list of stops; a stop
becomes the operations of a routing (`tables.Tables`), and the plan (`Plan`) tells `measure` what stands for what.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, lcm
from pathlib import Path
from typing import Any

from dream_model import Inexpressible, Model, Pause, Shift, exact

EPOCH = date(2026, 10, 5)
HOUR_US = 3_600_000_000
WEEK = 168
WEEKS_MOST = 1040
FOREVER = Fraction(10**6)
ZERO = Fraction(0)

Span = tuple[Fraction, Fraction]


@dataclass
class Stop:
    """A place on the way of a unit.

    `nodes` are alternatives. A ``buffer`` has room for `room` units (None: any number), a ``station`` works, an
    ``exit`` ends the way, and at a ``gate`` the unit passes in no time. `load`, `setup` and `work` are times;
    `attended` are those phases that need one of `crew`, if possible
    the one it `prefers`. `enter`, `first` and `last` are filled in by the tables: the
    operation with which the unit enters ("" where it does so with the end of the stop before; `entered_at_end` if it
    does so at the end of it), the first one that needs the crew, and the last one.
    """

    nodes: tuple[str, ...]
    kind: str
    room: int | None = None
    load: Fraction = Fraction(0)
    setup: Fraction = Fraction(0)
    work: Fraction = Fraction(0)
    attended: frozenset[str] = frozenset()
    crew: tuple[str, ...] = ()
    prefers: str = ""
    dummy: bool = False
    joins: list[str] = field(default_factory=list)
    frees: list[str] = field(default_factory=list)
    uses: dict[str, int] = field(default_factory=dict)
    makes: dict[str, int] = field(default_factory=dict)
    enter: str = ""
    owner: str = ""
    entered_at_end: bool = False
    loading: str = ""
    working: tuple[str, ...] = ()
    attended_ops: tuple[str, ...] = ()
    last: str = ""

    @property
    def name(self) -> str:
        """Its resource."""
        return "-or-".join(self.nodes)

    @property
    def always(self) -> bool:
        """Whether a unit can always come here."""
        return self.kind in ("exit", "gate") or (self.kind == "buffer" and self.room is None)


@dataclass
class Way:
    """A product: the stops of its units.

    `joined` is the stop of another way where its unit is taken in; `shown`: as a stop of its own, too.
    """

    product: str
    stops: list[Stop]
    joined: Stop | None = None
    shown: bool = False
    due: Fraction = Fraction(0)
    priority: Fraction = Fraction(0)
    pieces: Fraction = Fraction(1)


@dataclass
class Stream:
    """A source: its product, interval and number of arrivals."""

    node: str
    product: str
    interval: Fraction
    most: int


@dataclass
class Machine:
    """A station: machine `number` of `resource`, and what interrupts it."""

    node: str
    resource: str
    number: int
    shift: Shift | None
    failure: Pause | None
    rest: Pause | None
    repairman: str
    delivers: bool


@dataclass
class Plan:
    """What stands for what in a translated model."""

    model: Model
    ways: dict[str, Way]
    streams: dict[str, Stream]
    machines: dict[str, Machine]
    crews: dict[str, tuple[str, ...]]
    repairmen: dict[str, int]
    closed: dict[str, tuple[list[Span], bool]]
    per_unit: int = 1


def cell(value: Fraction) -> str:
    """Text of a number."""
    text = f"{float(value):.15g}"
    if Fraction(text) != value and abs(Fraction(text) - value) > Fraction(1, 10**12):
        raise Inexpressible(f"{value} is no decimal number")
    return text


def intersection(left: Iterable[Span], right: Iterable[Span]) -> list[Span]:
    """Spans that lie in both."""
    right = list(right)
    found = [(max(a, c), min(b, d)) for a, b in left for c, d in right]
    return sorted((a, b) for a, b in found if a < b)


class Tables:
    """Rows of a park that grow with the ways of its units."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.plan = Plan(model, {}, {}, {}, {}, {}, {})
        self.calendars: dict[tuple[Any, ...], str] = {}
        self.resources: dict[str, dict[str, Any]] = {}
        self.grain = 2 * self._denominator()
        self.add("entities", entity="maker", kind="integrator")

    def _denominator(self) -> int:
        """Ticks in a unit of time that make all numbers of the model whole."""
        found = 1
        stack: list[Any] = [self.model.nodes, self.model.orders, self.model.general.get("maxSimTime")]
        while stack:
            what = stack.pop()
            if isinstance(what, dict):
                stack += [value for key, value in what.items() if key not in ("top", "left", "name", "id")]
            elif isinstance(what, list):
                stack += what
            elif isinstance(what, (int, float, str)) and not isinstance(what, bool):
                try:
                    found = lcm(found, exact(what).denominator)
                except ValueError:
                    continue
        if HOUR_US % (2 * found):
            raise Inexpressible("times that are no multiples of a tick")
        return found

    def add(self, table: str, **row: Any) -> None:
        """A row of a table."""
        self.rows.setdefault(table, []).append(row)

    # ------------------------------------------------------------------------------------------------- resources

    def resource(self, name: str, kind: str, amount: int, rule: str = "") -> str:
        """A resource, once; a blank rule is that of whoever names one."""
        if name not in self.resources:
            self.resources[name] = {"resource": name, "kind": kind, "dispatch": rule}
            self.add("capacity", resource=name, amount=amount)
        row = self.resources[name]
        if rule and row["dispatch"] not in ("", rule):
            raise Inexpressible("two rules in one queue")
        row["dispatch"] = row["dispatch"] or rule
        return name

    def station(self, nodes: tuple[str, ...], rule: str = "") -> str:
        """Servers for a station, or for several that are alternatives of each other."""
        model, name = self.model, "-or-".join(nodes)
        known = {resource for node in nodes if node in self.plan.machines
                 for resource in [self.plan.machines[node].resource]}  # fmt: skip
        if known - {name}:
            raise Inexpressible("stations that are alternatives for some units only")
        self.resource(name, "servers", len(nodes), rule)
        if known:
            return name
        for number, node in enumerate(nodes, 1):
            men = [other for other in model.before(node) if model.kind(other) == "Repairman"]
            machine = Machine(
                node, name, number, model.shift(node), model.failure(node), model.rest(node),
                men[0] if men else "", bool(model.nodes[node].get("canDeliverOnInterruption")),
            )  # fmt: skip
            self.plan.machines[node] = machine
        first = self.plan.machines[nodes[0]]
        for node in nodes[1:]:
            other = self.plan.machines[node]
            if (other.shift, other.failure, other.rest) != (first.shift, first.failure, first.rest):
                raise Inexpressible("alternative stations with interruptions of their own")
        self._breakdowns(first)
        return name

    def others(self, kinds: tuple[str, ...]) -> None:
        """Stations, and people who serve them, that no unit comes to."""
        for node in self.model.nodes:
            if self.model.kind(node) in kinds and node not in self.plan.machines:
                self.station((node,))
        known = {one for people in self.plan.crews.values() for one in people}
        for node in self.model.nodes:
            if self.model.kind(node) in ("Operator", "OperatorManagedJob") and node not in known:
                self.plan.crews[node] = (node,)

    def _breakdowns(self, machine: Machine) -> None:
        """Failures and breaks of servers."""
        failure, rest = machine.failure, machine.rest
        if failure is not None:
            if failure.clock not in ("constant", "working"):
                raise Inexpressible(f"failures by the time {failure.clock}")
            crew = {}
            if machine.repairman:
                capacity = int(exact(self.model.nodes[machine.repairman].get("capacity", 1)))
                crew = {"crew": self.resource(machine.repairman, "crew", capacity, "fifo")}
                self.plan.repairmen[machine.repairman] = capacity
            self.add(
                "breakdowns", resource=machine.resource, breakdown="failure", uptime_hours=cell(failure.up),
                repair_hours=cell(failure.down), clock="busy" if failure.clock == "working" else "calendar", **crew,
            )  # fmt: skip
        if rest is not None:
            if rest.finish:
                raise Inexpressible("breaks that wait for the end of the work under way")
            if machine.shift is not None:
                raise Inexpressible("breaks that are counted anew in every shift")
            self.add(
                "breakdowns", resource=machine.resource, breakdown="break", uptime_hours=cell(rest.up),
                repair_hours=cell(rest.down),
            )  # fmt: skip

    def crew(self, people: tuple[str, ...], rule: str = "fifo") -> str:
        """A crew of people of whom any will do."""
        for name, others in self.plan.crews.items():
            if set(others) & set(people) and others != people:
                raise Inexpressible(f"people of {name} who serve other stations than each other")
        name = "-or-".join(people)
        self.plan.crews[name] = people
        return self.resource(name, "crew", len(people), rule)

    # ------------------------------------------------------------------------------------------------- calendars

    def calendar(self, spans: list[Span], every: Fraction = Fraction(0)) -> str:
        """A calendar that is open in some spans."""
        key = (tuple(spans), every)
        if key not in self.calendars:
            name = self.calendars[key] = f"hours-{len(self.calendars) + 1}"
            for i, (start, end) in enumerate(spans, 1):
                self.add(
                    "windows", calendar=name, window=f"w{i}", opens_hours=cell(start), closes_hours=cell(end),
                    every_hours=cell(every),
                )  # fmt: skip
        return self.calendars[key]

    def hours(self, machine: Machine | None, people: tuple[str, ...]) -> tuple[list[Span], list[Span], bool, Fraction]:
        """Spans in which work begins, and in which it goes on, whether it is finished when they end, and the period.

        Empty spans: always.
        """
        begin: list[Span] = []
        during: list[Span] = []
        finish, every = True, ZERO
        shifts = [machine.shift] if machine is not None and machine.shift is not None else []
        if len(people) == 1:
            shifts += self._presence(people[0])
        elif any((self.model.nodes.get(one) or {}).get("interruptions") for one in people):
            raise Inexpressible("hours of single people of a crew")
        if len({shift.finish for shift in shifts}) > 1 or (len(shifts) > 1 and any(shift.every for shift in shifts)):
            raise Inexpressible("a station and its operator with different ways to end a shift")
        for shift in shifts:
            locked = [(a, b - shift.locked) for a, b in shift.spans if b - shift.locked > a]
            begin = intersection(begin, locked) if begin else locked
            during = intersection(during, shift.spans) if during else list(shift.spans)
            finish, every = shift.finish, shift.every
            if not begin:
                raise Inexpressible("a station that never opens")
        return begin, during, finish, every

    def _presence(self, person: str) -> list[Shift]:
        """When a person is there: the shift, or all time but the planned breaks."""
        if person not in self.model.nodes:
            return []
        shift, (breaks, finish) = self.model.shift(person), self.model.planned_breaks(person)
        if self.model.rest(person) is not None:
            raise Inexpressible("breaks of people that are counted from the end of the last one")
        if shift is not None and breaks:
            raise Inexpressible("shifts and planned breaks of one person")
        if breaks:
            marks = [ZERO, *(x for span in sorted(breaks) for x in span), FOREVER]
            spans = tuple((a, b) for a, b in zip(marks[::2], marks[1::2], strict=True) if a < b)
            return [Shift(spans, finish, ZERO, False, ZERO)]
        return [shift] if shift is not None else []

    # ------------------------------------------------------------------------------------------------- ways

    def way(self, way: Way, *, component: bool = False) -> None:
        """Product, routing and needs of a way."""
        self.plan.ways[way.product] = way
        kind = "component" if component else "solution"
        self.add("products", product=way.product, kind=kind, routing=way.product, maker="maker", value_yuan=1_000_000)
        Routing(self, way).write()

    def stream(self, stream: Stream) -> None:
        """A source."""
        self.plan.streams[stream.node] = stream
        self.add(
            "sources", source=stream.node, product=stream.product, interval_hours=cell(stream.interval), first_hours=0,
            most=stream.most,
        )  # fmt: skip

    def book(self, ways: list[Way]) -> None:
        """An order for each way."""
        dues, ranks = sorted({way.due for way in ways}), sorted({way.priority for way in ways})
        for way in ways:
            self.add(
                "orders", order=way.product, product=way.product, quantity_mw=1, ordered=EPOCH,
                due=EPOCH + timedelta(days=1 + dues.index(way.due)), destination="home",
                priority=ranks.index(way.priority),
            )  # fmt: skip
        if ways:
            self.rows["destinations"] = [{"destination": "home", "market": "domestic"}]

    def write(self, folder: Path, end: Fraction) -> Plan:
        """The park folder."""
        folder.mkdir(parents=True, exist_ok=True)
        weeks = ceil(end / WEEK) + 1
        if weeks > WEEKS_MOST:
            raise Inexpressible("more than twenty years of hours")
        tick = HOUR_US // self.grain
        self.rows["resources"] = [row | {"dispatch": row["dispatch"] or "fifo"} for row in self.resources.values()]
        self.plan.per_unit = self.grain
        head = [
            "schema_version = 1",
            'id = "model"',
            f"epoch = {EPOCH}",
            f"horizon_weeks = {weeks}",
            f"tick_us = {tick}",
        ]
        (folder / "park.toml").write_text("\n".join(head) + "\n", encoding="utf-8")
        for name, rows in self.rows.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                out = csv.DictWriter(file, columns, restval="")
                out.writeheader()
                out.writerows(rows)
        return self.plan


@dataclass
class Step:
    """An operation that is being written: what it takes (until which operation), how long, when."""

    name: str
    duration: Fraction = Fraction(0)
    takes: list[tuple[str, str]] = field(default_factory=list)
    calendar: str = ""
    closed: str = "run"
    uses: dict[str, int] = field(default_factory=dict)
    makes: dict[str, int] = field(default_factory=dict)


class Routing:
    """Writes the operations of a way."""

    def __init__(self, tables: Tables, way: Way) -> None:
        self.tables, self.way = tables, way
        self.steps: list[list[Step]] = [[] for _ in way.stops]
        self.split = [False] * len(way.stops)

    def machine(self, stop: Stop) -> Machine | None:
        """First machine of a station."""
        return self.tables.plan.machines.get(stop.nodes[0])

    def write(self) -> None:
        """All operations with their needs."""
        stops = self.way.stops
        for i, stop in enumerate(stops):
            if stop.kind == "station":
                self.split[i] = self._own_split(stop) or (i > 0 and self._entered_apart(i))
        for i in reversed(range(len(stops))):
            self.steps[i] = self._of(i)
        if not any(self.steps):
            stops[0].enter = f"{stops[0].name}-pass"
            self.steps[0] = [Step(stops[0].enter)]
        before = ""
        joins = {id(stop): stop for stop in stops if stop.joins}
        for stop, steps in zip(stops, self.steps, strict=True):
            for step in steps:
                self._row(step, before)
                before = step.name
            stop.last = steps[-1].name if steps else ""
        for stop in joins.values():
            self._parts(stop)

    def _parts(self, stop: Stop) -> None:
        """Parts that join at a stop, and the stop that frees them."""
        index = next(i for i, one in enumerate(self.way.stops) if one is stop)
        operation = self.steps[index][0].name
        freeing = [i for i, one in enumerate(self.way.stops) if one.frees]
        free = next((self.steps[j][-1].name for i in freeing[:1] for j in range(i, -1, -1) if self.steps[j]), "")
        for part in stop.joins:
            freed = {"released_by": free} if free and any(part in one.frees for one in self.way.stops) else {}
            self.tables.add(
                "bom", parent=self.way.product, item=part, quantity=1, rounding="up", operation=operation, **freed
            )

    def _row(self, step: Step, before: str) -> None:
        routing = self.way.product
        self.tables.add(
            "operations", routing=routing, operation=step.name, stage="manufacture", after=before,
            duration=cell(step.duration), duration_unit="hour", calendar=step.calendar,
            when_closed=step.closed if step.calendar else "",
        )  # fmt: skip
        for resource, until in step.takes:
            self.tables.add("needs", routing=routing, operation=step.name, resource=resource, until=until)
        for material, amount in step.uses.items():
            self.tables.add(
                "bom", parent=routing, item=material, quantity=amount, rounding="exact", operation=step.name
            )
        for material, amount in step.makes.items():
            self.tables.add("outputs", routing=routing, operation=step.name, material=material, quantity=amount)

    def _own_split(self, stop: Stop) -> bool:
        """Whether a station is entered by an operation of its own that takes no time."""
        begin, during, finish, _ = self.tables.hours(self.machine(stop), stop.crew if stop.attended else ())
        late = bool(stop.attended) and "Load" not in stop.attended
        return late or (begin != during and not finish)

    def _entered_apart(self, i: int) -> bool:
        """Whether what comes before keeps its unit until a calendar opens, or in several operations."""
        before = self.way.stops[i - 1]
        return before.kind == "station" and (self.split[i - 1] or self._leaves(before) is not None)

    def _leaves(self, stop: Stop) -> list[Span] | None:
        """When a unit may leave a station, its last instant included; None: always."""
        machine = self.machine(stop) if stop.kind == "station" else None
        if machine is None or machine.shift is None or machine.delivers or machine.shift.finish:
            return None
        return [(a, b + Fraction(1, self.tables.grain)) for a, b in machine.shift.spans]

    def _of(self, i: int) -> list[Step]:
        stop, name = self.way.stops[i], f"{i + 1:02d}-{self.way.stops[i].name}"
        if stop.always:
            if stop.makes or stop.joins:
                stop.enter = f"{name}-pass"
                return [Step(stop.enter, makes=stop.makes)]
            return []
        leaves = self._leaves(self.way.stops[i - 1]) if i else None
        if stop.kind == "buffer":
            resource = self.tables.resource(stop.name, "space", stop.room or 0, "fifo")
            stop.enter = f"{name}-place"
            calendar = self.tables.calendar(leaves) if leaves is not None else ""
            return [Step(stop.enter, takes=[(resource, "next")], calendar=calendar)]
        return self._station(i, stop, name, leaves)

    def _kept(self, i: int) -> str:
        """Until when a station keeps its unit after its last operation; blank: not at all."""
        following = self.way.stops[i + 1] if i + 1 < len(self.way.stops) else None
        if following is None or following.always:
            return ""
        return self.steps[i + 1][0].name

    def _station(self, i: int, stop: Stop, name: str, leaves: list[Span] | None) -> list[Step]:
        tables, machine = self.tables, self.machine(stop)
        assert machine is not None
        people = stop.crew if stop.attended else ()
        begin, during, finish, every = tables.hours(machine, people)
        start = tables.calendar(begin, every) if begin else ""
        goes_on = start if finish else (tables.calendar(during, every) if during else "")
        closed = "run" if finish else "suspend"
        if self.split[i] and machine.failure is not None:
            raise Inexpressible("a machine that breaks down and is taken by an earlier operation than its work")
        crew = "-or-".join(people)
        steps: list[Step] = []
        own = machine.resource
        phases = self._phases(stop)
        if self.split[i] or (leaves is not None):
            late = bool(people) and "Load" not in stop.attended
            entering = tables.hours(machine, ())[0] if late else begin
            both = intersection(entering, leaves) if entering and leaves is not None else (entering or leaves or [])
            steps.append(
                Step(f"{name}-enter", calendar=tables.calendar(both, every if leaves is None else ZERO) if both else "")
            )
            if late and begin != during and not finish:
                steps.append(Step(f"{name}-ask", calendar=start))
        for label, duration, _ in phases:
            steps.append(Step(f"{name}-{label}", duration, calendar=goes_on, closed=closed))
        end, kept = steps[-1].name, self._kept(i)
        if len(steps) == 1:
            steps[0].takes.append((own, "next" if kept else ""))
        else:
            steps[0].takes.append((own, kept or end))
        self._people(stop, steps, [label for label, _, _ in phases], crew)
        stop.enter = steps[0].name
        loads = [step for step, (label, _, _) in zip(steps[-len(phases) :], phases, strict=True) if label == "load"]
        stop.loading = loads[0].name if loads else ""
        stop.entered_at_end = bool(loads)
        stop.working = tuple(step.name for step in steps[-len(phases) :] if step.name != stop.loading)
        steps[0].uses = stop.uses
        steps[-1].makes = stop.makes
        return steps

    def _phases(self, stop: Stop) -> list[tuple[str, Fraction, bool]]:
        """Operations of a station's work: load where it takes time, setup apart where the crew goes after it."""
        attended, load = stop.attended, "Load" in stop.attended
        found: list[tuple[str, Fraction, bool]] = []
        only_load = load and not attended & {"Setup", "Processing"}
        if load and (stop.load or only_load):
            found.append(("load", stop.load, True))
        goes_after_setup = "Setup" in attended and "Processing" not in attended
        if goes_after_setup:
            found += [("setup", stop.setup, True), ("work", stop.work, False)]
        else:
            found.append(("work", stop.setup + stop.work, bool(attended & {"Setup", "Processing"})))
        return found

    def _people(self, stop: Stop, steps: list[Step], labels: list[str], crew: str) -> None:
        """The crew is taken with the first attended operation and kept to the last one."""
        if not crew:
            return
        tail = steps[-len(labels) :]
        attended = [
            step
            for step, label in zip(tail, labels, strict=True)
            if label == "load" or (label == "setup") or (label == "work" and stop.attended & {"Processing"})
        ]
        asked = [step for step in steps if step.name.endswith("-ask")]
        if "Load" in stop.attended and len(steps) > len(tail):
            asked = [steps[0]]
        taken = [*asked, *attended]
        if not taken:
            return
        until = taken[-1].name if len(taken) > 1 else ""
        taken[0].takes.insert(0, (crew, until))
        stop.attended_ops = tuple(step.name for step in taken)
