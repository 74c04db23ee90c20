"""Who holds what from when to when, by the schedule and by the opening state."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Capacity
from aidc_twin.units.clock import Clock
from aidc_twin.verify.book import FOREVER, LONG_AGO, Book, Row
from aidc_twin.verify.routes import Hold, Step
from aidc_twin.verify.ticks import needed, offered, thousandths, whole


@dataclass(frozen=True, slots=True)
class Holding:
    """An amount of a resource (thousandths) in use in [`start`, `end`); `machine` is 0 where it is unknown.

    `resumed`: it was taken before tick 0.
    """

    resource: str
    amount: int
    start: int
    end: int
    machine: int
    holder: str
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """An amount of a resource (thousandths) that is there from `start` to just before `end`."""

    resource: str
    amount: int
    start: int
    end: int


def holdings(book: Book) -> Iterator[Holding]:
    """Everything that is held: by each row, by units in progress at tick 0, and by those who repair."""
    shared: dict[tuple[str, str], list[Holding]] = {}
    for rows in together(book, book.rows):
        for hold in rows[0].takes:
            for row in rows[:: max(1, rows[0].step.most)]:
                _add(book, row.unit_id, hold, _of_row(book, row, hold), shared)
    for unit_id, names in book.named.items():
        steps = book.route(unit_id).steps
        for name in sorted(names & steps.keys()):
            for hold, held in _of_state(book, unit_id, steps[name]):
                _add(book, unit_id, hold, held, shared)
    for (resource, _), parts in shared.items():
        if resource:
            yield from _united(parts)
        else:
            yield from parts
    for repair in book.repairs:
        if repair.row.crew:
            amount = needed("crew", repair.row.crew_amount.value)
            yield Holding(repair.row.crew, amount, repair.start, repair.end, 0, str(repair))


def together(book: Book, rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows that may be one batch: of the same step, on the same machine, from the same tick on; each other alone."""
    batches: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if row.step.most == 1 or row.rework or row.resumed:
            yield [row]
        else:
            routing = row.step.row.routing if row.step.row else ""
            materials = book.route(row.unit_id).materials.get(row.step.name, ())
            key = (routing, row.step.name, materials, row.machine, row.start, row.takes, row.first or not materials)
            batches.setdefault(key, []).append(row)
    yield from batches.values()


def _add(book: Book, unit_id: str, hold: Hold, held: Holding, shared: dict[tuple[str, str], list[Holding]]) -> None:
    """Put a holding to those of its family, which take it once, or to those of nobody but their unit."""
    key = (hold.resource, family(book, unit_id, hold.family)) if hold.family else ("", "")
    shared.setdefault(key, []).append(held)


def family(book: Book, unit_id: str, whose: str) -> str:
    """Unit whose parts share something: the unit itself, or the one that it is made for."""
    order, product, number = book.units[unit_id]
    pieces = book.orders.of(order)
    batch = pieces.batch(product, number)
    return unit_id if whose == "parts" or batch is None else pieces.parent_id(batch, number)


def _united(parts: Sequence[Holding]) -> Iterator[Holding]:
    """What a family holds: once, from the first of some holdings that overlap or touch to the last of them."""
    one: Holding | None = None
    for part in sorted(parts, key=lambda held: (held.start, held.end)):
        if one is not None and part.start <= one.end:
            one = replace(one, end=max(one.end, part.end))
            continue
        if one is not None:
            yield one
        one = part
    if one is not None:
        yield one


def _of_row(book: Book, row: Row, hold: Hold) -> Holding:
    end = given_back(book, row, hold.until) if hold.until else row.end
    if not hold.until and row.step.content:
        # kept through all periods in which the step gets shares
        end = min(book.passes(row.unit_id, row.step.name), default=FOREVER)
    machine = row.machine if hold.server and hold.resource == row.resource else 0
    return Holding(hold.resource, hold.amount, row.start, end, machine, str(row), row.resumed)


def _of_state(book: Book, unit_id: str, step: Step) -> Iterator[tuple[Hold, Holding]]:
    """Needs of a step that began before tick 0, unless its row in the schedule accounts for them."""
    done = (unit_id, step.name) in book.done
    if not done and any(row.resumed for row in book.steps.get(unit_id, {}).get(step.name, ())):
        return
    for hold in step.holds:
        if done and not hold.until:
            continue
        end = until_from(book, unit_id, step, LONG_AGO, hold.until) if hold.until else FOREVER
        end = min(end, _before(book, unit_id, [t for name in book.named[unit_id] for t in book.begins(unit_id, name)]))
        if end > 0:
            yield hold, Holding(hold.resource, hold.amount, LONG_AGO, end, 0, f"{unit_id} {step.name}", resumed=True)


def given_back(book: Book, row: Row, until: str) -> int:
    """Tick at which something that a row keeps is given back; never: for ever.

    What a step still holds goes back when the unit comes to it again; that is known to lie at or after the end of
    something that leads to it.
    """
    end = min(until_from(book, row.unit_id, row.step, row.start, until), _scrapped(book, row))
    rows = book.steps[row.unit_id][row.step.name]
    after = rows[next(i for i, one in enumerate(rows) if one is row) + 1 :]
    again = min((one.start for one in after if one.first), default=None)
    if again is None or again >= end:
        return end
    steps = book.route(row.unit_id).steps
    ends = [tick for name in steps for tick in book.passes(row.unit_id, name) if row.end <= tick <= again]
    return min(end, min(ends, default=again))


def _scrapped(book: Book, row: Row) -> int:
    """Tick at which the unit may have been scrapped after a row: the last end of anything before it begins anew.

    That raises the attempt of each of its steps: a row with a lower one than the times that the unit had been scrapped
    by then was there before, be it in the same instant.
    """
    route = book.route(row.unit_id)
    if not route.scraps:
        return FOREVER
    anew: list[int] = []
    for name in (name for name, step in route.steps.items() if not step.before):
        known = name in book.named.get(row.unit_id, ())  # what had begun before tick 0 begins for the second time
        for scrapped, tick in enumerate(book.begins(row.unit_id, name), start=1 if known else 0):
            if scrapped and (tick > row.start or (tick == row.start and row.attempt < scrapped)):
                anew.append(tick)
    return max(row.start, _before(book, row.unit_id, anew))


def _before(book: Book, unit_id: str, anew: Sequence[int]) -> int:
    """Last end of anything of a unit up to the first of some ticks; for ever where there is none."""
    if not anew:
        return FOREVER
    first, ends = min(anew), book.ends(unit_id)
    for end, start in reversed(ends[: bisect_right(ends, (first, FOREVER))]):
        if start < first:
            return end
    return first


def until_from(book: Book, unit_id: str, step: Step, start: int, until: str) -> int:
    """Tick at which what a step took at a tick is given back, as far as it does not come to the step again."""
    left = book.left(unit_id)
    if until == "end":
        return left
    if until == "next":
        return _next_begins(book, unit_id, step, start, left)
    if until == "parts":
        return _parts_begin(book, unit_id, step, start, left)
    if until == "joined":
        return _is_joined(book, unit_id, left)
    anew = book.anew(unit_id)
    # what was passed in the instant of the start, but had begun before it, was passed before
    ticks = (
        tick for begun, tick in book.passings(unit_id, until)
        if tick > start or begun == tick == start or (tick == LONG_AGO and start < anew)
    )  # fmt: skip
    return min(ticks, default=left)


def _next_begins(book: Book, unit_id: str, step: Step, start: int, left: int) -> int:
    """First start, after a step is passed, of one that may follow it; the end of the unit where none does."""
    passed = min((tick for tick in book.passes(unit_id, step.name) if tick >= start), default=None)
    if passed is None:
        return left
    steps = book.route(unit_id).steps
    following = step.ways or tuple(name for name, other in steps.items() if step.name in other.before)
    if start < 0 and any((unit_id, name) in book.done or (unit_id, name) in book.under_way for name in following):
        return LONG_AGO
    ticks = [tick for name in following for tick in book.begins(unit_id, name) if tick >= passed]
    return min(ticks, default=left)


def _parts_begin(book: Book, unit_id: str, step: Step, start: int, left: int) -> int:
    """Start of the last part that a step releases, or its passing, whatever is later; at the latest the unit's end."""
    passed = min((tick for tick in book.passes(unit_id, step.name) if tick >= start), default=None)
    if passed is None:
        return left
    order, product, number = book.units[unit_id]
    pieces = book.orders.of(order)
    last = passed
    for line in book.park.bom_of(product):
        if line.released_by != step.name:
            continue
        for part in pieces.pegged(product, number, line.item):
            if part in book.named:
                continue
            begun = [rows[0].start for rows in book.steps.get(part, {}).values() if rows]
            if not begun:
                return passed if book.routes.of(pieces.order, line.item).vanishes else left
            last = max(last, min(begun))
    return min(last, left)


def _is_joined(book: Book, unit_id: str, left: int) -> int:
    """First start of the step that joins a unit; its own end where it may be scrapped, or nothing is known of it."""
    order, product, number = book.units[unit_id]
    pieces = book.orders.of(order)
    batch = pieces.batch(product, number)
    if batch is None:
        return left
    parent, joins = pieces.parent_id(batch, number), batch.line.operation
    if (parent, joins) in book.done or (parent, joins) in book.under_way:
        return LONG_AGO
    finished = book.finished(unit_id, book.route(unit_id))
    gone = FOREVER
    if book.routes.of(pieces.order, batch.line.parent).vanishes:
        gone = book.left(parent) if parent in book.units else LONG_AGO  # lost at any time, where nothing of it is told
    if finished is None and book.route(unit_id).vanishes:
        return min(left, gone)
    ticks = [tick for tick in book.begins(parent, joins) if finished is None or tick >= finished]
    return min(ticks, default=gone)


def capacity_parts(park: Park, clock: Clock, openings: Mapping[str, int]) -> list[Part]:
    """Parts of every resource's capacity, machines that are down taken off."""
    parts = [_part(clock, openings, row, park.resource(row.resource).kind) for row in park.capacity]
    for row in park.state_machines:
        if row.status == "down":
            back = FOREVER if row.until is None else clock.ticks(row.until)
            parts.append(Part(row.resource, -thousandths(1), LONG_AGO, back))
    return parts


def _part(clock: Clock, openings: Mapping[str, int], row: Capacity, kind: str) -> Part:
    start = LONG_AGO if row.start is None else clock.ticks(row.start)
    end = FOREVER if row.end is None else clock.ticks(row.end) + clock.ticks_per_day
    return Part(row.resource, offered(kind, row.amount.value), openings[row.phase] if row.phase else start, end)


def phase_openings(park: Park, clock: Clock, given: Mapping[str, int]) -> dict[str, int]:
    """Opening tick of each phase: as given, else its most likely day and nominal delay."""
    usual = {
        row.phase: clock.ticks(row.opens.mode) + whole(row.delay_days.value * clock.ticks_per_day)
        for row in park.phases
    }
    return usual | {name: tick for name, tick in given.items() if name in usual}
