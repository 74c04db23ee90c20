"""Money of a plan on the page: lowest point, limit of credit, and what each month brings."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from aidc_twin.frames import PlanCash, build
from aidc_twin.report.money import purse
from aidc_twin.report.page import render_report
from aidc_twin.units.clock import Clock

CLOCK = Clock(dt.date(2026, 10, 1), 1_000_000)
YI = 1e8


def cash(*balances: float, credit: float = 0.0) -> pl.DataFrame:
    """Rows with the given balances, 亿元; in each week 3 亿元 come in and 2 go to suppliers."""
    rows = [
        (week, 3 * YI, -2 * YI, -0.5 * YI, 0.0, left * YI, credit * YI, 0.0, 0.0) for week, left in enumerate(balances)
    ]
    return build(PlanCash, rows)


def test_lowest_point_and_months() -> None:
    """Weeks end on 7, 14, 21, 28 October and 4 November: the first four are October's, with 4 x 3 亿元 received."""
    found = purse(cash(1.0, -1.5, 0.5, 2.0, 4.0, credit=2.0), CLOCK)
    lowest = "Money is lowest at the end of week 1: -1.5 亿元; it may be overdrawn by 2.0 亿元 then."
    assert found["purse_sentence"] == lowest
    assert "<title>limit of credit</title>" in found["purse_figure"]
    assert "<title>P10 to P90</title>" not in found["purse_figure"]
    rows = [[cell.text for cell in row] for row in found["purse_table"].rows]
    assert rows == [
        ["2026-10", "12.0 亿元", "-8.0 亿元", "-2.0 亿元", "0.0 亿元", "2.0 亿元"],
        ["2026-11", "3.0 亿元", "-2.0 亿元", "-0.5 亿元", "0.0 亿元", "4.0 亿元"],
    ]


def test_no_credit_no_steps() -> None:
    """A purse that cannot be overdrawn has its lowest possible at 0, which is an axis already."""
    assert "limit of credit" not in purse(cash(1.0, 2.0), CLOCK)["purse_figure"]


def test_a_park_without_accounts_has_no_section(frames: dict[str, pl.DataFrame], summary: dict[str, Any]) -> None:
    """The page of a run with accounts shows the section, another page does not."""
    assert "Money by week" in render_report(frames, summary)
    assert "Money by week" not in render_report(frames | {"plan_cash": PlanCash.create_empty()}, summary)
