"""A trace made of the log that the kernel wrote: what its rows leave to others is put into one row each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.kernel.layout import (
    I64,
    J_FIRST,
    J_ROUTE,
    JOB,
    KIND_BITS,
    LG_AGAIN,
    LG_CUT,
    LG_DETAIL,
    LG_END,
    LG_OPEN,
    LG_ROW,
    MOST_TRIES_BITS,
    ROUTE,
    SLOT_BITS,
    STEP_SHIFT,
    STOPPED,
    T_STEPS,
    TR_ATTEMPT,
    TR_COLUMNS,
    TR_END,
    TR_OPEN,
    TR_SERIAL,
    TR_SETUP,
    TR_SLOT,
    TR_START,
    TR_STEP,
    TR_WORK,
    TRIES_BITS,
    U_NEXT,
    U_STATE,
    V_JOB,
    V_STEP,
    W_TOKENS,
    table,
)

Rows = NDArray[np.int64]


def read(log: Rows) -> Rows:
    """The trace of a log, shape (rows, 9); see `layout.V_LOG` and `layout.TR_STEP`."""
    kind = log[:, 0] & (1 << KIND_BITS) - 1
    works = kind == LG_ROW
    rows = log if works.all() else log[works]
    trace = np.zeros((len(rows), TR_COLUMNS), np.int64)
    code = rows[:, 0]
    trace[:, TR_STEP] = code >> STEP_SHIFT
    trace[:, TR_ATTEMPT] = (code >> KIND_BITS) & (1 << TRIES_BITS) - 1
    trace[:, TR_SLOT] = ((code >> KIND_BITS + TRIES_BITS) & (1 << SLOT_BITS) - 1) - 1
    trace[:, TR_START], trace[:, TR_END], trace[:, TR_WORK] = rows[:, 1], rows[:, 2], rows[:, 3]
    if len(rows) < len(log):
        details = np.flatnonzero(kind == LG_DETAIL)
        _tell(log[details], np.cumsum(works)[details], trace)
        changes = np.flatnonzero(kind >= LG_END)
        _change(log[changes], kind[changes], _changed(log, works, changes), trace)
    return trace


def still_open(log: Rows, whole: I64, m: I64) -> Rows:
    """A copy of a log, with what stands still at the end of the run: though it was to end, its step is not passed.

    `whole` is the park's memory and `m` the replication's, as the run left it. Only units in the park are looked at:
    rows of steps that have not been laid out hold anything.
    """
    if not len(log):
        return log.copy()
    jobs, steps = table(whole, JOB), table(m, V_STEP)
    there = np.flatnonzero(table(m, V_JOB)[:, W_TOKENS])
    count = table(whole, ROUTE)[jobs[there, J_ROUTE], T_STEPS]
    ends = np.cumsum(count)
    places = np.arange(count.sum()) + np.repeat(jobs[there, J_FIRST] - (ends - count), count)
    found: list[int] = []
    for head in places[steps[places, U_STATE] == STOPPED].tolist():
        js = head
        while js >= 0:  # and those of its batch
            found.append(js)
            js = int(steps[js, U_NEXT])
    rows = np.zeros((len(found), log.shape[1]), np.int64)
    rows[:, 0] = np.array(found, np.int64) << STEP_SHIFT | LG_OPEN
    return np.concatenate([log, rows])


def _tell(details: Rows, row: Rows, trace: Rows) -> None:
    """Put what a log has before a row into that row of the trace."""
    code = details[:, 0] >> KIND_BITS
    step = code >> MOST_TRIES_BITS
    trace[row, TR_ATTEMPT] = code & (1 << MOST_TRIES_BITS) - 1
    trace[row, TR_SETUP], trace[row, TR_SLOT], trace[row, TR_SERIAL] = details[:, 1], details[:, 2], details[:, 3]
    trace[row[step > 0], TR_STEP] = -step[step > 0]


def _changed(log: Rows, works: NDArray[np.bool_], changes: Rows) -> Rows:
    """Row of the trace that each change is about: the last one of its job step before it."""
    steps = log[:, 0] >> STEP_SHIFT
    likely = np.flatnonzero(works & np.isin(steps, steps[changes]))
    places = np.sort(np.concatenate([likely, changes]))
    order = np.argsort(steps[places], kind="stable")
    places = places[order]
    last = np.maximum.accumulate(np.where(works[places], np.arange(len(places)), 0))
    found = np.empty(len(log), np.int64)
    found[places] = (np.cumsum(works) - 1)[places[last]]
    return found[changes]


def _change(changes: Rows, kind: Rows, row: Rows, trace: Rows) -> None:
    """Put changes into their rows of the trace; what is cut off is over, so that nothing else happens to it."""
    cuts, again = kind == LG_CUT, kind == LG_AGAIN
    ends = cuts | (kind == LG_END)
    trace[row[ends], TR_END] = changes[ends, 1]
    np.subtract.at(trace[:, TR_SETUP], row[cuts | again], changes[cuts | again, 2])
    trace[row[again], TR_WORK] = changes[again, 3]
    trace[row[cuts], TR_WORK] = np.maximum(0, trace[row[cuts], TR_WORK] - changes[cuts, 3])
    trace[row[cuts | (kind == LG_OPEN)], TR_OPEN] = 1
