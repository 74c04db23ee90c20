"""P12: park schedules of 200 to 20,000 operations with changeovers, power, people, material and calendars.

Seconds are CPU seconds of this process, whose search works on a thread of its own. The rule to beat is ATC; beside it
stands the best of all rules, which on these problems is ATC with changeovers. Delta decoding is compared with decoding
everything on the moves that the search itself makes, undone ones included.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from aidc_twin.schedule.desk import Aims, Desk
from aidc_twin.schedule.generate import generated
from aidc_twin.schedule.improve import Stop, improve
from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.statement import rows_of, statement
from aidc_twin.verify.floor import check_floor
from bench.conftest import Note

SIZES = (200, 1_000, 5_000, 20_000)
SEARCH_S = 60.0


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Kernels are compiled outside all timers."""
    found = improve(generated(300, 3), Aims(), Stop(time.process_time, 1e9, 50_000))
    assert found is not None
    assert found.slices


def elapsed() -> Callable[[], float]:
    """Clock of CPU seconds of all threads from now on."""
    begun = time.process_time()
    return lambda: time.process_time() - begun


def test_first_schedule(benchmark: Any, note: Note) -> None:
    """From the arrays to a whole schedule of 20,000 operations by ATC, memories included."""
    d = generated(20_000, 1)
    seconds: list[float] = []

    def measure() -> None:
        clock = elapsed()
        desk = Desk(d, Aims())
        assert desk.dispatch("ATC")
        seconds.append(clock())
        found = desk.placed()
        assert check_floor(statement(d), rows_of(found), found.figures[0]).ok

    benchmark.pedantic(measure, rounds=5)
    note("first park schedule", "20000", statistics.median(seconds))


def test_growth(benchmark: Any, note: Note) -> None:
    """Powers of the number of operations by which a first schedule, decoding all and a search's move take longer."""
    sizes = SIZES[1:]
    seconds: dict[int, list[float]] = {}

    def measure() -> None:
        for size in sizes:
            d = generated(size, 1)
            tries: list[tuple[float, float, float]] = []
            for _ in range(5):
                clock = elapsed()
                desk, draws = Desk(d, Aims()), np.array([12_345], np.int64)
                assert desk.dispatch("ATC")
                first, clock = clock(), elapsed()
                assert desk.again()
                all_, tried, clock = clock(), int(desk.floor[C.TRIED]), elapsed()
                desk.anneal(draws, 200_000, 0.0)
                tries.append((first, all_, clock() / (int(desk.floor[C.TRIED]) - tried)))
            seconds[size] = np.median(np.array(tries), axis=0).tolist()

    benchmark.pedantic(measure, rounds=1)
    powers = np.log(np.array(seconds[sizes[-1]]) / seconds[sizes[0]]) / np.log(sizes[-1] / sizes[0])
    for what, power in zip(("first", "decoding", "move"), powers.tolist(), strict=True):
        note(f"{what} growth", f"{sizes[0]} to {sizes[-1]}", power)


@pytest.mark.parametrize("size", SIZES)
def test_delta_decoding(size: int, benchmark: Any, note: Note) -> None:
    """Mean time of a move of the search against that of decoding everything."""
    d = generated(size, 1)
    desk, draws = Desk(d, Aims()), np.array([12_345], np.int64)
    assert desk.dispatch("ATCS")
    ratios: list[float] = []

    def measure() -> None:
        tried, clock = int(desk.floor[C.TRIED]), elapsed()
        desk.anneal(draws, 200_000, 0.0)
        each = clock() / (int(desk.floor[C.TRIED]) - tried)
        quick, clock = desk.placed(), elapsed()
        assert desk.again()
        ratios.append(clock() / each)
        assert (desk.placed().start == quick.start).all()

    benchmark.pedantic(measure, rounds=5)
    note("delta decoding", f"{size}", statistics.median(ratios))


@pytest.mark.parametrize("size", [pytest.param(size, marks=pytest.mark.release) for size in SIZES])
def test_below_rules(size: int, benchmark: Any, note: Note) -> None:
    """Weighted tardiness after 60 s against that of ATC and of the best rule."""
    d = generated(size, 1)
    found = benchmark.pedantic(lambda: improve(d, Aims(), Stop(elapsed(), SEARCH_S)), rounds=1)
    assert found is not None
    assert check_floor(statement(d), rows_of(found.best), found.best.figures[0]).ok
    assert found.bound <= found.best.cost
    note("below ATC", f"{size}", 1 - found.best.cost / found.rule_cost["ATC"])
    note("below the best rule", f"{size}", 1 - found.best.cost / min(found.rule_cost.values()))
    note("park schedule, gap", f"{size}", found.gap)
