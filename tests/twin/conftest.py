"""Parks of these tests, the modules beside them, and a suite that another process runs meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # the oracle and what the tests share are no test modules
RUN = """
import sys
from types import FunctionType
import pytest
from aidc_twin.twin.kernel.factory import simulate
assert isinstance(simulate, FunctionType), "the kernel is compiled"
sys.exit(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""
SUITE = ("test_by_hand*.py", "test_oracle.py", "test_warm_up.py", "test_deadlock.py")
LEFT_OUT = [
    f"--deselect=tests/twin/test_oracle.py::test_generated_parks[{digit}" for digit in "3456789"
]  # 3, 30 to 39, 4, …
FINISHED = pytest.StashKey[Callable[[], tuple[int, str]]]()
ASKS = "without_a_compiler"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The test that needs the suite without a compiler comes late: it runs in another process meanwhile."""
    items.sort(key=lambda item: ASKS in getattr(item, "fixturenames", ()))


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Begin the suite without a compiler where a test asks for it."""
    asked = any(ASKS in getattr(item, "fixturenames", ()) for item in session.items)
    if not asked or session.config.option.collectonly:
        return (yield)
    files = sorted(str(file) for name in SUITE for file in HERE.glob(name))
    path = os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    known = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        child = subprocess.Popen(
            [sys.executable, "-c", RUN, *files, *LEFT_OUT], cwd=HERE.parents[1], stdout=told, stderr=told, env=known
        )

        def finished() -> tuple[int, str]:
            code = child.wait(timeout=600)
            told.seek(0)
            return code, told.read()

        session.config.stash[FINISHED] = finished
        try:
            return (yield)
        finally:
            child.kill()
            child.wait()


@pytest.fixture
def without_a_compiler(pytestconfig: pytest.Config) -> tuple[int, str]:
    """How the suite without a compiler ended, and what it wrote."""
    return pytestconfig.stash[FINISHED]()
