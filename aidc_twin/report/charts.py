"""The figures of the page as Altair charts, rendered to inline SVG.

Altair is slow to import, so functions import it.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import polars as pl
from markupsafe import Markup

from aidc_twin.report import wording
from aidc_twin.report.palette import BLUE, INK, LOAD, LOAD_LIMITS, MUTED, RED, SHARES, SKY
from aidc_twin.report.reading import GoalResult
from aidc_twin.report.svg import name, render
from aidc_twin.units.clock import Clock

MOST_ROWS = 32
_FAN_WIDTHS = (470, 1000)
_FAN_HEIGHT = 230
_LABEL_PX = 14


def fan(frame: pl.DataFrame, goal: GoalResult, prefix: str, wide: bool = False) -> Markup | None:
    """Draw the cumulative amount of a goal over its year: P10 to P90 band, P50, planned, and the goal's line.

    Parameters
    ----------
    frame
        Rows of `GoalFan`; None is returned where it has none of the goal.
    wide
        Whether the goal has the width of the page to itself.
    """
    import altair as alt

    rows = frame.filter(pl.col("goal") == goal.id).sort("week")
    if rows.is_empty():
        return None
    values = [
        {
            "day": _moment(row["day"]),
            **{key: wording.in_yi(row[f"{key}_yuan"]) for key in ("planned", "p10", "p50", "p90")},
        }
        for row in rows.iter_rows(named=True)
    ]
    target = wording.in_yi(goal.target)
    top = 1.06 * max(target, *(max(value["planned"], value["p90"]) for value in values), 1e-6)
    scale = alt.Scale(domain=[0, top], nice=False, zero=True)
    x = alt.X("day:T", scale=alt.Scale(type="utc", nice=False), title=None, axis=_month_axis())
    base = alt.Chart(alt.Data(values=values))
    band = base.mark_area(color=SKY, opacity=0.4).encode(
        x=x, y=alt.Y("p10:Q", scale=scale, title="亿元, cumulative"), y2="p90:Q"
    )
    median = base.mark_line(color=BLUE, strokeWidth=2.5).encode(x=x, y=alt.Y("p50:Q", scale=scale))
    planned = base.mark_line(color=INK, strokeWidth=1.6, strokeDash=[5, 4]).encode(
        x=x, y=alt.Y("planned:Q", scale=scale)
    )
    goal_line = (
        alt.Chart(alt.Data(values=[{"y": target}]))
        .mark_rule(color=RED, strokeWidth=2)
        .encode(y=alt.Y("y:Q", scale=scale))
    )
    layers = alt.layer(band, goal_line, planned, median, _fan_labels(values[-1], target, top))
    chart = layers.properties(width=_FAN_WIDTHS[wide], height=_FAN_HEIGHT)
    return render(chart, prefix, f"{wording.ledger(goal)}, cumulative: planned and simulated against the goal")


def _fan_labels(last: dict[str, float], target: float, top: float) -> Any:
    """Label the ends of the lines, pushed apart where they would overlap."""
    import altair as alt

    labels = [
        ("goal", target, RED),
        ("planned", last["planned"], INK),
        ("P90", last["p90"], MUTED),
        ("P50", last["p50"], BLUE),
        ("P10", last["p10"], MUTED),
    ]
    height = _FAN_HEIGHT
    places = spread([height * (1 - value / top) for _, value, _ in labels], _LABEL_PX, height)
    rows = [
        {"day": last["day"], "y": top * (1 - place / height), "text": f"{word} {value:,.0f}", "colour": colour}
        for (word, value, colour), place in zip(labels, places, strict=True)
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_text(align="left", dx=7, baseline="middle", fontSize=12)
        .encode(x="day:T", y="y:Q", text="text:N", color=alt.Color("colour:N", scale=None))
    )


def spread(places: list[float], apart: float, height: float) -> list[float]:
    """Push places, px from the top, down and then up until all are `apart` px from each other, in their order."""
    order = sorted(range(len(places)), key=lambda index: (places[index], index))
    moved = list(places)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + apart)
    limit = height
    for index in reversed(order):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - apart
    return moved


def load_rows(frame: pl.DataFrame, used: str, available: str, key: str) -> pl.DataFrame:
    """Work out the load of the fullest rows by week, fullest first.

    Gives `row`, `week`, `used`, `available`, `load`. Where nothing is available, any use counts as full.
    """
    free = (
        pl.when(pl.col(available) > 0)
        .then(pl.col(used) / pl.col(available))
        .otherwise((pl.col(used) > 0).cast(pl.Float64))
    )
    table = frame.select(
        pl.col(key).alias("row"),
        "week",
        pl.col(used).alias("used"),
        pl.col(available).alias("available"),
        free.alias("load"),
    )
    order = (
        table.group_by("row")
        .agg((pl.col("load") > LOAD_LIMITS[-1]).sum().alias("full"), pl.col("load").mean().alias("mean"))
        .sort(["full", "mean", "row"], descending=[True, True, False])
        .head(MOST_ROWS)
        .with_row_index("place")
    )
    return (
        table.join(order, on="row", how="inner")
        .sort("place", "week")
        .select("row", "week", "used", "available", "load")
    )


def heat_map(loads: pl.DataFrame, clock: Clock | None, prefix: str, label: str) -> Markup | None:
    """Draw load by row and week, in classes of `LOAD_LIMITS`; takes what `load_rows` gives."""
    import altair as alt

    if loads.is_empty():
        return None
    rows = loads["row"].unique(maintain_order=True).to_list()
    shown = dict(zip(rows, _distinct(rows), strict=True))
    values = [
        {
            "row": shown[row["row"]],
            "from": _week(row["week"], clock),
            "to": _week(row["week"] + 1, clock),
            "load": row["load"],
            "hint": f"{shown[row['row']]}, week {row['week']}: {row['load']:.0%} "
            f"({wording.figure(row['used'])} of {wording.figure(row['available'])})",
        }
        for row in loads.iter_rows(named=True)
    ]
    kind, axis = ("Q", alt.Axis(grid=False, title="week")) if clock is None else ("T", _month_axis())
    scale = alt.Scale(nice=False, zero=False) if clock is None else alt.Scale(type="utc", nice=False)
    chart = (
        alt.Chart(alt.Data(values=values))
        .mark_rect(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X(f"from:{kind}", scale=scale, axis=axis, title=None if clock else "week"),
            x2="to",
            y=alt.Y("row:N", sort=list(shown.values()), title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color(
                "load:Q", scale=alt.Scale(type="threshold", domain=list(LOAD_LIMITS), range=list(LOAD)), legend=None
            ),
            description="hint:N",
        )
        .properties(width=930, height=17 * len(rows))
    )
    return render(chart, prefix, label)


def shares(frame: pl.DataFrame, prefix: str) -> Markup | None:
    """Draw what each resource's capacity was used for, the busiest first; rows of `ResourceShares`."""
    import altair as alt

    if frame.is_empty():
        return None
    table = frame.sort(["busy", "resource"], descending=[True, False]).head(MOST_ROWS)
    names = _distinct(table["resource"].to_list())
    values = [
        {"row": shown, "part": part, "place": place, "share": row[part], "hint": f"{shown}: {part} {row[part]:.1%}"}
        for shown, row in zip(names, table.iter_rows(named=True), strict=True)
        for place, part in enumerate(SHARES)
        if row[part]
    ]
    chart = (
        alt.Chart(alt.Data(values=values))
        .mark_bar(height=11)
        .encode(
            x=alt.X(
                "share:Q",
                stack="zero",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=5),
                title=None,
            ),
            y=alt.Y("row:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color("part:N", scale=alt.Scale(domain=list(SHARES), range=list(SHARES.values())), legend=None),
            order="place:Q",
            description="hint:N",
        )
        .properties(width=900, height=18 * len(names))
    )
    return render(chart, prefix, "Use of each resource's capacity")


def rounds(frame: pl.DataFrame, prefix: str) -> Markup | None:
    """Draw planned and simulated amounts by round of the loop; rows of `Rounds`."""
    import altair as alt

    if frame.is_empty():
        return None
    values = [
        {
            "round": row["round"],
            "goal": name(row["goal"]),
            "planned": wording.in_yi(row["planned_yuan"]),
            "mean": wording.in_yi(row["mean_yuan"]),
            "low": wording.in_yi(row["mean_yuan"] - row["half_width_95_yuan"]),
            "high": wording.in_yi(row["mean_yuan"] + row["half_width_95_yuan"]),
        }
        for row in frame.sort("goal", "round").iter_rows(named=True)
    ]
    x = alt.X("round:O", title="round", axis=alt.Axis(labelAngle=0))
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart().encode(x=x, detail="goal:N")
    planned = base.mark_line(color=INK, strokeDash=[5, 4], point=alt.OverlayMarkDef(color=INK, size=30))
    mean = base.mark_line(color=BLUE, point=alt.OverlayMarkDef(color=BLUE, size=40))
    spans = base.mark_rule(color=BLUE, strokeWidth=3, opacity=0.5)
    layers = alt.layer(
        planned.encode(y=alt.Y("planned:Q", scale=scale, title="亿元")),
        spans.encode(y="low:Q", y2="high:Q"),
        mean.encode(y=alt.Y("mean:Q", scale=scale)),
    )
    chart = layers.properties(width=300, height=170).facet(
        facet=alt.Facet("goal:N", title=None), columns=2, data=alt.Data(values=values)
    )
    return render(chart.resolve_scale(y="independent"), prefix, "Planned and simulated amount by round of the loop")


def _month_axis() -> Any:
    """Months, with the year at each January."""
    import altair as alt

    label = "utcFormat(datum.value, utcmonth(datum.value) == 0 ? '%b %Y' : '%b')"
    every = {"interval": "month", "step": 1}
    return alt.Axis(
        labelExpr=label, grid=False, labelOverlap="greedy", labelSeparation=4, tickCount=every, labelFlush=False
    )


def _distinct(names: list[str]) -> list[str]:
    """Short names that stay apart when cutting makes them equal."""
    shown: list[str] = []
    for full in names:
        short, copy = name(full), 1
        while short in shown:
            copy += 1
            short = f"{name(full, 30)} ({copy})"
        shown.append(short)
    return shown


def _moment(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * 86_400_000


def _week(week: int, clock: Clock | None) -> int:
    return week if clock is None else _moment(clock.epoch) + week * 7 * 86_400_000
