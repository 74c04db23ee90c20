"""People of a crew who are named, and work that prefers one of them."""

from __future__ import annotations

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.schema import Breakdown, Need, Resource

MOST_PEOPLE = 60
"""People of one crew who may be told apart."""


def check(findings: Findings) -> None:
    """Names where there are no people or they never choose, needs that more than one of them would meet."""
    park = findings.park
    findings.each(park.resources, _check_crew)
    if not findings.readable("resources", "capacity", "needs", "operations"):
        return
    for need in park.needs:
        if park.has("resources", need.resource) and park.has_operation(need.routing, need.operation):
            findings.part(_check_amount, need, need.resource, "amount")
            findings.part(_check_per, need)
            findings.part(_check_choosers, need)
    findings.each(park.breakdowns, _check_break)


def _check_choosers(findings: Findings, need: Need) -> None:
    if need.prefer:
        _check_prefer(findings, need)
    if need.who:
        _check_who(findings, need)


def _check_break(findings: Findings, row: Breakdown) -> None:
    park = findings.park
    if park.has("resources", row.resource) and park.resource(row.resource).members == "named":
        _refuse_break(findings, row)
    if row.crew and park.has("resources", row.crew):
        _check_amount(findings, row, row.crew, "crew_amount")


def _check_crew(findings: Findings, row: Resource) -> None:
    if row.members != "named":
        return
    if row.kind != "crew":
        findings.add(
            row,
            "members",
            f"named at {row.resource}, which is {row.kind}",
            allowed="alike, or nothing",
            fix="leave it blank: only a crew has people who choose",
            code="members-without-crew",
        )
    elif findings.park.head.starts != "crews_last":
        findings.add(
            row,
            "members",
            f"named at {row.resource}, with starts = {findings.park.head.starts}",
            allowed="alike, unless crews start last",
            fix='write starts = "crews_last" in park.toml, or leave it blank: by its key work is not chosen by people',
            code="members-never-choose",
        )


def _check_amount(findings: Findings, row: Need | Breakdown, crew: str, column: str) -> None:
    """One person chooses for himself only."""
    amount: float = getattr(row, column).value
    if findings.park.resource(crew).members == "named" and amount != 1:
        findings.add(
            row,
            column,
            f"{number(amount)} of {crew}, whose members are named",
            allowed="1",
            fix="write 1, or leave members of the crew blank: a person who chooses comes alone",
            code="several-people",
        )


def _refuse_break(findings: Findings, row: Breakdown) -> None:
    """A break takes any of a crew, so that it would not be known who is away."""
    findings.add(
        row,
        "resource",
        f"{row.breakdown} of {row.resource}, whose members are named",
        allowed="servers, or a crew whose members are alike",
        fix="leave members of the crew blank, or write its hours in windows.csv as a calendar of the operations",
        code="break-of-person",
    )


def _check_per(findings: Findings, row: Need) -> None:
    """A person serves one unit."""
    if findings.park.resource(row.resource).members == "named" and row.per != "unit":
        findings.add(
            row,
            "per",
            f"{row.per} of {row.resource}, whose members are named",
            allowed="unit",
            fix="leave per blank, or members of the crew: a person serves one unit at a time",
            code="shared-person",
        )


def _check_prefer(findings: Findings, need: Need) -> None:
    """It must be a person of the crew who chooses whether the work is done."""
    park = findings.park
    people = sum(part.amount.value for part in park.capacity_of(need.resource))
    taken = [row for row in park.needs_of(need.routing, need.operation) if row.during == need.during]
    taken = [row for row in taken if row.hold == "take" and park.has("resources", row.resource)]
    crews = [row for row in taken if park.resource(row.resource).kind == "crew"]
    reason = ""
    if park.resource(need.resource).members != "named":
        reason = f"of {need.resource}, whose members have no names"
    elif need not in crews:
        reason = f"of {need.resource}, which is only looked at"
    elif need is not crews[0]:
        reason = f"of {need.resource}, while people of {crews[0].resource} choose"
    elif need.prefer > people:
        reason = f"of {need.resource}, which has {number(people)}"
    if reason:
        findings.add(
            need,
            "prefer",
            f"person {need.prefer} {reason}",
            allowed=f"1 to {number(people)}, of the first crew that the operation takes, with members = named; or 0",
            fix="correct the number, or leave it blank",
            code="nobody-to-prefer",
        )


def _check_who(findings: Findings, need: Need) -> None:
    """They must be people of a crew who choose, and nobody may be thought to come who may not."""
    park = findings.park
    people = sum(part.amount.value for part in park.capacity_of(need.resource))
    others = park.needs_of(need.routing, need.operation)
    taken = [park.resource(row.resource) for row in others if park.has("resources", row.resource)]
    reason = ""
    if park.resource(need.resource).members != "named":
        reason = f"of {need.resource}, whose members have no names"
    elif min(need.who) < 1 or max(need.who) > min(people, MOST_PEOPLE):
        reason = f"of {need.resource}, which has {number(people)}"
    elif need.prefer and need.prefer not in need.who:
        reason = f"of {need.resource}, and person {need.prefer} in prefer"
    elif any(row.preempt != "no" for row in taken):
        reason = f"at {need.operation}, which may stop other work"
    elif any(row.kind == "bucketed" for row in taken):
        reason = f"at {need.operation}, which gets shares of periods"
    if reason:
        findings.add(
            need,
            "who",
            f"{';'.join(str(one) for one in need.who)} {reason}",
            allowed=f"numbers from 1 to {number(min(people, MOST_PEOPLE))} of a crew with members = named; or blank",
            fix="correct the numbers, or leave it blank",
            code="nobody-allowed",
        )
