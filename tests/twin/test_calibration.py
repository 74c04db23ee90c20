"""What the plan is told of parks with breakdowns, sources, batches and places that are passed on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from generated_parks import generated
from outcomes import PARKS
from small_parks import HOUR, kit_park, need, servers

from aidc_twin.park import load_park
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.chance import distribution, value_at
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.items import find_items
from aidc_twin.twin.kernel.layout import TR_START
from aidc_twin.twin.profiles import consumption, uses
from aidc_twin.twin.run import run_once
from aidc_twin.units.quantity import parse_quantity


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_every_park_can_be_described(seed: int) -> None:
    """Repairs and units of sources in a trace lead nothing astray: profiles are numbers, none below nothing."""
    factory = read_factory(generated(seed))
    found = plan_inputs(free_flow(factory, find_items(factory), [1, 2]))
    for array in (found.load, found.base_load, found.need, found.base_need):
        assert np.isfinite(array).all()
        assert (array >= -1e-9).all()


def test_people_with_names_are_as_many_as_are_asked_for() -> None:
    """Without congestion nobody chooses: work of people with names is done as that of people who are alike."""
    park = load_park(PARKS / "people")
    work = tuple(row.model_copy(update={"until": "end"}) if row.resource == "smith" else row for row in park.needs)
    traces = []
    for members in ("named", "alike"):
        smith = park.resources[0].model_copy(update={"members": members})
        factory = read_factory(replace(park, needs=work, resources=(smith, *park.resources[1:])))
        traces.append(free_flow(factory, find_items(factory), [1]).runs[0].trace)
    assert (traces[0][:, TR_START] == 0).sum() == 8
    assert np.array_equal(*traces)


def test_a_place_is_used_until_the_next_takes_the_unit() -> None:
    """What is kept until `next` is used until the following step starts: as much as the kernel has counted."""
    factory = read_factory(load_park(PARKS / "blocking"))
    arrays = compile_arrays(factory)
    run = run_once(arrays, 1, means=True, trace=True)
    found = uses(factory, arrays, run)
    for r in range(len(factory.resources)):
        mine = found.resource == r
        assert (found.amount * (found.end - found.start))[mine].sum() == run.used[r].sum()


def test_a_batch_uses_its_machine_once() -> None:
    """Three kits in one oven for four hours use four hours of it, not twelve."""
    park = kit_park(
        {"operation": "bake", "duration": 4, "batch_min": 3, "batch_max": 3},
        orders=3, **servers("oven"), needs=[need("bake", "oven")],
    )  # fmt: skip
    factory = read_factory(park)
    arrays = compile_arrays(factory)
    run = run_once(arrays, 1, trace=True)
    found = uses(factory, arrays, run)
    assert (found.amount * (found.end - found.start)).sum() == pytest.approx(4 * HOUR)
    assert run.used.sum() == 4 * HOUR


def test_material_is_taken_once_for_interrupted_work() -> None:
    """Work that gives its machine back overnight goes on the next day with the material that it has."""
    park = kit_park(
        {"operation": "weld", "duration": 12, "calendar": "day"},
        **servers("bay"),
        calendars=[{"calendar": "day", "shift": 1, "days": "mon-sun", "start": "08:00", "end": "16:00"}],
        needs=[need("weld", "bay", when_closed="give_back")],
        materials=[{"material": "steel", "unit": "t", "price_yuan": 1}],
        bom=[{"parent": "kit", "item": "steel", "quantity": 2, "operation": "weld"}],
        state_stocks=[{"material": "steel", "quantity": 5}],
    )
    factory = read_factory(park)
    arrays = compile_arrays(factory)
    run = run_once(arrays, 1, trace=True)
    assert len(run.trace) == 2
    assert consumption(factory, arrays, run).amount.tolist() == [2]
    assert run.available[-1] == 3000


def test_material_is_taken_again_after_scrap() -> None:
    """A unit that is lost on its machine begins again, with new steel."""
    factory = read_factory(load_park(PARKS / "lose"))
    arrays = compile_arrays(factory)
    run = run_once(arrays, 1, trace=True)
    assert consumption(factory, arrays, run).amount.tolist() == [2, 2, 2]
    assert run.available[-1] == 0


@pytest.mark.parametrize(
    ("text", "u", "value"),
    [
        ("discrete(5,0.2,1,0.8)", 0.8, 1),
        ("discrete(5,0.2,1,0.8)", 0.81, 5),
        ("empirical(9,3,6)", 0.3, 3),
        ("empirical(9,3,6)", 0.99, 9),
        ("uniform(0,10)", 0.8, 8),
    ],
)
def test_quantiles_go_by_the_values(text: str, u: float, value: float) -> None:
    """Values of a discrete distribution may stand in any order in its cell."""
    assert value_at(distribution(parse_quantity(text), 1.0), u) == pytest.approx(value)
