"""A program of which the solver sees no more than what is open: for questions that close most of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aidc_twin.solver.arrays import Arrays, Floats, Indices, Named
from aidc_twin.solver.guard import check_arrays
from aidc_twin.solver.profile import Profile
from aidc_twin.solver.program import Point, Program

__all__ = ["Compact"]

_SHRUNK = 0.7
"""Share of the columns that the solver has; where no more are open, a fresh start hands those over only."""


class Compact:
    """Asked like a `Program`; columns that are fixed at zero, and rows without a limit, stay out of the solver.

    What is open is handed over at the first question, again when a column opens that the solver does not have, and at
    a fresh start if much has closed since. What was handed over stays there, with its basis, for questions that fit.

    Attributes
    ----------
    arrays : all rows and columns, with the bounds and rows of the next question.
    """

    def __init__(self, arrays: Arrays, profile: Profile) -> None:
        check_arrays(arrays)
        self.arrays = replace(arrays, lower=arrays.lower.copy(), upper=arrays.upper.copy())
        self.profile = profile
        self._given, self._added = self.arrays, list[tuple[str, float, float, Floats]]()
        self._handed: list[_Handed] = []

    @property
    def handed(self) -> list[tuple[int, int]]:
        """Rows and columns of each program that the solver was given, without rows that were added."""
        return [(one.rows.size, one.columns.size) for one in self._handed]

    def bound(self, columns: Indices, lower: Floats | float, upper: Floats | float) -> None:
        """Change the bounds of some columns."""
        self.arrays.lower[columns], self.arrays.upper[columns] = lower, upper

    def row(self, name: str, lower: float, upper: float, cost: Floats) -> None:
        """Add ``lower <= cost @ x <= upper``."""
        self.arrays = self.arrays.with_row(name, lower, upper, cost)
        self._added.append((name, lower, upper, cost))
        for handed in self._handed:
            handed.program.row(name, lower, upper, cost[handed.columns])

    def minimise(
        self, cost: Floats, *, time_s: float | None = None, afresh: bool = False, start: Point | None = None
    ) -> Point | None:
        """Point of least cost, or None where nothing meets the rows; see `Program.minimise`."""
        handed = self._fitting(afresh)
        columns, program, lower, upper = handed.columns, handed.program, self.arrays.lower, self.arrays.upper
        low, high = lower[columns], upper[columns]
        moved = np.flatnonzero((low != program.arrays.lower) | (high != program.arrays.upper)).astype(np.int32)
        program.bound(moved, low[moved], high[moved])
        found = program.minimise(cost[columns], time_s=time_s, afresh=afresh, start=start)
        if found is None:
            return None
        x, duals = np.zeros(lower.size), None
        x[columns] = found.x
        if found.duals is not None:
            duals = np.zeros(self.arrays.row_lower.size)
            duals[np.append(handed.rows, np.arange(self._given.row_lower.size, duals.size))] = found.duals
        return replace(found, x=x, duals=duals)

    def _fitting(self, afresh: bool) -> _Handed:
        """The smallest program that has all that is open; a new one where there is none, or much less is open."""
        open_ = (self.arrays.lower != 0.0) | (self.arrays.upper != 0.0)
        count = int(open_.sum())
        fitting = [handed for handed in self._handed if open_[handed.columns].sum() == count]
        best = min(fitting, key=lambda handed: handed.columns.size, default=None)
        if best is not None and not (afresh and count < _SHRUNK * best.columns.size):
            return best
        given = self._given
        columns = np.flatnonzero(open_) if count else np.arange(min(1, open_.size))  # HiGHS takes none for solved
        rows = np.flatnonzero(np.isfinite(given.row_lower) | np.isfinite(given.row_upper))
        program = Program(picked(given, rows, columns), self.profile)
        for name, lower, upper, cost in self._added:
            program.row(name, lower, upper, cost[columns])
        self._handed.append(_Handed(program, rows, columns))
        return self._handed[-1]


@dataclass(frozen=True)
class _Handed:
    """A program that the solver has, and which of the given rows and columns are in it."""

    program: Program
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


@dataclass(frozen=True)
class _Some(Sequence[Named]):
    """Some names of a longer list."""

    names: Sequence[Named]
    places: NDArray[np.int64]

    def __len__(self) -> int:
        return self.places.size

    def __getitem__(self, place: int) -> Named:  # type: ignore[override]  # one name at a time is asked for, no slice
        return self.names[int(self.places[place])]


def picked(arrays: Arrays, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Arrays:
    """Some rows and columns of a program, in the same order, without objectives and components.

    Parameters
    ----------
    rows, columns
        Ascending places of those that stay.
    """
    row, new = arrays.row_of_entry, np.full(arrays.lower.size, -1, np.int32)
    new[columns] = np.arange(columns.size, dtype=np.int32)
    stays = np.zeros(arrays.row_lower.size, dtype=bool)
    stays[rows] = True
    entries = stays[row] & (new[arrays.index] >= 0)
    count = np.bincount(row[entries], minlength=arrays.row_lower.size)[rows]
    return Arrays(
        lower=arrays.lower[columns], upper=arrays.upper[columns], integral=arrays.integral[columns],
        row_lower=arrays.row_lower[rows], row_upper=arrays.row_upper[rows],
        starts=np.concatenate(([0], np.cumsum(count))).astype(np.int32), index=new[arrays.index[entries]],
        value=arrays.value[entries], aims={}, column_pieces=(), row_pieces=(),
        columns=_Some(arrays.columns, columns), rows=_Some(arrays.rows, rows),
    )  # fmt: skip
