"""Urgent work that stops other work, written where it makes no sense."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park

Problems = Callable[[Path], list[Problem]]
Replace = Callable[[Path, str, str], None]
PARKS = Path(__file__).parents[1] / "parks"

NEEDS = "amount\nkit,form,press,1\nkit,form,setter,1\ndie,try,press,1\ndie,try,setter,2"
DEFECTS = [
    ("resources.csv", "resume", "restart", "unknown-choice", "restart"),
    ("resources.csv", "press,servers", "press,space", "cannot-preempt", "resume at press, whose kind is space"),
    ("resources.csv", "priority,resume", "edd,repeat", "cannot-preempt", "repeat at press, whose dispatch is edd"),
    ("resources.csv", "preempt\npress,servers,priority,resume", "preempt,queue\npress,servers,priority,resume,strict",
     "cannot-preempt", "whose queue is strict"),
    ("needs.csv", "kit,form,press,1\nkit,form,setter,1", "kit,form,setter,1\nkit,form,press,1", "machine-not-first",
     "press behind setter"),
    ("needs.csv", NEEDS, "amount,until\nkit,form,press,1,end\nkit,form,setter,1,\ndie,try,press,1,\ndie,try,setter,2,",
     "keeps-when-stopped", "end at form, which urgent work stops on press"),
    ("needs.csv", NEEDS,
     "amount,when_closed\nkit,form,press,1,\nkit,form,setter,1,give_back\ndie,try,press,1,\ndie,try,setter,2,",
     "keeps-when-stopped", "give_back at form"),
    ("operations.csv", "unit\nkit,form,manufacture,,30,hour\ndie,try,manufacture,,30,hour",
     "unit,batch_max\nkit,form,manufacture,,30,hour,2\ndie,try,manufacture,,30,hour,",
     "batch-when-stopped", "2 at form"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "found"), DEFECTS)
def test_defects_are_named(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, code: str, found: str
) -> None:
    """Each defect is found in its file and says what was found, what is allowed and what to do."""
    folder = Path(shutil.copytree(PARKS / "preempt", tmp_path / "preempt"))
    replace_in(folder / file, old, new)
    problem = next((one for one in problems_of(folder) if one.code == code), None)
    assert problem is not None
    assert found in problem.found
    assert problem.file.endswith(file)
    assert problem.line
    assert problem.fix
    assert problem.allowed


def test_a_strict_queue_beside_it(tmp_path: Path, problems_of: Problems, replace_in: Replace) -> None:
    """Nobody overtakes in the queue of a strict resource, so nobody stops work for it either."""
    folder = Path(shutil.copytree(PARKS / "preempt", tmp_path / "preempt"))
    replace_in(folder / "resources.csv", "preempt\npress,servers,priority,resume\nsetter,crew,fifo,",
               "preempt,queue\npress,servers,priority,resume,\nsetter,crew,fifo,,strict")  # fmt: skip
    found = [problem for problem in problems_of(folder) if problem.code == "strict-beside-preempt"]
    assert [(problem.column, problem.line) for problem in found] == [("resource", 3), ("resource", 5)]


def test_the_park_is_clean(load: Callable[..., Park]) -> None:
    """As it is written it loads."""
    assert load(PARKS / "preempt").notices == ()
