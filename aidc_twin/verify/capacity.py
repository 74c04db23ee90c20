"""Rules of resources: never more in use than there is, one job at a time on a machine, changeovers made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aidc_twin.verify.book import Book, Row
from aidc_twin.verify.certificate import Findings, Tally
from aidc_twin.verify.holding import Holding, Part, capacity_parts, holdings
from aidc_twin.verify.hours import Ticks
from aidc_twin.verify.ticks import THOUSANDTHS, whole


def check_capacity(book: Book, openings: Mapping[str, int], findings: Findings) -> None:
    """Go through resources, machines and changeovers."""
    parts = capacity_parts(book.park, book.clock, openings)
    held = list(holdings(book))
    by_resource: dict[str, list[Holding]] = {}
    for one in held:
        by_resource.setdefault(one.resource, []).append(one)
    for name, mine in sorted(by_resource.items()):
        _check_resource(book, name, mine, [part for part in parts if part.resource == name], findings.rule("capacity"))
    _check_seats(book, parts, findings)
    _check_one_job(book, held, findings.rule("machines"))
    _check_setups(book, findings.rule("setups"))


def _check_resource(book: Book, name: str, held: Sequence[Holding], parts: Sequence[Part], tally: Tally) -> None:
    """At each instant at which something is seized, all that is held fits into the capacity of that instant.

    Where capacity goes away, what is under way on it runs out; nothing new starts until the rest fits again.
    """
    lasting = [one for one in held if one.end > one.start]
    if not lasting:
        return
    instants = np.unique(np.array([max(0, one.start) for one in lasting], np.int64))
    amounts = np.array([one.amount for one in lasting], np.int64)
    in_use = _level(instants, [one.start for one in lasting], [one.end for one in lasting], amounts)
    there = _level(
        instants,
        [part.start for part in parts],
        [part.end for part in parts],
        np.array([part.amount for part in parts], np.int64),
    )
    tally.checked += instants.size
    for i in np.flatnonzero(in_use > there).tolist():
        tick = int(instants[i])
        holder = next((one.holder for one in lasting if max(0, one.start) == tick and one.amount), "units in progress")
        tally.fail(
            f"{name} at {book.say(tick)}: {in_use[i] / THOUSANDTHS:g} in use, "
            f"{there[i] / THOUSANDTHS:g} there; {holder} takes it"
        )


def _level(instants: Ticks, starts: Sequence[int], ends: Sequence[int], amounts: Ticks) -> Ticks:
    """Sum of the amounts whose half-open interval holds each instant; shape (instants,).

    Intervals that end before they start hold nothing.
    """
    if not len(starts):
        return np.zeros(instants.shape, np.int64)
    first, last = np.array(starts, np.int64), np.maximum(np.array(ends, np.int64), np.array(starts, np.int64))
    return _begun(instants, first, amounts) - _begun(instants, last, amounts)


def _begun(instants: Ticks, ticks: Ticks, amounts: Ticks) -> Ticks:
    """Sum of the amounts whose tick is not after each instant."""
    order = np.argsort(ticks, kind="stable")
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(amounts[order])])
    return total[np.searchsorted(ticks[order], instants, side="right")]


def _check_seats(book: Book, parts: Sequence[Part], findings: Findings) -> None:
    """Each row names one of the servers it takes and a machine that is there and is not down."""
    seats, down = findings.rule("machines"), findings.rule("machines-down")
    broken = {(row.resource, row.machine): row for row in book.park.state_machines if row.status == "down"}
    number = _Numbers(parts)
    for row in book.rows:
        servers = {hold.resource for hold in row.takes if hold.server}
        kept = (
            {hold.resource for hold in row.step.holds if hold.server} if row.attempt and not row.rework else set[str]()
        )
        if not servers and row.resource in kept:
            continue
        seats.checked += 1
        if not servers and (row.resource or row.machine):
            seats.fail(f"{row} runs on no machine, but is given {row.resource} {row.machine}")
        elif servers and row.resource not in servers:
            seats.fail(f"{row} runs on {' or '.join(sorted(servers))}, not on {row.resource or 'nothing'}")
        elif servers and not 1 <= row.machine <= number.at(row.resource, row.start):
            seats.fail(f"{row}: there is no {row.resource} {row.machine} at {book.say(row.start)}")
        if state := broken.get((row.resource, row.machine)):
            down.checked += 1
            if state.until is None or row.start < book.clock.ticks(state.until):
                down.fail(f"{row} starts {book.say(row.start)} on {row.resource} {row.machine}, which is down")


class _Numbers:
    """Highest machine number by resource and tick: as many as there are, those that are down included."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts: dict[str, list[Part]] = {}
        for part in parts:
            if part.amount > 0:
                self.parts.setdefault(part.resource, []).append(part)

    def at(self, resource: str, tick: int) -> int:
        return sum(part.amount for part in self.parts.get(resource, ()) if part.start <= tick < part.end) // THOUSANDTHS


def _check_one_job(book: Book, held: Sequence[Holding], tally: Tally) -> None:
    """Jobs on a machine follow each other."""
    by_machine: dict[tuple[str, int], list[Holding]] = {}
    for one in held:
        if one.machine and one.end > one.start:
            by_machine.setdefault((one.resource, one.machine), []).append(one)
    for (resource, machine), jobs in sorted(by_machine.items()):
        jobs.sort(key=lambda one: (one.start, one.end))
        latest = jobs[0]
        tally.checked += len(jobs)
        for one in jobs[1:]:
            if one.start < latest.end:
                tally.fail(
                    f"{resource} {machine} at {book.say(one.start)}: {one.holder} starts while {latest.holder} has it"
                )
            latest = max(latest, one, key=lambda job: job.end)


def _check_setups(book: Book, tally: Tally) -> None:
    """Changeover from the family that the machine made last; reworks and steps without a family change nothing."""
    park, clock = book.park, book.clock
    changeover = {
        (row.resource, row.from_family, row.to_family): whole(row.hours.value * clock.ticks_per_hour)
        for row in park.setups
    }
    by_machine: dict[tuple[str, int], list[Row]] = {}
    for row in book.rows:
        by_machine.setdefault((row.resource, row.machine), []).append(row)
    for (resource, machine), rows in sorted(by_machine.items()):
        last = ""
        # an operation without duration leaves the machine before the next one starts
        for row in sorted(rows, key=lambda row: (row.start, row.end)):
            family = row.step.family if machine and not row.rework else ""
            due = 0 if row.resumed else changeover.get((resource, last, family), 0)
            tally.checked += 1
            if row.setup != due:
                tally.fail(
                    f"{row} on {resource or 'no machine'} {machine or ''}: changeover {row.setup} ticks, {due} are due"
                )
            last = family or last
