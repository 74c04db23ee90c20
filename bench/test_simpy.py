"""P2: the bench line in the twin and, written by hand, in SimPy: the same figures, and how much faster they come."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import GR_ARRIVED, GR_COUNT, GR_DONE, GR_FLOW, GR_LATE, GR_TAKEN
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import replicate, seeds_of
from bench.by_simpy import WEEK, Counts, Floor
from bench.conftest import Note
from bench.plant import PLANT, Plant, write_plant

ROUNDS, RUNS = 5, 4
TICKS = 3600
"""Ticks of an hour."""
WIDE = 3.5
"""Standard errors by which none of some twenty figures may be off: one such test in a hundred errs."""


def figures_of_twin(plant: Plant, run: Replication) -> dict[str, float]:
    """Figures of a replication of the twin; hours."""
    sums, hours = run.groups.sum(axis=0).astype(float), plant.weeks * WEEK
    there = (sums[GR_TAKEN] + sums[GR_COUNT] * hours * TICKS) / TICKS
    found = {
        "arrived": sums[GR_ARRIVED], "done": sums[GR_DONE], "in the plant": there / hours,
        "flow time": sums[GR_FLOW] / sums[GR_DONE] / TICKS, "lateness": sums[GR_LATE] / sums[GR_DONE] / TICKS,
        "power": float(run.used[len(plant.centres)].sum()) / TICKS / 1000 / hours,
    }  # fmt: skip
    return found | {
        centre.name: float(work) / TICKS / hours / centre.machines
        for centre, work in zip(plant.centres, run.work, strict=False)
    }


def figures_of_simpy(plant: Plant, counts: Counts) -> dict[str, float]:
    """The same figures of a run in SimPy."""
    hours = plant.weeks * WEEK
    found = {
        "arrived": counts.arrived, "done": counts.done, "in the plant": counts.unit_hours / hours,
        "flow time": counts.flow / counts.done, "lateness": counts.late / counts.done,
        "power": counts.power_kwh / hours,
    }  # fmt: skip
    return found | {centre.name: counts.worked[centre.name] / hours / centre.machines for centre in plant.centres}


def standard_errors(one: Sequence[dict[str, float]], other: Sequence[dict[str, float]]) -> Iterator[tuple[str, float]]:
    """By how many standard errors the means of each figure differ."""
    for name in one[0]:
        a, b = (np.array([found[name] for found in runs]) for runs in (one, other))
        error = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        yield name, abs(a.mean() - b.mean()) / error


def test_the_same_line_in_simpy(benchmark: Any, note: Note, tmp_path: Path) -> None:
    """CPU time of a unit in both, a year in SimPy and some in the twin by turns; all figures agree within their errors.

    An event is what happens in the plant: a unit arrives, work or mending ends, a machine breaks down or is repaired.
    Both simulate the same plant, so that a unit has as many in both, counted in the SimPy model.
    """
    arrays = compile_arrays(read_factory(load_park(write_plant(tmp_path, PLANT))))
    replicate(arrays, [0], workers=1)  # compiles
    slow: list[float] = []
    fast: list[float] = []
    by_simpy: list[Counts] = []
    by_twin: list[Replication] = []

    def measure() -> None:
        began = time.thread_time()
        counts = [Floor(PLANT, RUNS * len(slow) + i).run() for i in range(RUNS)]
        middle = time.thread_time()
        runs = replicate(arrays, seeds_of(1 + len(by_twin), 5 * RUNS), workers=1)
        ended = time.thread_time()
        slow.append((middle - began) / sum(one.arrived for one in counts))
        fast.append((ended - middle) / sum(int(run.groups[:, GR_ARRIVED].sum()) for run in runs))
        by_simpy.extend(counts)
        by_twin.extend(runs)

    benchmark.pedantic(measure, rounds=ROUNDS)
    off = dict(
        standard_errors(
            [figures_of_twin(PLANT, run) for run in by_twin], [figures_of_simpy(PLANT, one) for one in by_simpy]
        )
    )
    assert max(off.values()) < WIDE, off
    events = sum(one.events for one in by_simpy) / sum(one.arrived for one in by_simpy)
    note("twin beside SimPy", "line", events / statistics.median(fast) / 1e6)
    note("SimPy", "line", events / statistics.median(slow) / 1e6)
    note("times SimPy", "line", statistics.median(slow) / statistics.median(fast))
    note("figures' farthest", "line", max(off.values()))
