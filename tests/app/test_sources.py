"""`simulate` on parks that have no orders: streams of parts, and parts that go round for ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
PARKS = Path(__file__).parents[1] / "parks"


def test_figures_of_sources_stand_in_for_goals(command: Command) -> None:
    """Two streams at one bay, worked out by hand: 3 and 4 parts, welds of 2 hours that end at 2, 4, ... 14."""
    found = command("simulate", PARKS / "sources", "-n", 3, "--json").json
    figures = {name: row["mean"] for name, row in found["kpis"].items()}
    assert found["orders"] == 0
    assert found["goal_quantiles"] == []
    assert {name: figures[name] for name in figures if name.endswith(("/arrived", "/done", "/lost", "/scrapped"))} == {
        "slow/arrived": 3, "slow/done": 3, "slow/lost": 0, "slow/scrapped": 0,
        "fast/arrived": 4, "fast/done": 4, "fast/lost": 0, "fast/scrapped": 0,
    }  # fmt: skip
    assert figures["slow/throughput"] == pytest.approx(3 / 7)
    for name in ("slow", "fast"):  # Little's law: everything that came has gone
        assert figures[f"{name}/in_park"] == pytest.approx(figures[f"{name}/throughput"] * figures[f"{name}/flow_time"])
    flow = 24 * (3 * figures["slow/flow_time"] + 4 * figures["fast/flow_time"])
    assert figures["wait/part/weld"] == pytest.approx((flow - 7 * 2) / 7)
    series = {(row["kind"], row["series"]): row["mean"] for row in found["weeks"]}
    assert series["source_wip", "slow"] == [pytest.approx(figures["slow/in_park"])]
    assert series["source_output", "fast"] == [4]


def test_it_is_printed_without_goals(command: Command) -> None:
    """People see the sources, week by week if they wish, and no goal of a park that has none."""
    shown = command("simulate", PARKS / "sources", "-n", 3, "--by-week")
    assert shown.code == 0
    assert "no orders: what the sources bring" in shown.out
    assert "slow/throughput                  0.429" in shown.out
    assert "slow in the park, units by week" in shown.out
    assert "亿元" not in shown.out


def test_a_closed_population_stays(command: Command) -> None:
    """Two pallets are never done: they are in the park all the time; no flow time is made up."""
    found = command("simulate", PARKS / "closed", "-n", 2, "--json").json["kpis"]
    assert found["pallet/arrived"]["mean"] == found["pallet/in_park"]["mean"] == 2
    assert found["pallet/done"]["mean"] == 0
    assert "pallet/flow_time" not in found
    assert found["wait/part/weld"]["unit"] == "hours"


def test_goals_that_are_asked_for_are_told(command: Command) -> None:
    """Who names goals sees them, at nothing; without them no half-width can be asked for."""
    found = command("simulate", PARKS / "closed", "-n", 2, "--goals", "shuang-qianyi", "--json").json
    assert found["kpis"]["output"]["mean"] == 0
    refused = command("simulate", PARKS / "closed", "--half-width", "1%", "-n", 10)
    assert refused.code == 2
    assert "sells nothing" in refused.err
