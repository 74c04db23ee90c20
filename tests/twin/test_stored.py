"""What a plan is made from, stored and read back."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aidc_twin.park import load_park
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import read_factory
from aidc_twin.twin.inputs import PlanInputs
from aidc_twin.twin.items import find_items
from aidc_twin.twin.run import seeds_of
from aidc_twin.twin.stored import restored, to_store

PARKS = Path(__file__).parents[1] / "parks"


def same(one: PlanInputs, other: PlanInputs) -> None:
    """Every field, to the bit and with its type."""
    for field in fields(PlanInputs):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, pl.DataFrame):
            assert a.equals(b), field.name
            assert a.schema == b.schema, field.name
        elif isinstance(a, dict):
            assert sorted(a) == sorted(b)
            assert all(np.array_equal(a[key], b[key]) for key in a), field.name
        elif isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            assert a.shape == b.shape, field.name
            assert np.array_equal(a, b), field.name
        else:
            assert a == b, field.name


@pytest.mark.parametrize("name", ["tiny", "supply", "sources"])
def test_inputs_come_back_to_the_bit(name: str) -> None:
    """Through the text of a JSON file, with and without a limit of a stock."""
    factory = read_factory(load_park(PARKS / name))
    inputs = plan_inputs(free_flow(factory, find_items(factory), seeds_of(1, 4)))
    limit = np.full(len(inputs.materials), np.inf)
    limit[:1] = 0.1
    beside = pl.DataFrame(
        {"item": [0, 1], "rule": [0, 2], "week": [3, 4], "owned_yi": [0.1, 1 / 3], "consigned_yi": [0.0, 0.2]}
    )
    for given in (
        inputs,
        replace(inputs, post_deferred=beside),
        replace(inputs, stock_limit=limit),
        replace(inputs, stock_limit=None),
        replace(inputs, block_weeks=None),
    ):
        same(restored(json.loads(json.dumps(to_store(given), allow_nan=False))), given)
