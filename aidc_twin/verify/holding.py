"""Who holds what from when to when, by the schedule and by the opening state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Capacity
from aidc_twin.units.clock import Clock
from aidc_twin.verify.book import FOREVER, LONG_AGO, Book, Row
from aidc_twin.verify.routes import Hold, Step
from aidc_twin.verify.ticks import thousandths, whole


@dataclass(frozen=True, slots=True)
class Holding:
    """An amount of a resource (thousandths) in use in [`start`, `end`); `machine` is 0 where it is unknown."""

    resource: str
    amount: int
    start: int
    end: int
    machine: int
    holder: str


@dataclass(frozen=True, slots=True)
class Part:
    """An amount of a resource (thousandths) that is there from `start` to just before `end`."""

    resource: str
    amount: int
    start: int
    end: int


def holdings(book: Book) -> Iterator[Holding]:
    """Everything that is held: by each row, and by units in progress at tick 0."""
    for row in book.rows:
        for hold in row.takes:
            yield _of_row(book, row, hold)
    for unit_id, names in book.named.items():
        steps = book.route(unit_id).steps
        for name in sorted(names & steps.keys()):
            yield from _of_state(book, unit_id, steps[name])


def _of_row(book: Book, row: Row, hold: Hold) -> Holding:
    end = row.end if not hold.until else _given_back(book, row.unit_id, hold.until)
    machine = row.machine if hold.server and hold.resource == row.resource else 0
    return Holding(hold.resource, hold.amount, row.start, end, machine, str(row))


def _of_state(book: Book, unit_id: str, step: Step) -> Iterator[Holding]:
    """Needs of a step that began before tick 0, unless its row in the schedule accounts for them."""
    done = (unit_id, step.name) in book.done
    if not done and any(row.resumed for row in book.steps.get(unit_id, {}).get(step.name, ())):
        return
    for hold in step.holds:
        if done and not hold.until:
            continue
        end = _given_back(book, unit_id, hold.until) if hold.until else FOREVER
        if end > 0:
            yield Holding(hold.resource, hold.amount, LONG_AGO, end, 0, f"{unit_id} {step.name}")


def _given_back(book: Book, unit_id: str, until: str) -> int:
    """Tick at which something kept until a step (`end`: the unit's last) is given back; never: for ever."""
    end = book.finished(unit_id, book.route(unit_id)) if until == "end" else book.passed(unit_id, until)
    return FOREVER if end is None else end


def capacity_parts(park: Park, clock: Clock, openings: Mapping[str, int]) -> list[Part]:
    """Parts of every resource's capacity, machines that are down taken off."""
    parts = [_part(clock, openings, row) for row in park.capacity]
    for row in park.state_machines:
        if row.status == "down":
            back = FOREVER if row.until is None else clock.ticks(row.until)
            parts.append(Part(row.resource, -thousandths(1), LONG_AGO, back))
    return parts


def _part(clock: Clock, openings: Mapping[str, int], row: Capacity) -> Part:
    start = LONG_AGO if row.start is None else clock.ticks(row.start)
    end = FOREVER if row.end is None else clock.ticks(row.end) + clock.ticks_per_day
    return Part(row.resource, thousandths(row.amount.value), openings[row.phase] if row.phase else start, end)


def phase_openings(park: Park, clock: Clock, given: Mapping[str, int]) -> dict[str, int]:
    """Opening tick of each phase: as given, else its most likely day and nominal delay."""
    usual = {
        row.phase: clock.ticks(row.opens.mode) + whole(row.delay_days.value * clock.ticks_per_day)
        for row in park.phases
    }
    return usual | {name: tick for name, tick in given.items() if name in usual}
