"""Terms of a template to the rows of a sparse matrix."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aidc_twin.solver.arrays import Floats, Indices
from aidc_twin.solver.loops import Number, apply, needs, number
from aidc_twin.solver.reading import Term
from aidc_twin.solver.spaces import Codes

__all__ = ["Recipe", "Rows"]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a matrix with their limits.

    Attributes
    ----------
    counts : shape (rows,), entries of each.
    index, value : shape (entries,), by rows.
    constant, lower, upper : shape (rows,); the constant is already taken from the limits.
    """

    counts: Indices
    index: Indices
    value: Floats
    constant: Floats
    lower: Floats
    upper: Floats


@dataclass
class Recipe:
    """What the rows of one component are made from, now and when a parameter has changed.

    Attributes
    ----------
    size : rows.
    lower, upper : None where there is no such limit.
    kept : shape (size,), which rows are in the model; None for all.
    apart : whether no column can come twice in a row, as was found out the first time.
    """

    size: int
    terms: tuple[Term, ...]
    constant: Number
    lower: Number | None
    upper: Number | None
    kept: NDArray[np.bool_] | None = None
    apart: bool = False

    @property
    def needs_of_entries(self) -> frozenset[int]:
        """Parameters that the coefficients hang on."""
        return needs(*(term.coefficient for term in self.terms))

    @property
    def needs_of_limits(self) -> frozenset[int]:
        """Parameters that the constant and the limits hang on."""
        return needs(self.constant, *(limit for limit in (self.lower, self.upper) if limit is not None))

    def turned(self) -> Recipe:
        """The same rows times minus one."""
        terms = tuple(Term(t.loop, t.columns, apply(np.negative, t.coefficient)) for t in self.terms)
        lower, upper = (None if limit is None else apply(np.negative, limit) for limit in (self.upper, self.lower))
        return Recipe(self.size, terms, apply(np.negative, self.constant), lower, upper, self.kept)

    def rows(self, fixed: NDArray[np.bool_] | None, values: Floats) -> Rows:
        """The rows as the parameters are now.

        Parameters
        ----------
        fixed
            shape (columns,), variables whose value goes into the constant; None if there are none.
        values
            shape (columns,), values of fixed variables.
        """
        constant = np.zeros(self.size) + number(self.constant)
        parts = [_entries(term) for term in self.terms]
        if fixed is not None:
            parts = [_without_fixed(part, fixed, values, constant) for part in parts]
        index, value, counts = _by_rows(parts, self.size)
        if not self.apart and not _plainly_apart(parts, self.size):
            before = index.size
            index, value, counts = _each_once(index, value, counts, values.size)
            self.apart = index.size == before == sum(term.columns.size for term in self.terms)
        lower = np.full(self.size, -np.inf) if self.lower is None else number(self.lower) - constant
        upper = np.full(self.size, np.inf) if self.upper is None else number(self.upper) - constant
        rows = Rows(counts, index, value, constant, lower, upper)
        return rows if self.kept is None else _only(rows, self.kept)

    def limits(self) -> tuple[Floats, Floats]:
        """Lower and upper limits as the parameters are now, where no variable is fixed."""
        constant = number(self.constant)
        lower = -np.inf if self.lower is None else number(self.lower) - constant
        upper = np.inf if self.upper is None else number(self.upper) - constant
        kept = slice(None) if self.kept is None else self.kept
        return np.broadcast_to(lower, self.size)[kept], np.broadcast_to(upper, self.size)[kept]


class _Part(NamedTuple):
    """Entries of one term, its rows in ascending order; rows None for one entry in each row."""

    rows: Codes | None
    columns: Codes
    values: Floats


def _entries(term: Term) -> _Part:
    values = number(term.coefficient)
    part = _Part(term.loop.rows, term.columns, np.broadcast_to(values, term.columns.shape))
    return _some(part, part.values != 0.0)


def _some(part: _Part, kept: NDArray[np.bool_]) -> _Part:
    if kept.all():
        return part
    rows = np.flatnonzero(kept) if part.rows is None else part.rows[kept]
    return _Part(rows, part.columns[kept], part.values[kept])


def _without_fixed(part: _Part, fixed: NDArray[np.bool_], values: Floats, constant: Floats) -> _Part:
    gone = fixed[part.columns]
    if not gone.any():
        return part
    rows = np.flatnonzero(gone) if part.rows is None else part.rows[gone]
    constant += np.bincount(rows, weights=part.values[gone] * values[part.columns[gone]], minlength=constant.size)
    return _some(part, ~gone)


def _by_rows(parts: list[_Part], size: int) -> tuple[Indices, Floats, Indices]:
    """Entries of all terms row by row, the terms in their order within a row."""
    if len(parts) == 1:
        counts = _counts(parts[0], size)
        return parts[0].columns.astype(np.int32), np.array(parts[0].values, dtype=np.float64), counts
    counted = [_counts(part, size) for part in parts]
    counts = np.zeros(size, np.int32)
    for own in counted:
        counts += own
    free = np.cumsum(counts, dtype=np.int64) - counts
    index, value = np.empty(int(counts.sum()), np.int32), np.empty(int(counts.sum()))
    for part, own in zip(parts, counted, strict=True):
        if part.rows is None:
            place = free
        else:
            place = np.arange(part.columns.size) + np.repeat(free - (np.cumsum(own, dtype=np.int64) - own), own)
        index[place], value[place] = part.columns, part.values
        free = free + own
    return index, value, counts


def _counts(part: _Part, size: int) -> Indices:
    if part.rows is None:
        return np.ones(size, np.int32)
    return np.bincount(part.rows, minlength=size).astype(np.int32)


def _plainly_apart(parts: list[_Part], size: int) -> bool:
    """Whether no column can come twice in a row, as far as that can be seen without sorting.

    So it is where the terms have columns of their own, and the columns of each repeat from row to row but for a shift.
    """
    spans = sorted((int(part.columns.min()), int(part.columns.max())) for part in parts if part.columns.size)
    if any(one[1] >= other[0] for one, other in pairwise(spans)):
        return False
    for part in parts:
        if part.rows is None or not part.columns.size:
            continue
        counts = _counts(part, size)
        width = int(counts[0])
        if bool((counts != width).any()):
            return False
        shape = part.columns.reshape(size, width)
        shifted = shape - shape[:, :1]
        if np.unique(shape[0]).size < width or bool((shifted != shifted[0]).any()):
            return False
    return True


def _each_once(index: Indices, value: Floats, counts: Indices, columns: int) -> tuple[Indices, Floats, Indices]:
    """The same with each column once in a row."""
    if index.size < 2 or int(counts.max()) < 2:
        return index, value, counts
    short = counts.size * columns < np.iinfo(np.int32).max  # sorts in half the time
    row = np.repeat(np.arange(counts.size, dtype=np.int32 if short else np.int64), counts)
    key = row * row.dtype.type(columns) + index
    if bool((key[1:] > key[:-1]).all()):
        return index, value, counts
    ordered = np.sort(key)
    if bool((ordered[1:] != ordered[:-1]).all()):
        return index, value, counts
    distinct, place = np.unique(key, return_inverse=True)
    summed = np.bincount(place, weights=value).astype(np.float64)
    distinct, summed = distinct[summed != 0.0], summed[summed != 0.0]
    counts = np.bincount(distinct // columns, minlength=counts.size).astype(np.int32)
    return (distinct % columns).astype(np.int32), summed, counts


def _only(rows: Rows, kept: NDArray[np.bool_]) -> Rows:
    entries = np.repeat(kept, rows.counts)
    return Rows(
        rows.counts[kept], rows.index[entries], rows.value[entries], rows.constant[kept], rows.lower[kept],
        rows.upper[kept],
    )  # fmt: skip
