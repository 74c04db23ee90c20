"""Traces of units that are moved on in rounds, worked out on paper; by both twins."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import did

from aidc_twin.park import load_park

PARKS = Path(__file__).parents[1] / "parks"


@pytest.mark.parametrize("twin", TWINS)
def test_a_tug_that_goes_every_four_hours(twin: str) -> None:
    """Seven kits are welded (1 h) and painted (1 h); at 2, 6, 10, ... a tug (0.5 h) may take three, and has room for
    two; it takes nothing unless more than one waits.
    """
    # 2: k2 has just come, so two wait. 6: k3 to k6 wait, and there is room for two. 10: k5, k6 and k7 wait. From 14 on
    # k7 waits alone.
    welded = [did(f"k{n}", "weld", n - 1, n, 1) for n in range(1, 8)]
    pairs = [(1, 2), (2, 2), (3, 6), (4, 6), (5, 10), (6, 10)]
    tugged = [did(f"k{n}", "tug", hour, hour + 0.5) for n, hour in pairs]
    painted = [did(f"k{n}", "paint", hour + 0.5, hour + 1.5) for n, hour in pairs]
    assert told(twin, load_park(PARKS / "transfers")).trace == sorted(
        [*welded, *tugged, *painted], key=lambda row: (row[4], row)
    )
