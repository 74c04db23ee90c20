"""Random times in the words of a park: which, and that their statistics are those of theory."""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest
from dream_model import Inexpressible
from dream_times import drawn
from made import Node, fixed, machine, model, node, source, told


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"Fixed": {"mean": 3}}, ""),
        ({"distributionType": "Fixed", "mean": 3}, ""),
        (None, ""),
        ({"Exp": {"mean": "2.5"}}, "exp(2.5)"),
        ({"distributionType": "Exp", "mean": 2.5}, "exp(2.5)"),
        ({"Uniform": {"min": 1, "max": 3}}, "uniform(1,3)"),
        ({"Triangular": {"min": 1, "mean": 2, "max": 4}}, "tri(1,2,4)"),
        ({"Normal": {"mean": 5, "stdev": 1, "min": 0}}, "normal(5,1)"),
        ({"Gamma": {"shape": 2, "rate": 4}}, "gamma(2,0.5)"),
        # Mean scale × gamma(3) = 6; mean exp(0 + 1/2), cv of exp(1) − 1.
        ({"Weibull": {"shape": 0.5, "scale": 3}}, "weibull(0.5,6)"),
        ({"Lognormal": {"logmean": 0, "logsd": 1}}, "lognormal(1.64872127070013,1.31083249443209)"),
    ],
)
def test_families(given: Any, written: str) -> None:
    """The same family where a park has it."""
    assert drawn(given) == written


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"Cauchy": {"location": 1, "scale": 2}}, "the family Cauchy"),
        ({"Exp": {}}, "the family Exp"),
        ({"Normal": {"mean": 5, "stdev": 1, "min": 2}}, "cut elsewhere"),
        ({"Normal": {"mean": 5, "stdev": 1, "max": 8}}, "cut elsewhere"),
        ({"Exp": {"mean": 1}, "Fixed": {"mean": 2}}, "several distributions"),
    ],
)
def test_families_that_cannot_be_told(given: Any, reason: str) -> None:
    """Families that a park does not have, and those that are cut off."""
    with pytest.raises(Inexpressible, match=reason):
        drawn(given)


def _queue(arrivals: Node, work: Node, folder: Path, end: int = 500, **station: Any) -> dict[str, Node]:
    """One station with a buffer without an end, twelve times."""
    nodes = {
        "S": source(1) | {"interArrivalTime": arrivals}, "Q": node("Queue", capacity=-1),
        "M": machine(1, **station) | {"processingTime": work}, "E": node("Exit"),
    }  # fmt: skip
    return told(model(nodes, "S Q M E", end, numberOfReplications=12), folder)


def _near(values: list[float], true: float) -> bool:
    """Whether a true value lies within three standard errors of the mean of replications that differ."""
    return 0 < abs(mean(values) - true) < 3 * stdev(values) / sqrt(len(values))


@pytest.mark.parametrize(
    ("work", "life"),
    [
        # Load 1/2: mean time in the system of M/M/1 is 1 / (1 − 1/2), of M/D/1 1 + (1/2) / (2 · (1 − 1/2)), of M/G/1
        # with uniform work of mean 1 and second moment 13/12: 1 + (1/2) · (13/12) / (2 · (1 − 1/2)).
        ({"Exp": {"mean": 1}}, 2.0),
        (fixed(1), 1.5),
        ({"Uniform": {"min": 0.5, "max": 1.5}}, 1 + 13 / 24),
    ],
)
def test_one_server_with_random_arrivals(work: Node, life: float, tmp_path: Path) -> None:
    """The time in the system is that of queueing theory, and the machine works half of the time."""
    found = _queue({"Exp": {"mean": 2}}, work, tmp_path)
    assert len(found["E"]["lifespan"]) == 12
    assert _near(found["E"]["lifespan"], life)
    assert _near(found["M"]["working_ratio"], 50)
    assert _near(found["E"]["throughput"], 250)


def test_random_failures(tmp_path: Path) -> None:
    """A machine that is up for 9 and down for 1 on the mean is down a tenth of the time."""
    failure = {"failure": {"TTF": {"Exp": {"mean": 9}}, "TTR": {"Exp": {"mean": 1}}}}
    found = _queue(fixed(2), fixed(1), tmp_path, end=300, interruptions=failure)
    assert _near(found["M"]["failure_ratio"], 10)


def test_replications_of_fixed_times_are_alike(tmp_path: Path) -> None:
    """Each figure has as many values as there are replications."""
    nodes = {"S": source(2), "M": machine(1), "E": node("Exit")}
    found = told(model(nodes, "S M E", 10, numberOfReplications=3), tmp_path)
    assert found["E"]["throughput"] == [5, 5, 5]
    assert found["M"]["working_ratio"] == [50.0, 50.0, 50.0]


@pytest.mark.parametrize(
    ("station", "reason"),
    [
        ({"setupTime": fixed(1)}, "that is set up"),
        ({"scrapQuantity": fixed(1), "_class": "Dream.BatchScrapMachine"}, "random"),
    ],
)
def test_random_work_that_cannot_be_told(station: Node, reason: str, tmp_path: Path) -> None:
    """Work of which parts are told apart, or that is done piece by piece."""
    nodes = {"S": source(2), "M": machine(1) | {"processingTime": {"Exp": {"mean": 1}}} | station, "E": node("Exit")}
    with pytest.raises(Inexpressible, match=reason):
        told(model(nodes, "S M E", 10), tmp_path)
