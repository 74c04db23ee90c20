"""Calendars must open, and each open minute must be counted once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from aidc_twin.park.calendars import SPRING_FESTIVALS, WEEKDAYS, first_open_day, weekdays
from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.schema import Shift

DAYS = "days joined by - or ;, such as mon-sat or mon;wed"


def check(findings: Findings) -> None:
    """Reversed or overlapping shifts, reversed holidays, calendars that never open, years without Spring Festival."""
    park = findings.park
    for holiday in park.holidays:
        if holiday.end < holiday.start:
            findings.add(
                holiday,
                "end",
                holiday.end.isoformat(),
                allowed=f"{holiday.start} or later",
                fix="exchange the first and the last day",
                code="holiday-reversed",
            )
    for name in dict.fromkeys(row.calendar for row in park.calendars):
        shifts = park.shifts_of(name)
        if _sound(findings, shifts):
            _check_overlaps(findings, shifts)
            if findings.readable("calendars", "holidays"):
                _check_opens(findings, name)
    _check_spring_festival(findings)


def _sound(findings: Findings, shifts: Sequence[Shift]) -> bool:
    """Whether every shift of a calendar has weekdays and ends after it starts."""
    count = len(findings.problems)
    for row in shifts:
        try:
            weekdays(row.days)
        except ValueError as error:
            findings.add(
                row, "days", f"{row.days} ({error})", allowed=DAYS, fix="write for example mon-sat", code="bad-weekdays"
            )
        if row.end <= row.start:
            findings.add(
                row,
                "end",
                f"{clock_text(row.start)}–{clock_text(row.end)}",
                allowed="an end after the start",
                fix="exchange them; write a shift over midnight as two rows, one to 24:00 and one from 00:00",
                code="shift-reversed",
            )
    return len(findings.problems) == count


def _check_overlaps(findings: Findings, shifts: Sequence[Shift]) -> None:
    for first, second in combinations(shifts, 2):
        days = sorted(set(weekdays(first.days)) & set(weekdays(second.days)))
        if days and first.start < second.end and second.start < first.end:
            findings.add(
                second,
                "start",
                f"{clock_text(second.start)}–{clock_text(second.end)} overlaps shift {first.shift} "
                f"({clock_text(first.start)}–{clock_text(first.end)}) on {WEEKDAYS[days[0]]}",
                allowed="shifts that do not overlap",
                fix="an overlap would count capacity twice; move one of them",
                code="shift-overlap",
            )


def _check_opens(findings: Findings, name: str) -> None:
    park = findings.park
    shifts = park.shifts_of(name)
    if first_open_day(shifts, park.holidays_of(name), park.head.epoch, park.horizon_end) is None:
        findings.add(
            shifts[0],
            "calendar",
            f"{name} is never open in the horizon",
            code="never-open",
            allowed=f"an open day of level 1 from {park.head.epoch} to {park.horizon_end}",
            fix="add a shift of level 1, or shorten the holidays",
        )


def _check_spring_festival(findings: Findings) -> None:
    park = findings.park
    if not findings.readable("calendars", "holidays", "operations"):
        return
    for name in sorted({row.calendar for row in park.operations if park.shifts_of(row.calendar)}):
        missing = [
            str(day.year)
            for day in SPRING_FESTIVALS
            if park.head.epoch <= day < park.horizon_end
            and not any(row.start <= day <= row.end for row in park.holidays_of(name))
        ]
        if missing:
            findings.note(f"calendar {name} is open over Spring Festival in {_joined(missing)}")


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words)


def clock_text(minutes: int) -> str:
    """Time of day as HH:MM; 24:00 is midnight."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
