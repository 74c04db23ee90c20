"""Rules of work whose machine breaks down: it stands still until that is repaired, and goes on when it may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aidc_twin.verify.book import FOREVER, Book, Repair, Row
from aidc_twin.verify.certificate import Findings
from aidc_twin.verify.hours import OpenHours


def check_standstill(book: Book, hours: Mapping[str, OpenHours], findings: Findings) -> None:
    """Go through work during which its machine was repaired.

    A repair without crew and calendar begins with the failure; others may begin later, so that work lasts longer. Work
    that was left or cut, and what goes on behind the last row that is told, is let be.
    """
    if not book.repairs:
        return
    tally = findings.rule("standstill")
    by_machine: dict[tuple[str, int], list[Repair]] = {}
    for repair in book.repairs:
        by_machine.setdefault((repair.row.resource, repair.machine), []).append(repair)
    down = {(row.resource, row.machine) for row in book.park.state_machines if row.status == "down"}
    last = max((row.start for row in (*book.rows, *book.repairs)), default=0)
    for row in book.rows:
        repairs = by_machine.get((row.resource, row.machine), [])
        mine = [one for one in repairs if row.start < one.end and one.start < row.end]
        cut = row.step.interrupts or book.route(row.unit_id).stops or (row.resource, row.machine) in down
        if not mine or cut or row.end > book.horizon or not row.setup + row.work:
            continue
        tally.checked += 1
        since, left = _goes_on(row, mine, hours.get(row.step.calendar))
        if not left or since > book.horizon or may_stand_still(book, row):
            continue  # it was over as the machine broke down, or goes on behind the end of what is told
        worked = _worked(row, since, row.end, hours.get(row.step.calendar))
        known = not any(one.row.crew or one.row.calendar for one in mine) and row.end <= last
        if worked < left or (known and worked > left):
            tally.fail(
                f"{row} has {left} ticks of work left when it goes on {book.say(since)} after a breakdown, "
                f"and works {worked} until {book.say(row.end)}"
            )


def may_stand_still(book: Book, row: Row) -> bool:
    """Whether the machine of a row may be down to the end of the model, so that the row ends as it was foreseen before.

    Its repair goes on behind the end, or waits for somebody and is not told; and nothing begins on the machine.
    """
    mine = (row.resource, row.machine)
    waits = any(one.resource == row.resource and (one.crew or one.calendar) for one in book.park.breakdowns)
    down = any((one.row.resource, one.machine) == mine and one.end > book.horizon for one in book.repairs)
    if not (row.resource and (waits or down)):
        return False
    return not any((other.resource, other.machine) == mine and other.start >= row.end for other in book.rows)


def _goes_on(row: Row, repairs: Sequence[Repair], hours: OpenHours | None) -> tuple[int, int]:
    """Tick at which the work of a row goes on for the last time, and what is left of it then.

    Repairs begin with the failures; one that begins as the work ends comes too late to stop it.
    """
    since, left = row.start, row.setup + row.work
    for repair in sorted(repairs, key=lambda one: (one.start, one.end)):
        worked = _worked(row, since, max(since, repair.start), hours)
        if worked > left or (worked == left and repair.row.tie != "in_order"):
            break
        left = row.work if repair.row.effect == "repeat" else left - worked
        since = max(since, repair.end)
        if hours is not None and row.step.finishes:
            since = _opens(hours, since)
    return since, left


def _worked(row: Row, start: int, end: int, hours: OpenHours | None) -> int:
    """Ticks of work that fit between two ticks: open ones where closing suspends it."""
    if end <= start or hours is None or row.step.runs:
        return end - start
    opened = hours.open_until(np.array([start, end], np.int64))
    return int(opened[1] - opened[0])


def _opens(hours: OpenHours, tick: int) -> int:
    """First open tick from a tick on; for ever where there is none."""
    if hours.is_open(np.array([tick], np.int64))[0]:
        return tick
    following = hours.starts[hours.starts > tick]
    return int(following[0]) if following.size else FOREVER
