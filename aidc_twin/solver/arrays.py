"""A linear or mixed-integer program as sparse arrays, with the names of its rows and columns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]

MINIMISE, MAXIMISE = 1, -1


class Named(Protocol):
    """Whatever can say its own name; Pyomo composes it only when asked."""

    @property
    def name(self) -> str:
        """Name in the words of the model."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows or columns that one Pyomo component became; `positions` are its members' places in the component."""

    name: str
    start: int
    stop: int
    size: int
    positions: Indices


@dataclass(frozen=True, slots=True)
class Aim:
    """An objective: ``sense * (cost @ x + offset)`` is made small.

    Attributes
    ----------
    cost : shape (columns,), unit of the objective for a unit of the column.
    """

    name: str
    cost: Floats
    offset: float
    sense: int

    def at(self, x: Floats) -> float:
        """Value of the objective at a point."""
        return float(self.cost @ x) + self.offset


@dataclass(frozen=True, slots=True)
class Held:
    """A row that was added after compiling."""

    name: str


@dataclass(frozen=True)
class Arrays:
    """Rows ``row_lower <= A x <= row_upper`` of columns ``lower <= x <= upper``, A by rows.

    Attributes
    ----------
    lower, upper : shape (columns,).
    integral : shape (columns,), whether the column must be whole.
    row_lower, row_upper : shape (rows,).
    starts : shape (rows + 1,), where the entries of each row begin.
    index, value : shape (nonzeros,), column and coefficient of each entry.
    aims : objectives by name.
    column_pieces, row_pieces : the Pyomo components in order.
    columns, rows : who knows the names.
    """

    lower: Floats
    upper: Floats
    integral: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    starts: Indices
    index: Indices
    value: Floats
    aims: Mapping[str, Aim]
    column_pieces: tuple[Piece, ...]
    row_pieces: tuple[Piece, ...]
    columns: Sequence[Named]
    rows: Sequence[Named]

    @property
    def row_of_entry(self) -> Indices:
        """Row of each entry, shape (nonzeros,)."""
        return np.repeat(np.arange(self.row_lower.size, dtype=np.int32), np.diff(self.starts))

    def activity(self, x: Floats) -> Floats:
        """``A x``, shape (rows,)."""
        return _sums(self.row_of_entry, self.value * x[self.index], self.row_lower.size)

    def transposed(self, y: Floats) -> Floats:
        """``A' y``, shape (columns,)."""
        return _sums(self.index, self.value * y[self.row_of_entry], self.lower.size)

    def row_name(self, row: int) -> str:
        """Name of a constraint."""
        return self.rows[row].name

    def column_name(self, column: int) -> str:
        """Name of a variable."""
        return self.columns[column].name

    def entry_row(self, entry: int) -> int:
        """Row of one entry."""
        return bisect_right(self.starts.tolist(), entry) - 1

    def column_piece(self, name: str) -> Piece:
        """Columns of a Pyomo variable; KeyError names the ones there are."""
        for piece in self.column_pieces:
            if piece.name == name:
                return piece
        raise KeyError(f"the model has no variable {name!r}; it has {', '.join(p.name for p in self.column_pieces)}")

    def with_row(self, name: str, lower: float, upper: float, cost: Floats) -> Arrays:
        """Copy with ``lower <= cost @ x <= upper`` as one row more."""
        entries = np.flatnonzero(cost).astype(np.int32)
        rows = self.row_lower.size
        piece = Piece(name, rows, rows + 1, 1, np.zeros(1, np.int32))
        return replace(
            self,
            row_lower=np.append(self.row_lower, lower),
            row_upper=np.append(self.row_upper, upper),
            starts=np.append(self.starts, self.starts[-1] + entries.size).astype(np.int32),
            index=np.concatenate((self.index, entries)),
            value=np.concatenate((self.value, cost[entries])),
            row_pieces=(*self.row_pieces, piece),
            rows=(*self.rows, Held(name)),
        )


def _sums(groups: Indices, amounts: Floats, size: int) -> Floats:
    """Sum of the amounts of each group, shape (size,)."""
    return np.bincount(groups, weights=amounts, minlength=size).astype(np.float64)
