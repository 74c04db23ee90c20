"""Routings as the kernel sees them: the route of a product to a destination, and classes of equal work."""

from __future__ import annotations

from dataclasses import dataclass, field

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Leg, Need, Operation, Order, Sale
from aidc_twin.park.units_of_order import steps_of_unit


@dataclass(frozen=True, slots=True)
class Step:
    """One operation or leg on a route; `after` are positions of its predecessors."""

    operation: str
    stage: str
    row: Operation | Leg
    after: tuple[int, ...]


@dataclass(frozen=True)
class Route:
    """The way of a product to a destination; `batch` is how many units of the bill of materials go it at once."""

    product: str
    destination: str
    routing: str
    steps: tuple[Step, ...]
    position: dict[str, int] = field(repr=False)
    batch: float = 1.0

    @property
    def roots(self) -> list[int]:
        """Positions of the steps without a predecessor."""
        return [i for i, step in enumerate(self.steps) if not step.after]

    def successors(self) -> list[list[int]]:
        """Positions that follow each step."""
        found: list[list[int]] = [[] for _ in self.steps]
        for i, step in enumerate(self.steps):
            for before in step.after:
                found[before].append(i)
        return found


def batch_of(park: Park, order: Order) -> float:
    """Megawatts of an order whose own steps take or put material (a solution's unit is 1 MW); 1 where it makes no
    difference.
    """
    takes = any(park.has("materials", line.item) for line in park.bom_of(order.product))
    routing = park.product(order.product).routing
    gives = any(row.routing == routing for row in park.outputs)
    return order.quantity_mw if takes or gives else 1.0


def make_route(park: Park, product: str, destination: str, batch: float = 1.0) -> Route:
    """Operations of the product's routing with the destination's legs before the site stages, if it ships."""
    row = park.product(product)
    legs = {leg.leg: leg for leg in park.legs_of(destination)}
    before = steps_of_unit(park, product, destination)
    position = {name: i for i, name in enumerate(before)}
    steps: list[Step] = []
    for name, names in before.items():
        after = tuple(sorted({position[other] for other in names}))
        leg = None if park.has_operation(row.routing, name) else legs[name]
        op = park.operation(row.routing, name) if leg is None else leg
        steps.append(Step(name, "transport" if isinstance(op, Leg) else op.stage, op, after))
    return Route(product, destination, row.routing, tuple(steps), position, batch)


def sales_at(park: Park, route: Route, operation: str) -> list[Sale]:
    """Posting rules that fire when `operation` of a unit on this route is passed."""
    market = park.destination(route.destination).market if route.destination else "domestic"
    maker = park.product(route.product).maker
    lines = (line for line in park.bom_of(route.product) if line.operation == operation)
    taken = {line.item for line in lines if park.has("materials", line.item)}
    return [
        sale
        for sale in park.sales
        if sale.operation == operation
        and sale.market in ("all", market)
        and (sale.item == route.product or (sale.item in taken and sale.buyer in (maker, "outside")))
    ]


def needs_of(park: Park, route: Route, operation: str, during: str) -> list[Need]:
    """Needs of an operation, or of its rework, in the order of the file; legs have none."""
    return [need for need in park.needs_of(route.routing, operation) if need.during == during]


def eliminated(park: Park, sale: Sale) -> bool:
    """Whether consolidated figures leave the rule out: the buyer is a park entity that counts in the same ledger."""
    if sale.buyer == "outside":
        return False
    return sale.ledger == "wholesale_trade" or park.entity(sale.buyer).kind != "trading"
