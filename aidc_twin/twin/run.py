"""Run replications of a compiled park: the API over the kernel, which raises what the kernel reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import SimulationFault
from aidc_twin.twin.kernel.events import YEAR
from aidc_twin.twin.kernel.layout import (
    BUCKET,
    BUCKETS,
    CAL,
    CAP,
    CLASS,
    CLOCK_BACK,
    COUNTERS,
    DAY,
    DRAWN,
    E_BLOCK,
    E_COLUMNS,
    E_HEAD,
    E_NEXT,
    ENTRY,
    EVENT_STORM,
    EVENTS_FULL,
    FAR,
    FAULTS,
    GR_COLUMNS,
    GROUPS,
    I64,
    J_DUE,
    J_STREAM,
    JOB,
    JOBS,
    K_EVENTS,
    K_LOG,
    K_MEANS,
    K_ORDER,
    K_SEED,
    K_SHIFT,
    K_STATUS,
    K_TRACING,
    LEARNING,
    LG_COLUMNS,
    LISTED,
    M_COLUMNS,
    MACHINE,
    MATERIAL,
    N_COLUMNS,
    NEAR,
    NODE,
    OK,
    PHASE_STREAM,
    PO,
    POOL_FULL,
    PT_COLUMNS,
    Q_LEAVES,
    Q_PLACES,
    Q_ROOM,
    Q_RULE,
    Q_TIES,
    Q_TIES_END,
    QUEUES,
    QUOTA_LINE,
    R_ABSENT,
    R_AVAIL,
    R_CAP,
    R_KIND,
    R_ON_ORDER,
    RES,
    ROOM,
    ROUTE,
    RULES,
    SAILING,
    SH_COUNT,
    SH_JOB,
    SH_RES,
    SHARE,
    SHARES,
    SHIFT,
    SOURCE,
    STATE_HEADER,
    STEPS,
    T_STEPS,
    TRACE_FULL,
    U_COLUMNS,
    V_BLOCK,
    V_CAL,
    V_CLASS,
    V_COLUMNS,
    V_DRAW,
    V_FAULT,
    V_GROUP,
    V_JOB,
    V_LEARN,
    V_LOG,
    V_MACHINE,
    V_MORE,
    V_ORDER,
    V_PHASE,
    V_PORTION,
    V_POSTED,
    V_QUEUE,
    V_RES,
    V_SHARE,
    V_SOURCE,
    V_STEP,
    V_TIES,
    V_USED,
    V_WEEK,
    V_WORK,
    VO_COLUMNS,
    VO_QTY,
    W_COLUMNS,
    W_DONE,
    W_DUE,
    W_GATES,
    W_START,
    W_STREAM,
    WC_COLUMNS,
    WEEKS,
    WG_COLUMNS,
    WK_COLUMNS,
    WK_ELAPSED,
    WK_SETUP,
    WK_WORK,
    WR_COLUMNS,
    WR_DOWN,
    WR_IDLE,
    WR_TOTAL,
    Y_COLUMNS,
    Z_ABSENT,
    Z_AVAIL,
    Z_CAP,
    Z_COLUMNS,
    Z_ON_ORDER,
    Z_PEAK,
    ParkArrays,
    table,
)
from aidc_twin.twin.logbook import read
from aidc_twin.twin.machine import simulate
from aidc_twin.twin.memory import Spare, blank
from aidc_twin.twin.origin import judge

__all__ = ["Replication", "replicate", "run_once", "seeds_of"]

MESSAGES = {
    EVENTS_FULL: "more events are pending at once than the model has room for; shorten the horizon or split the book",
    TRACE_FULL: "the trace has more rows than can be kept; shorten the horizon or lower the shares that fail",
    POOL_FULL: "more units than {pool:,} of one source are in the park at once, so their work piles up without end; "
    "give it more capacity or a longer interval",
    CLOCK_BACK: "the twin contradicts itself: something is to happen before the instant at which it is foreseen. This"
    " is an error of aidc-twin and not of the park; please report it together with the park's folder",
    EVENT_STORM: "work goes round in a loop that takes no time; give one of its operations a duration",
}


MOST_ROWS = 20_000_000
"""A trace that is full beyond this many rows ends the run."""
MOST_EVENTS = 50_000_000
"""So do more pending events."""
MOST_POOL = 4096
"""And sources that have more than so many times the usual number of units in the park."""
ORDERS = 1024
"""Orders for base stock that can be on their way at once before the memory grows."""


@dataclass(frozen=True)
class Replication:
    """Results of one replication.

    J jobs of orders, R resources, W weeks, S posting rules, B buckets, G groups (products of orders, then sources), C
    classes.

    Attributes
    ----------
    seed : of the replication.
    posted : shape (S, B, 2), yuan posted, owned and consigned.
    job_start, job_done : shape (J,), ticks; -1 where it did not happen.
    idle, total : shape (R, 2), integrals of what is available and of capacity over closed and open time, ticks.
    used : shape (R, W), integral of what is held by week, ticks.
    work, setup, elapsed : shape (R,), amount times working, changeover and elapsed time of its operations, ticks.
    down : shape (R,), integral of machines that are down, ticks.
    peak : shape (R,), most held at once.
    available : shape (R,), left at the horizon.
    groups : shape (G, 8), see `layout.V_GROUP`.
    group_weeks : shape (W + 1, G, 6), cumulative to the end of each week: unit ticks in the park, arrived, done, flow
        ticks, scrapped, lost.
    class_weeks : shape (W + 1, C, 2), cumulative: starts, ticks waited.
    resource_weeks : shape (W + 1, R, 5), cumulative: idle and total (closed, open), down, ticks.
    warm_up_work : shape (R, 3), what of `work`, `setup` and `elapsed` belongs to the warm-up.
    events : events handled.
    phase_open : opening tick of each phase.
    log : what its trace is made of, see `layout.V_LOG`.
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
    down: NDArray[np.int64]
    peak: NDArray[np.int64]
    available: NDArray[np.int64]
    groups: NDArray[np.int64]
    group_weeks: NDArray[np.int64]
    class_weeks: NDArray[np.int64]
    resource_weeks: NDArray[np.int64]
    warm_up_work: NDArray[np.int64]
    events: int
    phase_open: NDArray[np.int64]
    log: NDArray[np.int64]

    @cached_property
    def trace(self) -> NDArray[np.int64]:
        """Pieces of work in the order in which they began, shape (rows, 9); see `layout.TR_STEP`."""
        return read(self.log)


@dataclass(frozen=True)
class Room:
    """Places that a state has for what cannot be foreseen: events, trace rows, orders for base stock."""

    events: int
    trace: int
    orders: int = ORDERS

    def beside(self, other: Room) -> Room:
        """Room for either."""
        return Room(max(self.events, other.events), max(self.trace, other.trace), max(self.orders, other.orders))


def room_of(a: ParkArrays, *, trace: bool) -> Room:
    """Room that a replication is given at first: an event for each step, none for its unit."""
    return Room(_steps(a) + _planned_events(a), 3 * _steps(a) + 1024 if trace else 0)


def fresh_state(arrays: ParkArrays, room: Room, *, seed: int, means: bool, spare: Spare | None = None) -> I64:
    """Memory of a replication before its first event; see `kernel.layout`.

    Rows that the kernel writes before it reads them are left as they are: steps, queues and events cost nothing until
    they are used. In spare cells the memory is there until they are taken again.
    """
    whole = arrays.whole
    count = lambda name: int(whole[name + 2])  # noqa: E731  because it is one look-up
    classes, resources, groups = count(CLASS), count(RES), _groups(arrays)
    ties = int(np.diff(table(whole, QUEUES)[:, Q_TIES : Q_TIES_END + 1]).max(initial=1)) - 1
    shapes = {
        NEAR: (room.events, 2), FAR: (room.events, 2), NODE: (room.events, 3), DAY: (YEAR, 1),
        ROOM: (int(table(whole, QUEUES)[:, Q_PLACES].sum()), ENTRY),
        V_STEP: (_steps(arrays), U_COLUMNS), V_MORE: (_steps(arrays), M_COLUMNS), V_JOB: (count(JOB), W_COLUMNS),
        V_CLASS: (classes, Y_COLUMNS), V_QUEUE: (count(QUEUES), E_COLUMNS), V_BLOCK: (resources + count(CAL), 1),
        V_RES: (resources, Z_COLUMNS), V_CAL: (count(CAL), 2), V_MACHINE: (count(MACHINE), int(whole[MACHINE + 1])),
        V_FAULT: (count(FAULTS), N_COLUMNS), V_POSTED: (int(whole[RULES] * whole[BUCKETS]), 2),
        V_USED: (resources, int(whole[WEEKS]) + 1), V_PHASE: (count(PHASE_STREAM), 1),
        V_SOURCE: (count(SOURCE), V_COLUMNS), V_GROUP: (groups, GR_COLUMNS), V_LEARN: (count(LEARNING), 1),
        V_ORDER: (room.orders, VO_COLUMNS), V_WORK: (2 * resources, WK_COLUMNS),
        V_WEEK: (int(whole[WEEKS]) + 2, WG_COLUMNS * groups + WC_COLUMNS * classes + WR_COLUMNS * resources),
        V_LOG: (room.trace, LG_COLUMNS), V_DRAW: (int(table(whole, ROUTE)[:, T_STEPS].max(initial=0)) + DRAWN, 1),
        V_TIES: (_steps(arrays) if ties else 0, ties), V_SHARE: (count(JOB), int(whole[SHARES])),
        V_PORTION: (_steps(arrays) if count(BUCKET) else 0, PT_COLUMNS),
    }  # fmt: skip
    m = blank(shapes, STATE_HEADER, spare or Spare())
    for name in shapes:
        if name not in (NEAR, FAR, NODE, ROOM, V_STEP, V_MORE, V_JOB, V_LOG, V_TIES, V_PORTION):
            table(m, name)[:] = 0
    _fill(arrays, m)
    m[:COUNTERS] = 0
    m[K_SEED] = np.uint64(seed).astype(np.int64)
    table(m, DAY)[:] = -1
    m[K_SHIFT] = whole[SHIFT]
    m[K_MEANS], m[K_TRACING] = means, room.trace > 0
    return m


def _fill(arrays: ParkArrays, m: I64) -> None:
    """Write what a fresh state takes from the park."""
    whole = arrays.whole
    jobs, state, resources = table(whole, JOB), table(m, V_JOB), table(whole, RES)
    state[:] = 0
    state[:, [W_GATES, W_START, W_DONE]] = -1
    state[:, W_STREAM], state[:, W_DUE] = jobs[:, J_STREAM], jobs[:, J_DUE]
    shared = table(whole, SHARE)
    table(m, V_SHARE)[shared[:, SH_JOB], shared[:, SH_RES]] = shared[:, SH_COUNT]
    queues = table(m, V_QUEUE)
    queues[:, [E_NEXT, E_BLOCK]] = -1
    rooms = table(whole, QUEUES)
    fixed = (rooms[:, Q_RULE] < LISTED) & (rooms[:, Q_LEAVES] == 0)
    queues[:, E_HEAD] = np.where(fixed, m[ROOM] + rooms[:, Q_ROOM] * ENTRY, -1)
    table(m, V_BLOCK)[:] = -1
    table(m, V_MACHINE)[:] = table(whole, MACHINE)
    res = table(m, V_RES)
    res[:, Z_AVAIL], res[:, Z_CAP] = resources[:, R_AVAIL], resources[:, R_CAP]
    res[:, Z_ABSENT], res[:, Z_ON_ORDER] = resources[:, R_ABSENT], resources[:, R_ON_ORDER]
    res[:, Z_PEAK] = np.where(resources[:, R_KIND] == MATERIAL, 0, res[:, Z_CAP] - res[:, Z_AVAIL])
    orders = table(m, V_ORDER)
    orders[:, VO_QTY] = np.arange(1, len(orders) + 1)
    orders[-1, VO_QTY] = -1


def _steps(arrays: ParkArrays) -> int:
    """Rows of steps: the last of the memory's."""
    return int(arrays.whole[STEPS])


def _groups(arrays: ParkArrays) -> int:
    return int(arrays.whole[GROUPS])


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
        If the kernel stopped before the horizon, units lock each other or a law does not hold, in park words.
    """
    return _run(Grown(a), seed, means=means, trace=trace)


_SPARE = Spare()
"""Of each thread of the process, for all its replications."""


@dataclass
class Grown:
    """Arrays whose pools of units grow where a replication needs more, the room that replications were found to need
    (with and without a trace), and each thread's cells for their states; what one gives does not depend on them.
    """

    arrays: ParkArrays
    pool: int = 1
    spare: Spare = _SPARE
    found: dict[bool, Room] = field(default_factory=dict[bool, Room])
    lock: Lock = field(default_factory=Lock)

    def grow(self, arrays: ParkArrays) -> None:
        """More room than in `arrays`, unless another replication has seen to it.

        Raises
        ------
        SimulationFault
            If there is room for so many units that their work must be piling up.
        """
        with self.lock:
            if self.arrays is arrays:
                if arrays.grow is None or self.pool >= MOST_POOL:
                    raise SimulationFault(MESSAGES[POOL_FULL].format(pool=256 * self.pool))
                self.pool *= 4
                self.arrays = arrays.grow(self.pool)


def _run(box: Grown, seed: int, *, means: bool, trace: bool) -> Replication:
    a = box.arrays
    room = room_of(a, trace=trace)
    room = room.beside(box.found.get(trace, room))
    while True:
        m = fresh_state(a, room, seed=seed, means=means, spare=box.spare)
        simulate(a.whole, a.real, m)
        status = int(m[K_STATUS])
        if status == TRACE_FULL and room.trace < MOST_ROWS:
            room = replace(room, trace=4 * room.trace)  # steps that fail often take more rows than can be foreseen
        elif status == EVENTS_FULL and room.events < MOST_EVENTS:
            room = replace(room, events=4 * room.events)
        elif status == POOL_FULL and int(m[K_ORDER]) < 0:
            room = replace(room, orders=4 * room.orders)
        elif status == POOL_FULL:
            box.grow(a)
            a = box.arrays
            room = replace(room, events=max(room.events, _steps(a) + _planned_events(a)))
        else:
            break
    if status != OK:
        raise SimulationFault(MESSAGES[status])
    box.found[trace] = room
    result = _result(a, m, seed)
    judge(a, m, result)
    return result


def _planned_events(a: ParkArrays) -> int:
    tables = (PO, CAP, QUOTA_LINE, CAL, SAILING, SOURCE, FAULTS, BUCKET)
    return 1024 + ORDERS + sum(int(a.whole[name + 2]) for name in tables)


def _result(a: ParkArrays, m: I64, seed: int) -> Replication:
    """What a replication leaves behind."""
    res, job = table(m, V_RES), table(m, V_JOB)[: int(a.whole[JOBS])]
    groups, classes, resources = _weeks(a, m)
    last, worked = resources[-1], table(m, V_WORK).reshape(2, -1, WK_COLUMNS)
    return Replication(
        seed=seed,
        posted=table(m, V_POSTED).reshape(int(a.whole[RULES]), int(a.whole[BUCKETS]), 2).copy(),
        job_start=job[:, W_START].copy(),
        job_done=job[:, W_DONE].copy(),
        idle=last[:, WR_IDLE:WR_TOTAL].copy(),
        total=last[:, WR_TOTAL:WR_DOWN].copy(),
        used=table(m, V_USED)[:, :-1].copy(),
        work=worked[1, :, WK_WORK].copy(),
        setup=worked[1, :, WK_SETUP].copy(),
        elapsed=worked[1, :, WK_ELAPSED].copy(),
        down=last[:, WR_DOWN].copy(),
        peak=res[:, Z_PEAK].copy(),
        available=res[:, Z_AVAIL].copy(),
        groups=table(m, V_GROUP).copy(),
        group_weeks=groups,
        class_weeks=classes,
        resource_weeks=resources,
        warm_up_work=worked[0].copy(),
        events=int(m[K_EVENTS]),
        phase_open=table(m, V_PHASE)[:, 0].copy(),
        log=table(m, V_LOG)[: int(m[K_LOG])].copy(),
    )


def _weeks(a: ParkArrays, m: I64) -> tuple[I64, I64, I64]:
    """The sums by week of groups, classes and resources, shape (W + 1, things, columns) each."""
    weeks = table(m, V_WEEK)[:-1]
    widths = (WG_COLUMNS, WC_COLUMNS, WR_COLUMNS)
    counts = (_groups(a), int(a.whole[CLASS + 2]), int(a.whole[RES + 2]))
    ends = np.cumsum([width * count for width, count in zip(widths, counts, strict=True)])
    parts = np.split(weeks, ends[:-1], axis=1)
    groups, classes, resources = (
        part.reshape(len(weeks), count, width).copy() for part, count, width in zip(parts, counts, widths, strict=True)
    )
    return groups, classes, resources


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
    box = Grown(a)

    def one(i: int) -> Replication:
        result = _run(box, seeds[i], means=False, trace=i < trace)
        if on_done is not None:
            on_done(1)
        return result

    if workers <= 1:
        return [one(i) for i in range(len(seeds))]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(len(seeds))))
