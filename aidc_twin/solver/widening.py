"""Programs with more columns than they were compiled with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from aidc_twin.solver.arrays import Arrays, Floats, Held, Indices, Piece

__all__ = ["widened"]


def widened(
    arrays: Arrays, names: Sequence[str], entries: Mapping[int, tuple[Indices, Floats]], lower: Floats, upper: Floats
) -> Arrays:
    """The same program with more columns at the end, all reals.

    Parameters
    ----------
    names
        Of the new columns, as the piece ``added``.
    entries
        New column (0, 1, …) -> rows and coefficients.
    lower, upper
        shape (new columns,).
    """
    first, rows = arrays.lower.size, arrays.row_lower.size
    row = np.concatenate([arrays.row_of_entry, *(places for places, _ in entries.values())]).astype(np.int64)
    own = [np.full(len(places), first + new, dtype=np.int32) for new, (places, _) in entries.items()]
    column = np.concatenate([arrays.index, *own]).astype(np.int32)
    value = np.concatenate([arrays.value, *(numbers for _, numbers in entries.values())])
    order = np.argsort(row, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=rows)))).astype(np.int32)
    size = len(names)
    piece = Piece("added", first, first + size, size, np.arange(size, dtype=np.int32))
    aims = {name: replace(aim, cost=np.append(aim.cost, np.zeros(size))) for name, aim in arrays.aims.items()}
    return replace(
        arrays, lower=np.append(arrays.lower, lower), upper=np.append(arrays.upper, upper),
        integral=np.append(arrays.integral, np.zeros(size, dtype=bool)), starts=starts, index=column[order],
        value=value[order], aims=aims, column_pieces=(*arrays.column_pieces, piece),
        columns=[*arrays.columns, *(Held(name) for name in names)],
    )  # fmt: skip
