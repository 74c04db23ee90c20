"""What stays of a published schedule: what is frozen, but for what cannot be so any longer.

Work that is under way on a machine that goes down stands still with it and goes on when it is back, as in the twin.
What would begin on the machine meanwhile goes elsewhere or later, and so does what cannot keep its time for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aidc_twin.schedule.batches import groups_of
from aidc_twin.schedule.detailed import Calendar, Detailed, Placed, Whole

Spans = Sequence[Sequence[tuple[int, int]]]
"""Times in which each machine is down."""


@dataclass(frozen=True)
class Standing:
    """What stays.

    Attributes
    ----------
    fixed : shape (n,), whether an operation keeps its time and machine.
    end : shape (n,), its end; later than it was where its machine stands still meanwhile.
    moved : shape (n,), whether it must find another time, also within the frozen zone.
    """

    fixed: np.ndarray[tuple[int], np.dtype[np.bool_]]
    end: Whole
    moved: np.ndarray[tuple[int], np.dtype[np.bool_]]


def standing(d: Detailed, first: Placed, frozen: np.ndarray[tuple[int], np.dtype[np.bool_]], down: Spans) -> Standing:
    """What stays of a schedule, where `frozen` operations are to keep their times."""
    keeps, mates = frozen | (d.fixed_start >= 0), [[i] for i in range(d.operations)]
    for group in groups_of(d, first):
        keeps[group] = keeps[group].all()
        for i in group:
            mates[i] = group
    end, hit = first.end.copy(), np.zeros(d.operations, bool)
    for i in range(d.operations):
        for low, high in sorted(down[int(first.machine[i])]) if first.machine[i] >= 0 else ():
            if first.start[i] < high and end[i] > low:
                if keeps[i] and (first.start[i] < low or d.fixed_start[i] >= 0):
                    end[i] = _going_on(d, i, int(end[i]), max(low, int(first.start[i])), high)
                else:
                    hit[i] = True
    moved = hit.copy()
    waiting = np.flatnonzero((hit & keeps) | (end > first.end)).tolist()
    around = _Around(d, first, end, mates)
    while waiting:
        i = waiting.pop()
        found = around.behind(i, moves=bool(moved[i]))
        if moved[i]:
            found += around.changed(i, keeps & ~moved)
        for j in [mate for k in found for mate in mates[k]]:
            if keeps[j] and not moved[j] and d.fixed_start[j] < 0:
                moved[j] = True
                waiting.append(j)
    return Standing(keeps & ~moved, end, moved)


def _going_on(d: Detailed, i: int, end: int, low: int, high: int) -> int:
    """End of work that stands still from one tick to another."""
    if d.works_in[i] < 0:
        return end + high - low
    hours = d.calendars[int(d.works_in[i])]
    until = hours.open_by(np.array([low, high, end], np.int64))
    return wall(hours, int(until[1] + until[2] - until[0]))


def wall(hours: Calendar, ticks: int) -> int:
    """Tick at which so many open ticks are over; the last one of the calendar where there are not as many."""
    full = hours.before + (hours.end - hours.start)
    k = min(int(np.searchsorted(full, ticks, side="left")), len(full) - 1)
    return int(min(hours.start[k] + ticks - hours.before[k], hours.end[k]))


def standstill(d: Detailed, first: Placed, end: Whole) -> dict[int, int]:
    """Open ticks for which each operation that ends later than it did stands still."""
    found: dict[int, int] = {}
    for i in np.flatnonzero(end > first.end).tolist():
        ticks = np.array([first.end[i], end[i]], np.int64)
        low, high = ticks if d.works_in[i] < 0 else d.calendars[int(d.works_in[i])].open_by(ticks)
        found[i] = int(high - low)
    return found


class _Around:
    """What an operation of a schedule holds up if it ends later, or moves."""

    def __init__(self, d: Detailed, first: Placed, end: Whole, mates: Sequence[Sequence[int]]) -> None:
        self.d, self.first, self.end, self.mates = d, first, end, mates
        order = np.lexsort((np.arange(d.operations), first.key, first.start))
        self.line: dict[int, list[int]] = {}
        for i in order.tolist():
            self.line.setdefault(int(first.machine[i]), []).append(i)
        self.takers = d.takes.number.turned(len(d.supply.number))

    def behind(self, i: int, *, moves: bool) -> list[int]:
        """Operations that start too early for the new end of operation `i`, or that wait for it at all if it moves."""
        d, start = self.d, self.first.start
        then = int(self.first.end[i]) if moves else int(self.end[i])
        found = [j for j in d.after[i].tolist() if moves or start[j] < then or self._too_few(j)]
        for a in d.frees[i].tolist():
            m = int(self.first.machine[a]) if a >= 0 else -1 - a
            freed = moves or int(d.keeping[a] if a >= 0 else d.machine_keeping[m]) & 1
            line = self.line.get(m, [])
            at = line.index(a) + 1 if a >= 0 else 0
            found += [j for j in line[at:] if moves or (freed and start[j] < then)]
        low, high = d.gives.number.at[i : i + 2].tolist()
        for q, early in zip(d.gives.number[i].tolist(), d.early[low:high].tolist(), strict=True):
            given = start[i] if early else self.first.end[i]
            found += [j for j in self.takers[q].tolist() if (moves or not early) and start[j] >= given]
        if not moves:
            found += self._crowded(i, then)
        return found

    def _too_few(self, j: int) -> bool:
        """Whether an operation's batch is below its least and starts before the first of it has waited long enough."""
        d = self.d
        if d.kinds[j] < 0:
            return False
        least, _, wait = d.batch[d.kinds[j]].tolist()
        came = min(max([int(d.queued[k]), *self.end[d.before[k]].tolist()]) for k in self.mates[j])
        return len(self.mates[j]) < least and int(self.first.start[j]) < came + wait

    def changed(self, i: int, stays: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[int]:
        """The next of those that stay on the machine of an operation that moves, if its changeover is another then."""
        m = int(self.first.machine[i])
        line = self.line[m] if m >= 0 and self.d.machine_setup[m] >= 0 else []
        at = line.index(i) if line else 0
        j = next((j for j in line[at + 1 :] if stays[j]), -1)
        if j < 0:
            return []
        ahead = [k for k in line[: line.index(j)] if k not in self.mates[j]]
        was, now = (self._changeover(m, row, j) for row in (ahead, [k for k in ahead if stays[k]]))
        return [] if was == now else [j]

    def _changeover(self, m: int, ahead: Sequence[int], j: int) -> int:
        """Ticks that a machine needs for an operation behind others."""
        d = self.d
        last = int(d.family[ahead[-1]]) if ahead else int(d.machine_family[m])
        return int(d.setup[d.machine_setup[m], last, d.family[j]]) if min(last, int(d.family[j])) >= 0 else 0

    def _crowded(self, i: int, then: int) -> list[int]:
        """Operations that begin on the machine, or with what is shared, of one that goes on after its time."""
        d, start = self.d, self.first.start
        line = self.line.get(int(self.first.machine[i]), []) if self.first.machine[i] >= 0 else []
        found = [j for j in line if j != i and self.first.end[i] <= start[j] < then]
        shared = d.uses.number[i].tolist()
        if shared:
            users = d.uses.number.owner[np.isin(d.uses.number.items, shared)]
            found += [j for j in users.tolist() if self.first.end[i] <= start[j] < then]
        return found
