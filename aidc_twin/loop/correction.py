"""What the twin measured, as the next plan is told it: a part of the way, scaled to what was posted in the year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.loop.ways import EARLY
from aidc_twin.park import Goal
from aidc_twin.plan import Plan
from aidc_twin.twin.calibrate import YI
from aidc_twin.twin.inputs import Floats, PlanInputs
from aidc_twin.twin.result import SimResult

__all__ = ["corrected", "damped"]

MOST_CORRECTION = 0.1
"""Posting profiles are not scaled further than this."""


def damped(old: PlanInputs, new: PlanInputs, step: float) -> PlanInputs:
    """Inputs that go `step` of the way from the profiles of `old` to those measured in `new`."""
    names = ("load", "base_load", "need", "base_need", "post_owned", "post_consigned", "base_owned", "base_consigned")
    mixed = {name: getattr(old, name) + step * (getattr(new, name) - getattr(old, name)) for name in names}
    cash = new.cash
    if cash is not None and old.cash is not None:
        first, second = ((one.income, one.base_income) for one in (old.cash, cash))
        income, base = (a + step * (b - a) for a, b in zip(first, second, strict=True))
        cash = replace(cash, income=income, base_income=base)
    return replace(new, **mixed, cash=cash)


def corrected(inputs: PlanInputs, plan: Plan, result: SimResult, goals: Sequence[Goal], way: str) -> PlanInputs:
    """Posting profiles scaled, rule by rule, to what the executed plan posted in the goal year.

    A profile is a mean over the horizon; what the year's own load does to it (queues before its end, say) is the factor
    between the twin's mean and what the profile says of the same releases. Where units may start before the plan
    releases them, what is made ahead can be more than a factor should be: what `MOST_CORRECTION` leaves is told as an
    amount that comes whatever the plan releases, in the weeks in which the profiles see the rest.
    """
    share = inputs.year_share.get(goals[0].year) if goals else None
    if share is None:
        return inputs
    released, waiting = _released_mw(inputs, plan), _deferred_mw(inputs, plan)
    posted = _posted_in(result, goals[0].year)
    beside = inputs.post_deferred
    changed: dict[str, Any] = {"post_deferred": beside}
    for side, name in enumerate(("owned", "consigned")):
        post, base = getattr(inputs, f"post_{name}"), getattr(inputs, f"base_{name}")
        by_week = base + _laid(post, released)
        if beside is not None:
            amount = beside[f"{name}_yi"].to_numpy() * waiting[beside["item"].to_numpy()]
            np.add.at(by_week, (beside["rule"].to_numpy(), beside["week"].to_numpy()), amount)
        told = by_week @ share
        whole = np.where(told > 0, posted[:, side] / np.where(told > 0, told, 1.0), 1.0)
        factor = np.clip(whole, 1 - MOST_CORRECTION, 1 + MOST_CORRECTION)
        base = base * factor[:, None]
        if way == EARLY:
            base += (whole - factor)[:, None] * by_week * (share > 0)
        changed |= {f"post_{name}": post * factor[None, :, None], f"base_{name}": base}
        if beside is not None:
            scaled = pl.col(f"{name}_yi") * pl.Series(factor[beside["rule"].to_numpy()])
            changed["post_deferred"] = changed["post_deferred"].with_columns(scaled)
    return replace(inputs, **changed)  # pyright: ignore[reportArgumentType]  because the names are those of arrays


def _laid(post: Floats, released: Floats) -> Floats:
    """What releases, shape (F, T), post by rule and week by profiles of shape (F, S, K); shape (S, T)."""
    weeks = released.shape[1]
    found = np.zeros((post.shape[1], weeks))
    for k in range(min(post.shape[2], weeks)):
        found[:, k:] += np.einsum("fs,ft->st", post[:, :, k], released[:, : weeks - k])
    return found


def _posted_in(result: SimResult, year: int) -> Floats:
    """Mean of what each rule posted in a year, owned and consigned, 亿元, shape (S, 2)."""
    edge = result.factory.bucket_edge
    first, last = result.factory.clock.year_ticks(year)
    return result.posted[:, :, (edge[:-1] >= first) & (edge[1:] <= last), :].mean(axis=0).sum(axis=1) / YI


def _released_mw(inputs: PlanInputs, plan: Plan) -> Floats:
    """MW of each family that a plan releases in each week, shape (F, T)."""
    released = np.zeros((len(inputs.families), inputs.weeks))
    family = {(order, group): f for order, group, f in inputs.items.select("order", "group", "family").iter_rows()}
    for order, group, week, mw in plan.frames["plan_releases"].iter_rows():
        released[family[order, group], week] += mw
    return released


def _deferred_mw(inputs: PlanInputs, plan: Plan) -> Floats:
    """MW of each item that a plan neither releases nor refuses, shape (I,)."""
    frames, items = plan.frames, inputs.items
    released = frames["plan_releases"].group_by("order", "group").agg(pl.col("quantity_mw").sum().alias("released"))
    rows = items.join(released, on=["order", "group"], how="left").sort("item")
    left = rows["quantity_mw"].to_numpy() - rows["released"].fill_null(0.0).to_numpy()
    refused = frames["plan_exceptions"].filter(pl.col("kind") == "refused")["order"]
    return np.where(rows["order"].is_in(refused.implode()).to_numpy(), 0.0, np.maximum(0.0, left))
