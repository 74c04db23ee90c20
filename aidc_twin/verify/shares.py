"""Rules of capacity that is shared out by period: shares of work that is there, no more than a period gives, alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import polars as pl

from aidc_twin.park.schema import Bucket, Resource
from aidc_twin.verify.book import Book, Row
from aidc_twin.verify.certificate import Findings, Tally
from aidc_twin.verify.holding import Part
from aidc_twin.verify.ticks import THOUSANDTHS, whole

FRAME = "schedule_allotments"
MILLION = 1_000_000
"""A period may give one part in so many more than it has: what is lost in rounding."""
NOTHING_AT_ONCE = 1e-12
"""Share of a step's work below which none of it is there from the start."""

Shares = dict[tuple[str, str, int], int]


def read_shares(frames: Mapping[str, pl.DataFrame]) -> Shares:
    """Thousandths of work that a step got of the period that begins at a tick; the first one where several are told."""
    found: Shares = {}
    if FRAME in frames:
        for unit_id, operation, start, amount in (
            frames[FRAME].select("unit_id", "operation", "start_tick", "amount").rows()
        ):
            found.setdefault((unit_id, operation, start), whole(amount * THOUSANDTHS) if math.isfinite(amount) else 0)
    return found


def check_shares(book: Book, frames: Mapping[str, pl.DataFrame], parts: Sequence[Part], findings: Findings) -> None:
    """Go through the shares of every step whose work is shared out, and through the periods that gave them."""
    if not any(row.kind == "bucketed" for row in book.park.resources):
        return
    tally = findings.rule("shares-of-periods")
    rows = [row for row in book.rows if row.step.content]
    _check_told(rows, frames.get(FRAME), tally)
    periods: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        tally.checked += 1
        _check_time(book, row, tally)
        there, before = _there(book, row), _allotted(book, row)
        if before + row.amount > there:
            tally.fail(
                f"{row} has {_say(before + row.amount)} {row.step.shop} by {book.say(row.start)}, "
                f"{_say(there)} of its work are there"
            )
        periods.setdefault((row.step.shop, row.start), []).append(row)
    for (shop, tick), mine in sorted(periods.items()):
        resource = book.park.resource(shop)
        left = _capacity(book, resource, tick, parts)
        tally.checked += 1
        given = sum(row.amount for row in mine)
        if given > left + left // MILLION:
            tally.fail(f"{shop} at {book.say(tick)}: {_say(given)} shared out, {_say(left)} there")
        _check_alike(book, resource, tick, mine, tally)


def _check_told(rows: Sequence[Row], allotments: pl.DataFrame | None, tally: Tally) -> None:
    """Each share is told once, with its amount, and belongs to a row of the schedule."""
    if allotments is None:
        if rows:
            tally.fail(f"{FRAME} is missing: how much {rows[0]} got is not told")
        return
    known = {(row.unit_id, row.step.name, row.start): row for row in rows}
    seen: set[tuple[str, str, int]] = set()
    columns = ("unit_id", "operation", "start_tick", "end_tick", "resource", "amount")
    for unit_id, operation, start, end, resource, amount in allotments.select(columns).rows():
        tally.checked += 1
        key = (unit_id, operation, start)
        row = known.get(key)
        words = f"share of {amount:g} {resource} for {unit_id} {operation} at tick {start}"
        if row is None:
            tally.fail(f"{words}: the schedule has no such work")
        elif key in seen:
            tally.fail(f"{words}: it is told twice")
        elif (resource, end) != (row.step.shop, row.end) or amount <= 0 or not math.isfinite(amount):
            tally.fail(f"{words} until tick {end}: the schedule has {row.step.shop} until tick {row.end}")
        seen.add(key)
    for row in rows:
        if row.amount < 1:
            tally.fail(f"{row} works {row.step.shop} at tick {row.start}, but no share of it is told")


def _check_time(book: Book, row: Row, tally: Tally) -> None:
    """A share lasts one period, from its beginning to its end."""
    resource, hour = book.park.resource(row.step.shop), book.clock.ticks_per_hour
    first, period = whole(resource.first_hours * hour), whole((resource.period_hours or 0.0) * hour)
    off = row.start < first or (row.start - first) % period or row.end - row.start != period
    if off or row.attempt or row.rework or (row.setup, row.work) != (0, period):
        tally.fail(
            f"{row} from {book.say(row.start)} to {book.say(row.end)} is no period of {row.step.shop}, "
            f"one every {resource.period_hours:g} h"
        )


def _allotted(book: Book, row: Row) -> int:
    """What the step got before a row."""
    return sum(one.amount for one in book.steps[row.unit_id][row.step.name] if one.start < row.start)


def _there(book: Book, row: Row) -> int:
    """Work of a row's step that is there as it starts: what the steps before it bring, and what none of them does."""
    content, share, wholly = row.step.content, 0.0, True
    for name, part in row.step.fed:
        total = book.route(row.unit_id).steps[name].content
        rows = book.steps[row.unit_id].get(name, ())
        done = sum(one.amount for one in rows if one.end <= row.start)
        share += part * (done / total)
        wholly = wholly and done >= total
    if wholly:
        return content
    rest = 1.0 - sum(part for _, part in row.step.fed)
    return min(content, math.floor(content * (share + rest if rest > NOTHING_AT_ONCE else share)))


def _capacity(book: Book, resource: Resource, tick: int, parts: Sequence[Part]) -> int:
    """Thousandths that the period that begins at a tick can give."""
    rows = [bucket for bucket in book.park.buckets if bucket.resource == resource.resource]
    if not rows:
        return sum(
            part.amount for part in parts if part.resource == resource.resource and part.start <= tick < part.end
        )
    hour = book.clock.ticks_per_hour
    first, period = whole(resource.first_hours * hour), whole((resource.period_hours or 0.0) * hour)
    number = (tick - first) // period + 1
    once = [bucket for bucket in rows if not bucket.every and bucket.bucket == number]
    return sum(math.floor(bucket.amount.value * THOUSANDTHS + 1e-6) for bucket in once or _again(rows, number))


def _again(rows: Sequence[Bucket], number: int) -> list[Bucket]:
    return [row for row in rows if row.every and number >= row.bucket and (number - row.bucket) % row.every == 0]


def _check_alike(book: Book, resource: Resource, tick: int, rows: Sequence[Row], tally: Tally) -> None:
    """Steps that get a part of what they ask for get the same part of it, to a thousandth.

    Where one takes something else with its first share, it may have found room for it only as another one started.
    """
    if any(row.first and (row.step.holds or row.step.name in book.route(row.unit_id).materials) for row in rows):
        return
    asked = {id(row): _there(book, row) - _allotted(book, row) for row in rows}
    short = [row for row in rows if row.amount < asked[id(row)]]
    divided = sum(row.amount for row in short)
    most = max(short, key=lambda row: asked[id(row)], default=None)
    for row in short:
        tally.checked += 1
        mine, others = asked[id(row)], 0 if most is None else asked[id(most)]
        if most is not None and abs(row.amount * others - most.amount * mine) > mine + others:
            tally.fail(
                f"{row} gets {_say(row.amount)} of {_say(mine)} {row.step.shop} at {book.say(tick)}, "
                f"{most} {_say(most.amount)} of {_say(others)}: not the same part"
            )
        if resource.finish_first == "yes" and _there(book, row) == row.step.content and mine <= divided:
            tally.fail(
                f"{row} could be finished with {_say(mine)} of the {_say(divided)} {row.step.shop} "
                f"that are divided at {book.say(tick)}"
            )


def _say(amount: int) -> str:
    return f"{amount / THOUSANDTHS:g}"
