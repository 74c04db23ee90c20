"""What the plan is told of parks with breakdowns, sources, batches and places that are passed on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from generated_parks import generated
from outcomes import PARKS
from small_parks import HOUR, kit_park, need, servers

from aidc_twin.park import Park, load_park
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import Calibration, free_flow
from aidc_twin.twin.chance import distribution, value_at
from aidc_twin.twin.compile import Policy, compile_arrays, read_factory
from aidc_twin.twin.items import find_items
from aidc_twin.twin.kernel.layout import TR_START
from aidc_twin.twin.profiles import consumption, uses
from aidc_twin.twin.run import replicate, run_once
from aidc_twin.units.quantity import parse_quantity


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_every_park_can_be_described(seed: int) -> None:
    """Repairs and units of sources in a trace lead nothing astray: profiles are numbers, none below nothing."""
    factory = read_factory(generated(seed))
    found = plan_inputs(free_flow(factory, find_items(factory), [1, 2]))
    made = {row.material for row in factory.park.outputs}
    taken = found.need[:, [name not in made for name in found.materials]]
    assert np.isfinite(found.need).all()
    for array in (found.load, found.base_load, taken, found.base_need):
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


def test_a_limit_with_a_calendar_is_measured_in_open_time() -> None:
    """Tests of 5 kW on 8, at work from 8 to 16 h: what is on at once is 5 eighths of the limit, not all of its mean."""
    days = [{"calendar": "day", "shift": 1, "days": "mon-sun", "start": "08:00", "end": "16:00"}]
    park = kit_park(
        {"operation": "test", "duration": 6, "calendar": "day"}, orders=60, calendars=days,
        resources=[{"resource": "power", "kind": "cumulative", "calendar": "day"}],
        capacity=[{"resource": "power", "amount": 8}], needs=[need("test", "power", 5)],
    )  # fmt: skip
    factory = read_factory(park)
    items = find_items(factory)
    before = plan_inputs(free_flow(factory, items, [1]))
    arrays = compile_arrays(factory, Policy())
    found = plan_inputs(Calibration(factory, arrays, Policy(), replicate(arrays, [1, 2], trace=2), items), before)
    assert found.at_once is not None
    assert found.at_once.tolist() == pytest.approx([5 / 8])
    assert found.capacity[0] == pytest.approx(before.capacity[0] * 5 / 8)


def boxes(hours: float, orders: int, **sale: str) -> Park:
    """Orders of 1 MW with one box each, which is welded for some hours and then sold for 1,000 yuan."""
    weld = {"routing": "box", "operation": "weld", "after": (), "duration": hours}
    row = {"sale": "out", "ledger": "industrial_output", "seller": "maker", "buyer": "outside", "item": "box",
           "operation": "weld"}  # fmt: skip
    return kit_park(
        {"operation": "join", "stage": "site"}, weld, orders=orders, sales=[row | sale],
        products=[{"product": "box", "kind": "module", "routing": "box", "maker": "maker"}],
        bom=[{"parent": "kit", "item": "box", "quantity": 1, "operation": "join", "value_yuan": 1000}],
    )  # fmt: skip


def test_a_short_horizon_shows_whole_profiles() -> None:
    """Fourteen weeks, kits that take three and sell at the end: each week of the profile has its own megawatts.

    Released one a week, the last ones do not end within the horizon; they take nothing from what the others show.
    """
    park = boxes(3 * 168 + 1, 14)
    park = replace(park, head=park.head.model_copy(update={"horizon_weeks": 14}))
    factory = read_factory(park)
    items = find_items(factory)
    week = factory.clock.ticks_per_week
    policy = Policy(release_tick={f"k{i + 1}/box/1": i * week for i in range(14)})
    arrays = compile_arrays(factory, policy)
    found = plan_inputs(Calibration(factory, arrays, policy, replicate(arrays, [1], trace=1), items))
    posted = found.post_owned.sum(axis=(0, 1))
    assert posted[3] == pytest.approx(1000 / 1e8)
    assert posted.sum() == pytest.approx(posted[3])


def test_exports_are_a_family_where_a_sale_holds_for_them_alone() -> None:
    """1 MW at home posts nothing that only exports post; where all sales hold for both, one family is enough."""
    park = boxes(3, 4, market="export")
    abroad = tuple(row.model_copy(update={"destination": "away"}) if row.order == "k4" else row for row in park.orders)
    factory = read_factory(replace(park, orders=abroad))
    items = find_items(factory)
    assert items.families == ["kit/all", "kit/all@export"]
    found = plan_inputs(free_flow(factory, items, [1]))
    assert found.post_owned.sum(axis=(1, 2)).tolist() == pytest.approx([0.0, 1000 / 1e8])
    for_all = replace(park, orders=abroad, sales=tuple(row.model_copy(update={"market": "all"}) for row in park.sales))
    assert find_items(read_factory(for_all)).families == ["kit/all"]
