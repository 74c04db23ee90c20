"""A desk for problems whose operations go together: which of them do is changed as the search goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from aidc_twin.schedule.batches import Gathered, Groups, groups_of
from aidc_twin.schedule.desk import AHEAD, Aims, Desk, plant_memory
from aidc_twin.schedule.detailed import Detailed, Placed, Whole
from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel.heads import heads
from aidc_twin.schedule.kernel.jit import draw

TRIES = 2
"""Exchanges between batches that are tried after each slice of a search."""
NEAR = 4
"""Batches, by their starts, that a unit is tried in."""


class GatherDesk(Desk):
    """A desk whose problem is the stated one with batches as single operations.

    Parameters
    ----------
    stated
        The problem; batches are made of what can start about together, until a schedule is taken.
    """

    def __init__(self, stated: Detailed, aims: Aims, span: int = 0) -> None:
        early, groups = earliest(stated), first_groups(stated)
        self.gathered = Gathered(stated, groups)
        self.small = self.gathered.small(early)
        super().__init__(self.gathered.problem(self.small), aims, span)
        self.stated = stated

    def dispatch(self, rule: str, rest: Whole | None = None, rank: Whole | None = None,
                 ahead: tuple[float, float] = AHEAD) -> bool:  # fmt: skip
        """Schedule the batches that there are by a rule; False where one is too small, or something never can start."""
        d = self.stated
        rows = [(len(group), *d.batch[d.kinds[group[0]]].tolist()) for group in self.gathered.groups]
        if any(size < least and wait < 0 for size, least, _, wait in rows):
            return False
        return super().dispatch(rule, rest, rank, ahead)

    def told(self) -> Placed:
        """A copy of the schedule in the operations of the stated problem."""
        return self.gathered.told(self.placed())

    def take(self, placed: Placed) -> bool:
        """Take a schedule of the stated problem, with its batches."""
        return self.stand(groups_of(self.stated, placed), placed)

    def stand(self, groups: Groups, placed: Placed) -> bool:
        """Decode a schedule of the stated problem with other batches, in the order of its starts; False if that cannot
        be, and the schedule on the desk is not one then.
        """
        gathered = Gathered(self.stated, groups)
        small = gathered.small(gathered.ready(placed))
        problem = gathered.problem(small)
        key = gathered.keys(problem, placed, small)
        if key is None:
            return False
        kept = self.floor
        self.gathered, self.small, self.problem = gathered, small, problem
        self.plant = plant_memory(problem)
        self._open()
        for name in (C.WORK, C.TRIED, C.TAKEN):
            self.floor[name] = kept[name]
        n = self.stated.operations
        self.cell(C.F_KEY, problem.operations)[:] = key
        self.cell(C.F_OPTION, problem.operations)[:] = self._options(placed)
        self.cell(C.F_START, n)[:] = placed.start
        return self.again() and self.decode()

    def _options(self, placed: Placed) -> Whole:
        """Options of the gathered problem that are the machines of a schedule; the first one where there is none."""
        d, found = self.problem, self.problem.options.number.at[:-1].copy()
        for i, m in enumerate(placed.machine.tolist()):
            machines = d.options.number[i].tolist()
            if m in machines:
                found[i] += machines.index(m)
        return found

    def regather(self, draws: Whole, tries: int) -> None:
        """Move a unit from its batch to one near it, or exchange two, and keep what is not dearer; `tries` times."""
        kept, best, groups = self.told(), self.cost, self.gathered.groups
        stands = True
        for _ in range(tries):
            change = exchanged(self.stated, kept, groups, draws)
            if change is None:
                continue
            stands = self.stand(*change) and self.cost <= best
            if stands:
                kept, best, groups = self.told(), self.cost, self.gathered.groups
        if not stands:
            self.stand(groups, kept)


def exchanged(d: Detailed, placed: Placed, groups: Groups, draws: Whole) -> tuple[Groups, Placed] | None:
    """Batches with a unit in another one than before, or alone, and a schedule in which it starts with them; None where
    there is no such change.
    """
    free = [k for k, group in enumerate(groups) if not (d.fixed_start[group] >= 0).any()]
    if not free:
        return None
    a = free[int(draw(draws)) % len(free)]
    group, kind = groups[a], int(d.kinds[groups[a][0]])
    least, most, wait = d.batch[kind].tolist()
    i = group[int(draw(draws)) % len(group)]
    begin = int(placed.start[group[0]])
    others = [k for k in free if k != a and d.kinds[groups[k][0]] == kind]
    others.sort(key=lambda k: (abs(int(placed.start[groups[k][0]]) - begin), k))
    pick = int(draw(draws)) % (min(NEAR, len(others)) + 1)
    start, machine, end, key = (cells.copy() for cells in (placed.start, placed.machine, placed.end, placed.key))
    left = [j for j in group if j != i]
    if pick == len(others[:NEAR]):
        if not left or (wait < 0 and min(1, len(left)) < least):
            return None
        changed = [*(groups[k] if k != a else left for k in range(len(groups))), [i]]
        return changed, replace(placed, key=key)
    b = others[pick]
    back = groups[b][int(draw(draws)) % len(groups[b])] if len(groups[b]) == most else -1
    if back < 0 and left and len(left) < least and wait < 0:
        return None
    new = {a: [*left, *([back] if back >= 0 else [])], b: [*(j for j in groups[b] if j != back), i]}
    for one, whole in ((i, groups[b][0]), (back, group[0])):
        if one >= 0:
            start[one], machine[one], end[one], key[one] = (
                placed.start[whole], placed.machine[whole], placed.end[whole], placed.key[whole]
            )  # fmt: skip
    changed = [new.get(k, one) for k, one in enumerate(groups) if new.get(k, one)]
    return changed, replace(placed, start=start, machine=machine, end=end, key=key)


def earliest(d: Detailed) -> Whole:
    """Ticks before which operations cannot start, whatever machines do."""
    start, end = (np.zeros(d.operations, np.int64) for _ in range(2))
    heads(plant_memory(d), d.forward, d.least_work, start, end)
    return start


def first_groups(d: Detailed) -> Groups:
    """Batches of what can start about together; where these would wait for each other in a circle, of what comes as far
    behind the first operations of its units as well.
    """
    early = earliest(d)
    groups = _chunks(d, early, np.zeros(d.operations, np.int64))
    try:
        gathered = Gathered(d, groups)
        _ = gathered.problem(gathered.small(early)).forward
    except ValueError:
        return _chunks(d, early, depths(d))
    return groups


def depths(d: Detailed) -> Whole:
    """Most operations that come one after the other before each one."""
    found = np.zeros(d.operations, np.int64)
    for i in d.forward.tolist():
        found[i] = max((int(found[j]) + 1 for j in d.before[i].tolist()), default=0)
    return found


def _chunks(d: Detailed, early: Whole, depth: Whole) -> Groups:
    """Batches of one kind, depth and choice of machines in the order of their earliest starts."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for i in np.flatnonzero(d.kinds >= 0).tolist():
        key = int(d.kinds[i]), int(depth[i]), int(d.fixed_start[i]), *d.options.number[i].tolist()
        alike.setdefault(key, []).append(i)
    groups: Groups = []
    for (kind, *_), members in sorted(alike.items()):
        members.sort(key=lambda i: (int(early[i]), i))
        least, most, _ = d.batch[kind].tolist()
        count = -(-len(members) // most)
        if len(members) - (count - 1) * most < least:  # the last one would be too small: all are about as large
            ends = [len(members) * k // count for k in range(count + 1)]
        else:
            ends = [min(len(members), most * k) for k in range(count + 1)]
        groups += [members[low:high] for low, high in pairwise(ends)]
    return groups
