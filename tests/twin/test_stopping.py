"""Sequential stopping: what it promises is reached or said not to be, and its intervals cover nearly as they say."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aidc_twin.twin.statistics import StopRule, half_width, replicate_until


def stream(samples: np.ndarray) -> Callable[[int, int], np.ndarray]:
    """Replications from an array, shape (n, F)."""
    return lambda begin, end: samples[begin:end]


def normal(seed: int, *figures: tuple[float, float], n: int = 2000) -> np.ndarray:
    """Independent figures of the given means and deviations."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.normal(mean, spread, n) for mean, spread in figures])


def test_it_stops_when_the_widest_figure_is_narrow_enough() -> None:
    """Two figures, one five times wider: it decides; ten replications before, it was still too wide."""
    samples = normal(1, (100, 2), (100, 10))
    found = replicate_until(stream(samples), StopRule(0.01))
    n = len(found.samples)
    assert found.reached
    assert n % 10 == 0
    assert found.expected == n
    assert found.half_widths[1] == half_width(samples[:n, 1]) <= 0.01 * samples[:n, 1].mean()
    assert half_width(samples[: n - 10, 1]) > 0.01 * samples[: n - 10, 1].mean()
    assert 250 < n < 500  # (1.96 * 10 / 1) ** 2 = 384


def test_the_maximum_stops_it_and_is_said() -> None:
    """Ten times too few: not reached, all replications used, and about as many named as it would have taken."""
    found = replicate_until(stream(normal(2, (100, 10))), StopRule(0.01, most=45))
    assert not found.reached
    assert len(found.samples) == 45
    assert found.half_widths[0] > found.allowed[0]
    assert found.expected is not None
    assert 200 < found.expected < 800


def test_replications_without_a_figure_do_not_count_for_it() -> None:
    """Every second replication has no flow time: what there is decides; a figure that none has is never sure."""
    samples = normal(4, (100, 10))
    holes = samples.copy()
    holes[1::2] = np.nan
    whole, half = (replicate_until(stream(one), StopRule(0.02)) for one in (samples, holes))
    assert half.reached
    assert half.half_widths[0] == half_width(holes[: len(half.samples) : 2, 0])
    assert len(half.samples) > 1.5 * len(whole.samples)
    never = replicate_until(stream(np.full((50, 1), np.nan)), StopRule(0.01, most=30))
    assert not never.reached
    assert never.expected is None


def test_absolute_widths_and_figures_of_nothing() -> None:
    """A width in the figure's unit; a figure that is always 0 is sure at once; one about 0 never is, as a share."""
    found = replicate_until(stream(normal(3, (0, 10))), StopRule(2.0, relative=False))
    assert found.reached
    assert found.allowed.tolist() == [2.0]
    assert 60 < len(found.samples) < 160
    assert replicate_until(stream(np.zeros((50, 2))), StopRule(0.01)).reached
    flat = np.tile([[1.0], [-1.0]], (50, 1))
    never = replicate_until(stream(flat), StopRule(0.01, most=30))
    assert not never.reached
    assert never.expected is None


def coverage(rule: StopRule, runs: int) -> float:
    """Share of intervals that hold the mean of normal samples when a rule has stopped."""
    rng = np.random.default_rng(17)
    hits = 0
    for _ in range(runs):
        found = replicate_until(stream(rng.normal(100, 10, (rule.most, 1))), rule)
        hits += abs(float(found.samples.mean()) - 100) <= found.half_widths[0]
    return hits / runs


def test_coverage_when_it_stops_by_itself() -> None:
    """Intervals at the stop cover the mean in at least 92 of 100 cases (the price of stopping on a lucky look)."""
    assert coverage(StopRule(0.02), 400) >= 0.92


@pytest.mark.release
def test_coverage_when_it_stops_by_itself_measured() -> None:
    """The same with a small binomial error; about fifteen would do, so a first stage of three stops on luck."""
    assert coverage(StopRule(0.02), 4000) >= 0.94
    assert coverage(StopRule(0.05, most=400), 4000) >= 0.94
    assert coverage(StopRule(0.05, first=3, step=1, most=400), 4000) < 0.92


@settings(max_examples=50)
@given(st.integers(0, 1000), st.sampled_from([0.5, 4.0]), st.integers(1, 20))
def test_laws(seed: int, scale: float, step: int) -> None:
    """A relative rule does not know the unit; looking more often never stops later than looking at its multiples."""
    samples = normal(seed, (50, 5), n=400)
    rule = StopRule(0.02, step=10, most=400)
    found = replicate_until(stream(samples), rule)
    assert len(replicate_until(stream(samples * scale), rule).samples) == len(found.samples)
    often = replicate_until(stream(samples), StopRule(0.02, step=1, most=400))
    assert len(often.samples) <= len(replicate_until(stream(samples), StopRule(0.02, step=step, most=400)).samples)


@pytest.mark.parametrize(
    "wrong",
    [{"half_width": 0}, {"half_width": math.inf}, {"half_width": math.nan}, {"half_width": 1, "first": 1},
     {"half_width": 1, "most": 5}, {"half_width": 1, "step": 0}, {"half_width": 1, "confidence": 1.0}],
    ids=str,
)  # fmt: skip
def test_rules_that_ask_for_nothing_are_refused(wrong: dict[str, float]) -> None:
    """No width, no end, no confidence."""
    with pytest.raises(ValueError, match=r"half-width|first|confidence"):
        StopRule(**wrong)  # type: ignore[arg-type]  because wrong arguments are the point
