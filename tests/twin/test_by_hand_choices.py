"""Traces of alternative machines, taken as they are free, that were worked out on paper, told by both twins."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import did

from aidc_twin.park import load_park

PARKS = Path(__file__).parents[1] / "parks"
PARK = PARKS / "ways"


@pytest.mark.parametrize("twin", TWINS)
def test_alternative_machines(twin: str) -> None:
    """A saw (1 h, blocked until a machine takes the part), then the mill (2 h, open 0-4, 6-12) or the lathe (4 h)."""
    # Part 1: cut 0 to 1; both machines are free, the mill stands first: 1 to 3. Part 2: cut 1 to 2; the mill is busy:
    # lathe 2 to 6. Part 3: cut 2 to 3; the mill is free again: from 3, closed from 4 to 6, done at 7. Part 4: cut 3 to
    # 4, kept on the saw until the lathe is free at 6; it breaks down from 8 to 9: done at 11. Part 5: the saw is free
    # at 6: cut until 7, mill 7 to 9. Each is packed (1 h) when it comes from either.
    rows = [row for row in told(twin, load_park(PARK)).trace if row[0].startswith(("line/", "machine/"))]
    assert rows == [
        did("line/1", "cut", 0, 1, 1),
        did("line/1", "mill", 1, 3, 1, work=2),
        did("line/2", "cut", 1, 2, 1),
        did("line/2", "turn", 2, 6, 1),
        did("line/3", "cut", 2, 3, 1),
        did("line/1", "pack", 3, 4),
        did("line/3", "mill", 3, 7, 1, work=2),
        did("line/4", "cut", 3, 4, 1),
        did("line/2", "pack", 6, 7),
        did("line/4", "turn", 6, 11, 1, work=4),
        did("line/5", "cut", 6, 7, 1),
        did("line/3", "pack", 7, 8),
        did("line/5", "mill", 7, 9, 1),
        did("machine/lathe/1", "wear", 8, 9, 1, during="repair"),
        did("line/5", "pack", 9, 10),
        did("line/4", "pack", 11, 12),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_the_machine_that_was_idle_longest(twin: str) -> None:
    """Pins and rods come every 4 h to one of two machines of 1 h and 2 h: to that which has been idle longest."""
    # At 0 all are equal: pins go to the last, rods to the first. At 4 the other one has been idle for 4 h, the first
    # taken for 2 h (pins) and 3 h (rods). At 8: right since 2, left since 5; upper since 1, lower since 6. At 12: left
    # since 5, right since 10; lower since 6, upper since 9.
    rows = [
        row for row in told(twin, load_park(PARK)).trace if row[0].startswith(("pins/", "rods/")) and row[1] != "come"
    ]
    assert rows == [
        did("pins/1", "right", 0, 2, 1),
        did("rods/1", "upper", 0, 1, 1),
        did("pins/2", "left", 4, 5, 1),
        did("rods/2", "lower", 4, 6, 1),
        did("pins/3", "right", 8, 10, 1),
        did("rods/3", "upper", 8, 9, 1),
        did("pins/4", "left", 12, 13, 1),
        did("rods/4", "lower", 12, 14, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_ways_of_two_steps_on_one_machine(twin: str) -> None:
    """Boxes every hour are loaded (0.5 h) into rig a (2 h; it leaks from 1 to 2) or rig b (3 h), and packed (1 h)."""
    # Box 1: a, loaded at 0, soaked from 0.5, stopped from 1 to 2, done at 3.5. Box 2 at 1: b, loaded until 1.5, soaked
    # until 4.5. Box 3 at 2: both are taken until 3.5: a, loaded until 4, soaked until 6.
    assert told(twin, load_park(PARKS / "ways_on_rig")).trace == [
        did("line/1", "come", 0, 0),
        did("line/1", "load-a", 0, 0.5, 1),
        did("line/1", "soak-a", 0.5, 3.5, 1, work=2),
        did("line/2", "come", 1, 1),
        did("line/2", "load-b", 1, 1.5, 1),
        did("machine/rig-a/1", "leak", 1, 2, 1, during="repair"),
        did("line/2", "soak-b", 1.5, 4.5, 1),
        did("line/3", "come", 2, 2),
        did("line/1", "pack", 3.5, 4.5),
        did("line/3", "load-a", 3.5, 4, 1),
        did("line/3", "soak-a", 4, 6, 1),
        did("line/2", "pack", 4.5, 5.5),
        did("line/3", "pack", 6, 7),
    ]
