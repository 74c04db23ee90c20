"""The kernel as machine code: read from the cache, or compiled and kept there.

Numba is needed for compiling only, so that a start with a filled cache does not pay for it: the code is loaded and
called as it is. With NUMBA_DISABLE_JIT=1 the kernel runs as plain Python, in which indices are checked.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache, wraps
from threading import Lock
from typing import ParamSpec, TypeVar, cast

import numpy as np

from aidc_twin.twin.kernel import factory
from aidc_twin.twin.kernel.layout import F64, I64
from aidc_twin.twin.machine import store
from aidc_twin.twin.machine.second import Second

__all__ = ["alone", "foresee", "simulate"]

P = ParamSpec("P")
T = TypeVar("T")

COMPILER_OFF = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")

_lock = Lock()
_begun: list[Second | None] = []
"""The process that helps to compile, if it was started before it was needed; None if it could not be."""


def simulate(p: I64, f: F64, m: I64) -> None:
    """Run one replication of the park `p`, `f` in the fresh state `m`; see `kernel.factory.simulate`."""
    for memory, kind in ((p, np.int64), (f, np.float64), (m, np.int64)):
        if memory.dtype != kind or not memory.flags.c_contiguous:
            raise TypeError(f"a memory is a contiguous array of {kind.__name__}, not {memory.dtype}")
    if COMPILER_OFF:
        factory.simulate(p, f, m)
        return
    with _lock:
        code = _code()
    nothing, error = ctypes.c_void_p(), ctypes.c_void_p()
    memories = (p.ctypes.data, f.ctypes.data, m.ctypes.data)
    if code(ctypes.byref(nothing), ctypes.byref(error), *memories):
        raise RuntimeError("the kernel has raised an error, which it has no way to do")


def foresee() -> None:
    """Begin to compile in another process, if that is needed, while the caller gets ready to simulate."""
    with _lock:
        if not COMPILER_OFF and not _begun and not _code.cache_info().currsize and store.read() is None:
            _begun.append(Second.start())


@cache
def _code() -> Callable[..., int]:
    """The compiled kernel: where its result and its error go, and three addresses."""
    kept = store.read()
    try:
        if kept is None:
            kept = _compiled()
            store.write(kept)
    finally:
        while _begun:
            if (second := _begun.pop()) is not None:
                second.end()
    return ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 5)(store.load(kept))


def _compiled() -> store.Code:
    """The kernel, compiled here and in a second process where there can be one."""
    from aidc_twin.twin.machine.build import compiled

    if not _begun:
        _begun.append(Second.start())
    return compiled(_begun[0])


def alone(function: Callable[P, T]) -> Callable[P, T]:
    """A function of the kernel for Python to call, compiled by itself when it is called first."""
    if COMPILER_OFF:
        return function
    found: list[Callable[P, T]] = []

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        if not found:
            from aidc_twin.twin.machine.build import by_itself

            with _lock:
                found.append(cast("Callable[P, T]", by_itself(function)))
        return found[0](*args, **kwargs)

    return call
