"""Urgent work that stops other work: on which resources it can, and what the work there must be like."""

from __future__ import annotations

from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.schema import Need, Operation, Resource


def check(findings: Findings) -> None:
    """Resources on which work stops other work, and the needs of that work."""
    park = findings.park
    findings.each(park.resources, _check_resource)
    if findings.readable("resources", "operations", "needs"):
        findings.each((row for row in park.needs if park.has("resources", row.resource)), _check_need)


def _check_need(findings: Findings, need: Need) -> None:
    if findings.park.resource(need.resource).preempt != "no" and need.hold == "take":
        _check_work(findings, need)


def _check_resource(findings: Findings, row: Resource) -> None:
    """Only machines work by priority, of which each can be left at any time."""
    if row.preempt == "no":
        return
    usual = {"kind": "servers", "dispatch": "priority", "queue": "backfill"}
    for column, word in usual.items():
        found = getattr(row, column)
        if found != word:
            findings.add(
                row,
                "preempt",
                f"{row.preempt} at {row.resource}, whose {column} is {found}",
                allowed=f"no; or {word} in {column}",
                fix="machines on which work of a smaller priority stops other work are servers with dispatch priority",
                code="cannot-preempt",
            )


def _check_work(findings: Findings, need: Need) -> None:
    """Work that can be stopped takes its machine first, and keeps nothing beyond its own end."""
    park = findings.park
    if not park.has_operation(need.routing, need.operation):
        return
    rows = [row for row in park.needs_of(need.routing, need.operation) if row.during == need.during]
    if rows[0].resource != need.resource:
        findings.add(
            need,
            "resource",
            f"{need.resource} behind {rows[0].resource}, where urgent work stops other work on {need.resource}",
            allowed=f"{need.resource} as the first need of {need.operation}",
            fix="name it first: its rule tells which of the work that waits is the most urgent",
            code="machine-not-first",
        )
    usual = {"until": "", "when_closed": "keep", "per": "unit", "same": "any"}
    for row in rows:
        for column, word in usual.items():
            found = getattr(row, column)
            if found not in (word, row.operation if column == "until" else word):
                findings.add(
                    row,
                    column,
                    f"{found} at {row.operation}, which urgent work stops on {need.resource}",
                    allowed="blank",
                    fix="leave it blank: work that is stopped gives back all that it has",
                    code="keeps-when-stopped",
                )
    for row in rows:
        known = park.has("resources", row.resource)
        other = park.resource(row.resource) if known else None
        strict = other is not None and (other.queue == "strict" or other.kind == "bucketed" or other.members == "named")
        if strict and row.resource != need.resource:
            findings.add(
                row,
                "resource",
                f"{row.resource}, whose queue is strict, which is shared out by period or whose members are named, "
                f"beside {need.resource}, on which urgent work stops other work",
                allowed="resources whose queue is backfill",
                fix="write backfill in its queue, or no in preempt: in a strict queue nobody overtakes",
                code="strict-beside-preempt",
            )
    _check_batch(findings, park.operation(need.routing, need.operation), need)


def _check_batch(findings: Findings, row: Operation, need: Need) -> None:
    if row.batch_max > 1 and need.during == "operation":
        findings.add(
            row,
            "batch_max",
            f"{row.batch_max} at {row.operation}, which urgent work stops on {need.resource}",
            allowed="1",
            fix="leave it blank: units that go together are not stopped; or write no in preempt",
            code="batch-when-stopped",
        )
