"""The order book as columns of the plan: which item can be released in which week, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.plan.formulation import Formulation
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["Book", "make_book"]

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Book:
    """Items I (order and release group) and columns N (item and week of release).

    Attributes
    ----------
    family, quantity_mw : shape (I,).
    item, week : shape (N,), by item, then week.
    late_cost : shape (N,), weighted weeks late of 1 MW of the item released in the week.
    never_cost : shape (I,), the same of 1 MW that is not released; never below any `late_cost` of the item.
    margin_yi : shape (N,), 亿元 that 1 MW brings, less holding and change.
    value_yi : the whole order book.
    refusable : shape (I,), number of the item's order among those that may be refused, -1: it may not.
    refuse_yi, refuse_late : shape (O,), 亿元 that refusing the order costs, and the tardiness that it counts as.
    split_yi : shape (I,), 亿元 for each week of release beyond the first.
    """

    family: Places
    quantity_mw: Floats
    item: Places
    week: Places
    late_cost: Floats
    never_cost: Floats
    margin_yi: Floats
    value_yi: float
    refusable: Places
    refuse_yi: Floats
    refuse_late: Floats
    split_yi: Floats

    @property
    def tardiness_reference(self) -> float:
        """Weighted tardiness of a plan that releases nothing."""
        return float(self.never_cost @ self.quantity_mw)

    @property
    def margin_limit(self) -> float:
        """No plan can have more margin than this, 亿元."""
        best = np.zeros(self.quantity_mw.size)
        np.maximum.at(best, self.item, self.margin_yi)
        return float(best @ self.quantity_mw)


def make_book(inputs: PlanInputs, formulation: Formulation, previous: pl.DataFrame | None = None) -> Book:
    """Columns of the plan.

    Parameters
    ----------
    previous
        ``plan_releases`` of the published plan, from which changes are counted.
    """
    items = inputs.items
    quantity = items["quantity_mw"].to_numpy().astype(float)
    earliest = np.clip(items["earliest_week"].to_numpy(), 0, inputs.weeks)
    open_weeks = np.where(quantity > 0, inputs.weeks - earliest, 0)
    item = np.repeat(np.arange(quantity.size), open_weeks)
    first = np.cumsum(open_weeks) - open_weeks
    week = np.arange(item.size) - first[item] + earliest[item]
    late, never = _lateness(inputs, formulation, item, week)
    refusable, refuse_yi, refuse_late = _refusals(inputs, formulation)
    terms = formulation.families.terms and "split_yi" in items.columns
    split = items["split_yi"].fill_null(0.0).to_numpy() if terms else np.zeros(quantity.size)
    return Book(
        items["family"].to_numpy(), quantity, item, week, late, never,
        _margin(inputs, formulation, item, week, previous), float(items["value_yi"].sum()),
        refusable, refuse_yi, refuse_late, np.where(quantity > 0, split, 0.0),
    )  # fmt: skip


def _refusals(inputs: PlanInputs, formulation: Formulation) -> tuple[Places, Floats, Floats]:
    """Number of each item's order among those that may be refused; their prices and the tardiness of a refusal."""
    items = inputs.items
    refusable = np.full(items.height, -1, np.int64)
    if "refuse_yi" not in items.columns or not formulation.families.terms:
        return refusable, np.zeros(0), np.zeros(0)
    size = _size(inputs, formulation) * items["quantity_mw"].to_numpy()
    late = items["weight"].to_numpy() * size * formulation.weights.refuse_weeks
    numbers: dict[str, int] = {}
    prices: list[float] = []
    for n, (order, price) in enumerate(items.select("order", "refuse_yi").iter_rows()):
        if price is not None and order not in numbers:
            numbers[order] = len(prices)
            prices.append(float(price))
        refusable[n] = numbers.get(order, -1) if price is not None else -1
    known = refusable >= 0
    lateness = np.zeros(len(prices))
    np.add.at(lateness, refusable[known], late[known])
    return refusable, np.array(prices), lateness


def _per_mw(items: pl.DataFrame, column: str) -> Floats:
    quantity = items["quantity_mw"].to_numpy().astype(float)
    amount = items[column].to_numpy().astype(float)
    return np.divide(amount, quantity, out=np.zeros_like(amount), where=quantity > 0)


def _size(inputs: PlanInputs, formulation: Formulation) -> Floats:
    """What a week late of 1 MW of each item counts before weights: its share of the item, or its value in 亿元."""
    items = inputs.items
    by_value = formulation.weights.tardiness == "value"
    return _per_mw(items, "value_yi") if by_value else _per_mw(items.with_columns(one=pl.lit(1.0)), "one")


def _lateness(inputs: PlanInputs, formulation: Formulation, item: Places, week: Places) -> tuple[Floats, Floats]:
    items = inputs.items
    due, flow = items["due_week"].to_numpy(), items["flow_weeks"].to_numpy()
    weight = items["weight"].to_numpy() * _size(inputs, formulation)
    late = weight[item] * np.maximum(0, week + flow[item] - due[item])
    after = np.maximum(formulation.never_weeks, flow)
    never = weight * np.maximum(0, inputs.weeks + after - due)
    return late.astype(float), never.astype(float)


def _margin(
    inputs: PlanInputs, formulation: Formulation, item: Places, week: Places, previous: pl.DataFrame | None
) -> Floats:
    items = inputs.items
    value, cost = _per_mw(items, "value_yi"), _per_mw(items, "cost_yi")
    weights = formulation.weights
    if weights.waiting_week > 0:
        urgent = 1.0 / (1.0 + np.maximum(0, items["due_week"].to_numpy())) ** 2
        margin = (value - cost)[item] - weights.waiting_week * (urgent * cost)[item] * week
    else:
        latest = (items["due_week"] - items["flow_weeks"]).to_numpy()
        early = np.maximum(0, np.minimum(latest, inputs.weeks - 1)[item] - week)
        margin = (value - cost)[item] - weights.holding_week * cost[item] * early
    if previous is None or previous.is_empty():
        return margin
    moved = _weeks_moved(items, inputs.weeks, previous)[item, week]
    return margin - weights.change_week * value[item] * moved


def _weeks_moved(items: pl.DataFrame, weeks: int, previous: pl.DataFrame) -> Floats:
    """Weeks from each week to the nearest one in which the published plan releases the item, shape (I, T)."""
    moved = np.zeros((items.height, weeks))
    known = items.select("item", "order", "group")
    published = known.join(previous, on=["order", "group"], how="inner").sort("item", "week")
    for (item,), rows in published.group_by("item", maintain_order=True):
        places = rows["week"].to_numpy()
        moved[int(str(item))] = np.abs(np.arange(weeks)[:, None] - places[None, :]).min(axis=1)
    return moved
