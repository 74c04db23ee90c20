"""P8: multi-level lot sizing by bounder and improver, beside HiGHS alone, sixty seconds of CPU each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from aidc_twin.solver import Live, Profile, Search, SolveResult, bracket, load_profile
from aidc_twin.telemetry import Deadline
from bench.by_cpu import CpuHighs
from bench.conftest import Note
from bench.lots import MOST_OVERTIME, Lots, grid_of, make_lots, model_of

LIMIT_S = 60.0
ALONE = Profile(gap=0.0, nodes=1_000_000_000, time_limit_s=LIMIT_S)
TEN = tuple(range(1, 11))


def cost_of(lots: Lots, result: SolveResult) -> float:
    """Cost of a plan by the instance's own figures, once it is seen to hold: nothing of the model is used."""
    shape = lots.demand.shape
    made = result.values["make"].reshape(shape)
    setups = result.values["setup"].reshape(shape)
    assert set(np.unique(setups)) <= {0.0, 1.0}
    assert made.min() >= 0.0
    assert (made[setups == 0] <= 1e-4).all()
    used = lots.demand.copy()
    for (component, parent), units in lots.parts.items():
        used[component] += units * made[parent]
    stock = np.cumsum(made - used, axis=1)
    assert stock.min() >= -1e-3
    hours = np.zeros((lots.capacity.size, shape[1]))
    np.add.at(hours, lots.resource, lots.hours[:, None] * made + lots.setup_hours[:, None] * setups)
    overtime = np.maximum(0.0, hours - lots.capacity[:, None])
    assert (overtime <= MOST_OVERTIME * lots.capacity[:, None] + 1e-3).all()
    return float(
        lots.setup_cost @ setups.sum(1) + lots.holding_cost @ stock.sum(1) + lots.overtime_cost @ overtime.sum(1)
    )


def both(lots: Lots) -> SolveResult:
    """Bounder and improver together."""
    deadline = Deadline.after(LIMIT_S, time.process_time)
    weak = Live(model_of(lots, strong=False), load_profile("windows"), engine=CpuHighs())
    strong = Live(model_of(lots, strong=True), load_profile("bounds"), engine=CpuHighs())
    return bracket(weak, strong, grid_of(lots, weak), Search(deadline=deadline)).result


@pytest.mark.parametrize("seeds", [TEN[:1], pytest.param(TEN, marks=pytest.mark.release)], ids=["one", "ten"])
def test_lots(seeds: Sequence[int], benchmark: Any, note: Note) -> None:
    """Mean proven gap; every plan holds and costs what is said, and no bound is above any plan."""
    gaps: dict[str, list[float]] = {"both": [], "weak": [], "strong": []}

    def measure() -> None:
        for seed in seeds:
            lots = make_lots(seed)
            found = {"both": both(lots)}
            for form in ("weak", "strong"):
                live = Live(model_of(lots, strong=form == "strong"), ALONE, engine=CpuHighs())
                found[form] = live.solve()
            costs = {name: cost_of(lots, result) for name, result in found.items()}
            assert costs == pytest.approx({name: result.objective for name, result in found.items()}, rel=1e-5)
            assert max(result.bound for result in found.values()) <= min(costs.values()) * (1 + 1e-6)
            for name, result in found.items():
                gaps[name].append(result.gap)

    benchmark.pedantic(measure, rounds=1)
    case = f"{len(seeds)}"
    note("lots, gap", case, statistics.fmean(gaps["both"]))
    note("lots, HiGHS, weak form", case, statistics.fmean(gaps["weak"]))
    note("lots, HiGHS, strong form", case, statistics.fmean(gaps["strong"]))
