"""Ways of units on lines: nodes with edges, sources, starting stock."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from dream_model import Inexpressible, Model, exact, flag, listed, mean
from dream_tables import Tables
from dream_way import Stop, Stream, Way

BUFFERS = ("Queue", "LineClearance", "RoutingQueue")
BY_PIECES = ("BatchScrapMachine", "BatchScrapMachineAfterDecompose", "M3")
STATIONS = ("Machine", *BY_PIECES)
SPLITS = ("BatchDecomposition", "BatchDecompositionBlocking", "BatchDecompositionStartTime")
MERGES = ("BatchReassembly", "BatchReassemblyBlocking")
SOURCES = ("Source", "BatchSource")
MISSING = {
    "Assembly": "stream that is assembled of units of several sources",
    "Dismantle": "unit that is taken apart into units that go different ways",
    "Conveyer": "conveyor with positions",
    "NonStarvingEntry": "source that never starves",
}
OPERATED = {"Load", "Setup", "Processing"}


def phases(text: str) -> frozenset[str]:
    """Phases of work that need an operator, as they are listed in a text."""
    return frozenset(part for part in str(text or "").split("-") if part in OPERATED)


def line(model: Model, tables: Tables, builder: type[Lines]) -> None:
    """Ways of all units of a line."""
    for kind in sorted(model.kinds):
        if kind in MISSING:
            raise Inexpressible(MISSING[kind])
    if any(node.get("skills") for node in model.nodes.values()):
        raise Inexpressible("people who are allotted to stations by an optimum at given times")
    if any(str(node.get("method", "")).endswith("moveExcess") for node in model.nodes.values()):
        raise Inexpressible("units that are moved between buffers at intervals")
    reasons = {str((node.get("cancelCondition") or {}).get("reason") or "throughput") for node in model.nodes.values()}
    if reasons != {"throughput"}:
        raise Inexpressible("a run that ends when nothing is left")
    lines = builder(model, tables)
    lines.stock()
    lines.streams()
    tables.others(STATIONS)


class Lines:
    """Builds the ways."""

    def __init__(self, model: Model, tables: Tables) -> None:
        self.model, self.tables = model, tables
        self.rules: dict[str, str] = {}

    def stock(self) -> None:
        """Orders of the starting stock: what is in stations first, then buffers by name."""
        model, made = self.model, []
        nodes = sorted((model.kind(node) not in STATIONS, node) for node in model.nodes)
        for _, node in nodes:
            for row in listed(model.nodes[node].get("wip")):
                if model.kind(node) not in (*STATIONS, "Queue"):
                    raise Inexpressible(f"starting stock in a {model.kind(node)}")
                stops = self.stops(node, self.pieces(row))
                if row.get("remainingProcessingTime") and stops[0].kind == "station":
                    stops[0].work = mean(row["remainingProcessingTime"])
                elif row.get("unitsToProcess") and stops[0].kind == "station":
                    stops[0].work *= exact(row["unitsToProcess"]) / self.pieces(row)
                made.append(Way(f"stock-{len(made) + 1}", stops, pieces=self.pieces(row)))
        for way in made:
            self.tables.way(way)
        self.tables.book(made)

    def pieces(self, row: dict[str, object]) -> Fraction:
        """Units in a batch of the starting stock; 1 for a part."""
        return exact(row.get("numberOfUnits") or 1)

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
            stops = self.following(node, pieces)
            self.tables.way(Way(f"of-{node}", stops, pieces=pieces), component=True)
            self.tables.stream(Stream(node, f"of-{node}", interval, max(1, ceil(model.end / interval))))

    def following(self, node: str, pieces: Fraction) -> list[Stop]:
        """Stops behind a node."""
        group = self.group(node)
        return self.stops(group[0], pieces) if group else []

    def group(self, node: str) -> list[str]:
        """Nodes that follow and are alternatives of each other."""
        model = self.model
        nodes = [one for one in model.after(node) if model.kind(one) not in ("Repairman", "Operator")]
        if len(nodes) > 1:
            facts = {(model.kind(one), tuple(model.after(one)), str(self.comparable(one))) for one in nodes}
            if len(facts) > 1 or model.kind(nodes[0]) not in STATIONS:
                raise Inexpressible("alternative ways by what is free")
        return nodes

    def comparable(self, node: str) -> list[object]:
        """What must be equal in stations that are alternatives."""
        row = self.model.nodes[node]
        names = ("processingTime", "setupTime", "operationType", "interruptions", "scrapQuantity", "loadTime")
        return [row.get(name) or None for name in names] + [self.operators(node)]

    def operators(self, node: str) -> tuple[str, ...]:
        """People who serve a station, in order of the file."""
        model = self.model
        found = {other for other in model.before(node) if model.kind(other) == "Operator"}
        return tuple(one for one in model.nodes if one in found)

    def stops(self, node: str, pieces: Fraction) -> list[Stop]:
        """Stops from a node to the end of the line."""
        found, _, _ = self.walk(node, pieces)
        if not found or found[-1].kind != "exit":
            raise Inexpressible("a line without an exit")
        return found

    def walk(self, node: str, pieces: Fraction, ends: tuple[str, ...] = ()) -> tuple[list[Stop], str, Fraction]:
        """Stops up to a node of a kind that ends the walk, or to an exit; that node, and the pieces that are left."""
        found: list[Stop] = []
        while node and self.model.kind(node) not in ends:
            found.append(self.stop(self.alternatives(node), pieces))
            if found[-1].kind == "station":
                pieces -= int(mean(self.model.nodes[node].get("scrapQuantity")))
            following = self.group(node) if found[-1].kind != "exit" else []
            node = following[0] if following else ""
        return found, node, pieces

    def alternatives(self, node: str) -> tuple[str, ...]:
        """A node with all that a unit may go to instead."""
        found = (node,)
        for other in self.model.before(node):
            if self.model.kind(other) not in ("Repairman", "Operator") and len(self.group(other)) > 1:
                found = tuple(self.group(other))
        return found

    def stop(self, group: tuple[str, ...], pieces: Fraction) -> Stop:
        """A node, or alternative ones, as a stop."""
        node, row = group[0], self.model.nodes[group[0]]
        kind = self.model.kind(node)
        if kind == "Exit":
            return Stop(group, "exit")
        if kind in BUFFERS:
            if (row.get("schedulingRule") or "FIFO") != "FIFO":
                raise Inexpressible("queue rules on lines")
            capacity = exact(row.get("capacity", 1))
            room, single = None if capacity < 0 else int(capacity), kind == "LineClearance"
            if single and room is None:
                raise Inexpressible("a buffer for one batch without an end")
            return Stop(group, "buffer", room=room, dummy=flag(row.get("isDummy")), single=single)
        if kind not in STATIONS:
            raise Inexpressible(f"a {kind}")
        people = self.operators(node)
        attended = phases(row.get("operationType", "")) if people else frozenset[str]()
        if people and attended:
            rules = {self.model.nodes[one].get("schedulingRule") or "FIFO" for one in people}
            if not rules <= {"FIFO", "WT"}:
                raise Inexpressible("rules by which people choose among units of a line")
            self.tables.crew(people)
        self.tables.station(group)
        times = pieces if kind in BY_PIECES else Fraction(1)
        load = mean(row.get("loadTime")) if "Load" in attended else Fraction(0)
        work = mean(row.get("processingTime")) * times
        same = any(self.model.kind(one) == "RoutingQueue" for one in self.model.before(node))
        looks = self._looks(node) if kind == "M3" else {}
        return Stop(group, "station", load=load, setup=mean(row.get("setupTime")), work=work, attended=attended,
                    crew=people, same=same, looks=looks)  # fmt: skip

    def _looks(self, node: str) -> dict[str, int]:
        """Station that takes nothing while the merge behind it has a whole batch."""
        following = self.group(node)
        if not following or self.model.kind(following[0]) not in MERGES:
            raise Inexpressible("a station that waits for another place than a merge to be empty")
        return {self.tables.resource(f"{following[0]}-full", "space", 1, "fifo"): 1}
