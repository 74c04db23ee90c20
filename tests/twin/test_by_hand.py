"""Traces of small parks that were worked out on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_twins import compiled
from small_parks import EPOCH, HOUR, kit_park, need

from aidc_twin.park import load_park
from aidc_twin.twin.compile import Policy

PARKS = Path(__file__).parents[1] / "parks"
Hours = tuple[str, str, float, float, float, int]


def worked(name: str, policy: Policy | None = None) -> set[Hours]:
    """Unit, operation, start, end and changeover in hours, and machine, of every row of a park's trace."""
    rows = compiled(load_park(PARKS / name), 1, policy).trace
    assert all(row[2:4] == (0, "operation") for row in rows)
    return {(row[0], row[1], row[4] / HOUR, row[5] / HOUR, row[6] / HOUR, row[8]) for row in rows}


def test_changeovers() -> None:
    """Two bays, three red boxes of 4 h and two blue ones of 6 h; red to blue takes 1 h."""
    # All five boxes wait from 0 on, in the order of the bill of materials: red 1, 2, 3, blue 1, 2.
    # 0: red 1 and red 2 take bays 1 and 2, nothing was made there before, so no changeover: 0 + 4 = 4.
    # 4: red 3 takes bay 1, still red: 4 + 4 = 8. Blue 1 takes bay 2, from red to blue: 4 + 1 + 6 = 11.
    # 8: blue 2 takes bay 1: 8 + 1 + 6 = 15. Then the kit is joined: 15 + 1 = 16.
    assert worked("setups") == {
        ("k1/red/1", "weld", 0, 4, 0, 1),
        ("k1/red/2", "weld", 0, 4, 0, 2),
        ("k1/red/3", "weld", 4, 8, 0, 1),
        ("k1/blue/1", "weld", 4, 11, 1, 2),
        ("k1/blue/2", "weld", 8, 15, 1, 1),
        ("k1", "join", 15, 16, 0, 0),
    }


def test_places_that_are_kept() -> None:
    """Two places are kept from frame to pack, one bay frames (2 h) and packs (1 h), fitting takes 3 h without it."""
    # 0: k1 frames. 2: k2 frames in the second place. 4: the bay is free, but no place for k3.
    # 5: k1 is fitted (2 + 3) and packs until 6, then its place is free: k3 frames from 6 to 8.
    # k2 is fitted at 4 + 3 = 7 but waits for the bay until 8; it is due before k4, so it packs first, until 9.
    # 9: its place goes to k4, which frames until 11. k3 is fitted at 8 + 3 = 11 and packs until 12.
    # k4 is fitted at 11 + 3 = 14 and packs until 15.
    frames = {"k1": 0, "k2": 2, "k3": 6, "k4": 9}
    packs = {"k1": 5, "k2": 8, "k3": 11, "k4": 14}
    assert worked("floor") == {
        *((unit, "frame", start, start + 2, 0, 1) for unit, start in frames.items()),
        *((unit, "fit", start + 2, start + 5, 0, 0) for unit, start in frames.items()),
        *((unit, "pack", start, start + 1, 0, 1) for unit, start in packs.items()),
    }


def test_nights_and_holidays() -> None:
    """Open on weekdays from 8 to 16, Wednesday is a holiday; welding (12 h) pauses, soaking (20 h) runs through."""
    # k1 welds 8 h on Monday and 4 h on Tuesday, until Tuesday 12:00 = 24 + 12 = 36. It soaks at once, through the
    # night and the holiday, until 36 + 20 = 56 (Wednesday 8:00). Packing takes a working day of 8 h: Thursday 8 to 16.
    # k2 welds 4 h on Tuesday from 12:00 and 8 h on Thursday: it ends when the shift does, 3 * 24 + 16 = 88.
    # No soak begins at a closing instant: Friday 8:00 = 104, until 124. It packs on Monday, 7 * 24 + 8 = 176 to 184.
    assert worked("hours") == {
        ("k1", "weld", 8, 36, 0, 1),
        ("k1", "soak", 36, 56, 0, 0),
        ("k1", "pack", 80, 88, 0, 0),
        ("k2", "weld", 36, 88, 0, 1),
        ("k2", "soak", 104, 124, 0, 0),
        ("k2", "pack", 176, 184, 0, 0),
    }


def test_a_higher_shift_level() -> None:
    """With the second level in week 0 the day lasts until 20:00, so that one day welds one kit."""
    # k1 welds on Monday from 8 to 20, k2 on Tuesday from 8 to 20 (32 to 44).
    # The soak of k1 is ready when the day closes: Tuesday 8:00 to Wednesday 4:00 (52); that of k2: Thursday 80 to 100.
    # Packing still takes 8 h, the mean day of the first level: k1 on Thursday 80 to 88; k2 on Friday 104 to 112.
    assert worked("hours", Policy(levels={("day", 0): 2})) == {
        ("k1", "weld", 8, 20, 0, 1),
        ("k1", "soak", 32, 52, 0, 0),
        ("k1", "pack", 80, 88, 0, 0),
        ("k2", "weld", 32, 44, 0, 1),
        ("k2", "soak", 80, 100, 0, 0),
        ("k2", "pack", 104, 112, 0, 0),
    }


def test_weekly_quota_with_a_limit() -> None:
    """Ten chips come every Monday, twenty can be kept, each kit takes ten; orders come on day 27."""
    # The epoch is a Thursday, so quota comes on days 4, 11, 18, 25: 10, 20, and no more than 20.
    # Day 27: two kits take all of it. The others wait for days 32, 39 and 46.
    starts = [27, 27, 32, 39, 46]
    assert worked("quota") == {(f"k{i + 1}", "fit", 24 * day, 24 * day + 6, 0, 0) for i, day in enumerate(starts)}


def test_a_further_quota() -> None:
    """Ten chips a week more from day 12 on: on Mondays from day 18, kept up to what both may keep."""
    # Days 4 and 11: 10 and 20. Days 18 and 25: the first quota is full, the further one makes it 30 and 40.
    # Day 27: four kits take all of it; the last one starts when the next Monday brings twenty.
    policy = Policy(quotas=(("chips", 12 * 24 * HOUR, 10.0),))
    starts = [27, 27, 27, 27, 32]
    assert worked("quota", policy) == {
        (f"k{i + 1}", "fit", 24 * day, 24 * day + 6, 0, 0) for i, day in enumerate(starts)
    }


def test_ships_with_little_room() -> None:
    """Five boxes of one bay (weld 12 h, pack 12 h, a day's road) sail two at a time, every seventh day."""
    # Box i is welded at 0.5 i days, packed at 0.5 i + 0.5, at the quay at 0.5 i + 1.5: days 2, 2.5, 3, 3.5, 4.
    # The first ship left on 2 October, three days before the epoch, so ships leave on days 4, 11 and 18:
    # boxes 1 and 2, 3 and 4, and 5 (at the quay on day 4, but behind the others). Ten days at sea, one of setting.
    rows: set[Hours] = set()
    for i, ship in enumerate((4, 4, 11, 11, 18), start=1):
        box = f"k1/box/{i}"
        rows |= {
            (box, "weld", 12 * (i - 1), 12 * i, 0, 1),
            (box, "pack", 12 * i, 12 * i + 12, 0, 0),
            (box, "road", 12 * i + 12, 12 * i + 36, 0, 0),
            (box, "sea", 24 * ship, 24 * (ship + 10), 0, 0),
            (box, "set", 24 * (ship + 10), 24 * (ship + 11), 0, 0),
        }
    assert worked("ships") == rows | {("k1", "join", 24 * 29, 24 * 30, 0, 0)}


def test_capacity_of_a_day() -> None:
    """A second machine that is rented for one day takes one job, which it may finish afterwards."""
    # 0: k1 takes the bay and k2 the rented one, both until 30 h. The rented one is gone at 24 h, when k2's job ends
    # at 30 h nothing is left of it: k3 and k4 follow each other on what remains, 30 to 60 and 60 to 90.
    park = kit_park(
        {"operation": "weld", "duration": 30},
        orders=4,
        resources=[{"resource": "bay", "kind": "servers"}],
        capacity=[
            {"resource": "bay", "part": "own", "amount": 1},
            {"resource": "bay", "part": "rented", "amount": 1, "end": EPOCH},
        ],
        needs=[need("weld", "bay")],
    )
    assert [row[4:6] for row in compiled(park, 1).trace] == [(h * HOUR, (h + 30) * HOUR) for h in (0, 0, 30, 60)]
    assert compiled(park, 1).peaks == {"bay": 2}


@pytest.mark.parametrize("seed", [1, 2])
def test_money_of_the_markets(seed: int) -> None:
    """Yuan of each rule of the markets park, all orders done; shares are whole millionths, yuan are cut off by unit."""
    # k1: 1.5 MW at home, k2: 2 MW abroad, k3: 1 MW at home. Racks: 2 a MW, so 3, 4 and 2; boxes: 1 a MW, so 2
    # (1.5 and half up), 2 and 1. A rack's share of 7,000,001 yuan a MW: round(1.5 * 7000001) = 10500002 (even) etc.
    posted = compiled(load_park(PARKS / "markets"), seed).posted
    total = {rule: tuple(sum(y[i] for (r, _), y in posted.items() if r == rule) for i in (0, 1)) for rule, _ in posted}
    racks = 10_500_002 + 14_000_002 + 7_000_001
    boxes = [1_500_001, 1_500_000, 2_000_001]  # k1: 3000002 (even) over two; k3: 2000001
    home = sum(yuan * 900_000 // 1_000_000 for yuan in boxes)
    chips = 9 * 8 * 100_000  # of nine racks
    parts = 5 * (50_000 * 333_333 // 1_000_000)  # half a chip for each of five boxes
    abroad = 2 * 2_000_001
    broker = 5 * (800_000 // 100) + 3 * (50_000 // 100)  # racks and boxes at home
    assert total == {
        "racks": (racks, 0),
        "boxes": (home, home),
        "chips_smith": (chips, 0),
        "chips_maker": (parts, 5 * 5_000),
        "export": (abroad, abroad),
        "broker": (broker, 0),
    }
