"""Alternative stations that differ: each is a way of its own, and a unit goes to the one that has been idle longest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dream_compare import differences
from dream_lines import Lines
from dream_model import Inexpressible, Model
from measure import figures
from test_dream import CASES
from translate import translate


def _model(folder: Path, end: int, nodes: dict[str, Any], edges: list[tuple[str, str]]) -> Model:
    """A model of some nodes, through its file."""
    graph = {
        "node": nodes,
        "edge": {str(i): {"source": a, "destination": b} for i, (a, b) in enumerate(edges)},
    }
    path = folder / "model.json"
    path.write_text(json.dumps({"general": {"maxSimTime": end}, "graph": graph}), encoding="utf-8")
    return Model.read(path)


def _machine(mean: float, **interruptions: Any) -> dict[str, Any]:
    return {"_class": "Dream.Machine", "processingTime": {"Fixed": {"mean": mean}}, "interruptions": interruptions}


def _source(mean: float) -> dict[str, Any]:
    return {"_class": "Dream.Source", "entity": "Dream.Part", "interArrivalTime": {"Fixed": {"mean": mean}}}


def _told(model: Model, folder: Path) -> dict[str, dict[str, Any]]:
    return figures(*translate(model, folder / "park"))


@pytest.mark.parametrize("name", ["DeliverOnInterruption3", "DeliverOnInterruption4"])
def test_equal_stations_as_ways(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where equal stations are told as ways of their own, the recorded result comes out as well."""
    if not (CASES / f"{name}.json").exists():
        pytest.skip("the models stand beside the repository, in shared/cases/dream")
    monkeypatch.setattr(Lines, "equal", lambda lines, nodes: False)
    park, plan = translate(Model.read(CASES / f"{name}.json"), tmp_path)
    assert any(row.ways == "first_to_call" for row in park.operations)
    recorded = json.loads((CASES / f"{name}.json.result").read_text(encoding="utf-8"))
    assert not differences(figures(park, plan), recorded)


def test_a_fast_and_a_slow_station(tmp_path: Path) -> None:
    """Parts every 2 go to A (3) or B (5, shift from 0 to 8), with a buffer of 2 before them and an exit behind."""
    # 0: all equal and 0, the last: B 0 to 5. 2: A 2 to 5. 4: waits. 5: both are free, left just now, B last: part 3
    # to B, whose work is cut at 8. Then A alone: part 4 from 6 to 9, part 5 until 12, part 6 until 15, part 7 until 18,
    # part 8 from 18; the end is at 20. A works from 2 to 5 and from 6 on.
    shift = {"shiftPattern": [[0, 8]], "endUnfinished": 0}
    nodes = {
        "S": _source(2),
        "Q": {"_class": "Dream.Queue", "capacity": 2},
        "A": _machine(3),
        "B": _machine(5, shift=shift),
        "E": {"_class": "Dream.Exit"},
    }
    edges = [("S", "Q"), ("Q", "A"), ("Q", "B"), ("A", "E"), ("B", "E")]
    told = _told(_model(tmp_path, 20, nodes, edges), tmp_path)
    assert told["E"]["throughput"] == [6]
    assert told["A"]["working_ratio"] == [pytest.approx(100 * 17 / 20)]
    assert told["B"]["working_ratio"] == [pytest.approx(100 * 8 / 20)]
    assert told["B"]["off_shift_ratio"] == [pytest.approx(100 * 12 / 20)]


def test_ways_of_several_stations(tmp_path: Path) -> None:
    """From one station straight to A, which fails, and then C, or to B; both lead to D, before an exit."""
    # Part 1 at 2: both idle since 0, the first: A 2 to 3, C 3 to 4, D 4 to 5. Part 2 at 4: B, idle longest; to 8.5, D
    # to 9.5. Part 3 at 6: A; that fails from 6.5 to 8.5: done at 9, C 9 to 10, D 10 to 11. Part 4 at 8: none is free, F
    # is blocked until 8.5: B 8.5 to 13. Part 5 at 10.5: A 10.5 to 11.5, C 11.5 to 12.5, D 12.5 to 13.5. So B is blocked
    # from 13 to 13.5. Part 6 at 12.5: A 12.5 to 13.5.
    nodes = {
        "S": _source(1),
        "F": _machine(2),
        "A": _machine(1, failure={"TTF": {"Fixed": {"mean": 6.5}}, "TTR": {"Fixed": {"mean": 2}}}),
        "B": _machine(4.5),
        "C": _machine(1),
        "D": _machine(1),
        "E": {"_class": "Dream.Exit"},
    }
    edges = [("S", "F"), ("F", "A"), ("F", "B"), ("A", "C"), ("C", "D"), ("B", "D"), ("D", "E")]
    told = _told(_model(tmp_path, 14, nodes, edges), tmp_path)
    assert told["E"]["throughput"] == [4]
    assert told["E"]["takt_time"] == [pytest.approx(13.5 / 4)]
    assert told["F"]["blockage_ratio"] == [pytest.approx(100 * 0.5 / 14)]
    assert told["B"]["blockage_ratio"] == [pytest.approx(100 * 0.5 / 14)]
    assert told["A"]["failure_ratio"] == [pytest.approx(100 * 2 / 14)]
    assert told["A"]["working_ratio"] == [pytest.approx(100 * 4 / 14)]


@pytest.mark.parametrize("kind", ["Dream.Queue", "Dream.Exit"])
def test_other_alternatives_are_refused(kind: str, tmp_path: Path) -> None:
    """Alternatives that are no stations are not told otherwise than they are."""
    nodes = {"S": _source(2), "A": _machine(3), "B": {"_class": kind, "capacity": 1}, "E": {"_class": "Dream.Exit"}}
    model = _model(tmp_path, 20, nodes, [("S", "A"), ("S", "B"), ("A", "E"), ("B", "E")])
    with pytest.raises(Inexpressible, match="alternative ways by what is free"):
        translate(model, tmp_path / "park")


def test_an_operator_who_is_always_free(tmp_path: Path) -> None:
    """A station whose work is begun in two steps, since one of its own operators is called for it, works as without."""
    nodes = {"S": _source(2), "A": _machine(3), "B": _machine(5), "E": {"_class": "Dream.Exit"}}
    edges = [("S", "A"), ("S", "B"), ("A", "E"), ("B", "E")]
    alone = _told(_model(tmp_path, 40, nodes, edges), tmp_path / "alone")
    nodes["O"] = {"_class": "Dream.Operator", "capacity": 1}
    nodes["A"] = nodes["A"] | {"operationType": "Processing"}
    model = _model(tmp_path, 40, nodes, [*edges, ("O", "A")])
    served = _told(model, tmp_path / "served")
    assert {name: served[name] for name in alone} == alone
    assert served["O"]["working_ratio"] == alone["A"]["working_ratio"]
    assert [row.on for row in translate(model, tmp_path / "again")[0].operations if row.on] == ["A"]
