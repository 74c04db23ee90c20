"""Windows of operations on machines that do one at a time, narrowed by edge-finding until nothing changes.

Which operations come first or last of a set is found in O(k²) for the k operations of a machine (Carlier and Pinson
1989, in the form of Nuijten 1994); an operation also starts after the shortest schedule of those that must be done
before it, by their windows or by what was decided. One side is looked at and then, with time turned round, the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aidc_twin.schedule.kernel.jit import Cells, at, kernel

Marks = NDArray[np.int8]

FAR = 1 << 40
EARLY, LATE, LEAST, LEFT = 0, 1, 2, 3
"""Rows of a state: earliest start, latest end, least duration of each operation, and how many choices it has left."""
STATES = 4
PAIRS = 8
"""Pairs of operations that take as long to look at as one operation of its own."""
OP, HEAD, END, TIME, RAISED, DONE = 0, 1, 2, 3, 4, 5
"""Rows of a machine's operations by head: operation, window, duration, new head; scratch."""
WIDTH = 6
WORK, DEPTH, TRAIL, BACK, FLEXIBLE, KIND, ONE, OTHER = 0, 1, 2, 3, 4, 5, 6, 7
"""Cells of a tree: work in operations looked at, open branches, orders decided, whether the present branch is refuted,
whether some operations choose; and the next decision.
"""
CELLS = 8


class Shop(NamedTuple):
    """Operations in lines, one job after the other, with their choices.

    Attributes
    ----------
    first : shape (operations + 1,), where each operation's choices begin.
    machine, time, owner : shape (choices,); machine -1 stands for none, as for what takes no time.
    last : shape (operations,), 1 for the last operation of a job.
    on_first, on : shape (machines + 1,) and (choices,), choices by machine.
    """

    first: Cells
    machine: Cells
    time: Cells
    owner: Cells
    last: Cells
    on_first: Cells
    on: Cells


class Tree(NamedTuple):
    """Open branches, the root first, each with its windows, and what was decided on the way.

    Attributes
    ----------
    states : shape (depths, 4, operations), see `EARLY` and others.
    alive : shape (depths, choices), 1 for choices that are left.
    order : shape (operations, operations), 1 where the first must end before the second starts on their machine.
    dirty : shape (machines,), 1 for machines that must be looked at.
    line : shape (6, operations), scratch for one machine.
    cells : see `WORK` and others.
    branches : shape (depths, 4), kind, two numbers and length of the trail of each open branch; see `branching`.
    trail : shape (pairs, 2), pairs of `order` that were decided.
    pairs : shape (candidates, 3), scratch.
    """

    states: Cells
    alive: Marks
    order: Marks
    dirty: Marks
    line: Cells
    cells: Cells
    branches: Cells
    trail: Cells
    pairs: Cells


@kernel
def _touch(p: Shop, alive: Marks, dirty: Marks, i: int) -> None:
    """Mark the machines on which an operation can be."""
    for q in range(p.first[i], p.first[i + 1]):
        if alive[at(q)] and p.machine[at(q)] >= 0:
            dirty[at(p.machine[at(q)])] = 1


@kernel
def clean(dirty: Marks) -> None:
    """Take all marks off."""
    for m in range(len(dirty)):
        dirty[m] = 0


@kernel
def raise_early(p: Shop, w: Cells, alive: Marks, dirty: Marks, i: int, time: int) -> bool:
    """Let an operation, and what follows it in its job, start no earlier; whether a window is too short then."""
    while time > w[EARLY, i]:
        w[EARLY, i] = time
        time += w[LEAST, i]
        if time > w[LATE, i]:
            return True
        _touch(p, alive, dirty, i)
        if p.last[i]:
            break
        i += 1
    return False


@kernel
def lower_late(p: Shop, w: Cells, alive: Marks, dirty: Marks, i: int, time: int) -> bool:
    """Let an operation, and what comes before it in its job, end no later; whether a window is too short then."""
    while time < w[LATE, i]:
        w[LATE, i] = time
        time -= w[LEAST, i]
        if time < w[EARLY, i]:
            return True
        _touch(p, alive, dirty, i)
        if i == 0 or p.last[i - 1]:
            break
        i -= 1
    return False


@kernel
def drop(p: Shop, w: Cells, alive: Marks, dirty: Marks, q: int) -> bool:
    """Take a choice from its operation; whether none is left, or a window is too short then."""
    i = p.owner[q]
    alive[q] = 0
    w[LEFT, i] -= 1
    if w[LEFT, i] == 0:
        return True
    least = FAR
    for o in range(p.first[i], p.first[i + 1]):
        if alive[o]:
            least = min(least, p.time[o])
    _touch(p, alive, dirty, i)
    if least == w[LEAST, i]:
        return False
    w[LEAST, i] = least
    if w[EARLY, i] + least > w[LATE, i]:
        return True
    if not p.last[i] and raise_early(p, w, alive, dirty, i + 1, w[EARLY, i] + least):
        return True
    return i > 0 and not p.last[i - 1] and lower_late(p, w, alive, dirty, i - 1, w[LATE, i] - least)


@kernel
def _line_up(p: Shop, w: Cells, alive: Marks, m: int, x: Cells, forth: int) -> int:
    """Write the operations that are on a machine for sure by their heads, or with time turned round; how many."""
    count = 0
    for a in range(p.on_first[m], p.on_first[m + 1]):
        q = at(p.on[a])
        i = at(p.owner[q])
        if not alive[q] or w[LEFT, i] != 1:
            continue
        head = w[EARLY, i] if forth else -w[LATE, i]
        k = count
        while k > 0 and x[HEAD, at(k - 1)] > head:
            for row in range(RAISED):
                x[row, at(k)] = x[row, at(k - 1)]
            k -= 1
        x[OP, at(k)], x[HEAD, at(k)], x[TIME, at(k)] = i, head, p.time[q]
        x[END, at(k)] = w[LATE, i] if forth else -w[EARLY, i]
        count += 1
    return count


@kernel
def _find_edges(x: Cells, count: int, order: Marks, forth: int) -> bool:
    """Raise heads by what must come before; whether some operations do not fit between their heads and ends."""
    for i in range(count):
        op, since = x[OP, at(i)], -FAR
        room = x[HEAD, at(i)] + x[TIME, at(i)]
        for j in range(count):
            other = x[OP, at(j)]
            decided = order[other, op] if forth else order[op, other]
            if j != i and (decided or room + x[TIME, at(j)] > x[END, at(j)]):
                since = max(since, x[HEAD, at(j)]) + x[TIME, at(j)]
        x[RAISED, at(i)] = max(x[HEAD, at(i)], since)
    for k in range(count):
        due, work, full = x[END, at(k)], 0, -FAR
        for i in range(count - 1, -1, -1):
            if x[END, at(i)] <= due:
                work += x[TIME, at(i)]
                full = max(full, x[HEAD, at(i)] + work)
            x[DONE, at(i)] = full
        if full > due:
            return True
        held = -FAR
        for i in range(count):
            if x[END, at(i)] <= due:
                held = max(held, x[HEAD, at(i)] + work)
                work -= x[TIME, at(i)]
            elif held + x[TIME, at(i)] > due:
                x[RAISED, at(i)] = max(x[RAISED, at(i)], full)
            elif x[HEAD, at(i)] + work + x[TIME, at(i)] > due:
                x[RAISED, at(i)] = max(x[RAISED, at(i)], x[DONE, at(i)])
    return False


@kernel
def _unfit(p: Shop, w: Cells, t: Tree, alive: Marks, m: int, count: int) -> bool:
    """Take a machine from operations that do not fit between those that are there for sure."""
    x, order = t.line, t.order
    for a in range(p.on_first[m], p.on_first[m + 1]):
        q = p.on[a]
        i = p.owner[q]
        if not alive[q] or w[LEFT, i] == 1:
            continue
        since, until = -FAR, w[LATE, i]
        for j in range(count):
            other = x[OP, j]
            if order[other, i] or w[EARLY, i] + p.time[q] + x[TIME, j] > x[END, j]:
                since = max(since, x[HEAD, j]) + x[TIME, j]
            if order[i, other] or x[HEAD, j] + x[TIME, j] + p.time[q] > w[LATE, i]:
                until = min(until, x[END, j] - x[TIME, j])
        if max(w[EARLY, i], since) + p.time[q] > until and drop(p, w, alive, t.dirty, q):
            return True
    return False


@kernel
def _one_machine(p: Shop, t: Tree, w: Cells, alive: Marks, m: int, forth: int) -> bool:
    """Narrow the windows of a machine's operations from one side; whether one is empty."""
    x = t.line
    count, most = _line_up(p, w, alive, m, x, forth), p.on_first[m + 1] - p.on_first[m]
    t.cells[WORK] += most + count * (most if forth else count) // PAIRS
    if _find_edges(x, count, t.order, forth):
        return True
    if forth and t.cells[FLEXIBLE] and _unfit(p, w, t, alive, m, count):
        return True
    for k in range(count):
        if x[RAISED, k] > x[HEAD, k]:
            if forth:
                empty = raise_early(p, w, alive, t.dirty, x[OP, k], x[RAISED, k])
            else:
                empty = lower_late(p, w, alive, t.dirty, x[OP, k], -x[RAISED, k])
            if empty:
                return True
    return False


@kernel
def narrowed(p: Shop, t: Tree, depth: int) -> bool:
    """Look at all machines that are marked until none is; whether no schedule keeps to the windows at a depth."""
    w, alive = t.states[depth], t.alive[depth]
    again = True
    while again:
        again = False
        for m in range(len(t.dirty)):
            if not t.dirty[m]:
                continue
            again = True
            t.dirty[m] = 0
            for forth in range(2):
                if _one_machine(p, t, w, alive, m, forth):
                    clean(t.dirty)
                    return True
    return False
