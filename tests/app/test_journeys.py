"""What users do from end to end: a park of their own, the same run twice, pages, and comparisons."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aidc_twin.app.cli import ROUNDS
from aidc_twin.app.flow import Request, command_of, options_of
from aidc_twin.loop import LoopOptions
from aidc_twin.solver import Profile, load_profile
from aidc_twin.store import RunStore

Command = Callable[..., Any]


def test_a_park_of_ones_own(spawn: Command, wait: Command, tmp_path: Path) -> None:
    """`init`, `check` and `run` in an empty folder, with the default store beside it."""
    begun = wait(spawn("init", "mine", cwd=tmp_path))
    assert (begun.code, begun.err) == (0, "")
    assert "aidc-twin check mine" in begun.out
    checked = wait(spawn("check", "mine", cwd=tmp_path))
    assert checked.code == 0
    assert "no problem found" in checked.out
    ran = wait(spawn("run", "--park", "mine", "-n", 5, cwd=tmp_path))
    assert ran.code == 0, ran.err
    assert "simulate" in ran.err
    assert "0 violations" in ran.out
    page = re.search(r"report +(\S+)", ran.out)
    assert page is not None
    assert (tmp_path / page[1]).read_text(encoding="utf-8").startswith("<!")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "runs"]


def test_the_verdict_says_what_was_asked_for(place: Any, command: Command) -> None:
    """Each goal with target, planned, P10/P50/P90 and probability; what binds; assumptions; where the report is."""
    text = command("runs", "show", place.runs["first"]["run"], "--store", place.store).out
    for words in ("1000 亿元 = 100 billion yuan = 1.0e11 CNY", "planned", "P10/P50/P90", "probability", "what binds",
                  "assumptions", "certificate", "MISSED"):  # fmt: skip
        assert words in text
    assert place.runs["first"]["report"] in "".join(text.split())


def test_one_seed_one_result(place: Any) -> None:
    """The same run twice, on two threads and on one: equal certificate, frames, content hash; another seed differs."""
    first, again, other = (place.runs[name] for name in ("first", "again", "other"))
    assert first["run"] != again["run"]
    assert first["certificate"] == again["certificate"]
    assert first["goals"] == again["goals"]
    assert first["loop"] == again["loop"]
    store = RunStore(place.store)
    one, two, three = (store.get(found["run"]) for found in (first, again, other))
    assert one.manifest["frame_hashes"] == two.manifest["frame_hashes"] == first["certificate"]["hashes"]
    assert one.content_hash == two.content_hash
    assert three.content_hash != one.content_hash
    assert other["certificate"]["hashes"] != first["certificate"]["hashes"]
    differ = {name for name, value in first["certificate"]["hashes"].items()
              if other["certificate"]["hashes"][name] != value}  # fmt: skip
    assert "kpis" in differ
    assert not differ & {"assumptions", "scenario_inputs"}


def test_a_run_is_proved_again(place: Any, command: Command) -> None:
    """Its files are intact, all of them are in the manifest, and a replay gives the same frames."""
    run = RunStore(place.store).get(place.runs["half"]["run"])
    assert run.check() == ()
    assert "report.html" in run.files
    found = command("runs", "verify", run.id, "--store", place.store)
    assert found.code == 0, found.out
    assert "files intact" in found.out


def test_an_altered_run_is_found_out(place: Any, command: Command, tmp_path: Path) -> None:
    """A byte more in a frame, or a park that has changed since: exit code 3, and what differs is named."""
    store, park = tmp_path / "store", tmp_path / "park"
    shutil.copytree(place.park, park)
    made = command("run", "--park", park, "-n", 2, "--rounds", 2, "--store", store, "--json").json
    (store / made["run"] / "goals.parquet").write_bytes(b"PAR1 something else PAR1")
    orders = (park / "orders.csv").read_text(encoding="utf-8")
    (park / "orders.csv").write_text(orders.replace("A-006,Fifth customer,Shanghai,site,4", "A-006,F,S,site,3"))
    found = command("runs", "verify", made["run"], "--store", store, "--json")
    assert found.code == 3
    assert found.json["same"] is False
    assert found.json["inputs_moved"] is True
    assert any("goals.parquet" in line for line in found.json["damaged"])
    assert "plan_orders" in found.json["differ"]


def test_runs_are_listed_oldest_first(place: Any, command: Command) -> None:
    """All runs with their hashes; `latest` and a unique beginning find one."""
    listed = command("runs", "list", "--store", place.store, "--json").json["runs"]
    assert [row["run"] for row in listed] == [found["run"] for found in place.runs.values()]
    assert {row["status"] for row in listed} == {"done"}
    latest = command("runs", "show", "--store", place.store, "--json").json
    assert latest["run"] == place.runs["half"]["run"]
    beginning = place.runs["other"]["run"][:-2]
    assert command("runs", "show", beginning, "--store", place.store, "--json").json["seed"] == 7


def test_the_page_is_written_again(place: Any, command: Command, tmp_path: Path) -> None:
    """`report RUN -o FILE` writes the page of the run; without -o it says where the page is."""
    first = place.runs["first"]
    target = tmp_path / "page.html"
    found = command("report", first["run"], "--store", place.store, "-o", target)
    assert found.code == 0
    assert str(target) in found.out
    page = target.read_text(encoding="utf-8")
    assert first["run"] in page
    stored = Path(command("report", first["run"], "--store", place.store, "--json").json["report"])
    assert stored.read_text(encoding="utf-8") == page


def test_the_schedule_is_exported(place: Any, command: Command, tmp_path: Path) -> None:
    """One row per operation of the schedule, in a file that Polars reads again."""
    target = tmp_path / "operations.csv"
    found = command("schedule", place.park, "--weeks", 30, "--export", target, "--json").json
    assert found["violations"] == 0
    assert found["file"] == str(target)
    assert len(pl.read_csv(target)) == found["operations"] > 50


@pytest.mark.parametrize("goals", [None, "shuang-qianyi-consolidated"])
def test_scenarios_are_compared_to_the_yuan(goals: str | None, place: Any, command: Command) -> None:
    """Inputs that differ, goals under the same seeds, and a waterfall whose steps sum to the goal's difference."""
    words = ["compare", "--scenarios", f"{place.plain},{place.half}", "--park", place.park, "-n", 4, "--rounds", 2]
    found = command(*words, *(["--goals", goals] if goals else []), "--json").json
    assert {row["path"] for row in found["inputs"]} == {
        "materials.accelerators.weekly_quota", "bom.site/it_box.value_yuan",
    }  # fmt: skip
    quota = next(row for row in found["inputs"] if row["path"].startswith("materials"))
    assert quota["before"].startswith("300")
    output = found["goals"][0]
    assert output["paired"] is True
    assert output["difference"] == pytest.approx(output["other_mean"] - output["base_mean"])
    steps = {row["step"]: row["yuan"] for row in found["waterfall"]}
    assert sum(steps.values()) == pytest.approx(output["difference"], abs=1)
    assert any(step.startswith("it_box") and step.endswith("price") for step in steps)
    assert not any("steel" in step or "accelerators" in step for step in steps)
    (quota,) = found["limits"]
    assert (quota["kind"], quota["name"]) == ("material", "accelerators")
    assert 0 < quota["base"]["used"] <= quota["other"]["used"] <= 1
    text = command(*words).out
    assert "it_box" in text
    assert "Limits that differ" in text


def test_a_scenario_against_itself_moves_nothing(place: Any, command: Command) -> None:
    """Common random numbers: no input, no difference, no step."""
    words = ("compare", "--scenarios", f"{place.half},{place.half}", "--park", place.park, "-n", 3, "--rounds", 2)
    found = command(*words, "--json").json
    assert found["inputs"] == []
    assert found["waterfall"] == []
    assert found["limits"] == []
    assert [(row["difference"], row["half_width_95"]) for row in found["goals"]] == [(0.0, 0.0), (0.0, 0.0)]
    assert command(*words).code == 0


def test_runs_are_compared_to_the_yuan(place: Any, command: Command) -> None:
    """Two runs of the store: the waterfall is of the first goal's ledger alone and sums to its difference."""
    first, half = place.runs["first"], place.runs["half"]
    found = command("compare", first["run"], half["run"], "--store", place.store, "--json").json
    assert (found["base"], found["other"]) == (first["run"], half["run"])
    output, trade = found["goals"]
    assert output["base_mean"] == pytest.approx(first["goals"][0]["simulated_yuan"]["mean"])
    assert trade["difference"] == pytest.approx(
        half["goals"][1]["simulated_yuan"]["mean"] - first["goals"][1]["simulated_yuan"]["mean"]
    )
    assert sum(row["yuan"] for row in found["waterfall"]) == pytest.approx(output["difference"], abs=1)
    assert {row["step"] for row in found["waterfall"]} <= {"it_box", "cool_box", "rounding"}
    assert {row["run"] for row in found["inputs"]} == {"other"}
    assert [row["name"] for row in found["limits"]] == ["accelerators"]


def test_the_command_of_a_run_names_what_was_chosen(place: Any) -> None:
    """The line that is printed in the report gives the same result again: also rounds, weeks, profile and odd names."""
    assert place.runs["first"]["command"].endswith("--seed 1 -n 5 --rounds 2 --weeks 6")
    request = Request("my park", ("a.toml", "b"), "ladder", 3, 10, 6, 8, "quick", time_limit=30.0, gap=0.01)
    assert command_of(request) == (
        "aidc-twin run --park 'my park' -s a.toml -s b --goals ladder --seed 3 -n 10 --profile quick --time-limit 30.0 "
        "--gap 0.01"
    )
    assert command_of(Request("wuxi-aidc")) == "aidc-twin run --park wuxi-aidc --seed 1 -n 200"


def test_the_limit_of_rounds_is_the_same_everywhere(command: Command) -> None:
    """Six, which is what goal profiles of the shipped park take: on the command line, in its help and in the loop."""
    assert Request("wuxi-aidc").rounds == LoopOptions().rounds == ROUNDS == 6
    assert "[default: 6;" in " ".join(command("run", "--help").out.split())
    assert "scenarios are planned (6)" in " ".join(command("compare", "--help").out.split())


def test_gap_and_time_limit_stand_in_for_those_of_the_profile() -> None:
    """What the command line names counts, the rest is the profile's."""
    profile = options_of(Request("wuxi-aidc", profile="proof", time_limit=7.0, gap=0.25)).profile
    assert isinstance(profile, Profile)
    assert (profile.name, profile.time_limit_s, profile.gap, profile.nodes) == ("proof", 7.0, 0.25, 100_000)
    assert options_of(Request("wuxi-aidc", gap=0.0)).profile.time_limit_s == load_profile("default").time_limit_s
