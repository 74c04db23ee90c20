"""An order as its units: what the bill of materials makes of a quantity, in whole pieces with a value each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aidc_twin.park.park import Park
from aidc_twin.park.schema import BomLine, Order, Source
from aidc_twin.park.units_of_order import rounded


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece that is made, or an order itself (then `number` is 0).

    `parent` is the index of the unit that joins it at `joins`, -1 for an order; `released_by` names the parent's
    operation that releases it, blank where it goes with its parent. Value in yuan.
    """

    id: str
    order: str
    product: str
    number: int
    parent: int
    joins: str
    released_by: str
    group: str
    value_yuan: int


def shares(total: int, parts: int) -> list[int]:
    """`total` as `parts` integers that differ by one at most, the larger ones first."""
    base, rest = divmod(total, parts)
    return [base + (1 if i < rest else 0) for i in range(parts)]


def explode(park: Park, order: Order) -> list[Unit]:
    """Units of an order: itself first, then every made item, parents before what is made for them."""
    units = [Unit(order.order, order.order, order.product, 0, -1, "", "", "", order_value(park, order))]
    return _explode(park, units, order.quantity_mw)


def explode_arrival(park: Park, source: Source) -> list[Unit]:
    """A unit that a source brings, and what is made for it; ids without the number of the arrival."""
    value = round(park.product(source.product).value_yuan.value)
    return _explode(park, [Unit(source.source, source.source, source.product, 0, -1, "", "", "", value)], 1.0)


def _explode(park: Park, units: list[Unit], quantity: float) -> list[Unit]:
    """A unit, or so many at once, with every made item behind it."""
    counts: dict[str, int] = {}
    level: list[tuple[str, list[int], float]] = [(units[0].product, [0], quantity)]
    while level:
        product, parents, quantity = level.pop(0)
        for line in park.bom_of(product):
            if park.has("products", line.item):
                made = _make(park, line, units, parents, quantity, counts)
                level.append((line.item, made, float(len(made))))
    return units


def _make(
    park: Park,
    line: BomLine,
    units: list[Unit],
    parents: list[int],
    quantity: float,
    counts: dict[str, int],
) -> list[int]:
    """Append the units of one line for `parents`; returns their indices."""
    total = math.ceil(rounded(quantity * line.quantity.value, line.rounding) - 1e-9)
    if not total:
        return []
    first = counts.get(line.item, 0)
    counts[line.item] = first + total
    value = round(line.value_yuan.value * quantity) or round(park.product(line.item).value_yuan.value) * total
    made: list[int] = []
    for i, yuan in enumerate(shares(value, total)):
        number = first + i + 1
        parent = parents[i * len(parents) // total]
        group = line.group or units[parent].group
        made.append(len(units))
        units.append(
            Unit(f"{units[0].id}/{line.item}/{number}", units[0].order, line.item, number, parent, line.operation,
                 line.released_by, group, yuan)
        )  # fmt: skip
    return made


def order_value(park: Park, order: Order) -> int:
    """List price of an order in yuan: what its lines are worth, or its product's own value."""
    lines = sum(round(line.value_yuan.value * order.quantity_mw) for line in park.bom_of(order.product))
    return lines or round(park.product(order.product).value_yuan.value * order.quantity_mw)
