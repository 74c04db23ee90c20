"""Variations of the other simulator's models: one or two changes each, as its users combine things otherwise.

A change names a node and what is put into it, several keys deep where they are joined by dots; None takes a node or a
property away. `edges` are added, `cut` are taken away; `route` changes the steps of all jobs at a station, `jobs` the
jobs themselves, `general` the general part.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Node = dict[str, Any]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Variation:
    """A model and what is changed in it."""

    base: str
    nodes: dict[str, Any] = field(default_factory=dict)
    edges: tuple[Any, ...] = ()
    cut: tuple[Pair, ...] = ()
    general: Node = field(default_factory=dict)
    route: dict[str, Node] = field(default_factory=dict)
    jobs: dict[str, Node] = field(default_factory=dict)

    def of(self, model: Node) -> Node:
        """The model, changed."""
        made = deepcopy(model)
        graph = made["graph"]
        for name, change in self.nodes.items():
            if change is None:
                del graph["node"][name]
            else:
                merge(graph["node"].setdefault(name, {}), change)
        lost = {name for name, change in self.nodes.items() if change is None}
        graph["edge"] = {
            key: row for key, row in graph["edge"].items()
            if (row["source"], row["destination"]) not in self.cut and not {row["source"], row["destination"]} & lost
        }  # fmt: skip
        for i, (start, end, *entity) in enumerate(self.edges):
            data = {"entity": entity[0]} if entity else {}
            graph["edge"][f"more-{i}"] = {"source": start, "destination": end, "data": data}
        merge(made["general"], self.general)
        for job in units(made):
            merge(job, self.jobs.get("*", {}))
            merge(job, self.jobs.get(str(job.get("id")), {}))
            for step in job.get("route") or []:
                for station in step["stationIdsList"]:
                    merge(step, self.route.get(station, {}))
        return made


def merge(row: Node, change: Node) -> None:
    """Put properties into a row; those with dots into what is in it."""
    for key, value in change.items():
        *path, last = key.split(".")
        inner = row
        for one in path:
            inner = inner.setdefault(one, {})
        if value is None:
            inner.pop(last, None)
        else:
            inner[last] = deepcopy(value)


def units(model: Node) -> list[Node]:
    """All jobs, parts, batches and orders of a model."""
    orders = ((model.get("input") or {}).get("BOM") or {}).get("productionOrders") or []
    found = [row for one in model["graph"]["node"].values() for row in one.get("wip") or []] + orders
    return found + [row for one in found for row in one.get("componentsList") or []]
