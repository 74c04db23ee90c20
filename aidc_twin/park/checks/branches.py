"""Ways that divide by chance: shares, loops, joins, and an end for every unit."""

from __future__ import annotations

import math
from collections.abc import Set
from itertools import pairwise

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.durations import takes_time
from aidc_twin.park.flow import END, LEGS, SCRAP, Flow, Walk, flow_of, may_end, walk
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Branch, Operation
from aidc_twin.park.steps import a_cycle
from aidc_twin.resources.suggest import listed

SURE = 1e-6
"""How far the shares of an operation may add up to something else than 1."""


def check(findings: Findings) -> None:
    """Shares that do not sum to 1, loops without time or way out, joins that wait for a way that was not taken."""
    if not findings.readable("operations", "branches"):
        return
    park = findings.park
    for routing in dict.fromkeys(row.routing for row in park.branches):
        findings.part(_check_routing, routing)
    if findings.readable("products", "bom", "orders", "sources"):
        again = _begin_again(park)
        for routing in park.routings:
            findings.part(_check_walls, routing, again)
    if findings.readable("calendars", "windows"):
        ordered = _ordered(park)
        for routing in park.routings:
            findings.part(_check_time, routing, ordered)


def _check_routing(findings: Findings, routing: str) -> None:
    park = findings.park
    rows = {row.operation: row for row in park.steps_of(routing)}
    sound = _check_shares(findings, routing) and _known(park, routing, rows)
    if sound and not a_cycle(list(rows), {name: row.after for name, row in rows.items()}):
        flow = flow_of(park, routing)
        findings.part(_check_walk, routing, flow)
        findings.part(_check_exits, routing, flow)


def _known(park: Park, routing: str, rows: dict[str, Operation]) -> bool:
    """Whether every step that is named is one."""
    named = {name for row in rows.values() for name in row.after}
    for branch in park.branches_of(routing):
        named |= {branch.operation} | ({branch.next} - {END, SCRAP})
    return named <= rows.keys()


def _check_shares(findings: Findings, routing: str) -> bool:
    groups: dict[str, list[Branch]] = {}
    for row in findings.park.branches_of(routing):
        groups.setdefault(row.operation, []).append(row)
    count = len(findings.problems)
    for operation, rows in groups.items():
        total = math.fsum(row.share.value for row in rows)
        if abs(total - 1) > SURE:
            findings.add(
                rows[-1],
                "share",
                f"shares of {operation} sum to {number(total)}",
                allowed="1 in all",
                fix="write probabilities that sum to 1, one row for each step that may follow",
                code="shares-not-one",
            )
    return len(findings.problems) == count


def _check_walk(findings: Findings, routing: str, flow: Flow) -> None:
    """Each step is entered once at a time, joins get all that they wait for, and what is never reached is told."""
    found = walk(flow)
    for step, missing in sorted(found.stuck.items()):
        _add_stuck(findings, routing, flow, step, missing)
    begun = found.twice.keys() & set(flow.roots)  # what goes wrong behind a step that starts too early is an echo
    for step in sorted(begun or found.twice):
        _add_twice(findings, routing, flow, step, found.twice[step])
    _note_unreached(findings, routing, flow, found)


def _row(findings: Findings, routing: str, flow: Flow, step: str) -> Operation:
    """Row of a step; for the legs, of an operation that they follow."""
    return findings.park.operation(routing, flow.after[LEGS][0] if step == LEGS else step)


def _add_stuck(findings: Findings, routing: str, flow: Flow, step: str, missing: tuple[str, ...]) -> None:
    findings.add(
        _row(findings, routing, flow, step),
        "after",
        f"{step} waits for {listed(flow.after[step])}, and {listed(missing)} may never release it",
        allowed="steps that a unit always passes together",
        fix=f"a way that is not taken never comes, and where the way divides only the chosen step follows: lead every "
        f"way into {step} by a branch (of share 1 where it is the only one; it waits for no other step then)",
        code="join-of-branches",
    )


def _add_twice(findings: Findings, routing: str, flow: Flow, step: str, other: str) -> None:
    fix = f"write in `after` of {step} the step before it: without one it starts together with the unit"
    if step not in flow.roots:
        fix = "divide the way only where no parallel step of the unit is left, or join the parallel steps before"
    findings.add(
        _row(findings, routing, flow, step),
        "after",
        f"{step} may be entered from {other} while the unit is still in it, or waits for it",
        allowed="steps that a unit enters again only after it has passed them",
        fix=fix,
        code="entered-twice",
    )


def _note_unreached(findings: Findings, routing: str, flow: Flow, found: Walk) -> None:
    never = [name for name in flow.after if name not in found.reached]
    if never and found.complete:
        findings.note(f"steps of routing {routing} that no unit reaches: {listed(never)}")


def _check_exits(findings: Findings, routing: str, flow: Flow) -> None:
    """From every step that is reached there is a way on which the unit is done, or leaves as scrap where it may."""
    park = findings.park
    if not findings.readable("products", "bom", "orders", "sources"):
        return
    ordered, endless = routing in _ordered(park), _endless(park, routing)
    if not ordered and not endless:
        return
    ends = {name for name in flow.after if flow.leaves(name) or (not ordered and _may_leave(park, routing, flow, name))}
    out = set[str]().union(*(flow.upstream(name) for name in ends))
    if ordered and out & set(flow.roots):  # as scrap, a unit of an order begins again
        out = out.union(*(flow.upstream(name) for name in flow.after if flow.leaves(name, SCRAP)))
    trapped = sorted(flow.reached(flow.roots) - out)
    if trapped:
        _add_trap(findings, routing, trapped)


def _add_trap(findings: Findings, routing: str, trapped: list[str]) -> None:
    rows = findings.park.branches_of(routing)
    findings.add(
        next((row for row in rows if row.operation in trapped), rows[0]),
        "next",
        f"a unit that reaches {listed(trapped)} is never done",
        allowed="a way to `end` or to a last step",
        fix="add a branch that leads out; a loop without one is for units of a source with `most` only",
        code="no-way-out",
    )


def _ordered(park: Park) -> set[str]:
    """Routings of all that is made for an order."""
    return _made_for(park, {row.product for row in park.orders})


def _made_for(park: Park, products: Set[str]) -> set[str]:
    """Routings of products and of all that they are made of."""
    items: dict[str, list[str]] = {}
    for line in park.bom:
        items.setdefault(line.parent, []).append(line.item)
    ahead = list(products)
    made: set[str] = set()
    while ahead:
        product = ahead.pop()
        if product not in made:
            made.add(product)
            ahead.extend(items.get(product, ()))
    return {row.routing for row in park.products if row.product in made}


def _begin_again(park: Park) -> set[str]:
    """Routings of units that begin again when they are scrapped: all but those that arrive by themselves."""
    parts = {line.item for source in park.sources for line in park.bom_of(source.product)}
    return _ordered(park) | _made_for(park, parts)


def _check_walls(findings: Findings, routing: str, again: Set[str]) -> None:
    """A unit that begins again when it is scrapped must be able to get round steps that always fail."""
    park = findings.park
    rows = {row.operation: row for row in park.steps_of(routing)}
    walls = {name: row for name, row in rows.items() if row.fail_share.value >= 1 and row.attempts_most}
    if routing not in again or not walls or not _known(park, routing, rows):
        return
    if may_end(flow_of(park, routing, ships=False), walls.keys()):
        return
    row = next(iter(walls.values()))
    findings.add(
        row,
        "fail_share",
        f"{row.fail_share.text} at {row.operation}, which no unit passes",
        allowed="below 1 for what is made for an order or as a part: what is scrapped begins again and is never done",
        fix=f"write a probability such as 0.95, or let a branch lead round {row.operation}",
        code="never-passed",
    )


def _endless(park: Park, routing: str) -> bool:
    """Whether units of a source come to a routing without end."""
    names = {row.product for row in park.products if row.routing == routing}
    return any(row.product in names and not row.most for row in park.sources)


def goes_round(park: Park, routing: str) -> bool:
    """Whether a unit of a source goes round on a routing for ever: nowhere is it done, scrapped or lost."""
    flow = flow_of(park, routing)
    steps = flow.reached(flow.roots)
    return not any(flow.leaves(name) or _may_leave(park, routing, flow, name) for name in steps)


def _may_leave(park: Park, routing: str, flow: Flow, name: str) -> bool:
    """Whether a unit of a source may leave at a step without being done: as scrap, or since it waited too long."""
    if name == LEGS:
        return False
    row = park.operation(routing, name)
    stops = (stop for need in park.needs_of(routing, name) for stop in park.breakdowns_of(need.resource))
    return (
        flow.leaves(name, SCRAP)
        or (row.attempts_most > 0 and row.fail_share.value > 0)
        or row.patience_hours is not None
        or any(stop.effect == "lose" for stop in stops)
    )


def _check_time(findings: Findings, routing: str, ordered: Set[str]) -> None:
    """Every loop takes time, also the one of a unit of an order that begins again as scrap."""
    park = findings.park
    rows = {row.operation: row for row in park.steps_of(routing)}
    scrapped = routing in ordered and any(row.attempts_most and row.fail_share.value > 0 for row in rows.values())
    branched = bool(park.branches_of(routing))
    if not (branched or scrapped) or not _known(park, routing, rows):
        return
    try:
        instant = [name for name, row in rows.items() if not takes_time(park, row)]
    except ValueError:  # weekdays that are none, a problem of the calendar
        return
    flow = flow_of(park, routing, ships=False)
    before: dict[str, list[str]] = {name: [] for name in instant}
    for name in instant:
        again = flow.roots if routing in ordered and _scraps(flow, rows[name]) else ()
        for to in (*flow.next_of(name), *again):
            if to in before:
                before[to].append(name)
    cycle = a_cycle(instant, before)
    if cycle:
        _add_instant(findings, rows, cycle)


def _scraps(flow: Flow, row: Operation) -> bool:
    return flow.leaves(row.operation, SCRAP) or (row.attempts_most > 0 and row.fail_share.value > 0)


def _add_instant(findings: Findings, rows: dict[str, Operation], cycle: list[str]) -> None:
    steps = set(pairwise(cycle))
    branches = findings.park.branches_of(rows[cycle[0]].routing)
    rows_of_cycle = [row for row in branches if (row.operation, row.next) in steps]
    findings.add(
        rows_of_cycle[0] if rows_of_cycle else rows[cycle[0]],
        "next" if rows_of_cycle else "duration",
        "→".join(cycle),
        allowed="a loop that takes time",
        fix="a loop that takes no time goes round for ever in one instant; give one of its steps a duration",
        code="zero-time-loop",
    )
