"""Compiling the kernel with numba."""

# numba has no types
# pyright: basic

from __future__ import annotations

import sys
from collections.abc import Iterator
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
from aidc_twin.twin.machine.parts import GIVEN, Given, PartCompiler, WholeCompiler, in_one_go
from aidc_twin.twin.machine.second import Made, Second
from aidc_twin.twin.machine.store import Code, folder

njit: Any = numba.njit

HOW = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}


MEMORIES = {"p": FROZEN, "f": FROZEN_REAL, "m": STATE}
"""The memories by the names that all functions of the kernel have for them."""
NUMBERS = {
    "Int": types.int64, "int": types.int64, "float": types.float64, "bool": types.boolean, "np.uint64": types.uint64,
}  # fmt: skip
"""Kinds of numbers by their annotations."""


def compiled(second: Second | None = None) -> Code:
    """The whole kernel as machine code, with the help of another process where there is one."""
    parts = whole_parts()
    kinds = FROZEN, FROZEN_REAL, STATE
    whole = njit(**HOW, no_cpython_wrapper=True, pipeline_class=WholeCompiler)(_plain(factory.simulate))
    with in_one_go():
        libraries: dict[str, Any] = {}
        for place, part in enumerate(parts):
            kind = declared(part.py_func)
            if kind is None:
                continue
            made = None if second is None else second.made(place)
            given = None if made is None else Given(made.code, [libraries[name] for name in made.calls])
            library = _put(part, kind, given)
            libraries[library.name] = library
        if second is not None:
            second.end()
        whole.compile(kinds)
    for part in parts:
        part.disable_compile(False)
    made = whole.overloads[kinds]
    return Code(made.fndesc.llvm_func_name, made.library._get_compiled_object())


def backwards() -> Iterator[Made]:
    """All parts that another process can take, from the last to the first, so that it can begin with the first."""
    parts = whole_parts()
    known = [(place, part, kind) for place, part in enumerate(parts) if (kind := declared(part.py_func)) is not None]
    with in_one_go():
        for _, part, kind in known:
            _put(part, kind, Given())
        names = {part.py_func.__qualname__ for _, part, _ in known}
        for place, part, kind in reversed(known):
            part.overloads.clear()
            part.disable_compile(False)
            library = _put(part, kind)
            if library.calls is not None and set(library.calls) <= names:
                yield Made(place, library.code, library.calls)


def _put(part: Any, kind: Any, given: Given | None = None) -> Any:
    """Make a part, or take it as it is given, for one kind of arguments and no other."""
    if given is not None:
        GIVEN[part.py_func] = given
    try:
        part.compile(kind)
    finally:
        GIVEN.pop(part.py_func, None)
    part.disable_compile()
    return part.overloads[kind.args].library


def whole_parts() -> list[Any]:
    """All parts of the kernel, each after those that it calls."""
    _make_parts()
    return parts_below(_plain(factory.simulate))


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


def declared(function: Any) -> Any:
    """What a function takes and gives, by its annotations; None if they do not tell, so that its first caller must.

    Numba would compile a function once more, with all that it calls, for every number that is written in a call.
    """
    kinds = dict(function.__annotations__)
    gives = _given_by(kinds.pop("return", ""))
    takes = [NUMBERS.get(kind, MEMORIES.get(name)) for name, kind in kinds.items()]
    return None if gives is None or None in takes else gives(*takes)


def _given_by(annotation: str) -> Any:
    """The type of what a function gives, by its annotation: nothing, a number or several of a kind."""
    if annotation == "None":
        return types.void
    several = annotation.removeprefix("tuple[").removesuffix("]").split(", ")
    if annotation.startswith("tuple[") and len(set(several)) == 1 and several[0] in NUMBERS:
        return types.UniTuple(NUMBERS[several[0]], len(several))
    return NUMBERS.get(annotation)


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
