"""Exact whole numbers from a park's numbers, and words for a tick."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Operation, Shift, Window
from aidc_twin.units.clock import Clock
from aidc_twin.units.quantity import Quantity

NEARLY = 1e-9
"""Relative slack for the last bits of a product such as 0.1 × 30."""
THOUSANDTHS = 1000
IN_PARTS = ("cumulative", "space", "bucketed")
"""Kinds of resources that come in parts of their unit."""
BOUNDED = ("constant", "triangular", "uniform", "discrete", "empirical")
"""Distributions whose range really ends at `low` and `high`."""

_HOURS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Work:
    """Work contents that an operation may have, in ticks; `most` is None where nothing bounds it."""

    least: int
    most: int | None
    mean_low: int
    mean_high: int

    def holds(self, ticks: int, fixed: bool, lengthened: bool) -> bool:
        """Whether a work content is possible; `lengthened` where faults in place may add to it."""
        least, most = (self.mean_low, self.mean_high) if fixed else (self.least, None if lengthened else self.most)
        return least <= ticks and (most is None or ticks <= most)


def clock_of(park: Park) -> Clock:
    """Clock of a park."""
    return Clock(park.head.epoch, park.head.tick_us)


def whole(amount: float) -> int:
    """Nearest whole number, half up."""
    return math.floor(amount + 0.5)


def thousandths(amount: float) -> int:
    """An amount in thousandths of its unit."""
    return whole(amount * THOUSANDTHS)


def needed(kind: str, amount: float) -> int:
    """A need of a kind of resource in thousandths: of people, machines and yuan it counts up to whole ones."""
    return math.ceil(amount * THOUSANDTHS - NEARLY) if kind in IN_PARTS else math.ceil(amount - NEARLY) * THOUSANDTHS


def offered(kind: str, amount: float) -> int:
    """Capacity of a kind of resource in thousandths: of people, machines and yuan whole ones count."""
    if kind in IN_PARTS:
        return math.floor(amount * THOUSANDTHS + 1e-6)
    return math.floor(amount + 1e-6) * THOUSANDTHS


def units_up(amount: float) -> int:
    """Next whole number, not led astray by the last bits."""
    return math.ceil(amount - NEARLY * max(1.0, amount))


def work_of(quantity: Quantity, ticks_per_unit: float) -> Work:
    """Work contents for a sampled quantity: the bounds of its distribution and its mean, rounded to ticks."""
    bounded = quantity.kind in BOUNDED
    mean = quantity.mean * ticks_per_unit
    slack = NEARLY * max(1.0, mean)
    return Work(
        least=whole(quantity.low * ticks_per_unit * (1 - NEARLY)) if bounded else 0,
        most=whole(quantity.high * ticks_per_unit * (1 + NEARLY)) if bounded else None,
        mean_low=whole(mean - slack),
        mean_high=whole(mean + slack),
    )


def ticks_per_unit(park: Park, clock: Clock, unit: str, calendar: str) -> float:
    """Ticks of a duration's unit; a working day is a mean open day of the calendar, 24 hours where it has none."""
    hours = _HOURS[unit] if unit != "working_day" else _working_day(park.shifts_of(calendar), park.windows_of(calendar))
    return hours * clock.ticks_per_hour


def duration_of(park: Park, clock: Clock, row: Operation) -> tuple[Work, Work]:
    """Work contents of an operation and of its rework."""
    return (
        work_of(row.duration, ticks_per_unit(park, clock, row.duration_unit, row.calendar)),
        work_of(row.rework, ticks_per_unit(park, clock, row.rework_unit, row.calendar)),
    )


def weekdays_of(days: str) -> frozenset[int]:
    """Weekdays of ``mon-sat`` or ``mon;wed``, Monday 0."""
    found: set[int] = set()
    for part in days.lower().replace(";", " ").split():
        first, _, last = part.partition("-")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        found.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return frozenset(found)


def when(clock: Clock, tick: int) -> str:
    """Local time of a tick in words."""
    try:
        return clock.date(tick).isoformat(" ")
    except ValueError:
        return f"tick {tick}"


def _working_day(shifts: tuple[Shift, ...], windows: tuple[Window, ...]) -> float:
    """Hours: open time of an ordinary week at level 1 over the days on which the calendar opens.

    With windows only it is their open time over their common period, a day of it.
    """
    if not shifts:
        return 24.0 * _window_share(windows)
    ordinary = [(weekdays_of(row.days), row.end - row.start) for row in shifts if row.level == 1]
    days = frozenset[int]().union(*(found for found, _ in ordinary))
    minutes = sum(len(found) * length for found, length in ordinary)
    return minutes / 60 / len(days) if days else 24.0


def _window_share(windows: tuple[Window, ...]) -> float:
    """Share of their common period in which windows are open; 1 where they have none, or nothing is open in it."""
    periods = {row.every_hours for row in windows}
    period = periods.pop() if len(periods) == 1 else 0.0
    if not period:
        return 1.0
    # the middle of each stretch between two edges tells whether it is open
    edges = sorted({0.0, period, *(hours % period for row in windows for hours in (row.opens_hours, row.closes_hours))})
    opened = 0.0
    for start, end in pairwise(edges):
        middle = (start + end) / 2
        if any((middle - row.opens_hours) % period < row.closes_hours - row.opens_hours for row in windows):
            opened += end - start
    return opened / period or 1.0
