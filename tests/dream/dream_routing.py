"""The operations of a way with their needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from dream_model import Inexpressible
from dream_way import Machine, Mover, Stop, Way, cell

if TYPE_CHECKING:
    from dream_tables import Tables

ZERO = Fraction(0)


@dataclass
class Step:
    """An operation that is being written: what it takes (until which operation; `marks`: how), how long, when.

    It does not start in the `locked` time before closing; `drawn` is its time where it is random; `on`: the machine on
    which it is done is one that was kept; `keeps`: its machine keeps the unit while it is down or closed.
    """

    name: str
    duration: Fraction = Fraction(0)
    takes: list[tuple[str, str]] = field(default_factory=list)
    marks: dict[str, dict[str, object]] = field(default_factory=dict)
    calendar: str = ""
    closed: str = "run"
    locked: Fraction = ZERO
    on: str = ""
    keeps: bool = False
    uses: dict[str, int] = field(default_factory=dict)
    makes: dict[str, int] = field(default_factory=dict)
    turn: str = ""
    looks: str = ""
    ways: str = ""
    together: bool = False
    drawn: str = ""


class Routing:
    """Writes the operations of a way."""

    def __init__(self, tables: Tables, way: Way) -> None:
        self.tables, self.way = tables, way
        self.steps: list[list[Step]] = [[] for _ in way.stops]
        self.split = [False] * len(way.stops)
        self.stations = {stop.name for stop in way.stops if stop.kind == "station"}

    def machine(self, stop: Stop) -> Machine | None:
        """First machine of a station."""
        return self.tables.plan.machines.get(stop.nodes[0])

    def write(self) -> None:
        """All operations with their needs."""
        stops = self.way.stops
        for i, stop in enumerate(stops):
            if stop.kind == "station":
                apart = any(stops[j].kind == "station" and self.split[j] for j in self._before(i))
                late = bool(stop.attended) and "Load" not in stop.attended
                self.split[i] = apart or late or bool(stop.gathers)
        for i in reversed(range(len(stops))):
            self.steps[i] = self._of(i)
        if not any(self.steps):
            stops[0].enter = f"{stops[0].name}-pass"
            self.steps[0] = [Step(stops[0].enter)]
        joins = {id(stop): stop for stop in stops if stop.joins}
        self._fork()
        for i, (stop, steps) in enumerate(zip(stops, self.steps, strict=True)):
            if stop.joins and not stop.complete:
                steps[0].turn = "first_part"
            before = self._step_before(i)
            for step in steps:
                self._row(step, before)
                before = step.name
            stop.last = steps[-1].name if steps else ""
            stop.operations = tuple(step.name for step in steps)
        for stop in joins.values():
            self._parts(stop)

    def _place(self, stop: Stop) -> int:
        """Place of a stop among those of the way."""
        return next(i for i, one in enumerate(self.way.stops) if one is stop)

    def _before(self, i: int) -> list[int]:
        """Stops from which a unit comes to a stop."""
        stops = self.way.stops
        return [j for j in range(i) if any(one is stops[i] for one in self.way.following(stops[j]))]

    def _step_before(self, i: int) -> str:
        """Last operation before a stop."""
        while self._before(i):
            i = self._before(i)[0]
            if self.steps[i]:
                return self.steps[i][-1].name
        return ""

    def _step_after(self, i: int) -> str:
        """First operation behind a stop."""
        while self.way.following(self.way.stops[i]):
            i = self._place(self.way.following(self.way.stops[i])[0])
            if self.steps[i]:
                return self.steps[i][0].name
        return ""

    def _fork(self) -> None:
        """Where a unit goes to what is free, and where its ways meet again."""
        forks = [i for i, stop in enumerate(self.way.stops) if stop.forks]
        for i in forks:
            if len(self.steps[i]) > 1:
                raise Inexpressible("several operations on one machine before alternative ways by what is free")
            stop, last = self.way.stops[i], self.steps[i][-1]
            last.ways = self.tables.choice(tuple(fork.nodes[0] for fork in stop.forks))
            last.together = stop.together
            for fork in stop.forks:
                self._branch(last, self.steps[self._place(fork)][0].name, Fraction(1, len(stop.forks)))
        for i, stop in enumerate(self.way.stops):
            if stop.leads and self._step_after(i):
                self._branch(self.steps[i][-1], self._step_after(i), Fraction(1))

    def _branch(self, step: Step, to: str, share: Fraction) -> None:
        self.tables.add("branches", routing=self.way.product, operation=step.name, next=to, share=cell(share))

    def _parts(self, stop: Stop) -> None:
        """Parts that join at a stop, and the stop that frees them."""
        index = next(i for i, one in enumerate(self.way.stops) if one is stop)
        operation = self.steps[index][0].name
        for part in dict.fromkeys(stop.joins):
            freeing = [i for i, one in enumerate(self.way.stops) if part in one.frees]
            free = next((self.steps[j][-1].name for i in freeing[:1] for j in range(i, -1, -1) if self.steps[j]), "")
            self.tables.add(
                "bom", parent=self.way.product, item=part, quantity=stop.joins.count(part), rounding="up",
                operation=operation, released_by=free,
            )  # fmt: skip

    def _row(self, step: Step, before: str) -> None:
        routing = self.way.product
        self.tables.add(
            "operations", routing=routing, operation=step.name, stage="manufacture", after=before,
            duration=step.drawn or cell(step.duration), duration_unit="hour", calendar=step.calendar,
            when_closed=step.closed if step.calendar else "", turn=step.turn, on=step.on,
            last_start_hours=cell(step.locked) if step.calendar else "", ways=step.ways,
            same_way="parent" if step.together else "",
        )  # fmt: skip
        for resource, until in step.takes:
            up = {"leave": "at_once"} if step.keeps and self._leaves(until) and resource in self.stations else {}
            more = step.marks.get(resource, {})
            self.tables.add("needs", routing=routing, operation=step.name, resource=resource, until=until, **up, **more)
        if step.looks:
            self.tables.add("needs", routing=routing, operation=step.name, resource=step.looks, hold="look")
        for material, amount in step.uses.items():
            self.tables.add(
                "bom", parent=routing, item=material, quantity=amount, rounding="exact", operation=step.name
            )
        for material, amount in step.makes.items():
            self.tables.add("outputs", routing=routing, operation=step.name, material=material, quantity=amount)

    def _leaves(self, until: str) -> bool:
        """Whether a need is kept beyond the last operation of its station: the unit leaves for another stop."""
        return until == "next" or (until != "" and any(stop.enter == until for stop in self.way.stops))

    def _of(self, i: int) -> list[Step]:
        stop, name = self.way.stops[i], f"{i + 1:02d}-{self.way.stops[i].name}"
        if stop.always:
            if stop.mover is not None:
                return [self._round(stop, stop.mover, f"{name}-move")]
            if stop.makes or stop.joins or stop.forced:
                stop.enter = f"{name}-pass"
                return [Step(stop.enter, makes=stop.makes, uses=stop.uses)]
            return []
        if stop.kind == "buffer":
            resource = self.tables.resource(stop.name, "space", stop.room or 0, "fifo")
            stop.enter = f"{name}-place"
            step = Step(stop.enter, takes=[(resource, "next")])
            if stop.single:
                self._shares(step, stop.name, "parent", "next")
            return [step]
        if stop.kind == "belt":
            return self._belt(i, stop, name)
        if stop.kind in ("split", "merge", "whole"):
            return [self._of_batch(i, stop, name)]
        steps = self._station(i, stop, name)
        if stop.same:
            steps[0].marks[stop.name] = {"same": "parent"}
        self._look(steps[0], stop.looks)
        return steps

    def _belt(self, i: int, stop: Stop, name: str) -> list[Step]:
        """Operations of a conveyor: onto it, and from place to place."""
        stop.enter = f"{name}-on"
        kept = "next" if self._kept(i) else ""
        places = [self.tables.resource(f"{stop.name}-{n}", "space", 1, "fifo") for n in range((stop.room or 0) + 1)]
        steps = [Step(stop.enter, takes=[(places[0], f"{name}-move-1")])]
        for n, place in enumerate(places[1:], 1):
            steps.append(Step(f"{name}-move-{n}", stop.work, takes=[(place, kept if n == stop.room else "next")]))
        stop.working = tuple(step.name for step in steps[1:])
        return steps

    def _round(self, stop: Stop, mover: Mover, name: str) -> Step:
        """Operation with which units are moved on at intervals."""
        stop.enter = name
        self.tables.add(
            "transfers", routing=self.way.product, operation=name, every_hours=cell(mover.every),
            first_hours=cell(mover.first), amount=mover.amount, above=mover.above,
        )  # fmt: skip
        return Step(name, takes=[(self.tables.resource(stop.name, "space", mover.amount, "fifo"), "")])

    def _of_batch(self, i: int, stop: Stop, name: str) -> Step:
        """Operation in which a batch comes apart, its parts come together, or are a batch again."""
        tables, node = self.tables, stop.name
        stop.enter = f"{name}-{stop.kind}"
        step = Step(stop.enter, stop.work)
        kept = "next" if self._kept(i) else ""
        if stop.kind == "split":
            kind = "servers" if stop.chosen else "space"  # it is left to whom the choice is which was idle longest
            step.takes.append((tables.resource(node, kind, 1, "fifo"), "parts"))
            self._look(step, stop.looks)
        elif stop.kind == "merge":
            self._shares(step, node, "parent", "joined")
            if stop.room:
                step.takes.append((tables.resource(f"{node}-full", "space", stop.room, "fifo"), "joined"))
        else:
            self._shares(step, node, "parts" if stop.joins else "unit", kept)
            step.takes.append((tables.resource(f"{node}-full", "space", 1, "fifo"), kept))
        return step

    def _shares(self, step: Step, node: str, per: str, until: str) -> None:
        """A room that has parts of one batch at a time."""
        room = self.tables.resource(f"{node}-room", "space", 1, "fifo")
        step.takes.append((room, until))
        step.marks[room] = {"per": per}

    def _look(self, step: Step, places: dict[str, int]) -> None:
        """Places that must be empty."""
        for place, amount in places.items():
            step.takes.append((place, ""))
            step.marks[place] = {"hold": "look", "amount": amount}

    def _kept(self, i: int) -> str:
        """Until when a station keeps its unit after its last operation; blank: not at all."""
        following = self.way.following(self.way.stops[i])
        if not following or following[0].always:
            return ""
        return self.steps[self._place(following[0])][0].name

    def _station(self, i: int, stop: Stop, name: str) -> list[Step]:
        tables, machine = self.tables, self.machine(stop)
        assert machine is not None
        people = stop.crew if stop.attended else ()
        during, finish, every, locked = tables.hours(machine, people)
        goes_on = tables.calendar(during, every) if during else ""
        closed = ("finish" if machine.failure else "run") if finish else "suspend"
        crew = "-or-".join(people)
        steps: list[Step] = []
        own = machine.resource
        phases = self._phases(stop)
        if self.split[i]:
            late = bool(people) and "Load" not in stop.attended
            entering, _, lap, shut = tables.hours(machine, () if late else people)
            steps.append(
                Step(f"{name}-enter", calendar=tables.calendar(entering, lap) if entering else "", locked=shut)
            )
        for label, duration, _ in phases:
            steps.append(Step(f"{name}-{label}", duration, calendar=goes_on, closed=closed))
            if label == "work":
                steps[-1].drawn = stop.drawn
        self._lock(stop, steps, locked)
        for step in steps[1:]:
            step.on = own
        steps[0].keeps = not machine.delivers and (machine.failure or machine.rest or machine.shift) is not None
        end, kept = steps[-1].name, self._kept(i)
        if steps[0].keeps and kept and tables.hours(machine, ())[0] != during and not self.split[i]:
            raise Inexpressible("a station that keeps its unit while it is down, and a person with hours of his own")
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
        steps[-1].uses = steps[-1].uses | stop.gathers
        steps[-1].makes = stop.makes
        return steps

    def _ask(self, stop: Stop, step: Step, crew: str, people: tuple[str, ...]) -> None:
        """Somebody of a crew comes for one operation."""
        step.takes.append((crew, ""))
        step.marks[crew] = {"prefer": stop.crew.index(stop.prefers) + 1} if stop.prefers in people else {}
        self._may(stop, step, crew, people)

    def _may(self, stop: Stop, step: Step, crew: str, people: tuple[str, ...]) -> None:
        """Only some of a crew may do an operation, and come by name."""
        self.tables.prefer(crew)
        mark = step.marks.setdefault(crew, {})
        if people != stop.crew:
            mark["who"] = ";".join(str(stop.crew.index(one) + 1) for one in people)
        if stop.prefers and stop.prefers not in people:
            mark["prefer"] = 0

    def _lock(self, stop: Stop, steps: list[Step], locked: Fraction) -> None:
        """Nothing begins shortly before closing: the machine takes no unit, or the crew no work on one."""
        late = bool(stop.attended) and "Load" not in stop.attended
        if not late:
            steps[0].locked = locked
        else:
            steps[1].locked = self.tables.hours(None, stop.crew)[3]

    def _phases(self, stop: Stop) -> list[tuple[str, Fraction, bool]]:
        """Operations of a station's work: load where it takes time, setup apart where the crew goes after it."""
        attended, load = stop.attended, "Load" in stop.attended
        if stop.hands_over:
            return [("setup", stop.setup, True), ("work", stop.work, True)]
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
        asked: list[Step] = []
        if "Load" in stop.attended and len(steps) > len(tail):
            asked = [steps[0]]
        taken = [*asked, *attended]
        rests = [self.tables.model.rest(one) for one in stop.crew if one in self.tables.model.nodes]
        stop.left = any(rest is not None and not rest.finish for rest in rests)
        if stop.left and len(steps) > 1:
            raise Inexpressible("breaks of people in the middle of work that is of several operations")
        if stop.managed and "Load" not in stop.attended:
            steps[0].looks = crew  # nobody is let in while his manager is busy
        if not taken:
            return
        if stop.skills is not None and stop.hands_over:
            self._ask(stop, steps[0], crew, stop.skills.ready)
            self._ask(stop, steps[-1], crew, stop.skills.work)
            stop.attended_ops = (steps[0].name, steps[-1].name)
            return
        until = taken[-1].name if len(taken) > 1 else ""
        taken[0].takes.insert(0 if stop.managed else len(taken[0].takes), (crew, until))
        if stop.prefers and len(stop.crew) > 1:
            self.tables.prefer(crew)
            taken[0].marks[crew] = {"prefer": stop.crew.index(stop.prefers) + 1}
        if stop.skills is not None:
            self._may(stop, taken[0], crew, stop.skills.work if "Processing" in stop.attended else stop.skills.ready)
        stop.attended_ops = tuple(step.name for step in taken)
