"""Student's t: its distribution function and its quantiles, without a library of special functions."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

MOST_SUMMED = 1000
"""Degrees of freedom up to which the finite sums are used; beyond them the expansion is exact to the last digit."""


@lru_cache(maxsize=4096)
def t_quantile(p: float, degrees: int) -> float:
    """Quantile of Student's t for p > 0.5.

    Exact for 1 and 2 degrees, by bisection on the distribution function up to `MOST_SUMMED`, beyond by the expansion
    about the normal quantile (Abramowitz and Stegun 26.7.5, whose first term left out is of the order degrees ** -5).
    """
    if degrees == 1:
        return math.tan(math.pi * (p - 0.5))
    if degrees == 2:
        return 2 * (p - 0.5) * math.sqrt(2 / (4 * p * (1 - p)))
    if degrees > MOST_SUMMED:
        return _expanded(NormalDist().inv_cdf(p), degrees)
    low, high = 0.0, 4 * NormalDist().inv_cdf(p) + 1
    while t_cdf(high, degrees) < p:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, degrees) < p else (low, middle)
    return (low + high) / 2


def _expanded(x: float, degrees: int) -> float:
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum(term / degrees**power for power, term in enumerate(terms, 1))


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
