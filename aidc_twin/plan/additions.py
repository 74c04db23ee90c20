"""What is added to a park, as a column of its plan: capacity, supply, money or larger orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from aidc_twin.plan.cash import money_unit
from aidc_twin.plan.families.capacity import capacity_rows, capacity_scale
from aidc_twin.plan.families.goals import posted_scale
from aidc_twin.plan.model import Task
from aidc_twin.plan.stocks import material_units
from aidc_twin.solver.arrays import Arrays, Floats, Indices

__all__ = ["Addition", "columns_of", "entries_of", "with_room"]

_LEAST = 1e-8


class Addition(Protocol):
    """What one unit of a column adds.

    Attributes
    ----------
    capacity : shape (R, T); supply : shape (M, T).
    store : shape (M, T), more of a quota that may be kept at a week's end: a larger quota lapses later.
    demand : shape (I,), share of each item.
    cash : shape (T,), 亿元 that are there more in each week.
    """

    @property
    def capacity(self) -> Floats:
        """Units of each resource in each week."""
        ...

    @property
    def supply(self) -> Floats:
        """Units of each material that arrive in each week."""
        ...

    @property
    def store(self) -> Floats:
        """Units of each quota that may be kept more in each week."""
        ...

    @property
    def cash(self) -> Floats:
        """亿元 that are there more in each week."""
        ...

    @property
    def demand(self) -> Floats:
        """Share by which each item is larger."""
        ...


def entries_of(task: Task, arrays: Arrays, adds: Addition) -> tuple[Indices, Floats]:
    """Rows and coefficients of one unit of a column that adds to a park."""
    inputs, starts = task.inputs, {piece.name: piece.start for piece in arrays.row_pieces}
    rows: list[int] = []
    numbers: list[float] = []
    if "capacity.limit" in starts:
        scale = capacity_scale(inputs)
        for n, (r, run) in enumerate(capacity_rows(inputs, task.formulation)):
            rows.append(starts["capacity.limit"] + n)
            numbers.append(-float(adds.capacity[r, run.start : run.stop].sum()) / scale[r])
    if "materials.balance" in starts:
        unit = material_units(inputs)
        for m, t in zip(*np.nonzero(adds.supply), strict=True):
            rows.append(starts["materials.balance"] + int(m) * inputs.weeks + int(t))
            numbers.append(-float(adds.supply[m, t]) / float(unit[m]))
    for i in np.flatnonzero(adds.demand * task.book.quantity_mw).tolist():
        rows.append(starts["release.quantity"] + i)
        numbers.append(-float(adds.demand[i] * task.book.quantity_mw[i]))
    if "goals.posted" in starts:  # what an order is larger by posts nothing before it is released
        posted = posted_scale(task.contributions)
        for g, counted in enumerate(task.contributions):
            rows.append(starts["goals.posted"] + g)
            numbers.append(float(counted.deferred.sum(axis=1) @ (adds.demand * task.book.quantity_mw)) / posted[g])
    if inputs.cash is not None and "cash.balance" in starts:
        comes = np.diff(adds.cash, prepend=0.0) / money_unit(inputs, inputs.cash)
        for t in np.flatnonzero(comes).tolist():
            rows.append(starts["cash.balance"] + t)
            numbers.append(-float(comes[t]))
    kept = np.flatnonzero(np.abs(numbers) > _LEAST * np.abs(numbers).max(initial=0.0))
    return np.array(rows, np.int32)[kept], np.array(numbers)[kept]


def columns_of(
    task: Task, arrays: Arrays, adds: Sequence[Addition]
) -> tuple[Floats, dict[int, tuple[Indices, Floats]]]:
    """Columns whose largest effect is one: how many of them one unit of each addition is, and their entries."""
    plain = [entries_of(task, arrays, one) for one in adds]
    size = np.array([float(np.abs(numbers).max(initial=0.0)) or 1.0 for _, numbers in plain])
    return size, {n: (rows, numbers / size[n]) for n, (rows, numbers) in enumerate(plain)}


def with_room(task: Task, wide: Arrays, adds: Sequence[Addition], size: Floats) -> Arrays:
    """A program with a column for each addition at its end, in which what they let be kept has room.

    The limit of a stock becomes a row: ``stock <= limit + what the additions let be kept``.
    """
    inputs, first = task.inputs, wide.lower.size - len(adds)
    if inputs.stock_limit is None or not any(one.store.any() for one in adds):
        return wide
    stock, unit = wide.column_piece("materials.stock").start, material_units(inputs)
    more = np.stack([one.store for one in adds]) / size[:, None, None]
    upper = wide.upper.copy()
    found = replace(wide, upper=upper)
    for m, t in zip(*np.nonzero(more.any(axis=0) & np.isfinite(inputs.stock_limit)[:, None]), strict=True):
        place = stock + int(m) * inputs.weeks + int(t)
        row = np.zeros(upper.size)
        row[place], row[first:] = 1.0, -more[:, m, t] / unit[m]
        found = found.with_row(f"room[{m},{t}]", -np.inf, float(upper[place]), row)
        upper[place] = np.inf
    return found
