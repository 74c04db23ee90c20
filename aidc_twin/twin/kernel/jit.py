"""How the kernel is compiled: what Python calls has an entry and is cached, what only the kernel calls has neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
T = TypeVar("T")


def entry(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function that Python calls; its machine code holds all that it calls."""
    return _compiled(function, cache=True)


def inner(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function that only the kernel calls."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def once(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a small function on the way of every event: it becomes part of its callers."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


def _compiled(function: Callable[P, T], **options: bool) -> Callable[P, T]:
    return cast("Callable[P, T]", cast("Any", njit)(nogil=True, error_model="numpy", **options)(function))
