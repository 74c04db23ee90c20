"""Intervals of means, of quantiles, of differences, and of the mean of one long run."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aidc_twin.twin.statistics.student import t_quantile

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """Mean with its 95 % half-width, and the 10, 50 and 90 % quantiles of the samples."""

    mean: float
    half_width_95: float
    p10: float
    p50: float
    p90: float


def interval(samples: ArrayLike) -> Interval:
    """Interval of independent samples; the half-width of a single one is infinite."""
    x = np.asarray(samples, np.float64)
    p10, p50, p90 = (float(q) for q in np.quantile(x, (0.1, 0.5, 0.9)))
    return Interval(float(x.mean()), half_width(x), p10, p50, p90)


def half_width(x: Reals, confidence: float = 0.95) -> float:
    """Half-width of the confidence interval of the mean of independent samples, shape (n,) (Student's t)."""
    n = len(x)
    if n < 2:
        return math.inf
    return t_quantile(0.5 + confidence / 2, n - 1) * float(x.std(ddof=1)) / math.sqrt(n)


def finite(number: float) -> float | None:
    """Number as JSON and frames hold it: None for what is infinite, as the half-width of a single sample."""
    return number if math.isfinite(number) else None


@dataclass(frozen=True, slots=True)
class QuantileInterval:
    """A quantile of the samples with its interval.

    Attributes
    ----------
    value : the quantile of the samples, interpolated as `numpy.quantile` does.
    low, high : samples that enclose the true quantile; infinite where there are too few samples for an end.
    coverage : probability that they enclose it, exact for a continuous distribution and at least that for any other.
    """

    value: float
    low: float
    high: float
    coverage: float


def quantile_interval(samples: ArrayLike, p: float, confidence: float = 0.95) -> QuantileInterval:
    """Interval of a quantile by order statistics, whatever the distribution (David and Nagaraja 2003, section 7.1).

    The number of samples below the true quantile is binomial, so that the l-th and the u-th smallest sample enclose
    it with the probability of l to u - 1. Each end leaves out at most half of 1 - `confidence`.

    Parameters
    ----------
    samples
        Independent samples, shape (n,).
    p
        Which quantile, between 0 and 1 and neither of them.

    Raises
    ------
    ValueError
        If `p` is no proper share.
    """
    if not 0 < p < 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {p}")
    x = np.sort(np.asarray(samples, np.float64))
    at_most = np.append(_binomial(len(x), p), 1.0)
    tail = (1 - confidence) / 2
    low = int(np.searchsorted(at_most[:-1], tail, side="right"))
    high = int(np.searchsorted(at_most[:-1], 1 - tail, side="left")) + 1
    ends = np.concatenate(([-np.inf], x, [np.inf]))
    coverage = float(at_most[high - 1] - (at_most[low - 1] if low else 0.0))
    return QuantileInterval(float(np.quantile(x, p)), float(ends[low]), float(ends[high]), coverage)


def _binomial(n: int, p: float) -> Reals:
    """Probability of at most 0, 1, ..., n - 1 successes of n, shape (n,)."""
    k = np.arange(n)
    factorial = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))
    choices = factorial[n] - factorial[k] - factorial[n - k]
    return np.minimum(1.0, np.cumsum(np.exp(choices + k * math.log(p) + (n - k) * math.log1p(-p))))


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of the second less mean of the first, with its half-width.

    Attributes
    ----------
    variance_ratio : how many times fewer replications were needed than with samples that have nothing to do with each
        other; 1 if they were not paired, infinite if every pair differs by the same.
    """

    mean: float
    half_width: float
    variance_ratio: float


def paired_difference(base: ArrayLike, other: ArrayLike, confidence: float = 0.95) -> Difference:
    """Difference of two systems under common random numbers: Student's t of the differences, pair by pair.

    Parameters
    ----------
    base, other
        Replications with the same seeds in the same order, shape (n,) each.

    Raises
    ------
    ValueError
        If they are not equally many.
    """
    x, y = np.asarray(base, np.float64), np.asarray(other, np.float64)
    if x.shape != y.shape:
        raise ValueError(f"{x.size} and {y.size} replications are no pairs")
    gap = y - x
    alone = float(x.var(ddof=1) + y.var(ddof=1)) if x.size > 1 else 0.0
    left = float(gap.var(ddof=1)) if x.size > 1 else 0.0
    return Difference(float(gap.mean()), half_width(gap, confidence), alone / left if left > 0 else math.inf)


def unpaired_difference(base: ArrayLike, other: ArrayLike, confidence: float = 0.95) -> Difference:
    """Difference of two systems with seeds of their own, shape (n,) and (m,), unequal variances (Welch 1947)."""
    x, y = np.asarray(base, np.float64), np.asarray(other, np.float64)
    mean = float(y.mean() - x.mean())
    if min(x.size, y.size) < 2:
        return Difference(mean, math.inf, 1.0)
    parts = [float(z.var(ddof=1)) / z.size for z in (x, y)]
    whole = sum(parts)
    if whole == 0:
        return Difference(mean, 0.0, 1.0)
    degrees = whole**2 / sum(part**2 / (z.size - 1) for part, z in zip(parts, (x, y), strict=True))
    return Difference(mean, t_quantile(0.5 + confidence / 2, int(degrees)) * math.sqrt(whole), 1.0)


@dataclass(frozen=True, slots=True)
class BatchMeans:
    """Mean of one long run.

    Attributes
    ----------
    mean, half_width : of what was kept.
    batches, size : how many batches of how many observations.
    dropped : observations at the beginning that fill no batch.
    correlation : of each batch's mean with the next one's.
    """

    mean: float
    half_width: float
    batches: int
    size: int
    dropped: int
    correlation: float

    @property
    def independent(self) -> bool:
        """Whether the batches are long enough by von Neumann's test at 5 %; if not, the interval is too narrow."""
        return self.correlation <= 1.645 / math.sqrt(self.batches)


def batch_means(x: ArrayLike, batches: int = 20, confidence: float = 0.95) -> BatchMeans:
    """Interval of the mean of one long, settled run, from the means of long batches (Schmeiser 1982).

    Parameters
    ----------
    x
        Observations in the order of time without the warm-up, shape (n,).
    batches
        Ten to thirty: more makes them short and dependent, fewer makes the interval wide.

    Raises
    ------
    ValueError
        If there are fewer than two observations in a batch, or fewer than two batches.
    """
    series = np.asarray(x, np.float64)
    size = len(series) // batches if batches >= 2 else 0
    if size < 2:
        raise ValueError(f"{len(series)} observations do not fill {batches} batches (at least 2 of at least 2)")
    dropped = len(series) - size * batches
    means = series[dropped:].reshape(batches, size).mean(axis=1)
    return BatchMeans(float(means.mean()), half_width(means, confidence), batches, size, dropped, _next_to(means))


def _next_to(x: Reals) -> float:
    """Correlation of each value with the next; 0 where nothing varies."""
    gap = x - x.mean()
    whole = float(gap @ gap)
    return float(gap[:-1] @ gap[1:]) / whole if whole > 0 else 0.0
