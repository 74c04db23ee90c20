"""Quarters of calendar years, and how much of the time a resource is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from aidc_twin.errors import InputError, Problem
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Phase
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["Quarter", "open_share", "opening", "quarters_of"]

LAST_YEAR = 2200
_MONTHS = 3
_YEAR_WEEKS = 52


@dataclass(frozen=True)
class Quarter:
    """A quarter of a calendar year, by number within the horizon; both days belong to it."""

    number: int
    year: int
    quarter: int
    first: date
    last: date

    @property
    def days(self) -> int:
        """Days that it has."""
        return (self.last - self.first).days + 1

    @property
    def weeks(self) -> float:
        """Weeks that it has."""
        return self.days / 7

    @property
    def year_days(self) -> int:
        """Days of its year."""
        return (date(self.year + 1, 1, 1) - date(self.year, 1, 1)).days

    @property
    def label(self) -> str:
        """As ``2027Q1``."""
        return f"{self.year}Q{self.quarter}"


def quarters_of(epoch: date, first: int | None, years: int) -> tuple[Quarter, ...]:
    """Quarters of whole calendar years, from the first one that does not begin before the epoch, or from a given one.

    Raises
    ------
    InputError
        The given year begins before the epoch, or is too late.
    """
    earliest = epoch.year if epoch == date(epoch.year, 1, 1) else epoch.year + 1
    start = earliest if first is None else first
    if not earliest <= start <= LAST_YEAR - years:
        fix = f"write {earliest} or later; the park begins on {epoch}"
        raise InputError(Problem("--from", 0, "", str(start), f"{earliest} to {LAST_YEAR - years}", fix, "year-out"))
    found: list[Quarter] = []
    for number in range(4 * years):
        year, quarter = start + number // 4, number % 4
        begins = date(year, 1 + _MONTHS * quarter, 1)
        after = date(year + (quarter == 3), 1 + _MONTHS * ((quarter + 1) % 4), 1)
        found.append(Quarter(number, year, quarter + 1, begins, after - timedelta(days=1)))
    return tuple(found)


def opening(phase: Phase) -> date:
    """Nominal day on which a phase opens."""
    return phase.opens.mode + timedelta(days=round(phase.delay_days.value))


def open_share(park: Park, inputs: PlanInputs, resource: int) -> tuple[float, float]:
    """Share of the time in which a unit of a resource works at shift level 1, and what each level more adds.

    Means over the last year of the horizon, holidays among it; all of the time where nothing of it is there then.
    """
    weeks = range(max(0, inputs.weeks - _YEAR_WEEKS), inputs.weeks)
    name = park.resources[resource].resource
    whole = sum(_there(park, name, park.head.epoch + timedelta(weeks=week)) for week in weeks)
    if whole <= 0:
        return 1.0, 0.0
    span = slice(weeks.start, weeks.stop)
    hours = float(np.sum(inputs.capacity[resource, span])) / whole
    return hours, float(np.sum(inputs.capacity_step[resource, span])) / whole


def _there(park: Park, resource: str, monday: date) -> float:
    """Mean amount of a resource in a week."""
    last, amount = monday + timedelta(days=6), 0.0
    for part in park.capacity_of(resource):
        start = opening(park.phase(part.phase)) if part.phase else part.start
        days = (min(part.end or last, last) - max(start or monday, monday)).days + 1
        amount += part.amount.value * max(0, days) / 7
    return amount
