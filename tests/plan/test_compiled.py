"""The plan's own model, compiled: the rows that Pyomo makes of it, and nothing left to be read one by one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from accounts import rich

from aidc_twin.park import load_park
from aidc_twin.park.goals import load_goals
from aidc_twin.plan import Formulation
from aidc_twin.plan.model import build
from aidc_twin.solver import templates
from aidc_twin.solver.compiling import compile_parts
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import read_factory
from aidc_twin.twin.items import find_items


@pytest.fixture
def check_same(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Compares arrays with Pyomo's own rows."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "solver"))
    return importlib.import_module("by_pyomo").check_same


def compared(inputs: Any, goals: Any, check_same: Callable[..., None], **options: Any) -> None:
    """Build both ways and compare."""
    formulation = Formulation(**options)
    with templates():
        quick = compile_parts(build(inputs, goals, formulation))
    assert quick.one_by_one == {}
    ordinary = build(inputs, goals, formulation)
    for variable in quick.columns.unmade:
        own = ordinary.find_component(variable.name)
        for index in own.index_set():
            _ = own[index]  # as if it were dense, so that both have a column for each member
    check_same(quick.arrays, ordinary)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("quota", [False, True])
def test_drawn_plans_have_the_rows_of_pyomo(
    seed: int, quota: bool, make_synthetic: Callable[..., Any], two_goals: Any, check_same: Callable[..., None]
) -> None:
    """Every family and every level, with and without a quota that lapses."""
    inputs = make_synthetic(orders=12, weeks=20, lags=9, resources=6, materials=4, seed=seed)
    if quota:
        limit = np.where(np.arange(4) % 2 == 0, 30.0, np.inf)
        inputs = replace(inputs, stock_limit=limit)
    compared(inputs, two_goals, check_same, shift_block_weeks=3)


def test_terms_and_overtime_have_the_rows_of_pyomo(
    make_synthetic: Callable[..., Any], two_goals: Any, check_same: Callable[..., None]
) -> None:
    """Refusals, prices of splits, and levels chosen for one week, for three, or for as many as the formulation says."""
    inputs = make_synthetic(orders=12, weeks=20, lags=9, resources=6, materials=4, seed=4)
    number = pl.col("order").str.slice(1).cast(pl.Int64)
    items = inputs.items.with_columns(
        refuse_yi=pl.when(number % 2 == 0).then(0.01 * number), split_yi=0.001 * (number % 3).cast(pl.Float64)
    )
    compared(replace(inputs, items=items, block_weeks=np.array([1, 0, 3])), two_goals, check_same)


@pytest.mark.parametrize("refusing", [False, True])
def test_money_has_the_rows_of_pyomo(
    refusing: bool, make_synthetic: Callable[..., Any], two_goals: Any, check_same: Callable[..., None]
) -> None:
    """Accounts, terms of payment, a quota that is paid for when it is used, deposits of orders that may be refused."""
    inputs = rich(make_synthetic(orders=12, weeks=20, lags=9, resources=6, materials=4, seed=3), 3)
    if refusing:
        inputs = replace(inputs, items=inputs.items.with_columns(refuse_yi=pl.lit(0.1)))
    compared(inputs, two_goals, check_same)


@pytest.mark.release
def test_the_shipped_plan_has_the_rows_of_pyomo(check_same: Callable[..., None]) -> None:
    """The plan of the shipped park, row for row."""
    factory = read_factory(load_park("wuxi-aidc"))
    inputs = plan_inputs(free_flow(factory, find_items(factory), [1, 2]))
    compared(inputs, load_goals("shuang-qianyi").goals, check_same)
