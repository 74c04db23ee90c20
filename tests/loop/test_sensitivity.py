"""Which assumptions carry a goal, on a park where the effect of each can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import sqrt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aidc_twin.facts import Fact, Facts
from aidc_twin.loop.guesses import guesses_of, known
from aidc_twin.loop.sensitivity import sensitivity, shares_of_variance
from aidc_twin.loop.simulation import simulate_park
from aidc_twin.park import Goal, Park, load_goals, load_park
from aidc_twin.park.scenario import Patch
from aidc_twin.twin.compile import Policy

TINY = str(Path(__file__).parents[1] / "parks" / "tiny")
RANGES = {"p_it": (9e6, 12e6, 24e6), "p_cool": (3e6, 6e6, 12e6), "idle": (0.6, 1.0, 4.0)}
CELLS = {
    "p_it": "bom.kit/box_it.value_yuan",
    "p_cool": "bom.kit/box_cool.value_yuan",
    "idle": "capacity.designers/all.amount",
}
UNITS = {"p_it": "yuan/MW", "p_cool": "yuan/MW", "idle": "people"}


def fact(name: str, low: float | None, value: float, high: float | None, unit: str, basis: str = "assumption") -> Fact:
    """A fact of the tests."""
    return Fact.model_validate({
        "id": name, "topic": "test", "quantity": name, "value": value, "unit": unit, "low": low, "high": high,
        "basis": basis, "note": "made up", "source_title": "nobody",
    })  # fmt: skip


def park_of(more: list[Fact] | None = None, cells: dict[str, str] | None = None) -> Park:
    """The tiny park with two assumed prices and a number of designers, of whom there are more than enough."""
    facts = [fact(name, *three, UNITS[name]) for name, three in RANGES.items()]
    paths = CELLS | (cells or {})
    patches = [Patch("set", path, f"fact:{name}{'*10' if name == 'idle' else ''}") for name, path in paths.items()]
    return load_park(TINY, overrides=patches, facts=Facts([*facts, *(more or [])]))


@pytest.fixture(scope="module")
def goals() -> tuple[Goal, ...]:
    """The announced goals."""
    return load_goals("shuang-qianyi").goals


def deviation(low: float, mode: float, high: float) -> float:
    """Standard deviation of a triangular distribution."""
    return sqrt((low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18)


def test_prices_move_the_output_by_what_is_made(goals: tuple[Goal, ...]) -> None:
    """A price moves the output by boxes times its range, so that bars and indices are known; designers do nothing."""
    park = park_of()
    flows = simulate_park(park, 1, 3).flows(2027, "owned").filter(pl.col("ledger") == "industrial_output")
    yuan = dict(flows.group_by("item").agg(pl.col("yuan").sum()).rows())
    made = {"p_it": yuan["box_it"] / 12e6, "p_cool": yuan["box_cool"] / 6e6}
    found = sensitivity(park, goals, Policy(), 1, 3, 64, workers=1)
    output = found["goals"][0]
    bars = {row["fact"]: row for row in output["tornado"]}
    assert list(bars) == ["p_it", "p_cool", "idle"]
    for name, count in made.items():
        low, value, high = RANGES[name]
        assert bars[name]["low"]["difference_yuan"] == pytest.approx(count * (low - value), rel=1e-6)
        assert bars[name]["high"]["difference_yuan"] == pytest.approx(count * (high - value), rel=1e-6)
    assert bars["idle"]["swing_yuan"] == 0
    assert found["matter"] == ["p_it", "p_cool"]
    parts = {name: (count * deviation(*RANGES[name])) ** 2 for name, count in made.items()}
    for row in output["indices"]:
        share = parts[row["fact"]] / sum(parts.values())
        for name in ("first", "total"):
            assert row[name] == pytest.approx(share, abs=0.12)
            assert row[f"{name}_low"] <= share <= row[f"{name}_high"]
    assert output["variance"]["facts"] > 0.99
    assert found["priced_by_guess"] == pytest.approx((yuan["box_it"] + yuan["box_cool"]) / sum(yuan.values()))


def test_a_fact_of_another_goal_has_no_share(goals: tuple[Goal, ...]) -> None:
    """Boxes for cooling are no trade: their price has exactly no share of its variance, and neither bar."""
    found = sensitivity(park_of(), goals, Policy(), 1, 2, 8, workers=1)
    trade = next(goal for goal in found["goals"] if goal["ledger"] == "wholesale_trade")
    row = next(row for row in trade["indices"] if row["fact"] == "p_cool")
    assert {row[f"{name}{end}"] for name in ("first", "total") for end in ("", "_low", "_high")} == {0.0}
    assert next(row for row in trade["tornado"] if row["fact"] == "p_cool")["swing_yuan"] == 0


def test_processes_find_the_same(goals: tuple[Goal, ...]) -> None:
    """Worker processes change nothing."""
    park = park_of()
    one, two = (sensitivity(park, goals, Policy(), 5, 2, 0, workers=workers) for workers in (1, 2))
    assert one == two
    assert one["goals"][0]["indices"] == []


def test_what_is_not_varied_is_told(goals: tuple[Goal, ...]) -> None:
    """A guess without a range, an end that the park cannot have, and a reported figure, which is no guess."""
    more = [
        fact("pumps", None, 2, None, "cells"),
        fact("rigs", 0.2, 2, 3, "rigs"),
        fact("steel", 4000, 5000, 6000, "yuan", "reported"),
    ]
    cells = {
        "pumps": "capacity.pump_cell/all.amount",
        "rigs": "capacity.test_rig/all.amount",
        "steel": "materials.steel.price_yuan",
    }
    found = sensitivity(park_of(more, cells), goals, Policy(), 1, 2, 0, workers=1)
    assert [row["fact"] for row in found["without_range"]] == ["pumps"]
    rows = {row["fact"]: row for row in found["facts"]}
    assert "steel" not in rows
    assert list(rows["rigs"]["refused"]) == ["low"]
    bar = next(row for row in found["goals"][0]["tornado"] if row["fact"] == "rigs")
    assert bar["low"] is None
    assert bar["high"] is not None
    assert "rigs" not in found["matter"]


def test_a_known_fact_is_certain_in_each_cell() -> None:
    """Factors stay, machines and people are whole, dates are days; other cells are as they were."""
    opening = fact("opening", 20270101, 20270301, 20270401, "yyyymmdd")
    park = park_of([opening], {"opening": "phases.annex.opens"})
    guess = next(guess for guess in guesses_of(park) if guess.fact.id == "opening")
    assert (guess.low, guess.high) == (date(2027, 1, 1).toordinal(), date(2027, 4, 1).toordinal())
    found = known(park, {"p_it": 10e6, "idle": 1.234, "opening": guess.low})
    line = next(row for row in found.bom if row.item == "box_it")
    assert (line.value_yuan.low, line.value_yuan.high) == (10e6, 10e6)
    assert next(row.amount.value for row in found.capacity if row.resource == "designers") == 12
    annex = next(row for row in found.phases if row.phase == "annex")
    assert annex.opens.low == annex.opens.high == date(2027, 1, 1)
    assert replace(found, bom=park.bom, capacity=park.capacity, phases=park.phases).hash == park.hash


def test_variance_of_facts_and_of_futures() -> None:
    """Effects of known size are told apart: rows by facts, columns by futures, and what only both together do."""
    facts, futures = np.array([-3.0, 0.0, 3.0]), np.array([-1.0, 1.0])
    alone = shares_of_variance(100 + facts[:, None] + futures[None, :])
    assert alone["both"] == pytest.approx(0, abs=1e-12)
    assert alone["facts"] == pytest.approx(9 / 11)
    assert alone["futures"] == pytest.approx(2 / 11)
    assert alone["sd_yuan"] == pytest.approx(sqrt(11))
    chance = np.random.default_rng(1).normal(size=(400, 300))
    assert shares_of_variance(chance)["both"] == pytest.approx(1, abs=0.01)
    assert shares_of_variance(np.ones((3, 2))) == {"sd_yuan": 0, "facts": 0, "futures": 0, "both": 0}
