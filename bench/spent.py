"""Run the command line as a user does and say what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.registry import ROOT


@dataclass(frozen=True)
class Spent:
    """What one command took; seconds of wall and CPU, and the most memory its process held."""

    wall_s: float
    cpu_s: float
    peak_gib: float
    out: str


def command(arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Spent:
    """Run ``aidc-twin`` with arguments in a folder; its exit code must be 0.

    As where it is installed, Python keeps its bytecode, and numba's cache is where the package puts it.

    The process is waited for by `os.wait4`, whose figures are those of this one process and its children;
    `RUSAGE_CHILDREN` would give the largest of all that were ever started here. (Peak memory is never below that of the
    parent at the start, some 0.3 GiB, which a run is well above.)
    """
    elsewhere = ("NUMBA_CACHE_DIR", "PYTHONDONTWRITEBYTECODE")
    inherited = {key: value for key, value in os.environ.items() if key not in elsewhere}
    path = os.pathsep.join(filter(None, (str(ROOT), inherited.get("PYTHONPATH"))))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "aidc_twin", *arguments],
            cwd=folder, env=inherited | {"PYTHONPATH": path} | dict(environment or {}), stdout=out, stderr=err,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        assert process.returncode == 0, err.read().decode(errors="replace")
        text = out.read().decode()
    return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20, text)
