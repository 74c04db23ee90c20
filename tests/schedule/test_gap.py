"""A search ends where its bound is near enough."""

from __future__ import annotations

import math

import pytest

from aidc_twin.schedule.desk import Aims
from aidc_twin.schedule.generate import generated
from aidc_twin.schedule.improve import Stop, improve


def test_a_search_ends_at_the_gap_that_is_asked_for() -> None:
    """Half of what the whole search wins is enough for the gap halfway: it takes less work and keeps its word."""
    d, work, aims = generated(300, 3), 200_000, Aims(tardiness=0.0, makespan=1.0)
    whole = improve(d, aims, Stop(lambda: 0.0, 1.0, work))
    assert whole is not None
    first, bound = whole.trajectory[0][1], whole.bound
    halfway = ((first + whole.best.cost) / 2 - bound) / ((first + whole.best.cost) / 2)
    assert whole.gap < halfway < 1.0
    found = improve(d, aims, Stop(lambda: 0.0, 1.0, work, gap=halfway))
    assert found is not None
    assert found.gap <= halfway
    assert found.work < whole.work


@pytest.mark.parametrize(
    ("bound", "gap", "cost"),
    [(90.0, 0.1, 100.0), (-110.0, 0.1, -100.0), (90.0, 0.0, 90.0), (0.0, 0.5, 0.0), (90.0, 1.0, math.inf)],
)
def test_a_gap_is_a_share_of_the_cost(bound: float, gap: float, cost: float) -> None:
    """(cost - bound) / |cost|, also below 0; within all of it every schedule is good enough."""
    from aidc_twin.schedule.improve import _enough

    assert _enough(bound, gap) == pytest.approx(cost)
