"""Promises: dates that are order statistics, a place in the queues, chains that add up, and whom an order pushes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pytest

from aidc_twin.loop.promise import PAIRS, Base, Course, PromiseOptions, cut_off, own_futures, promise
from aidc_twin.loop.promise_chain import WORK, Chain
from aidc_twin.loop.promise_dates import NEVER, kept_by, likelihood
from aidc_twin.loop.promise_place import Inquiry, Place, order_name, placed_policy, plan_policy, with_order
from aidc_twin.park import Park, load_goals
from aidc_twin.twin.compile import Policy, compile_arrays, read_factory
from aidc_twin.twin.run import replicate, run_once, seeds_of

FEW = PromiseOptions(replications=12, workers=1)


def asked_for(park: Park, quantity_mw: float, days: int) -> Inquiry:
    """So much of the first solution of a park, so many days from its epoch."""
    name = next(row.product for row in park.products if row.kind == "solution")
    return Inquiry("Q", name, quantity_mw, park.head.epoch + dt.timedelta(days=days), park.destinations[0].destination)


@pytest.mark.parametrize("probability", [0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("futures", [19, 120, 199])
def test_a_promise_is_kept_by_one_more_future_with_its_probability(probability: float, futures: int) -> None:
    """One more of n lies at or below the k-th smallest with probability k / (n + 1): the least k that is enough."""
    kept = kept_by(np.arange(1, futures + 1)[::-1].copy(), probability)
    assert kept.tick is not None
    chance = Fraction(kept.tick, futures + 1)
    assert float(chance) >= probability - 1e-12
    assert float(chance - Fraction(1, futures + 1)) < probability


def test_the_interval_of_a_date_is_that_of_the_binomial() -> None:
    """Low and high enclose the true quantile with 95 % at least, counted by whole numbers."""
    kept = kept_by(np.arange(1, 121), 0.9)
    assert kept.low is not None
    assert kept.high is not None
    below = sum(comb(120, k) * Fraction(9**k, 10**120) for k in range(kept.low, kept.high))
    assert 0.95 <= float(below) <= 0.98


def test_too_few_futures_promise_nothing() -> None:
    """95 % takes 19 futures: with 18 even the latest of them is not late enough."""
    assert not kept_by(np.arange(18), 0.95).enough
    assert kept_by(np.arange(18), 0.95).fewest == 19
    assert kept_by(np.arange(19), 0.95).tick == 18


def test_a_date_behind_the_horizon_is_none() -> None:
    """With one in four not delivered, half of the futures have a date and nine in ten have none."""
    ticks = np.array([NEVER if i % 4 == 0 else 100 + i for i in range(80)], np.int64)
    assert kept_by(ticks, 0.5).tick is not None
    late = kept_by(ticks, 0.9)
    assert (late.tick, late.high, late.enough) == (None, None, True)


def test_a_likelihood_has_an_interval_that_ends_at_certainty() -> None:
    """None of 40 is below 9 %; the interval of Wilson holds the share and is the same upside down."""
    none, all_of_them, some = likelihood(0, 40), likelihood(40, 40), likelihood(13, 40)
    assert (none.low, all_of_them.high) == (0.0, 1.0)
    assert none.high == pytest.approx(1 - all_of_them.low)
    assert none.high < 0.09
    assert some.low < some.share < some.high


def test_the_others_have_the_same_futures_until_a_horizon_that_is_cut_off(scaffold: Park) -> None:
    """What happens before an earlier end of the horizon is the same to the tick: promises are cut off there."""
    whole, short = (compile_arrays(read_factory(park)) for park in (scaffold, cut_off(scaffold, 12)))
    end = 12 * read_factory(scaffold).clock.ticks_per_week
    for seed in range(6):
        one, other = (run_once(arrays, seed).job_done for arrays in (whole, short))
        assert (np.where(one <= end, one, -1) == other).all()
        assert (other >= 0).any()


@pytest.mark.parametrize("place", ["ordinary", "rush", "behind"])
def test_futures_do_not_depend_on_where_they_are_cut_off(scaffold: Park, place: Place) -> None:
    """Deliveries with a horizon that is cut off too early for some are those of the whole horizon."""
    course = Course(Base(scaffold, (), FEW), asked_for(scaffold, 2, 60), place)
    seeds = seeds_of(77, 8)
    whole = course.ticks(seeds)
    assert len(set(whole)) > 1
    for latest in (min(whole), max(whole)):
        assert course.ticks(seeds, latest) == whole


def test_the_same_inquiry_has_the_same_answer_whatever_its_name(scaffold: Park) -> None:
    """An answer is a function of park, inquiry and seed."""
    base = Base(scaffold, (), replace(FEW, places=("ordinary",)))
    inquiry = asked_for(scaffold, 1, 90)
    first, second = promise(base, inquiry), promise(base, replace(inquiry, name="other"))
    assert first["places"] == second["places"]


def test_dates_rest_on_futures_that_no_other_inquiry_has(scaffold: Park) -> None:
    """What makes the pairs early or late, which all inquiries have in common, moves no date."""
    inquiry, options = asked_for(scaffold, 2, 60), replace(FEW, replications=PAIRS + 5)
    base = Base(scaffold, (), options)
    mine, others = own_futures(options, inquiry), own_futures(options, replace(inquiry, quantity_mw=3))
    assert len({*mine, *others, *base.pairs}) == 2 * (PAIRS + 5) + PAIRS
    course = Course(base, inquiry, "rush")
    asked = course.asked()
    assert asked.ticks.tolist() == course.ticks(mine)
    assert len(asked.causes) == len(asked.beside.posted) == PAIRS


def test_the_times_of_a_chain_add_up(scaffold: Park) -> None:
    """Work and waits from acceptance back to the day of the order are its whole time, in every future."""
    inquiry = asked_for(scaffold, 2, 60)
    base = Base(scaffold, (), FEW)
    course = Course(base, inquiry, "ordinary")
    chain = Chain(course.factory, course.arrays, course.root)
    for run in replicate(course.arrays, seeds_of(5, 8), workers=1, trace=8):
        causes = chain.causes(run)
        assert sum(causes.values()) == run.job_done[course.root]
        assert all(ticks > 0 for ticks in causes.values())
        assert any(cause.kind == WORK for cause in causes)


def test_an_order_that_is_not_delivered_waits_to_the_horizon(scaffold: Park) -> None:
    """Its time is that of the horizon, most of it for what it lacks, and no date is promised."""
    base = Base(scaffold, (), replace(FEW, replications=20, places=("ordinary",)))
    found = promise(base, asked_for(scaffold, 400, 60))["places"]["ordinary"]
    assert found["within_horizon"]["probability"] == 0
    assert [row["date"] for row in found["dates"]] == [None] * 4
    assert found["futures"] == 20
    assert found["lead"]["days"] == pytest.approx(7 * scaffold.head.horizon_weeks)
    assert found["lead"]["waits"][0]["days"] > 100


def test_what_is_scarce_binds(scaffold: Park) -> None:
    """With a third of its quota an order waits longest for that, and rush brings it forward."""
    name = next(row.material for row in scaffold.materials if row.weekly_quota is not None)
    materials = tuple(
        row.model_copy(update={"weekly_quota": replace(row.weekly_quota, factor=row.weekly_quota.factor / 3)})
        if row.weekly_quota is not None
        else row
        for row in scaffold.materials
    )
    base = Base(replace(scaffold, materials=materials), (), replace(FEW, replications=20))
    found = promise(base, asked_for(scaffold, 0.5, 300))["places"]
    assert found["ordinary"]["lead"]["waits"][0]["name"] == name
    assert found["ordinary"]["lead"]["waits"][0]["kind"] == "quota"
    dates = [found[place]["dates"][0]["date"] for place in ("ordinary", "rush")]
    assert dates[1] is not None
    assert dates[0] is None or dates[1] < dates[0]


def test_rush_pushes_more_than_an_order_that_takes_what_others_leave(scaffold: Park) -> None:
    """Names, days and lateness of the others; what an order posts itself is told apart, and all of it adds up."""
    goals = load_goals("shuang-qianyi").goals
    base = Base(scaffold, goals, replace(FEW, replications=16, places=("rush", "behind")))
    found = promise(base, asked_for(scaffold, 4, 60))["places"]
    days = {place: sum(row["days"] for row in found[place]["price"]["pushed"]) for place in found}
    assert days["rush"] > days["behind"]
    book = {row.order for row in scaffold.orders}
    for place, goal in product(("rush", "behind"), range(len(goals))):
        row = found[place]["price"]["goals"][goal]
        assert row["others_yuan"]["mean"] + row["own_yuan"]["mean"] == pytest.approx(row["together_yuan"]["mean"])
    for row in found["rush"]["price"]["pushed"]:
        assert row["order"] in book
        assert row["days"] >= 0.5
        assert row["half_width_95"] < row["days"]


def test_what_an_order_posts_is_all_there_is_in_an_empty_book(scaffold: Park) -> None:
    """With no other order the yuan read from its trace are those of the ledgers, to the yuan."""
    first_year = scaffold.head.epoch.year
    goals = [replace(goal, year=first_year) for goal in load_goals("shuang-qianyi").goals]
    alone = replace(scaffold, orders=(), state_operations=())
    asked = Course(Base(alone, goals, replace(FEW, replications=6)), asked_for(scaffold, 3, 200), "rush").asked()
    assert asked.beside.posted.shape == (6, 1, len(goals))
    assert (asked.beside.posted > 0).all()
    assert (asked.beside.goals == asked.beside.posted[:, 0]).all()


def test_what_orders_post_is_what_the_goals_say(scaffold: Park) -> None:
    """Order by order it adds up to the ledgers, to the yuan, with the new order and without it."""
    goals = load_goals("shuang-qianyi").goals
    base = Base(scaffold, goals, replace(FEW, replications=6))
    beside = Course(base, asked_for(scaffold, 4, 60), "rush").asked().beside
    for found in (base.without, beside):
        assert (found.goals > 0).all()
        assert (found.posted.sum(axis=1) == found.goals).all()


def test_who_posts_less_within_a_goals_year_is_named(scaffold: Park) -> None:
    """With what each order posts less or more, the largest first; in all it is what the others lose."""
    goals = load_goals("shuang-qianyi").goals
    base = Base(scaffold, goals, replace(FEW, replications=16, places=("rush",)))
    found = promise(base, asked_for(scaffold, 4, 60))["places"]["rush"]["price"]["goals"]
    book = {row.order for row in scaffold.orders}
    for goal in found:
        yuan = [row["yuan"] for row in goal["orders"]]
        assert yuan
        assert yuan == sorted(yuan, key=abs, reverse=True)
        assert {row["order"] for row in goal["orders"]} <= book
        assert all(row["half_width_95"] < abs(row["yuan"]) for row in goal["orders"])
        assert sum(yuan) == pytest.approx(goal["others_yuan"]["mean"], rel=0.05)


def test_a_plan_goes_on_around_an_order(tiny: Park) -> None:
    """The others keep their releases, priorities and purchases; the order buys what it takes, and is free to start."""
    base = read_factory(tiny)
    policy = Policy(
        release_tick={unit.id: 100 for unit in base.units if unit.parent >= 0},
        purchases=((tiny.materials[0].material, 0, 5.0),),
        priority={unit.id: 7 for unit in base.units},
    )
    factory = read_factory(with_order(tiny, asked_for(tiny, 2, 100)))
    mine = {unit.id for unit in factory.units if unit.order == order_name(tiny)}
    for place, least, most in (("rush", -(1 << 60), -(1 << 60)), ("behind", 1 << 60, 1 << 60), ("ordinary", 0, 10_000)):
        found = placed_policy(base, policy, factory, place)
        assert {name: found.priority[name] for name in policy.priority} == policy.priority
        assert {name: key for name, key in found.priority.items() if name in mine}.keys() == mine
        assert all(least <= found.priority[name] <= most for name in mine)
        assert not mine & found.release_tick.keys()
        assert found.purchases is not None
        assert found.purchases[:1] == policy.purchases
        bought = {name for name, _, _ in found.purchases[1:]}
        assert bought == {
            row.material for row in tiny.materials if row.lead_weeks is not None and row.base_stock is None
        }
    plain = placed_policy(base, Policy(), factory, "ordinary")
    assert plain == Policy()


def test_orders_that_a_plan_does_not_know_are_free_to_start(tiny: Park) -> None:
    """A plan of three orders leaves the fourth to start when it can; without any frames there is no plan."""
    import polars as pl

    from aidc_twin.frames import PlanOrders, PlanPurchases, PlanReleases, PlanShifts, build

    factory = read_factory(tiny)
    frames: dict[str, pl.DataFrame] = {
        "plan_releases": build(PlanReleases, [("o1", "boxes", 9, 2.0)]),
        "plan_orders": build(PlanOrders, [("o1", 2.0, 2.0, 11, 12, 0.0, 1.0), ("o2", 1.5, 0.0, 17, -1, 0.0, 1.0)]),
        "plan_shifts": build(PlanShifts, []),
        "plan_purchases": build(PlanPurchases, []),
    }
    policy = plan_policy(factory, frames)
    held = {name.partition("/")[0] for name in policy.release_tick}
    assert held <= {"o1", "o2"}
    assert "o2" in held
    assert plan_policy(factory, {}) == Policy()
