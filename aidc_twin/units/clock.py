"""Dates at the edge, whole ticks inside.

Dates are naive local time of the park (Asia/Shanghai, without daylight saving since 1991), so a day has 24 hours.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

_HOUR_US = 3_600_000_000
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """The calendar of one park.

    Attributes
    ----------
    epoch
        Local midnight at which tick 0 begins.
    tick_us
        Length of a tick, µs; divides an hour without rest.
    """

    epoch: dt.date
    tick_us: int = 1_000_000

    def __post_init__(self) -> None:
        if isinstance(self.epoch, dt.datetime):
            raise TypeError("the epoch is a date without a time of day")
        if not 1 <= self.tick_us <= _HOUR_US or _HOUR_US % self.tick_us:
            raise ValueError(f"a tick of {self.tick_us} µs does not divide an hour; use for example 1000000 (1 s)")

    @property
    def ticks_per_hour(self) -> int:
        """Ticks in an hour."""
        return _HOUR_US // self.tick_us

    @property
    def ticks_per_day(self) -> int:
        """Ticks in a day."""
        return 24 * self.ticks_per_hour

    @property
    def ticks_per_week(self) -> int:
        """Ticks in seven days."""
        return 7 * self.ticks_per_day

    def ticks(self, moment: dt.date | dt.datetime) -> int:
        """Tick at which a local date (its midnight) or date and time falls; negative before the epoch.

        Raises
        ------
        ValueError
            If the moment carries a time zone, or falls between two ticks.
        """
        microseconds = (_midnight_or_time(moment) - _midnight_or_time(self.epoch)) // _MICROSECOND
        tick, rest = divmod(microseconds, self.tick_us)
        if rest:
            raise ValueError(f"{moment.isoformat()} falls between two ticks of {self.tick_us} µs")
        return tick

    def date(self, tick: int) -> dt.datetime:
        """Naive local date and time of a tick.

        Raises
        ------
        ValueError
            If the tick lies outside the years 1 to 9999.
        """
        try:
            return _midnight_or_time(self.epoch) + dt.timedelta(microseconds=int(tick) * self.tick_us)
        except OverflowError as error:
            raise ValueError(f"tick {tick} lies outside the calendar (years 1 to 9999)") from error

    def week(self, tick: int) -> int:
        """Number of the seven-day week since the epoch, counted from 0; negative before the epoch."""
        return int(tick) // self.ticks_per_week

    def year_ticks(self, year: int) -> tuple[int, int]:
        """First tick of a calendar year and first tick after it."""
        return self.ticks(dt.date(year, 1, 1)), self.ticks(dt.date(year, 12, 31)) + self.ticks_per_day


def _midnight_or_time(moment: dt.date | dt.datetime) -> dt.datetime:
    if not isinstance(moment, dt.datetime):
        return dt.datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is not None:
        raise ValueError(f"{moment.isoformat()} carries a time zone; write local time (Asia/Shanghai) without one")
    return moment
