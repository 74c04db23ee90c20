"""Many scenarios under one policy and the same seeds, ranked by a goal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import InputError, Problem
from aidc_twin.fan import Fan
from aidc_twin.loop.simulation import Line
from aidc_twin.park import Goal
from aidc_twin.park.load import ReadFolder, examine_patched, read_folder
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.compile import Policy, read_factory
from aidc_twin.twin.statistics import finite, interval, paired_difference

__all__ = ["ranking"]

Found = NDArray[np.float64] | tuple[Problem, ...]

_CHUNK = 4
"""Scenarios that a worker is handed at a time."""


@dataclass(frozen=True)
class _Task:
    """Stacks of scenarios on a park, to be simulated with the same seeds."""

    park: str
    stacks: tuple[tuple[str, ...], ...]
    goal: Goal
    seed: int
    replications: int

    def yuan(self) -> list[Found]:
        """Yuan of the goal in each replication of each stack, or the problems of the park under it."""
        return [self._of(stack) for stack in self.stacks]

    def _of(self, stack: tuple[str, ...]) -> Found:
        park, report = examine_patched(_read(self.park), stack)
        if park is None or report.problems:
            return report.problems
        line = Line.of(read_factory(park), Policy(), self.seed, workers=1)
        return line.goals(line.runs(0, self.replications), [self.goal])[:, 0]


@lru_cache(maxsize=1)
def _read(park: str) -> ReadFolder:
    """A park's folder, read once by each worker process; `ranking` forgets what an earlier call has read."""
    return read_folder(park)


def _yuan(task: _Task) -> list[Found]:
    return task.yuan()


def ranking(
    park: str, stacks: dict[str, tuple[str, ...]], goal: Goal, seed: int, replications: int, *,
    workers: int = 2, progress: Progress = SILENT,
) -> dict[str, Any]:  # fmt: skip
    """Scenarios by the mean of a goal, the greatest first, each with every order as early as it can be.

    Parameters
    ----------
    stacks
        Scenarios that are applied, in order, by the name of each case; two or more.
    replications
        Of each case, with the same seeds; two or more.

    Returns
    -------
    dict
        ``scenarios``, with how far each lies behind the first, and the half-widths of these differences, which hold
        for all of them together with 95 % (Bonferroni).

    Raises
    ------
    InputError
        With every problem of every scenario.
    """
    _read.cache_clear()
    names = list(stacks)
    parts = [names[i : i + _CHUNK] for i in range(0, len(names), _CHUNK)]
    tasks = [_Task(park, tuple(stacks[name] for name in part), goal, seed, replications) for part in parts]
    progress.begin("rank", len(names))
    done = Fan(workers, "processes").map(_yuan, tasks, lambda _, part: progress.advance(len(part)))
    progress.end()
    found = dict(zip(names, (one for part in done for one in part), strict=True))
    problems = {problem for one in found.values() if isinstance(one, tuple) for problem in one}
    if problems:
        raise InputError(sorted(problems))
    yuan = {name: one for name, one in found.items() if not isinstance(one, tuple)}
    return {
        "goal": goal.id, "ledger": goal.ledger, "year": goal.year, "replications": replications,
        "scenarios": _rows(yuan),
    }  # fmt: skip


def _rows(yuan: dict[str, NDArray[np.float64]]) -> list[dict[str, Any]]:
    """Each scenario, the greatest mean first; equal ones by name."""
    order = sorted(yuan, key=lambda name: (-float(yuan[name].mean()), name))
    best, confidence = yuan[order[0]], 1 - 0.05 / (len(order) - 1)
    rows: list[dict[str, Any]] = []
    for place, name in enumerate(order, 1):
        gap, mean = paired_difference(yuan[name], best, confidence), interval(yuan[name])
        width = finite(gap.half_width)
        rows.append({
            "place": place, "scenario": name, "mean_yuan": mean.mean, "half_width_95_yuan": finite(mean.half_width_95),
            "behind_yuan": gap.mean, "behind_half_width_yuan": width,
            "surely_behind": width is not None and gap.mean > width,
        })  # fmt: skip
    return rows
