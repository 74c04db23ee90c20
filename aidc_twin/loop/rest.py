"""What binds, and how much of the figure rests on assumptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.loop.rounds import LoopResult
from aidc_twin.park import Park
from aidc_twin.twin.inputs import PlanInputs

FULL = 0.985
"""Share of a capacity from which a week counts as full."""

FEW_WEEKS = 4
"""What is full in fewer weeks of the goal year than this is not said to bind."""


@dataclass(frozen=True)
class Share:
    """Shares of the first goal's planned yuan that rest on assumed figures: by price, by what limits it, by either."""

    price: float
    limit: float
    total: float


def binding(result: LoopResult) -> list[dict[str, Any]]:
    """Resources and materials that are full in weeks of the goal year, the fullest first."""
    if not result.goals:
        return []
    inside = result.kept.inputs.year_share.get(result.goals[0].year)
    weeks = np.flatnonzero(inside > 0).tolist() if inside is not None else []
    # what is bought lot for lot is always used up; only a quota can bind by itself
    quotas = [row.material for row in result.park.materials if row.weekly_quota is not None]
    load = _collected(result.kept.plan.frames["plan_load"], result.kept.inputs, quotas)
    load = load.filter(pl.col("week").is_in(weeks))
    rows = (
        load.with_columns(full=(pl.col("used") >= FULL * pl.col("available")) & (pl.col("used") > 0))
        .group_by("kind", "name", maintain_order=True)
        .agg(weeks_full=pl.col("full").sum())
        .filter((pl.col("weeks_full") >= FEW_WEEKS) & ((pl.col("kind") == "resource") | pl.col("name").is_in(quotas)))
        .sort("weeks_full", "name", descending=[True, False])
    )
    return [dict(row, basis=_basis(result, row["kind"], row["name"])) for row in rows.to_dicts()]


def _collected(load: pl.DataFrame, inputs: PlanInputs, quotas: Sequence[str]) -> pl.DataFrame:
    """The load where the available amount of a quota is what there is if all of it is collected: a plan may let lapse
    what it does not need, and a quota that is left lying does not bind.
    """
    parts = [load.filter((pl.col("kind") != "material") | ~pl.col("name").is_in(quotas))]
    for name in quotas:
        m = inputs.materials.index(name)
        limit = np.inf if inputs.stock_limit is None else float(inputs.stock_limit[m])
        rows = load.filter((pl.col("kind") == "material") & (pl.col("name") == name)).sort("week")
        there: list[float] = []
        stock = 0.0
        for week, used in rows.select("week", "used").iter_rows():
            there.append(stock + float(inputs.supply[m, week]))
            stock = min(limit, max(0.0, there[-1] - used))
        parts.append(rows.with_columns(available=pl.Series(there, dtype=pl.Float64)))
    return pl.concat(parts)


def _basis(result: LoopResult, kind: str, name: str) -> str:
    """Whether the limit is reported or assumed: the worst basis of its figures."""
    park = result.park
    if kind == "material":
        quota = park.material(name).weekly_quota
        found = {quota.basis} if quota is not None else {"value"}
    else:
        found = {row.amount.basis for row in park.capacity_of(name)}
    return next((basis for basis in ("assumption", "derived", "reported") if basis in found), "value")


def assumption_share(result: LoopResult) -> Share:
    """Shares of the first goal's simulated yuan by posting item.

    An item's price is assumed where a price in its bill or its share is; its quantity is limited by an assumption where
    something that binds it in the goal year is assumed.
    """
    if not result.goals:
        return Share(0.0, 0.0, 0.0)
    goal = result.goals[0]
    flows = result.kept.result.flows(goal.year, goal.payload).filter(pl.col("ledger") == goal.ledger)
    if goal.basis == "consolidated":
        flows = flows.filter(~pl.col("eliminated"))
    total = float(flows["yuan"].sum())
    if total <= 0:
        return Share(0.0, 0.0, 0.0)
    assumed = {(row["kind"], row["name"]) for row in binding(result) if row["basis"] == "assumption"}
    price = limit = either = 0.0
    for item, yuan in flows.select("item", "yuan").iter_rows():
        by_price, by_limit = price_assumed(result.park, item), _limited(result, item, assumed)
        price += yuan * by_price
        limit += yuan * by_limit
        either += yuan * (by_price or by_limit)
    return Share(price / total, limit / total, either / total)


def price_assumed(park: Park, item: str) -> bool:
    """Whether the price of an item is assumed: of a material its own, of a product that in a bill, or its own."""
    if park.has("materials", item):
        return park.material(item).price_yuan.basis == "assumption"
    lines = [line.value_yuan.basis for line in park.bom if line.item == item]
    return "assumption" in {*lines, park.product(item).value_yuan.basis}


def _limited(result: LoopResult, item: str, assumed: set[tuple[str, str]]) -> bool:
    """Whether an assumed limit holds back the item: its own making, what goes into it, or what a component is for."""
    park = result.park
    above = [line.parent for line in park.bom if line.item == item and line.parent != item]
    if park.has("materials", item):
        return ("material", item) in assumed or any(_limited(result, parent, assumed) for parent in above)
    made = [item, *(line.item for line in park.bom_of(item) if park.has("products", line.item))]
    made += above if park.product(item).kind == "component" else []
    routings = {park.product(name).routing for name in made}
    needs = {("resource", need.resource) for need in park.needs if need.routing in routings}
    takes = {("material", line.item) for name in made for line in park.bom_of(name)}
    return bool((needs | takes) & assumed)
