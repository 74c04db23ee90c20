"""A small park with two scenarios, a store with four runs of it, and the command line in this process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aidc_twin.app.entry import run
from aidc_twin.park.scaffold import write_scaffold

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

HALF = """\
title = "Half the accelerators, dearer boxes"

[[patch]]
op = "scale"
path = "materials.accelerators.weekly_quota"
value = 0.5

[[patch]]
op = "scale"
path = "bom.site/it_box.value_yuan"
value = 1.1
"""
PLAIN = 'title = "Nothing is changed"\n'
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        assert self.out.count("\n") == 1, self.out[:200]
        assert self.out.endswith("\n")
        found = json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        assert isinstance(found, dict)
        return found


def call(*arguments: object) -> Outcome:
    """Run a command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    assert "Traceback" not in err.getvalue() or "--debug" in arguments, err.getvalue()
    return Outcome(code, out.getvalue(), err.getvalue())


def child(*arguments: object, cwd: Path, **settings: str) -> subprocess.Popen[bytes]:
    """Start a command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    command = [sys.executable, "-m", "aidc_twin", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finished(process: subprocess.Popen[bytes], seconds: float = 120) -> Outcome:
    """Wait for it."""
    out, err = process.communicate(timeout=seconds)
    return Outcome(process.returncode, out.decode(), err.decode())


@dataclass(frozen=True)
class Place:
    """Where the small park, its scenarios and its runs are; `runs` are summaries by name."""

    folder: Path
    park: Path
    half: Path
    plain: Path
    store: Path
    runs: dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Runs `first` and `again` with seed 1, `other` with seed 7, `half` under a scenario."""
    folder = tmp_path_factory.mktemp("app")
    park, half, plain, store = folder / "park", folder / "half.toml", folder / "plain.toml", folder / "store"
    write_scaffold(park)
    half.write_text(HALF, encoding="utf-8")
    plain.write_text(PLAIN, encoding="utf-8")
    common = ("run", "--park", park, "-n", 5, "--rounds", 2, "--weeks", 6, "--store", store, "--json")
    wanted: dict[str, tuple[object, ...]] = {
        "first": ("--workers", 2),
        "again": ("--workers", 1),
        "other": ("--seed", 7),
        "half": ("-s", half),
    }
    runs: dict[str, dict[str, Any]] = {}
    for name, options in wanted.items():
        outcome = call(*common, *options)
        assert outcome.code == 0, outcome.err
        runs[name] = outcome.json
    return Place(folder, park, half, plain, store, runs)


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str, str, Mapping[str, str]], Path]:
    """Copies a park of `tests/parks` under another name and writes some of its files anew."""

    def copy(park: str, name: str, files: Mapping[str, str]) -> Path:
        folder = shutil.copytree(ROOT / "tests" / "parks" / park, tmp_path / name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        return folder

    return copy


@pytest.fixture(scope="session")
def command() -> Callable[..., Outcome]:
    """Runs a command line in this process."""
    return call


@pytest.fixture
def spawn() -> Callable[..., subprocess.Popen[bytes]]:
    """Starts a command line in a process of its own."""
    return child


@pytest.fixture
def wait() -> Callable[..., Outcome]:
    """Waits for a process."""
    return finished
