"""Bounds of a project's starts and orders, with the reason for each narrowing, and what follows from it.

A literal is a bound: (key, value) says that the bound of that key is at least the value, where a number x has the key
2 x for its least value and 2 x + 1 for the negative of its largest. Numbers are the starts of tasks, and behind them
the orders of pairs that cannot run at once: 1 where the first comes first, 0 where the second does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aidc_twin.schedule.kernel.jit import Cells, at, kernel

FAR = 1 << 40
BOUND, ROOT, HEAD, NEED, LISTED, WATCH, NEW = 0, 1, 2, 3, 4, 5, 6
"""Rows of a key: its bound, the one without decisions, its last narrowing or -1; what a failure needs of it, and
whether that was listed; its first watch or -1; whether it was narrowed since resources were looked at, for both keys of
a task at the first.
"""
KEY_ROWS = 7
KEY, VALUE, OLD, BEFORE, WHY, LEVEL = 0, 1, 2, 3, 4, 5
"""A narrowing: key, bound, the bound before it, the narrowing of the key before it, its reason, the decisions above."""
TRAIL_COLUMNS = 6
DECISION, ARC, PAIR, FORCED, FULL, CLAUSE = 0, 1, 2, 3, 4, 5
KINDS = 8
"""Reasons: none, a task before or behind, an order of a pair, an order that must be, a time with no room, a clause; as
the rest of a number by `KINDS`, of which the task, pair, time or clause is the quotient.
"""
BEGIN, LENGTH, USED = 0, 1, 2
"""A clause: where its literals begin, how many, and the last failure that it was part of."""
CLAUSE_COLUMNS = 3
(WORK, NARROWINGS, SEEN, DEPTH, OVER, LOW, HIGH, BAD_KEY, BAD_VALUE, BAD_WHY, CLAUSES, LITERALS, LIST, HERE,
 FAILURES, RESTART, TURN, KEPT, NOTHING_LEFT) = range(19)  # fmt: skip
"""Cells: work, length of the trail, those of it whose consequences were drawn, open decisions, a time at which too much
is used or -1, the times between which the use has changed; a narrowing that cannot be; clauses and their literals;
length of the list of keys that a failure needs, those of them narrowed at its level; failures, the failure of the next
restart, restarts, the clauses that are kept at most, and whether nothing is left."""
CELLS = 19


class Net(NamedTuple):
    """What a project's schedules keep to.

    Attributes
    ----------
    durations : shape (tasks,).
    next_first, next_task, prior_first, prior_task : where each task's neighbours begin, and the neighbours.
    pair_first, pair_of : where the pairs of each task begin, and the pairs.
    pairs : shape (pairs, 2), tasks that cannot run at once.
    demand, capacity : shape (resources, tasks) and (resources,).
    need, full : shape (words, tasks) and (words,), the same as fields of words, lent bits in the second.
    lent : the lent bits.
    """

    durations: Cells
    next_first: Cells
    next_task: Cells
    prior_first: Cells
    prior_task: Cells
    pair_first: Cells
    pair_of: Cells
    pairs: Cells
    demand: Cells
    capacity: Cells
    need: Cells
    full: Cells
    lent: int


class Mind(NamedTuple):
    """What is known, supposed and learned.

    Attributes
    ----------
    keys : shape (7, keys), see `BOUND` and others.
    trail : shape (narrowings, 6), see `KEY` and others.
    levels : shape (decisions + 2,), length of the trail before each decision; the first one stands at 1.
    used : shape (words, time), what tasks use that run then wherever they are in their windows.
    literals : shape (literals, 2), those of all clauses; the first two of a clause are watched.
    clauses : shape (clauses, 3), see `BEGIN` and others.
    watches : shape (2 × clauses, 2), the next watch of the key or -1, and the literal's value.
    active : shape (atoms,), how often a bound was part of a failure lately.
    base : shape (numbers,), the atom of a number's least value at least v is base + v.
    reason : shape (keys + tasks, 2), literals of a reason; scratch.
    listed : shape (keys,), keys that a failure needs; scratch.
    cover : shape (tasks,), scratch.
    cells : see `WORK` and others.
    """

    keys: Cells
    trail: Cells
    levels: Cells
    used: Cells
    literals: Cells
    clauses: Cells
    watches: Cells
    active: NDArray[np.float64]
    base: Cells
    reason: Cells
    listed: Cells
    cover: Cells
    cells: Cells


@kernel
def _occupy(p: Net, s: Mind, task: int, begin: int, end: int) -> None:
    """Let a task use its resources for some time more; see whether they last."""
    c = s.cells
    if begin >= end:
        return
    c[LOW], c[HIGH] = min(c[LOW], begin), max(c[HIGH], end)
    for w in range(len(s.used)):
        need = p.need[w, task]
        for time in range(begin, end):
            s.used[w, at(time)] += need
            if c[OVER] < 0 and (p.full[w] - s.used[w, at(time)]) & p.lent != p.lent:
                c[OVER] = time


@kernel
def put(p: Net, s: Mind, key: int, value: int, why: int) -> bool:
    """Narrow a bound; whether that leaves nothing of the window, which is written to the cells then."""
    keys, c = s.keys, s.cells
    old, other = keys[BOUND, at(key)], keys[BOUND, at(key ^ 1)]
    if old >= value:
        return False
    if other + value > 0:
        c[BAD_KEY], c[BAD_VALUE], c[BAD_WHY] = key, value, why
        return True
    row, end = s.trail[at(c[NARROWINGS])], c[NARROWINGS]
    row[KEY], row[VALUE], row[OLD], row[BEFORE] = key, value, old, keys[HEAD, at(key)]
    row[WHY], row[LEVEL] = why, c[DEPTH]
    keys[BOUND, at(key)], keys[HEAD, at(key)] = value, end
    c[NARROWINGS] = end + 1
    task = key >> 1
    if task < len(p.durations):
        duration = p.durations[at(task)]
        if key & 1:
            _occupy(p, s, task, -value, min(-old, other + duration))
        else:
            _occupy(p, s, task, max(-other, old + duration), value + duration)
    return False


@kernel
def undo(p: Net, s: Mind, length: int) -> None:
    """Take narrowings back until the trail has a length."""
    keys, c = s.keys, s.cells
    while c[NARROWINGS] > length:
        c[NARROWINGS] -= 1
        row = s.trail[at(c[NARROWINGS])]
        key, value, old = row[KEY], row[VALUE], row[OLD]
        keys[BOUND, at(key)], keys[HEAD, at(key)] = old, row[BEFORE]
        task = key >> 1
        if task < len(p.durations):
            duration, other = p.durations[at(task)], keys[BOUND, at(key ^ 1)]
            if key & 1:
                begin, end = -value, min(-old, other + duration)
            else:
                begin, end = max(-other, old + duration), value + duration
            for w in range(len(s.used)):
                need = p.need[w, task]
                for time in range(begin, end):
                    s.used[w, at(time)] -= need
    c[SEEN] = min(c[SEEN], length)
    c[OVER], c[LOW], c[HIGH] = -1, FAR, -1


@kernel
def _follow(p: Net, s: Mind, key: int) -> bool:
    """Narrow what stands before and behind a task whose window was narrowed."""
    task, bound, b = key >> 1, s.keys[BOUND, at(key)], s.keys[BOUND]
    if key & 1:
        for a in range(p.prior_first[task], p.prior_first[task + 1]):
            i = p.prior_task[at(a)]
            if put(p, s, 2 * i + 1, bound + p.durations[at(i)], KINDS * task + ARC):
                return True
    else:
        for a in range(p.next_first[task], p.next_first[task + 1]):
            if put(p, s, 2 * p.next_task[at(a)], bound + p.durations[at(task)], KINDS * task + ARC):
                return True
    for a in range(p.pair_first[task], p.pair_first[task + 1]):
        pair = p.pair_of[at(a)]
        number = len(p.durations) + pair
        first = p.pairs[at(pair), 0] == task
        other = p.pairs[at(pair), 1] if first else p.pairs[at(pair), 0]
        ahead, behind = (2 * number, 2 * number + 1) if first else (2 * number + 1, 2 * number)
        if key & 1:
            yes, no, one, two = behind, ahead, other, task
        else:
            yes, no, one, two = ahead, behind, task, other
        sure = 0 if yes & 1 else 1
        if b[at(yes)] >= sure:
            if key & 1:
                bad = put(p, s, 2 * one + 1, b[at(key)] + p.durations[at(one)], KINDS * pair + PAIR)
            else:
                bad = put(p, s, 2 * two, b[at(key)] + p.durations[at(one)], KINDS * pair + PAIR)
        else:
            late = b[at(2 * one)] + p.durations[at(one)] > -b[at(2 * two + 1)]
            bad = late and put(p, s, no, 0 if no & 1 else 1, KINDS * pair + FORCED)
        if bad:
            return True
    return False


@kernel
def _order(p: Net, s: Mind, key: int) -> bool:
    """Narrow both tasks of a pair whose order was set."""
    b, pair = s.keys[BOUND], (key >> 1) - len(p.durations)
    one, two = (p.pairs[at(pair), 1], p.pairs[at(pair), 0]) if key & 1 else (p.pairs[at(pair), 0], p.pairs[at(pair), 1])
    duration = p.durations[at(one)]
    return put(p, s, 2 * two, b[at(2 * one)] + duration, KINDS * pair + PAIR) or put(
        p, s, 2 * one + 1, b[at(2 * two + 1)] + duration, KINDS * pair + PAIR
    )


@kernel
def _watched(p: Net, s: Mind, key: int) -> bool:
    """Look at the clauses that watch a literal which a narrowing may have made wrong."""
    keys, lits, watches = s.keys, s.literals, s.watches
    b = keys[BOUND]
    side, bound, before = key ^ 1, keys[BOUND, at(key)], -1
    watch = keys[WATCH, at(side)]
    while watch >= 0:
        s.cells[WORK] += 1
        then = watches[at(watch), 0]
        if bound < 1 - watches[at(watch), 1]:
            before, watch = watch, then
            continue
        clause = watch >> 1
        begin, length = s.clauses[at(clause), BEGIN], s.clauses[at(clause), LENGTH]
        own, other = begin + (watch & 1), begin + 1 - (watch & 1)
        if b[at(lits[at(other), 0])] >= lits[at(other), 1]:
            before, watch = watch, then
            continue
        found = -1
        for k in range(begin + 2, begin + length):
            if b[at(lits[at(k), 0] ^ 1)] < 1 - lits[at(k), 1]:
                found = k
                break
        if found < 0:
            if put(p, s, lits[at(other), 0], lits[at(other), 1], KINDS * clause + CLAUSE):
                return True
            before, watch = watch, then
            continue
        for column in range(2):
            lits[at(own), column], lits[at(found), column] = lits[at(found), column], lits[at(own), column]
        if before < 0:
            keys[WATCH, at(side)] = then
        else:
            watches[at(before), 0] = then
        _watch(s, watch, own)
        watch = then
    return False


@kernel
def _watch(s: Mind, watch: int, literal: int) -> None:
    """Let a watch look after a literal."""
    key = at(s.literals[at(literal), 0])
    s.watches[at(watch), 0], s.watches[at(watch), 1] = s.keys[WATCH, key], s.literals[at(literal), 1]
    s.keys[WATCH, key] = watch


@kernel
def enter(s: Mind, clause: int) -> None:
    """Watch the first two literals of a clause."""
    for k in range(2):
        _watch(s, 2 * clause + k, s.clauses[clause, BEGIN] + k)


@kernel
def _narrow(p: Net, s: Mind) -> bool:
    """Move the windows of tasks that have no room at a time which they would cover, where anything has changed."""
    b, c = s.keys[BOUND], s.cells
    low, high = c[LOW], c[HIGH]
    c[LOW], c[HIGH] = FAR, -1
    c[WORK] += len(p.durations) // 8
    for task in range(len(p.durations)):
        early, late, duration = b[at(2 * task)], -b[at(2 * task + 1)], p.durations[at(task)]
        apart = early >= high or late + duration <= low
        if early == late or duration == 0 or (apart and not s.keys[NEW, at(2 * task)]):
            continue
        s.keys[NEW, at(2 * task)] = 0
        c[WORK] += 1
        time = min(early + duration, late) - 1
        while time >= early:
            if _fits(p, s, task, time):
                time -= 1
            else:
                if put(p, s, 2 * task, time + 1, KINDS * time + FULL):
                    return True
                if c[OVER] >= 0:
                    return False
                early = time + 1
                time = min(early + duration, late) - 1
        time = max(late, early + duration)
        while time < late + duration:
            if _fits(p, s, task, time):
                time += 1
            else:
                if put(p, s, 2 * task + 1, duration - time, KINDS * time + FULL):
                    return True
                if c[OVER] >= 0:
                    return False
                late = time - duration
                time = max(late, early + duration)
    return False


@kernel
def _fits(p: Net, s: Mind, task: int, time: int) -> bool:
    """Whether a task has room beside what is used for sure at a time."""
    for w in range(len(s.used)):
        if (p.full[at(w)] - s.used[at(w), at(time)] - p.need[at(w), at(task)]) & p.lent != p.lent:
            return False
    return True


@kernel
def failed(p: Net, s: Mind) -> bool:
    """Draw all consequences of the narrowings; whether that leaves nothing.

    Why is written to the cells: a time at which too much is used, or a narrowing that cannot be.
    """
    c = s.cells
    while True:
        while c[SEEN] < c[NARROWINGS]:
            if c[OVER] >= 0:
                return True
            key = s.trail[at(c[SEEN]), KEY]
            c[SEEN] += 1
            c[WORK] += 2
            if _watched(p, s, key):
                return True
            if key >> 1 < len(p.durations):
                s.keys[NEW, at(key - (key & 1))] = 1
                c[HIGH] = max(c[HIGH], 0)
                if _follow(p, s, key):
                    return True
            elif _order(p, s, key):
                return True
        if c[OVER] >= 0:
            return True
        if c[HIGH] < 0:
            return False
        if _narrow(p, s):
            return True
