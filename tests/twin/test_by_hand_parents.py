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


@pytest.mark.parametrize("twin", TWINS)
def test_lots_that_come_apart(twin: str) -> None:
    """Lots come at 0, 1, 2; a splitter (1 h), two saws (2 h), one tray on which two sublots become a lot (2 h)."""
    # Lot 1 is split until 1. Its first sublot takes saw 1 from 1 to 3; the second keeps to it: 3 to 5. Only then, at 3,
    # is the splitter empty: lot 2 until 4. Its sublots: saw 2 from 4 to 6 and from 6 to 8. Lot 3 is split from 6 to 7,
    # its sublots take saw 1 from 7 to 9 and from 9 to 11. The tray has lot 1 from 3 (its first sublot) until 7, when it
    # has been merged from 5 on; then lot 2, whose first sublot waited for it since 6: merged from 8 to 10. The first
    # sublot of lot 3 is laid at 10, the second at 11, the lot is merged until 13.
    assert told(twin, _park("lots")).trace == [
        did("lots/1", "split", 0, 1),
        did("lots/1/sublot/1", "cut", 1, 3, 1),
        did("lots/1/sublot/1", "lay", 3, 3),
        did("lots/1/sublot/2", "cut", 3, 5, 1),
        did("lots/2", "split", 3, 4),
        did("lots/2/sublot/1", "cut", 4, 6, 2),
        did("lots/1", "merge", 5, 7),
        did("lots/1/sublot/2", "lay", 5, 5),
        did("lots/2/sublot/2", "cut", 6, 8, 2),
        did("lots/3", "split", 6, 7),
        did("lots/2/sublot/1", "lay", 7, 7),
        did("lots/3/sublot/1", "cut", 7, 9, 1),
        did("lots/2", "merge", 8, 10),
        did("lots/2/sublot/2", "lay", 8, 8),
        did("lots/3/sublot/2", "cut", 9, 11, 1),
        did("lots/3/sublot/1", "lay", 10, 10),
        did("lots/3", "merge", 11, 13),
        did("lots/3/sublot/2", "lay", 11, 11),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_a_sublot_passes_those_of_another_lot(twin: str) -> None:
    """One saw (1 h) cuts k1's first sublot, both of k2, k1's second; the tray holds those of one lot at a time."""
    # 1: the first sublot of k1 is laid. 2 and 3: those of k2 wait, for the tray has k1. 4: the last one comes behind
    # them and is laid at once; k1 is merged until 5. Then both of k2 are laid, and k2 is merged until 6.
    turns = [("k1", 1), ("k2", 1), ("k2", 2), ("k1", 2)]
    rank = {(f"{lot}/sublot/{n}", "cut"): turn for turn, (lot, n) in enumerate(turns)}
    assert told(twin, _park("trays"), rank=rank).trace == [
        did("k1/sublot/1", "cut", 0, 1, 1),
        did("k1/sublot/1", "lay", 1, 1),
        did("k2/sublot/1", "cut", 1, 2, 1),
        did("k2/sublot/2", "cut", 2, 3, 1),
        did("k1/sublot/2", "cut", 3, 4, 1),
        did("k1", "merge", 4, 5),
        did("k1/sublot/2", "lay", 4, 4),
        did("k2", "merge", 5, 6),
        did("k2/sublot/1", "lay", 5, 5),
        did("k2/sublot/2", "lay", 5, 5),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_lots_that_are_apart_at_the_epoch(twin: str) -> None:
    """At the epoch the tray has k3, and the splitter has k1, one sublot of which is on the saw, half an hour long."""
    # k3 is merged from 0 to 1 and has the tray so long: the first sublot of k1 is laid at 1, not at 0.5. The second one
    # takes the saw from 0.5 to 2.5, and with that the splitter is empty: k2 is split until 1.5, cut from 2.5 to 4.5 and
    # from 4.5 to 6.5. k1 is merged from 2.5 to 3.5, k2 from 6.5 to 7.5.
    assert told(twin, _park("lots_midway")).trace == [
        did("k1/sublot/1", "cut", 0, 0.5, 1),
        did("k3", "merge", 0, 1),
        did("k1/sublot/2", "cut", 0.5, 2.5, 1),
        did("k2", "split", 0.5, 1.5),
        did("k1/sublot/1", "lay", 1, 1),
        did("k1", "merge", 2.5, 3.5),
        did("k1/sublot/2", "lay", 2.5, 2.5),
        did("k2/sublot/1", "cut", 2.5, 4.5, 1),
        did("k2/sublot/1", "lay", 4.5, 4.5),
        did("k2/sublot/2", "cut", 4.5, 6.5, 1),
        did("k2", "merge", 6.5, 7.5),
        did("k2/sublot/2", "lay", 6.5, 6.5),
    ]
