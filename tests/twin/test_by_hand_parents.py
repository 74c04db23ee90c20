"""Traces of needs that are looked at, shared by parts or kept until parts go on, worked out on paper, by both twins."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import did

from aidc_twin.park import Park, load_park

PARKS = Path(__file__).parents[1] / "parks"


def _park(name: str) -> Park:
    return load_park(PARKS / name)


@pytest.mark.parametrize("twin", TWINS)
def test_the_setter_must_be_free(twin: str) -> None:
    """Two mills, entered (1 h) only while the setter is free; he sets each job (2 h), then it runs (4 h)."""
    # 0: k1 and k2 enter, for nobody takes the setter. He sets k1 from 1 to 3, it runs until 7; k2 from 3 to 5, until 9.
    # 7: the first mill and the setter are free: k3 enters until 8, is set until 10 and runs until 14.
    # 9: the second mill is free, but the setter is not: k4 enters from 10 to 11, is set until 13 and runs until 17.
    assert told(twin, _park("look")).trace == [
        did("k1", "enter", 0, 1, 1),
        did("k2", "enter", 0, 1, 2),
        did("k1", "set", 1, 3),
        did("k1", "run", 3, 7),
        did("k2", "set", 3, 5),
        did("k2", "run", 5, 9),
        did("k3", "enter", 7, 8, 1),
        did("k3", "set", 8, 10),
        did("k3", "run", 10, 14),
        did("k4", "enter", 10, 11, 2),
        did("k4", "set", 11, 13),
        did("k4", "run", 13, 17),
    ]
