"""All orders of starts of small detailed problems: the least cost is that of a slow and plain enumeration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from naive_detailed import Naive, crowded
from test_detailed import violations

from aidc_twin.schedule.desk import Aims, Desk
from aidc_twin.schedule.detailed import Detailed
from aidc_twin.schedule.floor_bound import cost_bound
from aidc_twin.schedule.floor_exact import Trial, can_be_tried
from aidc_twin.schedule.generate import generated
from aidc_twin.schedule.improve import Stop, improve

WEIGHTS = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.5, 2.0)]


def aims_of(seed: int) -> Aims:
    """Aims by turns."""
    tardiness, makespan, worth = WEIGHTS[seed % len(WEIGHTS)]
    return Aims(tardiness, makespan, 0.0, worth)


def agrees(seed: int, most: int, delays: int = 0) -> bool:
    """Whether the search proves the least cost of a drawn problem, with a schedule that keeps all rules."""
    d, aims = crowded(seed, most), aims_of(seed)
    found = improve(d, aims, Stop(lambda: 0.0, 1.0, 40_000_000))
    assert found is not None
    assert not violations(d, found.best)
    alone = Trial(Desk(d, aims), np.inf)
    while not alone.done:
        alone.advance(1_000)
    least = Naive(d, WEIGHTS[seed % len(WEIGHTS)], delays).least()
    return found.cost == found.bound == alone.cost == least and cost_bound(d, aims) <= least


@pytest.mark.parametrize("part", range(3))
def test_the_least_cost_of_small_problems_is_proved(part: int) -> None:
    """Up to eight operations against trying every order of starts, tick by tick."""
    seeds = range(12 * part, 12 * part + 12)
    assert [seed for seed in seeds if not agrees(seed, 5 + seed % 4)] == []


def test_no_operation_need_wait_longer_than_it_must() -> None:
    """Nor is a schedule cheaper in which operations start some ticks later than they can."""
    assert [seed for seed in range(100, 112) if not agrees(seed, 4, delays=3)] == []


def test_a_search_ends_as_soon_as_all_is_tried() -> None:
    """A crowded generated problem of twelve operations is proved optimal with little of the work, above the bound that
    needs no trial; the same slices make the same schedule and bound.
    """
    d = generated(12, 1)
    d = replace(d, due=0 * d.due, release=0 * d.release, setup=4 * d.setup)
    found = improve(d, Aims(), Stop(lambda: 0.0, 1.0, 100_000_000))
    assert found is not None
    assert found.gap == 0.0
    assert found.work < 2_000_000
    assert found.bound > cost_bound(d, Aims())
    again = improve(d, Aims(), Stop(lambda: 0.0, slices=tuple(found.slices)))
    assert again is not None
    assert again.bound == found.bound
    assert (again.best.start == found.best.start).all()


def test_trying_keeps_to_its_share_of_the_work() -> None:
    """A search of little work takes no more because orders could be tried."""
    d = generated(14, 2)
    d = replace(d, due=0 * d.due, release=0 * d.release, setup=4 * d.setup)
    for work in (1_000, 50_000):
        found = improve(d, Aims(), Stop(lambda: 0.0, 1.0, work))
        assert found is not None
        assert found.work <= work + 1_000
        assert found.gap > 0.0


def test_only_what_orders_of_starts_say_all_about_is_tried() -> None:
    """Few operations of the usual kind; nothing fixed, kept, published with a weight on change, or in levels."""
    d = crowded(1)
    n, aims = d.operations, Aims()
    assert can_be_tried(d, aims)
    others: list[Detailed] = [
        generated(17, 1), replace(d, fixed_start=np.arange(n) - 1), replace(d, keeps=np.arange(n) * 2),
        replace(d, machine_keeps=np.array([0, -1, -1])), replace(d, kind=np.zeros(n, np.int64)),
        replace(d, grouped=np.zeros(n, np.int64)),
    ]  # fmt: skip
    assert not any(can_be_tried(one, aims) for one in others)
    assert not can_be_tried(d, Aims(levels=("tardiness",)))
    published = replace(d, wanted_start=np.zeros(n, np.int64))
    assert can_be_tried(published, aims)
    assert not can_be_tried(published, Aims(change=1.0))


@pytest.mark.release
@pytest.mark.parametrize("part", range(40))
def test_the_least_cost_of_two_thousand_problems_is_proved(part: int) -> None:
    """Promise 3: two thousand of two thousand, up to eight operations."""
    assert [seed for seed in range(50 * part, 50 * part + 50) if not agrees(seed, 5 + seed % 4)] == []
