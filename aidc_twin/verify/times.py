"""Rules of one step by itself: its open time is its work, its work can be so, and it begins and ends in open hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from aidc_twin.verify.book import Book, Row
from aidc_twin.verify.certificate import Findings
from aidc_twin.verify.hours import OpenHours
from aidc_twin.verify.ticks import Work, whole


def check_times(book: Book, hours: Mapping[str, OpenHours], fixed: bool, findings: Findings) -> None:
    """Go through durations, opening hours and attempts."""
    _check_calendars(book, hours, findings)
    _check_work(book, fixed, findings)
    _check_attempts(book, fixed, findings)
    _check_opening(book, findings)


def _check_calendars(book: Book, hours: Mapping[str, OpenHours], findings: Findings) -> None:
    """Start when open; the time between start and end is setup and work, in open time where closing suspends it."""
    by_calendar: dict[str, list[Row]] = {}
    for row in book.rows:
        by_calendar.setdefault(row.step.calendar, []).append(row)
    for calendar, rows in sorted(by_calendar.items()):
        _check_calendar(book, calendar, hours.get(calendar), rows, findings)


def _check_calendar(
    book: Book, calendar: str, hours: OpenHours | None, rows: Sequence[Row], findings: Findings
) -> None:
    duration, opened = findings.rule("duration"), findings.rule("open-hours")
    start, end = np.array([row.start for row in rows], np.int64), np.array([row.end for row in rows], np.int64)
    passed = end - start
    through = np.array([row.step.runs for row in rows], np.bool_) | (hours is None)
    if hours is not None:
        passed = np.where(through, passed, hours.open_until(end) - hours.open_until(start))
        starts_open, ends_open = hours.is_open(start), hours.is_open(end - 1) | (end == start)
        opened.checked += len(rows)
        for row, begins, ends in zip(rows, starts_open.tolist(), (ends_open | through).tolist(), strict=True):
            if not (begins or row.resumed):
                opened.fail(f"{row} starts {book.say(row.start)}, when calendar {calendar} is closed")
            elif not ends:
                opened.fail(f"{row} ends {book.say(row.end)}, when calendar {calendar} is closed")
    duration.checked += len(rows)
    for row, ticks in zip(rows, passed.tolist(), strict=True):
        if ticks != row.setup + row.work:
            kind = "open time" if hours is not None and not row.step.runs else "time"
            duration.fail(
                f"{row} takes {ticks} ticks of {kind} from {book.say(row.start)} to {book.say(row.end)}; "
                f"its setup and work are {row.setup + row.work}"
            )


def _check_work(book: Book, fixed: bool, findings: Findings) -> None:
    """Work content that the operation's distribution can give, or what the state says is left."""
    tally = findings.rule("work")
    for row in book.rows:
        tally.checked += 1
        allowed = _allowed(book, row)
        if not allowed.holds(row.work, fixed or row.resumed, row.step.lengthens and not row.rework):
            most = "no end" if allowed.most is None else f"{allowed.most}"
            limits = f"{allowed.mean_low}" if fixed or row.resumed else f"{allowed.least} to {most}"
            tally.fail(f"{row} works {row.work} ticks; it can take {limits}")


def _allowed(book: Book, row: Row) -> Work:
    if not row.resumed:
        return row.step.rework if row.rework else row.step.work
    left = book.under_way[row.unit_id, row.step.name].remaining_hours * book.clock.ticks_per_hour
    return Work(whole(left), whole(left), whole(left - 1e-6), whole(left + 1e-6))


def _check_attempts(book: Book, fixed: bool, findings: Findings) -> None:
    """Operation, rework, operation, ...: each after the one before; only steps that can fail are reworked."""
    tally = findings.rule("rework")
    for steps in book.steps.values():
        for rows in steps.values():
            tally.checked += len(rows)
            if [(row.attempt, row.rework) for row in rows] != [(i // 2, i % 2 == 1) for i in range(len(rows))]:
                tally.fail(f"{rows[0].unit_id} {rows[0].step.name}: attempts and reworks do not take turns")
            if len(rows) > 1 and (fixed or not rows[0].step.fails):
                tally.fail(
                    f"{rows[1]}: the step cannot fail" if not fixed else f"{rows[1]}: nothing fails in fixed durations"
                )
            for earlier, later in pairwise(rows):
                if later.start < earlier.end:
                    tally.fail(f"{later} starts {book.say(later.start)}, before {earlier} ends {book.say(earlier.end)}")


def _check_opening(book: Book, findings: Findings) -> None:
    """What is under way at the opening state goes on from tick 0."""
    tally = findings.rule("opening-state")
    for row in book.rows:
        if row.resumed:
            tally.checked += 1
            if row.start != 0:
                tally.fail(f"{row} is under way at tick 0, not from {book.say(row.start)}")
