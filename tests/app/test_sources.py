"""`simulate` on parks that have no orders: streams of parts, and parts that go round for ever."""

from __future__ import annotations

import shutil
import statistics
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
    assert "P10, P50 and P90 are of single replications" in shown.out.partition("figure")[0]
    assert "slow in the park, units by week; too short to say whether it settles (MSER-5)" in shown.out
    assert "亿元" not in shown.out


def test_a_closed_population_stays(command: Command) -> None:
    """Two pallets are never done: they are in the park all the time; no flow time is made up."""
    found = command("simulate", PARKS / "closed", "-n", 2, "--json").json["kpis"]
    assert found["pallet/arrived"]["mean"] == found["pallet/in_park"]["mean"] == 2
    assert found["pallet/done"]["mean"] == 0
    assert "pallet/flow_time" not in found
    assert found["wait/part/weld"]["unit"] == "hours"


def test_goals_that_are_asked_for_are_told(command: Command) -> None:
    """Who names goals sees them, at nothing; without them a half-width is no amount of money."""
    found = command("simulate", PARKS / "closed", "-n", 2, "--goals", "shuang-qianyi", "--json").json
    assert found["kpis"]["output"]["mean"] == 0
    refused = command("simulate", PARKS / "closed", "--half-width", "5亿元", "-n", 10)
    assert refused.code == 2
    assert "sells nothing" in refused.err


def test_goals_of_nothing_are_not_missed(tmp_path: Path, command: Command) -> None:
    """A park without orders and sales is not planned, unless goals are asked for; one without sales says so."""
    for name in ("run", "plan"):
        park = ("--park", PARKS / "sources") if name == "run" else (PARKS / "sources",)
        refused = command(name, *park, *(("--store", tmp_path / "runs") if name == "run" else ()))
        assert refused.code == 2
        assert "a park that sells nothing" in refused.err
        assert f"use `aidc-twin simulate {PARKS / 'sources'}`" in refused.err
    assert not (tmp_path / "runs").exists()
    assert command("plan", PARKS / "sources", "--goals", "shuang-qianyi").code == 0
    shown = command("plan", PARKS / "crew")
    assert "note: there is no sales.csv: nothing that is made here counts towards a goal" in shown.out
    ran = command("run", "--park", PARKS / "crew", "-n", 2, "--rounds", 2, "--store", tmp_path / "runs")
    assert "note: there is no sales.csv: nothing that is made here counts towards a goal" in ran.out


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """A bay that is busy three hours of four, with streams and work of exponential lengths."""
    folder = tmp_path / "stream"
    shutil.copytree(PARKS / "sources", folder)
    (folder / "park.toml").write_text(
        'schema_version = 1\nid = "stream"\nepoch = 2026-10-05\nhorizon_weeks = 2\n', encoding="utf-8"
    )
    (folder / "sources.csv").write_text("source,product,interval_hours\nweb,part,exp(4)\n", encoding="utf-8")
    steps = (folder / "operations.csv").read_text(encoding="utf-8").splitlines()
    steps[1:] = ["part,weld,manufacture,,exp(3),hour"]
    (folder / "operations.csv").write_text("\n".join(steps), encoding="utf-8")
    return folder


def test_a_line_without_goals_goes_on_until_it_is_sure(stream: Path, command: Command) -> None:
    """Throughput and units in the park stand in for goals; with ten replications fewer they were not sure yet."""
    found = command("simulate", stream, "--half-width", "10%", "-n", 10, "--json").json
    n, stopping = found["replications"], found["stopping"]
    assert stopping["reached"] is True
    assert stopping["goals"] == []
    assert [row["id"] for row in stopping["figures"]] == ["web/throughput", "web/in_park"]
    for row in stopping["figures"]:
        figure = found["kpis"][row["id"]]
        assert row["half_width"] == pytest.approx(figure["half_width_95"])
        assert row["half_width"] <= row["allowed"] == pytest.approx(0.1 * figure["mean"])
    before = command("simulate", stream, "-n", n - 10, "--json").json["kpis"]["web/in_park"]
    assert before["half_width_95"] > 0.1 * before["mean"]
    shown = command("simulate", stream, "--half-width", "10%", "-n", 10)
    assert f"the mean of web/throughput, web/in_park is known to ± 10 % (95 %) after {n} replications" in shown.out


def test_any_figure_can_be_made_sure(stream: Path, command: Command) -> None:
    """A wait by its name; a name that nobody knows is refused with the nearest one, an amount of money as well."""
    words = ("simulate", stream, "-n", 10, "--max-replications", 10)
    found = command(*words, "--half-width", "1%", "--figure", "wait/part/weld", "--json").json
    assert found["stopping"]["reached"] is False
    assert found["stopping"]["expected"] > 10
    assert [row["id"] for row in found["stopping"]["figures"]] == ["wait/part/weld"]
    text = command(*words, "--half-width", "1%", "--figure", "wait/part/weld").out
    assert "NOT sure enough: 10 replications, the most allowed, leave wait/part/weld wider" in text
    for more, told in (
        (("--half-width", "1%", "--figure", "wait/part/wedl"), "did you mean 'wait/part/weld'?"),
        (("--half-width", "5亿元", "--figure", "web/done"), "a share, with --figure"),
    ):
        refused = command(*words, *more)
        assert refused.code == 2
        assert told in refused.err
    assert "only with --half-width" in command("simulate", stream, "--figure", "web/done").err


def test_shares_say_how_sure_they_are(stream: Path, command: Command) -> None:
    """Shares of a resource have half-widths too, printed beside them; one replication has none to tell."""
    row = command("simulate", stream, "-n", 8, "--json").json["resources"]["bay"]
    busy = [
        command("simulate", stream, "-n", 1, "--seed", seed, "--json").json["resources"]["bay"] for seed in range(1, 9)
    ]
    assert {one["half_width_95"]["busy"] for one in busy} == {None}
    spread = statistics.stdev(one["busy"] for one in busy)
    assert row["half_width_95"]["busy"] == pytest.approx(2.364624 * spread / 8**0.5)  # t of 7 at 97.5 %
    text = command("simulate", stream, "-n", 8).out
    assert row["peak"]["greatest"] == max(one["peak"]["greatest"] for one in busy)
    assert row["peak"]["mean"] == statistics.mean(one["peak"]["mean"] for one in busy)
    line = next(line for line in text.splitlines() if line.startswith("bay "))
    assert line.split()[-3:] == ["1", "1", "each"]
    assert f"{row['busy']:.1%} ±{100 * row['half_width_95']['busy']:.1f}" in text


def test_work_that_piles_up_is_told(stream: Path, command: Command) -> None:
    """Three hours of work every four hours fit; with two hours of changeover each a fifth of what comes stays."""
    (stream / "park.toml").write_text(
        'schema_version = 1\nid = "stream"\nepoch = 2026-10-05\nhorizon_weeks = 5\nwarm_up_weeks = 1\n',
        encoding="utf-8",
    )
    (stream / "products.csv").write_text(
        "product,kind,routing,maker\nred,component,red,maker\nblue,component,blue,maker\n", encoding="utf-8"
    )
    (stream / "sources.csv").write_text(
        "source,product,interval_hours,first_hours\nrose,red,8,0\nsky,blue,8,4\n", encoding="utf-8"
    )
    (stream / "operations.csv").write_text(
        "routing,operation,stage,duration,setup_family\nred,weld,manufacture,3,red\nblue,weld,manufacture,3,blue\n",
        encoding="utf-8",
    )
    (stream / "needs.csv").write_text("routing,operation,resource\nred,weld,bay\nblue,weld,bay\n", encoding="utf-8")
    (stream / "resources.csv").write_text("resource,kind,dispatch\nbay,servers,fifo\n", encoding="utf-8")
    assert command("simulate", stream, "-n", 2, "--json").json["notices"] == []
    (stream / "setups.csv").write_text(
        "resource,from_family,to_family,hours\nbay,red,blue,2\nbay,blue,red,2\n", encoding="utf-8"
    )
    notices = command("simulate", stream, "-n", 2, "--json").json["notices"]
    assert [line.partition(":")[0] for line in notices] == ["rose", "sky"]
    # Rose comes every 8 h, from hour 168 to 840 (both counted) 85 times. Its welds end at 3, then with a change before
    # each weld at 14, 24, ..., 174, ..., 834: 67 times after hour 168. 18 of 85 are left.
    assert notices[0].startswith("rose: 21.2% ± 0.0 of what it brought after the warm-up is left in the park")
    assert "note: rose: 21.2% ± 0.0 of what" in command("simulate", stream, "-n", 2).out


def test_two_scenarios_of_a_line_are_compared_by_its_figures(stream: Path, tmp_path: Path, command: Command) -> None:
    """A second bay: the same units come, the wait falls by what two simulations under the same seeds say."""
    (tmp_path / "two.toml").write_text(
        'title = "two"\n\n[[patch]]\nop = "set"\npath = "capacity.bay/all.amount"\nvalue = 2\n', encoding="utf-8"
    )
    (tmp_path / "none.toml").write_text('title = "none"\n', encoding="utf-8")
    none, two = str(tmp_path / "none.toml"), str(tmp_path / "two.toml")
    words = ("compare", "--park", stream, "--scenarios", f"{none},{two}")
    rows = {row["figure"]: row for row in command(*words, "--no-plan", "-n", 12, "--json").json["figures"]}
    assert rows["web/arrived"]["difference"] == rows["web/arrived"]["half_width_95"] == 0
    singles = [
        command("simulate", stream, *more, "-n", 12, "--json").json["kpis"]["wait/part/weld"]["mean"]
        for more in ((), ("-s", two))
    ]
    wait = rows["wait/part/weld"]
    assert (wait["base_mean"], wait["other_mean"]) == pytest.approx(singles)
    assert wait["difference"] == pytest.approx(singles[1] - singles[0])
    assert wait["difference"] < -wait["half_width_95"] < 0
    shown = command(*words, "--no-plan", "-n", 12)
    assert f"{wait['difference']:,.3f}" in shown.out
    assert "no difference that these replications can tell" in shown.out  # arrivals
    for more in ((), ("--select",), ("--select", "--no-plan")):
        refused = command(*words, *more)
        assert refused.code == 2
        assert "a park that sells nothing" in refused.err
    for more, told in (
        (("--scenarios", none), "two or more, each once"),
        (("--scenarios", f"{none},{two},base"), "3 names"),
        (("one", "other"), "runs have plans of their own"),
    ):
        refused = command("compare", "--park", stream, "--no-plan", *more)
        assert refused.code == 2
        assert told in refused.err


def test_the_best_line_is_selected_by_a_figure(stream: Path, tmp_path: Path, command: Command) -> None:
    """A line with one bay, with two and with three: three keep parts waiting least, two nearly as little."""
    names: list[str] = []
    for bays in (1, 2, 3):
        path = tmp_path / f"bays-{bays}.toml"
        patch = f'[[patch]]\nop = "set"\npath = "capacity.bay/all.amount"\nvalue = {bays}\n'
        path.write_text(f'title = "{bays} bays"\n\n{patch}', encoding="utf-8")
        names.append(str(path))
    words = ("compare", "--select", "--no-plan", "--park", stream, "--scenarios", ",".join(names))
    words = (*words, "--figure", "wait/part/weld")
    found = command(*words, "--delta", "0.1 hours", "--json").json
    assert (found["selected"], found["reached"], found["better"]) == (names[2], True, "less")
    assert (found["figure"], found["unit"], found["delta"]) == ("wait/part/weld", "hours", 0.1)
    assert [row["scenario"] for row in found["scenarios"]] == names[::-1]
    assert [row["behind"] > 0 for row in found["scenarios"]] == [False, True, True]
    best = found["scenarios"][0]
    n = best["replications"]
    single = command("simulate", stream, "-s", names[2], "-n", n, "--json").json["kpis"]["wait/part/weld"]
    assert (best["mean"], best["half_width_95"]) == pytest.approx((single["mean"], single["half_width_95"]))
    worst = command(*words, "--delta", "0.1", "--better", "more", "--json").json
    assert (worst["selected"], worst["better"]) == (names[0], "more")
    text = command(*words, "--delta", "0.1").out
    assert "best of 3 scenarios for wait/part/weld, less is better, no plan" in text
    assert "the best with probability 95 % or more, if it leads by 0.1 hours or more" in text
    for figure, more, told in (
        ("wait/part/wedl", ("--delta", "0.1"), "did you mean 'wait/part/weld'?"),
        ("wait/part/weld", (), "none, for a figure"),
        ("wait/part/weld", ("--delta", "1%"), "of what the share would be is not known before"),
        ("wait/part/weld", ("--delta", "0.1 days"), "hours, the unit of wait/part/weld"),
        ("wait/part/weld", ("--delta", "5亿元"), "hours, the unit of wait/part/weld"),
        ("wait/part/weld", ("--delta", "-1"), "above 0"),
        ("wait/part/weld", ("--delta", "0.1", "--goal", "output"), "--goal or --figure"),
        ("web/arrived", ("--delta", "1"), "write --better more or --better less"),
    ):
        refused = command(*words[:-1], figure, *more)
        assert refused.code == 2
        assert told in refused.err
    planned = command(*(word for word in words if word != "--no-plan"), "--delta", "0.1")
    assert "a figure without a plan" in planned.err
    assert "only with --figure" in command(*words[:-2], "--better", "less").err
