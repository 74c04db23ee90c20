"""The kernel as machine code: read from the cache, or compiled and kept there.

Numba is needed for compiling only, so that a start with a filled cache does not pay for it: the code is loaded and
called as it is. It is compiled in a process of its own, which Ctrl-C ends at any instant. With NUMBA_DISABLE_JIT=1 the
kernel runs as plain Python, in which indices are checked.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache, wraps
from threading import Lock
from typing import NamedTuple, ParamSpec, TypeVar, cast

import numpy as np

from aidc_twin.twin.kernel import factory
from aidc_twin.twin.kernel.layout import F64, I64
from aidc_twin.twin.machine import store
from aidc_twin.twin.machine.maker import Maker

__all__ = ["alone", "foresee", "prepare", "ready", "simulate"]

P = ParamSpec("P")
T = TypeVar("T")

COMPILER_OFF = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")

_lock = Lock()
PATIENCE_S = 60.0
"""For how long a process waits for another one that compiles the same."""


class Begun(NamedTuple):
    """That the kernel is compiled: the claim to be the only ones, and the process that does so, if there can be one."""

    claim: int | None
    maker: Maker | None

    def end(self) -> None:
        """End the process and let others compile."""
        if self.maker is not None:
            self.maker.end()
        store.give_up(self.claim)


_begun: list[Begun] = []
"""At most one, while the kernel is compiled or soon will be."""


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


def prepare() -> None:
    """Read the kernel, or wait until it is compiled.

    Who is about to start threads calls this first: Python tells the main thread alone of Ctrl-C, which would then wait
    for the thread that waits for the compiler.
    """
    if not COMPILER_OFF:
        with _lock:
            _code()


def foresee() -> None:
    """Begin to compile in another process, if that is needed, while the caller gets ready to simulate."""
    with _lock:
        if COMPILER_OFF or _begun or _code.cache_info().currsize or store.read() is not None:
            return
        claimed = store.claim(0.0)
        if claimed is not None:
            _begun.append(Begun(claimed, Maker.start()))


@cache
def _code() -> Callable[..., int]:
    """The compiled kernel: where its result and its error go, and three addresses."""
    kept = store.read()
    try:
        if kept is None:
            kept = _compiled()
    finally:
        for begun in _begun:
            begun.end()
        _begun.clear()
    return ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 5)(store.load(kept))


def _compiled() -> store.Code:
    """The kernel, compiled by a process of our own, or whoever is at it; here, where no process can be started."""
    if not _begun:
        claimed = store.claim(PATIENCE_S)
        kept = store.read()
        _begun.append(Begun(claimed, None if kept is not None else Maker.start()))
        if kept is not None:
            return kept
    maker = _begun[0].maker
    kept = None if maker is None else maker.code()
    if kept is None:
        from aidc_twin.twin.machine.build import compiled

        kept = compiled()
    store.write(kept)
    return kept


def ready() -> bool:
    """Whether `simulate` starts at once; else it compiles the kernel first, which takes half a minute."""
    return COMPILER_OFF or store.read() is not None


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
