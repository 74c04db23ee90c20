"""One exception tree for the package; each class knows the exit code it stands for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

FOUND_CHARACTERS = 80
"""Longest piece of a user's input that a message repeats."""

_KEPT_FORMATS = frozenset("\u200c\u200d")
"""Joiners are invisible, but names in some scripts are misspelt without them."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One defect of an input, printable on one line.

    Attributes
    ----------
    file
        The file as the user named it.
    line
        Counted from 1; 0 stands for the whole file.
    column
        Header or key; empty for the whole row.
    found, allowed, fix
        What is there, what may be there, and what to do about it.
    code
        Short kebab-case id, such as ``duplicate-id``.
    """

    file: str
    line: int
    column: str
    found: str
    allowed: str
    fix: str
    code: str

    def __str__(self) -> str:
        place = escape(self.file) + (f":{self.line}" if self.line else "")
        if self.column:
            place += f" [{escape(shorten(self.column))}]"
        parts = [f"found {escape(shorten(self.found))}"]
        if self.allowed:
            parts.append(f"allowed {escape(self.allowed)}")
        if self.fix:
            parts.append(f"fix: {escape(self.fix)}")
        return f"{place} {'; '.join(parts)}"


def _place(problem: Problem) -> tuple[object, ...]:
    """Where a problem stands, numbers in its column counted as such: goal[9] before goal[10]."""
    parts = re.split(r"([0-9]+)", problem.column)
    numbered = tuple((int(part), "") if part.isdecimal() else (0, part) for part in parts)
    return problem.file, problem.line, numbered, problem


class AidcTwinError(Exception):
    """Anything this package raises on purpose."""

    exit_code: ClassVar[int] = 3


class InputError(AidcTwinError):
    """The input is wrong; holds every problem found, sorted by place.

    Parameters
    ----------
    problems
        One problem or several; repeated ones are listed once.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        listed = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.problems: tuple[Problem, ...] = tuple(sorted(set(listed), key=_place))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class EnvironmentFault(AidcTwinError):
    """The machine refuses: disk full, folder read-only, a program missing."""

    exit_code: ClassVar[int] = 3


class SolverFault(AidcTwinError):
    """A solver is absent, crashed, hung, or its answer does not hold."""

    exit_code: ClassVar[int] = 3


class NoPlanError(AidcTwinError):
    """The limit was reached before any plan was found."""

    exit_code: ClassVar[int] = 4


class InfeasibleError(AidcTwinError):
    """No plan can exist; says why in the words of the park.

    Parameters
    ----------
    message
        One line.
    causes
        The requirements that cannot hold together.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, message: str, causes: Iterable[str] = ()) -> None:
        self.causes: tuple[str, ...] = tuple(causes)
        super().__init__(message, self.causes)

    def __str__(self) -> str:
        return "\n".join((str(self.args[0]), *(f"  - {cause}" for cause in self.causes)))


class SimulationFault(AidcTwinError):
    """The twin could not go on; the status of its kernel in the words of the park."""

    exit_code: ClassVar[int] = 2


def escape(text: str) -> str:
    r"""Show control, direction and line-break characters as ``\x..`` or ``\u....``; a message stays one line."""
    return "".join(character if _is_printable(character) else _escaped(character) for character in text)


def shorten(text: str, characters: int = FOUND_CHARACTERS) -> str:
    """Cut a user's text to `characters`, ending in ``…`` where something is left out."""
    return text if len(text) <= characters else text[: characters - 1] + "…"


def _is_printable(character: str) -> bool:
    category = unicodedata.category(character)
    return character in _KEPT_FORMATS or not (category[0] == "C" or category in ("Zl", "Zp"))


def _escaped(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
