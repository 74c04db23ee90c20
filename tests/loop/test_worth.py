"""Prices of a plan as its page tells them: by units that are bought, without what is worth nothing."""

from __future__ import annotations

import polars as pl
import pytest

from aidc_twin.loop.why import free_inputs
from aidc_twin.loop.worth import price_rows
from aidc_twin.park import Park


def test_what_tolerance_leaves_of_nothing_has_no_price(tiny: Park) -> None:
    """A worth of 0.01 yuan is none, alone or beside another; kilowatts are told by the MW."""
    inputs = free_inputs(tiny, 1)[1]
    prices = pl.DataFrame({
        "kind": ["resource"] * 2, "name": ["frame_bay", "test_power"],
        "goal_yi": [1e-10, 2e-4], "late_weeks": [0.0, 1e-12], "margin_yi": [0.0, -1e-3],
    })  # fmt: skip
    (row,) = price_rows(tiny, inputs, prices)
    assert (row["name"], row["unit"], row["late_weeks"], row["margin_yi"]) == ("test_power", "MW", 0.0, 0.0)
    assert row["goal_yi"] == pytest.approx(0.2)
