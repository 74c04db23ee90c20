"""The series of a run week by week: small charts of P10 to P90, P50 and capacity, and a table of their heights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from aidc_twin.report import wording
from aidc_twin.report.band_svg import draw
from aidc_twin.report.tables import Cell, Table, number, table, words

MOST_PANELS = 6
"""Charts of each group; the table lists every series."""
HEADROOM = 6.0
"""Capacity so many times as high as the band is told and not drawn, since the band would lie flat under it."""

_GROUPS = (
    ("use", "Places, power and money in use", "in use", "Mean of each week; peaks within a week are higher."),
    ("wip", "Units in the park", "in the park", "Mean of each week."),
    ("output", "Units done", "done", ""),
    ("goal", "What the goals gain", "gained", "The first and the last week may lie in the year in part."),
)
"""Key, title, word for the table, and what is to be said of it."""


@dataclass(frozen=True)
class _Series:
    """One series in the unit of the page, which is `scale` of the park's; `limits` is None where none is known."""

    kind: str
    name: str
    unit: str
    scale: float
    days: tuple[date, ...]
    mean: tuple[float, ...]
    p10: tuple[float, ...]
    p50: tuple[float, ...]
    p90: tuple[float, ...]
    limits: tuple[float | None, ...]

    @property
    def group(self) -> str:
        """Group of the page that shows it."""
        return _group(self.kind)

    @property
    def limit(self) -> float | None:
        """Greatest capacity."""
        return max((limit for limit in self.limits if limit is not None), default=None)

    @property
    def drawn(self) -> bool:
        """Whether its capacity is drawn."""
        return self.limit is not None and 0 < self.limit <= HEADROOM * max(self.p90)

    @property
    def rank(self) -> tuple[float, str, str]:
        """The fullest resource first, else the series with the highest mean; then by name."""
        shares = [p50 / limit for p50, limit in zip(self.p50, self.limits, strict=True) if limit]
        first = max(shares, default=0.0) if self.group == "use" else sum(self.mean) / len(self.mean)
        return -first, self.name, self.kind

    @property
    def told(self) -> str:
        """Unit in which each week is told."""
        return self.unit if self.group in ("use", "wip") else f"{self.unit} a week"


def weeks(bands: pl.DataFrame, use: pl.DataFrame, peaks: pl.DataFrame) -> dict[str, Any]:
    """Charts and table of the series.

    Parameters
    ----------
    bands, use, peaks
        Rows of `WeekBands`, of `ResourceWeeks` for the capacities, and of `ResourcePeaks`.
    """
    greatest = dict(peaks.select("resource", "greatest").iter_rows())
    known = {(row[0], row[1]): row[2] for row in use.select("resource", "week", "capacity").iter_rows()}
    series = [
        _read(part, known)
        for _, part in bands.sort("kind", "series", "week").group_by("kind", "series", maintain_order=True)
    ]
    groups: list[dict[str, Any]] = []
    listed: list[_Series] = []
    limits = False
    for group, title, _, note in _GROUPS:
        mine = sorted((one for one in series if one.group == group), key=lambda one: one.rank)
        listed += mine
        if mine:
            panels = [_panel(one, greatest) for one in mine[:MOST_PANELS]]
            limits = limits or any(one.drawn for one in mine[:MOST_PANELS])
            rest = len(mine) - len(panels)
            order = "fullest" if group == "use" else "largest"
            more = f"The {len(panels)} {order}; {rest} more are in the table below." if rest else ""
            groups.append({"title": title, "panels": panels, "note": f"{note} {more}".strip()})
    return {
        "week_groups": groups,
        "week_limits": limits,
        "week_table": _table(listed),
    }


def _read(part: pl.DataFrame, known: Mapping[tuple[str, int], float]) -> _Series:
    """One series from its rows; `known` are capacities by resource and week."""
    kind, name, unit = part.select("kind", "series", "unit").row(0)
    scale, shown = wording.scale(unit)
    keys = ("mean", "p10", "p50", "p90")
    mean, p10, p50, p90 = (tuple(value / scale for value in part[key]) for key in keys)
    found = (known.get((name, week)) if _group(kind) == "use" else None for week in part["week"])
    limits = tuple(None if limit is None else limit / scale for limit in found)
    return _Series(kind, name, shown, scale, tuple(part["day"]), mean, p10, p50, p90, limits)


def _group(kind: str) -> str:
    """Group of the page that shows a kind of series: what is no goal and no count of units is in use of a resource."""
    end = kind.rpartition("_")[2]
    return end if end in ("wip", "output", "goal") else "use"


def _panel(series: _Series, greatest: Mapping[str, float]) -> dict[str, Any]:
    """Chart of a series with its name and unit, its peak, and its capacity where that is too high to be drawn."""
    peak = greatest.get(series.name) if series.group == "use" else None
    told = [] if peak is None else [f"largest peak {wording.figure(peak / series.scale)} {series.unit}"]
    if series.limit and not series.drawn:
        told.append(f"capacity up to {wording.figure(series.limit)} {series.unit}")
    limits = series.limits if series.drawn else [None] * len(series.days)
    label = f"{series.name}, {series.told} by week: P50 at most {_highest(series, series.p50)}, P90 at most "
    figure = draw(series.days, (series.p10, series.p50, series.p90), limits, label + _highest(series, series.p90))
    return {"name": series.name, "unit": series.told, "figure": figure, "note": ", ".join(told)}


def _highest(series: _Series, values: Sequence[float]) -> str:
    """The highest value and when it is, in words."""
    top, day = _top(series, values)
    return f"{top.text} in the week to {day.text}"


def _table(series: Sequence[_Series]) -> Table:
    """Mean and heights of each series, with the week of each and the capacity there is then."""
    told = {group: what for group, _, what, _ in _GROUPS}
    heads = ("series", "what", "unit", "#mean", "#highest P50", "in the week to", "#highest P90", "in the week to")
    return table(
        (*heads, "#capacity then"),
        (
            (
                words(one.name),
                words(told[one.group]),
                words(one.told),
                number(sum(one.mean) / len(one.mean)),
                *_top(one, one.p50),
                *_top(one, one.p90),
                number(one.limits[one.p90.index(max(one.p90))]),
            )
            for one in series
        ),
        "The run holds no series by week.",
    )


def _top(series: _Series, values: Sequence[float]) -> tuple[Cell, Cell]:
    """The highest value and the last day of its week; of several equal ones the first."""
    top = max(values)
    return number(top), words(series.days[values.index(top)])
