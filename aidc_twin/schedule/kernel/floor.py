"""Where everything stands in the memories of the shop's kernels, and a move in the graph of a schedule.

`t` is a table with a column for each operation and one more, which stands for "none": it takes no time, starts at 0,
and nothing follows it. `o` holds the choices of all operations, `c` single cells, `w` what is forbidden until which
iteration.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from aidc_twin.schedule.kernel.jit import Cells, Ints, Table, at, kernel

JOB, JOB_BEFORE, JOB_AFTER, OPTION = 0, 1, 2, 3
"""Rows that do not change: job of each operation, neighbours in it, and where the operation's choices begin."""
CHOICE, MACHINE, DURATION, BEFORE, AFTER = 4, 5, 6, 7, 8
"""Rows of a schedule: what each operation has chosen, and its neighbours on the machine."""
END, REST, ORDER, PLACE = 9, 10, 11, 12
"""Longest way to the end of each operation and from its start, its own time within both; a topological order, and each
one's place in it."""
MARK, HOLD, PATH, EARLY = 13, 14, 15, 16
"""Scratch; MARK is 0 between calls, PATH a critical path, last operation first."""
BEST_MACHINE, BEST_ORDER = 17, 18
"""Rows of the best schedule found."""
FIRST, FINAL = 19, 20
"""By machine: its first and last operation."""
LAST = 21
"""By job: its last operation."""
ROWS = 22
MACHINE_OF, DURATION_OF = 0, 1
"""Rows of the choices."""
RANDOM, OPERATIONS, JOBS, MACHINES, ITERATION, BEST, STALE, WORK = 0, 1, 2, 3, 4, 5, 6, 7
"""Cells: state of the generator, sizes, iterations, best makespan, iterations since then, operations looked at."""
VALUE, OP, OF, BEHIND, TIES, LOST, LOST_OP, LOST_OF, LOST_BEHIND = 8, 9, 10, 11, 12, 13, 14, 15, 16
"""Cells of the move that is being picked, and of one that is forbidden."""
THRIFT = 17
"""Cell: ticks by which a move to another machine counts as worse for each tick of work that it adds."""
CELLS = 18


class Direction(NamedTuple):
    """The rows by which a kernel looks at a graph from its start, or with all of them exchanged from its end.

    Attributes
    ----------
    job_behind, job_ahead : neighbours in the job, where it comes from and where it goes to.
    behind, ahead : neighbours on the machine.
    way, rest : longest way up to an operation, and from it on, both with it.
    forth : whether this is the direction of time.
    """

    job_behind: int
    job_ahead: int
    behind: int
    ahead: int
    way: int
    rest: int
    forth: bool


FORTH = Direction(JOB_BEFORE, JOB_AFTER, BEFORE, AFTER, END, REST, forth=True)
BACK = Direction(JOB_AFTER, JOB_BEFORE, AFTER, BEFORE, REST, END, forth=False)


@kernel
def makespan(t: Table, c: Cells) -> int:
    """Latest end."""
    most = 0
    for job in range(c[JOBS]):
        most = max(most, t[END, at(t[LAST, at(job)])])
    return most


def _ways(to: Direction) -> Any:
    job_behind, behind, way, forth = to.job_behind, to.behind, to.way, to.forth

    @kernel
    def ways(t: Table, c: Cells, start: int) -> None:
        for i in range(c[OPERATIONS] - start if forth else start + 1):
            op = at(t[ORDER, at(start + i if forth else start - i)])
            t[way, op] = max(t[way, at(t[job_behind, op])], t[way, at(t[behind, op])]) + t[DURATION, op]

    return ways


set_ends, set_rests = _ways(FORTH), _ways(BACK)
"""Ways to operations from a place of the topological order on, and from operations from a place of it back."""


@kernel
def build(t: Table, o: Table, c: Cells, machine: Ints, order: Ints) -> int:
    """Make the graph in which each machine works in the given topological order, and tell its makespan."""
    n = len(order)
    t[FIRST, :] = n  # there can be more machines than operations
    t[FINAL, :] = n
    t[BEFORE, :n] = n
    t[AFTER, :n] = n
    t[END, n] = t[REST, n] = t[DURATION, n] = 0
    t[MACHINE, n] = -1
    for i in range(n):
        op = order[i]
        m = machine[op]
        t[ORDER, i] = op
        t[PLACE, op] = i
        t[MACHINE, op] = m
        for q in range(t[OPTION, op], t[OPTION, op + 1]):
            if o[MACHINE_OF, q] == m:
                t[CHOICE, op] = q
                t[DURATION, op] = o[DURATION_OF, q]
        _append(t, op, m, n)
    set_ends(t, c, 0)
    set_rests(t, c, n - 1)
    return makespan(t, c)


@kernel
def _append(t: Table, op: int, m: int, none: int) -> None:
    last = t[FINAL, m]
    t[BEFORE, op] = last
    if last == none:
        t[FIRST, m] = op
    else:
        t[AFTER, last] = op
    t[FINAL, m] = op


@kernel
def _unlink(t: Table, op: int, none: int) -> None:
    a, b, m = t[BEFORE, op], t[AFTER, op], t[MACHINE, op]
    if a == none:
        t[FIRST, m] = b
    else:
        t[AFTER, a] = b
    if b == none:
        t[FINAL, m] = a
    else:
        t[BEFORE, b] = a


@kernel
def _link(t: Table, op: int, m: int, a: int, none: int) -> None:
    b = t[FIRST, m] if a == none else t[AFTER, a]
    t[BEFORE, op], t[AFTER, op] = a, b
    if a == none:
        t[FIRST, m] = op
    else:
        t[AFTER, a] = op
    if b == none:
        t[FINAL, m] = op
    else:
        t[BEFORE, b] = op


def _shift(to: Direction) -> Any:
    job_behind, behind, forth = to.job_behind, to.behind, to.forth

    @kernel
    def shift(t: Table, op: int, low: int, high: int) -> None:
        kept, count = low if forth else high, 0
        step = 1 if forth else -1
        for k in range(high - low + 1):
            x = at(t[ORDER, at(low + k if forth else high - k)])
            if x == op or t[MARK, at(t[job_behind, x])] or t[MARK, at(t[behind, x])]:
                t[MARK, x] = 1
                t[HOLD, at(count)] = x
                count += 1
            else:
                t[ORDER, at(kept)] = x
                t[PLACE, x] = kept
                kept += step
        for i in range(count):
            x = at(t[HOLD, at(i)])
            t[MARK, x] = 0
            t[ORDER, at(kept)] = x
            t[PLACE, x] = kept
            kept += step

    return shift


_shift_back, _shift_forth = _shift(FORTH), _shift(BACK)
"""Move `op` and what follows it, within a window of the order, behind all else of it, or what it follows before."""


@kernel
def move(t: Table, o: Table, c: Cells, op: int, choice: int, behind: int) -> int:
    """Put an operation on the machine of its `choice` right behind another (or first), and tell the new makespan.

    The graph must stay free of cycles. Ways are computed again only where they can change.
    """
    n = c[OPERATIONS]
    old_after, old_before = t[AFTER, op], t[BEFORE, op]
    m = o[MACHINE_OF, choice]
    _unlink(t, op, n)
    _link(t, op, m, behind, n)
    t[MACHINE, op] = m
    t[CHOICE, op] = choice
    t[DURATION, op] = o[DURATION_OF, choice]
    low = high = t[PLACE, op]
    ahead = t[AFTER, op]
    if behind != n and t[PLACE, behind] > high:
        high = t[PLACE, behind]
        _shift_back(t, op, low, high)
    elif ahead != n and t[PLACE, ahead] < low:
        low = t[PLACE, ahead]
        _shift_forth(t, op, low, high)
    if old_after != n:
        low = min(low, t[PLACE, old_after])
    if old_before != n:
        high = max(high, t[PLACE, old_before])
    set_ends(t, c, low)
    set_rests(t, c, high)
    return makespan(t, c)
