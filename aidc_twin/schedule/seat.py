"""The schedule with which a replanning begins: the published one, with what must move behind what stays.

A machine can be kept beyond the operation on it, until another one of the same unit starts or ends. Where something is
moved, what comes next on such a machine can stand before what frees it: it waits for its turn, and so does what takes
from a store before enough was given back. Batches whose units would wait for each other are taken apart.
"""

from __future__ import annotations

from dataclasses import replace
from heapq import heappop, heappush

import numpy as np

from aidc_twin.schedule.batches import groups_of
from aidc_twin.schedule.desk import keys_of
from aidc_twin.schedule.detailed import Detailed, Placed, Whole
from aidc_twin.schedule.kernel.cells import OWN_END, STAYS
from aidc_twin.schedule.near import KEY_BITS

NOTHING, NO_MORE = -1, -2
"""In place of what an operation waits for: it can come, and it never can."""


def seated(d: Detailed, placed: Placed) -> Placed | None:
    """A schedule on machines that are left, in an order in which each operation finds its machine and stores free.

    What can move comes behind all that stays, in its order: machines first do what is frozen on them.

    Returns
    -------
    None where there is no such order.
    """
    free = d.fixed_start < 0
    if free.any() and not free.all():
        later = np.where(free, max(0, int(d.fixed_start.max()) + 1 - int(placed.start[free].min())), 0)
        placed = replace(placed, start=placed.start + later, end=placed.end + later)
    machine, option = _chosen(d, placed)
    parted, whole = replace(placed, machine=machine), groups_of(d, placed)
    turns = _Turns(d, parted)
    if any(_too_few(d, group) for group in groups_of(d, parted) if group not in whole) or not turns.all_come():
        return None
    key = np.empty_like(placed.key)
    start = np.array(turns.start, np.int64)
    key[turns.order] = keys_of(start[turns.order], KEY_BITS)
    return replace(placed, machine=machine, option=option, start=start, end=np.array(turns.end, np.int64), key=key)


def _chosen(d: Detailed, placed: Placed) -> tuple[Whole, Whole]:
    """Machine and option of each operation: its own machine where that is left, else the first one; batches stay
    together where all of them have one in common.
    """
    machine, option = placed.machine.copy(), d.options.number.at[:-1].copy()
    for i in range(d.operations):
        machine[i] = _own_or_first(d.options.number[i].tolist(), int(machine[i]))
    for group in groups_of(d, placed):
        common = [m for m in d.options.number[group[0]].tolist() if all(m in d.options.number[i] for i in group)]
        if common:
            machine[group] = _own_or_first(common, int(placed.machine[group[0]]))
    for i in range(d.operations):
        option[i] += d.options.number[i].tolist().index(machine[i])
    return machine, option


def _own_or_first(machines: list[int], own: int) -> int:
    return own if own in machines else machines[0]


def _too_few(d: Detailed, group: list[int]) -> bool:
    """Whether operations would wait for ever for more of their batch."""
    least, _, wait = d.batch[d.kinds[group[0]]].tolist()
    return wait < 0 and len(group) < least


class _Turns:
    """An order of operations in which each comes when what it waits for is there; times are only those of the order.

    Attributes
    ----------
    order : operations in their turn.
    start, end : by operation; later than they were where it had to wait for its turn.
    """

    def __init__(self, d: Detailed, placed: Placed) -> None:
        self.d, self.key = d, placed.key.tolist()
        self.start, self.end, self.machine = placed.start.tolist(), placed.end.tolist(), placed.machine.tolist()
        self.order: list[int] = []
        self._group = [[i] for i in range(d.operations)]
        self._begun: dict[tuple[int, int, int], int] = {}
        for group in groups_of(d, placed):
            self._gather(group)
        self._came, self._called = np.zeros(d.operations, bool), d.fixed_start >= 0
        self._open = np.diff(d.before.at).tolist()
        self._held = d.machine_keeping.tolist()
        self._left = [d.supply.pairs(q)[-1][1] if len(d.supply.number[q]) else 0 for q in range(len(d.supply.number))]
        self._heap: list[tuple[int, int, int]] = []
        self._waiting: dict[int, list[int]] = {}
        self._now = 0

    def all_come(self) -> bool:
        """Whether each operation has its turn."""
        d, fixed = self.d, self.d.fixed_start >= 0
        for i in np.lexsort((self.key, self.start)).tolist():
            if fixed[i] and not self._came[i]:
                self._come(self._group[i])
        for i in np.flatnonzero(~fixed).tolist():
            if self._group[i][0] == i and not any(self._open[j] for j in self._group[i]) and not self._called[i]:
                self._call(i, 0)
        while True:
            while self._heap:
                i = heappop(self._heap)[2]
                awaited = self._awaited(self._group[i])
                if awaited == NOTHING:
                    self._come(self._group[i])
                else:
                    self._waiting.setdefault(awaited, []).append(i)
            if len(self.order) == d.operations or not self._take_apart():
                return len(self.order) == d.operations

    def _gather(self, group: list[int]) -> None:
        """Have operations come together."""
        for i in group:
            self._group[i] = group
        self._begun[self._place(group[0], self.start[group[0]])] = group[0]

    def _place(self, i: int, start: int) -> tuple[int, int, int]:
        """By which batches are told apart."""
        return int(self.d.kinds[i]), self.machine[i], start

    def _call(self, i: int, soonest: int) -> None:
        """Have the batch of an operation, of which nothing before it is left, come in its turn."""
        d, group = self.d, self._group[i]
        before = [k for j in group for k in d.before[j].tolist() if d.fixed_start[k] < 0]
        begin = max(self.start[i], soonest, *(self.end[k] for k in before), 0)
        while d.kinds[i] >= 0 and self._begun.get(self._place(i, begin), group[0]) != group[0]:
            begin += 1
        self._called[group], later = True, begin - self.start[i]
        for j in group:
            self.start[j], self.end[j] = self.start[j] + later, self.end[j] + later
        if d.kinds[i] >= 0:
            self._begun[self._place(i, begin)] = group[0]
        heappush(self._heap, (begin, self.key[i], i))

    def _awaited(self, group: list[int]) -> int:
        """What a batch waits for: an operation, or a store, counted behind all operations; or nothing."""
        d, m = self.d, self.machine[group[0]]
        freed = self._held[m] if m >= 0 else OWN_END
        if freed == STAYS:
            return NO_MORE
        if freed != OWN_END and not self._came[freed >> 1]:
            return freed >> 1
        needs: dict[int, int] = {}
        for q, amount in (pair for i in group for pair in d.takes.pairs(i)):
            needs[q] = needs.get(q, 0) + amount
        return next((d.operations + q for q, amount in needs.items() if amount > self._left[q]), NOTHING)

    def _come(self, group: list[int]) -> None:
        """It is the turn of a batch: who waited for it can come."""
        d, begin = self.d, self.start[group[0]]
        self._now = max(self._now, begin)
        self.order += group
        self._came[group] = True
        if self.machine[group[0]] >= 0:
            self._held[self.machine[group[0]]] = int(d.keeping[group[0]])
        there = list(group)
        for i in group:
            for q, amount in d.takes.pairs(i):
                self._left[q] -= amount
            for q, amount in d.gives.pairs(i):
                self._left[q] += amount
                there.append(d.operations + q)
        for one in there:
            for j in self._waiting.pop(one, ()):
                self._call(j, begin)
        for j in (j for i in group for j in d.after[i].tolist()):
            self._open[j] -= 1
            if not any(self._open[k] for k in self._group[j]) and not self._called[self._group[j][0]]:
                self._call(self._group[j][0], begin)

    def _take_apart(self) -> bool:
        """Take the first batch apart of which some could come and the others wait; False where there is none."""
        for i in np.lexsort((self.key, self.start)).tolist():
            ready, rest = ([j for j in self._group[i] if (self._open[j] == 0) == able] for able in (True, False))
            if self._came[i] or not ready or not rest or _too_few(self.d, ready) or _too_few(self.d, rest):
                continue
            self._gather(rest)
            self._gather(ready)
            self._call(ready[0], self._now)
            return True
        return False
