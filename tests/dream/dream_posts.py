"""People who are allotted to stations at given times: a park says it where each can be at one station only."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from dream_model import Inexpressible, Model, exact, listed

CHOSEN = "people who are allotted to stations by an optimum at given times"
REQUEST = "requestAllocation"


def at_posts(model: Model) -> Model:
    """The model in which people serve the one station that they may be allotted to; as it is without such people.

    Raises
    ------
    Inexpressible
        If there is anything to choose: stations for a person, people for a station, or who is left out while others are
        away.
    """
    skilled = {node: listed(row.get("skills")) for node, row in model.nodes.items() if row.get("skills")}
    if not skilled:
        return model
    stations = [node for node, row in model.nodes.items() if "Processing" in str(row.get("operationType") or "")]
    if sorted(map(tuple, skilled.values())) != sorted((node,) for node in stations):
        raise Inexpressible(CHOSEN)
    absent = [node for node in model.nodes if any((model.nodes[node].get("interruptions") or {}).values())]
    if absent and (len(stations) > 1 or absent != list(skilled)):
        raise Inexpressible(CHOSEN)
    odd = "SkilledRouter" in model.kinds or any(
        row.get("technology") or row.get("level") for row in model.nodes.values()
    )
    if odd or set(interruptions(model, absent)) - {"scheduledBreak"}:
        raise Inexpressible(CHOSEN)
    if any(spans and (finish or spans[0][0] <= 0) for spans, finish in map(model.planned_breaks, skilled)):
        raise Inexpressible("people who finish their work before they leave the station that they are allotted to")
    served = {(person, station) for person, (station,) in skilled.items()}
    edges = [edge for edge in model.edges if edge[:2] not in served]
    return replace(model, edges=[*edges, *((person, station, {}) for person, station in sorted(served))])


def interruptions(model: Model, nodes: list[str]) -> list[str]:
    """Names of what interrupts some nodes."""
    return [name for node in nodes for name, row in model.nodes[node]["interruptions"].items() if row]


def allotments(model: Model, end: Fraction) -> list[dict[str, Any]]:
    """Who is at which station at each time at which it is decided, and nobody at the end."""
    posts = {node: row["skills"][0] for node, row in model.nodes.items() if row.get("skills")}
    away = {node: model.planned_breaks(node)[0] for node in posts}
    times = {Fraction(0), *(tick for spans in away.values() for span in spans for tick in span)}
    for row in model.nodes.values():
        if REQUEST in str(row.get("method") or ""):
            first, every, last = exact(row.get("start")), exact(row.get("interval")), exact(row.get("stop"))
            until = min(end, last) if last > 0 else end
            times |= {first + every * k for k in range(int((until - first) / every) + 1)} if every else {first}
    found = [
        {
            "time": float(tick),
            "allocation": {node: post for node, post in posts.items() if not any(a <= tick < b for a, b in away[node])},
        }
        for tick in sorted(tick for tick in times if tick < end)
    ]
    return [*found, {"time": float(end), "allocation": {}}]
