"""Ways of which units take the one that is free: what cannot be waited for is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem

PARKS = Path(__file__).parents[1] / "parks"
Problems = Callable[[Path], list[Problem]]
Replace = Callable[[Path, str, str], None]

DEFECTS = [
    ("operations.csv", ",free", ",fastest", "unknown-choice", "fastest"),
    ("operations.csv", "turn,manufacture,cut,4,hour,,\n", "turn,manufacture,cut,4,hour,,free\n",
     "choice-without-ways", "free at turn, which has 1 branch"),
    ("operations.csv", "right,manufacture,come,2,hour,,\n", "right,manufacture,come,2,hour,,free\n",
     "choice-without-ways", "right, which has no branches"),
    ("branches.csv", "pin,come,right", "pin,come,end", "no-way-to-wait-for", "end as a way behind come, where nothing"),
    ("branches.csv", "part,turn,pack,1", "part,turn,mill,1", "no-way-to-wait-for", "to which turn leads as well"),
    ("operations.csv", "pin,right,manufacture,come", "pin,right,manufacture,left", "no-way-to-wait-for",
     "right as a way behind come, which has left in `after`"),
    ("needs.csv", "pin,left,left-grinder", "pin,come,left-grinder", "no-way-to-wait-for",
     "no servers that could be idle"),
]  # fmt: skip

WHERE = {"no-way-to-wait-for": "branches.csv"}
"""Files where a defect shows, whichever it was made in."""


@pytest.mark.parametrize(("file", "old", "new", "code", "found"), DEFECTS)
def test_defects_are_named(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, code: str, found: str
) -> None:
    """Each defect is found in its file, at a line, and says what was found and what to do."""
    folder = Path(shutil.copytree(PARKS / "ways", tmp_path / "ways"))
    replace_in(folder / file, old, new)
    problem = next((problem for problem in problems_of(folder) if problem.code == code), None)
    assert problem is not None, [str(other) for other in problems_of(folder)]
    assert found in problem.found
    assert Path(problem.file).name == WHERE.get(code, file)
    assert problem.line
    assert problem.fix
    assert problem.allowed


def test_a_way_that_waits_for_parts(tmp_path: Path, problems_of: Problems) -> None:
    """Parts that join at the first step of a way are waited for on that way only: refused."""
    folder = Path(shutil.copytree(PARKS / "ways", tmp_path / "ways"))
    (folder / "bom.csv").write_text("parent,item,quantity,operation\npin,rod,1,left\n", encoding="utf-8")
    codes = {(problem.code, problem.found) for problem in problems_of(folder)}
    assert ("no-way-to-wait-for", "left as a way behind come, which waits for parts") in codes


def test_a_way_on_which_units_go_together(tmp_path: Path, problems_of: Problems) -> None:
    """A unit that waits on several ways can be in no batch."""
    folder = Path(shutil.copytree(PARKS / "ways", tmp_path / "ways"))
    lines = (folder / "operations.csv").read_text(encoding="utf-8").splitlines()
    most = ["batch_max", *("2" if line.startswith("pin,right") else "1" for line in lines[1:])]
    text = "".join(f"{line},{cell}\n" for line, cell in zip(lines, most, strict=True))
    (folder / "operations.csv").write_text(text, encoding="utf-8")
    found = [problem.found for problem in problems_of(folder)]
    assert found == ["right as a way behind come, where units go together"]
