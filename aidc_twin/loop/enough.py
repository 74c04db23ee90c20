"""More replications of a round where plan and twin are close but the interval is too wide to say so, and more traces
where those that there are say too little of what the next plan is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aidc_twin.park import Goal
from aidc_twin.telemetry import SILENT, Progress, Telemetry
from aidc_twin.twin.kernel.layout import ParkArrays
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import replicate, seeds_of
from aidc_twin.twin.statistics import interval

__all__ = ["GAP_GOAL", "HALF_WIDTH_GOAL", "MOST_TRACED", "missing", "traced_runs", "until_sure"]

GAP_GOAL = 0.01
"""|planned − simulated mean| / planned at which plan and twin agree."""

HALF_WIDTH_GOAL = 0.005
"""Half-width of the simulated mean, relative to it, at which that is believed."""

TRACED_WIDTH = GAP_GOAL
"""Half-width of each goal's mean over the traced replications, relative to it, from which no more are traced: as far as
plan and twin may be apart."""

MOST_TRACED = 40
"""Nor more than these in any case: a trace of each is large."""

RESERVE = 1.05
"""More than the variance so far asks for, since it is itself an estimate."""


def until_sure(
    result: SimResult, arrays: ParkArrays, goals: Sequence[Goal], planned: Mapping[str, int], *, seed: int, most: int,
    workers: int = 2, progress: Progress = SILENT,
) -> SimResult:  # fmt: skip
    """The result with as many replications more as make its goals' means sure; those of `seed` + 0, 1, 2, ... in turn.

    Parameters
    ----------
    planned
        Yuan of each goal in the plan: a mean that is far from it need not be sure, for the plan is made again.
    most
        Replications in all beyond which it does not go.
    """
    while more := missing(result, goals, planned, most):
        done = len(result.replications)
        timing = Telemetry()
        progress.begin("execute", more)
        with timing.stage("execute") as watch:
            runs = replicate(arrays, seeds_of(seed + done, more), workers=workers, on_done=progress.advance)
        progress.end()
        result = replace(
            result, replications=[*result.replications, *runs], cpu_seconds=result.cpu_seconds + watch.cpu_seconds
        )
    return result


def missing(result: SimResult, goals: Sequence[Goal], planned: Mapping[str, int], most: int) -> int:
    """Replications that are still wanted; none where a goal is far from its plan, or where `most` would not do.

    Far is what lies apart beyond chance. Where chance alone may keep a goal from its plan no more are asked for at
    once than there are, since the next ones may say that it is far.
    """
    done, wanted, closer = len(result.replications), 0, most
    if done < 2:
        return 0
    for goal in goals:
        found = interval(result.goal_yuan(goal))
        size = max(1.0, abs(found.mean))
        beyond = abs(planned[goal.id] - found.mean) - GAP_GOAL * planned[goal.id]
        if beyond > found.half_width_95:
            return 0
        if beyond > 0:
            closer = min(most, 2 * done)
        ratio = found.half_width_95 / (HALF_WIDTH_GOAL * size)
        wanted = max(wanted, math.ceil(RESERVE * done * ratio**2) if ratio > 1 else 0)
    # a variance is known to a tenth or so: where less than that lacks, the limit is worth a try
    return 0 if wanted > 1.2 * most else max(0, min(wanted, most, closer) - done)


def traced_runs(
    result: SimResult, arrays: ParkArrays, goals: Sequence[Goal], *, seed: int, least: int, workers: int = 2
) -> list[Replication]:  # fmt: skip
    """The first replications of a round with their traces: `least`, which have them, or more where those are too few.

    Profiles measured in a few of them are those of their luck. Where it moves the goals much, the plan that is made of
    them is one for that luck, each time another, and plan and twin do not settle.
    """
    runs = result.replications
    more = min(_traces_wanted(result, goals), MOST_TRACED, len(runs)) - least
    if more <= 0:
        return list(runs[:least])
    return [*runs[:least], *replicate(arrays, seeds_of(seed + least, more), workers=workers, trace=more)]


def _traces_wanted(result: SimResult, goals: Sequence[Goal]) -> int:
    """How many replications say each goal's mean within `TRACED_WIDTH`."""
    wanted = 0
    for goal in goals:
        found = interval(result.goal_yuan(goal))
        if found.mean and math.isfinite(found.half_width_95):
            ratio = found.half_width_95 / (TRACED_WIDTH * abs(found.mean))
            wanted = max(wanted, math.ceil(len(result.replications) * ratio**2))
    return wanted
