"""What is still to be released: units grouped into items, one per order and release group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aidc_twin.park.park import Park
from aidc_twin.twin.compile import Factory
from aidc_twin.twin.memory import Ints, Reals


@dataclass(frozen=True)
class Items:
    """What is still to be released: one item per order and release group.

    Attributes
    ----------
    rows : (order index in the park, group, family index).
    families : names, ``solution/group``; ``solution/group@export`` apart where what is posted hangs on the market.
    unit_item : item of each unit, -1 for orders, units in progress and what is made for those.
    mw : of each item.
    """

    rows: list[tuple[int, str, int]]
    families: list[str]
    unit_item: Ints
    mw: Reals


def find_items(factory: Factory) -> Items:
    """Group the units that have not started into items."""
    park = factory.park
    order_index = {order.order: i for i, order in enumerate(park.orders)}
    apart = _exports(park)
    rows: dict[tuple[int, str], int] = {}
    found: list[tuple[int, str, int]] = []
    families: list[str] = []
    unit_item = np.full(len(factory.units), -1, np.int64)
    top: dict[tuple[str, str], list[int]] = {}
    for i, unit in enumerate(factory.units):
        if unit.parent < 0:
            continue
        if factory.units[unit.parent].parent >= 0:
            unit_item[i] = unit_item[unit.parent]
            continue
        counts = top.setdefault((unit.order, unit.group), [0, 0])
        counts[1] += 1
        if factory.opening.started[i]:
            continue
        counts[0] += 1
        key = (order_index[unit.order], unit.group)
        if key not in rows:
            family = f"{park.orders[key[0]].product}/{unit.group or 'all'}{apart.get(key[0], '')}"
            if family not in families:
                families.append(family)
            rows[key] = len(found)
            found.append((*key, families.index(family)))
        unit_item[i] = rows[key]
    mw = [park.orders[o].quantity_mw * top[park.orders[o].order, group][0] / top[park.orders[o].order, group][1]
          for o, group, _ in found]  # fmt: skip
    return Items(found, families, unit_item, np.array(mw))


def _exports(park: Park) -> dict[int, str]:
    """What marks the families of export orders (by index) whose solution is also sold at home, where some sale holds
    for one market only: 1 MW of both would have a mean posting that neither has.
    """
    if all(sale.market == "all" for sale in park.sales):
        return {}
    market = [park.destination(order.destination).market for order in park.orders]
    home = {order.product for order, where in zip(park.orders, market, strict=True) if where == "domestic"}
    found = ((i, order.product) for i, order in enumerate(park.orders) if market[i] == "export")
    return {i: "@export" for i, product in found if product in home}


def spread(factory: Factory, weekly: Mapping[tuple[int, str], list[int]]) -> dict[str, int]:
    """Release ticks of the units of each (week, product), evenly over the week, earliest due date first.

    Evenly, because a week that begins with all its work queues for nothing, and because it lets a year end within a
    week.
    """
    week = factory.clock.ticks_per_week
    due = [factory.clock.ticks(order.due) for order in factory.orders]
    found: dict[str, int] = {}
    for (w, _), units in weekly.items():
        for n, unit in enumerate(sorted(units, key=lambda i: (due[i], i))):
            found[factory.units[unit].id] = w * week + week * n // len(units)
    return found
