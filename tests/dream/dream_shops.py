"""Ways of jobs with routes of their own: job shops, moulds made of parts, orders with managers."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from dream_lines import phases
from dream_model import Inexpressible, Model, Node, exact, flag, listed, mean
from dream_rules import criteria
from dream_skills import check_skills, skills
from dream_tables import Tables
from dream_urgent import check_urgent, stops_work, urgent_rule
from dream_way import Stop, Way

ASSEMBLED = ("Mold Base", "Mold Insert", "Slider", "Misc", "Electrode", "Z-Standards", "K-Standards")
STATIONS = ("MachineJobShop", "MachineManagedJob", "MouldAssembly", "MouldAssemblyManaged")
BUFFERS = (
    "QueueJobShop", "QueueManagedJob", "ConditionalBuffer", "ConditionalBufferManaged", "MouldAssemblyBuffer",
    "MouldAssemblyBufferManaged",
)  # fmt: skip


def is_shop(model: Model) -> bool:
    """Whether units have routes of their own."""
    return any("JobShop" in kind or "Managed" in kind or "Mould" in kind for kind in model.kinds)


def shop(model: Model, tables: Tables) -> None:
    """Ways of all jobs."""
    Shop(model, tables).write()


@dataclass
class Job:
    """A unit with a route from a node on."""

    row: Node
    route: list[Node]
    order: Node | None = None
    stops: list[Stop] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.row["id"])


def number(text: Any) -> Fraction | None:
    """Number of a step in the order that parts must keep; None: it has none."""
    return None if text in (None, "") or exact(text) == 0 else exact(text)


class Shop:
    """Builds the ways."""

    def __init__(self, model: Model, tables: Tables) -> None:
        self.model, self.tables = model, tables
        self.members = {str(row["id"]): (row, order) for order in model.orders for row in order["componentsList"]}
        self.jobs: dict[str, Job] = {}
        self.known: list[tuple[str, ...]] = []
        self.urgent = any(flag(row.get("isCritical")) for row in self.units())

    def units(self) -> list[Node]:
        """All jobs and orders, with what is made for them."""
        found = [row for node in self.model.nodes.values() for row in listed(node.get("wip"))] + self.model.orders
        return found + [row for order in found for row in listed(order.get("componentsList"))]

    def write(self) -> None:
        """Orders in the order in which their units stand in the buffers."""
        model = self.model
        ends = [(node.get("cancelCondition") or {}).get("reason") or "throughput" for node in model.nodes.values()]
        if model.end is not None and set(ends) != {"throughput"}:
            raise Inexpressible("a shop that ends by another condition, or at a time")
        if any(node.get("skills") for node in model.nodes.values()):
            raise Inexpressible("people who are allotted to stations by an optimum at given times")
        groups: dict[str, list[Way]] = {}
        nodes = sorted(model.nodes, key=lambda node: model.kind(node) not in STATIONS)
        orders: dict[str, tuple[Node, dict[str, Job]]] = {}
        sequence: list[str] = []
        for node in nodes:
            for row in listed(model.nodes[node].get("wip")):
                job = self.started(node, row)
                key = str(job.order["id"]) if job.order is not None else f"job {job.id}"
                if key not in orders:
                    orders[key] = (job.order or {}, {})
                    sequence.append(key)
                orders[key][1][job.id] = job
        for key in sequence:
            order, jobs = orders[key]
            groups[key] = self.ordered(order, jobs) if order else [self.single(next(iter(jobs.values())))]
        self.wait_for_parts()
        for ways in groups.values():
            for way in ways[1:]:
                self.tables.way(way, component=True)
            self.tables.way(ways[0])
        check_urgent(self.tables, [way for ways in groups.values() for way in ways])
        self.tables.book([ways[0] for ways in groups.values()])
        self.tables.others(STATIONS)
        for name in sorted({name for rows in self.uses for name in rows}):
            self.tables.add("materials", material=name, unit="each", price_yuan=1)

    @property
    def uses(self) -> list[dict[str, int]]:
        """Materials that stops take."""
        return [stop.uses for way in self.tables.plan.ways.values() for stop in way.stops]

    # ------------------------------------------------------------------------------------------------- units

    def started(self, node: str, row: Node) -> Job:
        """A unit of the starting stock."""
        if "route" not in row:
            member, order = self.members[str(row["id"])]
            route = listed(member["route"])
            step = next(
                i for i, step in enumerate(route)
                if node in step["stationIdsList"] and str(step.get("sequence")) == str(row.get("sequence"))
            )  # fmt: skip
            route = [dict(one) for one in route[step:]]
            if row.get("remainingProcessingTime") and self.model.kind(node) in STATIONS:
                route[0]["processingTime"] = row["remainingProcessingTime"]
                route[0]["setupTime"] = row.get("remainingSetupTime")
            return Job(member, route, order)
        if "componentsList" in row:
            return Job(row, listed(row["route"]), row)
        return Job(row, listed(row["route"]))

    def single(self, job: Job) -> Way:
        """A job on its own."""
        stops = self.stops(job, None)
        return self.named(Way(f"job-{job.id}", stops), job.row)

    def named(self, way: Way, row: Node) -> Way:
        """With the dates of a job or an order."""
        way.due, way.priority = exact(row.get("dueDate")), self.priority(row)
        return way

    def priority(self, row: Node) -> Fraction:
        """Its priority; where some jobs are critical, these go first, and all others are alike."""
        return Fraction(not flag(row.get("isCritical"))) if self.urgent else exact(row.get("priority"))

    def ordered(self, order: Node, started: dict[str, Job]) -> list[Way]:
        """An order: its design and its mould are one way, its parts join it."""
        rows = listed(order["componentsList"])
        kinds = {str(row["id"]): str(row["_class"]).rsplit(".", 1)[-1] for row in rows}
        designs = [job for name, job in started.items() if job.row is order or kinds.get(name) == "OrderDesign"]
        moulds = [row for row in rows if kinds[str(row["id"])] == "Mould"]
        if len(moulds) > 1 or len(designs) > 1 or (moulds and str(moulds[0]["id"]) in started):
            raise Inexpressible("orders with several designs or moulds")
        top: list[Stop] = []
        if designs:
            top = self.stops(designs[0], order)
            if top[-1].kind != "gate":
                node = next(node for node in self.model.nodes if self.model.kind(node) == "OrderDecomposition")
                top.append(Stop((node,), "gate", owner=designs[0].id))
        parts: list[Way] = []
        for row in rows:
            name = str(row["id"])
            if kinds[name] in ("Mould", "OrderDesign"):
                continue
            if name not in started and not designs:
                raise Inexpressible("parts that are nowhere")
            job = started.get(name) or Job(row, listed(row["route"]), order)
            stops = self.stops(job, order)
            parts.append(self.named(Way(f"part-{order['id']}-{name}", stops), order))
            if name not in started:
                top[-1].frees.append(parts[-1].product)
        if moulds:
            mould = Job(moulds[0], listed(moulds[0]["route"]), order)
            made = self.stops(mould, order)
            if made[-1].kind != "exit":
                made.append(Stop((self.exit(),), "exit", owner=mould.id))
            for way in parts:
                if way.stops[-1].nodes[0] in self.assemblies():
                    way.stops.pop()
        else:
            made = [Stop(("together",), "gate")]
        made[0].joins = [way.product for way in parts]
        for way in parts:
            way.joined = made[0]
            way.shown = bool(moulds)
        self.secondary(order, parts)
        return [self.named(Way(f"order-{order['id']}", top + made), order), *parts]

    def assemblies(self) -> set[str]:
        """Nodes in which parts become a mould."""
        return {node for node in self.model.nodes if self.model.kind(node).startswith("MouldAssembly")
                and "Buffer" not in self.model.kind(node)}  # fmt: skip

    def exit(self) -> str:
        """First exit."""
        return next(node for node in self.model.nodes if self.model.kind(node).startswith("Exit"))

    # ------------------------------------------------------------------------------------------------- stops

    def stops(self, job: Job, order: Node | None) -> list[Stop]:
        """Stops of a route."""
        rule = ""
        for i, step in enumerate(job.route):
            nodes = self.alternatives(step["stationIdsList"])
            kind = self.model.kind(nodes[0])
            if kind.startswith("Exit"):
                stop = Stop(nodes[:1], "exit")
            elif kind == "OrderDecomposition":
                stop = Stop(nodes[:1], "gate")
            elif kind in BUFFERS:
                stop = self.buffer(nodes)
                rule = self.rule(nodes[0])
            elif kind in STATIONS:
                stop = self.visit(step, nodes, rule, order, first=i == 0 and "Assembly" not in kind)
            else:
                raise Inexpressible(f"a {kind} on a route")
            stop.owner = job.id
            stop.keys = self.keys(job, i, order)
            job.stops.append(stop)
        self.jobs[job.id] = job
        return list(job.stops)

    def keys(self, job: Job, i: int, order: Node | None) -> dict[str, Fraction]:
        """By what rules sort a unit that waits for a step of its route; the smallest goes first."""
        ahead, row = job.route[i:], order or job.row
        if str(row.get("id")) != str(job.row["id"]) and str(job.row.get("_class")).endswith(".OrderDesign"):
            row = job.row  # a design that is listed among the parts of its order has dates of its own
        work = [mean(step.get("processingTime")) for step in ahead]
        due = exact(row.get("dueDate"))
        return {
            "Priority": self.priority(row), "EDD": due, "EOD": exact(row.get("orderDate")),
            "NumStages": -Fraction(len(ahead)), "RPC": -sum(work, Fraction(0)), "LPT": -work[0], "SPT": work[0],
            "MS": due - sum(work, Fraction(0)),
        }  # fmt: skip

    def alternatives(self, nodes: list[str]) -> tuple[str, ...]:
        """Nodes of a step, in the order in which they are named first."""
        found = tuple(dict.fromkeys(node for node in nodes if node in self.model.nodes))
        for known in self.known:
            if set(known) == set(found):
                return known
        self.known.append(found)
        return found

    def rule(self, node: str) -> str:
        """Rule of a buffer or a person: its criteria."""
        return criteria(str(self.model.nodes[node].get("schedulingRule") or ""))

    def buffer(self, nodes: tuple[str, ...]) -> Stop:
        """A buffer; room for a thousand is as good as any."""
        capacity = str(self.model.nodes[nodes[0]].get("capacity", -1))
        room = None if capacity == "inf" or exact(capacity) < 0 or exact(capacity) >= 1000 else int(exact(capacity))
        return Stop(nodes, "buffer", room=room)

    def visit(self, step: Node, nodes: tuple[str, ...], rule: str, order: Node | None, *, first: bool) -> Stop:
        """Work of a step."""
        people = self.people(nodes, order)
        attended = set(phases(self.model.nodes[nodes[0]].get("operationType", ""))) if people else set[str]()
        given = step.get("operationType") or {}
        for phase in ("Setup", "Processing") if people else ():
            if phase in given or first:
                (attended.add if flag(given.get(phase)) else attended.discard)(phase)
        if first:
            attended.discard("Load")
        if self.urgent:
            rule = urgent_rule(rule)
        self.tables.station(nodes, rule)
        if attended:
            self.tables.crew(people, self.rules(people))
        load = mean(step.get("loadTime")) if "Load" in attended else Fraction(0)
        may = skills(self.model, nodes, people)
        check_skills(may, attended, load, mean(step.get("setupTime")))
        if may is not None and order is not None and order.get("manager"):
            raise Inexpressible("managers with skills")
        return Stop(
            nodes, "station", load=load, setup=mean(step.get("setupTime")), work=mean(step.get("processingTime")),
            attended=frozenset(attended), crew=people if attended else (),
            managed=bool(order is not None and order.get("manager")),
            prefers=str(step.get("operator") or "") if attended and step.get("operator") in people else "",
            preempt=stops_work(self.model, nodes) if self.urgent else "", skills=may if attended else None,
        )  # fmt: skip

    def rules(self, people: tuple[str, ...]) -> str:
        """Rule of a crew."""
        found = {self.rule(one) for one in people if one in self.model.nodes}
        if self.urgent and found - {"fifo"}:
            raise Inexpressible("critical jobs, and people with rules of their own")
        if len(found) > 1:
            raise Inexpressible("people of one crew with different rules")
        return next(iter(found), "fifo")

    def people(self, nodes: tuple[str, ...], order: Node | None) -> tuple[str, ...]:
        """Who can serve a station for an order."""
        model = self.model
        if order is not None and order.get("manager"):
            return (str(order["manager"]),)
        found = {model.people(node) for node in nodes}
        if len(found) > 1:
            raise Inexpressible("alternative stations that other people serve")
        return found.pop()

    # ------------------------------------------------------------------------------------------------- waiting

    def wait_for_parts(self) -> None:
        """A visit waits until named parts have passed what has a lower number: they put tokens into a stock for it."""
        for job in list(self.jobs.values()):
            for stop, step in zip(job.stops, job.route, strict=True):
                limit = number(step.get("sequence"))
                if stop.kind != "station" or limit is None:
                    continue
                for name in step.get("requiredParts") or []:
                    self.wait(stop, f"for-{job.id}-{len(stop.uses)}-{name}", self.passed(str(name), limit))

    def wait(self, stop: Stop, token: str, others: list[Stop]) -> None:
        """A stop takes one token that each of other stops makes."""
        if others:
            stop.uses[token] = len(others)
            for other in others:
                other.makes[token] = 1

    def passed(self, name: str, limit: Fraction) -> list[Stop]:
        """Last station that a part passes with a number up to a limit."""
        job = self.jobs.get(name)
        if job is None:
            return []
        steps = list(zip(job.stops, job.route, strict=True))
        low = [
            stop
            for stop, step in steps
            if stop.kind == "station" and (number(step.get("sequence")) or limit + 1) <= limit
        ]
        return low[-1:]

    def secondary(self, order: Node, parts: list[Way]) -> None:
        """Parts of the second group wait in a buffer until all of the first are where they are assembled."""
        kinds = {f"part-{order['id']}-{row['id']}": str(row.get("componentType") or "Basic")
                 for row in listed(order["componentsList"])}  # fmt: skip
        basic = [way for way in parts if kinds[way.product] == "Basic"]
        for way in parts:
            if kinds[way.product] != "Secondary":
                continue
            for before, stop in zip(way.stops, way.stops[1:], strict=False):
                if self.model.kind(before.nodes[0]) == "ConditionalBufferManaged":
                    lasts = [[one for one in other.stops if one.kind == "station"][-1:] for other in basic]
                    self.wait(stop, f"basic-{way.product}", [one for last in lasts for one in last])
