"""Queue rules on lines: units are sorted by what is said of each, so that the stop behind a buffer gives them ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dream_model import Inexpressible
from dream_rules import RANKED, Keys, Row, criteria, rank
from dream_way import Stop, Way

if TYPE_CHECKING:
    from dream_tables import Tables

OWN = {"Priority", "EDD", "EOD"}
"""Rules that look at the unit alone; the others look at its route, which parts on a line do not have."""


def line_rule(name: str, kind: str) -> str:
    """Criteria of a buffer on a line; "" where the first that came goes first."""
    found = criteria(name)
    if found == "fifo":
        return ""
    if not set(found.split(";")) <= OWN or kind != "Queue":
        raise Inexpressible(f"queue rule {name} in a {kind} on a line")
    return found


def rank_lines(tables: Tables) -> None:
    """Give ranks to what waits in buffers with a rule; all that goes to such a stop comes from buffers of it."""
    rules: dict[str, set[str]] = {}
    waiting: dict[str, list[tuple[Row, Keys]]] = {}
    for way in tables.plan.ways.values():
        for before in way.stops:
            for stop in way.following(before):
                name = _resource(stop)
                rules.setdefault(name, set()).add(before.rule)
                row = way.product, stop.enter, stop
                waiting.setdefault(name, []).append((row, _keys(way, before.rule)))
    for name, found in rules.items():
        if not any(found) or name == "":
            continue
        if len(found) > 1:
            raise Inexpressible("a station behind places with different queue rules")
        tables.resources[name]["dispatch"] = RANKED
        rank(tables, [row for row, _ in waiting[name]], [keys for _, keys in waiting[name]])


def _resource(stop: Stop) -> str:
    """What units wait for before a stop; "" where they never do."""
    if stop.always:
        return ""
    if stop.kind not in ("buffer", "station"):
        return f"{stop.name}-0" if stop.kind == "belt" else f"{stop.kind} of {stop.name}"
    return stop.name


def _keys(way: Way, rule: str) -> Keys:
    """By what a rule sorts the units of a way; the smallest goes first."""
    given = {"Priority": way.priority, "EDD": way.due, "EOD": way.ordered}
    return tuple(given[one] for one in rule.split(";") if one)
