"""Who is in the park at the horizon, what they hold and what they wait for, as a replication's final state says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.kernel import layout as L
from aidc_twin.twin.kernel.layout import I64, table
from aidc_twin.twin.memory import Ints

__all__ = ["Flags", "Floor", "Holds", "waiting_parts"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Holds:
    """Amounts of resources that are held, one entry each: by unit (index into those present, -1: a repair)."""

    unit: Ints
    resource: Ints
    amount: Ints


def waiting_parts(whole: I64, m: I64) -> Ints:
    """Jobs of parts that are done and keep something until they are joined."""
    job, state, steps = table(whole, L.JOB), table(m, L.V_JOB), table(m, L.V_STEP)
    if not (table(whole, L.NEED)[:, L.D_PARENT] & 3 == L.UNTIL_JOINED).any():
        return np.zeros(0, np.int64)
    done = (job[:, L.J_PARENT] >= 0) & (state[:, L.W_GATES] == 0) & (state[:, L.W_TOKENS] == 0)
    found: list[int] = []
    for part in np.flatnonzero(done).tolist():
        first, length = job[part, L.J_FIRST], table(whole, L.ROUTE)[job[part, L.J_ROUTE], L.T_STEPS]
        if (steps[first : first + length, L.U_HELD] & (L.MEMBER - 1)).any():
            found.append(part)
    return np.array(found, np.int64)


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
    def of(cls, whole: I64, m: I64) -> Floor:
        """Floor at the horizon."""
        job, state = table(whole, L.JOB), table(m, L.V_STEP)
        jobs = np.flatnonzero(table(m, L.V_JOB)[:, L.W_TOKENS] > 0)
        jobs = np.union1d(jobs, job[waiting_parts(whole, m), L.J_PARENT])
        length = table(whole, L.ROUTE)[job[jobs, L.J_ROUTE], L.T_STEPS]
        unit = np.repeat(np.arange(len(jobs)), length)
        inside = np.arange(len(unit)) - np.repeat(np.cumsum(length) - length, length)
        mending = table(whole, L.FAULTS)[table(m, L.V_FAULT)[:, L.N_DOWN] == 1, L.B_STEP]
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
    def holds(self) -> Holds:
        """All that is held."""
        shared: set[tuple[int, int]] = set()
        parts = [*self._kept(shared), *self._own(shared), *self._joined(shared)]
        columns = [np.concatenate([part[i] for part in parts]) if parts else np.zeros(0, np.int64) for i in range(3)]
        return Holds(*columns)

    def share(self, js: int, family: int) -> int:
        """Those who share something with a step's unit, or the machine to which its family keeps + 1."""
        job = int(table(self.m, L.V_STEP)[js, L.U_JOB])
        if not family & 1:
            job = int(table(self.whole, L.JOB)[job, L.J_PARENT])
        return int(table(self.m, L.V_SHARE)[job, family >> 1])

    def shared(self, js: int, need: Sequence[int]) -> bool:
        """Whether the family of a step's unit has already taken what it needs."""
        return need[L.D_KIND] == L.SHARED and self.share(js, need[L.D_PARENT] >> 2) > 0

    def _first(self, steps: Ints, need: Ints, shared: set[tuple[int, int]]) -> Flags:
        """Whether each of some steps holds what it needs by itself, or as the first of those who share it."""
        found = np.ones(len(steps), bool)
        for i in np.flatnonzero(need[:, L.D_KIND] == L.SHARED).tolist():
            job = int(table(self.m, L.V_STEP)[steps[i], L.U_JOB])
            if not need[i, L.D_PARENT] >> 2 & 1:
                job = int(table(self.whole, L.JOB)[job, L.J_PARENT])
            key = (job, int(need[i, L.D_RES]))
            found[i] = key not in shared
            shared.add(key)
        return found

    def _joined(self, shared: set[tuple[int, int]]) -> Iterator[tuple[Ints, Ints, Ints]]:
        """What parts that are done keep until the unit that waits for them joins them: it gives that back."""
        job = table(self.whole, L.JOB)
        number = {j: unit for unit, j in enumerate(self.jobs.tolist())}
        for part in waiting_parts(self.whole, self.m).tolist():
            first = job[part, L.J_FIRST]
            for step in range(first, first + table(self.whole, L.ROUTE)[job[part, L.J_ROUTE], L.T_STEPS]):
                row = table(self.m, L.V_STEP)[step]
                keeper = self.classes[table(self.whole, L.STEP)[row[L.U_STEP], L.S_CLASS]]
                for bit, need in enumerate(self.needs[keeper[L.C_NEED] : keeper[L.C_NEED_END]]):
                    if row[L.U_HELD] >> bit & 1 and self._first(np.array([step]), need[None], shared)[0]:
                        unit = number[int(job[part, L.J_PARENT])]
                        yield np.array([unit]), need[L.D_RES : L.D_RES + 1], need[L.D_AMOUNT : L.D_AMOUNT + 1]

    def _kept(self, shared: set[tuple[int, int]]) -> Iterator[tuple[Ints, Ints, Ints]]:
        """What outlasts its step, by the bits of the step's needs."""
        places = np.flatnonzero((self.rows[:, L.U_JOB] >= 0) & (self.rows[:, L.U_HELD] & (L.MEMBER - 1) != 0))
        rows = self.rows[places]
        keeper = table(self.whole, L.STEP)[rows[:, L.U_STEP], L.S_CLASS]
        first, end = self.classes[keeper, L.C_NEED], self.classes[keeper, L.C_NEED_END]
        for bit in range(int((end - first).max(initial=0))):
            mine = (rows[:, L.U_HELD] >> bit & 1).astype(bool) & (first + bit < end)
            need = self.needs[first[mine] + bit]
            alone = self._first(self.step[places[mine]], need, shared)
            yield self.unit[places[mine]][alone], need[alone, L.D_RES], need[alone, L.D_AMOUNT]

    def _own(self, shared: set[tuple[int, int]]) -> Iterator[tuple[Ints, Ints, Ints]]:
        """What is given back at the end of its own step: of work that goes on, stands still, or is closed."""
        state, held = self.rows[:, L.U_STATE], self.rows[:, L.U_HELD]
        kind, home = (self.classes[self.rows[:, L.U_CLASS], column] for column in (L.C_KIND, L.C_HOME))
        resting = (state == L.QUEUED) & (kind == L.RESUME)
        leads = (held & L.MEMBER == 0) | (self.rows[:, L.U_JOB] < 0)
        works = ((state == L.UNDER_WAY) | (state == L.STOPPED)) & leads
        for c in np.unique(home[resting | works]).tolist():
            for need in self.needs[self.classes[c, L.C_NEED] : self.classes[c, L.C_NEED_END]].tolist():
                mine = (home == c) & (works | (resting & (not need[L.D_GIVE])))
                if need[L.D_OWN] and need[L.D_KIND] != L.MATERIAL:
                    mine[mine] = self._first(self.step[mine], np.tile(need, (int(mine.sum()), 1)), shared)
                    unit = self.unit[mine]
                    yield unit, np.full(len(unit), need[L.D_RES]), np.full(len(unit), need[L.D_AMOUNT])
