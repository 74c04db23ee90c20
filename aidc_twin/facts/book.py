"""`Facts`: all figures by id, and the resolution of references to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from aidc_twin.facts.fact import DATE_UNIT, Fact, day_of
from aidc_twin.resources.suggest import cure
from aidc_twin.units.number import QuantityError
from aidc_twin.units.quantity import Quantity
from aidc_twin.units.when import When

__all__ = ["Facts", "UnknownFactError"]


class UnknownFactError(QuantityError, KeyError):
    """A reference to a fact that does not exist; `fix` names the nearest one."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no fact is called {name!r}", cure(name, known), "unknown-fact")

    def __str__(self) -> str:
        return str(self.args[0])


class Facts(Mapping[str, Fact]):
    """Read-only mapping of ids to facts, in the order of the ids.

    Parameters
    ----------
    rows
        Facts with distinct ids.
    """

    def __init__(self, rows: Iterable[Fact] = ()) -> None:
        self._facts = {fact.id: fact for fact in sorted(rows, key=lambda fact: fact.id)}

    def __getitem__(self, key: str) -> Fact:
        try:
            return self._facts[key]
        except KeyError:
            raise UnknownFactError(key, self._facts) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __contains__(self, key: object) -> bool:
        return key in self._facts

    def __repr__(self) -> str:
        return f"Facts({len(self)} facts, {self.hash[:12]})"

    @cached_property
    def hash(self) -> str:
        """sha256 over every field of every fact, whatever the order of the files."""
        rows = [fact.model_dump(mode="json") for fact in self._facts.values()]
        return hashlib.sha256(json.dumps(rows, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def topic(self, name: str) -> tuple[Fact, ...]:
        """Facts of a topic, by id."""
        return tuple(fact for fact in self._facts.values() if fact.topic == name)

    def merged(self, other: Mapping[str, Fact]) -> Facts:
        """These facts with those of `other` added, which win where both have an id."""
        return Facts({**self._facts, **other}.values())

    def resolve(self, q: Quantity) -> Quantity:
        """Quantity with the numbers of its fact: a triangle of low, value and high, or a constant without range.

        Anything but a reference is returned as it is.

        Raises
        ------
        UnknownFactError
            With the nearest id.
        QuantityError
            The fact is a day.
        """
        if not q.fact:
            return q
        fact = self[q.fact]
        if fact.unit.startswith("yyyymm"):
            raise QuantityError(f"fact {fact.id} is a date, not a number", "refer to it in a date column", "date-fact")
        if fact.least < fact.greatest:
            return q.resolved("triangular", (fact.least, fact.value, fact.greatest), fact.basis, fact.unit)
        return q.resolved("constant", (fact.value,), fact.basis, fact.unit)

    def resolve_when(self, w: When) -> When:
        """Date with the days of its fact, whose unit must be yyyymmdd.

        Raises
        ------
        UnknownFactError
            With the nearest id.
        QuantityError
            The fact is no day.
        """
        if not w.fact:
            return w
        fact = self[w.fact]
        if fact.unit != DATE_UNIT:
            raise QuantityError(
                f"fact {fact.id} is in {fact.unit}, not a day", "refer to a fact in yyyymmdd", "not-a-date-fact"
            )
        return When(day_of(fact.least), day_of(fact.value), day_of(fact.greatest), fact=fact.id, basis=fact.basis)
