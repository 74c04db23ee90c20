"""P1: events of the twin per CPU second, one core, beside a pure-Python yardstick in the same process."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np
import pytest
import simpy

from aidc_twin.park import load_park
from aidc_twin.twin.compile import Policy, compile_arrays, read_factory
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import replicate, seeds_of
from bench.conftest import Note
from bench.registry import Case, cases_of

ROUNDS = 5


def yardstick(customers: int) -> float:
    """Mean wait in an M/M/2 queue at load 0.8, in SimPy; three events a customer."""
    draw = np.random.default_rng(1)
    between, work = draw.exponential(1.0, customers).tolist(), draw.exponential(1.6, customers).tolist()
    world = simpy.Environment()
    desk = simpy.Resource(world, 2)
    waited: list[float] = []

    def customer(n: int) -> Any:
        came = world.now
        with desk.request() as turn:
            yield turn
            waited.append(world.now - came)
            yield world.timeout(work[n])

    def source() -> Any:
        for n in range(customers):
            yield world.timeout(between[n])
            world.process(customer(n))

    world.process(source())
    world.run()
    return statistics.fmean(waited)


@pytest.mark.parametrize("case", cases_of("twin"), ids=lambda case: case.name)
def test_events_a_cpu_second(case: Case, benchmark: Any, note: Note) -> None:
    """Replications give the answer of an untimed run to the last bit, at the printed rate."""
    factory = read_factory(load_park(case.park))
    arrays = compile_arrays(factory, Policy())
    seeds = seeds_of(1, case.replications)
    before = SimResult(factory, replicate(arrays, seeds, workers=2))  # compiles, and is the answer
    seconds: list[float] = []
    yard: list[float] = []

    def work() -> list[Replication]:
        began = time.thread_time()
        runs = replicate(arrays, seeds, workers=1)
        seconds.append(time.thread_time() - began)
        return runs

    def reference() -> tuple[tuple[Any, ...], dict[str, Any]]:
        began = time.thread_time()
        assert 2.0 < yardstick(10_000) < 4.0  # theory: 2.84
        yard.append(time.thread_time() - began)
        return (), {}

    runs = benchmark.pedantic(work, setup=reference, rounds=ROUNDS)
    found = SimResult(factory, runs)
    assert found.trace_hash == before.trace_hash
    low, high = case.accepted_mw
    accepted = found.kpis(()).filter(kpi="accepted_mw")["mean"].item()
    assert low <= accepted <= high
    rate = found.events / statistics.median(seconds)
    note("twin", case.name, rate / 1e6)
    note("times the SimPy queue", case.name, rate / (30_000 / statistics.median(yard)))
