"""The checker on work that is shared out by period, machines left at the very moment, and work that broke down."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from executed_parks import OPERATIONS, Frames, case, edited, executed, shifted, violated
from generated_parks import generated
from outcomes import PARKS
from small_parks import DAY, HOUR, kit_park, need

from aidc_twin.loop.once import schedule_once
from aidc_twin.park import Park, load_park
from aidc_twin.park.schema import NotBefore
from aidc_twin.units.quantity import parse_quantity
from aidc_twin.verify import check_schedule

SHARES = "schedule_allotments"
SHARED = "shares-of-periods"


def share(frames: Frames, unit: str, operation: str, nth: int, /, **cells: object) -> Frames:
    """Frames with other cells in one share of a step."""
    rows = frames[SHARES].to_dicts()
    row = [row for row in rows if (row["unit_id"], row["operation"]) == (unit, operation)][nth]
    row |= cells
    return frames | {SHARES: pl.DataFrame(rows, schema=frames[SHARES].schema)}


def moved(frames: Frames, unit: str, operation: str, nth: int, days: float) -> Frames:
    """Frames with one share of a step in another period, in both frames."""
    row = frames[SHARES].filter(unit_id=unit, operation=operation).row(nth, named=True)
    by = round(days * DAY)
    told = share(frames, unit, operation, nth, start_tick=row["start_tick"] + by, end_tick=row["end_tick"] + by)
    return shifted(told, unit, operation, 24 * days, nth)


SHARE_MUTANTS: list[tuple[Callable[[Frames], Frames], str, str]] = [
    # day 0: 40 for k1 and 20 of 40 for k2, of 60
    (
        lambda f: share(share(f, "k2", "cut", 0, amount=20.001), "k2", "cut", 1, amount=19.999),
        SHARED, "saws at 2026-10-05 00:00:00: 60.001 shared",
    ),
    # a share of a fifth of a day later, one of a day and a half, one that nobody told, and one too many
    (lambda f: moved(f, "k1", "cut", 0, 0.2), SHARED, "is no period of saws"),
    (lambda f: edited(f, "k3", "cut", end_tick=lambda t: t + 12 * HOUR), SHARED, "until tick 302400"),
    (lambda f: f | {SHARES: f[SHARES].filter(pl.col("unit_id") != "k3")}, SHARED, "no share of it is told"),
    (lambda f: share(f, "k3", "cut", 0, operation="bend"), SHARED, "the schedule has no such work"),
    (lambda f: share(f, "k3", "cut", 0, resource="welders"), SHARED, "the schedule has saws"),
    (lambda f: share(f, "k3", "cut", 0, amount=float("nan")), SHARED, "share of nan saws"),
    (lambda f: f | {SHARES: pl.concat([f[SHARES], f[SHARES].head(1)])}, SHARED, "it is told twice"),
    (lambda f: {name: frame for name, frame in f.items() if name != SHARES}, SHARED, "is missing"),
    # half of k2 is cut on day 1: 10 of its welding are there
    (lambda f: share(f, "k2", "weld", 0, amount=10.001), SHARED, "10 of its work are there"),
    # 41 of 40 are cut
    (lambda f: share(f, "k2", "cut", 1, amount=21.0), SHARED, "40 of its work are there"),
    # days 2, 4 and 6 have 15, 30 and none; day 1 has no welders twice
    (lambda f: moved(f, "k2", "weld", 1, -1), SHARED, "welders at 2026-10-07 00:00:00: 10 shared out, 0 there"),
    # painting waits for all of welding, of which 5 are left out
    (lambda f: share(f, "k2", "weld", 1, amount=5.0), "precedence", "weld is not done"),
    # k2 and k3 are in the hall together
    (lambda f: moved(f, "k3", "paint", 0, -1), "capacity", "hall at"),
    # nothing of k3 before the 30th hour
    (lambda f: moved(f, "k3", "cut", 0, -1), "release", "not before 2026-10-06 06:00:00"),
]  # fmt: skip


@pytest.mark.parametrize(("mutate", "rule", "words"), SHARE_MUTANTS)
def test_shares_that_cannot_be_are_rejected(mutate: Callable[[Frames], Frames], rule: str, words: str) -> None:
    """Each is found under its rule, in words that tell what is wrong."""
    park, frames = case("buckets", True)
    found = violated(park, mutate(frames), True)
    assert words in found[rule]


def test_the_certificate_says_that_turns_are_not_checked() -> None:
    """Due dates give them, where no plan or schedule has other priorities."""
    checks = check_schedule(*case("buckets", True), fixed=True).checks
    (row,) = checks.filter(pl.col("first").str.starts_with("not checked")).to_dicts()
    assert (row["rule"], row["checked"], row["violations"]) == ("turns-of-periods", 0, 0)
    assert checks.filter(rule=SHARED)["checked"].item() == 36


def test_a_schedule_publishes_its_shares() -> None:
    """What is cut off after a week is valid as well."""
    for weeks, operations in ((2, 13), (1, 12)):
        summary, rows = schedule_once(load_park(PARKS / "buckets"), weeks)
        assert (summary["violations"], rows.height) == (0, operations)


def _pro_rata(finish_first: str) -> tuple[Park, Frames]:
    """Steps of 4, 12 and 24 for ten a day."""
    shop = {"resource": "shop", "kind": "bucketed", "period_hours": 24, "finish_first": finish_first}
    park = kit_park(
        *({"operation": name, "after": ()} for name in "abc"), resources=[shop],
        capacity=[{"resource": "shop", "amount": 10}],
        needs=[need("a", "shop", 4), need("b", "shop", 12), need("c", "shop", 24)],
    )  # fmt: skip
    return park, executed(park, 1, True)


def test_what_is_short_is_divided_alike() -> None:
    """Day 0: 1, 3 and 6 of 10. Equal shares for two of them are none of the rule's, nor a hundredth more."""
    park, frames = _pro_rata("no")
    assert violated(park, frames, True) == {}
    assert frames[SHARES].filter(start_tick=0)["amount"].to_list() == [1, 3, 6]
    for first, second in ((3.0, 1.0), (1.01, 2.99), (2.0, 2.0)):
        unlike = share(share(frames, "k1", "a", 0, amount=first), "k1", "b", 0, amount=second)
        unlike = {name: frame.filter(start_tick=0) if name in (OPERATIONS, SHARES) else frame
                  for name, frame in unlike.items()}  # fmt: skip
        assert "not the same part" in violated(park, unlike, True)[SHARED]


def test_what_can_be_finished_goes_first() -> None:
    """Where it is to go first, a is done on day 0 with 4 of the 10, and not with a part of them like the others."""
    park, frames = _pro_rata("yes")
    assert violated(park, frames, True) == {}
    assert frames[SHARES].filter(start_tick=0)["amount"].to_list() == [4, 2, 4]
    _, divided = _pro_rata("no")
    assert "could be finished with 4 of the 10" in violated(park, divided, True)[SHARED]


@pytest.mark.parametrize("seed", [8, 27, 50, 65])
def test_a_thousandth_more_or_a_share_elsewhere_is_found(seed: int) -> None:
    """Random shares of generated parks are made larger than the rest of their step's work, or moved."""
    park = generated(seed)
    frames = executed(park, 1, True)
    rng, rows = random.Random(seed), frames[SHARES].to_dicts()
    assert len(rows) > 10
    assert SHARED not in violated(park, frames, True)
    amounts: dict[tuple[str, str], float] = {}
    for row in rows:
        amounts[row["unit_id"], row["operation"]] = amounts.get((row["unit_id"], row["operation"]), 0) + row["amount"]
    contents = {
        (one.routing, one.operation): one.amount.value
        for one in park.needs
        if park.resource(one.resource).kind == "bucketed"
    }
    for row in rng.sample(rows, 8):
        key = row["unit_id"], row["operation"]
        content = next(
            amount for (routing, name), amount in contents.items()
            if name == row["operation"]
            and routing == park.product(frames[OPERATIONS].filter(unit_id=key[0])["product"][0]).routing
        )  # fmt: skip
        nth = [one for one in rows if (one["unit_id"], one["operation"]) == key].index(row)
        more = share(frames, *key, nth, amount=row["amount"] + content - amounts[key] + 0.001)
        assert SHARED in violated(park, more, True), key
        off = rng.choice((-1, 1)) * rng.randint(1, (row["end_tick"] - row["start_tick"]) // 2)
        assert SHARED in violated(park, moved(frames, *key, nth, off / DAY), True), key


def test_nothing_begins_before_its_hour() -> None:
    """Of whatever kind the step is."""
    park, frames = case("blocking", True)
    held = replace(park, not_before=(NotBefore(order="k1", operation="cut", hours=2.0),))
    assert "not before 2026-10-05 02:00:00" in violated(held, frames, True)["release"]


@pytest.mark.parametrize("by", [-4.5 * HOUR, -1, 1])
def test_work_goes_on_after_hours_when_it_may(by: float) -> None:
    """4.5: the bay jams for an hour; the 1.5 h that are left wait from 5.5 until 10, so that part 2 ends at 11.5."""
    park, frames = case("overtime", False)
    assert violated(park, frames, False) == {}
    early = edited(shifted(frames, "line/3", "weld", 1), "line/2", "weld", end_tick=lambda tick: tick + round(by))
    assert "goes on 2026-10-05 10:00:00 after a breakdown" in violated(park, early, False)["standstill"]


@pytest.mark.parametrize(("how", "end"), [("run", 7), ("suspend", 12)])
def test_other_work_goes_on_otherwise(how: str, end: float) -> None:
    """As the bay is up again, or in its open hours; never as the others do."""
    park = load_park(PARKS / "overtime")
    park = replace(park, operations=tuple(row.model_copy(update={"when_closed": how}) for row in park.operations))
    frames = executed(park, 1, False)
    assert violated(park, frames, False) == {}
    assert frames[OPERATIONS].filter(unit_id="line/2")["end_tick"].to_list() == [end * HOUR]


def test_a_machine_is_left_at_once_only_with_what_is_free() -> None:
    """6: the mill closes as part 3 is done, and part 2 lies on the shelf until the drill is free in that instant."""
    park, frames = case("at_once", False)
    assert violated(park, frames, False) == {}
    early = shifted(shifted(frames, "line/3", "lay", -14), "line/3", "drill", -10)
    assert "1 shelf was not free yet as line/3 mill ended" in violated(park, early, False)["leave"]


def _two_mills() -> Park:
    """Two mills close as their two parts are done; the shelf has two places."""
    park = load_park(PARKS / "at_once")
    return replace(
        park,
        capacity=tuple(row.model_copy(update={"amount": parse_quantity("2")}) if row.resource != "drill" else row
                       for row in park.capacity),
        sources=tuple(row.model_copy(update={"units": 2, "most": 1}) for row in park.sources),
        windows=tuple(row.model_copy(update={"closes_hours": 2}) for row in park.windows),
    )  # fmt: skip


def test_one_of_two_leaves_at_once() -> None:
    """2: the shelf has two places, but part 2 waits until 20, as part 1 wanted one of them when its work ended."""
    park = _two_mills()
    frames = executed(park, 1, False)
    assert violated(park, frames, False) == {}
    early = shifted(frames, "line/2", "lay", -18)
    assert "line/1 lay came first and takes shelf too" in violated(park, early, False)["leave"]


def test_who_came_before_goes_before() -> None:
    """2: heating and milling end, heating began first; both want a place on a shelf of two as the mill closes."""
    park = kit_park(
        {"operation": "heat", "duration": 2},
        {"operation": "stack", "duration": 1},
        {"operation": "saw", "duration": 1, "after": ()},
        {"operation": "mill", "duration": 1, "calendar": "day", "when_closed": "run"},
        {"operation": "lay", "duration": 1},
        resources=[{"resource": "mill", "kind": "servers"}, {"resource": "shelf", "kind": "space"}],
        capacity=[{"resource": "mill", "amount": 1}, {"resource": "shelf", "amount": 2}],
        needs=[need("mill", "mill", until="next", leave="at_once"), need("stack", "shelf"), need("lay", "shelf")],
        windows=[{"calendar": "day", "window": "day", "opens_hours": 0, "closes_hours": 2, "every_hours": 20}],
    )
    frames = executed(park, 1, True)
    assert violated(park, frames, True) == {}
    laid = frames[OPERATIONS].filter(operation="lay")["start_tick"].to_list()
    assert laid == [20 * HOUR]
    assert "k1 stack came first" in violated(park, shifted(frames, "k1", "lay", -18), True)["leave"]
