"""What a plan was made from, as the independent checker reads it."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl

from aidc_twin.plan.cash import work_under_way
from aidc_twin.twin.calibrate import YI
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["checked_with"]


def checked_with(inputs: PlanInputs) -> dict[str, pl.DataFrame]:
    """``items``; of a park with accounts also ``income`` and ``begun``, what was measured of payments."""
    found = {"items": inputs.items}
    cash = inputs.cash
    if cash is None:
        return found
    lags = range(cash.income.shape[1])
    families, lag = zip(*product(inputs.families, lags), strict=True) if inputs.families else ((), ())
    received, suppliers = work_under_way(inputs, cash)
    found["income"] = pl.DataFrame(
        {"family": families, "lag": lag, "yuan": cash.income.ravel() * YI},
        schema={"family": pl.String, "lag": pl.Int64, "yuan": pl.Float64},
    )
    found["begun"] = pl.DataFrame(
        {"week": np.arange(inputs.weeks), "received_yuan": received * YI, "suppliers_yuan": suppliers * YI}
    )
    return found
