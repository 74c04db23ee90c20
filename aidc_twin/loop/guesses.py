"""The assumed facts of a park, and the park as it would be if some of them were known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from aidc_twin.facts import Fact
from aidc_twin.facts.fact import DATE_UNIT, day_of
from aidc_twin.park import Park
from aidc_twin.park.checks.capacity import COUNTED
from aidc_twin.park.checks.state_rests import begun_hours
from aidc_twin.park.park import attribute, row_key
from aidc_twin.park.schema import Capacity, Row
from aidc_twin.units.quantity import Quantity, When

__all__ = ["Guess", "guesses_of", "known"]


@dataclass(frozen=True)
class Guess:
    """An assumed fact and how many cells of a park rest on it; `low`, `mode` and `high` of a date are day numbers."""

    fact: Fact
    cells: int

    @property
    def low(self) -> float:
        """Low end of its range."""
        return _number(self.fact, self.fact.least)

    @property
    def mode(self) -> float:
        """Its figure."""
        return _number(self.fact, self.fact.value)

    @property
    def high(self) -> float:
        """High end of its range."""
        return _number(self.fact, self.fact.greatest)

    @property
    def ranged(self) -> bool:
        """Whether it may be anything else than its figure."""
        return self.fact.least < self.fact.greatest


def _number(fact: Fact, figure: float) -> float:
    return float(day_of(figure).toordinal()) if fact.unit == DATE_UNIT else figure


def guesses_of(park: Park) -> list[Guess]:
    """Assumed facts that cells of a park refer to, by id; with a range or without."""
    cells: dict[str, int] = {}
    for use in park.operating_uses:
        cells[use.fact] = cells.get(use.fact, 0) + 1
    return [Guess(park.facts[name], cells[name]) for name in sorted(cells) if park.facts[name].basis == "assumption"]


def known(park: Park, values: Mapping[str, float]) -> Park:
    """The park if some facts were known: each of their cells holds the number for certain, times its factor.

    Machines come in whole pieces, so that their number is the nearest whole one. What was begun may have been begun
    when a step took longer, so that the state stays as it is.

    Parameters
    ----------
    values
        Number by fact, in the fact's unit; of a date the day number (`date.toordinal`).
    """
    places: dict[str, dict[str, list[tuple[str, float]]]] = {}
    for use in park.fact_uses:
        if use.fact in values:
            places.setdefault(use.table, {}).setdefault(use.key, []).append((use.column, values[use.fact]))
    changed: dict[str, Any] = {}
    for table, keys in places.items():
        rows = [
            row.model_copy(update={name: _certain(getattr(row, name), x, _whole(park, row)) for name, x in cells})
            if (cells := keys.get("/".join(row_key(row))))
            else row
            for row in park.table(table)
        ]
        changed[attribute(table)] = tuple(rows)
    return replace(park, **changed, begun_hours=park.begun_hours or begun_hours(park))


def _whole(park: Park, row: Row) -> bool:
    """Whether the amounts of a row are whole numbers."""
    return isinstance(row, Capacity) and park.resource(row.resource).kind in COUNTED


def _certain(cell: Quantity | When, x: float, whole: bool) -> Quantity | When:
    """A cell whose fact is known to be `x`."""
    if isinstance(cell, When):
        day = date.fromordinal(round(x))
        return replace(cell, low=day, mode=day, high=day)
    if whole:
        return replace(cell, kind="constant", args=(float(round(x * cell.factor)),), factor=1.0)
    return cell.resolved("constant", (x,), cell.basis, cell.unit)
