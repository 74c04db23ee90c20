"""Investments: one row of terms, phases that are opened once, gains of what can grow, an outlook of what is sold."""

from __future__ import annotations

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.schema import Investment, InvestmentGain, Outlook

GROWING = ("servers", "crew", "cumulative", "space")
"""Kinds of resources that an investment may add to: working capital is paid in as it is needed."""


def check(findings: Findings) -> None:
    """Rows of the investment tables that contradict themselves or others."""
    park = findings.park
    for row in park.finance[1:]:
        findings.add(
            row, "finance", row.finance, allowed=f"one row: {park.finance[0].finance} stands there already",
            fix="delete one of them, or put it into a scenario", code="second-terms",
        )  # fmt: skip
    opened: set[str] = set()
    for investment in park.investments:
        findings.part(_check_phase, investment, opened)
        findings.part(_check_whole, investment)
    findings.each(park.investment_gains, _check_gain)
    findings.each(park.outlook, _check_outlook)


def _check_outlook(findings: Findings, row: Outlook) -> None:
    kind = next((one.kind for one in findings.park.products if one.product == row.product), "solution")
    if kind != "solution":
        findings.add(
            row, "product", f"the {kind} {row.product}", allowed="a solution, which is what customers order",
            fix="write the solution that it is part of", code="outlook-of-a-part",
        )  # fmt: skip


def _check_phase(findings: Findings, row: Investment, opened: set[str]) -> None:
    if not row.phase:
        return
    if row.phase in opened:
        findings.add(
            row, "phase", row.phase, allowed="each phase opened by one investment", fix="delete one of them",
            code="phase-opened-twice",
        )  # fmt: skip
    opened.add(row.phase)
    if row.most != 1 or row.whole != "yes":
        findings.add(
            row, "most", f"{number(row.most)} of a phase{', in parts' if row.whole == 'no' else ''}",
            allowed="1, whole: a phase is opened once", fix="write 1, and yes for whole", code="phase-in-parts",
        )  # fmt: skip


def _check_whole(findings: Findings, row: Investment) -> None:
    for name in ("most", "most_quarter") if row.whole == "yes" else ():
        most = getattr(row, name)
        if most is not None and most != int(most):
            findings.add(
                row, name, number(most), allowed="a whole number where whole is yes",
                fix=f"write {int(most) or 1}, or no for whole", code="part-of-a-whole",
            )  # fmt: skip


def _check_gain(findings: Findings, row: InvestmentGain) -> None:
    park = findings.park
    if park.has("resources", row.name):
        kind = park.resource(row.name).kind
        if kind not in GROWING:
            findings.add(
                row, "name", f"{row.name}, of kind {kind}", allowed=f"a resource of kind {', '.join(GROWING)}",
                fix="remove the row; working capital is paid in as work ties it up", code="gain-of-what-cannot-grow",
            )  # fmt: skip
    elif park.has("materials", row.name) and park.material(row.name).weekly_quota is None:
        findings.add(
            row, "name", f"{row.name}, which has no quota", allowed="a resource, or a material with a weekly_quota",
            fix="remove the row: it can be bought as it is needed", code="gain-of-what-has-no-limit",
        )  # fmt: skip
