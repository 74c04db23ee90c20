"""Maintenance, planned breaks and failures of stations, alone and with people, on lines that are worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from dream_model import Inexpressible
from made import Node, away, failing, kept_up, machine, model, node, shifts, source, told


def _line(every: float, work: float, interruptions: Node, end: float, folder: Path) -> dict[str, Node]:
    nodes = {"S": source(every), "M": machine(work, interruptions=interruptions), "E": node("Exit")}
    return told(model(nodes, "S M E", end), folder)


def _shares(row: Node) -> dict[str, float]:
    """Shares of time that are not 0, in percent."""
    return {name.removesuffix("_ratio"): share for name, (share,) in row.items() if share}


def test_maintenance_waits_for_the_end_of_work(tmp_path: Path) -> None:
    """Due 5 after the last one, it takes 2."""
    # Units of 0, 4, 8, ... are worked on from 0 to 3, and 4 to 7: due at 5, from 7 to 9. 9 to 12, 12 to 15: due at 14,
    # from 15 to 17. 17 to 20, 20 to 23: due at 22, from 23 to 25. The seventh begins at 25; the end is at 26.
    found = _line(4, 3, kept_up(5, 2), 26, tmp_path)
    assert found["E"] == {"throughput": [6], "lifespan": [pytest.approx(20 / 6)], "takt_time": [pytest.approx(23 / 6)]}
    assert _shares(found["M"]) == pytest.approx({"working": 1900 / 26, "failure": 600 / 26, "waiting": 100 / 26})


def test_maintenance_that_is_due_at_the_end_of_work(tmp_path: Path) -> None:
    """It begins before the unit that waits."""
    # Units of 0, 3, 6: 0 to 3; from 3 to 5 maintenance; 5 to 8; from 8 on maintenance. The end is at 9.
    found = _line(3, 3, kept_up(3, 2), 9, tmp_path)
    assert found["E"] == {"throughput": [2], "lifespan": [4.0], "takt_time": [4.0]}
    assert _shares(found["M"]) == pytest.approx({"working": 600 / 9, "failure": 300 / 9})


def test_maintenance_of_an_idle_station(tmp_path: Path) -> None:
    """A unit that comes in the instant in which it is due waits for it."""
    # 3 to 5, 8 to 10, 13 to 15, 18 to 20; units of 0 and 8: 0 to 2, 10 to 12, and 16 to 18.
    found = _line(8, 2, kept_up(3, 2), 20, tmp_path)
    assert found["E"] == {"throughput": [3], "lifespan": [pytest.approx(8 / 3)], "takt_time": [6.0]}
    assert _shares(found["M"]) == pytest.approx({"working": 30.0, "failure": 40.0, "waiting": 30.0})


def test_maintenance_of_a_station_that_is_blocked(tmp_path: Path) -> None:
    """Nobody knows whether it begins with the unit inside."""
    nodes = {"S": source(1), "M": machine(1, interruptions=kept_up(5, 1)), "N": machine(4), "E": node("Exit")}
    with pytest.raises(Inexpressible, match="while a unit waits to leave"):
        told(model(nodes, "S M N E", 20), tmp_path)


@pytest.mark.parametrize(
    ("interruptions", "reason"),
    [
        (kept_up(5, 1) | failing(7, 1), "maintenance of a station that is interrupted"),
        (kept_up(5, 1) | shifts([0, 4]), "maintenance of a station that is interrupted"),
        (away([5, 6]) | failing(7, 1), "planned breaks of a station that is interrupted"),
        (away([5, 6]) | shifts([0, 4]), "shifts and planned breaks"),
        ({"periodicMaintenance": {"TTF": {"Exp": {"mean": 5}}, "TTR": {}}}, "maintenance at random times"),
    ],
)
def test_what_cannot_be_told_together(interruptions: Node, reason: str, tmp_path: Path) -> None:
    """What the translation does not know exactly is refused by name."""
    with pytest.raises(Inexpressible, match=reason):
        _line(4, 3, interruptions, 20, tmp_path)


def test_planned_breaks_of_a_station(tmp_path: Path) -> None:
    """Work stands still, or is finished first, after which the break is shorter."""
    # Units of 0, 4, 8. Left: 0 to 3, 4 to 5 and 9 to 11, 11 to 12. Finished: 0 to 3, 4 to 7, 9 to 12.
    left = _line(4, 3, away([5, 9], finish=0), 12, tmp_path / "left")
    assert left["E"] == {"throughput": [2], "lifespan": [5.0], "takt_time": [5.5]}
    assert _shares(left["M"]) == pytest.approx({"working": 700 / 12, "break": 400 / 12, "waiting": 100 / 12})
    done = _line(4, 3, away([5, 9]), 12, tmp_path / "done")
    assert done["E"] == {"throughput": [2], "lifespan": [3.0], "takt_time": [3.5]}
    assert _shares(done["M"]) == pytest.approx({"working": 900 / 12, "break": 200 / 12, "waiting": 100 / 12})


def test_a_repair_that_never_ends(tmp_path: Path) -> None:
    """A repair that is longer than a park can say is as good as one up to the end of the run."""
    found = _line(4, 3, failing(5, 10000), 20, tmp_path)
    assert found["E"]["throughput"] == [1]
    assert _shares(found["M"]) == pytest.approx({"working": 20.0, "waiting": 5.0, "failure": 75.0})


def test_a_station_that_fails_and_is_served(tmp_path: Path) -> None:
    """Its person has nothing to do meanwhile."""
    # Units of 0, 6, 12: 0 to 3, 6 to 7 and 9 to 11, 12 to 15; it fails from 7 to 9, and from 16 on. The end is at 17.
    nodes = {
        "S": source(6), "M": machine(3, interruptions=failing(7, 2), operationType="Processing"),
        "O": node("Operator"), "E": node("Exit"),
    }  # fmt: skip
    found = told(model(nodes, "S M E, O M", 17), tmp_path)
    assert found["E"] == {"throughput": [3], "lifespan": [pytest.approx(11 / 3)], "takt_time": [5.0]}
    assert _shares(found["M"]) == pytest.approx({"working": 900 / 17, "failure": 300 / 17, "waiting": 500 / 17})
    assert _shares(found["O"]) == pytest.approx({"working": 900 / 17, "waiting": 800 / 17})


def test_a_station_with_two_repairmen(tmp_path: Path) -> None:
    """Which of them comes is not known; they are one repairman with a capacity of 2."""
    nodes = {"S": source(6), "M": machine(3, interruptions=failing(7, 2)), "E": node("Exit")}
    nodes |= {"A": node("Repairman"), "B": node("Repairman")}
    with pytest.raises(Inexpressible, match="several repairmen"):
        told(model(nodes, "S M E, A M, B M", 17), tmp_path)


def test_a_station_that_fails_and_whose_person_has_others(tmp_path: Path) -> None:
    """Whether he goes to another station meanwhile is not known."""
    nodes = {
        "S": source(6), "M": machine(3, interruptions=failing(7, 2), operationType="Processing"),
        "N": machine(1, operationType="Processing"), "O": node("Operator"), "E": node("Exit"),
    }  # fmt: skip
    with pytest.raises(Inexpressible, match="people of several stations"):
        told(model(nodes, "S M N E, O M, O N", 17), tmp_path)


def test_a_pool_of_people(tmp_path: Path) -> None:
    """Two people for two stations: with names, or as places of a pool."""
    # Units of 0, 1, 2, ...: the first is in M from 0 to 2 and in N to 6, the second in M from 2 to 4, blocked until 6,
    # in N to 10, the third in M from 6 to 8, blocked until 10, the fourth in M from 10 on. Nobody waits for a person.
    stations = {
        "S": source(1), "M": machine(2, operationType="Processing"), "N": machine(4, operationType="Processing"),
        "E": node("Exit"),
    }  # fmt: skip
    unnamed = told(model(stations | {"P": node("OperatorPool", capacity=2)}, "S M N E, P M, P N", 12), tmp_path / "a")
    assert unnamed["E"] == {"throughput": [2], "lifespan": [pytest.approx((6 + 9) / 2)], "takt_time": [5.0]}
    assert unnamed["M"]["working_ratio"] == [pytest.approx(100 * 8 / 12)]
    assert unnamed["P_0"]["working_ratio"][0] + unnamed["P_1"]["working_ratio"][0] == pytest.approx(100 * 18 / 12)
    people = {"P": node("OperatorPool", capacity=2), "A": node("Operator"), "B": node("Operator")}
    named = told(model(stations | people, "S M N E, A P, B P, P M, P N", 12), tmp_path / "b")
    assert {**named, "P_0": named["A"], "P_1": named["B"]} == {**unnamed, "A": named["A"], "B": named["B"]}


def test_people_with_the_same_hours(tmp_path: Path) -> None:
    """Both are there from 0 to 4 and from 6 on, and leave their work."""
    # Units of 0 and 5: M 0 to 4 and 6 to 7; the second one from 7 to 12. The end is at 13.
    hours = shifts([0, 4], [6, 20], finish=0)
    nodes = {
        "S": source(5), "M": machine(5, operationType="Processing"), "E": node("Exit"),
        "A": node("Operator", interruptions=hours), "B": node("Operator", interruptions=hours),
    }  # fmt: skip
    found = told(model(nodes, "S M E, A M, B M", 13), tmp_path)
    assert found["E"] == {"throughput": [2], "lifespan": [7.0], "takt_time": [6.0]}
    assert found["M"]["working_ratio"] == [pytest.approx(100 * 11 / 13)]
    assert found["A"]["off_shift_ratio"] == found["B"]["off_shift_ratio"] == [pytest.approx(200 / 13)]
    assert found["A"]["working_ratio"][0] + found["B"]["working_ratio"][0] == pytest.approx(100 * 11 / 13)
