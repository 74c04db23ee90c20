"""A model of the other simulator, as it stands in its JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from dream_times import Inexpressible, drawn, exact, family, mean, nominal

Node = dict[str, Any]


def flag(value: Any, default: bool = False) -> bool:
    """A yes or no that may be written as a text."""
    return default if value in (None, "") else bool(int(float(value)))


def listed(value: Any) -> list[Any]:
    """A list that may be missing."""
    return list(value) if isinstance(value, list) else []


@dataclass(frozen=True)
class Shift:
    """On-shift times of something that can be off shift.

    `spans` are merged; `finish`: work under way is finished first; no new work in the last `locked` of a span; `early`:
    the spans end before what was written.
    """

    spans: tuple[tuple[Fraction, Fraction], ...]
    finish: bool
    locked: Fraction
    every: Fraction
    early: bool = False

    def until(self, end: Fraction) -> list[tuple[Fraction, Fraction]]:
        """All spans that begin before an end."""
        if not self.every:
            return list(self.spans)
        laps = range(int(end / self.every) + 1)
        return [(a + lap * self.every, b + lap * self.every) for lap in laps for a, b in self.spans]


@dataclass(frozen=True)
class Pause:
    """A failure, a break or maintenance: time to it, its length, and how it is counted; `drawn` where it is random."""

    up: Fraction
    down: Fraction
    finish: bool = False
    clock: str = "constant"
    tie: bool = False
    skipped: Fraction = Fraction(0)
    drawn: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Model:
    """Nodes in the order of the file, edges, and the general part."""

    name: str
    nodes: dict[str, Node]
    edges: list[tuple[str, str, dict[str, Any]]]
    general: dict[str, Any]
    orders: list[Node]

    @classmethod
    def read(cls, path: Path) -> Model:
        """The model in a file."""
        data = json.loads(path.read_text(encoding="utf-8"))
        graph = data["graph"]
        edges = [(row["source"], row["destination"], row.get("data") or {}) for row in graph["edge"].values()]
        orders = listed(((data.get("input") or {}).get("BOM") or {}).get("productionOrders"))
        return cls(path.stem, graph["node"], edges, data["general"], orders)

    def kind(self, node: str) -> str:
        """Class of a node, without its module."""
        return str(self.nodes[node]["_class"]).rsplit(".", 1)[-1]

    def kinds_of(self, nodes: Iterable[str]) -> set[str]:
        """Classes of some nodes; what is no node has none."""
        return {self.kind(node) for node in nodes if node in self.nodes}

    @cached_property
    def kinds(self) -> set[str]:
        """Classes of all nodes."""
        return {self.kind(node) for node in self.nodes}

    def after(self, node: str) -> list[str]:
        """Nodes that follow, by name."""
        return sorted(end for start, end, _ in self.edges if start == node and end in self.nodes)

    def before(self, node: str) -> list[str]:
        """Nodes that come before, by name."""
        return sorted(start for start, end, _ in self.edges if end == node and start in self.nodes)

    def people(self, station: str) -> tuple[str, ...]:
        """People who serve a station, in order of the file; those of a pool without names by their places in it."""
        found: set[str] = set()
        for node in self.before(station):
            if self.kind(node) == "OperatorPool":
                places = int(exact(self.nodes[node].get("capacity", 1)))
                found |= set(self.before(node)) or {f"{node}_{i}" for i in range(places)}
            elif self.kind(node) == "Operator":
                found.add(node)
        return tuple(one for one in self.nodes if one in found) or tuple(sorted(found))

    @property
    def end(self) -> Fraction | None:
        """When the run ends; None: when nothing is left."""
        end = exact(self.general.get("maxSimTime", -1))
        return None if end < 0 else end

    @cached_property
    def random(self) -> bool:
        """Whether any time is random."""
        rows = list(self.nodes.values())
        times = [row.get(name) for row in rows for name in ("processingTime", "interArrivalTime")]
        for row in rows:
            times += [time for what in (row.get("interruptions") or {}).values() for time in (what or {}).values()]
        return any(isinstance(time, dict) and family(time)[0] != "Fixed" for time in times)

    @property
    def replications(self) -> int:
        """How often it is run."""
        return max(1, int(exact(self.general.get("numberOfReplications") or 1)))

    def interruption(self, node: str, name: str) -> Node | None:
        """What interrupts a node; nothing interrupts people who are no nodes, but places in a pool."""
        return ((self.nodes.get(node) or {}).get("interruptions") or {}).get(name) or None

    def shift(self, node: str) -> Shift | None:
        """On-shift times of a node; None: always."""
        row = self.interruption(node, "shift")
        if row is None or not row.get("shiftPattern"):
            return None
        spans: list[tuple[Fraction, Fraction]] = []
        for start, end in sorted((exact(a), exact(b)) for a, b in row["shiftPattern"]):
            if spans and spans[-1][1] >= start:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        every = spans[-1][1] + exact(row.get("lastOffShiftDuration", 10)) if flag(row.get("rolling")) else Fraction(0)
        finish, locked = flag(row.get("endUnfinished"), True), exact(row.get("receiveBeforeEndThreshold"))
        early = bool(locked) and not flag(row.get("thresholdTimeIsOnShift"), True)
        if early:
            if every:
                raise Inexpressible("shifts that come again, and end before their last hours")
            spans, locked = [(start, end - locked) for start, end in spans if start < end - locked], Fraction(0)
        return Shift(tuple(spans), finish, locked, every, early)

    def failure(self, node: str) -> Pause | None:
        """Failures of a node."""
        row = self.interruption(node, "failure")
        if row is None or not row.get("TTF"):
            return None
        clock = row.get("deteriorationType") or "constant"
        texts = drawn(row["TTF"]), drawn(row.get("TTR"))
        up, down = nominal(row["TTF"]), nominal(row.get("TTR"))
        return Pause(up, down, clock=clock, tie=flag(row.get("waitOnTie")), drawn=texts)

    def maintenance(self, node: str) -> Pause | None:
        """Periodic maintenance of a node: due so long after the last one, when the work under way is done."""
        row = self.interruption(node, "periodicMaintenance")
        if row is None or not row.get("TTF"):
            return None
        texts = drawn(row["TTF"]), drawn(row.get("TTR"))
        return Pause(nominal(row["TTF"]), nominal(row.get("TTR")), finish=True, drawn=texts)

    def rest(self, node: str) -> Pause | None:
        """Breaks of a node."""
        row = self.interruption(node, "break")
        if row is None or not row.get("TTB"):
            return None
        skipped = exact(row.get("offShiftAnticipation"))
        return Pause(mean(row["TTB"]), mean(row.get("TTR")), flag(row.get("endUnfinished"), True), skipped=skipped)

    def planned_breaks(self, node: str) -> tuple[tuple[tuple[Fraction, Fraction], ...], bool]:
        """Breaks at given times, and whether work is finished first."""
        row = self.interruption(node, "scheduledBreak") or {}
        spans = tuple((exact(a), exact(b)) for a, b in row.get("breakPattern") or [])
        return spans, flag(row.get("endUnfinished"), True)
