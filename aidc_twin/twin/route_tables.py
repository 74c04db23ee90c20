"""Tables of the kernel about routes: steps, what follows them, what they give back, post, stock."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from aidc_twin.park.holding import kept
from aidc_twin.park.schema import Leg, Operation
from aidc_twin.twin.bucket_tables import flows
from aidc_twin.twin.classes import MATERIAL_SCALE
from aidc_twin.twin.factory import Factory, once
from aidc_twin.twin.kernel.layout import (
    AT_ONCE,
    BRANCH,
    BRANCH_F,
    FEED,
    FEED_F,
    FLOW,
    FREE_WAYS,
    HOLD,
    HOST,
    ITS_PERSON,
    KEPT_WAYS,
    LAST,
    MOVE,
    ONWARD,
    OUTPUT,
    POST,
    ROOT,
    ROUTE,
    STEP,
    STEP_FLOW,
    SUCC,
    TO_END,
    TO_SCRAP,
    UNTIL_PARTS,
    UP,
    WAY,
)
from aidc_twin.twin.memory import Ints, Reals
from aidc_twin.twin.routes import Route, sales_at
from aidc_twin.twin.unit_tables import ends_of, entries_of, table_of

Hold = tuple[int, int, int, int, int]
"""Resource, amount, position of the step that takes it, its need there, what it is to that step (see `layout`)."""
JOIN: Hold = (-1, 0, 0, 0, 0)
"""What parts keep until they are joined."""
CHOICES = ("free", "idle_longest", "idle_longest_last", "first_to_call")
"""What decides among ways, as the kernel numbers it."""


@once
def route_tables(factory: Factory) -> dict[int, Ints | Reals]:
    """ROUTE, ROOT, STEP and the lists of its columns."""
    holds: list[list[Hold]] = []
    moves: list[list[Hold]] = []
    lasts: list[list[Hold]] = []
    posts: list[list[tuple[int, int, int, int, int]]] = []
    branches: list[list[tuple[int, ...]]] = []
    shares: list[float] = []
    outputs: list[list[tuple[int, ...]]] = []
    for route, classes in zip(factory.routes, factory.route_class, strict=True):
        step_holds, step_moves, last = route_holds(factory, route, classes)
        holds += step_holds
        joined = _joined(factory, route)
        ways = _ways(factory, route)
        moves += [[*row, *([JOIN] if i in joined else []), *ways[i]] for i, row in enumerate(step_moves)]
        lasts.append([*last, *(hold for row in step_holds for hold in row)])
        for step in route.steps:
            posts.append(_posts(factory, route, step.operation))
            rows = factory.park.branches_of(route.routing, step.operation)
            marks = [(KEPT_WAYS if _keeps(step.row) else FREE_WAYS,)] if _choice(step.row) != "chance" else []
            branches.append([*marks, *((_target(route, row.next),) for row in rows)])
            shares += [0.0] * len(marks) + list(accumulate(row.share.value for row in rows))
            outputs.append(_outputs(factory, route, step.operation))
    step_class = [c for row in factory.route_class for c in row]
    flow = flows(factory)
    after = flow.after
    roots = flow.roots
    before = flow.before
    openers = {(line.parent, line.released_by) for line in factory.park.bom}
    keepers = {c for c, row in enumerate(factory.table.rows) if any(s.kept == UNTIL_PARTS for s in row.seizures)}
    opens = [
        ((route.product, step.operation) in openers) + 2 * (c in keepers)
        for route, classes in zip(factory.routes, factory.route_class, strict=True)
        for step, c in zip(route.steps, classes, strict=True)
    ]
    quiet = [not any(rows) for rows in zip(holds, posts, branches, outputs, strict=True)]
    opens = [
        more or ONWARD * int(only and still) for more, only, still in zip(opens, _onward(factory), quiet, strict=True)
    ]
    hosts = [_host(factory, route, i) for route in factory.routes for i in range(len(route.steps))]
    return {
        ROUTE: table_of(factory.step_base[:-1], [len(route.steps) for route in factory.routes], *ends_of(roots),
                        *ends_of(lasts), flow.bucketed),
        ROOT: np.array([i for row in roots for i in row], np.int64),
        STEP: table_of(step_class, *ends_of(after), *ends_of(holds), *ends_of(posts), before, *ends_of(moves),
                       *ends_of(branches), *ends_of(outputs), opens,
                       [i for route in factory.routes for i in range(len(route.steps))]),
        HOST: np.array(hosts, np.int64),
        SUCC: np.array([i for row in after for i in row], np.int64),
        HOLD: entries_of(holds, 5),
        LAST: entries_of(lasts, 5),
        MOVE: entries_of(moves, 5),
        POST: entries_of(posts, 5),
        BRANCH: entries_of(branches, 1),
        BRANCH_F: np.array(shares, np.float64),
        OUTPUT: entries_of(outputs, 2),
        STEP_FLOW: table_of(*ends_of(flow.feeds), *ends_of(flow.flows), flow.at_once),
        FEED: np.array([i for row in flow.feeds for i in row], np.int64),
        FLOW: np.array([i for row in flow.flows for i in row], np.int64),
        FEED_F: np.array(flow.shares, np.float64),
    }  # fmt: skip


def _onward(factory: Factory) -> list[bool]:
    """Whether nothing follows each step but the next one of its route, which waits for nothing else, and nobody learns
    by it.
    """
    flow, rows = flows(factory), factory.table.rows
    places = [i for route in factory.routes for i in range(len(route.steps))]
    classes = [c for found in factory.route_class for c in found]
    return [
        flow.after[i] == [place + 1] and flow.before[i + 1] == 1 and rows[c].learning < 0
        for i, (place, c) in enumerate(zip(places, classes, strict=True))
    ]


def _host(factory: Factory, route: Route, position: int) -> int:
    """Steps from one to the earlier one that keeps the machine on which it works; 0 where there is none."""
    row = route.steps[position].row
    on = row.on if isinstance(row, Operation) else ""
    for i in range(position - 1 if on else -1, -1, -1):
        needs = factory.park.needs_of(route.routing, route.steps[i].operation)
        if any(need.resource == on and kept(need) for need in needs):
            return i - position
    return 0


def _joined(factory: Factory, route: Route) -> set[int]:
    """Positions of the steps that join parts which keep something until then."""
    park = factory.park
    lines = [line for line in park.bom_of(route.product) if park.has("products", line.item)]
    routings = {need.routing for need in park.needs if need.until == "joined"}
    return {route.position[line.operation] for line in lines if park.product(line.item).routing in routings}


def _choice(row: Operation | Leg) -> str:
    """What decides among the ways behind a step."""
    return row.ways if isinstance(row, Operation) else "chance"


def _keeps(row: Operation | Leg) -> bool:
    """Whether all parts of a parent go the same way behind a step."""
    return isinstance(row, Operation) and row.same_way == "parent"


def _ways(factory: Factory, route: Route) -> list[list[Hold]]:
    """For each step that is the first of a way on which its unit may go by what is free: all these ways."""
    found: list[list[Hold]] = [[] for _ in route.steps]
    for step in route.steps:
        if _choice(step.row) != "chance":
            rule = CHOICES.index(_choice(step.row))
            targets = [_target(route, row.next) for row in factory.park.branches_of(route.routing, step.operation)]
            for to in targets:
                found[to] = [(WAY, rule, position, int(_keeps(step.row)), 0) for position in targets]
    return found


def _target(route: Route, name: str) -> int:
    if name in route.position:
        return route.position[name]
    return TO_SCRAP if name == "scrap" else TO_END


def _outputs(factory: Factory, route: Route, operation: str) -> list[tuple[int, ...]]:
    """(material, quantity) that an operation puts into stock."""
    return [
        (factory.table.resources[row.material], round(row.quantity.value * route.batch * MATERIAL_SCALE))
        for row in factory.park.outputs_of(route.routing, operation)
    ]


def route_holds(
    factory: Factory, route: Route, classes: Sequence[int]
) -> tuple[list[list[Hold]], list[list[Hold]], list[Hold]]:
    """What each step gives back when it is passed, when it starts, and what only the unit's end gives back.

    A unit that ends before what would have given something back gives it back at its end.
    """
    passed: list[list[Hold]] = [[] for _ in route.steps]
    moved: list[list[Hold]] = [[] for _ in route.steps]
    at_end: list[Hold] = []
    after = route.successors()
    for position, (step, c) in enumerate(zip(route.steps, classes, strict=True)):
        needs = factory.park.needs_of(route.routing, step.operation)
        taken = {factory.table.resources[need.resource]: need for need in needs if need.during == "operation"}
        branches = [_target(route, row.next) for row in factory.park.branches_of(route.routing, step.operation)]
        for bit, seizure in enumerate(factory.table.rows[c].seizures):
            if seizure.own or seizure.resource not in taken:
                continue
            server = int(seizure.resource == factory.table.rows[c].server)
            if server and taken[seizure.resource].leave != "any":
                server = UP + 1 + factory.table.rows[c].calendar
                server += AT_ONCE if taken[seizure.resource].leave == "at_once" else 0
            if seizure.named:
                server = ITS_PERSON
            if seizure.shared >= 0:
                server = -1 - factory.table.family(seizure)
            hold = (seizure.resource, seizure.amount, position, bit, server)
            name = taken[seizure.resource].until
            if name in ("next", "end", "parts"):
                at_end.append(hold)
            elif name != "joined":
                passed[route.position[name]].append(hold)
            if name == "next":  # a step that is entered again has given back what it kept before
                for to in dict.fromkeys(to for to in branches or after[position] if to >= 0 and to != position):
                    moved[to].append(hold)
    return passed, moved, at_end


def _posts(factory: Factory, route: Route, operation: str) -> list[tuple[int, int, int, int, int]]:
    """(rule, ppm owned, ppm consigned, yuan owned, yuan consigned) of the sales at a step."""
    park = factory.park
    found: list[tuple[int, int, int, int, int]] = []
    for sale in sales_at(park, route, operation):
        shares = (sale.share.value, (sale.consigned_share or sale.share).value)
        owned, consigned = (round(share * 1_000_000) for share in shares)
        if sale.item == route.product:
            found.append((factory.rules.index(sale.sale), owned, consigned, 0, 0))
            continue
        lines = [line for line in park.bom_of(route.product) if line.item == sale.item and line.operation == operation]
        value = round(
            sum(line.quantity.value for line in lines) * route.batch * park.material(sale.item).price_yuan.value
        )
        found.append((factory.rules.index(sale.sale), 0, 0, value * owned // 1_000_000, value * consigned // 1_000_000))
    return found
