"""How kernels of the search are compiled: once per machine, without the interpreter's lock."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core import config
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Table = NDArray[np.int32]
Cells = NDArray[np.int64]
FACTOR_HIGH, FACTOR_LOW, LOW_HALF = np.uint64(0x2545F491), np.uint64(0x4F6CDD1D), np.uint64(0xFFFFFFFF)
"""Factor by which the state of the generator becomes a number, in halves, and the bits of a half."""
at: Any = np.uint32
"""Makes an index of a number that is not negative: kernels then do not look whether to count from a row's end."""


@cache
def folder() -> str:
    """First writable place for machine code, named after the sources of all kernels, of which any may hold others."""
    digest = hashlib.sha256(version("numba").encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    places = [os.environ.get("NUMBA_CACHE_DIR", ""), os.path.join(base, "aidc-twin")]
    for place in filter(None, places):
        found = os.path.join(place, f"schedule-{digest.hexdigest()[:16]}")
        try:
            os.makedirs(found, exist_ok=True)
        except OSError:
            continue
        if os.access(found, os.W_OK):
            return found
    return os.path.join(tempfile.gettempdir(), "aidc-twin", f"schedule-{digest.hexdigest()[:16]}")


def kernel(function: Callable[..., Any]) -> Any:
    """Mark of a kernel function.

    Numba looks at a function's own file only before it uses what it has kept, and asks for the folder here.
    """
    settings: Any = config
    before = settings.CACHE_DIR
    settings.CACHE_DIR = folder()
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        settings.CACHE_DIR = before


@kernel
def draw(c: Cells) -> int:
    """Next 31 random bits of a xorshift generator; its state is in `c[0]` and never zero.

    They are the upper bits of a product modulo 2 ** 64, which is made of halves: no product of two goes beyond it, so
    that plain Python has the same numbers without a warning.
    """
    x = np.uint64(c[0])
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    c[0] = np.int64(x)
    half = np.uint64(32)
    low, high = x & LOW_HALF, x >> half
    middle = (low * FACTOR_LOW >> half) + (high * FACTOR_LOW & LOW_HALF) + (low * FACTOR_HIGH & LOW_HALF)
    return np.int64((middle & LOW_HALF) >> np.uint64(1))  # pyright: ignore[reportReturnType]  a number
