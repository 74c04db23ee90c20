"""Textbook models of plans: how much, and when."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

WAGNER_WHITIN = (
    (69, 29, 36, 61, 61, 26, 34, 67, 45, 67, 79, 56),
    (85, 102, 102, 101, 98, 114, 105, 86, 119, 110, 98, 114),
)
"""Demand and setup cost of each month; a unit in stock costs 1 a month (Management Science 5, 1958)."""


def lot_sizing(dense: bool) -> Any:
    """The example of Wagner and Whitin, with balance rows over t - 1: 864."""
    demand, setup = WAGNER_WHITIN
    m: Any = pyo.ConcreteModel()
    m.T, m.later = pyo.RangeSet(0, 11), pyo.RangeSet(1, 11)
    m.d = pyo.Param(m.T, initialize=dict(enumerate(demand)), mutable=True)
    m.k = pyo.Param(m.T, initialize=dict(enumerate(setup)))
    m.x = pyo.Var(m.T, domain=pyo.NonNegativeReals, dense=dense)
    m.s = pyo.Var(m.T, domain=pyo.NonNegativeReals, dense=dense)
    m.y = pyo.Var(m.T, domain=pyo.Binary, dense=dense)
    m.first = pyo.Constraint(rule=lambda m: m.x[0] == m.d[0] + m.s[0])
    m.balance = pyo.Constraint(m.later, rule=lambda m, t: m.s[t - 1] + m.x[t] == m.d[t] + m.s[t])
    m.setup = pyo.Constraint(m.T, rule=lambda m, t: m.x[t] <= sum(m.d[u] for u in m.T) * m.y[t])
    m.cost = pyo.Objective(rule=lambda m: sum(m.k[t] * m.y[t] + m.s[t] for t in m.T))
    return m


def lot_sizing_by_place(dense: bool) -> Any:
    """The same, each month's demand by the month that makes it: its relaxation is whole by itself."""
    demand, setup = WAGNER_WHITIN
    m: Any = pyo.ConcreteModel()
    m.T = pyo.RangeSet(0, 11)
    m.before = pyo.Set(m.T, initialize=lambda m, t: range(t + 1))
    m.P = pyo.Set(initialize=[(u, t) for t in range(12) for u in range(t + 1)], dimen=2)
    m.d = pyo.Param(m.T, initialize=dict(enumerate(demand)))
    m.k = pyo.Param(m.T, initialize=dict(enumerate(setup)))
    m.z = pyo.Var(m.P, domain=pyo.NonNegativeReals, dense=dense)
    m.y = pyo.Var(m.T, bounds=(0, 1), dense=dense)
    m.met = pyo.Constraint(m.T, rule=lambda m, t: sum(m.z[u, t] for u in m.before[t]) == 1)
    m.open = pyo.Constraint(m.P, rule=lambda m, u, t: m.z[u, t] <= m.y[u])
    m.cost = pyo.Objective(
        rule=lambda m: sum(m.k[t] * m.y[t] for t in m.T) + sum((t - u) * m.d[t] * m.z[u, t] for u, t in m.P)
    )
    return m


def product_mix(dense: bool) -> Any:
    """Dantzig's desks: carpentry 6,000 hours, finishing 4,000."""
    m: Any = pyo.ConcreteModel()
    m.D, m.S = pyo.RangeSet(4), pyo.Set(initialize=["carpentry", "finishing"])
    hours = dict(zip([(s, d) for s in m.S for d in m.D], [4, 9, 7, 10, 1, 1, 3, 40], strict=True))
    m.h = pyo.Param(m.S, m.D, initialize=hours)
    m.profit = pyo.Param(m.D, initialize={1: 12, 2: 20, 3: 18, 4: 40})
    m.room = pyo.Param(m.S, initialize={"carpentry": 6000, "finishing": 4000})
    m.x = pyo.Var(m.D, domain=pyo.NonNegativeReals, dense=dense)
    m.use = pyo.Constraint(m.S, rule=lambda m, s: sum(m.h[s, d] * m.x[d] for d in m.D) <= m.room[s])
    m.gain = pyo.Objective(rule=lambda m: sum(m.profit[d] * m.x[d] for d in m.D), sense=pyo.maximize)
    return m


def blending(dense: bool) -> Any:
    """An alloy with 30 % of lead from two that have 10 % and 50 %, at 4 and 6 a pound: half and half."""
    m: Any = pyo.ConcreteModel()
    m.A = pyo.Set(initialize=["soft", "hard"])
    m.lead = pyo.Param(m.A, initialize={"soft": 0.1, "hard": 0.5})
    m.price = pyo.Param(m.A, initialize={"soft": 4, "hard": 6})
    m.x = pyo.Var(m.A, domain=pyo.NonNegativeReals, dense=dense)
    m.all = pyo.Constraint(rule=lambda m: sum(m.x[a] for a in m.A) == 1)
    m.share = pyo.Constraint(rule=lambda m: (0.3, sum(m.lead[a] * m.x[a] for a in m.A), 0.35))
    m.cost = pyo.Objective(rule=lambda m: sum(m.price[a] * m.x[a] for a in m.A))
    return m


def workforce(dense: bool) -> Any:
    """Hire and dismiss to follow 10, 14 and 8 workers' work from 12: two leave, four come, six leave, at 3 each."""
    m: Any = pyo.ConcreteModel()
    m.T, m.all = pyo.RangeSet(1, 3), pyo.RangeSet(0, 3)
    m.need = pyo.Param(m.T, initialize={1: 10, 2: 14, 3: 8})
    m.w = pyo.Var(m.all, domain=pyo.NonNegativeReals, dense=dense)
    m.up = pyo.Var(m.T, domain=pyo.NonNegativeReals, dense=dense)
    m.down = pyo.Var(m.T, domain=pyo.NonNegativeReals, dense=dense)
    m.w[0].fix(12)
    m.change = pyo.Constraint(m.T, rule=lambda m, t: m.w[t] - m.w[t - 1] == m.up[t] - m.down[t])
    m.enough = pyo.Constraint(m.T, rule=lambda m, t: m.w[t] == m.need[t])
    m.cost = pyo.Objective(rule=lambda m: sum(3 * (m.up[t] + m.down[t]) for t in m.T))
    return m


def unit_commitment(dense: bool) -> Any:
    """Two units, four hours; the big one (50 to 100 MW at 20) all along, the small (10 to 40 at 30) in the peak."""
    m: Any = pyo.ConcreteModel()
    m.U, m.T, m.later = pyo.Set(initialize=["big", "small"]), pyo.RangeSet(0, 3), pyo.RangeSet(1, 3)
    m.demand = pyo.Param(m.T, initialize={0: 60, 1: 90, 2: 120, 3: 70})
    m.least = pyo.Param(m.U, initialize={"big": 50, "small": 10})
    m.most = pyo.Param(m.U, initialize={"big": 100, "small": 40})
    m.price = pyo.Param(m.U, initialize={"big": 20, "small": 30})
    m.starting = pyo.Param(m.U, initialize={"big": 500, "small": 100})
    m.on = pyo.Var(m.U, m.T, domain=pyo.Binary, dense=dense)
    m.start = pyo.Var(m.U, m.T, bounds=(0, 1), dense=dense)
    m.p = pyo.Var(m.U, m.T, domain=pyo.NonNegativeReals, dense=dense)
    m.met = pyo.Constraint(m.T, rule=lambda m, t: sum(m.p[u, t] for u in m.U) == m.demand[t])
    m.low = pyo.Constraint(m.U, m.T, rule=lambda m, u, t: m.p[u, t] >= m.least[u] * m.on[u, t])
    m.high = pyo.Constraint(m.U, m.T, rule=lambda m, u, t: m.p[u, t] <= m.most[u] * m.on[u, t])
    m.begin = pyo.Constraint(m.U, rule=lambda m, u: m.start[u, 0] >= m.on[u, 0])
    m.starts = pyo.Constraint(m.U, m.later, rule=lambda m, u, t: m.start[u, t] >= m.on[u, t] - m.on[u, t - 1])
    m.cost = pyo.Objective(
        rule=lambda m: sum(m.price[u] * m.p[u, t] + m.starting[u] * m.start[u, t] for u in m.U for t in m.T)
    )
    return m


def critical_path(dense: bool) -> Any:
    """Five activities; the longest chain a, c, e is 3 + 4 + 2 long."""
    m: Any = pyo.ConcreteModel()
    m.V = pyo.Set(initialize=["a", "b", "c", "d", "e"])
    m.E = pyo.Set(initialize=[("a", "c"), ("b", "d"), ("c", "e"), ("d", "e"), ("a", "d")], dimen=2)
    m.days = pyo.Param(m.V, initialize={"a": 3, "b": 2, "c": 4, "d": 1, "e": 2})
    m.t = pyo.Var(m.V, domain=pyo.NonNegativeReals, dense=dense)
    m.end = pyo.Var(domain=pyo.NonNegativeReals)
    m.after = pyo.Constraint(m.E, rule=lambda m, i, j: m.t[j] >= m.t[i] + m.days[i])
    m.last = pyo.Constraint(m.V, rule=lambda m, i: m.end >= m.t[i] + m.days[i])
    m.length = pyo.Objective(expr=m.end)
    return m


def stages(dense: bool) -> Any:
    """Two plants as nested blocks that feed one market of 10 at 2 and at 3 a unit, six units each."""
    m: Any = pyo.ConcreteModel()
    m.T = pyo.RangeSet(2)

    def plant(block: Any, price: float) -> None:
        block.T = pyo.RangeSet(2)
        block.x = pyo.Var(block.T, domain=pyo.NonNegativeReals, dense=dense)
        block.room = pyo.Constraint(block.T, rule=lambda b, t: b.x[t] <= 3)
        block.cost = pyo.Expression(expr=sum(price * block.x[t] for t in block.T))

    m.near, m.far = pyo.Block(), pyo.Block()
    m.far.site = pyo.Block()
    plant(m.near, 2.0)
    plant(m.far.site, 3.0)
    m.need = pyo.Constraint(rule=lambda m: sum(m.near.x[t] + m.far.site.x[t] for t in m.T) >= 10)
    m.cost = pyo.Objective(rule=lambda m: m.near.cost + m.far.site.cost)
    return m


MODELS = {
    lot_sizing: 864.0, lot_sizing_by_place: 864.0, product_mix: 56000 / 3, blending: 5.0, workforce: 36.0,
    unit_commitment: 7600.0, critical_path: 9.0, stages: 24.0,
}  # fmt: skip
