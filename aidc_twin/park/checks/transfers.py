"""Transfers: an operation that starts in rounds goes unit by unit, and takes nothing but for itself."""

from __future__ import annotations

from collections.abc import Iterator

from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Need, Operation, Transfer

TAKEN = ("crew", "cumulative", "space", "quota", "cash")
"""Kinds of resources that a round may need."""
PLAIN = {"batch_max": 1, "fail_share": "0", "on": "", "turn": "ready"}
"""Columns of operations that a transfer leaves as they are."""


def check(findings: Findings) -> None:
    """Operations that start in rounds, and what they need."""
    if findings.readable("operations", "needs", "resources", "branches", "bom"):
        findings.each(findings.park.transfers, _check_step)
        findings.each(findings.park.transfers, _check_needs)


def _check_step(findings: Findings, row: Transfer) -> None:
    park = findings.park
    if park.has_operation(row.routing, row.operation):
        for reason in _of_step(park, park.operation(row.routing, row.operation)):
            _add(findings, row, reason)


def _check_needs(findings: Findings, row: Transfer) -> None:
    park = findings.park
    if park.has_operation(row.routing, row.operation):
        for reason in _of_needs(park, park.operation(row.routing, row.operation)):
            _add(findings, row, reason)


def _add(findings: Findings, row: Transfer, reason: str) -> None:
    findings.add(
        row,
        "operation",
        f"{row.operation}, {reason}",
        allowed="an operation of single units that takes people, places or power for itself, or nothing",
        fix="write an operation of its own for the round, between those before and behind it",
        code="no-transfer",
    )


def _of_step(park: Park, step: Operation) -> Iterator[str]:
    """What of an operation contradicts a start in rounds."""
    for column, usual in PLAIN.items():
        found = getattr(step, column)
        if getattr(found, "text", found) != usual:
            yield f"which has {column} {getattr(found, 'text', found)}"
    products = {row.product for row in park.products if row.routing == step.routing}
    lines = [line for line in park.bom if line.operation == step.operation and line.parent in products]
    for line in lines:
        if park.has("materials", line.item):
            yield f"which takes {line.item} of stock"
    free = {row.operation for row in park.operations_of(step.routing) if row.ways != "chance"}
    for branch in park.branches_of(step.routing):
        if branch.next == step.operation and branch.operation in free:
            yield f"a way behind {branch.operation} that waits for what is free"


def _of_needs(park: Park, step: Operation) -> Iterator[str]:
    """What of its needs does."""
    for need in park.needs_of(step.routing, step.operation):
        if park.has("resources", need.resource):
            yield from _of_need(park, need)


def _of_need(park: Park, need: Need) -> Iterator[str]:
    resource = park.resource(need.resource)
    if resource.kind not in TAKEN:
        yield f"which needs {need.resource}, of kind {resource.kind}"
    elif resource.queue == "strict":
        yield f"which needs {need.resource}, whose queue is strict"
    elif need.until not in ("", need.operation):
        yield f"which keeps {need.resource} until {need.until}"
    elif need.per != "unit":
        yield f"which shares {need.resource} with others"
