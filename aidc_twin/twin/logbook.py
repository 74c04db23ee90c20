"""A trace made of the log that the kernel wrote: what its rows leave to others is put into one row each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.kernel.layout import (
    G_DOWN,
    G_FAULT,
    G_FAULT_END,
    G_HOLDER,
    I64,
    J_FIRST,
    J_ROUTE,
    JOB,
    KIND_BITS,
    LG_AGAIN,
    LG_CUT,
    LG_END,
    LG_OPEN,
    LG_ROW,
    LG_SETUP,
    LG_WIDE,
    MACHINE,
    MORE_BITS,
    MOST_TRIES_BITS,
    ROUTE,
    SLOT_BITS,
    START_BITS,
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
    U_JOB,
    U_NEXT,
    U_STATE,
    V_JOB,
    V_MACHINE,
    V_STEP,
    W_TOKENS,
    WORK_BITS,
    table,
)
from aidc_twin.twin.memory import Shelf

Rows = NDArray[np.int64]
_SHELF = Shelf()
"""Memories of logs."""


def read(log: Rows) -> Rows:
    """The trace of a log, shape (rows, 9); see `layout.V_LOG` and `layout.TR_STEP`."""
    kind = log[:, 0] & (1 << KIND_BITS) - 1
    works = kind <= LG_WIDE
    rows = log if works.all() else log[works]
    what, rest = rows[:, 0] >> KIND_BITS, rows[:, 1]
    trace = np.zeros((len(rows), TR_COLUMNS), np.int64)
    trace[:, TR_STEP], trace[:, TR_START] = what >> START_BITS, _bits(what, 0, START_BITS)
    trace[:, TR_WORK] = _bits(rest, 0, WORK_BITS)
    trace[:, TR_END] = trace[:, TR_START] + trace[:, TR_WORK] + _bits(rest, WORK_BITS, MORE_BITS)
    trace[:, TR_ATTEMPT] = _bits(rest, WORK_BITS + MORE_BITS, TRIES_BITS)
    trace[:, TR_SLOT] = _bits(rest, WORK_BITS + MORE_BITS + TRIES_BITS, SLOT_BITS) - 1
    if len(rows) < len(log):
        row = np.cumsum(works) - 1
        steps = np.where(kind == LG_ROW, log[:, 0] >> KIND_BITS + START_BITS, log[:, 0] >> KIND_BITS)
        wide = np.flatnonzero(kind == LG_WIDE)
        steps[wide] >>= MOST_TRIES_BITS
        _widen(log, wide, steps[wide], trace, row[wide])
        setups = np.flatnonzero(kind == LG_SETUP)
        trace[row[setups], TR_SETUP] = log[setups, 1]
        changes = np.flatnonzero(kind > LG_SETUP)
        _change(log, changes, kind[changes], _changed(steps, works, row, changes), trace)
    return trace


def _bits(cells: Rows, first: int, count: int) -> Rows:
    """So many bits of each cell, from a given one on."""
    return cells >> first & (1 << count) - 1


def still_open(log: Rows, whole: I64, m: I64) -> Rows:
    """A copy of a log, with what stands still at the end of the run: though it was to end, its step is not passed.

    `whole` is the park's memory and `m` the replication's, as the run left it.
    """
    if not len(log):
        return log.copy()
    found = _standing(whole, m)
    rows = np.zeros((len(found), log.shape[1]), np.int64)
    rows[:, 0] = np.array(found, np.int64) << KIND_BITS | LG_OPEN
    whole_log = _SHELF.lend(log.size + rows.size).reshape(-1, log.shape[1])
    whole_log[: len(log)], whole_log[len(log) :] = log, rows
    return whole_log


def _standing(whole: I64, m: I64) -> list[int]:
    """Job steps that stand still at the end of the run.

    They do so on machines that can break down, or that the opening state has down, so that only units in the park that
    are on one of these are looked at: rows of steps that have not been laid out hold anything.
    """
    machines, steps = table(whole, MACHINE), table(m, V_STEP)
    weak = (machines[:, G_FAULT_END] > machines[:, G_FAULT]) | (machines[:, G_DOWN] > 0)
    holders = table(m, V_MACHINE)[weak, G_HOLDER] - 1  # of a person it is some other number
    holders = holders[(holders >= 0) & (holders < len(steps))]
    found: list[int] = []
    if not len(holders):
        return found
    jobs, units = table(whole, JOB), np.unique(steps[holders, U_JOB])
    there = units[(units >= 0) & (units < len(jobs))]
    there = there[table(m, V_JOB)[there, W_TOKENS] > 0]
    count = table(whole, ROUTE)[jobs[there, J_ROUTE], T_STEPS]
    ends = np.cumsum(count)
    places = np.arange(count.sum()) + np.repeat(jobs[there, J_FIRST] - (ends - count), count)
    for head in places[steps[places, U_STATE] == STOPPED].tolist():
        js = head
        while js >= 0:  # and those of its batch
            found.append(js)
            js = int(steps[js, U_NEXT])
    return found


def _widen(log: Rows, wide: Rows, steps: Rows, trace: Rows, row: Rows) -> None:
    """Put what a log says in four rows each into rows of the trace."""
    step = log[wide + 1, 0] >> KIND_BITS
    trace[row, TR_STEP] = np.where(step > 0, -step, steps)
    trace[row, TR_ATTEMPT] = _bits(log[wide, 0], KIND_BITS, MOST_TRIES_BITS)
    trace[row, TR_START], trace[row, TR_END], trace[row, TR_WORK] = (log[wide + i, 1] for i in range(3))
    trace[row, TR_SERIAL], trace[row, TR_SETUP] = (log[wide + i, 0] >> KIND_BITS for i in (2, 3))
    trace[row, TR_SLOT] = log[wide + 3, 1]


def _changed(steps: Rows, works: NDArray[np.bool_], row: Rows, changes: Rows) -> Rows:
    """Row of the trace that each change is about: the last one of its job step before it."""
    likely = np.flatnonzero(works & np.isin(steps, steps[changes]))
    places = np.sort(np.concatenate([likely, changes]))
    order = np.argsort(steps[places], kind="stable")
    places = places[order]
    last = np.maximum.accumulate(np.where(works[places], np.arange(len(places)), 0))
    found = np.empty(len(steps), np.int64)
    found[places] = row[places[last]]
    return found[changes]


def _change(log: Rows, changes: Rows, kind: Rows, row: Rows, trace: Rows) -> None:
    """Put changes into their rows of the trace; what is cut off is over, so that nothing else happens to it."""
    cuts, again = kind == LG_CUT, kind == LG_AGAIN
    ends = cuts | (kind == LG_END)
    trace[row[ends], TR_END] = log[changes[ends], 1]
    less = cuts | again
    np.subtract.at(trace[:, TR_SETUP], row[less], log[changes[less] + 1, 0] >> KIND_BITS)
    trace[row[again], TR_WORK] = log[changes[again], 1]
    trace[row[cuts], TR_WORK] = np.maximum(0, trace[row[cuts], TR_WORK] - log[changes[cuts] + 1, 1])
    trace[row[cuts | (kind == LG_OPEN)], TR_OPEN] = 1
