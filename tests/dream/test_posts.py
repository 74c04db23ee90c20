"""People who are allotted to stations: where each has a post of his own there is nothing to choose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dream_model import Inexpressible, Model
from dream_posts import at_posts
from measure import figures
from translate import translate


def _model(folder: Path, changes: dict[str, Any] | None = None, until: int = 25) -> Model:
    """Parts every 2 that are worked on for 1 at each of two stations, by one person each; allotments every 10."""
    fixed = {"Fixed": {"mean": 1}}
    station = {"_class": "Dream.Machine", "processingTime": fixed, "operationType": "MT-Load-Processing"}
    nodes: dict[str, Any] = {
        "S": {"_class": "Dream.Source", "interArrivalTime": {"Fixed": {"mean": 2}}, "entity": "Dream.Part"},
        "M1": dict(station), "Q": {"_class": "Dream.Queue", "capacity": 1}, "M2": dict(station),
        "E": {"_class": "Dream.Exit"}, "O1": {"_class": "Dream.Operator", "skills": ["M1"]},
        "O2": {"_class": "Dream.Operator", "skills": ["M2"]},
        "EV": {"_class": "Dream.EventGenerator", "method": "Dream.ManPyObject.requestAllocation", "start": 0,
               "interval": 10, "stop": -1},
    }  # fmt: skip
    for node, row in (changes or {}).items():
        nodes[node] = nodes[node] | row
    pairs = [("S", "M1"), ("M1", "Q"), ("Q", "M2"), ("M2", "E")]
    edges = {str(i): {"source": a, "destination": b, "data": {}} for i, (a, b) in enumerate(pairs)}
    path = folder / "model.json"
    graph = {"node": nodes, "edge": edges}
    path.write_text(json.dumps({"general": {"maxSimTime": str(until)}, "graph": graph}), encoding="utf-8")
    return Model.read(path)


def test_everybody_has_a_post(tmp_path: Path) -> None:
    """Parts come at 0, 2, ..., 24; each is done 2 later, so 12 have gone by 25; the first station has worked on 13."""
    found = figures(*translate(_model(tmp_path), tmp_path / "park"))
    both = {"O1": "M1", "O2": "M2"}
    assert found["SkilledRouter01"]["solutionList"] == [
        *({"time": tick, "allocation": both} for tick in (0.0, 10.0, 20.0)),
        {"time": 25.0, "allocation": {}},
    ]
    assert (found["E"]["throughput"], found["E"]["lifespan"]) == ([12], [2.0])
    assert found["O1"]["working_ratio"] == [pytest.approx(100 * 13 / 25)]


PAUSE = {"interruptions": {"scheduledBreak": {"breakPattern": [[4, 6]], "endUnfinished": 0}}}


@pytest.mark.parametrize(
    "changes",
    [
        {"O1": {"skills": ["M1", "M2"]}},
        {"O2": {"skills": ["M1"]}},
        {"O2": {"skills": []}},
        {"O1": PAUSE},
        {"M1": {"interruptions": {"failure": {"TTF": {"Fixed": {"mean": 3}}}}}},
        {"M1": {"technology": "laser"}},
        {"Q": {"level": 1}},
    ],
)
def test_where_there_is_something_to_choose(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Two posts for one, two people for one post, a post for nobody, people away beside others, groups of stations."""
    with pytest.raises(Inexpressible, match="by an optimum at given times"):
        at_posts(_model(tmp_path, changes))


def test_people_who_finish_before_they_leave(tmp_path: Path) -> None:
    """When they leave their post then is not known."""
    pause = {"interruptions": {"scheduledBreak": {"breakPattern": [[4, 6]], "endUnfinished": 1}}}
    alone = {"M2": {"operationType": ""}, "O2": {"skills": []}, "O1": pause}
    with pytest.raises(Inexpressible, match="finish their work"):
        at_posts(_model(tmp_path, alone))
