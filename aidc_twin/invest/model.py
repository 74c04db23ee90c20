"""The expansion plan as one Pyomo model: a Block per family, the present value of all cash as its objective.

Indices: i investments, p solutions, q quarters, l limits, c calendars, y years. Money in 亿元.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.invest.building import Building, building
from aidc_twin.invest.case import Case, Limit
from aidc_twin.invest.finance import quarter_rate

__all__ = ["build", "largest"]


def build(case: Case, *, expand: bool = True) -> Any:
    """Pyomo model of a case; with `expand` false nothing is begun."""
    model: Any = pyo.ConcreteModel("invest")
    model.Q = pyo.RangeSet(0, len(case.quarters) - 1)
    model.P = pyo.RangeSet(0, len(case.products) - 1)
    made = building(case)
    model.building = _building(case, made, model, expand)
    model.making = _making(case, model)
    model.shifts = _shifts(case, model)
    model.capacity = _capacity(case, model)
    model.cash = _cash(case, made, model)
    factor = (1.0 + quarter_rate(case.terms.discount)) ** -np.arange(len(case.quarters))
    value = sum(float(share) * model.cash.net[q] for q, share in enumerate(factor))
    model.value = pyo.Objective(expr=value, sense=pyo.maximize, doc="present value, 亿元")
    return model


def _building(case: Case, made: Building, model: Any, expand: bool) -> Any:
    """Units of investment i begun in quarter b, and those in use.

    - sum over b of begun[i, b] <= most[i]  [units]
    - used[i, q] = sum over b of begun[i, b] that are in use in q  [units]
    - land of what is begun by q + land of the open phases <= land of the park  [mu]
    """
    block: Any = pyo.Block(concrete=True)
    pairs = [(int(i), int(b)) for i, b in np.argwhere(made.allowed)] if expand else []
    block.I = pyo.RangeSet(0, len(case.options) - 1)
    block.IB = pyo.Set(initialize=pairs, dimen=2)
    block.begun = pyo.Var(block.IB, domain=lambda _, i, __: _domain(case, i), bounds=lambda _, i, __: _most(case, i))
    block.used = pyo.Var(block.I, model.Q, domain=pyo.NonNegativeReals)
    began = [[b for j, b in pairs if j == i] for i in range(len(case.options))]

    def most(b: Any, i: int) -> Any:
        return sum(b.begun[i, n] for n in began[i]) <= case.options[i].row.most if began[i] else pyo.Constraint.Skip

    def in_use(b: Any, i: int, q: int) -> Any:
        return b.used[i, q] == sum(b.begun[i, n] for n in began[i] if made.use[i, n, q])

    def land(b: Any, q: int) -> Any:
        taken = sum(float(made.land[i, n, q]) * b.begun[i, n] for i, n in pairs if made.land[i, n, q])
        if case.terms.land_mu is None or not pairs or not made.land[:, : q + 1, q].any():
            return pyo.Constraint.Skip
        return taken <= max(0.0, case.terms.land_mu - case.terms.land_used_mu)

    block.most = pyo.Constraint(block.I, rule=most, doc="units in all")
    block.in_use = pyo.Constraint(block.I, model.Q, rule=in_use, doc="units in use")
    block.land = pyo.Constraint(model.Q, rule=land, doc="land of the park, mu")
    return block


def _domain(case: Case, i: int) -> Any:
    return pyo.NonNegativeIntegers if case.options[i].row.whole == "yes" else pyo.NonNegativeReals


def _most(case: Case, i: int) -> tuple[float, float]:
    row = case.options[i].row
    return 0.0, min(row.most, row.most_quarter or row.most)


def _making(case: Case, model: Any) -> Any:
    """MW of solution p that are made in quarter q, within what can be sold: 0 <= made[p, q] <= demand[p, q]."""
    block: Any = pyo.Block(concrete=True)
    block.made = pyo.Var(
        model.P, model.Q, domain=pyo.NonNegativeReals, bounds=lambda _, p, q: (0.0, float(case.demand[p, q]))
    )
    return block


def _shifts(case: Case, model: Any) -> Any:
    """Levels of a calendar that are worked above the first, each only with those below it.

    - on[c, n + 1, q] <= on[c, n, q]
    """
    block: Any = pyo.Block(concrete=True)
    steps = [(c, n) for c, levels in enumerate(case.levels.tolist()) for n in range(levels)]
    block.CN = pyo.Set(initialize=steps, dimen=2)
    block.on = pyo.Var(block.CN, model.Q, domain=pyo.Binary)

    def order(b: Any, c: int, n: int, q: int) -> Any:
        return b.on[c, n, q] <= b.on[c, n - 1, q] if n else pyo.Constraint.Skip

    block.order = pyo.Constraint(block.CN, model.Q, rule=order, doc="a level only with those below it")
    return block


def _capacity(case: Case, model: Any) -> Any:
    """Use of limit l within what there is; all divided by the largest amount of the limit.

    - units[l, q] = base[l, q] + sum over i of gain[i, l] used[i, q]  [units], not below 0
    - extra[l, n, q] <= weeks[q] step[l] units[l, q], and 0 where the level n of its calendar is not worked
    - sum over p of per_mw[l, p] made[p, q] <= weeks[q] hours[l] units[l, q] + sum over n of extra[l, n, q]
    """
    block: Any = pyo.Block(concrete=True)
    limits, weeks = case.limits, [quarter.weeks for quarter in case.quarters]
    most = [largest(case, limit, n) for n, limit in enumerate(limits)]
    extras = [
        (n, k) for n, limit in enumerate(limits) if limit.calendar >= 0 for k in range(case.levels[limit.calendar])
    ]
    block.L = pyo.RangeSet(0, len(limits) - 1)
    block.LN = pyo.Set(initialize=extras, dimen=2)
    block.units = pyo.Var(block.L, model.Q, domain=pyo.NonNegativeReals, doc="share of the largest amount")
    block.extra = pyo.Var(block.LN, model.Q, domain=pyo.NonNegativeReals, doc="the same, times weeks")

    def there(b: Any, n: int, q: int) -> Any:
        gains = [(i, float(option.gains[n])) for i, option in enumerate(case.options) if option.gains[n]]
        gained = sum(gain / most[n] * model.building.used[i, q] for i, gain in gains)
        return b.units[n, q] == float(limits[n].base[q]) / most[n] + gained

    def worked(b: Any, n: int, _: int, q: int) -> Any:
        return b.extra[n, _, q] <= weeks[q] * limits[n].step * b.units[n, q]

    def chosen(b: Any, n: int, k: int, q: int) -> Any:
        return b.extra[n, k, q] <= weeks[q] * limits[n].step * model.shifts.on[limits[n].calendar, k, q]

    def limit(b: Any, n: int, q: int) -> Any:
        used = sum(float(limits[n].per_mw[p]) / most[n] * model.making.made[p, q] for p in model.P)
        extra = sum(b.extra[n, k, q] for m, k in extras if m == n)
        return used <= weeks[q] * limits[n].hours * b.units[n, q] + extra

    block.there = pyo.Constraint(block.L, model.Q, rule=there, doc="units that are there")
    block.worked = pyo.Constraint(block.LN, model.Q, rule=worked, doc="what a level adds to the units")
    block.chosen = pyo.Constraint(block.LN, model.Q, rule=chosen, doc="only where the level is worked")
    block.limit = pyo.Constraint(block.L, model.Q, rule=limit, doc="use within what there is")
    return block


def largest(case: Case, limit: Limit, n: int) -> float:
    """Most units that there can be of a limit, by which its rows are divided; 1 where there are none."""
    most = float(limit.base.max(initial=0.0)) + sum(
        max(0.0, float(option.gains[n])) * option.row.most for option in case.options
    )
    return most if most > 0 else 1.0


def _cash(case: Case, made: Building, model: Any) -> Any:
    """Cash of quarter q; taxes of a year are paid in its last quarter, losses are carried forward.

    - profit[y] = revenue - cost of goods - overhead - upkeep - shifts - depreciation of the year
    - profit[y] = gain[y] - loss[y];  store[y] = store[y - 1] + loss[y] - offset[y];  offset[y] <= gain[y]
    - tax[y] = rate (gain[y] - offset[y])
    - tied[q] = sum over p of tied[p] made[p, q] / weeks[q]
    - net[q] = revenue - cost - overhead - upkeep - shifts - capex - (tied[q] - tied[q - 1]) - tax + rest at the end
    """
    block: Any = pyo.Block(concrete=True)
    years, last = case.years, len(case.quarters) - 1
    block.Y = pyo.RangeSet(0, len(years) - 1)
    block.net = pyo.Var(model.Q)
    block.tied = pyo.Var(model.Q, domain=pyo.NonNegativeReals)
    for name in ("gain", "loss", "offset", "store"):
        block.add_component(name, pyo.Var(block.Y, domain=pyo.NonNegativeReals))
    begun, weeks = model.building.begun, [quarter.weeks for quarter in case.quarters]

    def spent(table: Any, q: int) -> Any:
        return sum(float(table[i, b, q]) * begun[i, b] for i, b in model.building.IB if table[i, b, q])

    def operating(q: int) -> Any:
        earned = sum(float(case.price[p] - case.cost[p]) * model.making.made[p, q] for p in model.P)
        levels = sum(float(case.level_yi[c]) * weeks[q] * model.shifts.on[c, n, q] for c, n in model.shifts.CN)
        overhead = case.terms.overhead_yi * case.quarters[q].days / case.quarters[q].year_days
        return earned - levels - overhead - spent(made.upkeep, q)

    def ties(b: Any, q: int) -> Any:
        return b.tied[q] == sum(float(case.tied[p]) / weeks[q] * model.making.made[p, q] for p in model.P)

    def profit(b: Any, y: int) -> Any:
        rows = range(4 * y, 4 * y + 4)
        return b.gain[y] - b.loss[y] == sum(operating(q) - spent(made.depreciation, q) for q in rows)

    def carried(b: Any, y: int) -> Any:
        return b.store[y] == (b.store[y - 1] if y else 0.0) + b.loss[y] - b.offset[y]

    def within(b: Any, y: int) -> Any:
        return b.offset[y] <= b.gain[y]

    def flow(b: Any, q: int) -> Any:
        change = b.tied[q] - (b.tied[q - 1] if q else 0.0)
        y = q // 4
        tax = case.terms.tax * (b.gain[y] - b.offset[y]) if q % 4 == 3 else 0.0
        book = sum(float(made.book[i, n]) * begun[i, n] for i, n in model.building.IB)
        rest = b.tied[q] + case.terms.residual * book if q == last else 0.0
        return b.net[q] == operating(q) - spent(made.capex, q) - change - tax + rest

    block.ties = pyo.Constraint(model.Q, rule=ties, doc="working capital")
    block.profit = pyo.Constraint(block.Y, rule=profit, doc="taxable profit of the year")
    block.carried = pyo.Constraint(block.Y, rule=carried, doc="losses carried forward")
    block.within = pyo.Constraint(block.Y, rule=within, doc="losses that are set off")
    block.flow = pyo.Constraint(model.Q, rule=flow, doc="cash of the quarter")
    return block
