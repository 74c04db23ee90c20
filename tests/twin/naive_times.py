"""Ticks and calendars of the plain-Python twin."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from naive_chance import near

from aidc_twin.park import Park
from aidc_twin.park.schema import Window

NEVER = 1 << 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0}


@dataclass
class Times:
    """Ticks of a park."""

    park: Park

    def __post_init__(self) -> None:
        self.hour = 3_600_000_000 // self.park.head.tick_us
        self.day, self.week = 24 * self.hour, 168 * self.hour
        self.horizon = self.park.head.horizon_weeks * self.week

    def at(self, day: date) -> int:
        """Tick of a day's midnight."""
        return (day - self.park.head.epoch).days * self.day

    def ticks(self, hours: float) -> int:
        """Nearest tick to so many hours."""
        return near(hours * self.hour)

    def unit(self, name: str, calendar: str) -> float:
        """Ticks of a unit of duration; a working day is the mean day on which the first level is open.

        Without shifts it is the mean open time of a day over the period of the windows, else a whole day.
        """
        if name != "working_day":
            return self.hour * HOURS[name]
        shifts = [row for row in self.park.calendars if row.calendar == calendar and row.level <= 1]
        if not any(row.calendar == calendar for row in self.park.calendars):
            return self.hour * 24.0 * (self._share([row for row in self.park.windows if row.calendar == calendar]) or 1)
        days = {day for row in shifts for day in days_of(row.days)}
        minutes = sum((row.end - row.start) * len(days_of(row.days)) for row in shifts)
        return self.hour * (minutes / 60 / len(days) if days else 0.0)

    def _share(self, windows: Sequence[Window]) -> float:
        """Share of time in which windows of one period are open; 0 where they have none in common."""
        periods = {row.every_hours for row in windows}
        if len(periods) != 1 or 0 in periods:
            return 0.0
        period = periods.pop()
        spans = [(row.opens_hours % period, row.closes_hours - row.opens_hours) for row in windows]
        marks = sorted({0.0, period, *(x % period for start, width in spans for x in (start, start + width))})
        inside = lambda x: any((x - start) % period < width for start, width in spans)  # noqa: E731
        return min(1.0, sum(b - a for a, b in pairwise(marks) if inside((a + b) / 2)) / period)

    def edges(self) -> list[int]:
        """Beginnings of the ledgers' buckets: weeks and calendar years."""
        years = [self.at(date(year, 1, 1)) for year in range(self.park.head.epoch.year + 1, 2120)]
        return sorted({*range(0, self.horizon, self.week), *(tick for tick in years if tick < self.horizon)})


def days_of(text: str) -> list[int]:
    """Numbers of weekdays, Monday 0."""
    found: list[int] = []
    for part in text.replace(";", " ").lower().split():
        first, _, last = part.partition("-")
        day = DAYS.index(first)
        found.append(day)
        while DAYS[day] != (last or first):
            day = (day + 1) % 7
            found.append(day)
    return sorted(found)


class Calendar:
    """Open spans of a calendar, from a week before the epoch to 53 weeks after the horizon."""

    def __init__(self, times: Times, name: str, levels: Mapping[tuple[str, int], int]) -> None:
        self.spans: list[list[int]] = []
        for start, end in sorted([*_shifts(times, name, levels), *_windows(times, name)]):
            if self.spans and start <= self.spans[-1][1]:
                self.spans[-1][1] = max(self.spans[-1][1], end)
            elif start < end:
                self.spans.append([start, end])

    def _from(self, tick: int) -> Iterator[list[int]]:
        """Spans that end after a tick."""
        first = max(0, bisect_right(self.spans, tick, key=lambda span: span[0]) - 1)
        for i in range(first, len(self.spans)):
            if self.spans[i][1] > tick:
                yield self.spans[i]

    def is_open(self, tick: int) -> bool:
        """Whether the tick lies in a span [start, end)."""
        i = bisect_right(self.spans, tick, key=lambda span: span[0])
        return i > 0 and tick < self.spans[i - 1][1]

    def closing(self, tick: int) -> int:
        """End of the span in which a tick lies; the tick itself, if it lies in none."""
        return next(self._from(tick))[1] if self.is_open(tick) else tick

    def open_between(self, first: int, last: int) -> int:
        """Open ticks in [first, last)."""
        total = 0
        for start, end in self._from(first):
            if start >= last:
                break
            total += min(end, last) - max(start, first)
        return total

    def finish(self, now: int, work: int) -> int:
        """Tick at which so much open time has passed since now; an open one where it is none."""
        for start, end in self._from(now):
            room = end - max(start, now)
            if room >= work:
                return max(start, now) + work
            work -= room
        return NEVER


def _shifts(times: Times, name: str, levels: Mapping[tuple[str, int], int]) -> list[tuple[int, int]]:
    """Shifts that are worked, holidays left out."""
    park, found = times.park, list[tuple[int, int]]()
    for n in range(-7, 7 * (park.head.horizon_weeks + 53)):
        day = park.head.epoch + timedelta(days=n)
        if any(row.calendar == name and row.start <= day <= row.end for row in park.holidays):
            continue
        for row in park.calendars:
            worked = row.calendar == name and row.level <= levels.get((name, n // 7), 1)
            if worked and day.weekday() in days_of(row.days):
                base = n * times.day
                found.append((base + row.start * times.hour // 60, base + row.end * times.hour // 60))
    return found


def _windows(times: Times, name: str) -> list[tuple[int, int]]:
    """Openings by the hour, again and again."""
    found: list[tuple[int, int]] = []
    last = (times.park.head.horizon_weeks + 53) * times.week
    for row in times.park.windows:
        if row.calendar == name:
            start, end, every = (times.ticks(hours) for hours in (row.opens_hours, row.closes_hours, row.every_hours))
            starts = range(start, last, every) if every else [start]
            found += [(tick, tick + end - start) for tick in starts if tick < last]
    return found
