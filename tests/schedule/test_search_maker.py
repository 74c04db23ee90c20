"""The kernels of a search are compiled in a process of their own: Ctrl-C ends it at any instant; it keeps them all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_engine import jobshop_text
from test_prepare import COUNT

from aidc_twin.app.entry import run
from aidc_twin.park.scaffold import write_scaffold
from aidc_twin.schedule import dispatch, prepare
from aidc_twin.twin.machine import COMPILER_OFF

pytestmark = [
    pytest.mark.skipif(COMPILER_OFF, reason="nothing is compiled"),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes cannot be looked up"),
]

ROOT = Path(__file__).parents[2]
KEPT = """
import sys
from numba.core.registry import CPUDispatcher
from aidc_twin.schedule import prepare
from aidc_twin.schedule.kernel import dispatching, floor, tabu

prepare.Preparing(sys.argv[1])()
found = [value.stats for module in (dispatching, floor, tabu) for value in vars(module).values()
         if isinstance(value, CPUDispatcher)]
print(sum(sum(one.cache_hits.values()) for one in found), sum(sum(one.cache_misses.values()) for one in found))
"""


def processes(folder: Path) -> list[int]:
    """Processes whose machine code is to be kept in a folder."""
    mark = f"NUMBA_CACHE_DIR={folder}".encode()
    found: list[int] = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in place.read_bytes().split(b"\0"):
                found.append(int(place.parent.name))
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue  # it has ended meanwhile, or is none of ours
    return found


def gone(folder: Path) -> bool:
    """Whether there is no such process any more within half a minute."""
    until = time.monotonic() + 30
    while processes(folder) and time.monotonic() < until:
        time.sleep(0.05)
    return not processes(folder)


def environment(folder: Path) -> dict[str, str]:
    """Of a command whose machine code is kept in a folder."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return os.environ | {"PYTHONPATH": path, "NUMBA_CACHE_DIR": str(folder)}


def compiling(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A command that says that it compiles the search."""
    process = subprocess.Popen(
        [sys.executable, "-m", "aidc_twin", "schedule", *words], env=environment(folder),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline().decode().startswith(prepare.STAGE)
    return process


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """A small job shop."""
    path = tmp_path / "it.txt"
    path.write_text(jobshop_text(2, 15, 8), encoding="utf-8")
    return path


@pytest.mark.parametrize("after_s", [1.0, *(pytest.param(s, marks=pytest.mark.release) for s in (0.0, 4.0, 8.0))])
def test_ctrl_c_while_the_search_compiles(after_s: float, instance: Path, tmp_path: Path) -> None:
    """130, one word and at once, whatever the compiler does; no process is left and nothing is marked as compiled."""
    empty = tmp_path / "kept"
    process = compiling(empty, "--instance", str(instance))
    time.sleep(after_s)
    assert len(processes(empty)) > 1
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - begun < 2
    assert (process.returncode, out) == (130, b"")
    assert err.decode().split()[-1] == "interrupted"
    assert b"Traceback" not in err
    assert after_s == 0.0 or processes(empty) == []
    assert gone(empty)  # what was being started in that instant ends by itself, as it finds nobody
    assert not list(empty.rglob("*.ready"))


def test_it_ends_with_a_command_that_is_killed(instance: Path, tmp_path: Path) -> None:
    """Nobody is left who would search."""
    empty = tmp_path / "kept"
    process = compiling(empty, "--instance", str(instance))
    process.kill()
    process.communicate()
    assert gone(empty)


@pytest.mark.release
def test_what_it_has_kept_is_read(tmp_path: Path) -> None:
    """On an empty installation the process that searches compiles nothing itself."""
    done = subprocess.run([sys.executable, "-c", KEPT, "jobshop"], env=environment(tmp_path / "kept"),
                          capture_output=True, text=True, timeout=600, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    hits, misses = map(int, done.stdout.split())
    assert hits > 0
    assert misses == 0


@pytest.mark.release
def test_without_another_process_it_is_compiled_all_the_same(tmp_path: Path) -> None:
    """Where none can be started."""
    path = tmp_path / "it.txt"
    path.write_text(jobshop_text(2, 15, 8), encoding="utf-8")
    code = "import aidc_twin.schedule.maker as maker\nmaker.begun = lambda *_, **__: None\n" + COUNT
    done = subprocess.run([sys.executable, "-c", code, "jobshop", str(path)], env=environment(tmp_path / "kept"),
                          capture_output=True, text=True, timeout=600, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "[]"
    assert list((tmp_path / "kept").rglob("jobshop-*.ready"))


class Idle:
    """A process that has compiled nothing."""

    def code(self) -> None:
        """Wait for it."""

    def end(self) -> None:
        """End it."""


def test_a_park_begins_to_compile_before_the_twin_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, where the search is not compiled yet."""
    told: list[str] = []
    honest = dispatch.run_once
    write_scaffold(tmp_path / "park")
    monkeypatch.setattr(prepare, "started", lambda family: told.append(family) or Idle())
    monkeypatch.setattr(dispatch, "run_once", lambda *a, **k: told.append("twin") or honest(*a, **k))
    monkeypatch.setattr(prepare, "mark_of", lambda family: tmp_path / "kept" / family)
    command = ["schedule", str(tmp_path / "park"), "--weeks", "4", "--work", "1000", "--store", str(tmp_path / "runs")]
    assert run(command) == 0
    assert told[:2] == ["park", "twin"]
    assert told.count("park") == 1
    told.clear()
    assert run(command) == 0
    assert told[0] == "twin"
    assert "park" not in told
