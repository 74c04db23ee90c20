"""Intervals of known distributions cover as often as they say; laws of shift and scale."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aidc_twin.twin.statistics import (
    bands,
    batch_means,
    half_width,
    interval,
    paired_difference,
    quantile_interval,
    t_cdf,
    t_quantile,
    unpaired_difference,
)
from aidc_twin.twin.statistics.student import MOST_SUMMED

WHOLE = arrays(np.float64, st.integers(2, 40), elements=st.integers(-1000, 1000).map(float))


def within_chance(hits: int, trials: int, share: float) -> bool:
    """Whether hits of trials agree with a share within four standard errors of the binomial."""
    return abs(hits - trials * share) <= 4 * math.sqrt(trials * share * (1 - share))


def ar1(rng: np.random.Generator, n: int, phi: float, start: float = 0.0) -> np.ndarray:
    """An autoregressive series of mean 0."""
    noise = rng.normal(size=n)
    x = np.empty(n)
    before = start
    for i in range(n):
        before = x[i] = phi * before + noise[i]
    return x


@pytest.mark.parametrize("p", [0.6, 0.975, 0.9995])
def test_the_expansion_of_many_degrees_joins_the_sums(p: float) -> None:
    """One degree more than the finite sums go: quantiles fall smoothly, and the distribution function inverts them."""
    below, above = t_quantile(p, MOST_SUMMED), t_quantile(p, MOST_SUMMED + 1)
    assert 0 < below - above < 2e-5
    assert t_cdf(above, MOST_SUMMED + 1) == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize(("n", "confidence"), [(3, 0.95), (10, 0.95), (10, 0.8), (40, 0.99)])
def test_the_interval_of_a_normal_mean_covers(n: int, confidence: float) -> None:
    """Of 4,000 normal samples of size n the stated share of intervals holds the mean."""
    x = np.random.default_rng(n).normal(7, 3, size=(4000, n))
    hits = sum(abs(row.mean() - 7) <= half_width(row, confidence) for row in x)
    assert within_chance(hits, 4000, confidence)


@pytest.mark.parametrize(("n", "p"), [(20, 0.5), (50, 0.1), (50, 0.9), (200, 0.9)])
def test_the_interval_of_a_quantile_covers_as_it_says(n: int, p: float) -> None:
    """Exponential samples: the stated coverage is the observed one, and at least what was asked for."""
    x = np.random.default_rng(n).exponential(size=(3000, n))
    found = [quantile_interval(row, p) for row in x]
    truth = -math.log(1 - p)
    assert found[0].coverage >= 0.95
    assert within_chance(sum(one.low <= truth <= one.high for one in found), 3000, found[0].coverage)


def test_the_interval_of_the_median_of_ten_is_that_of_the_tables() -> None:
    """Second to ninth of ten samples: 97.85 % (every table of order statistics)."""
    found = quantile_interval(range(1, 11), 0.5)
    assert (found.low, found.high) == (2, 9)
    assert found.coverage == pytest.approx(1 - 22 / 1024)


def test_few_samples_leave_a_tail_open() -> None:
    """Of ten samples none bounds the 10 % quantile from below: that end is infinite, and the coverage counts it."""
    found = quantile_interval(range(10), 0.1)
    assert found.low == -math.inf
    assert found.high < math.inf
    assert found.coverage >= 0.95
    assert quantile_interval([5.0], 0.5) == quantile_interval(np.array([5.0]), 0.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile_interval([1.0, 2.0], 1.0)


def test_pairs_make_the_difference_sharp() -> None:
    """Samples with common noise: the interval covers the true difference, and narrows as their correlation says."""
    rng = np.random.default_rng(5)
    hits, ratio = 0, []
    for _ in range(2000):
        common, a, b = rng.normal(size=(3, 12))
        found = paired_difference(10 * common + a, 10 * common + b + 2)
        hits += abs(found.mean - 2) <= found.half_width
        ratio.append(found.variance_ratio)
    assert within_chance(hits, 2000, 0.95)
    assert 80 < float(np.median(ratio)) < 130  # (101 + 101) / 2 in truth


def test_unpaired_samples_of_unequal_spread() -> None:
    """Welch: 8 samples of spread 1 against 30 of spread 6 cover as they say."""
    rng = np.random.default_rng(8)
    found = [unpaired_difference(rng.normal(0, 1, 8), rng.normal(1, 6, 30)) for _ in range(2000)]
    assert within_chance(sum(abs(one.mean - 1) <= one.half_width for one in found), 2000, 0.95)
    assert unpaired_difference([1.0], [2.0, 3.0]).half_width == math.inf
    assert unpaired_difference([1.0, 1.0], [3.0, 3.0]).half_width == 0


def test_pairs_need_partners() -> None:
    """Unequal counts are refused; the same samples twice differ by nothing, for sure; one pair says nothing."""
    with pytest.raises(ValueError, match="no pairs"):
        paired_difference([1.0, 2.0], [1.0])
    same = paired_difference([1.0, 5.0], [1.0, 5.0])
    assert (same.mean, same.half_width, same.variance_ratio) == (0, 0, math.inf)
    assert paired_difference([1.0], [4.0]).half_width == math.inf


def test_batch_means_cover_the_mean_of_a_dependent_series() -> None:
    """AR(1) of 0.7, 4,000 observations: 20 batches cover as they say, where single observations cover half as often."""
    rng = np.random.default_rng(11)
    found, naive = [], 0
    for _ in range(300):
        x = ar1(rng, 4000, 0.7)
        found.append(batch_means(x))
        naive += abs(x.mean()) <= half_width(x)
    assert within_chance(sum(abs(one.mean) <= one.half_width for one in found), 300, 0.95)
    assert naive < 210
    assert sum(one.independent for one in found) > 270


def test_batches_that_are_too_short_are_told() -> None:
    """AR(1) of 0.99 in batches of 20: their means are correlated, and the test says so."""
    found = batch_means(ar1(np.random.default_rng(3), 403, 0.99))
    assert (found.batches, found.size, found.dropped) == (20, 20, 3)
    assert found.correlation > 0.3
    assert not found.independent
    assert batch_means(np.ones(40)).half_width == 0
    with pytest.raises(ValueError, match="do not fill"):
        batch_means(range(30))


@given(WHOLE, st.integers(-1000, 1000), st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_shift_and_scale(x: np.ndarray, shift: int, scale: float) -> None:
    """Mean and quantiles move with the samples, widths only with their scale."""
    before, after = interval(x), interval(x * scale + shift)
    assert after.mean == pytest.approx(before.mean * scale + shift, abs=1e-9)
    assert after.half_width_95 == pytest.approx(before.half_width_95 * scale, abs=1e-9)
    assert after.p90 == pytest.approx(before.p90 * scale + shift, abs=1e-9)
    low, high = quantile_interval(x, 0.5), quantile_interval(x * scale + shift, 0.5)
    assert (high.low, high.high) == (low.low * scale + shift, low.high * scale + shift)
    assert high.coverage == low.coverage


@given(WHOLE)
def test_more_confidence_is_wider(x: np.ndarray) -> None:
    """Intervals nest, and the mirror image of the samples has the mirror image of the interval."""
    assert half_width(x, 0.8) <= half_width(x, 0.95) <= half_width(x, 0.99)
    inner, outer = quantile_interval(x, 0.3, 0.8), quantile_interval(x, 0.3, 0.95)
    assert outer.low <= inner.low <= inner.high <= outer.high
    mirrored = quantile_interval(-x, 0.7, 0.8)
    assert (mirrored.low, mirrored.high) == (-inner.high, -inner.low)


def test_bands_of_a_series() -> None:
    """Each week by itself: eleven replications of 0 to 10 in the first week, all alike in the second."""
    found = bands(np.column_stack([np.arange(11.0), np.full(11, 7.0)]))
    assert found.p10.tolist() == [1, 7]
    assert found.p50.tolist() == found.mean.tolist() == [5, 7]
    assert found.p90.tolist() == [9, 7]
    for wrong in (np.zeros(3), np.zeros((0, 3))):
        with pytest.raises(ValueError, match="replications, weeks"):
            bands(wrong)
