"""Dates that a share of futures keeps: order statistics, whatever the distribution, with what is not known of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.statistics import quantile_interval

__all__ = ["NEVER", "PROBABILITIES", "Kept", "Likely", "kept_by", "likelihood"]

NEVER = 1 << 62
"""Tick of a delivery that does not happen within the horizon."""

PROBABILITIES = (0.5, 0.8, 0.9, 0.95)
"""Probabilities for which a date is told."""

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Kept:
    """A tick by which a share of futures is done.

    Attributes
    ----------
    tick : an order statistic; None where it lies beyond the horizon, or there are too few futures.
    low, high : the 95 % interval of the true quantile; None for an end that is open, or lies beyond the horizon.
    fewest : futures that such a share takes at least.
    """

    probability: float
    tick: int | None
    low: int | None
    high: int | None
    fewest: int
    enough: bool


def kept_by(ticks: NDArray[np.int64], probability: float) -> Kept:
    """Smallest order statistic by which one more future is done with at least a probability.

    One more future lies at or below the k-th smallest of n others with probability k / (n + 1), whatever the
    distribution (exactly so for a continuous one), so that k is the next whole number from ``probability * (n + 1)``.

    Parameters
    ----------
    ticks
        Of the delivery in each future, shape (n,); `NEVER` where it does not come.
    """
    n = len(ticks)
    fewest = math.ceil(probability / (1 - probability) - 1e-9)
    rank = math.ceil(probability * (n + 1) - 1e-9)
    if rank > n:
        return Kept(probability, None, None, None, fewest, enough=False)
    found = quantile_interval(ticks.astype(np.float64), probability)
    low, high = (int(end) if math.isfinite(end) and end < NEVER else None for end in (found.low, found.high))
    tick = int(np.sort(ticks)[rank - 1])
    return Kept(probability, tick if tick < NEVER else None, low, high, fewest, enough=True)


@dataclass(frozen=True, slots=True)
class Likely:
    """Share of futures with its 95 % interval."""

    share: float
    low: float
    high: float


def likelihood(count: int, futures: int) -> Likely:
    """Share of futures in which something happens, with the interval of Wilson (1927)."""
    share, square = count / futures, _Z95**2
    middle = (share + square / (2 * futures)) / (1 + square / futures)
    width = _Z95 * math.sqrt(share * (1 - share) / futures + square / (4 * futures**2)) / (1 + square / futures)
    low, high = max(0.0, middle - width), min(1.0, middle + width)
    return Likely(share, low if count else 0.0, high if count < futures else 1.0)
