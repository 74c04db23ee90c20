"""`aidc-twin schedule` for a park: lists for the floor, a published schedule, replanning, refusals."""

from __future__ import annotations

import itertools
import json
import signal
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aidc_twin.app.entry import run
from aidc_twin.park.scaffold import write_scaffold
from aidc_twin.schedule.desk import Desk
from aidc_twin.store import RunStore

CHANGE = """\
title = "Monday"

[[machine_down]]
resource = "frame_bay"
machine = 1
until = 2026-12-10T06:00:00

[[due_date]]
order = "A-003"
due = 2027-02-01

[[rush_order]]
order = "R-1"
product = "site"
quantity_mw = 1
due = 2027-01-15
destination = "home"
weight = 5
"""


def told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Object on stdout of a command that succeeds."""
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small park and room for a store."""
    folder = tmp_path_factory.mktemp("shop")
    write_scaffold(folder / "park")
    (folder / "change.toml").write_text(CHANGE, encoding="utf-8")
    return folder


def test_schedule_publish_replan(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A saved schedule becomes the reference; a change gives another one, and every move has a reason."""
    store = ["--store", str(place / "runs")]
    found = told(["schedule", str(place / "park"), "--weeks", "30", "--work", "20000", "--save", "--chain", "A-001",
                  "--export", "csv,xlsx", "--output", str(place / "lists"), *store], capsys)  # fmt: skip
    assert found["violations"] == 0
    assert found["chain"][0]["start"] < found["chain"][-1]["start"]
    lists = sorted((place / "lists" / "frame_bay").glob("*.csv"))
    rows = pl.concat(pl.read_csv(path) for path in lists)
    assert set(rows["operation"]) == {"frame"}
    assert all(pl.read_csv(path)["shift"].n_unique() == 1 for path in lists)
    with zipfile.ZipFile(place / "lists" / "dispatch.xlsx") as book:
        assert book.testzip() is None
        assert b"frame_bay" in book.read("xl/workbook.xml")
    assert told(["runs", "publish", found["run"], *store], capsys)["before"] is None
    again = told(["schedule", "--from", found["run"], "--now", "2026-11-02", "--freeze", "3d",
                  "--change", str(place / "change.toml"), "--work", "20000", *store], capsys)  # fmt: skip
    assert again["violations"] == 0
    assert again["weeks"] == 30
    assert any(row["why"] == "frame_bay 1 is down" for row in again["moved"])
    page = Path(again["report"]).read_bytes()
    assert b"frame_bay 1 is down" in page
    written = told(["report", again["run"], "--output", str(place / "page.html"), *store], capsys)
    assert Path(written["report"]).read_bytes() == page
    assert {row["order"] for row in again["orders"] if row["operations"]} >= {"A-001", "R-1"}
    assert any(row["unit"].startswith("R-1") and row["why"] == "new" for row in again["moved"])
    assert all(row["why"] for row in again["moved"])
    early = [row for row in again["moved"] if row["start_before"] and row["start_before"] < "2026-11-02"]
    assert all(row["why"] == "frame_bay 1 is down" for row in early)
    assert told(["runs", "publish", again["run"], *store], capsys)["before"] == found["run"]
    assert run(["runs", "show", again["run"], *store]) == 0
    assert "operations moved" in capsys.readouterr().out
    for one in (found, again):
        same = told(["runs", "verify", one["run"], *store], capsys)
        assert same["same"], same
        assert same["frames"] > 4


def test_a_schedule_with_violations_is_not_published(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The checker's verdict stands between a run and the floor."""
    store = place / "bad"
    found = told(["schedule", str(place / "park"), "--work", "1000", "--save", "--store", str(store)], capsys)
    run_of = RunStore(store).get(found["run"])
    import datetime as dt

    with RunStore(store).begin("schedule", "my-park", dt.datetime(2026, 10, 1)) as draft:
        for name in ("schedule_operations", "checks"):
            frame = run_of.frame(name)
            if name == "checks":
                frame = frame.with_columns(violations=pl.lit(1), first=pl.lit("two at once"))
            draft.write_frame(name, frame)
        draft.write_json("summary", run_of.json("summary"))
        draft.publish({"request": run_of.manifest["request"]})
        bad = draft.id
    assert run(["runs", "publish", bad, "--store", str(store)]) == 2
    assert "two at once" in capsys.readouterr().err
    assert not (store / "reference.txt").exists()
    assert run(["runs", "verify", bad, "--store", str(store)]) == 2
    assert "does not say how it was made" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[machine_down]]\nresource = "frame_bay"\nmachine = 99\nuntil = 2026-12-01\n', ":3"),
        ('[[machine_down]]\nresource = "bay"\nmachine = 1\nuntil = 2026-12-01\n', ":2"),
        ('[[pin]]\nunit = "A-001"\noperation = "nothing"\nmachine = 1\n', ":3"),
        ('[[due_date]]\norder = "A-999"\ndue = 2026-12-01\n', "A-999"),
        ('[[due_date]]\norder = "A-001"\ndue = "soon"\n', ":3"),
        ('[[late_material]]\npurchase_order = "p"\narrives = 2026-12-01\ncolour = 1\n', ":4"),
        ("[[pin\n", ":1"),
    ],
)
def test_bad_changes_are_refused_with_their_place(
    text: str, said: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and the line, whatever is wrong with the file."""
    store = place / "runs2"
    if not store.exists():
        assert run(["schedule", str(place / "park"), "--work", "1000", "--save", "--store", str(store)]) == 0
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert run(["schedule", "--from", "latest", "--change", str(path), "--store", str(store)]) == 2
    message = capsys.readouterr().err
    assert said in message
    assert "bad.toml" in message


def test_bad_options_are_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Times, lengths, orders and folders that are none."""
    park = str(place / "park")
    for extra, said in (
        (["--horizon", "8 moons"], "--horizon"),
        (["--chain", "A-999", "--work", "100"], "--chain"),
        (["--state", str(place / "nowhere")], "--state"),
    ):
        assert run(["schedule", park, *extra, "--store", str(place / "runs3")]) == 2
        assert said in capsys.readouterr().err


def test_a_schedule_that_a_clock_ended_is_made_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the search did is kept, so that the same comes of it; another change file is told."""
    store = ["--store", str(place / "clocks")]
    pin = place / "pin.toml"
    pin.write_text('title = "Pin"\n\n[[due_date]]\norder = "A-003"\ndue = 2027-02-01\n', encoding="utf-8")
    found = told(["schedule", str(place / "park"), "--weeks", "30", "--time-limit", "0.5", "--save",
                  "--aims", "makespan,tardiness", "--threads", "2", *store], capsys)  # fmt: skip
    assert found["search"]["work"] > 0
    assert told(["runs", "verify", found["run"], *store], capsys)["same"]
    again = told(["schedule", "--from", found["run"], "--change", str(pin), "--time-limit", "0.2", "--threads", "2",
                  *store], capsys)  # fmt: skip
    assert told(["runs", "verify", again["run"], *store], capsys)["same"]
    pin.write_text(pin.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    capsys.readouterr()
    assert run(["runs", "verify", again["run"], *store, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["inputs_moved"]


def test_ctrl_c_keeps_the_incumbent(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGINT in the search: exit code 130, the best schedule so far is told, checked and saved, and made again."""
    anneal, calls = Desk.anneal, itertools.count(1)

    def interrupted(self: Desk, *arguments: Any) -> None:
        anneal(self, *arguments)
        if next(calls) == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Desk, "anneal", interrupted)
    store = ["--store", str(place / "stopped")]
    limit = ["--work", "10000000", "--json"]  # no clock, which compiling a kernel could eat up
    command = ["schedule", str(place / "park"), "--weeks", "30", "--save", "--aims", "makespan,worth"]
    assert run([*command, *store, *limit]) == 130
    found = json.loads(capsys.readouterr().out)
    assert found["search"]["interrupted"]
    assert found["violations"] == 0
    assert next(calls) == 4
    assert told(["runs", "verify", found["run"], *store], capsys)["same"]


def test_aims_are_refused_by_name(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every name that is unknown or comes twice is told."""
    assert run(["schedule", str(place / "park"), "--aims", "makespan,speed,makespan"]) == 2
    told_ = capsys.readouterr().err
    assert "speed" in told_
    assert told_.count("makespan") >= 2
