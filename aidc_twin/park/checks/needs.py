"""Needs of another kind than a part of a resource that one step takes: those that are only looked at."""

from __future__ import annotations

from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.schema import Need


def check(findings: Findings) -> None:
    """Needs whose columns contradict each other."""
    for need in findings.park.needs:
        _check_look(findings, need)


def _check_look(findings: Findings, need: Need) -> None:
    """What is not taken cannot be given back."""
    if need.hold == "take":
        return
    column, word = ("until", need.until) if need.until else ("when_closed", need.when_closed)
    if word not in ("", "keep"):
        findings.add(
            need,
            column,
            f"{word} at {need.operation}, which only looks at {need.resource}",
            allowed="blank",
            fix="leave it blank: what is not taken is not given back either; or write take in hold",
            code="look-gives-back",
        )
