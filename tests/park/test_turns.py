"""Columns that say whose turn it is and which machine is taken, written where they make no sense."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]
PARKS = Path(__file__).parents[1] / "parks"

DEFECTS = [
    ("idle", "resources.csv", "idle_longest_last", "idlest", "unknown-choice", "idlest", "choice"),
    ("idle", "resources.csv", "bay,servers", "bay,crew", "choice-without-machines", "which is crew", "choice"),
    ("first_part", "bom.csv", "two,p6,1,exact,join\n", "two,p6,1,exact,come\n", "", "", "operation"),
    ("first_part", "operations.csv", "watch,manufacture,,10,hour,", "watch,manufacture,,10,hour,first_part",
     "turn-without-parts", "first_part at watch", "turn"),
    ("first_part", "operations.csv", "one,join,manufacture,,2,hour,first_part",
     "one,join,manufacture,,2,hour,last_part", "unknown-choice", "last_part", "turn"),
    ("lookahead", "resources.csv", "edd,", "fifo,", "rule-without-ties", "fifo in the list fifo, steps_left, spt",
     "dispatch"),
    ("lookahead", "resources.csv", "steps_left;spt", "steps_left;lifo", "rule-without-ties", "lifo in the list",
     "ties"),
    ("lookahead", "resources.csv", "steps_left;spt", "steps_left;atc", "rule-without-ties", "atc in the list", "ties"),
    ("lookahead", "resources.csv", "steps_left;spt", "steps_left;edd", "rule-twice", "edd twice", "ties"),
    ("lookahead", "resources.csv", "steps_left;spt", "shortest", "", "shortest", "ties"),
    ("crews_last", "resources.csv", "smith,crew,fifo", "smith,crew,atc", "changing-order-of-crew", "atc at smith",
     "dispatch"),
    ("crews_last", "park.toml", "starts = \"crews_last\"", "starts = \"crews_first\"", "", "crews_first", "starts"),
]  # fmt: skip


@pytest.mark.parametrize(("park", "file", "old", "new", "code", "found", "column"), DEFECTS)
def test_defects_are_named(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, park: str, file: str, old: str, new: str, code: str,
    found: str, column: str,
) -> None:  # fmt: skip
    """Each is found in its file and column, says what was found, what is allowed and what to do."""
    folder = tmp_path / park
    shutil.copytree(PARKS / park, folder)
    assert replace_in(folder / file, old, new)
    problem = next(one for one in problems_of(folder) if one.column == column and one.file.endswith(file))
    assert not code or problem.code == code
    assert found in problem.found
    assert problem.fix
    assert problem.allowed


@pytest.mark.parametrize("park", ["idle", "first_part", "lookahead", "crews_last"])
def test_the_parks_are_clean(load: Callable[..., Park], park: str) -> None:
    """As they are written they load."""
    assert load(PARKS / park).notices == ()
