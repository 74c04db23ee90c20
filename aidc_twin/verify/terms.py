"""Rules of a plan about terms of orders and bought materials: refusals, prices of splits, what can have come."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from aidc_twin.park.park import Park
from aidc_twin.verify.certificate import Findings

YI = 1e8
ROOM = 1e-6
"""Relative slack of figures that a solver gives."""


def check_terms(park: Park, releases: pl.DataFrame, exceptions: pl.DataFrame | None, findings: Findings) -> None:
    """Only orders that may be are refused, and then nothing of them is released; splits are listed at their price."""
    tally = findings.rule("plan-terms")
    weeks: dict[tuple[str, str], int] = {}
    for order, group, quantity in releases.select("order", "group", "quantity_mw").rows():
        if quantity > 0:
            weeks[order, group] = weeks.get((order, group), 0) + 1
    listed: set[tuple[str, str]] = set()
    columns = ("kind", "order", "group", "weeks", "cost_yi")
    for kind, order, group, many, cost in () if exceptions is None else exceptions.select(columns).rows():
        tally.checked += 1
        if not park.has("orders", order):
            tally.fail(f"there is no order {order}")
        elif kind == "refused":
            for words in _refusal(park, order, cost, {name for name, _ in weeks}):
                tally.fail(words)
        elif kind == "split":
            listed.add((order, group))
            price = park.order(order).split_yuan.value / YI * (many - 1)
            if many != weeks.get((order, group), 0) or not math.isclose(cost, price, rel_tol=ROOM, abs_tol=ROOM):
                true = weeks.get((order, group), 0)
                tally.fail(f"{order} {group}: {many} weeks at {cost:g} 亿元 told, {true} at {price:g} true")
        else:
            tally.fail(f"{order}: {kind!r} is no exception")
    for (order, group), many in weeks.items():
        priced = park.has("orders", order) and park.order(order).split_yuan.value > 0
        tally.checked += 1
        if priced and many > 1 and (order, group) not in listed:
            tally.fail(f"{order} {group} is released in {many} weeks and not listed as split")


def _refusal(park: Park, order: str, cost: float, released: set[str]) -> Iterator[str]:
    """What is wrong with refusing an order."""
    price = park.order(order).refuse_yuan
    if price is None:
        yield f"{order} is refused and may not be"
    elif not math.isclose(cost, price.value / YI, rel_tol=ROOM, abs_tol=ROOM):
        yield f"{order} is refused for {cost:g} 亿元, not for {price.value / YI:g}"
    if order in released:
        yield f"{order} is refused, and something of it is released"
    if any(row.order == order for row in park.state_operations):
        yield f"{order} is refused, and something of it has begun"


def check_bought(park: Park, load: pl.DataFrame, purchases: pl.DataFrame, findings: Findings) -> None:
    """No more is used of a bought material than can have come: stock, orders on their way, and purchases in time.

    Materials that are made here or kept by base stock are left out: the plan does not buy them.
    """
    tally = findings.rule("plan-materials")
    made = {row.material for row in park.outputs}
    bought = {
        row.material
        for row in park.materials
        if row.lead_weeks is not None and row.base_stock is None and row.weekly_quota is None
    } - made
    orders: dict[str, list[tuple[int, float]]] = {}
    for name, placed, quantity in purchases.select("material", "week", "quantity").rows():
        orders.setdefault(name, []).append((placed, quantity))
    used: dict[str, float] = {}
    for kind, name, week, amount in load.select("kind", "name", "week", "used").sort("week").rows():
        if kind != "material" or name not in bought:
            continue
        tally.checked += 1
        used[name] = used.get(name, 0.0) + amount
        there = _come_by(park, name, week, orders.get(name, []))
        if not used[name] <= there + ROOM * max(1.0, there):
            tally.fail(f"{name} up to week {week}: {used[name]:g} used, at most {there:g} can have come")


def _come_by(park: Park, material: str, week: int, purchases: list[tuple[int, float]]) -> float:
    """Units of a bought material that can have come by the end of a week, each lead time as short as it can be."""
    end = park.head.epoch + timedelta(days=7 * (week + 1))
    stock = sum(row.quantity for row in park.state_stocks if row.material == material)
    state = park.state_purchase_orders
    orders = sum(row.quantity for row in state if row.material == material and row.arrives.low < end)
    lead = park.material(material).lead_weeks
    soonest = lead.low if lead is not None else math.inf
    return stock + orders + sum(quantity for placed, quantity in purchases if placed + soonest < week + 1)
