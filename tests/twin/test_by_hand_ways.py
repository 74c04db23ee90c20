"""Traces of sources, branches, scrap, supply and learning that were worked out on paper, told by both twins."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import HOUR, did

from aidc_twin.park import Park, load_park

PARKS = Path(__file__).parents[1] / "parks"


def _park(name: str) -> Park:
    return load_park(PARKS / name)


@pytest.mark.parametrize("twin", TWINS)
def test_two_streams(twin: str) -> None:
    """One bay (2 h): a part every 4 h from 0, due after 10 h; two parts every 6 h from 1, due after 3 h."""
    # 0: slow 1 until 2. 1: fast 1 and 2 come, due at 4: 2 to 4 and 4 to 6. 4: slow 2 comes, due at 14: 6 to 8.
    # 7: fast 3 and 4 come, due at 10: 8 to 10 and 10 to 12. 8: slow 3 comes, due at 18: 12 to 14.
    assert told(twin, _park("sources")).trace == [
        did("slow/1", "weld", 0, 2, 1),
        did("fast/1", "weld", 2, 4, 1),
        did("fast/2", "weld", 4, 6, 1),
        did("slow/2", "weld", 6, 8, 1),
        did("fast/3", "weld", 8, 10, 1),
        did("fast/4", "weld", 10, 12, 1),
        did("slow/3", "weld", 12, 14, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_patience(twin: str) -> None:
    """A bay (3 h) whose parts leave after 2 h in the queue, and a desk (3 h) whose calls do not wait at all."""
    # Parts come at 0, 1, 2, 3, 4. Part 1: 0 to 3. Part 2 would leave at 3, but then the bay is free: 3 to 6.
    # Part 3 leaves at 4, part 4 at 5. Part 5 would leave at 6, but then the bay is free: 6 to 9.
    # Calls come at 0, 2, 4, 6, 8: those of 2 and 6 find the desk busy until 3 and 7.
    told_of = told(twin, _park("patience"))
    assert told_of.trace == [
        did("line/1", "weld", 0, 3, 1),
        did("phone/1", "talk", 0, 3, 1),
        did("line/2", "weld", 3, 6, 1),
        did("phone/3", "talk", 4, 7, 1),
        did("line/5", "weld", 6, 9, 1),
        did("phone/5", "talk", 8, 11, 1),
    ]
    assert (told_of.scrapped, told_of.lost) == (0, 4)


@pytest.mark.parametrize("twin", TWINS)
def test_branches(twin: str) -> None:
    """From cutting (1 h) a kit jumps to the test (2 h), back to welding (3 h), and ends; parts are scrapped."""
    # Two kits are cut from 0 to 1. The one rig tests k1 from 1 to 3 and k2 from 3 to 5; each is then welded and done:
    # at 3 + 3 = 6 and 5 + 3 = 8. Welding does not wait for cutting a second time, and packing is never reached.
    # Parts are pressed from 0 to 2 and from 3 to 5, scrapped, and not pressed again.
    told_of = told(twin, _park("branches"))
    assert told_of.trace == [
        did("k1", "cut", 0, 1),
        did("k2", "cut", 0, 1),
        did("line/1", "press", 0, 2, 1),
        did("k1", "test", 1, 3, 1),
        did("k1", "weld", 3, 6),
        did("k2", "test", 3, 5, 1),
        did("line/2", "press", 3, 5, 1),
        did("k2", "weld", 5, 8),
    ]
    assert told_of.done == {"k1": 6 * HOUR, "k2": 8 * HOUR}
    assert (told_of.scrapped, told_of.lost) == (2, 0)


@pytest.mark.parametrize("twin", TWINS)
def test_closed_population(twin: str) -> None:
    """Two pallets go round: one dock (20 h), one bay (40 h), and again; a lap counts as an attempt."""
    # Pallet 1: dock 0 to 20, bay 20 to 60. Pallet 2: dock 20 to 40, bay from 60 to 100. Pallet 1: dock 60 to 80, bay
    # 100 to 140. Pallet 2: dock 100 to 120, bay from 140. Pallet 1: dock 140 to 160. The week ends at 168.
    assert told(twin, _park("closed")).trace == [
        did("pallet/1", "load", 0, 20, 1),
        did("pallet/1", "weld", 20, 60, 1),
        did("pallet/2", "load", 20, 40, 1),
        did("pallet/1", "load", 60, 80, 1, attempt=1),
        did("pallet/2", "weld", 60, 100, 1),
        did("pallet/1", "weld", 100, 140, 1, attempt=1),
        did("pallet/2", "load", 100, 120, 1, attempt=1),
        did("pallet/1", "load", 140, 160, 1, attempt=2),
        did("pallet/2", "weld", 140, 180, 1, attempt=1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_two_attempts_at_most(twin: str) -> None:
    """A test (3 h) that always fails, a rework (2 h) beside the rig, which is kept; twice is enough."""
    # Part 1 is tested from 0 to 3, reworked until 5, tested until 8 and scrapped. Part 2 came at 4: 8 to 16 likewise.
    rows = [
        (
            did(f"line/{n}", "test", start, start + 3, 1),
            did(f"line/{n}", "test", start + 3, start + 5, during="rework"),
            did(f"line/{n}", "test", start + 5, start + 8, 1, attempt=1),
        )
        for n, start in ((1, 0), (2, 8))
    ]
    told_of = told(twin, _park("attempts"))
    assert told_of.trace == [row for part in rows for row in part]
    assert told_of.done == {}
    assert (told_of.scrapped, told_of.lost) == (2, 0)


@pytest.mark.parametrize("twin", TWINS)
def test_learning(twin: str) -> None:
    """Welding takes 8 h and half as long with every doubling of the units made, the present one included."""
    # Exponent log2(0.5) = -1: the n-th unit takes 8 / n hours: 8, 4, 8 / 3 and 2, one after the other.
    ends = [8, 12, 12 + 8 / 3, 14 + 8 / 3]
    assert told(twin, _park("learning")).trace == [
        did(f"k{n + 1}", "weld", end - 8 / (n + 1), end, 1) for n, end in enumerate(ends)
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_castings_for_stock(twin: str) -> None:
    """Casting (2 h) a lot of 2 MW takes 1 t of steel and makes 2 blanks; 3 t are kept, with 42 h of lead time."""
    # 0: there is no steel, 3 t are ordered, to come at 42. Lots 1, 2 and 3 are cast from 42, 44 and 46, and each time
    # 1 t is ordered, to come at 84, 86 and 88. Lot 4 waits for the first of these: 84 to 86.
    # Milling (1 h) takes 3 blanks: there are 2 at 44 and 4 at 46.
    told_of = told(twin, _park("outputs"))
    assert told_of.trace == [
        did("c1", "cast", 42, 44, 1),
        did("c2", "cast", 44, 46, 1),
        did("c3", "cast", 46, 48, 1),
        did("k1", "mill", 46, 47),
        did("c4", "cast", 84, 86, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_durations_from_a_list(twin: str) -> None:
    """A list of one value, and three equal samples, leave no choice: 3 h and 2 h."""
    assert told(twin, _park("discrete")).trace == [did("k1", "weld", 0, 3), did("k1", "paint", 3, 5)]
