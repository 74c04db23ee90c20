"""Why a bound of a project was narrowed: the literals that were true before and of which it follows.

Of the tasks that leave no room at a time those are named that run then wherever they are in their windows (Schutt,
Feydy, Stuckey and Wallace 2011), and no more of them than it takes.
"""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.kernel.jit import at, kernel
from aidc_twin.schedule.kernel.trail import (  # fmt: skip
    ARC,
    BEFORE,
    BEGIN,
    BOUND,
    CLAUSE,
    FAILURES,
    FAR,
    FORCED,
    HEAD,
    KINDS,
    LENGTH,
    OLD,
    PAIR,
    ROOT,
    USED,
    WORK,
    Mind,
    Net,
)


@kernel
def since(s: Mind, key: int, value: int) -> int:
    """The narrowing by which a bound came to be at least a value; -1 if it was so from the root on."""
    e = s.keys[HEAD, at(key)]
    while e >= 0 and s.trail[at(e), OLD] >= value:
        e = s.trail[at(e), BEFORE]
    return e


@kernel
def _was(s: Mind, key: int, end: int) -> int:
    """Bound of a key before a narrowing."""
    e, bound = s.keys[HEAD, at(key)], s.keys[BOUND, at(key)]
    while e >= end:
        bound = s.trail[at(e), OLD]
        e = s.trail[at(e), BEFORE]
    return bound


@kernel
def add(s: Mind, count: int, key: int, value: int) -> int:
    """Write a literal of a reason, unless it holds without decisions; how many there are then."""
    if value <= s.keys[ROOT, at(key)]:
        return count
    s.reason[at(count), 0], s.reason[at(count), 1] = key, value
    return count + 1


@kernel
def explain(p: Net, s: Mind, key: int, value: int, reason: int, end: int) -> int:
    """Write the literals, true before a narrowing, of which a bound follows; how many."""
    tasks, kind, why = len(p.durations), reason % KINDS, reason // KINDS
    if kind == CLAUSE:
        count = 0
        begin = s.clauses[at(why), BEGIN]
        s.clauses[at(why), USED] = s.cells[FAILURES]
        for k in range(begin, begin + s.clauses[at(why), LENGTH]):
            own = s.literals[at(k), 0]
            if own != key:
                count = add(s, count, own ^ 1, 1 - s.literals[at(k), 1])
        return count
    if kind == ARC:
        return add(s, 0, 2 * why + (key & 1), value - p.durations[at(key >> 1 if key & 1 else why)])
    if kind == PAIR:
        one, two = p.pairs[at(why), 0], p.pairs[at(why), 1]
        task = key >> 1
        other = two if task == one else one
        # the order: of the lower bound the other task is first, of the upper one this task
        front = (task if key & 1 else other) == one
        count = add(s, 0, 2 * (tasks + why) + (0 if front else 1), 1 if front else 0)
        return add(s, count, 2 * other + (key & 1), value - p.durations[at(task if key & 1 else other)])
    if kind == FORCED:
        one, two = (p.pairs[at(why), 0], p.pairs[at(why), 1]) if key & 1 else (p.pairs[at(why), 1], p.pairs[at(why), 0])
        early = _was(s, 2 * one, end)
        count = add(s, 0, 2 * one, early)
        return add(s, count, 2 * two + 1, 1 - early - p.durations[at(one)])
    task = key >> 1
    count = add(s, 0, key, -why if key & 1 else why - p.durations[at(task)] + 1)
    return cover(p, s, count, task, why, end)


@kernel
def cover(p: Net, s: Mind, count: int, task: int, time: int, end: int) -> int:
    """Write why so much is used at a time that a task (or nothing more, if it is -1) has no room; how many."""
    found = 0
    s.cells[WORK] += len(p.durations) // 4
    for i in range(len(p.durations)):
        duration = p.durations[at(i)]
        if i == task or duration == 0:
            continue
        if _was(s, 2 * i, end) + duration > time and -_was(s, 2 * i + 1, end) <= time:
            s.cover[at(found)] = i
            found += 1
    best, fewest, number, resources = np.int64(0), FAR, count, len(p.capacity)
    for turn in range(resources + 1):
        k = turn if turn < resources else best
        need = p.demand[at(k), at(task)] if task >= 0 else 0
        over = need - p.capacity[at(k)] - 1
        for a in range(found):
            over += p.demand[at(k), at(s.cover[at(a)])]
        if over < 0 or (task >= 0 and need == 0):
            continue
        number = _chosen(p, s, k, time, found, over, count)
        if number < fewest:
            best, fewest = k, number
    return number


@kernel
def _chosen(p: Net, s: Mind, k: int, time: int, found: int, over: int, count: int) -> int:
    """Write literals of tasks at a time, without tasks that use no more of a resource than is over; how many."""
    spare = over
    for a in range(found):
        i = s.cover[at(a)]
        need, early, late = p.demand[at(k), at(i)], time - p.durations[at(i)] + 1, -time
        if need == 0:
            continue
        free = early <= s.keys[ROOT, at(2 * i)] and late <= s.keys[ROOT, at(2 * i + 1)]
        if not free and need <= spare:
            spare -= need
            continue
        count = add(s, count, 2 * i, early)
        count = add(s, count, 2 * i + 1, late)
    return count
