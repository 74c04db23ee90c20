"""Payments of a plan by week and by what they are for, and what they do to the accounts; all in 亿元."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from aidc_twin.plan.profiles import laid_out
from aidc_twin.plan.stocks import served_base
from aidc_twin.twin.inputs import CashInputs, Floats, PlanInputs

__all__ = [
    "BEGUN",
    "BEYOND",
    "CASH",
    "Line",
    "Paid",
    "fixed_flow",
    "forced",
    "lines",
    "money_unit",
    "paid_way",
    "quotas",
]

CASH = "accounts"
"""Name of the money of all accounts together, in prices and causes."""

BEGUN, BEYOND = "(begun)", "(beyond)"
"""What was under way at the epoch; what is drawn beyond all lines of credit, since nothing can be done about it."""


@dataclass(frozen=True)
class Line:
    """Payments of one kind, shape (T,), below 0 where they are paid out.

    `kind` is ``opening``, ``deposit``, ``delivery``, ``supplier`` or ``wages``.
    """

    kind: str
    name: str
    by_week: Floats


@dataclass(frozen=True)
class Paid:
    """What payments do to the accounts.

    Attributes
    ----------
    balance : shape (T,), at the end of each week; below 0 where credit is in use.
    interest : shape (A + 1, T), paid in each week for each account's credit, the last for what is beyond all of it.
    """

    balance: Floats
    interest: Floats


def quotas(inputs: PlanInputs) -> list[int]:
    """Materials that come by quota: paid for when they are used, which is when they are collected."""
    limit = inputs.stock_limit
    return [] if limit is None else np.flatnonzero(np.isfinite(limit)).tolist()


def lines(
    inputs: PlanInputs, cash: CashInputs, released: Floats, received: Floats, above: Floats, refused: Collection[str]
) -> Iterator[Line]:
    """Every payment of a plan but for interest.

    Parameters
    ----------
    released
        shape (F, T), MW of each family.
    received
        shape (M, T), units that arrive by purchase orders of the plan.
    above
        shape (C, T), shift levels above 1.
    refused
        Orders that are refused: they pay no deposit.
    """
    weeks = inputs.weeks
    opening = np.zeros(weeks)
    opening[0] = cash.opening
    yield Line("opening", "", opening)
    for order, week, yi in cash.deposits.iter_rows():
        if order not in refused and week < weeks:
            yield Line("deposit", order, np.where(np.arange(weeks) == week, yi, 0.0))
    income = np.einsum("fts,fs->ft", laid_out(cash.income, weeks), released)
    yield from (Line("delivery", name, income[f]) for f, name in enumerate(inputs.families))
    yield Line("delivery", BEGUN, cash.base_income)
    used = np.einsum("fmts,fs->mt", laid_out(inputs.need, weeks), released) + served_base(inputs)
    for m, name in enumerate(inputs.materials):
        due = _collected(used[m], float(cash.stock[m])) if m in quotas(inputs) else received[m]
        paid = _delayed(due * inputs.material_price[m], int(cash.pay_weeks[m]))
        yield Line("supplier", name, -paid - cash.owed[m])
    wages = cash.wages[:, None] + cash.level_wages[:, None] * above
    yield from (Line("wages", name, -wages[c]) for c, name in enumerate(inputs.calendars))


def _collected(used: Floats, stock: float) -> Floats:
    """Units of a quota that are paid for in each week: those that are used once what lay in stock is gone."""
    bought = np.maximum.accumulate(np.maximum(0.0, np.cumsum(used) - stock))
    return np.diff(bought, prepend=0.0)


def _delayed(by_week: Floats, weeks: int) -> Floats:
    """Amounts so many weeks later; what comes after the horizon is left out."""
    return np.concatenate((np.zeros(weeks), by_week))[: by_week.size]


def paid_way(cash: CashInputs, flow: Floats) -> Paid:
    """Balance and interest of payments, with the cheapest credit in use first.

    Interest is paid in the week after that at whose end the credit was in use; what is beyond all lines costs as much
    as the dearest of them.

    Parameters
    ----------
    flow
        shape (T,), payments of each week but for interest, the opening balance in week 0.
    """
    order = np.argsort(cash.interest, kind="stable").tolist()
    price = np.append(cash.interest, cash.interest.max(initial=0.0))
    lent = np.zeros(flow.size) if cash.lent is None else cash.lent
    balance, interest = np.zeros(flow.size), np.zeros((price.size, flow.size))
    drawn, now = np.zeros(price.size), 0.0
    for week in range(flow.size):
        interest[:, week] = price * drawn
        now += float(flow[week] - interest[:, week].sum())
        balance[week], drawn = now, np.zeros(price.size)
        short = max(0.0, -now - float(lent[week]))
        for a in order:
            drawn[a] = min(short, float(cash.credit[a]))
            short -= drawn[a]
        drawn[-1] = short
    return Paid(balance, interest)


def fixed_flow(inputs: PlanInputs, cash: CashInputs) -> Floats:
    """Payments that no decision moves, and what is lent, shape (T,): nothing released, bought, used or refused."""
    none = np.zeros((len(inputs.families), inputs.weeks))
    kept = [line.by_week for line in lines(inputs, cash, none, np.zeros_like(inputs.supply), _levels(inputs), ())
            if line.kind != "supplier"]  # fmt: skip
    lent = np.zeros(inputs.weeks) if cash.lent is None else cash.lent
    return np.sum(kept, axis=0) - cash.owed.sum(axis=0) + np.diff(lent, prepend=0.0)


def forced(inputs: PlanInputs, cash: CashInputs) -> Floats:
    """What would be drawn beyond all credit in each week if nothing were released, shape (T,); so a plan always exists.

    What the work under way needs is bought and used then, no shift is added and no order refused.
    """
    none = np.zeros((len(inputs.families), inputs.weeks))
    idle = lines(inputs, cash, none, _bought_for_work_under_way(inputs), _levels(inputs), ())
    lent = np.zeros(inputs.weeks) if cash.lent is None else cash.lent
    balance = paid_way(cash, np.sum([line.by_week for line in idle], axis=0)).balance
    return np.maximum(0.0, -balance - lent - cash.credit.sum())


def work_under_way(inputs: PlanInputs, cash: CashInputs) -> tuple[Floats, Floats]:
    """What customers pay for it, and what it costs of suppliers if nothing is released, each of shape (T,)."""
    none = np.zeros((len(inputs.families), inputs.weeks))
    idle = lines(inputs, cash, none, _bought_for_work_under_way(inputs), _levels(inputs), ())
    paid = [line.by_week for line in idle if line.kind == "supplier"]
    return cash.base_income, np.sum(paid, axis=0) if paid else np.zeros(inputs.weeks)


def _levels(inputs: PlanInputs) -> Floats:
    return np.zeros((len(inputs.calendars), inputs.weeks))


def _bought_for_work_under_way(inputs: PlanInputs) -> Floats:
    """Units that must be bought in each week if nothing is released, shape (M, T)."""
    need = served_base(inputs) - inputs.supply
    short = np.maximum.accumulate(np.maximum(0.0, np.cumsum(need, axis=1)), axis=1)
    bought = np.diff(short, axis=1, prepend=0.0)
    return np.where((inputs.lead_weeks >= 0)[:, None], bought, 0.0)


def money_unit(inputs: PlanInputs, cash: CashInputs) -> float:
    """What the rows of the plan count money in, 亿元: the largest of credit, opening balance and orders."""
    book = float(inputs.items["value_yi"].max() or 0.0) if inputs.items.height else 0.0  # pyright: ignore[reportArgumentType]  because the column is of numbers
    largest = max(float(cash.credit.sum()), cash.opening, book)
    return largest if largest > 0 else 1.0
