"""Ways of executing a plan: which is taken, what it starts and buys when, and that a run can be made again from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from generated_loops import generated

from aidc_twin.frames import PlanExceptions, PlanPegging, build
from aidc_twin.loop import LoopOptions, LoopResult, published, run_loop
from aidc_twin.loop.correction import corrected
from aidc_twin.loop.policy import policy_of
from aidc_twin.loop.rounds import CHOOSING, WAITING_WEEK, _formulation
from aidc_twin.loop.simulation import execute
from aidc_twin.loop.sooner import pegged_sooner, sooner
from aidc_twin.loop.ways import EARLY, FUTURES, PLANNED, Trial, chosen, executed, trials, ways_of
from aidc_twin.park.schema import TABLES
from aidc_twin.plan import make_plan
from aidc_twin.plan.book import make_book
from aidc_twin.plan.formulation import Formulation, load_formulation
from aidc_twin.plan.goal import contribution
from aidc_twin.twin.calibrate import YI, plan_inputs
from aidc_twin.twin.calibration import Calibration
from aidc_twin.twin.compile import Policy
from aidc_twin.twin.inputs import Floats, PlanInputs
from aidc_twin.twin.profiles import posts
from aidc_twin.twin.run import seeds_of

BUSY = 27
"""A drawn park with more work than there is room for, on which a plan's weeks leave machines without work."""

NOISE = np.random.default_rng(7).normal(size=FUTURES)


@pytest.fixture(scope="module")
def busy() -> LoopResult:
    """The loop on it."""
    case = generated(BUSY)
    options = LoopOptions(replications=100, most=800, rounds=6, workers=1, schedule_weeks=2, profile="quick")
    return run_loop(case.park, case.goals, options)


def trial(way: str, short: float, yuan: float, late: float, noise: float = 0.0) -> Trial:
    """A way with these means, and with noise that its paired difference to one without shows."""
    return Trial(way, short + noise * NOISE, yuan + noise * NOISE, late + noise * NOISE)


@pytest.mark.parametrize(
    ("early", "way"),
    [
        (trial(EARLY, 0.1, 5.0, 9.0), EARLY),
        (trial(EARLY, 0.3, 9.0, 1.0), PLANNED),
        (trial(EARLY, 0.2, 9.0, 9.0), EARLY),
        (trial(EARLY, 0.2, 5.0, 1.0), PLANNED),
        (trial(EARLY, 0.2, 7.0, 1.0), EARLY),
        (trial(EARLY, 0.2, 7.0, 9.0), PLANNED),
        (trial(EARLY, 0.2, 7.0, 3.0), PLANNED),
        (trial(EARLY, 0.199, 7.01, 2.9, noise=5.0), PLANNED),
    ],
)
def test_shortfall_decides_then_the_sum_then_days_late(early: Trial, way: str) -> None:
    """The measures in their order, each only beyond chance; what is the same in all stays as it was before."""
    assert chosen([trial(PLANNED, 0.2, 7.0, 3.0), early]) == way


@pytest.mark.parametrize(
    ("planned", "early", "way"),
    [
        (trial(PLANNED, 0.072, 7.0, 16.0), trial(EARLY, 0.078, 9.0, 0.0), EARLY),
        (trial(PLANNED, 0.078, 9.0, 0.0), trial(EARLY, 0.072, 7.0, 16.0), PLANNED),
        (trial(PLANNED, 0.072, 7.0, 16.0), trial(EARLY, 0.084, 9.0, 0.0), PLANNED),
        (trial(PLANNED, 0.0, 7.0, 16.0), trial(EARLY, 0.005, 9.0, 0.0), PLANNED),
        (trial(PLANNED, 0.009, 7.0, 16.0), trial(EARLY, 0.012, 9.0, 0.0), PLANNED),
        (trial(PLANNED, 0.012, 9.0, 16.0), trial(EARLY, 0.009, 7.0, 0.0), EARLY),
    ],
)
def test_where_goals_are_missed_either_way_less_than_a_point_of_them_decides_nothing(
    planned: Trial, early: Trial, way: str
) -> None:
    """As much as plan and twin may be apart; where a way comes as close to the goals as that, the shortfall decides."""
    assert chosen([planned, early]) == way


def test_what_chance_may_explain_does_not_change_the_way() -> None:
    """With noise neither beats the other, whichever came before; nor does a single future show anything."""
    both = [trial(PLANNED, 0.2, 7.0, 3.0), trial(EARLY, 0.2, 7.0, 3.0, noise=5.0)]
    assert [chosen(both, before) for before in (PLANNED, EARLY)] == [PLANNED, EARLY]
    one, other = (Trial(way, *np.full((3, 1), size)) for way, size in ((PLANNED, 2.0), (EARLY, 1.0)))
    assert not one.beats(other)
    assert not other.beats(one)


def test_the_busy_park_makes_more_than_as_planned_and_than_dispatching(busy: LoopResult) -> None:
    """Under futures that the loop has not seen the way that it took makes more than either, and the loop agrees."""
    assert busy.converged
    assert busy.kept.way == EARLY
    assert busy.message.endswith("; orders start as soon as they can, in the order of the plan")
    factory, goals = busy.factory, busy.goals
    planned = policy_of(factory, busy.items, busy.kept.plan.frames)
    seeds = seeds_of(1_000_000, 40)
    total = [
        sum(float(execute(factory, policy, seeds, workers=1)[0].goal_yuan(goal).mean()) for goal in goals)
        for policy in (busy.kept.policy, planned, Policy())
    ]
    assert total[0] > 1.01 * total[1]
    assert total[0] > total[2]


def test_the_way_is_chosen_in_the_first_rounds_and_kept(busy: LoopResult) -> None:
    """Later rounds compare nothing; the way is the one that the comparison names."""
    before = PLANNED
    for one in busy.rounds:
        if one.number <= CHOOSING:
            assert [trial.way for trial in one.trials] == list(ways_of(busy.factory))
            assert one.way == chosen(one.trials, before)
        else:
            assert not one.trials
            assert one.way == before
        before = one.way


def test_early_units_go_when_their_order_is_placed(busy: LoopResult) -> None:
    """No unit later than the plan releases it, none before its order is placed, in the order of the plan's weeks."""
    kept, factory = busy.kept, busy.factory
    assert kept.policy.release_tick.keys() == kept.released.keys()
    for unit, tick in kept.policy.release_tick.items():
        assert tick == max(0, factory.ordered[factory.unit_index[unit]])
    week = factory.clock.ticks_per_week
    ranked = sorted(kept.released, key=lambda unit: kept.policy.priority[unit])
    weeks = [kept.released[unit] // week for unit in ranked]
    assert weeks == sorted(weeks)


def test_refused_orders_do_not_start_early(busy: LoopResult) -> None:
    """What the plan refuses is neither started nor bought for."""
    kept, factory = busy.kept, busy.factory
    order = factory.park.orders[0].order
    refused = build(PlanExceptions, [("refused", order, "", 0, 1.0)])
    plan = replace(kept.plan, frames={**kept.plan.frames, "plan_exceptions": refused})
    policy = replace(kept.policy, purchases=())
    all_of_it, _ = executed(factory, policy, kept.plan, EARLY)
    without, _ = executed(factory, policy, plan, EARLY)
    gone = {unit.id for unit in factory.units if unit.order == order}
    assert all((tick > factory.horizon) == (unit in gone) for unit, tick in without.release_tick.items())
    assert sum(row[2] for row in without.purchases or ()) < sum(row[2] for row in all_of_it.purchases or ())


def test_a_run_in_the_early_way_is_certified_and_can_be_made_again(busy: LoopResult) -> None:
    """The checker has nothing against it, and its frames give the policy that was executed, but for near ranks."""
    public = published(busy)
    assert public.certificate.ok, public.certificate.checks.filter(pl.col("violations") > 0)
    again = policy_of(busy.factory, busy.items, public.frames)
    kept = busy.kept.policy
    assert again.priority == kept.priority
    assert again.levels == kept.levels
    assert {u: t for u, t in again.release_tick.items() if t <= busy.factory.horizon} == {
        u: t for u, t in kept.release_tick.items() if t <= busy.factory.horizon
    }
    assert sorted(again.purchases or ()) == sorted(kept.purchases or ())


def test_a_park_with_accounts_is_executed_as_planned(busy: LoopResult) -> None:
    """Early starts cost money that the plan has not counted on."""
    account = TABLES["accounts"].model_validate({"account": "purse"})
    factory = replace(busy.factory, park=replace(busy.factory.park, accounts=(account,)))
    assert list(ways_of(factory)) == [PLANNED]
    one = busy.rounds[0]
    planned = policy_of(busy.factory, busy.items, one.plan.frames)
    found = trials(factory, planned, one.plan, busy.goals, seeds_of(1, 4), 1)
    assert [trial.way for trial in found] == [PLANNED]


def test_plans_of_an_early_way_wait_for_nothing(busy: LoopResult) -> None:
    """From the round after it was taken each week of waiting costs a little; before, a week early does."""
    one, options = busy.rounds[0], busy.options
    assert _formulation(options, []) == options.formulation
    assert _formulation(options, [replace(one, way=PLANNED)]) == options.formulation
    told = _formulation(options, [one])
    assert isinstance(told, Formulation)
    book = make_book(one.inputs, told)
    value, cost, mw = (one.inputs.items[name].to_numpy() for name in ("value_yi", "cost_yi", "quantity_mw"))
    waiting = WAITING_WEEK * cost / (1 + np.maximum(0, one.inputs.items["due_week"].to_numpy())) ** 2
    gain = (value - cost - np.outer(np.arange(one.inputs.weeks), waiting)) / mw
    assert book.margin_yi == pytest.approx(gain[book.week, book.item])
    usual = make_book(one.inputs, load_formulation(options.formulation))
    same = usual.item[1:] == usual.item[:-1]
    assert np.all(np.diff(usual.margin_yi)[same] >= 0)


def beside(busy: LoopResult, round_: int = -1) -> tuple[PlanInputs, float]:
    """What a round of a loop, the last one, tells the next one, and yuan that units posted which its plan leaves."""
    one, factory = busy.rounds[round_], busy.factory
    runs = one.result.replications[: busy.options.traced]
    told = replace(one.policy, release_tick=one.released)
    inputs = plan_inputs(Calibration(factory, one.arrays, told, runs, busy.items), one.inputs)
    left = np.array([one.released.get(unit.id, 0) > factory.horizon for unit in factory.units])
    assert left.any()
    total = 0.0
    for run in runs:
        marks = posts(factory, one.arrays, run, 0)
        inside = (marks.unit >= 0) & (marks.tick < factory.horizon)
        total += float(marks.amount[inside & left[marks.unit]].sum()) / len(runs)
    assert total > 0
    return inputs, total


def deferred_mw(busy: LoopResult) -> Floats:
    """MW of each item of which the last plan's policy lets no unit go."""
    one, items = busy.rounds[-1], busy.items
    count = np.zeros((2, len(items.rows)))
    for i, unit in enumerate(busy.factory.units):
        if items.unit_item[i] >= 0 and busy.factory.units[unit.parent].parent < 0:
            count[:, items.unit_item[i]] += 1, one.released[unit.id] > busy.factory.horizon
    return items.mw * count[1] / count[0]


def test_what_comes_beside_the_plan_is_told_to_the_next_one(busy: LoopResult) -> None:
    """Postings of units that the plan leaves, but that are made where there is room, are those of their orders."""
    inputs, total = beside(busy)
    rows = inputs.post_deferred
    assert rows is not None
    mw = deferred_mw(busy)[rows["item"].to_numpy()]
    assert (mw > 0).all()
    assert float((rows["owned_yi"].to_numpy() * mw).sum()) * YI == pytest.approx(total)
    assert inputs.base_owned.sum() == 0.0


def test_an_order_is_counted_once_whether_the_plan_leaves_or_releases_it(busy: LoopResult) -> None:
    """Left, it posts beside the plan; released, as others of its family do, and nothing more beside the plan."""
    inputs, _ = beside(busy, 0)
    goal = busy.goals[0]
    ample = replace(
        inputs, capacity=inputs.capacity * 1000, supply=inputs.supply + 1e6,
        items=inputs.items.with_columns(earliest_week=pl.lit(0)),
    )  # fmt: skip
    plan = make_plan(ample, [replace(goal, amount_yuan=10**13)], profile="quick")
    counted = contribution(ample, goal)
    assert counted.deferred.sum() > 0
    most = counted.per_mw[inputs.items["family"].to_numpy()].max(axis=1) @ inputs.items["quantity_mw"].to_numpy()
    assert plan.goal_planned[goal.id] / YI <= (most + counted.base.sum()) * (1 + 1e-6)


@pytest.mark.parametrize("most", [1.0, 0.1, 0.01, 0.0])
def test_corrected_postings_hold_what_comes_beside_the_plan(
    busy: LoopResult, monkeypatch: pytest.MonkeyPatch, most: float
) -> None:
    """What the next plan is told of the releases and the rest of the first round sums to what the twin posted.

    However little of it profiles may be scaled for: what is made ahead of its release beyond that is told as an amount.
    """
    monkeypatch.setattr("aidc_twin.loop.correction.MOST_CORRECTION", most)
    inputs, _ = beside(busy, 0)
    one, goal = busy.rounds[0], busy.goals[0]
    assert one.way == EARLY
    said = corrected(inputs, one.plan, one.result, busy.goals, one.way)
    assert np.all(said.post_owned >= (1 - most) * inputs.post_owned - 1e-12)
    assert np.all(said.post_owned <= (1 + most) * inputs.post_owned + 1e-12)
    counted = contribution(said, goal)
    waiting = inputs.items["quantity_mw"].to_numpy().copy()
    told = counted.base.sum()
    for order, group, week, mw in one.plan.frames["plan_releases"].iter_rows():
        row = inputs.items.row(by_predicate=(pl.col("order") == order) & (pl.col("group") == group), named=True)
        told += counted.per_mw[row["family"], week] * mw
        waiting[row["item"]] -= mw
    left = waiting @ counted.deferred.sum(axis=1)
    assert left > 0
    told += left
    assert told * YI == pytest.approx(float(one.result.goal_yuan(goal).mean()), rel=1e-6)


def test_sooner_orders_as_much_as_either_list_at_any_time() -> None:
    """Sums by material and time are the larger of both; what is the same twice is ordered once."""
    first = [("nut", 0, 2.0), ("nut", 5, 2.0), ("bolt", 3, 1.0)]
    second = [("nut", 1, 3.0), ("bolt", 3, 1.0), ("cap", 2, 4.0)]
    assert sooner(first, second) == (
        ("nut", 0, 2.0), ("nut", 1, 1.0), ("cap", 2, 4.0), ("bolt", 3, 1.0), ("nut", 5, 1.0)
    )  # fmt: skip
    assert sooner(second, first) == sooner(first, second)
    assert sooner([], []) == ()


def test_pegging_follows_the_sooner_purchases() -> None:
    """First lots serve whom the plan's first ones served; quota and machines stay, and no amount is lost."""
    pegging = build(PlanPegging, [
        ("resource", "saw", "capacity", 2, "o1", 2, 2, 1.0), ("material", "nut", "stock", 0, "o1", 1, 1, 1.0),
        ("material", "nut", "purchase", 4, "o1", 6, 7, 3.0), ("material", "nut", "purchase", 6, "o2", 9, 9, 2.0),
    ])  # fmt: skip
    found = pegged_sooner(pegging, [("nut", 1, 4.0), ("nut", 6, 9.0)])
    assert found.rows() == [
        *pegging.rows()[:2],
        ("material", "nut", "purchase", 1, "o1", 6, 7, 3.0), ("material", "nut", "purchase", 1, "o2", 9, 9, 1.0),
        ("material", "nut", "purchase", 6, "o2", 9, 9, 1.0),
    ]  # fmt: skip
    PlanPegging.validate(found)
