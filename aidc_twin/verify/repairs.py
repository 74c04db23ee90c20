"""Rules of repairs: one at a time of each kind on a machine, as long as they can take, and nobody starts on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aidc_twin.verify.book import Book, Repair
from aidc_twin.verify.certificate import Findings, Tally
from aidc_twin.verify.hours import OpenHours
from aidc_twin.verify.ticks import work_of


def check_repairs(book: Book, hours: Mapping[str, OpenHours], fixed: bool, findings: Findings) -> None:
    """Go through repairs, and through what starts on machines that are repaired."""
    tally, down = findings.rule("repairs"), findings.rule("machines-down")
    before: dict[tuple[str, str, int], Repair] = {}
    by_machine: dict[tuple[str, int], list[Repair]] = {}
    for repair in book.repairs:
        tally.checked += 1
        if fixed:
            tally.fail(f"{repair}: nothing breaks down in fixed durations")
        _check_time(book, repair, hours, tally)
        key = (repair.row.resource, repair.row.breakdown, repair.machine)
        earlier = before.get(key)
        if earlier is not None and (repair.start < earlier.end or repair.number <= earlier.number):
            tally.fail(f"{repair} starts {book.say(repair.start)}, but {earlier} ends {book.say(earlier.end)}")
        before[key] = repair
        by_machine.setdefault((repair.row.resource, repair.machine), []).append(repair)
    for row in book.rows:
        if any(hold.server and hold.resource == row.resource for hold in row.takes) and not row.resumed:
            for repair in by_machine.get((row.resource, row.machine), ()):
                down.checked += 1
                if repair.start < row.start < repair.end:
                    down.fail(f"{row} starts {book.say(row.start)} on {row.resource} {row.machine} during {repair}")


def _check_time(book: Book, repair: Repair, hours: Mapping[str, OpenHours], tally: Tally) -> None:
    """Open time between start and end is the repair, which its distribution can give."""
    calendar = hours.get(repair.row.calendar)
    span = np.array([repair.start, repair.end], np.int64)
    passed = span if calendar is None else calendar.open_until(span)
    if calendar is not None and not calendar.is_open(span)[0]:
        tally.fail(f"{repair} starts {book.say(repair.start)}, when calendar {repair.row.calendar} is closed")
    if int(passed[1] - passed[0]) != repair.work or repair.setup:
        tally.fail(f"{repair} takes {int(passed[1] - passed[0])} ticks of open time; its work is {repair.work}")
    allowed = work_of(repair.row.repair_hours, float(book.clock.ticks_per_hour))
    shift = hours.get(repair.row.clock_calendar) if repair.row.at_closing == "end" else None
    over = shift is not None and repair.work <= (allowed.most or repair.work) and not shift.is_open(span)[1]
    if not over and not allowed.holds(repair.work, False, False):
        tally.fail(f"{repair} works {repair.work} ticks, which its distribution cannot give")
