"""Parts of the checker against plain counting."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aidc_twin.park import Park
from aidc_twin.park.schema import BomLine, Holiday, Shift
from aidc_twin.units.clock import Clock
from aidc_twin.units.quantity import parse_quantity
from aidc_twin.verify.certificate import Findings
from aidc_twin.verify.hours import opening_hours
from aidc_twin.verify.pieces import take_apart
from aidc_twin.verify.pieces import units as units_of
from aidc_twin.verify.routes import Routes
from aidc_twin.verify.ticks import ticks_per_unit, units_up, whole, work_of

MINUTE = 60
DAY = 86_400
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

shifts = st.lists(
    st.tuples(
        st.sets(st.sampled_from(NAMES), min_size=1), st.integers(0, 1440), st.integers(0, 1440), st.integers(1, 3)
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    shifts=shifts,
    closed=st.sets(st.integers(0, 15), max_size=3),
    levels=st.lists(st.integers(1, 3), min_size=3, max_size=3),
)
def test_opening_hours_equal_counted_minutes(
    shifts: list[tuple[set[str], int, int, int]], closed: set[int], levels: list[int]
) -> None:
    """Every minute of two weeks is open or closed as the calendar's words say, and open time adds up."""
    base = tiny_calendar(shifts, closed)
    clock = Clock(base.head.epoch)
    chosen = {("c", week): level for week, level in enumerate(levels)}
    minutes = [is_open(base.head.epoch, shifts, closed, levels, minute) for minute in range(14 * 1440)]
    hours = opening_hours(base, clock, chosen, (0, 14 * DAY)).get("c")
    if hours is None:
        assert not any(minutes)
        return
    ticks = np.arange(14 * 1440, dtype=np.int64) * MINUTE
    assert hours.is_open(ticks).tolist() == minutes
    opened = hours.open_until(ticks + MINUTE) - hours.open_until(np.int64(0))
    assert opened.tolist() == (np.cumsum(minutes) * MINUTE).tolist()


def tiny_calendar(shifts: list[tuple[set[str], int, int, int]], closed: set[int]) -> Park:
    """A park of nothing but one calendar."""
    from aidc_twin.facts import Facts
    from aidc_twin.park.schema import ParkHead

    epoch = date(2026, 10, 1)
    rows = tuple(
        Shift(calendar="c", shift=i + 1, days=";".join(sorted(days)), start=start, end=end, level=level)
        for i, (days, start, end, level) in enumerate(shifts)
    )
    days = tuple(
        Holiday(calendar="c", start=epoch + timedelta(day), end=epoch + timedelta(day)) for day in sorted(closed)
    )
    return Park(
        ParkHead(schema_version=1, id="p", epoch=epoch, horizon_weeks=2), Facts([]), calendars=rows, holidays=days
    )


def is_open(
    epoch: date, shifts: list[tuple[set[str], int, int, int]], closed: set[int], levels: list[int], minute: int
) -> bool:
    """Whether a minute is open, in plain words."""
    day = minute // 1440
    if day in closed:
        return False
    name = NAMES[(epoch + timedelta(day)).weekday()]
    return any(
        name in days and start <= minute % 1440 < end and level <= levels[day // 7]
        for days, start, end, level in shifts
    )


@pytest.mark.parametrize(
    ("amount", "rounding", "count"),
    [
        (2.0, "up", 2), (2.000000000001, "up", 2), (2.1, "up", 3), (2.5, "nearest", 3), (2.49, "nearest", 2),
        (1.15 * 10, "nearest", 12), (0.1 * 30, "exact", 3), (0.3, "exact", 1), (0.0, "up", 0),
    ],
)  # fmt: skip
def test_amounts_become_whole_units(amount: float, rounding: str, count: int) -> None:
    """Up, nearest (half up) and exact, without being led astray by the last bits."""
    assert units_of(amount, rounding) == count


def test_an_order_comes_apart_into_units(park: Park) -> None:
    """1.5 MW are two IT boxes, one cooling box and two pumps for each IT box, worth what the order pays."""
    pieces = take_apart(park, park.order("o2"))
    counts = {name: sum(batch.count for batch in batches) for name, batches in pieces.batches.items()}
    assert counts == {"box_it": 2, "box_cool": 1, "pump": 4}
    assert pieces.pegged("box_it", 2, "pump") == ["o2/pump/3", "o2/pump/4"]
    assert pieces.pegged("kit", 0, "box_it") == ["o2/box_it/1", "o2/box_it/2"]
    box = pieces.batch("box_it", 2)
    assert box is not None
    assert box.value(2) == 9_000_000
    assert pieces.batch("box_it", 3) is None
    assert pieces.worth == 18_000_000 + 9_000_000


@settings(max_examples=60, deadline=None)
@given(
    mw=st.floats(0.5, 40),
    boxes=st.floats(0.1, 3),
    pumps=st.floats(0.1, 4),
    rounding=st.sampled_from(["up", "nearest", "exact"]),
    yuan=st.integers(0, 10**8),
)
def test_units_peg_to_parents_and_share_their_worth(
    park_rows: tuple[Park], mw: float, boxes: float, pumps: float, rounding: str, yuan: int
) -> None:
    """Each unit has one parent, parents list just their units in number order, and no yuan is lost."""
    park = park_rows[0]
    bom = (
        BomLine(
            parent="kit", item="box_it", quantity=boxes, rounding=rounding, operation="commission", value_yuan=yuan
        ),
        BomLine(parent="box_it", item="pump", quantity=pumps, rounding=rounding, operation="fit"),
    )
    order = park.order("o1").model_copy(update={"quantity_mw": mw})
    pieces = take_apart(replace(park, bom=bom), order)
    for product, batches in pieces.batches.items():
        for batch in batches:
            numbers = range(batch.first, batch.first + batch.count)
            parents = {number: batch.parent(number) for number in numbers}
            assert list(parents.values()) == sorted(parents.values())
            for parent in set(parents.values()):
                mine = [pieces.unit_id(product, number) for number in numbers if parents[number] == parent]
                assert pieces.pegged(batch.line.parent, parent, product) == mine
            values = [batch.value(number) for number in numbers]
            assert sum(values) == batch.worth
            assert max(values) - min(values) <= 1


@pytest.fixture(scope="module")
def park_rows() -> tuple[Park]:
    """The tiny park, read once."""
    from pathlib import Path

    from aidc_twin.park import load_park

    return (load_park(str(Path(__file__).parents[1] / "parks" / "tiny")),)


def test_routes_put_the_legs_between(park: Park) -> None:
    """Abroad: lorry after packing, ship after the lorry, setting after the ship; a pump goes nowhere."""
    routes = Routes(park, Clock(park.head.epoch))
    box = routes.of(park.order("o3"), "box_it")
    assert {name: step.before for name, step in box.steps.items() if name in ("truck", "sea", "set")} == {
        "truck": ("pack",),
        "sea": ("truck",),
        "set": ("pack", "sea"),
    }
    assert box.last == ("set",)
    assert list(routes.of(park.order("o3"), "pump").steps) == ["machine", "proof"]


def test_a_working_day_is_a_mean_open_day(park: Park) -> None:
    """The plant is open eight hours a day at level 1; without a calendar a working day has 24."""
    clock = Clock(park.head.epoch)
    assert ticks_per_unit(park, clock, "working_day", "plant") == 8 * 3600
    assert ticks_per_unit(park, clock, "working_day", "") == 24 * 3600
    assert ticks_per_unit(park, clock, "week", "plant") == 7 * DAY


def test_work_has_the_range_of_its_distribution() -> None:
    """Bounded kinds end at their bounds; unbounded kinds may take any time but have one mean."""
    bounded = work_of(parse_quantity("tri(1,2,6)"), 3600.0)
    assert (bounded.least, bounded.most, bounded.mean_low, bounded.mean_high) == (3600, 21600, 10800, 10800)
    unbounded = work_of(parse_quantity("exp(2)"), 3600.0)
    assert unbounded.most is None
    assert unbounded.holds(10**9, fixed=False, lengthened=False)
    assert not unbounded.holds(7201, fixed=True, lengthened=False)
    assert bounded.holds(10**6, fixed=False, lengthened=True)


def test_numbers_become_whole_half_up() -> None:
    """Nearest, half up; next whole one forgives the last bits."""
    assert [whole(x) for x in (0.5, 1.5, 2.4999, -0.5)] == [1, 2, 2, 0]
    assert [units_up(x) for x in (3.0000000001, 3.001, 1e9 + 1e-3)] == [3, 4, 10**9]


def test_only_the_first_words_are_kept() -> None:
    """A tally keeps the first violation and counts the rest."""
    findings = Findings()
    for words in ("first", "second"):
        findings.rule("rule").fail(words)
    row = findings.certificate().checks.to_dicts()[0]
    assert (row["first"], row["violations"]) == ("first", 2)
