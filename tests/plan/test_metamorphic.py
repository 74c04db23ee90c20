"""Promise 4: a plan does not depend on how it is told: order, origin of time, units, presolve, orders or halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from aidc_twin.plan import Formulation, make_plan
from aidc_twin.solver import Profile, load_profile

LEVELS = Formulation(families={"shifts": False}, weights={"tardiness": "value"}, tolerance=0.0)
"""Without whole shift levels each objective is exact; lateness by value: two halves would be late twice as an order.

No level leaves anything to the next: plans that are equally good can use different parts of what is left, so that only
the bounds of the levels, but not their objectives, would be one number.
"""

EXACT = load_profile("proof")
LATER = 5
"""Weeks by which the origin of time is moved."""


def permuted(inputs: Any, draw: np.random.Generator) -> Any:
    """Resources, materials, posting rules and orders in another order."""
    r, m, s = (draw.permutation(len(names)) for names in (inputs.resources, inputs.materials, inputs.rules))
    orders = inputs.items.sample(fraction=1.0, shuffle=True, seed=int(draw.integers(1000)))
    return replace(
        inputs,
        items=orders.with_columns(item=pl.Series(range(orders.height), dtype=pl.Int64)),
        resources=tuple(inputs.resources[i] for i in r), materials=tuple(inputs.materials[i] for i in m),
        rules=tuple(inputs.rules[i] for i in s), rule_table=inputs.rule_table[s.tolist()],
        load=inputs.load[:, r], base_load=inputs.base_load[r], capacity=inputs.capacity[r],
        capacity_step=inputs.capacity_step[r], resource_calendar=inputs.resource_calendar[r],
        need=inputs.need[:, m], base_need=inputs.base_need[m], supply=inputs.supply[m], lead_weeks=inputs.lead_weeks[m],
        material_price=inputs.material_price[m], post_owned=inputs.post_owned[:, s],
        post_consigned=inputs.post_consigned[:, s], base_owned=inputs.base_owned[s],
        base_consigned=inputs.base_consigned[s],
    )  # fmt: skip


def later(inputs: Any, _: np.random.Generator) -> Any:
    """Some weeks before in which nothing can be released; lead times longer by them, so that nothing comes sooner.

    They are as open as the second week is: the first may be a stop, which must not become a long one.
    """

    def before(rows: Any) -> Any:
        return np.concatenate((np.zeros((len(rows), LATER)), rows), axis=1)

    filled = np.concatenate((np.repeat(inputs.capacity[:, 1:2], LATER, axis=1), inputs.capacity), axis=1)
    moved = [(pl.col(name) + LATER) for name in ("earliest_week", "due_week")]
    return replace(
        inputs, weeks=inputs.weeks + LATER, items=inputs.items.with_columns(*moved), capacity=filled,
        capacity_step=before(inputs.capacity_step), base_load=before(inputs.base_load),
        base_need=before(inputs.base_need), supply=before(inputs.supply),
        lead_weeks=np.where(inputs.lead_weeks < 0, -1, inputs.lead_weeks + LATER),
        base_owned=before(inputs.base_owned), base_consigned=before(inputs.base_consigned),
        year_share={year: np.concatenate((np.zeros(LATER), share)) for year, share in inputs.year_share.items()},
    )  # fmt: skip


def in_kilowatts(inputs: Any, _: np.random.Generator) -> Any:
    """Orders in kW, and everything that 1 MW took or gave for 1 kW."""
    return replace(
        inputs,
        items=inputs.items.with_columns(quantity_mw=pl.col("quantity_mw") * 1000.0),
        load=inputs.load / 1000.0, need=inputs.need / 1000.0,
        post_owned=inputs.post_owned / 1000.0, post_consigned=inputs.post_consigned / 1000.0,
    )  # fmt: skip


def in_other_units(inputs: Any, draw: np.random.Generator) -> Any:
    """Each resource and material in a unit of its own, up to a hundred times larger or smaller."""
    r = 10.0 ** draw.uniform(-2, 2, (len(inputs.resources), 1))
    m = 10.0 ** draw.uniform(-2, 2, (len(inputs.materials), 1))
    return replace(
        inputs, load=inputs.load * r, base_load=inputs.base_load * r, capacity=inputs.capacity * r,
        capacity_step=inputs.capacity_step * r, need=inputs.need * m, base_need=inputs.base_need * m,
        supply=inputs.supply * m, material_price=inputs.material_price / m[:, 0],
    )  # fmt: skip


def in_halves(inputs: Any, _: np.random.Generator) -> Any:
    """Each order as two of half the quantity, value and cost."""
    half = inputs.items.with_columns(pl.col("quantity_mw", "value_yi", "cost_yi") / 2)
    two = pl.concat((half, half.with_columns(pl.col("order") + "b")))
    return replace(inputs, items=two.with_columns(item=pl.Series(range(two.height), dtype=pl.Int64)))


RETOLD: dict[str, Callable[[Any, np.random.Generator], Any]] = {
    "permuted": permuted, "later": later, "in kilowatts": in_kilowatts, "in other units": in_other_units,
    "in halves": in_halves,
}  # fmt: skip


def levels_of(inputs: Any, goals: Any, profile: Profile = EXACT) -> list[tuple[float, ...]]:
    """Objective and bound of each level as shares of its reference."""
    frame = make_plan(inputs, goals, formulation=LEVELS, profile=profile).frames["plan_levels"]
    return [
        (row["objective"] / row["reference"], row["bound"] / row["reference"]) for row in frame.iter_rows(named=True)
    ]


def check(seed: int, make_synthetic: Callable[..., Any], goals: Any) -> None:
    """All ways of telling one drawn plan have its levels to 1e-6."""
    draw = np.random.Generator(np.random.PCG64(seed))
    inputs = make_synthetic(orders=14, weeks=26, lags=7, resources=5, materials=4, seed=seed)
    told = levels_of(inputs, goals)
    assert told[1][0] > 0.0  # something is late, so that there is something to lose
    for name, retell in RETOLD.items():
        assert np.array(levels_of(retell(inputs, draw), goals)) == pytest.approx(np.array(told), abs=1e-6), name
    plain = EXACT.model_copy(update={"highs": {**EXACT.highs, "presolve": "off"}})
    assert np.array(levels_of(inputs, goals, plain)) == pytest.approx(np.array(told), abs=1e-6), "without presolve"


@pytest.mark.parametrize("seed", [*range(4), 608])
def test_the_plan_is_the_same_however_it_is_told(seed: int, make_synthetic: Callable[..., Any], two_goals: Any) -> None:
    """Six ways of telling five plans; in the last one 1e-10 of the goals is worth 1e-4 of the lateness."""
    check(seed, make_synthetic, two_goals)


@pytest.mark.release
@pytest.mark.parametrize("hundred", range(10))
def test_a_thousand_plans_are_the_same_however_they_are_told(
    hundred: int, make_synthetic: Callable[..., Any], two_goals: Any
) -> None:
    """The full count of promise 4, a hundred at a time."""
    for seed in range(100 * hundred, 100 * hundred + 100):
        check(seed, make_synthetic, two_goals)
