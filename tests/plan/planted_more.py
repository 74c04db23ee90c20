"""Conflicts of further kinds, two at once, and in plans of other sizes; generated from a seed as those of `planted`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from planted import Size, easy, possible

from aidc_twin.twin.inputs import PlanInputs

MORE = ("store", "load", "eaten", "stock", "levels", "phase", "two", "tiny", "wide", "long")
LACKING = ("load", "eaten", "levels")
"""Kinds that take nothing away of what there usually is: others have it, or there never was more."""

DEAR = ("levels", "long")
"""Kinds that take seconds to draw."""

SIZES = {
    "tiny": Size((2, 4), 24, 2, 2), "wide": Size((30, 50), 32, 14, 9), "long": Size((12, 20), 60, 5, 3),
}  # fmt: skip

Goals = tuple[Any, ...]
Draw = np.random.Generator


@dataclass(frozen=True)
class More:
    """Inputs and goals with a conflict; `named` are the limits that may be told as its cause.

    Attributes
    ----------
    parts : inputs with one conflict of several each, of which each makes something impossible; else empty.
    """

    kind: str
    named: frozenset[tuple[str, str]]
    inputs: PlanInputs
    goals: Goals
    parts: tuple[PlanInputs, ...] = ()


def plant_more(make: Callable[..., PlanInputs], goals: Goals, seed: int) -> More:
    """A conflict of the kind whose turn it is; draws again until it does make something impossible."""
    draw = np.random.Generator(np.random.PCG64((seed, 1)))
    kind = MORE[seed % len(MORE)]
    while True:
        inputs, own = easy(make, goals, draw, SIZES.get(kind, Size()))
        made = _PLANTS[kind](inputs, own, draw)
        if made is None or not possible(made.base, own) or possible(made.inputs, own):
            continue
        if all(not possible(part, own) for part in made.parts):
            return More(kind, made.named, made.inputs, own, made.parts)


@dataclass(frozen=True)
class _Made:
    named: frozenset[tuple[str, str]]
    inputs: PlanInputs
    base: PlanInputs
    parts: tuple[PlanInputs, ...] = ()


def _span(inputs: PlanInputs, draw: Draw) -> slice:
    first = int(draw.integers(2, inputs.weeks - 8))
    return slice(first, first + int(draw.integers(4, 9)))


def _store(inputs: PlanInputs, goals: Goals, draw: Draw) -> _Made:
    """A quota that lapses sooner than it is needed."""
    room = float(inputs.supply[0].sum()) * draw.uniform(0.0, 0.05)
    limit = np.full(len(inputs.materials), np.inf)
    limit[0] = room
    return _Made(frozenset({("store", "m0")}), replace(inputs, stock_limit=limit), inputs)


def _load(inputs: PlanInputs, goals: Goals, draw: Draw) -> _Made:
    """Work under way has a resource for itself."""
    r, span, load = int(draw.integers(len(inputs.resources))), _span(inputs, draw), inputs.base_load.copy()
    load[r, span] = inputs.capacity[r, span] * draw.choice([0.7, 0.9, 1.0])
    return _Made(frozenset({("capacity", inputs.resources[r])}), replace(inputs, base_load=load), inputs)


def _eaten(inputs: PlanInputs, goals: Goals, draw: Draw) -> _Made:
    """Work under way takes the quota."""
    span, need = _span(inputs, draw), inputs.base_need.copy()
    need[0, span] = inputs.supply[0, span] * draw.choice([0.7, 0.9, 1.0])
    return _Made(frozenset({("supply", "m0"), ("early", "m0")}), replace(inputs, base_need=need), inputs)


def _stock(inputs: PlanInputs, goals: Goals, draw: Draw) -> _Made:
    """There was enough of a bought material in stock until it can be bought; there is none."""
    m, lead, supply = int(draw.integers(1, len(inputs.materials))), inputs.lead_weeks.copy(), inputs.supply.copy()
    lead[m] += int(draw.integers(4, 16))
    supply[m, 0] = inputs.need[:, m].sum(axis=1).max() * inputs.items["quantity_mw"].sum()
    empty = replace(inputs, lead_weeks=np.minimum(lead, inputs.weeks))
    return _Made(frozenset({("lead", inputs.materials[m])}), empty, replace(empty, supply=supply))


def _levels(inputs: PlanInputs, goals: Goals, draw: Draw) -> _Made:
    """Shifts that were worked are no longer."""
    own = draw.choice(len(inputs.resources), size=int(draw.integers(1, 3)), replace=False)
    capacity, step, calendars = inputs.capacity.copy(), inputs.capacity_step.copy(), inputs.resource_calendar.copy()
    capacity[own] *= 0.6
    step[own] = inputs.capacity[own] * 0.4
    calendars[own] = 0
    shifts = np.ones(len(inputs.calendars), np.int64)
    base = replace(inputs, capacity=capacity, capacity_step=step, resource_calendar=calendars,
                   max_level=np.where(np.arange(shifts.size) == 0, 2, 1))  # fmt: skip
    return _Made(frozenset(("capacity", inputs.resources[r]) for r in own), replace(base, max_level=shifts), base)


def _phase(inputs: PlanInputs, goals: Goals, draw: Draw) -> _Made:
    """Several resources are there from a week on only."""
    own = draw.choice(len(inputs.resources), size=3, replace=False)
    capacity, until = inputs.capacity.copy(), int(draw.integers(4, 16))
    capacity[own, :until] *= draw.choice([0.0, 0.3])
    return _Made(frozenset(("capacity", inputs.resources[r]) for r in own), replace(inputs, capacity=capacity), inputs)


def _two(inputs: PlanInputs, goals: Goals, draw: Draw) -> _Made:
    """A closed resource and a cut quota, or two closed resources, each enough to make something impossible."""
    r, other = (int(n) for n in draw.choice(len(inputs.resources), size=2, replace=False))
    capacity, supply = inputs.capacity.copy(), inputs.supply.copy()
    capacity[r, _span(inputs, draw)] *= 0.1
    one = replace(inputs, capacity=capacity)
    if draw.random() < 0.5:
        supply[0, _span(inputs, draw)] = 0.0
        two, name = replace(inputs, supply=supply), ("supply", "m0")
    else:
        closed = inputs.capacity.copy()
        closed[other, _span(inputs, draw)] *= 0.1
        two, name = replace(inputs, capacity=closed), ("capacity", inputs.resources[other])
    both = replace(one, supply=two.supply, capacity=np.minimum(one.capacity, two.capacity))
    return _Made(frozenset({("capacity", inputs.resources[r]), name}), both, inputs, (one, two))


def _sized(inputs: PlanInputs, goals: Goals, draw: Draw) -> _Made:
    """A resource closed, or a quota cut."""
    if draw.random() < 0.5:
        supply = inputs.supply.copy()
        supply[0, _span(inputs, draw)] *= 0.1
        return _Made(frozenset({("supply", "m0")}), replace(inputs, supply=supply), inputs)
    r, capacity = int(draw.integers(len(inputs.resources))), inputs.capacity.copy()
    capacity[r, _span(inputs, draw)] *= 0.1
    return _Made(frozenset({("capacity", inputs.resources[r])}), replace(inputs, capacity=capacity), inputs)


_PLANTS: dict[str, Callable[[PlanInputs, Goals, Draw], _Made]] = {
    "store": _store, "load": _load, "eaten": _eaten, "stock": _stock, "levels": _levels, "phase": _phase, "two": _two,
    "tiny": _sized, "wide": _sized, "long": _sized,
}  # fmt: skip
