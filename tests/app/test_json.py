"""Every command with ``--json`` prints one object, and its keys are those that were promised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from answer_types import typed

from aidc_twin.frames import ALWAYS

Command = Callable[..., Any]
NUMBER = (int, float)
HASH = 64


RUN = {
    "run": str,
    "park": str,
    "scenarios": list,
    "seed": int,
    "replications": int,
    "goals": [
        {
            "id": str, "ledger": str, "basis": str, "payload": str, "year": int, "target_yuan": int,
            "planned_yuan": int,
            "simulated_yuan": {"mean": NUMBER, "half_width_95": NUMBER, "p10": int, "p50": int, "p90": int},
            "probability": NUMBER,
        }
    ],
    "plan": {
        "orders": int, "weeks": int, "status": str, "gap": NUMBER, "build_s": NUMBER, "solve_s": NUMBER,
        "levels": [{"name": str, "objective": NUMBER, "bound": NUMBER, "gap": NUMBER}],
    },
    "schedule": {"operations": int, "weighted_tardiness": NUMBER, "makespan_s": NUMBER},
    "loop": {"rounds": [{"planned_yuan": int, "mean_yuan": NUMBER, "relative_gap": NUMBER}]},
    "certificate": {"violations": int, "checks": [{"rule": str, "checked": int, "violations": int}], "hashes": dict},
    "assumption_share": NUMBER,
    "files": [str],
}  # fmt: skip
FIGURE = {"mean": NUMBER, "half_width_95": NUMBER, "p10": NUMBER, "p50": NUMBER, "p90": NUMBER}
SHARES = ("busy", "blocked", "starved", "down", "closed", "setup")


def test_run_gives_what_was_promised(place: Any) -> None:
    """All keys with their types, honest counts, and files that exist."""
    found = place.runs["first"]
    typed(found, RUN)
    assert (found["park"], found["seed"], found["replications"], found["scenarios"]) == ("my-park", 1, 5, [])
    assert [goal["target_yuan"] for goal in found["goals"]] == [10**11, 10**11]
    assert found["plan"]["orders"] == 6
    assert found["plan"]["weeks"] == 66
    assert [level["name"] for level in found["plan"]["levels"]] == ["shortfall", "tardiness", "margin"]
    assert found["certificate"]["violations"] == 0
    assert set(found["certificate"]["hashes"]) == ALWAYS
    assert all(len(value) == HASH for value in found["certificate"]["hashes"].values())
    assert len(found["files"]) == len(ALWAYS) + 3
    for file in found["files"]:
        assert (place.folder / file).is_file(), file
    assert 0 <= found["assumption_share"] <= 1
    assert found["report"] in found["files"]


def test_run_names_its_scenarios(place: Any) -> None:
    """A scenario file goes by its stem, and half the quota makes less."""
    half, first = place.runs["half"], place.runs["first"]
    assert half["scenarios"] == ["half"]
    assert half["goals"][1]["simulated_yuan"]["mean"] < first["goals"][1]["simulated_yuan"]["mean"]


def test_simulate_gives_what_was_promised(place: Any, command: Command) -> None:
    """Figures with their intervals, resource shares that sum to one, events and a hash."""
    found = command("simulate", place.park, "-n", 3, "--json").json
    typed(found, {"park": str, "seed": int, "replications": int, "events": int, "events_per_cpu_second": NUMBER,
                  "trace_hash": str, "kpis": dict, "resources": dict,
                  "goal_quantiles": [{"id": str, "quantile": str, "value_yuan": NUMBER, "coverage": NUMBER}],
                  "figure_quantiles": [{"id": str, "unit": str, "quantile": str, "value": NUMBER, "coverage": NUMBER}],
                  "unit_peaks": [{"kind": str, "id": str, "mean": NUMBER, "greatest": NUMBER}],
                  "weeks": [{"kind": str, "series": str, "unit": str, "week": [int], "day": [str], "mean": [NUMBER],
                             "p10": [NUMBER], "p50": [NUMBER], "p90": [NUMBER]}]})  # fmt: skip
    for name in ("accepted_mw", "flow_time", "order_tardiness", "output", "trade"):
        typed(found["kpis"][name], FIGURE, name)
        assert found["kpis"][name]["p10"] <= found["kpis"][name]["p50"] <= found["kpis"][name]["p90"]
    assert found["kpis"]["output"]["unit"] == "yuan"
    assert set(found["resources"]) == {
        "engineers", "frame_bay", "test_rig", "test_power", "floor", "fitters", "site_crew",
    }  # fmt: skip
    for name, row in found["resources"].items():
        typed(row, dict.fromkeys(SHARES, NUMBER), name)
        typed(row["peak"], {"unit": str, "mean": NUMBER, "half_width_95": NUMBER, "greatest": NUMBER}, name)
        assert 0 < row["peak"]["mean"] <= row["peak"]["greatest"], name
        assert sum(row[share] for share in SHARES) == pytest.approx(1), name
        assert all(-1e-9 <= row[share] <= 1 + 1e-9 for share in SHARES)
    assert found["events"] > 100
    assert len(found["trace_hash"]) == HASH


def test_one_replication_has_no_interval(place: Any, command: Command) -> None:
    """The half-width of a single replication is unknown, not zero and not infinite, also in a run."""
    found = command("simulate", place.park, "-n", 1, "--json").json
    assert found["kpis"]["accepted_mw"]["half_width_95"] is None
    alone = command("run", "--park", place.park, "-n", 1, "--rounds", 2, "--store", place.folder / "one", "--json").json
    assert all(goal["simulated_yuan"]["half_width_95"] is None for goal in alone["goals"])
    shown = command("runs", "show", "--store", place.folder / "one")
    assert shown.code == 0
    assert "± 0.0" not in shown.out


COMMANDS: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("check", ("check", "{park}"), {"park": str, "orders": int, "problems": list, "notices": list}),
    ("check schema", ("check", "--schema"), {"$schema": str}),
    ("plan", ("plan", "{park}"), {"orders": int, "status": str, "levels": list, "violations": int, "goals": dict}),
    ("schedule", ("schedule", "{park}"), {"operations": int, "scores": dict, "rule": str, "violations": int}),
    ("compare", ("compare", "{first}", "{half}", "--store", "{store}"),
     {"goals": list, "waterfall": list, "limits": list}),
    ("select", ("compare", "--select", "--no-plan", "--park", "{park}", "--scenarios", "{plain},{half_toml}"),
     {"selected": str, "reached": bool, "confidence": float, "delta_yuan": NUMBER, "survivors": [str],
      "scenarios": [{"scenario": str, "replications": int, "mean_yuan": NUMBER, "behind_yuan": NUMBER}],
      "stages": [{"replications": int, "survivors": [str]}]}),
    ("sure", ("simulate", "{park}", "--half-width", "5%", "--by-week"), {"stopping": {"reached": bool}}),
    ("report", ("report", "{first}", "--store", "{store}"), {"run": str, "report": str}),
    ("list", ("runs", "list", "--store", "{store}"), {"runs": [{"run": str, "hash": str, "status": str}]}),
    ("show", ("runs", "show", "{first}", "--store", "{store}"), RUN),
    ("verify", ("runs", "verify", "{first}", "--store", "{store}"), {"same": bool, "differ": list}),
]  # fmt: skip


@pytest.mark.parametrize(("words", "wanted"), [row[1:] for row in COMMANDS], ids=[row[0] for row in COMMANDS])
def test_every_command_prints_one_object(
    words: tuple[str, ...], wanted: dict[str, Any], place: Any, command: Command
) -> None:
    """Nothing else on stdout, exit code 0, the keys of the command."""
    ids = {name: found["run"] for name, found in place.runs.items()}
    filled = [
        word.format(park=place.park, store=place.store, plain=place.plain, half_toml=place.half, **ids)
        for word in words
    ]
    outcome = command(*filled, "--json")
    assert outcome.code == 0, outcome.err
    typed(outcome.json, wanted)


@pytest.mark.parametrize("words", [row[1] for row in COMMANDS], ids=[row[0] for row in COMMANDS])
def test_every_command_prints_text_for_people(words: tuple[str, ...], place: Any, command: Command) -> None:
    """Without ``--json`` there are words, no Python objects, and no escape sequence of a terminal."""
    ids = {name: found["run"] for name, found in place.runs.items()}
    filled = [
        word.format(park=place.park, store=place.store, plain=place.plain, half_toml=place.half, **ids)
        for word in words
    ]
    outcome = command(*filled)
    assert outcome.code == 0, outcome.err
    assert outcome.out.strip()
    assert "\x1b" not in outcome.out
    assert "None" not in outcome.out
    assert "nan" not in outcome.out.split()


def test_errors_are_one_object_too(place: Any, command: Command) -> None:
    """With ``--json`` a refusal prints an object with the problems, also for a flag that does not exist."""
    outcome = command("run", "--park", place.park, "-s", "qouta-halved", "--json")
    assert outcome.code == 2
    assert outcome.json["exit_code"] == 2
    assert "quota-halved" in outcome.json["problems"][0]["fix"]
    typed(outcome.json["problems"], [dict.fromkeys(("file", "column", "found", "allowed", "fix", "code"), str)])
    unknown = command("run", "--bogus", "--json")
    assert unknown.code == unknown.json["exit_code"] == 2
    assert "--bogus" in unknown.json["error"]


def test_shown_again_it_is_the_same(place: Any, command: Command) -> None:
    """`runs show` gives the summary that `run` gave; only where the files are may be written otherwise."""
    first = place.runs["first"]
    shown = command("runs", "show", first["run"], "--store", place.store, "--json").json
    assert set(shown) == set(first)
    assert sorted(shown["files"]) == sorted(first["files"])
    assert {key for key in first if shown[key] != first[key]} <= {"files"}
