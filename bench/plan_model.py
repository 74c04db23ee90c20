"""A production plan of a million nonzeros, stated in Pyomo and in linopy: what P6 and P7 are measured on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.solver import table

PRODUCTS, WEEKS, SHOPS, LAGS = 360, 104, 12, 2
NONZEROS = 1_003_116

_DRAW = np.random.Generator(np.random.PCG64(1))
USE = _DRAW.uniform(0.5, 2.0, (PRODUCTS, SHOPS, LAGS))
DEMAND = np.round(_DRAW.uniform(5.0, 50.0, (PRODUCTS, WEEKS)))
ROOM = np.full((SHOPS, WEEKS), PRODUCTS * 60.0)
COST = _DRAW.uniform(1.0, 2.0, PRODUCTS)


def in_pyomo(dense: bool) -> Any:
    """Make ``x`` ahead of demand into stock ``s``; a shop is used by what began this week and last, over by ``o``."""
    m: Any = pyo.ConcreteModel()
    m.P, m.S, m.K = pyo.RangeSet(0, PRODUCTS - 1), pyo.RangeSet(0, SHOPS - 1), pyo.RangeSet(0, LAGS - 1)
    m.T, m.later, m.full = pyo.RangeSet(0, WEEKS - 1), pyo.RangeSet(1, WEEKS - 1), pyo.RangeSet(LAGS - 1, WEEKS - 1)
    m.use = table(m.P, m.S, m.K, values=USE, mutable=True)
    m.demand = table(m.P, m.T, values=DEMAND, mutable=True)
    m.room, m.cost = table(m.S, m.T, values=ROOM), table(m.P, values=COST)
    m.x = pyo.Var(m.P, m.T, domain=pyo.NonNegativeReals, dense=dense)
    m.s = pyo.Var(m.P, m.T, domain=pyo.NonNegativeReals, dense=dense)
    m.o = pyo.Var(m.S, m.T, domain=pyo.NonNegativeReals, dense=dense)
    m.first = pyo.Constraint(m.P, rule=lambda m, p: m.x[p, 0] - m.s[p, 0] == m.demand[p, 0])
    m.balance = pyo.Constraint(
        m.P, m.later, rule=lambda m, p, t: m.s[p, t - 1] + m.x[p, t] - m.s[p, t] == m.demand[p, t]
    )
    m.limit = pyo.Constraint(
        m.S,
        m.full,
        rule=lambda m, s, t: sum(m.use[p, s, k] * m.x[p, t - k] for p in m.P for k in m.K) - m.o[s, t] <= m.room[s, t],
    )
    m.total = pyo.Objective(
        rule=lambda m: (
            sum(m.cost[p] * (m.x[p, t] + 0.1 * m.s[p, t]) for p in m.P for t in m.T)
            + sum(10 * m.o[s, t] for s in m.S for t in m.T)
        )
    )
    return m


def in_linopy(linopy: Any, xarray: Any) -> Any:
    """The same, by whole arrays."""

    def over(**sizes: int) -> dict[str, Any]:
        return {name: np.arange(size) for name, size in sizes.items()}

    def data(values: Any, **sizes: int) -> Any:
        return xarray.DataArray(values, dims=list(sizes), coords=over(**sizes))

    products, shops = {"p": PRODUCTS, "t": WEEKS}, {"s": SHOPS, "t": WEEKS}
    model = linopy.Model()
    x = model.add_variables(lower=0, coords=over(**products), dims=["p", "t"], name="x")
    stock = model.add_variables(lower=0, coords=over(**products), dims=["p", "t"], name="s")
    extra = model.add_variables(lower=0, coords=over(**shops), dims=["s", "t"], name="o")
    demand, room = data(DEMAND, **products), data(ROOM, **shops)
    use, cost = data(USE, p=PRODUCTS, s=SHOPS, k=LAGS), data(COST, p=PRODUCTS)
    later, full = {"t": slice(1, None)}, {"t": slice(LAGS - 1, None)}
    model.add_constraints(x.isel(t=0) - stock.isel(t=0) == demand.isel(t=0), name="first")
    model.add_constraints((stock.shift(t=1) + x - stock).isel(later) == demand.isel(later), name="balance")
    used = -1 * extra
    for lag in range(LAGS):
        used = used + (use.isel(k=lag, drop=True) * x.shift(t=lag)).sum("p")
    model.add_constraints(used.isel(full) <= room.isel(full), name="limit")
    model.add_objective((cost * x).sum() + (0.1 * cost * stock).sum() + 10 * extra.sum())
    return model
