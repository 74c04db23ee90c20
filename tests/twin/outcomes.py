"""Digests of the small parks' results, for tests that compare processes; runs as a script too."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import run_once

PARKS = Path(__file__).parents[1] / "parks"
LOCKED = "deadlock"
"""A park whose run ends in an error."""
NAMES = sorted(folder.name for folder in PARKS.iterdir() if (folder / "park.toml").exists() and folder.name != LOCKED)


SEED = 11


def digest(name: str, seed: int = SEED) -> str:
    """Hash of everything that a traced replication of a park gives."""
    return digest_of(run_once(compile_arrays(read_factory(load_park(PARKS / name))), seed, trace=True))


def digest_of(run: Replication) -> str:
    """Hash of everything that a replication gives."""
    found = hashlib.sha256()
    for array in vars(run).values():
        found.update(np.ascontiguousarray(array, np.int64).tobytes())
    return found.hexdigest()


if __name__ == "__main__":
    print(json.dumps({name: digest(name) for name in sys.argv[1:]}))
