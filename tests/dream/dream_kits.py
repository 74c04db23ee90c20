"""Ways of frames that take parts of another source in, carry them along and let them go again.

A part puts a token into stock where it would be taken in, and the frame takes tokens; where the frame is taken apart it
puts as many into another stock, and the parts that wait for these go on in the order in which they came.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from dream_lines import SOURCES, Lines
from dream_model import Inexpressible, exact, listed, mean
from dream_way import Stop, Stream, Way

JOINING, PARTING = "Assembly", "Dismantle"
ROOM = 4
"""Parts in a frame."""


class Kits(Lines):
    """Builds the ways of frames and parts."""

    def stock(self) -> None:
        """There is none: nobody knows what would be in it."""
        if any(listed(node.get("wip")) for node in self.model.nodes.values()):
            raise Inexpressible("starting stock where units are assembled")

    def streams(self) -> None:
        """The source of parts, and that of frames."""
        joints = [node for node in self.model.nodes if self.model.kind(node) == JOINING]
        partings = [node for node in self.model.nodes if self.model.kind(node) == PARTING]
        if len(joints) != 1 or len(partings) > 1:
            raise Inexpressible("several assemblies on one line, or parts that come from none")
        joint, parting = joints[0], (partings or [""])[0]
        sources = [node for node in sorted(self.model.nodes) if self.model.kind(node) in SOURCES]
        frames, parts = self.kind_before(joint, "Frame"), self.kind_before(joint, "Part")
        for source in sources:
            if self.model.kind(source) != "Source" or self.model.end is None:
                raise Inexpressible("a source of batches, or without an end, where units are assembled")
        if len(sources) != 2:
            raise Inexpressible("parts or frames of several sources")
        for source in sources:
            carried = parts == source or parts in self.chain(source)
            if carried == (frames == source or frames in self.chain(source)):
                raise Inexpressible("parts and frames of one source")
            stops = self.of_part(source, joint, parting) if carried else self.of_frame(source, joint, parting)
            self.tables.way(Way(f"of-{source}", stops), component=True)
            interval = mean(self.model.nodes[source].get("interArrivalTime"))
            most = max(1, ceil(self.model.end / interval))
            self.tables.stream(Stream(source, f"of-{source}", interval, most))
        for name in (f"{joint}-parts", f"{parting}-parts") if parting else (f"{joint}-parts",):
            self.tables.add("materials", material=name, unit="each", price_yuan=1)

    def kind_before(self, joint: str, entity: str) -> str:
        """The node from which frames or parts come to where they are joined."""
        nodes = [a for a, b, data in self.model.edges if b == joint and data.get("entity") == entity]
        if len(nodes) != 1:
            raise Inexpressible(f"several places from which a {entity} comes to an assembly")
        return nodes[0]

    def chain(self, node: str) -> list[str]:
        """Nodes behind a node, up to where units are joined."""
        found: list[str] = []
        nodes = self.onward(node)
        while nodes and nodes[0] not in found and self.model.kind(nodes[0]) != JOINING:
            found.append(nodes[0])
            nodes = self.onward(nodes[0])
        return found

    def of_frame(self, source: str, joint: str, parting: str) -> list[Stop]:
        """Way of a frame; between where it takes parts and where it lets them go no other can overtake it."""
        stops = self.following(source, Fraction(1))
        names = [stop.name for stop in stops]
        if joint not in names or (parting and parting not in names[names.index(joint) :]):
            raise Inexpressible("frames that do not pass an assembly before they are taken apart")
        along = stops[names.index(joint) : names.index(parting) if parting else None]
        if any(len(stop.nodes) > 1 or stop.forks for stop in along):
            raise Inexpressible("frames that overtake each other with their parts")
        return stops

    def of_part(self, source: str, joint: str, parting: str) -> list[Stop]:
        """Way of a part: where it is taken in, and what follows where it is let go."""
        stops, behind, _ = self.walk(self.onward(source), Fraction(1), (joint,))
        if behind != (joint,) or (stops and not (stops[-1].kind == "buffer" and stops[-1].room is None)):
            raise Inexpressible("parts that wait for an assembly where something else waits for their place")
        if any(len(stop.nodes) > 1 or stop.forks for stop in stops):
            raise Inexpressible("parts that overtake each other before they are assembled")
        taken = Stop((f"{joint}-parts",), "gate", makes={f"{joint}-parts": 1})
        if not parting:
            return [*stops, taken]
        gone = Stop((f"{parting}-parts",), "gate", uses={f"{parting}-parts": 1}, forced=True)
        after = self.stops(self.leads(parting, "Part"), Fraction(1))
        if not after[0].always:
            raise Inexpressible("parts that may not be able to leave where they are taken apart")
        return [*stops, taken, gone, *after]

    def leads(self, parting: str, entity: str) -> tuple[str, ...]:
        """Where frames or parts go from where they are taken apart."""
        return tuple(sorted(b for a, b, data in self.model.edges if a == parting and data.get("entity") == entity))

    def onward(self, node: str) -> tuple[str, ...]:
        """Nodes that follow; of frames where they are taken apart."""
        return self.leads(node, "Frame") if self.model.kind(node) == PARTING else super().onward(node)

    def stop(self, group: tuple[str, ...], pieces: Fraction) -> Stop:
        """A node as a stop; work on a frame begins when all its parts are there."""
        node, row = group[0], self.model.nodes[group[0]]
        kind = self.model.kind(node)
        if kind not in (JOINING, PARTING):
            return super().stop(group, pieces)
        if len(group) > 1 or any((row.get("interruptions") or {}).values()) or self.operators(node):
            raise Inexpressible(f"a {kind} with interruptions, people or alternatives")
        if exact(row.get("capacity", 1)) != 1:
            raise Inexpressible(f"a {kind} for several frames")
        self.tables.station(group)
        stop = Stop(group, "station", work=mean(row.get("processingTime")))
        if kind == JOINING:
            stop.gathers = {f"{node}-parts": ROOM}
        else:
            stop.makes = {f"{node}-parts": ROOM}
        return stop
