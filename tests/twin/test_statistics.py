"""Intervals of replications: Student's t against its tables."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aidc_twin.twin.statistics import half_width, interval, t_cdf, t_quantile

TABLE = [
    (0.975, 1, 12.7062), (0.975, 2, 4.3027), (0.975, 3, 3.1824), (0.975, 4, 2.7764), (0.975, 9, 2.2622),
    (0.975, 10, 2.2281), (0.975, 29, 2.0452), (0.975, 30, 2.0423), (0.975, 120, 1.9799), (0.95, 5, 2.0150),
    (0.95, 15, 1.7531), (0.995, 7, 3.4995), (0.995, 8, 3.3554), (0.99, 20, 2.5280), (0.9995, 3, 12.9240),
]  # fmt: skip


@pytest.mark.parametrize(("p", "degrees", "value"), TABLE)
def test_quantiles_of_student_are_those_of_the_tables(p: float, degrees: int, value: float) -> None:
    """Values printed in every book of statistics, to their last digit."""
    assert t_quantile(p, degrees) == pytest.approx(value, abs=6e-5)
    assert t_cdf(t_quantile(p, degrees), degrees) == pytest.approx(p, abs=1e-9)


def test_half_width_of_two_samples() -> None:
    """Of 1 and 3: mean 2, standard deviation sqrt 2, t 12.7062, so 12.7062 * sqrt 2 / sqrt 2."""
    assert half_width(np.array([1.0, 3.0])) == pytest.approx(12.7062, abs=1e-4)


def test_interval_of_samples() -> None:
    """Mean, half-width and quantiles of 0 to 10; one sample has no half-width."""
    found = interval(range(11))
    assert (found.mean, found.p10, found.p50, found.p90) == (5, 1, 5, 9)
    assert found.half_width_95 == pytest.approx(2.2281 * math.sqrt(11) / math.sqrt(11), abs=1e-4)
    assert interval([4.0]).half_width_95 == math.inf
