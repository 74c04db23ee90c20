"""Index sets as arrays: the members of a set in columns of codes, and where a given member stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LABEL", "Codes", "Labels", "Space", "Spaces", "Unreadable"]

Codes = NDArray[np.int64]

LABEL = 1 << 40
"""Codes from here on stand for labels, smaller ones for the whole numbers that they are."""

_ROOMY = 4
"""A lookup table may have this many places for each member of its set (and a million besides)."""


class Unreadable(Exception):
    """Something that cannot be read as a template; Pyomo then reads it row by row."""


@dataclass
class Labels:
    """Codes of index values: a whole number is its own code, anything else gets the next one from `LABEL` on."""

    known: dict[Any, int] = field(default_factory=dict)

    def code(self, value: Any) -> int:
        """Code of one value; equal values have equal codes, as in a Python dict."""
        try:
            whole = int(value) if not isinstance(value, str) and value == int(value) else None
        except (TypeError, ValueError, OverflowError):
            whole = None
        if whole is not None and abs(whole) < LABEL:
            return whole
        return self.known.setdefault(value, LABEL + len(self.known))

    def codes(self, values: Sequence[Any]) -> Codes:
        """Codes of many values, shape (n,)."""
        if all(v.__class__ is int for v in values):
            try:
                array = np.array(values, dtype=np.int64)
            except OverflowError:
                array = np.array([LABEL])
            if not array.size or int(np.abs(array).max()) < LABEL:
                return array
        return np.fromiter((self.code(v) for v in values), np.int64, len(values))


class Space:
    """The members of an ordered set.

    Attributes
    ----------
    columns : one for each dimension, shape (size,), codes.
    """

    def __init__(self, columns: Sequence[Codes], size: int, factors: Sequence[Space] = ()) -> None:
        self._columns = tuple(columns)
        self.size = size
        self.factors = tuple(factors)

    @property
    def dimension(self) -> int:
        """Index values of a member."""
        return sum(f.dimension for f in self.factors) if self.factors else len(self._columns)

    @cached_property
    def columns(self) -> tuple[Codes, ...]:
        """Codes of the members, one array for each dimension."""
        if not self.factors:
            return self._columns
        found: list[Codes] = []
        before, after = 1, self.size
        for factor in self.factors:
            after = after // factor.size if factor.size else 0
            found += [np.tile(np.repeat(column, after), before) for column in factor.columns]
            before *= factor.size
        return tuple(found)

    def find(self, wanted: Sequence[Codes]) -> Codes:
        """Positions of members, shape of the columns wanted; Unreadable where there is no such member."""
        if len(wanted) != self.dimension:
            raise Unreadable("an index has another dimension than its set")
        if not self.factors:
            return self._lookup(wanted)
        place, at = np.int64(0), 0
        for factor in self.factors:
            part = factor.find(wanted[at : at + factor.dimension])
            place = place * factor.size + part
            at += factor.dimension
        return np.asarray(place)

    def position(self, codes: Sequence[int]) -> int:
        """Position of one member; Unreadable if there is no such member."""
        if self.factors:
            place, at = 0, 0
            for factor in self.factors:
                place = place * factor.size + factor.position(codes[at : at + factor.dimension])
                at += factor.dimension
            return place
        found = self._positions.get(tuple(codes))
        if found is None:
            raise Unreadable("an index is not in its set")
        return found

    @cached_property
    def _positions(self) -> dict[tuple[int, ...], int]:
        members = zip(*(column.tolist() for column in self._columns), strict=True)
        return {member: place for place, member in enumerate(members)}

    def _lookup(self, wanted: Sequence[Codes]) -> Codes:
        key = np.zeros(np.broadcast_shapes(*(w.shape for w in wanted)), np.int64) if len(wanted) != 1 else wanted[0]
        if len(wanted) != 1:
            for column, ranks in zip(wanted, self._ranks, strict=True):
                key = key * ranks.size + _rank(ranks, column)
        least, table, order, ordered = self._index
        if table is not None:
            moved = key - least
            if key.size and (int(moved.min()) < 0 or int(moved.max()) >= table.size):
                raise Unreadable("an index is not in its set")
            place = table[moved]
        else:
            at = np.minimum(np.searchsorted(ordered, key), ordered.size - 1) if ordered.size else np.full(key.shape, -1)
            place = np.where(ordered[at] == key, order[at], -1) if ordered.size else at
        if key.size and int(place.min()) < 0:
            raise Unreadable("an index is not in its set")
        return place

    @cached_property
    def _ranks(self) -> tuple[Codes, ...]:
        return tuple(np.unique(column) for column in self._columns)

    @cached_property
    def _index(self) -> tuple[int, Codes | None, Codes, Codes]:
        """Least key, table of positions by key (where it is not too sparse), else positions in order of keys."""
        if len(self._columns) == 1:
            key = self._columns[0]
        else:
            key = np.zeros(self.size, np.int64)
            for column, ranks in zip(self._columns, self._ranks, strict=True):
                key = key * ranks.size + np.searchsorted(ranks, column)
        none = np.zeros(0, np.int64)
        least, most = (int(key.min()), int(key.max())) if key.size else (0, -1)
        if most - least < _ROOMY * key.size + 1_000_000 and (most - least < 1024 or most - least < 8 * key.size + 1024):
            table = np.full(most - least + 1, -1, np.int64)
            table[key - least] = np.arange(key.size)
            return least, table, none, none
        order = np.argsort(key, kind="stable")
        return least, None, order, key[order]


def _rank(ranks: Codes, column: Codes) -> Codes:
    at = np.searchsorted(ranks, column)
    if column.size and (not ranks.size or bool((ranks[np.minimum(at, ranks.size - 1)] != column).any())):
        raise Unreadable("an index is not in its set")
    return at


class Spaces:
    """Spaces of Pyomo sets, each made once."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._made: dict[int, tuple[Any, Space]] = {}

    def of(self, index_set: Any) -> Space:
        """Space of a set.

        Raises
        ------
        Unreadable
            It is infinite, or its members differ in dimension.
        """
        kept = self._made.get(id(index_set))
        if kept is None:
            kept = self._made[id(index_set)] = (index_set, self._make(index_set))
        return kept[1]

    def _make(self, index_set: Any) -> Space:
        if not index_set.isfinite():
            raise Unreadable("an infinite set")
        products = {"expand_all_set_operators": False}  # of unions and the like the members are what counts
        parts = list(index_set.subsets(**products)) if hasattr(index_set, "subsets") else [index_set]
        if len(parts) > 1 or parts[0] is not index_set:
            factors = [self.of(part) for part in parts]
            return Space((), int(np.prod([f.size for f in factors])), factors)
        dimension = index_set.dimen
        if dimension.__class__ is not int or dimension < 1:
            members = list(index_set)
            if members == [None]:
                return Space((self.labels.codes(members),), 1)
            raise Unreadable("a set whose members differ in dimension")
        return self.listed(list(index_set), dimension)

    def listed(self, members: Sequence[Any], dimension: int) -> Space:
        """Space of members in a list."""
        if dimension == 1:
            return Space((self.labels.codes(members),), len(members))
        columns: Iterable[Sequence[Any]] = zip(*members, strict=True) if members else [()] * dimension
        return Space([self.labels.codes(column) for column in columns], len(members))

    def position(self, space: Space, index: Any) -> int:
        """Position of an index of Pyomo in a space; Unreadable if it is none of its members."""
        values = index if index.__class__ is tuple else (index,)
        return space.position([v if v.__class__ is int and -LABEL < v < LABEL else self.labels.code(v) for v in values])
