"""Many tasks at once give what one after the other gives: results, order and errors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aidc_twin.errors import EnvironmentFault, InputError
from aidc_twin.fan import Fan

HERE = Path(__file__).parent
FANS = [Fan(1), Fan(2), Fan(4), Fan(1, "processes"), Fan(2, "processes")]


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The functions of `workers.py`, importable here and in worker processes."""
    monkeypatch.syspath_prepend(str(HERE))
    import importlib

    return importlib.import_module("workers")


@pytest.mark.parametrize("fan", FANS, ids=str)
def test_results_come_in_task_order(fan: Fan, workers: ModuleType) -> None:
    """The list is that of a plain loop for every kind and number of workers."""
    told: dict[int, Any] = {}
    assert fan.map(workers.square, range(6), on_done=told.__setitem__) == [0, 1, 4, 9, 16, 25]
    assert told == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16, 5: 25}


@pytest.mark.parametrize("fan", FANS, ids=str)
def test_first_failing_task_is_raised_with_its_name(fan: Fan, workers: ModuleType) -> None:
    """Of several failures the first in task order is raised, as a plain loop would, and a note names the task."""
    with pytest.raises(InputError) as failure:
        fan.map(workers.fail_on_odd, [0, 1, 2, 3, 5], names=["zero", "one", "two", "three", "five"])
    assert failure.value.problems[0].line == 1
    assert failure.value.__notes__ == ["in task one"]


def test_nothing_to_do_is_an_empty_list() -> None:
    """No task, no result."""
    assert Fan(3).map(str, []) == []


@pytest.mark.parametrize(("workers", "kind"), [(0, "threads"), (-1, "threads"), (1, "dask")])
def test_refuses_what_cannot_work(workers: int, kind: Any) -> None:
    """No workers, or workers of an unknown kind, are refused at once."""
    with pytest.raises(ValueError, match="fan"):
        Fan(workers, kind)


def test_refuses_names_that_do_not_fit() -> None:
    """As many names as tasks."""
    with pytest.raises(ValueError, match="1 names for 2 tasks"):
        Fan(2).map(str, [1, 2], names=["one"])


def test_callback_runs_in_the_callers_thread(workers: ModuleType) -> None:
    """Whoever shows progress needs no lock."""
    seen: list[int] = []
    Fan(3).map(workers.square, range(5), on_done=lambda *_: seen.append(threading.get_ident()))
    assert set(seen) == {threading.get_ident()}


def test_failure_cancels_what_has_not_begun() -> None:
    """After a failure no further task begins."""
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise ValueError("first")
        time.sleep(0.05)

    with pytest.raises(ValueError, match="first"):
        Fan(2).map(work, range(100))
    assert len(begun) < 20


def test_killed_worker_is_a_fault_of_the_environment(workers: ModuleType) -> None:
    """A worker that the system kills ends the work with one line."""
    with pytest.raises(EnvironmentFault, match="worker process was killed"):
        Fan(2, "processes").map(workers.be_killed, range(4))


INTERRUPTED = """
    import os, sys, time
    from aidc_twin.fan import Fan

    def slow(number):
        os.write(1, b"begun\\n")  # in one piece, unlike print
        time.sleep(30 if sys.argv[1] == "processes" else 1)

    if __name__ == "__main__":
        try:
            Fan(2, sys.argv[1]).map(slow, range(50))
        except KeyboardInterrupt:
            os.write(1, b"stopped\\n")
            sys.exit(130)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_ctrl_c_ends_the_work_at_once(kind: str, tmp_path: Path) -> None:
    """Ctrl-C waits neither for tasks that have not begun nor for processes that sleep."""
    script = tmp_path / "interrupted.py"
    script.write_text(textwrap.dedent(INTERRUPTED))
    root = str(HERE.parent.parent)
    child = subprocess.Popen(
        [sys.executable, str(script), kind], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        said = child.stdout.read().split()
    assert child.returncode == 130
    assert "stopped" in said
    assert said.count("begun") <= 3  # the second at work, and with processes one handed over already
    assert time.monotonic() - began < 8
