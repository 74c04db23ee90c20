"""Small models that are written in a test."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from dream_model import Model
from measure import figures
from translate import translate

Node = dict[str, Any]


def fixed(mean: float) -> Node:
    """A time that is always the same."""
    return {"Fixed": {"mean": mean}}


def node(kind: str, **row: Any) -> Node:
    """A new node."""
    return {"_class": f"Dream.{kind}", "interruptions": {}, "name": kind} | row


def machine(mean: float, **row: Any) -> Node:
    """A new station."""
    return node("Machine", processingTime=fixed(mean), **row)


def source(mean: float, entity: str = "Dream.Part", **row: Any) -> Node:
    """A new source."""
    return node("Source", interArrivalTime=fixed(mean), entity=entity, **row)


def failing(up: float, down: float, **more: Any) -> Node:
    """A failure after so much time, and its repair."""
    return {"failure": {"TTF": fixed(up), "TTR": fixed(down)} | more}


def kept_up(up: float, down: float) -> Node:
    """Periodic maintenance after so much time."""
    return {"periodicMaintenance": {"TTF": fixed(up), "TTR": fixed(down)}}


def resting(up: float, down: float, finish: int, **more: Any) -> Node:
    """A break after so much time."""
    return {"break": {"TTB": fixed(up), "TTR": fixed(down), "endUnfinished": finish} | more}


def shifts(*spans: list[float], finish: int = 1, **more: Any) -> Node:
    """Shifts by their times."""
    return {"shift": {"shiftPattern": list(spans), "endUnfinished": finish} | more}


def away(*spans: list[float], finish: int = 1) -> Node:
    """Breaks at given times."""
    return {"scheduledBreak": {"breakPattern": list(spans), "endUnfinished": finish}}


def model(nodes: dict[str, Node], ways: str, end: float, **general: Any) -> Model:
    """A model of some nodes; ways name them in their order, `S Q M E, O M`."""
    edges: list[tuple[str, str, dict[str, Any]]] = []
    for way in ways.split(","):
        names = way.split()
        edges += [(start, after, {}) for start, after in pairwise(names)]
    return Model("made", nodes, edges, {"maxSimTime": end} | general, [])


def told(made: Model, folder: Path) -> dict[str, Node]:
    """Figures of a model."""
    return figures(*translate(made, folder / "park"))
