"""Money in and out by week, as the plan needs it: accounts, terms of customers and suppliers, wages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.park.calendars import weekdays
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Shift
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.inputs import CashInputs, Floats
from aidc_twin.twin.kernel.layout import DONE, ParkArrays
from aidc_twin.twin.profiles import Marks
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.stock import purchases

__all__ = ["cash_inputs", "deliveries", "later"]

YI = 1e8
_WEEK, _YEAR = 7.0, 365.0


def deliveries(factory: Factory, arrays: ParkArrays, run: Replication) -> Marks:
    """Yuan due by customers, by product ordered: for each unit with its last step, and with the order's acceptance.

    Deposits are not among it. Units that were delivered before the epoch are paid for but for what acceptance brings.
    """
    park = factory.park
    index = {row.product: n for n, row in enumerate(park.products)}
    product = {row.order: index[row.product] for row in park.orders}
    accepted = np.array([row.acceptance_share.value for row in park.products])
    at_once = 1.0 - accepted - np.array([row.deposit_share.value for row in park.products])
    own = _sold(factory)
    units, parents = np.array(own, np.int64), np.array([_order_of(factory, i) for i in own], np.int64)
    what = np.array([product[factory.units[i].order] for i in own], np.int64)
    value = np.array([factory.units[i].value_yuan for i in own], np.float64)
    state = factory.opening.state
    closed = np.array([bool((state[a:b] == DONE).all()) for a, b in pairwise(factory.first.tolist())], np.bool_)
    parts = [(run.job_done[units], closed[units], at_once), (run.job_done[parents], closed[parents], accepted)]
    found: list[Marks] = []
    for tick, before, share in parts:
        due = (tick >= 0) & ~before
        found.append(Marks(units[due], what[due], tick[due], (value * share[what])[due]))
    first, second = found
    return Marks(
        np.append(first.unit, second.unit), np.append(first.what, second.what), np.append(first.tick, second.tick),
        np.append(first.amount, second.amount),
    )  # fmt: skip


def _sold(factory: Factory) -> list[int]:
    """Units that customers pay for: what is made for an order, or the order itself where nothing is."""
    units = factory.units
    made = {unit.parent for unit in units}
    own = [unit.parent < 0 and i not in made for i, unit in enumerate(units)]
    return [i for i, unit in enumerate(units) if own[i] or (unit.parent >= 0 and units[unit.parent].parent < 0)]


def _order_of(factory: Factory, unit: int) -> int:
    parent = factory.units[unit].parent
    return unit if parent < 0 else parent


def later(by_week: Floats, weeks: int, keep: bool) -> Floats:
    """Amounts so many weeks later along the last axis; kept by a longer axis, or those beyond it left out."""
    shifted = np.concatenate((np.zeros((*by_week.shape[:-1], weeks)), by_week), axis=-1)
    return shifted if keep else shifted[..., : by_week.shape[-1]]


def cash_inputs(factory: Factory, profile: Floats, base: Floats, families: Sequence[str]) -> CashInputs | None:
    """Money of a park; None where it has no accounts.

    Customers pay in whole weeks rounded up, suppliers are paid in whole weeks rounded down.

    Parameters
    ----------
    profile, base
        shape (F, P, K) and (P, T): what `deliveries` of each product brings, in yuan, for 1 MW and of the rest.
    """
    park = factory.park
    if not park.accounts:
        return None
    lags = [int(np.ceil(row.payment_days.value / _WEEK - 1e-9)) for row in park.products]
    product = {row.product: n for n, row in enumerate(park.products)}
    own = [product[name.rpartition("/")[0]] for name in families]
    longest = max((lags[n] for n in own), default=0)
    income = np.zeros((len(own), profile.shape[2] + longest))
    for f, n in enumerate(own):
        income[f, lags[n] : lags[n] + profile.shape[2]] = profile[f].sum(axis=0) / YI
    pay = np.array([int(row.payment_days.value // _WEEK) for row in park.materials], np.int64)
    stock = np.array([sum(state.quantity for state in park.state_stocks if state.material == row.material)
                      if row.weekly_quota is not None else 0.0 for row in park.materials])  # fmt: skip
    return CashInputs(
        accounts=tuple(row.account for row in park.accounts),
        opening=sum(row.opening_yuan.value for row in park.accounts) / YI,
        credit=np.array([row.credit_yuan.value for row in park.accounts]) / YI,
        interest=np.array([row.interest_share.value for row in park.accounts]) * _WEEK / _YEAR,
        income=income, base_income=sum((later(base[n], lag, keep=False) for n, lag in enumerate(lags)),
                                       np.zeros(base.shape[1])) / YI,
        deposits=_deposits(factory), pay_weeks=pay, owed=_owed(factory, pay), stock=stock,
        wages=_wages(park, factory.calendars, 1), level_wages=_wages(park, factory.calendars, 2),
    )  # fmt: skip


def _deposits(factory: Factory) -> pl.DataFrame:
    """Deposits of orders that are placed within the horizon; what was paid before is in the accounts."""
    park, clock = factory.park, factory.clock
    value: dict[str, float] = {}
    for unit in (factory.units[i] for i in _sold(factory)):
        value[unit.order] = value.get(unit.order, 0.0) + unit.value_yuan
    rows = [
        (order.order, clock.week(clock.ticks(order.ordered)),
         value.get(order.order, 0.0) * park.product(order.product).deposit_share.value / YI)
        for order in park.orders if park.head.epoch <= order.ordered < park.horizon_end
    ]  # fmt: skip
    kept = [row for row in rows if row[2] > 0]
    return pl.DataFrame(kept, schema={"order": pl.String, "week": pl.Int64, "yi": pl.Float64}, orient="row")


def _owed(factory: Factory, pay: NDArray[np.int64]) -> Floats:
    """Payments for purchase orders that are on their way, at their mean date, shape (M, T)."""
    park, weeks, week = factory.park, factory.park.head.horizon_weeks, factory.clock.ticks_per_week
    owed = np.zeros((len(park.materials), weeks))
    index = {row.material: m for m, row in enumerate(park.materials)}
    for row in purchases(factory, ()):
        m = index[row.material]
        due = int(max(0.0, row.tick + row.lead[1][3]) // week) + int(pay[m])
        if due < weeks:
            owed[m, due] += row.quantity * park.materials[m].price_yuan.value / YI
    return owed


def _wages(park: Park, calendars: Sequence[str], level: int) -> Floats:
    """Paid out in a week at level 1, or for each level above it, by calendar."""
    found: list[float] = []
    for name in calendars:
        rows = [row for row in park.shifts_of(name) if (row.level > 1) == (level > 1)]
        cost = sum(_paid(row) * len(weekdays(row.days)) for row in rows)
        found.append(cost / max(1, len({row.level for row in rows})) / YI)
    return np.array(found)


def _paid(row: Shift) -> float:
    """Yuan for one day of a shift."""
    if row.wages_yuan_day is not None:
        return row.wages_yuan_day.value
    return row.cost_yuan_day.value if row.level > 1 else 0.0
