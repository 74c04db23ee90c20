"""Whether a project can end by a time: windows of tasks, narrowed until nothing changes or one is empty."""

from __future__ import annotations

from typing import NamedTuple

from aidc_twin.schedule.kernel.jit import Cells, Ints, Table, at, kernel

ROUNDS = 30
"""Most times that all rules are gone through; fewer only make the answer weaker."""

SAME, NARROWED, REFUTED = 0, 1, 2
"""What `shaved` returns."""


class Rules(NamedTuple):
    """What a schedule of a project keeps to.

    Attributes
    ----------
    durations : shape (tasks,).
    arcs : shape (arcs, 2), pairs of which the second may start only after the end of the first, in an order in which
        all that leads to a task stands before what follows it.
    apart : shape (pairs, 2), tasks that cannot run at once.
    need, room : shape (resources, tasks) and (resources,), units that tasks take at every moment, and that there are.
    """

    durations: Cells
    arcs: Table
    apart: Ints
    need: Cells
    room: Cells


@kernel
def refuted(p: Rules, early: Cells, late: Cells, rise: Cells) -> bool:
    """Narrow windows by all rules; whether that shows that no schedule keeps within them.

    `early` holds the earliest start of each task and `late` its latest end, both are written; `rise` is scratch with
    a cell for each time up to the latest end, and two more.
    """
    for _ in range(ROUNDS):
        before = early.sum() - late.sum()
        if _in_order(p, early, late) or _one_by_one(p, early, late):
            return True
        for k in range(len(p.room)):
            if _short(p, early, late, p.need[k], p.room[k], rise):
                return True
        if early.sum() - late.sum() == before:
            return False
    return False


@kernel
def _in_order(p: Rules, early: Cells, late: Cells) -> bool:
    """What follows starts later, and what leads to it ends earlier; whether a window is too short then."""
    for a in range(len(p.arcs)):
        i, j = at(p.arcs[a, 0]), at(p.arcs[a, 1])
        early[j] = max(early[j], early[i] + p.durations[i])
    for a in range(len(p.arcs) - 1, -1, -1):
        i, j = at(p.arcs[a, 0]), at(p.arcs[a, 1])
        late[i] = min(late[i], late[j] - p.durations[j])
    empty = False
    for i in range(len(early)):
        empty = empty or early[i] + p.durations[i] > late[i]
    return empty


@kernel
def _one_by_one(p: Rules, early: Cells, late: Cells) -> bool:
    """Of two tasks that cannot run at once and of which one cannot be first, the other is."""
    for a in range(len(p.apart)):
        i, j = at(p.apart[a, 0]), at(p.apart[a, 1])
        first = early[i] + p.durations[i] + p.durations[j] <= late[j]
        second = early[j] + p.durations[j] + p.durations[i] <= late[i]
        if not first and not second:
            return True
        if not second:
            early[j] = max(early[j], early[i] + p.durations[i])
            late[i] = min(late[i], late[j] - p.durations[j])
        elif not first:
            early[i] = max(early[i], early[j] + p.durations[j])
            late[j] = min(late[j], late[i] - p.durations[i])
    return False


@kernel
def _short(p: Rules, early: Cells, late: Cells, need: Cells, room: int, rise: Cells) -> bool:
    """Whether tasks need more of a resource within some interval than there is; windows are narrowed by the rest.

    Energetic reasoning (Lopez, Erschler and Esquirol 1992): of a task at least the smaller of what lies within the
    interval when it is early and when it is late. For an interval's begin all ends are gone through, since the energy
    rises by the units of each task from its latest start on, for as long as it must.
    """
    n, end = len(early), late.max()
    most = 0
    for i in range(n):
        most = max(most, need[i] * p.durations[i])
    for begin in range(end):
        rise[: end + 2] = 0
        for i in range(n):
            must = min(p.durations[i], early[i] + p.durations[i] - begin)
            if need[i] > 0 and must > 0:
                since = max(begin, late[i] - p.durations[i])
                rise[at(since)] += need[i]
                rise[at(since + must)] -= need[i]
        rate = energy = 0
        for time in range(begin, end):
            rate += rise[at(time)]
            energy += rate
            spare = room * (time + 1 - begin) - energy
            if spare < 0:
                return True
            if spare < most and energy > 0 and _narrow(p, early, late, need, spare, begin, time + 1):
                return True
    return False


@kernel
def _narrow(p: Rules, early: Cells, late: Cells, need: Cells, spare: int, begin: int, end: int) -> bool:
    """Narrow the windows of tasks which an interval has no room for when they are early, or late."""
    for i in range(len(early)):
        duration = p.durations[i]
        if need[i] == 0 or duration == 0:
            continue
        left = max(0, min(duration, early[i] + duration - begin, end - early[i], end - begin))
        right = max(0, min(duration, late[i] - begin, end - late[i] + duration, end - begin))
        least = min(left, right)
        units = (spare + need[i] * least) // need[i]
        if left > units:
            early[i] = max(early[i], end - units)
        if right > units:
            late[i] = min(late[i], begin + units)
        if early[i] + duration > late[i]:
            return True
    return False


@kernel
def shaved(p: Rules, task: int, early: Cells, late: Cells, rise: Cells, first: Cells, last: Cells) -> int:
    """Narrow the window of a task by what cannot be: its first half, and then its last, as often as it is refuted.

    `early`, `late` and `rise` are those of `refuted`; `first` and `last` are scratch, shape (tasks,).
    """
    found, duration = SAME, p.durations[task]
    for side in range(2):
        while late[task] - early[task] > duration:
            half = (late[task] - early[task] - duration) // 2
            first[:], last[:] = early, late
            if side == 0:
                last[task] = early[task] + duration + half
            else:
                first[task] = late[task] - duration - half
            if not refuted(p, first, last, rise):
                break
            found = NARROWED
            if side == 0:
                early[task] += half + 1
            else:
                late[task] -= half + 1
            if refuted(p, early, late, rise):
                return REFUTED
    return found
