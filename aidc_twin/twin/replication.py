"""What one replication leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.logbook import read


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
    groups : shape (G, 9), see `layout.V_GROUP`.
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
