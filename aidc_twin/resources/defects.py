"""Collects the problems of one file, so that a reader reports all of them and a hostile file cannot fill the memory."""

from __future__ import annotations

from pathlib import Path

from aidc_twin.errors import Problem

__all__ = ["Defects", "display_name"]

MOST = 2000
"""Problems listed of one file; the rest is counted."""

ENOUGH = 20_000
"""Problems after which a reader stops: the file is not what it is taken for."""

KEPT = 200
"""Characters of a user's input that a problem keeps."""


def display_name(path: Path) -> str:
    """File as a user of a park folder knows it: folder name and file name."""
    return f"{path.parent.name}/{path.name}" if path.parent.name else path.name


class Defects:
    """Appends to a caller's list of problems, for one file.

    Parameters
    ----------
    file
        Name that each problem carries.
    problems
        List that grows.
    """

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.count = 0
        self._problems = problems
        self._last: tuple[int, set[str]] = (0, set())

    def add(self, line: int, column: str, found: str, *, allowed: str = "", fix: str = "", code: str) -> None:
        """Record one defect; from the 2001st on they are only counted."""
        self.count += 1
        if line != self._last[0]:
            self._last = (line, set())
        self._last[1].add(column)
        if self.count <= MOST:
            self._problems.append(Problem(self.file, line, column[:KEPT], found[:KEPT], allowed, fix, code))

    def columns_of(self, line: int) -> frozenset[str]:
        """Columns of which something was said in a line, if it is the last of which anything was said."""
        return frozenset(self._last[1] if line == self._last[0] else ())

    @property
    def enough(self) -> bool:
        """Whether reading on would help nobody."""
        return self.count >= ENOUGH

    def close(self) -> None:
        """Say how many defects were not listed."""
        if self.count > MOST:
            found = f"{self.count - MOST} more problems" + (" (then reading stopped)" if self.enough else "")
            self._problems.append(Problem(self.file, 0, "", found, "", "repair the listed first", "more-problems"))
