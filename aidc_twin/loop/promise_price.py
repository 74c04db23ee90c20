"""Whom a new order pushes, by how much, and what that costs: futures with it beside the same futures without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidc_twin.loop.promise_posts import Posts
from aidc_twin.park import Goal, Park
from aidc_twin.twin.compile import Factory
from aidc_twin.twin.explode import order_value
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.statistics import finite, half_width, t_quantile

__all__ = ["Seen", "price", "seen"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAST_DAYS = 0.5
"""Mean delay from which an order is said to be pushed."""
LEAST_YUAN = 1e6
"""Mean amount from which an order is said to post less, or more, towards a goal."""
DOUBT = 0.05
"""Probability that any order at all is named, of days or of a goal, which differs by chance only."""


@dataclass(frozen=True)
class Seen:
    """What some futures say; N of them, O orders of the book, G goals.

    Attributes
    ----------
    done : shape (N, O), tick at which each order is done, -1 where it is not.
    goals : shape (N, G), yuan.
    posted : shape (N, O, G), what of that each order posts; with the new order, which is the last one, (N, O + 1, G).
    """

    done: Ints
    goals: Floats
    posted: Floats

    @classmethod
    def joined(cls, parts: Sequence[Seen]) -> Seen:
        """Several one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("done", "goals", "posted")))


def seen(runs: Sequence[Replication], goals: Sequence[Goal], orders: Sequence[int], posts: Posts) -> Seen:
    """What traced replications say of the orders of the book, whose units are `orders`, and of the goals."""
    found = SimResult(posts.factory, runs)
    yuan = [found.goal_yuan(goal).astype(np.float64) for goal in goals]
    total = np.stack(yuan, axis=1) if yuan else np.zeros((len(runs), 0))
    done = np.stack([run.job_done[list(orders)] for run in runs])
    return Seen(done, total, np.stack([posts.of(run) for run in runs]))


def price(base: Factory, without: Seen, beside: Seen, goals: Sequence[Goal]) -> dict[str, Any]:
    """What others pay, as an object: who is pushed, weighted lateness, and yuan that leave the year of each goal.

    Means over pairs of futures with the same seeds, with 95 % half-widths. An order that is not done counts as done at
    the horizon, so that no more is said of it than was seen. An order is named if its mean delay is `LEAST_DAYS` or
    more and clear of chance, all orders of the book taken together (Bonferroni); with a goal if it posts `LEAST_YUAN`
    or more less, or more, within the goal's year.
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
    own = beside.posted[:, -1]
    others = (beside.goals - own) - without.goals
    moved = beside.posted[:, :-1] - without.posted
    mean = delay.mean(axis=0)
    clear = (mean >= LEAST_DAYS) & _clear(delay, 1)
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
                "own_yuan": _mean(own[:, g]), "together_yuan": _mean(beside.goals[:, g] - without.goals[:, g]),
                "orders": _movers(park, moved[:, :, g]),
            }
            for g, goal in enumerate(goals)
        ],
    }  # fmt: skip


def _clear(gaps: Floats, sides: int) -> NDArray[np.bool_]:
    """Which orders' mean differences are clear of chance, towards more or (two sides) either way; gaps (N, O)."""
    n, orders = gaps.shape
    if n < 2:
        return np.zeros(orders, np.bool_)
    sure = t_quantile(1 - DOUBT / (sides * max(1, orders)), n - 1)
    mean = gaps.mean(axis=0) if sides == 1 else np.abs(gaps.mean(axis=0))
    return mean > sure * gaps.std(axis=0, ddof=1) / np.sqrt(n)


def _movers(park: Park, moved: Floats) -> list[dict[str, Any]]:
    """Orders that post less or more within a goal's year, the largest amount first; `moved` (N, O), yuan."""
    mean, clear = moved.mean(axis=0), _clear(moved, 2)
    return [
        {"order": park.orders[i].order, "yuan": float(mean[i]), "half_width_95": finite(half_width(moved[:, i]))}
        for i in np.argsort(-np.abs(mean), kind="stable").tolist()
        if clear[i] and abs(mean[i]) >= LEAST_YUAN
    ]


def _mean(x: Floats) -> dict[str, float | None]:
    return {"mean": float(x.mean()), "half_width_95": finite(half_width(x))}
