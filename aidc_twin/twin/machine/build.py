"""Compiling the kernel with numba."""

# numba has no types
# pyright: basic

from __future__ import annotations

import sys
from functools import cache
from types import FunctionType
from typing import Any

import numba
from numba import types
from numba.core import config
from numba.core.dispatcher import Dispatcher

import aidc_twin.twin.kernel as kernel
from aidc_twin.twin.kernel import factory, jit
from aidc_twin.twin.machine.cells import FROZEN, FROZEN_REAL, STATE, fetch
from aidc_twin.twin.machine.parts import PartCompiler, WholeCompiler, in_one_go
from aidc_twin.twin.machine.store import Code, folder

njit: Any = numba.njit

HOW = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


MEMORIES = {"p": FROZEN, "f": FROZEN_REAL, "m": STATE}
"""The memories by the names that all functions of the kernel have for them."""
NUMBERS = {"Int": types.int64, "float": types.float64, "bool": types.boolean, "np.uint64": types.uint64}
"""Kinds of numbers by their annotations."""


def compiled() -> Code:
    """The whole kernel as machine code."""
    _make_parts()
    simulate = _plain(factory.simulate)
    parts = parts_below(simulate)
    kinds = FROZEN, FROZEN_REAL, STATE
    whole = njit(**HOW, no_cpython_wrapper=True, pipeline_class=WholeCompiler)(simulate)
    with in_one_go():
        for part in parts:
            takes = declared(part.py_func)
            if takes is not None:
                part.compile(takes)
                part.disable_compile()
        whole.compile(kinds)
    for part in parts:
        part.disable_compile(False)
    made = whole.overloads[kinds]
    return Code(made.fndesc.llvm_func_name, made.library._get_compiled_object())


def parts_below(function: Any) -> list[Any]:
    """All parts that a function needs, each after those that it calls itself."""
    found: dict[Any, None] = {}

    def visit(caller: Any) -> None:
        for name in caller.__code__.co_names:
            part = caller.__globals__.get(name)
            if isinstance(part, Dispatcher) and part not in found:
                visit(part.py_func)
                found[part] = None

    visit(function)
    return list(found)


def declared(function: Any) -> tuple[Any, ...] | None:
    """What a function takes, by its annotations; None if they do not tell, so that its first caller must.

    Numba would compile a function once more, with all that it calls, for every number that is written in a call.
    """
    takes = {name: kind for name, kind in function.__annotations__.items() if name != "return"}
    found = [NUMBERS.get(kind, MEMORIES.get(name)) for name, kind in takes.items()]
    return None if None in found else tuple(found)


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
