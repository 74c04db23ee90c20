"""What each order posts towards goals, read from traces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aidc_twin.park import Goal
from aidc_twin.twin.compile import Factory
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
from aidc_twin.twin.routes import eliminated
from aidc_twin.twin.trace import passings

__all__ = ["Posts"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Posts:
    """Yuan that a passed step of an order posts towards each goal.

    Attributes
    ----------
    yuan : shape (steps, G), of each step of the orders' units.
    order : shape (steps,), whose step it is, by the place of the order in the book.
    """

    def __init__(self, factory: Factory, arrays: ParkArrays, goals: Sequence[Goal]) -> None:
        self.factory = factory
        self.years = [factory.clock.year_ticks(goal.year) for goal in goals]
        book = {row.order: i for i, row in enumerate(factory.park.orders)}
        self.order: Ints = np.array([book[unit.order] for unit in factory.units], np.int64)[factory.step_unit]
        value = np.array([unit.value_yuan for unit in factory.units], np.int64)[factory.step_unit]
        self.yuan: Floats = np.zeros((factory.steps, len(goals)))
        steps, posts = table(arrays.whole, STEP), table(arrays.whole, POST)
        by_row = np.argsort(factory.step_row, kind="stable")
        kinds, begins = np.unique(factory.step_row[by_row], return_index=True)
        for kind, own in zip(kinds.tolist(), np.split(by_row, begins[1:]), strict=True):
            for row in posts[steps[kind, S_POST] : steps[kind, S_POST_END]].tolist():
                for g, goal in enumerate(goals):
                    if _counts(factory, goal, row[P_RULE]):
                        side = 1 if goal.payload == "consigned" else 0
                        self.yuan[own, g] += row[P_YUAN + side] + value[own] * row[P_PPM + side] // 1_000_000
        self.posting = np.flatnonzero(np.any(self.yuan != 0, axis=1))

    def of(self, run: Replication) -> Floats:
        """Yuan that each order posts towards each goal within its year in a traced replication, shape (orders, G)."""
        orders = len(self.factory.park.orders)
        rows = passings(run.trace[np.isin(run.trace[:, TR_STEP], self.posting)])
        step, end = rows[:, TR_STEP], rows[:, TR_END]
        found = np.zeros((orders, len(self.years)))
        for g, (first, last) in enumerate(self.years):
            inside = step[(end >= first) & (end < last) & (end <= self.factory.horizon)]
            found[:, g] = np.bincount(self.order[inside], self.yuan[inside, g], orders)
        return found


def _counts(factory: Factory, goal: Goal, rule: int) -> bool:
    """Whether a posting rule counts for a goal."""
    sale = factory.park.sales[rule]
    return sale.ledger == goal.ledger and not (goal.basis == "consolidated" and eliminated(factory.park, sale))
