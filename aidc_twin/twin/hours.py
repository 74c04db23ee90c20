"""Calendars as open intervals in ticks, for given shift levels by week."""

from __future__ import annotations

from collections.abc import Mapping

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
    epoch, minute = park.head.epoch, clock.ticks_per_hour / 60
    closed = {
        (row.start - epoch).days + i
        for row in park.holidays_of(calendar)
        for i in range((row.end - row.start).days + 1)
    }
    shifts: list[list[tuple[int, int, int]]] = [[] for _ in range(7)]
    for row in park.shifts_of(calendar):
        for day in set(weekdays(row.days)):
            shifts[day].append((row.level, round(row.start * minute), round(row.end * minute)))
    found: list[tuple[int, int]] = []
    for n in range(-7, (park.head.horizon_weeks + MARGIN_WEEKS) * 7):
        if n in closed:
            continue
        base, level = n * clock.ticks_per_day, levels.get((calendar, n // 7), 1)
        found += [(base + a, base + b) for least, a, b in shifts[(epoch.weekday() + n) % 7] if least <= level]
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
