"""The plan's values as its published frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from aidc_twin.frames import (
    PlanExceptions,
    PlanGoals,
    PlanLevels,
    PlanLoad,
    PlanOrders,
    PlanPegging,
    PlanPrices,
    PlanPurchases,
    PlanReleases,
    PlanShifts,
    PlanWaits,
)
from aidc_twin.plan.cash_tables import cash_tables
from aidc_twin.plan.families.capacity import capacity_rows, capacity_scale
from aidc_twin.plan.families.shifts import block_weeks, shift_blocks
from aidc_twin.plan.goal import YUAN_IN_YI, Goal
from aidc_twin.plan.ladder import Climb
from aidc_twin.plan.model import Task
from aidc_twin.plan.pegging import pegging_table, waits_table
from aidc_twin.plan.prices import price_table
from aidc_twin.plan.profiles import laid_out, levels_above
from aidc_twin.plan.rounding import REFUSED
from aidc_twin.plan.stocks import material_units, served_base
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["goal_weeks", "tables"]

_SMALLEST_SHARE = 1e-6
"""Share of an item (or of a megawatt's material) below which a release or purchase is rounding noise."""


def tables(task: Task, goals: Sequence[Goal], climb: Climb) -> dict[str, pl.DataFrame]:
    """Every published frame of the plan, by its file name."""
    values = climb.values
    released = _releases(task, values)
    levels = _shift_levels(task, values)
    orders = PlanOrders.validate(_orders(task, values, released), cast=True)
    purchases = PlanPurchases.validate(_purchases(task, values), cast=True)
    above = (levels - 1).astype(np.float64)
    return {
        "plan_releases": PlanReleases.validate(released.select("order", "group", "week", "quantity_mw"), cast=True),
        "plan_shifts": PlanShifts.validate(_shifts(task.inputs, levels), cast=True),
        "plan_purchases": purchases,
        "plan_orders": orders,
        "plan_levels": PlanLevels.validate(_levels(climb), cast=True),
        "plan_load": PlanLoad.validate(_load(task, climb, levels), cast=True),
        "plan_goals": PlanGoals.validate(_goals(task, goals, values), cast=True),
        "plan_prices": PlanPrices.validate(price_table(task, climb), cast=True),
        "plan_pegging": PlanPegging.validate(pegging_table(task, values), cast=True),
        "plan_waits": PlanWaits.validate(waits_table(task, climb, orders), cast=True),
        "plan_exceptions": PlanExceptions.validate(_exceptions(task, values, released), cast=True),
        **cash_tables(task, climb, totals(task, values), purchases, above, _refused(task, values)),
    }


def totals(task: Task, values: Mapping[str, Floats]) -> Floats:
    """MW released of each family in each week, shape (F, T)."""
    return values["release.total"].reshape(len(task.inputs.families), task.inputs.weeks)


def goal_weeks(task: Task, values: Mapping[str, Floats]) -> list[Floats]:
    """What each goal is planned to get in each week, shape (T,), 亿元."""
    released, weeks = totals(task, values), task.inputs.weeks
    planned: list[Floats] = []
    for counted in task.contributions:
        lags = counted.by_week.shape[2]
        amount = counted.by_week * released[:, :, None]
        week = np.arange(weeks)[:, None] + np.arange(lags)[None, :]
        by_week = np.bincount(week.ravel(), weights=amount.sum(axis=0).ravel(), minlength=weeks)[:weeks]
        planned.append(counted.base + by_week + values["release.deferred"] @ counted.deferred)
    return planned


def whole_yuan(by_week: Floats) -> list[int]:
    """Amounts of the weeks in whole yuan that sum to the rounded total, from amounts in 亿元."""
    cumulative = np.rint(np.cumsum(by_week) * YUAN_IN_YI).astype(np.int64)
    return np.diff(cumulative, prepend=0).tolist()


def _releases(task: Task, values: Mapping[str, Floats]) -> pl.DataFrame:
    book, items = task.book, task.inputs.items
    x = values["release.x"]
    kept = np.flatnonzero(x > _SMALLEST_SHARE * np.maximum(book.quantity_mw[book.item], 1e-9))
    rows = pl.DataFrame(
        {"item": book.item[kept], "week": book.week[kept], "quantity_mw": x[kept] * task.unit_mw},
        schema={"item": pl.Int64, "week": pl.Int64, "quantity_mw": pl.Float64},
    )
    known = items.select(pl.col("item").cast(pl.Int64), "order", "group", "flow_weeks")
    return rows.join(known, on="item", how="left", maintain_order="left").sort("order", "group", "week")


def _shift_levels(task: Task, values: Mapping[str, Floats]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Level of each calendar in each week, shape (C, T)."""
    inputs = task.inputs
    levels = np.ones((len(inputs.calendars), inputs.weeks), dtype=np.int64)
    extra = np.rint(values["shifts.extra"]).astype(np.int64).tolist()
    for above, (calendar, block) in zip(extra, shift_blocks(inputs, task.formulation), strict=True):
        weeks = block_weeks(inputs, task.formulation, calendar, block)
        levels[calendar, weeks.start : weeks.stop] += above
    return levels


def _shifts(inputs: PlanInputs, levels: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "calendar": np.repeat(np.array(inputs.calendars, dtype=object), inputs.weeks).tolist(),
            "week": np.tile(np.arange(inputs.weeks), len(inputs.calendars)),
            "level": levels.ravel(),
        },
        schema={"calendar": pl.String, "week": pl.Int64, "level": pl.Int64},
    )


def _purchases(task: Task, values: Mapping[str, Floats]) -> pl.DataFrame:
    """Purchase orders by the week in which they are placed: the lead time before their receipt."""
    inputs, unit = task.inputs, material_units(task.inputs)
    rows: list[tuple[str, int, float]] = []
    receipts = iter(values["materials.receipt"].tolist() if task.formulation.families.materials else [])
    for material, lead in enumerate(inputs.lead_weeks.tolist()):
        weeks = range(lead, inputs.weeks) if lead >= 0 and task.formulation.families.materials else range(0)
        for week in weeks:
            amount = next(receipts)
            if amount > _SMALLEST_SHARE:
                rows.append((inputs.materials[material], week - lead, amount * float(unit[material])))
    return pl.DataFrame(rows, schema={"material": pl.String, "week": pl.Int64, "quantity": pl.Float64}, orient="row")


def _refused(task: Task, values: Mapping[str, Floats]) -> list[str]:
    """Orders that are refused, in the order of the book."""
    book = task.book
    refused = np.flatnonzero(values[REFUSED] > 0.5) if REFUSED in values else np.zeros(0, np.int64)
    rows = zip(task.inputs.items["order"].to_list(), np.isin(book.refusable, refused).tolist(), strict=True)
    return list(dict.fromkeys(order for order, gone in rows if gone))


def _exceptions(task: Task, values: Mapping[str, Floats], released: pl.DataFrame) -> pl.DataFrame:
    """Refused orders, and items released in several weeks where that has a price."""
    book, items = task.book, task.inputs.items
    schema = {"kind": pl.String, "order": pl.String, "group": pl.String, "weeks": pl.Int64, "cost_yi": pl.Float64}
    number = dict(zip(items["order"].to_list(), book.refusable.tolist(), strict=True))
    rows = [("refused", order, "", 0, float(book.refuse_yi[number[order]])) for order in _refused(task, values)]
    price = dict(zip(items.select("order", "group").iter_rows(), book.split_yi.tolist(), strict=True))
    parts = released.group_by("order", "group", maintain_order=True).agg(weeks=pl.len())
    rows += [
        ("split", order, group, weeks, (weeks - 1) * price[order, group])
        for order, group, weeks in parts.iter_rows()
        if weeks > 1 and price[order, group] > 0
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _orders(task: Task, values: Mapping[str, Floats], released: pl.DataFrame) -> pl.DataFrame:
    """One row per order: complete when its last group is; what is not released in full has no finish.

    A refused order is as many weeks late as the formulation counts for it.
    """
    last = released.group_by("item").agg(last_week=pl.col("week").max())
    weeks, never = task.inputs.weeks, task.formulation.never_weeks
    deferred = np.clip(values["release.deferred"], 0.0, task.book.quantity_mw)
    deferred = np.where(deferred > _SMALLEST_SHARE * np.maximum(task.book.quantity_mw, 1e-9), deferred, 0.0)
    gone = task.inputs.items["order"].is_in(_refused(task, values)).to_numpy()
    deferred = np.where(gone, task.book.quantity_mw, deferred)
    refused, counted = pl.col("order").is_in(_refused(task, values)), task.formulation.weights.refuse_weeks
    items = (
        task.inputs.items.with_columns(pl.col("item").cast(pl.Int64), deferred=pl.Series(deferred))
        .join(last, on="item", how="left", maintain_order="left")
        .with_columns(finish=pl.col("last_week") + pl.col("flow_weeks"))
    )
    late = pl.max_horizontal(pl.lit(0), pl.col("finish_week") - pl.col("due_week"))
    waiting = pl.max_horizontal(pl.lit(0), weeks + never - pl.col("due_week"))
    complete = pl.col("deferred") <= 0
    return (
        items.group_by("order", maintain_order=True)
        .agg(
            pl.col("quantity_mw").max(), pl.col("due_week").min(), pl.col("weight").max(),
            pl.col("deferred").max(), finish_week=pl.col("finish").max().fill_null(-1),
        )
        .with_columns(
            quantity_mw=pl.col("quantity_mw") * task.unit_mw,
            released_mw=(pl.col("quantity_mw") - pl.min_horizontal("deferred", "quantity_mw")) * task.unit_mw,
            tardiness_weeks=pl.when(refused).then(pl.lit(counted))
            .when(complete & (pl.col("finish_week") >= 0)).then(late).otherwise(waiting),
            finish_week=pl.when(complete).then(pl.col("finish_week")).otherwise(-1),
        )
        .select("order", "quantity_mw", "released_mw", "due_week", "finish_week", "tardiness_weeks", "weight")
        .sort("order")
    )  # fmt: skip


def _levels(climb: Climb) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (n, level.name, level.objective, level.bound, level.gap, level.reference, level.status, level.seconds)
            for n, level in enumerate(climb.levels, start=1)
        ],
        schema={
            "level": pl.Int64, "name": pl.String, "objective": pl.Float64, "bound": pl.Float64, "gap": pl.Float64,
            "reference": pl.Float64, "status": pl.String, "seconds": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def _load(task: Task, climb: Climb, levels: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> pl.DataFrame:
    released = totals(task, climb.values)
    frames = [_resource_load(task, climb, levels, released)]
    if task.formulation.families.materials:
        frames.append(_material_load(task, climb, released))
    return pl.concat(frames)


def _resource_load(
    task: Task, climb: Climb, levels: np.ndarray[tuple[int, int], np.dtype[np.int64]], released: Floats
) -> pl.DataFrame:
    inputs = task.inputs
    used = np.einsum("frts,fs->rt", laid_out(inputs.load, inputs.weeks), released) + inputs.base_load
    available = inputs.capacity + inputs.capacity_step * levels_above(inputs, levels)
    done = _after_waiting(task, used, available)
    return _load_frame("resource", inputs.resources, done, available, _capacity_prices(task, climb))


def _capacity_prices(task: Task, climb: Climb) -> Floats:
    """亿元 of margin for one unit more of a resource in a week, shape (R, T)."""
    inputs, prices = task.inputs, np.zeros((len(task.inputs.resources), task.inputs.weeks))
    duals = climb.duals.get("capacity.limit")
    if duals is None or task.formulation.levels[-1] != "margin":
        return prices
    scale = capacity_scale(inputs)
    for dual, (r, run) in zip(duals.tolist(), capacity_rows(inputs, task.formulation), strict=True):
        prices[r, run.start : run.stop] += max(0.0, dual) / scale[r]
    return prices


def _after_waiting(task: Task, used: Floats, available: Floats) -> Floats:
    """Use by week where work that meets a stop waits for the week after it, shape (R, T)."""
    done = used.copy()
    for r, run in capacity_rows(task.inputs, task.formulation):
        week = run.start
        if len(run) > 1:
            waits = max(0.0, done[r, week] - available[r, week])
            done[r, week] -= waits
            done[r, week + 1] += waits
    return done


def _material_load(task: Task, climb: Climb, released: Floats) -> pl.DataFrame:
    """Used: consumed in the week. Available: that and what is left in stock at its end."""
    inputs, shape = task.inputs, (len(task.inputs.materials), task.inputs.weeks)
    unit = material_units(inputs)[:, None]
    used = np.einsum("fmts,fs->mt", laid_out(inputs.need, inputs.weeks), released) + served_base(inputs)
    stock = np.maximum(0.0, climb.values["materials.stock"].reshape(shape)) * unit
    duals = climb.duals.get("materials.balance") if task.formulation.levels[-1] == "margin" else None
    prices = np.zeros(shape) if duals is None else np.nan_to_num(duals.reshape(shape)) / unit
    return _load_frame("material", inputs.materials, used, used + stock, prices)


def _load_frame(kind: str, names: Sequence[str], used: Floats, available: Floats, prices: Floats) -> pl.DataFrame:
    weeks = used.shape[1]
    return pl.DataFrame(
        {
            "kind": [kind] * used.size,
            "name": [name for name in names for _ in range(weeks)],
            "week": np.tile(np.arange(weeks), len(names)),
            "used": used.ravel(),
            "available": available.ravel(),
            "price_yi": prices.ravel(),
        },
        schema={
            "kind": pl.String, "name": pl.String, "week": pl.Int64, "used": pl.Float64, "available": pl.Float64,
            "price_yi": pl.Float64,
        },
    )  # fmt: skip


def _goals(task: Task, goals: Sequence[Goal], values: Mapping[str, Floats]) -> pl.DataFrame:
    rows = [
        (goal.id, week, yuan)
        for goal, by_week in zip(goals, goal_weeks(task, values), strict=True)
        for week, yuan in enumerate(whole_yuan(by_week))
    ]
    return pl.DataFrame(rows, schema={"goal": pl.String, "week": pl.Int64, "planned_yuan": pl.Int64}, orient="row")
