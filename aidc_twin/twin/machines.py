"""How many machines there are."""

from __future__ import annotations

from aidc_twin.twin.factory import Factory
from aidc_twin.twin.stock import capacity_plan


def machines_of(factory: Factory) -> list[int]:
    """Machines, or people with names, that each resource can ever have, 0 for those that have none."""
    slots = capacity_plan(factory.park, factory.clock).slots.tolist()
    for resource, slot, _ in factory.opening.slots:  # a unit may sit on a machine that is down
        slots[resource] = max(slots[resource], slot + 1)
    return slots
