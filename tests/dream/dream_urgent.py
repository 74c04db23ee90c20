"""Critical jobs of the other simulator: first in every buffer, and at some stations they stop other work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dream_model import Inexpressible, Model, flag
from dream_way import Stop, Way

if TYPE_CHECKING:
    from dream_tables import Tables


def urgent_rule(rule: str) -> str:
    """Rule of a station where some jobs are critical."""
    if rule not in ("", "fifo"):
        raise Inexpressible(f"critical jobs in a buffer with the rule {rule}")
    return "Priority"


def stops_work(model: Model, nodes: tuple[str, ...]) -> str:
    """What becomes of work that a critical job stops at a station; "" where it stops none."""
    rows = [model.nodes[node].get("preemption") or {} for node in nodes]
    modes = {("repeat" if flag(row.get("resetOnPreemption")) else "resume") if flag(row.get("isPreemptive")) else ""
             for row in rows}  # fmt: skip
    if len(nodes) > 1 and modes != {""}:
        raise Inexpressible("one of several stations at which critical jobs stop other work")
    return modes.pop()


def check_urgent(tables: Tables, ways: Iterable[Way]) -> None:
    """Write down at which stations work is stopped; a unit must go back to where it came from, with nothing else."""
    served: dict[str, str] = {}
    for way in ways:
        for before, stop, after in zip([None, *way.stops], way.stops, [*way.stops[1:], None], strict=False):
            if not stop.preempt:
                continue
            plain = before is not None and tables.model.kind(before.nodes[0]) == "QueueJobShop" and before.always
            if not plain or after is None or not after.always or len(stop.operations) != 1:
                raise Inexpressible("stopped work that cannot go back to where it came from")
            _check_station(tables.model, stop)
            for one in stop.crew:
                if served.setdefault(one, stop.name) != stop.name:
                    raise Inexpressible("critical jobs at several stations of one person")
            tables.resources[stop.name]["preempt"] = stop.preempt


def _check_station(model: Model, stop: Stop) -> None:
    """Its times, its people and what interrupts them must leave no doubt how much of the work is done."""
    if stop.setup or stop.load or stop.uses or stop.makes:
        raise Inexpressible("stopped work with a setup, a load or parts that it waits for")
    if len(stop.crew) > 1 or stop.managed:
        raise Inexpressible("critical jobs at a station that several people serve")
    for node in (*stop.nodes, *stop.crew):
        if any(((model.nodes.get(node) or {}).get("interruptions") or {}).values()):
            raise Inexpressible("critical jobs where work is interrupted")
