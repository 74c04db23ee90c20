"""Cash of decisions, quarter by quarter, in whole yuan, reckoned without the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from aidc_twin.invest.building import building
from aidc_twin.invest.case import Case
from aidc_twin.plan.goal import YUAN_IN_YI
from aidc_twin.twin.inputs import Floats

__all__ = ["Decisions", "cash_rows", "net_yi"]


@dataclass(frozen=True)
class Decisions:
    """What is decided.

    Attributes
    ----------
    begun : shape (I, Q), units.
    level : shape (C, Q), shift levels above the first.
    made : shape (P, Q), MW.
    """

    begun: Floats
    level: Floats
    made: Floats


def cash_rows(case: Case, decided: Decisions, name: str) -> pl.DataFrame:
    """Rows of `InvestCash`; what is rounded to yuan adds up in yuan."""
    plan = building(case)
    weeks = np.array([quarter.weeks for quarter in case.quarters])
    days = np.array([quarter.days / quarter.year_days for quarter in case.quarters])

    def of(table: Floats) -> Floats:
        return np.einsum("ib,ibq->q", decided.begun, table)

    parts: dict[str, Floats] = {
        "revenue_yuan": case.price @ decided.made,
        "cost_yuan": case.cost @ decided.made,
        "overhead_yuan": case.terms.overhead_yi * days,
        "upkeep_yuan": of(plan.upkeep),
        "shifts_yuan": (case.level_yi @ decided.level) * weeks,
        "capex_yuan": of(plan.capex),
        "tied_yuan": (case.tied @ decided.made) / weeks,
        "depreciation_yuan": of(plan.depreciation),
    }
    whole = {key: np.rint(values * YUAN_IN_YI).astype(np.int64) for key, values in parts.items()}
    spent = sum(whole[key] for key in ("cost_yuan", "overhead_yuan", "upkeep_yuan", "shifts_yuan"))
    operating = whole["revenue_yuan"] - spent
    whole["tax_yuan"] = _taxes(operating - whole["depreciation_yuan"], case.terms.tax)
    rest = np.zeros_like(operating)
    book = float((decided.begun * plan.book).sum()) * YUAN_IN_YI
    rest[-1] = whole["tied_yuan"][-1] + round(case.terms.residual * book)
    change = np.diff(whole["tied_yuan"], prepend=0)
    whole["rest_yuan"] = rest
    whole["net_yuan"] = operating - whole["capex_yuan"] - change - whole["tax_yuan"] + rest
    return pl.DataFrame({"case": [name] * len(weeks), "quarter": range(len(weeks)), **whole})


def net_yi(rows: pl.DataFrame) -> Floats:
    """Net cash of each quarter, shape (Q,), 亿元."""
    return rows["net_yuan"].to_numpy().astype(np.float64) / YUAN_IN_YI


def _taxes(
    profit: np.ndarray[tuple[int], np.dtype[np.int64]], rate: float
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Tax of each year in its last quarter; losses are set off against the first profits after them."""
    taxes, store = np.zeros_like(profit), 0
    for last in range(3, profit.size, 4):
        year = int(profit[last - 3 : last + 1].sum())
        offset = min(store, max(0, year))
        store += max(0, -year) - offset
        taxes[last] = round(rate * (max(0, year) - offset))
    return taxes
