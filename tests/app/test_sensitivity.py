"""The command `sensitivity`: what it prints, what it refuses, and a run's own plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from aidc_twin.park import load_park
from aidc_twin.store import RunStore

Command = Callable[..., Any]
ASSUMED = """\
title = "An assumed price"

[[patch]]
op = "set"
path = "bom.site/it_box.value_yuan"
value = "fact:module_price_export_yuan_mw"
"""


def test_a_park(place: Any, command: Command) -> None:
    """The sentence, the tornado and the indices of each goal."""
    scenario = place.folder / "assumed.toml"
    scenario.write_text(ASSUMED, encoding="utf-8")
    words = ("sensitivity", "--park", place.park, "-s", scenario, "-n", 2, "--samples", 8, "--workers", 1)
    found = command(*words, "--json").json
    assert found["run"] is None
    assert "module_price_export_yuan_mw" in found["matter"]
    assert [goal["id"] for goal in found["goals"]] == ["output", "trade"]
    out = command(*words).out
    assert f"the price of {100 * found['priced_by_guess']:.0f} % of the simulated output is a guess" in out
    assert "share of the variance by facts" in out
    assert "by chance" in out


def test_a_run(place: Any, command: Command) -> None:
    """A run brings its park and its plan, and the share of the planned output that rests on guesses."""
    run = place.runs["first"]
    words = ("sensitivity", "--run", run["run"], "--store", place.store, "-n", 2, "--samples", 0, "--workers", 1)
    found = command(*words, "--json").json
    assert found["run"] == run["run"]
    assert found["planned_on_guesses"] == run["assumption_share"]
    kept = next(goal for goal in run["goals"] if goal["id"] == "output")["simulated_yuan"]["mean"]
    assert found["goals"][0]["mean_yuan"] == pytest.approx(kept, rel=0.1)
    assert "of the planned output rests on guesses" in command(*words).out


def test_a_state(place: Any, command: Command) -> None:
    """From a state on, the goals are those of `simulate` from there; a run brings its own."""
    folder = place.folder / "extracted"
    day = load_park(place.park).head.epoch + timedelta(weeks=4)
    assert command("state", "extract", folder, "--park", place.park, "--at", day).code == 0
    common = ("--state", folder, "-n", 2, "--workers", 1)
    words = ("sensitivity", "--park", place.park, *common, "--samples", 0)
    found, simulated = command(*words, "--json").json, command("simulate", place.park, *common, "--json").json
    assert found["today"] == day.isoformat()
    assert found["goals"][0]["mean_yuan"] == pytest.approx(simulated["kpis"]["output"]["mean"])
    assert f"from {day}, " in command(*words).out
    refused = command("sensitivity", "--run", "latest", "--state", folder, "--store", place.store)
    assert refused.code == 2
    assert "leave --state out" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-n", 1, "--samples", 48), ["--replications", "--samples", "write --samples 32 or 64"]),
        (("--run", "latest", "--goals", "ladder"), ["--run", "leave --goals out"]),
        (("--run", "nobody"), ["nobody"]),
        (("--park", "nowhere"), ["nowhere"]),
    ],
)
def test_refusals(words: tuple[object, ...], said: list[str], place: Any, command: Command) -> None:
    """Every mistake at once, with what is allowed; exit code 2."""
    shown = command("sensitivity", *words, "--store", place.store)
    assert shown.code == 2
    assert all(text in shown.err for text in said), shown.err


def test_a_run_keeps_its_tornado(place: Any, command: Command) -> None:
    """Asked for, the page and the store have it, and the run can be made again; other runs are as they were."""
    scenario = place.folder / "assumed-too.toml"
    scenario.write_text(ASSUMED, encoding="utf-8")
    common = ("--store", place.folder / "tornado", "--json")
    words = ("run", "--park", place.park, "-s", scenario, "-n", 2, "--rounds", 2, "--weeks", 1, "--sensitivity", 2)
    found = command(*words, *common).json
    assert "sensitivity" in found["certificate"]["hashes"]
    assert "--sensitivity 2" in found["command"]
    run = RunStore(place.folder / "tornado").get("latest")
    frame = run.frame("sensitivity")
    moved = frame.filter((frame["fact"] == "module_price_export_yuan_mw") & (frame["goal"] == "output"))
    assert dict(zip(moved["high"], moved["yuan"] > 0, strict=True)) == {False: False, True: True}
    assert "Which assumptions move the goals" in (run.path / "report.html").read_text(encoding="utf-8")
    assert command("runs", "verify", "latest", *common).json["same"] is True
    assert "sensitivity" not in place.runs["first"]["certificate"]["hashes"]
