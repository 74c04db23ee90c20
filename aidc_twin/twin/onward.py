"""What is bought for a park that starts in the middle: what its units have taken already is not bought again."""

from __future__ import annotations

from aidc_twin.twin.factory import Factory, Policy
from aidc_twin.twin.kernel.layout import AHEAD
from aidc_twin.twin.stock import lot_for_lot


def onward(factory: Factory) -> Policy:
    """Policy without a plan: everything as early as it can be, what is still to be taken bought lot for lot."""
    return Policy(purchases=tuple(lot_for_lot(factory.park, factory.clock, factory.units, still_taken(factory))))


def still_taken(factory: Factory) -> dict[tuple[str, str], float]:
    """Bought material by (order, material) that steps will take which have not begun at the epoch."""
    park, state = factory.park, factory.opening.state
    lines = {row.product: [line for line in park.bom_of(row.product) if park.has("materials", line.item)]
             for row in park.products}  # fmt: skip
    found: dict[tuple[str, str], float] = {}
    for u, unit in enumerate(factory.units):
        quantity = factory.orders[u].quantity_mw if unit.parent < 0 else 1.0
        for line in lines[unit.product]:
            if state[factory.step(u, line.operation)] == AHEAD:
                key = (unit.order, line.item)
                found[key] = found.get(key, 0.0) + line.quantity.value * quantity
    return found
