"""Units that come by themselves, and stock that operations or standing orders fill."""

from __future__ import annotations

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.checks.structure import MOST_UNITS
from aidc_twin.park.durations import HOURS
from aidc_twin.park.schema import Material, Source

MOST_ARRIVALS = 100_000_000
"""Units that one stream may bring within the horizon; a minute of simulation for each few hundred millions of steps."""


def check(findings: Findings) -> None:
    """Streams that never end within one instant, products that cannot arrive, stock levels without a supply."""
    for row in findings.park.sources:
        _check_interval(findings, row)
        _check_count(findings, row)
        if findings.readable("bom", "products"):
            _check_product(findings, row)
    for material in findings.park.materials:
        _check_base_stock(findings, material)


def _ticks(findings: Findings, hours: float) -> float:
    return hours * 3.6e9 / findings.park.head.tick_us


def _check_interval(findings: Findings, row: Source) -> None:
    if not row.most and row.interval_hours.low >= 0 and _ticks(findings, row.interval_hours.high) < 0.5:
        findings.add(
            row,
            "interval_hours",
            f"{row.interval_hours.text} without an end",
            allowed="above 0, or 0 with a `most` above 0",
            fix="write the hours between arrivals, or in `most` how many arrive at once",
            code="endless-arrivals",
        )


def _check_count(findings: Findings, row: Source) -> None:
    mean = row.interval_hours.mean
    horizon = HOURS["week"] * findings.park.head.horizon_weeks
    count = horizon / mean if _ticks(findings, mean) >= 0.5 else float(row.most)
    count = min(count, row.most or count) * row.units
    limit = MOST_ARRIVALS if row.interval_hours.mean > 0 else MOST_UNITS
    if count > limit:
        findings.add(
            row,
            "most" if row.interval_hours.mean == 0 else "interval_hours",
            f"{number(count)} units of {row.product} within the horizon",
            allowed=f"at most {limit:,}",
            fix="check the unit (hours), or shorten the horizon",
            code="too-many-units",
        )


def _check_product(findings: Findings, row: Source) -> None:
    park = findings.park
    made = [line.item for line in park.bom_of(row.product) if park.has("products", line.item)]
    if made:
        findings.add(
            row,
            "product",
            f"{row.product}, which is made of {', '.join(made)}",
            allowed="a product whose bill of materials names materials only",
            fix="nobody would make its parts; let it arrive complete, put the parts into stock by outputs.csv and take "
            "them as materials, or order a solution that contains it",
            code="source-with-parts",
        )


def _check_base_stock(findings: Findings, row: Material) -> None:
    if row.base_stock is None:
        return
    missing = row.lead_weeks is None
    if missing or row.weekly_quota is not None:
        findings.add(
            row,
            "base_stock",
            f"{row.base_stock.text} {'without lead_weeks' if missing else 'beside a weekly quota'}",
            allowed="a level for a material that is ordered with a lead time",
            fix="write lead_weeks (0 where it comes at once) and no weekly_quota, or leave base_stock blank",
            code="base-stock-without-lead",
        )
    elif row.base_stock.value * 1000 < 0.5:
        findings.add(
            row,
            "base_stock",
            row.base_stock.text,
            allowed="at least 0.001",
            fix="at 0 nothing would ever be ordered; leave it blank to buy for each order",
            code="base-stock-of-nothing",
        )
