"""A plan that stays near that of a published run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from aidc_twin.app.flow import Request, command_of
from aidc_twin.app.near import near_lines, published_weeks, run_of
from aidc_twin.store import RunStore

Command = Callable[..., Any]


def stored(store: Path, kind: str = "run") -> str:
    """A run of three releases whose week 0 is 5 January 2026."""
    releases = pl.DataFrame({
        "order": ["a", "a", "b"], "group": ["boxes"] * 3, "week": [1, 2, 9], "quantity_mw": [1.0, 2.0, 4.0],
    })  # fmt: skip
    with RunStore(store).begin(kind, "p", dt.datetime(2026, 1, 5)) as draft:
        draft.write_frame("plan_releases", releases)
        draft.write_json("summary", {"park_epoch": "2026-01-05"})
        draft.publish({"status": "done", "request": {}})
        return draft.id


def test_weeks_of_the_run_are_counted_from_today(tmp_path: Path) -> None:
    """Sixteen days on week 9 is week 7, and what was to be released before today is due in its first week."""
    run = stored(tmp_path)
    then = published_weeks(run, tmp_path, dt.date(2026, 1, 5))
    now = published_weeks(run, tmp_path, dt.date(2026, 1, 21))
    assert then is not None
    assert then["week"].to_list() == [1, 2, 9]
    assert now is not None
    assert now.rows() == [("a", "boxes", 0, 3.0), ("b", "boxes", 7, 4.0)]
    assert published_weeks(None, tmp_path, dt.date(2026, 1, 21)) is None


def test_a_plan_near_its_own_run_moves_little(place: Any, command: Command) -> None:
    """`plan --near RUN` says what has moved; the run must be one of the store, with a plan."""
    run = place.runs["first"]["run"]
    found = command("plan", place.park, "--near", run, "--store", place.store, "--json")
    assert found.code == 0, found.err
    near = found.json["near"]
    assert near["groups"] > 0
    assert all(abs(row["weeks"]) < 3 for row in near["moved"] if row["weeks"] is not None)
    text = command("plan", place.park, "--near", run, "--store", place.store).out
    assert f"of {near['groups']} release groups move" in text
    wrong = command("plan", place.park, "--near", "nothing", "--store", place.store)
    assert wrong.code == 2
    assert "nothing" in wrong.err


def test_only_runs_have_a_plan(command: Command, tmp_path: Path) -> None:
    """A schedule of the store is refused with what to do, before anything is computed; `latest` passes over it."""
    run, other = stored(tmp_path), stored(tmp_path, "schedule")
    assert run_of("latest", tmp_path) == run
    found = command("plan", "wuxi-aidc", "--near", other, "--store", tmp_path)
    assert found.code == 2
    assert "a run with a plan" in found.err
    assert "aidc-twin runs list" in found.err


def test_a_run_near_another_can_be_proved_again(place: Any, command: Command) -> None:
    """The run that it was kept near stands in its command and its request; made again it is the same."""
    first = place.runs["first"]["run"]
    ran = command("run", "--park", place.park, "-n", 4, "--near", first, "--store", place.store, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["near"]["groups"] > 0
    assert f"--near {first}" in ran.json["command"]
    assert command("runs", "verify", ran.json["run"], "--store", place.store).code == 0
    assert "--near" not in command_of(Request("p"))


def test_moves_in_words() -> None:
    """The five furthest, then how many more; new orders and those that are gone are counted."""
    moved = [
        {"order": f"o{n}", "group": "boxes", "before": 9.0, "after": 9.0 - n, "weeks": -float(n)}
        for n in (6, 5, 4, 3, 2, 1)
    ]
    moved += [{"order": "x\x1b", "group": "boxes", "before": None, "after": 3.0, "weeks": None}]
    (line,) = near_lines({"groups": 8, "moved": moved})
    assert line.startswith(
        "  beside the published plan 6 of 8 release groups move (1 new): o6 boxes from week 9.0 to 3.0,"
    )
    assert line.endswith("and 1 more")
    assert near_lines({"groups": 8, "moved": []}) == ["  beside the published plan 0 of 8 release groups move"]
    assert near_lines(None) == []
