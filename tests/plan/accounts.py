"""Accounts of plan inputs: drawn from a seed beside drawn inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.twin.inputs import CashInputs


def deposits(*rows: tuple[str, int, float]) -> pl.DataFrame:
    """Deposits of orders."""
    return pl.DataFrame(list(rows), schema={"order": pl.String, "week": pl.Int64, "yi": pl.Float64}, orient="row")


def rich(inputs: Any, seed: int, opening: float = 5.0, most: float = 0.2) -> Any:
    """Drawn inputs with accounts: deposits, wages, terms of suppliers, a quota and interest."""
    draw = np.random.Generator(np.random.PCG64(seed))
    families, materials = len(inputs.families), len(inputs.materials)
    orders = inputs.items["order"].unique(maintain_order=True).to_list()
    rows = [(name, int(draw.integers(0, inputs.weeks)), float(draw.uniform(0, 0.3))) for name in orders[::3]]
    cash = CashInputs(
        accounts=("bank", "parent"), opening=opening, credit=np.array([2.0, 1.0]), interest=np.array([0.001, 0.002]),
        income=draw.uniform(0.0, most, (families, 9)), base_income=draw.uniform(0.0, 0.2, inputs.weeks),
        deposits=deposits(*rows), pay_weeks=draw.integers(0, 9, materials),
        owed=draw.uniform(0.0, 0.02, (materials, inputs.weeks)), stock=draw.uniform(0.0, 2.0, materials),
        wages=draw.uniform(0.0, 0.01, len(inputs.calendars)), level_wages=inputs.level_cost * 1.0,
    )  # fmt: skip
    limit = np.where(np.arange(materials) == 0, 30.0, np.inf)
    return replace(inputs, cash=cash, stock_limit=limit)
