"""Rules of batches: neither too many nor too few go together, and they go as one."""

from __future__ import annotations

from aidc_twin.verify.book import Book, Row
from aidc_twin.verify.certificate import Findings
from aidc_twin.verify.holding import together
from aidc_twin.verify.ticks import whole


def check_batches(book: Book, fixed: bool, findings: Findings) -> None:
    """Go through everything that goes in batches; what runs on no machine cannot be told apart from other batches."""
    tally = findings.rule("batches")
    for rows in together(book, book.rows):
        head = rows[0]
        if head.step.row is None or head.step.most == 1 or head.rework or head.resumed:
            continue
        tally.checked += 1
        when = f"at {book.say(head.start)} {len(rows)} units start {head.step.name}"
        if head.machine and len(rows) > head.step.most:
            tally.fail(f"{when} together on {head.resource} {head.machine}, at most {head.step.most} can")
        elif len(rows) < head.step.row.batch_min and not _waited(book, rows, fixed):
            tally.fail(f"{when}, fewer than {head.step.row.batch_min}, and none has waited long enough")
        # a unit that is scrapped leaves its batch before the end
        different = any((row.end, row.work) != (head.end, head.work) for row in rows)
        if head.machine and different and not any(book.route(row.unit_id).stops for row in rows):
            tally.fail(f"{when} together, but not all with the same work")


def _waited(book: Book, rows: list[Row], fixed: bool) -> bool:
    """Whether a unit of a batch has waited as long as it has to, which is known where durations are fixed."""
    row = rows[0].step.row
    if any(rows[0].step.name in book.route(one.unit_id).materials for one in rows):
        return True  # a batch ends where material does
    if row is None or row.batch_wait_hours is None:
        return False
    wait = whole(row.batch_wait_hours.mean * book.clock.ticks_per_hour)
    if not fixed or any(book.route(one.unit_id).divides for one in rows):
        return True
    ends = [[book.passed(one.unit_id, name) for name in one.step.before] for one in rows]
    # what waits for parts, or for its release, came later than its last step ended
    since = [max((end for end in mine if end is not None), default=0) for mine in ends]
    return any(one.start - tick >= wait for one, tick in zip(rows, since, strict=True))
