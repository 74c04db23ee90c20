"""The store under test, and the child processes that work on it."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from aidc_twin.store import RunStore

HERE = Path(__file__).parent
Start = Callable[[str, int], "subprocess.Popen[str]"]


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """An empty store in a folder that does not exist yet."""
    return RunStore(tmp_path / "runs")


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that child processes run, for use in this one."""
    monkeypatch.syspath_prepend(str(HERE))
    return importlib.import_module("children")


@pytest.fixture
def start(store: RunStore) -> Start:
    """Start a child process on the store."""

    def begin(job: str, number: int) -> subprocess.Popen[str]:
        command = [sys.executable, str(HERE / "children.py"), job, str(store.root), str(number)]
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)

    return begin
