"""What the twin hands to the plan: calibrated profiles, capacities and supply by week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CashInputs:
    """What a plan must know to pay its way; amounts of money in 亿元.

    A accounts, C calendars, F families, M materials, T weeks, K weeks since release.

    Attributes
    ----------
    accounts : names.
    opening : money in all accounts at the epoch.
    credit, interest : shape (A,), how far each can be overdrawn, and the price of that, a share for a week.
    income : shape (F, K), received in week k after the release of 1 MW, deposits not among it.
    base_income : shape (T,), received for what was under way at the epoch.
    deposits : ``order``, ``week``, ``yi``: paid by customers who place their orders within the horizon.
    pay_weeks : shape (M,), weeks from receipt to payment.
    owed : shape (M, T), to be paid for what is on its way at the epoch.
    stock : shape (M,), units of a quota that lie in stock at the epoch and are paid for.
    wages, level_wages : shape (C,), paid out in a week at shift level 1, and more for each level above it.
    lent : shape (T,), more that is there in each week than the accounts say; None: nothing.
    """

    accounts: tuple[str, ...]
    opening: float
    credit: Floats
    interest: Floats
    income: Floats
    base_income: Floats
    deposits: pl.DataFrame
    pay_weeks: NDArray[np.int64]
    owed: Floats
    stock: Floats
    wages: Floats
    level_wages: Floats
    lent: Floats | None = None


@dataclass(frozen=True)
class PlanInputs:
    """Weekly data of the master plan, calibrated by the twin.

    F families (solution and release group), R resources, M materials, S posting rules, T weeks, K weeks since release.
    A family's unit is 1 MW released. Amounts of money are in 亿元 (1e8 yuan).

    Attributes
    ----------
    items : one row per order and release group, in order of ``item`` (0, 1, ...): ``item`` i64, ``order`` str,
        ``group`` str, ``family`` i64, ``quantity_mw`` f64 (still to be released), ``value_yi`` f64 and ``cost_yi``
        f64 (of
        that quantity), ``earliest_week`` i64, ``due_week`` i64, ``flow_weeks`` i64 (release to acceptance, a chosen
        quantile), ``weight`` f64, ``units`` i64. Where orders have such terms also ``refuse_yi`` (f64, 亿元 that
        refusing the order costs, null: it may not be refused) and ``split_yi`` (f64, 亿元 for each week of release
        beyond the first).
    families : names, ``solution/group``.
    resources, materials, rules, calendars : names of the rows below.
    load : shape (F, R, K), mean amount of resource r in use in week k after the release of 1 MW.
    base_load : shape (R, T), mean amount in use by what was under way at the epoch.
    capacity : shape (R, T), usable amount at shift level 1.
    capacity_step : shape (R, T), more of it for each level above 1 of the resource's calendar.
    resource_calendar : shape (R,), index into ``calendars`` or -1 where no level can be chosen.
    max_level : shape (C,), highest shift level of each calendar.
    level_cost : shape (C,), 亿元 a week for each level above 1.
    block_weeks : shape (C,), weeks for which a level of the calendar is chosen, 0: as the formulation says; None: 0 for
        all.
    need : shape (F, M, K), units of material m consumed in week k after the release of 1 MW.
    base_need : shape (M, T), consumed by what was under way at the epoch.
    supply : shape (M, T), opening stock (in week 0), purchase orders on their way and weekly quota.
    lead_weeks : shape (M,), weeks from a new purchase order to receipt (a chosen quantile); -1: cannot be bought
    (quota).
    material_price : shape (M,), 亿元 a unit.
    post_owned, post_consigned : shape (F, S, K), 亿元 posted by rule s in week k after the release of 1 MW.
    base_owned, base_consigned : shape (S, T), 亿元 posted by what was under way at the epoch; in later rounds of a loop
        that starts work before its release also what is made ahead beyond the profiles, and it may be below 0.
    rule_table : one row per rule in the order of ``rules``: ``sale``, ``ledger``, ``seller``, ``buyer``, ``item``,
        ``eliminated`` (bool: left out of consolidated figures).
    stock_limit : shape (M,), most that can be kept at a week's end, inf where there is no limit (a quota lapses
    beyond what
        can be carried); None: no material has a limit.
    cash : money in and out; None: the park has no accounts.
    at_once : shape (R,), share of each resource that can be on at once in the mean of a week, as ``capacity`` already
        has it; None: all of it.
    post_deferred : ``item`` i64, ``rule`` i64, ``week`` i64, ``owned_yi`` f64, ``consigned_yi`` f64: posted in the week
        by 1 MW of an item that is not released, where the twin starts it all the same; None: none is.
    notices : what of the park is left out, or only known in part.
    year_share : year -> shape (T,), share of each week's days that lie in the calendar year.
    """

    weeks: int
    items: pl.DataFrame
    families: tuple[str, ...]
    resources: tuple[str, ...]
    materials: tuple[str, ...]
    rules: tuple[str, ...]
    calendars: tuple[str, ...]
    load: Floats
    base_load: Floats
    capacity: Floats
    capacity_step: Floats
    resource_calendar: NDArray[np.int64]
    max_level: NDArray[np.int64]
    level_cost: Floats
    need: Floats
    base_need: Floats
    supply: Floats
    lead_weeks: NDArray[np.int64]
    material_price: Floats
    post_owned: Floats
    post_consigned: Floats
    base_owned: Floats
    base_consigned: Floats
    rule_table: pl.DataFrame
    year_share: dict[int, Floats]
    stock_limit: Floats | None = None
    block_weeks: NDArray[np.int64] | None = None
    notices: tuple[str, ...] = ()
    cash: CashInputs | None = None
    at_once: Floats | None = None
    post_deferred: pl.DataFrame | None = None
