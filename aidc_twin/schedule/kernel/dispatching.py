"""The first schedules: active ones by a dispatching rule with noise (Giffler and Thompson 1960)."""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.kernel.floor import DURATION_OF, JOB_AFTER, MACHINE_OF, OPTION
from aidc_twin.schedule.kernel.jit import Cells, Ints, Table, draw, kernel

NOISE = 1 << 10


@kernel
def dispatch(t: Table, o: Table, c: Cells, first: Ints, free: Cells, remaining: Cells, noise: int, machine: Ints,
             order: Ints) -> None:  # fmt: skip
    """Write an active schedule: of the operations in conflict, the one with most work remaining in its job, with noise.

    `first` holds each job's first operation and `free` 0 for each machine (both are written over), `remaining` the
    least work from each operation on to its job's end; `noise` is between 0 (the rule alone) and NOISE (mostly
    chance). `machine` and `order` are written.
    """
    n = len(order)
    ready = np.zeros(len(first), np.int64)
    for i in range(n):
        end, where = _earliest(t, o, first, ready, free, n)
        best, job, option = -1, 0, 0
        for j in range(len(first)):
            q = _rival(t, o, first[j], where, ready[j], free[where], end, n)
            if q >= 0:
                rank = remaining[first[j]] * (2 * NOISE - noise + draw(c) % (2 * noise + 1))
                if rank > best:
                    best, job, option = rank, j, q
        op = first[job]
        ready[job] = free[where] = _end(o, option, ready[job], free)
        machine[op], order[i] = where, op
        first[job] = t[JOB_AFTER, op]


@kernel
def _rival(t: Table, o: Table, op: int, where: int, ready: int, free: int, end: int, none: int) -> int:
    """Choice by which an operation could start on a machine before another one ends there; -1 if there is none.

    With a choice of machines only those in conflict that end there as early as any count, which spreads the work.
    """
    if op == none:
        return -1
    for q in range(t[OPTION, op], t[OPTION, op + 1]):
        if o[MACHINE_OF, q] == where:
            start = max(ready, free)
            if start + o[DURATION_OF, q] == end or (o.shape[1] == none and start < end):
                return q
    return -1


@kernel
def _end(o: Table, q: int, ready: int, free: Cells) -> int:
    return max(ready, free[o[MACHINE_OF, q]]) + o[DURATION_OF, q]


@kernel
def _earliest(t: Table, o: Table, first: Ints, ready: Cells, free: Cells, none: int) -> tuple[int, int]:
    """Earliest end of any operation that can come next, and its machine."""
    end, where = -1, 0
    for job in range(len(first)):
        op = first[job]
        if op == none:
            continue
        for q in range(t[OPTION, op], t[OPTION, op + 1]):
            at = _end(o, q, ready[job], free)
            if end < 0 or at < end:
                end, where = at, o[MACHINE_OF, q]
    return end, where
