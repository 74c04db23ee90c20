"""Days of a park: weekdays as text, open hours and the mean open day behind `working_day`, opening of phases.

A calendar is open in its shifts (but on holidays) and in its windows. A `working_day` is the mean open day of its
shifts; of a calendar with windows only it is the mean open time of a day over the period of its windows, and 24 h where
they have no common period.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from aidc_twin.park.schema import Holiday, Phase, Shift, Window

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# month and day as one number, from 2026 on
_LUNAR = [217, 206, 126, 213, 203, 123, 211, 131, 219, 208, 128, 215, 204, 124, 212, 201, 122, 210, 130, 217, 206]
SPRING_FESTIVALS = tuple(date(2026 + index, day // 100, day % 100) for index, day in enumerate(_LUNAR))
"""First day of the lunar year, 2026 to 2046."""


def weekdays(text: str) -> tuple[int, ...]:
    """Days of ``mon-sat`` or ``mon;wed;fri-sun``, Monday 0, in order.

    Raises
    ------
    ValueError
        If a part is no day or range of days, or a day comes twice.
    """
    found: list[int] = []
    for part in re.split(r"[;\s]+", text.strip().lower()):
        first, dash, last = part.partition("-")
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            raise ValueError(f"{part!r} is no day of the week")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        # sat-mon goes over the end of the week
        found.extend((start + step) % 7 for step in range((end - start) % 7 + 1))
    if len(set(found)) < len(found):
        raise ValueError("a day is named twice")
    return tuple(sorted(found))


def earliest_opening(phase: Phase) -> date:
    """First day on which a phase may open, its delay included; within the years of the calendar whatever the delay."""
    day = phase.opens.low.toordinal() + phase.delay_days.low
    return date.fromordinal(int(min(max(day, date.min.toordinal()), date.max.toordinal())))


def open_minutes(shifts: Sequence[Shift], level: int = 1) -> int:
    """Open minutes of a week without holidays at a shift level."""
    return sum((row.end - row.start) * len(weekdays(row.days)) for row in shifts if row.level <= level)


def mean_open_hours(shifts: Sequence[Shift], level: int = 1, windows: Sequence[Window] = ()) -> float:
    """Hours of one `working_day`: open hours of a week over the days on which it opens; 24 without a calendar."""
    if not shifts:
        return 24.0 * (window_share(windows) or 1.0)
    days = {day for row in shifts if row.level <= level for day in weekdays(row.days)}
    return open_minutes(shifts, level) / 60 / len(days) if days else 0.0


def window_share(windows: Sequence[Window]) -> float:
    """Share of time that windows of one period are open; 0 where they have none in common."""
    periods = {row.every_hours for row in windows}
    if len(periods) != 1 or 0.0 in periods:
        return 0.0
    (period,) = periods
    spans: list[tuple[float, float]] = []
    for row in windows:
        start = row.opens_hours % period
        end = start + row.closes_hours - row.opens_hours
        spans += [(start, min(end, period)), (0.0, max(0.0, end - period))]
    return min(1.0, covered_hours(spans) / period)


def covered_hours(spans: Sequence[tuple[float, float]]) -> float:
    """Hours that lie in at least one of some spans."""
    total, upto = 0.0, 0.0
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, upto))
        upto = max(upto, end)
    return total


def open_share(shifts: Sequence[Shift], windows: Sequence[Window], horizon_hours: float) -> float:
    """Share of time that a calendar is open at level 1, at most: holidays and overlaps of windows are left out.

    A window that opens once counts for its part of the horizon; without rows it is always open.
    """
    if not shifts and not windows:
        return 1.0
    again = [row for row in windows if row.every_hours > 0]
    share = open_minutes(shifts) / (7 * 24 * 60)
    share += window_share(again) or sum((row.closes_hours - row.opens_hours) / row.every_hours for row in again)
    once = sum(
        max(0.0, min(row.closes_hours, horizon_hours) - row.opens_hours) for row in windows if row.every_hours == 0
    )
    return min(1.0, share + once / horizon_hours)


def first_open_day(shifts: Sequence[Shift], holidays: Sequence[Holiday], start: date, end: date) -> date | None:
    """First day from `start` before `end` on which level 1 is worked; None if it never is."""
    days = {day for row in shifts if row.level == 1 and row.end > row.start for day in weekdays(row.days)}
    day = start
    while day < end and days:
        closing = next((row for row in holidays if row.start <= day <= row.end), None)
        if closing is None and day.weekday() in days:
            return day
        day = day + timedelta(days=1) if closing is None else closing.end + timedelta(days=1)
    return None
