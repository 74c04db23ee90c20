"""The indices over which a template runs, as flat arrays, and numbers that may hang on parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aidc_twin.solver.arrays import Floats
from aidc_twin.solver.spaces import Codes, Space, Unreadable

__all__ = ["Formula", "Loop", "Number", "apply", "lift", "needs", "nothing", "number", "total"]


class Formula:
    """A number that is worked out anew when a parameter changes.

    Attributes
    ----------
    needs : identities of the parameters that it hangs on.
    """

    __slots__ = ("_work", "needs")

    def __init__(self, needs: frozenset[int], work: Callable[[], Floats | float]) -> None:
        self.needs = needs
        self._work = work

    def now(self) -> Floats | float:
        """Its value with the parameters as they are."""
        return self._work()


Number = Formula | Floats | float
"""One number for a whole loop, or shape (size of the loop,), or a formula of either."""


def needs(*numbers: Number) -> frozenset[int]:
    """Parameters that any of these hang on."""
    return frozenset[int]().union(*(n.needs for n in numbers if isinstance(n, Formula)))


def number(one: Number) -> Floats | float:
    """Value with the parameters as they are."""
    return one.now() if isinstance(one, Formula) else one


def nothing(one: Number) -> bool:
    """Whether it is a plain zero."""
    return isinstance(one, float) and one == 0.0


def apply(operation: Callable[..., Any], *numbers: Number) -> Number:
    """A function of numbers, worked out at once where no parameter is in it."""
    hangs_on = needs(*numbers)
    if hangs_on:
        return Formula(hangs_on, lambda: operation(*map(number, numbers)))
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        try:
            return operation(*numbers)
        except (ArithmeticError, ValueError) as error:
            raise Unreadable(f"it cannot be computed: {error}") from error


class Loop:
    """An iteration: of the rows of a constraint, or of a sum within another loop.

    Attributes
    ----------
    size : times that it runs, over all runs of the loop around it.
    around : the loop that it is within; None for rows.
    up : shape (size,), the run of `around` that each run belongs to; empty for rows.
    rows : shape (size,), the row that each run belongs to; None where run and row are the same.
    """

    def __init__(self, size: int, codes: dict[int, Codes], around: Loop | None, up: Codes) -> None:
        self.size = size
        self.around = around
        self.up = up
        self.rows: Codes | None = None
        if around is not None:
            self.rows = up if around.rows is None else around.rows[up]
        self._codes = codes

    @property
    def depth(self) -> int:
        """How many loops it is within."""
        return 0 if self.around is None else self.around.depth + 1

    @classmethod
    def over(cls, space: Space, stand_ins: Sequence[Any]) -> Loop:
        """A loop of rows: the members of a set."""
        return cls(space.size, _coded(space.columns, stand_ins), None, np.zeros(0, np.int64))

    def within(self, space: Space, stand_ins: Sequence[Any]) -> Loop:
        """A loop over the members of one set for each run of this one."""
        up = np.repeat(np.arange(self.size), space.size)
        columns = [np.tile(column, self.size) for column in space.columns]
        return Loop(up.size, _coded(columns, stand_ins), self, up)

    def each(self, counts: Codes, starts: Codes, columns: Sequence[Codes], stand_ins: Sequence[Any]) -> Loop:
        """A loop over its own stretch of members for each run: `counts` from `starts` on in the columns."""
        up = np.repeat(np.arange(self.size), counts)
        first = np.cumsum(counts) - counts
        member = np.arange(up.size) + np.repeat(starts - first, counts)
        return Loop(up.size, _coded([column[member] for column in columns], stand_ins), self, up)

    def code(self, stand_in: Any) -> Codes:
        """Codes of an index in each run, shape (size,)."""
        found = self._codes.get(id(stand_in))
        if found is None:
            if self.around is None:
                raise Unreadable("an index that no loop runs over")
            found = self._codes[id(stand_in)] = self.around.code(stand_in)[self.up]
        return found

    def up_to(self, other: Loop) -> Codes | None:
        """Run of a loop around this one that each run belongs to; None for the loop itself."""
        if self is other:
            return None
        if self.around is None:
            raise Unreadable("a number of another loop")
        further = self.around.up_to(other)
        return self.up if further is None else further[self.up]


def _coded(columns: Sequence[Codes], stand_ins: Sequence[Any]) -> dict[int, Codes]:
    if len(columns) != len(stand_ins):
        raise Unreadable("a set of another dimension than its indices")
    return {id(s): column for s, column in zip(stand_ins, columns, strict=True)}


def lift(one: Number, source: Loop, target: Loop) -> Number:
    """A number of a loop as one of a loop within it."""
    if source is target or isinstance(one, float):
        return one
    places = target.up_to(source)
    return apply(lambda values: values[places] if np.ndim(values) else values, one)


def total(one: Number, loop: Loop) -> Number:
    """Sum of a number over a loop, as a number of the loop around it."""
    assert loop.around is not None
    up, size = loop.up, loop.around.size

    def added(values: Floats | float) -> Floats:
        return np.bincount(up, weights=np.broadcast_to(values, up.shape), minlength=size).astype(np.float64)

    return apply(added, one)
