"""Ways of which a unit takes the one that is free: each has a first step of its own that can wait beside the others."""

from __future__ import annotations

from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.flow import END, SCRAP
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Branch, Operation


def check(findings: Findings) -> None:
    """Choices without ways, and ways that cannot wait for what is free, or that other steps lead to."""
    if not findings.readable("operations", "branches", "needs", "resources", "bom", "products"):
        return
    findings.each(findings.park.operations, _check_step)


def _check_step(findings: Findings, row: Operation) -> None:
    if row.ways == "chance":
        return
    ways = findings.park.branches_of(row.routing, row.operation)
    if len(ways) < 2:
        _add_single(findings, row, len(ways))
    for way in ways:
        findings.part(_check_way, row, way)


def _check_way(findings: Findings, row: Operation, way: Branch) -> None:
    reason = _reason(findings.park, row, way)
    if reason:
        _add_way(findings, way, row, reason)


def _add_single(findings: Findings, row: Operation, count: int) -> None:
    findings.add(
        row,
        "ways",
        f"{row.ways} at {row.operation}, which has {count or 'no'} {'branch' if count == 1 else 'branches'}",
        allowed="chance; or two branches or more",
        fix="leave it blank, or write a row in branches.csv for each way that a unit may take",
        code="choice-without-ways",
    )


def _add_way(findings: Findings, way: Branch, row: Operation, reason: str) -> None:
    findings.add(
        way,
        "next",
        f"{way.next} as a way behind {way.operation}, {reason}",
        allowed=f"an operation that only follows {way.operation} (`after` names it alone), one by one, without parts"
        + (", on a machine" if row.ways != "free" else ""),
        fix=f"begin the way with such an operation (it may take no time), or let chance decide at {way.operation}",
        code="no-way-to-wait-for",
    )


def _reason(park: Park, row: Operation, way: Branch) -> str:
    """Why the first step of a way cannot wait beside those of the others; blank: it can."""
    if way.next in (END, SCRAP):
        return "where nothing can be waited for"
    if not park.has_operation(row.routing, way.next):
        return ""
    step = park.operation(row.routing, way.next)
    others = [branch.operation for branch in park.branches_of(row.routing) if branch.next == way.next]
    if step.after != (row.operation,):
        return f"which has {';'.join(step.after) or 'nothing'} in `after`"
    if len(others) > 1:
        return f"to which {next(name for name in others if name != row.operation)} leads as well"
    if step.batch_max > 1:
        return "where units go together"
    if _joins(park, step):
        return "which waits for parts"
    if row.ways != "free" and not _on_machine(park, step):
        return f"which takes no servers that could be idle ({row.ways})"
    return ""


def _joins(park: Park, step: Operation) -> bool:
    """Whether parts join at a step."""
    products = {row.product for row in park.products if row.routing == step.routing}
    lines = (line for line in park.bom if line.parent in products and line.operation == step.operation)
    return any(park.has("products", line.item) for line in lines)


def _on_machine(park: Park, step: Operation) -> bool:
    """Whether a step takes a machine."""
    needs = [need for need in park.needs_of(step.routing, step.operation) if need.during == "operation"]
    names = [need.resource for need in needs if need.hold == "take" and park.has("resources", need.resource)]
    return any(park.resource(name).kind == "servers" for name in names)
