"""P4: how much of the luck cancels in the difference of two scenarios with the same seeds, on the bench line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import GR_DONE, GR_FLOW, GR_LATE
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import replicate, seeds_of
from aidc_twin.twin.statistics import paired_difference
from bench.conftest import Note
from bench.plant import PLANT, Plant, write_plant

RUNS = 60
DAY = 24 * 3600
LEVERS = {
    "tester": PLANT.with_machines("load", 6),
    "power": replace(PLANT, power_kw=round(0.92 * PLANT.power_kw)),
}
"""One more machine at the test that is busiest, and 8 % less test power, of which four fifths are in use."""


def figures(plant: Plant, runs: list[Replication]) -> dict[str, NDArray[np.float64]]:
    """What is compared: millions of yuan of what is done in the year, mean flow time and tardiness of it in days."""
    sums = np.array([run.groups[-len(plant.products) :] for run in runs], np.float64)
    done, worth = sums[..., GR_DONE], np.array([one.value_yuan / 1e6 for one in plant.products])
    return {
        "output value": done @ worth,
        "flow time": sums[..., GR_FLOW].sum(axis=1) / done.sum(axis=1) / DAY,
        "tardiness": sums[..., GR_LATE].sum(axis=1) / done.sum(axis=1) / DAY,
    }


@pytest.mark.parametrize("lever", LEVERS)
def test_variance_of_a_difference(lever: str, benchmark: Any, note: Note, tmp_path: Path) -> None:
    """Variance with independent seeds over that with the same ones; the lever moves the flow time, so it binds.

    The ratio is bounded by the model itself: where a lever makes the figure swing more from year to year than it did
    before, that swing is in the difference whatever the seeds are.
    """

    def simulate(plant: Plant) -> dict[str, NDArray[np.float64]]:
        arrays = compile_arrays(read_factory(load_park(write_plant(tmp_path / str(plant.power_kw), plant))))
        return figures(plant, replicate(arrays, seeds_of(1, RUNS)))

    base, other = benchmark.pedantic(lambda: (simulate(PLANT), simulate(LEVERS[lever])), rounds=1)
    found = {name: paired_difference(base[name], other[name]) for name in base}
    moved = found["flow time"]
    assert abs(moved.mean) > 0.05 * base["flow time"].mean()
    assert abs(moved.mean) > 3 * moved.half_width
    assert found["output value"].variance_ratio > 20
    for name, difference in found.items():
        note(name, lever, difference.variance_ratio)
        print(f"{lever}, {name}: {base[name].mean():.3f} {difference.mean:+.3f} ± {difference.half_width:.3f}")
