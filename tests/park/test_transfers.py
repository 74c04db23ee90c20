"""Transfers: what contradicts a start in rounds is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem

PARK = Path(__file__).parents[1] / "parks" / "transfers"
Problems = Callable[[Path], list[Problem]]
Replace = Callable[[Path, str, str], None]

STEPS = (
    "duration_unit\nkit,weld,manufacture,,1,hour\nkit,tug,manufacture,weld,0.5,hour\nkit,paint,manufacture,tug,1,hour"
)
DEFECTS = [
    ("transfers.csv", "kit,tug", "kit,tog", "unknown-reference", "tog"),
    ("transfers.csv", "kit,tug", "kot,tug", "unknown-reference", "kot"),
    ("transfers.csv", "4,2,3,1", "0,2,3,1", "out-of-range", "0"),
    ("transfers.csv", "4,2,3,1", "4,2,0,1", "out-of-range", "0"),
    ("transfers.csv", "4,2,3,1", "4,2,3,-1", "out-of-range", "-1"),
    ("transfers.csv", "kit,tug", "kit,weld", "no-transfer", "weld, which needs bay, of kind servers"),
    ("resources.csv", "kind\nbay,servers\ncart,space", "kind,queue\nbay,servers,\ncart,space,strict", "no-transfer",
     "whose queue is strict"),
    ("needs.csv", "resource\nkit,weld,bay\nkit,tug,cart", "resource,until\nkit,weld,bay,\nkit,tug,cart,paint",
     "no-transfer", "keeps cart until paint"),
    ("needs.csv", "resource\nkit,weld,bay\nkit,tug,cart", "resource,per\nkit,weld,bay,\nkit,tug,cart,parts",
     "no-transfer", "shares cart with others"),
    ("operations.csv", STEPS,
     "duration_unit,batch_max\nkit,weld,manufacture,,1,hour,\nkit,tug,manufacture,weld,0.5,hour,3\n"
     "kit,paint,manufacture,tug,1,hour,", "no-transfer", "which has batch_max 3"),
    ("operations.csv", STEPS,
     "duration_unit,fail_share\nkit,weld,manufacture,,1,hour,\nkit,tug,manufacture,weld,0.5,hour,0.1\n"
     "kit,paint,manufacture,tug,1,hour,", "no-transfer", "which has fail_share 0.1"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "code", "found"), DEFECTS)
def test_defects_are_named(
    tmp_path: Path, problems_of: Problems, replace_in: Replace, file: str, old: str, new: str, code: str, found: str
) -> None:
    """Each defect is found and says what was found and what to do."""
    folder = Path(shutil.copytree(PARK, tmp_path / "park"))
    replace_in(folder / file, old, new)
    problems = problems_of(folder)
    problem = next((problem for problem in problems if problem.code == code), None)
    assert problem is not None, [str(other) for other in problems]
    assert found in problem.found
    assert problem.line
    assert problem.fix
    assert problem.allowed


def test_what_a_round_cannot_take(tmp_path: Path, problems_of: Problems) -> None:
    """Material of stock, and a way behind a step that goes where it is free."""
    folder = Path(shutil.copytree(PARK, tmp_path / "park"))
    (folder / "materials.csv").write_text("material,unit\nstraps,unit\n", encoding="utf-8")
    (folder / "bom.csv").write_text("parent,item,quantity,operation\nkit,straps,1,tug\n", encoding="utf-8")
    (folder / "branches.csv").write_text(
        "routing,operation,next,share\nkit,weld,tug,0.5\nkit,weld,paint,0.5\n", encoding="utf-8"
    )
    text = (folder / "operations.csv").read_text(encoding="utf-8").replace("hour\n", "hour,\n")
    text = text.replace("duration_unit\n", "duration_unit,ways\n").replace(",,1,hour,", ",,1,hour,free")
    (folder / "operations.csv").write_text(text.replace("tug,1,hour", "weld,1,hour"), encoding="utf-8")
    found = " ".join(problem.found for problem in problems_of(folder) if problem.code == "no-transfer")
    assert "takes straps of stock" in found
    assert "a way behind weld that waits for what is free" in found
