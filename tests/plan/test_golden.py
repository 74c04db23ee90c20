"""Golden LP files: one for each constraint family of a plan that fits on a page."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from accounts import deposits
from pyomo.repn.plugins.lp_writer import LPWriter
from pyomo.repn.tests.lp_diff import load_and_compare_lp_baseline

from aidc_twin.plan import Formulation, build
from aidc_twin.twin.inputs import CashInputs

GOLDEN = Path(__file__).parent / "golden"
FAMILIES = ("release", "shifts", "capacity", "materials", "goals")


def family_lp(model: Any, family: str) -> str:
    """LP text of one family's rows, with no objective."""
    for other in (*FAMILIES, "cash"):
        if other != family and model.component(other) is not None:
            for component in model.component(other).component_objects(pyo.Constraint):
                component.deactivate()
    for objective in model.component_objects(pyo.Objective):
        objective.deactivate()
    whole = model.shifts.extra.values() if family == "shifts" else []
    model.nothing = pyo.Objective(expr=sum(whole) if whole else 0.0)
    text = StringIO()
    LPWriter().write(model, text, symbolic_solver_labels=True)
    return text.getvalue()


def level_lp(model: Any, level: str) -> str:
    """LP text of one level's objective."""
    for family in FAMILIES:
        for component in model.component(family).component_objects(pyo.Constraint):
            component.deactivate()
    for objective in model.component_objects(pyo.Objective):
        objective.deactivate()
    model.component(level).activate()
    text = StringIO()
    LPWriter().write(model, text, symbolic_solver_labels=True)
    return text.getvalue()


@pytest.mark.parametrize("part", [*FAMILIES, "shortfall", "tardiness", "margin"])
def test_parts_equal_their_golden_file(
    part: str, make_tiny: Callable[..., Any], line: Any, goal: Any, tmp_path: Path
) -> None:
    """Each family and each level writes the rows that a person checked (GOLDEN=write renews the files)."""
    lines = [line(2.0, 1, 1.5, 4.0), line(1.0, 2, 1.0, 3.0, earliest_week=1)]
    inputs = make_tiny(lines, [2.0, 0.0, 3.0], step=0.5, lead=1, supply=[1.0], post=0.8)
    model = build(inputs, (goal(amount_yuan=500_000_000),), Formulation(shift_block_weeks=2))
    text = family_lp(model, part) if part in FAMILIES else level_lp(model, part)
    compared(part, text, tmp_path)


def test_cash_equals_its_golden_file(make_tiny: Callable[..., Any], line: Any, goal: Any, tmp_path: Path) -> None:
    """Money of the same two orders: income in the week after, steel paid a week late, wages, one line of credit.

    Rows count in 4 亿元, the larger order. Week 0: 1 + 0.25 - 0.0625 = 1.1875; week 1: 0.125 - 0.375 - 0.0625 =
    -0.3125; week 2: -0.0625.
    """
    lines = [line(2.0, 1, 1.5, 4.0), line(1.0, 2, 1.0, 3.0, earliest_week=1)]
    inputs = make_tiny(lines, [2.0, 0.0, 3.0], step=0.5, lead=1, supply=[1.0], post=0.8)
    cash = CashInputs(
        accounts=("bank",), opening=1.0, credit=np.array([0.5]), interest=np.array([0.01]),
        income=np.array([[0.0, 2.0]]), base_income=np.array([0.0, 0.125, 0.0]),
        deposits=deposits(("O1", 0, 0.25)), pay_weeks=np.ones(1, np.int64), owed=np.array([[0.0, 0.375, 0.0]]),
        stock=np.ones(1), wages=np.array([0.0625]), level_wages=np.array([0.03125]),
    )  # fmt: skip
    inputs = replace(inputs, cash=cash, material_price=np.array([0.75]))
    model = build(inputs, (goal(amount_yuan=500_000_000),), Formulation(shift_block_weeks=2))
    compared("cash", family_lp(model, "cash"), tmp_path)


def compared(part: str, text: str, tmp_path: Path) -> None:
    """The text has the rows of the golden file."""
    golden = GOLDEN / f"{part}.lp"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    written = tmp_path / "written.lp"
    written.write_text(text, encoding="utf-8")
    expected, found = load_and_compare_lp_baseline(str(golden), str(written))
    assert found == expected
