"""Purchases that can come in time: nothing about them stands in the way of a plan, so questions leave them out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aidc_twin.plan.model import Task
from aidc_twin.solver.arrays import Arrays

__all__ = ["without_purchases"]


def without_purchases(task: Task, arrays: Arrays) -> Arrays:
    """The plan without its purchase orders: rows and columns stay in their places, emptied.

    From its lead time on any amount of a bought material can be had at no cost that a question counts. So its stock
    rows from that week on hold for whatever is released: they get no limits and no entries, and what stood in them
    only is fixed at zero. Where purchases are paid for by week nothing is left out: money may be what is lacking.
    """
    inputs, pieces = task.inputs, {piece.name: piece for piece in arrays.column_pieces}
    paid = any(piece.name == "cash.balance" for piece in arrays.row_pieces)
    if paid or not task.formulation.families.materials:
        return arrays
    weeks, lead = inputs.weeks, inputs.lead_weeks
    free = (lead[:, None] >= 0) & (np.arange(weeks) >= lead[:, None])
    limit = np.full(lead.size, np.inf) if inputs.stock_limit is None else inputs.stock_limit
    members = {"materials.stock": free.ravel(), "materials.lapse": free[np.isfinite(limit)].ravel()}
    upper = arrays.upper.copy()
    for name, own in members.items():
        if name in pieces:
            piece = pieces[name]
            upper[piece.start : piece.stop][own[piece.positions]] = 0.0
    if "materials.receipt" in pieces:
        upper[pieces["materials.receipt"].start : pieces["materials.receipt"].stop] = 0.0
    rows = np.zeros(arrays.row_lower.size, dtype=bool)
    start = next(piece.start for piece in arrays.row_pieces if piece.name == "materials.balance")
    rows[start : start + free.size] = free.ravel()
    entries = ~rows[arrays.row_of_entry]
    count = np.bincount(arrays.row_of_entry[entries], minlength=rows.size)
    return replace(
        arrays, upper=upper, row_lower=np.where(rows, -np.inf, arrays.row_lower),
        row_upper=np.where(rows, np.inf, arrays.row_upper), index=arrays.index[entries], value=arrays.value[entries],
        starts=np.concatenate(([0], np.cumsum(count))).astype(np.int32),
    )  # fmt: skip
