"""Resources, machines and stocks of the plain-Python twin."""

from __future__ import annotations

from collections import Counter
from typing import Any

from naive_model import Hold, Need, Unit

from aidc_twin.park import Park


class Floor:
    """What there is, what is held, and which machines are taken or down."""

    def __init__(self, park: Park, engine: Any) -> None:
        self.engine = engine
        self.choice = {row.resource: row.choice for row in park.resources}
        self.named = {row.resource for row in park.resources if row.members == "named"}
        self.left: dict[tuple[str, int], int] = {}
        self.capacity = {row.resource: 0 for row in park.resources}
        self.held = dict(self.capacity)
        self.stock = {row.material: 0 for row in park.materials}
        self.taken: dict[str, set[int]] = {row.resource: set() for row in park.resources}
        self.down: dict[str, dict[int, int]] = {row.resource: {} for row in park.resources}
        self.missing = dict(self.capacity)
        self.family: dict[tuple[str, int], str] = {}
        self.shares: Counter[tuple[str, Unit]] = Counter()
        self.bound: dict[tuple[str, Unit], int] = {}
        self.peaks: dict[str, int] = {}
        self.least: dict[str, int] = {}

    def opened(self) -> None:
        """From here on the most that is held and the least that is in stock are written down."""
        self.peaks, self.least = dict(self.held), dict(self.stock)

    def idle_down(self, resource: str) -> int:
        """Machines that are down and on which nothing sits."""
        return sum(slot not in self.taken[resource] for slot in self.down[resource])

    def note(self, resource: str) -> None:
        """Most in use: what is held and machines that have broken down, those that were down at the epoch left out."""
        if self.peaks:
            used = self.held[resource] + self.idle_down(resource) - self.missing[resource]
            self.peaks[resource] = max(self.peaks[resource], used)

    def free(self, resource: str) -> int:
        """What is available: an idle machine that is down is not."""
        return self.capacity[resource] - self.held[resource] - self.idle_down(resource)

    def ready(self, resource: str, slot: int) -> bool:
        """Whether a machine is idle and up."""
        return slot not in self.taken[resource] and slot not in self.down[resource]

    def lacks(self, need: Need, family: Unit | None) -> bool:
        """Whether a need cannot be met now: others of the family may have taken it already."""
        if family is not None and self.shares[need.resource, family]:
            return False
        nobody = bool(need.who) and not self.idle_people(need.resource, need.who)
        return nobody or self.free(need.resource) < need.amount

    def take(self, need: Need, slot: int | None = None, family: Unit | None = None) -> Hold:
        """Something is held from now on; what a family shares is taken once."""
        if family is not None:
            self.shares[need.resource, family] += 1
            if self.shares[need.resource, family] > 1:
                return Hold(need, slot, family)
        self.held[need.resource] += need.amount
        if slot is not None:
            self.taken[need.resource].add(slot)
        self.note(need.resource)
        if need.resource in self.named:
            member = self.person(need.resource, need.who)
            self.taken[need.resource].add(member)
            return Hold(need, slot, family, member)
        return Hold(need, slot, family)

    def lowest(self, resource: str) -> int:
        """Lowest machine that is idle and up."""
        return next(slot for slot in range(10**6) if self.ready(resource, slot))

    def seat_of(self, need: Need, unit: Unit, closed: int | None = None, *, opening: bool = False) -> int:
        """Machine for a unit; the first part of a parent binds the others to it."""
        slot = self.bound.get((need.resource, unit.parent)) if need.same and unit.parent is not None else None
        if slot is not None and self.ready(need.resource, slot):
            return slot
        return self.lowest(need.resource) if opening else self.seat(need.resource, closed)

    def seat(self, resource: str, closed: int | None) -> int:
        """The machine that is taken next: the lowest, or the one that has been idle longest, or stopped first.

        `closed`: when the calendar closed that opens now.
        """
        if self.choice[resource] == "lowest":
            return self.lowest(resource)
        slots = [slot for slot in range(self.capacity[resource]) if self.ready(resource, slot)]
        if self.choice[resource] == "first_to_call" and closed is not None:
            return min(slots, key=lambda slot: (max(closed, self.left.get((resource, slot), 0)), slot))
        idle = {slot: self.engine.now - self.left.get((resource, slot), 0) for slot in slots}
        longest = [slot for slot in slots if idle[slot] == max(idle.values())]
        just_left = self.choice[resource] != "idle_longest" and max(idle.values()) == 0
        return longest[-1 if just_left else 0]

    def idle_people(self, crew: str, who: tuple[int, ...]) -> list[int]:
        """People of a crew who are free and may do some work."""
        members = [one - 1 for one in sorted(who)] if who else range(self.capacity[crew])
        return [member for member in members if member < self.capacity[crew] and self.ready(crew, member)]

    def person(self, crew: str, who: tuple[int, ...] = ()) -> int:
        """Who of those has been idle longest, of equals the lowest; at the opening the lowest of them who is free."""
        first = [one - 1 for one in sorted(who) if self.ready(crew, one - 1)] or [self.lowest(crew)]
        free = self.idle_people(crew, who) or first[:1]
        return min(free, key=lambda member: self.longest(crew, member))

    def longest(self, crew: str, member: int) -> tuple[int, int]:
        """Who has been idle longest comes first, of equals the lowest."""
        return self.left.get((crew, member), 0), member

    def idle_since(self, servers: str) -> int:
        """When that of the machines that can be taken which has been idle longest was left."""
        slots = [slot for slot in range(self.capacity[servers]) if self.ready(servers, slot)]
        return min(self.left.get((servers, slot), 0) for slot in slots)

    def give(self, hold: Hold) -> None:
        """Something is given back; what a family shares by the last of it."""
        if hold.family is not None:
            self.shares[hold.need.resource, hold.family] -= 1
            if self.shares[hold.need.resource, hold.family]:
                return
        self.held[hold.need.resource] -= hold.need.amount
        one = hold.slot if hold.member is None else hold.member
        if one is not None:
            self.taken[hold.need.resource].discard(one)
            self.left[hold.need.resource, one] = self.engine.now

    def use(self, material: str, amount: int) -> None:
        """Material is taken from stock."""
        self.stock[material] -= amount
        self.least[material] = min(self.least[material], self.stock[material])

    def stop(self, resource: str, slot: int) -> None:
        """One more thing keeps a machine down."""
        self.down[resource][slot] = self.down[resource].get(slot, 0) + 1
        self.note(resource)

    def mend(self, resource: str, slot: int) -> bool:
        """One thing less keeps it down; whether it is up."""
        self.down[resource][slot] -= 1
        if self.down[resource][slot] == 0:
            del self.down[resource][slot]
        self.note(resource)  # a machine that comes back may have broken down meanwhile
        return slot not in self.down[resource]
