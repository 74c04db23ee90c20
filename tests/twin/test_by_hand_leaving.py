"""Traces of people who leave their work for a break, worked out on paper; by both twins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import did, mended

from aidc_twin.park import Park, load_park
from aidc_twin.units.quantity import parse_quantity

PARKS = Path(__file__).parents[1] / "parks"


def _park(**changes: dict[str, object]) -> Park:
    """Two welders (4 h a kit) in three bays, with changed breakdowns."""
    park = load_park(PARKS / "breaks_keep")
    rows = tuple(row.model_copy(update=changes.get(row.breakdown, {})) for row in park.breakdowns)
    return replace(park, breakdowns=rows)


FIRST = [
    did("k1", "weld", 0, 4, 1),
    did("k2", "weld", 0, 4, 2),
    did("k3", "weld", 4, 5, 1),
    did("k4", "weld", 4, 5, 2),
    mended("welders", "break", 1, 0, 5, 6),
    mended("welders", "break", 2, 0, 5, 6),
]


@pytest.mark.parametrize("twin", TWINS)
def test_a_repair_does_not_bring_people_back(twin: str) -> None:
    """Both have a break at 5; all bays jam from 5.25 to 5.75."""
    # The kits stay in their bays. 5.75: the bays are up, but nobody is there. 6: k3 and k4 go on for the 3 h left.
    assert told(twin, _park()).trace == [
        *FIRST,
        *(mended("bay", "jam", n, 0, 5.25, 5.75) for n in (1, 2, 3)),
        did("k3", "weld", 6, 9, 1),
        did("k4", "weld", 6, 9, 2),
        did("k5", "weld", 9, 13, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_people_who_are_back_wait_for_a_repair(twin: str) -> None:
    """The bays are down until 7.25: who came back at 6 stands before them."""
    assert told(twin, _park(jam={"repair_hours": parse_quantity("2")})).trace == [
        *FIRST,
        *(mended("bay", "jam", n, 0, 5.25, 7.25) for n in (1, 2, 3)),
        did("k3", "weld", 6, 10.25, 1, work=3),
        did("k4", "weld", 6, 10.25, 2, work=3),
        did("k5", "weld", 10.25, 14.25, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_a_break_at_a_standstill(twin: str) -> None:
    """The bays jam from 4.5 to 7: the breaks at 5 are of those who stand before them."""
    changes = {"first_hours": parse_quantity("4.5"), "repair_hours": parse_quantity("2.5")}
    trace = told(twin, _park(jam=changes)).trace
    assert [row for row in trace if row[0] in ("k3", "k4")] == [
        did("k3", "weld", 4, 5, 1, work=0.5),
        did("k4", "weld", 4, 5, 2, work=0.5),
        did("k3", "weld", 6, 10.5, 1, work=3.5),
        did("k4", "weld", 6, 10.5, 2, work=3.5),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_who_is_free_has_the_break(twin: str) -> None:
    """Two breaks are due at 9, when one of the two welders is free and the other at k5."""
    # k3 and k4 stand still while the bays are jammed and end at 8.5; k5 has 3.5 h left at 9.
    park = _park(**{"break": {"first_hours": parse_quantity("9")}})
    assert [row for row in told(twin, park).trace if row[0] == "k5"] == [
        did("k5", "weld", 8.5, 9, 1),
        did("k5", "weld", 10, 13.5, 1),
    ]
