"""A line reckoned by hand, as it were: when each unit enters each place follows from the unit and the place before.

It shares nothing with the twin. A place is entered when the unit is ready in the place before and there is room; a
machine is neither entered nor left while it is down, and its work goes on afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Span = tuple[Fraction, Fraction]
ZERO = Fraction(0)


@dataclass(frozen=True)
class Place:
    """A buffer of so many places (no `work`), or a machine with its work and the spans in which it is down."""

    name: str
    room: int = 1
    work: Fraction | None = None
    down: tuple[Span, ...] = ()

    def up(self, time: Fraction) -> Fraction:
        """First time from here on at which it is up."""
        for start, end in self.down:
            if start <= time < end:
                time = end
        return time

    def done(self, time: Fraction) -> Fraction:
        """End of work that begins now."""
        left = self.work or ZERO
        for start, end in self.down:
            if end <= time:
                continue
            if start >= time + left:
                break
            left -= max(ZERO, start - time)
            time = end
        return time + left

    def worked(self, start: Fraction, end: Fraction) -> Fraction:
        """Time between two times at which it is up."""
        return end - start - sum((max(ZERO, min(end, b) - max(start, a)) for a, b in self.down), ZERO)


@dataclass(frozen=True)
class Told:
    """Exits in order with the time of each unit in the system, and shares of the time of each machine."""

    exits: list[Span]
    working: dict[str, Fraction]
    blocked: dict[str, Fraction]


def run(places: list[Place], interval: Fraction, end: Fraction) -> Told:
    """Units come every interval from 0 on; what happens before the end counts."""
    number = int(end / interval) + 1
    entered: list[list[Fraction]] = []  # by unit, by place
    exits: list[Span] = []
    working = dict.fromkeys((place.name for place in places if place.work is not None), ZERO)
    blocked = dict(working)
    for n in range(number):
        came = ready = n * interval
        times: list[Fraction] = []
        for k, place in enumerate(places):
            at = ready
            if n >= place.room:  # the unit that has to make room leaves this place for the next one
                at = max(at, entered[n - place.room][k + 1])
            while True:  # a machine that is down is neither entered nor left
                later = place.up(at) if place.work is not None else at
                later = places[k - 1].up(later) if k and places[k - 1].work is not None and later > ready else later
                if later == at:
                    break
                at = later
            times.append(at)
            ready = place.done(at) if place.work is not None else at
        times.append(ready)
        entered.append(times)
        if times[-1] < end:
            exits.append((times[-1], times[-1] - came))
        for k, place in enumerate(places):
            if place.work is None or times[k] >= end:
                continue
            finished = place.done(times[k])
            working[place.name] += place.worked(times[k], min(end, finished))
            if finished < end:
                blocked[place.name] += place.worked(finished, min(end, times[k + 1]))
    return Told(exits, {k: v / end for k, v in working.items()}, {k: v / end for k, v in blocked.items()})


def failures(up: Fraction, down: Fraction, end: Fraction) -> tuple[Span, ...]:
    """Spans in which a machine is down that fails so long after each repair."""
    found: list[Span] = []
    time = up
    while time < end:
        found.append((time, time + down))
        time += down + up
    return tuple(found)
