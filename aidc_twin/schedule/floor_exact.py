"""The least cost of a detailed problem of a few operations, by trying every order of starts.

Decoding a schedule in the order of its starts makes nothing later, so among the schedules of least cost there is one
that is decoded from operations in the order of their own starts. Beginnings of such orders are tried in depth, each
decoded by the search's own kernel; one is left where what is placed, and the others at their earliest behind it, cost
as much as the best schedule already. This needs figures that never get better when something is later, and operations
that go by themselves and leave their machines as they end.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aidc_twin.schedule.desk import Aims, Desk
from aidc_twin.schedule.detailed import Detailed, Placed
from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel import delta
from aidc_twin.schedule.kernel.heads import heads

MOST_OPERATIONS = 16
"""Largest problem that is tried; from about twelve operations on many are not gone through."""


def can_be_tried(d: Detailed, aims: Aims) -> bool:
    """Whether a problem is small enough, and orders of starts say everything about it."""
    return (
        0 < d.operations <= MOST_OPERATIONS
        and not aims.levels
        and (aims.change == 0.0 or bool((d.wanted_start < 0).all()))
        and bool((d.fixed_start < 0).all() and (d.kinds < 0).all() and (d.grouping < 0).all())
        and bool((d.keeping == C.OWN_END).all() and (d.machine_keeping == C.OWN_END).all())
    )


class Trial:
    """All orders of starts of a problem that `can_be_tried`, a few at a time.

    Parameters
    ----------
    desk
        Where they are decoded; its schedule is lost, and it can be used for others between two advances.
    cost
        Of the best schedule there is.

    Attributes
    ----------
    cost : of the best schedule so far, here or given.
    best : schedule of that cost that was found here, None before there is one.
    tries : beginnings of orders that were decoded.
    done : whether no schedule costs less.
    """

    def __init__(self, desk: Desk, cost: float) -> None:
        self.desk, self.cost = desk, cost
        self.best: Placed | None = None
        self.tries, self.done = 0, False
        d = desk.problem
        self._before = [set(d.before[i].tolist()) for i in range(d.operations)]
        self._seats = [range(int(d.options.number.at[i]), int(d.options.number.at[i + 1])) for i in range(d.operations)]
        self._machine, self._alike = d.options.number.items.tolist(), _alike(d)
        self._option = np.array([seats[0] for seats in self._seats], np.int64)
        self._relaxed = desk.plant.copy()
        self._steps = self._after([], 0)

    def advance(self, tries: int) -> None:
        """Decode so many more beginnings of orders, or all that are left."""
        until = self.tries + tries
        while self.tries < until and not self.done:
            self.done = next(self._steps, None) is None

    def _after(self, order: list[int], last: int) -> Iterator[bool]:
        """Try what can start next, no sooner than the last one, and then what comes behind that, the best first."""
        n, placed, option = len(self._seats), set(order), self._option
        used = {self._machine[option[i]] for i in order}
        found: list[tuple[float, int, int, int]] = []
        for i in range(n):
            if i in placed or not self._before[i] <= placed:
                continue
            for q in self._different(i, used):
                self.tries += 1
                yield True
                option[i] = q
                start = self._decode([*order, i])
                if start >= last:
                    self._note([*order, i], (start, i, q), found)
        for cost, start, i, q in sorted(found):
            if cost < self.cost:
                option[i] = q
                yield from self._after([*order, i], start)

    def _note(self, order: list[int], step: tuple[int, int, int], found: list[tuple[float, int, int, int]]) -> None:
        """Keep a schedule, or a beginning of one with its least cost, that costs less than the best one."""
        if len(order) == len(self._seats):
            if self.desk.cost < self.cost:
                self.best = self.desk.placed()
                self.cost = self.best.cost
        elif (cost := self._least(order)) < self.cost:
            found.append((cost, *step))

    def _different(self, i: int, used: set[int]) -> Iterator[int]:
        """Options of an operation, of machines that are alike and not used yet one."""
        seen: set[int] = set()
        for q in self._seats[i]:
            m = self._machine[q]
            if m >= 0 and m not in used:
                if self._alike[m] in seen:
                    continue
                seen.add(self._alike[m])
            yield q

    def _decode(self, order: list[int]) -> int:
        """Start of the last operation of a beginning; -1 where it never can start."""
        n = self.desk.problem.operations
        self.desk.cell(C.F_OPTION, n)[:] = self._option
        key = self.desk.cell(C.F_KEY, n)
        key[:] = n
        key[order] = np.arange(len(order))
        status = delta.decode(self.desk.plant, self.desk.floor, np.array(order, np.int64))
        return int(self.desk.cell(C.F_START, n)[order[-1]]) if status == C.OK else -1

    def _least(self, order: list[int]) -> float:
        """Cost of a beginning, with all others as early as they can be behind it whatever they do to each other."""
        d, p, n = self.desk.problem, self._relaxed, self.desk.problem.operations
        start, end = self.desk.cell(C.F_START, n).copy(), self.desk.cell(C.F_END, n).copy()
        free = d.machine_from.copy()
        for i in order:
            m = self._machine[self._option[i]]
            if m >= 0:
                free[m] = end[i]
        release, fixed = p[p[C.RELEASE] :][:n], p[p[C.FIXED_START] :][:n]
        fixed[:] = -1
        fixed[order] = start[order]
        p[p[C.FIXED_END] :][:n] = end
        for i in set(range(n)).difference(order):
            seats = [self._machine[q] for q in self._seats[i]]
            soonest = min(int(free[m]) if m >= 0 else 0 for m in seats)
            release[i] = max(int(d.release[i]), int(start[order[-1]]), soonest)
        heads(p, d.forward, d.least_work, start, end)
        done = np.zeros(len(d.due), np.int64)
        np.maximum.at(done, d.order[d.last.items], end[d.last.items] + d.tail[d.last.items])
        late = int((d.weight * np.maximum(0, done - d.due)).sum())
        figures = np.array([late, int(done.max(initial=0)), 0, int(d.value[done <= d.horizon].sum())])
        return float(self.desk.aims.vector @ figures)


def _alike(d: Detailed) -> list[int]:
    """First machine that each one can be exchanged with: the same operations, work, changeovers and times."""
    found: dict[object, int] = {}
    every: list[int] = []
    for m in range(len(d.machine_from)):
        mine = np.flatnonzero(d.options.number.items == m)
        work = tuple(zip(d.options.number.owner[mine].tolist(), d.options.amount[mine].tolist(), strict=True))
        own = (int(d.machine_from[m]), int(d.machine_family[m]), int(d.machine_setup[m]), tuple(d.down.pairs(m)), work)
        every.append(found.setdefault(own, m))
    return every
