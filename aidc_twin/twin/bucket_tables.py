"""Capacity by period as the kernel sees it: resources that are shared out, their amounts, overlapping steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from aidc_twin.park.buckets import bucket_amounts
from aidc_twin.twin.memory import Ints
from aidc_twin.units.clock import Clock

if TYPE_CHECKING:
    from aidc_twin.park.park import Park
    from aidc_twin.park.schema import Resource
    from aidc_twin.twin.factory import Factory

SCALE = 1000
"""Work is counted in thousandths of its unit."""
NOTHING_AT_ONCE = 1e-12
"""Share below which nothing of a step's work is there from the start."""


def bucketed(park: Park) -> list[Resource]:
    """Resources whose capacity is shared out at the start of each period, in the order of the file."""
    return [row for row in park.resources if row.kind == "bucketed"]


def ticks_of(clock: Clock, hours: float) -> int:
    """Hours in whole ticks."""
    return math.floor(hours * clock.ticks_per_hour + 0.5)


def bucket_changes(park: Park, clock: Clock) -> dict[str, list[tuple[int, int]]]:
    """(tick, change in counting units) of each resource whose periods have amounts of their own."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in bucketed(park):
        amounts = bucket_amounts(park, row)
        if amounts is None:
            continue
        counts = np.floor(amounts * SCALE + 1e-6).astype(np.int64)
        changes = np.diff(counts, prepend=np.int64(0))
        first, period = ticks_of(clock, row.first_hours), ticks_of(clock, row.period_hours or 0.0)
        found[row.resource] = [(first + period * k, int(changes[k])) for k in np.flatnonzero(changes).tolist()]
    return found


def bucket_table(
    park: Park, clock: Clock, resources: Sequence[str], queue_of: Sequence[int], bucket_of: Sequence[int]
) -> Ints:
    """BUCKET: a row for each resource that is shared out; `bucket_of` is that of each class, -1 where there is none."""
    queues = dict(zip(bucket_of, queue_of, strict=True))
    rows = [
        (
            resources.index(row.resource), ticks_of(clock, row.first_hours), ticks_of(clock, row.period_hours or 0.0),
            -1 if row.window_hours is None else ticks_of(clock, row.window_hours), row.beyond_window == "yes",
            row.finish_first == "yes", queues.get(resources.index(row.resource), -1),
        )
        for row in bucketed(park)
    ]  # fmt: skip
    return np.array(rows, np.int64).reshape(-1, 7)


@dataclass
class Flows:
    """What follows what on all routes, one entry for each route step.

    A step that begins on what another has done so far does not wait for it: it gets its work from there.

    Attributes
    ----------
    after : steps that wait for each step.
    before : things that each step waits for.
    roots : steps of each route that wait for nothing.
    feeds, shares : where the work of each step comes from (-1: it is there at once), and which shares of it.
    flows : steps to which the work of each step goes.
    at_once : what there is of the work of each step from the beginning, in counting units.
    bucketed : of each route, whether any of its steps gets shares of periods.
    """

    after: list[list[int]] = field(default_factory=list[list[int]])
    before: list[int] = field(default_factory=list[int])
    roots: list[list[int]] = field(default_factory=list[list[int]])
    feeds: list[list[int]] = field(default_factory=list[list[int]])
    shares: list[float] = field(default_factory=list[float])
    flows: list[list[int]] = field(default_factory=list[list[int]])
    at_once: list[int] = field(default_factory=list[int])
    bucketed: list[bool] = field(default_factory=list[bool])


def flows(factory: Factory) -> Flows:
    """Flows of a factory's routes."""
    found = Flows()
    for route, classes in zip(factory.routes, factory.route_class, strict=True):
        found.bucketed.append(any(factory.table.rows[c].bucket >= 0 for c in classes))
        after: list[list[int]] = [[] for _ in route.steps]
        flow: list[list[int]] = [[] for _ in route.steps]
        roots: list[int] = []
        for i, step in enumerate(route.steps):
            rows = factory.park.overlaps_of(route.routing, step.operation) if found.bucketed[-1] else ()
            shares = {route.position[row.before]: row.share.value for row in rows}
            waits = [before for before in step.after if before not in shares]
            for before in step.after:
                (flow if before in shares else after)[before].append(i)
            if not waits:
                roots.append(i)
            rest = 1.0 - sum(shares.values())
            if shares and rest > NOTHING_AT_ONCE:
                shares[-1] = rest
            found.before.append(max(1, len(waits)))
            content = factory.table.rows[classes[i]].content
            found.at_once.append(math.floor(content * shares.get(-1, 0.0)) if shares else content)
            found.feeds.append(list(shares))
            found.shares += shares.values()
        found.after += after
        found.flows += flow
        found.roots.append(roots)
    return found


def earliest_starts(factory: Factory, wished: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Earliest tick of steps by (unit id, operation): the later one of what a schedule and what the park asks for."""
    found = dict(wished)
    for row in factory.park.not_before:
        tick = ticks_of(factory.clock, row.hours)
        for unit, r in zip(factory.units, factory.unit_route, strict=True):
            if unit.order == row.order and row.operation in factory.routes[r].position:
                key = unit.id, row.operation
                found[key] = max(found.get(key, 0), tick)
    return found
