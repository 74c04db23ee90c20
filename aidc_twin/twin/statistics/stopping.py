"""Replications until figures are as sure as was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.statistics.intervals import half_width

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StopRule:
    """When there are enough replications.

    Attributes
    ----------
    half_width : to reach, as a share of the mean's size if `relative`, else in the unit of the figures.
    first : replications of the first stage; with fewer than ten a variance that is small by chance stops too early.
    step : replications between two looks; results do not depend on how many are made at once.
    most : replications after which it ends, reached or not.
    """

    half_width: float
    relative: bool = True
    first: int = 20
    step: int = 10
    most: int = 1000
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not (self.half_width > 0 and math.isfinite(self.half_width)):
            raise ValueError(f"a half-width to reach is above 0 and finite, not {self.half_width}")
        if not (2 <= self.first <= self.most and self.step >= 1):
            raise ValueError(f"first {self.first}, step {self.step}, most {self.most}: needs 2 <= first <= most")
        if not 0 < self.confidence < 1:
            raise ValueError(f"a confidence lies between 0 and 1, not at {self.confidence}")


@dataclass(frozen=True)
class Stopped:
    """How it ended; n replications of F figures.

    Attributes
    ----------
    samples : shape (n, F), NaN where a replication has no such figure.
    half_widths, allowed : shape (F,), what each figure has and what it may have, in its unit.
    expected : replications that would do for all figures if their variance stayed as it is; n if it was reached; None
        if no number would, since a share of nothing was asked for.
    """

    samples: Reals
    half_widths: Reals
    allowed: Reals
    expected: int | None

    @property
    def reached(self) -> bool:
        """Whether every figure is as sure as was asked for; if not, the maximum stopped it."""
        return bool((self.half_widths <= self.allowed).all())


def replicate_until(draw: Callable[[int, int], Reals], rule: StopRule) -> Stopped:
    """Replications, `rule.step` at a time, until the interval of each figure's mean is narrow enough.

    The rule is Chow and Robbins' (1965) with Student's t. Its intervals cover a little less often than they say, since
    they stop when the variance happens to look small; with a first stage of twenty that is within chance of nothing,
    with one of three 90 instead of 95 %. Each figure has the confidence by itself.

    Parameters
    ----------
    draw
        Gives replications `begin` to `end` - 1 as an array (end - begin, F); NaN where one has no such figure.
    """
    samples = draw(0, rule.first)
    while True:
        found = judged(samples, rule)
        n = len(samples)
        if found.reached or n >= rule.most:
            return found
        samples = np.concatenate([samples, draw(n, min(n + rule.step, rule.most))])


def judged(samples: Reals, rule: StopRule) -> Stopped:
    """What a rule says of samples, shape (n, F), NaN where a replication has no such figure."""
    columns = [column[~np.isnan(column)] for column in samples.T]
    widths = np.array([half_width(column, rule.confidence) for column in columns])
    sizes = [abs(float(column.mean())) if len(column) else 0.0 for column in columns]
    allowed = rule.half_width * (np.array(sizes) if rule.relative else np.ones(len(columns)))
    n = len(samples)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(widths <= allowed, 1.0, widths / allowed)
    most = float(np.max(ratio, initial=1.0))
    return Stopped(samples, widths, allowed, math.ceil(n * most**2) if math.isfinite(most) else None)
