"""Terms of orders: those that may be refused, and those whose release in several weeks has a price."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.book import Book
from aidc_twin.solver import table

__all__ = ["refusals", "splits"]


def refusals(book: Book) -> Any:
    """Orders that are refused as a whole, ``refused``.

    - refused[o] is 0 or 1; where it is 1, nothing of the order's items is released or left waiting.
    """
    block: Any = pyo.Block(concrete=True)
    orders = book.refuse_yi.size
    block.O = pyo.RangeSet(0, orders - 1)
    which = {i: [o] if o >= 0 else [] for i, o in enumerate(book.refusable.tolist())}
    block.orders = pyo.Set(pyo.RangeSet(0, book.quantity_mw.size - 1), initialize=which)
    block.refused = pyo.Var(block.O, domain=pyo.Binary, dense=False, doc="order is refused")
    return block


def splits(book: Book, release: Any) -> Any:
    """Weeks in which something of an item is released, ``part``, and how many there are beyond the first, ``further``.

    - x[i, t] <= quantity[i] part[i, t], part[i, t] 0 or 1  [MW]
    - sum over t of part[i, t] - further[i] <= 1  [weeks]

    Only items whose release in several weeks has a price are in it.
    """
    block: Any = pyo.Block(concrete=True)
    priced = book.split_yi > 0
    members = np.flatnonzero(priced[book.item])
    places = list(zip(book.item[members].tolist(), book.week[members].tolist(), strict=True))
    own: dict[int, list[int]] = {i: [] for i in np.flatnonzero(priced).tolist()}
    for i, t in places:
        own[i].append(t)
    own = {i: weeks for i, weeks in own.items() if weeks}
    block.I = pyo.Set(initialize=list(own))
    block.N = pyo.Set(initialize=places, dimen=2)
    block.open = pyo.Set(block.I, initialize=own)
    block.size = table(block.N, values=book.quantity_mw[book.item[members]])
    block.part = pyo.Var(block.N, domain=pyo.Binary, dense=False, doc="something is released")
    block.further = pyo.Var(block.I, domain=pyo.NonNegativeReals, dense=False, doc="weeks beyond the first")

    def within(b: Any, i: int, t: int) -> Any:
        return release.x[i, t] - b.size[i, t] * b.part[i, t] <= 0.0

    def counted(b: Any, i: int) -> Any:
        return sum(b.part[i, t] for t in b.open[i]) - b.further[i] <= 1.0

    block.within = pyo.Constraint(block.N, rule=within, doc="released only in weeks that count")
    block.counted = pyo.Constraint(block.I, rule=counted, doc="weeks beyond the first")
    return block
