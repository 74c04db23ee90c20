"""What stops machines must leave them time to work, and somebody must be able to repair them."""

from __future__ import annotations

import math

from aidc_twin.park.calendars import open_share
from aidc_twin.park.checks.capacity import most_capacity
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.checks.values import SHORTEST_HOURS
from aidc_twin.park.durations import HOURS, duration_hours
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Breakdown, Operation
from aidc_twin.units.quantity import BOUNDED


def check(findings: Findings) -> None:
    """Kinds of the resources, times between stops, work and repairs that never end, and the amount of the crew."""
    for row in findings.park.breakdowns:
        findings.part(_check_kinds, row)
        findings.part(_check_times, row)
        if findings.readable("operations", "needs", "resources", "calendars", "windows"):
            findings.part(_check_work, row)
            findings.part(_check_repair, row)
        if findings.readable("resources", "capacity", "phases"):
            findings.part(_check_crew, row)


def _check_kinds(findings: Findings, row: Breakdown) -> None:
    park = findings.park
    for column, name, kind in (("resource", row.resource, "servers"), ("crew", row.crew, "crew")):
        people = column == "resource" and park.has("resources", name) and park.resource(name).kind == "crew"
        if name and park.has("resources", name) and park.resource(name).kind != kind and not people:
            known = sorted(other.resource for other in park.resources if other.kind == kind)
            findings.add(
                row,
                column,
                f"{name}, a resource of kind {park.resource(name).kind}",
                allowed=f"a resource of kind {kind}: {', '.join(known) or 'there is none'}",
                fix="machines break down, people repair and have breaks; for other kinds use capacity"
                if column == "resource"
                else "name the crew that repairs it, or leave it blank",
                code=f"not-{kind}",
            )


def _check_times(findings: Findings, row: Breakdown) -> None:
    if row.uptime_hours.low >= 0 and row.uptime_hours.mean < SHORTEST_HOURS:
        findings.add(
            row,
            "uptime_hours",
            f"{row.uptime_hours.text}, a mean of {number(row.uptime_hours.mean)} h",
            allowed="a mean of at least 1 second",
            fix="write the hours from a repair to the next stop; without them the machine never works",
            code="no-uptime",
        )


def _check_work(findings: Findings, row: Breakdown) -> None:
    """Work that each stop undoes must be shorter than the longest time between two of them."""
    park, uptime = findings.park, row.uptime_hours
    if row.effect not in ("repeat", "lose") or uptime.kind not in BOUNDED or row.clock_calendar:
        return
    longest = max(uptime.high, uptime.high if row.first_hours is None else row.first_hours.high)
    for step in park.operations:
        if row.resource != _server(park, step) or step.duration.kind not in BOUNDED or step.learning.text != "1":
            continue
        least = hours_of(park, step)[0]
        if longest < least * (1 - 1e-9):
            undone = "begins anew" if row.effect == "repeat" else "costs its unit"
            findings.add(
                row,
                "uptime_hours",
                f"{uptime.text}, and {step.routing}/{step.operation}, which takes {number(least)} h or more, {undone}"
                " at each stop",
                allowed=f"at least {number(least)} h, or effect keep",
                fix=f"let {row.resource} stop less often, or let the work go on afterwards: it would never be done",
                code="never-done",
            )


def _server(park: Park, step: Operation) -> str:
    """Servers on whose machine a step runs: the first that it takes."""
    needs = (need for need in park.needs_of(step.routing, step.operation) if need.during == "operation")
    taken = (need.resource for need in needs if need.hold == "take" and park.has("resources", need.resource))
    return next((name for name in taken if park.resource(name).kind == "servers"), "")


def hours_of(park: Park, step: Operation) -> tuple[float, float]:
    """Least and greatest hours of a step; 0 and endless where its calendar cannot be read."""
    try:
        least, _, most = duration_hours(park, step)
    except ValueError:  # weekdays that are none, a problem of the calendar
        return 0.0, math.inf
    return least, most


def _check_repair(findings: Findings, row: Breakdown) -> None:
    """A repair must fit into the time that its calendar is open at all."""
    park = findings.park
    horizon = HOURS["week"] * park.head.horizon_weeks
    try:
        opened = horizon * open_share(park.shifts_of(row.calendar), park.windows_of(row.calendar), horizon)
    except ValueError:  # weekdays that are none, a problem of the calendar
        return
    if opened < min(horizon, row.repair_hours.low) * (1 - 1e-9):
        findings.add(
            row,
            "repair_hours",
            f"{row.repair_hours.text}, and {row.calendar} is open for {number(opened)} h in all",
            allowed=f"at most {number(opened)} h",
            fix=f"open {row.calendar} for longer, or leave calendar blank: a machine of {row.resource} stays down",
            code="never-repaired",
        )


def _check_crew(findings: Findings, row: Breakdown) -> None:
    park = findings.park
    if not row.crew or not park.has("resources", row.crew):
        return
    most, wanted = most_capacity(park, row.crew), row.crew_amount.value
    if wanted > most:
        findings.add(
            row,
            "crew_amount",
            f"{number(wanted)} of {row.crew}",
            allowed=f"at most {number(most)}, the most that there is at any time of the horizon",
            fix=f"add capacity or lower the amount: a machine of {row.resource} that stops is never repaired",
            code="need-exceeds-capacity" if most > 0 else "zero-capacity",
        )
