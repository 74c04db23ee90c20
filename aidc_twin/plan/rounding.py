"""Whole shift levels from fractional ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from aidc_twin.solver import SolveResult
from aidc_twin.solver.arrays import Arrays
from aidc_twin.twin.inputs import Floats

__all__ = ["EXTRA", "point", "rounded_up", "trimmed"]

EXTRA = "shifts.extra"

_WHOLE = 1e-6
_SLACK = 1e-9


def point(arrays: Arrays, values: Mapping[str, Floats]) -> Floats:
    """Values of all columns, shape (columns,)."""
    return np.concatenate([values[piece.name] for piece in arrays.column_pieces])


def rounded_up(relaxed: SolveResult) -> SolveResult:
    """More shifts only add capacity: whatever fits into the fractional levels fits into these."""
    return replace(relaxed, values={**relaxed.values, EXTRA: np.ceil(relaxed.values[EXTRA] - _WHOLE)})


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
