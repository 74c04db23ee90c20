"""Where units stay: machines left only while they are up and open, machines and ways to which parts keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aidc_twin.verify.book import Book, Row, first_starts
from aidc_twin.verify.certificate import Findings, Tally
from aidc_twin.verify.chances import check_chances
from aidc_twin.verify.holding import Holding, Part, family
from aidc_twin.verify.hours import OpenHours
from aidc_twin.verify.routes import Hold


def check_stays(
    book: Book, hours: Mapping[str, OpenHours], held: Sequence[Holding], parts: Sequence[Part], findings: Findings
) -> None:
    """Go through machines that are kept with a condition."""
    leaves, same = findings.rule("leave"), findings.rule("same-machine")
    kept: dict[tuple[str, str], set[int]] = {}
    opening = {book.orders.of(book.units[unit_id][0]).order.order for unit_id in book.named}
    gone: dict[str, str] = {}
    gone_at_once: list[Row] = []
    for row in first_starts(book.rows):
        _check_way(book, row, gone, findings.rule("same-way"))
        for keeper, hold in _left_by(book, row):
            _check_leave(book, row, keeper, hours, leaves)
            if hold.once and _is_shut(book, row.start, keeper, hours):
                gone_at_once.append(row)
        for hold in row.takes:
            if hold.same and row.order not in opening:
                same.checked += 1
                machines = kept.setdefault((hold.resource, family(book, row.unit_id, "parent")), set())
                machines.add(row.machine)
                if len(machines) > 1:
                    same.fail(f"{row} is on {hold.resource} {row.machine}, parts of the same unit on another")
    check_chances(book, gone_at_once, held, parts, leaves)


def _check_way(book: Book, row: Row, gone: dict[str, str], tally: Tally) -> None:
    """Where parts of one unit keep to one way, each begins on the servers on which the first of them began.

    `gone` are those servers by parent. Parts with several such choices are let be: one may bind them for another.
    """
    steps = book.route(row.unit_id).steps
    choices = [step for step in steps.values() if row.step.name in step.ways]
    if len(choices) != 1 or choices[0].row is None or choices[0].row.same_way != "parent":
        return
    parent = family(book, row.unit_id, "parent")
    if set(row.step.before) != {choices[0].name} or parent == row.unit_id or _choices_beside(book, row) != 1:
        return
    tally.checked += 1
    servers = gone.setdefault(parent, row.resource)
    if row.resource != servers:
        tally.fail(f"{row} begins on {row.resource}, but the parts of {parent} keep to {servers}")


def _choices_beside(book: Book, row: Row) -> int:
    """Steps behind which parts of the unit that a unit is made for choose a way to which all of them keep."""
    park, batch = book.park, book.orders.of(row.order).batch(row.product, row.unit)
    lines = park.bom_of(batch.line.parent) if batch is not None else ()
    routings = {park.product(line.item).routing for line in lines if park.has("products", line.item)}
    return sum(op.same_way == "parent" for routing in routings for op in park.operations_of(routing))


def _left_by(book: Book, row: Row) -> Iterator[tuple[Row, Hold]]:
    """Rows whose machine, which is not left at any time, is left with the start or the passing of a row's step."""
    steps = book.steps[row.unit_id]
    for name, rows in steps.items():
        for hold in (hold for hold in rows[0].step.holds if hold.up):
            before = [other for other in rows if other.first and other.end <= row.start]
            follows = name in row.step.before or row.step.name in rows[0].step.ways
            if before and (hold.until == row.step.name or (hold.until == "next" and follows)):
                yield before[-1], hold


def _fetched(book: Book, row: Row) -> bool:
    """Whether a unit goes with a ship or a transfer."""
    leg, step = row.step.leg, row.step.row
    if step is None:
        return leg is not None and leg.kind == "sailing"
    return book.park.transfer(step.routing, step.operation) is not None


def _is_shut(book: Book, tick: int, keeper: Row, hours: Mapping[str, OpenHours]) -> bool:
    """Whether the machine of a row is down at a tick, or the calendar closed by which it was taken."""
    calendar = hours.get(keeper.step.calendar)
    if calendar is not None and not calendar.is_open(np.array([tick], np.int64))[0]:
        return True
    return any(
        (repair.row.resource, repair.machine) == (keeper.resource, keeper.machine) and repair.start < tick < repair.end
        for repair in book.repairs
    )


def _check_leave(book: Book, row: Row, keeper: Row, hours: Mapping[str, OpenHours], tally: Tally) -> None:
    """In the instant in which it comes to the queue a unit may leave; else the machine is up and its hours open.

    Ships and transfers take it without asking.
    """
    if _fetched(book, row):
        return
    route = book.route(row.unit_id)
    ends = [end for name in row.step.before for end in book.passes(row.unit_id, name) if end <= row.start]
    if route.divides or row.step.name in route.joins or not ends or max(ends) == row.start:
        return
    tally.checked += 1
    if _is_shut(book, row.start, keeper, hours):
        tally.fail(
            f"{row} starts {book.say(row.start)}, which leaves {keeper.resource} {keeper.machine} "
            "while it is down or its calendar is closed"
        )
