"""Rules between steps: what comes before, what joins, and when a unit may begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aidc_twin.verify.arrivals import Arrivals
from aidc_twin.verify.book import LONG_AGO, Book, Row, first_starts
from aidc_twin.verify.certificate import Findings, Tally
from aidc_twin.verify.ticks import whole
from aidc_twin.verify.ways import check_ways


def check_precedence(book: Book, plan_release: Mapping[str, int], fixed: bool, findings: Findings) -> None:
    """Go through predecessors, joins and releases of every step that begins in the schedule."""
    before, joins, released = findings.rule("precedence"), findings.rule("joins"), findings.rule("release")
    releases = Releases(book, plan_release, Arrivals(book, fixed))
    hour = book.clock.ticks_per_hour
    wished = {(row.order, row.operation): whole(row.hours * hour) for row in book.park.not_before}
    for row in first_starts(book.rows):
        if not book.route(row.unit_id).divides:
            _check_before(book, row, before)
        _check_joins(book, row, joins)
        released.checked += 1
        tick = releases.of(row.unit_id)
        if tick is None:
            released.fail(f"{row} starts {book.say(row.start)}, but its unit is not released")
        elif row.start < tick:
            released.fail(f"{row} starts {book.say(row.start)}, before its release {book.say(tick)}")
        earliest = wished.get((row.order, row.step.name), 0)
        if row.start < earliest and not (row.attempt or row.resumed):
            released.fail(f"{row} starts {book.say(row.start)}, not before {book.say(earliest)} by not_before")
    check_ways(book, before)


def _check_before(book: Book, row: Row, tally: Tally) -> None:
    """Each predecessor is passed since the step began last, which it does again where the unit was scrapped."""
    since = max((tick for tick in book.begins(row.unit_id, row.step.name) if tick < row.start), default=LONG_AGO)
    if row.start >= book.anew(row.unit_id):
        since = max(since, 0)  # what the state calls done was done before the unit was scrapped
    fed = {name for name, _ in row.step.fed}
    for name in row.step.before:
        if name in fed:
            continue  # the step begins on what is done of it so far
        tally.checked += 1
        ends = [end for end in book.passes(row.unit_id, name) if end >= since]
        if not ends:
            tally.fail(f"{row} starts {book.say(row.start)}, but {name} is not done")
        elif row.start < min(ends):
            tally.fail(f"{row} starts {book.say(row.start)}, before {name} is done {book.say(min(ends))}")


def _check_joins(book: Book, row: Row, tally: Tally) -> None:
    """All units that are made for this one have passed their last step."""
    for item in book.route(row.unit_id).joins.get(row.step.name, ()):
        pieces = book.orders.of(row.order)
        route = book.routes.of(pieces.order, item)
        for unit_id in pieces.pegged(row.product, row.unit, item):
            tally.checked += 1
            if row is not book.steps[row.unit_id][row.step.name][0]:
                continue  # parts that have joined stay joined
            end = book.finished(unit_id, route) if unit_id in book.units else None
            if end is None:
                tally.fail(f"{row} starts {book.say(row.start)}, but {unit_id} is not finished")
            elif row.start < end:
                tally.fail(f"{row} starts {book.say(row.start)}, before {unit_id} is finished {book.say(end)}")


@dataclass
class Releases:
    """Earliest tick at which a unit may begin; a unit that the state names has begun."""

    book: Book
    plan: Mapping[str, int]
    arrivals: Arrivals
    known: dict[str, int | None] = field(default_factory=dict[str, "int | None"])

    def of(self, unit_id: str) -> int | None:
        """Release tick of a unit; None where it is not released."""
        return self._of(unit_id, *self.book.units[unit_id])

    def _of(self, unit_id: str, order: str, product: str, number: int) -> int | None:
        if unit_id not in self.known:
            self.known[unit_id] = self._found(unit_id, order, product, number)
        return self.known[unit_id]

    def _found(self, unit_id: str, order: str, product: str, number: int) -> int | None:
        if unit_id in self.book.named:
            return LONG_AGO
        pieces = self.book.orders.of(order)
        planned = self.plan.get(unit_id, LONG_AGO)
        if pieces.is_order(product) and not self.book.park.has("orders", order):
            return self.arrivals.earliest(order)
        if pieces.is_order(product):
            return max(planned, self.book.clock.ticks(pieces.order.ordered))
        batch = pieces.batch(product, number)
        if batch is None:
            return None
        parent = pieces.parent_id(batch, number)
        if batch.line.released_by:
            tick = min(self.book.passes(parent, batch.line.released_by), default=None)
        else:
            tick = self._of(parent, order, batch.line.parent, batch.parent(number))
        return None if tick is None else max(planned, tick)
