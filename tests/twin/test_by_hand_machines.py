"""Traces of machines, queues and hours that were worked out on paper, told by both twins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import HOUR, did, kit_park, mended, servers

from aidc_twin.park import Park, load_park
from aidc_twin.units.quantity import parse_quantity

PARKS = Path(__file__).parents[1] / "parks"


def _park(name: str) -> Park:
    return load_park(PARKS / name)


@pytest.mark.parametrize("twin", TWINS)
def test_breakdowns_with_one_fitter(twin: str) -> None:
    """Two bays stop after 10 h and 100 h after each repair of 3 h; one fitter mends them and fits (2 h)."""
    # 0: k1 and k2 weld for 12 h on bays 1 and 2. 10: both stop, 2 h of work are left on each.
    # The fitter mends bay 1 from 10 to 13 and bay 2 from 13 to 16. k1 goes on from 13 to 13 + 2 = 15, k2 until 18.
    # 15: k3 welds on bay 1 until 27. k1 is to be fitted, but the fitter is at bay 2 until 16: 16 to 18.
    # k2 is fitted from 18 to 20, k3 from 27 to 29. Both bays are idle when they stop at 13 + 100 and 16 + 100.
    assert told(twin, _park("breakdowns")).trace == [
        did("k1", "weld", 0, 15, 1, work=12),
        did("k2", "weld", 0, 18, 2, work=12),
        mended("bay", "seizure", 1, 0, 10, 13),
        mended("bay", "seizure", 2, 0, 13, 16),
        did("k3", "weld", 15, 27, 1),
        did("k1", "fit", 16, 18),
        did("k2", "fit", 18, 20),
        did("k3", "fit", 27, 29),
        mended("bay", "seizure", 1, 1, 113, 116),
        mended("bay", "seizure", 2, 1, 116, 119),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_a_repair_by_two_fitters_of_three(twin: str) -> None:
    """Each repair takes two of three fitters: the second one waits all the same, the third fitter fits meanwhile."""
    # 10: two fitters mend bay 1 until 13; one is not enough for bay 2, which follows until 16. k1 is fitted at 15 by
    # the one who is free, until 17. All else is as before.
    park = _park("breakdowns")
    two, three = parse_quantity("2"), parse_quantity("3")
    capacity = [row.model_copy(update={"amount": three}) if row.resource == "fitter" else row for row in park.capacity]
    stops = [row.model_copy(update={"crew_amount": two}) for row in park.breakdowns]
    assert told(twin, replace(park, capacity=tuple(capacity), breakdowns=tuple(stops))).trace == [
        did("k1", "weld", 0, 15, 1, work=12),
        did("k2", "weld", 0, 18, 2, work=12),
        mended("bay", "seizure", 1, 0, 10, 13),
        mended("bay", "seizure", 2, 0, 13, 16),
        did("k1", "fit", 15, 17),
        did("k3", "weld", 15, 27, 1),
        did("k2", "fit", 18, 20),
        did("k3", "fit", 27, 29),
        mended("bay", "seizure", 1, 1, 113, 116),
        mended("bay", "seizure", 2, 1, 116, 119),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_breakdowns_by_time_at_work(twin: str) -> None:
    """Open from 8 to 20; a bay stops after 10 h at work and is mended in 2 h, then the work (8 h) begins anew."""
    # k1 welds from 8 to 16: 8 h at work. k2 begins at 16; 2 h later, at 18, the bay stops until 20.
    # k2 begins anew when the bay is up at 20, which is closing time: 8 h from 32 to 40. Then 10 - 8 = 2 h are left.
    # k3 begins at 40 (16:00), the bay stops at 42 until 44 (20:00), k3 begins anew at 56 and ends at 64.
    assert told(twin, _park("breakdowns_busy")).trace == [
        did("k1", "weld", 8, 16, 1),
        did("k2", "weld", 16, 40, 1, work=8),
        mended("bay", "wear", 1, 0, 18, 20),
        did("k3", "weld", 40, 64, 1, work=8),
        mended("bay", "wear", 1, 1, 42, 44),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_a_stop_that_costs_the_unit(twin: str) -> None:
    """Cutting takes 2 h and 2 t of steel, of which there are 6; the bay for welding (6 h) burns at 5 for 1 h."""
    # k1 is cut from 0 to 2 and welded from 2, until it is lost at 5 after 3 h of work. It is cut again from 5 to 7.
    # k2 is cut from 2 to 4 and waits for the bay: it is free at 5 but up at 6, so k2 is welded from 6 to 12.
    # k1's second welding waits until 12 and ends at 18. Three cuts took all the steel.
    told_of = told(twin, _park("lose"))
    assert told_of.trace == [
        did("k1", "cut", 0, 2, 1),
        did("k1", "weld", 2, 5, 1),
        did("k2", "cut", 2, 4, 1),
        did("k1", "cut", 5, 7, 1, attempt=1),
        mended("bay", "fire", 1, 0, 5, 6),
        did("k2", "weld", 6, 12, 1),
        did("k1", "weld", 12, 18, 1, attempt=1),
    ]
    assert told_of.done == {"k1": 18 * HOUR, "k2": 12 * HOUR}


@pytest.mark.parametrize("twin", TWINS)
def test_a_machine_that_comes_back_broken_counts_as_in_use(twin: str) -> None:
    """Bay 1 is down in the state until hour 24; both bays stop at hour 20 and are mended in 6 hours."""
    # 20: bay 2 is down, and bay 1 is not there: one is in use. 24: bay 1 is there, and down until 26: two are in use.
    park = kit_park(
        {"operation": "weld", "duration": 2},
        **servers("bay", count=2),
        breakdowns=[
            {"resource": "bay", "breakdown": "stop", "first_hours": 20, "uptime_hours": 9999, "repair_hours": 6}
        ],
        state_machines=[{"resource": "bay", "machine": 1, "status": "down", "until": "2026-10-06"}],
    )
    told_of = told(twin, park)
    repairs = [mended("bay", "stop", 1, 0, 20, 26), mended("bay", "stop", 2, 0, 20, 26)]
    assert told_of.trace == [did("k1", "weld", 0, 2), *repairs]
    assert told_of.peaks == {"bay": 2}


@pytest.mark.parametrize("twin", TWINS)
def test_maintenance(twin: str) -> None:
    """A bay is served (2 h, from 8 to 16 only) at 8 and then 24 h after each service; welding takes 8 h."""
    # k1 ends at 8, the instant of the service, so it is finished. k2 welds after the service, from 10 to 18, k3 to 26.
    # Then 10 + 24 = 34, 36 + 24 = 60 and 62 + 24 = 86, until 88. 88 + 24 = 112 is 16:00, closing time: the service
    # waits until 128. The last one within the week comes at 130 + 24 = 154.
    assert told(twin, _park("maintenance")).trace == [
        did("k1", "weld", 0, 8, 1),
        mended("bay", "service", 1, 0, 8, 10),
        did("k2", "weld", 10, 18, 1),
        did("k3", "weld", 18, 26, 1),
        *(mended("bay", "service", 1, n, start, start + 2) for n, start in enumerate((34, 60, 86, 128, 154), start=1)),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_blocking(twin: str) -> None:
    """Saw (2 h), one place, bay (5 h) and booth (6 h): a unit stays until what comes next takes it."""
    # k1: cut 0 to 2, through the place at once, weld 2 to 7, paint 7 to 13. k2: cut 2 to 4, in the place from 4 to 7,
    # when k1 leaves the bay: weld 7 to 12. k3: cut 4 to 6, on the saw until the place is free at 7: so k4 is cut from
    # 7 to 9. The booth is busy until 13: k2 stays on the bay, k3 in the place, k4 on the saw.
    # 13: k2 is painted until 19, k3 welded until 18, k4 in the place. 19: k3 is painted until 25, k4 welded until 24.
    assert told(twin, _park("blocking")).trace == [
        did("k1", "cut", 0, 2, 1),
        did("k1", "wait", 2, 2),
        did("k1", "weld", 2, 7, 1),
        did("k2", "cut", 2, 4, 1),
        did("k2", "wait", 4, 4),
        did("k3", "cut", 4, 6, 1),
        did("k1", "paint", 7, 13, 1),
        did("k2", "weld", 7, 12, 1),
        did("k3", "wait", 7, 7),
        did("k4", "cut", 7, 9, 1),
        did("k2", "paint", 13, 19, 1),
        did("k3", "weld", 13, 18, 1),
        did("k4", "wait", 13, 13),
        did("k3", "paint", 19, 25, 1),
        did("k4", "weld", 19, 24, 1),
        did("k4", "paint", 25, 31, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_strict_queue(twin: str) -> None:
    """A crew of three; small jobs (2 h) need one, the big one (4 h) needs all and is due second."""
    # 0: o1 takes one of the crew until 2. o2 is next and needs three, so o3 may not take one of the two that are idle.
    # 2: o2 until 6, then o3 until 8.
    rows = [did("o1", "small", 0, 2), did("o2", "big", 2, 6), did("o3", "small", 6, 8)]
    assert told(twin, _park("strict")).trace == rows


@pytest.mark.parametrize("twin", TWINS)
def test_backfill_queue(twin: str) -> None:
    """The same crew without the strict queue: o3 starts beside o1, since o2 cannot."""
    park = _park("strict")
    easy = replace(park, resources=tuple(row.model_copy(update={"queue": "backfill"}) for row in park.resources))
    rows = [did("o1", "small", 0, 2), did("o3", "small", 0, 2), did("o2", "big", 2, 6)]
    assert told(twin, easy).trace == rows


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("rule", "order"),
    [
        # Jobs a, b, c, d take 10, 20, 5, 30 h and are due on days 9, 5, 7, 6; their priorities are 1, 3, 0, 2,
        # and d weighs a thousandth of the others. All wait from 0 on, in this order.
        ("edd", "bdca"),
        ("fifo", "abcd"),
        ("lifo", "dcba"),
        ("priority", "cadb"),
        ("spt", "cabd"),
        # Due less now over work, at 0: 21.6, 6, 33.6, 4.8, so d. At 30: 18.6, 4.5, 27.6, so b. At 50: a 16.6, c 23.6.
        ("critical_ratio", "dbac"),
        # Weight / work * exp(-slack / 2 works), in millionths, at 0: a 3.4, b 4104, c 0.02, d 5.0, so b.
        # At 20: a 9.1, c 0.12, d 7.0, so a. At 30: c 0.33, d 8.2, so d.
        ("atc", "badc"),
    ],
)
def test_dispatch_rules(twin: str, rule: str, order: str) -> None:
    """One press, four jobs: which goes first by each rule."""
    hours = {"a": 10, "b": 20, "c": 5, "d": 30}
    park = _park("dispatch")
    ruled = replace(park, resources=tuple(row.model_copy(update={"dispatch": rule}) for row in park.resources))
    starts = [sum(hours[job] for job in order[:i]) for i in range(4)]
    rows = [did(f"{job}1", "press", start, start + hours[job], 1) for job, start in zip(order, starts, strict=True)]
    assert told(twin, ruled).trace == rows


@pytest.mark.parametrize("twin", TWINS)
def test_a_rank_beats_the_rule(twin: str) -> None:
    """Priority of a unit and rank of a step go before the rule of the queue: smaller first, whatever else waits."""
    # fifo has the key 0 for a and c; b has -1 and d has 5.
    told_of = told(twin, _park("dispatch"), priority={"b1": 7, "d1": 5}, rank={("b1", "press"): -1})
    assert [row[0] for row in told_of.trace] == ["b1", "a1", "c1", "d1"]


@pytest.mark.parametrize("twin", TWINS)
def test_batches(twin: str) -> None:
    """A part comes every hour, nine in all; the oven (4 h) takes two or three, or what is there after a wait of 6 h."""
    # Part 1 waits for part 2: both from 1 to 5. Meanwhile 3, 4 and 5 came, and 6 comes at 5: the oven takes three,
    # from 5 to 9. 9: parts 6, 7 and 8 until 13. Part 9 came at 8 and waits alone until 8 + 6 = 14.
    batches = {1: (1, 2), 5: (3, 4, 5), 9: (6, 7, 8), 14: (9,)}
    rows = [did(f"line/{n}", "bake", start, start + 4, 1) for start, parts in batches.items() for n in parts]
    assert told(twin, _park("batches")).trace == rows


@pytest.mark.parametrize("twin", TWINS)
def test_windows(twin: str) -> None:
    """Welding (4 h) while the tide is low, from 2 to 5 and every 12 h; painting (3 h) on weekdays from 8 to 16."""
    # k1 welds 3 h from 2 to 5 and 1 h from 14 to 15, k2 2 h from 15 to 17 and 2 h from 26 to 28.
    # Monday is a holiday but for a window from 20 to 22: k1 is painted 2 h then and 1 h on Tuesday, 32 to 33.
    # k2 is painted on Tuesday from 32 to 35.
    assert told(twin, _park("windows")).trace == [
        did("k1", "weld", 2, 15, 1, work=4),
        did("k2", "weld", 15, 28, 1, work=4),
        did("k1", "paint", 20, 33, work=3),
        did("k2", "paint", 32, 35),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_giving_back_for_the_night(twin: str) -> None:
    """Open from 8 to 16; the fitter of a welding (12 h) and the mill of a grinding (10 h) are given back at night."""
    # 8: k1 is welded for 8 h, d1 is ground for 8 h on mill 1. 16: the guard takes the fitter for 20 h until 36,
    # honing takes mill 1 until 36. 32: d1 goes on upon mill 2 for 2 h. k1 waits for the fitter: 36 to 40, the end of
    # the day, so it is finished. It had kept its bay: k2 is welded from 56 to 64 and from 80 to 84.
    assert told(twin, _park("give_back")).trace == [
        did("e1", "dry", 0, 16),
        did("g1", "rest", 0, 9),
        did("d1", "grind", 8, 16, 1),
        did("k1", "weld", 8, 16, 1),
        did("e1", "hone", 16, 36, 1),
        did("g1", "watch", 16, 36),
        did("d1", "grind", 32, 34, 2),
        did("k1", "weld", 36, 40, 1),
        did("k2", "weld", 56, 64, 1),
        did("k2", "weld", 80, 84, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_pins_and_earliest_starts(twin: str) -> None:
    """Two bays, 4 h each: k1 and k3 wait for bay 2, k2 may not begin before 5."""
    # 0: k1 on bay 2; k2 is not yet there, k3 waits for bay 2, so k4 takes bay 1. 4: k3 on bay 2, k5 on bay 1.
    # 5: k2 waits until 8 and takes the lower bay.
    pins = {("k1", "weld"): 2, ("k3", "weld"): 2}
    assert told(twin, _park("pins"), machine=pins, start={("k2", "weld"): 5 * HOUR}).trace == [
        did("k1", "weld", 0, 4, 2),
        did("k4", "weld", 0, 4, 1),
        did("k3", "weld", 4, 8, 2),
        did("k5", "weld", 4, 8, 1),
        did("k2", "weld", 8, 12, 1),
    ]
