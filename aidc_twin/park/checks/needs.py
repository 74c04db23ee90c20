"""Needs that are only looked at, those that the parts of one unit share, and those that are kept for parts."""

from __future__ import annotations

from collections.abc import Callable

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.flow import JOINED, PARTS
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Need
from aidc_twin.resources.suggest import listed


def check(findings: Findings) -> None:
    """Needs whose columns contradict each other, and those that wait for parts or parents that there are not."""
    park = findings.park
    findings.each(park.needs, _check_look)
    if not findings.readable("needs", "operations", "resources", "products", "bom", "orders", "sources"):
        return
    for need in park.needs:
        if park.has_operation(need.routing, need.operation) and park.has("resources", need.resource):
            findings.part(_check_need, need)
            findings.part(_check_alone, need)
    findings.part(_check_amounts)


def _check_need(findings: Findings, need: Need) -> None:
    if need.per != "unit":
        findings.part(_check_shared, need)
    if need.same != "any":
        findings.part(_check_same, need)
    if need.until == PARTS and need.during == "operation":
        findings.part(_check_parts, need)
    if need.leave != "any" and need.until in (PARTS, JOINED):
        findings.part(_check_leave, need)
    if "parent" in (need.per, need.same) or need.until == JOINED:
        findings.part(_check_parent, need)


def _check_look(findings: Findings, need: Need) -> None:
    """What is not taken cannot be given back, shared or kept to."""
    if need.hold == "take":
        return
    usual = {"until": "", "when_closed": "keep", "per": "unit", "same": "any"}
    for column, word in usual.items():
        if getattr(need, column) != word:
            findings.add(
                need,
                column,
                f"{getattr(need, column)} at {need.operation}, which only looks at {need.resource}",
                allowed="blank",
                fix="leave it blank: what is not taken is not given back either; or write take in hold",
                code="look-gives-back",
            )


def _reason(park: Park, need: Need) -> str:
    """Why a need cannot be shared or kept to one machine, whatever the resource."""
    if need.during == "rework":
        return "for a rework"
    if need.when_closed == "give_back":
        return "which gives it back when closed"
    return "whose units go together" if park.operation(need.routing, need.operation).batch_max > 1 else ""


def _check_shared(findings: Findings, need: Need) -> None:
    park = findings.park
    reason = _reason(park, need)
    if park.resource(need.resource).kind == "servers":
        reason = f"of {need.resource}, machines that work on one unit at a time"
    elif need.per == "parts" and not any(map(_parts_of(park), _products(park, need))):
        reason = f"and no product of routing {need.routing} is made of others"
    if reason:
        findings.add(
            need,
            "per",
            f"{need.per} at {need.operation}, {reason}",
            allowed="unit; or people, places and amounts, for an operation that keeps them when closed",
            fix="leave per blank",
            code="not-shareable",
        )


def _check_same(findings: Findings, need: Need) -> None:
    park = findings.park
    rows = [row for row in park.needs_of(need.routing, need.operation) if row.during == need.during]
    servers = [row for row in rows if park.has("resources", row.resource) and row.hold == "take"]
    servers = [row for row in servers if park.resource(row.resource).kind == "servers"]
    reason = _reason(park, need)
    if need not in servers:
        reason = f"of {need.resource}, which are no servers"
    elif need is not servers[0]:
        reason = f"which works on {servers[0].resource}"
    if reason:
        findings.add(
            need,
            "same",
            f"{need.same} at {need.operation}, {reason}",
            allowed="any; or the servers on which the operation works, kept when closed",
            fix="leave same blank",
            code="no-machine-to-keep-to",
        )


def _check_parts(findings: Findings, need: Need) -> None:
    park = findings.park
    lines = [line for name in _products(park, need) for line in park.bom_of(name)]
    opens = sorted({line.released_by for line in lines if line.released_by and park.has("products", line.item)})
    if need.operation not in opens:
        findings.add(
            need,
            "until",
            f"parts at {need.operation}, which releases none",
            allowed=f"parts at an operation that is in released_by: {listed(opens)}" if opens else "blank",
            fix=f"write {need.operation} in released_by of bom.csv, or another until",
            code="releases-nothing",
        )


def _check_leave(findings: Findings, need: Need) -> None:
    """A machine can hold back a step of its own unit only."""
    findings.add(
        need,
        "leave",
        f"{need.leave} at {need.operation}, which keeps {need.resource} until {need.until}",
        allowed="any, where other units decide when the machine is left",
        fix="leave it blank: a machine keeps its own unit, not the parts or the parent of it",
        code="leaves-with-others",
    )


def _check_parent(findings: Findings, need: Need) -> None:
    """Every unit that comes to the operation must be made for another one."""
    park = findings.park
    inside = {line.item for line in park.bom}
    alone = {row.product for row in (*park.orders, *park.sources)}
    wrong = sorted(name for name in _products(park, need) if name in alone or name not in inside)
    if wrong:
        column = "per" if need.per == "parent" else "same" if need.same == "parent" else "until"
        findings.add(
            need,
            column,
            f"{getattr(need, column)} at {need.operation}, to which {listed(wrong)} comes by itself",
            allowed="a routing of products that are made for others only",
            fix="give what is ordered or arrives by itself a routing of its own, or leave the cell blank",
            code="no-parent",
        )


def _check_alone(findings: Findings, need: Need) -> None:
    """One need of an operation may depend on the parent: with two nobody could say for which of them it waits."""
    rows = [row for row in findings.park.needs_of(need.routing, need.operation) if row.during == need.during]
    picky = [row for row in rows if row.per != "unit" or row.same != "any"]
    if need in picky[1:]:
        findings.add(
            need,
            "per" if need.per != "unit" else "same",
            f"{need.resource} at {need.operation}, beside {picky[0].resource}",
            allowed="one need of an operation that parts of one unit share or keep to",
            fix="give one of them an operation of its own that takes no time",
            code="two-shared-needs",
        )


def _check_amounts(findings: Findings) -> None:
    """Those who share something take the same amount, whoever comes first."""
    first: dict[str, Need] = {}
    for need in findings.park.needs:
        if need.per != "unit" and need.amount.value != first.setdefault(need.resource, need).amount.value:
            known = first[need.resource]
            findings.add(
                need,
                "amount",
                f"{number(need.amount.value)} of {need.resource} for {need.operation}",
                allowed=f"{number(known.amount.value)}, as for {known.operation}",
                fix="write the same amount wherever it is shared: the first who comes takes it for all",
                code="shared-amounts-differ",
            )


def _products(park: Park, need: Need) -> list[str]:
    """Products that come to the operation of a need."""
    return [row.product for row in park.products if row.routing == need.routing]


def _parts_of(park: Park) -> Callable[[str], bool]:
    """Whether a product is made of others."""
    return lambda name: any(park.has("products", line.item) for line in park.bom_of(name))
