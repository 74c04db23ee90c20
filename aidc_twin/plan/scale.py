"""The unit in which the solver is told quantities, so that what counts is far above its tolerances."""

from __future__ import annotations

import math
from dataclasses import replace

import polars as pl

from aidc_twin.twin.inputs import PlanInputs

__all__ = ["in_own_unit"]

_STEP = 1000.0


def in_own_unit(inputs: PlanInputs) -> tuple[PlanInputs, float]:
    """The same with quantities in a unit of its own, and how many MW it is.

    The unit is a power of a thousand, so that the largest quantity lies between 1 and 1000 of it. The solver takes a
    gain below its tolerance for none; in a unit that is far too small every gain is.
    """
    largest = max(inputs.items["quantity_mw"].to_list(), default=1.0)
    if largest <= 0 or 1.0 <= largest < _STEP:
        return inputs, 1.0
    unit = _STEP ** math.floor(math.log(largest, _STEP) + 1e-12)
    scaled = replace(
        inputs, items=inputs.items.with_columns(pl.col("quantity_mw") / unit), load=inputs.load * unit,
        need=inputs.need * unit, post_owned=inputs.post_owned * unit, post_consigned=inputs.post_consigned * unit,
    )  # fmt: skip
    return scaled, unit
