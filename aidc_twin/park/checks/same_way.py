"""Units with parts where ways divide by what is free, and ways to which all parts of one parent keep."""

from __future__ import annotations

from itertools import product
from math import prod

from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.flow import END, SCRAP, Flow, flow_of
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Branch, Operation
from aidc_twin.resources.suggest import listed

MOST_WAYS = 10_000
"""Combinations of ways through one routing that are looked at."""


def check(findings: Findings) -> None:
    """Parts keep to a way that can be told by its machines, of a parent that there is."""
    if not findings.readable("operations", "branches", "needs", "resources", "bom", "products", "orders", "sources"):
        return
    findings.each(findings.park.operations, _check_step)


def _check_step(findings: Findings, row: Operation) -> None:
    reason = "" if row.same_way == "any" else _reason(findings.park, row)
    if reason:
        findings.add(
            row,
            "same_way",
            f"{row.same_way} at {row.operation}, {reason}",
            allowed="any; or parent, for parts whose ways divide by what is free and begin on servers of their own",
            fix="leave it blank, or begin each way with an operation on a machine that tells it from the others",
            code="no-way-to-keep-to",
        )


def _reason(park: Park, row: Operation) -> str:
    """Why parts of one parent cannot keep to one of the ways behind an operation; blank: they can."""
    if row.ways == "chance":
        return "where chance decides"
    alone = {one.product for one in (*park.orders, *park.sources)}
    inside = {line.item for line in park.bom}
    products = [one.product for one in park.products if one.routing == row.routing]
    wrong = sorted(name for name in products if name in alone or name not in inside)
    if wrong:
        return f"to which {listed(wrong)} comes by itself"
    ways = park.branches_of(row.routing, row.operation)
    first = [_servers(park, way) for way in ways]
    if "" in first:
        return f"and {ways[first.index('')].next} takes no servers"
    twice = [name for name in first if first.count(name) > 1]
    if twice:
        return f"and two of its ways begin on {twice[0]}"
    kept = [need for need in park.needs if need.resource in first and need.same != "any"]
    return f"and parts keep to one machine of {kept[0].resource} at {kept[0].operation}" if kept else ""


def _servers(park: Park, way: Branch) -> str:
    """Servers on which a way begins; blank where it begins on none."""
    needs = [need for need in park.needs_of(way.routing, way.next) if need.during == "operation"]
    names = [need.resource for need in needs if need.hold == "take" and park.has("resources", need.resource)]
    return next((name for name in names if park.resource(name).kind == "servers"), "")


def left_behind(park: Park, name: str) -> str:
    """Why a unit whose ways divide by what is free might leave parts behind, or wait for them in vain; blank: never."""
    flow = flow_of(park, park.product(name).routing)
    rows = [line for line in park.bom_of(name) if park.has("products", line.item)]
    for steps in _runs(flow):
        for line in rows:
            begins = not line.released_by or line.released_by in steps
            if begins != (line.operation in steps):
                way = f"a way without {line.operation if begins else line.released_by}"
                return f"may go {way}, and {line.item} is {'left behind' if begins else 'waited for in vain'}"
    return ""


def _runs(flow: Flow) -> list[set[str]]:
    """Steps that a unit passes, for each combination of the ways that it may go."""
    choices = [[(name, to) for to, _ in targets if to not in (END, SCRAP)] for name, targets in flow.branches.items()]
    if prod(map(len, choices)) > MOST_WAYS:
        return []
    return [_passed(flow, dict(ways)) for ways in product(*choices)]


def _passed(flow: Flow, ways: dict[str, str]) -> set[str]:
    """Steps that a unit passes which goes these ways."""
    found: set[str] = set()
    ahead = list(flow.roots)
    while ahead:
        step = ahead.pop()
        if step not in found:
            found.add(step)
            ahead += [ways[step]] if step in ways else flow.followers(step)
    return found
