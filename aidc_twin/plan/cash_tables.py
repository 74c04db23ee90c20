"""Payments of a plan as its published frames."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from aidc_twin.frames import PlanCash, PlanPayments
from aidc_twin.plan.cash import BEYOND, forced, lines, paid_way
from aidc_twin.plan.goal import YUAN_IN_YI
from aidc_twin.plan.ladder import Climb
from aidc_twin.plan.model import Task
from aidc_twin.plan.prices import level_prices
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["cash_tables"]

_COLUMNS = {
    "opening": "received_yuan", "deposit": "received_yuan", "delivery": "received_yuan", "supplier": "suppliers_yuan",
    "wages": "wages_yuan", "interest": "interest_yuan",
}  # fmt: skip

_LEAST_YUAN = 1e-7
"""A payment up to this is rounding noise."""


def cash_tables(
    task: Task, climb: Climb, released: Floats, purchases: pl.DataFrame, above: Floats, refused: Collection[str]
) -> dict[str, pl.DataFrame]:
    """``plan_cash`` and ``plan_payments``; nothing where the park has no accounts, or the formulation leaves them out.

    Parameters
    ----------
    released
        shape (F, T), in the task's unit.
    purchases
        ``plan_purchases``.
    above
        shape (C, T), shift levels above 1.
    """
    inputs, cash, on = task.inputs, task.inputs.cash, task.formulation.families
    if cash is None or not (on.cash and on.materials):
        return {}
    paid = list(lines(inputs, cash, released, _received(inputs, purchases), above, refused))
    way = paid_way(cash, np.sum([line.by_week for line in paid], axis=0))
    rows = [(line.kind, line.name, line.by_week) for line in paid]
    rows += [("interest", name, -way.interest[a]) for a, name in enumerate((*cash.accounts, BEYOND))]
    payments = [
        (kind, name, week, yi * YUAN_IN_YI) for kind, name, by_week in rows for week, yi in enumerate(by_week.tolist())
    ]
    sums = {name: np.zeros(inputs.weeks) for name in _COLUMNS.values()}
    for kind, _, by_week in rows:
        sums[_COLUMNS[kind]] += by_week * YUAN_IN_YI
    weeks = pl.DataFrame({
        "week": np.arange(inputs.weeks), **{name: amounts + 0.0 for name, amounts in sums.items()},
        "balance_yuan": way.balance * YUAN_IN_YI,
        "credit_yuan": np.full(inputs.weeks, cash.credit.sum() * YUAN_IN_YI),
        "forced_yuan": forced(inputs, cash) * YUAN_IN_YI, "price": level_prices(task, climb, "margin").cash,
    })  # fmt: skip
    schema = {"kind": pl.String, "name": pl.String, "week": pl.Int64, "yuan": pl.Float64}
    lined = pl.DataFrame([row for row in payments if abs(row[3]) > _LEAST_YUAN], schema=schema, orient="row")
    return {
        "plan_cash": PlanCash.validate(weeks, cast=True),
        "plan_payments": PlanPayments.validate(lined.sort("kind", "name", "week"), cast=True),
    }


def _received(inputs: PlanInputs, purchases: pl.DataFrame) -> Floats:
    """Units that arrive by purchase orders of the plan, shape (M, T)."""
    received = np.zeros_like(inputs.supply)
    for name, week, quantity in purchases.select("material", "week", "quantity").iter_rows():
        m = inputs.materials.index(name)
        received[m, week + int(inputs.lead_weeks[m])] += quantity
    return received
