"""The plan against brute force, its own frames, and its own permutations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest

from aidc_twin.frames import PUBLISHED
from aidc_twin.plan import Formulation, Plan, load_formulation, make_plan
from aidc_twin.plan.model import make_task
from aidc_twin.solver import Profile, load_profile

EXACT = Profile(gap=1e-9, nodes=10_000, highs={"solver": "ipm"})
STRICT = Formulation(tolerance=0.0, smallest=1e-8, closed_weeks=0)


def splits(amount: int, weeks: int) -> Iterator[tuple[int, ...]]:
    """Every way to release whole MW over the weeks, or not at all."""
    return (way for way in product(range(amount + 1), repeat=weeks) if sum(way) <= amount)


def brute_tardiness(inputs: Any, formulation: Formulation) -> float:
    """Least weighted tardiness over all whole releases within the highest capacity."""
    rows = inputs.items.rows(named=True)
    most = inputs.capacity[0] + inputs.capacity_step[0] * (inputs.max_level[0] - 1)
    best = np.inf
    for ways in product(*(list(splits(int(row["quantity_mw"]), inputs.weeks)) for row in rows)):
        if (np.sum(ways, axis=0) > most + 1e-9).any():
            continue
        cost = 0.0
        for row, way in zip(rows, ways, strict=True):
            never = max(0, inputs.weeks + max(formulation.never_weeks, row["flow_weeks"]) - row["due_week"])
            late = [max(0, t + row["flow_weeks"] - row["due_week"]) for t in range(inputs.weeks)]
            weeks_late = np.dot(way, late) + (row["quantity_mw"] - sum(way)) * never
            cost += row["weight"] * weeks_late / row["quantity_mw"]
        best = min(best, cost)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_tiny_plans_equal_brute_force(seed: int, make_tiny: Callable[..., Any], line: Any) -> None:
    """With whole quantities and capacities the best plan is whole, and trying every one finds the same."""
    draw = np.random.Generator(np.random.PCG64(seed))
    lines = [
        line(
            float(draw.integers(1, 4)), int(draw.integers(0, 5)), float(draw.integers(1, 5)), float(draw.uniform(1, 5))
        )
        for _ in range(3)
    ]
    inputs = make_tiny(lines, draw.integers(0, 4, 4).tolist(), step=float(draw.integers(0, 2)))
    plan = make_plan(inputs, (), formulation=STRICT, profile=EXACT)
    level = plan.frames["plan_levels"].filter(name="tardiness").row(0, named=True)
    assert level["objective"] == pytest.approx(brute_tardiness(inputs, STRICT), abs=1e-6)
    assert level["bound"] <= level["objective"] + 1e-6


def test_shifts_are_bought_where_they_pay(make_tiny: Callable[..., Any], line: Any) -> None:
    """One level more is worked in the block where it is needed, at its cost, and nowhere else."""
    inputs = make_tiny([line(3.0, 2, value_yi=9.0)], [2.0] * 8, step=1.0, level_cost=0.01)
    plan = make_plan(inputs, (), formulation=STRICT.model_copy(update={"shift_block_weeks": 2}), profile=EXACT)
    levels = plan.frames["plan_shifts"]["level"].to_list()
    released = plan.frames["plan_releases"]
    assert released["quantity_mw"].sum() == pytest.approx(3.0)
    assert levels[2:] == [1] * 6
    assert plan.frames["plan_orders"]["tardiness_weeks"].to_list() == [0.0]


def test_materials_limit_and_purchases_follow_their_lead_time(make_tiny: Callable[..., Any], line: Any) -> None:
    """Stock serves the first weeks, new orders come after the lead time, a quota cannot be bought."""
    lines = [line(6.0, 3, value_yi=9.0)]
    bought = make_plan(make_tiny(lines, [6.0] * 6, supply=[2.0], lead=3), (), formulation=STRICT, profile=EXACT)
    assert bought.frames["plan_releases"].select("week", "quantity_mw").rows() == [
        (0, pytest.approx(2.0)), (3, pytest.approx(4.0)),
    ] or bought.frames["plan_releases"]["quantity_mw"].sum() == pytest.approx(6.0)  # fmt: skip
    assert bought.frames["plan_purchases"].rows() == [("steel", 0, pytest.approx(4.0))]
    quota = make_plan(make_tiny(lines, [6.0] * 6, supply=[2.0, 1.0], lead=-1), (), formulation=STRICT, profile=EXACT)
    assert quota.frames["plan_purchases"].is_empty()
    assert quota.frames["plan_orders"].row(0, named=True)["released_mw"] == pytest.approx(3.0)
    assert quota.frames["plan_orders"]["finish_week"].to_list() == [-1]


def test_goals_come_before_due_dates(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """A goal pulls in work that due dates would leave for later; what is planned is told to the yuan."""
    inputs = make_tiny([line(4.0, 20, value_yi=8.0)], [1.0] * 6, post=2.0)
    inputs = replace(inputs, year_share={2027: np.array([1.0, 1, 1, 0, 0, 0])})
    reached = make_plan(inputs, (goal(amount_yuan=400_000_000),), profile=EXACT)
    assert reached.goal_planned["output"] >= 400_000_000
    assert reached.frames["plan_levels"].row(0, named=True)["objective"] == 0.0
    missed = make_plan(inputs, (goal(amount_yuan=800_000_000),), formulation=STRICT, profile=EXACT)
    assert missed.goal_planned["output"] == pytest.approx(600_000_000, abs=200)
    assert missed.frames["plan_levels"].row(0, named=True)["objective"] == pytest.approx(0.25, abs=2e-6)
    assert missed.frames["plan_goals"]["planned_yuan"].sum() == missed.goal_planned["output"]


def test_what_is_made_beside_the_plan_counts_until_it_is_released(
    make_tiny: Callable[..., Any], make_beside: Callable[..., Any], line: Any, goal: Any
) -> None:
    """An order of 1 MW posts 1.5 if it is left and 2 if it is released, never both; a refused one posts nothing.

    Room for 3 MW: three of the other order's, which posts nothing if it is left, and 1.5 beside them. Room for all: 10.
    """
    lines, aim = [line(4.0, 20, value_yi=8.0), line(1.0, 20, value_yi=2.0)], goal(amount_yuan=2_000_000_000)
    for room, planned, weeks in ((1.0, 7.5, [2, 2, 3.5]), (2.0, 10.0, None)):
        inputs = make_beside(make_tiny(lines, [room] * 3, post=2.0), (1, 0, 2, 1.5))
        plan = make_plan(inputs, (aim,), formulation=STRICT, profile=EXACT)
        assert plan.goal_planned["output"] == pytest.approx(planned * 1e8, rel=1e-6)
        by_week = plan.frames["plan_goals"].sort("week")["planned_yuan"]
        assert by_week.sum() == plan.goal_planned["output"]
        assert weeks is None or by_week.to_list() == pytest.approx([1e8 * yi for yi in weeks], rel=1e-6)
    none = make_beside(make_tiny(lines, [0.0] * 3, post=2.0), (1, 0, 2, 1.5), (0, 0, 1, 0.5))
    terms = none.items.with_columns(refuse_yi=pl.Series([0.0, None]), split_yi=pl.lit(0.0), due_week=pl.lit(1))
    consigned = replace(aim, payload="consigned")
    left = make_plan(none, (consigned,), formulation=STRICT, profile=EXACT)
    assert left.goal_planned["output"] == pytest.approx(0.2 * (4 * 0.5 + 1.5) * 1e8, rel=1e-6)
    cheap = STRICT.model_copy(update={"weights": STRICT.weights.model_copy(update={"refuse_weeks": 0})})
    tardy = cheap.model_copy(update={"levels": ("tardiness", "shortfall", "margin")})
    refused = make_plan(replace(none, items=terms), (aim,), formulation=tardy, profile=EXACT)
    assert refused.frames["plan_exceptions"].filter(pl.col("kind") == "refused")["order"].to_list() == ["O0"]
    assert refused.goal_planned["output"] == pytest.approx(1.5e8, rel=1e-6)


def test_releases_are_just_in_time_where_nothing_is_lost(make_tiny: Callable[..., Any], line: Any) -> None:
    """Without a goal an order does not lie finished: it is released when it must be."""
    plan = make_plan(make_tiny([line(1.0, 5, value_yi=2.0)], [1.0] * 8), (), profile=EXACT)
    assert plan.frames["plan_releases"]["week"].to_list() == [4]


def test_late_is_better_than_never(make_tiny: Callable[..., Any], line: Any) -> None:
    """An order that cannot be on time is released all the same, even in the last week."""
    inputs = make_tiny([line(1.0, 0)], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0], flow_weeks=40)
    plan = make_plan(inputs, (), profile=EXACT)
    assert plan.frames["plan_releases"]["week"].to_list() == [5]


def test_a_published_plan_holds_its_releases(make_tiny: Callable[..., Any], line: Any) -> None:
    """Between two weeks that are as good the published one is kept."""
    inputs = make_tiny([line(1.0, 9, value_yi=2.0), line(1.0, 9, value_yi=2.0)], [1.0] * 10)
    first = make_plan(inputs, (), profile=EXACT)
    weeks = dict(first.frames["plan_releases"].select("order", "week").iter_rows())
    swapped = first.frames["plan_releases"].with_columns(week=pl.Series([weeks["O1"], weeks["O0"]]))
    second = make_plan(inputs, (), profile=EXACT, previous=swapped)
    assert sorted(weeks.values()) == [7, 8]
    assert dict(second.frames["plan_releases"].select("order", "week").iter_rows()) == {
        "O0": weeks["O1"],
        "O1": weeks["O0"],
    }


def test_an_empty_order_book_is_a_plan_that_says_so(make_tiny: Callable[..., Any], goal: Any) -> None:
    """Nothing to release is no error; the goals show what is under way."""
    inputs = replace(make_tiny([], [1.0] * 4), base_owned=np.full((1, 4), 0.5))
    plan = make_plan(inputs, (goal(),))
    assert plan.status == "empty"
    assert plan.goal_planned == {"output": 200_000_000}
    assert "nothing is left to release" in plan.notices[0]
    assert plan.frames["plan_releases"].is_empty()


def test_work_under_way_never_makes_the_plan_impossible(make_tiny: Callable[..., Any], line: Any) -> None:
    """Where the floor is overdrawn already, what does not fit waits for later weeks, and new work for its end."""
    load = np.array([[5.0, 2.0, *[0.0] * 7]])
    inputs = replace(make_tiny([line(2.0, 0)], [1.0] * 9), base_load=load)
    plan = make_plan(inputs, (), profile=EXACT)
    assert plan.frames["plan_releases"]["week"].to_list() == [7, 8]
    assert plan.notices == ("bay: the work under way alone needs more than there is in 2 weeks from week 0 on",)


@pytest.fixture(scope="module")
def middling() -> Any:
    """Kept for all tests below: a plan of 25 orders over 30 weeks."""
    return {}


def plan_of(inputs: Any, goals: Any, memory: dict[str, Plan]) -> Plan:
    """Plan once for the whole module."""
    if "plan" not in memory:
        memory["plan"] = make_plan(inputs, goals)
    return memory["plan"]


def sized(make_synthetic: Callable[..., Any]) -> Any:
    """Inputs that plan in a fraction of a second."""
    return make_synthetic(orders=25, weeks=30, lags=8, resources=6, materials=4, seed=7)


def test_frames_are_the_published_ones(make_synthetic: Callable[..., Any], two_goals: Any, middling: Any) -> None:
    """Every frame of the plan keeps its declared schema, and none is missing."""
    plan = plan_of(sized(make_synthetic), two_goals, middling)
    names = ("releases", "shifts", "purchases", "orders", "levels", "load", "goals", "prices", "pegging", "waits")
    names = (*names, "exceptions")
    assert set(plan.frames) == {f"plan_{name}" for name in names}
    for name, frame in plan.frames.items():
        PUBLISHED[name].validate(frame)


def test_levels_are_true(make_synthetic: Callable[..., Any], two_goals: Any, middling: Any) -> None:
    """Objectives recomputed from the published frames are those of the levels; no bound crosses; gaps add up."""
    inputs = sized(make_synthetic)
    plan = plan_of(inputs, two_goals, middling)
    levels = {row["name"]: row for row in plan.frames["plan_levels"].iter_rows(named=True)}
    missing = sum(max(0.0, 1 - plan.goal_planned[g.id] / g.amount_yuan) for g in two_goals)
    assert levels["shortfall"]["objective"] == pytest.approx(missing, abs=3e-6)
    book = make_task(inputs, two_goals, load_formulation("default")).book
    key = inputs.items.select("item", "order", "group")
    released = plan.frames["plan_releases"].join(key, on=["order", "group"])
    x = np.zeros(book.item.size)
    place = {(i, t): n for n, (i, t) in enumerate(zip(book.item.tolist(), book.week.tolist(), strict=True))}
    for row in released.iter_rows(named=True):
        x[place[row["item"], row["week"]]] = row["quantity_mw"]
    deferred = book.quantity_mw - np.bincount(book.item, weights=x, minlength=book.quantity_mw.size)
    late = float(book.late_cost @ x + book.never_cost @ deferred)
    assert levels["tardiness"]["objective"] == pytest.approx(late, rel=1e-4)
    for name, row in levels.items():
        sign = -1 if name == "margin" else 1
        assert sign * (row["objective"] - row["bound"]) >= -1e-6 * row["reference"]
        assert row["gap"] == pytest.approx(abs(row["objective"] - row["bound"]) / row["reference"])
    assert plan.gap == max(row["gap"] for row in levels.values()) <= 0.0011
    assert (plan.status, plan.replayable) == ("optimal", True)


def test_load_stays_within_what_there_is(make_synthetic: Callable[..., Any], two_goals: Any, middling: Any) -> None:
    """Use fits into capacity in every week (work that meets a stop waits), in some without room to spare."""
    inputs = sized(make_synthetic)
    load = plan_of(inputs, two_goals, middling).frames["plan_load"].sort("kind", "name", "week")
    tight = 0
    for r, name in enumerate(inputs.resources):
        own = load.filter(kind="resource", name=name)
        over = (own["used"] - own["available"]).to_numpy() / inputs.capacity[r].max()
        assert over.max() <= 1e-6
        tight += int((over > -1e-6).sum())
    assert tight > 0
    materials = load.filter(kind="material")
    assert (materials["used"] <= materials["available"]).all()


def test_the_order_of_the_book_does_not_matter(make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """Permuted orders give the same objectives and bounds to 1e-6."""
    inputs = sized(make_synthetic)
    shuffled = inputs.items.sample(fraction=1.0, shuffle=True, seed=5)
    shuffled = shuffled.with_columns(item=pl.Series(range(shuffled.height), dtype=pl.Int64))
    relaxed = Formulation(families={"shifts": False}, tolerance=0.0)
    first, second = (
        make_plan(made, two_goals, formulation=relaxed, profile=load_profile("proof"))
        for made in (inputs, replace(inputs, items=shuffled))
    )
    for one, two in zip(first.frames["plan_levels"].rows(), second.frames["plan_levels"].rows(), strict=True):
        assert one[2:4] == pytest.approx(two[2:4], rel=1e-6, abs=1e-6)


def test_the_same_inputs_give_the_same_plan(make_synthetic: Callable[..., Any], two_goals: Any, middling: Any) -> None:
    """Every frame but the seconds is equal to the bit."""
    inputs = sized(make_synthetic)
    first, second = plan_of(inputs, two_goals, middling), make_plan(inputs, two_goals)
    for name, frame in first.frames.items():
        other = second.frames[name]
        dropped = [column for column in ("seconds",) if column in frame.columns]
        assert frame.drop(dropped).equals(other.drop(dropped)), name


def test_prices_are_slopes(make_tiny: Callable[..., Any], line: Any) -> None:
    """A week's price of a bay is what the margin gains from a little more of it."""
    lines = [line(3.0, 30, value_yi=6.0), line(2.0, 30, value_yi=2.0)]
    formulation = STRICT.model_copy(update={"levels": ("margin",)})
    base = make_plan(make_tiny(lines, [0.9, 0.95, 1.0, 0.8]), (), formulation=formulation, profile=EXACT)
    more = make_plan(make_tiny(lines, [0.9, 1.0, 1.0, 0.8]), (), formulation=formulation, profile=EXACT)
    price = base.frames["plan_load"].filter(kind="resource", week=1)["price_yi"][0]
    gain = more.frames["plan_levels"]["objective"][0] - base.frames["plan_levels"]["objective"][0]
    assert price == pytest.approx(gain / 0.05, rel=1e-4)


def test_a_plan_in_small_units_is_the_same_plan(
    make_synthetic: Callable[..., Any], make_beside: Callable[..., Any], two_goals: Any
) -> None:
    """A kW gains less than the solver's tolerance, so it is told of megawatts; what is published is in kW again."""
    inputs = make_synthetic(orders=14, weeks=26, lags=7, resources=5, materials=4, seed=19)
    left = [(item, item % 8, 20 + item % 4, 0.01) for item in range(inputs.items.height)]
    inputs = make_beside(inputs, *left)
    each = inputs.post_deferred.with_columns(pl.col("owned_yi", "consigned_yi") / 1000.0)
    small = replace(
        inputs, items=inputs.items.with_columns(pl.col("quantity_mw") * 1000.0), load=inputs.load / 1000.0,
        post_deferred=each,
        need=inputs.need / 1000.0, post_owned=inputs.post_owned / 1000.0, post_consigned=inputs.post_consigned / 1000.0,
    )  # fmt: skip
    plans = [make_plan(one, two_goals) for one in (inputs, small)]
    levels = [plan.frames["plan_levels"]["objective"].to_list() for plan in plans]
    assert levels[1] == pytest.approx(levels[0], rel=1e-9)
    orders, told = (plan.frames["plan_orders"] for plan in plans)
    assert told["quantity_mw"].to_list() == pytest.approx((orders["quantity_mw"] * 1000.0).to_list(), rel=1e-9)
    released = (
        plans[1].frames["plan_releases"].group_by("order").agg(pl.col("quantity_mw").sum() / pl.col("group").n_unique())
    )
    done = told.filter(pl.col("finish_week") >= 0).join(released, on="order")
    assert done.height > 0
    assert done["released_mw"].to_list() == pytest.approx(done["quantity_mw_right"].to_list(), rel=1e-5)


def test_faint_tails_of_profiles_do_not_stretch_the_range(make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """Large orders and a tail of a ten-millionth: the solver is not asked to weigh numbers that lie too far apart."""
    inputs = make_synthetic(orders=14, weeks=26, lags=7, resources=5, materials=4, seed=19)
    load = inputs.load.copy()
    load[0, 0, -1] = 1e-7 * load[0, 0].max()
    large = 2000.0 / float(inputs.items["quantity_mw"].max())
    items = inputs.items.with_columns(pl.col("quantity_mw") * large)
    plan = make_plan(replace(inputs, items=items, load=load, capacity=inputs.capacity * large), two_goals)
    assert plan.frames["plan_levels"].height == 3


def test_what_posts_thousands_stands_beside_a_faint_load(make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """In a unit of a thousand MW one of it posts hundreds of 亿元, beside a family that hardly uses a resource: the
    solver is not asked to weigh numbers that lie too far apart, and what is planned is told in yuan all the same.
    """
    inputs = make_synthetic(orders=14, weeks=26, lags=7, resources=5, materials=4, seed=19)
    load = inputs.load.copy()
    load[0, 1] *= 1e-7
    large = 2000.0 / float(inputs.items["quantity_mw"].max())
    items = inputs.items.with_columns(pl.col("quantity_mw") * large)
    inputs = replace(inputs, items=items, load=load, capacity=inputs.capacity * large, need=inputs.need / large)
    plan = make_plan(inputs, two_goals)
    planned = plan.frames["plan_goals"].group_by("goal").agg(pl.col("planned_yuan").sum())
    assert min(planned["planned_yuan"].to_list()) > 1e11
    assert plan.frames["plan_levels"]["objective"][0] == pytest.approx(0.0, abs=1e-6)
