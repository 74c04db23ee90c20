"""Rules of one step by itself: its open time is its work, its work can be so, and it begins and ends in open hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from aidc_twin.verify.book import FOREVER, Book, Row
from aidc_twin.verify.certificate import Findings, Tally
from aidc_twin.verify.hours import OpenHours, Ticks
from aidc_twin.verify.routes import Route
from aidc_twin.verify.standstill import check_standstill, may_stand_still
from aidc_twin.verify.stops import Stops, standing_still
from aidc_twin.verify.ticks import whole
from aidc_twin.verify.work import check_work


def check_times(
    book: Book, hours: Mapping[str, OpenHours], fixed: bool, findings: Findings, down: Stops | None = None
) -> None:
    """Go through durations, opening hours and attempts; work on machines that are `down` stands still meanwhile."""
    _check_calendars(book, hours, fixed, findings, down or {})
    check_work(book, fixed, findings)
    _check_attempts(book, fixed, findings)
    _check_opening(book, findings)
    if not fixed:
        check_standstill(book, hours, findings)


def _check_calendars(book: Book, hours: Mapping[str, OpenHours], fixed: bool, findings: Findings, down: Stops) -> None:
    """Start when open; the time between start and end is setup and work, in open time where closing suspends it."""
    by_calendar: dict[str, list[Row]] = {}
    for row in book.rows:
        by_calendar.setdefault(row.step.calendar, []).append(row)
    stops = _Stops(book, fixed, down)
    for calendar, rows in sorted(by_calendar.items()):
        _check_calendar(book, calendar, hours.get(calendar), rows, stops, findings)


def _check_calendar(
    book: Book, calendar: str, hours: OpenHours | None, rows: Sequence[Row], stops: _Stops, findings: Findings
) -> None:
    duration, opened = findings.rule("duration"), findings.rule("open-hours")
    start, end = np.array([row.start for row in rows], np.int64), np.array([row.end for row in rows], np.int64)
    passed = end - start
    through = np.array([row.step.runs for row in rows], np.bool_) | (hours is None)
    if hours is not None:
        passed = np.where(through, passed, hours.open_until(end) - hours.open_until(start))
        # what has nothing left to do ends where its calendar opens
        nothing = np.array([not (row.work or row.setup) for row in rows], np.bool_) & hours.is_open(end)
        starts_open, ends_open = hours.is_open(start), hours.is_open(end - 1) | (end == start) | nothing
        opened.checked += len(rows)
        for row, begins, ends in zip(rows, starts_open.tolist(), (ends_open | through).tolist(), strict=True):
            if not (begins or row.resumed):
                opened.fail(f"{row} starts {book.say(row.start)}, when calendar {calendar} is closed")
            elif not (ends or stops.ends(row)):
                opened.fail(f"{row} ends {book.say(row.end)}, when calendar {calendar} is closed")
        _check_admission(book, calendar, rows, hours.closes(start) - start, opened)
    duration.checked += len(rows)
    for row, spent in zip(rows, passed.tolist(), strict=True):
        ticks = spent - stops.still(row, hours)
        if ticks != row.setup + row.work and not stops.explain(row, ticks):
            kind = "open time" if hours is not None and not row.step.runs else "time"
            duration.fail(
                f"{row} takes {ticks} ticks of {kind} from {book.say(row.start)} to {book.say(row.end)}; "
                f"its setup and work are {row.setup + row.work}"
            )


def _check_admission(book: Book, calendar: str, rows: Sequence[Row], left: Ticks, tally: Tally) -> None:
    """Where nothing may start in the last hours before closing, more than those are left; reworks and rests go on."""
    for row, ticks in zip(rows, left.tolist(), strict=True):
        last = 0.0 if row.step.row is None else row.step.row.last_start_hours
        if last and not (row.rework or row.rest or row.resumed) and ticks <= whole(last * book.clock.ticks_per_hour):
            tally.fail(f"{row} starts {book.say(row.start)}, less than {last:g} hours before {calendar} closes")


class _Stops:
    """What may make work last longer than itself: its machine broke down and was repaired meanwhile."""

    def __init__(self, book: Book, fixed: bool, down: Stops) -> None:
        self.book, self.down = book, down
        self.broken = set[str]() if fixed else {row.resource for row in book.park.breakdowns}
        self.repaired: dict[tuple[str, int], list[int]] = {}
        for repair in book.repairs:
            self.repaired.setdefault((repair.row.resource, repair.machine), []).append(repair.end)
        crews = {row.resource for row in book.park.resources if row.kind == "crew"}
        self.stopped = any(row.preempt != "no" for row in book.park.resources)
        self.stopped |= any(row.effect == "keep" and row.resource in crews for row in book.park.breakdowns)
        self.last = max((row.start for row in book.rows), default=0)

    def explain(self, row: Row, ticks: int) -> bool:
        """Whether a row may take more open time than its work."""
        if row.end >= FOREVER:
            return bool(row.step.calendar) and not row.step.runs and ticks < row.setup + row.work
        if row.step.interrupts and row.end > self.book.horizon:
            return True  # it goes on behind the end of what is told
        if row.resource in self.broken and may_stand_still(self.book, row):
            return True  # it stands still to the end, which is told as it was foreseen
        if row.resource not in self.broken or ticks < row.setup + row.work:
            return False
        ends = self.repaired.get((row.resource, row.machine), ())
        # the repair may begin after the last row that is told, or after the unit was scrapped
        behind = row.end > self.last or self.book.route(row.unit_id).stops
        # its people may have left it before the repair was over
        left = self.stopped and row.step.interrupts and any(row.start <= end for end in ends)
        return behind or left or any(row.start <= end <= row.end for end in ends)

    def still(self, row: Row, hours: OpenHours | None) -> int:
        """Open ticks for which a row stands still, since its machine is down by the schedule's own word."""
        if not self.down:
            return 0
        if hours is None or row.step.runs:
            return standing_still(self.down, row, int)
        return standing_still(self.down, row, lambda tick: int(hours.open_until(np.array([tick]))[0]))

    def ends(self, row: Row) -> bool:
        """Whether a row may end while its calendar is closed: it was stopped, or its unit, or its machine came up."""
        if self.stopped and row.step.interrupts:
            return True
        return row.end >= FOREVER or row.resource in self.broken or self.book.route(row.unit_id).stops


def _check_attempts(book: Book, fixed: bool, findings: Findings) -> None:
    """Operation, rework, operation, ...: each after the one before; only steps that can fail are reworked."""
    tally = findings.rule("rework")
    for unit_id, steps in book.steps.items():
        route = book.route(unit_id)
        for rows in steps.values():
            tally.checked += len(rows)
            begun = (unit_id, rows[0].step.name) in book.done
            _check_turns(rows, route, begun, tally)
            reworks = [row for row in rows if row.rework]
            if reworks and (fixed or not rows[0].step.fails):
                why = "nothing fails in fixed durations" if fixed else "the step cannot fail"
                tally.fail(f"{reworks[0]}: {why}")
            for earlier, later in pairwise(rows):
                if later.start < earlier.end:
                    tally.fail(f"{later} starts {book.say(later.start)}, before {earlier} ends {book.say(earlier.end)}")


def _check_turns(rows: Sequence[Row], route: Route, begun: bool, tally: Tally) -> None:
    """Attempts and reworks take turns; a unit comes to a step again only where its way leads back or it begins anew.

    `begun`: the opening state calls the step done.
    """
    again = route.divides or route.scraps
    most = 0 if rows[0].step.row is None else rows[0].step.row.attempts_most
    numbered = rows[0].attempt == 0 or route.scraps or (begun and again)
    turns = numbered and not rows[0].rework
    reworks = 0
    for earlier, later in pairwise(rows):
        reworks = 0 if later.first else reworks + later.rework * (not later.rest)
        if later.rest:
            turns = turns and later.attempt == earlier.attempt
        elif later.first:
            turns = turns and again
        else:
            turns = turns and later.rework != earlier.rework and later.attempt == earlier.attempt + (not later.rework)
        if most and reworks >= most:
            tally.fail(f"{later}: the unit is scrapped when it has failed {most} times")
            break
    if not turns:
        tally.fail(f"{rows[0].unit_id} {rows[0].step.name}: attempts and reworks do not take turns")


def _check_opening(book: Book, findings: Findings) -> None:
    """What is under way at the opening state goes on from tick 0."""
    tally = findings.rule("opening-state")
    for row in book.rows:
        if row.resumed:
            tally.checked += 1
            if row.start != 0:
                tally.fail(f"{row} is under way at tick 0, not from {book.say(row.start)}")
