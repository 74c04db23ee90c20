"""Loss by cause on the page: a waterfall from the mean as it is to the mean without all causes, and what changed."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from aidc_twin.report import wording
from aidc_twin.report.palette import BLUE, GREEN, GREY, INK, RED
from aidc_twin.report.svg import name, render
from aidc_twin.report.tables import Table, money, number, table, whole, words

_ABSENT = "The run holds no losses by cause; `run` tells them."
_WIDTH, _ROW = 620, 24


def loss_parts(frame: pl.DataFrame, calibrations: pl.DataFrame) -> dict[str, Any]:
    """For each goal a waterfall and a table of causes; then what the calibrations changed, round by round."""
    goals = frame["goal"].unique(maintain_order=True).to_list()
    found = [
        {"title": goal, "figure": waterfall(rows, f"loss{n}"), "table": loss_table(rows)}
        for n, goal in enumerate(goals)
        for rows in [frame.filter(pl.col("goal") == goal).sort("position")]
    ]
    count = frame["replications"].max()
    return {
        "losses": found, "loss_replications": count, "loss_absent": _ABSENT,
        "calibration_table": calibration_table(calibrations),
    }  # fmt: skip


def loss_table(frame: pl.DataFrame) -> Table:
    """Rows of one goal."""
    return table(
        ("cause", "#without it alone", "#± 95 %", "#after those above"),
        (
            (words(row["cause"]), money(row["yuan"]), money(row["half_width_95_yuan"]), money(row["in_order_yuan"]))
            for row in frame.iter_rows(named=True)
        ),
        _ABSENT,
    )


def calibration_table(frame: pl.DataFrame) -> Table:
    """What each calibration changed in what the plan is told."""
    rows = frame.sort("round", maintain_order=True).iter_rows(named=True)
    return table(
        ("#for round", "figure", "of", "unit", "#before", "#after"),
        (
            (whole(row["round"]), words(row["kind"]), words(row["name"]), words(row["unit"]), number(row["before"]),
             number(row["after"]))
            for row in rows
        ),
        "The run holds no calibrations, or they changed nothing.",
    )  # fmt: skip


def waterfall(frame: pl.DataFrame, prefix: str) -> Markup | None:
    """Draw one goal's rows in their order: what each cause adds when it is switched off after those above it."""
    import altair as alt

    values = steps(frame)
    if not values:
        return None
    x = alt.X("low:Q", title="亿元", scale=alt.Scale(zero=False, nice=True))
    y = alt.Y("cause:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False))
    base = alt.Chart(alt.Data(values=values))
    bars = base.mark_bar(height=13).encode(
        x=x, x2="high", y=y, color=alt.Color("colour:N", scale=None), description="told:N"
    )
    ends = base.mark_tick(color=INK, thickness=2, height=13).encode(x=alt.X("end:Q"), y=y)
    chart = alt.layer(bars, ends).properties(width=_WIDTH, height=_ROW * len(values))
    return render(chart, prefix, "What the goal would gain without each cause, one after the other")


def steps(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Bars from where the one before ends; the first and the last stand for means and are as long as a hair."""
    found: list[dict[str, Any]] = []
    level, last = 0.0, frame.height - 1
    for n, row in enumerate(frame.iter_rows(named=True)):
        change = wording.in_yi(row["in_order_yuan"])
        start = change if n in (0, last) else level
        level = change if n in (0, last) else level + change
        if n in (0, last) or change:
            colour = BLUE if n in (0, last) else (GREEN if change > 0 else RED)
            told = f"{name(row['cause'], 60)}: {wording.figure(change)} 亿元"
            found.append({
                "cause": name(row["cause"], 30), "low": min(start, level), "high": max(start, level), "end": level,
                "colour": colour if change else GREY, "told": told,
            })  # fmt: skip
    return found
