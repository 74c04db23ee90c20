"""A replication that is put down as a state and started again goes on as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from generated_parks import generated, problems_of
from small_parks import EPOCH, HOUR, kit_park

from aidc_twin.errors import AidcTwinError
from aidc_twin.park import Park, load_park
from aidc_twin.park.moved import on_day
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.kernel.events import NEVER
from aidc_twin.twin.moment import Moment, moment_of
from aidc_twin.twin.run import run_once
from aidc_twin.twin.stock import lot_for_lot, purchases, still_taken
from aidc_twin.twin.trace import operations
from aidc_twin.units.quantity import Quantity, When

PARKS = Path(__file__).parents[1] / "parks"
ALONE = {"batch_min": 1, "batch_max": 1}
COLUMNS = ["unit_id", "operation", "during", "attempt", "start_tick", "end_tick"]


def sayable(park: Park) -> Park | None:
    """The park without what a state cannot carry; None where too much of it is that.

    Nothing fails, breaks down or is learned, ways do not divide, lead times and phases are certain, and what waits
    goes by priority.
    """
    if not park.orders or any(row.kind == "bucketed" for row in park.resources):
        return None
    none, once, weeks = (Quantity("constant", (value,)) for value in (0.0, 1.0, 2.0))
    found = replace(
        park, sources=(), setups=(), breakdowns=(), branches=(), places={},
        head=park.head.model_copy(update={"warm_up_weeks": 0, "starts": "by_key"}),
        phases=tuple(
            row.model_copy(update={"opens": When(row.opens.mode, row.opens.mode, row.opens.mode), "delay_days": none})
            for row in park.phases
        ),
        operations=tuple(
            row.model_copy(update={"fail_share": none, "learning": once, "patience_hours": None} | ALONE)
            for row in park.operations
        ),
        capacity=tuple(row.model_copy(update={"end": None}) for row in park.capacity),
        state_purchase_orders=tuple(
            row.model_copy(update={"arrives": When(row.arrives.mode, row.arrives.mode, row.arrives.mode)})
            for row in park.state_purchase_orders
        ),
        materials=tuple(
            row.model_copy(update={"lead_weeks": row.lead_weeks and weeks, "base_stock": None})
            for row in park.materials
        ),
        resources=tuple(
            row.model_copy(update={"dispatch": "priority", "ties": (), "choice": "lowest", "preempt": "no"})
            for row in park.resources
        ),
    )  # fmt: skip
    return None if problems_of(found) else found


def policies(factory: Factory, tick: int) -> tuple[Policy, Policy]:
    """Every unit with a priority of its own, and the same from a tick on: what is bought later is bought then."""
    priority = {unit.id: i for i, unit in enumerate(factory.units)}
    known = {row.purchase_order for row in factory.park.state_purchase_orders}
    rows = purchases(factory, None)
    later = [
        (row.material, row.tick - tick, row.quantity) for row in rows if row.tick >= tick and row.name not in known
    ]
    return Policy(priority=priority), Policy(priority=priority, purchases=tuple(later))


def goes_on(park: Park, day: date, seed: int) -> int:
    """Pieces of work behind a day, which are the same whether the replication is put down there or not."""
    factory = read_factory(park)
    tick = factory.clock.ticks(day)
    whole, rest = policies(factory, tick)
    arrays = compile_arrays(factory, whole)
    full = operations(factory, run_once(arrays, seed, trace=True))
    moment = moment_of(factory, arrays, whole, seed, day)
    again = read_factory(on_day(park, day, moment.to_do(park) if seed % 2 else moment.tables()))
    assert again.horizon == factory.horizon - tick
    trace = operations(again, run_once(compile_arrays(again, rest), seed, trace=True))
    trace = trace.with_columns(pl.col("start_tick") + tick, (pl.col("end_tick") + tick).clip(upper_bound=NEVER))
    under_way = full.filter((pl.col("start_tick") < tick) & (pl.col("end_tick") >= tick))
    behind = full.filter(pl.col("start_tick") >= tick)
    wanted = {*behind.select(COLUMNS).rows(), *((u, o, d, a, tick, e) for u, o, d, a, _, e in
                                                under_way.select(COLUMNS).rows())}  # fmt: skip
    found = set(trace.select(COLUMNS).rows())
    assert wanted <= found
    paused = found - wanted  # work that was interrupted as its calendar closed is taken up, and put down at once
    assert all(start == end == tick for *_, start, end in paused)
    return len(wanted)


def many_go_on(seeds: range) -> int:
    """Generated parks of some seeds, put down after one week and after two; how many of these days were of any use."""
    useful = 0
    for seed in seeds:
        park = sayable(generated(seed))
        if park is None:
            continue
        try:
            run_once(compile_arrays(read_factory(park), policies(read_factory(park), 0)[0]), seed)
        except AidcTwinError:
            continue  # its units lock each other
        for weeks in range(1, min(3, park.head.horizon_weeks)):
            useful += goes_on(park, park.head.epoch + timedelta(weeks=weeks), seed) > 0
    return useful


def test_generated_parks_go_on_from_their_state() -> None:
    """Parts, phases, calendars, blocking, sailings, stock and power: the same trace, with the luck of the seed."""
    assert many_go_on(range(20)) >= 4


@pytest.mark.release
def test_many_generated_parks_go_on_from_their_state() -> None:
    """The same for 150 parks."""
    assert many_go_on(range(20, 170)) >= 60


@pytest.mark.parametrize("name", ["assembly", "credit", "markets", "phases", "tiny"])
def test_parks_of_a_folder_go_on_from_their_state(name: str) -> None:
    """Also where the work of what is on its way has a chance in it."""
    park = sayable(load_park(PARKS / name))
    assert park is not None
    assert goes_on(park, park.head.epoch + timedelta(weeks=1), 5) > 0


def moment(park: Park, days: int, seed: int = 1, policy: Policy | None = None) -> Moment:
    """State of a park after some days."""
    factory, policy = read_factory(park), policy or Policy()
    return moment_of(factory, compile_arrays(factory, policy), policy, seed, EPOCH + timedelta(days=days))


def test_what_is_under_way_has_its_open_hours_left() -> None:
    """30 hours of work from 8 to 16 o'clock: after two days 14 are left, and none of what has not begun is told."""
    park = kit_park(
        {"operation": "a", "duration": 30, "calendar": "day"}, {"operation": "b", "duration": 1},
        calendars=[{"calendar": "day", "shift": 1, "start": 480, "end": 960}],
    )  # fmt: skip
    rows = moment(park, 2).operations
    assert [(row.operation, row.status, row.remaining_hours) for row in rows] == [("a", "under_way", 14)]
    done = moment(park, 5).operations
    assert [(row.operation, row.status) for row in done] == [("a", "done"), ("b", "done")]


def test_what_ends_as_the_day_begins_is_still_under_way() -> None:
    """A state holds before anything of its instant has happened."""
    rows = moment(kit_park({"operation": "a", "duration": 24}), 1).operations
    assert [(row.status, row.remaining_hours) for row in rows] == [("under_way", 0)]


def test_work_that_failed_begins_anew_with_its_material_in_stock() -> None:
    """A rework of a week is under way: the step is to be done, and what it took is there for it."""
    park = kit_park(
        {"operation": "a", "duration": 2, "fail_share": "1", "rework": 1, "rework_unit": "week"},
        materials=[{"material": "steel", "lead_weeks": 1}],
        bom=[{"parent": "kit", "item": "steel", "quantity": 4, "operation": "a"}],
        state_stocks=[{"material": "steel", "quantity": 5}],
    )
    found = moment(park, 3, policy=Policy(purchases=()))
    assert found.operations == ()
    assert [(row.material, row.quantity) for row in found.stocks] == [("steel", 5)]


def test_repairs_are_told_unless_work_waits_for_them() -> None:
    """An idle machine that is down comes back on its day; on a busy one the repair is part of what is left, so far as
    the step may take as long: 2 hours of work and 34 of repair are told as the 12 of the step.
    """
    park = kit_park(
        {"operation": "a", "duration": 12}, orders=1,
        resources=[{"resource": "mill", "kind": "servers"}], capacity=[{"resource": "mill", "amount": 2}],
        needs=[{"routing": "kit", "operation": "a", "resource": "mill"}],
        breakdowns=[{"resource": "mill", "uptime_hours": 10, "repair_hours": 48}],
    )  # fmt: skip
    found = moment(park, 1)
    assert [(row.operation, row.remaining_hours) for row in found.operations] == [("a", 12)]
    assert [(row.resource, row.machine, row.until) for row in found.machines] == [
        ("mill", 2, EPOCH + timedelta(days=2))
    ]
    on_day(park, EPOCH + timedelta(days=1), found.tables())


def test_what_steps_have_taken_is_not_bought_again() -> None:
    """Two of three units have taken their steel: what is still to be taken is that of the third."""
    steps = [{"order": f"k{n}", "product": "kit", "unit": 1, "operation": "a", "status": "done"} for n in (1, 2)]
    park = kit_park(
        {"operation": "a", "duration": 2}, {"operation": "b", "duration": HOUR}, orders=3,
        materials=[{"material": "steel", "lead_weeks": 1}],
        bom=[{"parent": "kit", "item": "steel", "quantity": 4, "operation": "a"}],
        state_operations=steps, state_stocks=[{"material": "steel", "quantity": 1}],
    )  # fmt: skip
    factory = read_factory(park)
    assert still_taken(factory) == {("k3", "steel"): 4}
    assert lot_for_lot(factory) == [("steel", 0, 3)]
    assert [(row.name, row.quantity) for row in purchases(factory, None)] == [("steel/lot/0", 3)]
