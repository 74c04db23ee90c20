"""Opening hours of the calendars, as sorted half-open intervals of ticks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Shift, Window
from aidc_twin.units.clock import Clock
from aidc_twin.verify.ticks import weekdays_of, whole

Ticks = NDArray[np.int64]
MINUTE_US = 60_000_000
AHEAD_DAYS = 16
"""Opening hours go on so long after the last work, so that it is known when they end."""


@dataclass(frozen=True)
class OpenHours:
    """When a calendar is open.

    Attributes
    ----------
    starts, ends : shape (intervals,), ticks, sorted and apart; open from a start to just before its end.
    before : shape (intervals,), open ticks before each interval.
    """

    starts: Ticks
    ends: Ticks
    before: Ticks

    def is_open(self, ticks: Ticks) -> NDArray[np.bool_]:
        """Whether each tick lies in an interval; shape as given."""
        at = np.searchsorted(self.starts, ticks, side="right") - 1
        return (
            (at >= 0) & (ticks < self.ends[np.maximum(at, 0)]) if self.starts.size else np.zeros(ticks.shape, np.bool_)
        )

    def closes(self, ticks: Ticks) -> Ticks:
        """Tick at which the interval that holds each tick ends; shape as given."""
        at = np.searchsorted(self.starts, ticks, side="right") - 1
        return self.ends[np.maximum(at, 0)] if self.starts.size else ticks

    def open_until(self, ticks: Ticks) -> Ticks:
        """Open ticks from the first interval up to each tick; shape as given."""
        if not self.starts.size:
            return np.zeros(ticks.shape, np.int64)
        at = np.searchsorted(self.starts, ticks, side="right") - 1
        inside = np.minimum(ticks, self.ends[np.maximum(at, 0)]) - self.starts[np.maximum(at, 0)]
        return np.where(at >= 0, self.before[np.maximum(at, 0)] + inside, 0)


def opening_hours(
    park: Park, clock: Clock, levels: Mapping[tuple[str, int], int], span: tuple[int, int]
) -> dict[str, OpenHours]:
    """Opening hours of every calendar over a span of ticks, with the shift levels of the weeks (else 1)."""
    days = np.arange(span[0] // clock.ticks_per_day - 1, span[1] // clock.ticks_per_day + AHEAD_DAYS, dtype=np.int64)
    names = sorted({row.calendar for row in (*park.calendars, *park.windows)})
    return {name: _hours(park, clock, name, _levels(clock, name, levels, days), days) for name in names}


def _levels(clock: Clock, calendar: str, levels: Mapping[tuple[str, int], int], days: Ticks) -> Ticks:
    """Level of each day, shape (days,)."""
    weeks = days * clock.ticks_per_day // clock.ticks_per_week
    return np.array([levels.get((calendar, week), 1) for week in weeks.tolist()], np.int64)


def _hours(park: Park, clock: Clock, calendar: str, level: Ticks, days: Ticks) -> OpenHours:
    weekday = (days + park.head.epoch.weekday()) % 7
    worked = np.ones(days.shape, np.bool_)
    for closed in park.holidays_of(calendar):
        first, last = (clock.ticks(day) // clock.ticks_per_day for day in (closed.start, closed.end))
        worked &= (days < first) | (days > last)
    starts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for shift in park.shifts_of(calendar):
        chosen = days[worked & (level >= shift.level) & np.isin(weekday, sorted(weekdays_of(shift.days)))]
        first, last = _of_day(clock, shift)
        starts.append(chosen * clock.ticks_per_day + first)
        ends.append(chosen * clock.ticks_per_day + last)
    for window in park.windows_of(calendar):
        first, last = _of_window(clock, window, int(days[-1] + 1) * clock.ticks_per_day)
        starts.append(first)
        ends.append(last)
    return _merged(np.concatenate(starts), np.concatenate(ends))


def _of_window(clock: Clock, window: Window, until: int) -> tuple[Ticks, Ticks]:
    """Openings by the hour that begin before a tick."""
    hours = (window.opens_hours, window.closes_hours, window.every_hours)
    opens, closes, every = (whole(one * clock.ticks_per_hour) for one in hours)
    first = np.arange(opens, max(until, opens + 1), every, dtype=np.int64) if every else np.array([opens], np.int64)
    return first, first + (closes - opens)


def _of_day(clock: Clock, shift: Shift) -> tuple[int, int]:
    return shift.start * MINUTE_US // clock.tick_us, shift.end * MINUTE_US // clock.tick_us


def _merged(starts: Ticks, ends: Ticks) -> OpenHours:
    """Join intervals that touch or overlap."""
    lasting = ends > starts
    starts, ends = starts[lasting], ends[lasting]
    order = np.lexsort((ends, starts))
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    fresh = np.ones(starts.shape, np.bool_)
    fresh[1:] = starts[1:] > ends[:-1]
    last = np.append(fresh[1:], True) if fresh.size else fresh
    starts, ends = starts[fresh], ends[last]
    return OpenHours(starts, ends, np.cumsum(ends - starts) - (ends - starts))
