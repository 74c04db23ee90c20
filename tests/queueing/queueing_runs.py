"""Cases through the twin: a park folder on disk, loaded with all its checks, and replications with their intervals."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from queueing_cases import Case, name_of, truths
from queueing_lengths import BATCHES
from queueing_models import Model, model_of
from queueing_parks import WEEK_HOURS
from queueing_weeks import Weeks

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.run import replicate, seeds_of

SEEDS = seeds_of(20_261_005, 200)
MOST_WEEKS = 32
"""Most weeks of a batch, so that the horizon stays within its bounds."""
SHORTEST_SECONDS = 10
"""A mean time is at least so long, ten times the shortest duration of a park."""
BIAS = 0.01
"""Below this is the bias: relative to the true value, or absolute where that is 0."""
ROUNDING = 1e-9
"""Relative error of sums: an interval of no width still holds what it should."""


@dataclass(frozen=True)
class Verdict:
    """A figure of a case over all seeds.

    Attributes
    ----------
    mean : of the replications' means.
    covered : replications of which the 95 % interval holds the true value.
    error : standard error of `mean`, relative to the true value.
    dependent : replications whose batches are correlated by von Neumann's test, of which 5 % are by chance.
    """

    figure: str
    true: float
    mean: float
    covered: int
    error: float
    dependent: int

    @property
    def bias(self) -> float:
        """Relative bias; where the true value is 0 the absolute one."""
        return self.mean / self.true - 1 if self.true else self.mean

    def holds(self, seeds: int) -> bool:
        """What is promised: at least 178 of 200 intervals hold the true value, and the bias is below 1 %."""
        return self.covered >= 178 / 200 * seeds and abs(self.bias) < BIAS


@dataclass(frozen=True)
class Result:
    """All figures of a case, what they cost, and how long a replication was in the model's unit of time."""

    name: str
    kind: str
    verdicts: tuple[Verdict, ...]
    cpu_s: float
    events: int
    time: float


def scale_of(model: Model) -> tuple[int, float]:
    """Weeks of a batch, and hours of the model's unit of time: a batch is two weeks or more."""
    batch = model.time / BATCHES
    weeks = math.ceil(batch / model.plant.shortest() * SHORTEST_SECONDS / 3600 / WEEK_HOURS)
    weeks = min(MOST_WEEKS, max(2, weeks))
    return weeks, weeks * WEEK_HOURS / batch


def run_case(case: Case, folder: Path, seeds: list[int] = SEEDS, workers: int = 2) -> Result:
    """Write a case as a park into `folder`, load it and simulate it once for each seed.

    A batch's worth of weeks is the warm-up, which is many times what the queue remembers.
    """
    model = model_of(case)
    batch, hours = scale_of(model)
    begun = time.process_time()
    park = load_park(model.plant.write(folder, (BATCHES + 1) * batch, hours))
    factory = read_factory(park)
    runs = replicate(compile_arrays(factory), seeds, workers=workers)
    cpu = time.process_time() - begun
    found = [model.measure(Weeks(factory, run, hours, batch)) for run in runs]
    wanted = {name: true for name, true in truths(case).items() if name in found[0] and found[0][name].below.all()}
    verdicts: list[Verdict] = []
    for name, true in wanted.items():
        estimates = [figures[name].estimate(BATCHES) for figures in found]
        means = np.array([one.mean for one in estimates])
        widths = np.array([one.half_width for one in estimates])
        covered = int((np.abs(means - true) <= widths + ROUNDING * abs(true)).sum())
        dependent = sum(not one.independent for one in estimates)
        verdicts.append(Verdict(name, true, float(means.mean()), covered, _error(means, true), dependent))
    return Result(name_of(case), model.kind, tuple(verdicts), cpu, sum(run.events for run in runs), model.time)


def _error(means: NDArray[np.float64], true: float) -> float:
    if len(means) < 2:
        return math.inf
    return float(means.std(ddof=1)) / math.sqrt(len(means)) / (abs(true) or 1.0)
