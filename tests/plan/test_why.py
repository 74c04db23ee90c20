"""Why not: planted conflicts are named, and what is named is enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import polars as pl
import pytest
from planted import PLAIN, SEARCH, Planted, asked, plant, possible
from planted_more import DEAR, LACKING, MORE, More, plant_more

from aidc_twin.errors import NoPlanError
from aidc_twin.plan.why import Answer, Cause, asking, explain
from aidc_twin.solver.program import Program


def mended(planted: Planted | More, causes: tuple[Cause, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Inputs and goals without the causes, by what the answer says of them and nothing else."""
    inputs, goals, limit = planted.inputs, planted.goals, planted.inputs.stock_limit
    capacity, supply, items = inputs.capacity.copy(), inputs.supply.copy(), inputs.items
    for cause in causes:
        if cause.kind == "capacity":
            capacity[inputs.resources.index(cause.name), cause.first_week : cause.last_week + 1] += cause.amount
        elif cause.kind in ("supply", "lead"):
            supply[inputs.materials.index(cause.name), cause.first_week] += cause.amount
        elif cause.kind == "early":
            for lot in cause.lots:
                supply[inputs.materials.index(cause.name), [lot.week, lot.due_week]] += [lot.amount, -lot.amount]
        elif cause.kind == "store":
            assert limit is not None
            limit = limit + cause.amount * (np.array(inputs.materials) == cause.name)
        elif cause.kind == "order":
            later = pl.when(pl.col("order") == cause.name).then(int(cause.amount)).otherwise(0)
            items = items.with_columns(due_week=pl.col("due_week") + later)
        else:
            less = round(cause.amount * 1e8 * (1 + 1e-6))
            goals = tuple(replace(g, amount_yuan=g.amount_yuan - less) if g.id == cause.name else g for g in goals)
    return replace(inputs, capacity=capacity, supply=supply, items=items, stock_limit=limit), goals


def assert_named(planted: Planted, answer: Answer) -> None:
    """The planted cause comes first, stands where it was planted, and lifting what is named is enough."""
    assert not answer.possible
    assert answer.cause is not None
    assert (answer.cause.kind, answer.cause.name) == (planted.kind, planted.name)
    limits = answer.cures[0].causes if answer.cures else ()
    if planted.kind in ("capacity", "supply", "lead"):
        assert {(c.kind, c.name) for c in limits} == {(planted.kind, planted.name)}
        assert any(c.first_week <= planted.last and c.last_week >= planted.first for c in limits) or (
            planted.kind == "supply" and min(c.first_week for c in limits) <= planted.last
        ), "a quota that is missing can also have come before"
    assert all(cure.enough and cure.smallest for cure in answer.cures[:1])
    assert possible(*mended(planted, (*answer.impossible, *limits)))


@pytest.mark.parametrize("seed", range(50))
def test_planted_conflicts_are_named(
    seed: int, make_synthetic: Callable[..., Any], two_goals: Any, timed: list[float]
) -> None:
    """A resource closed, a quota cut, a lead time too long, a due date too early, a goal beyond the order book."""
    planted = plant(make_synthetic, two_goals, seed)
    begin = time.process_time()
    answer = asked(planted)
    timed.append(time.process_time() - begin)
    assert timed[-1] <= 60
    assert_named(planted, answer)


def test_the_median_explanation_takes_two_seconds_at_most(timed: list[float]) -> None:
    """Of the planted conflicts above; they run first, as they stand in this file."""
    assert not timed or median(timed) <= 2.0


@pytest.mark.release
@pytest.mark.parametrize("part", range(19))
def test_a_thousand_planted_conflicts_are_named(part: int, make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """The other 950."""
    for seed in range(50 + 50 * part, 100 + 50 * part):
        planted = plant(make_synthetic, two_goals, seed)
        assert_named(planted, asked(planted))


@pytest.mark.parametrize(("seed", "unit"), [(0, 1e6), (4, 1e-5), (17, 1e-5)])
def test_causes_do_not_depend_on_the_unit_of_quantities(
    seed: int, unit: float, make_synthetic: Callable[..., Any], two_goals: Any
) -> None:
    """Orders in W, or in hundreds of GW: nothing was named, or the solver gave up, in the unit of the inputs."""
    planted = plant(make_synthetic, two_goals, seed)
    inputs = planted.inputs
    told = replace(
        inputs, items=inputs.items.with_columns(quantity_mw=pl.col("quantity_mw") * unit), load=inputs.load / unit,
        need=inputs.need / unit, post_owned=inputs.post_owned / unit, post_consigned=inputs.post_consigned / unit,
    )  # fmt: skip
    one, other = asked(planted), asked(replace(planted, inputs=told))
    assert other.cause is not None
    assert (other.cause.kind, other.cause.name) == (planted.kind, planted.name)
    assert all(cure.enough and cure.smallest for cure in other.cures[:1])
    assert other.cause.amount == pytest.approx(one.cause.amount, rel=1e-3)


def assert_more(planted: More, answer: Answer) -> None:
    """What may be told as the cause is, of two conflicts both; lifting it is enough, as is every other cure.

    It comes first, but for cures that name less; and unless nothing was taken away of what there is for new work: then
    something lighter may come first, too.
    """
    assert not answer.possible
    assert not answer.impossible
    named = [{(cause.kind, cause.name) for cause in cure.causes} for cure in answer.cures]
    place = next(i for i, names in enumerate(named) if names and names <= planted.named)
    assert planted.kind in LACKING or all(len(names) < len(named[place]) for names in named[:place])
    assert len(planted.parts) in (0, len(named[0])), "each of the parts alone makes something impossible"
    for cure in answer.cures:
        assert cure.enough
        assert cure.smallest
        assert possible(*mended(planted, cure.causes))


@pytest.mark.parametrize("seed", [seed for seed in range(len(MORE)) if MORE[seed] not in DEAR])
def test_other_conflicts_are_named(seed: int, make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """A quota that lapses, work under way, stock and phases that are missing, two at once, other sizes."""
    planted = plant_more(make_synthetic, two_goals, seed)
    assert_more(planted, explain(planted.inputs, planted.goals, formulation=PLAIN, profile=SEARCH))


@pytest.mark.release
@pytest.mark.parametrize("part", range(10))
def test_many_other_conflicts_are_named(part: int, make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """200 of them, with shifts and longer plans, which take seconds to draw."""
    for seed in range(20 * part, 20 + 20 * part):
        planted = plant_more(make_synthetic, two_goals, seed)
        assert_more(planted, explain(planted.inputs, planted.goals, formulation=PLAIN, profile=SEARCH))


@pytest.fixture(scope="module")
def timed() -> list[float]:
    """CPU seconds of the explanations of this module."""
    return []


def test_what_is_possible_needs_no_cure(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """Room for all: no cause is invented."""
    inputs = make_tiny([line(2.0, 5), line(1.0, 6)], [1.0] * 8)
    answer = explain(inputs, (goal(amount_yuan=200_000_000),), formulation=PLAIN, profile=SEARCH)
    assert (answer.possible, answer.cures, answer.impossible, answer.cause) == (True, (), (), None)


def test_a_late_order_waits_for_others_or_for_more_of_a_bay(make_tiny: Callable[..., Any], line: Any) -> None:
    """Three orders due at once on one bay: the lightest is late, and would be on time for half a bay or a dearer one.

    Each of the first two weeks holds 1 MW, 3 MW are due then: O2 waits, and half a bay more in weeks 0 and 1 would do.
    """
    lines = [line(1.0, 2, weight=5.0), line(1.0, 2, weight=4.0), line(1.0, 2, weight=1.0)]
    inputs = make_tiny(lines, [1.0] * 8)
    answer = explain(inputs, (), formulation=PLAIN, profile=SEARCH, order="O2")
    assert (answer.asked, answer.name, answer.possible) == ("order", "O2", False)
    limits, others = answer.cures
    assert [(c.kind, c.name, c.first_week) for c in limits.causes] == [("capacity", "bay", 0)]
    assert limits.causes[0].amount == pytest.approx(0.5, rel=1e-4)
    assert limits.enough
    assert limits.smallest
    assert (others.kind, others.pushed) == ("others", (("O1", pytest.approx(1.0, abs=1e-3)),))
    assert others.order_weeks == pytest.approx(4.0, abs=1e-2)
    assert explain(inputs, (), formulation=PLAIN, profile=SEARCH, order="O0").possible


@pytest.mark.parametrize("amount", [100_000_000, 700_000_000])
def test_a_large_plan_answers_as_a_small_one(
    amount: int, make_tiny: Callable[..., Any], line: Any, goal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the solver loses its way without crossover, whether the goal can be reached or not."""
    inputs = make_tiny([line(1.0, 2, weight=5.0), line(1.0, 2, weight=4.0), line(1.0, 2, weight=1.0)], [1.0] * 8)
    small = explain(inputs, (goal(amount_yuan=amount),), formulation=PLAIN, profile=SEARCH, order="O2")
    lost, search = list[bool](), Program.minimise

    def rough(self: Program, *arguments: Any, **options: Any) -> Any:
        if self.profile.highs.get("run_crossover") == "off":
            lost.append(True)
            raise NoPlanError("lost")
        return search(self, *arguments, **options)

    monkeypatch.setattr(asking, "_WARM_COLUMNS", 0)
    monkeypatch.setattr(Program, "minimise", rough)
    large = explain(inputs, (goal(amount_yuan=amount),), formulation=PLAIN, profile=SEARCH, order="O2")
    assert lost
    assert large.complete
    assert [cure.kind for cure in large.cures] == [cure.kind for cure in small.cures]
    assert [(c.kind, c.name) for cure in large.cures for c in cure.causes] == [
        (c.kind, c.name) for cure in small.cures for c in cure.causes
    ]
    assert large.cures[0].weight == pytest.approx(small.cures[0].weight, rel=1e-4)
    assert large.late_weeks == pytest.approx(small.late_weeks, abs=1e-3)


def test_an_order_may_be_late_for_a_goal(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """The goal's year ends before both fit: the order that posts in it goes first, and the other is late for it."""
    lines = [line(2.0, 9, weight=1.0), line(2.0, 2, weight=5.0)]
    inputs = make_tiny(lines, [1.0] * 8)
    inputs = replace(
        inputs, families=("box/modules", "other/modules"), load=np.ones((2, 1, 1)), need=np.zeros((2, 1, 1)),
        post_owned=np.array([[[1.0]], [[0.0]]]), post_consigned=np.zeros((2, 1, 1)),
        items=inputs.items.with_columns(family=pl.Series([0, 1])), year_share={2027: np.array([1.0] * 2 + [0.0] * 6)},
    )  # fmt: skip
    answer = explain(inputs, (goal(amount_yuan=200_000_000),), formulation=PLAIN, profile=SEARCH, order="O1")
    kinds = {cure.kind: cure for cure in answer.cures}
    assert not answer.possible
    assert kinds["goals"].goal_yi == pytest.approx(2.0, rel=1e-3)
    assert "others" not in kinds


def test_an_order_in_time_may_be_too_early_for_a_goal(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """In time it would be posted before the goal's year begins: no limit helps, the goal alone can give way."""
    inputs = replace(make_tiny([line(1.0, 2)], [1.0] * 8), year_share={2027: np.array([0.0] * 4 + [1.0] * 4)})
    answer = explain(inputs, (goal(amount_yuan=100_000_000),), formulation=PLAIN, profile=SEARCH, order="O0")
    assert not answer.possible
    assert [cure.kind for cure in answer.cures] == ["goals"]
    assert answer.cures[0].goal_yi == pytest.approx(1.0, rel=1e-3)
    assert answer.late_weeks == pytest.approx(3.0, abs=1e-3)


def test_a_missed_goal_names_what_it_needs(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """Three of four megawatts fit into the year: a third of a bay more makes it four."""
    inputs = make_tiny([line(4.0, 20, value_yi=8.0)], [1.0] * 6)
    inputs = replace(inputs, year_share={2027: np.array([1.0, 1, 1, 0, 0, 0])})
    asked_for = (goal(amount_yuan=400_000_000),)
    answer = explain(inputs, asked_for, formulation=PLAIN, profile=SEARCH, goal="output")
    assert answer.cures[0].causes[0].name == "bay"
    assert answer.cures[0].causes[0].amount == pytest.approx(1 / 3, rel=1e-3)
    beyond = explain(inputs, (goal(amount_yuan=900_000_000),), formulation=PLAIN, profile=SEARCH, goal="output")
    assert [(c.kind, c.name, c.amount) for c in beyond.impossible] == [("goal", "output", pytest.approx(5.0, rel=1e-3))]


def test_only_the_goal_that_was_asked_about_is_told(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """Two goals lie beyond the order book; the other one stays as good as it can be and is no cause."""
    inputs = make_tiny([line(4.0, 20, value_yi=8.0)], [1.0] * 6)
    both = (goal(amount_yuan=900_000_000), goal("more", amount_yuan=1_100_000_000))
    answer = explain(inputs, both, formulation=PLAIN, profile=SEARCH, goal="more")
    assert [(c.kind, c.name, c.amount) for c in answer.impossible] == [("goal", "more", pytest.approx(7.0, rel=1e-3))]
    everything = explain(inputs, both, formulation=PLAIN, profile=SEARCH)
    assert [c.name for c in everything.impossible if c.kind == "goal"] == ["output", "more"]


def years(make_tiny: Callable[..., Any], line: Any, due: int) -> Any:
    """One order of 4 MW at 1 亿元 each, over four weeks of 2027 and four of 2028."""
    inputs = make_tiny([line(4.0, due)], [4.0] * 8)
    first, second = np.array([1.0] * 4 + [0.0] * 4), np.array([0.0] * 4 + [1.0] * 4)
    return replace(inputs, year_share={2027: first, 2028: second})


def causes(answer: Answer) -> list[Any]:
    """What no limit helps, as kind, name and amount."""
    return [(cause.kind, cause.name, pytest.approx(cause.amount, rel=1e-3)) for cause in answer.impossible]


def test_goals_that_take_from_each_other_are_not_beyond_the_book(
    make_tiny: Callable[..., Any], line: Any, goal: Any
) -> None:
    """The book posts 4 亿元, in either year: 3 in each are too much, and 9 are beyond it."""
    inputs = years(make_tiny, line, 20)
    both = (goal(amount_yuan=300_000_000), goal("next", amount_yuan=300_000_000, year=2028))
    found = explain(inputs, both, formulation=PLAIN, profile=SEARCH)
    assert {cause.kind for cause in found.impossible} == {"rival"}
    assert sum(cause.amount for cause in found.impossible) == pytest.approx(2.0, rel=1e-3)
    larger = (goal(amount_yuan=900_000_000), goal("next", amount_yuan=100_000_000, year=2028))
    rest = dict.fromkeys(["goal", "rival"], 0.0)
    for cause in explain(inputs, larger, formulation=PLAIN, profile=SEARCH).impossible:
        rest[cause.kind] += cause.amount
    assert rest == {"goal": pytest.approx(5.0, rel=1e-3), "rival": pytest.approx(1.0, rel=1e-3)}


def test_orders_in_time_may_be_posted_before_the_year_of_a_goal(
    make_tiny: Callable[..., Any], line: Any, goal: Any
) -> None:
    """In time all 4 亿元 are posted in 2027, so that 3 in 2028 are not there; of 6 two are not in the book at all."""
    inputs = years(make_tiny, line, 3)
    asked_for = [(goal("next", amount_yuan=amount * 100_000_000, year=2028),) for amount in (3, 6)]
    three, six = (causes(explain(inputs, goals, formulation=PLAIN, profile=SEARCH)) for goals in asked_for)
    assert three == [("timing", "next", 3.0)]
    assert six == [("goal", "next", 2.0), ("timing", "next", 4.0)]


def test_a_goal_that_another_stands_against_can_have_what_that_gives(
    make_tiny: Callable[..., Any], line: Any, goal: Any
) -> None:
    """Asked about alone, it is not beyond the book: the other goal, which is reached, would have to miss 2 亿元."""
    inputs = years(make_tiny, line, 20)
    both = (goal(amount_yuan=300_000_000), goal("next", amount_yuan=300_000_000, year=2028))
    for name in ("output", "next"):
        found = explain(inputs, both, formulation=PLAIN, profile=SEARCH, goal=name)
        if found.possible:  # the other one gives way already in the plan that is best for all
            continue
        assert {(cause.kind, cause.name) for cause in found.impossible} == {("rival", name)}
        assert [cure.kind for cure in found.cures] == ["goals"]
        assert found.cures[0].goal_yi == pytest.approx(found.impossible[0].amount, rel=1e-3)


def test_how_far_others_move_at_first_makes_nothing_impossible(
    make_tiny: Callable[..., Any], line: Any, goal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a large plan others move a little only: where that is not enough they move further, and nothing is beyond.

    The goal's year begins 24 weeks after the order is released at its best, for want of chips in the year.
    """
    inputs = make_tiny([line(4.0, 90)], [4.0] * 60)
    late = np.array([0.0] * 50 + [1.0] * 10)
    chips = np.where(np.arange(60) == 0, 4.0, 0.0)[None]
    inputs = replace(
        inputs, materials=("chip",), lead_weeks=np.array([-1]), need=np.ones((1, 1, 1)), supply=chips,
        stock_limit=np.array([0.0]), year_share={2027: late},
    )  # fmt: skip
    monkeypatch.setattr(asking, "_WARM_COLUMNS", 0)
    found = explain(inputs, (goal(amount_yuan=300_000_000),), formulation=PLAIN, profile=SEARCH, goal="output")
    assert found.impossible == ()
    assert found.cures
    assert {cause.name for cause in found.cures[0].causes} == {"chip"}


def test_an_order_that_is_placed_too_late_says_how_long_it_takes(make_tiny: Callable[..., Any], line: Any) -> None:
    """Weeks of its flow: what is closed and what it travels is part of them."""
    inputs = make_tiny([line(1.0, 2)], [1.0] * 8)
    inputs = replace(inputs, items=inputs.items.with_columns(earliest_week=pl.lit(3), flow_weeks=pl.lit(4)))
    (cause,) = explain(inputs, (), formulation=PLAIN, profile=SEARCH).impossible
    assert (cause.kind, cause.amount, cause.takes_weeks) == ("order", 5.0, 4)


@pytest.mark.parametrize("asked_for", [{"order": "O9"}, {"goal": "trade"}])
def test_unknown_names_are_refused(asked_for: Any, make_tiny: Callable[..., Any], line: Any) -> None:
    """An order or goal that the plan does not know."""
    with pytest.raises(KeyError):
        explain(make_tiny([line(1.0, 5)], [1.0] * 8), (), formulation=PLAIN, profile=SEARCH, **asked_for)
