"""Replanning around a machine that goes down: what is under way goes on when it is back, as in the twin."""

from __future__ import annotations

import polars as pl
import pytest
from held_parks import held_park

from aidc_twin.loop.once import lots_of
from aidc_twin.park import Park
from aidc_twin.schedule.dispatch import make_schedule
from aidc_twin.schedule.improve import Stop
from aidc_twin.schedule.shop import Shop, Wish, replanned
from aidc_twin.schedule.statement import rows_of, statement
from aidc_twin.twin.compile import Factory, Policy, read_factory
from aidc_twin.verify import check_schedule
from aidc_twin.verify.floor import check_floor

WEEKS = 12
Names = dict[tuple[str, str], tuple[int, int]]


def published(schedule: object) -> Names:
    """Machine and start of each operation."""
    rows = schedule.frames["schedule_operations"].select("unit_id", "operation", "machine", "start_tick")
    return {(unit, operation): (machine, tick) for unit, operation, machine, tick in rows.iter_rows()}


def again(seed: int, *, since_now: bool) -> tuple[Park, Factory, Names, Wish, Shop]:
    """A drawn park of which an oven goes down for 30 hours, now or where the frozen zone ends."""
    park = held_park(seed, orders=16)
    factory = read_factory(park)
    before = published(make_schedule(factory, Policy(), WEEKS))
    hour, last = factory.clock.ticks_per_hour, max(tick for _, tick in before.values())
    now, frozen = last // 4 // hour * hour, last // 3 // hour * hour
    low = now if since_now else frozen
    wish = Wish(before, frozen, now, (("oven", 1, low, low + 30 * hour),))
    return park, factory, before, wish, replanned(factory, Policy(), wish, WEEKS, Stop(lambda: 0.0, 1.0, 10_000))


def violations(park: Park, factory: Factory, frames: dict[str, pl.DataFrame]) -> set[str]:
    """Rules of the park that a schedule breaks."""
    checks = check_schedule(park, {**frames, "plan_purchases": lots_of(factory)}, fixed=True).checks
    return set(checks.filter(checks["violations"] > 0)["rule"])


@pytest.mark.parametrize("since_now", [False, True])
@pytest.mark.parametrize("seed", [5, 10, 43, 45])
def test_the_twin_executes_a_new_schedule_around_a_machine_that_is_down(seed: int, since_now: bool) -> None:
    """Both checkers agree and the twin executes it to the tick; before now, and on other machines in the frozen zone
    where nothing that moved comes before, all stays.
    """
    park, factory, before, wish, shop = again(seed, since_now=since_now)
    assert shop.replayed == 0
    assert check_floor(statement(shop.problem), rows_of(shop.search.best), shop.search.best.figures[0]).ok
    assert not violations(park, factory, shop.schedule.frames)
    after, (_, _, low, high) = published(shop.schedule), wish.down[0]
    until = wish.now if since_now else wish.frozen
    assert all(after[name] == at for name, at in before.items() if at[1] < until)
    rows = shop.schedule.frames["schedule_operations"].filter(resource="oven", machine=1)
    assert rows.filter(pl.col("start_tick").is_between(low, high, closed="left")).is_empty()


def test_work_under_way_goes_on_when_its_machine_is_back() -> None:
    """It keeps its machine and start, and ends later by the time for which the machine is down."""
    park, factory, _, wish, shop = again(5, since_now=True)
    first = make_schedule(factory, Policy(), WEEKS).frames["schedule_operations"]
    rows = shop.schedule.frames["schedule_operations"]
    low, high = wish.down[0][2:]
    begun = (pl.col("resource") == "oven") & (pl.col("machine") == 1) & (pl.col("start_tick") < low)
    was = first.filter(begun & (pl.col("end_tick") > low)).sort("unit_id")
    assert len(was) > 0
    now = rows.join(was.select("unit_id", "operation"), on=["unit_id", "operation"], how="semi").sort("unit_id")
    assert now["start_tick"].to_list() == was["start_tick"].to_list()
    assert now["work_ticks"].to_list() == was["work_ticks"].to_list()
    assert all(end > high for end in now["end_tick"])
    frames = shop.schedule.frames
    assert "duration" in violations(park, factory, {k: v for k, v in frames.items() if k != "schedule_stops"})
    late = frames["schedule_stops"].with_columns(pl.lit(high + factory.clock.ticks_per_day, pl.Int64).alias("end_tick"))
    assert "duration" in violations(park, factory, {**frames, "schedule_stops": late})
    early = frames["schedule_stops"].with_columns(was["start_tick"].head(1).alias("start_tick"))
    assert "machines-down" in violations(park, factory, {**frames, "schedule_stops": early})
    assert "schema" in violations(park, factory, {**frames, "schedule_stops": early.drop("machine")})


Down = tuple[tuple[str, int, int, int], ...]


@pytest.mark.parametrize(
    ("seed", "kinds", "orders", "now", "frozen", "down"),
    [
        pytest.param(120, (False, True), 30, 11, 83, (("bay", 1, 11, 12), ("saw", 1, 17, 39)), id="beside"),
        pytest.param(251, (True, True), 20, 0, 72, (("saw", 1, 0, 6),), id="beside a batch"),
        pytest.param(117, (False, False), 30, 80, 152, (("dock", 2, 80, 114), ("oven", 2, 80, 87)), id="no changeover"),
        pytest.param(22, (True, True), 20, 111, 135, (("bay", 1, 111, 114),), id="company comes later"),
        pytest.param(68, (True, True), 20, 44, 116, (("saw", 1, 52, 100),), id="stands still"),
    ],
)
def test_what_must_move_leaves_what_stays_as_it_is(
    seed: int, kinds: tuple[bool, bool], orders: int, now: int, frozen: int, down: Down
) -> None:
    """Without time to search: what a machine's standstill moves comes behind the frozen work of the machine where it
    goes, never beside it; and frozen work whose changeover or longest wait for company is another then moves as well.
    """
    park = held_park(seed, keeps=kinds[0], batches=kinds[1], orders=orders)
    factory = read_factory(park)
    hour = factory.clock.ticks_per_hour
    before = published(make_schedule(factory, Policy(), WEEKS))
    stops = tuple((resource, machine, low * hour, high * hour) for resource, machine, low, high in down)
    wish = Wish(before, frozen * hour, now * hour, stops)
    shop = replanned(factory, Policy(), wish, WEEKS, Stop(lambda: 0.0, 0.0))
    best = shop.search.best
    assert shop.replayed == 0
    assert check_floor(statement(shop.problem), rows_of(best), best.figures[0]).ok
    assert not violations(park, factory, shop.schedule.frames)
    stays = shop.problem.fixed_start >= 0
    for machine in range(len(shop.problem.machine_from)):
        on = best.machine == machine
        if (on & stays).any() and (on & ~stays).any():
            assert best.start[on & ~stays].min() >= best.end[on & stays].max()


@pytest.mark.parametrize("seed", [1, 4])
def test_what_is_put_behind_the_near_weeks_is_not_counted_as_executed_otherwise(seed: int) -> None:
    """There it stands beside work that the search does not know; what starts within them is executed to the tick."""
    weeks, park = 2, held_park(seed, keeps=False, batches=False, orders=60)
    factory = read_factory(park)
    before = published(make_schedule(factory, Policy(), weeks))
    hour, until = factory.clock.ticks_per_hour, weeks * factory.clock.ticks_per_week
    now = until - 72 * hour
    wish = Wish(before, now, now, (("oven", 1, now, now + 120 * hour),))
    shop = replanned(factory, Policy(), wish, weeks, Stop(lambda: 0.0, 0.0))
    assert (shop.search.best.start >= until).any()
    assert shop.replayed == 0
