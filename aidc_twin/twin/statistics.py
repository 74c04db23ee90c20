"""What replications say: mean with its confidence interval, quantiles, and paired differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray


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


def half_width(x: NDArray[np.float64], confidence: float = 0.95) -> float:
    """Half-width of the confidence interval of the mean of independent samples (Student's t)."""
    n = len(x)
    if n < 2:
        return math.inf
    return t_quantile(0.5 + confidence / 2, n - 1) * float(x.std(ddof=1)) / math.sqrt(n)


def t_quantile(p: float, degrees: int) -> float:
    """Quantile of Student's t for p > 0.5 (exact for 1 and 2 degrees, else bisection on the distribution function)."""
    if degrees == 1:
        return math.tan(math.pi * (p - 0.5))
    if degrees == 2:
        return 2 * (p - 0.5) * math.sqrt(2 / (4 * p * (1 - p)))
    low, high = 0.0, 4 * NormalDist().inv_cdf(p) + 1
    while t_cdf(high, degrees) < p:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, degrees) < p else (low, middle)
    return (low + high) / 2


def t_cdf(t: float, degrees: int) -> float:
    """Distribution function of Student's t for t >= 0, by the finite sums for whole degrees (Abramowitz and Stegun
    26.7).
    """
    angle = math.atan(t / math.sqrt(degrees))
    square = math.cos(angle) ** 2
    if degrees % 2:
        total = term = math.cos(angle) if degrees > 1 else 0.0
        for k in range(3, degrees - 1, 2):
            term *= square * (k - 1) / k
            total += term
        return 0.5 + (angle + math.sin(angle) * total) / math.pi
    total = term = 1.0
    for k in range(2, degrees - 1, 2):
        term *= square * (k - 1) / k
        total += term
    return 0.5 + math.sin(angle) * total / 2
