"""How the kernel is to be compiled: marks on its functions, which are plain Python until `twin.machine` does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from aidc_twin.twin.kernel.layout import Int, Whole

P = ParamSpec("P")
T = TypeVar("T")

PART, APART = "part", "apart"
"""Names of the marks: whether it becomes part of each caller, and whether of none."""


def inner(function: Callable[P, T]) -> Callable[P, T]:
    """A function of the kernel."""
    setattr(function, PART, False)
    return function


def once(function: Callable[P, T]) -> Callable[P, T]:
    """A small function on the way of every event: it becomes part of its callers."""
    setattr(function, PART, True)
    return function


def rare(function: Callable[P, T]) -> Callable[P, T]:
    """A function that few events need: never part of its callers, so that it does not hold up what all events need."""
    setattr(function, APART, True)
    return inner(function)


def fetch(m: Whole, i: Int) -> None:
    """Say that a cell will be needed soon, so that the processor brings it near; nothing to do in plain Python."""
