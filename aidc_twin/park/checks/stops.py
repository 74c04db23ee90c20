"""Stops and closings told exactly: kept machines, work of later steps on them, the order of an instant, last starts."""

from __future__ import annotations

from itertools import combinations

from aidc_twin.park.calendars import weekdays
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.flow import END, NEXT, flow_of
from aidc_twin.park.holding import kept
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Breakdown, Need, Operation
from aidc_twin.park.steps import all_before

DAYS_LOOKED_AT = 21
"""Days of shifts that are laid end to end to find the longest opening."""


def check(findings: Findings) -> None:
    """Clocks of breakdowns, machines that let nobody go, machines that are worked on later, last starts."""
    park = findings.park
    findings.each(park.breakdowns, _check_clock)
    findings.each(park.breakdowns, _check_hours)
    findings.each(park.breakdowns, _check_person)
    if not findings.readable("operations", "needs", "resources", "branches"):
        return
    findings.each(park.needs, _check_leave)
    findings.each(park.needs, _check_left)
    findings.each(park.operations, _check_on)
    if findings.readable("calendars", "windows"):
        findings.each(park.operations, _check_last_start)


def _check_clock(findings: Findings, row: Breakdown) -> None:
    if row.clock != "busy":
        return
    for column, found in (("tie", row.tie if row.tie == "in_order" else ""), ("clock_calendar", row.clock_calendar)):
        if found:
            findings.add(
                row,
                column,
                f"{found}, where the clock is busy",
                allowed=f"{'work_first' if column == 'tie' else 'blank'}; or clock calendar",
                fix="time at work ends with the work and counts the hours of the work itself",
                code="busy-clock",
            )


def _check_hours(findings: Findings, row: Breakdown) -> None:
    """What a closing does to a stop needs a calendar, and a stop must come before it."""
    asked = (("restart", row.restart, "never"), ("skip_hours", row.skip_hours, 0.0), ("at_closing", row.at_closing,
             "go_on"))  # fmt: skip
    for column, found, nothing in asked:
        if found != nothing and not row.clock_calendar:
            findings.add(
                row,
                column,
                f"{found}, where there is no clock_calendar",
                allowed=f"{nothing}; or a calendar in clock_calendar",
                fix="name in clock_calendar the calendar whose closings are meant",
                code="no-closing",
            )
    if row.at_closing == "end" and row.calendar:
        findings.add(
            row,
            "calendar",
            f"{row.calendar}, where the stop is over when {row.clock_calendar or 'clock_calendar'} closes",
            allowed="blank; or go_on in at_closing",
            fix="leave it blank: what is over at a closing does not go on at an opening",
            code="two-calendars",
        )
    if row.restart == "opening" and row.clock_calendar and findings.readable("calendars", "windows"):
        longest = _longest_opening(findings.park, row.clock_calendar)
        least = row.uptime_hours.low if row.first_hours is None else min(row.uptime_hours.low, row.first_hours.low)
        if least >= longest - row.skip_hours:
            findings.add(
                row,
                "uptime_hours",
                f"{row.uptime_hours.text}, and {row.clock_calendar} is open for {number(longest)} h at most",
                allowed=f"less than {number(max(0.0, longest - row.skip_hours))} h",
                fix="the stop would never come: write fewer hours, or never in restart",
                code="never-comes",
            )


def _check_person(findings: Findings, row: Breakdown) -> None:
    """A person's break waits until somebody is free, counts the hours of the day, and needs nobody else."""
    park = findings.park
    if not park.has("resources", row.resource) or park.resource(row.resource).kind != "crew":
        return
    effect = row.effect if row.effect in ("keep", "finish") else "keep or finish"
    for column, found, allowed in (("effect", row.effect, effect), ("clock", row.clock, "calendar"),
                                   ("crew", row.crew, ""), ("tie", row.tie, "work_first")):  # fmt: skip
        if found != allowed:
            findings.add(
                row,
                column,
                f"{found} at {row.resource}, a resource of kind crew",
                allowed=allowed or "blank",
                fix="people leave their work as it is, or finish it, and then have their break; it needs nobody else",
                code="break-of-people",
            )
    if row.effect == "keep" and row.calendar:
        findings.add(
            row,
            "calendar",
            f"{row.calendar}, where people leave their work for a break",
            allowed="blank; or finish in effect",
            fix="leave it blank: a break that waits for an opening has nobody's work to stop",
            code="break-of-people",
        )


def _check_left(findings: Findings, need: Need) -> None:
    """Work that people leave is that of one unit, which needs them for itself and gives nothing else back."""
    park = findings.park
    crew = park.has("resources", need.resource) and park.resource(need.resource).kind == "crew"
    if not crew or not any(row.effect == "keep" for row in park.breakdowns_of(need.resource)):
        return
    reason, column = "", "until"
    if need.hold == "take" and need.until not in ("", need.operation):
        reason = f"until {need.until}"
    elif need.per != "unit":
        reason, column = f"per {need.per}", "per"
    elif any(row.when_closed == "give_back" for row in park.needs_of(need.routing, need.operation)):
        reason, column = f"at {need.operation}, which gives something back when it is closed", "resource"
    elif shared := [name for name in _taken(park, need) if park.resource(name).kind == "bucketed"]:
        reason, column = f"at {need.operation}, which gets shares of {shared[0]}", "resource"
    elif park.has_operation(need.routing, need.operation):
        row = park.operation(need.routing, need.operation)
        reason = f"at {need.operation}, where units go together" if row.batch_max > 1 else ""
        column = "resource"
    if reason:
        findings.add(
            need,
            column,
            f"{need.resource}, who leave their work for a break, {reason}",
            allowed="a need of one unit that ends with the operation",
            fix="write finish in effect of the break, or blank here",
            code="break-of-people",
        )


def _taken(park: Park, need: Need) -> list[str]:
    """Resources that the operation of a need takes."""
    rows = park.needs_of(need.routing, need.operation)
    return [row.resource for row in rows if park.has("resources", row.resource)]


def _server(park: Park, routing: str, operation: str) -> str:
    """Servers on whose machine an operation runs: the first that it takes."""
    rows = park.needs_of(routing, operation)
    needs = (need for need in rows if need.during == "operation" and need.hold == "take")
    return next((need.resource for need in needs if _is_servers(park, need.resource)), "")


def _is_servers(park: Park, name: str) -> bool:
    return park.has("resources", name) and park.resource(name).kind == "servers"


def _check_leave(findings: Findings, need: Need) -> None:
    """A unit must be able to wait on the machine for the step with which it leaves."""
    park, reason = findings.park, ""
    if need.leave == "any" or not park.has_operation(need.routing, need.operation):
        return
    flow = flow_of(park, need.routing)
    leads = flow.next_of(need.operation) if need.until == NEXT and need.operation in flow.after else (need.until,)
    rows = [park.operation(need.routing, name) for name in leads if park.has_operation(need.routing, name)]
    if _server(park, need.routing, need.operation) != need.resource or need.during != "operation":
        reason = f"{need.resource}, which is not the machine on which {need.operation} is done"
    elif not kept(need) or need.until == END:
        reason = f"until {need.until or 'its own end'}: no step takes the unit from the machine"
    elif any(row.batch_max > 1 for row in rows):
        reason = f"until {need.until}: units go on together from there"
    elif any(row.on == need.resource for row in rows):
        reason = f"until {need.until}, which is done on {need.resource} itself"
    if reason:
        findings.add(
            need,
            "leave",
            f"{need.leave} at {need.operation}, {reason}",
            allowed="any; or up, at_once where `until` names the step, or `next`, with which a unit leaves its machine",
            fix="write any, or say in `until` with which step the unit leaves",
            code="no-machine-to-leave",
        )


def _check_on(findings: Findings, row: Operation) -> None:
    """An earlier step takes the machine and keeps it until this step or a later one; nothing is done there beside."""
    park, reason = findings.park, ""
    if not row.on:
        return
    if not park.has("resources", row.on):
        servers = [other.resource for other in park.resources if other.kind == "servers"]
        findings.unknown(row, "on", row.on, servers, "servers in resources")
        return
    rows = park.operations_of(row.routing)
    names = [other.operation for other in rows]
    fix = "leave it blank, or take the machine in an earlier step with `until`"
    if not _is_servers(park, row.on):
        reason = f"a resource of kind {park.resource(row.on).kind}"
    elif _server(park, row.routing, row.operation):
        reason = f"and {row.operation} takes {_server(park, row.routing, row.operation)} itself"
    elif row.batch_max > 1:
        reason = f"and units go together at {row.operation}"
    elif not _is_single_file(park, rows) and park.branches_of(row.routing):
        reason = f"and {row.routing} has parallel steps and branches"
        fix = "leave it blank, or let the steps follow each other by `after`"
    elif beside := _beside(park, row):
        reason = f"where {beside[0]} and {beside[1]} may be done beside each other"
        fix = f"let {beside[1]} name {beside[0]} in `after`, or the other way round: a machine does one thing at a time"
    elif (keeper := _keeper(park, row, names)) is None:
        reason = f"which no earlier step keeps until {row.operation} or later"
    elif _comes_without(park, row, keeper):
        reason = f"which a unit may come to {row.operation} without: {keeper.operation} keeps it until {keeper.until}"
        fix = f"let branches lead back to {keeper.operation}, write end in its `until`, or leave it blank"
    if reason:
        findings.add(
            row,
            "on",
            f"{row.on}, {reason}",
            allowed="servers that an earlier step on the way takes and keeps until this step or a later one",
            fix=fix,
            code="no-machine-kept",
        )


def _is_single_file(park: Park, rows: tuple[Operation, ...]) -> bool:
    """Whether a unit is at one step at a time: steps follow each other, and it goes one way where they fork."""
    before = [name for row in rows for name in row.after]
    divided = {row.operation for row in park.branches_of(rows[0].routing)}
    forks = {name for name in before if before.count(name) > 1}
    return all(len(row.after) <= 1 for row in rows) and len(before) == len(rows) - 1 and forks <= divided


def _beside(park: Park, row: Operation) -> tuple[str, ...]:
    """Two steps that take the machine on which a step works, or work on it, of which none follows the other; or none.

    Where ways divide a unit is at one step at a time.
    """
    if park.branches_of(row.routing):
        return ()
    rows = park.operations_of(row.routing)
    after = {other.operation: other.after for other in rows}
    there = [
        other.operation
        for other in rows
        if other.on == row.on or any(one.resource == row.on for one in park.needs_of(other.routing, other.operation))
    ]
    before = {name: all_before(name, after) for name in there}
    pairs = ((one, other) for one, other in combinations(there, 2) if one not in before[other])
    return next((pair for pair in pairs if pair[1] not in before[pair[0]]), ())


def _keeper(park: Park, row: Operation, names: list[str]) -> Need | None:
    """Need of the last earlier step that keeps the machine, if it is on the way here, and keeps it long enough; steps
    stand in working order.
    """
    place = names.index(row.operation) if row.operation in names else 0
    after = {name: park.operation(row.routing, name).after for name in names}
    earlier, branched = all_before(row.operation, after), bool(park.branches_of(row.routing))
    for i in range(place - 1, -1, -1):
        for need in park.needs_of(row.routing, names[i]):
            if need.resource == row.on and kept(need):
                late = need.until in (END, row.operation)
                if need.until in names:
                    behind = row.operation in all_before(need.until, after)
                    late = late or (names.index(need.until) > place if branched else behind)
                found = late and names[i] in earlier and _server(park, row.routing, names[i]) == row.on
                return need if found else None
    return None


def _comes_without(park: Park, row: Operation, keeper: Need) -> bool:
    """Whether some way, where ways divide, leads to a step when the machine is not kept, or has been given back."""
    if not park.branches_of(row.routing):
        return False
    flow = flow_of(park, row.routing)
    ahead = [(name, False) for name in flow.roots]
    seen = set(ahead)
    while ahead:
        name, held = ahead.pop()
        if name == row.operation and not held:
            return True
        held = name == keeper.operation or (held and name != keeper.until)
        new = {(other, held) for other in flow.next_of(name)} - seen
        seen |= new
        ahead.extend(new)
    return False


def _check_last_start(findings: Findings, row: Operation) -> None:
    """Some opening of the calendar must be longer than the hours in which nothing starts."""
    if not row.last_start_hours:
        return
    longest = _longest_opening(findings.park, row.calendar) if row.calendar else 0.0
    if row.last_start_hours < longest:
        return
    which = f"{row.calendar} is open for {number(longest)} h at most" if row.calendar else "there is no calendar"
    findings.add(
        row,
        "last_start_hours",
        f"{number(row.last_start_hours)}, where {which}",
        allowed=f"less than {number(longest)}, the longest opening" if row.calendar else "0",
        fix="it would never start: write fewer hours, or 0",
        code="never-starts",
    )


def _longest_opening(park: Park, calendar: str) -> float:
    """Hours that a calendar is open at a stretch, at most: shifts and windows may meet end to end."""
    shifts: list[tuple[float, float]] = []
    for row in park.shifts_of(calendar):
        try:
            days = set(weekdays(row.days))
        except ValueError:
            return float("inf")
        shifts += [
            (24 * day + row.start / 60, 24 * day + row.end / 60) for day in range(DAYS_LOOKED_AT) if day % 7 in days
        ]
    windows = [
        (row.opens_hours + lap * row.every_hours, row.closes_hours + lap * row.every_hours)
        for row in park.windows_of(calendar)
        for lap in range(DAYS_LOOKED_AT if row.every_hours else 1)
    ]
    return _longest(shifts) + _longest(windows)


def _longest(spans: list[tuple[float, float]]) -> float:
    """Longest stretch of spans, those that meet taken together; endless where they meet again and again."""
    marks: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if marks and start <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(end, marks[-1][1]))
        else:
            marks.append((start, end))
    if len(marks) == 1 < len(spans):
        return float("inf")
    return max((end - start for start, end in marks), default=0.0)
