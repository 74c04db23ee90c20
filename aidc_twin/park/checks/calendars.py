"""Calendars must open, and each open minute of a shift must be counted once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from aidc_twin.park.calendars import SPRING_FESTIVALS, WEEKDAYS, first_open_day, weekdays
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.schema import Holiday, Shift

DAYS = "days joined by - or ;, such as mon-sat or mon;wed"


def check(findings: Findings) -> None:
    """Reversed or overlapping shifts, reversed holidays, calendars that never open, years without Spring Festival."""
    park = findings.park
    findings.each(park.holidays, _check_holiday)
    for name in dict.fromkeys(row.calendar for row in (*park.calendars, *park.windows)):
        findings.part(_check_calendar, name)
    findings.part(_check_festivals)


def _check_holiday(findings: Findings, holiday: Holiday) -> None:
    if holiday.end < holiday.start:
        findings.add(
            holiday,
            "end",
            holiday.end.isoformat(),
            allowed=f"{holiday.start} or later",
            fix="exchange the first and the last day",
            code="holiday-reversed",
        )


def _check_calendar(findings: Findings, name: str) -> None:
    shifts = findings.park.shifts_of(name)
    if _sound(findings, shifts) & _sound_windows(findings, name):
        findings.part(_check_overlaps, shifts)
        if findings.readable("calendars", "holidays", "windows"):
            findings.part(_check_opens, name)


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


def _sound_windows(findings: Findings, name: str) -> bool:
    """Whether every window of a calendar closes after it opens, and before it opens again."""
    count = len(findings.problems)
    for row in findings.park.windows_of(name):
        length = row.closes_hours - row.opens_hours
        span = f"{number(row.opens_hours)} to {number(row.closes_hours)} h"
        if length <= 0:
            findings.add(
                row,
                "closes_hours",
                span,
                allowed=f"above {number(row.opens_hours)}, when it opens",
                fix="exchange the two hours; both count from the epoch",
                code="window-reversed",
            )
        elif 0 < row.every_hours < length:
            findings.add(
                row,
                "every_hours",
                f"{number(row.every_hours)}, open for {number(length)} h ({span})",
                allowed=f"0 (once), or at least {number(length)}",
                fix="it would open again before it closes; write a longer period or a shorter opening",
                code="window-overlaps-itself",
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
    shifts, windows = park.shifts_of(name), park.windows_of(name)
    horizon_hours = 168 * park.head.horizon_weeks
    if any(row.opens_hours < horizon_hours for row in windows):
        return
    if first_open_day(shifts, park.holidays_of(name), park.head.epoch, park.horizon_end) is None:
        findings.add(
            (*shifts, *windows)[0],
            "calendar",
            f"{name} is never open in the horizon",
            code="never-open",
            allowed=f"an open day of level 1 from {park.head.epoch} to {park.horizon_end}",
            fix="add a shift of level 1 or a window, or shorten the holidays",
        )


def _check_festivals(findings: Findings) -> None:
    park = findings.park
    if not findings.readable("calendars", "holidays", "operations"):
        return
    names = {row.calendar for row in park.holidays if not park.shifts_of(row.calendar)}
    shut = sorted(name for name in names if park.windows_of(name))
    if shut:
        findings.note(f"holidays of calendars without shifts, whose windows they do not close: {_joined(shut)}")
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
