"""The checker and the twin, written apart from the same words, agree on what the twin does in changed parks."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from aidc_twin.frames import PlanPurchases
from aidc_twin.park import Park
from aidc_twin.twin import trace
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.run import run_once
from aidc_twin.twin.stock import lot_for_lot
from aidc_twin.verify import check_schedule

Frames = dict[str, pl.DataFrame]


def executed(park: Park, seed: int, means: bool) -> Frames:
    """Frames of one run of the twin without a plan: it buys lot for lot."""
    factory = read_factory(park)
    arrays = compile_arrays(factory)
    run = run_once(arrays, seed, means=means, trace=True)
    lots: dict[tuple[str, int], float] = {}
    for material, tick, quantity in lot_for_lot(factory):
        key = (material, tick // factory.clock.ticks_per_week)
        lots[key] = lots.get(key, 0.0) + quantity
    columns = {name: column.dtype for name, column in PlanPurchases.columns().items()}
    return {
        "schedule_operations": trace.operations(factory, run),
        "schedule_supply": trace.supply(factory, arrays, run, factory.horizon),
        "schedule_postings": trace.postings(factory, arrays, run, factory.horizon),
        "plan_purchases": pl.DataFrame(
            [(*key, quantity) for key, quantity in lots.items()], schema=columns, orient="row"
        ),
        "phase_openings": pl.DataFrame({"phase": [row.phase for row in park.phases], "tick": run.phase_open.tolist()}),
    }


def changed(park: Park, rng: random.Random) -> Park:
    """The tiny park with other orders, capacities, failures, stocks and dates."""
    orders = tuple(
        row.model_copy(
            update={
                "quantity_mw": rng.choice((0.5, 1.0, 2.5, round(rng.uniform(0.5, 6), 2))),
                "destination": rng.choice(("nearby", "overseas")),
                "ordered": row.ordered + timedelta(rng.randint(-20, 60)),
            }
            if row.order != "o1"
            else {"destination": rng.choice(("nearby", "overseas"))}
        )
        for row in park.orders
    )
    capacity = tuple(
        row.model_copy(update={"amount": row.amount.scaled(rng.choice((1, 1, 2, 3)))})
        if row.resource != "cash"
        else row
        for row in park.capacity
    )
    operations = tuple(
        row.model_copy(update={"fail_share": row.fail_share.scaled(rng.choice((0, 1, 4)))}) for row in park.operations
    )
    # frames under way are left out: which family their machine made last is checked by its own test
    state = tuple(row for row in park.state_operations if row.operation != "frame" or row.status == "done")
    return replace(park, orders=orders, capacity=capacity, operations=operations, state_operations=state)


@pytest.mark.parametrize("seed", range(20))
def test_what_the_twin_does_is_valid(park: Park, seed: int) -> None:
    """Mean durations and drawn ones; receipts are published at their mean, so stock is checked for mean runs only."""
    rng = random.Random(seed)
    variant = changed(park, rng)
    assert check_schedule(variant, executed(variant, seed, means=True), fixed=True).ok
    certificate = check_schedule(variant, executed(variant, seed, means=False))
    broken = certificate.checks.filter((pl.col("violations") > 0) & (pl.col("rule") != "stock"))
    assert broken.is_empty(), broken.to_dicts()
