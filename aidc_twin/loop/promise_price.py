"""Whom a new order pushes, by how much, and what that costs: futures with it beside the same futures without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidc_twin.park import Goal
from aidc_twin.twin.compile import Factory
from aidc_twin.twin.explode import order_value
from aidc_twin.twin.kernel.layout import (
    P_PPM,
    P_RULE,
    P_YUAN,
    POST,
    S_POST,
    S_POST_END,
    STEP,
    TR_END,
    TR_STEP,
    ParkArrays,
    table,
)
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.routes import eliminated
from aidc_twin.twin.statistics import finite, half_width, t_quantile
from aidc_twin.twin.trace import passings

__all__ = ["Own", "Seen", "price", "seen"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAST_DAYS = 0.5
"""Mean delay from which an order is said to be pushed."""
DOUBT = 0.05
"""Probability that any order at all is named which is pushed by chance only."""


@dataclass(frozen=True)
class Seen:
    """What some futures say; N of them, O orders of the book, G goals.

    Attributes
    ----------
    done : shape (N, O), tick at which each order is done, -1 where it is not.
    goals : shape (N, G), yuan.
    own : shape (N, G), what of that the new order posts.
    """

    done: Ints
    goals: Floats
    own: Floats

    @classmethod
    def joined(cls, parts: Sequence[Seen]) -> Seen:
        """Several one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("done", "goals", "own")))


class Own:
    """What a new order posts towards goals, read from traces; `root` is its own unit, behind all others."""

    def __init__(self, factory: Factory, arrays: ParkArrays, root: int, goals: Sequence[Goal]) -> None:
        self.factory, self.first = factory, int(factory.first[root])
        self.years = [factory.clock.year_ticks(goal.year) for goal in goals]
        steps, posts = table(arrays.whole, STEP), table(arrays.whole, POST)
        self.yuan = np.zeros((factory.steps - self.first, len(goals)))
        for js in range(self.first, factory.steps):
            step, unit = int(factory.step_row[js]), factory.units[int(factory.step_unit[js])]
            for row in posts[steps[step, S_POST] : steps[step, S_POST_END]].tolist():
                for g, goal in enumerate(goals):
                    if _counts(factory, goal, row[P_RULE]):
                        side = 1 if goal.payload == "consigned" else 0
                        yuan = row[P_YUAN + side] + unit.value_yuan * row[P_PPM + side] // 1_000_000
                        self.yuan[js - self.first, g] += yuan

    def posted(self, run: Replication) -> Floats:
        """Yuan of each goal that the order posts within its year in a traced replication, shape (G,)."""
        trace = run.trace
        own = trace[(trace[:, TR_STEP] >= self.first) & (trace[:, TR_STEP] < self.factory.steps)]
        rows = passings(own)
        step, end = rows[:, TR_STEP] - self.first, rows[:, TR_END]
        inside = [(end >= first) & (end < last) & (end <= self.factory.horizon) for first, last in self.years]
        return np.array([self.yuan[step[there], g].sum() for g, there in enumerate(inside)], np.float64)


def _counts(factory: Factory, goal: Goal, rule: int) -> bool:
    """Whether a posting rule counts for a goal."""
    sale = factory.park.sales[rule]
    return sale.ledger == goal.ledger and not (goal.basis == "consolidated" and eliminated(factory.park, sale))


def seen(
    factory: Factory, runs: Sequence[Replication], goals: Sequence[Goal], orders: Sequence[int], own: Own | None = None
) -> Seen:
    """What replications say of the orders of the book, whose units are `orders`, and of the goals."""
    found = SimResult(factory, runs)
    yuan = [found.goal_yuan(goal).astype(np.float64) for goal in goals]
    total = np.stack(yuan, axis=1) if yuan else np.zeros((len(runs), 0))
    posted = np.zeros_like(total) if own is None else np.stack([own.posted(run) for run in runs])
    return Seen(np.stack([run.job_done[list(orders)] for run in runs]), total, posted)


def price(base: Factory, without: Seen, beside: Seen, goals: Sequence[Goal]) -> dict[str, Any]:
    """What others pay, as an object: who is pushed, weighted lateness, and yuan that leave the year of each goal.

    Means over pairs of futures with the same seeds, with 95 % half-widths. An order that is not done counts as done at
    the horizon, so that no more is said of it than was seen. An order is named if its mean delay is `LEAST_DAYS` or
    more and clear of chance, all orders of the book taken together (Bonferroni).
    """
    park, day = base.park, base.clock.ticks_per_day
    before, after = (np.where(one.done >= 0, one.done, base.horizon).astype(np.float64) for one in (without, beside))
    n = len(before)
    delay = (after - before) / day
    due = np.array([base.clock.ticks(row.due) for row in park.orders], np.float64)
    weight = np.array([row.weight for row in park.orders])
    late = [np.maximum(0.0, ends - due) / (7 * day) for ends in (before, after)]
    weeks = ((late[1] - late[0]) * weight).sum(axis=1)
    lost = ((without.done >= 0) & (beside.done < 0)).sum(axis=1).astype(np.float64)
    others = (beside.goals - beside.own) - without.goals
    sure = t_quantile(1 - DOUBT / max(1, len(park.orders)), n - 1) if n > 1 else np.inf
    mean = delay.mean(axis=0)
    error = delay.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(len(mean), np.inf)
    clear = (mean >= LEAST_DAYS) & (mean > sure * error)
    pushed: list[int] = [i for i in np.argsort(-mean, kind="stable").tolist() if clear[i]]
    worth = [order_value(park, park.orders[i]) for i in pushed]
    return {
        "futures": n,
        "pushed": [
            {
                "order": park.orders[i].order, "customer": park.orders[i].customer, "weight": park.orders[i].weight,
                "days": float(mean[i]), "half_width_95": finite(half_width(delay[:, i])),
                "late_weeks": float((late[1] - late[0])[:, i].mean()), "value_yuan": yuan,
            }
            for i, yuan in zip(pushed, worth, strict=True)
        ],
        "pushed_value_yuan": sum(worth),
        "late_order_weeks": _mean(weeks),
        "beyond_horizon": _mean(lost),
        "goals": [
            {
                "id": goal.id, "ledger": goal.ledger, "year": goal.year, "others_yuan": _mean(others[:, g]),
                "own_yuan": _mean(beside.own[:, g]),
                "together_yuan": _mean(beside.goals[:, g] - without.goals[:, g]),
            }
            for g, goal in enumerate(goals)
        ],
    }  # fmt: skip


def _mean(x: Floats) -> dict[str, float | None]:
    return {"mean": float(x.mean()), "half_width_95": finite(half_width(x))}
