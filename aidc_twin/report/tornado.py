"""Which assumptions move the goals: a tornado of each goal, in runs that hold one."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from aidc_twin.report import wording
from aidc_twin.report.palette import BLUE, ORANGE
from aidc_twin.report.svg import name, render
from aidc_twin.report.tables import Cell, Table, table, words

__all__ = ["KEY", "tornado"]

KEY = ((ORANGE, "at its low end"), (BLUE, "at its high end"))
_BARS = 12
"""Facts of each goal that are shown, the widest bars first."""


def tornado(frame: pl.DataFrame) -> dict[str, Any]:
    """Chart and table, both absent where the run holds none; rows of `Sensitivity`."""
    if frame.is_empty():
        return {"tornado_figures": [], "tornado_table": None, "tornado_key": KEY}
    widest = _widest(frame)
    goals = widest["goal"].unique(maintain_order=True).to_list()
    figures = [
        {"goal": name(goal), "figure": _chart(widest.filter(pl.col("goal") == goal), f"tornado{n}", goal)}
        for n, goal in enumerate(goals)
    ]
    return {"tornado_figures": figures, "tornado_table": _rows(widest), "tornado_key": KEY}


def _widest(frame: pl.DataFrame) -> pl.DataFrame:
    """A row for each goal and fact that moves it, the widest first; equal ones by name."""
    key = ["goal", "fact"]
    low, high = (
        frame.filter(pl.col("high") == at).select(
            *key, pl.col("yuan").alias(f"yuan_{end}"), pl.col("half_width_95_yuan").alias(f"half_width_95_yuan_{end}")
        )
        for at, end in ((False, "low"), (True, "high"))
    )
    wide = low.join(high, on=key, how="inner")
    ends = [pl.col("yuan_low").fill_null(0.0), pl.col("yuan_high").fill_null(0.0), pl.lit(0.0)]
    return (
        wide.with_columns(swing=pl.max_horizontal(ends) - pl.min_horizontal(ends))
        .filter(pl.col("swing") > 0)
        .sort(["goal", "swing", "fact"], descending=[False, True, False])
        .group_by("goal", maintain_order=True)
        .head(_BARS)
    )


def _chart(rows: pl.DataFrame, prefix: str, goal: str) -> Markup:
    """Bars of a goal to both sides of the figure as it is."""
    import altair as alt

    names = [name(fact) for fact in rows["fact"]]
    values = [
        {
            "fact": short, "yi": wording.in_yi(row[f"yuan_{end}"]), "end": said,
            "hint": f"{short} {said}: {_moved(row, end)}",
        }
        for short, row in zip(names, rows.iter_rows(named=True), strict=True)
        for end, (_, said) in zip(("low", "high"), KEY, strict=True)
        if row[f"yuan_{end}"] is not None
    ]  # fmt: skip
    colours = alt.Scale(domain=[said for _, said in KEY], range=[colour for colour, _ in KEY])
    chart = (
        alt.Chart(alt.Data(values=values))
        .mark_bar(height=11, opacity=0.85)
        .encode(
            x=alt.X("yi:Q", title="difference to the goal as it is, 亿元", stack=None),
            y=alt.Y("fact:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color("end:N", scale=colours, legend=None),
            description="hint:N",
        )
        .properties(width=620, height=18 * len(names))
    )
    return render(chart, prefix, f"How far {name(goal)} moves with each assumption at the ends of its range")


def _rows(rows: pl.DataFrame) -> Table:
    """The same as a table."""
    return table(
        ("goal", "assumption", "#at its low end", "#at its high end"),
        (
            (words(row["goal"]), words(row["fact"]), *(Cell(_moved(row, end), "", "n") for end in ("low", "high")))
            for row in rows.iter_rows(named=True)
        ),
        "No assumption moves a goal.",
    )


def _moved(row: dict[str, Any], end: str) -> str:
    yuan, width = row[f"yuan_{end}"], row[f"half_width_95_yuan_{end}"]
    if yuan is None:
        return "not possible"
    return f"{yuan / 1e8:+,.1f}" + ("" if width is None else f" ± {width / 1e8:,.1f}") + " 亿元"
