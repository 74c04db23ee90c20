"""Materials that nothing supplies, or of which there is never as much as one unit takes."""

from __future__ import annotations

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.flow import flow_of
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Material
from aidc_twin.park.supply import brought_at_once, taken_at_once


def check(findings: Findings) -> None:
    """Two sorts of supply at once, none, and one that never brings enough."""
    findings.each(findings.park.materials, _check_supply)


def _check_supply(findings: Findings, row: Material) -> None:
    park = findings.park
    if row.lead_weeks is not None and row.weekly_quota is not None:
        findings.add(
            row,
            "weekly_quota",
            f"{row.weekly_quota.text} beside lead_weeks {row.lead_weeks.text}",
            allowed="a lead time or a weekly quota",
            fix="leave one of them blank",
            code="two-supplies",
        )
    wanted = any(line.item == row.material for line in park.bom)
    supplied = row.lead_weeks is not None or (row.weekly_quota is not None and row.weekly_quota.value > 0)
    if not wanted or not findings.readable("state/stocks", "state/purchase_orders", "outputs", "branches", "orders"):
        return
    if supplied:
        _check_enough(findings, row)
        return
    if _there(park, row) <= 0 and not _made_here(park, row.material):
        takers = sorted(line.parent for line in park.bom if line.item == row.material)
        findings.add(
            row,
            "lead_weeks",
            "no lead time, no weekly quota, no stock, and no step that puts it there before it is taken",
            allowed="one of them",
            code="no-supply",
            fix=f"write lead_weeks or weekly_quota, or a stock in state/stocks.csv: {', '.join(takers)} can never be "
            "made",
        )


def _there(park: Park, row: Material) -> float:
    """How much of a material there is at the epoch, or is on its way then."""
    held = sum(stock.quantity for stock in park.state_stocks if stock.material == row.material)
    return held + sum(order.quantity for order in park.state_purchase_orders if order.material == row.material)


def _check_enough(findings: Findings, row: Material) -> None:
    """Stock that never holds what one unit takes of it: too small a level or quota, or bought for orders only."""
    park = findings.park
    bought = row.weekly_quota is not None or row.base_stock is not None
    most = brought_at_once(row) if bought or park.orders else 0.0
    made = any(output.material == row.material for output in park.outputs)
    short = [line for line in park.bom if line.item == row.material]
    short = [line for line in short if taken_at_once(park, line) > (most + _there(park, row)) * (1 + 1e-9)]
    if made or not short:
        return
    column = "base_stock" if row.weekly_quota is None else "weekly_quota"
    line = max(short, key=lambda line: taken_at_once(park, line))
    least = number(taken_at_once(park, line))
    findings.add(
        row,
        column,
        f"at most {number(most)} in stock" if bought else "no level to which it is bought, and no orders to buy it for",
        allowed=f"at least {least}, which one {line.parent} takes at {line.operation}",
        code="never-enough",
        fix=f"write in base_stock how much is kept, {least} or more, or correct what one {line.parent} "
        "takes (bom.csv): it can never be made"
        if row.weekly_quota is None
        else "raise weekly_quota or carry_weeks (what is not collected is kept for so long), or correct what one "
        f"{line.parent} takes (bom.csv): it can never be made",
    )


def _made_here(park: Park, material: str) -> bool:
    """Whether a step puts a material into stock that its own unit has not taken from there before."""
    for row in park.outputs:
        if row.material == material:
            products = {product.product for product in park.products if product.routing == row.routing}
            taken = {line.operation for line in park.bom if line.item == material and line.parent in products}
            if not taken & flow_of(park, row.routing).upstream(row.operation):
                return True
    return False
