"""Cash: what is paid in and out week by week, within the accounts and their credit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.book import Book
from aidc_twin.plan.cash import fixed_flow, forced, money_unit, quotas
from aidc_twin.plan.families.shifts import block_weeks, shift_blocks
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.profiles import laid_out
from aidc_twin.plan.stocks import material_units, served_base
from aidc_twin.solver import table
from aidc_twin.twin.inputs import CashInputs, Floats, PlanInputs

__all__ = ["cash"]


def cash(inputs: PlanInputs, formulation: Formulation, book: Book, model: Any) -> Any:
    """Money in hand at the end of each week t, ``left``, and what is drawn of each line a of credit, ``drawn``.

    - left[t] - left[t - 1] - sum over a of (drawn[a, t] - (1 + interest[a]) drawn[a, t - 1])
      - sum over f, k of income[f, k] total[f, t - k] + sum over m of price[m] bought[m, t - pay_weeks[m]]
      + sum over c of wages[c] extra[c, block of t] + deposits of refused orders in t
      <= what comes in less what goes out whatever is decided in t  [largest order or credit]
    - drawn[a, t] <= credit[a]; the last line is what would be drawn beyond all of them if nothing were released.
    - bought[m, t]: receipts of purchase orders; of a quota what is used, once what lay in stock is gone.
    """
    block: Any = pyo.Block(concrete=True)
    money = _money(inputs)
    unit, total, extra = money_unit(inputs, money), model.release.total, model.shifts.extra
    families, weeks = total.index_set().subsets()
    _tables(block, inputs, formulation, book, total)
    materials, refusals = model.materials, model.component("refusals")
    _payments(block, inputs, materials, total)
    wages = _wages(inputs, formulation, money) / unit
    block.C = pyo.Set(initialize=[one for n, one in enumerate(extra.index_set()) if wages[n].any()], dimen=2)
    block.wages = table(block.C, weeks, values=wages[wages.any(axis=1)])

    def balance(b: Any, t: int) -> Any:
        spent = b.left[t] - sum(b.left[u] for u in b.before[t]) - sum(b.drawn[a, t] for a in b.A)
        spent = spent + sum(b.back[a] * b.drawn[a, u] for a in b.A for u in b.before[t])
        if len(families):
            spent = spent - sum(b.income[t, f, s] * total[f, s] for f in families for s in b.reach[t])
        if len(b.C):
            spent = spent + sum(b.wages[c, n, t] * extra[c, n] for c, n in b.C)
        if len(b.M):
            spent = spent + sum(b.price[m] * materials.receipt[m, u] for m in b.M for u in b.due[m, t])
        if len(b.Q):
            spent = spent + sum(b.quota_price[q] * b.paid[q, u] for q in b.Q for u in b.quota_due[q, t])
        if refusals is not None:
            spent = spent + sum(b.deposit[o, t] * refusals.refused[o] for o in refusals.O)
        return spent <= b.fixed[t]

    if refusals is not None:
        block.deposit = table(refusals.O, weeks, values=_deposits(inputs, book, money) / unit)
    block.balance = pyo.Constraint(weeks, rule=balance, doc="what is paid out within what is there")
    return block


def _money(inputs: PlanInputs) -> CashInputs:
    assert inputs.cash is not None, "the family is only made where the park has accounts"
    return inputs.cash


def _tables(block: Any, inputs: PlanInputs, formulation: Formulation, book: Book, total: Any) -> None:
    """Sets, tables and columns that every park has."""
    money, weeks = _money(inputs), inputs.weeks
    families, week_set = total.index_set().subsets()
    unit = money_unit(inputs, money)
    income = laid_out(money.income, weeks).transpose(1, 0, 2) / unit
    lags = money.income.shape[1]
    most = np.vstack((np.repeat(money.credit[:, None], weeks, axis=1), forced(inputs, money))) / unit
    price = np.append(money.interest, money.interest.max(initial=0.0))
    block.A = pyo.RangeSet(0, len(money.accounts))
    block.before = pyo.Set(week_set, initialize={t: range(max(0, t - 1), t) for t in range(weeks)})
    block.reach = pyo.Set(week_set, initialize={t: range(max(0, t - lags + 1), t + 1) for t in range(weeks)})
    block.income = table(
        week_set, families, week_set, values=np.where(np.abs(income) > formulation.smallest, income, 0.0)
    )
    block.fixed = table(week_set, values=fixed_flow(inputs, money) / unit)
    block.back = table(block.A, values=1.0 + price)
    block.interest_yi = table(block.A, values=price * unit)
    block.left = pyo.Var(week_set, domain=pyo.NonNegativeReals, dense=False, doc="scaled money in hand")

    def room(_: Any, a: int, t: int) -> tuple[float, float]:
        return 0.0, float(most[a, t])

    block.drawn = pyo.Var(block.A, week_set, bounds=room, dense=False, doc="scaled credit in use")


def _payments(block: Any, inputs: PlanInputs, materials: Any, total: Any) -> None:
    """Which receipts, and which collected quotas, are paid in which week and at what price."""
    money, weeks, unit = _money(inputs), inputs.weeks, material_units(inputs)
    scale = money_unit(inputs, money)
    families, week_set = total.index_set().subsets()
    pay, leads = money.pay_weeks.tolist(), inputs.lead_weeks.tolist()
    price = inputs.material_price * unit / scale
    bought = [m for m, lead in enumerate(leads) if lead >= 0 and price[m] > 0]
    given = [m for m in quotas(inputs) if price[m] > 0]
    block.M, block.Q = pyo.Set(initialize=bought), pyo.Set(initialize=given)
    block.price, block.quota_price = table(block.M, values=price[bought]), table(block.Q, values=price[given])
    block.due = pyo.Set(block.M, week_set, initialize={
        (m, t): [t - pay[m]] if t - pay[m] >= leads[m] else [] for m in bought for t in range(weeks)
    })  # fmt: skip
    block.quota_due = pyo.Set(block.Q, week_set, initialize={
        (q, t): [t - pay[q]] if t >= pay[q] else [] for q in given for t in range(weeks)
    })  # fmt: skip
    block.paid = pyo.Var(block.Q, week_set, domain=pyo.NonNegativeReals, dense=False, doc="scaled quota paid for")
    block.own = pyo.Var(block.Q, week_set, domain=pyo.NonNegativeReals, dense=False, doc="the same not yet used")
    begun = served_base(inputs)[given] / unit[given][:, None]
    begun[:, 0] -= money.stock[given] / unit[given]
    block.begun = table(block.Q, week_set, values=begun)

    def collected(b: Any, q: int, t: int) -> Any:
        free = b.paid[q, t] + sum(b.own[q, u] for u in b.before[t]) - b.own[q, t]
        if len(families):
            free = free - sum(materials.need[q, t, f, s] * total[f, s] for f in families for s in materials.reach[t])
        return free == b.begun[q, t]

    block.collected = pyo.Constraint(block.Q, week_set, rule=collected, doc="quota is paid for when it is used")


def _wages(inputs: PlanInputs, formulation: Formulation, money: CashInputs) -> Floats:
    """Paid in each week for one level more of each calendar and block, shape (members of ``extra``, T), 亿元."""
    blocks = shift_blocks(inputs, formulation)
    found = np.zeros((len(blocks), inputs.weeks))
    for n, (c, b) in enumerate(blocks):
        own = block_weeks(inputs, formulation, c, b)
        found[n, own.start : own.stop] = money.level_wages[c]
    return found


def _deposits(inputs: PlanInputs, book: Book, money: CashInputs) -> Floats:
    """Deposits of each order that may be refused by week, shape (O, T), 亿元."""
    number = dict(zip(inputs.items["order"].to_list(), book.refusable.tolist(), strict=True))
    found = np.zeros((book.refuse_yi.size, inputs.weeks))
    for order, week, yi in money.deposits.iter_rows():
        if number.get(order, -1) >= 0 and week < inputs.weeks:
            found[number[order], week] += yi
    return found
