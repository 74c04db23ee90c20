"""The unit in which the solver is told quantities, so that what counts is far above its tolerances."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl

from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["in_own_unit"]

_STEP = 1000.0
_FAINT = 1e-5
"""Share of a profile's peak; what lies below comes from few replications and stretches the range of numbers."""


def in_own_unit(inputs: PlanInputs) -> tuple[PlanInputs, float]:
    """The same with quantities in a unit of its own, and how many MW it is.

    The unit is a power of a thousand, so that the largest quantity lies between 1 and 1000 of it. The solver takes a
    gain below its tolerance for none; in a unit that is far too small every gain is. Where the unit changes, amounts of
    a profile that are a hundred thousandth of its peak or less become 0.
    """
    largest = max(inputs.items["quantity_mw"].to_list(), default=1.0)
    if largest <= 0 or 1.0 <= largest < _STEP:
        return inputs, 1.0
    unit = _STEP ** math.floor(math.log(largest, _STEP) + 1e-12)
    scaled = replace(
        inputs, items=inputs.items.with_columns(pl.col("quantity_mw") / unit), load=_clear(inputs.load) * unit,
        need=_clear(inputs.need) * unit, post_owned=inputs.post_owned * unit,
        post_consigned=inputs.post_consigned * unit,
        post_deferred=None if inputs.post_deferred is None else inputs.post_deferred.with_columns(
            pl.col("owned_yi", "consigned_yi") * unit
        ),
        cash=None if inputs.cash is None else replace(inputs.cash, income=inputs.cash.income * unit),
    )  # fmt: skip
    return scaled, unit


def _clear(profiles: Floats) -> Floats:
    """Profiles along the last axis without what is far below their peaks."""
    size = np.abs(profiles)
    return np.where(size <= _FAINT * size.max(axis=-1, initial=0.0, keepdims=True), 0.0, profiles)
