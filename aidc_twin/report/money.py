"""Money of a plan week by week: what there is and how far it may be overdrawn, as a chart and as a table of months."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from aidc_twin.report import wording
from aidc_twin.report.band_svg import draw
from aidc_twin.report.tables import Table, money, table, words
from aidc_twin.units.clock import Clock
from aidc_twin.units.money import YI

_FLOWS = ("received_yuan", "suppliers_yuan", "wages_yuan", "interest_yuan")


def purse(frame: pl.DataFrame, clock: Clock | None) -> dict[str, Any]:
    """Chart and table of a plan's money, both absent where the park has no accounts.

    Parameters
    ----------
    frame
        Rows of `PlanCash`.
    clock
        When week 0 begins; without it there is a sentence and no chart.
    """
    if frame.is_empty():
        return {"purse_sentence": "", "purse_figure": None, "purse_table": None}
    weeks = frame.sort("week")
    low = weeks.row(weeks["balance_yuan"].arg_min(), named=True)
    sentence = (
        f"Money is lowest at the end of week {low['week']}: {wording.amount(round(low['balance_yuan']))}; it may be "
        f"overdrawn by {wording.amount(round(low['credit_yuan'] + low['forced_yuan']))} then."
    )
    if clock is None:
        return {"purse_sentence": sentence, "purse_figure": None, "purse_table": None}
    days = [clock.epoch + dt.timedelta(days=7 * week + 6) for week in weeks["week"]]
    balance = (weeks["balance_yuan"] / YI).to_list()
    floor = (-(weeks["credit_yuan"] + weeks["forced_yuan"]) / YI).to_list()
    limits = floor if any(floor) else [None] * len(days)
    figure = draw(days, (balance, balance, balance), limits, sentence, ("balance", "limit of credit"))
    return {"purse_sentence": sentence, "purse_figure": figure, "purse_table": _months(weeks, days)}


def _months(weeks: pl.DataFrame, days: list[dt.date]) -> Table:
    """What is received and paid in each month, by the last day of each week, and what there is at its end."""
    months = (
        weeks.with_columns(month=pl.Series(days).dt.strftime("%Y-%m"))
        .group_by("month", maintain_order=True)
        .agg(*(pl.col(name).sum() for name in _FLOWS), pl.col("balance_yuan").last())
    )
    return table(
        ("month", "#received", "#suppliers", "#wages", "#interest", "#at its end"),
        (
            (words(row["month"]), *(money(row[name]) for name in (*_FLOWS, "balance_yuan")))
            for row in months.iter_rows(named=True)
        ),
        "",
    )
