"""How much of a material can ever be in stock at once because it comes from outside."""

from __future__ import annotations

import math

from aidc_twin.park.park import Park
from aidc_twin.park.schema import BomLine, Material

__all__ = ["brought_at_once", "taken_at_once"]


def brought_at_once(row: Material) -> float:
    """The most of a material that its supply brings together, beyond what there is at the epoch.

    A quota is kept for its weeks, a base stock is filled up to its level; a lead time alone means lots that are bought
    for orders or by a plan, as much as each takes.
    """
    if row.weekly_quota is not None:
        return row.weekly_quota.value * max(1.0, row.carry_weeks.value)
    if row.lead_weeks is None:
        return 0.0
    return math.inf if row.base_stock is None else row.base_stock.value


def taken_at_once(park: Park, line: BomLine) -> float:
    """The most that a unit of the parent takes by a line of its bill; what is ordered is as large as its order."""
    sizes = [order.quantity_mw for order in park.orders if order.product == line.parent]
    return line.quantity.value * max(sizes, default=1.0)
