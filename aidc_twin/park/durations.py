"""Durations of operations in hours: what each `duration_unit` stands for."""

from __future__ import annotations

from aidc_twin.park.calendars import mean_open_hours
from aidc_twin.park.park import Park
from aidc_twin.park.schema import DurationUnit, Operation

HOURS: dict[str, float] = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0}


def hours_per_unit(park: Park, unit: DurationUnit, calendar: str) -> float:
    """Hours of work in one unit; a `working_day` is a mean open day of the calendar (24 h where it has none)."""
    if unit != "working_day":
        return HOURS[unit]
    return mean_open_hours(park.shifts_of(calendar), windows=park.windows_of(calendar))


def duration_hours(park: Park, operation: Operation) -> tuple[float, float, float]:
    """Least, mean and greatest hours of work of an operation."""
    hours = hours_per_unit(park, operation.duration_unit, operation.calendar)
    return operation.duration.low * hours, operation.duration.mean * hours, operation.duration.high * hours


def attempts_of(fails: float, most: int) -> float:
    """Mean number of attempts at a step of which each fails with a probability, until one passes or `most` have failed.

    ``(1 - fails**most) / (1 - fails)``: the sum of the probabilities that an attempt is made at all. 0 for `most`
    stands for no end, with which `fails` must be below 1.
    """
    if fails >= 1:
        return float(most)
    return (1 - fails**most if most else 1.0) / (1 - fails)


def takes_time(park: Park, operation: Operation) -> bool:
    """Whether the work of an operation can be longer than no tick."""
    ticks = duration_hours(park, operation)[2] * 3.6e9 / park.head.tick_us
    return ticks >= 0.5
