"""Units that are moved from one buffer to another at intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dream_model import Inexpressible, Model, exact
from dream_posts import REQUEST
from dream_way import Mover

if TYPE_CHECKING:
    from measure import Visit


def movers(model: Model) -> dict[str, Mover]:
    """What moves units from a buffer at intervals, by the buffer."""
    found: dict[str, Mover] = {}
    served = any(row.get("skills") for row in model.nodes.values())
    for node, row in model.nodes.items():
        if model.kind(node) != "EventGenerator":
            continue
        method = str(row.get("method", "")).rsplit(".", 1)[-1]
        if method == "countIntervalThroughput" or (method == REQUEST and served):  # it changes nothing
            continue
        if method != "moveExcess":
            raise Inexpressible(f"events of the method {method}")
        given = row.get("argumentDict") or {}
        mover = Mover(
            node, str(given.get("giverId")), str(given.get("receiverId")), int(exact(given.get("consumption", 1))),
            int(exact(given.get("safetyStock", 70))), exact(row.get("start", 0)), exact(row.get("interval", 1)),
        )  # fmt: skip
        sides = [model.kind(one) if one in model.nodes else "" for one in (mover.giver, mover.receiver)]
        room = exact(model.nodes.get(mover.receiver, {}).get("capacity", 1))
        if sides[0] != "Queue" or sides[1] not in ("Queue", "Exit") or (sides[1] == "Queue" and room >= 0):
            raise Inexpressible("units that are moved at intervals otherwise than from a buffer to one without an end")
        if model.after(mover.giver) or model.before(mover.receiver) or mover.giver in found:
            raise Inexpressible("units that are moved from a buffer or to one beside others")
        if not 0 < mover.amount <= mover.above + 1 or mover.every <= 0 or exact(row.get("stop", -1)) >= 0:
            raise Inexpressible("moves of more units than must wait, or for a time only")
        found[mover.giver] = mover
    return found


def check_ties(visits: Sequence[Visit], mover: Mover) -> None:
    """Units that come in the instant of a move count here, and not there: whether that makes a difference."""
    for tick in {visit.entered for visit in visits}:
        if tick >= mover.first and (tick - mover.first) % mover.every == 0:
            here = [visit for visit in visits if visit.entered <= tick and (visit.left is None or visit.left >= tick)]
            before = sum(visit.entered < tick for visit in here)
            if before <= mover.above < len(here):
                raise Inexpressible("units that come in the very instant of a move")
