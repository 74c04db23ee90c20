"""When units of sources come: their arrivals are not published, but they cannot lie before what the source can do."""

from __future__ import annotations

from dataclasses import dataclass

from aidc_twin.units.quantity import Quantity
from aidc_twin.verify.book import Book
from aidc_twin.verify.ticks import BOUNDED, whole


@dataclass(frozen=True)
class Arrivals:
    """Earliest arrivals of units of sources; those with mean intervals where durations are `fixed`."""

    book: Book
    fixed: bool

    def earliest(self, name: str) -> int | None:
        """Earliest tick at which a unit of a source can be there; None where the source brings no such unit."""
        found = self.book.orders.arrived(name)
        if found is None:
            return None
        source, number = found
        arrival = (number - 1) // source.units
        if source.most and arrival >= source.most:
            return None
        first = source.interval_hours if source.first_hours is None else source.first_hours
        return self._least(first) + arrival * self._least(source.interval_hours)

    def _least(self, hours: Quantity) -> int:
        tick = self.book.clock.ticks_per_hour
        if self.fixed:
            return whole(hours.mean * tick)
        return whole(hours.low * tick) if hours.kind in BOUNDED else 0
