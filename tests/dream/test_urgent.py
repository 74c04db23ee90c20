"""Critical jobs and breaks of people in the other simulator: what they stop; what cannot be said is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dream_model import Inexpressible, Model
from measure import figures
from translate import translate

Node = dict[str, Any]


def job(name: str, way: list[str], times: dict[str, float], *, critical: bool = False) -> Node:
    """A job that goes from node to node."""
    route = [{"stationIdsList": [node], "processingTime": {"Fixed": {"mean": times.get(node, 0)}}} for node in way]
    return {"_class": "Dream.Job", "id": name, "isCritical": str(int(critical)), "route": route}


def shop(*, anew: bool = False, **station: Any) -> Model:
    """Job A is on M2 from 0 for 4, B waits for it; the critical C comes from M1 at 1 and needs M2 for 2."""
    queue: Node = {"_class": "Dream.QueueJobShop", "capacity": -1, "schedulingRule": "FIFO"}
    stops = {"preemption": {"isPreemptive": "1", "resetOnPreemption": str(int(anew))}}
    urgent = job("C", ["Q1", "M1", "Q2", "M2", "E"], {"M1": 1, "M2": 2}, critical=True)
    waiting = [job(name, ["Q2", "M2", "E"], {"M2": 4}) for name in "AB"]
    nodes = {
        "Q1": queue | {"wip": [urgent]}, "Q2": queue | {"wip": waiting}, "M1": {"_class": "Dream.MachineJobShop"},
        "M2": {"_class": "Dream.MachineJobShop"} | stops | station, "E": {"_class": "Dream.ExitJobShop"},
    }  # fmt: skip
    return Model("made", nodes, [], {"maxSimTime": -1}, [])


def visits(told: dict[str, Node], name: str) -> list[tuple[str, float]]:
    """Where a job came, and when."""
    return [(row["stationId"], row["entranceTime"]) for row in told[name]["schedule"]]


@pytest.mark.parametrize(("anew", "end"), [(False, 10), (True, 11)])
def test_a_critical_job_stops_work(tmp_path: Path, anew: bool, end: float) -> None:
    """A has 3 of its 4 left when it is stopped, or all of them, and waits behind B, which came before."""
    told = figures(*translate(shop(anew=anew), tmp_path))
    assert visits(told, "C") == [("Q1", 0), ("M1", 0), ("Q2", 1), ("M2", 1), ("E", 3)]
    assert visits(told, "B") == [("Q2", 0), ("M2", 3), ("E", 7)]
    assert visits(told, "A") == [("Q2", 0), ("M2", 0), ("Q2", 1), ("M2", 7), ("E", end)]
    assert told["M2"]["working_ratio"] == [100.0]
    assert told["M2"]["blockage_ratio"] == [0.0]


def test_work_that_nobody_may_stop(tmp_path: Path) -> None:
    """A critical job is the first in the buffer, and waits for the machine."""
    told = figures(*translate(shop(preemption={}), tmp_path))
    assert visits(told, "C")[-2:] == [("M2", 4), ("E", 6)]
    assert visits(told, "B") == [("Q2", 0), ("M2", 6), ("E", 10)]


def test_stopped_work_that_is_not_begun_again(tmp_path: Path) -> None:
    """At the end of the run A waits in the buffer."""
    model = shop()
    model.general["maxSimTime"] = 5
    told = figures(*translate(model, tmp_path))
    assert visits(told, "A") == [("Q2", 0), ("M2", 0), ("Q2", 1)]
    assert told["M2"]["working_ratio"] == [100.0]


def test_what_cannot_be_said_is_refused(tmp_path: Path) -> None:
    """Rules beside being critical, setups that would count as progress, interruptions, no buffer to go back to."""
    stopped = shop(interruptions={"failure": {"TTF": {"Fixed": {"mean": 9}}, "TTR": {"Fixed": {"mean": 1}}}})
    ruled, setup, straight = shop(), shop(), shop()
    ruled.nodes["Q2"]["schedulingRule"] = "EDD"
    setup.nodes["Q2"]["wip"][0]["route"][1]["setupTime"] = {"Fixed": {"mean": 1}}
    del straight.nodes["Q1"]["wip"][0]["route"][2]
    cases = ((stopped, "interrupted"), (ruled, "rule EDD"), (setup, "setup"), (straight, "where it came from"))
    for i, (model, words) in enumerate(cases):
        with pytest.raises(Inexpressible, match=words):
            translate(model, tmp_path / str(i))


def manned(**station: Any) -> Model:
    """A unit every 6 on a machine (3) with a person who has a break of 2 after every 7."""
    rest = {"break": {"TTB": {"Fixed": {"mean": 7}}, "TTR": {"Fixed": {"mean": 2}}, "endUnfinished": 0}}
    nodes: dict[str, Node] = {
        "S": {"_class": "Dream.Source", "entity": "Dream.Part", "interArrivalTime": {"Fixed": {"mean": 6}}},
        "M": {"_class": "Dream.Machine", "processingTime": {"Fixed": {"mean": 3}},
              "operationType": "MT-Load-Processing"} | station,
        "E": {"_class": "Dream.Exit"}, "O": {"_class": "Dream.Operator", "interruptions": rest},
    }  # fmt: skip
    edges: list[tuple[str, str, Node]] = [("S", "M", {}), ("M", "E", {}), ("O", "M", {})]
    return Model("made", nodes, edges, {"maxSimTime": 12}, [])


def test_a_person_leaves_work_for_a_break(tmp_path: Path) -> None:
    """The second unit is worked on from 6 to 7 and from 9 to 11."""
    told = figures(*translate(manned(), tmp_path))
    assert told["E"]["lifespan"] == [4.0]
    assert told["E"]["takt_time"] == [5.5]
    assert told["M"]["working_ratio"] == [50.0]
    assert (told["O"]["working_ratio"], told["O"]["on_break_ratio"]) == ([50.0], [100 / 6])


def test_a_person_who_loads_for_a_time_is_refused(tmp_path: Path) -> None:
    """Whose hand is at several operations cannot leave between them."""
    with pytest.raises(Inexpressible, match="several operations"):
        translate(manned(loadTime={"Fixed": {"mean": 1}}), tmp_path)
