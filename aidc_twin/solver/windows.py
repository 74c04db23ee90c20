"""Windows: parts of the whole columns of a program that are searched together while the others stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidc_twin.solver.arrays import Floats, Indices

__all__ = ["Grid", "Window", "apart", "windows"]


Labels = NDArray[np.integer[Any]]
"""Whole numbers from 0 on."""


@dataclass(frozen=True, slots=True)
class Window:
    """Columns that are free together.

    Attributes
    ----------
    columns : of the program, ascending.
    """

    name: str
    columns: Indices


@dataclass(frozen=True, slots=True)
class Grid:
    """Whole columns with their place in time and the groups that they belong to.

    Attributes
    ----------
    columns : shape (members,), of the program.
    place : shape (members,), period of each, from 0 on.
    groups : axis, such as resource or product -> shape (members,), label of each, from 0 on.
    """

    columns: Indices
    place: Labels
    groups: Mapping[str, Labels]


def windows(grid: Grid, size: int) -> list[Window]:
    """Windows of about `size` columns: first by time alone, then by the labels of each axis in turn.

    One label is a window for as many periods as make up the size; labels that have fewer columns than that in all
    periods are taken together. Windows in a row overlap by half.
    """
    everything = np.zeros(grid.place.size, np.int64)
    found = list(_over_time(grid, "time", everything, 0, size))
    for axis, labels in grid.groups.items():
        merged = _merged(labels, size)
        for label in range(int(merged.max(initial=-1)) + 1):
            found += _over_time(grid, axis, merged, label, size)
    return found


def apart(grid: Grid, guide: Floats, x: Floats, size: int) -> Window:
    """The columns in which two points differ most, at most `size` of them; ties go to the first."""
    distance = np.abs(guide[grid.columns] - x[grid.columns])
    order = np.argsort(-distance, kind="stable")[:size]
    return Window("apart", np.sort(grid.columns[order[distance[order] > 0]]))


def _merged(labels: Labels, size: int) -> Labels:
    """Labels of which as many in a row became one as have at most `size` columns together."""
    counts = np.bincount(labels)
    merged, group, filled = np.zeros(counts.size, np.int64), 0, 0
    for label, count in enumerate(counts.tolist()):
        if filled and filled + count > size:
            group, filled = group + 1, 0
        merged[label] = group
        filled += count
    return merged[labels]


def _over_time(grid: Grid, axis: str, labels: Labels, label: int, size: int) -> Iterator[Window]:
    inside = labels == label
    if not inside.any():
        return
    periods = int(grid.place.max()) + 1
    width = min(periods, max(1, round(size * periods / int(inside.sum()))))
    last = periods - width
    for first in sorted({*range(0, last, max(1, (width + 1) // 2)), last}):
        chosen = inside & (grid.place >= first) & (grid.place < first + width)
        if chosen.any():
            yield Window(f"{axis} {label}, periods {first} to {first + width - 1}", np.sort(grid.columns[chosen]))
