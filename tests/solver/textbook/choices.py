"""Textbook models of choices: which ones."""

from __future__ import annotations

from itertools import product
from typing import Any

import pyomo.environ as pyo

PETERSEN = (
    [(i, (i + 1) % 5) for i in range(5)] + [(i, i + 5) for i in range(5)] + [(5 + i, 5 + (i + 2) % 5) for i in range(5)]
)


def knapsack(dense: bool) -> Any:
    """Three things in a bag of 50: the second and the third."""
    m: Any = pyo.ConcreteModel()
    m.I = pyo.RangeSet(3)
    m.w, m.v = pyo.Param(m.I, initialize=lambda m, i: 10 * i), pyo.Param(m.I, initialize={1: 60, 2: 100, 3: 120})
    m.x = pyo.Var(m.I, domain=pyo.Binary, dense=dense)
    m.fits = pyo.Constraint(rule=lambda m: sum(m.w[i] * m.x[i] for i in m.I) <= 50)
    m.worth = pyo.Objective(rule=lambda m: sum(m.v[i] * m.x[i] for i in m.I), sense=pyo.maximize)
    return m


def cutting_stock(dense: bool) -> Any:
    """Chvátal's rolls of 100 inches: 97 of 45, 610 of 36, 395 of 31, 211 of 14; 452.25 rolls, so 453."""
    lengths, needs = (45, 36, 31, 14), (97, 610, 395, 211)
    ways = [
        w
        for w in product(range(3), range(3), range(4), range(8))
        if sum(a * b for a, b in zip(w, lengths, strict=True)) <= 100
    ]
    m: Any = pyo.ConcreteModel()
    m.W, m.L = pyo.RangeSet(0, len(ways) - 1), pyo.RangeSet(0, 3)
    m.cut = pyo.Param(m.L, m.W, initialize=lambda m, i, w: ways[w][i])
    m.need = pyo.Param(m.L, initialize=dict(enumerate(needs)))
    m.x = pyo.Var(m.W, domain=pyo.NonNegativeIntegers, dense=dense)
    m.met = pyo.Constraint(m.L, rule=lambda m, i: sum(m.cut[i, w] * m.x[w] for w in m.W) >= m.need[i])
    m.rolls = pyo.Objective(rule=lambda m: sum(m.x[w] for w in m.W))
    return m


def independent_set(dense: bool) -> Any:
    """Petersen's graph: four nodes of which no two are joined."""
    m: Any = pyo.ConcreteModel()
    m.N, m.E = pyo.RangeSet(0, 9), pyo.Set(initialize=PETERSEN, dimen=2)
    m.x = pyo.Var(m.N, domain=pyo.Binary, dense=dense)
    m.edge = pyo.Constraint(m.E, rule=lambda m, i, j: m.x[i] + m.x[j] <= 1)
    m.size = pyo.Objective(rule=lambda m: sum(m.x[i] for i in m.N), sense=pyo.maximize)
    return m


def colouring(dense: bool) -> Any:
    """Petersen's graph takes three colours."""
    m: Any = pyo.ConcreteModel()
    m.N, m.E, m.C = pyo.RangeSet(0, 9), pyo.Set(initialize=PETERSEN, dimen=2), pyo.RangeSet(4)
    m.later = pyo.RangeSet(2, 4)
    m.x = pyo.Var(m.N, m.C, domain=pyo.Binary, dense=dense)
    m.y = pyo.Var(m.C, domain=pyo.Binary, dense=dense)
    m.one = pyo.Constraint(m.N, rule=lambda m, i: sum(m.x[i, c] for c in m.C) == 1)
    m.apart = pyo.Constraint(m.E, m.C, rule=lambda m, i, j, c: m.x[i, c] + m.x[j, c] <= m.y[c])
    m.inturn = pyo.Constraint(m.later, rule=lambda m, c: m.y[c] <= m.y[c - 1])
    m.colours = pyo.Objective(rule=lambda m: sum(m.y[c] for c in m.C))
    return m


def queens(dense: bool) -> Any:
    """Six queens on a board of six; its diagonals are sets of pairs."""
    size = 6
    m: Any = pyo.ConcreteModel()
    m.I = pyo.RangeSet(0, size - 1)
    m.D = pyo.RangeSet(0, 2 * size - 2)
    squares = list(product(range(size), range(size)))
    m.falling = pyo.Set(m.D, dimen=2, initialize=lambda m, d: [(i, j) for i, j in squares if i + j == d])
    m.rising = pyo.Set(m.D, dimen=2, initialize=lambda m, d: [(i, j) for i, j in squares if i - j == d - size + 1])
    m.x = pyo.Var(m.I, m.I, domain=pyo.Binary, dense=dense)
    m.row = pyo.Constraint(m.I, rule=lambda m, i: sum(m.x[i, j] for j in m.I) <= 1)
    m.column = pyo.Constraint(m.I, rule=lambda m, j: sum(m.x[i, j] for i in m.I) <= 1)
    m.down = pyo.Constraint(m.D, rule=lambda m, d: sum(m.x[i, j] for i, j in m.falling[d]) <= 1)
    m.up = pyo.Constraint(m.D, rule=lambda m, d: sum(m.x[i, j] for i, j in m.rising[d]) <= 1)
    m.placed = pyo.Objective(rule=lambda m: sum(m.x[i, j] for i in m.I for j in m.I), sense=pyo.maximize)
    return m


def set_cover(dense: bool) -> Any:
    """Six towns, each within reach of itself and its neighbours on a ring: every third gets a station."""
    m: Any = pyo.ConcreteModel()
    m.T = pyo.RangeSet(0, 5)
    m.near = pyo.Set(m.T, initialize=lambda m, t: [(t - 1) % 6, t, (t + 1) % 6])
    m.x = pyo.Var(m.T, domain=pyo.Binary, dense=dense)
    m.covered = pyo.Constraint(m.T, rule=lambda m, t: sum(m.x[u] for u in m.near[t]) >= 1)
    m.stations = pyo.Objective(rule=lambda m: sum(m.x[t] for t in m.T))
    return m


def bin_packing(dense: bool) -> Any:
    """Sizes 6, 5, 4, 3 and 2 into bins of ten: two, both full; bins are used in turn, rows that bins need only."""
    m: Any = pyo.ConcreteModel()
    m.I, m.B = pyo.RangeSet(0, 4), pyo.RangeSet(0, 2)
    m.size = pyo.Param(m.I, initialize=dict(enumerate((6, 5, 4, 3, 2))), mutable=True)
    m.x = pyo.Var(m.I, m.B, domain=pyo.Binary, dense=dense)
    m.y = pyo.Var(m.B, domain=pyo.Binary, dense=dense)
    m.packed = pyo.Constraint(m.I, rule=lambda m, i: sum(m.x[i, b] for b in m.B) == 1)
    m.room = pyo.Constraint(m.B, rule=lambda m, b: sum(m.size[i] * m.x[i, b] for i in m.I) <= 10 * m.y[b])
    m.turn = pyo.Constraint(m.B, rule=lambda m, b: pyo.Constraint.Skip if b == 0 else m.y[b] <= m.y[b - 1])
    m.bins = pyo.Objective(rule=lambda m: sum(m.y[b] for b in m.B))
    return m


def game(dense: bool) -> Any:
    """Odds and evens, where a sum is won by the odd: the odd player wins a twelfth a game with seven ones in twelve."""
    m: Any = pyo.ConcreteModel()
    m.I = pyo.RangeSet(2)
    m.a = pyo.Param(m.I, m.I, initialize={(1, 1): -2, (1, 2): 3, (2, 1): 3, (2, 2): -4})
    m.p = pyo.Var(m.I, bounds=(0, 1), dense=dense)
    m.v = pyo.Var()
    m.sure = pyo.Constraint(rule=lambda m: sum(m.p[i] for i in m.I) == 1)
    m.least = pyo.Constraint(m.I, rule=lambda m, j: m.v <= sum(m.a[i, j] * m.p[i] for i in m.I))
    m.value = pyo.Objective(expr=m.v, sense=pyo.maximize)
    return m


def best_line(dense: bool) -> Any:
    """A line through (0, 0), (1, 1), (2, 0) with the least largest distance: a half, by y = 1/2."""
    m: Any = pyo.ConcreteModel()
    m.I = pyo.RangeSet(0, 2)
    m.y = pyo.Param(m.I, initialize={0: 0, 1: 1, 2: 0})
    m.slope, m.level, m.off = pyo.Var(), pyo.Var(), pyo.Var(domain=pyo.NonNegativeReals)
    m.fit = pyo.Expression(m.I, rule=lambda m, i: m.slope * i + m.level)
    m.over = pyo.Constraint(m.I, rule=lambda m, i: m.fit[i] - m.y[i] <= m.off)
    m.under = pyo.Constraint(m.I, rule=lambda m, i: m.y[i] - m.fit[i] <= m.off)
    m.worst = pyo.Objective(expr=m.off)
    return m


MODELS = {
    knapsack: 220.0, cutting_stock: 453.0, independent_set: 4.0, colouring: 3.0, queens: 6.0, set_cover: 2.0,
    bin_packing: 2.0, game: 1 / 12, best_line: 0.5,
}  # fmt: skip
