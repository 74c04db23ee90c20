"""Schedules of the near weeks: valid, ranked, the best of their rules, and no longer than asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aidc_twin.frames import PhaseOpenings, Postings, ScheduleOperations, ScheduleSupply
from aidc_twin.loop.once import lots_of
from aidc_twin.park import Park, load_park
from aidc_twin.schedule import Schedule, make_schedule
from aidc_twin.schedule.dispatch import RANKED_FIRST, weighted_tardiness
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.run import run_once
from aidc_twin.verify import check_schedule

TINY = str(Path(__file__).parents[1] / "parks" / "tiny")
RULES = ("planned", "earliest due date", "weighted due date", "first come first served")
SCHEMAS = {
    "schedule_operations": ScheduleOperations,
    "schedule_supply": ScheduleSupply,
    "schedule_postings": Postings,
    "phase_openings": PhaseOpenings,
}
CROWD = """\
title = "A crowded book"

[[patch]]
op = "scale"
path = "orders.*.quantity_mw"
value = 6
where = { started = "no" }

[[patch]]
op = "set"
path = "orders.o4.ordered"
value = "2026-10-05"

[[patch]]
op = "set"
path = "orders.o4.due"
value = "2026-11-06"

[[patch]]
op = "set"
path = "orders.o2.due"
value = "2026-11-20"

[[patch]]
op = "set"
path = "orders.o3.due"
value = "2026-12-18"

[[patch]]
op = "set"
path = "materials.chips.weekly_quota"
value = 2000
"""
EMPTY = """\
title = "Nobody orders"

[[patch]]
op = "remove"
path = "state/operations.*"

[[patch]]
op = "remove"
path = "orders.*"
"""


@pytest.fixture(scope="module")
def factory() -> Factory:
    """The tiny park, compiled."""
    return read_factory(load_park(TINY))


@pytest.fixture(scope="module")
def found(factory: Factory) -> Schedule:
    """Twelve weeks of the tiny park."""
    return make_schedule(factory, Policy(), 12)


def check(factory: Factory, schedule: Schedule) -> pl.DataFrame:
    """Checks of a schedule for which material is bought lot for lot, after none of them found anything."""
    certificate = check_schedule(factory.park, {**schedule.frames, "plan_purchases": lots_of(factory)}, fixed=True)
    assert certificate.violations == 0, certificate.checks.filter(pl.col("violations") > 0).rows()
    return certificate.checks


def patched(folder: Path, text: str) -> Park:
    """The tiny park under a scenario of its own."""
    path = folder / "patch.toml"
    path.write_text(text, encoding="utf-8")
    return load_park(TINY, (str(path),))


def test_the_checker_finds_nothing(factory: Factory, found: Schedule) -> None:
    """Fixed mean durations, every rule of the independent checker, no violation, over all orders of twelve weeks."""
    assert dict(check(factory, found).select("rule", "checked").iter_rows())["capacity"] > 20
    assert set(found.frames["schedule_operations"]["order"]) == {"o1", "o2", "o3"}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_gives_a_valid_schedule(rule: str, tmp_path: Path) -> None:
    """In a crowded book, where the rules differ, each of them keeps to hours, capacities, stocks and precedence."""
    crowd = read_factory(patched(tmp_path, CROWD))
    schedule = make_schedule(crowd, Policy(), 30, (rule,))
    check(crowd, schedule)
    assert schedule.rule == rule
    assert schedule.operations > 150


def test_frames_are_those_declared(found: Schedule) -> None:
    """Each frame fits its published schema."""
    assert set(found.frames) == set(SCHEMAS)
    for name, schema in SCHEMAS.items():
        schema.validate(found.frames[name])


def test_the_best_rule_is_kept(tmp_path: Path) -> None:
    """Each rule is scored, the scores differ, and the schedule is the one of the least weighted tardiness."""
    crowd = read_factory(patched(tmp_path, CROWD))
    schedule = make_schedule(crowd, Policy(), 4)
    assert tuple(schedule.scores) == RULES
    assert len({round(score, 6) for score in schedule.scores.values()}) > 1
    assert schedule.weighted_tardiness == min(schedule.scores.values()) == schedule.scores[schedule.rule]
    for rule in RULES:
        assert make_schedule(crowd, Policy(), 4, (rule,)).weighted_tardiness == schedule.scores[rule]


def test_weighted_tardiness_by_hand(factory: Factory) -> None:
    """Weight times weeks from due date to acceptance; an order that is not accepted counts to the horizon."""
    run = run_once(compile_arrays(factory, Policy()), 0, means=True)
    week = factory.clock.ticks_per_week
    orders = {unit.id: i for i, unit in enumerate(factory.units) if unit.parent < 0}
    done = run.job_done.copy()
    done[:] = -1
    for name, weeks_late in (("o1", 2), ("o2", 3), ("o3", -1)):
        done[orders[name]] = factory.clock.ticks(factory.park.order(name).due) + weeks_late * week
    never = (factory.horizon - factory.clock.ticks(factory.park.order("o4").due)) / week
    assert weighted_tardiness(factory, replace(run, job_done=done)) == pytest.approx(1 * 2 + 2 * 3 + never)


def test_the_rank_covers_the_operations(factory: Factory, found: Schedule) -> None:
    """Every scheduled step has one rank, in the order of the starts, before every other priority of the twin."""
    steps = found.frames["schedule_operations"].filter(pl.col("during") == "operation")
    keys = list(steps.select("unit_id", "operation").iter_rows())
    assert set(found.rank) == set(keys)
    assert len(set(found.rank.values())) == len(keys)
    starts = dict(zip(keys, steps["start_tick"].to_list(), strict=True))
    in_order = sorted(found.rank, key=lambda key: found.rank[key])
    assert [starts[key] for key in in_order] == sorted(starts.values())
    assert max(found.rank.values()) < 0
    assert min(found.rank.values()) == -RANKED_FIRST
    due = [factory.clock.ticks(order.due) for order in factory.orders]
    assert max(found.rank.values()) < min(due)


def test_the_twin_repeats_the_schedule_by_its_ranks(factory: Factory, found: Schedule) -> None:
    """Ranks alone, with mean durations, give the same operations again."""
    again = make_schedule(factory, Policy(rank=found.rank), 12, ("first come first served",))
    assert again.frames["schedule_operations"].equals(found.frames["schedule_operations"])


@pytest.mark.parametrize("weeks", [1, 3, 6, 12, 66, 1000])
def test_nothing_starts_after_the_horizon(factory: Factory, weeks: int) -> None:
    """What starts within the weeks is there to its end, what starts later is not; a longer horizon only adds."""
    shorter, longer = make_schedule(factory, Policy(), weeks), make_schedule(factory, Policy(), 66)
    until = min(weeks, 66) * factory.clock.ticks_per_week
    rows = shorter.frames["schedule_operations"]
    assert (rows["start_tick"] < until).all()
    assert (shorter.frames["schedule_supply"]["tick"] <= until).all()
    every = longer.frames["schedule_operations"].filter(pl.col("start_tick") < until)
    assert rows.sort(rows.columns).equals(every.sort(rows.columns))
    assert shorter.makespan_s == float(rows["end_tick"].max()) * factory.park.head.tick_us / 1e6
    assert shorter.weighted_tardiness == longer.weighted_tardiness
    check(factory, shorter)


def test_an_empty_order_book_gives_an_empty_schedule(tmp_path: Path) -> None:
    """No orders: no operations, no ranks, no tardiness, and nothing for the checker to find fault with."""
    empty = read_factory(patched(tmp_path, EMPTY))
    schedule = make_schedule(empty, Policy(), 8)
    assert schedule.operations == 0
    assert schedule.rank == {}
    assert schedule.weighted_tardiness == 0.0
    assert schedule.makespan_s == 0.0
    check(empty, schedule)


def test_an_unknown_rule_is_named(factory: Factory) -> None:
    """A rule that does not exist is named."""
    with pytest.raises(ValueError, match="slowest first"):
        make_schedule(factory, Policy(), 2, ("slowest first",))


def test_releases_of_the_plan_are_kept(factory: Factory) -> None:
    """Boxes of o2 that the plan releases in week 9 do not start before."""
    tick = 9 * factory.clock.ticks_per_week
    policy = Policy(release_tick={unit.id: tick for unit in factory.units if unit.order == "o2" and unit.parent >= 0})
    rows = make_schedule(factory, policy, 20).frames["schedule_operations"]
    boxes = rows.filter((pl.col("order") == "o2") & pl.col("unit_id").str.contains("/"))
    assert len(boxes) > 10
    assert boxes["start_tick"].min() >= tick
    assert np.isin("o2", rows["order"].to_numpy())
