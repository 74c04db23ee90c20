"""Numbers that must not reach the solver."""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo
import pytest

from aidc_twin.errors import SolverFault
from aidc_twin.solver import Live, Profile, solve


def model_with(coefficient: float = 1.0, limit: float = 4.0, cost: float = 1.0, upper: float = 10.0) -> Any:
    """A small program with one number to spoil."""
    model: Any = pyo.ConcreteModel()
    model.mass = pyo.Var([1, 2], bounds=(0, upper))
    model.room = pyo.Constraint([7], rule=lambda m, _: coefficient * m.mass[1] + m.mass[2] <= limit)
    model.gain = pyo.Objective(expr=cost * model.mass[1] + model.mass[2], sense=pyo.maximize)
    return model


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e-10, 1e12])
def test_bad_coefficients_are_named(bad: float) -> None:
    """NaN, infinite, vanishing and far-apart coefficients are refused with their row and column."""
    with pytest.raises(SolverFault, match=r"room\[7\], variable mass\[1\]"):
        solve(model_with(coefficient=bad), Profile())


@pytest.mark.parametrize("bad", [math.nan, -math.inf, 1e12])
def test_bad_right_hand_sides_are_named(bad: float) -> None:
    """So are right-hand sides that are no number, cut everything off, or drown the tolerances."""
    with pytest.raises(SolverFault, match=r"constraint room\[7\]: right-hand side"):
        solve(model_with(limit=bad), Profile())


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e12])
def test_bad_costs_are_named(bad: float) -> None:
    """So are costs of an objective."""
    with pytest.raises(SolverFault, match=r"objective gain.*mass\[1\]"):
        solve(model_with(cost=bad), Profile())


def test_a_huge_bound_is_named() -> None:
    """So is a bound of a variable."""
    with pytest.raises(SolverFault, match=r"variable mass\[1\]: bounds 0 to 1e\+10"):
        solve(model_with(upper=1e10), Profile())


def test_ordinary_numbers_pass() -> None:
    """Six orders of magnitude are no offence."""
    assert solve(model_with(coefficient=1e-3, cost=1e3), Profile()).objective == pytest.approx(10_003.99)


def test_a_held_objective_of_tiny_amounts_is_told_as_a_row_that_counts() -> None:
    """HiGHS drops entries up to 1e-9: a level whose coefficients are smaller is scaled up, and holds."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var([0, 1], bounds=(0, 1e6))
    model.most = pyo.Constraint(expr=model.x[0] + model.x[1] <= 1e6)
    model.first = pyo.Objective(expr=4e-10 * model.x[0] + 1e-10 * model.x[1], sense=pyo.maximize)
    model.second = pyo.Objective(expr=model.x[0] - model.x[1])
    model.second.deactivate()
    live = Live(model, Profile(gap=0.0))
    live.hold("first", 2.5e-4)
    assert live.solve("second").values["x"] == pytest.approx([5e5, 5e5])
