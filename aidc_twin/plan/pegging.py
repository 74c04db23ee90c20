"""Pegging: which order each purchase and each hour serves, and what each late order waits for.

Material is pegged first in, first out: within a week the work under way first, then orders by due date. The sums are
those of the plan on both sides: every lot is given out whole, every need is met whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.plan.ladder import Climb
from aidc_twin.plan.model import Task
from aidc_twin.plan.prices import level_prices, money_for
from aidc_twin.plan.stocks import material_units, served_base
from aidc_twin.twin.inputs import Floats

__all__ = ["BEGUN", "LAPSED", "LEFT", "pegging_table", "waits_table"]

BEGUN, LAPSED, LEFT = "(begun)", "(lapsed)", "(left)"
"""Who is served where it is no order: work under way, a quota that lapses, stock at the horizon's end."""

_PEGGING = {
    "kind": pl.String, "name": pl.String, "source": pl.String, "source_week": pl.Int64, "order": pl.String,
    "first_week": pl.Int64, "last_week": pl.Int64, "quantity": pl.Float64,
}  # fmt: skip
_WAITS = {
    "order": pl.String, "group": pl.String, "kind": pl.String, "name": pl.String, "week": pl.Int64,
    "weeks_late": pl.Int64, "share": pl.Float64,
}  # fmt: skip
_LEAST = 1e-9
_TOLERANCE = 1e-6
_TOLD_SHARE = 0.05

Places = NDArray[np.int64]


def pegging_table(task: Task, values: Mapping[str, Floats]) -> pl.DataFrame:
    """Quantity of each source that each order takes: material by lot, resources by week."""
    frames = [_hours(task, values)]
    if task.formulation.families.materials:
        frames += [_material(task, values, m) for m in range(len(task.inputs.materials))]
    return pl.concat(frames).sort("kind", "name", "source", "source_week", "order")


def _use(task: Task, values: Mapping[str, Floats], profile: Floats) -> tuple[Places, Places, Floats]:
    """Item, week and amount of what releases use within the horizon, from a profile of shape (F, K)."""
    book, x = task.book, values["release.x"]
    kept = np.flatnonzero(x > _LEAST)
    amount = x[kept, None] * profile[book.family[book.item[kept]]]
    week = book.week[kept, None] + np.arange(profile.shape[1])[None, :]
    shown = (amount > 0) & (week < task.inputs.weeks)
    item = np.broadcast_to(book.item[kept, None], week.shape)
    return item[shown], week[shown], amount[shown]


def _hours(task: Task, values: Mapping[str, Floats]) -> pl.DataFrame:
    """Amount of each resource that each order has in use in each week."""
    inputs = task.inputs
    orders = inputs.items["order"].to_numpy()
    frames: list[pl.DataFrame] = []
    for r, name in enumerate(inputs.resources):
        item, week, amount = _use(task, values, inputs.load[:, r, :])
        begun = np.flatnonzero(inputs.base_load[r] > 0)
        rows = pl.DataFrame({
            "order": [*orders[item].tolist(), *[BEGUN] * begun.size], "source_week": np.concatenate((week, begun)),
            "quantity": np.concatenate((amount, inputs.base_load[r, begun])),
        }, schema={"order": pl.String, "source_week": pl.Int64, "quantity": pl.Float64})  # fmt: skip
        frames.append(
            rows.group_by("order", "source_week", maintain_order=True)
            .agg(pl.col("quantity").sum())
            .with_columns(kind=pl.lit("resource"), name=pl.lit(name), source=pl.lit("capacity"),
                          first_week=pl.col("source_week"), last_week=pl.col("source_week"))
            .select(pl.col(column).cast(kind) for column, kind in _PEGGING.items())
        )  # fmt: skip
    return pl.concat(frames) if frames else pl.DataFrame(schema=_PEGGING)


def _material(task: Task, values: Mapping[str, Floats], m: int) -> pl.DataFrame:
    """Lots of one material to those who take them."""
    inputs, unit = task.inputs, float(material_units(task.inputs)[m])
    source, lot_week, lot = _lots(task, values, m, unit)
    who, week, taken = _takers(task, values, m, unit)
    supply, demand = np.cumsum(lot), np.cumsum(taken)
    if not supply.size or supply[-1] <= 0:
        return pl.DataFrame(schema=_PEGGING)
    left = supply[-1] - demand[-1] if demand.size else supply[-1]
    if left > 0:
        who, week = np.append(who, LEFT), np.append(week, inputs.weeks)
        demand = np.append(demand, supply[-1])
    demand = demand * (supply[-1] / demand[-1])  # tolerances of the solver only
    edges = np.unique(np.concatenate(([0.0], supply, demand)))
    middle, quantity = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    from_lot, to = np.searchsorted(supply, middle), np.searchsorted(demand, middle)
    rows = pl.DataFrame({
        "source": source[from_lot].tolist(), "source_week": lot_week[from_lot], "order": who[to].tolist(),
        "week": week[to], "quantity": quantity,
    }, schema={"source": pl.String, "source_week": pl.Int64, "order": pl.String, "week": pl.Int64,
               "quantity": pl.Float64})  # fmt: skip
    return (
        rows.filter(pl.col("quantity") > _TOLERANCE * unit)  # slivers between sums that are equal but for tolerances
        .group_by("source", "source_week", "order", maintain_order=True)
        .agg(first_week=pl.col("week").min(), last_week=pl.col("week").max(), quantity=pl.col("quantity").sum())
        .with_columns(kind=pl.lit("material"), name=pl.lit(inputs.materials[m]))
        .select(pl.col(column).cast(kind) for column, kind in _PEGGING.items())
    )


def _lots(task: Task, values: Mapping[str, Floats], m: int, unit: float) -> tuple[NDArray[np.object_], Places, Floats]:
    """Source, week of arrival and amount of what comes in, in order of arrival; a purchase by the week of its order."""
    inputs = task.inputs
    weeks = np.flatnonzero(inputs.supply[m] > 0)
    rows = [(int(t), "stock" if t == 0 else "supply", int(t), float(inputs.supply[m, t])) for t in weeks]
    receipts, lead = values["materials.receipt"], int(inputs.lead_weeks[m])
    if lead >= 0:
        before = sum(max(0, inputs.weeks - int(n)) for n in inputs.lead_weeks[:m].tolist() if n >= 0)
        own = receipts[before : before + max(0, inputs.weeks - lead)]
        bought = np.flatnonzero(own > 0)
        rows += [(int(t) + lead, "purchase", int(t), float(own[t]) * unit) for t in bought]
    rows.sort(key=lambda row: (row[0], row[1] == "purchase"))
    source = np.array([row[1] for row in rows], dtype=object)
    return source, np.array([row[2] for row in rows], np.int64), np.array([row[3] for row in rows])


def _takers(
    task: Task, values: Mapping[str, Floats], m: int, unit: float
) -> tuple[NDArray[np.object_], Places, Floats]:
    """Who takes how much when, in order."""
    inputs = task.inputs
    item, week, amount = _use(task, values, inputs.need[:, m, :])
    base = served_base(inputs)[m]
    begun = np.flatnonzero(base > 0)
    lapsed = _lapsed(task, values, m) * unit
    lost = np.flatnonzero(lapsed > 0)
    due = inputs.items["due_week"].to_numpy()[item]
    who = np.concatenate((inputs.items["order"].to_numpy()[item], [BEGUN] * begun.size, [LAPSED] * lost.size))
    when, what = np.concatenate((week, begun, lost)), np.concatenate((amount, base[begun], lapsed[lost]))
    rank = np.concatenate((np.ones(item.size), np.zeros(begun.size), np.full(lost.size, 2.0)))
    second = np.concatenate((due, begun, lost))
    third = np.concatenate((item, begun, lost))
    order = np.lexsort((third, second, rank, when))
    return who[order].astype(object), when[order].astype(np.int64), what[order]


def _lapsed(task: Task, values: Mapping[str, Floats], m: int) -> Floats:
    """What lapses of a material in each week, in the units of its rows."""
    inputs = task.inputs
    limit = np.full(len(inputs.materials), np.inf) if inputs.stock_limit is None else inputs.stock_limit
    if not np.isfinite(limit[m]):
        return np.zeros(inputs.weeks)
    place = int(np.isfinite(limit[:m]).sum()) * inputs.weeks
    return values["materials.lapse"][place : place + inputs.weeks]


def waits_table(task: Task, climb: Climb, orders: pl.DataFrame) -> pl.DataFrame:
    """What each late item waits for: where its release in time would have cost more than when it is planned.

    A release takes resources and materials at their prices of the tardiness level (else of the margin). `share` is a
    limit's part of what the week in time costs more than the planned one; `week` the dearest week of it.
    """
    level = "tardiness" if "tardiness" in climb.level_duals else "margin"
    prices, inputs, book = level_prices(task, climb, level), task.inputs, task.book
    x = climb.values["release.x"]
    latest = (inputs.items["due_week"] - inputs.items["flow_weeks"]).to_numpy()
    earliest = inputs.items["earliest_week"].to_numpy()
    rows: list[tuple[object, ...]] = []
    money = money_for(inputs, prices)
    kinds = (
        _Kind("resource", inputs.resources, prices.resource, inputs.load),
        _Kind("material", inputs.materials, prices.material - money, inputs.need),
        _Kind("cash", inputs.materials, money, inputs.need),
    )
    starts = np.searchsorted(book.item, np.arange(book.quantity_mw.size + 1))
    late = set(orders.filter(pl.col("tardiness_weeks") > 0)["order"].to_list())
    for i, (order, group) in enumerate(inputs.items.select("order", "group").iter_rows()):
        own = slice(starts[i], starts[i + 1])
        released = np.flatnonzero(x[own] > 1e-6 * max(book.quantity_mw[i], _LEAST))
        wanted = int(max(latest[i], earliest[i]))
        planned = int(book.week[own][released[-1]]) if released.size else inputs.weeks
        if order not in late or wanted >= min(planned, inputs.weeks):
            continue
        rows += _waits(order, group, wanted, planned, int(book.family[i]), kinds)
    found = pl.DataFrame(rows, schema=_WAITS, orient="row")
    return found.sort("order", "group", "share", "kind", "name", descending=[False, False, True, False, False])


class _Kind(NamedTuple):
    """Resources, materials or money for them, with prices, shape (n, T), and what releases use, shape (F, n, K)."""

    kind: str
    names: tuple[str, ...]
    price: Floats
    profile: Floats


def _waits(
    order: str, group: str, wanted: int, planned: int, family: int, kinds: tuple[_Kind, ...]
) -> list[tuple[object, ...]]:
    """Limits that make the week in time dearer than the planned one, with their shares."""
    found: list[tuple[str, str, int, float]] = []
    for one in kinds:
        for n, name in enumerate(one.names):
            then, now = (_paid(one.price[n], one.profile[family, n], week) for week in (wanted, planned))
            more = float(then.sum() - now.sum())
            if more > _LEAST:
                found.append((one.kind, name, wanted + int(np.argmax(then)), more))
    total = sum(row[3] for row in found)
    return [(order, group, *row[:3], planned - wanted, row[3] / total) for row in found if row[3] > _TOLD_SHARE * total]


def _paid(price: Floats, profile: Floats, week: int) -> Floats:
    """What a megawatt pays in each week after its release, shape (K,) or less at the end of the horizon."""
    then = price[week : week + profile.size]
    return then * profile[: then.size] if then.size else np.zeros(1)
