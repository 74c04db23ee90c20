"""What a schedule of the near weeks does not hold is kept from starting before they are over."""

from __future__ import annotations

from collections.abc import Set

from aidc_twin.twin.factory import Factory
from aidc_twin.twin.kernel.layout import AHEAD


def to_hold_back(factory: Factory, held: Set[int], *, idle: bool) -> list[int]:
    """Job steps that must be told to start later, so that nothing but `held` ones starts before: what comes behind one
    of them on its route need not be told. Ships sail by their timetable.

    Parameters
    ----------
    idle
        Whether steps that need nothing are told as well.
    """
    ways: dict[int, list[tuple[tuple[int, ...], bool]]] = {}
    for r, (route, classes) in enumerate(zip(factory.routes, factory.route_class, strict=True)):
        rows = [factory.table.rows[c] for c in classes]
        ways[r] = [
            (tuple(step.after), row.sailing < 0 and (idle or bool(row.seizures)))
            for step, row in zip(route.steps, rows, strict=True)
        ]
    ahead = (factory.opening.state == AHEAD).tolist()
    found: list[int] = []
    for r, base in zip(factory.unit_route, factory.first.tolist(), strict=False):
        late: set[int] = set()
        for at, (after, told) in enumerate(ways[r]):
            js = base + at
            if js in held or not ahead[js]:
                continue
            if not late.isdisjoint(after):
                late.add(at)
            elif told:
                late.add(at)
                found.append(js)
    return found
