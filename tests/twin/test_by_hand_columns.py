"""Parks for one or a few columns each, worked out on paper, told by both twins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from both_twins import TWINS, told
from naive_chance import uniforms
from small_parks import HOUR, did, mended

from aidc_twin.park import Park, load_park

PARKS = Path(__file__).parents[1] / "parks"


def _park(name: str) -> Park:
    return load_park(PARKS / name)


def test_the_draws_of_the_tests_that_fail() -> None:
    """With seed 7, kit by kit: the share that an attempt must not be below to pass."""
    drawn = [[uniforms(7, f"k{kit}", "test", attempt << 8)[1] for attempt in range(3)] for kit in (1, 2, 3)]
    assert [round(u, 3) for u in drawn[0][:2]] == [0.166, 0.705]
    assert [round(u, 3) for u in drawn[1]] == [0.011, 0.422, 0.689]
    assert round(drawn[2][0], 3) == 0.814
    assert drawn[0][1] > 0.7  # and not only when it is rounded


@pytest.mark.parametrize("twin", TWINS)
def test_who_learns_fails_less_often(twin: str) -> None:
    """`fail_learning`, `learned_units` and `rework_unit`: two were made before; n counts those that have passed too."""
    # A test takes 4 h and fails with 0.7 at n = 2. Half as much at n = 4: 4 h * 2 / n, and 0.7 * 2 / n.
    # 0: k1, n = 2: 0.166 < 0.7 fails; 30 min of rework. 4: k2, n = 2: 0.011 fails, rework until 8.5.
    # 8: k1 is due first: 4 h, 0.705 passes, n = 3. 12: k2: 8/3 h until 14 2/3; 0.422 < 1.4/3 = 0.467 fails.
    # 14 2/3: k3, still n = 3: until 17 1/3; 0.814 passes, n = 4. Then k2: 2 h until 19 1/3; 0.689 > 0.35 passes.
    assert told(twin, _park("yield"), 7).trace == [
        did("k1", "test", 0, 4, 1),
        did("k1", "test", 4, 4.5, during="rework"),
        did("k2", "test", 4, 8, 1),
        did("k1", "test", 8, 12, 1, attempt=1),
        did("k2", "test", 8, 8.5, during="rework"),
        did("k2", "test", 12, 44 / 3, 1, attempt=1),
        did("k2", "test", 44 / 3, 44 / 3 + 0.5, attempt=1, during="rework"),
        did("k3", "test", 44 / 3, 52 / 3, 1),
        did("k2", "test", 52 / 3, 58 / 3, 1, attempt=2),
    ]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("beyond", "trimmed", "done"), [("no", ((102, 4.0),), 126), ("yes", ((6, 2.0), (30, 2.0)), 54)]
)
def test_periods_from_six_on(twin: str, beyond: str, trimmed: tuple[tuple[int, float], ...], done: int) -> None:
    """`first_hours`, `beyond_window` and `rank`: ten a day from 6:00; two kits are due nine days before a lid."""
    # The hall holds one kit: of those that are due together painting (8, rank -1) goes before cutting (6).
    # 6: k1 is painted, 2 of 10 are left. They are lost, or the lid has half of the 4 that it needs.
    # 30: k2 is painted; 2 are left again. 54: k1 is cut. 78: k2 is cut. 102: nobody else is left, all 4 for the lid.
    park = _park("window")
    shop = tuple(
        row.model_copy(update={"beyond_window": beyond}) if row.resource == "shop" else row for row in park.resources
    )
    told_of = told(twin, replace(park, resources=shop))
    assert told_of.allotted == sorted(
        (unit, step, hour * HOUR, round(1000 * amount))
        for unit, step, hour, amount in (
            ("k1", "paint", 6, 8.0),
            ("k2", "paint", 30, 8.0),
            ("k1", "cut", 54, 6.0),
            ("k2", "cut", 78, 6.0),
            *(("l1", "trim", hour, amount) for hour, amount in trimmed),
        )
    )
    assert told_of.done == {"k1": 78 * HOUR, "k2": 102 * HOUR, "l1": done * HOUR}


@pytest.mark.parametrize("twin", TWINS)
def test_streams_with_a_priority_and_a_destination(twin: str) -> None:
    """`sources.priority` and `destination`: a bay welds 4 h; boxes come at 0, 3, 6 (slow), 1, 5 (rush), 9 (spare)."""
    # 4: rush/1 (1) before slow/2 (5). 8: rush/2. 12: spare/1 (0, since none is written), then slow/2 and slow/3.
    # Packed in 1 h. To town a day by road, abroad a day by road and two by sea; the spare one stays.
    rows = []
    for unit, start in (("slow/1", 0), ("rush/1", 4), ("rush/2", 8), ("spare/1", 12), ("slow/2", 16), ("slow/3", 20)):
        rows += [did(unit, "weld", start, start + 4, 1), did(unit, "pack", start + 4, start + 5)]
        if not unit.startswith("spare"):
            rows.append(did(unit, "road", start + 5, start + 29))
        if unit.startswith("slow"):
            rows.append(did(unit, "sea", start + 29, start + 77))
    assert told(twin, _park("parcels")).trace == sorted(rows, key=lambda row: (row[4], row))


@pytest.mark.parametrize("twin", TWINS)
def test_lateness_weighs(twin: str) -> None:
    """`sources.weight`: three light parts come at 0, a heavy one and one that weighs nothing at 1; 2 h each, by atc."""
    # 0: light/1. 2: a light one weighs 1/2 * exp(-(10 - 2 - 2) / (2 * 2)) = 0.5 * e^-1.5 = 0.11, the heavy one, due at
    # 11, 5/2 * exp(-7/4) = 0.43, the third 0, though it is late already. 4 and 6: the light ones in turn. 8: the third.
    assert told(twin, _park("weights")).trace == [
        did("light/1", "mill", 0, 2, 1),
        did("heavy/1", "mill", 2, 4, 1),
        did("light/2", "mill", 4, 6, 1),
        did("light/3", "mill", 6, 8, 1),
        did("none/1", "mill", 8, 10, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_more_than_one_is_put_into_stock(twin: str) -> None:
    """`outputs.quantity`: three melts of 2 h bring 3.5 blanks each to the 1.5 that are there; a part takes 3."""
    # 2: 1.5 + 3.5 = 5, one part (2 left). 4: 5.5, one part (2.5 left). 6: 6, two parts at once on the two mills.
    assert told(twin, _park("castings")).trace == [
        did("heat/1", "cast", 0, 2, 1),
        did("heat/2", "cast", 2, 4, 1),
        did("line/1", "mill", 2, 3, 1),
        did("heat/3", "cast", 4, 6, 1),
        did("line/2", "mill", 4, 5, 1),
        did("line/3", "mill", 6, 7, 1),
        did("line/4", "mill", 6, 7, 2),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_an_urgent_step_stops_work_that_begins_anew(twin: str) -> None:
    """`operations.priority` and `preempt = repeat`: parts of priority 5 are formed in 10 h; their check has 1."""
    # 10: line/1 dries for 3 h, line/2 is formed. 13: the check of line/1 stops that after 3 h, and takes 2 h.
    # 15: the forming of line/2 begins anew: until 25; it dries until 28, and is checked until 30.
    assert told(twin, _park("urgent")).trace == [
        did("line/1", "form", 0, 10, 1),
        did("line/1", "dry", 10, 13),
        did("line/2", "form", 10, 13, 1),
        did("line/1", "check", 13, 15, 1),
        did("line/2", "form", 15, 25, 1),
        did("line/2", "dry", 25, 28),
        did("line/2", "check", 28, 30, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_who_is_mended_first(twin: str) -> None:
    """`breakdowns.priority`: a bay stops at 10, a saw at 11; the fitter trims until 13 and mends the saw (1) first."""
    # 0: k1 is welded (12 h), l1 cut (8 h). 8: l1 is trimmed (5 h), l2 cut: 3 h until 11, 5 h are left.
    # 13: the saw, 1 h; l2 goes on from 14 to 19. 14: the bay, 3 h; k1 goes on from 17, 2 h until 19.
    # 19: k1 is due first and is fitted (2 h), then l2 is trimmed. 114 and 117: 100 h after the repairs.
    assert told(twin, _park("menders")).trace == [
        did("k1", "weld", 0, 19, 1, work=12),
        did("l1", "cut", 0, 8, 1),
        did("l1", "trim", 8, 13),
        did("l2", "cut", 8, 19, 1, work=8),
        mended("saw", "blunt", 1, 0, 13, 14),
        mended("bay", "seizure", 1, 0, 14, 17),
        did("k1", "fit", 19, 21),
        did("l2", "trim", 21, 26),
        mended("saw", "blunt", 1, 1, 114, 115),
        mended("bay", "seizure", 1, 1, 117, 120),
    ]
