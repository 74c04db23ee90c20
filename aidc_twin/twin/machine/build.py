"""Compiling the kernel with numba."""

# numba has no types
# pyright: basic

from __future__ import annotations

import sys
from functools import cache
from types import FunctionType
from typing import Any

import numba
from numba.core import config

import aidc_twin.twin.kernel as kernel
from aidc_twin.twin.kernel import factory, jit
from aidc_twin.twin.machine.cells import FROZEN, FROZEN_REAL, STATE, fetch
from aidc_twin.twin.machine.parts import PartCompiler, WholeCompiler
from aidc_twin.twin.machine.store import Code, folder

njit: Any = numba.njit

HOW = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


def compiled() -> Code:
    """The whole kernel as machine code."""
    _make_parts()
    whole = njit(**HOW, no_cpython_wrapper=True, pipeline_class=WholeCompiler)(_plain(factory.simulate))
    kinds = FROZEN, FROZEN_REAL, STATE
    whole.compile(kinds)
    made = whole.overloads[kinds]
    return Code(made.fndesc.llvm_func_name, made.library._get_compiled_object())


def by_itself(function: Any) -> Any:
    """One function with all that it calls, for Python; numba keeps it in the same place."""
    _make_parts()
    if not getattr(config, "CACHE_DIR", ""):
        setattr(config, "CACHE_DIR", str(folder() or ""))  # noqa: B010  because numba does not declare its settings
    return njit(**HOW, cache=True, pipeline_class=WholeCompiler)(_plain(function))


def _plain(function: Any) -> Any:
    return getattr(function, "py_func", function)


@cache
def _make_parts() -> None:
    """Put what numba makes of each function of the kernel into its place, in every module that uses it."""
    made: dict[Any, Any] = {jit.fetch: fetch}
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{kernel.__name__}."):
            for key, value in list(vars(module).items()):
                if isinstance(value, FunctionType) and hasattr(value, jit.PART) and value not in made:
                    made[value] = _part(value)
                if isinstance(value, FunctionType) and value in made:
                    setattr(module, key, made[value])


def _part(function: Any) -> Any:
    part = njit(**HOW, no_cpython_wrapper=True, forceinline=getattr(function, jit.PART), pipeline_class=PartCompiler)
    return part(function)
