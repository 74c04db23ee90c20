"""The kernel as plain Python against the oracle and what was worked out by hand: nothing hides in a compiler."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SUITE = ("test_by_hand*.py", "test_oracle.py", "test_warm_up.py", "test_deadlock.py")
RUN = """
import sys
from types import FunctionType
import pytest
from aidc_twin.twin.kernel.factory import simulate
assert isinstance(simulate, FunctionType), "the kernel is compiled"
sys.exit(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""
LEFT_OUT = [
    f"--deselect=tests/twin/test_oracle.py::test_generated_parks[{digit}" for digit in "3456789"
]  # 3, 30 to 39, 4, …


def test_the_small_parks_without_a_compiler() -> None:
    """Every small park, those worked out by hand and some generated ones, with the compiler switched off."""
    files = sorted(str(file) for name in SUITE for file in HERE.glob(name))
    path = os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", RUN, *files, *LEFT_OUT], cwd=HERE.parents[1],
        capture_output=True, text=True, timeout=600,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 200
