"""Models whose capacity is shared out at the start of every period: projects are orders, stations steps of theirs.

A unit of the model's time is an hour of the park, one of its work `fine` units, as many as the park can count: what is
shared pro rata comes in thousandths of a unit.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import ceil, lcm
from pathlib import Path
from typing import Any

from dream_model import Inexpressible, Model, exact, flag, listed
from dream_tables import EPOCH, HOUR_US, WEEK, WEEKS_MOST
from dream_way import cell

MOST = 10**11
"""Units of a park in which all amounts of a model are written."""
NEAR = Fraction(1, 1000)
"""What is missing of a project's work by less counts as nothing."""
WINDOW_MOST = 10**7
PLAIN = {"_class", "id", "name", "interruptions", "top", "left", "element_id", "family", "wip", "capacity"}
KNOWN = {
    "CapacityStationController": {"interval", "start", "dueDateThreshold", "prioritizeIfCanFinish"},
    "CapacityStation": {
        "intervalCapacity", "intervalCapacityStart", "intervalCapacityExceptions", "sharedResources",
        "notProcessOutsideThreshold",
    },
    "CapacityStationBuffer": {"requireFullProject", "notRequiredOperations"},
    "CapacityStationExit": {"nextCapacityStationBufferId"},
    "CapacityProject": {
        "capacityRequirementDict", "earliestStartDict", "dueDate", "assemblySpaceRequirement", "orderDate",
    },
    "CapacityEntity": {"requiredCapacity", "capacityProjectId"},
    "Queue": {"schedulingRule", "isDummy"},
}  # fmt: skip
"""Properties of each class that are read, or that change nothing."""


@dataclass
class Step:
    """A station on the way of one project: all the work that it has there, and where that comes from."""

    station: str
    work: Fraction = Fraction(0)
    start: Fraction = Fraction(0)
    feeders: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    shares: dict[str, Fraction] = field(default_factory=dict)


@dataclass
class Periods:
    """What a model of this kind says."""

    model: Model
    projects: dict[str, dict[str, Any]]
    buffer: dict[str, str]
    exit: dict[str, str]
    next: dict[str, str]
    full: dict[str, bool]
    groups: list[list[str]]
    capacities: dict[str, tuple[list[Fraction], int, dict[int, Fraction]]]
    start: Fraction
    interval: Fraction
    threshold: Fraction | None
    finish: bool
    space: Fraction | None
    ways: dict[str, dict[str, Step]] = field(default_factory=dict)
    per_unit: int = 1

    @cached_property
    def fine(self) -> int:
        """Units of the park in a unit of the model's work."""
        amounts = [
            amount for amounts, _, instead in self.capacities.values() for amount in (*amounts, *instead.values())
        ]
        amounts += [step.work for steps in self.ways.values() for step in steps.values()]
        return 10 ** max(0, min(8, len(str(MOST // ceil(max([1, *amounts])))) - 1))

    def written(self, amount: Fraction) -> str:
        """An amount of work in units of the park."""
        return cell(Fraction(round(amount * self.fine * 1000), 1000))

    def capacity(self, station: str, period: int) -> Fraction:
        """What a station's own list says of a period, from 0."""
        amounts, skipped, instead = self.capacities[station]
        return instead.get(period, amounts[(period + skipped) % len(amounts)])

    def need(self, project: str, station: str) -> Fraction:
        """Work of a project at a station."""
        needs = self.projects[project].get("capacityRequirementDict") or {}
        if exact(needs.get(station)) <= 0:
            raise Inexpressible(f"project {project} comes to {station}, where it has no work")
        return exact(needs[station])

    def due(self, project: str) -> Fraction:
        """Due date of a project."""
        return exact(self.projects[project].get("dueDate"))

    def stock(self, station: str) -> dict[str, Fraction]:
        """Work that waits before a station from the start, by project in order of first appearance."""
        found: dict[str, Fraction] = {}
        for row in listed(self.model.nodes[self.buffer[station]].get("wip")):
            found[row["capacityProjectId"]] = found.get(row["capacityProjectId"], Fraction(0)) + exact(
                row["requiredCapacity"]
            )
        return found


def is_periodic(model: Model) -> bool:
    """Whether capacity is shared out by period."""
    return any(kind.startswith("CapacityStation") for kind in model.kinds)


def short(kind: str) -> str:
    """Class without its module."""
    return kind.rsplit(".", 1)[-1]


def read(model: Model) -> Periods:
    """What a model says, with the way of each project."""
    projects = {row["id"]: row for row in model.orders if short(row["_class"]) == "CapacityProject"}
    for node in model.nodes.values():
        rows = [row for row in listed(node.get("wip")) if short(row["_class"]) == "CapacityProject"]
        projects |= {row.get("id") or row["name"]: row for row in rows}
    _check_words(model, projects.values())
    stations = [node for node in model.nodes if model.kind(node) == "CapacityStation"]
    buffer = {station: _only(model.before(station), station) for station in stations}
    exit_ = {station: _only(model.after(station), station) for station in stations}
    station_of = {node: station for station, node in buffer.items()}
    following = {
        station: station_of[model.nodes[exit_[station]]["nextCapacityStationBufferId"]]
        for station in stations
        if model.nodes[exit_[station]].get("nextCapacityStationBufferId")
    }
    controller = next(row for node, row in model.nodes.items() if model.kind(node) == "CapacityStationController")
    threshold = controller.get("dueDateThreshold")
    space = (model.general.get("extraPropertyDict") or {}).get("assemblySpace")
    found = Periods(
        model, projects, buffer, exit_, following,
        {station: flag(model.nodes[buffer[station]].get("requireFullProject")) for station in stations},
        _groups(model, stations, buffer), {},
        exact(controller.get("start")), exact(controller.get("interval") or 1),
        None if threshold in (None, "") or float(threshold) == float("inf") else exact(threshold),
        flag(controller.get("prioritizeIfCanFinish")),
        None if space in (None, "") or float(space) == float("inf") else exact(space),
    )  # fmt: skip
    if not any(found.stock(station) for station in stations):
        raise Inexpressible("no work at all")
    for station in stations:
        found.capacities[station] = _capacities(found, station)
    for project in projects:
        found.ways[project] = _way(found, project)
    _check_space(found)
    _check_ties(found)
    return found


def _check_words(model: Model, projects: Iterable[dict[str, Any]]) -> None:
    """Nothing is said that is not read."""
    rows = [
        *model.nodes.values(),
        *projects,
        *(row for node in model.nodes.values() for row in listed(node.get("wip"))),
    ]
    for row in rows:
        kind = short(row["_class"])
        if kind not in KNOWN:
            raise Inexpressible(f"a {kind} among stations whose capacity is shared out by period")
        more = sorted(set(row) - PLAIN - KNOWN[kind])
        if more:
            raise Inexpressible(f"{more[0]} of a {kind}")
        if any((row.get("interruptions") or {}).values()):
            raise Inexpressible(f"interruptions of a {kind}")


def _only(nodes: list[str], station: str) -> str:
    if len(nodes) != 1:
        raise Inexpressible(f"{station} without exactly one buffer and one exit")
    return nodes[0]


def _groups(model: Model, stations: list[str], buffer: dict[str, str]) -> list[list[str]]:
    """Stations that share the capacity of the first of them, in the order in which it is shared out."""
    shared = {station: model.nodes[station].get("sharedResources") or {} for station in stations}
    of = {node: station for station, node in buffer.items()}
    line = [of[node] for node in model.nodes if node in of]
    priority = {station: exact(row.get("priority")) for station, row in shared.items() if "priority" in row}
    line.sort(key=lambda station: (station not in priority, -priority.get(station, Fraction(0))))
    groups: list[list[str]] = []
    for station in line:
        if any(station in group for group in groups):
            continue
        group = [station, *(shared[station].get("stationIds") or [])]
        if len(set(group)) < len(group) or any(set(group) & set(other) for other in groups):
            raise Inexpressible("a station that shares the capacity of two others")
        groups.append(group)
    return groups


def _capacities(found: Periods, station: str) -> tuple[list[Fraction], int, dict[int, Fraction]]:
    """Amounts that go round, how many of them are left out first, and what single periods have instead."""
    nodes = found.model.nodes
    row = nodes[station]
    others = (row.get("sharedResources") or {}).get("stationIds") or []
    lists = [nodes[one].get("intervalCapacity") for one in (station, *others)]
    amounts = next((listed(one) for one in lists if one), [])
    skipped = int(exact(row.get("intervalCapacityStart")))
    if not amounts or skipped >= len(amounts) or skipped < 0:
        raise Inexpressible(f"{station} without a capacity")
    instead: dict[int, Fraction] = {}
    words = row.get("intervalCapacityExceptions") or {}
    ends = {float(key) - 1.0: value for key, value in words.items()}
    for key in words:
        if str(float(key)) != key:
            raise Inexpressible(f"an exception at {key}")
    for time, value in ends.items():
        periods = (Fraction(time) - found.start) / found.interval
        if periods >= 0 and periods.denominator == 1:
            instead[int(periods) + 1] = exact(value)
    return [exact(one) for one in amounts], skipped, instead


# ----------------------------------------------------------------------------------------------------------- ways


def _way(found: Periods, project: str) -> dict[str, Step]:
    """Stations that a project comes to, each behind those that feed it."""
    ahead = [station for station in found.buffer if project in found.stock(station)]
    steps: dict[str, Step] = {}
    while ahead:
        station = ahead.pop()
        if station not in steps:
            steps[station] = Step(station, start=found.stock(station).get(project, Fraction(0)))
            ahead += [found.next[station]] if station in found.next else []
    for station in steps:
        if station in found.next:
            steps[found.next[station]].feeders.append(station)
    before = {station: _upstream(steps, station) for station in steps}
    if any(station in before[station] for station in steps):
        raise Inexpressible("a project that comes to a station again")
    ordered = dict(sorted(steps.items(), key=lambda item: len(before[item[0]])))
    for step in ordered.values():
        _work(found, project, ordered, step, before)
    return ordered


def _upstream(steps: dict[str, Step], station: str) -> set[str]:
    found: set[str] = set()
    ahead = list(steps[station].feeders)
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += steps[one].feeders
    return found


def _work(found: Periods, project: str, steps: dict[str, Step], step: Step, before: dict[str, set[str]]) -> None:
    """Work of a project at a station, and what it waits for."""
    station, need = step.station, found.need(project, step.station)
    if found.full[station]:
        step.work = need
        spared = set(found.model.nodes[found.buffer[station]].get("notRequiredOperations") or [])
        if spared & before[station]:
            raise Inexpressible("a whole project that does not wait for what comes before")
        behind = {one for one in steps if station in before[one]}
        if any(steps[one].start for one in behind - spared):
            raise Inexpressible("a whole project that waits for work behind it")
        if any(before not in behind | {station} for one in behind - spared for before in steps[one].feeders):
            raise Inexpressible("a whole project that waits for work which others bring behind it")
        step.after = [one for one in steps if one not in {station, *spared, *behind}]
        if any(found.full[one] and one not in before[station] and station not in _spared(found, one)
               for one in step.after):  # fmt: skip
            raise Inexpressible("two stations that wait for each other's whole project")
        return
    whole = [one for one in step.feeders if found.full[one]]
    step.after = list(step.feeders)
    if whole and (len(step.feeders) > 1 or step.start):
        raise Inexpressible("a station to which work comes whole and in parts")
    comes = {one: need * steps[one].work / found.need(project, one) for one in step.feeders}
    step.work = step.start + sum(comes.values())
    if found.finish and abs(step.work - need) >= NEAR:
        raise Inexpressible("projects that finish first though their work is not all here")
    if not whole:
        step.shares = {one: amount / step.work for one, amount in comes.items()}


def _spared(found: Periods, station: str) -> set[str]:
    return set(found.model.nodes[found.buffer[station]].get("notRequiredOperations") or [])


def _check_space(found: Periods) -> None:
    """Space that is asked for is known, fits, and does not depend on another project's."""
    if found.space is None:
        return
    for project, steps in found.ways.items():
        if any(found.full[station] for station in steps):
            if "assemblySpaceRequirement" not in found.projects[project]:
                raise Inexpressible("a project of unknown size")
            if exact(found.projects[project]["assemblySpaceRequirement"]) > found.space:
                raise Inexpressible("a project that never finds space")
    for group in found.groups:
        if len({found.full[station] for station in group}) > 1:
            raise Inexpressible("a capacity for which work with and without space is asked")
        entries = 0
        for steps in found.ways.values():
            here = [station for station in steps if station in group]
            entries += min(1, len(here)) if all(found.full[station] for station in here) else len(here)
        if found.finish and entries > 2 and any(found.full[station] for station in group):
            raise Inexpressible("three or more that go first where they can be finished, if another one has space")


def _check_ties(found: Periods) -> None:
    """Where the order of projects with one due date matters, it is that in which they come."""
    if not found.finish and found.space is None:
        return
    for station in found.buffer:
        here = [project for project, steps in found.ways.items() if station in steps]
        for one, other in combinations(here, 2):
            if found.due(one) != found.due(other):
                continue
            steps = found.ways[one][station], found.ways[other][station]
            feeders = {*steps[0].feeders, *steps[1].feeders}
            if len(feeders) > 1:
                raise Inexpressible("projects of one due date that come from several stations")
            pieces = all(any(not found.full[one] for one in step.feeders) for step in steps)
            if found.full[station] and (pieces or any(step.start and step.after for step in steps)):
                raise Inexpressible("projects of one due date that come in pieces to where they are whole")


def booked(found: Periods) -> list[str]:
    """Projects in the order of the book: those of one due date as they stand before the stations."""
    order = [project for project, steps in found.ways.items() if steps]
    pairs = {
        pair
        for station in found.buffer
        for pair in combinations(found.stock(station), 2)
        if found.due(pair[0]) == found.due(pair[1])
    }
    done: list[str] = []
    while len(done) < len(order):
        free = [one for one in order if one not in done and all(a in done for a, b in pairs if b == one)]
        if not free:
            if found.finish or found.space is not None:
                raise Inexpressible("projects of one due date that stand in two orders")
            return order
        done.append(free[0])
    return done


# ----------------------------------------------------------------------------------------------------------- park


def write(found: Periods, folder: Path) -> None:
    """The park folder."""
    rows: dict[str, list[dict[str, Any]]] = {"entities": [{"entity": "maker", "kind": "integrator"}]}
    add = lambda table, **row: rows.setdefault(table, []).append(row)  # noqa: E731  because it is one call
    add("destinations", destination="home", market="domestic")
    _resources(found, add)
    days = _days(found)
    for project in booked(found):
        add("products", product=project, kind="solution", routing=project, maker="maker", value_yuan=1_000_000)
        due = EPOCH + timedelta(days=days[project])
        add("orders", order=project, product=project, quantity_mw=1, ordered=EPOCH, due=due, destination="home")
        for step in found.ways[project].values():
            _operation(found, project, step, add)
    end = exact(found.model.end) if found.model.end is not None else _longest(found)
    weeks = ceil(end / WEEK) + 1
    if weeks > WEEKS_MOST:
        raise Inexpressible("more than twenty years of hours")
    found.per_unit = _grain(found)
    folder.mkdir(parents=True, exist_ok=True)
    head = ["schema_version = 1", 'id = "model"', f"epoch = {EPOCH}", f"horizon_weeks = {weeks}",
            f"tick_us = {HOUR_US // found.per_unit}"]  # fmt: skip
    (folder / "park.toml").write_text("\n".join(head) + "\n", encoding="utf-8")
    for name, table in rows.items():
        columns = list(dict.fromkeys(column for row in table for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, columns, restval="")
            out.writeheader()
            out.writerows(table)


def _resources(found: Periods, add: Any) -> None:
    """A resource for each group of stations, with what its periods can do, and the space."""
    window = None
    dues = [found.due(project) for project in found.ways]
    if found.threshold is not None and found.threshold < max(dues, default=Fraction(0)) - min(
        dues, default=Fraction(0)
    ):
        window = found.threshold * _scale(found) * 24
        if not 0 <= window <= WINDOW_MOST:
            raise Inexpressible("a window of due dates of that length")
    for group in found.groups:
        owner = group[0]
        beyond = "no" if flag(found.model.nodes[owner].get("notProcessOutsideThreshold")) else "yes"
        add("resources", resource=owner, kind="bucketed", period_hours=cell(found.interval),
            first_hours=cell(found.start), window_hours="" if window is None else cell(window), beyond_window=beyond,
            finish_first="yes" if found.finish else "no")  # fmt: skip
        amounts, skipped, instead = found.capacities[owner]
        for i, amount in enumerate(amounts):
            bucket = (i - skipped) % len(amounts) + 1
            add("buckets", resource=owner, bucket=bucket, amount=found.written(amount), every=len(amounts))
        for period, amount in instead.items():
            add("buckets", resource=owner, bucket=period + 1, amount=found.written(amount), every=0)
    if found.space is not None:
        add("resources", resource="assembly-space", kind="space")
        add("capacity", resource="assembly-space", amount=cell(found.space))


def _operation(found: Periods, project: str, step: Step, add: Any) -> None:
    """A station on a project's way."""
    key = {"routing": project, "operation": step.station}
    group = next(group for group in found.groups if step.station in group)
    add("operations", **key, stage="manufacture", after=";".join(step.after), duration=0)
    add("needs", **key, resource=group[0], amount=found.written(step.work), rank=group.index(step.station))
    space = exact(found.projects[project].get("assemblySpaceRequirement"))
    if found.full[step.station] and found.space is not None and space:
        add("needs", **key, resource="assembly-space", amount=cell(space), rank=0)
    for before, share in step.shares.items():
        add("overlaps", **key, before=before, share=f"{float(share):.15g}")
    earliest = exact((found.projects[project].get("earliestStartDict") or {}).get(step.station))
    if earliest > 0:
        add("not_before", order=project, operation=step.station, hours=cell(earliest))


def _scale(found: Periods) -> int:
    """Days of the park in a unit of due dates."""
    return lcm(*((value or Fraction(0)).denominator for value in (found.threshold, *map(found.due, found.ways))))


def _days(found: Periods) -> dict[str, int]:
    """Due day of each project after the epoch."""
    dues = {project: found.due(project) * _scale(found) for project in found.ways}
    first = min(dues.values(), default=Fraction(0))
    return {project: int(due - first) + 1 for project, due in dues.items()}


def _grain(found: Periods) -> int:
    """Ticks of an hour that make all times whole."""
    times = [found.start, found.interval, found.model.end or Fraction(0)]
    for row in found.projects.values():
        times += [exact(time) for time in (row.get("earliestStartDict") or {}).values()]
    grain = lcm(*(time.denominator for time in times))
    if HOUR_US % grain:
        raise Inexpressible("times that are no multiples of a tick")
    return grain


def _longest(found: Periods) -> Fraction:
    """A time at which all is surely done: as if one step were done after the other."""
    periods = 10
    for group in found.groups:
        amounts, _, instead = found.capacities[group[0]]
        cycle = sum(amounts)
        periods += max(instead, default=0)
        for steps in found.ways.values():
            for step in steps.values():
                if step.station in group:
                    if cycle <= 0:
                        raise Inexpressible("work that is never done")
                    periods += (ceil(step.work / cycle) + 2) * len(amounts)
    waits = [exact(time) for row in found.projects.values() for time in (row.get("earliestStartDict") or {}).values()]
    return found.start + found.interval * periods + sum(waits)
