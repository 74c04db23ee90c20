"""Rules of resources: never more in use than there is, one job at a time on a machine, changeovers made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from aidc_twin.verify.batches import check_batches
from aidc_twin.verify.book import Book, Row
from aidc_twin.verify.certificate import Findings, Tally
from aidc_twin.verify.holding import Holding, Part, capacity_parts, given_back, holdings
from aidc_twin.verify.hours import OpenHours, Ticks
from aidc_twin.verify.looks import check_looks
from aidc_twin.verify.repairs import check_repairs
from aidc_twin.verify.routes import KEPT
from aidc_twin.verify.stays import check_stays
from aidc_twin.verify.ticks import THOUSANDTHS, whole


def check_capacity(
    book: Book, openings: Mapping[str, int], hours: Mapping[str, OpenHours], fixed: bool, findings: Findings
) -> None:
    """Go through resources, machines and changeovers."""
    parts = capacity_parts(book.park, book.clock, openings)
    held = list(holdings(book))
    by_resource: dict[str, list[Holding]] = {}
    for one in held:
        by_resource.setdefault(one.resource, []).append(one)
    for name, mine in sorted(by_resource.items()):
        _check_resource(book, name, mine, [part for part in parts if part.resource == name], findings.rule("capacity"))
    check_looks(book, held, parts, findings)
    _check_seats(book, parts, findings)
    _check_one_job(book, held, findings.rule("machines"))
    _check_setups(book, findings.rule("setups"))
    check_batches(book, fixed, findings)
    check_stays(book, hours, held, parts, findings)
    check_repairs(book, hours, fixed, findings)


def _check_resource(book: Book, name: str, held: Sequence[Holding], parts: Sequence[Part], tally: Tally) -> None:
    """At each instant at which something is seized, all that is held fits into the capacity of that instant.

    Where capacity goes away, or less of it is there at tick 0 than is held by then, what is under way on it runs out;
    nothing new starts until the rest fits again.
    """
    lasting = [one for one in held if one.end > one.start]
    seized = [one for one in lasting if one.amount and not one.resumed]
    if not seized:
        return
    instants = np.unique(np.array([one.start for one in seized], np.int64))
    amounts = np.array([one.amount for one in lasting], np.int64)
    in_use = level_at(instants, [one.start for one in lasting], [one.end for one in lasting], amounts)
    there = level_at(
        instants,
        [part.start for part in parts],
        [part.end for part in parts],
        np.array([part.amount for part in parts], np.int64),
    )
    tally.checked += instants.size
    for i in np.flatnonzero(in_use > there).tolist():
        tick = int(instants[i])
        holder = next(one.holder for one in seized if one.start == tick)
        tally.fail(
            f"{name} at {book.say(tick)}: {in_use[i] / THOUSANDTHS:g} in use, "
            f"{there[i] / THOUSANDTHS:g} there; {holder} takes it"
        )


def level_at(instants: Ticks, starts: Sequence[int], ends: Sequence[int], amounts: Ticks) -> Ticks:
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
        if row.step.row is not None and row.step.row.on and not row.rework:
            _check_kept(book, row, row.step.row.on, seats)
            continue
        holds = row.step.rework_holds if row.rework else row.step.holds
        servers = {hold.resource for hold in holds if hold.server}
        taken = any(hold.server and hold.resource == row.resource for hold in row.takes)
        seats.checked += 1
        if not servers and (row.resource or row.machine):
            seats.fail(f"{row} runs on no machine, but is given {row.resource} {row.machine}")
        elif servers and row.resource not in servers:
            seats.fail(f"{row} runs on {' or '.join(sorted(servers))}, not on {row.resource or 'nothing'}")
        elif taken and not 1 <= row.machine <= number.of(row):
            seats.fail(f"{row}: there is no {row.resource} {row.machine} at {book.say(row.start)}")
        elif servers and not taken and row.machine != _kept_by(book, row) and not book.route(row.unit_id).scraps:
            seats.fail(f"{row} is on {row.resource} {row.machine}, not on the machine that its step keeps")
        if not taken:
            continue
        if state := broken.get((row.resource, row.machine)):
            down.checked += 1
            if state.until is None or row.start < book.clock.ticks(state.until):
                down.fail(f"{row} starts {book.say(row.start)} on {row.resource} {row.machine}, which is down")


def _kept_by(book: Book, row: Row) -> int:
    """Machine that the step of a later attempt or of a rest took last."""
    rows = book.steps[row.unit_id][row.step.name]
    place = next(i for i, one in enumerate(rows) if one is row)
    for one in reversed(rows[:place]):
        if one.rework == row.rework and any(hold.server and hold.resource == row.resource for hold in one.takes):
            return one.machine
    return row.machine


def _check_kept(book: Book, row: Row, servers: str, tally: Tally) -> None:
    """Work on a machine that an earlier step took is on the one that this step took last."""
    tally.checked += 1
    steps = book.steps[row.unit_id].values()
    keepers = [
        other
        for rows in steps for other in rows
        if other.start <= row.start and other.step is not row.step and not other.rework
        and any(hold.resource == servers and hold.until for hold in other.takes)
    ]  # fmt: skip
    holding = [other for other in keepers if _holds_for(book, other, row, servers)]
    keeper = max(holding, key=lambda other: (other.start, other.end), default=None)
    if row.resource != servers:
        tally.fail(f"{row} runs on {servers}, not on {row.resource or 'nothing'}")
    elif not row.machine and len(holding) < len(keepers):
        return  # the one of several keepers that comes last on the way has given it back
    elif keeper is not None and row.machine != keeper.machine:
        tally.fail(f"{row} is on {row.resource} {row.machine}, but {keeper} keeps {servers} {keeper.machine}")
    elif keepers and keeper is None and row.machine:
        tally.fail(f"{row} is on {row.resource} {row.machine}, but nothing keeps one of {servers} any more")


def _holds_for(book: Book, keeper: Row, row: Row, servers: str) -> bool:
    """Whether a row still keeps its machine as another one starts."""
    rows = book.steps[row.unit_id][row.step.name]
    laps = [one for one, other in pairwise(rows[: rows.index(row) + 1]) if other.first and one.start >= keeper.start]
    for hold in keeper.takes:
        if hold.resource == servers and hold.until:
            until = given_back(book, keeper, hold.until)
            if hold.until == row.step.name:
                return until >= row.start and not laps  # not given back as the unit passed the step before
            last = hold.until == "end" and until == book.left(
                row.unit_id
            )  # a last step without time is done there still
            return until > row.start or (until == row.start and (last or hold.until not in KEPT))
    return False


class _Numbers:
    """Highest machine number by resource and tick: as many as there are, those that are down included."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts: dict[str, list[Part]] = {}
        for part in parts:
            if part.amount > 0:
                self.parts.setdefault(part.resource, []).append(part)

    def of(self, row: Row) -> int:
        """Highest number that a row may have; parts keep to the machine of the first of them when others go."""
        if any(hold.same for hold in row.takes):
            return sum(part.amount for part in self.parts.get(row.resource, ())) // THOUSANDTHS
        return self.at(row.resource, row.start)

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
    # what a unit that sits on a machine since before tick 0 was made as is not told
    unknown = {
        hold.resource
        for unit_id, name in book.done for hold in book.route(unit_id).steps[name].holds
        if hold.server and hold.until
    }  # fmt: skip
    repeated = {one.row.resource for one in book.repairs if one.row.effect == "repeat"}
    by_machine: dict[tuple[str, int], list[Row]] = {}
    for row in book.rows:
        by_machine.setdefault((row.resource, row.machine), []).append(row)
    for (resource, machine), rows in sorted(by_machine.items()):
        last = ""
        batch: tuple[object, ...] = ()
        # an operation without duration leaves the machine before the next one starts
        for row in sorted(rows, key=lambda row: (row.start, row.end)):
            taken = any(hold.server and hold.resource == resource for hold in row.takes)
            family = row.step.family if machine and taken and not row.rework else ""
            due = 0 if row.resumed or row.rest else changeover.get((resource, last, family), 0)
            tally.checked += 1
            if row.step.most > 1 and batch == (row.step.name, row.start):
                due = row.setup  # the first of a batch was asked for all of it
            batch = (row.step.name, row.start)
            cut = (not row.work and (row.step.interrupts or book.route(row.unit_id).stops)) or resource in repeated
            if row.setup != due and not (cut and row.setup < due) and (last or resource not in unknown):
                tally.fail(
                    f"{row} on {resource or 'no machine'} {machine or ''}: changeover {row.setup} ticks, {due} are due"
                )
            last = family or last
