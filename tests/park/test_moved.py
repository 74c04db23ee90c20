"""A park on a later day: what counts from its epoch counts from that day, and happens when it did."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from aidc_twin.errors import InputError
from aidc_twin.park import load_park
from aidc_twin.park.calendars import mean_open_hours
from aidc_twin.park.scaffold import write_scaffold
from aidc_twin.park.state import StateFolder
from aidc_twin.twin.hours import open_intervals
from aidc_twin.units.clock import Clock

HOURS = 24


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A park with openings by the hour, rounds, and a state that says nothing."""
    write_scaffold(tmp_path / "park")
    (tmp_path / "park" / "windows.csv").write_text(
        "calendar,window,opens_hours,closes_hours,every_hours\n"
        "yard,once,30,400,0\nyard,past,1,2,0\nyard,again,500,507,31\nlong,a,10,28,29\n"
        "over,a,1,2,0\n",
        encoding="utf-8",
    )
    (tmp_path / "park" / "not_before.csv").write_text("order,operation,hours\nA-001,frame,500\n", encoding="utf-8")
    state = tmp_path / "state"
    state.mkdir()
    (state / "operations.csv").write_text("order,product,unit,operation,status\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("days", [1, 9, 33])
def test_openings_by_the_hour_stay_where_they_are(folder: Path, days: int) -> None:
    """The open hours of the moved park are those of the park behind the day, and no others."""
    park = load_park(folder / "park")
    day = date.fromordinal(park.head.epoch.toordinal() + days)
    moved = load_park(folder / "park", state=StateFolder(folder / "state", day))
    assert moved.head.epoch == day
    assert 0 <= (moved.horizon_end - park.horizon_end).days < 7
    for name in ("yard", "long", "plant", "over"):
        old = open_intervals(park, name, {}, Clock(park.head.epoch))
        new = open_intervals(moved, name, {}, Clock(day))
        shift = days * HOURS * 3600
        end = 60 * 7 * HOURS * 3600
        left = [(max(0, a - shift), b - shift) for a, b in old if b > shift and b < end]
        assert [(max(0, a), b) for a, b in new if 0 < b < end - shift] == left
        assert mean_open_hours(moved.shifts_of(name), windows=moved.windows_of(name)) == pytest.approx(
            mean_open_hours(park.shifts_of(name), windows=park.windows_of(name))
        )
    assert moved.not_before[0].hours == max(0, 500 - days * HOURS)


def test_a_park_with_sources_cannot_be_moved(folder: Path) -> None:
    """A state of orders does not say what its sources have brought."""
    (folder / "park" / "sources.csv").write_text("source,product,interval_hours\ns,it_box,800\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_park(folder / "park", state=StateFolder(folder / "state", date(2026, 10, 8)))
    assert "state-of-sources" in {problem.code for problem in caught.value.problems}
    assert load_park(folder / "park", state=StateFolder(folder / "state")).sources
