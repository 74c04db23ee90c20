"""Tabu search over the critical path: moves within a block and to other machines, judged by estimates.

Moves within a block: N7 of Zhang et al. (2007), an operation to either end of its block and the ends into it;
feasible by the criteria of Balas and Vazacopoulos (1998), valued by their estimate. Moves to other machines: the
k-insertion of Mastrolilli and Gambardella (2000). What is forbidden for a while: to turn back what a move turned
round, operation against job, and the choice that an operation gave up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aidc_twin.schedule.kernel.floor import (  # fmt: skip
    AFTER,
    BACK,
    BEFORE,
    BEHIND,
    BEST,
    BEST_MACHINE,
    BEST_ORDER,
    CHOICE,
    DURATION,
    DURATION_OF,
    EARLY,
    END,
    FIRST,
    FORTH,
    ITERATION,
    JOB,
    JOB_AFTER,
    JOB_BEFORE,
    JOBS,
    LAST,
    LOST,
    LOST_BEHIND,
    LOST_OF,
    LOST_OP,
    MACHINE,
    MACHINE_OF,
    MACHINES,
    OF,
    OP,
    OPERATIONS,
    OPTION,
    ORDER,
    PATH,
    PLACE,
    REST,
    STALE,
    THRIFT,
    TIES,
    VALUE,
    WORK,
    Direction,
    makespan,
    move,
)
from aidc_twin.schedule.kernel.jit import Cells, Table, at, draw, kernel

FAR = np.int64(1) << np.int64(60)
WENT_ON, STUCK, REACHED = 0, 1, 2
"""What `search` returns: iterations are used up, no progress, target met."""


@kernel
def begin(t: Table, c: Cells, w: Cells) -> None:
    """Take the floor as the first schedule of a search and forget the last one."""
    w[:] = 0
    c[ITERATION] = 0
    _keep(t, c, makespan(t, c))


@kernel
def search(t: Table, o: Table, c: Cells, w: Cells, iterations: int, patience: int, target: int) -> int:
    """Go on for at most so many iterations, or to the target, or until the search has become stale.

    It is when the last `patience` iterations brought nothing, and as many as came before them: what takes long to
    become good, as large schedules do, is not given up while it still falls.
    """
    n = c[OPERATIONS]
    base = 10 + c[JOBS] // max(1, c[MACHINES])
    span = base * 2 // 5 if c[JOBS] <= 2 * c[MACHINES] else base // 2
    value = makespan(t, c)
    for _ in range(iterations):
        if c[BEST] <= target:
            return REACHED
        if c[STALE] >= patience and 2 * c[STALE] >= c[ITERATION]:
            return STUCK
        c[VALUE] = FAR
        c[LOST] = 0
        length = _critical_path(t, c, value)
        _blocks(t, c, w, length)
        if o.shape[1] > n:
            _insertions(t, o, c, w, length)
        if c[VALUE] == FAR:
            if c[LOST] == 0:
                return STUCK
            c[OP : BEHIND + 1] = c[LOST_OP : LOST_BEHIND + 1]
        c[ITERATION] += 1
        c[WORK] += n
        op, choice, behind = c[OP], c[OF], c[BEHIND]
        _forbid(t, c, w, op, choice, behind, c[ITERATION] + base + draw(c) % (span + 1))
        value = move(t, o, c, op, choice, behind)
        c[STALE] += 1
        if value < c[BEST]:
            _keep(t, c, value)
    return WENT_ON


@kernel
def _keep(t: Table, c: Cells, value: int) -> None:
    c[BEST] = value
    c[STALE] = 0
    t[BEST_ORDER, :] = t[ORDER, :]
    t[BEST_MACHINE, :] = t[MACHINE, :]


@kernel
def _critical_path(t: Table, c: Cells, value: int) -> int:
    """Write one of the critical paths, drawn step by step, from its last operation; its length."""
    none = at(c[OPERATIONS])
    op, ties = none, 0
    for job in range(c[JOBS]):
        last = at(t[LAST, at(job)])
        if t[END, last] == value:
            ties += 1
            if draw(c) % ties == 0:
                op = last
    length = 0
    while op != none:
        t[PATH, at(length)] = op
        length += 1
        a, b = at(t[JOB_BEFORE, op]), at(t[BEFORE, op])
        start = t[END, op] - t[DURATION, op]
        by_job = a != none and t[END, a] == start
        by_machine = b != none and t[END, b] == start
        if by_job and by_machine and a != b:
            by_machine = draw(c) & 1 == 0
        op = b if by_machine else a if by_job else none
    return length


@kernel
def _blocks(t: Table, c: Cells, w: Cells, length: int) -> None:
    """Offer the moves within each block of the critical path."""
    start = length - 1
    while start >= 0:
        end = start
        while end > 0 and t[BEFORE, at(t[PATH, at(end - 1)])] == t[PATH, at(end)]:
            end -= 1
        if end < start:
            front, rear = start < length - 1, end > 0
            _block(t, c, w, start, end, front, rear)
        start = end - 1


@kernel
def _block(t: Table, c: Cells, w: Cells, start: int, end: int, front: bool, rear: bool) -> None:
    """Offer the moves of the block t[PATH, start], …, t[PATH, end] to its front and its rear."""
    u, v = at(t[PATH, at(start)]), at(t[PATH, at(end)])
    pair = start == end + 1
    if rear:
        for i in range(start, end, -1):
            _offer_behind(t, c, w, at(t[PATH, at(i)]), v)
        for i in range(start - 2, end, -1):
            _offer_before(t, c, w, v, at(t[PATH, at(i + 1)]))
        if not pair and not front:
            _offer_before(t, c, w, v, u)
    if front:
        if not (rear and pair):
            _offer_behind(t, c, w, u, at(t[PATH, at(start - 1)]))
        for i in range(start - 2, end, -1):
            _offer_behind(t, c, w, u, at(t[PATH, at(i)]))
        for i in range(start - 2, end - 1, -1):
            _offer_before(t, c, w, at(t[PATH, at(i)]), u)


@kernel
def _offer(c: Cells, value: int, op: int, choice: int, behind: int, forbidden: bool) -> None:
    """Take a move as the pick if it is the best so far; equals have equal chances."""
    if forbidden and value >= c[BEST]:
        c[LOST] += 1
        if draw(c) % c[LOST] == 0:
            c[LOST_OP], c[LOST_OF], c[LOST_BEHIND] = op, choice, behind
        return
    if value < c[VALUE]:
        c[VALUE] = value
        c[TIES] = 0
    elif value > c[VALUE]:
        return
    c[TIES] += 1
    if c[TIES] == 1 or draw(c) % c[TIES] == 0:
        c[OP], c[OF], c[BEHIND] = op, choice, behind


def _offering(to: Direction) -> Any:
    """Offer to move `u` past `v` on the same machine, right behind or right before it, if no cycle can come of it."""
    job_behind, job_ahead, behind, ahead, way, rest_of, forth = to

    @kernel
    def offering(t: Table, c: Cells, w: Cells, u: int, v: int) -> None:
        none, best = at(c[OPERATIONS]), c[VALUE]
        follower, took = at(t[job_ahead, u]), t[DURATION, u]
        if follower != none and (follower == v or t[rest_of, follower] - t[DURATION, follower] >= t[rest_of, v]):
            return
        ready = t[way, at(t[behind, u])]
        x = u
        while x != v:
            x = at(t[ahead, x])
            ready = max(ready, t[way, at(t[job_behind, x])])
            t[EARLY, x] = ready
            ready += t[DURATION, x]
        ready = max(ready, t[way, at(t[job_behind, u])])
        rest = took + max(t[rest_of, follower], t[rest_of, at(t[ahead, v])])
        value = ready + rest
        while x != u:
            if value > best:
                return
            rest = max(rest, t[rest_of, at(t[job_ahead, x])]) + t[DURATION, x]
            value = max(value, t[EARLY, x] + rest)
            x = at(t[behind, x])
        if value <= best:
            forbidden = False
            while x != v and not forbidden:
                x = at(t[ahead, x])
                late, early = (x, u) if forth else (u, x)
                forbidden = w[at(late * c[JOBS] + t[JOB, early])] > c[ITERATION]
            _offer(c, value, u, t[CHOICE, u], v if forth else at(t[BEFORE, v]), forbidden)

    return offering


_offer_behind, _offer_before = _offering(FORTH), _offering(BACK)


@kernel
def _insertions(t: Table, o: Table, c: Cells, w: Cells, length: int) -> None:
    """Offer to move each operation of the critical path to each other machine that can do it."""
    for i in range(length):
        op = at(t[PATH, at(i)])
        for q in range(t[OPTION, op], t[OPTION, op + 1]):
            if q != t[CHOICE, op]:
                _insertion(t, o, c, w, op, at(q))


@kernel
def _insertion(t: Table, o: Table, c: Cells, w: Cells, op: int, q: int) -> None:
    """Offer the places on the machine of choice `q` where no cycle can come of it."""
    none = at(c[OPERATIONS])
    leader, follower = at(t[JOB_BEFORE, op]), at(t[JOB_AFTER, op])
    ready, need = t[END, leader], t[REST, follower]
    begins, finish = t[END, leader] - t[DURATION, leader], t[REST, follower] - t[DURATION, follower]
    took = o[DURATION_OF, q]
    added = c[THRIFT] * (took - t[DURATION, op])
    forbidden = w[at(c[OPERATIONS] * c[JOBS] + q)] > c[ITERATION]
    x, y = none, at(t[FIRST, at(o[MACHINE_OF, q])])
    while True:
        start = max(ready, t[END, x]) + took + added
        if start + need > c[VALUE]:
            return
        if x != none and follower != none and (x == follower or finish >= t[REST, x]):
            return
        if y == none or leader == none or (y != leader and begins < t[END, y]):
            value = start + max(need, t[REST, y])
            if value <= c[VALUE]:
                _offer(c, value, op, q, x, forbidden)
        if y == none:
            return
        x, y = y, at(t[AFTER, y])


@kernel
def _forbid(t: Table, c: Cells, w: Cells, op: int, choice: int, behind: int, until: int) -> None:
    """Remember what the move breaks."""
    n = c[OPERATIONS]
    if choice != t[CHOICE, op]:
        w[n * c[JOBS] + t[CHOICE, op]] = until
        return
    jobs, x = c[JOBS], op
    if behind != n and t[PLACE, behind] > t[PLACE, op]:
        while x != behind:
            x = t[AFTER, x]
            w[op * jobs + t[JOB, x]] = until
    else:
        while t[BEFORE, x] != behind:
            x = t[BEFORE, x]
            w[x * jobs + t[JOB, op]] = until
