"""Which of the heads of all queues goes first, in the plain-Python twin."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from naive_model import Entry, Repair
from naive_queues import Queue

from aidc_twin.park.schema import Resource

Ready = tuple[Queue, Sequence[Entry]]
"""A queue and the entries of it that can start together."""


def smallest_key(ready: Sequence[Ready], now: int) -> Sequence[Entry]:
    """The head with the smallest key tells whose rules hold; of all heads under them the first by them goes."""
    lead = min(ready, key=lambda pair: (pair[0].key(pair[1][0], now), pair[1][0].sequence))
    ruled = [pair for pair in ready if pair[0].giver == lead[0].giver]
    return min(ruled, key=lambda pair: (pair[0].key(pair[1][0], now), pair[1][0].ties, pair[1][0].sequence))[1]


class Offers:
    """Starts where crews come last: each queue rule offers its first, the offers go by arrival, crews choose theirs."""

    def __init__(self, engine: Any) -> None:
        self.queues, self.crews, self.now, self.ways = engine.queues, engine.crews, engine.now, engine.ways

    def first(self, ready: Sequence[Ready]) -> Sequence[Entry]:
        """What goes first."""
        best = self.offered(ready)
        lead = min(best, key=lambda pair: (self.rank(pair), arrival(pair)))
        if self.rank(lead) < 3:
            return lead[1]
        crew = self.crew(lead)
        chosen = [pair for pair in best if self.rank(pair) == 3 and self.crew(pair) is crew]
        return min(chosen, key=lambda pair: (self.queues.key_by(crew.dispatch, pair[1][0]), arrival(pair)))[1]

    def offered(self, ready: Sequence[Ready]) -> list[Ready]:
        """The first by each queue rule, with people and without."""
        rows = groupby(sorted(ready, key=self.under), self.under)
        return [min(same, key=lambda pair: (self.key(pair), pair[1][0].ties, arrival(pair))) for _, same in rows]

    def asked(self, ready: Sequence[Ready]) -> tuple[Resource, list[Queue]] | None:
        """The crew whose people choose now one by one, and the queues from whose heads they do."""
        lead = min(self.offered(ready), key=lambda pair: (self.rank(pair), arrival(pair)))
        if self.rank(lead) < 3 or self.crew(lead).members != "named":
            return None
        crew = self.crew(lead)
        mine = [pair for pair in ready if self.rank(pair) == 3 and self.crew(pair) is crew]
        offered = [pair for pair in self.offered(ready) if pair in mine]
        return crew, [pair[0] for pair in mine if pair in offered or pair[0].giver is crew]

    def choice(self, ready: Sequence[Ready], crew: Resource, floor: Any) -> Ready:
        """What the person of a crew chooses who has been idle longest of those who may do any of it."""
        own = [next(need for need in pair[1][0].kind.needs if need.resource == crew.resource) for pair in ready]
        people = [floor.person(crew.resource, need.who) for need in own]
        person = min(people, key=lambda one: floor.longest(crew.resource, one)) + 1
        ready = [pair for pair, need in zip(ready, own, strict=True) if not need.who or person in need.who]

        def liking(pair: Ready) -> tuple[Any, ...]:
            entry, kind = pair[1][0], pair[1][0].kind
            his = any(need.prefer == person for need in kind.needs if need.resource == crew.resource)
            waited = entry.came if crew.dispatch == "fifo" else 0
            since = floor.idle_since(kind.server) if kind.server else entry.came
            return not his, self.queues.key_by(crew.dispatch, entry), waited, since, arrival(pair)

        return min(ready, key=liking)

    def under(self, pair: Ready) -> tuple[int, str]:
        """Work without people apart from work that needs a crew, each by whose rule it follows."""
        return self.rank(pair), pair[0].giver.resource if pair[0].giver else ""

    def key(self, pair: Ready) -> int:
        """Key of a head in its queue."""
        return pair[0].key(pair[1][0], self.now)

    def rank(self, pair: Ready) -> int:
        """0 for a repair, 1 for work without people, 2 for such on ways that call for it, 3 for work with a crew."""
        entry = pair[1][0]
        if isinstance(entry.what, Repair):
            return 0
        if any(need.resource in self.crews and not need.looks for need in entry.kind.needs):
            return 3
        first = not (entry.what.failures or entry.kind.rework or entry.kind.is_rest)
        return 2 if first and self.ways.called(entry.what) else 1

    def crew(self, pair: Ready) -> Resource:
        """First crew that work takes."""
        taken = (need.resource for need in pair[1][0].kind.needs if not need.looks)
        return next(self.crews[name] for name in taken if name in self.crews)


def arrival(pair: Ready) -> tuple[int, bool, int]:
    """Who came first; in one tick units on machines."""
    entry = pair[1][0]
    return entry.came, not on_machine(entry), entry.sequence


def on_machine(entry: Entry) -> bool:
    """Whether a unit sits on a machine that one of its steps has taken."""
    if isinstance(entry.what, Repair):
        return False
    tasks = entry.what.unit.tasks.values()
    holds = [hold for task in tasks for hold in task.holds]
    holds += [hold for task in tasks if task.run is not None and not task.run.kind.rework for hold in task.run.holds]
    return any(hold.slot is not None for hold in holds)
