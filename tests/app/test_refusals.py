"""Bad command lines, bad parks and bad machines: an exit code, one message, no traceback, nothing written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aidc_twin.app import entry
from aidc_twin.errors import EnvironmentFault, InfeasibleError, NoPlanError, SimulationFault, SolverFault

Command = Callable[..., Any]

INPUTS: list[tuple[tuple[str, ...], str]] = [
    (("run", "--park", "wuxi-aidk", "--store", "{new}"), "did you mean 'wuxi-aidc'"),
    (("run", "--park", "{folder}/nowhere", "--store", "{new}"), "no such folder"),
    (("run", "--park", "{park}", "-s", "qouta-halved", "--store", "{new}"), "did you mean 'quota-halved'"),
    (("run", "--park", "{park}", "-s", "quota-halved", "--store", "{new}"), "did you mean 'accelerators'"),
    (("run", "--park", "{park}", "-s", "{folder}/none.toml", "--store", "{new}"), "none.toml"),
    (("run", "--park", "{park}", "--goals", "shuang-qiany", "--store", "{new}"), "did you mean 'shuang-qianyi'"),
    (("run", "--park", "{park}", "--goals", "{half}", "--store", "{new}"), "goal"),
    (("run", "--park", "{park}", "--profile", "defualt", "--store", "{new}"), "default"),
    (("run", "--park", "{park}", "--bogus"), "--bogus"),
    (("run", "--park", "{park}", "-n", "many"), "--replications"),
    (("run", "--park", "{park}", "-n", "0"), "--replications"),
    (("run", "--park", "{park}", "--seed", "-1"), "--seed"),
    (("run", "--park", "{park}", "--workers", "0"), "--workers"),
    (("run", "--park"), "--park"),
    (("simulate", "{park}", "-n", "1.5"), "--replications"),
    (("schedule", "{park}", "--weeks", "0"), "--weeks"),
    (("runn",), "runn"),
    (("runs", "frobnicate"), "frobnicate"),
    (("compare", "--scenarios", "base", "--park", "{park}"), "two"),
    (("compare", "--scenarios", "base,base,base", "--park", "{park}"), "two"),
    (("compare", "--park", "{park}"), "one of both"),
    (("compare", "--scenarios", "base,{half}", "--delta", "1%"), "only with --select"),
    (("compare", "one", "other", "--no-plan"), "runs have plans of their own"),
    (("compare", "one", "other", "--rounds", "4"), "[--rounds] found 4, with runs of the store"),
    (("compare", "--scenarios", "base,{half}", "--no-plan", "--rounds", "4"), "--no-plan plans nothing"),
    (("compare", "--select", "--no-plan", "--scenarios", "base,{half}", "--rounds", "4"), "--no-plan plans nothing"),
    (("compare", "--select", "--scenarios", "base"), "two or more, each once"),
    (("compare", "--select", "--scenarios", "base,{half},base"), "two or more, each once"),
    (("compare", "--select", "a", "b", "--store", "{store}"), "a selection decides how often each is run"),
    (("compare", "--select", "--scenarios", "base,{half}", "--delta", "5"), "write 5% or 5亿元"),
    (("compare", "--select", "--scenarios", "base,{half}", "--confidence", "0.95"), "fix: write 95%"),
    (("compare", "--select", "--scenarios", "base,{half}", "--confidence", "95"), "fix: write 95%"),
    (("compare", "--select", "--scenarios", "base,{half}", "--confidence", "50%"), "above 50% and below 100%"),
    (("compare", "--select", "--scenarios", "base,{half}", "--confidence", "100%"), "above 50% and below 100%"),
    (("compare", "--select", "--scenarios", "base,{half}", "--max-replications", "19"), "at least the first 20"),
    (("compare", "--select", "--scenarios", "{plain},{half}", "--park", "{park}", "--goal", "outptu"), "'output'"),
    (("simulate", "{park}", "--half-width", "0.5"), "write 0.5% or 0.5亿元"),
    (("simulate", "{park}", "--half-width", "narrow"), "a share such as 0.5%, or an amount such as 5亿元"),
    (("simulate", "{park}", "--half-width", "0%"), "above 0% and at most 100%"),
    (("simulate", "{park}", "--half-width", "0元"), "an amount above 0"),
    (("simulate", "{park}", "--half-width", "nan%"), "above 0% and at most 100%"),
    (("simulate", "{park}", "--half-width", "1%", "-n", "9"), "10 or more with --half-width"),
    (("simulate", "{park}", "--half-width", "1%", "--max-replications", "19"), "at least the first 20"),
    (("simulate", "{park}", "--max-replications", "50"), "only with --half-width"),
    (("compare", "a", "b", "--scenarios", "base,base"), "one of both"),
    (("compare", "a", "--store", "{store}"), "two"),
    (("compare", "nobody", "nothing", "--store", "{store}"), "nobody"),
    (("report", "../../x", "--store", "{store}"), "../../x"),
    (("report", "nobody", "--store", "{store}", "-o", "{new}"), "nobody"),
    (("runs", "show", "../../x", "--store", "{store}"), "../../x"),
    (("runs", "verify", "../../x", "--store", "{store}"), "../../x"),
    (("runs", "show", "..", "--store", "{store}"), ".."),
    (("runs", "show", "/etc", "--store", "{store}"), "/etc"),
    (("runs", "show", "", "--store", "{store}"), "found"),
    (("runs", "show", "20", "--store", "{store}"), "write more of the id"),
    (("runs", "show", "--store", "{new}"), "the store is empty"),
    (("run", "{park}", "--park", "other", "--store", "{new}"), "one park"),
    (("run", "nowhere", "--store", "{new}"), "nowhere"),
    (("init", "{park}"), "empty folder"),
    (("init", "{half}"), "a file"),
]


@pytest.mark.parametrize(("words", "told"), INPUTS, ids=[" ".join(words[:4]) for words, _ in INPUTS])
def test_bad_input_is_refused(words: tuple[str, ...], told: str, place: Any, command: Command, tmp_path: Path) -> None:
    """Exit code 2, the matter named on stderr, nothing on stdout, no store begun."""
    new = tmp_path / "new"
    before = sorted(place.store.iterdir())
    named = {"park": place.park, "store": place.store, "half": place.half, "plain": place.plain}
    named |= {"folder": place.folder, "new": new}
    outcome = command(*(word.format(**named) for word in words))
    assert outcome.code == 2, outcome.err
    assert told in " ".join(outcome.err.split())
    assert outcome.out == ""
    assert not new.exists()
    assert sorted(place.store.iterdir()) == before
    assert "Traceback" not in outcome.err


def test_check_tells_all_defects_at_once(place: Any, command: Command, tmp_path: Path) -> None:
    """Six defects in five files: all told, each with file, line, column, found, allowed, fix; nothing is written."""
    park = tmp_path / "park"
    shutil.copytree(place.park, park)
    changes = {
        "orders.csv": ("A-002,", "A-001,"),
        "needs.csv": ("it_box,pack,fitters,1", "it_box,pack,fiters,1"),
        "capacity.csv": ("engineers,all,3", "engineers,all,NaN"),
        "legs.csv": ('"tri(0.5,1,3)"', '"tri(3,1,0.5)"'),
        "park.toml": ("horizon_weeks = 66", 'horizon_weeks = "x"'),
        "bom.csv": ("site,cool_box,0.5", "site,cool_box,-0.5"),
    }
    for name, (old, new) in changes.items():
        text = (park / name).read_text(encoding="utf-8")
        assert old in text
        (park / name).write_text(text.replace(old, new), encoding="utf-8")
    before = {path: path.read_bytes() for path in sorted(park.rglob("*")) if path.is_file()}
    outcome = command("check", park, "--json")
    assert outcome.code == 2
    told = {Path(row["file"]).name for row in outcome.json["problems"]}
    assert told >= set(changes)
    for row in outcome.json["problems"]:
        assert row["found"], row
        assert row["allowed"] or row["fix"], row
        assert row["text"].startswith(f"{row['file']}:{row['line']}" if row["line"] else row["file"])
    duplicate = next(row for row in outcome.json["problems"] if row["code"] == "duplicate-id")
    assert "2" in duplicate["found"] + duplicate["allowed"] + duplicate["fix"]
    shown = command("check", park)
    assert shown.code == 2
    assert f"{len(outcome.json['problems'])} problems" in shown.out
    assert {path: path.read_bytes() for path in sorted(park.rglob("*")) if path.is_file()} == before
    started = command("run", "--park", park, "--store", tmp_path / "store")
    assert started.code == 2
    assert f"{len(outcome.json['problems'])} problems in the input" in started.err
    assert not (tmp_path / "store").exists()


def test_all_faults_of_scenarios_are_told_at_once(place: Any, command: Command, tmp_path: Path) -> None:
    """Unknown goal profile, row and column and a bad value are told together, by every command and of two scenarios."""
    patch = '[[patch]]\nop = "set"\npath = "{}"\nvalue = {}\n'
    first = patch.format("orders.A-999.weight", '"much"') + patch.format("orders.A-001.wieght", "2")
    bad, worse = tmp_path / "bad.toml", tmp_path / "worse.toml"
    bad.write_text(f'title = "x"\ngoals = "shuang-qiany"\n{first}', encoding="utf-8")
    worse.write_text(f"title = 3\n{patch.format('orders.A-998.weight', 2)}", encoding="utf-8")
    told = ["found no row 'A-999'", "found much (not a number)", "found no column 'wieght'"]
    also = ["found 3;", "found no row 'A-998'"]
    common = ("--park", place.park, "--store", tmp_path / "store")
    for words, parts in (
        (("run", *common, "-s", bad), [*told, "did you mean 'shuang-qianyi'?"]),
        (("run", *common, "-s", bad, "-s", worse), [*told, *also, "did you mean 'shuang-qianyi'?"]),
        (("check", place.park, "-s", bad, "-s", worse), [*told, *also]),
        (("compare", *common, "--scenarios", f"{bad},{worse}"), [*told, *also]),
        (("compare", *common, "--no-plan", "--scenarios", f"{bad},{worse}"), [*told, *also]),
        (("compare", *common, "--select", "--scenarios", f"{bad},{worse}"), [*told, *also]),
    ):
        outcome = command(*words)
        assert outcome.code == 2
        shown = " ".join((outcome.out + outcome.err).split())
        assert [part for part in parts if part not in shown] == [], words
        assert f"{len(parts)} problems" in shown, words


def test_a_bad_goal_file_is_refused_with_its_line(place: Any, command: Command, tmp_path: Path) -> None:
    """兆元 and thousand billion have two readings: both lines are told at once."""
    goals = tmp_path / "goals.toml"
    goal = '[[goal]]\nid = "{}"\nledger = "industrial_output"\namount = "{}"\nyear = 2027\n'
    two = goal.format("a", "1 兆元") + goal.format("b", "thousand billion yuan")
    goals.write_text(f'title = "x"\nannounced = false\n{two}', encoding="utf-8")
    outcome = command("run", "--park", place.park, "--goals", goals, "--store", tmp_path / "store")
    assert outcome.code == 2
    assert "goals.toml:6" in outcome.err
    assert "goals.toml:11" in outcome.err
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (EnvironmentFault("the disk is full"), 3, "the disk is full"),
        (SolverFault("the solver lied"), 3, "the solver lied"),
        (NoPlanError("no plan before the limit"), 4, "no plan before the limit"),
        (InfeasibleError("no plan can exist", ["the quota is nothing"]), 5, "the quota is nothing"),
        (SimulationFault("a loop that takes no time"), 2, "a loop that takes no time"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 3, "out of memory"),
        (OSError(28, "No space left on device", "/x/y"), 3, "No space left on device: /x/y"),
        (ZeroDivisionError("by zero\x1b[31m"), 3, "unexpected ZeroDivisionError: by zero\\x1b[31m"),
        (RecursionError(), 3, "unexpected RecursionError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_each_fault_has_its_exit_code(
    error: BaseException, code: int, told: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message, no traceback, the code that was promised, and with ``--json`` an object where it was not Ctrl-C."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("aidc_twin.app.flow.list_runs", fail)
    outcome = command("runs", "list")
    assert outcome.code == code
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    if code != 130:
        assert command("runs", "list", "--json").json["exit_code"] == code


def test_debug_shows_where(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``--debug`` the traceback comes before the same message and the same exit code."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("aidc_twin.app.flow.list_runs", fail)
    outcome = command("runs", "list", "--debug")
    assert outcome.code == 3
    assert "Traceback (most recent call last)" in outcome.err
    assert "in fail" in outcome.err
    assert outcome.err.rstrip().splitlines()[-1].startswith("error: unexpected ZeroDivisionError")


def test_debug_leaves_refusals_their_code(place: Any, command: Command) -> None:
    """A typing error is none of the program: no traceback; a bad park still exits with 2."""
    typo = command("runs", "list", "--bogus", "--debug")
    assert typo.code == 2
    assert "Traceback" not in typo.err
    assert command("runs", "show", "nobody", "--store", place.store, "--debug").code == 2


@pytest.mark.parametrize(
    "words",
    [("run", "--park", "{park}", "-n", "2", "--store", "{file}/store"), ("schedule", "{park}", "--export", "{file}/x"),
     ("schedule", "{park}", "--export", "{folder}"), ("schedule", "{park}", "--export", "."),
     ("report", "{first}", "--store", "{store}", "-o", "{file}/x.html"), ("init", "{file}/new")],
    ids=lambda words: " ".join(words[:1] + words[-2:]),
)  # fmt: skip
def test_what_cannot_be_written_is_said(words: tuple[str, ...], place: Any, command: Command, tmp_path: Path) -> None:
    """A file where a folder should be, or a folder where a file should be: exit code 3 and the place, nothing left."""
    file = tmp_path / "file"
    file.write_text("not a folder", encoding="utf-8")
    named = {"park": place.park, "store": place.store, "file": file, "first": place.runs["first"]["run"]}
    outcome = command(*(word.format(folder=tmp_path, **named) for word in words))
    assert outcome.code == 3, outcome.err
    assert outcome.err.splitlines()[-1].startswith("error: ")
    assert "unexpected" not in outcome.err
    assert sorted(tmp_path.rglob("*")) == [file]
    assert not list(tmp_path.parent.glob(".*.part"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_store_is_said(place: Any, command: Command, tmp_path: Path) -> None:
    """A folder without the right to write: exit code 3 before anything is computed."""
    store = tmp_path / "store"
    store.mkdir(mode=0o555)
    outcome = command("run", "--park", place.park, "--store", store)
    assert outcome.code == 3
    assert "permission is denied" in outcome.err


def test_ctrl_c_in_the_twin_leaves_nothing(spawn: Command, wait: Command, tmp_path: Path) -> None:
    """SIGINT while replications run: 130 within seconds, one word, no half run in the store."""
    process = spawn("run", "-n", 100_000, "--store", "store", cwd=tmp_path)
    line = process.stderr.readline()
    assert line.startswith(b"simulate")
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    outcome = wait(process, 30)
    assert outcome.code == 130, outcome.err
    assert time.monotonic() - begun < 10
    assert "interrupted" in outcome.err
    assert "Traceback" not in outcome.err
    drafts = tmp_path / "store" / ".drafts"
    assert not [path for path in (tmp_path / "store").iterdir() if path.name != ".drafts" and path.is_dir()]
    assert not drafts.exists() or not [path for path in drafts.iterdir() if path.is_dir()]


def test_ctrl_c_in_the_plan_keeps_the_incumbent(
    command: Command, place: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that Ctrl-C ended is executed, published as not replayable and shown; the exit code is still 130."""
    from dataclasses import replace

    from aidc_twin.loop import once, rounds

    honest = rounds.make_plan
    for module in (rounds, once):
        monkeypatch.setattr(
            module, "make_plan", lambda *a, **k: replace(honest(*a, **k), status="interrupted", replayable=False)
        )
    store = tmp_path / "store"
    outcome = command("run", "--park", place.park, "-n", 2, "--store", store, "--json")
    assert outcome.code == 130
    assert outcome.err == "interrupted\n"
    assert outcome.json["loop"]["interrupted"] is True
    listed = command("runs", "list", "--store", store, "--json").json["runs"]
    assert [(row["run"], row["status"]) for row in listed] == [(outcome.json["run"], "not_replayable")]
    assert command("plan", place.park, "--json").code == 130


def test_a_reader_that_goes_away_is_no_error(spawn: Command, tmp_path: Path) -> None:
    """`aidc-twin check --schema | head -c 1`: no traceback, no message, the exit code of a broken pipe."""
    process: subprocess.Popen[bytes] = spawn("check", "--schema", cwd=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 128 + signal.SIGPIPE
    assert err == b""


def test_closed_streams_are_no_error(place: Any, tmp_path: Path) -> None:
    """Without stdin, stdout or stderr the commands do their work and exit with 0."""
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        line = f'"{sys.executable}" -m aidc_twin check "{place.park}" {closed}'
        environment = {**os.environ, "PYTHONPATH": str(Path(entry.__file__).parents[2])}
        found = subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False
        )
        assert found.returncode == 0, (closed, found.stderr)
        assert b"Traceback" not in found.stderr


@pytest.mark.parametrize("settings", [{"LANG": "C", "LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX"}])
def test_chinese_prints_everywhere(
    settings: dict[str, str], place: Any, spawn: Command, wait: Command, tmp_path: Path
) -> None:
    """A terminal that cannot show Chinese gets escapes, not an error."""
    first = place.runs["first"]["run"]
    outcome = wait(spawn("runs", "show", first, "--store", place.store, cwd=tmp_path, **settings))
    assert outcome.code == 0, outcome.err
    assert "亿元" in outcome.out or "\\u4ebf\\u5143" in outcome.out
    assert outcome.err == ""


def test_help_is_cheap(spawn: Command, tmp_path: Path) -> None:
    """`--help` reaches none of the heavy packages, for any command."""
    code = """
import sys
from aidc_twin.app.entry import run
for words in ([], ["run"], ["simulate"], ["compare"], ["runs"], ["runs", "verify"]):
    assert run([*words, "--help"]) == 0
assert run(["--version"]) == 0
heavy = {"numba", "pyomo", "polars", "highspy", "altair", "numpy", "networkx", "pydantic_core", "jinja2"}
print("HEAVY", sorted(heavy & set(sys.modules)))
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(entry.__file__).parents[2])}
    begun = time.monotonic()
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    heavy = found.stdout.splitlines()[-1]
    for name in ("numba", "pyomo", "polars", "highspy", "altair"):
        assert name not in heavy
    assert time.monotonic() - begun < 5
