"""Instance files: what they say, and every problem of a bad one with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from aidc_twin.errors import InputError
from aidc_twin.schedule.instance import read_instance

JOBSHOP = "# two jobs\n2 3\n0 3 1 2 2 2\n1 4 0 1 2 3\n"
FJS = "2 2 1.5\n2 2 1 5 2 4 1 2 3\n1 1 1 6\n"
RCP = "4 2\n3 2\n0 0 0 2 2 3\n3 2 1 1 4\n2 1 1 1 4\n0 0 0 0\n"


def _read(folder: Path, text: str, kind: str):
    path = folder / "case.txt"
    path.write_text(text, encoding="utf-8")
    return read_instance(path, kind)


def test_a_jobshop_file_gives_routes(tmp_path: Path) -> None:
    """Machines count from 0 and each operation has one choice."""
    problem = _read(tmp_path, JOBSHOP, "jobshop")
    assert (problem.jobs, problem.operations, problem.machines) == (2, 6, 3)
    assert problem.option_machine.tolist() == [0, 1, 2, 1, 0, 2]
    assert problem.option_duration.tolist() == [3, 2, 2, 4, 1, 3]
    assert problem.next_first.tolist() == [0, 1, 2, 2, 3, 4, 4]
    assert problem.next_operation.tolist() == [1, 2, 4, 5]


def test_a_flexible_file_gives_choices(tmp_path: Path) -> None:
    """Machines count from 1 in the file and from 0 in the arrays."""
    problem = _read(tmp_path, FJS, "fjs")
    assert problem.option_first.tolist() == [0, 2, 3, 4]
    assert problem.option_machine.tolist() == [0, 1, 1, 0]
    assert problem.option_duration.tolist() == [5, 4, 3, 6]


def test_a_project_file_gives_demands_and_successors(tmp_path: Path) -> None:
    """Line breaks mean nothing in it."""
    problem = _read(tmp_path, RCP.replace("\n", " "), "rcp")
    assert problem.capacity.tolist() == [3, 2]
    assert problem.demand.tolist() == [[0, 0], [2, 1], [1, 1], [0, 0]]
    assert problem.next_operation.tolist() == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("text", "kind", "codes", "place"),
    [
        ("", "jobshop", {"empty-file"}, (0, "")),
        ("\n\n", "jobshop", {"empty-file"}, (0, "")),
        (JOBSHOP.replace("0 3 1", "0 -3 1"), "jobshop", {"not-a-number"}, (3, "column 3")),
        (JOBSHOP.replace("0 3 1", "0 3.5 1"), "jobshop", {"not-a-number"}, (3, "column 3")),
        (JOBSHOP.replace("0 3 1", "0 ３ 1"), "jobshop", {"not-a-number"}, (3, "column 3")),
        (JOBSHOP.replace("0 3 1", "7 3 1"), "jobshop", {"out-of-range"}, (3, "column 1")),
        (JOBSHOP.replace("0 3 1", "0 1000001 1"), "jobshop", {"out-of-range"}, (3, "column 3")),
        (JOBSHOP.replace("jobs\n2 3", "jobs\n2 3 1"), "jobshop", {"left-over"}, (2, "column 5")),
        (JOBSHOP[: JOBSHOP.rindex("1 4")], "jobshop", {"wrong-count"}, (3, "")),
        (JOBSHOP[:-2], "jobshop", {"cut-file"}, (4, "")),
        (JOBSHOP + "0 1 1 1\n", "jobshop", {"wrong-count"}, (5, "")),
        (FJS.replace("2 2 1 5", "2 3 1 5"), "fjs", {"out-of-range"}, (2, "column 3")),
        (FJS.replace("2 2 1 5 2 4", "2 2 1 5 1 4"), "fjs", {"duplicate-choice"}, (2, "column 3")),
        (FJS.replace("1 1 1 6", "2 1 1 6"), "fjs", {"cut-file"}, (3, "")),
        (FJS.replace("1 1 1 6", "1 1 0 6"), "fjs", {"out-of-range"}, (3, "column 5")),
        (RCP[:-4], "rcp", {"cut-file"}, (6, "")),
        (RCP + "5\n", "rcp", {"left-over"}, (7, "column 1")),
        (RCP.replace("3 2 1 1 4", "3 4 1 1 4"), "rcp", {"out-of-range"}, (4, "column 3")),
        (RCP.replace("3 2 1 1 4", "3 2 1 1 5"), "rcp", {"out-of-range"}, (4, "column 9")),
        (RCP.replace("0 0 0 0\n", "0 0 0 1 1\n"), "rcp", {"precedence-cycle"}, (0, "task 1")),
    ],
)
def test_a_bad_file_is_refused_with_place(
    tmp_path: Path, text: str, kind: str, codes: set[str], place: tuple[int, str]
) -> None:
    """File, line, column, found, allowed, fix."""
    with pytest.raises(InputError) as caught:
        _read(tmp_path, text, kind)
    problems = caught.value.problems
    assert {problem.code for problem in problems} == codes
    assert place in {(problem.line, problem.column) for problem in problems}
    assert all(problem.found and problem.fix for problem in problems)


def test_machines_from_0_are_told_once(tmp_path: Path) -> None:
    """Collections that count from 0 are told so at the first 0; where the last machine is used, each 0 is a mistake."""
    with pytest.raises(InputError) as caught:
        _read(tmp_path, "2 2 1.5\n2 2 0 5 1 4 1 1 3\n1 1 0 6\n", "fjs")
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (2, "column 5")
    assert problem.fix == "the file counts machines from 0: add 1 to each of them"
    with pytest.raises(InputError) as caught:
        _read(tmp_path, "2 2 1.5\n2 2 0 5 1 4 1 2 3\n1 1 0 6\n", "fjs")
    assert [(problem.line, problem.fix) for problem in caught.value.problems] == [
        (2, "correct a machine"), (3, "correct a machine"),
    ]  # fmt: skip


def test_a_wrong_machine_is_no_machine_twice(tmp_path: Path) -> None:
    """What stands in for a number that cannot be read is compared with no other; 01 is 1."""
    for wrong in ("x", "7", "0"):
        with pytest.raises(InputError) as caught:
            _read(tmp_path, f"2 2 1.5\n2 2 {wrong} 5 1 4 1 2 3\n1 1 1 6\n", "fjs")
        assert [problem.column for problem in caught.value.problems] == ["column 5"]
    with pytest.raises(InputError) as caught:
        _read(tmp_path, "2 2 1.5\n2 2 01 5 1 4 1 2 3\n1 1 1 6\n", "fjs")
    assert [problem.code for problem in caught.value.problems] == ["duplicate-choice"]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Three wrong numbers on two lines are three problems."""
    with pytest.raises(InputError) as caught:
        _read(tmp_path, "2 2\n0 x 9 2\n1 3 0 -4\n", "jobshop")
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [
        (2, "column 3"),
        (2, "column 5"),
        (3, "column 7"),
    ]
