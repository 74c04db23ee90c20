"""What of a park the master plan leaves out or only knows in part, in the park's words."""

from __future__ import annotations

from collections.abc import Sequence

from aidc_twin.park.park import Park
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.items import Items

_NAMED = 3
"""So many names stand in a notice, the others are counted."""


def uncounted_materials(park: Park) -> list[bool]:
    """Whether the plan leaves each material out: base stock orders it by itself, when it is taken."""
    return [row.base_stock is not None for row in park.materials]


def left_out(factory: Factory, items: Items) -> tuple[str, ...]:
    """Notices of a plan."""
    park = factory.park
    released = {park.orders[row[0]].order for row in items.rows}
    own = [order.order for order in park.orders if order.order not in released]
    base = [row.material for row in park.materials if row.base_stock is not None]
    broken = list(dict.fromkeys(row.resource for row in park.breakdowns))
    patient = list(dict.fromkeys(row.routing for row in park.operations if row.patience_hours is not None))
    sources = [row.source for row in park.sources]
    said = (
        (own, "no units of theirs are left to release: the plan decides nothing about these orders"),
        (base, "kept by base stock: the plan neither buys nor limits what takes it"),
        (broken, "machines break down: the plan counts on them all the time, but for what their work shows"),
        (sources, "units of sources come as they come: the plan sets aside what they take, but releases none of them"),
        (patient, "units may leave before they are made: the plan counts what the others post, and no loss"),
    )
    return tuple(f"{_listed(names)}: {words}" for names, words in said if names)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
