"""The other simulator's figures, from a trace of the twin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dream_asked import Asked, asked
from dream_belts import belt_figures, is_belt, ready_to_come
from dream_compare import joined
from dream_lines import MERGES
from dream_model import flag, mean
from dream_moves import check_ties
from dream_periods import Periods
from dream_posts import allotments
from dream_rows import Row, Span, overlap, passes, without
from dream_upkeep import check_due, check_served, served
from dream_way import Machine, Plan, Stop, Way
from measure_merges import merge
from measure_periods import period_figures

from aidc_twin.park import Park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import TR_END, TR_SERIAL, TR_SETUP, TR_SLOT, TR_START, TR_STEP, TR_WORK
from aidc_twin.twin.run import run_once
from aidc_twin.twin.trace import operations, step_names

Line = tuple[str, str, int, int, int, int]
"""Unit, operation, start and end tick, machine, ticks of work."""
NEVER = Fraction(10**12)


@dataclass
class Visit:
    """A unit at a stop: when it entered and left (None: not yet), at which node, and its work there.

    `root` is the order, or the unit of a source, that it belongs to.
    """

    way: Way
    stop: Stop
    entered: Fraction
    node: str
    left: Fraction | None = None
    finished: Fraction | None = None
    rows: list[Row] = field(default_factory=list)
    load: Row | None = None
    root: str = ""


@dataclass
class History:
    """What happened, in the model's time, up to `end`; `through`: what happens at the end counts."""

    plan: Plan
    visits: list[list[Visit]] = field(default_factory=list)
    came: dict[int, Fraction] = field(default_factory=dict)
    repairs: dict[tuple[str, int, str], list[Span]] = field(default_factory=dict)
    crew_rows: dict[str, list[Asked]] = field(default_factory=dict)
    end: Fraction = Fraction(0)
    through: bool = False


def figures(park: Park, plan: Plan | Periods) -> dict[str, dict[str, Any]]:
    """Results by element, as the other simulator names them; figures have a value for each replication."""
    if isinstance(plan, Periods):
        return period_figures(park, plan)
    seeds = range(1, plan.model.replications + 1)
    runs = [figures_of(park, plan, seed) for seed in (seeds if plan.model.random else seeds[:1])]
    return {name: {key: joined([run[name][key] for run in runs], len(seeds)) for key in row}
            for name, row in runs[0].items()}  # fmt: skip


def figures_of(park: Park, plan: Plan, seed: int) -> dict[str, dict[str, Any]]:
    """Results of one replication."""
    check_served(plan)
    found = history(park, plan, seed)
    for machine in plan.machines.values():
        visits = [visit for visits in found.visits for visit in visits if visit.node == machine.node]
        check_due(machine, visits, found.repairs.get((machine.resource, machine.number, "maintenance"), []))
    for mover in plan.movers:
        check_ties([visit for visits in found.visits for visit in visits if visit.node == mover.giver], mover)
    return Figures(found).all()


def history(park: Park, plan: Plan, seed: int = 1) -> History:
    """Run the park and read its trace."""
    factory = read_factory(park)
    run = run_once(compile_arrays(factory), seed, trace=True)
    names, _, _ = step_names(factory)
    lines: list[Line] = []
    for line in run.trace.tolist():
        step, span = line[TR_STEP], (line[TR_START], line[TR_END], line[TR_SLOT] + 1, line[TR_SETUP] + line[TR_WORK])
        if 0 <= step < factory.steps:
            unit, name = factory.units[factory.step_unit[step]].id, names[factory.step_row[step]]
        elif step < 0:
            at = -1 - step
            route = max(i for i, base in enumerate(factory.step_base[:-1]) if base <= at)
            unit, name = factory.name_of_arrival(route, line[TR_SERIAL])[0], names[at]
        else:
            continue
        lines.append((unit, name, *span))
    repairs = [
        (f"machine/{row['resource']}/{row['machine']}", row["operation"], row["start_tick"], row["end_tick"], 0, 0)
        for row in operations(factory, run).filter(during="repair").iter_rows(named=True)
    ]
    return told(plan, lines, repairs)


def told(plan: Plan, lines: Iterable[Line], repairs: Iterable[Line]) -> History:
    """What happened, from the rows of operations in the order in which they were started, and those of repairs."""
    units: dict[str, dict[str, Row]] = {}
    for index, (unit, name, start, end, machine, work) in enumerate(lines):
        span = Fraction(start, plan.per_unit), Fraction(end, plan.per_unit)
        rows = units.setdefault(unit, {})
        rows[name] = Row(*span, machine, index, rows.get(name), Fraction(work, plan.per_unit))
    found = History(plan)
    for unit, name, start, end, *_ in repairs:
        _, resource, number = unit.split("/")
        span = Fraction(start, plan.per_unit), Fraction(end, plan.per_unit)
        found.repairs.setdefault((resource, int(number), name), []).append(span)
    _close(found, units)
    return found


def _close(found: History, units: dict[str, dict[str, Row]]) -> None:
    """Visits of all units, and the end of the run."""
    plan = found.plan
    end = plan.model.end
    found.through, found.end = end is None, NEVER if end is None else end
    _walks(found, units)
    exits = sorted(v.entered for visits in found.visits for v in visits if v.stop.kind == "exit")
    if end is None:
        found.end = exits[-1] if exits else Fraction(0)
    for node, row in plan.model.nodes.items():
        limit = row.get("cancelCondition") or {}
        if limit.get("reason") == "empty" and len(exits) == len(found.visits):
            found.end, found.through = min(found.end, exits[-1]), True
        if limit.get("reason") == "throughput":
            here = sorted(v.entered for vs in found.visits for v in vs if v.stop.nodes == (node,))
            number = int(limit["number"])
            if len(here) >= number and here[number - 1] < found.end:
                found.end, found.through = here[number - 1], True
    _walks(found, units)


def _walks(found: History, units: dict[str, dict[str, Row]]) -> None:
    """Visits of all units up to the end."""
    found.visits.clear()
    found.crew_rows.clear()
    freed: dict[tuple[str, str], Fraction] = {}
    taken: dict[tuple[str, int], Visit] = {}
    roots: dict[int, str] = {}
    tops: dict[str, list[Visit]] = {}
    stamped: dict[int, dict[int, Fraction]] = {}
    for unit, rows in sorted(units.items(), key=lambda pair: pair[0].count("/") > 1):
        way, start = _way(found.plan, unit)
        root = _root(found.plan, unit)
        begin = freed.get((root, way.product), start)
        found.visits.append(list(_walk(found, way, rows, begin)))
        stream = found.plan.streams.get(unit.split("/")[0])
        if stream is not None and stream.drawn and found.visits[-1]:
            start = found.visits[-1][0].entered
        found.came[id(found.visits[-1])] = start
        roots[id(found.visits[-1])] = root
        tops.setdefault(root, found.visits[-1])
        for visit in found.visits[-1]:
            visit.root = root
            freed |= {(root, product): visit.entered for product in visit.stop.frees}
            taken[root, id(visit.stop)] = visit
    for visits in found.visits:
        into = taken.get((roots[id(visits)], id(visits[0].way.joined))) if visits else None
        if visits and visits[0].way.stamps:
            starts = stamped.setdefault(id(tops[roots[id(visits)]]), {})
            split = id(visits[0].way.joined)
            starts[split] = min(starts.get(split, NEVER), visits[0].entered)
        if into is not None:
            visits[-1].left = into.entered
            if visits[-1].way.shown:
                gate = Stop((into.node,), "gate", owner=visits[-1].stop.owner)
                visits.append(Visit(visits[-1].way, gate, into.entered, into.node, into.entered))
    found.came |= {batch: max(starts.values()) for batch, starts in stamped.items()}


def _root(plan: Plan, unit: str) -> str:
    """The order, or the unit of a source, that a unit belongs to."""
    names = unit.split("/")
    return "/".join(names[:2]) if names[0] in plan.streams else names[0]


def _way(plan: Plan, unit: str) -> tuple[Way, Fraction]:
    """Way of a unit, and when it came."""
    names = unit.split("/")
    if names[0] in plan.streams:
        stream = plan.streams[names[0]]
        return plan.ways[names[2] if names[2:] else stream.product], stream.interval * (int(names[1]) - 1)
    return plan.ways[names[1] if names[1:] else unit], Fraction(0)


def _walk(found: History, way: Way, given: dict[str, Row], start: Fraction) -> Iterable[Visit]:
    """Visits of a unit in order."""
    before: Visit | None = None
    shown = lambda tick: tick <= found.end if found.through else tick < found.end  # noqa: E731
    finished: Fraction | None = start
    for stop, rows in passes(tuple(_taken(way, given)), given):
        row = rows.get(stop.enter) if stop.enter else None
        entered = finished
        if stop.enter:
            entered = None if row is None else (row.end if stop.entered_at_end else row.start)
        if entered is None or not shown(entered):
            return
        if before is not None:
            before.left = entered
        node = stop.nodes[0]
        if stop.kind == "station" and len(stop.nodes) > 1 and row is not None:
            taking = next(rows[name] for name in (stop.enter, stop.loading, *stop.working) if name in rows)
            node = stop.nodes[taking.machine - 1]
        visit = Visit(way, stop, entered, node)
        visit.load = rows.get(stop.loading) if stop.loading else None
        visit.rows = [rows[name] for name in stop.working if name in rows and shown(rows[name].start)]
        if stop.attended_ops and stop.attended_ops[0] in rows:
            _attended(found, stop, rows)
        yield visit
        before = visit
        finished = entered
        if stop.kind in ("station", "belt"):
            done = len(visit.rows) == len(stop.working) and shown(visit.rows[-1].end)
            done = done and not (stop.left and visit.rows[-1].work < stop.setup + stop.work)
            finished = visit.finished = visit.rows[-1].end if done else None
    return


def _taken(way: Way, rows: dict[str, Row]) -> Iterable[Stop]:
    """Stops to which a unit has come, and those still before it."""
    ahead = way.stops[:1]
    while ahead:
        yield ahead[0]
        ahead = way.following(ahead[0])
        ahead = [stop for stop in ahead if stop.enter in rows] or ahead


def _attended(found: History, stop: Stop, rows: dict[str, Row]) -> None:
    """When one of a crew was held for a visit, and its work in that time."""
    found.crew_rows.setdefault("-or-".join(stop.crew), []).extend(asked(stop, rows))


class Figures:
    """Computes ratios, exits and schedules from a history."""

    def __init__(self, history: History) -> None:
        self.h, self.plan, self.model = history, history.plan, history.plan.model
        self.at: dict[str, list[Visit]] = {}
        for visits in history.visits:
            for visit in visits:
                self.at.setdefault(visit.node, []).append(visit)

    def all(self) -> dict[str, dict[str, Any]]:
        """Every element that we have figures of."""
        found: dict[str, dict[str, Any]] = {}
        for node in self.model.nodes:
            kind = self.model.kind(node)
            if kind.startswith("Exit"):
                found[node] = self.exit(node)
            elif kind == "Repairman":
                found[node] = self.repairman(node)
            elif node in self.plan.machines:
                found[node] = self.station(self.plan.machines[node])
            elif is_belt(self.model, node):
                found[node] = belt_figures(self.at.get(node, []), self.h.end, ready_to_come(self.h))
            elif kind in MERGES and flag(self.model.nodes[node].get("outputResults")):
                found[node] = merge(self, node)
        for name in self.plan.crews:
            found |= self.people(name)
        if any(row.get("skills") for row in self.model.nodes.values()):
            found["SkilledRouter01"] = {"solutionList": allotments(self.model, self.h.end)}
        for visits in self.h.visits:
            for owner in dict.fromkeys(visit.stop.owner for visit in visits if visit.stop.owner):
                found[owner] = self.job([visit for visit in visits if visit.stop.owner == owner])
        return found

    # ------------------------------------------------------------------------------------------------- exits

    def exit(self, node: str) -> dict[str, Any]:
        """Throughput, lifespan and takt time."""
        gone = [visits for visits in self.h.visits
                if visits and visits[-1].stop.kind == "exit" and visits[-1].node == node]  # fmt: skip
        rows = [(visits[-1], self.begin(visits)) for visits in gone]
        number = len(rows)
        life = sum((visit.entered - start for visit, start in rows), Fraction(0))
        pieces = sum((visit.way.pieces for visit, _ in rows), Fraction(0))
        pieces -= sum((self.scrap(visits) + visits[-1].way.lost for visits in gone), Fraction(0))
        pieces -= sum((visit.stop.lost for visits in gone for visit in visits), Fraction(0))
        last = max((visit.entered for visit, _ in rows), default=Fraction(0))
        result = {
            "throughput": [number],
            "lifespan": [float(life / number) if number else 0],
            "takt_time": [float(last / number) if number else 0],
        }
        if pieces != number:
            result["unitsThroughput"] = [float(pieces)]
        return result

    def scrap(self, visits: list[Visit]) -> Fraction:
        """Pieces that a unit has lost on its way."""
        nodes = [visit.stop.nodes[0] for visit in visits if visit.stop.kind == "station"]
        return Fraction(sum(int(mean(self.model.nodes[node].get("scrapQuantity"))) for node in nodes))

    def begin(self, visits: list[Visit]) -> Fraction:
        """From when a unit's time in the system counts."""
        stamped = [visit.entered for visit in visits if visit.stop.dummy]
        return stamped[-1] if stamped else self.h.came[id(visits)]

    # ------------------------------------------------------------------------------------------------- stations

    def down(self, machine: Machine, what: str) -> list[Span]:
        """Spans in which a machine is down: from the failure on, if its repair waits for a repairman."""
        rows = self.h.repairs.get((machine.resource, machine.number, what), [])
        pause = {"failure": machine.failure, "maintenance": machine.maintenance}.get(what, machine.rest)
        if pause is None or pause.clock != "constant" or what != "failure" or not machine.repairman:
            return [row for row in rows if row[0] < self.h.end]
        found, upto = [], Fraction(0)
        for _, end in rows:
            found.append((upto + pause.up, end))
            upto = end
        if upto + pause.up < self.h.end:
            found.append((upto + pause.up, NEVER))
        return [span for span in found if span[0] < self.h.end]

    def off(self, machine: Machine) -> list[Span]:
        """Spans in which a station is off shift: from the end of the work that it finishes."""
        if machine.shift is None:
            return []
        marks = [Fraction(0)]
        shift = machine.shift
        for start, end in shift.until(self.h.end):
            marks += [start, end]
        marks.append(NEVER)
        found = [(a, b) for a, b in zip(marks[::2], marks[1::2], strict=True) if a < b]
        if not shift.finish:
            return found
        work = [(row.start, row.end) for v in self.at.get(machine.node, []) for row in v.rows]
        return self.overtime(found, [part for row in work for part in without(row, self.down(machine, "failure"))])

    def overtime(self, off: list[Span], work: list[Span]) -> list[Span]:
        """Off-shift spans, begun at the end of work that is under way when they begin."""
        found = []
        for closing, opening in off:
            begin = max([closing, *(end for start, end in work if start < closing < end)])
            if begin < opening:
                found.append((begin, opening))
        return found

    def station(self, machine: Machine) -> dict[str, Any]:
        """Shares of time."""
        end = self.h.end
        visits = self.at.get(machine.node, [])
        down = self.down(machine, "failure") + self.down(machine, "maintenance")
        rest = self.down(machine, "break")
        off = self.off(machine)
        holes = [*down, *rest, *off]
        setup = work = load = blocked = Fraction(0)
        for visit in visits:
            pauses = self.pauses(visit, holes)
            # work that two things stop in one instant is forgotten since it last went on
            parts = [
                part for row in visit.rows for part in without((row.start, min(row.end, end)), pauses)
                if part[1] == row.end or sum(hole[0] == part[1] for hole in holes) < 2
            ]  # fmt: skip
            total = sum((b - a for a, b in parts), Fraction(0))
            ready = min(total, visit.stop.setup)
            setup, work = setup + ready, work + total - ready
            if visit.load is not None and visit.load.end <= end:
                load += visit.load.end - visit.load.start
            if visit.finished is not None:
                gone = end if visit.left is None else visit.left
                blocked += sum((b - a for a, b in without((visit.finished, gone), holes)), Fraction(0))
        shares = {
            "working": work,
            "setup": setup,
            "loading": load,
            "blockage": blocked,
            "failure": self.failed(machine, down, off),
            "off_shift": overlap((Fraction(0), end), [] if machine.planned else off),
            "break": overlap((Fraction(0), end), [*rest, *off] if machine.planned else rest),
        }
        shares["waiting"] = end - sum(shares.values())
        return {f"{name}_ratio": [float(100 * value / end) if end else 0.0] for name, value in shares.items()}

    def pauses(self, visit: Visit, holes: list[Span]) -> list[Span]:
        """Spans in which work on a unit stands still."""
        found = [*holes, *(gap for row in visit.rows for gap in row.gaps)]
        for one in (
            visit.stop.crew[:1] if visit.stop.attended else ()
        ):  # where there are several, they have the same hours
            shift, (breaks, finish) = self.model.shift(one), self.model.planned_breaks(one)
            if not (shift.finish if shift is not None else finish or not breaks):
                found += self.absent(one, [])
        return found

    def halts(self, machine: Machine) -> list[Span]:
        """Spans in which work at a station stands still."""
        return [*self.down(machine, "failure"), *self.down(machine, "break"), *self.off(machine)]

    def failed(self, machine: Machine, down: list[Span], off: list[Span]) -> Fraction:
        """Down time that counts as failure."""
        end = self.h.end
        if machine.repairman or machine.shift is None:
            return overlap((Fraction(0), end), down)
        spans = machine.shift.until(end)
        total = Fraction(0)
        for a, b in down:
            at = min(b, end)
            on = next((span for span in spans if span[0] <= at < span[1]), None)
            if on is not None:
                total += at - max(a, on[0]) if a < on[0] else at - a
                continue
            ended = max((span[1] for span in spans if span[1] <= at), default=Fraction(0))
            total += ended - a if a < ended else 0
        return total

    # ------------------------------------------------------------------------------------------------- people

    def repairman(self, node: str) -> dict[str, Any]:
        """Shares of a repairman's time."""
        end = self.h.end
        work = Fraction(0)
        for (resource, number, what), rows in self.h.repairs.items():
            for machine in self.plan.machines.values():
                here = (machine.resource, machine.number, machine.repairman) == (resource, number, node)
                if here and what == "failure":
                    work += overlap((Fraction(0), end), rows)
        return self.person(work, Fraction(0), Fraction(0))

    def person(self, work: Fraction, off: Fraction, rest: Fraction) -> dict[str, Any]:
        """Shares of a person's time."""
        end = self.h.end
        shares = {"working": work, "off_shift": off, "on_break": rest, "waiting": end - work - off - rest}
        return {f"{name}_ratio": [float(100 * value / end) if end else 0.0] for name, value in shares.items()}

    def absent(self, one: str, work: list[Span]) -> list[Span]:
        """Spans in which a person is not there."""
        shift, (breaks, finish) = self.model.shift(one), self.model.planned_breaks(one)
        found: list[Span] = []
        if shift is not None:
            marks = [Fraction(0), *(x for span in shift.until(self.h.end) for x in span), NEVER]
            found = [(a, b) for a, b in zip(marks[::2], marks[1::2], strict=True) if a < b]
            finish = shift.finish
        return self.overtime(found or list(breaks), work) if finish else (found or list(breaks))

    def breaks(self, one: str) -> list[Span]:
        """Breaks of a person after so much time."""
        return [row for row in self.h.repairs.get((one, 1, "break"), []) if row[0] < self.h.end]

    def people(self, crew: str) -> dict[str, dict[str, Any]]:
        """Shares of the time of all people of a crew: among those that are free the one who was idle longest goes."""
        end, names = self.h.end, self.plan.crews[crew]
        work: dict[str, list[Span]] = {name: [] for name in names}
        free = dict.fromkeys(names, Fraction(0))
        came: dict[int, str] = {}
        for row in sorted(self.h.crew_rows.get(crew, []), key=lambda row: row.index):
            if row.start >= end and not (self.h.through and row.start == end):
                continue
            idle = [name for name in names if free[name] <= row.start and name in (row.who or names)]
            one = came[row.index] = min(idle, key=lambda name: (free[name], names.index(name)))
            row.check(came)
            free[one] = row.until
            work[one] += row.spans
        found = {}
        stations = [self.plan.machines[node] for node in served(self.plan, crew)]
        down = [span for one in stations[:1] for span in self.halts(one)] if len(stations) == 1 else []
        for name in names:
            away, rests = self.absent(name, work[name]), self.breaks(name)
            done = sum(
                (
                    b - a
                    for span in work[name]
                    for a, b in without((span[0], min(span[1], end)), [*away, *rests, *down])
                ),
                Fraction(0),
            )
            off, rest = overlap((Fraction(0), end), away), overlap((Fraction(0), end), rests)
            shift = self.model.shift(name) is not None
            found[name] = self.person(done, off if shift else Fraction(0), rest if shift else off + rest)
        return found

    # ------------------------------------------------------------------------------------------------- jobs

    def job(self, visits: list[Visit]) -> dict[str, Any]:
        """Schedule and completion of a job."""
        rows = []
        for visit in visits:
            row: dict[str, Any] = {"stationId": visit.node, "entranceTime": float(visit.entered)}
            design = visit.stop.kind == "gate" and visit.stop.frees and len(visits) > 1
            if visit.stop.kind != "exit" and visit.left is not None and not design:
                row["exitTime"] = float(visit.left)
            rows.append(row)
        last = visits[-1].stop.kind
        return {"schedule": rows, "completionTime": rows[-1]["entranceTime"] if last in ("exit", "gate") else ""}
