"""Ways by chance: each step that a unit comes to is one that a step before it could choose, and each chooses one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aidc_twin.verify.book import LONG_AGO, Book, Row
from aidc_twin.verify.certificate import Tally
from aidc_twin.verify.routes import Route, Step

SCRAP = "scrap"


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that was passed and chose one of some ways."""

    tick: int
    ways: tuple[str, ...]


def check_ways(book: Book, tally: Tally) -> None:
    """Go through the units whose way chance chooses."""
    for unit_id, steps in book.steps.items():
        route = book.route(unit_id)
        if route.divides:
            starts = sorted(
                (row for rows in steps.values() for row in rows if row.first), key=lambda row: (row.start, row.end)
            )
            tally.checked += len(starts)
            _Walk(book, unit_id, route).check(starts, tally)


@dataclass
class _Walk:
    """A unit's way; `chosen` are the starts that each choice led to, by its place in `choices`."""

    book: Book
    unit_id: str
    route: Route
    chosen: dict[int, int] = field(default_factory=dict[int, int])

    def check(self, starts: Sequence[Row], tally: Tally) -> None:
        """Each start is led to by its predecessors, or by a choice that led to no other."""
        choices = sorted(
            (
                Choice(tick, step.ways)
                for step in self.route.steps.values() if step.ways
                for tick in self.book.passes(self.unit_id, step.name)
            ),
            key=lambda choice: choice.tick,
        )  # fmt: skip
        # what the opening state calls done has begun before, and what came before that has led to it
        begun = dict.fromkeys(self.book.named.get(self.unit_id, ()), LONG_AGO + 1)
        wanted: list[list[int]] = []
        for row in starts:
            since = begun.get(row.step.name, LONG_AGO)
            begun[row.step.name] = row.start
            if self._follows(row, since):
                wanted.append([])
                continue
            # a unit of a source leaves when it is scrapped, others begin anew
            way = SCRAP if not row.step.before and not self._arrived else row.step.name
            wanted.append([
                i for i, choice in enumerate(choices)
                if since <= choice.tick <= row.start and (row.step.name in choice.ways or way in choice.ways)
            ])  # fmt: skip
            if not self._led(wanted, len(wanted) - 1, set()):
                tally.fail(f"{row} starts {self.book.say(row.start)}, but no step before it leads to it")

    def _follows(self, row: Row, since: int) -> bool:
        """Whether a step follows without a choice: its unit begins, or all that it comes after is passed."""
        step = row.step
        if not step.before:
            return since == LONG_AGO or (not self._arrived and self._scrapped(since, row.start))
        if step.leg is not None:  # it comes after whatever way the unit took through the factory
            ends = [tick for name in step.before for tick in self.book.passes(self.unit_id, name)]
            return any(since <= tick <= row.start for tick in ends)
        if any(self.route.steps[name].ways for name in step.before):
            return False
        return all(
            any(since <= tick <= row.start for tick in self.book.passes(self.unit_id, name)) for name in step.before
        )

    @property
    def _arrived(self) -> bool:
        """Whether the unit itself came from a source."""
        order = self.book.units[self.unit_id][0]
        return order == self.unit_id and not self.book.park.has("orders", order)

    def _scrapped(self, since: int, until: int) -> bool:
        """Whether the unit may have been scrapped otherwise than by a choice: it failed too often, or was destroyed."""
        lost = {(one.row.resource, one.machine) for one in self.book.repairs if one.row.effect == "lose"}
        for name, rows in self.book.steps[self.unit_id].items():
            for i, row in enumerate(rows):
                if since <= row.end <= until and (
                    (row.resource, row.machine) in lost or _gave_up(self.route.steps[name], rows, i)
                ):
                    return True
        return False

    def _led(self, wanted: Sequence[Sequence[int]], start: int, tried: set[int]) -> bool:
        """Find a choice for a start; other starts give theirs up where they find another."""
        for choice in wanted[start]:
            if choice not in tried:
                tried.add(choice)
                if choice not in self.chosen or self._led(wanted, self.chosen[choice], tried):
                    self.chosen[choice] = start
                    return True
        return False


def _gave_up(step: Step, rows: Sequence[Row], place: int) -> bool:
    """Whether the row in a place is the last attempt that a unit has."""
    row = rows[place]
    if step.row is None or not step.row.attempts_most or row.rework:
        return False
    if row.attempt + 1 < step.row.attempts_most:
        return False
    after = (rows[i] for i in range(place + 1, len(rows)))
    return not any(other.rework and other.attempt == row.attempt for other in after)
