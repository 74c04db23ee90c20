"""Digests of the small parks' results, for tests that compare processes; runs as a script too."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.run import run_once

PARKS = Path(__file__).parents[1] / "parks"
LOCKED = "deadlock"
"""A park whose run ends in an error."""
NAMES = sorted(folder.name for folder in PARKS.iterdir() if (folder / "park.toml").exists() and folder.name != LOCKED)


def digest(name: str) -> str:
    """Hash of everything that a traced replication of a park gives."""
    run = run_once(compile_arrays(read_factory(load_park(PARKS / name))), 11, trace=True)
    arrays = (run.trace, run.posted, run.job_start, run.job_done, run.idle, run.total, run.used, run.work, run.setup)
    found = hashlib.sha256()
    for array in (*arrays, run.elapsed, run.peak, run.available, run.phase_open, np.array([run.events])):
        found.update(np.ascontiguousarray(array, np.int64).tobytes())
    return found.hexdigest()


if __name__ == "__main__":
    print(json.dumps({name: digest(name) for name in sys.argv[1:]}))
