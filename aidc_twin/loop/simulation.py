"""Replications of a park under a policy, over both cores: so many, or until the goals' figures are sure enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import InputError, Problem
from aidc_twin.park import Goal, Park
from aidc_twin.resources.suggest import cure, listed
from aidc_twin.telemetry import SILENT, Progress, Telemetry
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import ParkArrays
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import replicate, seeds_of
from aidc_twin.twin.standing import Standing
from aidc_twin.twin.statistics import Stopped, StopRule, replicate_until

__all__ = ["Line", "execute", "simulate_park", "simulate_until"]


def execute(
    factory: Factory,
    policy: Policy,
    seeds: Sequence[int],
    *,
    workers: int = 2,
    traced: int = 0,
    progress: Progress = SILENT,
    stage: str = "simulate",
    standing: Standing | None = None,
) -> tuple[SimResult, ParkArrays]:
    """Replications of a factory under a policy; the first `traced` keep their trace. Also the arrays that were run.

    `standing` is told what waits in vain at the end of each.
    """
    arrays = compile_arrays(factory, policy)
    watched = arrays if standing is None else standing.watched(arrays)
    timing = Telemetry()
    progress.begin(stage, len(seeds))
    with timing.stage(stage) as watch:
        runs = replicate(watched, seeds, workers=workers, trace=traced, on_done=progress.advance)
    progress.end()
    return SimResult(factory, runs, watch.cpu_seconds), arrays


def simulate_park(
    park: Park,
    seed: int,
    replications: int,
    *,
    workers: int = 2,
    progress: Progress = SILENT,
    standing: Standing | None = None,
) -> SimResult:
    """Replications without a plan: every order as early as it can be, materials bought when orders are placed.

    `standing` is told what waits in vain at the end of each.
    """
    seeds, traced, factory = seeds_of(seed, replications), min(1, replications), read_factory(park)
    return execute(factory, Policy(), seeds, workers=workers, traced=traced, progress=progress, standing=standing)[0]


@dataclass(frozen=True)
class Line:
    """A factory under a policy that can be asked for any of its replications; `seed` is that of number 0."""

    factory: Factory
    arrays: ParkArrays
    seed: int
    workers: int = 2

    @classmethod
    def of(cls, factory: Factory, policy: Policy, seed: int, workers: int = 2) -> Line:
        """Compile a factory under a policy."""
        return cls(factory, compile_arrays(factory, policy), seed, workers)

    def runs(self, begin: int, end: int, *, traced: int = 0, progress: Progress = SILENT) -> list[Replication]:
        """Replications number `begin` to `end` - 1; the first `traced` of them keep their trace."""
        seeds = seeds_of(self.seed + begin, end - begin)
        return replicate(self.arrays, seeds, workers=self.workers, trace=traced, on_done=progress.advance)

    def goals(self, runs: Sequence[Replication], goals: Sequence[Goal]) -> NDArray[np.float64]:
        """Yuan of each goal in each replication, shape (replications, goals)."""
        found = SimResult(self.factory, runs)
        columns = [found.goal_yuan(goal).astype(np.float64) for goal in goals]
        return np.stack(columns, axis=1) if columns else np.zeros((len(runs), 0))

    def figures(self, runs: Sequence[Replication], goals: Sequence[Goal]) -> list[dict[str, float]]:
        """Figures of `SimResult.kpis` by name, of each replication those that it has."""
        found = [SimResult(self.factory, [run]).samples(goals) for run in runs]
        return [{name: float(values[0]) for name, _, values in one if len(values)} for one in found]


def simulate_until(
    park: Park,
    goals: Sequence[Goal],
    seed: int,
    rule: StopRule,
    *,
    figures: Sequence[str] = (),
    workers: int = 2,
    progress: Progress = SILENT,
    standing: Standing | None = None,
) -> tuple[SimResult, Stopped]:
    """Replications without a plan until every goal, or each of some figures, is as sure as a rule asks.

    The first n are those of `simulate_park` with the same seed, so that the result is that of n replications.
    `standing` is told what waits in vain at the end of each.

    Raises
    ------
    InputError
        If no replication of the first stage has a figure of a name that is asked for.
    """
    factory = read_factory(park)
    line = Line.of(factory, Policy(), seed, workers)
    if standing is not None:
        line = replace(line, arrays=standing.watched(line.arrays))
    runs: list[Replication] = []

    def draw(begin: int, end: int) -> NDArray[np.float64]:
        more = line.runs(begin, end, traced=int(begin == 0), progress=progress)
        runs.extend(more)
        if not figures:
            return line.goals(more, goals)
        rows = line.figures(more, goals)
        if begin == 0:
            _known(figures, rows)
        return np.array([[row.get(name, np.nan) for name in figures] for row in rows])

    timing = Telemetry()
    progress.begin("simulate", rule.most)
    with timing.stage("simulate") as watch:
        stopped = replicate_until(draw, rule)
    progress.end()
    return SimResult(line.factory, runs, watch.cpu_seconds), stopped


def _known(figures: Sequence[str], rows: Sequence[dict[str, float]]) -> None:
    """Refuse names of figures that no replication has."""
    known = list(dict.fromkeys(name for row in rows for name in row))
    problems = [
        Problem("command line", 0, "--figure", name, listed(known), cure(name, known), "bad-option")
        for name in figures
        if name not in known
    ]
    if problems:
        raise InputError(problems)
