"""Kim and Nelson's selection: its probability in the hardest case, what common random numbers save, its laws."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aidc_twin.twin.statistics import Selected, SelectionRule, select_best

Draw = Callable[[int, int, int], np.ndarray]


def stream(samples: np.ndarray) -> Draw:
    """Replications from an array, shape (systems, n)."""
    return lambda system, begin, end: samples[system, begin:end]


def slipped(rng: np.random.Generator, k: int, delta: float, correlation: float, n: int = 4000) -> np.ndarray:
    """Normal systems of deviation 1 in the slippage configuration: the last leads all others by just delta."""
    common = math.sqrt(correlation) * rng.normal(size=n)
    samples = common + math.sqrt(1 - correlation) * rng.normal(size=(k, n))
    samples[-1] += delta
    return samples


def share_correct(runs: int, k: int, rule: SelectionRule, correlation: float) -> tuple[float, float]:
    """Share of runs that select the best, and mean replications a system."""
    rng = np.random.default_rng(runs + k)
    found = [select_best(stream(slipped(rng, k, rule.delta, correlation, rule.most)), k, rule) for _ in range(runs)]
    assert all(one.reached for one in found)
    right = sum(one.best == k - 1 for one in found) / runs
    return right, float(np.mean([sum(one.replications) / k for one in found]))


def test_the_best_is_selected_as_often_as_stated() -> None:
    """Slippage under common random numbers, five systems, 400 selections at 90 %: at least 360 are right."""
    right, _ = share_correct(400, 5, SelectionRule(0.5, 0.9, first=15, step=1), 0.5)
    assert right >= 0.9


@pytest.mark.release
@pytest.mark.parametrize(("k", "confidence", "correlation"), [(2, 0.95, 0.0), (2, 0.95, 0.8), (10, 0.95, 0.5)])
@pytest.mark.parametrize("step", [1, 10])
def test_the_best_is_selected_as_often_as_stated_measured(
    k: int, confidence: float, correlation: float, step: int
) -> None:
    """The same with 2,000 selections each, also of two systems, where the bound is nearly sharp."""
    right, _ = share_correct(2000, k, SelectionRule(0.3, confidence, first=20, step=step), correlation)
    assert right >= confidence - 3 * math.sqrt(confidence * (1 - confidence) / 2000)


def test_common_random_numbers_pay() -> None:
    """Correlation 0.9 needs a tenth of the replications beyond the first stage; here at most a third of all."""
    rule = SelectionRule(0.3, 0.95, first=10, step=1)
    alone, common = (share_correct(60, 4, rule, correlation)[1] for correlation in (0.0, 0.9))
    assert common < alone / 3


def test_clear_losers_leave_first() -> None:
    """Means 0, 1 and 10, deviation 1: the middle one, nine behind, is gone after the first stage."""
    rng = np.random.default_rng(4)
    samples = rng.normal(size=(4, 500)) + np.array([[10.0], [1.0], [0.0], [9.6]])
    found = select_best(stream(samples), 4, SelectionRule(0.2))
    assert found.best == 0
    assert found.stages[0].replications == 20
    assert found.stages[0].survivors == (0, 3)
    assert found.replications[1] == found.replications[2] == 20
    assert found.replications[0] == found.replications[3] == found.stages[-1].replications > 20
    assert found.stages[-1].survivors == (0,)


def test_the_limit_is_said() -> None:
    """Too few replications for so small a lead: the leader is named, and that the probability does not hold."""
    found = select_best(stream(np.random.default_rng(6).normal(size=(3, 60))), 3, SelectionRule(0.01, most=60))
    assert not found.reached
    assert len(found.stages[-1].survivors) > 1
    assert max(found.replications) == 60
    assert found.best in found.stages[-1].survivors


def test_equals_one_and_none() -> None:
    """Systems that are the same draw for draw end at once and together; the first is named; one needs no contest."""
    same = np.tile(np.random.default_rng(7).normal(size=50), (3, 1))
    found = select_best(stream(same), 3, SelectionRule(0.1))
    assert (found.best, found.reached, found.replications) == (0, True, (20, 20, 20))
    assert found.stages[-1].survivors == (0, 1, 2)
    assert select_best(stream(same), 1, SelectionRule(0.1)).best == 0
    with pytest.raises(ValueError, match="nothing"):
        select_best(stream(same), 0, SelectionRule(0.1))


def test_the_stopping_region_by_hand() -> None:
    """Two systems, 20 replications, 95 %: eta = ((0.1) ** (-2/19) - 1) / 2 = 0.13713, h2 = 38 * eta = 5.2108."""
    base = np.tile([1.0, -1.0], 60)
    samples = np.stack([base, -base])  # differences of 2 and -2, variance 4 * 20 / 19, means equal
    found = select_best(stream(samples), 2, SelectionRule(0.5, 0.95, step=2))
    assert found.stages[-1].replications == math.ceil(5.2108 * 4 * 20 / 19 / 0.25 / 2) * 2


def outcome(samples: np.ndarray, delta: float) -> Selected:
    """Select with steps of ten."""
    return select_best(stream(samples), len(samples), SelectionRule(delta, most=200))


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(2, 6), st.sampled_from([0.25, 8.0]), st.integers(-100, 100))
def test_laws(seed: int, k: int, scale: float, shift: int) -> None:
    """Unit, origin and order of the systems do not matter; luck that is common to all does not either."""
    rng = np.random.default_rng(seed)
    samples = rng.integers(-20, 20, size=(k, 200)) + rng.integers(-3, 3, size=(k, 1))
    before = outcome(samples.astype(float), 2.0)
    moved = outcome(samples * scale + shift, 2.0 * scale)
    assert (moved.best, moved.stages) == (before.best, before.stages)
    lucky = outcome((samples + rng.integers(-50, 50, size=200)).astype(float), 2.0)
    assert [stage.replications for stage in lucky.stages] == [stage.replications for stage in before.stages]
    turned = outcome(samples[::-1].astype(float), 2.0)
    assert [len(stage.survivors) for stage in turned.stages] == [len(stage.survivors) for stage in before.stages]
    assert all(set(b.survivors) <= set(a.survivors) for a, b in zip(before.stages, before.stages[1:], strict=False))


@pytest.mark.parametrize(
    "wrong",
    [{"delta": 0}, {"delta": math.inf}, {"delta": 1, "first": 1}, {"delta": 1, "most": 5}, {"delta": 1, "step": 0},
     {"delta": 1, "confidence": 0.5}, {"delta": 1, "confidence": 1.0}],
    ids=str,
)  # fmt: skip
def test_rules_that_ask_for_nothing_are_refused(wrong: dict[str, float]) -> None:
    """No lead, no end, no confidence."""
    with pytest.raises(ValueError, match=r"indifference|first|confidence"):
        SelectionRule(**wrong)  # type: ignore[arg-type]  because wrong arguments are the point
