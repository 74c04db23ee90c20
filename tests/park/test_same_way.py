"""Lots on one of several ways, and parts that keep to one way: what would leave some of them behind is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park

PARKS = Path(__file__).parents[1] / "parks"
Problems = Callable[[Path], list[Problem]]
Replace = Callable[[Path, str, str], None]

DEFECTS = [
    ("operations.csv", ",free,parent", ",chance,parent", "no-way-to-keep-to", "where chance decides"),
    ("operations.csv", "lot,come,manufacture,,0,hour,free,", "lot,come,manufacture,,0,hour,free,parent",
     "no-way-to-keep-to", "to which lot comes by itself"),
    ("needs.csv", "strip,press-2,press-2,", "strip,press-2,press-1,", "no-way-to-keep-to",
     "two of its ways begin on press-1"),
    ("needs.csv", "strip,press-2,press-2,", "", "no-way-to-keep-to", "press-2 takes no servers"),
    ("operations.csv", ",free,parent", ",free,sibling", "unknown-choice", "sibling"),
    ("bom.csv", "whole-b,cut-b", "whole-b,come", "source-with-parts", "without whole-b, and strip is left behind"),
    ("bom.csv", "whole-b,cut-b", "whole-b,cut-a", "source-with-parts", "without whole-b, and strip is left behind"),
    ("bom.csv", "whole-b,cut-b", "ship,cut-b", "source-with-parts", "without cut-b, and strip is waited for in vain"),
    ("branches.csv", "lot,whole-a,ship,1", "lot,whole-a,come,1", "source-with-parts", "may come to come again"),
    ("operations.csv", "lot,come,manufacture,,0,hour,free", "lot,come,manufacture,,0,hour,chance",
     "source-with-parts", "lot may go another way at come"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "found"), DEFECTS)
def test_defects_are_named(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, code: str, found: str
) -> None:
    """Each defect is found at a line of a file, with what was found and what to do."""
    folder = Path(shutil.copytree(PARKS / "same_way", tmp_path / "same_way"))
    replace_in(folder / file, old, new)
    problems = [problem for problem in problems_of(folder) if problem.code == code]
    assert any(found in problem.found for problem in problems), [str(other) for other in problems_of(folder)]
    assert all(problem.line and problem.fix and problem.allowed for problem in problems)


def test_one_machine_and_one_way(tmp_path: Path, problems_of: Problems, replace_in: Replace) -> None:
    """Parts that keep to a way by its machines do not keep to one of these machines as well."""
    folder = Path(shutil.copytree(PARKS / "same_way", tmp_path / "same_way"))
    head, *rows = (folder / "needs.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{row},parent" if "press-1" in row else f"{row}," for row in rows]
    (folder / "needs.csv").write_text("\n".join([f"{head},same", *rows, ""]), encoding="utf-8")
    assert [problem.code for problem in problems_of(folder)] == ["no-way-to-keep-to"]


def test_ways_that_are_sound(load: Callable[..., Park]) -> None:
    """The lots as they are have no problem: each part is released and joined on the same way."""
    park = load(PARKS / "same_way")
    assert {row.same_way for row in park.operations} == {"any", "parent"}


@pytest.mark.parametrize(("until", "code"), [("", "no-machine-to-leave"), ("end", "no-machine-to-leave")])
def test_a_machine_that_nothing_is_taken_from(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, until: str, code: str
) -> None:
    """A machine that is left at once is left by a step."""
    folder = Path(shutil.copytree(PARKS / "at_once", tmp_path / "at_once"))
    replace_in(folder / "needs.csv", "mill,next,at_once", f"mill,{until},at_once")
    problem = next(problem for problem in problems_of(folder) if problem.code == code)
    assert "at_once at mill" in problem.found


def test_finished_work_gives_nothing_back(tmp_path: Path, problems_of: Problems) -> None:
    """What is finished after hours keeps what it needs."""
    folder = Path(shutil.copytree(PARKS / "overtime", tmp_path / "overtime"))
    needs = "routing,operation,resource,when_closed\npart,weld,bay,give_back\n"
    (folder / "needs.csv").write_text(needs, encoding="utf-8")
    assert [problem.code for problem in problems_of(folder)] == ["nothing-to-give-back"]
