"""Multi-level capacitated lot sizing: seeded instances, and one Pyomo source of a weak and of a strong formulation.

Instances follow Trigeiro, Thomas and McClain (1989) for demand and capacity and Tempelmeier and Derstroff (1996) for
the product structure: end products are made of assemblies and those of parts, each made on one of the resources; lots
take set-up time and cost money; a period may be stretched by overtime.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from aidc_twin.solver import Grid, Live

Floats = NDArray[np.float64]

LEVELS = (12, 14, 14)
"""End products, assemblies, parts: 40 items."""
PERIODS = 16
RESOURCES = 6
UTILISATION = 0.95
"""Share of the regular hours that lot-for-lot production takes in the mean, set-ups included (Trigeiro's tightest)."""
MOST_OVERTIME = 0.3
OVERTIME_COST = 20.0
"""Of an hour, in units of what it costs to hold what an hour makes for one period."""
SPAN = 5
"""Periods that an inequality of the strong form looks over; lots serve up to four in the mean."""


@dataclass(frozen=True)
class Lots:
    """One instance.

    Attributes
    ----------
    demand : shape (items, periods), units from outside; of end products only.
    parts : (component, parent) -> units of the component in one unit of the parent.
    resource : shape (items,), where an item is made.
    hours, setup_hours : shape (items,), of a unit and of a set-up.
    setup_cost, holding_cost : shape (items,), of a set-up, and of a unit in stock for a period.
    capacity : shape (resources,), regular hours of a period.
    overtime_cost : shape (resources,), of an hour.
    """

    demand: Floats
    parts: Mapping[tuple[int, int], int]
    resource: NDArray[np.int64]
    hours: Floats
    setup_hours: Floats
    setup_cost: Floats
    holding_cost: Floats
    capacity: Floats
    overtime_cost: Floats

    @property
    def needed(self) -> Floats:
        """Units that are wanted of each item in each period, in the end products too, shape (items, periods)."""
        total = self.demand.copy()
        for component, parent in sorted(self.parts, key=lambda pair: (pair[1], pair[0])):
            total[component] += self.parts[component, parent] * total[parent]
        return total


def make_lots(seed: int, levels: tuple[int, ...] = LEVELS, periods: int = PERIODS, resources: int = RESOURCES) -> Lots:
    """The instance of a seed; making in each period what it needs is possible, so that there always is a plan."""
    draw = np.random.Generator(np.random.PCG64(seed))
    items, ends = sum(levels), levels[0]
    parts = dict(_structure(draw, levels))
    demand = np.zeros((items, periods))
    mean = draw.uniform(60.0, 140.0, (ends, 1))
    demand[:ends] = np.round(np.maximum(0.0, mean * (1.0 + 0.35 * draw.standard_normal((ends, periods)))))
    demand[:ends] *= draw.random((ends, periods)) > 0.1
    added = draw.uniform(0.4, 1.0, items)
    value = added.copy()
    for component, parent in sorted(parts, key=lambda pair: (-pair[1], pair[0])):
        value[parent] += parts[component, parent] * value[component]
    hours = draw.uniform(0.8, 1.2, items)
    lots = Lots(
        demand, parts, draw.permutation(np.arange(items) % resources), hours, np.zeros(items), np.zeros(items),
        value, np.zeros(resources), np.zeros(resources),
    )  # fmt: skip
    return _sized(lots, draw, added)


def _structure(draw: np.random.Generator, levels: tuple[int, ...]) -> Iterator[tuple[tuple[int, int], int]]:
    """Each item above the last level is made of two or three of the level below; each of those goes into something."""
    first = np.cumsum((0, *levels))
    for level in range(len(levels) - 1):
        parents, below = range(first[level], first[level + 1]), range(first[level + 1], first[level + 2])
        pairs: set[tuple[int, int]] = set()
        for parent in parents:
            chosen = draw.choice(len(below), size=min(len(below), int(draw.integers(2, 4))), replace=False)
            pairs |= {(below[c], parent) for c in chosen.tolist()}
        used = {component for component, _ in pairs}
        pairs |= {(component, int(draw.choice(parents))) for component in below if component not in used}
        for pair in sorted(pairs):
            yield pair, int(draw.integers(1, 3))


def _sized(lots: Lots, draw: np.random.Generator, added: Floats) -> Lots:
    """Set-ups and capacities by what is needed of each item."""
    needed = lots.needed
    items, resources = lots.hours.size, lots.capacity.size
    mean = needed.mean(axis=1)
    hours = lots.hours / mean * 100.0
    between = draw.uniform(1.0, 4.0, items)
    setup_hours = draw.uniform(0.1, 0.3, items) * 100.0
    load = np.zeros((resources, needed.shape[1]))
    np.add.at(load, lots.resource, hours[:, None] * needed + setup_hours[:, None] * (needed > 0))
    capacity = np.maximum(load.mean(axis=1) / UTILISATION, load.max(axis=1) / (1.0 + MOST_OVERTIME))
    hold = np.array([(lots.holding_cost / hours)[lots.resource == r].mean() for r in range(resources)])
    return Lots(
        lots.demand, lots.parts, lots.resource, hours, setup_hours, 0.5 * between**2 * mean * added, lots.holding_cost,
        capacity, OVERTIME_COST * hold,
    )  # fmt: skip


def model_of(lots: Lots, strong: bool) -> Any:
    """Pyomo model; the strong form has (l,S) inequalities in addition."""
    needed = lots.needed
    items, periods = needed.shape
    resources = lots.capacity.size
    m: Any = pyo.ConcreteModel("lots")
    m.i, m.t, m.r = pyo.RangeSet(0, items - 1), pyo.RangeSet(0, periods - 1), pyo.RangeSet(0, resources - 1)
    m.make = pyo.Var(m.i, m.t, domain=pyo.NonNegativeReals)
    m.setup = pyo.Var(m.i, m.t, domain=pyo.Binary)
    m.stock = pyo.Var(m.i, m.t, domain=pyo.NonNegativeReals)
    m.overtime = pyo.Var(m.r, m.t, bounds=lambda _, r, t: (0.0, MOST_OVERTIME * lots.capacity[r]))
    into: dict[int, list[tuple[int, int]]] = {i: [] for i in m.i}
    for (component, parent), units in lots.parts.items():
        into[component].append((parent, units))

    @m.Constraint(m.i, m.t, doc="stock before + made = demand + built in + stock after, units")
    def balance(m: Any, i: int, t: int) -> Any:
        before = m.stock[i, t - 1] if t else 0.0
        built_in = sum(units * m.make[parent, t] for parent, units in into[i])
        return before + m.make[i, t] == lots.demand[i, t] + built_in + m.stock[i, t]

    @m.Constraint(m.r, m.t, doc="hours of units and of set-ups fit into regular hours and overtime")
    def capacity(m: Any, r: int, t: int) -> Any:
        here = np.flatnonzero(lots.resource == r).tolist()
        used = sum(lots.hours[i] * m.make[i, t] + lots.setup_hours[i] * m.setup[i, t] for i in here)
        return used <= lots.capacity[r] + m.overtime[r, t]

    @m.Constraint(m.i, m.t, doc="units are made after a set-up only, as many as fit or are still needed")
    def lot(m: Any, i: int, t: int) -> Any:
        return m.make[i, t] <= largest_lot(lots, needed, i, t) * m.setup[i, t]

    m.cost = pyo.Objective(
        expr=sum(lots.holding_cost[i] * m.stock[i, t] + lots.setup_cost[i] * m.setup[i, t] for i in m.i for t in m.t)
        + sum(lots.overtime_cost[r] * m.overtime[r, t] for r in m.r for t in m.t)
    )
    if strong:
        _strengthen(m, lots, needed)
    return m


def largest_lot(lots: Lots, needed: Floats, i: int, t: int) -> float:
    """Units of an item that a period can hold and that are needed from then on."""
    hours = (1.0 + MOST_OVERTIME) * lots.capacity[lots.resource[i]] - lots.setup_hours[i]
    return float(min(hours / lots.hours[i], needed[i, t:].sum()))


def contents(lots: Lots) -> Floats:
    """Units of a component in one unit of an item, through all levels; itself once; shape (items, items)."""
    held = np.eye(lots.hours.size)
    for component, parent in sorted(lots.parts, key=lambda pair: (pair[1], pair[0])):
        held[component] += lots.parts[component, parent] * held[parent]
    return held


def _strengthen(m: Any, lots: Lots, needed: Floats) -> None:
    """(l,S) inequalities on echelon stocks: those of an item alone and in all that it went into.

    A lot serves the few periods after it, so that rows over `SPAN` periods say as much as the facility-location form
    with its 5,200 columns more: the relaxed programs have the same optimum.
    """
    items, periods = needed.shape
    held = contents(lots)
    m.echelon = pyo.Var(m.i, m.t, domain=pyo.NonNegativeReals)
    spans = [(i, t, u) for i in m.i for t in m.t for u in range(t, min(periods, t + SPAN)) if needed[i, u] > 0]
    m.spans = pyo.Set(initialize=spans, dimen=3)

    @m.Constraint(m.i, m.t, doc="echelon stock = stock alone and in all items that it went into, units")
    def echelons(m: Any, i: int, t: int) -> Any:
        return m.echelon[i, t] == sum(held[i, j] * m.stock[j, t] for j in range(items) if held[i, j])

    @m.Constraint(m.spans, doc="stock before t >= what is needed of t..u before the first set-up in it")
    def served(m: Any, i: int, t: int, u: int) -> Any:
        before = m.echelon[i, t - 1] if t else 0.0
        later = sum(needed[i, k : u + 1].sum() * m.setup[i, k] for k in range(t, u + 1))
        return before + later >= needed[i, t : u + 1].sum()

    @m.Constraint(m.i, m.t, doc="made <= what is needed now, if set up, + echelon stock after")
    def now(m: Any, i: int, t: int) -> Any:
        if needed[i, t] >= largest_lot(lots, needed, i, t):
            return pyo.Constraint.Skip
        return m.make[i, t] <= needed[i, t] * m.setup[i, t] + m.echelon[i, t]


def grid_of(lots: Lots, live: Live) -> Grid:
    """Set-ups by period, resource and item."""
    piece = live.arrays.column_piece("setup")
    items, periods = lots.demand.shape
    item, period = np.divmod(np.arange(items * periods), periods)
    return Grid(
        np.arange(piece.start, piece.stop, dtype=np.int32), period, {"resource": lots.resource[item], "item": item}
    )
