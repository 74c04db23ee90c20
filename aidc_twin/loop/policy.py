"""A plan as the policy that the twin executes: unit releases, shift levels, purchase orders and priorities."""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from aidc_twin.frames import PlanUnitReleases, build
from aidc_twin.twin.compile import Factory, Policy
from aidc_twin.twin.items import Items, spread

NEVER_WEEKS = 10_000
"""Release week of what the plan does not release: after any horizon."""


def policy_of(factory: Factory, items: Items, frames: Mapping[str, pl.DataFrame]) -> Policy:
    """Policy of the frames of a plan, or of a run, in which units may start before the weeks of the plan."""
    releases = unit_releases(factory, items, frames["plan_releases"])
    week = factory.clock.ticks_per_week
    due_rank = {order.order: n for n, order in enumerate(sorted(factory.park.orders, key=lambda o: (o.due, o.order)))}
    priority = {
        unit.id: releases.get(unit.id, 0) // week * len(due_rank) + due_rank[unit.order] for unit in factory.units
    }
    published = frames.get("plan_unit_releases")
    own = releases if published is None else dict.fromkeys(releases, NEVER_WEEKS * week) | dict(published.iter_rows())
    return Policy(
        release_tick=own,
        levels={(name, w): level for name, w, level in frames["plan_shifts"].iter_rows()},
        purchases=tuple(
            (name, max(0, w) * week, quantity) for name, w, quantity in frames["plan_purchases"].iter_rows()
        ),
        priority=priority,
    )


def unit_releases(factory: Factory, items: Items, releases: pl.DataFrame) -> dict[str, int]:
    """Earliest release tick of each unit of an item: MW by week become whole units, product by product, in number
    order.
    """
    by_item: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for order, group, w, mw in releases.sort("order", "group", "week").iter_rows():
        by_item.setdefault((order, group), []).append((w, mw))
    members: dict[tuple[int, str], list[int]] = {}
    for i, unit in enumerate(factory.units):
        if items.unit_item[i] >= 0 and factory.units[unit.parent].parent < 0:
            members.setdefault((int(items.unit_item[i]), unit.product), []).append(i)
    weekly: dict[tuple[int, str], list[int]] = {}
    for (item, product), units in members.items():
        order, group, _ = items.rows[item]
        key = (factory.park.orders[order].order, group)
        weeks = _weeks(by_item.get(key, []), float(items.mw[item]), len(units))
        for unit, w in zip(units, weeks, strict=True):
            weekly.setdefault((w, product), []).append(unit)
    found = spread(factory, weekly)
    for i, unit in enumerate(factory.units):  # what is made for a unit goes with it
        if items.unit_item[i] >= 0 and unit.id not in found:
            found[unit.id] = found[factory.units[unit.parent].id]
    return found


def _weeks(released: list[tuple[int, float]], mw: float, count: int) -> list[int]:
    """Release week of each of `count` units when `mw` are released by week; units are whole when half of one is due."""
    weeks: list[int] = []
    total = 0.0
    for w, part in released:
        total += part
        due = min(count, math.floor(count * total / mw + 0.5 + 1e-9)) if mw > 0 else 0
        weeks += [w] * (due - len(weeks))
    return weeks + [NEVER_WEEKS] * (count - len(weeks))


def release_frame(factory: Factory, releases: Mapping[str, int]) -> pl.DataFrame:
    """Units that the plan lets go, with their earliest tick."""
    rows = sorted((unit, tick) for unit, tick in releases.items() if tick <= factory.horizon)
    return build(PlanUnitReleases, rows)
