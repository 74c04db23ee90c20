"""Load of each resource over the horizon: at 1 or more, queues grow without bound, and a reader should know."""

from __future__ import annotations

from datetime import timedelta

from aidc_twin.park.calendars import open_share
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.durations import attempts_of, hours_per_unit
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Capacity, Operation, Resource
from aidc_twin.park.units_of_order import units_of

WEEK_HOURS = 168.0
KINDS = ("servers", "crew", "cumulative")


def check(findings: Findings) -> None:
    """Note what the order book asks more of than there is; only where nothing else is wrong."""
    park = findings.park
    if findings.problems or park.incomplete:
        return
    asked = asked_hours(park)
    for resource in park.resources:
        offered = offered_hours(park, resource)
        if resource.kind in KINDS and offered > 0 and asked.get(resource.resource, 0.0) >= offered:
            share = asked[resource.resource] / offered
            findings.note(
                f"{resource.resource}: the order book asks for {number(round(100 * share))} % of its hours until"
                f" {park.horizon_end}; what is beyond them waits, or needs more shifts"
            )


def asked_hours(park: Park) -> dict[str, float]:
    """Amount times mean hours that the whole order book takes of each resource, repeats of failed steps included."""
    counts: dict[str, int] = {}
    for order in park.orders:
        for product, count in units_of(park, order).items():
            counts[product] = counts.get(product, 0) + count
    asked: dict[str, float] = {}
    for product, count in counts.items():
        for op in park.operations_of(park.product(product).routing):
            for need in park.needs_of(op.routing, op.operation):
                if need.during == "operation" and need.until in ("", op.operation) and need.hold == "take":
                    hours = (
                        count / op.batch_max * need.amount.value * _held_hours(park, op, park.resource(need.resource))
                    )
                    asked[need.resource] = asked.get(need.resource, 0.0) + hours
    return asked


def _held_hours(park: Park, op: Operation, resource: Resource) -> float:
    """Mean hours for which an operation holds a resource, closed time included where the resource counts it."""
    fails = op.fail_share.value
    # what is scrapped begins again, until it passes; a step that nobody passes is tried `attempts_most` times at least
    attempts = attempts_of(fails, 0 if fails < 1 else op.attempts_most)
    work = op.duration.mean * hours_per_unit(park, op.duration_unit, op.calendar) * attempts
    if resource.calendar or not op.calendar or op.when_closed != "suspend":
        return work
    return work / max(1e-9, _open_share(park, op.calendar))


def _open_share(park: Park, calendar: str) -> float:
    """Share of time that a calendar is open at shift level 1; 1 without one."""
    if not calendar:
        return 1.0
    return open_share(park.shifts_of(calendar), park.windows_of(calendar), WEEK_HOURS * park.head.horizon_weeks)


def offered_hours(park: Park, resource: Resource) -> float:
    """Amount times hours that a resource offers at shift level 1 until the horizon, holidays left out of account."""
    week = WEEK_HOURS * _open_share(park, resource.calendar)
    return sum(part.amount.value * _weeks(park, part) * week for part in park.capacity_of(resource.resource))


def _weeks(park: Park, part: Capacity) -> float:
    """Weeks of the horizon for which a part of a capacity is there, its phase opening on its most likely day."""
    start = park.head.epoch
    if part.phase:
        phase = park.phase(part.phase)
        start = phase.opens.mode + timedelta(days=min(phase.delay_days.value, 36_500.0))
    elif part.start is not None:
        start = part.start
    end = park.horizon_end if part.end is None else min(part.end + timedelta(days=1), park.horizon_end)
    return max(0.0, (end - max(start, park.head.epoch)).days / 7)
