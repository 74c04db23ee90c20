"""Machine code of the search's kernels is kept, and never used when any of their sources has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import aidc_twin
from aidc_twin.twin.machine import COMPILER_OFF

INNER = """
from aidc_twin.schedule.kernel.jit import kernel
@kernel
def inner() -> int:
    return {}
"""
OUTER = """
from aidc_twin.schedule.kernel.inner import inner
from aidc_twin.schedule.kernel.jit import kernel
@kernel
def outer() -> int:
    return inner() + 1
"""
ASK = """
from aidc_twin.schedule.kernel.outer import outer
print(outer(), sum(outer.stats.cache_hits.values()))
"""


@pytest.mark.skipif(COMPILER_OFF, reason="nothing is kept without the compiler")
def test_a_change_in_another_file_is_noticed(tmp_path: Path) -> None:
    """A kernel that calls one of another file is kept for the next process, and made anew when that one changes."""
    kernels = tmp_path / "aidc_twin" / "schedule" / "kernel"
    kernels.mkdir(parents=True)
    for package in (kernels, *kernels.parents[:2]):
        (package / "__init__.py").touch()
    shutil.copy(Path(aidc_twin.__file__).parent / "schedule" / "kernel" / "jit.py", kernels)
    (kernels / "outer.py").write_text(OUTER, encoding="utf-8")

    def told(number: int) -> list[int]:
        (kernels / "inner.py").write_text(INNER.format(number), encoding="utf-8")
        known = os.environ | {"PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "kept")}
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            env=known,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [int(word) for word in done.stdout.split()]

    assert [told(1), told(1), told(5)] == [[2, 0], [2, 1], [6, 0]]
