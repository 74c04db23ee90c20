"""How a unit walks a routing: steps behind each other, ways that divide by chance, and joins.

A step without branch rows readies the steps that have it in `after`, each as soon as all of its own are passed. A step
with branch rows readies the one that chance chose, at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from aidc_twin.park.park import Park
from aidc_twin.park.steps import all_before
from aidc_twin.park.units_of_order import SHIPPED_KINDS, with_legs

END, NEXT, SCRAP, PARTS, JOINED = "end", "next", "scrap", "parts", "joined"
"""Words that stand in place of a step."""

LEGS = "the legs of its way"
"""Stands for all legs of a destination, one after the other."""

MOST_STATES = 5_000
"""States of one unit that are looked at; a routing with more is taken as it is."""


@dataclass(frozen=True)
class Flow:
    """Steps of a routing: those that must be passed before each, and where it goes from those that divide."""

    after: Mapping[str, tuple[str, ...]]
    branches: Mapping[str, tuple[tuple[str, float], ...]]

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Steps with which a unit begins."""
        return tuple(name for name, before in self.after.items() if not before)

    @cached_property
    def _followers(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {name: [] for name in self.after}
        for name, before in self.after.items():
            for other in dict.fromkeys(before):
                if other in found:
                    found[other].append(name)
        return {name: tuple(names) for name, names in found.items()}

    def followers(self, name: str) -> tuple[str, ...]:
        """Steps that have a step in `after`."""
        return self._followers[name]

    def next_of(self, name: str) -> tuple[str, ...]:
        """Steps that may follow a step directly."""
        if name not in self.branches:
            return self._followers[name]
        return tuple(to for to, share in self.branches[name] if share > 0 and to in self.after)

    def leaves(self, name: str, word: str = END) -> bool:
        """Whether a unit may be over behind a step: at its end, or scrapped."""
        if name not in self.branches:
            return word == END and not self._followers[name]
        return any(to == word and share > 0 for to, share in self.branches[name])

    def reached(self, names: Iterable[str], stop: str = "") -> set[str]:
        """Steps and all that may follow them; not beyond `stop`."""
        found: set[str] = set()
        ahead = list(names)
        while ahead:
            name = ahead.pop()
            if name not in found:
                found.add(name)
                ahead.extend(self.next_of(name) if name != stop else ())
        return found

    @cached_property
    def before(self) -> Mapping[str, list[str]]:
        """Steps from which each step may be readied."""
        found: dict[str, list[str]] = {name: [] for name in self.after}
        for name in self.after:
            for other in self.next_of(name):
                found[other].append(name)
        return found

    def upstream(self, name: str) -> set[str]:
        """A step and all that a unit may pass before it."""
        return {name} | all_before(name, self.before)


class Walk(NamedTuple):
    """What becomes of a unit: steps it may reach, joins that may wait for ever, steps it may enter while in them.

    `complete` is False where there were too many states to look at them all.
    """

    reached: set[str]
    stuck: dict[str, tuple[str, ...]]
    twice: dict[str, str]
    complete: bool


State = tuple[frozenset[str], frozenset[tuple[str, str]]]
"""Steps that are ready or under way; (passed step, step that still waits for others)."""


def flow_of(park: Park, routing: str, *, ships: bool | None = None) -> Flow:
    """Flow of a routing, with `LEGS` where a product of it takes the legs of some destination."""
    if ships is None:
        ships = bool(park.legs) and any(row.kind in SHIPPED_KINDS for row in park.products if row.routing == routing)
    branches: dict[str, tuple[tuple[str, float], ...]] = {}
    for row in park.branches_of(routing):
        branches[row.operation] = (*branches.get(row.operation, ()), (row.next, row.share.value))
    return Flow(with_legs(park, routing, [LEGS] if ships else []), branches)


def walk(flow: Flow) -> Walk:
    """Follow a unit through every state that chance and the order of its work can bring it into."""
    found = Walk(set(), {}, {}, True)
    start: State = (frozenset(flow.roots), frozenset())
    seen, ahead = {start}, [start]
    while ahead:
        live, waiting = ahead.pop()
        found.reached.update(live)
        if not live:
            for _, step in sorted(waiting):
                found.stuck[step] = tuple(name for name in flow.after[step] if (name, step) not in waiting)
        for name in sorted(live):
            for state in _passed(flow, (live, waiting), name, found.twice):
                if state not in seen:
                    seen.add(state)
                    ahead.append(state)
        if len(seen) > MOST_STATES:
            return found._replace(complete=False)
    return found


def may_end(flow: Flow, walls: Set[str]) -> bool:
    """Whether a unit can be done without passing any of these steps; so taken where there are too many states."""
    start: State = (frozenset(flow.roots), frozenset())
    seen, ahead = {start}, [start]
    while ahead and len(seen) <= MOST_STATES:
        state = ahead.pop()
        if not any(state):
            return True
        for name in sorted(state[0] - walls):
            new = [one for one in _passed(flow, state, name, {}) if one not in seen]
            seen.update(new)
            ahead.extend(new)
    return bool(ahead)


def _passed(flow: Flow, state: State, name: str, twice: dict[str, str]) -> list[State]:
    """States behind the end of a step; a unit that is scrapped has none."""
    live, waiting = state[0] - {name}, state[1]
    if name in flow.branches:
        states = [_entered(flow, (live, waiting), name, to, twice) for to in flow.next_of(name)]
        return [*states, (live, waiting)] if flow.leaves(name) else states
    for step in flow.followers(name):
        if (name, step) in waiting:
            twice.setdefault(step, name)
        waiting |= {(name, step)}
        if all((other, step) in waiting for other in flow.after[step]):
            live, waiting = _entered(flow, (live, waiting), name, step, twice)
    return [(live, waiting)]


def _entered(flow: Flow, state: State, name: str, step: str, twice: dict[str, str]) -> State:
    """State in which a step is ready; it waits for nothing any more."""
    if step in state[0]:
        twice.setdefault(step, name)
    return state[0] | {step}, state[1] - {(other, step) for other in flow.after[step]}
