"""Run replications of a compiled park: the API over the kernel, which raises what the kernel reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np

from aidc_twin.errors import SimulationFault
from aidc_twin.twin.fresh import Blank, Room, fresh_state, groups_of, planned_events, room_of, steps_of
from aidc_twin.twin.kernel.layout import (
    BUCKETS,
    CLASS,
    CLOCK_BACK,
    EVENT_STORM,
    EVENTS_FULL,
    I64,
    JOBS,
    K_EVENTS,
    K_LOG,
    K_ORDER,
    K_STATUS,
    OK,
    POOL_FULL,
    RES,
    RULES,
    TRACE_FULL,
    V_GROUP,
    V_JOB,
    V_LOG,
    V_PHASE,
    V_POSTED,
    V_RES,
    V_USED,
    V_WEEK,
    V_WORK,
    W_DONE,
    W_START,
    WC_COLUMNS,
    WG_COLUMNS,
    WK_COLUMNS,
    WK_ELAPSED,
    WK_SETUP,
    WK_WORK,
    WR_COLUMNS,
    WR_DOWN,
    WR_IDLE,
    WR_TOTAL,
    Z_AVAIL,
    Z_PEAK,
    ParkArrays,
    table,
)
from aidc_twin.twin.logbook import still_open
from aidc_twin.twin.machine import prepare, simulate
from aidc_twin.twin.memory import Spare
from aidc_twin.twin.origin import judge
from aidc_twin.twin.replication import Replication

__all__ = ["replicate", "run_once", "seeds_of"]

MESSAGES = {
    EVENTS_FULL: "more events are pending at once than the model has room for; shorten the horizon or split the book",
    TRACE_FULL: "the trace has more rows than can be kept; shorten the horizon or lower the shares that fail",
    POOL_FULL: "more units than {pool:,} of one source are in the park at once, so their work piles up without end; "
    "give it more capacity or a longer interval",
    CLOCK_BACK: "the twin contradicts itself: something is to happen before the instant at which it is foreseen. This"
    " is an error of aidc-twin and not of the park; please report it together with the park's folder",
    EVENT_STORM: "work goes round in a loop that takes no time; give one of its operations a duration",
}


MOST_ROWS = 40_000_000
"""A log that is full beyond this many rows ends the run."""
MOST_EVENTS = 50_000_000
"""So do more pending events."""
MOST_POOL = 4096
"""And sources that have more than so many times the usual number of units in the park."""


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
    and what they begin with (with and without a trace), and each thread's cells for their states; what one gives does
    not depend on them.
    """

    arrays: ParkArrays
    pool: int = 1
    spare: Spare = _SPARE
    found: dict[bool, Room] = field(default_factory=dict[bool, Room])
    begins: dict[bool, Blank] = field(default_factory=dict[bool, Blank])
    lock: Lock = field(default_factory=Lock)

    def begin(self, arrays: ParkArrays, room: Room) -> Blank:
        """What a replication begins with."""
        known = self.begins.get(room.trace > 0)
        if known is None or known.arrays is not arrays or known.room != room:
            known = self.begins[room.trace > 0] = Blank.of(arrays, room)
        return known

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
    a, m = finished(box, seed, means=means, trace=trace)
    result = _result(a, m, seed)
    judge(a, m, result)
    return result


def finished(box: Grown, seed: int, *, means: bool = False, trace: bool = False) -> tuple[ParkArrays, I64]:
    """Arrays with as much room as the replication needed, and its memory at the end, until its cells are taken again.

    Raises
    ------
    SimulationFault
        If the kernel stopped before the horizon.
    """
    a = box.arrays
    room = room_of(a, trace=trace)
    room = room.beside(box.found.get(trace, room))
    while True:
        m = fresh_state(a, room, seed=seed, means=means, spare=box.spare, begin=box.begin(a, room))
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
            room = replace(room, events=max(room.events, steps_of(a) + planned_events(a)))
        else:
            break
    if status != OK:
        raise SimulationFault(MESSAGES[status])
    box.found[trace] = room
    return a, m


def _result(a: ParkArrays, m: I64, seed: int) -> Replication:
    """What a replication leaves behind."""
    res = table(m, V_RES)
    ends = table(m, V_JOB)[: int(a.whole[JOBS]), W_START : W_DONE + 1].copy()  # once over all, a cache line for each
    groups, classes, resources = _weeks(a, m)
    last, worked = resources[-1], table(m, V_WORK).reshape(2, -1, WK_COLUMNS)
    return Replication(
        seed=seed,
        posted=table(m, V_POSTED).reshape(int(a.whole[RULES]), int(a.whole[BUCKETS]), 2).copy(),
        job_start=np.maximum(ends[:, 0], -1),
        job_done=ends[:, -1].copy(),
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
        log=still_open(table(m, V_LOG)[: int(m[K_LOG])], a.whole, m),
    )


def _weeks(a: ParkArrays, m: I64) -> tuple[I64, I64, I64]:
    """The sums by week of groups, classes and resources, shape (W + 1, things, columns) each."""
    weeks = table(m, V_WEEK)[:-1]
    groups, classes, resources = groups_of(a), int(a.whole[CLASS + 2]), int(a.whole[RES + 2])
    first = groups * WG_COLUMNS
    second = first + classes * WC_COLUMNS
    return (
        weeks[:, :first].reshape(len(weeks), groups, WG_COLUMNS).copy(),
        weeks[:, first:second].reshape(len(weeks), classes, WC_COLUMNS).copy(),
        weeks[:, second:].reshape(len(weeks), resources, WR_COLUMNS).copy(),
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
    box = Grown(a)

    def one(i: int) -> Replication:
        result = _run(box, seeds[i], means=False, trace=i < trace)
        if on_done is not None:
            on_done(1)
        return result

    if workers <= 1:
        return [one(i) for i in range(len(seeds))]
    prepare()
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(len(seeds))))
