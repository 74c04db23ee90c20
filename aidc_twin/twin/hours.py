"""Calendars as open intervals in ticks, for given shift levels by week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from aidc_twin.park.calendars import weekdays
from aidc_twin.park.park import Park
from aidc_twin.units.clock import Clock

MARGIN_WEEKS = 53
"""Calendars go on this long after the horizon, so that work begun before it has an end."""

Levels = Mapping[tuple[str, int], int]


def calendar_names(park: Park) -> list[str]:
    """Calendars in the order of their files."""
    return list(dict.fromkeys(row.calendar for row in (*park.calendars, *park.windows)))


def admissions(park: Park) -> list[tuple[str, float]]:
    """Calendars in which operations start, closed some hours earlier than those in which they are worked on."""
    rows = ((row.calendar, row.last_start_hours) for row in park.operations)
    return list(dict.fromkeys((name, hours) for name, hours in rows if name and hours > 0))


def open_intervals(park: Park, calendar: str, levels: Levels, clock: Clock) -> list[tuple[int, int]]:
    """Open intervals [start, end) in ticks, merged, from the week before the epoch to a year after the horizon."""
    closed = {
        row.start + timedelta(days=i)
        for row in park.holidays_of(calendar)
        for i in range((row.end - row.start).days + 1)
    }
    shifts = [(set(weekdays(row.days)), row) for row in park.shifts_of(calendar)]
    minute = clock.ticks_per_hour / 60
    found: list[tuple[int, int]] = []
    for n in range(-7, (park.head.horizon_weeks + MARGIN_WEEKS) * 7):
        day = park.head.epoch + timedelta(days=n)
        if day in closed:
            continue
        base = n * clock.ticks_per_day
        level = levels.get((calendar, n // 7), 1)
        for days, row in sorted(shifts, key=lambda item: item[1].start):
            if day.weekday() in days and row.level <= level:
                found.append((base + round(row.start * minute), base + round(row.end * minute)))
    return merged(sorted([*found, *_windows(park, calendar, clock)]))


def _windows(park: Park, calendar: str, clock: Clock) -> list[tuple[int, int]]:
    """Openings by the hour since the epoch, until the calendar ends."""
    hour = clock.ticks_per_hour
    last = (park.head.horizon_weeks + MARGIN_WEEKS) * clock.ticks_per_week
    found: list[tuple[int, int]] = []
    for row in park.windows_of(calendar):
        start, end, every = (round(hours * hour) for hours in (row.opens_hours, row.closes_hours, row.every_hours))
        found += [(tick, tick + end - start) for tick in (range(start, last, every) if every else (start,))]
    return found


def merged(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Intervals that touch become one; empty ones go."""
    whole: list[tuple[int, int]] = []
    for start, end in intervals:
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        elif end > start:
            whole.append((start, end))
    return whole
