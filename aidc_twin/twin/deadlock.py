"""Units that wait for each other for good, found in the final state of a replication.

The classic reduction (Coffman, Elphick and Shoshani 1971; Holt 1972): what is under way comes to its end; whoever could
start with what is free then goes on, and is taken to give back all it holds; and so on. Who is left waits for what only
others who are left could give. It errs to one side: a unit that can do any of its steps is taken to finish, and what
comes from outside (capacity, purchases, further arrivals) is taken to come. So what is found is a deadlock for certain,
and may be only a part of the park.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.classes import counting_scale
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.layout import I64, table
from aidc_twin.twin.memory import Ints

TOLD = 8
"""Units that a message names."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Holds:
    """Amounts of resources that are held, one entry each: by unit (index into those present, -1: a repair)."""

    unit: Ints
    resource: Ints
    amount: Ints


@dataclass(frozen=True)
class Floor:
    """Who is in the park at the horizon: N units and repairs at once, P steps of theirs.

    Attributes
    ----------
    whole, m : memories of the park and of the replication.
    jobs : shape (N,), job of each unit.
    rows : shape (P, columns of V_STEP), the units' steps, then the repairs that wait or are under way.
    step : shape (P,), number of each step.
    unit : shape (P,), unit of each step; repairs count on from N.
    """

    whole: I64
    m: I64
    jobs: Ints
    rows: Ints
    step: Ints
    unit: Ints

    @classmethod
    def of(cls, whole: I64, m: I64, repairs: tuple[int, int]) -> Floor:
        """Floor at the horizon; `repairs` are the first and end of the repairs' steps."""
        job, state = table(whole, L.JOB), table(m, L.V_STEP)
        jobs = np.flatnonzero(table(m, L.V_JOB)[:, L.W_TOKENS] > 0)
        length = table(whole, L.ROUTE)[job[jobs, L.J_ROUTE], L.T_STEPS]
        unit = np.repeat(np.arange(len(jobs)), length)
        inside = np.arange(len(unit)) - np.repeat(np.cumsum(length) - length, length)
        mending = np.arange(*repairs)
        mending = mending[np.isin(state[mending, L.U_STATE], (L.QUEUED, L.UNDER_WAY))]
        step = np.concatenate([np.repeat(job[jobs, L.J_FIRST], length) + inside, mending])
        unit = np.concatenate([unit, len(jobs) + np.arange(len(mending))])
        return cls(whole, m, jobs, state[step], step, unit)

    @cached_property
    def classes(self) -> Ints:
        """Table of classes."""
        return table(self.whole, L.CLASS)

    @cached_property
    def needs(self) -> Ints:
        """Table of needs."""
        return table(self.whole, L.NEED)

    @cached_property
    def queued(self) -> Ints:
        """Steps (places in `rows`) that wait in a queue."""
        return np.flatnonzero(self.rows[:, L.U_STATE] == L.QUEUED)

    @cached_property
    def holds(self) -> Holds:
        """All that is held."""
        parts = [*self._kept(), *self._own()]
        columns = [np.concatenate([part[i] for part in parts]) if parts else np.zeros(0, np.int64) for i in range(3)]
        return Holds(*columns)

    def _kept(self) -> Iterator[tuple[Ints, Ints, Ints]]:
        """What outlasts its step, by the bits of the step's needs."""
        places = np.flatnonzero((self.rows[:, L.U_JOB] >= 0) & (self.rows[:, L.U_HELD] & (L.MEMBER - 1) != 0))
        rows = self.rows[places]
        keeper = table(self.whole, L.STEP)[rows[:, L.U_STEP], L.S_CLASS]
        first, end = self.classes[keeper, L.C_NEED], self.classes[keeper, L.C_NEED_END]
        for bit in range(int((end - first).max(initial=0))):
            mine = (rows[:, L.U_HELD] >> bit & 1).astype(bool) & (first + bit < end)
            need = self.needs[first[mine] + bit]
            yield self.unit[places[mine]], need[:, L.D_RES], need[:, L.D_AMOUNT]

    def _own(self) -> Iterator[tuple[Ints, Ints, Ints]]:
        """What is given back at the end of its own step: of work that goes on, stands still, or is closed."""
        state, held = self.rows[:, L.U_STATE], self.rows[:, L.U_HELD]
        kind, home = (self.classes[self.rows[:, L.U_CLASS], column] for column in (L.C_KIND, L.C_HOME))
        resting = (state == L.QUEUED) & (kind == L.RESUME)
        works = ((state == L.UNDER_WAY) | (state == L.STOPPED)) & (held & L.MEMBER == 0)
        for c in np.unique(home[resting | works]).tolist():
            for need in self.needs[self.classes[c, L.C_NEED] : self.classes[c, L.C_NEED_END]].tolist():
                mine = (home == c) & (works | (resting & (not need[L.D_GIVE])))
                if need[L.D_OWN] and need[L.D_KIND] != L.MATERIAL:
                    unit = self.unit[mine]
                    yield unit, np.full(len(unit), need[L.D_RES]), np.full(len(unit), need[L.D_AMOUNT])


class Reduction:
    """Lets units go on, one class of work after the other, as long as any can.

    Attributes
    ----------
    free : shape (resources and materials,), what is left with all that those who go on give back.
    goes : shape (N,), units and repairs that go on.
    """

    def __init__(self, factory: Factory, floor: Floor) -> None:
        """With what is under way, and what waits for something from outside."""
        self.factory, self.floor = factory, floor
        resources = table(floor.m, L.V_RES)
        self.free, self.capacity = resources[:, L.Z_AVAIL].copy(), resources[:, L.Z_CAP]
        self.made = self._made()
        self.goes = np.zeros(len(floor.jobs) + len(floor.rows), bool)
        state, since = floor.rows[:, L.U_STATE], floor.rows[:, L.U_SINCE]
        later = (state == L.AHEAD) & (floor.rows[:, L.U_WAIT] == 0) & (since > int(floor.whole[L.HORIZON]))
        self._let(np.unique(floor.unit[(state == L.UNDER_WAY) | later]))
        self._let(self._outside())

    def run(self) -> None:
        """Go on until nobody can."""
        before = -1
        while before != self.goes.sum():
            before = self.goes.sum()
            for place in self.waiting().tolist():
                if not self.goes[self.floor.unit[place]] and not self.missing(place):
                    self._let(self.floor.unit[place : place + 1])
            self._let(self._standing())
            self._let(self._joining())

    def waiting(self) -> Ints:
        """Steps (places in the floor's rows) in queues, of units that do not go on."""
        queued = self.floor.queued
        return queued[~self.goes[self.floor.unit[queued]]]

    def missing(self, place: int) -> list[int]:
        """Resources for which a waiting step waits in vain; -1 stands for the head of its queue or its company."""
        floor = self.floor
        c = int(floor.rows[place, L.U_CLASS])
        lacks = [r for r in self._needed(c) if r >= 0]
        return lacks or ([] if self._has_turn(place, c) else [-1])

    def _needed(self, c: int) -> list[int]:
        """Resources of which a class needs more than is free, though there is so much."""
        row = self.floor.classes[c]
        found: list[int] = []
        for need in self.floor.needs[row[L.C_NEED] : row[L.C_NEED_END]].tolist():
            r, amount = need[L.D_RES], need[L.D_AMOUNT]
            short = self.free[r] < amount
            if short and (self.made[r] if need[L.D_KIND] == L.MATERIAL else amount <= self.capacity[r]):
                found.append(r)
        if row[L.C_PIN] >= 0 and not found:
            machine = table(self.floor.whole, L.RES)[row[L.C_SERVER], L.R_SLOT] + row[L.C_PIN]
            holder = table(self.floor.m, L.V_MACHINE)[machine, L.G_HOLDER] - 1
            held = np.flatnonzero(self.floor.step == holder)
            found += [int(row[L.C_SERVER])] if len(held) and not self.goes[self.floor.unit[held[0]]] else []
        return found

    def _has_turn(self, place: int, c: int) -> bool:
        """Whether the step is first in its queue, or those before it go on, and company for its batch can come."""
        floor, row = self.floor, self.floor.classes[c]
        queue = table(floor.whole, L.QUEUES)[row[L.C_QUEUE]]
        size = int(table(floor.m, L.V_QUEUE)[row[L.C_QUEUE], L.E_SIZE])
        if queue[L.Q_SHARED]:
            first = int(floor.m[L.ROOM] + queue[L.Q_ROOM] * L.ENTRY)
            entries = floor.m[first : first + size * L.ENTRY].reshape(size, L.ENTRY)
            head = entries[np.lexsort((entries[:, 1], entries[:, 0]))[0], 2]
            held = np.flatnonzero(floor.step == head)
            return head == floor.step[place] or bool(self.goes[floor.unit[held]].all())
        alone = size < row[L.C_BATCH_MIN] and row[L.C_BATCH_DIST] < 0
        return not alone or self._comes(lambda route: c in self.factory.route_class[route])

    def _comes(self, wanted: Callable[[int], bool]) -> bool:
        """Whether units of a route that is wanted go on in the park, or are still to come."""
        floor, factory = self.floor, self.factory
        job, state = table(floor.whole, L.JOB), table(floor.m, L.V_JOB)
        routes = set(job[floor.jobs[self.goes[: len(floor.jobs)]], L.J_ROUTE].tolist())
        orders = len(factory.units)
        routes |= set(job[:orders][state[:orders, L.W_GATES] != 0, L.J_ROUTE].tolist())
        for row, r, arrived in zip(
            factory.park.sources, factory.source_route, table(floor.m, L.V_SOURCE)[:, L.V_ARRIVALS].tolist(), strict=True
        ):
            routes |= {r} if row.most == 0 or arrived < row.most else set()
        return any(wanted(route) for route in routes)

    def _made(self) -> Flags:
        """Materials that only work in the park brings, and no unit brings that goes on or is still to come."""
        return np.zeros(len(self.free), bool)

    def _outside(self) -> Ints:
        """Units that wait for ships."""
        floor = self.floor
        rows = floor.rows[floor.queued]
        sails = table(floor.whole, L.QUEUES)[floor.classes[rows[:, L.U_CLASS], L.C_QUEUE], L.Q_SAILS] > 0
        return np.unique(floor.unit[floor.queued[sails]])
