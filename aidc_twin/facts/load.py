"""Reading of the fact files of a folder; every problem at once."""

from __future__ import annotations

from pathlib import Path

from aidc_twin.errors import InputError, Problem
from aidc_twin.facts.book import Facts
from aidc_twin.facts.fact import Fact
from aidc_twin.resources.defects import display_name
from aidc_twin.resources.share import folder as shipped
from aidc_twin.resources.tables import read_table

__all__ = ["FILES", "load_facts", "read_facts"]

FILES = ("facts.csv", "assumptions.csv", "goals_regional.csv")
"""Files of a folder that hold facts; any of them may be missing, but not all."""


def load_facts(folder: Path | None = None) -> Facts:
    """Facts of a folder, by default the shipped ones.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    problems: list[Problem] = []
    facts = read_facts(shipped("data") if folder is None else folder, problems, [])
    if problems:
        raise InputError(problems)
    return facts


def read_facts(folder: Path, problems: list[Problem], notices: list[str]) -> Facts:
    """Valid facts of a folder; problems and notices are appended."""
    paths = [folder / name for name in FILES if (folder / name).exists()]
    if not paths:
        allowed = " or ".join(FILES)
        fix = "name a folder with facts"
        problems.append(Problem(str(folder), 0, "", "no file of facts", allowed, fix, "missing-file"))
    found: dict[str, tuple[str, int]] = {}
    rows: list[Fact] = []
    for path in paths:
        for line, fact in read_table(path, Fact, problems, notices):
            if fact.id in found:
                problems.append(_twice(path, line, fact, found[fact.id]))
            else:
                found[fact.id] = (display_name(path), line)
                rows.append(fact)
    return Facts(rows)


def _twice(path: Path, line: int, fact: Fact, first: tuple[str, int]) -> Problem:
    found = f"{fact.id}, also in {first[0]}:{first[1]}"
    return Problem(display_name(path), line, "id", found, "each once", "delete one of the two", "duplicate-id")
