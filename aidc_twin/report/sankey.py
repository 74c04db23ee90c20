"""Where the boxes and ribbons of the value chain lie: layers from left to right, heights in proportion to money."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import polars as pl

WIDTH = 1100.0
BOX = 13.0
_MARGIN_LEFT, _MARGIN_RIGHT = 170.0, 180.0
_GAP = 26.0
_MOST_ITEMS = 9

Key = tuple[int, str]
"""Layer and name: a firm that both sells to and buys from another stands in two layers."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Money for an item from a seller to a buyer, yuan."""

    source: str
    target: str
    item: str
    yuan: int
    eliminated: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A firm; px."""

    name: str
    layer: int
    x: float
    y: float
    height: float
    yuan: int


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A flow between two boxes; `y0` and `y1` are its upper ends, px."""

    flow: Flow
    colour: int
    x0: float
    y0: float
    x1: float
    y1: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything to draw."""

    boxes: tuple[Box, ...]
    ribbons: tuple[Ribbon, ...]
    items: tuple[str, ...]
    height: float


def read_flows(frame: pl.DataFrame, ledger: str) -> list[Flow]:
    """Flows of a ledger that are above zero, with small items merged, largest first."""
    rows = frame.filter((pl.col("ledger") == ledger) & (pl.col("yuan") > 0))
    sums = rows.group_by("item").agg(pl.col("yuan").sum()).sort(["yuan", "item"], descending=[True, False])
    kept = sums["item"].to_list()
    small = set(kept[_MOST_ITEMS - 1 :]) if len(kept) > _MOST_ITEMS else set[str]()
    merged: dict[tuple[str, str, str, bool], int] = {}
    for row in rows.iter_rows(named=True):
        item = f"{len(small)} other items" if row["item"] in small else row["item"]
        key = (row["source"], row["target"], item, row["eliminated"])
        merged[key] = merged.get(key, 0) + row["yuan"]
    flows = [
        Flow(source, target, item, yuan, eliminated) for (source, target, item, eliminated), yuan in merged.items()
    ]
    return sorted(flows, key=lambda flow: (-flow.yuan, flow.source, flow.target, flow.item, flow.eliminated))


def lay_out(flows: list[Flow]) -> Layout:
    """Place the flows of one ledger."""
    ends = _ends(flows)
    totals: dict[Key, list[int]] = {}
    for flow, (source, target) in zip(flows, ends, strict=True):
        totals.setdefault(source, [0, 0])[1] += flow.yuan
        totals.setdefault(target, [0, 0])[0] += flow.yuan
    values = {key: max(both) for key, both in totals.items()}
    layers = max((layer for layer, _ in values), default=0) + 1
    columns = [
        sorted((key for key in values if key[0] == layer), key=lambda key: (-values[key], key))
        for layer in range(layers)
    ]
    height = max(250.0, min(480.0, 45.0 * len(flows)), *(60.0 * len(column) for column in columns))
    room = min(
        ((height - _GAP * (len(column) - 1)) / sum(values[key] for key in column) for column in columns if column),
        default=0.0,
    )
    step = (WIDTH - _MARGIN_LEFT - _MARGIN_RIGHT - BOX) / max(1, layers - 1)
    boxes: dict[Key, Box] = {}
    for layer, column in enumerate(columns):
        y = (height - sum(values[key] * room for key in column) - _GAP * (len(column) - 1)) / 2
        for key in column:
            boxes[key] = Box(key[1], layer, _MARGIN_LEFT + layer * step, y, values[key] * room, values[key])
            y += boxes[key].height + _GAP
    items = _items(flows)
    return Layout(tuple(boxes[key] for key in sorted(boxes)), _ribbons(flows, ends, boxes, room, items), items, height)


def _ribbons(
    flows: list[Flow], ends: list[tuple[Key, Key]], boxes: dict[Key, Box], room: float, items: tuple[str, ...]
) -> tuple[Ribbon, ...]:
    """Ribbons leave and enter in the order of the boxes at their other ends, so that they cross little."""
    leave = {key: (box.height - room * _sum(flows, ends, key, 0)) / 2 for key, box in boxes.items()}
    enter = {key: (box.height - room * _sum(flows, ends, key, 1)) / 2 for key, box in boxes.items()}
    starts, stops = [0.0] * len(flows), [0.0] * len(flows)
    colour = {item: index for index, item in enumerate(items)}
    for index in sorted(range(len(flows)), key=lambda i: (boxes[ends[i][1]].y, colour[flows[i].item], i)):
        key = ends[index][0]
        starts[index] = boxes[key].y + leave[key]
        leave[key] += flows[index].yuan * room
    for index in sorted(range(len(flows)), key=lambda i: (boxes[ends[i][0]].y, starts[i], i)):
        key = ends[index][1]
        stops[index] = boxes[key].y + enter[key]
        enter[key] += flows[index].yuan * room
    return tuple(
        Ribbon(
            flow,
            colour[flow.item],
            boxes[source].x + BOX,
            starts[index],
            boxes[target].x,
            stops[index],
            max(1.0, flow.yuan * room),
        )
        for index, (flow, (source, target)) in enumerate(zip(flows, ends, strict=True))
    )


def _sum(flows: list[Flow], ends: list[tuple[Key, Key]], key: Key, side: int) -> int:
    return sum(flow.yuan for flow, pair in zip(flows, ends, strict=True) if pair[side] == key)


def _items(flows: list[Flow]) -> tuple[str, ...]:
    """Items by money that leaves the park: eliminated flows are hatched and need no colour, so they come last."""
    sums: dict[str, int] = {}
    for flow in flows:
        sums[flow.item] = sums.get(flow.item, 0) + (0 if flow.eliminated else flow.yuan)
    return tuple(sorted(sums, key=lambda item: (-sums[item], item)))


def _ends(flows: list[Flow]) -> list[tuple[Key, Key]]:
    """Layer of both ends of each flow: the longest way there; a way back ends in a second box to the right."""
    forward: list[tuple[str, str]] = []
    for flow in flows:
        edge = (flow.source, flow.target)
        if edge not in forward and not _reaches(flow.target, flow.source, forward):
            forward.append(edge)
    layer = {name: 0 for edge in forward for name in edge} | {flow.source: 0 for flow in flows}
    for _ in range(len(layer)):
        for source, target in forward:
            layer[target] = max(layer[target], layer[source] + 1)
    sinks = {target for _, target in forward} - {source for source, _ in forward} - {flow.source for flow in flows}
    last = max(layer.values(), default=0)
    layer |= dict.fromkeys(sinks, last)
    allowed = set(forward)
    return [
        (
            (layer[flow.source], flow.source),
            (layer[flow.target] if (flow.source, flow.target) in allowed else layer[flow.source] + 1, flow.target),
        )
        for flow in flows
    ]


def _reaches(start: str, goal: str, edges: list[tuple[str, str]]) -> bool:
    """Whether a way along the edges leads from one firm to another (or they are the same)."""
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        onward = sorted({target for source, target in edges if source == here} - seen)
        seen |= set(onward)
        waiting += onward
    return False


def overlaps(layout: Layout) -> bool:
    """Whether two boxes of a layer touch; a law of the layout, for tests."""
    ordered = sorted(layout.boxes, key=lambda box: (box.layer, box.y))
    return any(a.layer == b.layer and a.y + a.height > b.y + 1e-6 for a, b in pairwise(ordered))
