"""Rules of sailings and transfers: they leave at their times with no more units than they have room for."""

from __future__ import annotations

from collections import Counter

from aidc_twin.verify.book import Book
from aidc_twin.verify.certificate import Findings
from aidc_twin.verify.ticks import units_up, whole


def check_transfers(book: Book, findings: Findings) -> None:
    """Go through every operation that starts in rounds; how many units waited is not published.

    The rest of interrupted work goes on at any time.
    """
    tally = findings.rule("transfers")
    taken: Counter[tuple[str, str, int]] = Counter()
    for row in book.rows:
        step = row.step.row
        transfer = None if step is None else book.park.transfer(step.routing, step.operation)
        if transfer is None or row.resumed or row.rest or row.start < 0:
            continue
        tally.checked += 1
        first = whole(transfer.first_hours * book.clock.ticks_per_hour)
        interval = max(1, whole(transfer.every_hours * book.clock.ticks_per_hour))
        if row.start < first or (row.start - first) % interval:
            tally.fail(f"{row} starts {book.say(row.start)}, when there is no round of {transfer.operation}")
        taken[transfer.routing, transfer.operation, row.start] += 1
        if taken[transfer.routing, transfer.operation, row.start] > transfer.amount:
            tally.fail(f"{row} starts {book.say(row.start)} in a round that takes {transfer.amount} units")


def check_sailings(book: Book, findings: Findings) -> None:
    """Go through every passage by ship; what was at sea at tick 0 is not counted again."""
    tally = findings.rule("sailings")
    aboard: Counter[tuple[str, str, int]] = Counter()
    for row in book.rows:
        leg = row.step.leg
        if leg is None or leg.kind != "sailing" or row.resumed:
            continue
        tally.checked += 1
        first = book.clock.ticks(leg.first_departure or book.park.head.epoch)
        interval = max(1, whole(leg.interval_days.value * book.clock.ticks_per_day))
        if row.start < first or (row.start - first) % interval:
            tally.fail(f"{row} leaves {book.say(row.start)}, when no ship leaves for {leg.destination}")
        departure = (leg.destination, leg.leg, row.start)
        aboard[departure] += 1
        room = -units_up(-leg.capacity_units.value)
        if aboard[departure] > room:
            tally.fail(f"{row} leaves {book.say(row.start)} on a ship with room for {room} units, which is full")
