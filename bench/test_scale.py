"""P3 and P5: park-years on two threads, cost of a job as there are more of them, cost of a trace."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import GR_ARRIVED, GR_DONE
from aidc_twin.twin.run import replicate, run_once, seeds_of
from bench.conftest import Note
from bench.line import write_line
from bench.registry import ROOT

SIZES = (10_000, 100_000, 1_000_000)
YEARS_A_RUN = 2
PARK_YEARS = 1000


PEAK = """
import sys
from pathlib import Path
from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.run import run_once
run_once(compile_arrays(read_factory(load_park(Path(sys.argv[1])))), 1)
print(next(row.split()[1] for row in open("/proc/self/status") if row.startswith("VmHWM")))
"""
MOST_BYTES = 64


def peak_bytes(folder: Path) -> int:
    """The most memory that a process of its own held to run a park once."""
    known = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", PEAK, str(folder)]
    return 1024 * int(subprocess.run(command, env=known, capture_output=True, text=True, check=True).stdout)


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this thread, and what the work gave."""
    began = time.thread_time()
    found = work()
    return time.thread_time() - began, found


def test_cost_of_a_job(benchmark: Any, note: Note, tmp_path: Path) -> None:
    """CPU time of a job on a line with 10^4, 10^5 and 10^6 of them, interleaved, median of five."""
    parks = {n: compile_arrays(read_factory(load_park(write_line(tmp_path / str(n), n)))) for n in SIZES}
    repeats = {n: SIZES[-1] // n for n in SIZES}
    each: dict[int, list[float]] = {n: [] for n in SIZES}
    run_once(parks[SIZES[0]], 0)  # compiles

    def measure() -> None:
        for n, arrays in parks.items():
            spent, runs = cpu(lambda a=arrays, k=repeats[n]: [run_once(a, seed) for seed in range(k)])
            jobs = sum(int(run.groups[-1, GR_ARRIVED]) for run in runs)
            assert abs(jobs / repeats[n] / n - 1) < 0.1
            assert all(run.groups[-1, GR_DONE] > 0.9 * run.groups[-1, GR_ARRIVED] for run in runs)
            each[n].append(spent / jobs)

    benchmark.pedantic(measure, rounds=5)
    cost = {n: statistics.median(each[n]) for n in SIZES}
    note("job", f"{SIZES[-1]:.0e}", cost[SIZES[-1]] * 1e9)
    note("job-growth", "line", max(cost.values()) / min(cost.values()) - 1)


def test_memory_of_a_job(benchmark: Any, note: Note, tmp_path: Path) -> None:
    """Bytes by which the peak of a process grows with each job that a line has seen, from 10^4 to 10^6 of them."""
    folders = {n: write_line(tmp_path / str(n), n) for n in (SIZES[0], SIZES[-1])}
    peaks = benchmark.pedantic(lambda: {n: peak_bytes(folder) for n, folder in folders.items()}, rounds=1)
    grown = (peaks[SIZES[-1]] - peaks[SIZES[0]]) / (SIZES[-1] - SIZES[0])
    assert grown < MOST_BYTES
    note("job-memory", "line", grown)


def test_cost_of_a_trace(benchmark: Any, note: Note) -> None:
    """CPU time of a replication of the shipped park with a trace over that without, interleaved, median of seven."""
    arrays = compile_arrays(read_factory(load_park("wuxi-aidc")))
    assert len(run_once(arrays, 1, trace=True).trace) > 100_000
    ratios: list[float] = []

    def measure() -> None:
        without, plain = cpu(lambda: [run_once(arrays, seed) for seed in range(4)])
        within, traced = cpu(lambda: [run_once(arrays, seed, trace=True) for seed in range(4)])
        assert [run.events for run in plain] == [run.events for run in traced]
        ratios.append(within / without - 1)

    benchmark.pedantic(measure, rounds=7)
    note("trace", "wuxi", statistics.median(ratios))


def test_a_thousand_park_years(benchmark: Any, note: Note) -> None:
    """Wall seconds for a thousand years of the shipped park on one and on two threads by turns, from a tenth of them.

    How they scale is told by wall time, so only on idle cores; CPU time says what there is to do.
    """
    arrays = compile_arrays(read_factory(load_park("wuxi-aidc")))
    runs = PARK_YEARS // YEARS_A_RUN // 10
    alone = [run_once(arrays, seed).events for seed in seeds_of(1, 2)]
    wall: dict[int, list[float]] = {1: [], 2: []}
    spent: list[float] = []

    def measure() -> None:
        for workers, kept in wall.items():
            began, before = time.perf_counter(), time.process_time()
            found = replicate(arrays, seeds_of(1, runs), workers=workers)
            kept.append(10 * (time.perf_counter() - began))
            spent.append(10 * (time.process_time() - before))
            assert len(found) == runs
            assert [run.events for run in found[:2]] == alone

    benchmark.pedantic(measure, rounds=5)
    for workers, kept in wall.items():
        note(f"park-years-{workers}", "wuxi", statistics.median(kept))
    note("park-years, CPU", "wuxi", statistics.median(spent))
    note("park-years, scaling", "wuxi", statistics.median(a / b for a, b in zip(*wall.values(), strict=True)))
