"""Kernels are compiled or read before the clock of a search runs: all that it calls, and those of its kind alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from test_engine import fjs_text, jobshop_text, rcp_text

from aidc_twin.app.entry import run
from aidc_twin.park.scaffold import write_scaffold
from aidc_twin.schedule import prepare
from aidc_twin.schedule.desk import Aims
from aidc_twin.schedule.generate import generated
from aidc_twin.schedule.improve import Stop, improve
from aidc_twin.twin.machine import COMPILER_OFF

TEXTS = {"jobshop": jobshop_text(2, 15, 8), "fjs": fjs_text(2, 15, 5), "rcp": rcp_text(2, 30)}
COUNT = """
import importlib, json, pkgutil, sys
from pathlib import Path
from numba.core.registry import CPUDispatcher
import aidc_twin.schedule.kernel as kernels
from aidc_twin.schedule import prepare, project
from aidc_twin.schedule.desk import Aims
from aidc_twin.schedule.engine import solve
from aidc_twin.schedule.generate import generated
from aidc_twin.schedule.improve import Stop, improve
from aidc_twin.schedule.instance import read_instance

def compiled():
    found = set()
    for each in pkgutil.iter_modules(kernels.__path__):
        module = importlib.import_module(f"aidc_twin.schedule.kernel.{each.name}")
        for name, value in vars(module).items():
            if isinstance(value, CPUDispatcher):
                own = value.py_func.__module__.rpartition(".")[2]
                found |= {f"{own}.{name} {one}" for one in value.signatures}
    return found

family, path = sys.argv[1:]
prepare.Preparing(family)()
ready = compiled()
if family == "park":
    improve(generated(300, 2), Aims(), Stop(lambda: 0.0, 1.0, 20_000))
    improve(generated(200, 3), Aims(levels=("makespan", "tardiness")), Stop(lambda: 0.0, 1.0, 20_000))
else:
    project.SHAVED_AT = project.ROUNDS = 1
    solve(read_instance(Path(path), family), lambda: 0.0, seconds=1.0, work=3_000_000, threads=2)
print(sorted(compiled() - ready))
print(json.dumps(sorted({name.partition(".")[0] for name in ready})))
"""
NEEDED = {
    "jobshop": (SHOP := {"branching", "dispatching", "edges", "floor", "jit", "tabu"}), "fjs": SHOP,
    "rcp": {"jit", "learning", "projects", "reasons", "trail", "windows"},
    "park": {"delta", "heads", "jit", "moves", "plant", "rules", "shared", "times"},
}  # fmt: skip


@pytest.mark.skipif(COMPILER_OFF, reason="nothing is compiled")
@pytest.mark.parametrize("family", ["jobshop", "fjs", "rcp", "park"])
def test_a_search_compiles_nothing_any_more(family: str, tmp_path: Path) -> None:
    """In a new process no kernel gets another form in a search, and no module of another family is called."""
    path = tmp_path / "it.txt"
    path.write_text(TEXTS.get(family, ""), encoding="utf-8")
    known = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", COUNT, family, str(path)], env=known, capture_output=True, text=True,
                          timeout=300, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    late, modules = done.stdout.splitlines()
    assert late == "[]"
    assert set() < set(json.loads(modules)) <= NEEDED[family]  # what is read is whole with the kernels it calls


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installation on which nothing is compiled yet, and compiling takes longer than a search; where it is kept."""
    monkeypatch.setattr(prepare.jit, "folder", lambda: str(tmp_path / "kept"))
    monkeypatch.setattr(prepare, "COMPILER_OFF", False)
    for family, call in tuple(prepare.CALLS.items()):
        monkeypatch.setitem(prepare.CALLS, family, partial(_slowly, call))
    return tmp_path / "kept"


def _slowly(call: Callable[[], None]) -> None:
    call()
    time.sleep(0.6)


@pytest.fixture(scope="module")
def park(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small park."""
    folder = tmp_path_factory.mktemp("prepare") / "park"
    write_scaffold(folder)
    return folder


def test_compiling_is_no_time_of_the_search(slow: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Half a second of search is left where compiling takes longer, which is told once, and in seconds of its own."""
    path = tmp_path / "it.txt"
    path.write_text(jobshop_text(2, 30, 10), encoding="utf-8")
    command = ["schedule", "--instance", str(path), "--time-limit", "0.5"]
    assert run([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["prepared_s"] >= 0.6
    assert found["first_feasible_s"] < found["seconds"]
    assert found["status"] == "optimal" or found["work"] > 10_000
    assert list(slow.iterdir())
    assert run(command) == 0
    assert prepare.STAGE not in capsys.readouterr().err
    for mark in slow.iterdir():
        mark.unlink()
    assert run(command) == 0
    assert capsys.readouterr().err.count(prepare.STAGE) == 1


def test_a_park_is_searched_after_compiling(slow: Path, park: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where it is replanned; each family is compiled by itself."""
    store = ["--store", str(park.parent / "runs"), "--json"]
    aims = ["--aims", "makespan,worth", "--save"]
    command = ["schedule", str(park), "--weeks", "30", "--time-limit", "0.4", *aims, *store]
    assert run(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["search"]["prepared_s"] >= 0.6
    assert found["search"]["seconds"] > 0.0
    assert found["search"]["work"] > 10 * found["search"]["operations"]
    assert [mark.name.partition("-")[0] for mark in slow.iterdir()] == ["park"]
    for mark in slow.iterdir():
        mark.unlink()
    assert run(["schedule", "--from", found["run"], "--now", "2026-11-02", "--time-limit", "0.4", *store]) == 0
    assert json.loads(capsys.readouterr().out)["search"]["prepared_s"] >= 0.6


def test_the_clock_is_asked_after_kernels_are_ready() -> None:
    """Once for a search."""
    asked: list[str] = []

    def clock() -> float:
        asked.append("clock")
        return 0.0

    assert improve(generated(30, 1), Aims(), Stop(clock, 1.0, 1_000, before=lambda: asked.append("before"))) is not None
    assert asked.index("before") == 0
    assert asked.count("before") == 1


def test_ctrl_c_while_kernels_compile(slow: Path, park: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """130, for an instance, a park and a replanning; nothing is marked as compiled."""
    store = ["--store", str(park.parent / "runs"), "--save"]
    path = tmp_path / "it.txt"
    path.write_text(TEXTS["jobshop"], encoding="utf-8")
    assert run(["schedule", str(park), "--weeks", "30", "--work", "1000", *store]) == 0
    for mark in slow.iterdir():
        mark.unlink()
    for family in tuple(prepare.CALLS):
        monkeypatch.setitem(prepare.CALLS, family, lambda: signal.raise_signal(signal.SIGINT))
    assert run(["schedule", "--instance", str(path)]) == 130
    assert run(["schedule", str(park), "--weeks", "30", *store]) == 130
    assert run(["schedule", "--from", "latest", "--now", "2026-11-02", *store]) == 130
    assert not list(slow.iterdir())
