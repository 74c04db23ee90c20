"""What a park's schedule starts from: the plan of a run, and the state of the floor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from aidc_twin.park.scaffold import write_scaffold
from aidc_twin.store import RunStore

HOUR_S, DAY_S = 3_600, 86_400


def test_a_schedule_keeps_to_the_plan_of_a_run(place: Any, command: Callable[..., Any], tmp_path: Path) -> None:
    """No unit starts before the plan lets it go, and the plan's purchases are the schedule's."""
    run, file = RunStore(place.store).get(place.runs["first"]["run"]), tmp_path / "operations.csv"
    outcome = command("schedule", "--plan", run.id, "--weeks", 20, "--work", 5_000, "--export", file,
                      "--store", place.store, "--json")  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert outcome.json["violations"] == 0
    assert outcome.json["search"]["replayed_otherwise"] == 0
    rows = pl.read_csv(file).group_by("unit_id").agg(pl.col("start_tick").min())
    first = dict(rows.iter_rows())
    releases = dict(run.frame("plan_unit_releases").select("unit_id", "release_tick").iter_rows())
    common = sorted(first.keys() & releases.keys())
    assert len(common) > 3
    assert all(first[unit] >= releases[unit] for unit in common)
    assert max(releases[unit] for unit in common) > 0


def test_a_schedule_goes_on_from_the_state_of_the_floor(command: Callable[..., Any], tmp_path: Path) -> None:
    """What is done is not done again, what is under way ends when it must, and a machine that is down rests."""
    park, state, file = tmp_path / "park", tmp_path / "state", tmp_path / "operations.csv"
    write_scaffold(park)
    book = (park / "orders.csv").read_text(encoding="utf-8")
    (park / "orders.csv").write_text(book.replace("2026-10-08", "2026-09-24"), encoding="utf-8")
    state.mkdir()
    (state / "operations.csv").write_text(
        "order,product,unit,operation,status,remaining_hours\n"
        "A-001,site,1,confirm,done,\n"
        "A-001,site,1,design,under_way,1\n",
        encoding="utf-8",
    )
    (state / "machines.csv").write_text(
        "resource,machine,status,until\nframe_bay,1,down,2027-01-04\n", encoding="utf-8"
    )
    outcome = command("schedule", park, "--state", state, "--weeks", 30, "--work", 5_000, "--export", file,
                      "--json")  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert outcome.json["violations"] == 0
    rows = pl.read_csv(file)
    own = rows.filter(pl.col("order") == "A-001")
    assert "confirm" not in own["operation"].to_list()
    design = own.filter(pl.col("operation") == "design").row(0, named=True)
    assert design["end_tick"] == 7 * DAY_S + 9 * HOUR_S  # an hour after the plant opens behind the holidays
    bays = rows.filter(pl.col("resource") == "frame_bay")
    assert bays.filter(pl.col("machine") == 1)["start_tick"].min() >= 95 * DAY_S
    assert bays.filter(pl.col("machine") > 1).height > 0
