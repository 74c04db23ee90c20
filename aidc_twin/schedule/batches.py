"""Operations that go together on one machine: a problem in which each batch is one operation.

The search decodes a *gathered* problem: the first of each batch runs for all of them, after all that they wait for and
with all that they take; the others are done when it is. Where a batch is smaller than its least, one more operation
stands for the longest wait of the unit that came first. What a search finds is told in the problem's own operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import floor

import numpy as np

from aidc_twin.schedule.detailed import Amounts, Detailed, Lists, Placed, Whole
from aidc_twin.twin.classes import WorkClass
from aidc_twin.twin.factory import Factory

Groups = list[list[int]]


def longest_wait(row: WorkClass) -> int:
    """Ticks for which the first of a batch waits for company on the mean, -1: for ever."""
    return -1 if row.batch_wait is None else floor(row.batch_wait.cells[3] + 0.5)


def kinds_of(factory: Factory, steps: Sequence[int]) -> dict[str, Whole]:
    """Kinds of job steps that go together, each class its own; see `Detailed.kind`."""
    rows, own = factory.table.rows, [factory.step_class(js) for js in steps]
    kinds = sorted({c for c in own if rows[c].batch[1] > 1})
    return {
        "kind": np.array([kinds.index(c) if c in kinds else -1 for c in own], np.int64),
        "batch": np.array([(*rows[c].batch, longest_wait(rows[c])) for c in kinds], np.int64).reshape(-1, 3),
    }


def groups_of(d: Detailed, placed: Placed) -> Groups:
    """Batches of a schedule: what is of one kind and starts together on a machine, at most as many as can go."""
    found: dict[tuple[int, int, int], list[int]] = {}
    for i in np.flatnonzero(d.kinds >= 0).tolist():
        found.setdefault((int(d.kinds[i]), int(placed.machine[i]), int(placed.start[i])), []).append(i)
    groups: Groups = []
    for (kind, _, _), members in sorted(found.items()):
        members.sort(key=lambda i: (int(placed.key[i]), i))
        most = int(d.batch[kind, 1])
        groups += [members[k : k + most] for k in range(0, len(members), most)]
    return groups


def too_early(d: Detailed, placed: Placed) -> Whole:
    """Ticks by which each operation must stand in its queue before it starts: the wait of batches below their least."""
    found = np.zeros(d.operations, np.int64)
    for members in groups_of(d, placed):
        least, _, wait = d.batch[d.kinds[members[0]]].tolist()
        if len(members) < least and wait > 0:
            found[members] = wait
    return found


@dataclass(frozen=True)
class Gathered:
    """A problem with its batches as single operations.

    Operations keep their numbers; those that wait for a batch's longest wait come behind them. The first of each of
    `groups` runs for all of it.
    """

    stated: Detailed
    groups: Groups

    @cached_property
    def lead(self) -> Whole:
        """Operation that runs for each one, shape (n,)."""
        found = np.arange(self.stated.operations)
        for members in self.groups:
            found[members] = members[0]
        return found

    def small(self, ready: Whole) -> list[tuple[int, int, int]]:
        """(first of a batch below its least, the one of it that is ready first, longest wait in ticks)."""
        d, found = self.stated, list[tuple[int, int, int]]()
        for members in self.groups:
            least, _, wait = d.batch[d.kinds[members[0]]].tolist()
            if len(members) < least and wait > 0 and not (d.fixed_start[members] >= 0).any():
                found.append((members[0], min(members, key=lambda i: (int(ready[i]), i)), wait))
        return found

    def problem(self, small: Sequence[tuple[int, int, int]]) -> Detailed:
        """The gathered problem, with a wait for each small batch."""
        d, n = self.stated, self.stated.operations
        members = {group[0]: group for group in self.groups}
        rest = np.flatnonzero(self.lead != np.arange(n))
        follows = np.zeros(n, bool)
        follows[rest] = True
        mine = [members.get(i, [i]) for i in range(n)]
        before = [sorted({int(self.lead[j]) for one in group for j in d.before[one].tolist()}) for group in mine]
        options = [_common(d, group) for group in mine]
        release, fixed_start, fixed_end = d.release.copy(), d.fixed_start.copy(), d.fixed_end.copy()
        wanted_start, wanted_machine = d.wanted_start.copy(), d.wanted_machine.copy()
        for first, group in members.items():
            release[first] = d.release[group].max()
            fixed = next((i for i in group if d.fixed_start[i] >= 0), first)
            fixed_start[first], fixed_end[first] = d.fixed_start[fixed], d.fixed_end[fixed]
            wanted = next((i for i in group if d.wanted_start[i] >= 0), first)
            wanted_start[first], wanted_machine[first] = d.wanted_start[wanted], d.wanted_machine[wanted]
        for i in rest.tolist():
            before[i], options[i] = [int(self.lead[i])], [(-1, 0)]
        for k, (first, one, wait) in enumerate(small):
            before.append(sorted({int(self.lead[j]) for j in d.before[one].tolist()}))
            options.append([(-1, wait)])
            before[first].append(n + k)
        lags = len(small)
        grouped, apart = np.full(n, -1), np.zeros(n, np.int64)
        for first, group in members.items():
            grouped[first] = 2 * d.kinds[first] + int(len(group) < d.batch[d.kinds[first], 1])
        for first, _, wait in small:
            apart[first] = wait + 1
        gives, early = _merged_gifts(d, mine, follows, lags)
        return replace(
            d, before=Lists.of(before), options=Amounts.of(options), gives=gives, gives_early=early,
            release=_more(np.where(follows, 0, release), [int(d.queued[one]) for _, one, _ in small]),
            family=_more(np.where(follows, -1, d.family), [-1] * lags),
            starts_in=_more(np.where(follows, -1, d.starts_in), [-1] * lags),
            works_in=_more(np.where(follows, -1, d.works_in), [-1] * lags),
            uses=Amounts.of([[] if follows[i] else d.uses.pairs(i) for i in range(n)] + [[]] * lags),
            takes=_merged(d.takes, mine, follows, lags),
            fixed_start=_more(np.where(follows, -1, fixed_start), [-1] * lags),
            fixed_end=_more(np.where(follows, -1, fixed_end), [-1] * lags),
            wanted_start=_more(np.where(follows, -1, wanted_start), [-1] * lags),
            wanted_machine=_more(np.where(follows, -1, wanted_machine), [-1] * lags),
            order=_more(d.order, [int(d.order[first]) for first, _, _ in small]), tail=_more(d.tail, [-1] * lags),
            keeps=_more(self._freeing(d.keeping), [-1] * lags), machine_keeps=self._freeing(d.machine_keeping),
            since=np.zeros(0, np.int64), kind=np.zeros(0, np.int64), batch=np.zeros((0, 3), np.int64),
            grouped=_more(grouped, [-1] * lags), apart=_more(apart, [0] * lags),
        )  # fmt: skip

    def _freeing(self, codes: Whole) -> Whole:
        """What frees machines, by what runs for it."""
        return np.where(codes >= 0, 2 * self.lead[np.maximum(codes, 0) >> 1] + (codes & 1), codes)

    def keys(self, d: Detailed, placed: Placed, small: Sequence[tuple[int, int, int]]) -> Whole | None:
        """Keys of the gathered problem `d` in the order of a schedule of the stated one; None where there are none."""
        n = self.stated.operations
        start, tie = _more(placed.start, [0] * len(small)), _more(2 * placed.key, [0] * len(small))
        for group in self.groups:  # behind what may stand for a wait of it
            start[group[0]], tie[group[0]] = placed.start[group].max(), 2 * placed.key[group].max() + 1
        own = np.arange(n)
        start[:n] = np.where(self.lead == own, start[:n], np.maximum(placed.end, start[self.lead]))
        tie[:n] = np.where(self.lead == own, tie[:n], np.maximum(2 * placed.key, tie[self.lead] + 1))
        for k, (_, one, _) in enumerate(small):
            start[n + k], tie[n + k] = self.ready(placed)[one], 2 * placed.key[one]
        order = np.lexsort((np.arange(len(start)), tie, start))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        free = d.fixed_start[d.before.items] < 0
        return None if (free & (rank[d.before.items] >= rank[d.before.owner])).any() else rank

    def ready(self, placed: Placed) -> Whole:
        """Tick from which each operation waits for nothing but its machine and its batch."""
        d = self.stated
        found = d.queued.copy()
        np.maximum.at(found, d.before.owner, placed.end[d.before.items])
        return found

    def told(self, placed: Placed) -> Placed:
        """A schedule of the gathered problem in the stated operations."""
        d, lead = self.stated, self.lead
        machine = placed.machine[lead]
        option = np.array([
            int(d.options.number.at[i]) + d.options.number[i].tolist().index(m) for i, m in enumerate(machine.tolist())
        ], np.int64)  # fmt: skip
        return replace(
            placed, machine=machine, start=placed.start[lead], end=placed.end[lead], setup=placed.setup[lead],
            key=placed.key[lead], option=option,
        )  # fmt: skip


def _more(cells: Whole, behind: list[int]) -> Whole:
    return np.concatenate([cells, np.array(behind, np.int64)])


def _common(d: Detailed, group: Sequence[int]) -> list[tuple[int, int]]:
    """Machines on which all of a batch can run, with the longest work of any; those of one that is fixed, or of the
    first one where there are none.
    """
    held = next((i for i in group if d.fixed_start[i] >= 0), -1)
    rows = [d.options.pairs(i) for i in (group if held < 0 else [held])]
    first, *others = rows
    for row in others:
        work = dict(row)
        first = [(m, max(one, work[m])) for m, one in first if m in work]
    return first or rows[0]


def _merged(amounts: Amounts, mine: Sequence[Sequence[int]], follows: np.ndarray[tuple[int], np.dtype[np.bool_]],
            lags: int) -> Amounts:  # fmt: skip
    """Lists of pairs with those of a batch at its first operation."""
    found: list[list[tuple[int, int]]] = []
    for i, group in enumerate(mine):
        sums: dict[int, int] = {}
        for one in () if follows[i] else group:
            for number, amount in amounts.pairs(one):
                sums[number] = sums.get(number, 0) + amount
        found.append(sorted(sums.items()))
    return Amounts.of(found + [[]] * lags)


def _merged_gifts(d: Detailed, mine: Sequence[Sequence[int]], follows: np.ndarray[tuple[int], np.dtype[np.bool_]],
                  lags: int) -> tuple[Amounts, Whole]:  # fmt: skip
    """What operations give to stores, and whether as they start, with those of a batch at its first operation."""
    found: list[list[tuple[int, int, int]]] = []
    for i, group in enumerate(mine):
        sums: dict[tuple[int, int], int] = {}
        for one in () if follows[i] else group:
            low, high = d.gives.number.at[one : one + 2].tolist()
            for (number, amount), early in zip(d.gives.pairs(one), d.early[low:high].tolist(), strict=True):
                sums[number, early] = sums.get((number, early), 0) + amount
        found.append(sorted((number, early, amount) for (number, early), amount in sums.items()))
    gives = Amounts.of([[(number, amount) for number, _, amount in row] for row in found] + [[]] * lags)
    return gives, np.array([early for row in found for _, early, _ in row], np.int64)
