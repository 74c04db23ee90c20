"""Work that is shared out by period, worked out on paper, told by both twins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import DAY, did, kit_park, make_park, need

from aidc_twin.park import load_park

PARKS = Path(__file__).parents[1] / "parks"
Share = tuple[str, str, int, int]


def shares(unit: str, operation: str, *amounts: tuple[int, float]) -> list[Share]:
    """What a step got, from (day, amount)."""
    return [(unit, operation, day * DAY, round(1000 * amount)) for day, amount in amounts]


@pytest.mark.parametrize("twin", TWINS)
def test_two_shops(twin: str) -> None:
    """Saws with 60 a day for cutting (40), welders with 15 and 30 in turn for welding and painting (20 each)."""
    # Saws: day 0: k1 and k2 are due within 5 days and ask for 80 of 60. k1 can be finished and goes first, k2 gets the
    # other 20. Day 1: k2 gets the 20 that it lacks. k3 may begin after 30 h: day 2, all 40.
    # Welders, day 0: nothing is cut. Day 1: all of k1 is cut and half of k2: 20 and 10, which is what there is. Day 2:
    # nothing, instead of 15. Day 3: k1 is painted (20), k2 lacks 10 of its welding. Day 4: k1 is done; k2 is painted,
    # 15 of 20, and k3, which is due later, gets none. Day 5: k2's last 5, and 20 of the 25 that are left for k3.
    # Day 6: k2 is done; k3 is painted, 15 of 20. Day 7: the last 5; k3 is done at the end.
    told_of = told(twin, load_park(PARKS / "buckets"))
    assert told_of.allotted == [
        *shares("k1", "cut", (0, 40)),
        *shares("k1", "paint", (3, 20)),
        *shares("k1", "weld", (1, 20)),
        *shares("k2", "cut", (0, 20), (1, 20)),
        *shares("k2", "paint", (4, 15), (5, 5)),
        *shares("k2", "weld", (1, 10), (3, 10)),
        *shares("k3", "cut", (2, 40)),
        *shares("k3", "paint", (6, 15), (7, 5)),
        *shares("k3", "weld", (5, 20)),
    ]
    assert told_of.done == {"k1": 4 * DAY, "k2": 6 * DAY, "k3": 8 * DAY}
    # 60 of the saws on day 0, 30 of the welders on days 1 and 3, one kit at a time in the hall
    assert told_of.peaks == {"saws": 60_000, "welders": 30_000, "hall": 6_000}
    assert did("k2", "cut", 24, 48) in told_of.trace


@pytest.mark.parametrize("twin", TWINS)
def test_pro_rata_and_ranks(twin: str) -> None:
    """Ten a day for two kits of 4 and 12 of work, shared by what each asks for; ranks matter where a hall is full."""
    rows = [need("a", "shop", 4), need("b", "shop", 12)]
    shop = {"resource": "shop", "kind": "bucketed", "period_hours": 24}
    tables = {"resources": [shop], "capacity": [{"resource": "shop", "amount": 10}], "needs": rows}
    park = kit_park({"operation": "a", "after": ()}, {"operation": "b", "after": ()}, **tables)
    # Day 0: 10 for 4 + 12: 2.5 and 7.5. Day 1: 1.5 + 4.5 = 6 fit.
    assert told(twin, park).allotted == [
        *shares("k1", "a", (0, 2.5), (1, 1.5)),
        *shares("k1", "b", (0, 7.5), (1, 4.5)),
    ]
    # With a hall that holds one of them, the step of the smaller rank goes first. Day 0: b gets 10 of 12; day 1: b has
    # its 2 and the hall, and 8 of the capacity are lost. Day 2: a.
    rows[1]["rank"] = -1
    rows += [need("a", "hall", 1), need("b", "hall", 1)]
    tables["resources"] = [shop, {"resource": "hall", "kind": "space"}]
    tables["capacity"] = [{"resource": "shop", "amount": 10}, {"resource": "hall", "amount": 1}]
    park = kit_park({"operation": "a", "after": ()}, {"operation": "b", "after": ()}, **tables)
    told_of = told(twin, park)
    assert told_of.allotted == [*shares("k1", "a", (2, 4)), *shares("k1", "b", (0, 10), (1, 2))]
    assert told_of.done == {"k1": 3 * DAY}


@pytest.mark.parametrize("twin", TWINS)
def test_beyond_the_window(twin: str) -> None:
    """What is left after the due dates of the window goes to later ones, or to nobody."""
    # Kits of 6, due on the same day but for k2 (20 days later). Day 0: 10 for k1: 6, then 4 of k2 or none.
    for beyond, later in (("yes", [(0, 4.0), (1, 2.0)]), ("no", [(1, 6.0)])):
        shop = {"resource": "shop", "kind": "bucketed", "period_hours": 24, "window_hours": 24, "beyond_window": beyond}
        park = kit_park(
            {"operation": "a"}, orders=2, needs=[need("a", "shop", 6)], resources=[shop],
            capacity=[{"resource": "shop", "amount": 10}],
        )  # fmt: skip
        late = park.orders[1].model_copy(update={"due": park.orders[1].due.replace(month=12, day=20)})
        park = replace(park, orders=(park.orders[0], late))
        assert told(twin, park).allotted == [*shares("k1", "a", (0, 6)), *shares("k2", "a", *later)]


@pytest.mark.parametrize("twin", TWINS)
def test_room_that_is_made_in_the_same_period(twin: str) -> None:
    """Ten a day; a kit lies on the one place of a rack until it is pressed (4), and is painted there too (8)."""
    # Day 1: painting comes first but finds no place; pressing and packing (10) ask for 14. Pressing can be finished
    # and makes the place free. The 6 that are left are asked for by painting (8) and packing: 2.667 and 3.333.
    # Day 2: 5.333 and 6.667 are left. Painting can be finished; packing gets the other 4.667, on day 3 its last 2.
    shop = {"resource": "shop", "kind": "bucketed", "period_hours": 24, "first_hours": 24, "finish_first": "yes"}
    park = kit_park(
        {"operation": "lie", "duration": 1}, {"operation": "press"}, {"operation": "paint", "after": ()},
        {"operation": "pack", "after": ()},
        resources=[shop, {"resource": "rack", "kind": "space"}],
        capacity=[{"resource": "shop", "amount": 10}, {"resource": "rack", "amount": 1}],
        needs=[
            need("lie", "rack", until="next"), need("paint", "rack"), need("paint", "shop", 8),
            need("press", "shop", 4, rank=1), need("pack", "shop", 10, rank=2),
        ],
    )  # fmt: skip
    assert told(twin, park).allotted == [
        *shares("k1", "pack", (1, 3.333), (2, 4.667), (3, 2)),
        *shares("k1", "paint", (1, 2.667), (2, 5.333)),
        *shares("k1", "press", (1, 4)),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_no_more_than_there_is(twin: str) -> None:
    """Twelve a day, as above but nothing is finished first: who finds room late gets what is left, if anything is."""
    # Day 1: pressing (6) and packing ask; painting (6) comes behind them and finds the place that pressing has left.
    # Packing of 4: 10 are asked for, painting gets 2. Packing of 12: 4 and 8 of the 18 that are asked for are all.
    for pack, packed, painted in ((4, [(1, 4.0)], [(1, 2.0), (2, 4.0)]), (12, [(1, 8.0), (2, 4.0)], [(2, 6.0)])):
        shop = {"resource": "shop", "kind": "bucketed", "period_hours": 24, "first_hours": 24}
        park = kit_park(
            {"operation": "lie", "duration": 1}, {"operation": "press"}, {"operation": "paint", "after": ()},
            {"operation": "pack", "after": ()},
            resources=[shop, {"resource": "rack", "kind": "space"}],
            capacity=[{"resource": "shop", "amount": 12}, {"resource": "rack", "amount": 1}],
            needs=[
                need("lie", "rack", until="next"), need("paint", "rack"), need("paint", "shop", 6, rank=2),
                need("press", "shop", 6), need("pack", "shop", pack, rank=1),
            ],
        )  # fmt: skip
        assert told(twin, park).allotted == [
            *shares("k1", "pack", *packed),
            *shares("k1", "paint", *painted),
            *shares("k1", "press", *([(1, 6)] if pack == 4 else [(1, 4), (2, 2)])),
        ]


@pytest.mark.parametrize("twin", TWINS)
def test_work_at_the_site_waits_for_the_way(twin: str) -> None:
    """Ten a day for setting (10) and painting (8) at the site; half the painting comes from the setting, the rest does
    not.
    """
    # Sawing takes 30 h and the road a day: at the site after 54 h. Day 3: setting (10) and the half of painting (4)
    # that waits for nothing there are asked for: 14 of 10; due at the same time, by rank: 10 and none. Day 4: all
    # of the painting, 8. Though painting begins on what is set so far, it comes after the sawing: not on day 0.
    park = kit_park(
        {"operation": "join", "duration": 1},
        products=[{"product": "box", "kind": "module", "routing": "box", "maker": "maker"}],
        bom=[{"parent": "kit", "item": "box", "quantity": 1, "operation": "join"}],
        legs=[{"destination": "home", "leg": "road", "position": 1, "kind": "delay", "duration_days": 1}],
        overlaps=[{"routing": "box", "operation": "paint", "before": "set", "share": 0.5}],
        resources=[{"resource": "shop", "kind": "bucketed", "period_hours": 24, "finish_first": "yes"}],
        capacity=[{"resource": "shop", "amount": 10}],
        needs=[need("set", "shop", 10, routing="box"), need("paint", "shop", 8, routing="box", rank=1)],
    )
    rows = [
        {"routing": "box", "operation": "saw", "stage": "manufacture", "duration": 30},
        {"routing": "box", "operation": "set", "stage": "site", "after": ("saw",)},
        {"routing": "box", "operation": "paint", "stage": "site", "after": ("saw", "set")},
    ]
    park = replace(park, operations=(*park.operations, *make_park({"operations": rows}).operations))
    assert told(twin, park).allotted == [*shares("k1/box/1", "paint", (4, 8)), *shares("k1/box/1", "set", (3, 10))]
