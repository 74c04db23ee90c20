"""The critical chain of an order: what each operation waited for, from its last one back to the beginning."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import polars as pl

OWN, MACHINE, OTHER = "the order itself", "the machine", "hours, material or what is shared"


@dataclass(frozen=True, slots=True)
class Link:
    """An operation of a chain (row of the frame), and why it did not begin sooner."""

    row: int
    why: str


class Chains:
    """Critical chains of the orders of a schedule.

    Parameters
    ----------
    operations
        Rows of `ScheduleOperations`; rows of repairs and of sources have no order.
    """

    def __init__(self, operations: pl.DataFrame) -> None:
        columns = ("order", "resource", "machine", "start_tick", "end_tick", "unit_id", "operation")
        self.rows = operations.select(columns).rows()
        self.order: dict[str, list[tuple[int, int]]] = {}
        self.machine: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for i, (order, resource, machine, start, end, *_) in enumerate(self.rows):
            if end <= start:
                continue
            if order:
                self.order.setdefault(order, []).append((end, i))
            if machine > 0:
                self.machine.setdefault((resource, machine), []).append((end, i))
        for places in (*self.order.values(), *self.machine.values()):
            places.sort()

    def of(self, order: str) -> list[Link]:
        """Chain of an order, its last operation first; empty where the schedule has none of it."""
        found: list[Link] = []
        i = self.order[order][-1][1] if order in self.order else -1
        while i >= 0:
            before, why = self._before(i)
            found.append(Link(i, why))
            i = before
        return found

    def _before(self, i: int) -> tuple[int, str]:
        """What an operation waited for: what ended as it began, else the last that ended before."""
        order, resource, machine, start, *_ = self.rows[i]
        own = _latest(self.order.get(order, []), start)
        other = _latest(self.machine.get((resource, machine), []), start) if machine > 0 else -1
        at = [self.rows[k][4] if k >= 0 else -1 for k in (own, other)]
        if own >= 0 and at[0] == start:
            return own, OWN
        if other >= 0 and at[1] == start:
            return other, MACHINE
        return (own if at[0] >= at[1] else other), OTHER


def _latest(places: list[tuple[int, int]], tick: int) -> int:
    """Row that ends last of those that end by a tick, -1 where none does."""
    at = bisect_right(places, (tick, 2**62))
    return places[at - 1][1] if at else -1
