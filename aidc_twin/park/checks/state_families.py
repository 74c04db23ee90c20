"""What the state of a unit's parts, or of the unit that it is made for, says about what it still holds."""

from __future__ import annotations

from aidc_twin.park.checks.state_parts import Unit, Units
from aidc_twin.park.flow import JOINED
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Need
from aidc_twin.park.units_of_order import Peg, pegs_of


class Families:
    """Units of the state with those that they are made for."""

    def __init__(self, park: Park, units: Units) -> None:
        self.park, self.units = park, units
        self.shared: set[tuple[str, Unit]] = set()
        self._pegs: dict[str, dict[tuple[str, int], Peg]] = {}

    def pegs(self, order: str) -> dict[tuple[str, int], Peg]:
        """For which unit each unit of an order is made."""
        if order not in self._pegs:
            self._pegs[order] = pegs_of(self.park, self.park.order(order))
        return self._pegs[order]

    def parent(self, unit: Unit) -> Unit:
        """Unit for which a unit is made; itself where it is made for nobody."""
        peg = self.pegs(unit[0]).get((unit[1], unit[2]))
        return unit if peg is None else (unit[0], peg.parent, peg.number)

    def given_back(self, unit: Unit, need: Need) -> bool:
        """Whether a passed step has given back what it keeps for its unit's parts, or until its unit is joined."""
        pegs = self.pegs(unit[0])
        if need.until == JOINED:
            peg = pegs.get((unit[1], unit[2]))
            return peg is None or peg.joins in self.units.get(self.parent(unit), {})
        parts = [
            (unit[0], *part)
            for part, peg in pegs.items()
            if (peg.parent, peg.number, peg.released_by) == (unit[1], unit[2], need.operation)
        ]
        return all(self.units.get(part) for part in parts)

    def takes(self, unit: Unit, need: Need) -> bool:
        """Whether a need takes of its resource: what a family shares is taken once."""
        if need.per == "unit":
            return True
        key = (need.resource, self.parent(unit) if need.per == "parent" else unit)
        new = key not in self.shared
        self.shared.add(key)
        return new
