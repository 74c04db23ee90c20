"""Many futures from today: each shock, and each stack of shocks, against the same luck without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aidc_twin.loop.paired import paired_rows
from aidc_twin.loop.simulation import Line
from aidc_twin.park import Goal, Park
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.compile import Policy, read_factory
from aidc_twin.twin.result import SimResult

SHOCKS = (
    "quota-halved",
    "transformer-leads-doubled",
    "test-power-cap",
    "typhoon-week",
    "spring-festival-labour",
    "phase-two-slip",
    "bay-lost",
)
"""Scenarios of the shipped library that come over a park from outside."""
STACKED = "+"
"""Between the names of scenarios that come together."""


@dataclass(frozen=True)
class Futures:
    """Figures of the futures of one park by name: value of each future that has it, by its number."""

    units: Mapping[str, str]
    rows: Sequence[Mapping[str, float]]


def futures_of(park: Park, goals: Sequence[Goal], seed: int, count: int, workers: int, progress: Progress) -> Futures:
    """Futures of a park from its epoch, everything as early as it can be."""
    factory = read_factory(park)
    line = Line.of(factory, Policy(), seed, workers)
    runs = line.runs(0, count, progress=progress)
    units = {name: unit for name, unit, _ in SimResult(factory, runs).samples(goals)}
    return Futures(units, line.figures(runs, goals))


def branch(
    base: Park, shocked: Mapping[str, Park], goals: Sequence[Goal], seed: int, count: int, *, workers: int = 2,
    progress: Progress = SILENT,
) -> dict[str, Any]:  # fmt: skip
    """What each shock changes, future by future under the same draws; the worst for the first goal comes first.

    Without goals the first figure that both have decides.
    """
    progress.begin("branch", count * (1 + len(shocked)))
    plain = futures_of(base, goals, seed, count, workers, progress)
    found = {
        name: _differences(plain, futures_of(park, goals, seed, count, workers, progress))
        for name, park in shocked.items()
    }
    progress.end()
    first = goals[0].id if goals else ""
    order = sorted(found, key=lambda name: (_of(found[name], first), name))
    return {"base": _means(plain), "shocks": [{"shock": name, "figures": found[name]} for name in order]}


def _means(futures: Futures) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, unit in futures.units.items():
        values = np.array([row[name] for row in futures.rows if name in row])
        low, middle, high = (float(q) for q in np.quantile(values, (0.1, 0.5, 0.9)))
        rows.append({"figure": name, "unit": unit, "mean": float(values.mean()), "p10": low, "p50": middle,
                     "p90": high})  # fmt: skip
    return rows


def _differences(base: Futures, other: Futures) -> list[dict[str, Any]]:
    """Mean of each figure and its paired difference, over the futures in which both have it."""
    rows = paired_rows(base.units, base.rows, other.rows, "mean")
    return [{key: value for key, value in row.items() if key != "variance_ratio"} for row in rows]


def _of(figures: Sequence[Mapping[str, Any]], name: str) -> float:
    """Difference of a figure, or of the first."""
    return next((row["difference"] for row in figures if row["figure"] == name or not name), 0.0)
