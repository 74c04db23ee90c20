"""What one unit more is worth: each kind against a plan that is made again from inputs with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from aidc_twin.plan import Formulation, make_plan
from aidc_twin.plan.worth import unit_of, worth_of
from aidc_twin.solver import Profile

EXACT = Profile(gap=1e-9, nodes=10_000, highs={"solver": "simplex"})
PLAIN = Formulation(closed_weeks=0, tolerance=0.0, families={"shifts": False})
MARGIN = PLAIN.model_copy(update={"levels": ("margin",)})
KINDS = {
    "test power, MW": ("resource", "test-power", 500.0, 50.0),
    "bay": ("resource", "bay", 1.0, 0.1),
    "floor, m2": ("resource", "floor", 2.0, 0.25),
    "cash, yuan": ("resource", "cash", 1e8, 1.5e7),
    "quota": ("material", "chip", 400.0, 50.0),
    "shift": ("shift", "day", 1.0, 0.2),
}
"""Kind, name, what a megawatt uses of it, and the unit that is added in every week."""


def narrow(make_tiny: Callable[..., Any], line: Any, kind: str, name: str, uses: float) -> Any:
    """Six weeks in each of which one megawatt of eight fits, for want of one thing."""
    inputs = make_tiny([line(8.0, 20, value_yi=8.0)], [1.0] * 6)
    if kind == "material":
        return replace(
            inputs, materials=(name,), lead_weeks=np.array([-1]), need=inputs.need * uses, capacity=inputs.capacity * 9,
            supply=np.full((1, 6), uses), material_price=np.array([0.0]),
        )  # fmt: skip
    inputs = replace(inputs, material_price=np.array([0.0]))
    if kind == "shift":
        halves = np.full((1, 6), 0.5)
        return replace(
            inputs, capacity=halves, capacity_step=halves, resource_calendar=np.array([0]), max_level=np.array([2])
        )
    return replace(inputs, resources=(name,), load=inputs.load * uses, capacity=inputs.capacity * uses)


@pytest.mark.parametrize("kept_weeks", [0.0, 2.0])
def test_of_a_larger_quota_more_is_kept(kept_weeks: float, make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """As when the quota is raised in the park: one that is kept for two weeks serves the fourth week's room better."""
    inputs = narrow(make_tiny, line, "material", "chip", 400.0)
    capacity = np.array([[0.0, 0.0, 0.0, 9.0, 0.0, 0.0]])
    inputs = replace(inputs, capacity=capacity, stock_limit=np.array([800.0]))
    aims = (goal(amount_yuan=700_000_000),)
    base = make_plan(inputs, aims, formulation=PLAIN, profile=EXACT)
    unit = unit_of(inputs, "material", "chip", 100.0, kept_weeks)
    (worth,) = worth_of(inputs, aims, base.frames["plan_shifts"], [unit], formulation=PLAIN, profile=EXACT)
    more = replace(with_more(inputs, unit), stock_limit=inputs.stock_limit + 100.0 * kept_weeks)
    again = make_plan(more, aims, formulation=PLAIN, profile=EXACT)
    gained = (again.goal_planned["output"] - base.goal_planned["output"]) / 1e8
    assert gained == pytest.approx(0.25 * (1.0 + kept_weeks))
    assert worth.gains["shortfall"] == pytest.approx(gained, rel=1e-4)
    assert worth.little["shortfall"] == pytest.approx(gained, rel=1e-4)


def with_shifts(formulation: Formulation) -> Formulation:
    """The same with a choice of shift levels."""
    return formulation.model_copy(update={"families": formulation.families.model_copy(update={"shifts": True})})


def with_more(inputs: Any, unit: Any) -> Any:
    """The inputs themselves with one unit more."""
    return replace(inputs, capacity=inputs.capacity + unit.capacity, supply=inputs.supply + unit.supply)


@pytest.mark.parametrize("kind", KINDS)
def test_goals_gain_what_the_next_plan_gains(kind: str, make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """Six more of so much for a small unit, exactly its price; for ten of them no more than what the goal lacks."""
    what, name, uses, amount = KINDS[kind]
    inputs, aims = narrow(make_tiny, line, what, name, uses), (goal(amount_yuan=700_000_000),)
    plain = with_shifts(PLAIN) if what == "shift" else PLAIN
    base = make_plan(inputs, aims, formulation=plain, profile=EXACT)
    units = [unit_of(inputs, what, name, size) for size in (amount, 10 * amount)]
    small, large = worth_of(inputs, aims, base.frames["plan_shifts"], units, formulation=plain, profile=EXACT)
    for unit, worth in zip(units, (small, large), strict=True):
        again = make_plan(with_more(inputs, unit), aims, formulation=plain, profile=EXACT)
        gained = (min(again.goal_planned["output"], 700_000_000) - base.goal_planned["output"]) / 1e8
        assert worth.gains["shortfall"] == pytest.approx(gained, rel=1e-4)
        assert worth.gains["shortfall"] <= worth.little["shortfall"] * (1 + 1e-6)
    step = 0.5 * amount if what == "shift" else amount / uses
    assert small.gains["shortfall"] == pytest.approx(6 * step, rel=1e-4)
    assert small.little["shortfall"] == pytest.approx(6 * step, rel=1e-4)
    assert large.gains["shortfall"] == pytest.approx(1.0, rel=1e-4)
    row = base.frames["plan_prices"].row(by_predicate=pl.col("name") == name, named=True)
    assert row["goal_yi"] * amount == pytest.approx(6 * step, rel=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_margin_gains_what_the_next_plan_gains(kind: str, make_tiny: Callable[..., Any], line: Any) -> None:
    """The same for the margin of a plan that looks at nothing else."""
    what, name, uses, amount = KINDS[kind]
    inputs = narrow(make_tiny, line, what, name, uses)
    plain = with_shifts(MARGIN) if what == "shift" else MARGIN
    base = make_plan(inputs, (), formulation=plain, profile=EXACT)
    unit = unit_of(inputs, what, name, amount)
    again = make_plan(with_more(inputs, unit), (), formulation=plain, profile=EXACT)
    gained = again.frames["plan_levels"]["objective"][0] - base.frames["plan_levels"]["objective"][0]
    (worth,) = worth_of(inputs, (), base.frames["plan_shifts"], [unit], formulation=plain, profile=EXACT)
    assert gained > 0
    assert worth.gains["margin"] == pytest.approx(gained, rel=1e-5)


def test_lateness_has_a_worth(make_tiny: Callable[..., Any], line: Any) -> None:
    """Three orders due at once on one bay, which wait 0, 1 and 2 weeks: half a bay more in every week saves 1.5."""
    inputs = make_tiny([line(1.0, 1), line(1.0, 1), line(1.0, 1)], [1.0] * 6)
    shifts = make_plan(inputs, (), formulation=PLAIN, profile=EXACT).frames["plan_shifts"]
    unit = unit_of(inputs, "resource", "bay", 0.5)
    (worth,) = worth_of(inputs, (), shifts, [unit], formulation=PLAIN, profile=EXACT)
    assert worth.gains["tardiness"] == pytest.approx(1.5, rel=1e-4)


@pytest.mark.parametrize("seed", range(2))
def test_other_shift_levels_can_only_bring_more(seed: int, make_synthetic: Callable[..., Any]) -> None:
    """Where shift levels are whole, the worth at those of the plan is what a new plan gains at least."""
    inputs = make_synthetic(orders=40, weeks=24, lags=8, resources=4, materials=1, seed=seed)
    whole = with_shifts(MARGIN)
    base = make_plan(inputs, (), formulation=whole, profile=EXACT)
    units = [unit_of(inputs, "resource", name, 0.3 * float(inputs.capacity[r].max()))
             for r, name in enumerate(inputs.resources)]  # fmt: skip
    found = worth_of(inputs, (), base.frames["plan_shifts"], units, formulation=whole, profile=EXACT)
    before = base.frames["plan_levels"]["objective"][0]
    assert any(worth.gains["margin"] > 0 for worth in found)
    for unit, worth in zip(units, found, strict=True):
        again = make_plan(with_more(inputs, unit), (), formulation=whole, profile=EXACT)
        gained = again.frames["plan_levels"]["objective"][0] - before
        assert worth.gains["margin"] <= gained + 1e-6 * abs(before)
