"""The bound of lateness by material: never above the least cost, and near it where material is what is short."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from test_detailed import mixed

from aidc_twin.schedule.desk import Aims
from aidc_twin.schedule.detailed import Amounts, Detailed, Lists
from aidc_twin.schedule.floor_bound import cost_bound
from aidc_twin.schedule.generate import generated
from aidc_twin.schedule.improve import Stop, improve


def waiting(release: list[int], work: list[int], amount: list[int], due: list[int], weight: list[int],
            supply: list[tuple[int, int]]) -> Detailed:  # fmt: skip
    """Orders of one operation that needs no machine and takes material."""
    n = len(release)
    flat, none = np.full(n, -1), Amounts.of([[] for _ in range(n)])
    return Detailed(
        release=np.array(release), before=Lists.of([[] for _ in range(n)]),
        options=Amounts.of([[(-1, each)] for each in work]), family=flat, starts_in=flat, works_in=flat,
        uses=none, takes=Amounts.of([[(0, a)] for a in amount]), gives=none,
        fixed_start=flat, fixed_end=flat, order=np.arange(n), tail=np.zeros(n, np.int64), due=np.array(due),
        weight=np.array(weight), value=np.ones(n, np.int64), wanted_start=flat, wanted_machine=flat,
        machine_from=np.zeros(0, np.int64), machine_family=np.zeros(0, np.int64), machine_setup=np.zeros(0, np.int64),
        setup=np.zeros((1, 1, 1), np.int64), down=Amounts.of([]), calendars=(), capacity=Amounts.of([]),
        supply=Amounts.of([supply]),
    )  # fmt: skip


def least(d: Detailed) -> int:
    """Least weighted lateness over all orders in which material is given out."""
    supply, found = d.supply.pairs(0), []
    for order in itertools.permutations(range(d.operations)):
        taken = cost = 0
        for i in order:
            taken += int(d.takes.amount[i])
            come = next(tick for tick, total in supply if total >= taken)
            end = max(int(d.release[i]), come) + int(d.options.amount[i])
            cost += int(d.weight[i]) * max(0, end - int(d.due[i]))
        found.append(cost)
    return min(found)


def test_three_orders_and_one_delivery_a_day() -> None:
    """The heaviest order has what is there, at 0; the next one waits until 100 and is 100 late, the last one 200:
    3 x 100 + 1 x 200. The search finds it, and it is proven.
    """
    d = waiting([0, 0, 0], [10, 10, 10], [1, 1, 1], [10, 10, 10], [5, 1, 3], [(0, 1), (100, 2), (200, 3)])
    assert least(d) == 500
    assert cost_bound(d, Aims()) == pytest.approx(500, abs=0.5)
    found = improve(d, Aims(), Stop(lambda: 0.0, 1.0, 2_000))
    assert found is not None
    assert found.best.cost == 500


def test_the_bound_is_below_the_least_cost_and_near_it() -> None:
    """Brute force over six orders; they also take different amounts."""
    rng = np.random.default_rng(3)
    shares: list[float] = []
    for n in range(80):
        release, work, due, weight = (rng.integers(0, most, 6).tolist() for most in (30, 20, 60, 9))
        amount = rng.integers(1, 4 if n % 2 else 2, 6).tolist()
        ticks = np.cumsum(rng.integers(1, 25, sum(amount)))
        d = waiting(release, work, amount, due, weight, [(int(tick), k + 1) for k, tick in enumerate(ticks)])
        optimum, bound = least(d), cost_bound(d, Aims())
        assert bound <= optimum
        shares.append(bound / optimum if optimum else 1.0)
    assert np.mean(shares[::2]) > 0.98
    assert np.mean(shares[1::2]) > 0.8


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_bound_is_below_what_is_found(seed: int) -> None:
    """On generated shops whose material is late, with and without a frozen beginning and stores that get something."""
    for d in (generated(200, seed), mixed(200, seed)):
        found = improve(d, Aims(), Stop(lambda: 0.0, 1.0, 50_000))
        assert found is not None
        assert found.bound <= found.best.cost


def test_a_large_shop_that_waits_for_material_has_a_bound_that_says_so() -> None:
    """At least twice as much as its orders are late by themselves."""
    d = generated(5_000, 1)
    plenty = replace(d, supply=Amounts.of([[(0, 10**6)]]))
    assert cost_bound(d, Aims()) > 2 * cost_bound(plenty, Aims()) > 0


def test_a_level_is_not_compared_with_the_bound_of_another_figure() -> None:
    """Lateness in ticks is far more than the last completion: taken for its bound, it would end the search at once."""
    d, aims = generated(300, 3), Aims(levels=("makespan", "tardiness"))
    found = improve(d, aims, Stop(lambda: 0.0, 1.0, 60_000))
    assert found is not None
    assert 0 < found.bound <= found.cost == found.best.figures[1] == found.trajectory[-1][1]
    assert 0 <= found.gap < 1
    again = improve(replace(d, weight=1_000 * d.weight), aims, Stop(lambda: 0.0, 1.0, 60_000))
    assert again is not None
    assert again.bound == found.bound
    assert again.slices
