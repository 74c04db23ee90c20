"""`aidc-twin schedule --instance`: the object on stdout, the solution file, refusals."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from aidc_twin.app.entry import run
from aidc_twin.app.instances import search_limits

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


def test_limits_of_a_search_come_from_the_command_line_then_the_profile(tmp_path: Path) -> None:
    """A minute and no gap where nobody says anything; what is said overrules the profile."""
    path = tmp_path / "mine.toml"
    path.write_text("gap = 0.05\ntime_limit_s = 7.0\n", encoding="utf-8")
    assert search_limits(None, None, None) == (60.0, 0.0)
    assert search_limits(str(path), None, None) == (7.0, 0.05)
    assert search_limits(str(path), 2.0, None) == (2.0, 0.05)
    assert search_limits("quick", None, 0.0) == (30.0, 0.0)


def test_a_search_ends_at_the_gap_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any schedule of three jobs on one machine after another is near enough to a bound of a tenth of it."""
    path = tmp_path / "three.txt"
    path.write_text("3 2\n0 3 1 9\n1 4 0 8\n0 5 1 6\n", encoding="utf-8")
    found = []
    for gap in ("0.9", "0"):
        arguments = ["schedule", "--instance", str(path), "--work", "200000", "--gap", gap, "--json"]
        assert run(arguments) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["gap"] <= 0.9
    assert found[0]["work"] < found[1]["work"] or found[1]["status"] == "optimal"
    assert len(found[0]["trajectory"]) == 1


@pytest.mark.parametrize(("target", "goes_on"), [("10000", False), ("0", True)])
def test_a_search_ends_at_the_target_that_is_asked_for(
    target: str, goes_on: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A makespan that the first schedule has is good enough; one that no schedule has is no reason to end."""
    path, chance = tmp_path / "twelve.txt", random.Random(1)
    jobs = [" ".join(f"{m} {chance.randint(1, 99)}" for m in chance.sample(range(12), 12)) for _ in range(12)]
    path.write_text("12 12\n" + "\n".join(jobs) + "\n", encoding="utf-8")
    assert run(["schedule", "--instance", str(path), "--work", "100000", "--target", target, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["work"] > 1_000) == goes_on
    assert found["makespan"] <= 10_000


def test_an_unknown_profile_of_a_schedule_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the names that there are."""
    path = tmp_path / "two.txt"
    path.write_text(TEXT, encoding="utf-8")
    assert run(["schedule", "--instance", str(path), "--profile", "quik"]) == 2
    assert "did you mean 'quick'" in capsys.readouterr().err
