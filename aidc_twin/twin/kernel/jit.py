"""How the kernel is compiled: what Python calls has an entry and is cached, what only the kernel calls has neither."""

from __future__ import annotations

from numba import njit

entry = njit(cache=True, nogil=True, error_model="numpy")
"""For functions that Python calls; the machine code of one holds all that it calls."""

inner = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For functions that only the kernel calls."""

once = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)
"""For functions on the way of every event that are called in one or two places: they become part of their callers."""
