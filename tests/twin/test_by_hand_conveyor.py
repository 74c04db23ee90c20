"""Trace of a conveyor on which units pile up, worked out on paper; by both twins."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import did

from aidc_twin.park import load_park

PARKS = Path(__file__).parents[1] / "parks"


@pytest.mark.parametrize("twin", TWINS)
def test_a_conveyor_before_a_press(twin: str) -> None:
    """A conveyor of two kits' length (0.5 h for each) before a press (2 h): the entry is free again when a kit has
    moved on by its own length, and all that stand behind each other move at once.
    """
    # k1 is at the end at 1, k2 at 1.5: it stands there until the press is free at 3. k3 has come to the middle at 1.5,
    # k4 stands at the entry. 3: k3 moves to the end, k4 to the middle, k5 is loaded at 3.5. 5, 7: the same.
    rows = {
        "load": [0, 0.5, 1, 1.5, 3.5],
        "to-middle": [0, 0.5, 1, 3, 5],
        "to-end": [0.5, 1, 3, 5, 7],
        "press": [1, 3, 5, 7, 9],
    }
    work = {"load": 0, "to-middle": 0.5, "to-end": 0.5, "press": 2}
    expected = [
        did(f"k{n}", name, start, start + work[name], int(name == "press"))
        for name, starts in rows.items()
        for n, start in enumerate(starts, 1)
    ]
    assert told(twin, load_park(PARKS / "conveyor")).trace == sorted(expected, key=lambda row: (row[4], row))
