"""Whether units can block each other for good: who holds what while waiting for what, as a graph of resources.

A deadlock needs a circle in this graph; without one it is impossible, whatever the amounts and the chances. With one it
may still never happen (amounts may be large enough), so it has to be looked for while a park runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aidc_twin.park.flow import JOINED, LEGS, PARTS, Flow, flow_of
from aidc_twin.park.holding import kept, while_held
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Breakdown, Need
from aidc_twin.park.steps import all_before, in_order

Edges = dict[str, set[str]]
"""Node that is held → nodes that are waited for meanwhile; a node is ``kind:name``."""

WORDS = {"resource": "", "product": "parts ", "material": "stock of ", "batch": "a batch at "}
"""What stands before the name of a node of each kind."""


def possible_deadlocks(park: Park) -> list[tuple[str, ...]]:
    """Circles of resources (and of parts, stocks and batches) each held while waiting for the next, a shortest through
    each; sorted.

    The last of a circle is held while waiting for the first; a circle of one is held while waiting for more of it.
    Empty: no units of this park can ever wait for each other in a ring, so deadlock is impossible.
    """
    edges = _Waits(park).edges()
    nodes = sorted(edges)
    left = set(nodes) - set(in_order(nodes, {node: sorted(others - {node}) for node, others in edges.items()}))
    ahead = {node: sorted(edges[node] & left) for node in sorted(left)}
    reach = {node: all_before(node, ahead) for node in ahead}
    rings = {(node,) for node in nodes if node in edges[node]}
    rings |= {_shortest(ahead, node) for node in ahead if any(node in reach[other] for other in reach[node] - {node})}
    return sorted(tuple(_name(node) for node in ring) for ring in rings)


def _name(node: str) -> str:
    kind, _, name = node.partition(":")
    return WORDS[kind] + name


def _shortest(ahead: Mapping[str, list[str]], start: str) -> tuple[str, ...]:
    """Nodes along a shortest circle of more than one through a node, the first in the alphabet first."""
    ways = [[start]]
    seen = {start}
    for way in ways:
        for node in ahead[way[-1]]:
            if node == start and len(way) > 1:
                first = way.index(min(way))
                return (*way[first:], *way[:first])
            if node not in seen:
                seen.add(node)
                ways.append([*way, node])
    return (start,)


class _Waits:
    """Edges of one park: from what is held to what is waited for meanwhile."""

    def __init__(self, park: Park) -> None:
        self.park = park
        self.flows = {routing: flow_of(park, routing) for routing in park.routings}
        self.made = {row.material for row in park.outputs if not _bought(park, row.material)}
        self.taken = self._parts_and_stocks()
        self.queues = self._strict_queues()
        alone = {need.resource for need in park.needs if need.per == "unit"}
        self.common = {f"resource:{need.resource}" for need in park.needs if need.resource not in alone}

    def edges(self) -> Edges:
        """Whole graph."""
        found: Edges = {}
        for routing, flow in self.flows.items():
            for name in flow.after:
                self._add_step(found, routing, flow, name)
        for product in self.park.products:
            steps = self.flows[product.routing].after if product.routing in self.flows else ()
            _add(found, f"product:{product.product}", self._waited(product.routing, steps))
        self._add_outputs(found)
        for row in self.park.breakdowns:
            _add(found, f"resource:{row.resource}", _crew(row))
        return found

    def _parts_and_stocks(self) -> dict[tuple[str, str], set[str]]:
        """(routing, operation) → parts and materials that it waits for and only other units can provide."""
        found: dict[tuple[str, str], set[str]] = {}
        for line in self.park.bom:
            if not self.park.has("products", line.parent):
                continue
            made = self.park.has("products", line.item)
            if made or line.item in self.made:
                key = (self.park.product(line.parent).routing, line.operation)
                found.setdefault(key, set()).add(f"{'product' if made else 'material'}:{line.item}")
        return found

    def _strict_queues(self) -> dict[str, set[str]]:
        """Strict resource → all that the works in its one queue wait for; connected queues are one."""
        strict = {f"resource:{row.resource}" for row in self.park.resources if row.queue == "strict"}
        kinds: dict[tuple[str, str, str], set[str]] = {}
        for routing, flow in self.flows.items():
            for need in (need for name in flow.after for need in self._needs(routing, name)):
                kind = kinds.setdefault((routing, need.operation, need.during), set())
                kind |= {f"resource:{need.resource}"}
                if need.during == "operation":  # parts are there before a unit joins a queue, material is not
                    taken = self.taken.get((routing, need.operation), set())
                    kind |= {node for node in taken if node.startswith("material:")}
        groups: dict[str, set[str]] = {}
        for wanted in kinds.values():
            joined = wanted.union(*(groups[node] for node in wanted & strict if node in groups))
            if wanted & strict:
                groups.update(dict.fromkeys(joined & strict, joined))
        return groups

    def _add_step(self, found: Edges, routing: str, flow: Flow, name: str) -> None:
        """What a unit at a step holds, and what it waits for until it gives that back."""
        rows = self._needs(routing, name)
        for need in (need for need in rows if need.hold == "take"):
            node = f"resource:{need.resource}"
            together = [row for row in rows if row.during == need.during]
            later = while_held(flow, need)
            waited = self._waited(routing, later) | self._stopped(together) | self._family(routing, need)
            waited |= self._kept_up(routing) if later else set()
            _add(found, node, self._beside(node, waited) if node in self.common else waited)
            if kept(need) and self.park.operation(routing, name).fail_share.value > 0:
                _add(found, node, self._asked(row for row in rows if not kept(row)))
            if need.when_closed == "keep":
                _add(found, node, self._asked(row for row in together if row.when_closed == "give_back"))
        if self._gathers(routing, name):
            _add(found, f"batch:{routing}/{name}", self._waited(routing, flow.upstream(name) - {name}))

    def _beside(self, node: str, waited: set[str]) -> set[str]:
        """What a family waits for while it has something that it shares: its parts need no more of that."""
        found: set[str] = set()
        ahead = sorted(waited)
        while ahead:
            one = ahead.pop()
            if one not in found:
                found.add(one)
                kind, _, name = one.partition(":")
                routing = self.park.product(name).routing if kind == "product" else ""
                ahead += sorted(self._waited(routing, self.flows[routing].after) if routing in self.flows else ())
        return {one for one in found if not one.startswith("product:")} - {node}

    def _family(self, routing: str, need: Need) -> set[str]:
        """What is waited for until the parts that a step releases have started, or until its unit is joined."""
        mine = {row.product for row in self.park.products if row.routing == routing}
        found: set[str] = set()
        for line in self.park.bom:
            made = self.park.has("products", line.item) and self.park.has("products", line.parent)
            if made and need.until == PARTS and line.parent in mine and line.released_by == need.operation:
                part = self.park.product(line.item).routing
                found |= self._waited(part, self.flows[part].roots)
            elif made and need.until == JOINED and line.item in mine:
                parent = self.park.product(line.parent).routing
                found |= self._waited(parent, self.flows[parent].upstream(line.operation))
        return found

    def _needs(self, routing: str, name: str) -> list[Need]:
        """What a step seizes, and its rework where it can fail."""
        rows = self.park.needs_of(routing, name)
        fails = bool(rows) and name != LEGS and self.park.operation(routing, name).fail_share.value > 0
        return [row for row in rows if fails or row.during == "operation"]

    def _gathers(self, routing: str, name: str) -> bool:
        """Whether a step may wait for company for ever."""
        if name == LEGS:
            return False
        row = self.park.operation(routing, name)
        return row.batch_min > 1 and row.batch_wait_hours is None

    def _waited(self, routing: str, steps: Iterable[str]) -> set[str]:
        """All that may be waited for at some steps of a routing."""
        found: set[str] = set()
        for name in steps:
            rows = self._needs(routing, name)
            found |= self._asked(rows) | self._stopped(rows) | self.taken.get((routing, name), set())
            found |= {f"batch:{routing}/{name}"} if self._gathers(routing, name) else set()
        return found

    def _asked(self, needs: Iterable[Need]) -> set[str]:
        """Resources of some needs; behind a strict queue also what its head may wait for."""
        nodes = {f"resource:{need.resource}" for need in needs}
        return nodes.union(*(self.queues[node] for node in nodes if node in self.queues))

    def _stopped(self, needs: Iterable[Need]) -> set[str]:
        """Crews that repair the machines of a step while its unit keeps all that it holds."""
        rows = [row for need in needs for row in self.park.breakdowns_of(need.resource) if row.effect != "lose"]
        return {node for row in rows for node in _crew(row)}

    def _kept_up(self, routing: str) -> set[str]:
        """Crews that repair machines which units of a routing work on later or can leave only when they are up."""
        names = {need.resource for need in self.park.needs if need.routing == routing and need.leave != "any"}
        names |= {row.on for row in self.park.steps_of(routing) if row.on}
        return {node for name in names for row in self.park.breakdowns_of(name) for node in _crew(row)}

    def _add_outputs(self, found: Edges) -> None:
        """Stock that only operations fill waits for all that they need, from where they took of it on."""
        for row in self.park.outputs:
            flow, node = self.flows.get(row.routing), f"material:{row.material}"
            if flow is None or row.material not in self.made or row.operation not in flow.after:
                continue
            steps = flow.upstream(row.operation)
            for name in sorted(steps):
                if node in self.taken.get((row.routing, name), ()):
                    steps -= all_before(name, flow.after) | {name}
            _add(found, node, self._waited(row.routing, steps))


def _add(found: Edges, held: str, waited: set[str]) -> None:
    """Add edges; every node has an entry."""
    found.setdefault(held, set()).update(waited)
    for node in waited:
        found.setdefault(node, set())


def _crew(row: Breakdown) -> set[str]:
    return {f"resource:{row.crew}"} if row.crew else set()


def _bought(park: Park, name: str) -> bool:
    """Whether a material comes from outside as well."""
    row = park.material(name) if park.has("materials", name) else None
    return row is not None and (row.lead_weeks is not None or row.weekly_quota is not None)
