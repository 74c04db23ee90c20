"""Run replications of a compiled park: the API over the kernel, which raises what the kernel reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import SimulationFault
from aidc_twin.twin.kernel.factory import simulate
from aidc_twin.twin.kernel.layout import (
    BUCKETS,
    C_ROOM,
    CAL,
    CAP,
    CLASS,
    COUNTERS,
    E_COLUMNS,
    EVENT_STORM,
    EVENTS_FULL,
    HEAP,
    I64,
    J_FIRST,
    J_GATES,
    JOB,
    JOB_STEP,
    K_EVENTS,
    K_MEANS,
    K_STATUS,
    K_TRACE,
    K_TRACING,
    MACHINE,
    MATERIAL,
    N_SLOT,
    N_WAIT,
    OK,
    PHASE_STREAM,
    PO,
    QUEUE,
    QUOTA_LINE,
    R_AVAIL,
    R_CAP,
    R_KIND,
    RES,
    RULES,
    SAILING,
    STATE_HEADER,
    TRACE_FULL,
    U_ATTEMPT,
    U_COLUMNS,
    U_SLOT,
    U_WAIT,
    V_BLOCK,
    V_CAL,
    V_CLASS,
    V_JOB,
    V_MACHINE,
    V_PHASE,
    V_POSTED,
    V_RES,
    V_STEP,
    V_TRACE,
    V_USED,
    W_COLUMNS,
    W_DONE,
    W_GATES,
    W_START,
    W_STEPS,
    WEEKS,
    Y_BLOCK,
    Y_COLUMNS,
    Y_NEXT,
    Z_AVAIL,
    Z_CAP,
    Z_COLUMNS,
    Z_ELAPSED,
    Z_IDLE,
    Z_IDLE_OPEN,
    Z_PEAK,
    Z_SETUP,
    Z_TOTAL,
    Z_TOTAL_OPEN,
    Z_WORK,
    ParkArrays,
    table,
)
from aidc_twin.twin.memory import memories

__all__ = ["Replication", "replicate", "run_once", "seeds_of"]

MESSAGES = {
    EVENTS_FULL: "more events are pending at once than the model has room for; shorten the horizon or split the book",
    TRACE_FULL: "the trace has more rows than can be kept; shorten the horizon or lower the shares that fail",
    EVENT_STORM: "work goes round in a loop that takes no time; give one of its operations a duration",
}


MOST_ROWS = 20_000_000
"""A trace that is full beyond this many rows ends the run."""


@dataclass(frozen=True)
class Replication:
    """Results of one replication. J jobs, R resources, W weeks, S posting rules, B buckets.

    Attributes
    ----------
    seed : of the replication.
    posted : shape (S, B, 2), yuan posted, owned and consigned.
    job_start, job_done : shape (J,), ticks; -1 where it did not happen.
    idle, total : shape (R, 2), integrals of what is available and of capacity over closed and open time, ticks.
    used : shape (R, W), integral of what is held by week, ticks.
    work, setup, elapsed : shape (R,), amount times working, changeover and elapsed time of its operations, ticks.
    peak : shape (R,), most held at once.
    available : shape (R,), left at the horizon.
    events : events handled.
    phase_open : opening tick of each phase.
    trace : shape (rows, 7), see `layout.State`.
    """

    seed: int
    posted: NDArray[np.int64]
    job_start: NDArray[np.int64]
    job_done: NDArray[np.int64]
    idle: NDArray[np.int64]
    total: NDArray[np.int64]
    used: NDArray[np.int64]
    work: NDArray[np.int64]
    setup: NDArray[np.int64]
    elapsed: NDArray[np.int64]
    peak: NDArray[np.int64]
    available: NDArray[np.int64]
    events: int
    phase_open: NDArray[np.int64]
    trace: NDArray[np.int64]


def fresh_state(arrays: ParkArrays, *, means: bool, trace: int) -> I64:
    """Memory of a replication before its first event, with room for `trace` rows of a trace; see `kernel.layout`."""
    whole = arrays.whole
    jobs, steps, classes, resources = (table(whole, name) for name in (JOB, JOB_STEP, CLASS, RES))
    sources = sum(len(table(whole, name)) for name in (PO, CAP, QUOTA_LINE, CAL, SAILING))
    pending = len(steps) + len(jobs) + sources + 16
    room = int(classes[-1, C_ROOM]) + len(steps) if len(classes) else 0
    step = np.full((len(steps), U_COLUMNS), -1, np.int64)
    step[:, U_WAIT], step[:, U_ATTEMPT], step[:, U_SLOT] = steps[:, N_WAIT], 0, steps[:, N_SLOT]
    job = np.full((len(jobs), W_COLUMNS), -1, np.int64)
    job[:, W_GATES] = jobs[:, J_GATES]
    job[:, W_STEPS] = np.diff(np.append(jobs[:, J_FIRST], len(steps)))
    cls = np.zeros((len(classes) + 1, Y_COLUMNS), np.int64)
    cls[:, Y_NEXT] = cls[:, Y_BLOCK] = -1
    res = np.zeros((len(resources), Z_COLUMNS), np.int64)
    res[:, Z_AVAIL], res[:, Z_CAP] = resources[:, R_AVAIL], resources[:, R_CAP]
    res[:, Z_PEAK] = np.where(resources[:, R_KIND] == MATERIAL, 0, res[:, Z_CAP] - res[:, Z_AVAIL])
    zeros = lambda *shape: np.zeros(shape, np.int64)  # noqa: E731  because only the shapes matter here
    counters = zeros(COUNTERS)
    counters[K_MEANS], counters[K_TRACING] = means, trace > 0
    tables = {
        HEAP: zeros(pending, 2), QUEUE: zeros(room, 3), V_STEP: step, V_JOB: job, V_CLASS: cls,
        V_BLOCK: np.full(len(resources) + len(table(whole, CAL)), -1, np.int64), V_RES: res,
        V_CAL: zeros(len(table(whole, CAL)), 2), V_MACHINE: table(whole, MACHINE),
        V_POSTED: zeros(int(whole[RULES] * whole[BUCKETS]), 2), V_USED: zeros(len(resources), int(whole[WEEKS]) + 1),
        V_PHASE: zeros(len(table(whole, PHASE_STREAM))), V_TRACE: zeros(trace, E_COLUMNS),
    }  # fmt: skip
    return memories([int(cell) for cell in counters], tables, STATE_HEADER)[0]


def run_once(a: ParkArrays, seed: int, *, means: bool = False, trace: bool = False) -> Replication:
    """One replication.

    Parameters
    ----------
    means
        Every duration at its mean, nothing fails, phases open on their most likely day: the decoder of schedules.
    trace
        Keep one row per operation.

    Raises
    ------
    SimulationFault
        If the kernel stopped before the horizon, in park words.
    """
    rows = 3 * len(table(a.whole, JOB_STEP)) + 1024 if trace else 0
    while True:
        m = fresh_state(a, means=means, trace=rows)
        simulate(a.whole, a.real, m, np.uint64(seed))
        status = int(m[K_STATUS])
        if status != TRACE_FULL or rows > MOST_ROWS:
            break
        rows *= 4  # steps that fail often take more rows than can be foreseen
    if status != OK:
        raise SimulationFault(MESSAGES[status])
    res, job = table(m, V_RES), table(m, V_JOB)
    return Replication(
        seed=seed,
        posted=table(m, V_POSTED).reshape(int(a.whole[RULES]), int(a.whole[BUCKETS]), 2).copy(),
        job_start=job[:, W_START].copy(),
        job_done=job[:, W_DONE].copy(),
        idle=res[:, Z_IDLE : Z_IDLE_OPEN + 1].copy(),
        total=res[:, Z_TOTAL : Z_TOTAL_OPEN + 1].copy(),
        used=table(m, V_USED)[:, :-1].copy(),
        work=res[:, Z_WORK].copy(),
        setup=res[:, Z_SETUP].copy(),
        elapsed=res[:, Z_ELAPSED].copy(),
        peak=res[:, Z_PEAK].copy(),
        available=res[:, Z_AVAIL].copy(),
        events=int(m[K_EVENTS]),
        phase_open=table(m, V_PHASE)[:, 0].copy(),
        trace=table(m, V_TRACE)[: int(m[K_TRACE])].copy(),
    )


def seeds_of(base: int, count: int) -> list[int]:
    """Seeds of the replications of a run: `base` + 0, 1, 2, ... modulo 2^64."""
    return [(base + i) % 2**64 for i in range(count)]


def replicate(
    a: ParkArrays,
    seeds: Sequence[int],
    *,
    workers: int = 2,
    trace: int = 0,
    on_done: Callable[[int], None] | None = None,
) -> list[Replication]:
    """Replications in the order of their seeds, the same for any number of workers; the first `trace` keep a trace."""

    def one(i: int) -> Replication:
        result = run_once(a, seeds[i], trace=i < trace)
        if on_done is not None:
            on_done(1)
        return result

    if workers <= 1:
        return [one(i) for i in range(len(seeds))]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(len(seeds))))
