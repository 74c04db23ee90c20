"""Ways of batches on lines: splits into parts, merges of the parts of one batch, buffers for one batch at a time.

A batch is a unit, its parts are made for it: released by the step that splits it, joined by the step that merges them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Any

from dream_lines import BUFFERS, MERGES, SOURCES, SPLITS, STATIONS, Lines
from dream_model import Inexpressible, Model, exact, listed, mean
from dream_tables import Tables
from dream_way import Stop, Stream, Way

APART = ("apart",)
"""Where a batch waits, out of sight, until its parts have left each by itself."""
Family = list[Way]
"""The way of a batch, then those of its parts."""


@dataclass
class Apart:
    """Parts of one batch in the starting stock, with the nodes in which they are."""

    parent: str
    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class Batches(Lines):
    """Builds the ways of batches and of their parts."""

    beginnings = (*STATIONS, *SPLITS)
    receiver = ""
    """Station to which the parts that are being laid out keep, where they have a choice."""
    apart = False
    """Whether parts of the starting stock are being laid out, which are merged."""

    def __init__(self, model: Model, tables: Tables) -> None:
        """With no batch that is being laid out, and no ways of its parts."""
        super().__init__(model, tables)
        self.name, self.parts = "", Family()

    def stock(self) -> None:
        """Orders of the starting stock: what is in stations and merges first, then the rest, each by name."""
        model = self.model
        found: list[tuple[str, dict[str, Any]] | Apart] = []
        apart: dict[str, Apart] = {}
        for node in sorted(model.nodes, key=lambda node: (model.kind(node) not in (*STATIONS, *MERGES), node)):
            for row in listed(model.nodes[node].get("wip")):
                if row.get("receiver") and not str(row["_class"]).endswith("SubBatch"):
                    raise Inexpressible("starting stock of whole batches that keeps to one of several stations")
                if not str(row["_class"]).endswith("SubBatch"):
                    found.append((node, row))
                    continue
                parent = str(row["parentBatchId"])
                if parent not in apart:
                    apart[parent] = Apart(parent)
                    found.append(apart[parent])
                apart[parent].rows.append((node, row))
        families = [
            self.together(one) if isinstance(one, Apart) else self.standing(*one, f"stock-{i}")
            for i, one in enumerate(found, 1)
        ]
        for family in families:
            self.write(family)
        self.tables.book([family[0] for family in families])

    def write(self, family: Family, *, component: bool = False) -> None:
        """Products and routings of a batch and its parts."""
        self.tables.way(family[0], component=component)
        for way in family[1:]:
            self.tables.way(way, component=True)

    def streams(self) -> None:
        """Sources."""
        model = self.model
        for node in sorted(model.nodes):
            if model.kind(node) not in SOURCES or not model.after(node):
                continue
            if model.end is None:
                raise Inexpressible("a source without an end")
            interval = mean(model.nodes[node].get("interArrivalTime"))
            pieces = exact(model.nodes[node].get("batchNumberOfUnits") or 1)
            family = self.family(self.onward(node), pieces, f"of-{node}")
            self.write(family, component=True)
            most = min([ceil(model.end / interval), *self.limit(family, family[0].stops[0], model.end)])
            self.tables.stream(Stream(node, family[0].product, interval, max(1, most)))

    def limit(self, family: Family, stop: Stop, end: Fraction) -> list[int]:
        """The most batches that can ever leave a source, if the places behind it set a limit: the rest stay outside."""
        if stop.forks:
            ways = [self.limit(family, fork, end) for fork in stop.forks]
            return [(stop.room or 0) + sum(way[0] for way in ways)] if all(ways) and not stop.always else []
        if stop.kind == "buffer" and stop.room is not None:
            return [stop.room + most for one in family[0].following(stop) for most in self.limit(family, one, end)]
        if stop.kind == "station" and stop.work:
            return [len(stop.nodes) * (int(end / stop.work) + 1)]
        first = [way.stops[0] for way in family[1:] if way.product in stop.frees]
        if stop.kind == "split" and all(one.kind == "station" and one.work for one in first):
            slots = sum(len(first[0].nodes) * (int(end / one.work) + 1) for one in first)
            return [slots // self.count(stop.nodes[0]) + 2]
        return []

    def standing(self, node: str, row: dict[str, Any], name: str) -> Family:
        """A batch of the starting stock."""
        pieces = self.pieces(row)
        family = self.family((node,), pieces, name)
        first, rest = family[0].stops[0], row.get("remainingProcessingTime")
        if rest and first.kind in ("station", "split"):
            first.work = mean(rest)
        elif row.get("unitsToProcess") and first.kind == "station":
            first.work *= exact(row["unitsToProcess"]) / pieces
        return family

    def together(self, apart: Apart) -> Family:
        """Parts of the starting stock, and the batch that they become."""
        name = f"batch-{apart.parent}"
        top = Way(name, [])
        ways: Family = []
        merges: list[tuple[str, ...]] = []
        inside: list[Way] = []
        self.receiver, self.apart = self._receiver(apart), True
        for k, (node, row) in enumerate(apart.rows, 1):
            splits = self.model.kind(node) in SPLITS
            pieces = self.pieces(row)
            way, merge, left = self.part(f"{name}-{k}", self.onward(node) if splits else (node,), pieces)
            self._begun(way.stops[0], row, pieces)
            if splits:
                top.stops[:] = [Stop((node,), "split", chosen=self.chosen(node))]
                inside.append(way)
            ways.append(way)
            merges.append(merge)
            top.pieces, top.lost = top.pieces + pieces, top.lost + pieces - left
        self.receiver, self.apart = "", False
        top.pieces -= 1
        if len(set(merges)) > 1 or len(ways) != self.count(merges[0][0]):
            raise Inexpressible("parts of a batch that are not all in the starting stock")
        if inside:
            first = inside[0].stops[0]
            first.forced = first.forced or first.always
            top.stops[0].frees = [way.product for way in inside]
        whole, behind = self.whole(merges[0], [way.product for way in ways])
        rest = self.family(behind, top.pieces - top.lost, name)
        joint = self.joint(whole, rest[0].stops, [way.product for way in ways])
        for way in ways:
            way.joined = joint
        top.stops += [*whole, *rest[0].stops]
        return [top, *ways, *rest[1:]]

    def _receiver(self, apart: Apart) -> str:
        """Station to which all parts of a batch in the starting stock keep, of several; blank: to none yet."""
        found: set[str] = set()
        for node, row in apart.rows:
            if self.model.kind(node) in STATIONS and self._has_rivals(node):
                found.add(node)
            elif self.model.kind(node) not in MERGES:
                found.add(str(row.get("receiver") or ""))
        if len(found) > 1:
            raise Inexpressible("starting stock of which only some keep to one of several stations")
        return found.pop() if found else ""

    def _has_rivals(self, station: str) -> bool:
        """Whether the parts of one batch all keep to a station or to another."""
        queues = [node for node in self.model.before(station) if self.model.kind(node) == "RoutingQueue"]
        return any(len(self.onward(queue)) > 1 for queue in queues)

    def _begun(self, first: Stop, row: dict[str, Any], pieces: Fraction) -> None:
        """Work that has been done on a part of the starting stock."""
        if first.kind != "station":
            return
        if row.get("remainingProcessingTime"):
            first.work = mean(row["remainingProcessingTime"])
        elif row.get("unitsToProcess"):
            first.work *= exact(row["unitsToProcess"]) / pieces

    def count(self, node: str) -> int:
        """Parts into which a batch is split, or that are merged."""
        return int(exact(self.model.nodes[node]["numberOfSubBatches"]))

    def onward(self, node: str) -> tuple[str, ...]:
        """Nodes that follow; only its own where a unit keeps to one of them."""
        nodes = super().onward(node)
        if self.receiver not in nodes:
            return nodes
        if self.equal(nodes):
            raise Inexpressible("starting stock that keeps to one of several equal stations")
        return (self.receiver,)

    @cached_property
    def rivals(self) -> set[str]:
        """Merges of which the parts of a batch go to one or another."""
        found: set[str] = set()
        for node in self.model.nodes:
            if self.model.kind(node) in SPLITS:
                merges = self._merges(node)
                found |= merges if len(merges) > 1 else set()
        return found

    def places(self, merge: str) -> int:
        """Parts that fill the place of a merge; 1 where the whole batch does."""
        return self.count(merge) if merge in self.rivals else 1

    def _merges(self, split: str) -> set[str]:
        """Merges to which the parts of a split may come."""
        found, seen, ahead = set[str](), {split}, [split]
        while ahead:
            for node in super().onward(ahead.pop()):
                if node not in seen:
                    seen.add(node)
                    (found.add if self.model.kind(node) in MERGES else ahead.append)(node)
        return found

    def chosen(self, split: str) -> bool:
        """Whether a batch may go to another node instead of a split."""
        return any(len(super(Batches, self).onward(node)) > 1 for node in self.model.before(split))

    def family(self, nodes: tuple[str, ...], pieces: Fraction, name: str) -> Family:
        """Way of a batch from some nodes on, and those of the parts into which it is split on it."""
        self.name, self.parts = name, []
        begun: list[Stop] = []
        if self.model.kind(nodes[0]) in MERGES:
            if nodes[0] in self.rivals:
                raise Inexpressible("whole batches in the starting stock of merges of which parts go to one or another")
            begun, nodes = [Stop(nodes, "whole")], self.onward(nodes[0])
        stops, _, _ = self.walk(nodes, pieces)
        stops = begun + stops
        if not any(stop.kind == "exit" for stop in stops) and stops[-1].nodes != APART:
            raise Inexpressible("a line without an exit")
        return [Way(name, stops, pieces=pieces), *self.parts]

    def advance(
        self, nodes: tuple[str, ...], pieces: Fraction, *, inside: bool
    ) -> tuple[list[Stop], tuple[str, ...], Fraction]:
        """The next stop of a batch or of a part: a split comes with the stop at which its parts are joined."""
        node = nodes[0]
        kind = self.model.kind(node)
        if kind in SPLITS and inside:
            raise Inexpressible("parts of a batch that are split again")
        if kind in SPLITS:
            return self.split(node, pieces)
        if kind in MERGES and inside:
            return [Stop((node,), "merge", room=self.places(node) if node in self.rivals else None)], (), pieces
        if kind in MERGES:
            raise Inexpressible("whole batches that come to a merge of parts")
        stops, nodes, pieces = super().advance(nodes, pieces, inside=inside)
        if not inside and (stops[0].single or stops[0].same or kind == "RoutingQueue"):
            raise Inexpressible("whole batches in a buffer for parts")
        return stops, nodes, pieces

    def split(self, node: str, pieces: Fraction) -> tuple[list[Stop], tuple[str, ...], Fraction]:
        """Stops at which a batch is split and merged, the nodes behind, and the pieces that are left of it."""
        n, name = self.count(node), f"{self.name}-{node}"
        size = pieces / n if pieces % n == 0 else pieces // n + 1
        sizes = [size] * (n - 1) + [pieces - size * (n - 1)]
        if sizes[-1] <= 0:
            raise Inexpressible("a batch of fewer units than parts")
        ways: dict[Fraction, Way] = {}
        left, merges = Fraction(0), tuple[str, ...]()
        for size in sizes:
            if size not in ways:
                ways[size], merges, _ = self.part(f"{name}-{len(ways) + 1}", self.onward(node), size)
            left += size - ways[size].lost
        if any(self.count(merge) != n for merge in merges):
            raise Inexpressible("a merge of other parts than those of one split")
        parts = [ways[size].product for size in sizes]
        split = Stop((node,), "split", work=mean(self.model.nodes[node].get("processingTime")))
        split.frees = [way.product for way in ways.values()]
        split.chosen = self.chosen(node)
        if self.model.kind(node).endswith("Blocking"):
            split.looks = self.segment(node)
        self.parts += ways.values()
        lost = pieces - left
        whole, behind = self.whole(merges, parts) if merges else ([Stop(APART, "gate", joins=parts)], ())
        more: list[Stop] = []
        if not whole and behind:
            if len(behind) > 1 and not self.equal(behind):
                raise Inexpressible("ways that divide again where they meet")
            more, behind, left = self.advance(behind, left, inside=False)
        joint = self.joint(whole, more, parts)
        joint.lost = lost
        for way in ways.values():
            way.joined, way.stamps = joint, self.model.kind(node).endswith("StartTime")
            way.stops[0].forced = way.stops[0].forced or way.stops[0].always
        return [split, *whole, *more], behind, left

    def part(self, name: str, nodes: tuple[str, ...], pieces: Fraction) -> tuple[Way, tuple[str, ...], Fraction]:
        """Way of a part from some nodes on, where it may be merged, and the pieces that come there."""
        stops, _, left = self.walk(nodes, pieces, inside=True)
        merges = tuple(stop.nodes[0] for stop in stops if stop.kind == "merge")
        exits = [stop for stop in stops if stop.kind == "exit"]
        if (merges and exits) or (not merges and (not exits or self.apart)):
            raise Inexpressible("parts of a batch of which only some are merged")
        if not merges:
            return Way(name, stops, pieces=pieces), (), pieces
        return Way(name, stops, pieces=pieces, lost=pieces - left), merges, left

    def whole(self, merges: tuple[str, ...], parts: list[str]) -> tuple[list[Stop], tuple[str, ...]]:
        """Stop at which a batch is whole again, and the nodes behind; none where its parts keep the place of one of
        several merges until the batch has left it.
        """
        work = {mean(self.model.nodes[merge].get("processingTime")) for merge in merges}
        behind = {self.onward(merge) for merge in merges}
        if len(behind) > 1:
            raise Inexpressible("merges of which the parts go to one or another, and from which ways go on apart")
        if not set(merges) & self.rivals:
            return [Stop(merges, "whole", work=work.pop(), joins=parts)], behind.pop()
        if work != {Fraction(0)}:
            raise Inexpressible("merges of which the parts go to one or another, and that take time")
        return [], behind.pop()

    def joint(self, whole: list[Stop], rest: list[Stop], parts: list[str]) -> Stop:
        """Stop at which the parts of a batch are taken in: where it is whole, else the next one."""
        if whole:
            return whole[0]
        if not rest or rest[0].kind not in ("buffer", "station", "exit") or rest[0].forks:
            raise Inexpressible("ways that divide again where they meet")
        rest[0].joins, rest[0].complete = parts, True
        return rest[0]

    def segment(self, split: str) -> dict[str, int]:
        """All places up to the next buffer, which must be empty before a batch is split."""
        found: dict[str, int] = {}
        nodes = self.onward(split)
        while nodes and self.model.kind(nodes[0]) not in (*BUFFERS, "Exit"):
            if len(nodes) == 1 and self.model.kind(nodes[0]) in MERGES:
                found[f"{nodes[0]}-room"] = 1
            elif len(nodes) == 1 and self.model.kind(nodes[0]) in STATIONS:
                found[nodes[0]] = 1
            else:
                raise Inexpressible("a split that waits for buffers or alternative stations to be empty")
            nodes = self.onward(nodes[0])
        return found
