"""Ways of units on lines: nodes with edges, sources, starting stock."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from dream_belts import belt, is_belt
from dream_model import Inexpressible, Model, exact, flag, listed, mean
from dream_moves import movers
from dream_ranks import line_rule, rank_lines
from dream_tables import Tables
from dream_times import drawn, nominal, random_most
from dream_way import Mover, Stop, Stream, Way

BUFFERS = ("Queue", "LineClearance", "RoutingQueue")
BY_PIECES = ("BatchScrapMachine", "BatchScrapMachineAfterDecompose", "M3")
STATIONS = ("Machine", *BY_PIECES)
SPLITS = ("BatchDecomposition", "BatchDecompositionBlocking", "BatchDecompositionStartTime")
MERGES = ("BatchReassembly", "BatchReassemblyBlocking")
SOURCES = ("Source", "BatchSource")
MISSING = {
    "NonStarvingEntry": "source that never starves",
}
PEOPLE = ("Repairman", "Operator", "OperatorPool")
OPERATED = {"Load", "Setup", "Processing"}


def phases(text: str) -> frozenset[str]:
    """Phases of work that need an operator, as they are listed in a text."""
    return frozenset(part for part in str(text or "").split("-") if part in OPERATED)


def line(model: Model, tables: Tables, builder: type[Lines]) -> None:
    """Ways of all units of a line."""
    for kind in sorted(model.kinds):
        if kind in MISSING:
            raise Inexpressible(MISSING[kind])
    if any(node.get("skillDict") for node in model.nodes.values()):
        raise Inexpressible("people with skills on a line")
    reasons = {str((node.get("cancelCondition") or {}).get("reason") or "throughput") for node in model.nodes.values()}
    exits = [node for node in model.nodes if model.kind(node) == "Exit"]
    if "empty" in reasons and (len(exits) != 1 or model.kinds & {*SOURCES}):
        raise Inexpressible("a run that ends when nothing is left, with sources or several exits")
    if not reasons <= {"throughput", "empty"}:
        raise Inexpressible("a run that ends by another condition")
    lines = builder(model, tables)
    lines.stock()
    lines.streams()
    rank_lines(tables)
    tables.others(STATIONS)


class Lines:
    """Builds the ways; ways of which a unit takes the one that is free begin with nodes of the kinds `beginnings`."""

    beginnings: tuple[str, ...] = STATIONS

    def __init__(self, model: Model, tables: Tables) -> None:
        self.model, self.tables = model, tables
        self.rules: dict[str, str] = {}
        self.movers = movers(model)

    def stock(self) -> None:
        """Orders of the starting stock: what is in stations first, then buffers by name."""
        model, made = self.model, []
        nodes = sorted((model.kind(node) not in STATIONS, node) for node in model.nodes)
        for _, node in nodes:
            for row in listed(model.nodes[node].get("wip")):
                if model.kind(node) not in (*STATIONS, "Queue"):
                    raise Inexpressible(f"starting stock in a {model.kind(node)}")
                stops = self.stops((node,), self.pieces(row))
                if row.get("remainingProcessingTime") and stops[0].kind == "station":
                    stops[0].work, stops[0].drawn = mean(row["remainingProcessingTime"]), ""
                elif row.get("unitsToProcess") and stops[0].kind == "station":
                    stops[0].work *= exact(row["unitsToProcess"]) / self.pieces(row)
                due, priority, ordered = (exact(row.get(name)) for name in ("dueDate", "priority", "orderDate"))
                made.append(Way(f"stock-{len(made) + 1}", stops, pieces=self.pieces(row), due=due, priority=priority,
                                ordered=ordered))  # fmt: skip
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
            pieces = exact(model.nodes[node].get("batchNumberOfUnits") or 1)
            stops = self.following(node, pieces)
            given = model.nodes[node].get("interArrivalTime")
            interval, text = nominal(given), drawn(given)
            if text:
                stops.insert(0, Stop((f"{node}-come",), "gate", forced=True))
            elif interval <= 0:
                raise Inexpressible("a source whose units all come at once")
            self.tables.way(Way(f"of-{node}", stops, pieces=pieces), component=True)
            most = random_most(given, model.end) if text else max(1, ceil(model.end / interval))
            self.tables.stream(Stream(node, f"of-{node}", interval, most, text))

    def following(self, node: str, pieces: Fraction) -> list[Stop]:
        """Stops behind a node."""
        return self.stops(self.onward(node), pieces)

    def onward(self, node: str) -> tuple[str, ...]:
        """Nodes that follow."""
        nodes = (one for one in self.model.after(node) if self.model.kind(one) not in PEOPLE)
        return tuple(nodes)

    def group(self, node: str) -> list[str]:
        """Nodes that follow and are equal alternatives of each other."""
        nodes = self.onward(node)
        if len(nodes) > 1 and not self.equal(nodes):
            raise Inexpressible("alternative ways by what is free")
        return list(nodes)

    def equal(self, nodes: tuple[str, ...]) -> bool:
        """Whether all units that come to one of some stations may as well go to any other."""
        model = self.model
        facts = {(model.kind(one), tuple(model.after(one)), str(self.comparable(one))) for one in nodes}
        before = {other for one in nodes for other in model.before(one)}
        before -= {other for other in before if model.kind(other) in PEOPLE}
        return len(facts) == 1 and model.kind(nodes[0]) in STATIONS and {self.onward(one) for one in before} == {nodes}

    def comparable(self, node: str) -> list[object]:
        """What must be equal in stations that are alternatives."""
        row = self.model.nodes[node]
        names = (
            "processingTime", "setupTime", "operationType", "interruptions", "scrapQuantity", "loadTime",
            "canDeliverOnInterruption",
        )  # fmt: skip
        return [row.get(name) or None for name in names] + [self.operators(node)]

    def operators(self, node: str) -> tuple[str, ...]:
        """People who serve a station, in order of the file; those of a pool may have no names."""
        return self.model.people(node)

    def stops(self, nodes: tuple[str, ...], pieces: Fraction) -> list[Stop]:
        """Stops from some nodes, of which a unit goes to one, to the end of the line."""
        found, _, _ = self.walk(nodes, pieces)
        if not found or found[-1].kind != "exit":
            raise Inexpressible("a line without an exit")
        return found

    def walk(
        self, nodes: tuple[str, ...], pieces: Fraction, meeting: tuple[str, ...] = (), *, inside: bool = False
    ) -> tuple[list[Stop], tuple[str, ...], Fraction]:
        """Stops up to where ways meet, or to an end; the nodes behind them, and the pieces that are left.

        `inside`: of the parts of a batch.
        """
        found: list[Stop] = []
        ways: list[Stop] = []
        while nodes and nodes != meeting:
            if len(nodes) > 1 and not self.equal(nodes):
                if ways:
                    raise Inexpressible("ways that divide again where they meet")
                ways, nodes, pieces = self.fork(found, nodes, pieces, inside=inside)
                continue
            stops, nodes, pieces = self.advance(nodes, pieces, inside=inside)
            for way in ways:
                way.leads = stops[:1]
            found += stops
            ways = []
        return found, nodes, pieces

    def advance(
        self, nodes: tuple[str, ...], pieces: Fraction, *, inside: bool
    ) -> tuple[list[Stop], tuple[str, ...], Fraction]:
        """The next stop of a unit, or several; the nodes behind, and the pieces that are left."""
        stop = self.stop(self.alternatives(nodes[0]), pieces)
        if stop.kind == "station":
            pieces -= int(mean(self.model.nodes[nodes[0]].get("scrapQuantity")))
        if nodes[0] in self.movers:
            return [stop, self.mover(self.movers[nodes[0]])], (self.movers[nodes[0]].receiver,), pieces
        return [stop], self.onward(nodes[0]) if stop.kind != "exit" else (), pieces

    def mover(self, mover: Mover) -> Stop:
        """Where units go on from a buffer in rounds."""
        if any(one is mover for one in self.tables.plan.movers):
            raise Inexpressible("units of several ways that are moved from one buffer")
        self.tables.plan.movers.append(mover)
        return Stop((mover.node,), "gate", mover=mover)

    def fork(
        self, found: list[Stop], nodes: tuple[str, ...], pieces: Fraction, *, inside: bool
    ) -> tuple[list[Stop], tuple[str, ...], Fraction]:
        """Ways of which a unit goes to the one that is free: the last stops, where they meet, and the pieces left."""
        if any(self.model.kind(one) not in self.beginnings for one in nodes):
            raise Inexpressible("alternative ways by what is free")
        meeting = self.meeting(nodes, inside=inside)
        if not found:
            found.append(Stop((f"to-{'-or-'.join(nodes)}",), "gate"))
        before, lasts, left = found[-1], list[Stop](), set[Fraction]()
        before.forced = True
        before.together = inside and self.model.kinds_of(before.nodes) == {"RoutingQueue"}
        for one in nodes:
            stops, _, rest = self.walk((one,), pieces, meeting, inside=inside)
            stops[-1].leads = []
            before.forks.append(stops[0])
            found += stops
            lasts.append(stops[-1])
            left.add(rest)
        if len(left) > 1:
            raise Inexpressible("alternative stations with different scrap")
        return lasts, meeting, left.pop()

    def meeting(self, nodes: tuple[str, ...], *, inside: bool) -> tuple[str, ...]:
        """Where the ways from some nodes meet first; nowhere if each has an end of its own, as merges are `inside`."""
        chains: list[list[tuple[str, ...]]] = []
        for one in nodes:
            chain = [(one,)]
            while chain[-1] and chain[-1] not in chain[:-1]:
                last = inside and self.model.kind(chain[-1][0]) in MERGES
                chain.append(() if last else self.onward(chain[-1][0]))
            chains.append(chain[1:-1])
        return next((place for place in chains[0] if all(place in chain for chain in chains)), ())

    def alternatives(self, node: str) -> tuple[str, ...]:
        """A node with all that a unit may go to instead."""
        for other in self.model.before(node):
            nodes = self.onward(other)
            if self.model.kind(other) not in PEOPLE and len(nodes) > 1 and self.equal(nodes):
                return nodes
        return (node,)

    def stop(self, group: tuple[str, ...], pieces: Fraction) -> Stop:
        """A node, or alternative ones, as a stop."""
        node, row = group[0], self.model.nodes[group[0]]
        kind = self.model.kind(node)
        if kind == "Exit":
            return Stop(group, "exit")
        if kind in BUFFERS:
            rule = line_rule(str(row.get("schedulingRule") or ""), kind)
            capacity = exact(row.get("capacity", 1))
            room, single = None if capacity < 0 else int(capacity), kind == "LineClearance"
            if single and room is None:
                raise Inexpressible("a buffer for one batch without an end")
            return Stop(group, "buffer", room=room, dummy=flag(row.get("isDummy")), single=single, rule=rule)
        if is_belt(self.model, node):
            return belt(self.model, node)
        if kind not in STATIONS:
            raise Inexpressible(f"a {kind}")
        people = self.operators(node)
        attended = phases(row.get("operationType", "")) if people else frozenset[str]()
        if people and attended:
            rules = {self.model.nodes.get(one, {}).get("schedulingRule") or "FIFO" for one in people}
            if not rules <= {"FIFO", "WT"}:
                raise Inexpressible("rules by which people choose among units of a line")
            self.tables.crew(people)
        self.tables.station(group)
        times = pieces if kind in BY_PIECES else Fraction(1)
        load = mean(row.get("loadTime")) if "Load" in attended else Fraction(0)
        text = drawn(row.get("processingTime")) if kind == "Machine" else ""
        work = Fraction(0) if text else mean(row.get("processingTime")) * times
        if text and row.get("setupTime"):
            raise Inexpressible("random times of a station that is set up")
        same = len(group) > 1 and any(self.model.kind(one) == "RoutingQueue" for one in self.model.before(node))
        looks = self._looks(node) if kind == "M3" else {}
        return Stop(group, "station", load=load, setup=mean(row.get("setupTime")), work=work, attended=attended,
                    crew=people, same=same, looks=looks, drawn=text)  # fmt: skip

    def _looks(self, node: str) -> dict[str, int]:
        """Station that takes nothing while the merge behind it has a whole batch."""
        following = self.group(node)
        if not following or self.model.kind(following[0]) not in MERGES:
            raise Inexpressible("a station that waits for another place than a merge to be empty")
        return {self.tables.resource(f"{following[0]}-full", "space", self.places(following[0]), "fifo"): 1}

    def places(self, merge: str) -> int:
        """Parts that fill the place of a merge; 1 where the whole batch does."""
        raise Inexpressible("a merge on a line without batches")
