"""A goal as the plan needs it, and what each release posts towards it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from aidc_twin.plan.profiles import in_week
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["YUAN_IN_YI", "Contribution", "Goal", "contribution", "counted_posts"]

YUAN_IN_YI = 1e8


class Goal(Protocol):
    """An amount to be posted to a ledger in a calendar year; `aidc_twin.park.goals` makes them."""

    @property
    def id(self) -> str:
        """Name of the goal."""
        ...

    @property
    def ledger(self) -> str:
        """``industrial_output`` or ``wholesale_trade``."""
        ...

    @property
    def amount_yuan(self) -> int:
        """What is to be reached, above `increment_over_yuan`."""
        ...

    @property
    def year(self) -> int:
        """Calendar year."""
        ...

    @property
    def basis(self) -> str:
        """``entity_gross`` or ``consolidated``."""
        ...

    @property
    def payload(self) -> str:
        """``owned`` or ``consigned``: at which value the customer's own payload counts."""
        ...

    @property
    def increment_over_yuan(self) -> int:
        """Base of an incremental reading, else 0."""
        ...


@dataclass(frozen=True)
class Contribution:
    """What counts towards a goal, in 亿元.

    Attributes
    ----------
    target_yi : amount to be reached.
    by_week : shape (F, T, K), posted in week t + k of the year by 1 MW released in week t.
    per_mw : shape (F, T), sum of `by_week` over k.
    base : shape (T,), posted in each week by what was under way at the epoch.
    deferred : shape (I, T), posted in each week by 1 MW of an item that is not released.
    """

    target_yi: float
    by_week: Floats
    per_mw: Floats
    base: Floats
    deferred: Floats


def contribution(inputs: PlanInputs, goal: Goal) -> Contribution:
    """Posting of each release and of the work under way towards one goal, by ledger, basis, payload and year."""
    counted = _counted_rules(inputs.rule_table, goal)
    post = counted_posts(inputs, goal)
    base = (inputs.base_consigned if goal.payload == "consigned" else inputs.base_owned)[counted, :].sum(axis=0)
    share = inputs.year_share.get(goal.year, np.zeros(inputs.weeks))
    by_week = post[:, None, :] * in_week(share, post.shape[1])[None, :, :]
    target = (goal.amount_yuan + goal.increment_over_yuan) / YUAN_IN_YI
    return Contribution(target, by_week, by_week.sum(axis=2), base * share, _deferred(inputs, goal, counted) * share)


def _deferred(inputs: PlanInputs, goal: Goal, counted: list[int]) -> Floats:
    """What 1 MW of each item posts in each week to the rules of a goal if it is not released, shape (I, T)."""
    found = np.zeros((inputs.items.height, inputs.weeks))
    if inputs.post_deferred is not None:
        rows = inputs.post_deferred.filter(pl.col("rule").is_in(counted))
        amount = rows["consigned_yi" if goal.payload == "consigned" else "owned_yi"].to_numpy()
        np.add.at(found, (rows["item"].to_numpy(), rows["week"].to_numpy()), amount)
    return found


def counted_posts(inputs: PlanInputs, goal: Goal) -> Floats:
    """亿元 posted towards a goal in each week after the release of 1 MW, whatever the year, shape (F, K)."""
    post = inputs.post_consigned if goal.payload == "consigned" else inputs.post_owned
    return post[:, _counted_rules(inputs.rule_table, goal), :].sum(axis=1)


def _counted_rules(rules: pl.DataFrame, goal: Goal) -> list[int]:
    rows = rules.with_row_index("rule").filter(pl.col("ledger") == goal.ledger)
    if goal.basis == "consolidated":
        rows = rows.filter(~pl.col("eliminated"))
    return rows["rule"].to_list()
