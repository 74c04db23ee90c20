"""What is made of a factory alone is made once, and no policy changes it."""

from __future__ import annotations

import random

import numpy as np
import pytest
from outcomes import PARKS

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.factory import Factory, Policy
from aidc_twin.twin.route_tables import route_tables
from aidc_twin.twin.stock import still_taken
from aidc_twin.twin.unit_tables import fixed_of

NAMES = ("tiny", "midway", "sources", "setups", "batches", "breakdowns")


def policies(factory: Factory) -> list[Policy]:
    """None, one that wishes something of every third unit, and none again."""
    rng = random.Random(1)
    units = factory.units[::3]
    steps = [(unit.id, factory.routes[factory.unit_route[i]].steps[-1].operation)
             for i, unit in enumerate(factory.units) if i % 3 == 0]  # fmt: skip
    wished = Policy(
        release_tick={unit.id: rng.randrange(10**6) for unit in units},
        levels={(name, week): rng.randrange(4) for name in factory.calendars for week in range(9)},
        priority={unit.id: rng.randrange(99) for unit in units},
        rank={step: rng.randrange(99) for step in steps},
        start={step: rng.randrange(10**6) for step in steps[::2]},
    )
    return [Policy(), wished, Policy()]


@pytest.mark.parametrize("name", NAMES)
def test_policies_leave_each_other_alone(name: str) -> None:
    """Arrays of one factory under several policies, one after the other, are those of a factory of their own."""
    park = load_park(PARKS / name)
    shared = read_factory(park)
    for policy in policies(shared):
        own, one = (compile_arrays(factory, policy) for factory in (read_factory(park), shared))
        assert np.array_equal(own.whole, one.whole)
        assert np.array_equal(own.real, one.real)
    first, wished, _ = (compile_arrays(shared, policy).whole for policy in policies(shared))
    assert not shared.units or not np.array_equal(first, wished)


def test_each_factory_has_its_own() -> None:
    """The same again for the same factory, another for another one of an equal park."""
    one, other = (read_factory(load_park(PARKS / "tiny")) for _ in range(2))
    for make in (route_tables, fixed_of, still_taken):
        assert make(one) is make(one)
        assert make(one) is not make(other)
