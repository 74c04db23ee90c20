"""A new order in the park: how it stands in the queues, what it has bought, and which plan goes on around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from aidc_twin.loop.policy import policy_of
from aidc_twin.park import Park
from aidc_twin.park.schema import Order
from aidc_twin.schedule.dispatch import ranks
from aidc_twin.twin.compile import Factory, Policy
from aidc_twin.twin.items import find_items
from aidc_twin.twin.stock import requirements

__all__ = ["PLACES", "Inquiry", "Place", "joined", "order_name", "placed_policy", "plan_policy", "with_order"]

Place = Literal["ordinary", "rush", "behind"]
PLACES: tuple[Place, ...] = ("ordinary", "rush", "behind")
"""Ordinary: its place in every queue is that of its due date, as for any other order. Rush: it goes first everywhere.
Behind: it takes what all the others leave.
"""

_FIRST, _LAST = -(1 << 60), 1 << 60
"""Keys before and behind all others, those of scheduled steps too."""


@dataclass(frozen=True)
class Inquiry:
    """What is asked for: a solution, so many MW of it, by a day, at a destination."""

    name: str
    product: str
    quantity_mw: float
    due: date
    destination: str


def order_name(park: Park) -> str:
    """Name of the new order within the twin, the same for every inquiry, so that equal ones have equal luck."""
    name = "inquiry"
    while park.has("orders", name) or park.has("sources", name):
        name += "-"
    return name


def with_order(park: Park, inquiry: Inquiry) -> Park:
    """The park with one more order, placed at its epoch, behind all others in the book."""
    order = Order(
        order=order_name(park), product=inquiry.product, quantity_mw=inquiry.quantity_mw, ordered=park.head.epoch,
        due=inquiry.due, destination=inquiry.destination, customer=inquiry.name,
    )  # fmt: skip
    return replace(park, orders=(*park.orders, order))


def plan_policy(factory: Factory, frames: Mapping[str, pl.DataFrame]) -> Policy:
    """What the twin executes of a run's plan and schedule; orders that the plan does not know are free to start."""
    policy = Policy()
    if "plan_releases" in frames:
        policy = policy_of(factory, find_items(factory), frames)
        known = {*frames["plan_orders"]["order"].to_list(), *frames["plan_releases"]["order"].to_list()}
        free = {unit.id for unit in factory.units if unit.order not in known}
        releases = {name: tick for name, tick in policy.release_tick.items() if name not in free}
        policy = replace(policy, release_tick=releases)
    if "schedule_operations" in frames:
        there = {(unit.id, step.operation) for unit, route in zip(factory.units, factory.unit_route, strict=True)
                 for step in factory.routes[route].steps}  # fmt: skip
        rank = {key: n for key, n in ranks(frames["schedule_operations"]).items() if key in there}
        policy = replace(policy, rank=rank)
    return policy


def joined(factory: Factory, root: int) -> Sequence[int]:
    """Units of the new order; `root` is itself, behind all others."""
    return range(root, len(factory.units))


def placed_policy(base: Factory, policy: Policy, factory: Factory, place: Place) -> Policy:
    """The policy of the others as it was, and the place of the new order, with what it needs bought at once.

    Parameters
    ----------
    base, policy
        The park without the order, and what it executes.
    factory
        The park with the order, which is its last one.
    """
    units = [factory.units[i].id for i in joined(factory, len(base.units))]
    if place != "ordinary":
        key = _FIRST if place == "rush" else _LAST
        policy = replace(policy, priority={**policy.priority, **dict.fromkeys(units, key)})
    elif policy.priority:
        key = _planned_key(base, policy, factory)
        policy = replace(policy, priority={**policy.priority, **dict.fromkeys(units, key)})
    if policy.purchases is not None:
        policy = replace(policy, purchases=(*policy.purchases, *_bought(base, factory)))
    return policy


def _planned_key(base: Factory, policy: Policy, factory: Factory) -> int:
    """Priority of an order that is released as long before its due date as those of the plan, by the median.

    Keys of a plan count weeks of release, each with the orders in the order of their due dates.
    """
    week, ranks_of = base.clock.ticks_per_week, max(1, len(base.park.orders))
    due = factory.clock.ticks(factory.park.orders[-1].due)
    planned = {  # a unit may start before the week in which the plan releases it
        name: max(tick, policy.priority.get(name, 0) // ranks_of * week) for name, tick in policy.release_tick.items()
    }
    leads = [
        base.due[i] - planned[unit.id]
        for i, unit in enumerate(base.units)
        if unit.parent >= 0 and planned.get(unit.id, base.horizon + 1) <= base.horizon
    ]
    lead = int(np.median(leads)) if leads else 0
    rank = sum(base.clock.ticks(row.due) <= due for row in base.park.orders)
    return max(0, due - lead) // week * ranks_of + min(rank, ranks_of - 1)


def _bought(base: Factory, factory: Factory) -> list[tuple[str, int, float]]:
    """What the order takes of bought materials, ordered at the epoch: a plan has bought for its own orders only."""
    units = [factory.units[i] for i in joined(factory, len(base.units))]
    need = requirements(factory.park, units)
    amounts = {material: amount for (_, material), amount in sorted(need.items())}
    return [
        (row.material, 0, amounts[row.material])
        for row in factory.park.materials
        if row.lead_weeks is not None and row.base_stock is None and amounts.get(row.material, 0.0) > 0
    ]
