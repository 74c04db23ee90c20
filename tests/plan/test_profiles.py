"""Profiles over the weeks, stops, and the work under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aidc_twin.plan.goal import contribution
from aidc_twin.plan.profiles import in_week, laid_out, stops_merged
from aidc_twin.plan.stocks import served_base


def test_laid_out_profiles_are_convolutions() -> None:
    """Effect of releases equals numpy's convolution, cut at the horizon."""
    profile, released = np.array([0.5, 0.3, 0.2]), np.array([1.0, 0.0, 4.0, 2.0, 0.0])
    assert laid_out(profile, 5) @ released == pytest.approx(np.convolve(profile, released)[:5])


def test_in_week_looks_ahead() -> None:
    """The amount k weeks on, and nothing after the horizon."""
    assert in_week(np.array([1.0, 2.0, 3.0]), 2).tolist() == [[1.0, 2.0], [2.0, 3.0], [3.0, 0.0]]


@pytest.mark.parametrize(
    ("capacity", "runs"),
    [
        ([10, 10, 10], [[0], [1], [2]]),
        ([10, 0, 10, 10], [[0], [1, 2], [3]]),
        ([0, 10, 10], [[0, 1], [2]]),
        ([10, 1, 4, 10], [[0], [1, 2, 3]]),
        ([10, 6, 10], [[0], [1], [2]]),
        ([0, 0, 0, 0, 10], [[0], [1], [2], [3], [4]]),
        ([0, 0, 0, 10], [[0, 1, 2, 3]]),
        ([], []),
        ([10, 10, 0], [[0], [1], [2]]),
        ([10, 0, 0, 0, 0, 10], [[0], [1], [2], [3], [4], [5]]),
        ([10, 20, 20], [[0], [1], [2]]),
    ],
)
def test_stops_go_with_the_week_after(capacity: list[float], runs: list[list[int]]) -> None:
    """Short stops are joined to the week that does their work; long ones and steps up are not."""
    assert [list(run) for run in stops_merged(np.array(capacity, dtype=float), 3, 0.5)] == runs


def test_work_under_way_waits_for_its_material(make_tiny: Callable[..., Any]) -> None:
    """What finds no material takes it when supply comes, or when a new purchase order can."""
    inputs = make_tiny([], [1, 1, 1, 1], supply=[2.0, 0.0, 1.0, 0.0], lead=-1)
    need = np.array([[1.0, 3.0, 0.0, 1.0]])
    assert served_base(replace(inputs, base_need=need)).tolist() == [[1.0, 1.0, 1.0, 0.0]]
    bought = replace(inputs, base_need=need, lead_weeks=np.array([1]))
    assert served_base(bought).tolist() == [[1.0, 3.0, 0.0, 1.0]]


def test_a_goal_counts_its_rules_only(make_synthetic: Callable[..., Any], goal: Any) -> None:
    """Consolidated leaves eliminated rules out, consigned takes the other postings, an increment raises the target."""
    inputs = make_synthetic(orders=6, weeks=30)
    gross, consolidated, consigned = (
        contribution(inputs, made)
        for made in (goal(), goal(basis="consolidated"), goal(payload="consigned", increment_over_yuan=10**10))
    )
    counted = inputs.post_owned[:, [0, 2, 4, 6], :].sum(axis=1)
    share = inputs.year_share[2027]
    expected = sum(counted[1, k] * share[20 + k] for k in range(counted.shape[1]) if 20 + k < 30)
    assert gross.per_mw[1, 20] == pytest.approx(expected)
    assert gross.per_mw - consolidated.per_mw == pytest.approx(
        (inputs.post_owned[:, 2, :][:, None, :] * in_week(share, counted.shape[1])).sum(axis=2)
    )
    assert consigned.per_mw == pytest.approx(gross.per_mw * 0.2)
    assert consigned.target_yi == pytest.approx(1100.0)
    assert contribution(inputs, goal(year=2031)).per_mw.max() == 0.0
