"""What must be true: the cheapest moves by hand, moves that really do it, and the proof that none in range do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aidc_twin.errors import InputError
from aidc_twin.plan import Formulation, make_plan
from aidc_twin.plan.levers import Lever, load_levers, moves
from aidc_twin.plan.sheet import what_must_be_true
from aidc_twin.solver import Profile

EXACT = Profile(gap=1e-9, highs={"solver": "simplex"})
PLAIN = Formulation(closed_weeks=0, tolerance=0.0, families={"shifts": False})


def lever(name: str, kind: str, gives: dict[str, float], most: float, once: float, from_week: int = 0) -> Lever:
    """A lever that costs once and nothing later."""
    return Lever(
        id=name, title=name, kind=kind, gives=gives, unit="unit", most=most, from_week=from_week, once_yi=once,
        yearly_yi=0.0, assumed=True, source="a test",
    )  # fmt: skip


LEVERS = (
    lever("bay", "capacity", {"bay": 0.5}, 4.0, 0.3),
    lever("late-bay", "capacity", {"bay": 0.5}, 4.0, 0.1, from_week=5),
    lever("orders", "demand", {"*": 0.1}, 20.0, 1.0),
    lever("price", "price", {"*": 0.01}, 50.0, 0.0),
    lever("elsewhere", "capacity", {"crane": 1.0}, 4.0, 0.0),
)


def sheet_of(inputs: Any, aims: Any, levers: Any = LEVERS) -> Any:
    """The sheet and the moves by the name of their lever."""
    made = what_must_be_true(inputs, aims, moves(levers, inputs), formulation=PLAIN, profile=EXACT)
    return made, {step.lever: step for step in made.steps}


def test_the_cheapest_moves_by_hand(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """Six weeks of one bay post 6 of 7.5 亿元: a quarter of a bay more in each week is half a lever's unit.

    A bay that comes in week 5 only would have to be three times as large and costs more; a lever of another park is
    passed over; prices are not touched.
    """
    made, steps = sheet_of(make_tiny([line(20.0, 40, value_yi=20.0)], [1.0] * 6), (goal(amount_yuan=750_000_000),))
    assert made.reached
    assert made.missing_yi == pytest.approx(1.5, rel=1e-4)
    assert steps["bay"].amount == pytest.approx(0.5, rel=1e-4)
    assert steps["bay"].marginal_yi == pytest.approx(3.0, rel=1e-4)
    assert steps["late-bay"].amount == steps["price"].amount == steps["orders"].amount == 0.0
    assert "elsewhere" not in steps
    assert made.cost_yi == pytest.approx(0.15, rel=1e-4)
    assert made.next_yi == pytest.approx(0.1, rel=1e-3)


def test_prices_come_last_and_in_steps(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """With every bay and order within range 18 亿元 can be posted; for 21 all prices go up by half of their range."""
    inputs = make_tiny([line(20.0, 40, value_yi=20.0)], [1.0] * 6)
    made, steps = sheet_of(inputs, (goal(amount_yuan=2_100_000_000),))
    assert made.reached
    assert made.price_share == pytest.approx(0.25)
    assert steps["price"].amount == pytest.approx(25.0)
    assert steps["price"].marginal_yi == pytest.approx(0.06, rel=1e-3)


def test_what_no_lever_reaches_is_proven(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """Bays allow 20 MW with the late ones, prices half as much again: 30 亿元 of 100, and 70 are missing."""
    inputs = make_tiny([line(20.0, 40, value_yi=20.0)], [1.0] * 6)
    made, steps = sheet_of(inputs, (goal(amount_yuan=10_000_000_000),))
    assert not made.reached
    assert made.short_yi == pytest.approx(100.0 - 1.5 * (6 * 3 + 2), rel=1e-4)
    assert made.proven_yi == pytest.approx(made.short_yi, rel=1e-4)
    assert steps["bay"].further_yi == pytest.approx(0.5 * 6 * 1.5, rel=1e-3)
    assert made.cost_yi == pytest.approx(sum(step.cost_yi for step in made.steps))


def test_each_goal_is_told_alone(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """One goal that the park reaches, one for a quarter of a bay more, one at higher prices only, one out of reach.

    All count the same: six weeks of one bay post 6 亿元, with every lever 20, at prices half as high again 30.
    """
    inputs = make_tiny([line(20.0, 40, value_yi=20.0)], [1.0] * 6)
    wanted = {"low": 5.0, "next": 7.5, "dear": 25.0, "far": 100.0}
    made, _ = sheet_of(inputs, tuple(goal(name, amount_yuan=int(yi * 1e8)) for name, yi in wanted.items()))
    assert not made.reached
    assert [(one.goal, one.target_yi) for one in made.goals] == list(wanted.items())
    assert [one.now_yi for one in made.goals] == pytest.approx([6.0] * 4, rel=1e-4)
    assert [one.most_yi for one in made.goals] == pytest.approx([30.0] * 4, rel=1e-4)
    assert [one.price_share for one in made.goals] == [0.0, 0.0, 0.5, 0.0]
    low, following, dear, far = (one.cost_yi for one in made.goals)
    assert (low, far) == (0.0, None)
    assert following == pytest.approx(0.15, rel=1e-3)
    assert dear is not None
    assert dear > following


def test_what_is_made_beside_the_plan_has_its_price_and_its_end(
    make_tiny: Callable[..., Any], make_beside: Callable[..., Any], line: Any, goal: Any
) -> None:
    """Six weeks of one bay post 6 亿元, the 14 MW that are left 1.4; dearer, both cost more.

    Larger orders post no more where there is no room for them, however much is made of what is left.
    """
    aims = (goal("far", amount_yuan=int(100e8)), goal("further", amount_yuan=int(200e8)))
    inputs = make_beside(make_tiny([line(20.0, 40, value_yi=20.0)], [1.0] * 6), (0, 0, 5, 0.1))
    made, _ = sheet_of(inputs, aims)
    assert [one.now_yi for one in made.goals] == pytest.approx([7.4] * 2, rel=1e-4)
    larger = tuple(one for one in LEVERS if one.id == "orders")
    full, _ = sheet_of(inputs, aims, larger)
    assert [one.most_yi for one in full.goals] == pytest.approx([7.4] * 2, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_with_the_moves_reaches_the_goals(seed: int, make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """The moves put into the inputs: the ordinary plan reaches what it missed before."""
    inputs = make_synthetic(orders=20, weeks=30, lags=8, resources=5, materials=3, seed=seed)
    inputs = replace(inputs, lead_weeks=np.array([-1, 0, 0]), year_share={2027: np.ones(30)})
    base = make_plan(inputs, two_goals, formulation=PLAIN, profile=EXACT)
    aims = tuple(replace(g, amount_yuan=round(base.goal_planned[g.id] * 1.1)) for g in two_goals)
    levers = (
        *(lever(name, "capacity", {name: float(most)}, 4.0, 1.0)
          for name, most in zip(inputs.resources, inputs.capacity.max(axis=1), strict=True)),
        lever("quota", "supply", {"m0": float(inputs.supply[0].max())}, 4.0, 1.0),
        lever("orders", "demand", {"*": 1.0}, 4.0, 5.0),
    )  # fmt: skip
    made = what_must_be_true(inputs, aims, moves(levers, inputs), formulation=PLAIN, profile=EXACT)
    assert made.reached
    assert made.missing_yi > 0
    capacity, supply, grown = inputs.capacity.copy(), inputs.supply.copy(), 1.0
    for step, move in zip(made.steps, moves(levers, inputs), strict=True):
        capacity, supply = capacity + step.amount * move.capacity, supply + step.amount * move.supply
        grown += step.amount * (1.0 if step.lever == "orders" else 0.0)
    scaled = [(inputs.items[name] * grown).alias(name) for name in ("quantity_mw", "value_yi", "cost_yi")]
    moved = replace(inputs, capacity=capacity, supply=supply, items=inputs.items.with_columns(scaled))
    plan = make_plan(moved, aims, formulation=PLAIN, profile=EXACT)
    assert all(plan.goal_planned[g.id] >= g.amount_yuan * (1 - 1e-5) for g in aims)


def test_the_shipped_levers_are_sound() -> None:
    """Every lever names where its figures are from, and what is twice is refused with its name."""
    assert all(one.source and one.most > 0 for one in load_levers("default"))


def test_a_lever_twice_is_refused(tmp_path: Path) -> None:
    """Named once, with what to do."""
    one = '[[lever]]\nid = "a"\ntitle = "A"\nkind = "price"\ngives = { "*" = 0.01 }\nunit = "%"\nmost = 1\n'
    one += 'once_yi = 0\nyearly_yi = 0\nassumed = true\nsource = "none"\n'
    path = tmp_path / "mine.toml"
    path.write_text(one + one, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_levers(str(path))
    assert [(p.code, p.found) for p in caught.value.problems] == [("duplicate-lever", "a")]
