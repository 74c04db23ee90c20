"""Dates and ticks of a park's calendar."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidc_twin.units.clock import Clock

EPOCH = dt.date(2026, 10, 1)
SECOND = Clock(EPOCH, 1_000_000)
DAY = 86_400


def test_epoch_is_tick_zero() -> None:
    """A date means its local midnight."""
    assert SECOND.ticks(EPOCH) == 0
    assert SECOND.ticks(dt.datetime(2026, 10, 1)) == 0
    assert SECOND.date(0) == dt.datetime(2026, 10, 1)


def test_counts_whole_ticks() -> None:
    """A day has 86,400 ticks of a second, and of a microsecond a million times as many."""
    assert SECOND.ticks(dt.date(2026, 10, 2)) == SECOND.ticks_per_day == DAY
    assert SECOND.ticks_per_hour == 3600
    assert SECOND.ticks_per_week == 7 * DAY
    assert Clock(EPOCH, 1).ticks(dt.datetime(2026, 10, 1, 0, 0, 0, 7)) == 7
    assert Clock(EPOCH, 1).ticks_per_day == DAY * 10**6


def test_counts_backwards_before_the_epoch() -> None:
    """Opening work in progress may lie before the epoch."""
    assert SECOND.ticks(dt.date(2026, 9, 30)) == -DAY
    assert SECOND.week(-1) == -1
    assert SECOND.date(-DAY) == dt.datetime(2026, 9, 30)


def test_week_begins_every_seven_days() -> None:
    """Weeks are counted from the epoch, not from a Monday."""
    assert [SECOND.week(tick) for tick in (0, 7 * DAY - 1, 7 * DAY)] == [0, 0, 1]


def test_year_is_half_open() -> None:
    """Calendar 2027 begins 92 days after the epoch and has 365 days; 2028 has 366."""
    assert SECOND.year_ticks(2027) == (92 * DAY, (92 + 365) * DAY)
    start, end = SECOND.year_ticks(2028)
    assert start == SECOND.year_ticks(2027)[1]
    assert end - start == 366 * DAY


def test_refuses_time_zones() -> None:
    """A moment with a time zone would be shifted without anyone noticing."""
    with pytest.raises(ValueError, match="time zone"):
        SECOND.ticks(dt.datetime(2026, 10, 1, tzinfo=dt.UTC))


def test_refuses_moments_between_ticks() -> None:
    """Half a second is not rounded away."""
    with pytest.raises(ValueError, match="between two ticks"):
        SECOND.ticks(dt.datetime(2026, 10, 1, 0, 0, 0, 500_000))


@pytest.mark.parametrize("tick_us", [0, -1, 7, 3_600_000_001])
def test_refuses_ticks_that_do_not_divide_an_hour(tick_us: int) -> None:
    """An hour is a whole number of ticks."""
    with pytest.raises(ValueError, match="does not divide an hour"):
        Clock(EPOCH, tick_us)


def test_refuses_an_epoch_with_a_time() -> None:
    """The epoch is a date."""
    with pytest.raises(TypeError):
        Clock(dt.datetime(2026, 10, 1), 1_000_000)


def test_refuses_ticks_beyond_the_calendar() -> None:
    """A tick that no date can show is named instead of overflowing."""
    with pytest.raises(ValueError, match="outside the calendar"):
        SECOND.date(10**15)


@given(st.integers(-(10**9), 10**10), st.sampled_from([1, 1000, 10**6, 60 * 10**6]))
def test_date_and_ticks_are_inverse(tick: int, tick_us: int) -> None:
    """No tick is lost between the two."""
    clock = Clock(EPOCH, tick_us)
    reachable = tick // (60 * 10**6 // 10**6) if tick_us > 10**6 else tick
    assert clock.ticks(clock.date(reachable)) == reachable
