"""Orders as units, and calendars as open spans."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import naive_model
import pytest
from generated_parks import generated
from small_parks import DAY, EPOCH, HOUR, kit_park, make_park

from aidc_twin.park import load_park
from aidc_twin.park.park import Park
from aidc_twin.twin.explode import explode, shares
from aidc_twin.twin.hours import merged, open_intervals
from aidc_twin.units.clock import Clock

PARKS = Path(__file__).parents[1] / "parks"


@pytest.fixture(scope="module")
def tiny() -> Park:
    """The tiny park."""
    return load_park(PARKS / "tiny")


def test_units_of_the_tiny_park(tiny: Park) -> None:
    """1.5 MW: 1.5 IT boxes and 0.75 cooling boxes become 2 and 1, each IT box takes 2 pumps."""
    units = explode(tiny, tiny.order("o2"))
    assert Counter(unit.product for unit in units) == {"kit": 1, "box_it": 2, "box_cool": 1, "pump": 4}
    assert [unit.id for unit in units if unit.product == "pump"] == [f"o2/pump/{n}" for n in (1, 2, 3, 4)]
    assert [units[unit.parent].id for unit in units if unit.product == "pump"] == ["o2/box_it/1"] * 2 + [
        "o2/box_it/2"
    ] * 2


def test_values_are_whole_yuan_that_sum_to_the_price(tiny: Park) -> None:
    """1.5 MW of IT boxes at 12,000,000 a MW are 18,000,000 over two; pumps have their own price."""
    units = explode(tiny, tiny.order("o2"))
    assert [unit.value_yuan for unit in units if unit.product == "box_it"] == [9_000_000, 9_000_000]
    assert [unit.value_yuan for unit in units if unit.product == "pump"] == [50_000] * 4
    assert units[0].value_yuan == 18_000_000 + 9_000_000


def test_shares_give_the_rest_to_the_first() -> None:
    """11 over 4 is 3, 3, 3, 2."""
    assert shares(11, 4) == [3, 3, 3, 2]


@pytest.mark.parametrize("seed", range(40))
def test_units_are_those_of_the_plain_twin(seed: int) -> None:
    """Ids, parents and values of generated order books are the same in both twins, and pegs follow the numbers."""
    park = generated(seed)
    for order in park.orders:
        units, plain = explode(park, order), naive_model.explode(park, order)
        parents = [units[unit.parent].id if unit.parent >= 0 else "" for unit in units]
        assert [(unit.id, unit.value_yuan) for unit in units] == [(unit.id, unit.value) for unit in plain]
        assert parents == [unit.parent.id if unit.parent else "" for unit in plain]
        for product in {unit.product for unit in units}:
            numbers = [unit.number for unit in units if unit.product == product]
            assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _calendar(*shifts: tuple[str, str, str, int], holidays: int = 0) -> Park:
    """A park of one week with a calendar; `holidays` days are closed from the second day on."""
    rows = [
        {"calendar": "c", "shift": i + 1, "days": days, "start": start, "end": end, "level": level}
        for i, (days, start, end, level) in enumerate(shifts)
    ]
    closed = (
        [{"calendar": "c", "start": EPOCH + timedelta(days=1), "end": EPOCH + timedelta(days=holidays)}]
        if holidays
        else []
    )
    tables = make_park({"calendars": rows, "holidays": closed}, horizon_weeks=1)
    return replace(kit_park({"operation": "a"}), calendars=tables.calendars, holidays=tables.holidays, head=tables.head)


def _open(park: Park, levels: dict[tuple[str, int], int] | None = None) -> list[tuple[int, int]]:
    """Open spans of the first week, in hours from the epoch (a Monday)."""
    spans = open_intervals(park, "c", levels or {}, Clock(park.head.epoch))
    return [(start // HOUR, end // HOUR) for start, end in spans if 0 <= start < 7 * DAY]


def test_shift_levels_open_more_hours() -> None:
    """Level 1 works the first shift; level 2, chosen for one week, adds the second, which touches it."""
    park = _calendar(("mon-tue", "08:00", "16:00", 1), ("mon-tue", "16:00", "24:00", 2))
    assert _open(park) == [(8, 16), (32, 40)]
    assert _open(park, {("c", 0): 2}) == [(8, 24), (32, 48)]
    assert _open(park, {("c", 1): 2}) == [(8, 16), (32, 40)]
    assert _open(park, {("c", 0): 0}) == []


def test_holidays_close_whole_days() -> None:
    """Tuesday and Wednesday closed: Monday and Thursday to Friday remain."""
    park = _calendar(("mon-fri", "08:00", "16:00", 1), holidays=2)
    assert _open(park) == [(8, 16), (80, 88), (104, 112)]


def test_shifts_that_touch_at_midnight_are_one_span() -> None:
    """Round the clock is one span from the week before the epoch to a year after the horizon."""
    park = _calendar(("mon-sun", "00:00", "12:00", 1), ("mon-sun", "12:00", "24:00", 1))
    assert open_intervals(park, "c", {}, Clock(park.head.epoch)) == [(-7 * DAY, 54 * 7 * DAY)]


def test_merging_leaves_gaps_and_drops_empty_spans() -> None:
    """Touching and overlapping spans join, an empty one vanishes."""
    assert merged([(0, 2), (2, 3), (5, 5), (6, 9), (7, 8)]) == [(0, 3), (6, 9)]
