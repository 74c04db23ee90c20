"""Traces of units that are joined level by level, of faults that are repaired in place, and of cash; by both twins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from both_twins import TWINS, compiled, plain, told
from small_parks import HOUR, did

from aidc_twin.park import load_park
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import run_once

PARKS = Path(__file__).parents[1] / "parks"
MEANS = {"plain": plain, "compiled": compiled}
Starts = list[tuple[str, float]]


@pytest.mark.parametrize("twin", MEANS)
def test_boxes_and_their_pumps(twin: str) -> None:
    """Mean times: plan 56 h, frame 8, fit 3 (one bay), turn 6 (two lathes), bore 1, proof 1, join 48."""
    # A kit of 1.5 MW has 3 boxes, 2 pumps of its own and 5 for the boxes: 2, 2 and 1. Its own are turned at once: those
    # of k1 until 6, of k2 (due later) until 12. 56: the boxes of k1 are released and framed one by one, those of k2
    # wait behind them. 64: frame 1 is done, so its pumps are turned, until 70, and proven at 72. 72: frame 3 has
    # waited since 56, so it goes before fit 1, which waits since 72. 80: fit 1, 83: fit 2. 86: pump 7 is not proven
    # before 88, so the bay frames the first box of k2, until 94. 94: fit 3, 97: all of k1 is joined, until 145.
    # k2 likewise: frame 2 from 97, frame 3 from 105 (since 56, before fit 1, since 102), fit 1 from 113, fit 2 from
    # 116; pump 7 is turned from 113 and proven at 121: fit 3, and all is joined from 124 to 172.
    found = MEANS[twin](load_park(PARKS / "assembly"), 1, means=True)
    starts = {(row[0], row[1]): row[4] / HOUR for row in found.trace}
    bay = [starts[f"{kit}/box/{n}", step] for kit in ("k1", "k2") for step in ("frame", "fit") for n in (1, 2, 3)]
    assert bay == [56, 64, 72, 80, 83, 94, 86, 97, 105, 113, 116, 121]
    turned = [[starts[f"{kit}/pump/{n}", "turn"] for n in range(1, 8)] for kit in ("k1", "k2")]
    assert turned == [[0, 0, 64, 64, 72, 72, 80], [6, 6, 94, 94, 105, 105, 113]]
    assert (starts["k1", "join"], starts["k2", "join"]) == (97, 124)
    assert (found.done["k1"], found.done["k2"]) == (145 * HOUR, 172 * HOUR)
    # A box is worth a third of 1.5 · 1,000,003 yuan, a pump sells for a third of 70,001 (cut to yuan), a kit for half
    # of what its boxes are worth; 172 h lie in the second week.
    assert found.posted == {
        ("boxes", 0): (2 * 1_500_004, 2 * 1_500_004), ("pumps", 0): (14 * 23_333, 14 * 23_333),
        ("kits", 0): (750_002, 750_002), ("kits", 1): (750_002, 750_002),
    }  # fmt: skip


@pytest.mark.parametrize("twin", TWINS)
def test_faults_that_are_repaired_while_the_soak_goes_on(twin: str) -> None:
    """Two rigs soak kits for 24 h; a fault is mended (exp(4)) and soaked again for 6 h meanwhile; rework of 2 h."""
    # Drawn with seed 1, of k1: two faults, at 11.416 and 23.310 h, mended in 1.018 and 4.011 h: the second is over at
    # 33.321. Of k2: six, the last over of which comes at 23.651 h and takes 6.524 h: over at 36.175. Both fail, and
    # are soaked again after a rework (k1 has three faults, over at 33.202; k2 five, over at 31.532). The faults of k3
    # (15.810, 14.888) and k5 are over before the 24 h are, k4 and k6 have none.
    soaks: Starts = [("k1", 33.321), ("k2", 36.175), ("k3", 24), ("k1", 33.202), ("k2", 31.532),
                     ("k4", 24), ("k5", 24), ("k6", 24)]  # fmt: skip
    trace = [row for row in told(twin, load_park(PARKS / "faults")).trace if row[3] == "operation"]
    assert [row[0] for row in trace] == [unit for unit, _ in soaks]
    # three decimals of the hour are told here
    assert [(row[5] - row[4]) / HOUR for row in trace] == pytest.approx([hours for _, hours in soaks], abs=0.001)
    # A rig goes to the next as it is free: k3 when k1 has left it, k1 again on that of k2, and so on.
    ends = [row[5] for row in trace]
    assert [row[4] for row in trace] == [0, 0, ends[0], ends[1], ends[2], ends[3], ends[4], ends[5]]


@pytest.mark.parametrize("twin", TWINS)
def test_cash_from_purchase_to_payment(twin: str) -> None:
    """Of 10 million yuan 6 are bound from the beginning of the purchase (2 h) to the end of the payment (3 h)."""
    # 0: k1 is bought; 4 million are left, so k2 waits until k1 has been paid, at 2 + 5 + 3 = 10.
    found = told(twin, load_park(PARKS / "cash"))
    assert found.trace == [
        did(unit, step, first + start, first + end)
        for unit, first in (("k1", 0), ("k2", 10))
        for step, start, end in (("buy", 0, 2), ("weld", 2, 7), ("pay", 7, 10))
    ]
    assert found.peaks["purse"] == 6_000_000


def _told(twin: str, name: str) -> list[tuple[str, str, float, float, int]]:
    """Unit, operation, start and end in hours, and machine of every row with mean times, in order of start and name."""
    rows = MEANS[twin](load_park(PARKS / name), 1, means=True).trace
    return [(row[0], row[1], round(row[4] / HOUR, 2), round(row[5] / HOUR, 2), row[8]) for row in rows]


@pytest.mark.parametrize("twin", MEANS)
def test_a_crew_that_two_kinds_of_work_share(twin: str) -> None:
    """Five welders: red takes 2 for 5 h, blue 3 for 4.5 h, painting 1 for 3 h; the smaller overtakes the larger."""
    # 0: both reds of k1. 5: blue 1 takes 3, and as blue 2 does not fit, red 1 of k2 the other 2. 9.5: blue 2 (it waits
    # since 0) before the painting of blue 1, which begins at 10, when red 1 is done. 13: red 2 of k2. 14: blue 2 is
    # painted, red 1 of k3 takes 2. 18: blue 1 of k2, 19: red 2 of k3, 22.5: blue 2 of k2; 24: painting of its blue 1.
    # 27: painting of blue 2, blue 1 of k3. 31.5: blue 2 of k3 and the painting of blue 1; 36: the last painting.
    rows = _told(twin, "crew")
    assert {(unit, step): start for unit, step, start, _, _ in rows} == {
        ("k1/red/1", "weld"): 0, ("k1/red/2", "weld"): 0, ("k1/blue/1", "weld"): 5, ("k2/red/1", "weld"): 5,
        ("k1/blue/2", "weld"): 9.5, ("k1/blue/1", "paint"): 10, ("k2/red/2", "weld"): 13, ("k1/blue/2", "paint"): 14,
        ("k3/red/1", "weld"): 14, ("k1", "join"): 17, ("k2/blue/1", "weld"): 18, ("k3/red/2", "weld"): 19,
        ("k2/blue/2", "weld"): 22.5, ("k2/blue/1", "paint"): 24, ("k2/blue/2", "paint"): 27, ("k3/blue/1", "weld"): 27,
        ("k2", "join"): 30, ("k3/blue/1", "paint"): 31.5, ("k3/blue/2", "weld"): 31.5, ("k3/blue/2", "paint"): 36,
        ("k3", "join"): 39,
    }  # fmt: skip


@pytest.mark.parametrize("twin", MEANS)
def test_tests_that_share_power(twin: str) -> None:
    """Of 700.5 kW, 1000.5 on the second day, a soak takes 250.25 for 10 h and the load after it 400 for 5 h."""
    # 0: two soaks, 200 kW are left. 10: the load of k1 leaves room for a soak only. 15: load of k2. 20: load of k3, and
    # soak of k4. 24: 350.25 kW are free, with those that are rented: soak of k5. 25: soak of k6. 30: load of k4. 34: k5
    # is soaked, but 350.25 kW are too few for its load. 35: 1000.5 are free, for two loads.
    soaks = dict(zip(("k1", "k2", "k3", "k4", "k5", "k6"), (0, 0, 10, 20, 24, 25), strict=True))
    loads = dict(zip(soaks, (10, 15, 20, 30, 35, 35), strict=True))
    assert sorted(_told(twin, "power")) == sorted(
        [(unit, "soak", tick, tick + 10, 0) for unit, tick in soaks.items()]
        + [(unit, "load", tick, tick + 5, 0) for unit, tick in loads.items()]
    )


@pytest.mark.parametrize("twin", MEANS)
def test_a_hall_that_opens(twin: str) -> None:
    """A bay of the old hall, two of the new one, most likely from 20 October and 5 days on; welds of 8 days."""
    # The new hall opens after 15 + 5 days, at 480: k4 and k5 need not wait for bay 1, which is free at 576.
    starts = [0, 192, 384, 480, 480, 576, 672, 672]
    bays = [1, 1, 1, 2, 3, 1, 2, 3]
    rows = zip(range(1, 9), starts, bays, strict=True)
    assert _told(twin, "phases") == [(f"k{i}", "weld", tick, tick + 192, bay) for i, tick, bay in rows]


@pytest.mark.parametrize("twin", MEANS)
def test_a_floor_in_the_middle_of_its_work(twin: str) -> None:
    """Bay 1 of three is down; frames (9 h) and packing (2 h) from 6 to 18, tests (17.33 h) at any time; four places."""
    # Under way at 0: the test of box 1 (5.5 h) on bay 2, the frame of box 2 (3 h, from 6) on bay 3, the packing of
    # box 3 (0.5 h, from 6) and the plan of k2 (30 h). 6: box 1 is packed. 9: box 2 is tested on bay 2, without a
    # changeover, and packed when it opens, at 30: joined from 32. 30: box 2 has one place, three boxes of k2 have the
    # others; bay 2 is changed over (3 h) to the frame of the first, bay 3 frames the second until 39 and then the
    # third: 3 h until 42, 6 h from 54. 42: bay 2, changed over (1 h), tests box 2, which came first, until 60.33; bay 3
    # (1 h) from 60 box 1 until 78.33; bay 2 box 3 until 77.67, which is packed at the opening (78), box 1 as it is
    # tested. All is joined then.
    assert _told(twin, "midway") == [
        ("k1/box/1", "test", 0, 5.5, 2),
        ("k1/box/2", "frame", 0, 9, 3),
        ("k1/box/3", "pack", 0, 6.5, 0),
        ("k2", "plan", 0, 30, 0),
        ("k1/box/1", "pack", 6, 8, 0),
        ("k1/box/2", "test", 9, 26.33, 2),
        ("k1/box/2", "pack", 30, 32, 0),
        ("k2/box/1", "frame", 30, 42, 2),
        ("k2/box/2", "frame", 30, 39, 3),
        ("k1", "join", 32, 56, 0),
        ("k2/box/3", "frame", 39, 60, 3),
        ("k2/box/2", "test", 42, 60.33, 2),
        ("k2/box/1", "test", 60, 78.33, 3),
        ("k2/box/2", "pack", 60.33, 62.33, 0),
        ("k2/box/3", "test", 60.33, 77.67, 2),
        ("k2/box/3", "pack", 78, 80, 0),
        ("k2/box/1", "pack", 78.33, 80.33, 0),
        ("k2", "join", 80.33, 104.33, 0),
    ]


@pytest.mark.parametrize("twin", MEANS)
def test_steel_that_must_be_bought(twin: str) -> None:
    """A kit of 2 MW takes 6 t of steel and 1.4 kg of paint; steel comes after 11/3 weeks, paint after one."""
    # k1 has its steel and waits for the paint, bought at 0: 168. 1 t is left, 2.5 t are on their way: k2 and k3 buy
    # 2.5 and 6 t at 0, which come at 616. k9 (1.25 MW) is placed on day 15, its 3.75 t are bought at the beginning of
    # that week, 336, and come at 952.
    starts = [("k1", 168.0), ("k2", 616.0), ("k3", 616.0), ("k9", 952.0)]
    assert _told(twin, "supply") == [(unit, "weld", tick, tick + 10, 0) for unit, tick in starts]


CROWDS = [
    # all five boxes are released with their kit
    ("ships", {"kit": 1, "box": 5}),
    # slow/1 is under way until 77, slow/3 has come at 6; rush/1 until 33, rush/2 has come at 5
    ("parcels", {"source slow": 3, "source rush": 2, "source spare": 1}),
    # slow/1 is welded from 0 to 2, slow/2 comes at 4 and leaves at 8, when slow/3 comes, before it; two fast ones come
    # at 1, the second of which leaves at 6, and two at 7
    ("sources", {"source slow": 1, "source fast": 2}),
]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(("name", "crowds"), CROWDS)
def test_most_units_at_once(twin: str, name: str, crowds: dict[str, int]) -> None:
    """Of each product that is made for orders, and of each source."""
    assert told(twin, load_park(PARKS / name)).crowds == crowds


def test_most_units_of_replications() -> None:
    """Mean, interval and largest of the replications; products and sources that have none are left out."""
    factory = read_factory(load_park(PARKS / "castings"))
    run = run_once(compile_arrays(factory), 1)
    heat = np.arange(len(run.groups)) == len(factory.park.products)
    groups = [np.where(heat[:, None], most, run.groups) for most in (2, 7, 3)]
    rows = SimResult(factory, [replace(run, groups=one) for one in groups]).unit_peaks()
    assert [row[:2] for row in rows] == [("source", "heat"), ("source", "line")]
    _, _, most, largest = rows[0]
    assert (most.mean, largest) == (4, 7)
    assert most.half_width_95 == pytest.approx(4.302653 * (7 / 3) ** 0.5)  # 2, 3, 7: variance 7; t of 2 at 97.5 %
