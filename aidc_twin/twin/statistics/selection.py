"""The best of many systems with a stated probability: the procedure of Kim and Nelson."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SelectionRule:
    """What is asked of a selection.

    Attributes
    ----------
    delta : the least lead worth finding (indifference zone), in the unit of the samples.
    confidence : probability that the best is selected if it leads by `delta` or more.
    first : replications of each system from which variances are estimated.
    step : replications between two looks; looking seldom errs less often and costs a few replications more.
    most : replications of a system after which it ends without the stated probability.
    """

    delta: float
    confidence: float = 0.95
    first: int = 20
    step: int = 10
    most: int = 1000

    def __post_init__(self) -> None:
        if not (self.delta > 0 and math.isfinite(self.delta)):
            raise ValueError(f"an indifference zone is above 0 and finite, not {self.delta}")
        if not (2 <= self.first <= self.most and self.step >= 1):
            raise ValueError(f"first {self.first}, step {self.step}, most {self.most}: needs 2 <= first <= most")
        if not 0.5 < self.confidence < 1:
            raise ValueError(f"the confidence of a selection lies between 0.5 and 1, not at {self.confidence}")


@dataclass(frozen=True, slots=True)
class Stage:
    """One look: replications of each system that was still in, and which stayed."""

    replications: int
    survivors: tuple[int, ...]


@dataclass(frozen=True)
class Selected:
    """The outcome among k systems, by number.

    Attributes
    ----------
    best : with the greatest mean of the last survivors; the first of equals.
    stages : every look in order; the survivors of the last one are those that could not be told apart.
    samples : k arrays, shape (replications of the system,).
    reached : whether the stated probability holds; if not, `rule.most` ended it.
    """

    best: int
    stages: tuple[Stage, ...]
    samples: tuple[Reals, ...]
    reached: bool

    @property
    def replications(self) -> tuple[int, ...]:
        """Replications spent on each system."""
        return tuple(len(x) for x in self.samples)


def select_best(draw: Callable[[int, int, int], Reals], systems: int, rule: SelectionRule) -> Selected:
    """Select the system with the greatest mean, dropping those that are clearly worse on the way.

    Kim and Nelson (2001), fully sequential, c = 1, with their constant for dependent systems: common random numbers
    are allowed, and make the differences vary less, which is what it pays for. A system stays as long as, for each
    other l, mean(i) >= mean(l) - max(0, (h² S²(i,l) / delta - delta r) / (2 r)) after r replications, where S² is the
    variance of the differences in the first stage. Exact for normal samples.

    Parameters
    ----------
    draw
        Gives replications `begin` to `end` - 1 of a system, `draw(system, begin, end)`, shape (end - begin,). Equal
        numbers have equal seeds.
    systems
        How many there are.

    Raises
    ------
    ValueError
        If there is no system.
    """
    if systems < 1:
        raise ValueError("nothing to select from")
    samples = [draw(i, 0, rule.first) for i in range(systems)]
    longest = contest_lengths(np.stack(samples), rule)
    alive, stages = list(range(systems)), list[Stage]()
    while True:
        alive = _stay(samples, alive, longest, rule.delta)
        r = len(samples[alive[0]])
        stages.append(Stage(r, tuple(alive)))
        over = len(alive) == 1 or r >= float(longest[np.ix_(alive, alive)].max())
        if over or r >= rule.most:
            best = max(alive, key=lambda i: (float(samples[i].mean()), -i))
            return Selected(best, tuple(stages), tuple(samples), over)
        for i in alive:
            samples[i] = np.concatenate([samples[i], draw(i, r, min(r + rule.step, rule.most))])


def contest_lengths(first: Reals, rule: SelectionRule) -> Reals:
    """Replications after which each pair of systems is decided at the latest, h² S² / delta², shape (k, k).

    Parameters
    ----------
    first
        The first stage, shape (k, n).
    """
    k, n = first.shape
    if k == 1:
        return np.zeros((1, 1))
    eta = ((2 * (1 - rule.confidence) / (k - 1)) ** (-2 / (n - 1)) - 1) / 2
    gaps = first[:, None, :] - first[None, :, :]
    return 2 * eta * (n - 1) * gaps.var(axis=2, ddof=1) / rule.delta**2


def _stay(samples: Sequence[Reals], alive: Sequence[int], longest: Reals, delta: float) -> list[int]:
    """Systems that no other one has beaten."""
    r = len(samples[alive[0]])
    mean = np.array([samples[i].mean() for i in alive])
    margin = np.maximum(0.0, delta * (longest[np.ix_(alive, alive)] - r) / (2 * r))
    beaten = mean[:, None] < mean[None, :] - margin
    return [i for i, row in zip(alive, beaten, strict=True) if not row.any()]
