"""Units that come by themselves, and stock that operations or standing orders fill."""

from __future__ import annotations

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.checks.same_way import left_behind
from aidc_twin.park.checks.structure import MOST_UNITS
from aidc_twin.park.durations import HOURS
from aidc_twin.park.flow import END, SCRAP, flow_of
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Material, Operation, Source
from aidc_twin.park.units_of_order import units_for

MOST_ARRIVALS = 100_000_000
"""Units that one stream may bring within the horizon; a minute of simulation for each few hundred millions of steps."""

MOST_PARTS = 100_000
"""Units that one unit of a stream may consist of."""


def check(findings: Findings) -> None:
    """Streams that never end within one instant, products that cannot arrive, stock levels without a supply."""
    for row in findings.park.sources:
        findings.part(_check_interval, row)
        findings.part(_check_count, row)
        if findings.readable("bom", "products", "operations", "branches", "needs", "breakdowns"):
            findings.part(_check_product, row)
    findings.each(findings.park.materials, _check_base_stock)


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
    """A unit with parts of its own is neither scrapped nor lost, nor are its parts lost: the others would be left."""
    park = findings.park
    units = units_for(park, row.product, 1.0)
    if sum(units.values()) > MOST_PARTS:
        findings.add(
            row,
            "product",
            f"{row.product}, with {sum(units.values()):,} units that are made for each",
            allowed=f"at most {MOST_PARTS:,}",
            fix="check the quantities in bom.csv: they are counts for one unit of the parent",
            code="too-many-units",
        )
    parents = [name for name in units if any(park.has("products", line.item) for line in park.bom_of(name))]
    for name in units if parents else ():
        reason = _may_go(park, name, parent=name in parents)
        if reason:
            findings.add(
                row,
                "product",
                f"{row.product} with its parts: {name} {reason}",
                allowed="a product that arrives without parts, or whose units stay until they are done",
                fix="those that belong together would be torn apart; let it arrive complete, put the parts into stock "
                "by outputs.csv and take them as materials, or order a solution that contains it",
                code="source-with-parts",
            )


def _may_go(park: Park, product: str, *, parent: bool) -> str:
    """Why a unit may go before it is done: for a part scrap is no reason, for it begins again."""
    routing = park.product(product).routing
    for op in park.operations_of(routing):
        if op.patience_hours is not None:
            return f"may lose patience at {op.operation}"
        if parent and op.attempts_most and op.fail_share.value > 0:
            return f"may be scrapped at {op.operation}"
        if parent and op.ways == "chance" and not _sure(park, op):
            return f"may go another way at {op.operation}"
        if parent and _returns(park, op):
            return f"may come to {op.operation} again"
        needs = park.needs_of(routing, op.operation) if parent else ()
        stops = [stop for need in needs for stop in park.breakdowns_of(need.resource) if stop.effect == "lose"]
        if stops:
            return f"may be scrapped when {stops[0].resource} breaks down"
    return left_behind(park, product) if parent else ""


def _returns(park: Park, op: Operation) -> bool:
    """Whether a unit may come back to an operation behind which ways divide."""
    flow = flow_of(park, op.routing)
    return op.operation in flow.branches and op.operation in flow.reached(flow.next_of(op.operation))


def _sure(park: Park, op: Operation) -> bool:
    """Whether chance leaves a unit one way only behind an operation."""
    ways = [row.next for row in park.branches_of(op.routing, op.operation)]
    return not ways or (len(ways) == 1 and ways[0] not in (END, SCRAP))


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
