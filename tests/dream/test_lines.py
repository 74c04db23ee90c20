"""Lines: queue rules, what is said of nodes and units, ends of runs, and figures against recurrences."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from dream_model import Inexpressible
from made import Node, failing, fixed, machine, model, node, shifts, source, told
from naive_line import Place, Span, failures, run

END = Fraction(200)


def _batch(name: str, units: int, **dates: Any) -> Node:
    return {"_class": "Dream.Batch", "id": name, "name": name, "numberOfUnits": units} | dates


@pytest.mark.parametrize(
    ("rule", "life"),
    [
        # 10, 2 and 5 pieces: as they stand 10, 12, 17; by due date the second, third, first: 2, 7, 17; by order date
        # the third, first, second: 5, 15, 17; by priority the first, third, second: 10, 15, 17.
        ("FIFO", 13),
        ("EDD", 26 / 3),
        ("EOD", 37 / 3),
        ("Priority", 14),
        ("MC-Priority-EDD", 14),
    ],
)
def test_queue_rules(rule: str, life: float, tmp_path: Path) -> None:
    """Three batches wait for a machine that takes 1 for each piece."""
    stock = [_batch("A", 10, dueDate=9, orderDate=2, priority=1), _batch("B", 2, dueDate=3, orderDate=7, priority=3),
             _batch("C", 5, dueDate=5, orderDate=1, priority=2)]  # fmt: skip
    nodes = {
        "Q": node("Queue", capacity=5, schedulingRule=rule, wip=stock),
        "M": node("BatchScrapMachine", processingTime=fixed(1)), "E": node("Exit"),
    }  # fmt: skip
    found = told(model(nodes, "Q M E", -1), tmp_path)["E"]
    assert found == {
        "throughput": [3],
        "lifespan": [life],
        "takt_time": [pytest.approx(17 / 3)],
        "unitsThroughput": [17.0],
    }


def test_units_of_a_source_are_due_at_once(tmp_path: Path) -> None:
    """They have neither date nor priority, and go before starting stock that has one."""
    # The second batch goes from 0 to 10; batches of one piece are there from 1.5, 5.5 and 9.5 on: done at 11, 12, 13;
    # then the first batch until 23. The end is at 20.
    nodes = {
        "S": node("BatchSource", interArrivalTime=fixed(4), batchNumberOfUnits=1, entity="Dream.Batch"),
        "F": machine(1.5), "M": node("BatchScrapMachine", processingTime=fixed(1)), "E": node("Exit"),
        "Q": node("Queue", capacity=9, schedulingRule="EDD",
                  wip=[_batch("A", 10, dueDate=5), _batch("B", 10, dueDate=3)]),
    }  # fmt: skip
    found = told(model(nodes, "S F Q M E", 20), tmp_path)["E"]
    assert found == {"throughput": [4], "lifespan": [8.5], "takt_time": [3.25], "unitsThroughput": [13.0]}


@pytest.mark.parametrize(
    ("rule", "ways", "reason"),
    [
        ("SPT", "S Q M E", "queue rule SPT in a Queue on a line"),
        ("WINQ", "S Q M E", "queue rule WINQ"),
        ("EDD", "S Q M E, S2 F M", "different queue rules"),
    ],
)
def test_rules_that_cannot_be_told(rule: str, ways: str, reason: str, tmp_path: Path) -> None:
    """Rules that look at routes, and a station that takes units from places with different rules."""
    nodes = {"S": source(2), "Q": node("Queue", schedulingRule=rule), "M": machine(1), "E": node("Exit")}
    if "S2" in ways:
        nodes |= {"S2": source(3), "F": machine(1)}
    with pytest.raises(Inexpressible, match=reason):
        told(model(nodes, ways, 20), tmp_path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"M": {"capacity": 2}}, "a Machine for several units"),
        ({"M": {"controllerId": "C"}}, "controllerId of a Machine"),
        ({"M": {"failures": {"MTTF": 3}}}, "words of earlier versions"),
        (
            {"M": {"interruptions": {"failure": {"TTF": fixed(3), "TTR": fixed(1), "offshift": 1}}}},
            "offshift of a failure",
        ),
        ({"M": {"interruptions": {"vacation": {"TTF": fixed(3)}}}}, "vacation of a Machine"),
        ({"Q": {"wip": [{"_class": "Dream.Part", "id": "P", "colour": "red"}]}}, "colour of a Part"),
        ({"Q": {"interruptions": failing(3, 1)}}, "interruptions of a Queue"),
        ({"S": {"interruptions": shifts([0, 3])}}, "interruptions of a Source"),
        ({"E": {"cancelCondition": {"reason": "empty"}}}, "ends when nothing is left, with sources"),
        ({"S": {"interArrivalTime": fixed(0)}}, "come all|come at once"),
    ],
)
def test_what_is_not_read_is_refused(changes: dict[str, Node], reason: str, tmp_path: Path) -> None:
    """No property that might mean something is passed over."""
    nodes = {"S": source(2), "Q": node("Queue"), "M": machine(1), "E": node("Exit")}
    for name, change in changes.items():
        nodes[name] = nodes[name] | change
    with pytest.raises(Inexpressible, match=reason):
        told(model(nodes, "S Q M E", 20), tmp_path)


def test_a_run_that_ends_when_nothing_is_left(tmp_path: Path) -> None:
    """Shares are those of the time until the last unit left."""
    stock = [{"_class": "Dream.Part", "id": f"P{i}"} for i in range(3)]
    nodes = {
        "Q": node("Queue", capacity=3, wip=stock), "M": machine(2), "N": machine(1),
        "E": node("Exit", cancelCondition={"reason": "empty"}),
    }  # fmt: skip
    found = told(model(nodes, "Q M N E", 100), tmp_path)
    assert found["E"] == {"throughput": [3], "lifespan": [5.0], "takt_time": [pytest.approx(7 / 3)]}
    assert found["M"]["working_ratio"] == [pytest.approx(600 / 7)]
    assert found["N"]["waiting_ratio"] == [pytest.approx(400 / 7)]


def test_parts_of_batches_that_leave_by_themselves(tmp_path: Path) -> None:
    """A batch is split, and nothing puts it together again; a part has been in the system as long as its batch."""
    # The batch of 0 is split until 1; its parts are worked on from 1 to 3 and 3 to 5. That of 10: until 13 and 15. The
    # end is at 14. Of each part of two pieces one is scrapped.
    nodes = {
        "S": node("BatchSource", interArrivalTime=fixed(10), batchNumberOfUnits=4, entity="Dream.Batch"),
        "Q": node("Queue", capacity=-1), "D": node("BatchDecomposition", processingTime=fixed(1), numberOfSubBatches=2),
        "M": node("BatchScrapMachine", processingTime=fixed(1), scrapQuantity=fixed(1)), "E": node("Exit"),
    }  # fmt: skip
    found = told(model(nodes, "S Q D M E", 14), tmp_path)
    assert found["E"]["throughput"] == [3]
    assert found["E"]["lifespan"] == [pytest.approx(11 / 3)]
    assert found["E"]["takt_time"] == [pytest.approx(13 / 3)]
    assert found["M"]["working_ratio"] == [pytest.approx(100 * 7 / 14)]
    assert "unitsThroughput" not in found["E"]


# ------------------------------------------------------------------------------------------------------- recurrences


def _drawn(seed: int) -> tuple[dict[str, Node], str, list[Place], Fraction]:
    """A line of one to four stations, some with a buffer before them, some that fail or have shifts."""
    draw = random.Random(seed)
    interval = Fraction(draw.randint(2, 16), 4)
    nodes, ways, places = {"S": source(float(interval))}, ["S"], list[Place]()
    for k in range(draw.randint(1, 4)):
        if draw.random() < 0.6:
            places.append(Place(f"Q{k}", draw.randint(1, 3)))
            nodes[f"Q{k}"] = node("Queue", capacity=places[-1].room)
            ways.append(f"Q{k}")
        interruptions, down = _stops(draw)
        places.append(Place(f"M{k}", 1, Fraction(draw.randint(1, 16), 4), down))
        nodes[f"M{k}"] = machine(float(places[-1].work or 0), interruptions=interruptions)
        ways.append(f"M{k}")
    return nodes | {"E": node("Exit")}, " ".join([*ways, "E"]), places, interval


def _stops(draw: random.Random) -> tuple[Node, tuple[Span, ...]]:
    """Nothing, failures or shifts, never at a quarter of an hour, with the spans in which the machine is down."""
    kind = draw.choice(["", "", "failure", "shift"])
    if kind == "failure":
        up, down = draw.randint(10, 60) + Fraction(draw.choice([1, 3, 5]), 32), Fraction(draw.randint(1, 8))
        return failing(float(up), float(down)), failures(up, down, END)
    if kind == "shift":
        marks = [Fraction(0)]
        for _ in range(5):
            marks.append(marks[-1] + draw.randint(8, 30) + Fraction(3, 32))
            marks.append(marks[-1] + draw.randint(1, 6) + Fraction(1, 32))
        spans = [[float(a), float(b)] for a, b in zip(marks[:-1:2], marks[1:-1:2], strict=True)]
        off = [*zip(marks[1:-2:2], marks[2:-1:2], strict=True), (marks[-2], Fraction(10**6))]
        return shifts(*spans, finish=0), tuple(off)
    return {}, ()


@pytest.mark.parametrize("seed", range(12))
def test_against_recurrences(seed: int, tmp_path: Path) -> None:
    """Exits, times in the system, work and blocking of drawn lines are those of a reckoning without events."""
    nodes, ways, places, interval = _drawn(seed)
    found, expected = told(model(nodes, ways, float(END)), tmp_path), run(places, interval, END)
    number = len(expected.exits)
    assert number
    assert found["E"]["throughput"] == [number]
    assert found["E"]["lifespan"] == [pytest.approx(float(sum(life for _, life in expected.exits) / number), abs=1e-9)]
    assert found["E"]["takt_time"] == [pytest.approx(float(expected.exits[-1][0] / number), abs=1e-9)]
    for name, share in expected.working.items():
        assert found[name]["working_ratio"] == [pytest.approx(float(100 * share), abs=1e-9)], name
        assert found[name]["blockage_ratio"] == [pytest.approx(float(100 * expected.blocked[name]), abs=1e-9)], name
