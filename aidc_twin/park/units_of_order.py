"""How many units an order makes of each product, and how the steps of one unit follow each other."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from aidc_twin.park.park import Park
from aidc_twin.park.schema import BomLine, Order
from aidc_twin.park.steps import in_order

SHIPPED_KINDS = ("module", "payload")
"""Kinds of products that take the legs of a destination."""

SITE_STAGES = ("site", "acceptance")
"""Stages that are worked on where the unit is delivered."""

MOST_UNITS = 1e15
"""An amount beyond all bounds counts as this, so that what is wrong can be told."""

NEARLY = 1e-9
"""Whole numbers are not missed by the last bits of a product such as 0.1 × 30."""


def rounded(amount: float, rounding: str) -> float:
    """Units for an amount: next whole one, nearest whole one (half up), or as it is."""
    if rounding == "up":
        return float(math.ceil(amount - NEARLY * max(1.0, amount)))
    return float(math.floor(amount + 0.5 + NEARLY)) if rounding == "nearest" else amount


def units_of(park: Park, order: Order) -> dict[str, int]:
    """Units of each made product of an order: 1 of the solution, whole numbers of what it takes at every level.

    What is still no whole number (`exact` of a fraction) counts up to the next unit, line by line of the bill.
    """
    return units_for(park, order.product, order.quantity_mw)


def units_for(park: Park, product: str, quantity: float) -> dict[str, int]:
    """Units of each made product for so much of one, itself among them as one unit."""
    children = {
        row.product: [line.item for line in park.bom_of(row.product) if park.has("products", line.item)]
        for row in park.products
    }
    amounts: dict[str, dict[float, int]] = {product: {quantity: 1}}
    units: dict[str, int] = {product: 1}
    for name in reversed(in_order(list(children), children)):
        for amount, times in list(amounts.get(name, {}).items()):
            for line in _made(park, name):
                more = rounded(min(amount * line.quantity.value, MOST_UNITS), line.rounding)
                whole = math.ceil(more - NEARLY * max(1.0, more))
                units[line.item] = units.get(line.item, 0) + whole * times
                lots = amounts.setdefault(line.item, {})
                lots[float(whole)] = lots.get(float(whole), 0) + times
    return units


def _made(park: Park, parent: str) -> list[BomLine]:
    return [line for line in park.bom_of(parent) if park.has("products", line.item)]


class Peg(NamedTuple):
    """For which unit a unit is made: the parent, its number, the step that joins it and the one that releases it."""

    parent: str
    number: int
    joins: str
    released_by: str


def pegs_of(park: Park, order: Order) -> dict[tuple[str, int], Peg]:
    """(product, number) of each unit that an order makes → what it is made for, parts in the order of their parents."""
    pegs: dict[tuple[str, int], Peg] = {}
    counts: dict[str, int] = {}
    level: list[tuple[str, list[int], float]] = [(order.product, [1], order.quantity_mw)]
    while level:
        parent, parents, quantity = level.pop(0)
        for line in _made(park, parent):
            total = math.ceil(rounded(quantity * line.quantity.value, line.rounding) - NEARLY)
            first = counts.get(line.item, 0)
            counts[line.item] = first + total
            numbers = list(range(first + 1, first + total + 1))
            for index, number in enumerate(numbers):
                peg = Peg(parent, parents[index * len(parents) // total], line.operation, line.released_by)
                pegs[line.item, number] = peg
            if numbers:
                level.append((line.item, numbers, float(total)))
    return pegs


def steps_of_unit(park: Park, product: str, destination: str) -> dict[str, tuple[str, ...]]:
    """Operations of a unit → operations just before each, in working order.

    Where a module or payload goes to a destination with legs, these stand behind all its operations but those of the
    site stages; legs follow an operation whose way divides only where no other one is the last.
    """
    row = park.product(product)
    legs = [leg.leg for leg in park.legs_of(destination)] if row.kind in SHIPPED_KINDS else []
    before = with_legs(park, row.routing, legs)
    return {name: before[name] for name in in_order(list(before), before)}


def with_legs(park: Park, routing: str, legs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Operations of a routing and legs of a way → steps just before each.

    A step at the site comes after the legs, unless one there that must be done before it does.
    """
    rows = park.steps_of(routing)
    before = {op.operation: op.after for op in rows}
    if not legs:
        return before
    far = {op.operation for op in rows if op.stage in SITE_STAGES}
    near = {name: names for name, names in before.items() if name not in far}
    done = last_steps(near, {branch.operation for branch in park.branches_of(routing)})
    for leg in legs:
        before[leg] = done
        done = (leg,)
    for name in far:
        there = tuple(other for other in before[name] if other in far)
        begun = {row.before for row in park.overlaps_of(routing, name)}
        waits = len(there) < len(before[name]) and begun.issuperset(there)  # for nothing at the site to be done
        before[name] = (*there, *done) if waits or not there else there
    return before


def last_steps(before: Mapping[str, Sequence[str]], divided: Collection[str]) -> tuple[str, ...]:
    """Steps that nothing follows; one whose way divides only where there is no other."""
    followed = {other for names in before.values() for other in names}
    last = tuple(name for name in before if name not in followed)
    return tuple(name for name in last if name not in divided) or last
