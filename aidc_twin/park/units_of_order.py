"""How many units an order makes of each product, and how the steps of one unit follow each other."""

from __future__ import annotations

import math

from aidc_twin.park.park import Park
from aidc_twin.park.schema import BomLine, Order
from aidc_twin.park.steps import in_order

NEARLY = 1e-9
"""Whole numbers are not missed by the last bits of a product such as 0.1 × 30."""


def rounded(amount: float, rounding: str) -> float:
    """Units for an amount: next whole one, nearest whole one (half up), or as it is."""
    if rounding == "up":
        return float(math.ceil(amount - NEARLY * max(1.0, amount)))
    return float(math.floor(amount + 0.5 + NEARLY)) if rounding == "nearest" else amount


def units_of(park: Park, order: Order) -> dict[str, int]:
    """Units of each made product of an order: 1 of the solution, whole numbers of what it takes at every level.

    An amount that is still no whole number (`exact` below a fraction of a parent) counts up to the next unit.
    """
    children = {
        row.product: [line.item for line in park.bom_of(row.product) if park.has("products", line.item)]
        for row in park.products
    }
    amounts: dict[str, float] = {order.product: order.quantity_mw}
    units: dict[str, int] = {order.product: 1}
    for name in reversed(in_order(list(children), children)):
        if name not in amounts:
            continue
        for line in _made(park, name):
            amounts[line.item] = amounts.get(line.item, 0.0) + rounded(
                amounts[name] * line.quantity.value, line.rounding
            )
            units[line.item] = math.ceil(amounts[line.item] - NEARLY * max(1.0, amounts[line.item]))
    return units


def _made(park: Park, parent: str) -> list[BomLine]:
    return [line for line in park.bom_of(parent) if park.has("products", line.item)]


def steps_of_unit(park: Park, product: str, destination: str) -> dict[str, tuple[str, ...]]:
    """Operations of a unit → operations just before each, in working order.

    Where the product ships, the legs of the destination stand between its pack and its site stage.
    """
    rows = park.operations_of(park.product(product).routing)
    before = {row.operation: row.after for row in rows}
    legs = [leg.leg for leg in park.legs_of(destination)]
    if legs and park.ships(product):
        packs = tuple(row.operation for row in rows if row.stage == "pack")
        for index, leg in enumerate(legs):
            before[leg] = (legs[index - 1],) if index else packs
        before |= {row.operation: (*row.after, legs[-1]) for row in rows if row.stage == "site"}
    return {name: before[name] for name in in_order(list(before), before)}
