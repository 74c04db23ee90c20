"""Rules of the work of a step: its distribution can give it, with what learning and interruptions make of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from aidc_twin.verify.book import Book, Row
from aidc_twin.verify.certificate import Findings
from aidc_twin.verify.ticks import Work, whole

Made = Mapping[tuple[str, str], int]
"""How often each operation is told, by routing and operation."""


def check_work(book: Book, fixed: bool, findings: Findings) -> None:
    """Work content that the operation's distribution can give, or what the state says is left."""
    tally = findings.rule("work")
    longest, made = longest_changeover(book), times_made(book)
    for rows in sorted(_pieces(book), key=lambda rows: (rows[0].start, rows[0].end, rows[0].unit_id)):
        row, work = rows[0], sum(one.work for one in rows)
        if row.step.content:
            continue  # it lasts as many periods as it gets shares of
        tally.checked += 1
        allowed = work_allowed(book, row, made, fixed)
        if allowed.holds(work, fixed or row.resumed, row.step.lengthens and not row.rework):
            continue
        anew = _begins_anew(book, row, fixed)
        rests = [sum(one.work for one in rows[i:]) for i in range(1, len(rows))] if anew else []
        if any(allowed.holds(rest, fixed or row.resumed, row.step.lengthens and not row.rework) for rest in rests):
            continue  # stopped for more urgent work, or by a failure, it began anew
        # where it was cut while the machine was changed over, what was left of that counts as work
        longer = len(rows) > 1 and not row.work and allowed.least <= work
        if longer and (allowed.most is None or work - longest <= allowed.most):
            continue
        low, high = (allowed.mean_low, allowed.mean_high) if fixed or row.resumed else (allowed.least, allowed.most)
        if min([work, *rests]) < low and _cut(book, rows, fixed):
            continue
        most = "no end" if high is None else f"{high}"
        limits = f"{low}" if fixed or row.resumed else f"{low} to {most}"
        tally.fail(f"{row} works {work} ticks; it can take {limits}")


def _pieces(book: Book) -> Iterator[list[Row]]:
    """Rows of each piece of work: one, or more where it was cut by closing hours."""
    for steps in book.steps.values():
        for rows in steps.values():
            one: list[Row] = []
            for row in rows:
                if one and not row.rest:
                    yield one
                    one = []
                one.append(row)
            yield one


def _cut(book: Book, rows: Sequence[Row], fixed: bool) -> bool:
    """Whether work may have been left undone: what goes on later is not told, or its unit was scrapped meanwhile."""
    last = rows[-1]
    route = book.route(last.unit_id)
    # another step of the unit, or another unit of its batch, may have ended it; or the machine itself
    stopped = route.stops and (not fixed or len(route.steps) > 1)
    return stopped or (last.step.interrupts and last.step.row is not None and not _goes_on(book, last))


def _goes_on(book: Book, row: Row) -> bool:
    """Whether the unit does anything after a row that shows that its work was done."""
    steps, mine = book.steps[row.unit_id], book.route(row.unit_id).steps
    following = [name for name, step in mine.items() if row.step.name in step.before or name in row.step.ways]
    return any(
        other.start >= row.end and other is not row
        for name in (row.step.name, *following)
        for other in steps.get(name, ())
    )


def times_made(book: Book) -> Made:
    """How often each operation is told."""
    return Counter((row.step.row.routing, row.step.name) for row in book.rows if row.step.row)


def longest_changeover(book: Book) -> int:
    """Ticks of the longest changeover of the park."""
    return max((whole(row.hours.value * book.clock.ticks_per_hour) for row in book.park.setups), default=0)


def work_allowed(book: Book, row: Row, made: Made, fixed: bool) -> Work:
    """Work contents that a row and the rests of its work may have in all."""
    allowed = _allowed(book, row)
    return allowed if fixed else _learned(row, made, allowed)


def is_left(book: Book, rows: Sequence[Row], made: Made, fixed: bool) -> bool | None:
    """Whether a piece of work that can be cut is left undone by its rows; None where they do not show it."""
    row = rows[0]
    if not any(one.step.interrupts for one in rows):
        return False
    allowed = work_allowed(book, row, made, fixed)
    sure = fixed or row.resumed
    low, high = (allowed.mean_low, allowed.mean_high) if sure else (allowed.least, allowed.most)
    total = sum(one.work for one in rows)
    if total < low:
        return True
    least = rows[-1].work if _begins_anew(book, row, fixed) else total
    # what was left of a changeover counts as work
    spare = longest_changeover(book) if len(rows) > 1 else 0
    lengthened = row.step.lengthens and not sure
    return False if high is not None and not lengthened and least - spare >= high else None


def _begins_anew(book: Book, row: Row, fixed: bool) -> bool:
    """Whether work on the machine of a row begins anew when it is stopped, or when the machine has broken down."""
    if not row.resource:
        return False
    if book.park.resource(row.resource).preempt == "repeat":
        return True
    return not fixed and any(one.resource == row.resource and one.effect == "repeat" for one in book.park.breakdowns)


def _learned(row: Row, made: Made, allowed: Work) -> Work:
    """Work content with what learning can make of it, up to as many units as are told."""
    op = row.step.row
    if op is None or op.learning.value == 1.0 or row.rework or row.resumed:
        return allowed
    doublings = math.log2(1 + made[op.routing, op.operation] / op.learned_units)
    factor = op.learning.value**doublings
    least = math.floor(allowed.least * min(1.0, factor))
    return replace(
        allowed, least=least, most=None if allowed.most is None else math.ceil(allowed.most * max(1.0, factor))
    )


def _allowed(book: Book, row: Row) -> Work:
    if not row.resumed:
        return row.step.rework if row.rework else row.step.work
    left = book.under_way[row.unit_id, row.step.name].remaining_hours * book.clock.ticks_per_hour
    return Work(whole(left), whole(left), whole(left - 1e-6), whole(left + 1e-6))
