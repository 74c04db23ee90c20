"""The two processes of the suite: every test runs once, and nothing that one of them has found is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]
SETTINGS = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\naddopts = ["--import-mode=importlib"]\n'
MODULE = """
import os, signal, time
from pathlib import Path
import pytest
@pytest.mark.parametrize("number", range(3))
def test_told(number):
    time.sleep(0.05)
    with open("ran", "a") as file:
        print(os.getpid(), "{0}", number, file=file)
"""
WAITS = """
def test_waiting():
    until = time.monotonic() + 60
    while time.monotonic() < until and not (Path("ran").exists() and " e 2" in Path("ran").read_text()):
        time.sleep(0.02)
"""
FAILS = """
@pytest.mark.skip(reason="planted")
def test_skipped():
    pass
def test_failing():
    assert [1, 2] == [1, 3], "planted"
"""
two_cores = pytest.mark.skipif(
    len(getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)) < 2, reason="one core is not shared"
)
DIES = """
def test_dying():
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _run(folder: Path, first: str, last: str, *options: str) -> tuple[Done, list[list[str]]]:
    """Run six files of tests with this suite's `conftest.py`; what was printed, and each test that ran."""
    (folder / "tests").mkdir()
    (folder / "pyproject.toml").write_text(SETTINGS, "utf-8")
    (folder / "tests" / "conftest.py").write_bytes((Path(__file__).parents[1] / "conftest.py").read_bytes())
    for name in ("a", "b", "c", "d", "e", "shipped"):
        text = MODULE.replace("{0}", name) + (first if name == "a" else last if name == "e" else "")
        (folder / "tests" / f"test_{name}.py").write_text(text, "utf-8")
    known = {key: value for key, value in os.environ.items() if key != "TESTS_BESIDE"}
    command = [sys.executable, "-m", "pytest", "-q", *options, "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, timeout=120, check=False)
    return done, [line.split() for line in (folder / "ran").read_text("utf-8").splitlines()]


@two_cores
def test_every_test_runs_once_and_is_told(tmp_path: Path) -> None:
    """Both processes run tests; passes, skips and failures of either are in one report."""
    done, ran = _run(tmp_path, WAITS, FAILS)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert "1 failed, 19 passed, 1 skipped" in done.stdout
    assert "[1, 2] == [1, 3]" in done.stdout
    names = [*"abcde", "shipped"]
    assert sorted(line[1:] for line in ran) == sorted([name, str(number)] for name in names for number in range(3))
    by_file = {name: {line[0] for line in ran if line[1] == name} for name in names}
    assert all(len(processes) == 1 for processes in by_file.values())
    assert by_file["a"] == by_file["shipped"] != by_file["e"]


@two_cores
def test_a_process_that_dies_fails_the_suite(tmp_path: Path) -> None:
    """Tests that nobody has run are named, and the suite has not passed."""
    done, _ = _run(tmp_path, WAITS, DIES)
    assert done.returncode == pytest.ExitCode.INTERRUPTED, done.stdout
    assert "test_e.py::test_dying" in done.stdout


def test_chosen_tests_run_in_one_process(tmp_path: Path) -> None:
    """Whoever asks for some tests gets them in this process, in their order."""
    done, ran = _run(tmp_path, "", "", "-k", "told")
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    assert len({line[0] for line in ran}) == 1
    assert [line[1] for line in ran[::3]] == [*"abcde", "shipped"]
