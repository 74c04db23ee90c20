"""Replications of a park under a policy, over both cores."""

from __future__ import annotations

from collections.abc import Sequence

from aidc_twin.park import Park
from aidc_twin.telemetry import SILENT, Progress, Telemetry
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import ParkArrays
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import replicate, seeds_of

__all__ = ["execute", "simulate_park"]


def execute(
    factory: Factory,
    policy: Policy,
    seeds: Sequence[int],
    *,
    workers: int = 2,
    traced: int = 0,
    progress: Progress = SILENT,
    stage: str = "simulate",
) -> tuple[SimResult, ParkArrays]:
    """Replications of a factory under a policy; the first `traced` keep their trace. Also the arrays that were run."""
    arrays = compile_arrays(factory, policy)
    timing = Telemetry()
    progress.begin(stage, len(seeds))
    with timing.stage(stage) as watch:
        runs = replicate(arrays, seeds, workers=workers, trace=traced, on_done=progress.advance)
    progress.end()
    return SimResult(factory, runs, watch.cpu_seconds), arrays


def simulate_park(
    park: Park, seed: int, replications: int, *, workers: int = 2, progress: Progress = SILENT
) -> SimResult:
    """Replications without a plan: every order as early as it can be, materials bought when orders are placed."""
    factory = read_factory(park)
    traced = min(1, replications)
    return execute(factory, Policy(), seeds_of(seed, replications), workers=workers, traced=traced, progress=progress)[
        0
    ]
