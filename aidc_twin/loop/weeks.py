"""Series by week over the replications: what goals gain, units in the park and done, use of power, places, money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.frames import WeekBands, build
from aidc_twin.park import Goal
from aidc_twin.twin.classes import counting_scale
from aidc_twin.twin.figures import units_done, units_in_park
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.statistics import bands

FILLED = ("space", "cumulative", "cash")
"""Kinds of resources whose use says how full the park is: places (work in process), power and money."""

Series = tuple[str, str, str, NDArray[np.int64], NDArray[np.float64]]
"""(kind, name, unit, number of each week (weeks,), values (replications, weeks))."""


def week_series(result: SimResult, goals: Sequence[Goal]) -> Iterator[Series]:
    """Yuan that each goal gains in each week of its year, units in the park and done, use of what is in `FILLED`.

    Weeks of the warm-up are in the series: they show whether it is long enough.
    """
    for goal in goals:
        yield "goal", goal.id, "yuan", *_goal_weeks(result, goal)
    yield from _unit_weeks(result)
    used = np.stack([run.used for run in result.replications])
    weeks = np.arange(used.shape[2])
    for r, row in enumerate(result.factory.park.resources):
        if row.kind in FILLED:
            scale = result.factory.clock.ticks_per_week * counting_scale(row.kind)
            yield row.kind, row.resource, row.unit, weeks, used[:, r] / scale


def _unit_weeks(result: SimResult) -> Iterator[Series]:
    """Mean units in the park and units done by week, of each product of orders and each source that has any."""
    factory, runs = result.factory, result.replications
    present, done = units_in_park(factory, runs), units_done(runs)
    weeks = np.arange(present.shape[2])
    names = [("product", row.product) for row in factory.park.products]
    names += [("source", row.source) for row in factory.park.sources]
    for g, (what, name) in enumerate(names):
        if present[:, g].any() or done[:, g].any():
            yield f"{what}_wip", name, "units", weeks, present[:, g]
            yield f"{what}_output", name, "units", weeks, done[:, g]


def week_bands(result: SimResult, goals: Sequence[Goal]) -> pl.DataFrame:
    """All series as bands; see `WeekBands`."""
    clock = result.factory.clock
    rows: list[tuple[object, ...]] = []
    for kind, name, unit, weeks, values in week_series(result, goals):
        found = bands(values)
        for i, week in enumerate(weeks.tolist()):
            day = (clock.date((week + 1) * clock.ticks_per_week) - timedelta(days=1)).date()
            figures = (float(x[i]) for x in (found.mean, found.p10, found.p50, found.p90))
            rows.append((kind, name, week, day, unit, *figures))
    return build(WeekBands, rows)


def _goal_weeks(result: SimResult, goal: Goal) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Weeks of a goal's year, the first and last of which may lie in it in part, and its yuan in each."""
    factory = result.factory
    first, last = factory.clock.year_ticks(goal.year)
    edge = factory.bucket_edge
    inside = np.flatnonzero((edge[:-1] >= first) & (edge[1:] <= last))
    week = edge[:-1][inside] // factory.clock.ticks_per_week
    weeks, starts = np.unique(week, return_index=True)
    yuan = result.goal_by_bucket(goal)[:, inside].astype(np.float64)
    return weeks, np.add.reduceat(yuan, starts, axis=1) if len(starts) else np.zeros((len(yuan), 0))
