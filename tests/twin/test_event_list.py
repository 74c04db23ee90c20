"""The list of future events: whatever the length of its days, everything happens in the same order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from generated_parks import generated, generated_policy
from small_parks import HOUR, kit_park, need, servers

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import SHIFT, ParkArrays
from aidc_twin.twin.run import run_once

PARKS = Path(__file__).parents[1] / "parks"
PLAIN_HEAP = 62
"""Ticks of a day as a power of two that no horizon exceeds: all events stand in one heap."""


def with_days(arrays: ParkArrays, shift: int) -> ParkArrays:
    """The same park with days of 2 ** shift ticks; what happens in it is not judged."""
    whole = arrays.whole.copy()
    whole[SHIFT] = shift
    return arrays._replace(whole=whole, grow=None)


def same_with_other_days(arrays: ParkArrays, seed: int) -> None:
    """A heap, short days and long ones give the trace and the ledgers of the usual calendar."""
    usual = run_once(with_days(arrays, int(arrays.whole[SHIFT])), seed, trace=True)
    assert usual.events > 0
    for shift in (PLAIN_HEAP, 3, 9, 17):
        other = run_once(with_days(arrays, shift), seed, trace=True)
        assert np.array_equal(usual.trace, other.trace)
        assert np.array_equal(usual.posted, other.posted)
        assert usual.events == other.events


@pytest.mark.parametrize(
    "name", ["tiny", "ships", "breakdowns", "batches", "patience", "closed", "give_back", "sources"]
)
def test_small_parks(name: str) -> None:
    """Mechanisms by themselves."""
    arrays = compile_arrays(read_factory(load_park(PARKS / name)))
    assert len(run_once(arrays, 1, trace=True).trace) > 0
    same_with_other_days(arrays, 1)


@pytest.mark.parametrize("seed", range(12))
def test_generated_parks(seed: int) -> None:
    """Mechanisms mixed at random."""
    park = generated(seed)
    arrays = compile_arrays(read_factory(park), generated_policy(park, seed))
    same_with_other_days(arrays._replace(grow=None), seed)  # without an origin a park that locks is no error


@pytest.mark.parametrize("count", [16, 17, 40])
def test_more_at_once_than_a_list_holds(count: int) -> None:
    """All kits are welded at once and nothing else happens meanwhile: the days between are left out, and what the first
    day's list has no place for waits behind it. It was put aside and taken up again for ever.
    """
    steps = {"operation": "weld", "duration": 200}, {"operation": "pack", "duration": 1}
    park = kit_park(*steps, orders=count, needs=[need("weld", "bay")], **servers("bay", count=count))
    arrays = compile_arrays(read_factory(park))
    same_with_other_days(arrays, 1)
    short = run_once(with_days(arrays, 0), 1, trace=True)
    assert sorted(short.trace[:, 2].tolist()) == [0] * count + [200 * HOUR] * count
