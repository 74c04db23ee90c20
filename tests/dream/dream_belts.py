"""Conveyors on lines: places one behind the other, each of which a unit holds from its way there until it goes on.

A unit of the length 1 stands at the entry (0), 1, 2, ... or at the end, or is under way from one place to the next. The
entry is free again when the unit has come to the next place.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from dream_model import Inexpressible, Model, exact
from dream_way import Stop

if TYPE_CHECKING:
    from measure import History, Visit

MOST_PLACES = 60
AT_THE_END = Fraction(1, 10)
"""What the other simulator adds to the blockage of a conveyor that is full at the end."""


def is_belt(model: Model, node: str) -> bool:
    """Whether a node is a conveyor."""
    return model.kind(node) == "Conveyer"


def metre(model: Model, node: str) -> Fraction:
    """Time that a unit takes for its own length; speeds are those of a second, and a unit of time is a minute."""
    speed = exact(model.nodes[node].get("speed", 1))
    if speed <= 0:
        raise Inexpressible("a conveyor that stands still")
    return 1 / (60 * speed)


def belt(model: Model, node: str) -> Stop:
    """A conveyor as a stop."""
    length = exact(model.nodes[node].get("length", 10))
    if length.denominator != 1 or not 1 <= length <= MOST_PLACES:
        raise Inexpressible("a conveyor whose length is no whole number of units, or a long one")
    if len(model.before(node)) != 1 or len(model.after(node)) != 1:
        raise Inexpressible("a conveyor with several entries or ends")
    if any((model.nodes[node].get("interruptions") or {}).values()):
        raise Inexpressible("a conveyor with interruptions")
    return Stop((node,), "belt", room=int(length), work=metre(model, node))


def ready_to_come(history: History) -> dict[int, Fraction | None]:
    """When the unit of each visit was ready to come."""
    found: dict[int, Fraction | None] = {}
    for visits in history.visits:
        ready: Fraction | None = history.came.get(id(visits))
        for visit in visits:
            found[id(visit)] = ready
            ready = visit.finished if visit.stop.kind in ("station", "belt") else visit.entered
    return found


def belt_figures(visits: list[Visit], end: Fraction, wanted: dict[int, Fraction | None]) -> dict[str, Any]:
    """Shares of time in which something moves, and in which there is no room for another unit."""
    visits = sorted(visits, key=lambda visit: visit.entered)
    for visit in visits:
        _check_entry(visits, visit, wanted[id(visit)])
    moving, upto = Fraction(0), Fraction(0)
    for start, stop in sorted((row.start, min(row.end, end)) for visit in visits for row in visit.rows):
        moving += max(Fraction(0), stop - max(start, upto))
        upto = max(upto, stop)
    blocked = Fraction(0)
    for i, visit in enumerate(visits):
        here = [one for one in visits[: i + 1] if one.left is None or one.left > visit.entered]
        if len(here) > (visit.stop.room or 0):
            gone = min((one.left for one in here if one.left is not None), default=None)
            blocked += end + AT_THE_END - visit.entered if gone is None else gone - visit.entered
    shares = {"working": moving, "blockage": blocked, "waiting": end - moving - blocked}
    return {f"{name}_ratio": [float(100 * value / end)] for name, value in shares.items()}


def _check_entry(visits: list[Visit], visit: Visit, wanted: Fraction | None) -> None:
    """Room that comes while the first unit stands at the end is not seen there until something else happens."""
    tick = visit.entered
    if wanted is None or wanted >= tick:
        return
    here = [one for one in visits if one.entered < tick and (one.left is None or one.left >= tick)]
    if not here or not here[-1].rows or here[-1].rows[0].end != tick:  # room was there before
        return
    if here[0].finished is not None and here[0].finished < tick and here[0].left != tick:
        raise Inexpressible("a conveyor that is entered while its first unit stands at the end")
