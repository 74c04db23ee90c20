"""Ways of batches on lines: splits into parts, merges of the parts of one batch, buffers for one batch at a time.

A batch is a unit, its parts are made for it: released by the step that splits it, joined by the step that merges them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any

from dream_lines import MERGES, SOURCES, SPLITS, STATIONS, Lines
from dream_model import Inexpressible, exact, flag, listed, mean
from dream_way import Stop, Stream, Way

Family = list[Way]
"""The way of a batch, then those of its parts."""


@dataclass
class Apart:
    """Parts of one batch in the starting stock, with the nodes in which they are."""

    parent: str
    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class Batches(Lines):
    """Builds the ways of batches and of their parts."""

    def stock(self) -> None:
        """Orders of the starting stock: what is in stations and merges first, then the rest, each by name."""
        model = self.model
        found: list[tuple[str, dict[str, Any]] | Apart] = []
        apart: dict[str, Apart] = {}
        for node in sorted(model.nodes, key=lambda node: (model.kind(node) not in (*STATIONS, *MERGES), node)):
            for row in listed(model.nodes[node].get("wip")):
                if row.get("receiver"):
                    raise Inexpressible("starting stock that keeps to one of several stations")
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
            family = self.family(self.group(node)[0], pieces, f"of-{node}")
            self.write(family, component=True)
            self.tables.stream(Stream(node, family[0].product, interval, max(1, ceil(model.end / interval))))

    def standing(self, node: str, row: dict[str, Any], name: str) -> Family:
        """A batch of the starting stock."""
        pieces = self.pieces(row)
        family = self.family(node, pieces, name)
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
        merges: set[str] = set()
        inside: list[Way] = []
        for k, (node, row) in enumerate(apart.rows, 1):
            splits = self.model.kind(node) in SPLITS
            pieces = self.pieces(row)
            way, merge, left = self.part(f"{name}-{k}", self.group(node)[0] if splits else node, pieces)
            first = way.stops[0]
            if first.kind == "station":
                if first.same and len(first.nodes) > 1:
                    raise Inexpressible("starting stock that keeps to one of several stations")
                if row.get("remainingProcessingTime"):
                    first.work = mean(row["remainingProcessingTime"])
                elif row.get("unitsToProcess"):
                    first.work *= exact(row["unitsToProcess"]) / pieces
            if splits:
                top.stops[:] = [Stop((node,), "split")]
                inside.append(way)
            ways.append(way)
            merges.add(merge)
            top.pieces, top.lost = top.pieces + pieces, top.lost + pieces - left
        top.pieces -= 1
        merge = merges.pop()
        if merges or len(ways) != self.count(merge):
            raise Inexpressible("parts of a batch that are not all in the starting stock")
        if inside:
            first = inside[0].stops[0]
            first.forced = first.always
            top.stops[0].frees = [way.product for way in inside]
        whole = self.whole(merge, [way.product for way in ways])
        for way in ways:
            way.joined = whole
        rest = self.family(self.behind(merge), top.pieces - top.lost, name)
        top.stops += [whole, *rest[0].stops]
        top.lost += rest[0].lost
        return [top, *ways, *rest[1:]]

    def count(self, node: str) -> int:
        """Parts into which a batch is split, or that are merged."""
        return int(exact(self.model.nodes[node]["numberOfSubBatches"]))

    def behind(self, node: str) -> str:
        """Node that follows the only way."""
        following = self.group(node)
        if not following:
            raise Inexpressible("a line without an exit")
        return following[0]

    def family(self, node: str, pieces: Fraction, name: str) -> Family:
        """Way of a batch from a node on, and those of the parts into which it is split on it."""
        top, ways = Way(name, [], pieces=pieces), Family()
        while node:
            stops, node, pieces = self.walk((node,), pieces, (*SPLITS, *MERGES))
            if any(stop.single or stop.same for stop in stops):
                raise Inexpressible("whole batches in a buffer for parts")
            top.stops += stops
            if node and self.model.kind(node) in SPLITS:
                split, whole, parts, left = self.split(node, pieces, f"{name}-{node}")
                top.stops += [split, whole]
                top.lost, pieces = top.lost + pieces - left, left
                ways += parts
                node = self.behind(whole.nodes[0])
            elif node:
                if top.stops:
                    raise Inexpressible("whole batches that come to a merge of parts")
                top.stops.append(self.whole(node, []))
                top.stops[-1].work = Fraction(0)
                node = self.behind(node)
        if top.stops[-1].kind != "exit":
            raise Inexpressible("a line without an exit")
        return [top, *ways]

    def split(self, node: str, pieces: Fraction, name: str) -> tuple[Stop, Stop, list[Way], Fraction]:
        """Stops at which a batch is split and merged, the ways of its parts, and the pieces that are left of it."""
        n = self.count(node)
        size = pieces / n if pieces % n == 0 else pieces // n + 1
        sizes = [size] * (n - 1) + [pieces - size * (n - 1)]
        if sizes[-1] <= 0:
            raise Inexpressible("a batch of fewer units than parts")
        ways: dict[Fraction, Way] = {}
        left, merge = Fraction(0), ""
        for size in sizes:
            if size not in ways:
                ways[size], merge, _ = self.part(f"{name}-{len(ways) + 1}", self.behind(node), size)
            left += size - ways[size].lost
        if self.count(merge) != n:
            raise Inexpressible("a merge of other parts than those of one split")
        whole = self.whole(merge, [ways[size].product for size in sizes])
        for way in ways.values():
            way.joined, way.stamps = whole, self.model.kind(node).endswith("StartTime")
            way.stops[0].forced = way.stops[0].always
        split = Stop((node,), "split", work=mean(self.model.nodes[node].get("processingTime")))
        split.frees = [way.product for way in ways.values()]
        if self.model.kind(node).endswith("Blocking"):
            split.looks = self.segment(node)
        return split, whole, list(ways.values()), left

    def part(self, name: str, node: str, pieces: Fraction) -> tuple[Way, str, Fraction]:
        """Way of a part from a node on, where it is merged, and the pieces that come there."""
        stops, merge, left = self.walk((node,), pieces, (*SPLITS, *MERGES))
        if not merge or self.model.kind(merge) in SPLITS:
            raise Inexpressible("parts of a batch that are split again or never merged")
        return Way(name, [*stops, Stop((merge,), "merge")], pieces=pieces, lost=pieces - left), merge, left

    def whole(self, merge: str, parts: list[str]) -> Stop:
        """Stop at which a batch is whole again."""
        row = self.model.nodes[merge]
        if flag(row.get("outputResults")) and self.model.kind(merge).endswith("Blocking"):
            raise Inexpressible("shares of time of a merge that leaves out the shifts of the station before it")
        return Stop((merge,), "whole", work=mean(row.get("processingTime")), joins=parts)

    def segment(self, split: str) -> dict[str, int]:
        """All places up to the next buffer, which must be empty before a batch is split."""
        found: dict[str, int] = {}
        node = self.behind(split)
        while self.model.kind(node) not in ("Queue", "Exit"):
            if self.model.kind(node) in MERGES:
                found[f"{node}-room"] = 1
            elif self.model.kind(node) in STATIONS and len(self.alternatives(node)) == 1:
                found[node] = 1
            else:
                raise Inexpressible("a split that waits for buffers or alternative stations to be empty")
            node = self.behind(node)
        return found
