"""The best of many scenarios for a goal, with a stated probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidc_twin.loop.rounds import LoopOptions, run_loop
from aidc_twin.loop.simulation import Line
from aidc_twin.park import Goal, Park
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.compile import Policy, read_factory
from aidc_twin.twin.statistics import Selected, SelectionRule, finite, interval, paired_difference, select_best


def planned_lines(
    parks: Sequence[Park], goals: Sequence[Goal], options: LoopOptions, progress: Progress = SILENT
) -> list[Line]:
    """Each park under the plan that its loop kept, with seeds that no loop has seen.

    A plan is chosen for what it gave under the seeds of the loop; judged by the same ones it would look too good.
    """
    fresh = options.seed + options.replications

    def line(park: Park) -> Line:
        one = run_loop(park, goals, options, progress)
        return Line.of(one.factory, one.kept.policy, fresh, options.workers)

    return [line(park) for park in parks]


def plain_lines(parks: Sequence[Park], seed: int, workers: int = 2) -> list[Line]:
    """Each park without a plan: every order as early as it can be."""
    return [Line.of(read_factory(park), Policy(), seed, workers) for park in parks]


def choose(lines: Mapping[str, Line], goal: Goal, rule: SelectionRule, progress: Progress = SILENT) -> dict[str, Any]:
    """Select the scenario whose mean of a goal is greatest, all under the same seeds.

    Parameters
    ----------
    lines
        By the names of the scenarios.
    rule
        With `delta` in yuan.
    """
    names = list(lines)

    def draw(number: int, begin: int, end: int) -> NDArray[np.float64]:
        line = lines[names[number]]
        return line.goals(line.runs(begin, end, progress=progress), [goal])[:, 0]

    progress.begin("select", rule.most * len(names))
    found = select_best(draw, len(names), rule)
    progress.end()
    return {
        "goal": goal.id, "ledger": goal.ledger, "year": goal.year, "selected": names[found.best],
        "reached": found.reached, "confidence": rule.confidence, "delta_yuan": rule.delta,
        "survivors": [names[i] for i in found.stages[-1].survivors],
        "scenarios": _rows(names, found),
        "stages": [
            {"replications": stage.replications, "survivors": [names[i] for i in stage.survivors]}
            for stage in found.stages
        ],
    }  # fmt: skip


def _rows(names: Sequence[str], found: Selected) -> list[dict[str, Any]]:
    """Each scenario, the greatest mean first: what was spent on it, and how far it lay behind while it was in."""
    best = found.samples[found.best]
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(names):
        samples = found.samples[i]
        behind = paired_difference(samples, best[: len(samples)])
        rows.append({
            "scenario": name, "replications": len(samples), "stayed": i in found.stages[-1].survivors,
            "mean_yuan": float(samples.mean()), "half_width_95_yuan": finite(interval(samples).half_width_95),
            "behind_yuan": behind.mean, "behind_half_width_95_yuan": finite(behind.half_width),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["scenario"] != names[found.best], row["behind_yuan"]))
