"""Release: what of each item starts in which week."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.book import Book
from aidc_twin.plan.families.linear import linear
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["release"]


def release(inputs: PlanInputs, book: Book) -> Any:
    """MW released of each item and week, ``x``; MW never released, ``deferred``; family totals, ``total``.

    - each item i: sum over weeks of x[i, t] + deferred[i] = quantity[i]  [MW]
    - each family f and week t: total[f, t] = sum over items i of f of x[i, t]  [MW]

    All long rows of the other families stand on ``total``, so that the matrix stays small.
    """
    block: Any = pyo.Block(concrete=True)
    families, weeks = len(inputs.families), inputs.weeks
    block.x = pyo.Var(list(zip(book.item.tolist(), book.week.tolist(), strict=True)), domain=pyo.NonNegativeReals)
    block.deferred = pyo.Var(range(book.quantity_mw.size), domain=pyo.NonNegativeReals)
    block.total = pyo.Var(range(families), range(weeks), domain=pyo.NonNegativeReals)
    columns = list(block.x.values())
    starts = np.searchsorted(book.item, np.arange(book.quantity_mw.size + 1)).tolist()

    def quantity(_: Any, i: int) -> Any:
        own = columns[starts[i] : starts[i + 1]]
        return linear((np.ones(len(own) + 1), [*own, block.deferred[i]])) == float(book.quantity_mw[i])

    def total(_: Any, f: int, t: int) -> Any:
        own = [columns[n] for n in members.get((f, t), [])]
        return linear((np.ones(len(own)), own), (-np.ones(1), [block.total[f, t]])) == 0.0

    members = _members(book)
    block.quantity = pyo.Constraint(range(book.quantity_mw.size), rule=quantity, doc="each item once, MW")
    block.totals = pyo.Constraint(range(families), range(weeks), rule=total, doc="MW of a family in a week")
    return block


def _members(book: Book) -> dict[tuple[int, int], list[int]]:
    """Columns of each family and week."""
    found: dict[tuple[int, int], list[int]] = {}
    pairs = zip(book.family[book.item].tolist(), book.week.tolist(), strict=True)
    for column, pair in enumerate(pairs):
        found.setdefault(pair, []).append(column)
    return found
