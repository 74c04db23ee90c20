"""How kernels of the search are compiled: once per machine, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Table = NDArray[np.int32]
Cells = NDArray[np.int64]

kernel: Callable[..., Any] = numba.njit(cache=True, nogil=True, error_model="numpy")
"""Mark of a kernel function."""


@kernel
def draw(c: Cells) -> int:
    """Next 31 random bits of a xorshift generator; its state is in `c[0]` and never zero."""
    x = np.uint64(c[0])
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    c[0] = np.int64(x)
    return np.int64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(33))  # pyright: ignore[reportReturnType]  a number
