"""Queue rules of the other simulator: whatever a park's own rules make of them, work goes in the model's order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dream_model import Inexpressible, Model
from dream_rules import criteria
from measure import figures
from translate import translate

JOBS = {
    # time on the machine, then times of later visits to it, setup, priority, due date, order date
    "A": ((4, 1), 0, 2, 90, 3),
    "B": ((2, 3, 3), 0, 1, 80, 4),
    "C": ((3, 10), 0, 2, 90, 1),
    "D": ((1,), 9, 1, 80, 2),
}


def shop(rule: str, jobs: dict[str, Any] = JOBS) -> Model:
    """A buffer before one machine, which a first job keeps until 5; later visits go to a machine for each job."""
    nodes: dict[str, Any] = {
        "Q": {"_class": "Dream.QueueJobShop", "schedulingRule": rule, "capacity": -1, "wip": []},
        "M": {"_class": "Dream.MachineJobShop", "wip": [job("First", (5,), 0, 0, 0, 0)]},
        "E": {"_class": "Dream.ExitJobShop"},
    }
    for name, facts in jobs.items():
        nodes[f"Q{name}"] = {"_class": "Dream.QueueJobShop", "schedulingRule": "FIFO", "capacity": -1}
        nodes[f"M{name}"] = {"_class": "Dream.MachineJobShop"}
        nodes["Q"]["wip"].append(job(name, *facts))
    return Model("made", nodes, [], {"maxSimTime": -1}, [])


def job(name: str, times: tuple[float, ...], setup: float, priority: int, due: int, ordered: int) -> dict[str, Any]:
    """A job with its route; the first one starts in the machine."""
    route: list[dict[str, Any]] = [] if name == "First" else [{"stationIdsList": ["Q"]}]
    for i, hours in enumerate(times):
        if i:
            route.append({"stationIdsList": [f"Q{name}"]})
        step = {"stationIdsList": [f"M{name}" if i else "M"], "processingTime": {"Fixed": {"mean": hours}}}
        route.append(step | ({} if i else {"setupTime": {"Fixed": {"mean": setup}}}))
    route.append({"stationIdsList": ["E"]})
    return {"_class": "Dream.Job", "id": name, "priority": priority, "dueDate": due, "orderDate": ordered,
            "route": route}  # fmt: skip


def order_of(model: Model, folder: Path) -> str:
    """Jobs in the order in which they enter the machine, behind the first."""
    park, plan = translate(model, folder)
    told = figures(park, plan)
    entered = {name: next(row["entranceTime"] for row in told[name]["schedule"] if row["stationId"] == "M")
               for name in JOBS}  # fmt: skip
    return "".join(sorted(entered, key=lambda name: entered[name]))


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        ("FIFO", "ABCD"),
        ("Priority", "BDAC"),
        ("EDD", "BDAC"),
        ("EOD", "CDAB"),
        # Visits ahead: 2, 3, 2, 1.
        ("NumStages", "BACD"),
        # Work ahead, setups not counted: 5, 8, 13, 1.
        ("RPC", "CBAD"),
        # Work of the next visit, setups not counted: 4, 2, 3, 1; with its setup D would be the longest.
        ("LPT", "ACBD"),
        ("SPT", "DBCA"),
        # Due less work ahead: 85, 72, 77, 79.
        ("MS", "BCDA"),
        ("MC-Priority-LPT", "BDAC"),
        ("MC-Priority-SPT", "DBCA"),
        ("MC-EDD-RPC", "BDCA"),
        ("MC-Priority-FIFO-SPT", "BDAC"),
    ],
)
def test_order_by_a_rule(tmp_path: Path, rule: str, order: str) -> None:
    """Four jobs wait for one machine."""
    assert order_of(shop(rule), tmp_path) == order


def test_rules_of_a_park_are_used_where_they_sort_alike(tmp_path: Path) -> None:
    """A rule that no setup disturbs is the park's own; else the steps have priorities."""
    park, _ = translate(shop("MC-Priority-NumStages"), tmp_path / "own")
    press = park.resource("M")
    assert (press.dispatch, press.ties) == ("priority", ("steps_left",))
    park, _ = translate(shop("SPT"), tmp_path / "ranked")
    assert park.resource("M").dispatch == "priority"
    assert {row.priority for row in park.operations} > {0, 1, 2, 3}


@pytest.mark.parametrize("rule", ["WINQ", "MC-Priority-WINQ", "Best"])
def test_unknown_rules_are_named(rule: str) -> None:
    """What a park cannot say is refused with its name."""
    with pytest.raises(Inexpressible, match=rule):
        criteria(rule)
