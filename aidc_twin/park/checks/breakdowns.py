"""What stops machines must leave them time to work, and somebody must be able to repair them."""

from __future__ import annotations

from aidc_twin.park.checks.capacity import most_capacity
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.checks.values import SHORTEST_HOURS
from aidc_twin.park.schema import Breakdown


def check(findings: Findings) -> None:
    """Kinds of the resources, times between stops, and the amount of the crew."""
    for row in findings.park.breakdowns:
        _check_kinds(findings, row)
        _check_times(findings, row)
        if findings.readable("resources", "capacity", "phases"):
            _check_crew(findings, row)


def _check_kinds(findings: Findings, row: Breakdown) -> None:
    park = findings.park
    for column, name, kind in (("resource", row.resource, "servers"), ("crew", row.crew, "crew")):
        if name and park.has("resources", name) and park.resource(name).kind != kind:
            known = sorted(other.resource for other in park.resources if other.kind == kind)
            findings.add(
                row,
                column,
                f"{name}, a resource of kind {park.resource(name).kind}",
                allowed=f"a resource of kind {kind}: {', '.join(known) or 'there is none'}",
                fix="only machines break down, and only people repair; describe what is missing of another kind in "
                "capacity"
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
