"""All figures of two scenarios without a plan, under common random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aidc_twin.loop.paired import paired_rows
from aidc_twin.loop.simulation import Line
from aidc_twin.park import Goal
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.result import SimResult


def side_by_side(
    base: Line, other: Line, goals: Sequence[Goal], replications: int, progress: Progress = SILENT
) -> list[dict[str, Any]]:
    """Means of each figure that both have, and their difference over the pairs of replications that both have it in."""
    progress.begin("simulate", 2 * replications)
    runs = [line.runs(0, replications, progress=progress) for line in (base, other)]
    progress.end()
    units = {name: unit for name, unit, _ in SimResult(base.factory, runs[0]).samples(goals)}
    rows = [line.figures(mine, goals) for line, mine in zip((base, other), runs, strict=True)]
    return paired_rows(units, *rows, mean="other_mean")
