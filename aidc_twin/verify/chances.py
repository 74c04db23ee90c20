"""Machines that are left while they are down or closed only at the very moment, with what is free as the work ends.

Work that ends in an instant ends in the order in which it started, and nothing else starts before the last of it has
ended. So what is given back later in the instant, by an end or by a start, was not free yet; and of two units that want
the same, the one that came second has missed its moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aidc_twin.verify.book import Book, Row
from aidc_twin.verify.certificate import Tally
from aidc_twin.verify.holding import Holding, Part
from aidc_twin.verify.ticks import THOUSANDTHS


def check_chances(
    book: Book, rows: Sequence[Row], held: Sequence[Holding], parts: Sequence[Part], tally: Tally
) -> None:
    """Go through starts with which units leave such machines in the instant in which they come to a queue."""
    if not rows:
        return
    floor = _Floor(book, parts)
    for one in held:
        floor.held.setdefault(one.resource, []).append(one)
    for row in book.rows:
        floor.rows[str(row)] = row
        floor.starts.setdefault(row.start, []).append(row)
    leaving = [(row, end) for row in rows if (end := floor.end_before(row)) is not None]
    for i, (row, end) in enumerate(leaving):
        tally.checked += 1
        words = f"{row} leaves a machine that is down or closed {book.say(row.start)}"
        if wanted := floor.missing(row, end):
            tally.fail(f"{words}, but {wanted} was not free yet as {end} ended")
        before = [other for other in floor.starts[row.start] if floor.goes_before(other, row, end)]
        before += [other for other, _ in leaving[:i] if other.start == row.start and shared(other, row)]
        if before:
            tally.fail(f"{words}, but {before[0]} came first and takes {shared(before[0], row)} too")


def shared(row: Row, other: Row) -> str:
    """A resource that both take; blank where there is none."""
    both = {hold.resource for hold in row.takes} & {hold.resource for hold in other.takes}
    return min(both, default="")


@dataclass
class _Floor:
    """What is in use as the work of an instant ends."""

    book: Book
    parts: Sequence[Part]
    held: dict[str, list[Holding]] = field(default_factory=dict[str, list[Holding]])
    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    starts: dict[int, list[Row]] = field(default_factory=dict[int, list[Row]])

    def end_before(self, row: Row) -> Row | None:
        """Work that ends as a row starts and leads to it; None where what leads to it cannot be told."""
        route, step = self.book.route(row.unit_id), row.step
        if not row.first or row.attempt or step.leg is not None or step.row is None or route.vanishes:
            return None
        if self.book.park.transfer(step.row.routing, step.name) is not None or step.name in route.joins:
            return None
        ends = [rows[-1] for name in step.before if (rows := self.book.steps[row.unit_id].get(name))]
        last = [end for end in ends if end.end == row.start]
        plain = len(ends) == len(step.before) and len(last) == 1 and last[0].start < row.start
        return last[0] if plain and not self._mended(last[0]) else None

    def _mended(self, row: Row) -> bool:
        """Whether the machine of a row was repaired meanwhile: its end was put off, and comes in another turn."""
        return any(
            (repair.row.resource, repair.machine) == (row.resource, row.machine) and repair.end >= row.start
            and repair.start <= row.end
            for repair in self.book.repairs
        )  # fmt: skip

    def missing(self, row: Row, end: Row) -> str:
        """A resource of which too little for a row was free when other work ended in that instant; blank if none."""
        for hold in row.takes:
            if hold.family or hold.same:
                continue
            there = sum(
                part.amount for part in self.parts
                if part.resource == hold.resource and part.start < row.start <= part.end
            )  # fmt: skip
            taken = sum(one.amount for one in self.held.get(hold.resource, ()) if self._in_use(one, row.start, end))
            if taken + hold.amount > there:
                return f"{hold.amount / THOUSANDTHS:g} {hold.resource}"
        return ""

    def _in_use(self, one: Holding, tick: int, end: Row) -> bool:
        """Whether something is still held when some work has ended at a tick."""
        if not one.start < tick <= one.end or one.end > tick:
            return one.start < tick < one.end
        holder = self.rows.get(one.holder)
        if holder is None or self.book.route(holder.unit_id).vanishes:
            return False
        until = next((hold.until for hold in holder.step.holds if hold.resource == one.resource), "")
        if until:
            return until in ("next", "joined")  # given back by a start
        return holder.end == tick and holder.start > end.start and not self._mended(holder)

    def goes_before(self, other: Row, row: Row, end: Row) -> bool:
        """Whether another start of the instant was possible when some work ended, was so before it, and takes the same.

        Starts that may have waited for something else are let be.
        """
        if other is row or not shared(other, row):
            return False
        earlier, park = self.end_before(other), self.book.park
        free = not other.step.calendar and other.step.most == 1
        free = free and other.step.name not in self.book.route(other.unit_id).materials
        free = free and not any(park.resource(hold.resource).queue == "strict" for hold in other.takes)
        plain = not other.looks and not any(hold.family or hold.same for hold in other.takes)
        return free and plain and earlier is not None and earlier.start < end.start and not self.missing(other, end)
