"""Whole shift levels, refusals and parts from fractional ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from aidc_twin.plan.model import Task
from aidc_twin.solver import SolveResult
from aidc_twin.solver.arrays import Arrays
from aidc_twin.twin.inputs import Floats

__all__ = ["EXTRA", "PART", "REFUSED", "WHOLE", "point", "priced", "rounded", "roundings", "tidied"]

EXTRA, REFUSED, PART = "shifts.extra", "refusals.refused", "splits.part"
WHOLE = (EXTRA, REFUSED, PART)
"""Variables of whole numbers; a plan has those of them that it needs."""

_FURTHER = "splits.further"
_PAID = "cash.balance"
_DEFERRED, _RELEASED = "release.deferred", "release.x"

_WHOLE = 1e-6
_SLACK = 1e-9


def point(arrays: Arrays, values: Mapping[str, Floats]) -> Floats:
    """Values of all columns, shape (columns,)."""
    return np.concatenate([values[piece.name] for piece in arrays.column_pieces])


def priced(arrays: Arrays, level: str) -> bool:
    """Whether whole columns, or what counts them, have a cost in a level, or must be paid for."""
    if any(piece.name == _PAID for piece in arrays.row_pieces):
        return True
    cost, names = arrays.aims[level].cost, (*WHOLE, _FURTHER)
    return any(cost[p.start : p.stop].any() for p in arrays.column_pieces if p.name in names)


def rounded(task: Task, values: Mapping[str, Floats], refuse_from: float = 1.0) -> dict[str, Floats]:
    """A whole plan beside a fractional one, that keeps its releases.

    More shifts only add capacity and more parts only allow more: whatever fits into the fractions fits into these.
    An order is refused where `refuse_from` of it or more is, and then nothing of it is released; what is refused of
    the others waits instead.
    """
    found = {**values, EXTRA: np.ceil(values[EXTRA] - _WHOLE)}
    if REFUSED in values:
        book = task.book
        own = np.flatnonzero(book.refusable >= 0)
        order = book.refusable[own]
        refused = np.floor(values[REFUSED] + 1.0 - refuse_from + _WHOLE)
        released, deferred = values[_RELEASED].copy(), values[_DEFERRED].copy()
        released[np.isin(book.item, own[refused[order] > 0])] = 0.0
        waits = np.maximum(0.0, deferred[own] + book.quantity_mw[own] * (values[REFUSED] - refused)[order])
        deferred[own] = np.where(refused[order] > 0, 0.0, waits)
        found |= {REFUSED: refused, _RELEASED: released, _DEFERRED: deferred}
    return _counted(task, found, np.ceil(values[PART] - _WHOLE)) if PART in values else found


def roundings(task: Task, values: Mapping[str, Floats]) -> Iterator[dict[str, Floats]]:
    """Whole plans beside a fractional one: with those orders refused that are so wholly, then half of them or more."""
    yield rounded(task, values)
    if REFUSED in values and (np.abs(values[REFUSED] - np.rint(values[REFUSED])) > _WHOLE).any():
        yield rounded(task, values, 0.5)


def tidied(task: Task, arrays: Arrays, result: SolveResult, objective: str) -> SolveResult:
    """The same plan without parts in which nothing is released, and without the shifts that it does not need."""
    if PART in result.values:
        item, x = task.book.item, result.values[_RELEASED]
        own = task.book.split_yi[item] > 0
        part = np.where(x[own] > _WHOLE * task.book.quantity_mw[item[own]], 1.0, 0.0)
        result = replace(result, values=_counted(task, result.values, part))
    return trimmed(arrays, result, objective)


def _counted(task: Task, values: Mapping[str, Floats], part: Floats) -> dict[str, Floats]:
    """With other parts, and what they are beyond one for each item."""
    item = task.book.item[task.book.split_yi[task.book.item] > 0]
    weeks = np.bincount(item, weights=part, minlength=task.book.quantity_mw.size)
    return {**values, PART: part, _FURTHER: np.maximum(0.0, weeks[np.unique(item)] - 1.0)}


def trimmed(arrays: Arrays, result: SolveResult, objective: str) -> SolveResult:
    """The same plan without the shifts that it does not need, the dearest first."""
    piece, aim = arrays.column_piece(EXTRA), arrays.aims[objective]
    x = point(arrays, result.values)
    slack = arrays.row_upper - arrays.activity(x)
    rows, columns = arrays.row_of_entry, arrays.index
    dearest = np.argsort(-np.abs(aim.cost[piece.start : piece.stop]), kind="stable") + piece.start
    for column in dearest.tolist():
        entries = np.flatnonzero(columns == column)
        gain = -arrays.value[entries]
        room = (slack[rows[entries]] + _SLACK) / np.where(gain > 0, gain, np.inf)
        spare = min(float(room.min(initial=np.inf)), x[column] - arrays.lower[column])
        steps = np.floor(spare + _WHOLE) if np.isfinite(spare) else 0.0
        if steps >= 1:
            x[column] -= steps
            slack[rows[entries]] -= gain * steps
    return replace(result, values={**result.values, EXTRA: x[piece.start : piece.stop]}, objective=aim.at(x))
