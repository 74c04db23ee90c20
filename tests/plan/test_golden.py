"""Golden LP files: one for each constraint family of a plan that fits on a page."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pyomo.environ as pyo
import pytest
from pyomo.repn.plugins.lp_writer import LPWriter
from pyomo.repn.tests.lp_diff import load_and_compare_lp_baseline

from aidc_twin.plan import Formulation, build

GOLDEN = Path(__file__).parent / "golden"
FAMILIES = ("release", "shifts", "capacity", "materials", "goals")


def family_lp(model: Any, family: str) -> str:
    """LP text of one family's rows, with no objective."""
    for other in FAMILIES:
        if other != family:
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
    golden = GOLDEN / f"{part}.lp"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    written = tmp_path / "written.lp"
    written.write_text(text, encoding="utf-8")
    expected, found = load_and_compare_lp_baseline(str(golden), str(written))
    assert found == expected
