"""The twin against queueing theory: every case as a park folder, 200 fixed seeds, 95 % intervals by batch means.

The default run has a light case of each kind, of which the truth is reckoned here by hand; `release` runs the whole
file of independent cases, of which docs/queueing.md has the table.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from queueing_cases import FILE, Case, name_of, numbers, read_cases, truths
from queueing_lengths import BATCHES, customers, erlang_b, erlang_c, gap
from queueing_models import model_of
from queueing_parks import random_time
from queueing_runs import SEEDS, run_case, scale_of
from queueing_weeks import Figure

from aidc_twin.park import load_park
from aidc_twin.units.quantity import parse_quantity

CASES = read_cases() if FILE.is_file() else []
absent = pytest.mark.skipif(not CASES, reason="the file of independent cases is not beside the repository")

BY_HAND: list[Case] = [
    # Mean value analysis: one unit waits for nobody, R = 1, X = 1 / (1 + 1), Q = 1/2; of two, R = 1 + 1/2, X = 2 / 2.5
    {"model": "closed N=2 S=[1] V=[1] Z=1", "recomputed": {"X": 0.8, "R": [1.5], "Q": [1.2]}},
    # Jackson: x1 = 1 + x2 / 4 and x2 = x1 / 2, so 8/7 and 4/7; busy 16/35 and 2/5
    {
        "model": "open Jackson S=[.4,.7] P=[[0,.5],[.25,0]] lambda=[1,0]",
        "recomputed": {"X": [8 / 7, 4 / 7], "U": [16 / 35, 0.4], "R": [14 / 19, 7 / 6], "Q": [16 / 19, 2 / 3]},
    },
    # Erlang: 1 + 1 + 1/2 of no, one and two, 1/2 of the third state is waited in, so C = 1/3 and Lq = C
    {"model": "M/M/2", "lam": 1, "mu": 1, "Lq": 1 / 3, "Wq": 1 / 3, "L": 4 / 3},
    # Pollaczek and Khinchine: rho E[S] (1 + SCV) / (2 (1 - rho))
    {"model": "M/G/1", "lam": 0.25, "ES": 2, "SCV": 0, "Wq": 1.0, "W": 3.0, "L": 0.75},
    # Cobham: work left 1/2, over (1 - s) (1 - s') of the loads that go before and before or beside
    {
        "model": "M/M/1 non-preemptive priority", "l1": 0.1, "l2": 0.2, "l3": 0.2, "mu": 1,
        "Wq1": 0.5 / 0.9, "Wq2": 0.5 / (0.9 * 0.7), "Wq3": 0.5 / (0.7 * 0.5),
    },
    # Completion time 1 + 1/5 on average, its square 2 * 1.2 ** 2 + 0.2 * 2 / 2, as M/G/1
    {
        "model": "M/G/1 with operation-dependent exp failures", "lam": 0.4, "mu": 1, "fail": 0.2, "repair": 1,
        "Wq": 0.4 * 3.28 / (2 * 0.52), "W": 0.4 * 3.28 / (2 * 0.52) + 1.2,
    },
    # Flatto and Hahn: (12 - rho) / 8 times the time in one queue
    {"model": "2-server fork-join", "lam": 0.4, "mu": 1, "meanT": 11.6 / 8 / 0.6},
    # More than one of the geometric number in production is owed: rho ** 2 / (1 - rho)
    {"model": "M/M/1 make-to-stock base stock S", "lam": 0.5, "mu": 1, "S": 1, "EBackorders": 0.5, "EInventory": 0.5},
    # 1/2 a² over 1 + a + 1/2 a²
    {"model": "Erlang-B loss", "c": 2, "a": 1, "B": 0.2},
    # Equal machines with a place between them: one of the four numbers of parts from none to three blocks the first
    {
        "model": "saturated exponential serial line, block-after-service", "mu": [1, 1], "buffers": [1],
        "throughput": 0.75,
    },
    # Three equal machines without places: 22/39, from the balance of eight states
    {
        "model": "saturated exponential serial line, block-after-service", "mu": [1, 1, 1], "buffers": [0, 0],
        "throughput": 22 / 39,
    },
    # One place: the machines take turns, each for its completion time 1 + 0.1 / 0.5, at half of the time with a part
    {
        "model": "two unreliable exponential machines (Gershwin-type)", "mu": [1, 1], "p": [0.1, 0.1], "r": [0.5, 0.5],
        "N": 1, "throughput": 1 / 2.4, "mean_level": 0.5,
    },
]  # fmt: skip


def check(case: Case, folder: Path) -> None:
    """Hold a case to the promise."""
    result = run_case(case, folder)
    assert result.verdicts
    missed = [one for one in result.verdicts if not one.holds(len(SEEDS))]
    assert not missed, f"{result.name}: {missed}"


@pytest.mark.parametrize("case", BY_HAND, ids=name_of)
def test_light_cases_by_hand(case: Case, tmp_path: Path) -> None:
    """At least 178 of 200 intervals hold what was reckoned, and the bias is below 1 %."""
    check(case, tmp_path)


@absent
@pytest.mark.release
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_independent_cases(case: Case, tmp_path: Path) -> None:
    """The same for every case of the file."""
    check(case, tmp_path)


@absent
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_independent_cases_are_parks(case: Case, tmp_path: Path) -> None:
    """Every case of the file becomes a folder that passes all checks, and has a length that the tables allow."""
    model = model_of(case)
    batch, hours = scale_of(model)
    park = load_park(model.plant.write(tmp_path, (BATCHES + 1) * batch, hours))
    assert park.sources
    assert truths(case)
    assert hours * model.plant.shortest() * 3600 >= 1


def test_lines_of_numbers() -> None:
    """Lists, matrices, infinite servers and numbers without a leading zero, in a sentence."""
    found = numbers("closed MVA N=20 S=[.125,.3] P=[[0,1], [1,0]] servers=[2,inf] Z=4")
    assert found == {"N": 20, "S": [0.125, 0.3], "P": [[0, 1], [1, 0]], "servers": [2, math.inf], "Z": 4}


def test_unknown_models_are_refused() -> None:
    """A model of another kind has no translation."""
    with pytest.raises(ValueError, match="no translation of 'G/G/1'"):
        model_of({"model": "G/G/1"})


@pytest.mark.parametrize("scv", [0, 0.001, 0.5, 1, 4, 30])
def test_times_have_their_mean_and_spread(scv: float) -> None:
    """Whatever the distribution, mean and squared coefficient of variation are those that were asked for."""
    quantity = parse_quantity(random_time(3.0, scv))
    assert quantity.mean == pytest.approx(3.0)
    given = {
        "constant": lambda a: 0.0, "exponential": lambda a: 1.0, "gamma": lambda a: 1 / a[0],
        "lognormal": lambda a: a[1] ** 2,
    }  # fmt: skip
    assert given[quantity.kind](quantity.args) == pytest.approx(scv)


def test_lengths_are_those_of_theory() -> None:
    """In heavy traffic 4 / (epsilon² (1 - rho)²) customers; Erlang's formulas for two servers and load 1."""
    assert customers(0.99, 0.99) == pytest.approx(4 / (0.035**2 * 0.01**2), rel=0.02)
    assert gap(1.0, 1) == pytest.approx(2)
    assert (erlang_b(2, 1), erlang_c(2, 1)) == pytest.approx((0.2, 1 / 3))


def test_ratio_of_sums() -> None:
    """The estimate is the ratio of the whole sums, and a constant ratio has no interval."""
    below = np.arange(1.0, 61.0)
    figure = Figure(np.random.default_rng(1).exponential(size=60), below)
    assert figure.estimate(BATCHES).mean == pytest.approx(figure.top.sum() / below.sum())
    assert Figure(2 * below, below).estimate(BATCHES).half_width == pytest.approx(0, abs=1e-9)
