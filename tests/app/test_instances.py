"""`aidc-twin schedule --instance`: the object on stdout, the solution file, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aidc_twin.app.entry import run

TEXT = "2 2\n0 3 1 2\n1 4 0 1\n"
KEYS = {"instance", "makespan", "bound", "gap", "status", "first_feasible_s", "seconds", "trajectory", "certificate"}


def test_an_instance_is_scheduled_checked_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Machine 1 works 4 and then 2: the least makespan is 6."""
    path, solution = tmp_path / "two.txt", tmp_path / "two.csv"
    path.write_text(TEXT, encoding="utf-8")
    code = run(["schedule", "--instance", str(path), "--format", "jobshop", "--time-limit", "5", "--threads", "2",
                "--seed", "3", "--json", "--solution", str(solution)])  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    assert code == 0
    assert set(found) >= KEYS
    assert (found["instance"], found["makespan"], found["bound"], found["gap"]) == ("two", 6, 6, 0)
    assert found["status"] == "optimal"
    assert found["certificate"]["violations"] == 0
    assert found["trajectory"][-1][1] == 6
    assert solution.read_text(encoding="utf-8").splitlines() == [
        "job,operation,machine,start,end",
        "1,1,0,0,3",
        "1,2,1,4,6",
        "2,1,1,0,4",
        "2,2,0,4,5",
    ]


def test_a_bad_instance_is_refused_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, file and line on stderr."""
    path = tmp_path / "two.txt"
    path.write_text(TEXT.replace("4", "-4"), encoding="utf-8")
    assert run(["schedule", "--instance", str(path), "--format", "jobshop"]) == 2
    assert "two.txt:3 [column 3] found -4" in capsys.readouterr().err


def test_a_solution_that_cannot_be_written_is_an_environment_fault(tmp_path: Path) -> None:
    """Exit code 3."""
    path = tmp_path / "two.txt"
    path.write_text(TEXT, encoding="utf-8")
    arguments = ["schedule", "--instance", str(path), "--time-limit", "1", "--solution", str(tmp_path / "no" / "s.csv")]
    assert run(arguments) == 3
