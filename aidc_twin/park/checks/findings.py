"""Collects what the checks of a park find, each problem with the file and line of its row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Concatenate, ParamSpec, TypeVar

from aidc_twin.errors import Problem
from aidc_twin.park.park import TABLE_OF, Park, Place
from aidc_twin.park.schema import Row
from aidc_twin.resources.suggest import cure, listed
from aidc_twin.resources.unread import UnreadCell

P = ParamSpec("P")
T = TypeVar("T")

MOST_ALIKE = 200
"""Problems of one code and table that are listed; the rest is counted, so that one slip does not bury the others."""


class Findings:
    """Problems and notices about one park.

    Parameters
    ----------
    park
        May be incomplete: rows may be missing, and checks that would need them are left out (`readable`); rows may
        lack cells that could not be read, and what asks for one of those ends there (`part`).
    strays
        Rows that are in no table, with their places.
    """

    def __init__(self, park: Park, strays: Iterable[tuple[Place, Row]] = ()) -> None:
        self.park = park
        self.stopped = False
        """Whether a check has asked for a cell that could not be read."""
        self._strays = tuple(strays)
        self._places = {id(row): place for place, row in self._strays}
        self.problems: list[Problem] = []
        self.notices: list[str] = []
        self._counts: dict[tuple[str, str], int] = {}

    def readable(self, *tables: str) -> bool:
        """Whether every row of these tables was read, so that an absence proves something."""
        return self.park.incomplete.isdisjoint(tables)

    def rows(self, table: str) -> tuple[Row, ...]:
        """Rows of a table and the strays that belong to it, for checks of single cells."""
        return (*self.park.table(table), *(row for _, row in self._strays if TABLE_OF[type(row)] == table))

    def part(self, check: Callable[Concatenate[Findings, P], object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Run a check on which no other depends, as far as it needs no cell that could not be read."""
        try:
            check(self, *args, **kwargs)
        except UnreadCell:
            self.stopped = True

    def each(self, items: Iterable[T], check: Callable[[Findings, T], object]) -> None:
        """Run a check of each of several things by itself, as `part`."""
        for item in items:
            self.part(check, item)

    def add(self, row: Row, column: str, found: object, *, allowed: str, fix: str, code: str) -> None:
        """Record a problem of a row."""
        place = self._places.get(id(row)) or self.park.place(row)
        count = self._counts[place.file, code] = self._counts.get((place.file, code), 0) + 1
        if count <= MOST_ALIKE:
            self.problems.append(Problem(place.file, place.line, column, str(found), allowed, fix, code))

    def unknown(self, row: Row, column: str, found: str, known: Iterable[str], what: str) -> None:
        """Record a name that refers to nothing."""
        names = sorted(set(known))
        allowed = f"{what}: {listed(names)}" if names else f"{what}; there is none"
        self.add(row, column, found, allowed=allowed, fix=cure(found, names), code="unknown-reference")

    def note(self, text: str) -> None:
        """Record something that a reader should know, once."""
        if text not in self.notices:
            self.notices.append(text)

    def close(self) -> None:
        """Say how many problems of a kind were not listed."""
        for (file, code), count in sorted(self._counts.items()):
            if count > MOST_ALIKE:
                more = f"{count - MOST_ALIKE} more problems of the kind {code}"
                self.problems.append(Problem(file, 0, "", more, "", "repair the listed first", code))


def number(value: float) -> str:
    """Number for a message: few digits, no trailing zeros."""
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:.6g}"
