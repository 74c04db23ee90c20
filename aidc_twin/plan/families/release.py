"""Release: what of each item starts in which week."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.book import Book
from aidc_twin.solver import table
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["release"]


def release(inputs: PlanInputs, book: Book, refusals: Any = None) -> Any:
    """MW released of each item and week, ``x``; MW never released, ``deferred``; family totals, ``total``.

    - each item i: sum over weeks of x[i, t] + deferred[i] = quantity[i] (1 - refused[order of i])  [MW]
    - each family f and week t: total[f, t] = sum over items i of f of x[i, t]  [MW]

    All long rows of the other families stand on ``total``, so that the matrix stays small.
    """
    block: Any = pyo.Block(concrete=True)
    block.I = pyo.RangeSet(0, book.quantity_mw.size - 1)
    block.F, block.T = pyo.RangeSet(0, len(inputs.families) - 1), pyo.RangeSet(0, inputs.weeks - 1)
    block.N = pyo.Set(initialize=list(zip(book.item.tolist(), book.week.tolist(), strict=True)), dimen=2)
    block.open = pyo.Set(block.I, initialize=_weeks(book))
    block.own = pyo.Set(block.F, block.T, initialize=_members(book, len(inputs.families), inputs.weeks))
    block.quantity_mw = table(block.I, values=book.quantity_mw)
    block.x = pyo.Var(block.N, domain=pyo.NonNegativeReals, dense=False)
    block.deferred = pyo.Var(block.I, domain=pyo.NonNegativeReals, dense=False)
    block.total = pyo.Var(block.F, block.T, domain=pyo.NonNegativeReals, dense=False)

    def quantity(b: Any, i: int) -> Any:
        done = sum(b.x[i, t] for t in b.open[i]) + b.deferred[i]
        if refusals is not None:
            done = done + sum(b.quantity_mw[i] * refusals.refused[o] for o in refusals.orders[i])
        return done == b.quantity_mw[i]

    def total(b: Any, f: int, t: int) -> Any:
        return sum(b.x[i, t] for i in b.own[f, t]) - b.total[f, t] == 0.0

    block.quantity = pyo.Constraint(block.I, rule=quantity, doc="each item once, MW")
    block.totals = pyo.Constraint(block.F, block.T, rule=total, doc="MW of a family in a week")
    return block


def _weeks(book: Book) -> dict[int, list[int]]:
    """Weeks in which each item can be released."""
    starts = np.searchsorted(book.item, np.arange(book.quantity_mw.size + 1)).tolist()
    return {i: book.week[start:stop].tolist() for i, (start, stop) in enumerate(pairwise(starts))}


def _members(book: Book, families: int, weeks: int) -> dict[tuple[int, int], list[int]]:
    """Items of each family that can be released in each week."""
    found: dict[tuple[int, int], list[int]] = {(f, t): [] for f in range(families) for t in range(weeks)}
    for i, pair in zip(
        book.item.tolist(), zip(book.family[book.item].tolist(), book.week.tolist(), strict=True), strict=True
    ):
        found[pair].append(i)
    return found
