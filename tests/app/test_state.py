"""``state`` from the command line: states are checked, kept unchanged under an id, and started from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aidc_twin.park.scaffold import write_scaffold
from aidc_twin.report.sheets import workbook

OPERATIONS: list[list[str | int | float]] = [
    ["order", "product", "unit", "operation", "status", "remaining_hours"],
    ["A-001", "site", 1, "confirm", "done", ""],
    ["A-001", "site", 1, "design", "done", ""],
    ["A-001", "it_box", 1, "frame", "under_way", 9.5],
    ["A-002", "site", 1, "confirm", "under_way", 3],
]
STOCKS: list[list[str | int | float]] = [["material", "quantity"], ["steel", 24.5], ["accelerators", 680]]
BUYING: list[list[str | int | float]] = [
    ["purchase_order", "material", "quantity", "placed", "arrives"],
    ["PO-7", "steel", 12, "2026-10-19", "tri(2026-11-09,2026-11-12,2026-11-20)"],
]
MACHINES: list[list[str | int | float]] = [
    ["resource", "machine", "status", "until"],
    ["test_rig", 2, "down", "2026-11-16"],
]
TABLES = {"operations": OPERATIONS, "stocks": STOCKS, "purchase_orders": BUYING, "machines": MACHINES}
DAY = "2026-11-02"


def as_csv(rows: list[list[str | int | float]]) -> str:
    """A table as CSV; what holds a comma stands in quotes."""
    return "".join(",".join(f'"{cell}"' if "," in str(cell) else str(cell) for cell in row) + "\n" for row in rows)


@pytest.fixture
def park(tmp_path: Path) -> Path:
    """The small park to start from."""
    write_scaffold(tmp_path / "park")
    return tmp_path / "park"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder with a state of it, as CSV."""
    folder = tmp_path / "floor"
    folder.mkdir()
    for name, rows in TABLES.items():
        (folder / f"{name}.csv").write_text(as_csv(rows), encoding="utf-8")
    return folder


def test_a_state_is_the_same_from_csv_workbook_and_parquet(
    park: Path, state: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    """The three forms, and one workbook with a sheet for each table, give the same content hash."""
    forms = {name: tmp_path / name for name in ("xlsx", "book", "parquet")}
    for folder in forms.values():
        folder.mkdir()
    for name, rows in TABLES.items():
        (forms["xlsx"] / f"{name}.xlsx").write_bytes(workbook({"Sheet1": rows}))
        frame = pl.DataFrame(rows[1:], schema=[str(cell) for cell in rows[0]], orient="row", strict=False)
        frame = (
            frame.with_columns(pl.col("remaining_hours").cast(pl.Float64, strict=False))
            if name == "operations"
            else frame
        )
        frame.write_parquet(forms["parquet"] / f"{name}.parquet")
    (forms["book"] / "state.xlsx").write_bytes(workbook(TABLES))
    (forms["book"] / "state.toml").write_text(f'at = {DAY}\npark = "my-park"\n', encoding="utf-8")
    store = tmp_path / "runs"
    hashes: set[str] = set()
    for folder in (state, *forms.values()):
        at = () if folder == forms["book"] else ("--at", DAY)
        outcome = command("state", "import", folder, "--park", park, *at, "--store", store, "--json")
        assert outcome.code == 0, outcome.err
        assert outcome.json["at"] == DAY
        assert (outcome.json["steps_done"], outcome.json["steps_under_way"]) == (2, 2)
        assert outcome.json["machines_down"] == ["test_rig/2"]
        hashes.add(outcome.json["hash"])
    assert len(hashes) == 1
    rows = command("state", "list", "--store", store, "--json").json["states"]
    assert [row["at"] for row in rows] == [DAY] * 4
    shown = command("state", "show", rows[0]["state"], "--store", store, "--json").json
    assert shown["hash"] in hashes
    assert shown["tables"]["state/stocks"] == 2


def test_every_problem_of_a_state_is_told_at_once(park: Path, state: Path, command: Callable[..., Any]) -> None:
    """Cells, names, contradictions, files and the day: each with its file and line, and exit code 2."""
    (state / "operations.csv").write_text(
        as_csv([*OPERATIONS, ["A-003", "it_box", 1, "test", "under_way", 5],
                ["A-004", "it_box", 9, "frame", "done", ""], ["A-002", "site", 1, "desgin", "under_way", "x"]]),
        encoding="utf-8",
    )  # fmt: skip
    (state / "stocks.csv").write_text("material,quantity\nsteal,4\n", encoding="utf-8")
    (state / "machines.xlsx").write_bytes(workbook({"a": MACHINES}))
    (state / "operatoins.csv").write_text("order\n", encoding="utf-8")
    outcome = command("state", "import", state, "--park", park, "--at", DAY, "--json")
    assert outcome.code == 2
    found = {(row["file"], row["line"], row["column"], row["code"]) for row in outcome.json["problems"]}
    assert ("floor/operations.csv", 8, "remaining_hours", "not-a-number") in found
    assert ("floor/stocks.csv", 2, "material", "unknown-reference") in found
    assert ("floor/machines.xlsx", 0, "", "two-files") in found
    assert ("floor/operatoins.csv", 0, "", "unknown-file") in found
    (state / "operations.csv").write_text(
        as_csv([*OPERATIONS, ["A-003", "it_box", 1, "test", "under_way", 5],
                ["A-004", "it_box", 9, "frame", "done", ""]]),
        encoding="utf-8",
    )  # fmt: skip
    outcome = command("state", "import", state, "--park", park, "--at", DAY, "--json")
    more = {(row["file"], row["line"], row["column"], row["code"]) for row in outcome.json["problems"]}
    assert ("floor/operations.csv", 6, "order", "started-before-ordered") in more
    assert ("floor/operations.csv", 7, "unit", "unknown-unit") in more


def test_what_is_no_state_is_not_taken_for_an_empty_one(
    park: Path, state: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    """A park's own folder, a form that cannot be read, a folder without a table, another park's state."""
    (state / "operations.csv").rename(state / "operations.xls")
    (state / "state.toml").write_text('at = 2026-11-02\npark = "other"\nwhen = 1\n', encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for folder, codes in (
        (park, {"no-state"}), (tmp_path / "empty", {"no-state"}), (tmp_path / "none", {"no-folder"}),
        (state, {"wrong-file-kind", "unknown-key"}),
    ):  # fmt: skip
        outcome = command("state", "import", folder, "--park", park, "--json")
        assert outcome.code == 2
        assert {row["code"] for row in outcome.json["problems"]} >= codes, folder
    (state / "operations.xls").rename(state / "operations.csv")
    (state / "state.toml").write_text('at = 2026-11-02\npark = "other"\n', encoding="utf-8")
    outcome = command("state", "import", state, "--park", park, "--json")
    assert [row["code"] for row in outcome.json["problems"]] == ["other-park"]


def test_the_order_book_of_a_state_takes_the_place_of_the_park_s(
    park: Path, state: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    """Two orders only, also when it is read again from the store."""
    lines = (park / "orders.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (state / "orders.csv").write_text("".join(lines[:3]), encoding="utf-8")
    store = tmp_path / "runs"
    found = command("state", "import", state, "--park", park, "--at", DAY, "--store", store, "--json").json
    assert found["tables"]["orders"] == 2
    outcome = command("simulate", park, "-n", 2, "--state", found["state"], "--store", store, "--json")
    assert outcome.json["orders"] == 2


@pytest.mark.parametrize(
    ("at", "code"),
    [("2026-11-02T06:00", "time"), ("tomorrow", "time"), ("2026-09-30", "day-outside"), ("2028-01-06", "day-outside")],
)
def test_a_state_holds_at_the_beginning_of_a_day_of_the_park(
    at: str, code: str, park: Path, state: Path, command: Callable[..., Any]
) -> None:
    """Hours, no dates, and days outside the horizon are refused."""
    outcome = command("state", "import", state, "--park", park, "--at", at, "--json")
    assert outcome.code == 2
    assert code in {row["code"] for row in outcome.json["problems"]}


def test_a_number_in_a_workbook_is_no_name(park: Path, state: Path, command: Callable[..., Any]) -> None:
    """A spreadsheet has lost the leading zeros of a name that it takes for a number."""
    (state / "stocks.csv").unlink()
    (state / "stocks.xlsx").write_bytes(workbook({"a": [["material", "quantity"], [1001, 4]]}))
    outcome = command("state", "import", state, "--park", park, "--at", DAY, "--json")
    assert outcome.code == 2
    rows = [(row["file"], row["line"], row["code"]) for row in outcome.json["problems"]]
    assert ("floor/stocks.xlsx", 2, "number-id") in rows


def test_simulations_start_from_a_state_by_its_id_or_its_folder(
    park: Path, state: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    """Both give the same figures; they begin on the state's day, and a damaged state is refused."""
    store = tmp_path / "runs"
    (state / "state.toml").write_text(f"at = {DAY}\n", encoding="utf-8")
    found = command("state", "import", state, "--park", park, "--store", store, "--json").json
    by_id = command("simulate", park, "-n", 3, "--state", found["state"], "--store", store, "--json")
    by_folder = command("simulate", park, "-n", 3, "--state", state, "--json")
    assert by_id.code == 0, by_id.err
    assert by_id.json["trace_hash"] == by_folder.json["trace_hash"]
    plain = command("simulate", park, "-n", 3, "--json").json
    assert plain["trace_hash"] != by_id.json["trace_hash"]
    first = [next(row["day"][0] for row in found["weeks"] if row["kind"] == "product_wip")
             for found in (plain, by_id.json)]  # fmt: skip
    assert first == ["2026-10-07", "2026-11-08"]
    assert command("runs", "verify", found["state"], "--store", store).code == 0
    file = store / found["state"] / "stocks.parquet"
    file.write_bytes(file.read_bytes() + b" ")
    outcome = command("simulate", park, "--state", found["state"], "--store", store, "--json")
    assert outcome.code == 2
    assert {row["code"] for row in outcome.json["problems"]} >= {"altered-file"}


def test_a_run_starts_from_a_state_and_is_made_again_from_it(
    park: Path, state: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    """The plan, the schedule and the replay start on the state's day; what is done is not planned again."""
    store = tmp_path / "runs"
    found = command("state", "import", state, "--park", park, "--at", DAY, "--store", store, "--json").json
    run = command("run", "--park", park, "--state", found["state"], "-n", 3, "--rounds", 2, "--weeks", 4, "--store",
                  store, "--json")  # fmt: skip
    assert run.code == 0, run.err
    assert "--state" in run.json["command"]
    assert run.json["certificate"]["violations"] == 0
    verified = command("runs", "verify", run.json["run"], "--store", store, "--json")
    assert verified.json["same"], verified.json
    rows = pl.read_parquet(store / run.json["run"] / "schedule_operations.parquet")
    assert not rows.filter((pl.col("order") == "A-001") & (pl.col("operation") == "design")).height


def test_a_state_is_no_run(park: Path, state: Path, tmp_path: Path, command: Callable[..., Any]) -> None:
    """The latest run is not the state that was imported after it; what needs a run refuses a state by name."""
    store = tmp_path / "runs"
    made = command("schedule", park, "--weeks", 2, "--work", 500, "--save", "--store", store, "--json").json["run"]
    name = command("state", "import", state, "--park", park, "--at", DAY, "--store", store, "--json").json["state"]
    assert command("runs", "show", "--store", store, "--json").json["run"] == made
    assert command("runs", "show", name, "--store", store).out.startswith(name)
    assert command("state", "show", "--store", store, "--json").json["state"] == name
    for arguments in (
        ("explain", name),
        ("report", name),
        ("schedule", park, "--plan", name),
        ("runs", "publish", name),
    ):
        outcome = command(*arguments, "--store", store, "--json")
        assert outcome.code == 2, arguments
        assert outcome.json["problems"], arguments


def test_what_was_posted_before_counts_for_the_goals(park: Path, tmp_path: Path, command: Callable[..., Any]) -> None:
    """A future that is put down in the goals' year says what it has posted so far, and a run aims at what remains."""
    floor, store = tmp_path / "later", tmp_path / "store"
    assert command("state", "extract", floor, "--park", park, "--at", "2027-02-22", "--seed", "7").code == 0
    posted = dict(pl.read_csv(floor / "posted.csv").rows())
    assert list(posted) == ["output", "trade"]
    assert min(posted.values()) > 0
    once = ("simulate", park, "-n", "1", "--seed", "7", "--json")
    whole, rest = (command(*once, *asked).json["kpis"] for asked in ((), ("--state", floor)))
    for name, amount in posted.items():
        assert rest[name]["mean"] + amount == pytest.approx(whole[name]["mean"])
    found = command("run", park, "--state", floor, "-n", "2", "--rounds", "2", "--store", store, "--json")
    targets = {row["id"]: row["target_yuan"] for row in found.json["goals"]}
    assert targets == {name: 1000 * 10**8 - round(amount) for name, amount in posted.items()}
    told = [line for line in found.json["notices"] if "posted before 2027-02-22" in line]
    assert len(told) == 2
    assert "the goal is what remains" in told[0]


def test_posted_amounts_are_checked_against_the_goals(
    park: Path, state: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    """A name that is no goal, and money of a year that has not begun, are told with their lines; goals can be met."""
    file, goals = state / "posted.csv", tmp_path / "goals.toml"
    goals.write_text(
        'title = "g"\nannounced = false\n'
        '[[goal]]\nid = "a"\nledger = "industrial_output"\namount = "8亿元"\nyear = 2026\nincrement_over = "2亿元"\n'
        '[[goal]]\nid = "b"\nledger = "wholesale_trade"\namount = "5亿元"\n',
        encoding="utf-8",
    )
    asked = ("simulate", park, "-n", "2", "--state", state, "--goals", goals, "--json")
    (state / "state.toml").write_text(f"at = {DAY}\n", encoding="utf-8")
    file.write_text("目标,已过账金额\nb,1\naa,2\n", encoding="utf-8")
    refused = command(*asked)
    assert refused.code == 2
    assert [(one["line"], one["column"], one["code"]) for one in refused.json["problems"]] == [
        (2, "posted_yuan", "posted-too-early"), (3, "goal", "unknown-goal"),
    ]  # fmt: skip
    file.write_text("goal,posted_yuan\na,3e8\n", encoding="utf-8")
    found = command(*asked)
    assert "a: 3.00 of 10.00 亿元 were posted before 2026-11-02: the goal is what remains" in found.json["notices"]
    file.write_text("goal,posted_yuan\na,1.2e9\n", encoding="utf-8")
    assert "met and left out" in "".join(command(*asked).json["notices"])
    goals.write_text(goals.read_text(encoding="utf-8").partition('[[goal]]\nid = "b"')[0], encoding="utf-8")
    refused = command(*asked)
    assert (refused.code, refused.json["problems"][0]["code"]) == (2, "all-met")
