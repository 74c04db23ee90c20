"""Orders must be possible in time; those that cannot be met are kept and named."""

from __future__ import annotations

from datetime import date

from aidc_twin.park.calendars import earliest_opening
from aidc_twin.park.checks.findings import Findings
from aidc_twin.park.schema import Order
from aidc_twin.resources.suggest import listed

YEARS_AROUND = 5
"""Years before the epoch and after the horizon in which a date of an order can lie."""


def check(findings: Findings) -> None:
    """Dates of orders and of phases."""
    park = findings.park
    findings.each(park.orders, _check_due)
    for column in ("ordered", "due"):
        for order in park.orders:
            findings.part(_check_day, order, column)
    if not park.orders and not park.sources and findings.readable("orders", "sources"):
        findings.note("the order book is empty: nothing will be made")
    late = [row.order for row in park.orders if row.due < park.head.epoch]
    if late:
        findings.note(f"{len(late)} orders were due before the epoch {park.head.epoch}: {listed(late)}")
    if findings.readable("phases"):
        findings.part(_check_phases)


def _check_due(findings: Findings, order: Order) -> None:
    if order.due < order.ordered:
        findings.add(
            order,
            "due",
            f"due {order.due}, ordered {order.ordered}",
            allowed=f"{order.ordered} or later",
            fix="correct one of the two dates",
            code="due-before-ordered",
        )


def _check_day(findings: Findings, order: Order, column: str) -> None:
    park, day = findings.park, getattr(order, column)
    first, last = _shifted(park.head.epoch, -YEARS_AROUND), _shifted(park.horizon_end, YEARS_AROUND)
    if not first <= day <= last:
        findings.add(
            order,
            column,
            day.isoformat(),
            allowed=f"{first} to {last}",
            code="beyond-horizon",
            fix=f"the horizon ends on {park.horizon_end} ({park.head.horizon_weeks} weeks from {park.head.epoch}); "
            "correct the year, or raise horizon_weeks in park.toml",
        )


def _check_phases(findings: Findings) -> None:
    park = findings.park
    opening = {row.phase: earliest_opening(row) for row in park.phases}
    never = sorted(name for name, day in opening.items() if day >= park.horizon_end)
    if never:
        findings.note(f"phases that open after the horizon ends: {', '.join(never)}")
    # capacity that needs no phase can serve an order before the first phase opens
    if not opening or any(not row.phase for row in park.capacity):
        return
    early = [row.order for row in park.orders if row.due < min(opening.values())]
    if early:
        findings.note(f"{len(early)} orders are due before any phase opens ({min(opening.values())}): {listed(early)}")


def _shifted(day: date, years: int) -> date:
    year = min(max(day.year + years, date.min.year), date.max.year)
    return day.replace(year=year, day=min(day.day, 28))
