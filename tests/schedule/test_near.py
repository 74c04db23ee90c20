"""The search's model of the floor is the twin's: same times from the same order, and back again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aidc_twin.errors import SimulationFault
from aidc_twin.loop.once import lots_of
from aidc_twin.park import Park, load_park
from aidc_twin.park.scaffold import write_scaffold
from aidc_twin.schedule.beyond import to_hold_back
from aidc_twin.schedule.desk import Aims, Desk
from aidc_twin.schedule.dispatch import make_schedule
from aidc_twin.schedule.improve import Stop
from aidc_twin.schedule.near import Near, name_of, near_problem, unknown
from aidc_twin.schedule.shop import Wish, executed, improved, replanned
from aidc_twin.schedule.statement import rows_of, statement
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import TR_START, TR_STEP
from aidc_twin.twin.run import run_once
from aidc_twin.verify import check_schedule
from aidc_twin.verify.floor import check_floor

PARKS = Path(__file__).parents[1] / "parks"
WEEKS = 20


def compiled(park: Park) -> tuple[Factory, Near]:
    """A park's near weeks as the twin runs them without a plan."""
    factory = read_factory(park)
    arrays = compile_arrays(factory, Policy())
    run = run_once(arrays, 0, means=True, trace=True)
    return factory, near_problem(
        factory, Policy(), arrays, run, min(WEEKS * factory.clock.ticks_per_week, factory.horizon)
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Park:
    """The scaffold's park, with three times as much in a book that is all there from the beginning."""
    folder = tmp_path_factory.mktemp("near") / "park"
    write_scaffold(folder)
    park = load_park(folder)
    more = [
        {"quantity_mw": 3 * row.quantity_mw, "ordered": park.head.epoch, "weight": 1.0 + 3 * (n % 3)}
        for n, row in enumerate(park.orders)
    ]
    return replace(
        park, orders=tuple(row.model_copy(update=cells) for row, cells in zip(park.orders, more, strict=True))
    )


def searchable() -> list[str]:
    """Parks of the twin's tests whose mechanisms the search knows, and that do not stand still for ever."""
    parks = {path.name: load_park(str(path)) for path in sorted(PARKS.iterdir())}
    return [name for name, park in parks.items() if name != "deadlock" and not unknown(read_factory(park))]


def test_parks_that_the_search_knows() -> None:
    """It knows at least these mechanisms, and refuses others."""
    known = searchable()
    assert len(known) >= 28
    assert {"blocking", "conveyor", "rework"} < set(known)
    assert "breakdowns" not in known


@pytest.mark.parametrize("name", searchable())
def test_the_twins_order_gives_the_twins_times(name: str) -> None:
    """Decoding the twin's own schedule in its order makes nothing later, and what is decoded the twin executes so."""
    factory, near = compiled(load_park(str(PARKS / name)))
    desk = Desk(near.problem, Aims(), int(near.first.end.max(initial=1)))
    assert desk.load(near.first)
    placed = desk.placed()
    assert (placed.start <= near.first.start).all()
    assert check_floor(statement(near.problem), rows_of(placed), placed.figures[0]).ok
    _, differ = executed(factory, Policy(), near, placed, WEEKS)
    assert differ == 0


def test_what_the_search_does_not_know_is_refused_by_name() -> None:
    """All of it at once, in the park's words."""
    with pytest.raises(SimulationFault, match=r"does not know sources, patience$"):
        compiled(load_park(str(PARKS / "patience")))


def test_a_searched_schedule_is_executed_to_the_tick(small: Park) -> None:
    """The twin starts and ends every operation when the search says, and the checker accepts both views."""
    factory = read_factory(small)
    first = make_schedule(factory, Policy(), WEEKS, ("first come first served",))
    shop = improved(factory, Policy(), first, Stop(lambda: 0.0, 1.0, 60_000))
    assert shop.search is not None
    assert shop.search.best.cost < shop.search.trajectory[0][1]
    assert shop.replayed == 0
    assert shop.schedule.weighted_tardiness <= first.weighted_tardiness
    certificate = check_schedule(small, {**shop.schedule.frames, "plan_purchases": lots_of(factory)}, fixed=True)
    assert certificate.ok, certificate.checks.filter(certificate.checks["violations"] > 0)


def test_what_is_beyond_the_horizon_is_held_back_by_its_first_steps(small: Park) -> None:
    """Telling the first steps to wait is telling all of them."""
    factory = read_factory(small)
    until = WEEKS // 4 * factory.clock.ticks_per_week
    run = run_once(compile_arrays(factory, Policy()), 0, means=True, trace=True)
    held = set(run.trace[run.trace[:, TR_START] < until, TR_STEP].tolist())
    ships = [factory.table.rows[factory.step_class(js)].sailing >= 0 for js in range(factory.steps)]
    every = [js for js in range(factory.steps) if js not in held and not ships[js]]
    first = to_hold_back(factory, held, idle=True)
    assert 0 < len(first) < len(every) / 3
    traces = [
        run_once(
            compile_arrays(factory, Policy(start={name_of(factory, js): 2 * until for js in steps})), 0, means=True,
            trace=True,
        ).trace
        for steps in (first, every)
    ]  # fmt: skip
    assert (traces[0] == traces[1]).all()
    assert traces[0].shape != run.trace.shape or (traces[0] != run.trace).any()


def published(schedule: object) -> dict[tuple[str, str], tuple[int, int]]:
    """Machine and start of each operation."""
    rows = schedule.frames["schedule_operations"]
    columns = rows.select("unit_id", "operation", "machine", "start_tick").iter_rows()
    return {(unit, operation): (machine, tick) for unit, operation, machine, tick in columns}


def test_replanning_keeps_what_is_frozen_and_leaves_a_machine_that_is_down(small: Park) -> None:
    """Frozen work stays to the tick, nothing begins earlier than now, nothing works on the machine that is down."""
    factory = read_factory(small)
    first = make_schedule(factory, Policy(), WEEKS)
    day = factory.clock.ticks_per_day
    now, frozen = 35 * day, 38 * day
    before = published(first)
    down = ("frame_bay", 1, frozen, 60 * day)
    shop = replanned(factory, Policy(), Wish(before, frozen, now, (down,)), WEEKS, Stop(lambda: 0.0, 1.0, 30_000))
    after = published(shop.schedule)
    stays = {name for name, (_, tick) in before.items() if tick < frozen}
    assert len(stays) >= 10
    assert all(after[name] == before[name] for name in stays)
    assert all(tick >= now for name, (_, tick) in after.items() if name not in stays)
    rows = shop.schedule.frames["schedule_operations"]
    rows = rows.filter(rows["resource"] == "frame_bay")
    on = rows.filter((rows["machine"] == 1) & (rows["start_tick"] < 60 * day) & (rows["end_tick"] > frozen))
    assert all(start < frozen and end > 60 * day for start, end in on.select("start_tick", "end_tick").iter_rows())
    assert shop.replayed == 0


def test_nothing_changed_moves_nothing(small: Park) -> None:
    """Where nothing has changed and change is dear, the published schedule stays."""
    factory = read_factory(small)
    first = make_schedule(factory, Policy(), WEEKS)
    before = published(first)
    wish = Wish(before, 0, 0, weight=1e6)
    shop = replanned(factory, Policy(), wish, WEEKS, Stop(lambda: 0.0, 1.0, 20_000))
    assert shop.search.best.figures[2] == 0
    after = published(shop.schedule)
    assert {name: after.get(name) for name in before} == before
