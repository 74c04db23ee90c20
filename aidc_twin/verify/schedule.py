"""`check_schedule`: whether a park can do what a schedule says, rule by rule."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from aidc_twin.park.park import Park
from aidc_twin.units.clock import Clock
from aidc_twin.verify.book import FOREVER, Book, open_book
from aidc_twin.verify.capacity import check_capacity
from aidc_twin.verify.certificate import Certificate, Findings
from aidc_twin.verify.holding import capacity_parts, phase_openings
from aidc_twin.verify.hours import opening_hours
from aidc_twin.verify.materials import check_materials
from aidc_twin.verify.postings import Cut, check_postings
from aidc_twin.verify.precedence import check_precedence
from aidc_twin.verify.sailings import check_sailings, check_transfers
from aidc_twin.verify.shares import check_shares, read_shares
from aidc_twin.verify.stops import check_stops, read_stops
from aidc_twin.verify.structure import readable
from aidc_twin.verify.ticks import BOUNDED, clock_of, whole
from aidc_twin.verify.times import check_times
from aidc_twin.verify.unchecked import say_unchecked

REQUIRED = ("schedule_operations", "schedule_supply", "schedule_postings")
OPTIONAL = ("plan_shifts", "plan_purchases", "schedule_allotments")
LOOSE = {"phase_openings": ("phase", "tick"), "plan_unit_releases": ("unit_id", "release_tick")}
"""Frames without a published schema, with their columns."""


def check_schedule(
    park: Park, frames: Mapping[str, pl.DataFrame], *, fixed: bool = False, until: int | None = None
) -> Certificate:
    """Check a schedule against the park's rules, in exact whole numbers.

    Parameters
    ----------
    frames
        `schedule_operations`, `schedule_supply` and `schedule_postings`; where work is shared out by period,
        `schedule_allotments`; where there are any, `plan_shifts` (levels; 1 otherwise), `plan_purchases` (purchase
        orders placed, by week), `phase_openings` (phase, tick; the most likely day and nominal delay otherwise),
        `plan_unit_releases` (unit_id, release_tick) and `schedule_stops` (resource, machine, start_tick, end_tick) of
        machines that are down beyond what the park says.
    fixed
        Whether every duration must be its mean and nothing fails, as in the decoder of schedules.
    until
        Tick at which the frames were cut off: postings from then on are not expected; the horizon if not given.
    """
    findings = Findings()
    there = readable(frames, REQUIRED, True, findings) & readable(frames, OPTIONAL, False, findings)
    if not (there & _loose_readable(frames, findings)):
        return findings.certificate()
    clock = clock_of(park)
    given = _pairs(frames, "phase_openings")
    _check_phases(park, clock, given, findings)
    book = open_book(park, clock, frames["schedule_operations"], findings, read_shares(frames))
    # what never ends, since its calendar does not open long enough, is looked at up to the end of the model
    ends = [row.end if row.end < FOREVER else book.horizon for row in (*book.rows, *book.repairs)]
    span = (0, max(ends, default=0))
    hours = opening_hours(park, clock, shift_levels(frames), span)
    stops = read_stops(frames, findings)
    check_times(book, hours, fixed, findings, stops)
    check_stops(book, stops, findings)
    check_precedence(book, _pairs(frames, "plan_unit_releases"), fixed, findings)
    openings = phase_openings(park, clock, given)
    check_capacity(book, openings, hours, fixed, findings)
    check_shares(book, frames, capacity_parts(park, clock, openings), findings)
    check_materials(book, frames["schedule_supply"], frames.get("plan_purchases"), fixed, findings)
    check_sailings(book, findings)
    if park.transfers:
        check_transfers(book, findings)
    check_postings(book, frames["schedule_postings"], Cut(fixed, book.horizon if until is None else until), findings)
    _check_units(book, frames, findings)
    say_unchecked(park, fixed, findings)
    return findings.certificate()


def shift_levels(frames: Mapping[str, pl.DataFrame]) -> dict[tuple[str, int], int]:
    """Shift level by calendar and week, where one is given."""
    if "plan_shifts" not in frames:
        return {}
    rows = frames["plan_shifts"].select("calendar", "week", "level").rows()
    return {(calendar, week): level for calendar, week, level in rows}


def _loose_readable(frames: Mapping[str, pl.DataFrame], findings: Findings) -> bool:
    tally = findings.rule("schema")
    for name, (key, value) in LOOSE.items():
        if name not in frames:
            continue
        tally.checked += 1
        frame = frames[name]
        if not {key, value} <= set(frame.columns) or not frame.schema[value].is_integer() or frame[value].null_count():
            tally.fail(f"{name} needs the columns {key} and {value} (a whole number)")
            return False
    return True


def _pairs(frames: Mapping[str, pl.DataFrame], name: str) -> dict[str, int]:
    """Ticks by name of a loose frame, empty where it is not given."""
    return dict(frames[name].select(*LOOSE[name]).rows()) if name in frames else {}


def _check_phases(park: Park, clock: Clock, given: Mapping[str, int], findings: Findings) -> None:
    """Phases open at their earliest day or later."""
    tally = findings.rule("phases")
    known = {row.phase: row for row in park.phases}
    for name, tick in sorted(given.items()):
        tally.checked += 1
        if name not in known:
            tally.fail(f"there is no phase {name}")
            continue
        late = known[name].delay_days
        least = whole(late.low * clock.ticks_per_day) if late.kind in BOUNDED else 0
        if tick < clock.ticks(known[name].opens.low) + least:
            tally.fail(f"phase {name} opens at tick {tick}, before its earliest day")


def _check_units(book: Book, frames: Mapping[str, pl.DataFrame], findings: Findings) -> None:
    """Release ticks of a plan are about units of the park."""
    tally = findings.rule("known")
    planned = _pairs(frames, "plan_unit_releases")
    known = (
        {unit_id for order in book.park.orders for unit_id in book.orders.of(order.order).ids()}
        if planned
        else set[str]()
    )
    for unit_id in sorted(planned):
        tally.checked += 1
        if unit_id not in known:
            tally.fail(f"the plan releases {unit_id}, which is no unit of the park")
