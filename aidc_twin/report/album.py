"""The album on the page: what each plan gives up and where it differs, in words and in one picture."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from aidc_twin.report import wording
from aidc_twin.report.palette import INK, series
from aidc_twin.report.svg import name, render
from aidc_twin.report.tables import Cell, table, whole, words

_ABSENT = "The run holds no album of other plans; `run --album 5` makes one."
_WIDTH, _ROW = 620, 26
_LEVELS = {"shortfall": "goals", "tardiness": "tardiness", "margin": "margin"}


def album(frames: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """Table, picture and key of the album."""
    plans = frames["album_plans"].sort("plan")
    levels = frames["album_levels"].sort("plan", maintain_order=True)
    names = list(dict.fromkeys(levels["level"].to_list()))
    lost = {(plan, level): share for plan, level, share in levels.select("plan", "level", "lost_share").iter_rows()}
    heads = ("#plan", "goes far in", *(f"#{_LEVELS.get(level, level)} given up" for level in names), "differs")
    rows = (
        (
            whole(row["plan"]), words(row["name"]), *(_share(lost.get((row["plan"], level))) for level in names),
            words(row["words"]),
        )
        for row in plans.iter_rows(named=True)
    )  # fmt: skip
    key = [(series(n), f"{row['plan']} {row['name']}") for n, row in enumerate(plans[1:].iter_rows(named=True))]
    return {
        "album_table": table(heads, rows, _ABSENT),
        "album_figure": _figure(frames["album_measures"], "album"),
        "album_key": key,
    }


def _share(lost: float | None) -> Cell:
    """What is given up of a level, or gained."""
    if lost is None:
        return words(wording.NOTHING, "n")
    return Cell(f"gains {wording.percent(-lost)}" if lost < 0 else wording.percent(lost + 0.0), kind="n")


def _figure(measures: pl.DataFrame, prefix: str) -> Markup | None:
    """A row for each measure, a mark for each plan at its distance to the best one; None where there is no album."""
    import altair as alt

    rows: list[dict[str, Any]] = [
        {
            "measure": name(row["measure"], 34),
            "apart": 100 * (row["value"] - row["best"]) / row["scale"] if row["scale"] > 0 else 0.0,
            "colour": series(row["plan"] - 1),
            "told": f"plan {row['plan']}: {name(row['measure'], 60)} {wording.figure(row['value'])} "
            f"{name(row['unit'])}, best plan {wording.figure(row['best'])}",
        }
        for row in measures.sort("plan", maintain_order=True).iter_rows(named=True)
        if row["plan"] > 0
    ]
    if not rows:
        return None
    order = list(dict.fromkeys(row["measure"] for row in rows))
    y = alt.Y("measure:N", sort=order, title=None, axis=alt.Axis(grid=True))
    base = alt.Chart(alt.Data(values=rows))
    marks = base.mark_point(filled=True, size=95, opacity=0.85).encode(
        x=alt.X("apart:Q", title="% more or less than in the best plan", axis=alt.Axis(tickCount=8)),
        y=y,
        color=alt.Color("colour:N", scale=None),
        description="told:N",
    )
    rule = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=INK).encode(x="x:Q")
    chart = alt.layer(rule, marks).properties(width=_WIDTH, height=_ROW * len(order))
    return render(chart, prefix, "What the plans of the album do more or less of than the best plan")
