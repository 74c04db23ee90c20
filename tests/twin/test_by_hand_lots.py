"""Traces of lots on one of several ways, parts that keep to one way, and closings told exactly; by both twins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import did, kit_park, mended, need, servers

from aidc_twin.park import Park, load_park
from aidc_twin.units.quantity import parse_quantity

PARKS = Path(__file__).parents[1] / "parks"


def _leaving(how: str) -> Park:
    """The mill, which is left so."""
    park = load_park(PARKS / "at_once")
    needs = tuple(row.model_copy(update={"leave": how}) if row.leave != "any" else row for row in park.needs)
    return replace(park, needs=needs)


def _closing(how: str) -> Park:
    """The bay that jams, with other work at closing."""
    park = load_park(PARKS / "overtime")
    return replace(park, operations=tuple(row.model_copy(update={"when_closed": how}) for row in park.operations))


@pytest.mark.parametrize("twin", TWINS)
def test_lots_on_two_ways(twin: str) -> None:
    """Cutter a (1 h) cuts three plates, welded in one bay (2 h); cutter b (2 h) three strips for one of two presses."""
    # 0: lot 1 goes to cutter a, which is kept until the last plate is in the bay: at 5. 1: lot 2 goes to cutter b.
    # 3: its strips lie down, so the cutter is free for lot 3. Strip 1 takes press 1 (2.5 h): the others keep to it.
    # 5: press 2 (3 h) is free for lot 3, and cutter a for lot 4. 5.5: press 1 goes on with lot 2, until 10.5.
    # No strip of lots 1 and 4 ever begins, no plate of lots 2 and 3. Whole: 7, 10.5, 14 and 13; then 1 h at the dock.
    lots = [row for row in told(twin, load_park(PARKS / "same_way")).trace if row[1] not in ("come", "lie")]
    assert lots == [
        did("line/1", "cut-a", 0, 1, 1),
        did("line/1/plate/1", "weld", 1, 3, 1),
        did("line/2", "cut-b", 1, 3, 1),
        did("line/1/plate/2", "weld", 3, 5, 1),
        did("line/2/strip/1", "press-1", 3, 5.5, 1),
        did("line/3", "cut-b", 3, 5, 1),
        did("line/1/plate/3", "weld", 5, 7, 1),
        did("line/3/strip/1", "press-2", 5, 8, 1),
        did("line/4", "cut-a", 5, 6, 1),
        did("line/2/strip/2", "press-1", 5.5, 8, 1),
        did("line/1", "ship", 7, 8, 1),
        did("line/1", "whole-a", 7, 7),
        did("line/4/plate/1", "weld", 7, 9, 1),
        did("line/2/strip/3", "press-1", 8, 10.5, 1),
        did("line/3/strip/2", "press-2", 8, 11, 1),
        did("line/4/plate/2", "weld", 9, 11, 1),
        did("line/2", "ship", 10.5, 11.5, 1),
        did("line/2", "whole-b", 10.5, 10.5),
        did("line/3/strip/3", "press-2", 11, 14, 1),
        did("line/4/plate/3", "weld", 11, 13, 1),
        did("line/4", "ship", 13, 14, 1),
        did("line/4", "whole-a", 13, 13),
        did("line/3", "ship", 14, 15, 1),
        did("line/3", "whole-b", 14, 14),
    ]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(("how", "laid"), [("any", 6), ("up", 6), ("at_once", 20)])
def test_a_shelf_that_is_free_a_moment_later(twin: str, how: str, laid: int) -> None:
    """A mill (2 h) from 0 to 6 and from 20 on, one place on a shelf, a drill (4 h)."""
    # 2: part 1 passes the shelf to the drill, until 6. 4: part 2 lies on the shelf. 6: part 3 is milled as the mill
    # closes, and part 2 leaves the shelf. At the very end of the work of part 3 part 2 still lies there.
    assert told(twin, _leaving(how)).trace == sorted(
        [
            did("line/1", "mill", 0, 2, 1),
            did("line/1", "lay", 2, 2),
            did("line/1", "drill", 2, 6, 1),
            did("line/2", "mill", 2, 4, 1),
            did("line/2", "lay", 4, 4),
            did("line/3", "mill", 4, 6, 1),
            did("line/2", "drill", 6, 10, 1),
            did("line/3", "lay", laid, laid),
            did("line/3", "drill", max(laid, 10), max(laid, 10) + 4, 1),
        ],
        key=lambda row: (row[4], row),
    )


@pytest.mark.parametrize("twin", TWINS)
def test_who_comes_first_leaves_at_once(twin: str) -> None:
    """Two mills (2 h) close at 2 with the end of their work; a shelf of two places."""
    park = _leaving("at_once")
    park = replace(
        park,
        capacity=tuple(row.model_copy(update={"amount": parse_quantity("2")}) if row.resource != "drill" else row
                       for row in park.capacity),
        sources=tuple(row.model_copy(update={"units": 2, "most": 1}) for row in park.sources),
        windows=tuple(row.model_copy(update={"closes_hours": 2}) for row in park.windows),
    )  # fmt: skip
    # The shelf has two places, but at the very end of the work of part 2 part 1 waits for one of them.
    assert [row for row in told(twin, park).trace if row[1] != "drill"] == [
        did("line/1", "mill", 0, 2, 1),
        did("line/2", "mill", 0, 2, 2),
        did("line/1", "lay", 2, 2),
        did("line/2", "lay", 20, 20),
    ]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(
    ("how", "ends"), [("finish", (3, 11.5, 14.5)), ("run", (3, 7, 13)), ("suspend", (3, 12, 21))]
)  # fmt: skip
def test_a_jam_after_hours(twin: str, how: str, ends: tuple[float, ...]) -> None:
    """A bay (3 h a part) from 0 to 4, from 10 to 14, from 20 on, jams at 4.5 for an hour."""
    # finish: part 2 would be done at 6; the jam leaves 1.5 h of it, which wait from 5.5 until 10. Part 3 is finished
    # after hours. run: the 1.5 h are done at 7, part 3 from 10. suspend: 1 h until 4, 2 h from 10; 2 h and 1 h.
    starts = (0, 3, 10 if how == "run" else ends[1])
    assert told(twin, _closing(how)).trace == [
        did("line/1", "weld", starts[0], ends[0], 1, work=3),
        did("line/2", "weld", starts[1], ends[1], 1, work=3),
        mended("bay", "jam", 1, 0, 4.5, 5.5),
        did("line/3", "weld", starts[2], ends[2], 1, work=3),
    ]


CALLS = [("idle_longest", (1, 2, 1, 2)), ("idle_longest_last", (2, 1, 2, 1)), ("first_to_call", (2, 1, 1, 2))]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(("choice", "bays"), CALLS)
def test_machines_that_call_for_work(twin: str, choice: str, bays: tuple[int, ...]) -> None:
    """Two bays, open from 0 to 4, 10 to 14, 20 to 24; parts of 2 and 3 h at 0, of 5 h at 6 and 16."""
    # 0: none of the bays has been used; the short part takes the last of them, or the first. It is done at 2, the long
    # one at 3. 10: idle longest is the bay of the short one, but both stopped at 4, so bay 1 calls first. It works
    # until 15, the other one stopped at 14: that calls first at 20.
    park = load_park(PARKS / "calls")
    park = replace(park, resources=tuple(row.model_copy(update={"choice": choice}) for row in park.resources))
    assert told(twin, park).trace == sorted(
        [
            did("a/1", "weld", 0, 2, bays[0]),
            did("b/1", "weld", 0, 3, bays[1]),
            did("c/1", "weld", 10, 15, bays[2]),
            did("c/2", "weld", 20, 25, bays[3]),
        ]
    )


DAY_SHIFT = [{"calendar": "day", "shift": 1, "days": "mon-fri", "start": 420, "end": 780}]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(("choice", "bays"), [("idle_longest_last", (2, 1)), ("first_to_call", (1, 2))])
def test_machines_that_call_at_the_first_opening(twin: str, choice: str, bays: tuple[int, int]) -> None:
    """Two bays are warm (7 h) when the shift opens on Monday at 7, for the first time since Friday; welds wait."""
    # Both bays are left at 7. They stopped then, after the closing on Friday: the lowest calls first.
    park = kit_park(
        {"operation": "warm", "duration": 7},
        {"operation": "weld", "duration": 2, "calendar": "day", "after": ()},
        orders=2,
        calendars=DAY_SHIFT,
        resources=[{"resource": "bay", "kind": "servers", "choice": choice}],
        capacity=[{"resource": "bay", "amount": 2}],
        needs=[need("warm", "bay"), need("weld", "bay")],
    )
    welds = [row for row in told(twin, park).trace if row[1] == "weld"]
    assert welds == [did(f"k{i}", "weld", 7, 9, bay) for i, bay in enumerate(bays, start=1)]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize(("ways", "taken"), [("idle_longest_last", "test"), ("first_to_call", "weld")])
def test_ways_that_call_at_the_first_opening(twin: str, ways: str, taken: str) -> None:
    """A bay and a rig are warm (7 h) when the shift opens on Monday at 7; a kit waits for one of them since 1."""
    # Both are left at 7, and stopped then: the first row calls first.
    park = kit_park(
        {"operation": "warm", "duration": 7},
        {"operation": "heat", "duration": 7, "after": ()},
        {"operation": "come", "duration": 1, "after": (), "ways": ways},
        {"operation": "weld", "duration": 2, "calendar": "day"},
        {"operation": "test", "duration": 2, "calendar": "day", "after": ("come",)},
        calendars=DAY_SHIFT,
        branches=[{"routing": "kit", "operation": "come", "next": way, "share": 0.5} for way in ("weld", "test")],
        needs=[need("warm", "bay"), need("heat", "rig"), need("weld", "bay"), need("test", "rig")],
        **servers("bay", "rig"),
    )
    assert told(twin, park).trace[-1] == did("k1", taken, 7, 9, 1)
