"""The checker shares nothing with what it checks."""

from __future__ import annotations

import subprocess
import sys

FORBIDDEN = (
    "aidc_twin.twin",
    "aidc_twin.plan",
    "aidc_twin.schedule",
    "aidc_twin.solver",
    "aidc_twin.invest",
    "pyomo",
    "highspy",
    "numba",
)


def test_importing_the_checker_imports_none_of_what_it_checks() -> None:
    """In a fresh interpreter no planner, scheduler, solver or twin is loaded."""
    code = f"import sys, aidc_twin.verify; print([m for m in sys.modules if m.startswith({FORBIDDEN!r})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
