"""Prices, pegging, and what late orders wait for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from aidc_twin.plan import Formulation, Plan, make_plan
from aidc_twin.solver import Profile

EXACT = Profile(gap=1e-9, nodes=10_000, highs={"solver": "ipm"})
STRICT = Formulation(tolerance=0.0, smallest=1e-8, closed_weeks=0)
FIXED = STRICT.model_copy(update={"families": STRICT.families.model_copy(update={"shifts": False})})
MARGIN = FIXED.model_copy(update={"levels": ("margin",)})


def price(plan: Plan, kind: str, name: str) -> tuple[float, float]:
    """Worth of one unit more to goals and margin, 亿元."""
    row = plan.frames["plan_prices"].row(by_predicate=(pl.col("kind") == kind) & (pl.col("name") == name), named=True)
    return row["goal_yi"], row["margin_yi"]


def objective(plan: Plan, level: str) -> float:
    """What a level came to."""
    return plan.frames["plan_levels"].filter(name=level)["objective"][0]


def test_prices_of_goals_and_margin_are_what_a_little_more_brings(
    make_tiny: Callable[..., Any], line: Any, goal: Any
) -> None:
    """A tenth of a bay more in every week: the goal gains its price, and where there is none the margin does."""
    inputs = make_tiny([line(8.0, 20, value_yi=8.0)], [1.0] * 6)
    aims = (goal(amount_yuan=700_000_000),)
    more = replace(inputs, capacity=inputs.capacity + 0.1)
    first, second = (make_plan(given, aims, formulation=FIXED, profile=EXACT) for given in (inputs, more))
    worth, _ = price(first, "resource", "bay")
    gained = (second.goal_planned["output"] - first.goal_planned["output"]) / 1e8
    assert worth == pytest.approx(gained / 0.1, rel=1e-4) == pytest.approx(6.0, rel=1e-4)
    first, second = (make_plan(given, (), formulation=MARGIN, profile=EXACT) for given in (inputs, more))
    gained = objective(second, "margin") - objective(first, "margin")
    assert price(first, "resource", "bay")[1] == pytest.approx(gained / 0.1, rel=1e-4)
    assert price(first, "material", "steel")[1] <= 0.0


@pytest.mark.parametrize("seed", range(4))
def test_no_unit_more_brings_more_than_its_price(seed: int, make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """Every resource and quota of a generated plan, re-solved with more: at most the price, for a little nearly."""
    inputs = make_synthetic(orders=15, weeks=24, lags=8, resources=5, materials=3, seed=seed)
    only = FIXED.model_copy(update={"levels": ("shortfall",)})
    base = make_plan(inputs, two_goals, formulation=only, profile=EXACT)
    target = 1000.0
    for r, name in enumerate(inputs.resources):
        worth, _ = price(base, "resource", name)
        for share, exact in ((1e-5, True), (0.2, False)):
            step = share * inputs.capacity[r].max()
            capacity = inputs.capacity.copy()
            capacity[r] += step
            more = make_plan(replace(inputs, capacity=capacity), two_goals, formulation=only, profile=EXACT)
            gained = target * (objective(base, "shortfall") - objective(more, "shortfall"))
            assert gained <= worth * step + 2e-4
            if exact and worth * step > 1e-3:
                assert gained == pytest.approx(worth * step, rel=0.05)
    assert any(price(base, "resource", name)[0] > 0 for name in inputs.resources)


def test_a_shift_is_worth_what_its_hours_are(make_tiny: Callable[..., Any], line: Any) -> None:
    """A level more adds half a bay in every week, so it is worth half of a bay's price."""
    inputs = make_tiny([line(8.0, 20, value_yi=8.0)], [1.0] * 6, step=0.5, level_cost=9.0)
    plan = make_plan(inputs, (), formulation=STRICT.model_copy(update={"levels": ("margin",)}), profile=EXACT)
    assert price(plan, "shift", "day")[1] == pytest.approx(0.5 * price(plan, "resource", "bay")[1])
    assert price(plan, "shift", "day")[1] > 0


def pegged(plan: Plan, name: str, *by: str) -> dict[Any, float]:
    """Sums of the pegging of one resource or material."""
    rows = plan.frames["plan_pegging"].filter(name=name).group_by(*by).agg(pl.col("quantity").sum())
    return {tuple(row[:-1]) if len(by) > 1 else row[0]: row[-1] for row in rows.iter_rows()}


@pytest.mark.parametrize("seed", range(6))
def test_pegging_adds_up_on_both_sides(seed: int, make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """Lots are given out whole, needs are met whole, and no lot serves a need before it is there."""
    inputs = make_synthetic(orders=20, weeks=30, lags=8, resources=6, materials=4, seed=seed)
    if seed % 2:
        inputs = replace(inputs, stock_limit=np.array([inputs.supply[0].max() * 2, np.inf, np.inf, np.inf]))
    plan = make_plan(inputs, two_goals)
    load = plan.frames["plan_load"]
    bought = plan.frames["plan_purchases"]
    for m, name in enumerate(inputs.materials):
        scale = max(1.0, inputs.need[:, m].sum(axis=1).max())
        lots = pegged(plan, name, "source", "source_week")
        for (source, week), amount in lots.items():
            known = (
                bought.filter(material=name, week=week)["quantity"].sum()
                if source == "purchase"
                else inputs.supply[m, week]
            )
            assert amount == pytest.approx(known, rel=1e-6, abs=1e-4 * scale), (name, source, week)
        total = inputs.supply[m].sum() + bought.filter(material=name)["quantity"].sum()
        assert sum(lots.values()) == pytest.approx(total, rel=1e-6, abs=1e-3 * scale)
        used = {k: v for k, v in pegged(plan, name, "order").items() if k not in ("(left)", "(lapsed)")}
        assert sum(used.values()) == pytest.approx(load.filter(name=name)["used"].sum(), rel=1e-6, abs=1e-4 * scale)
        early = plan.frames["plan_pegging"].filter(pl.col("kind") == "material", pl.col("name") == name)
        lead = max(0, int(inputs.lead_weeks[m]))
        arrives = pl.col("source_week") + pl.when(pl.col("source") == "purchase").then(lead).otherwise(0)
        assert early.filter((arrives > pl.col("first_week")) & (pl.col("quantity") > 1e-5 * scale)).is_empty()
    for name in inputs.resources:
        rows = load.filter(kind="resource", name=name)
        assert sum(pegged(plan, name, "source_week").values()) == pytest.approx(rows["used"].sum(), rel=1e-6)


def test_pegging_by_hand(make_tiny: Callable[..., Any], line: Any) -> None:
    """Stock of two goes to the first order, what is bought in weeks 0 and 1 comes two weeks later, one for each."""
    lines = [line(3.0, 3, weight=9.0, value_yi=9.0), line(1.0, 4, value_yi=1.0)]
    plan = make_plan(
        make_tiny(lines, [2.0, 0.0, 1.0, 1.0, 0.0], supply=[2.0], lead=2), (), formulation=STRICT, profile=EXACT
    )
    rows = plan.frames["plan_pegging"].filter(kind="material").drop("kind", "name")
    assert [(*row[:5], round(row[5], 6)) for row in rows.iter_rows()] == [
        ("purchase", 0, "O0", 2, 2, 1.0), ("purchase", 1, "O1", 3, 3, 1.0), ("stock", 0, "O0", 0, 0, 2.0),
    ]  # fmt: skip
    hours = plan.frames["plan_pegging"].filter(kind="resource").select("source_week", "order", "quantity")
    assert [(w, o, round(q, 6)) for w, o, q in hours.iter_rows()] == [(0, "O0", 2.0), (2, "O0", 1.0), (3, "O1", 1.0)]


def test_a_late_order_waits_for_the_bay_that_the_heavier_one_takes(make_tiny: Callable[..., Any], line: Any) -> None:
    """Two orders due in the same week on one bay: the lighter one waits a week for it, and for nothing else."""
    inputs = make_tiny([line(1.0, 1, weight=5.0), line(1.0, 1, weight=1.0)], [1.0] * 4)
    plan = make_plan(inputs, (), formulation=STRICT, profile=EXACT)
    assert plan.frames["plan_waits"].rows() == [("O1", "modules", "resource", "bay", 0, 1, 1.0)]
