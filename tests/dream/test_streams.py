"""Units of two sources that go on together and come apart, units that are moved at intervals, and conveyors."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from dream_belts import belt_figures
from dream_model import Inexpressible, Model
from dream_rows import Row
from dream_way import Stop, Way
from measure import Visit, figures
from translate import translate

Nodes = dict[str, Any]
Edges = list[tuple[str, str, str]]


def _model(folder: Path, end: int, nodes: Nodes, edges: Edges) -> Model:
    """A model of some nodes, through its file; edges are for an entity, or for any."""
    rows = {
        str(i): {"source": a, "destination": b, "data": {"entity": entity} if entity else {}}
        for i, (a, b, entity) in enumerate(edges)
    }
    path = folder / "model.json"
    path.write_text(
        json.dumps({"general": {"maxSimTime": end}, "graph": {"node": nodes, "edge": rows}}), encoding="utf-8"
    )
    return Model.read(path)


def _told(model: Model, folder: Path) -> dict[str, dict[str, Any]]:
    return figures(*translate(model, folder / "park"))


def _source(mean: float) -> dict[str, Any]:
    return {"_class": "Dream.Source", "interArrivalTime": {"Fixed": {"mean": mean}}}


def _work(kind: str, mean: float) -> dict[str, Any]:
    return {"_class": f"Dream.{kind}", "processingTime": {"Fixed": {"mean": mean}}, "interruptions": {}}


def _frames() -> tuple[Nodes, Edges]:
    """Frames every 10, parts every 1; they are joined (2), painted (3) and taken apart (1)."""
    nodes: Nodes = {
        "SF": _source(10), "SP": _source(1), "A": _work("Assembly", 2), "M": _work("Machine", 3),
        "D": _work("Dismantle", 1), "EF": {"_class": "Dream.Exit"}, "EP": {"_class": "Dream.Exit"},
    }  # fmt: skip
    edges: Edges = [
        ("SF", "A", "Frame"), ("SP", "A", "Part"), ("A", "M", ""), ("M", "D", ""), ("D", "EF", "Frame"),
        ("D", "EP", "Part"),
    ]  # fmt: skip
    return nodes, edges


def test_frames_carry_parts_of_another_source(tmp_path: Path) -> None:
    """Each part leaves with its own time in the system, where its frame is taken apart."""
    # Frame 1: full at 3, joined at 5, painted at 8, apart at 9: parts of 0, 1, 2, 3. Frame 2 of 10: parts of 4 to 7
    # are there: joined at 12, painted at 15, apart at 16. Frame 3 of 20 is joined at 22, the end is at 23.
    nodes, edges = _frames()
    told = _told(_model(tmp_path, 23, nodes, edges), tmp_path)
    assert told["EF"] == {"throughput": [2], "lifespan": [7.5], "takt_time": [8.0]}
    assert told["EP"]["throughput"] == [8]
    assert told["EP"]["lifespan"] == [pytest.approx((9 + 8 + 7 + 6 + 12 + 11 + 10 + 9) / 8)]
    assert told["A"]["working_ratio"] == [pytest.approx(100 * 6 / 23)]
    assert told["D"]["working_ratio"] == [pytest.approx(100 * 2 / 23)]


@pytest.mark.parametrize(
    ("nodes", "edges", "reason"),
    [
        ({"SQ": _source(1)}, [("SQ", "A", "Part")], "several places from which a Part comes"),
        ({"M2": _work("Machine", 3)}, [("A", "M2", ""), ("M2", "D", "")], "frames that overtake each other"),
        ({"B": _work("Assembly", 1)}, [], "several assemblies on one line"),
        ({"S3": _source(1)}, [], "parts or frames of several sources"),
        ({"SP": _source(1) | {"wip": [{"id": "P0"}]}}, [], "starting stock where units are assembled"),
    ],
)
def test_what_cannot_be_told_of_frames(tmp_path: Path, nodes: Nodes, edges: Edges, reason: str) -> None:
    """What the translation does not know exactly is refused by name."""
    given, lines = _frames()
    with pytest.raises(Inexpressible, match=reason):
        _told(_model(tmp_path, 23, given | nodes, lines + edges), tmp_path)


def test_parts_whose_station_waits_for_the_assembly(tmp_path: Path) -> None:
    """A machine of the parts that an assembly would hold up is refused."""
    nodes, edges = _frames()
    edges = [edge for edge in edges if edge[0] != "SP"]
    edges += [("SP", "MP", ""), ("MP", "A", "Part")]
    with pytest.raises(Inexpressible, match="something else waits for their place"):
        _told(_model(tmp_path, 23, nodes | {"MP": _work("Machine", 1)}, edges), tmp_path)


def _moved(work: float, above: int) -> tuple[Nodes, Edges]:
    """Parts every 2 that are worked on and wait, of which two are moved every 10 if more than so many wait."""
    mover = {"giverId": "Q", "receiverId": "E", "consumption": 2, "safetyStock": above}
    nodes: Nodes = {
        "S": _source(2), "M": _work("Machine", work), "Q": {"_class": "Dream.Queue", "capacity": -1},
        "E": {"_class": "Dream.Exit"},
        "EV": {"_class": "Dream.EventGenerator", "method": "Dream.Globals.moveExcess", "start": 10, "interval": 10,
               "argumentDict": mover},
    }  # fmt: skip
    return nodes, [("S", "M", ""), ("M", "Q", "")]


def test_units_that_are_moved_at_intervals(tmp_path: Path) -> None:
    """Of those that wait so many go to the exit at once."""
    # 10: parts of 0, 2, 4, 6, 8 have come at 1, 3, ...: two go. 20: eight wait, two go: those of 4 and 6.
    nodes, edges = _moved(1, 3)
    assert _told(_model(tmp_path, 25, nodes, edges), tmp_path)["E"] == {
        "throughput": [4],
        "lifespan": [pytest.approx((10 + 8 + 16 + 14) / 4)],
        "takt_time": [5.0],
    }


def test_a_unit_that_comes_in_the_instant_of_a_move(tmp_path: Path) -> None:
    """Whether it counts is not the same here and there: where that makes a difference it is said."""
    nodes, edges = _moved(2, 4)
    with pytest.raises(Inexpressible, match="the very instant of a move"):
        _told(_model(tmp_path, 25, nodes, edges), tmp_path)


@pytest.mark.parametrize(
    ("changes", "edges", "reason"),
    [
        ({"Q": {"_class": "Dream.Queue", "capacity": -1}}, [("Q", "E", "")], "beside others"),
        ({"E": {"_class": "Dream.Queue", "capacity": 5}}, [], "otherwise than from a buffer"),
        ({"S2": _source(1)}, [("S2", "M", "")], "units of several ways"),
    ],
)
def test_what_cannot_be_told_of_moves(tmp_path: Path, changes: Nodes, edges: Edges, reason: str) -> None:
    """What the translation does not know exactly is refused by name."""
    nodes, lines = _moved(1, 3)
    with pytest.raises(Inexpressible, match=reason):
        _told(_model(tmp_path, 25, nodes | changes, lines + edges), tmp_path)


def _belt(work: float, behind: float) -> tuple[Nodes, Edges]:
    """Parts every 5 that are worked on, go over a conveyor of two units' length, and are worked on again."""
    belt = {"_class": "Dream.Conveyer", "length": 2, "speed": 1 / 64}
    nodes: Nodes = {
        "S": _source(5), "M": _work("Machine", work), "C": belt, "N": _work("Machine", behind),
        "E": {"_class": "Dream.Exit"},
    }  # fmt: skip
    return nodes, [("S", "M", ""), ("M", "C", ""), ("C", "N", ""), ("N", "E", "")]


def test_a_conveyor(tmp_path: Path) -> None:
    """What moves, and where there is no room for another unit."""
    # A metre takes 16/15. Parts come on at 1, 6, 11, 16, ... and N takes 9: part 1 from 1 + 32/15 = 47/15 on, part 2
    # from 182/15 on, part 3 from 317/15 on. Part 4 comes on at 16, when 2 is in N, and 3 at the end; part 5 at 21,
    # when three are there: full until N takes part 3 at 21 + 2/15. Then all move, and at 21 + 2/15 + 16/15 the entry
    # is free again. The end is at 22: parts 1, 2 and 3 have moved by two, part 4 by one, all from 21 + 2/15 on.
    nodes, edges = _belt(1, 9)
    told = _told(_model(tmp_path, 22, nodes, edges), tmp_path)["C"]
    assert told["working_ratio"] == [pytest.approx(100 * (3 * 32 + 16 + 13) / 15 / 22)]
    assert told["blockage_ratio"] == [pytest.approx(100 * 2 / 15 / 22)]


@pytest.mark.parametrize(
    ("changes", "edges", "reason"),
    [
        ({"C": {"_class": "Dream.Conveyer", "length": 2.5, "speed": 1}}, [], "no whole number of units"),
        ({"C": {"_class": "Dream.Conveyer", "length": 2, "speed": 0}}, [], "a conveyor that stands still"),
        ({"M2": _work("Machine", 3)}, [("M2", "C", "")], "several entries"),
    ],
)
def test_what_cannot_be_told_of_conveyors(tmp_path: Path, changes: Nodes, edges: Edges, reason: str) -> None:
    """What the translation does not know exactly is refused by name."""
    nodes, lines = _belt(1, 9)
    with pytest.raises(Inexpressible, match=reason):
        _told(_model(tmp_path, 22, nodes | changes, lines + edges), tmp_path)


def _visit(way: Way, entered: int, cleared: int, arrived: int | None) -> Visit:
    """A unit on a conveyor of four units' length: when it came, was out of the way of the next, and at the end."""
    row = Row(Fraction(entered), Fraction(cleared), 0, 0)
    visit = Visit(way, way.stops[0], Fraction(entered), "C", rows=[row])
    visit.finished = None if arrived is None else Fraction(arrived)
    return visit


def test_a_conveyor_that_is_entered_while_its_first_unit_stands() -> None:
    """Room that comes then is not seen by the other simulator: where a unit waited for it, it is said."""
    way = Way("part", [Stop(("C",), "belt", room=4)])
    first, second, third = _visit(way, 0, 1, 4), _visit(way, 9, 10, None), _visit(way, 10, 11, None)
    ready = {id(first): Fraction(0), id(second): Fraction(9), id(third): Fraction(10)}
    figures = belt_figures([first, second, third], Fraction(20), ready)
    assert figures["working_ratio"] == [15.0]
    with pytest.raises(Inexpressible, match="first unit stands at the end"):
        belt_figures([first, second, third], Fraction(20), ready | {id(third): Fraction(19, 2)})
