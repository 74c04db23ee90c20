"""How sure figures are: replications until a half-width is reached, bands by week, the best of several scenarios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from aidc_twin.frames import WeekBands
from aidc_twin.store import RunStore

Command = Callable[..., Any]


def test_it_goes_on_until_it_is_sure(place: Any, command: Command) -> None:
    """The half-width is reached, by replications that are those of a run with their number: same figures, same hash."""
    found = command("simulate", place.park, "--half-width", "3%", "-n", 10, "--workers", 1, "--json").json
    n = found["replications"]
    assert found["stopping"]["reached"] is True
    assert found["stopping"]["expected"] == n > 10
    for name in ("output", "trade"):
        figure = found["kpis"][name]
        assert figure["half_width_95"] <= 0.03 * figure["mean"]
    whole = command("simulate", place.park, "-n", n, "--json").json
    assert (whole["kpis"], whole["trace_hash"]) == (found["kpis"], found["trace_hash"])
    assert whole["stopping"] is None
    before = command("simulate", place.park, "-n", n - 10, "--json").json["kpis"]
    assert any(before[name]["half_width_95"] > 0.03 * before[name]["mean"] for name in ("output", "trade"))


def test_the_maximum_is_said(place: Any, command: Command) -> None:
    """Too few replications for so narrow a width: exit code 0, the figures, and how many would do."""
    words = ("simulate", place.park, "--half-width", "0.1亿元", "-n", 10, "--max-replications", 15)
    found = command(*words, "--json").json
    assert found["replications"] == 15
    assert found["stopping"]["reached"] is False
    assert found["stopping"]["expected"] > 15
    shown = command(*words)
    assert shown.code == 0
    assert "NOT sure enough: 15 replications, the most allowed" in shown.out
    assert f"about {found['stopping']['expected']:,} would do" in shown.out


def test_weeks_of_a_goal_add_up(place: Any, command: Command) -> None:
    """Weekly means of a goal sum to its mean over the year; bands are in order; use stays within the floor."""
    found = command("simulate", place.park, "-n", 12, "--json").json
    series = {row["series"]: row for row in found["weeks"]}
    assert set(series) >= {"output", "trade", "floor", "test_power"}
    for name in ("output", "trade"):
        assert sum(series[name]["mean"]) == pytest.approx(found["kpis"][name]["mean"])
        assert series[name]["day"][0] <= "2027-01-07"
        assert series[name]["day"][-1] >= "2027-12-31"
    for row in series.values():
        assert all(a <= b <= c for a, b, c in zip(row["p10"], row["p50"], row["p90"], strict=True))
    assert len(series["floor"]["week"]) == 66
    text = command("simulate", place.park, "-n", 12, "--by-week").out
    assert "output, 亿元 by week" in text
    assert "by week" not in command("simulate", place.park, "-n", 12).out


def test_bands_are_published(place: Any) -> None:
    """A run holds them as a frame, whose weekly means sum to the simulated mean of each goal."""
    first = place.runs["first"]
    frame = WeekBands.validate(RunStore(place.store).get(first["run"]).frame("week_bands"))
    for goal in first["goals"]:
        weeks = frame.filter((pl.col("kind") == "goal") & (pl.col("series") == goal["id"]))
        assert weeks["mean"].sum() == pytest.approx(goal["simulated_yuan"]["mean"])


def test_quantiles_have_intervals(place: Any, command: Command) -> None:
    """Each quantile lies in its interval; of five replications no end of P10 is known, and none is made up."""
    rows = command("simulate", place.park, "-n", 40, "--json").json["goal_quantiles"]
    assert len(rows) == 6
    assert all(row["low_yuan"] <= row["value_yuan"] <= row["high_yuan"] for row in rows if row["quantile"] == "p50")
    assert all(row["coverage"] >= 0.95 for row in rows)
    few = command("simulate", place.park, "-n", 5, "--json").json["goal_quantiles"]
    assert all(row["low_yuan"] is None for row in few if row["quantile"] == "p10")


def test_quantiles_of_all_figures_have_intervals(place: Any, command: Command) -> None:
    """Three of each figure that is no goal, about the value in the table above; shown in one line a figure."""
    found = command("simulate", place.park, "-n", 40, "--json").json
    rows = found["figure_quantiles"]
    others = [name for name in found["kpis"] if name not in ("output", "trade")]
    assert [(row["id"], row["quantile"]) for row in rows] == [(n, q) for n in others for q in ("p10", "p50", "p90")]
    for row in rows:
        figure = found["kpis"][row["id"]]
        assert (row["value"], row["unit"]) == (figure[row["quantile"]], figure["unit"])
        assert row["coverage"] >= 0.95
        assert row["low"] is None or row["low"] <= row["value"]
        assert row["high"] is None or row["value"] <= row["high"]
    # of 40 samples fewer than 14 or more than 26 lie below the median in one case of 25: the 14th and the 27th enclose
    # it, B(40, 1/2) <= 13 has a probability of 0.019
    flow = next(row for row in rows if (row["id"], row["quantile"]) == ("flow_time", "p50"))
    assert flow["coverage"] == pytest.approx(1 - 2 * 0.019239, abs=1e-5)
    lines = command("simulate", place.park, "-n", 40).out.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("95 % interval of"))
    assert [line.split()[0] for line in lines[head + 1 : head + 1 + len(found["kpis"])]] == list(found["kpis"])
    assert f"{flow['low']:,.1f} to {flow['high']:,.1f}" in "\n".join(lines)


def test_open_ends_are_shown_as_open(place: Any, command: Command) -> None:
    """Of five replications P10 has no lower end, P90 no upper one, and the median neither."""
    lines = command("simulate", place.park, "-n", 5).out.splitlines()
    (line,) = (line for line in lines if line.startswith("output ") and "below" in line)
    assert line.split()[1] == "below"
    assert line.split()[3:5] == ["–", "above"]


@pytest.fixture(scope="module")
def many(place: Any) -> str:
    """Three scenarios of the small park: nothing changed, boxes a thousandth dearer, boxes a tenth dearer."""
    names = [str(place.plain)]
    for name, factor in (("near", 1.001), ("dear", 1.1)):
        path = place.folder / f"{name}.toml"
        patch = f'[[patch]]\nop = "scale"\npath = "bom.site/it_box.value_yuan"\nvalue = {factor}\n'
        path.write_text(f'title = "{name}"\n\n{patch}', encoding="utf-8")
        names.append(str(path))
    return ",".join(names)


def test_the_best_scenario_is_selected(many: str, place: Any, command: Command) -> None:
    """Dear boxes give the most output: found with the same replications by any number of workers, and said."""
    words = ("compare", "--select", "--park", place.park, "--scenarios", many, "--no-plan", "--delta", "0.02%")
    found = command(*words, "--json").json
    plain, near, dear = many.split(",")
    assert found["selected"] == dear
    assert found["reached"] is True
    assert found["delta_yuan"] == 2 * 10**7  # of 1000 亿元
    assert [row["scenario"] for row in found["scenarios"]] == [dear, near, plain]
    assert [row["behind_yuan"] > 0 for row in found["scenarios"]] == [False, True, True]
    assert found["stages"][-1]["survivors"] == found["survivors"] == [dear]
    assert command(*words, "--workers", 1, "--json").json == found
    text = command(*words).out
    assert f"selected   {dear}" in text
    assert "the best with probability 95 % or more, if it leads by 0.20 亿元 or more" in text


def test_a_selection_without_an_end_says_so(place: Any, command: Command) -> None:
    """A lead of a yuan under seeds that leave them close: the limit ends it, and no probability is claimed."""
    pair = f"{place.plain},{place.half}"
    words = ("compare", "--select", "--park", place.park, "--scenarios", pair, "--no-plan", "--goal", "trade")
    found = command(*words, "--delta", "1元", "--max-replications", 20, "--json").json
    assert found["reached"] is False
    assert set(found["survivors"]) == {str(place.plain), str(place.half)}
    text = command(*words, "--delta", "1元", "--max-replications", 20).out
    assert "sureness   NONE" in text
    assert "not beaten" in text


def test_a_goal_is_a_figure_too(place: Any, command: Command) -> None:
    """Selecting by a goal's name as a figure is selecting by the goal: the same draws and the same end."""
    words = ("compare", "--select", "--no-plan", "--park", place.park, "--scenarios", f"{place.plain},{place.half}")
    words = (*words, "--delta", "5亿元", "--json")
    goal, figure = (command(*words, option, "output").json for option in ("--goal", "--figure"))
    assert figure["stages"] == goal["stages"]
    assert figure["delta"] == goal["delta_yuan"]
    assert [row["mean"] for row in figure["scenarios"]] == [row["mean_yuan"] for row in goal["scenarios"]]


def test_planned_scenarios_are_judged_by_fresh_seeds(many: str, place: Any, command: Command) -> None:
    """With a plan each scenario runs its loop first; the draws that judge it are others than those that made it."""
    words = ("compare", "--select", "--park", place.park, "--scenarios", many, "-n", 4, "--rounds", 2)
    found = command(*words, "--confidence", "90%", "--json").json
    assert found["planned"] is True
    assert found["confidence"] == 0.9
    assert found["selected"] == many.split(",")[-1]
    assert found["scenarios"][0]["replications"] >= 20
