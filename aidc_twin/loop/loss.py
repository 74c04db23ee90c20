"""Loss by cause: what each thing that holds the park back costs a goal's mean, under common random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.frames import Losses, build
from aidc_twin.loop.causes import CAUSES, Case
from aidc_twin.park import Goal
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import replicate
from aidc_twin.twin.statistics import finite, interval, paired_difference

__all__ = ["ALL_OFF", "AS_IT_IS", "INTERACTION", "losses"]

AS_IT_IS, INTERACTION, ALL_OFF = "as it is", "interaction", "without all of it"

Samples = NDArray[np.float64]


def losses(
    factory: Factory, policy: Policy, goals: Sequence[Goal], seeds: Sequence[int], *, workers: int = 2,
    progress: Progress = SILENT,
) -> pl.DataFrame:  # fmt: skip
    """What each cause takes from the mean of each goal; see `Losses`.

    Each cause is switched off once alone and once after those before it, in the order of `CAUSES`; what a park has
    nothing of is not simulated.

    Parameters
    ----------
    seeds
        Of the replications, the same for every park.
    """
    twin = _Twin(goals, seeds, workers, progress)
    base = Case(factory.park, policy, {unit.id: unit.order for unit in factory.units})
    progress.begin("losses", len(CAUSES))
    mean = before = twin.samples(base)
    so_far, alone, in_order = base, list[Samples](), list[Samples]()
    for n, cause in enumerate(CAUSES):
        only, with_others = cause.off(base), cause.off(so_far)
        after = before if with_others is so_far else twin.samples(with_others)
        first = so_far is base
        alone.append(mean if only is base else after if first else twin.samples(only))
        in_order.append(after)
        so_far, before = with_others, after
        progress.advance(1, f"{n + 1}. {cause.name}")
    progress.end()
    rows = [row for g, goal in enumerate(goals) for row in _rows(goal.id, g, mean, alone, in_order)]
    return build(Losses, rows)


@dataclass(frozen=True)
class _Twin:
    """Gives the goals of a case in each replication."""

    goals: Sequence[Goal]
    seeds: Sequence[int]
    workers: int
    progress: Progress

    def samples(self, case: Case) -> Samples:
        """Yuan, shape (goals, replications)."""
        factory = read_factory(case.park)
        runs = replicate(compile_arrays(factory, case.policy), self.seeds, workers=self.workers)
        result = SimResult(factory, runs)
        return np.array([result.goal_yuan(goal) for goal in self.goals], np.float64).reshape(len(self.goals), -1)


def _rows(
    goal: str, g: int, mean: Samples, alone: Sequence[Samples], in_order: Sequence[Samples]
) -> list[tuple[object, ...]]:
    """Rows of a goal: means are rounded to the yuan before they are subtracted, so that the sums hold to the yuan."""
    n, start, end = mean.shape[1], _yuan(mean[g]), _yuan(in_order[-1][g])
    steps = [start, *(_yuan(found[g]) for found in in_order)]
    own = [_yuan(found[g]) - start for found in alone]
    widths = [finite(paired_difference(mean[g], found[g]).half_width) for found in alone]
    rows: list[tuple[object, ...]] = [(goal, 0, AS_IT_IS, start, finite(interval(mean[g]).half_width_95), start, n)]
    for i, cause in enumerate(CAUSES):
        rows.append((goal, i + 1, cause.name, own[i], widths[i], steps[i + 1] - steps[i], n))
    rows.append((goal, len(rows), INTERACTION, end - start - sum(own), None, 0, n))
    rows.append((goal, len(rows), ALL_OFF, end, finite(interval(in_order[-1][g]).half_width_95), end, n))
    return rows


def _yuan(samples: NDArray[np.float64]) -> int:
    return round(float(samples.mean()))
