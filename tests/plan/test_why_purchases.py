"""Questions leave purchases out that can come in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted import PLAIN, SEARCH

from aidc_twin.plan.model import compiled, make_task
from aidc_twin.plan.why.purchases import without_purchases
from aidc_twin.solver.program import Program


@pytest.mark.parametrize("seed", range(6))
def test_leaving_purchases_out_changes_no_optimum(
    seed: int, make_synthetic: Callable[..., Any], two_goals: Any
) -> None:
    """Least shortfall and least lateness are the same; a quota, a long lead time and a store with a limit stay felt."""
    inputs = make_synthetic(orders=12, weeks=30, lags=8, resources=4, materials=4, seed=seed)
    limit = np.array([inputs.supply[0].max() * 2, inputs.supply[1].max() / 2, np.inf, np.inf])
    inputs = replace(
        inputs, stock_limit=limit if seed % 2 else None, lead_weeks=np.array([-1, 0, 12, 26]),
        base_need=np.zeros_like(inputs.base_need), base_load=np.zeros_like(inputs.base_load),
    )  # fmt: skip
    task = make_task(inputs, two_goals, PLAIN)
    _, whole = compiled(task)
    short = without_purchases(task, whole)
    assert short.value.size < whole.value.size
    assert np.isfinite(short.row_lower).sum() < np.isfinite(whole.row_lower).sum()
    for level in ("shortfall", "tardiness"):
        cost = whole.aims[level].cost
        with_them, without = (
            Program(replace(arrays, integral=np.zeros(cost.size, bool)), SEARCH).minimise(cost)
            for arrays in (whole, short)
        )
        assert with_them is not None
        assert without is not None
        assert without.objective == pytest.approx(with_them.objective, rel=1e-6, abs=1e-7)
        assert level == "shortfall" or without.objective > 0, "something is late"


def test_a_plan_without_materials_stays_as_it_is(make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """The formulation may leave the family out."""
    off = PLAIN.model_copy(update={"families": PLAIN.families.model_copy(update={"materials": False})})
    task = make_task(make_synthetic(orders=5, weeks=40, lags=8, resources=3, materials=3), two_goals, off)
    _, arrays = compiled(task)
    assert without_purchases(task, arrays) is arrays
