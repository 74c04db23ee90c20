"""Terms of orders, overtime, eliminations and profiles that last: plans whose best was worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from aidc_twin.plan import Formulation, make_plan, whole
from aidc_twin.plan.formulation import Weights
from aidc_twin.plan.why import explain
from aidc_twin.solver import Profile

EXACT = Profile(gap=1e-9, nodes=10_000, highs={"solver": "ipm"})
STRICT = Formulation(tolerance=0.0, closed_weeks=0)


def levels_of(plan: Any) -> dict[str, dict[str, Any]]:
    """Levels of a plan by name."""
    return {row["name"]: row for row in plan.frames["plan_levels"].iter_rows(named=True)}


def refusing(weeks: float) -> Formulation:
    """A refused order counts as so many weeks late."""
    return STRICT.model_copy(update={"weights": Weights(refuse_weeks=weeks)})


def two_orders(make_tiny: Callable[..., Any], line: Any, price: float | None) -> Any:
    """Two orders of 3 MW due at once, room for 4 MW; the second may be refused."""
    inputs = make_tiny([line(3.0, 1, value_yi=3.0), line(3.0, 1, value_yi=3.0)], [1.0] * 4)
    return replace(inputs, items=inputs.items.with_columns(refuse_yi=pl.Series([None, price], dtype=pl.Float64)))


def test_an_order_is_refused_where_that_is_the_least_evil(make_tiny: Callable[..., Any], line: Any) -> None:
    """Refused as 5 weeks late: 5 + (0 + 1 + 2) / 3. Kept: (0 + 1 + 2 + 3) / 3 + 2 of 3 MW never, 16 weeks each."""
    inputs = two_orders(make_tiny, line, 0.3)
    plan = make_plan(inputs, (), formulation=refusing(5.0), profile=EXACT)
    assert plan.frames["plan_exceptions"].rows() == [("refused", "O1", "", 0, pytest.approx(0.3))]
    assert plan.frames["plan_orders"].select("order", "released_mw", "finish_week", "tardiness_weeks").rows() == [
        ("O0", pytest.approx(3.0), 3, 2.0), ("O1", 0.0, -1, 5.0),
    ]  # fmt: skip
    assert levels_of(plan)["tardiness"]["objective"] == pytest.approx(6.0)
    assert levels_of(plan)["margin"]["objective"] == pytest.approx(1.5 - 0.3)
    kept = make_plan(inputs, (), formulation=refusing(12.0), profile=EXACT)
    assert kept.frames["plan_exceptions"].is_empty()
    assert levels_of(kept)["tardiness"]["objective"] == pytest.approx(2.0 + 32.0 / 3.0)


def test_no_order_is_refused_without_a_price_or_the_family(make_tiny: Callable[..., Any], line: Any) -> None:
    """A blank price is no price of zero; and the formulation can leave terms out."""
    without = make_plan(two_orders(make_tiny, line, None), (), formulation=refusing(5.0), profile=EXACT)
    assert without.frames["plan_exceptions"].is_empty()
    off = refusing(5.0).model_copy(update={"families": STRICT.families.model_copy(update={"terms": False})})
    left_out = make_plan(two_orders(make_tiny, line, 0.3), (), formulation=off, profile=EXACT)
    assert levels_of(left_out)["tardiness"]["objective"] == levels_of(without)["tardiness"]["objective"]


@pytest.mark.parametrize(("price", "weeks", "margin"), [(0.01, [0], 2.0 - 0.012), (0.001, [0, 3], 2.0 - 0.007)])
def test_an_order_is_split_where_that_is_worth_its_price(
    price: float, weeks: list[int], margin: float, make_tiny: Callable[..., Any], line: Any
) -> None:
    """2 MW three weeks early cost 0.012; one of them on time 0.006 and the price of a second week."""
    inputs = make_tiny([line(2.0, 4, value_yi=4.0)], [2.0, 0.0, 0.0, 1.0])
    inputs = replace(inputs, items=inputs.items.with_columns(split_yi=pl.lit(price)))
    only = STRICT.model_copy(update={"levels": ("margin",)})
    plan = make_plan(inputs, (), formulation=only, profile=EXACT)
    assert plan.frames["plan_releases"]["week"].to_list() == weeks
    assert levels_of(plan)["margin"]["objective"] == pytest.approx(margin)
    split = [("split", "O0", "modules", 2, pytest.approx(price))]
    assert plan.frames["plan_exceptions"].rows() == (split if len(weeks) > 1 else [])


@pytest.mark.parametrize(
    ("weeks", "levels", "cost"), [(1, [1, 1, 1, 1, 1, 2, 1, 1], 0.01), (0, [1] * 4 + [2] * 4, 0.04)]
)
def test_overtime_is_worked_in_single_weeks(
    weeks: int, levels: list[int], cost: float, make_tiny: Callable[..., Any], line: Any
) -> None:
    """3 MW in two weeks of 1 need one more: one week of overtime, or a shift level for a block of four."""
    inputs = make_tiny([line(3.0, 6, value_yi=3.0, earliest_week=4)], [1.0] * 8, step=1.0, level_cost=0.01)
    inputs = replace(inputs, block_weeks=np.array([weeks]))
    plan = make_plan(inputs, (), formulation=STRICT, profile=EXACT)
    assert plan.frames["plan_shifts"].sort("week")["level"].to_list() == levels
    assert levels_of(plan)["margin"]["objective"] == pytest.approx(1.5 - 0.001 - cost)


def test_sales_within_the_park_count_once_in_consolidated_figures(
    make_tiny: Callable[..., Any], line: Any, goal: Any
) -> None:
    """A maker sells to the park's own integrator for 0.4 and that one outside for 1: 1.4 gross, 1 consolidated."""
    inputs = make_tiny([line(2.0, 3)], [1.0] * 3)
    rules = pl.DataFrame({
        "sale": ["made", "sold"], "ledger": ["industrial_output"] * 2, "seller": ["maker", "integrator"],
        "buyer": ["integrator", "outside"], "item": ["part", "box"], "eliminated": [True, False],
    })  # fmt: skip
    post = np.array([[[0.4], [1.0]]])
    inputs = replace(
        inputs, rules=("made", "sold"), rule_table=rules, post_owned=post, post_consigned=post * [[[1.0], [0.2]]],
        base_owned=np.zeros((2, 3)), base_consigned=np.zeros((2, 3)),
    )  # fmt: skip
    asked = [
        goal(basis + payload, amount_yuan=10**10, basis=basis, payload=payload)
        for basis in ("entity_gross", "consolidated") for payload in ("owned", "consigned")
    ]  # fmt: skip
    planned = make_plan(inputs, asked, profile=EXACT).goal_planned
    assert {name: round(yuan / 1e8, 6) for name, yuan in planned.items()} == {
        "entity_grossowned": 2.8, "entity_grossconsigned": 1.2, "consolidatedowned": 2.0, "consolidatedconsigned": 0.4,
    }  # fmt: skip


def test_working_capital_and_places_are_held_as_long_as_the_work_takes(
    make_tiny: Callable[..., Any], line: Any
) -> None:
    """Capital for 1 MW that stays three weeks in it: a megawatt every three weeks, the last at the end."""
    inputs = make_tiny([line(3.0, 0)], [1.0] * 9)
    inputs = replace(inputs, load=np.ones((1, 1, 3)), resources=("cash",))
    plan = make_plan(inputs, (), formulation=STRICT, profile=EXACT)
    level = levels_of(plan)["tardiness"]
    assert level["objective"] == pytest.approx((1 + 4 + 7) / 3)
    assert level["bound"] == pytest.approx(level["objective"])


@pytest.mark.parametrize(("much", "margin"), [(whole.MUCH, 6.0), (np.inf, 5.6)])
def test_windows_take_over_where_rounding_leaves_much(
    much: float, margin: float, make_tiny: Callable[..., Any], line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.4 of a week's overtime would pay, all of it does not: rounded up 6.6 - 1, by a window 6, without a tree."""
    inputs = make_tiny([line(4.4, 9, value_yi=13.2)], [1.0] * 4, step=1.0, level_cost=1.0)
    inputs = replace(inputs, block_weeks=np.array([1]))
    monkeypatch.setattr(whole, "MUCH", much)
    monkeypatch.setattr(whole._Search, "tree", lambda self, before: self.found())
    only = STRICT.model_copy(update={"levels": ("margin",), "weights": Weights(holding_week=0.0)})
    plan = make_plan(inputs, (), formulation=only, profile=Profile(gap=1e-4, highs={"mip_heuristic_effort": 0.0}))
    level = levels_of(plan)["margin"]
    assert level["objective"] == pytest.approx(margin)
    assert level["bound"] == pytest.approx(6.2)
    assert plan.replayable


def test_what_is_told_of_terms_adds_up(make_synthetic: Callable[..., Any]) -> None:
    """Refused orders release nothing, each split is listed with its weeks, and the levels have paid for both."""
    inputs = make_synthetic(orders=12, weeks=24, lags=7, resources=4, materials=3, seed=5)
    number = pl.col("order").str.slice(1).cast(pl.Int64)
    priced = inputs.items.with_columns(
        refuse_yi=pl.when(number % 2 == 0).then(0.01 * number), split_yi=0.001 * (number % 3).cast(pl.Float64)
    )
    formulation = refusing(2.0).model_copy(update={"tolerance": 1e-4})
    plan = make_plan(replace(inputs, items=priced), (), formulation=formulation)
    told, released = plan.frames["plan_exceptions"], plan.frames["plan_releases"]
    refused = told.filter(kind="refused")["order"].to_list()
    assert refused
    assert not set(refused) & set(released["order"])
    dear = priced.filter(pl.col("split_yi") > 0).select("order", "group", "split_yi")
    weeks = released.join(dear, on=["order", "group"]).group_by("order", "group", "split_yi").len()
    split = {(o, g): (n - 1) * price for o, g, price, n in weeks.filter(pl.col("len") > 1).iter_rows()}
    assert split
    paid = {row[:2]: row[2] for row in told.filter(kind="split").select("order", "group", "cost_yi").iter_rows()}
    assert paid == {key: pytest.approx(cost) for key, cost in split.items()}
    assert levels_of(plan)["tardiness"]["objective"] >= 2.0 * sum(
        priced.filter(pl.col("order").is_in(refused))["weight"].to_list()
    )
    assert plan.gap <= 0.0011


def test_refusing_an_order_does_not_answer_why_it_is_late(make_tiny: Callable[..., Any], line: Any) -> None:
    """An explanation keeps every order: one that may be refused waits for the same bay as one that may not."""
    asked = [
        explain(two_orders(make_tiny, line, price), (), formulation=STRICT, profile=EXACT, order="O1")
        for price in (0.3, None)
    ]
    assert asked[0].possible == asked[1].possible
    assert asked[0].cures == asked[1].cures
    assert any(cause.name == "bay" for cure in asked[0].cures for cause in cure.causes)
