"""How the kernel is compiled: what Python calls has an entry and is cached, what only the kernel calls has neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

from aidc_twin.twin.kernel.parts import PartCompiler, WholeCompiler

P = ParamSpec("P")
T = TypeVar("T")


def entry(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function that Python calls; its machine code holds all that it calls and is kept in the cache."""
    return _compiled(function, cache=True, pipeline_class=WholeCompiler)


def inner(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a function that only the kernel calls."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=PartCompiler)


def once(function: Callable[P, T]) -> Callable[P, T]:
    """Compile a small function on the way of every event: it becomes part of its callers."""
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
    return _compiled(function, **options, pipeline_class=PartCompiler)


def alone(function: Callable[P, T]) -> Callable[P, T]:
    """A function that the kernel calls, for Python to call as well: compiled once more, by itself."""
    return entry(getattr(function, "py_func", function))


def _compiled(function: Callable[P, T], **options: Any) -> Callable[P, T]:
    return cast("Callable[P, T]", cast("Any", njit)(nogil=True, error_model="numpy", **options)(function))
