"""Traces of stops and closings, told exactly, that were worked out on paper; by both twins."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import did, mended

from aidc_twin.park import Park, load_park

PARKS = Path(__file__).parents[1] / "parks"


def _park(name: str) -> Park:
    return load_park(PARKS / name)


@pytest.mark.parametrize("twin", TWINS)
def test_a_machine_that_is_down_or_closed_keeps_its_unit(twin: str) -> None:
    """A saw (2 h) that keeps its unit until a bay (5 h) takes it, and lets go only while it is up and open."""
    # 2: k1 is cut, and the saw jams until 3; work comes first, and in this instant k1 may still leave: weld 2 to 7.
    # k2 is cut from 3; the seizure at 5 was foreseen before that: it comes first, and the work of which nothing is left
    # ends with the repair at 8. k2 is welded from 8 to 13. k3 is cut from 8 to 10; the saw jams at 3 + 9.5 = 12.5
    # until 13.5, so k3 leaves at 13.5: weld to 18.5. k4 is cut from 13.5 to 15.5. The bay is free at 18.5, but the saw
    # is closed from 18 to 30 (it jams at 23 meanwhile): k4 is welded from 30 to 35.
    trace = told(twin, _park("down_keeps")).trace
    assert [row for row in trace if row[3] == "operation"] == [
        did("k1", "cut", 0, 2, 1),
        did("k1", "weld", 2, 7, 1),
        did("k2", "cut", 3, 8, 1, work=2),
        did("k2", "weld", 8, 13, 1),
        did("k3", "cut", 8, 10, 1),
        did("k3", "weld", 13.5, 18.5, 1),
        did("k4", "cut", 13.5, 15.5, 1),
        did("k4", "weld", 30, 35, 1),
    ]
    assert [row for row in trace if row[3] == "repair"][:4] == [
        mended("saw", "jam", 1, 0, 2, 3),
        mended("saw", "seizure", 1, 0, 5, 8),
        mended("saw", "jam", 1, 1, 12.5, 13.5),
        mended("saw", "jam", 1, 2, 23, 24),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_a_service_that_waits_for_the_end_of_the_work(twin: str) -> None:
    """A bay (4 h) is served (2 h) after 2 and then every 30 open hours of a day from 8 to 16, when its work is done."""
    # Due at 10, in the middle of k3's weld from 8 to 12: the service goes from 12 to 14, then k4. 30 open hours from 14
    # on are 2, three times 8 to 88, and 4 until 108: nobody is there, the service begins at once. The next 30 end
    # at 204, after the week.
    assert told(twin, _park("finish")).trace == [
        did("k1", "weld", 0, 4, 1),
        did("k2", "weld", 4, 8, 1),
        did("k3", "weld", 8, 12, 1),
        mended("bay", "service", 1, 0, 12, 14),
        did("k4", "weld", 14, 18, 1),
        mended("bay", "service", 1, 1, 108, 110),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_breaks_of_people(twin: str) -> None:
    """Two welders (4 h a kit) have a break of 1 h each, due at 5, when they are done with what they are at."""
    # k1 and k2 are welded from 0 to 4, k3 and k4 from 4 to 8. Then the two breaks come before k5.
    assert told(twin, _park("breaks")).trace == [
        did("k1", "weld", 0, 4),
        did("k2", "weld", 0, 4),
        did("k3", "weld", 4, 8),
        did("k4", "weld", 4, 8),
        mended("welders", "break", 1, 0, 8, 9),
        mended("welders", "break", 2, 0, 8, 9),
        did("k5", "weld", 9, 13),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_work_on_a_machine_that_was_kept(twin: str) -> None:
    """A fitter loads a rig (0.5 h, from 0 to 8, not in the last 3.5 h); it tests (3 h) and trips at 2 for 1 h."""
    # k1 is loaded from 0 to 0.5 and tested for 1.5 h until 2, and from 3 for the 1.5 h that are left. At 4.5 no load
    # begins any more: k2 is loaded at 24 and tested from 24.5 to 27.5. k3 is loaded then, before 28.5.
    assert told(twin, _park("on_rig")).trace == [
        did("k1", "load", 0, 0.5, 1),
        did("k1", "test", 0.5, 4.5, 1, work=3),
        mended("rig", "trip", 1, 0, 2, 3),
        did("k2", "load", 24, 24.5, 1),
        did("k2", "test", 24.5, 27.5, 1),
        did("k3", "load", 27.5, 28, 1),
        did("k3", "test", 28, 31, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_work_beside_a_machine_that_was_kept(twin: str) -> None:
    """A kit is loaded on a rig (2 h), wired there (4 h) while it is painted (3 h), and unloaded (1 h).

    The rig trips at 3 for 2 h.
    """
    # k1 is wired for 1 h until the trip, and from 5 for the 3 h that are left; the painter goes on, and k2 waits.
    assert told(twin, _park("beside")).trace == [
        did("k1", "load", 0, 2, 1),
        did("k1", "paint", 2, 5),
        did("k1", "wire", 2, 8, 1, work=4),
        mended("rig", "trip", 1, 0, 3, 5),
        did("k1", "unload", 8, 9, 1),
        did("k2", "load", 9, 11, 1),
        did("k2", "paint", 11, 14),
        did("k2", "wire", 11, 15, 1),
        did("k2", "unload", 15, 16, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_stops_that_are_counted_anew_at_each_opening(twin: str) -> None:
    """A shift from 0 to 8 every day: a break (1 h) after 3 h, not in its last hour; a service (1 h) of the bay after
    7.5 h, which the closing ends; oil (2 h) after 10 h of all shifts, not in the last 3 h of one.
    """
    # The break of 3 leaves k1 with 2 h of its 5; that of 7 is left out, 10 would be after closing: the next is at 27.
    # k2 has done 1.5 h at 7.5, and 2 h more at 26, when the bay is oiled until 28; its welder goes at 27. 1.5 h are
    # left. k3 has done 2 h at 31.5, and ends at 51, before the break. k4 has 1.5 h left on the fourth day. k5 is left
    # at 75 and ends at 79.5, before the service. Oil is due at 54 and then at 80, both times too late in the shift.
    trace = told(twin, _park("breaks_anew")).trace
    assert [row for row in trace if row[3] == "operation"] == [
        did("k1", "weld", 0, 3, 1),
        did("k1", "weld", 4, 6, 1),
        did("k2", "weld", 6, 27, 1, work=3.5),
        did("k2", "weld", 28, 29.5, 1),
        did("k3", "weld", 29.5, 51, 1, work=5),
        did("k4", "weld", 52, 73.5, 1, work=5),
        did("k5", "weld", 73.5, 75, 1),
        did("k5", "weld", 76, 79.5, 1),
    ]
    repairs = [row for row in trace if row[3] == "repair"]
    assert [row for row in repairs if row[1] == "break"][:4] == [
        mended("welders", "break", 1, 0, 3, 4),
        mended("welders", "break", 1, 3, 27, 28),
        mended("welders", "break", 1, 6, 51, 52),
        mended("welders", "break", 1, 9, 75, 76),
    ]
    assert [row for row in repairs if row[1] == "service"] == [
        mended("bay", "service", 1, day, 24 * day + 7.5, 24 * day + 8) for day in range(7)
    ]
    assert [row for row in repairs if row[1] == "oil"][:2] == [
        mended("bay", "oil", 1, 0, 26, 28),
        mended("bay", "oil", 1, 3, 122, 124),
    ]
