"""P1: the compiled kernel beside C++ of the same algorithm, which is translated from the kernel's own sources."""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest

from aidc_twin.park import load_park
from aidc_twin.twin.compile import Policy, compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import I64, K_EVENTS, K_STATUS, OK, ParkArrays
from aidc_twin.twin.machine import simulate
from aidc_twin.twin.run import fresh_state, room_of
from bench import cpp_twin
from bench.conftest import Note
from bench.registry import Case, cases_of

ROUNDS = 15


@pytest.fixture(scope="module")
def cpp(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The kernel as C++; without a compiler there is nothing to measure."""
    run = cpp_twin.build(tmp_path_factory.mktemp("cpp"))
    if run is None:
        pytest.skip("there is no g++")
    return run


def numba(arrays: ParkArrays, m: I64) -> None:
    """One replication by the compiled kernel."""
    simulate(arrays.whole, arrays.real, m)


def timed(call: Any, *memories: Any) -> float:
    """CPU seconds of a call on this thread."""
    began = time.thread_time()
    call(*memories)
    return time.thread_time() - began


@pytest.mark.parametrize("case", cases_of("times C++"), ids=lambda case: case.name)
def test_kernel_beside_cpp(case: Case, benchmark: Any, note: Note, cpp: Any) -> None:
    """Both write the same bytes, with a trace and without; their times are taken in turn."""
    arrays = compile_arrays(read_factory(load_park(case.park)), Policy())
    for seed, trace in ((1, False), (1, True), (2, False), (2, True)):
        one = fresh_state(arrays, room_of(arrays, trace=trace), seed=seed, means=False)
        other = one.copy()  # cells that nothing has written are the same too
        numba(arrays, one)
        cpp(arrays.whole, arrays.real, other)
        assert one[K_STATUS] == OK
        assert one.tobytes() == other.tobytes()
    begin = fresh_state(arrays, room_of(arrays, trace=False), seed=1, means=False)
    m = begin.copy()
    seconds: list[tuple[float, float]] = []

    def work() -> None:
        m[:] = begin
        ours = timed(numba, arrays, m)
        m[:] = begin
        seconds.append((ours, timed(cpp, arrays.whole, arrays.real, m)))

    benchmark.pedantic(work, rounds=ROUNDS)
    ours, theirs = (statistics.median(column) for column in zip(*seconds, strict=True))
    note("times C++", case.name, theirs / ours)
    note("kernel", case.name, int(m[K_EVENTS]) / ours / 1e6)
