"""``promise`` from the command line: one inquiry or a file of them, under a run's plan or none, and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aidc_twin.app.entry import run
from aidc_twin.app.promise_text import text
from aidc_twin.app.publishing import REFERENCE
from aidc_twin.park.scaffold import write_scaffold

ASKED = ("--product", "site", "--quantity", "1", "--due", "2027-01-15")


@pytest.fixture(scope="module")
def park(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small park that `init` writes."""
    folder = tmp_path_factory.mktemp("promise") / "park"
    write_scaffold(folder)
    return str(folder)


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, and what was printed and told."""
    code = run(["promise", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def asked(capsys: pytest.CaptureFixture[str], park: str, *arguments: str) -> dict[str, Any]:
    """What a few futures promise, as an object."""
    code, out, err = called(capsys, "--park", park, "-n", "20", "--json", *arguments)
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_promise_as_an_object_and_in_words(park: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Four dates in order for each place, one destination by default, and every figure in the words."""
    found = asked(capsys, park, *ASKED, "--store", str(tmp_path))
    one = found["promises"][0]
    assert one["destination"] == "home"
    assert list(one["places"]) == ["ordinary", "rush"]
    for row in one["places"].values():
        dates = [date["date"] for date in row["dates"]]
        assert dates == sorted(dates)
        assert all(date["low"] is None or date["low"] <= date["date"] for date in row["dates"])
        assert 0 <= row["wished"]["low"] <= row["wished"]["probability"] <= row["wished"]["high"] <= 1
    told = text(found)
    assert told.startswith(f"{found['park']}: 1 MW site to home, wished by 2027-01-15\n")
    for part in (one["places"]["ordinary"]["dates"][2]["date"], "price of priority", "no plan", "order-weeks"):
        assert part in told


@pytest.mark.parametrize(
    ("rush", "weeks", "said"),
    [
        ("2027-01-15", 0.6, "brings the 90 % day forward by 5 days and makes the others later by 0.6 order-weeks"),
        ("2027-01-19", -1.2, "brings the 90 % day forward by 1 day and makes the others less late by 1.2 order-weeks"),
        ("2027-01-20", 0.01, "leaves the 90 % day as it is and makes the others no later"),
        ("2027-01-22", 0.6, "puts the 90 % day back by 2 days and makes the others later by 0.6 order-weeks"),
        (None, 0.6, "rush makes the others later by 0.6 order-weeks"),
    ],
)
def test_the_price_of_priority_has_no_sign_to_be_read_twice(
    park: str, rush: str | None, weeks: float, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Days forward or back, others later or less late, and neither where it is nothing."""
    found = asked(capsys, park, *ASKED, "--store", str(tmp_path))
    first, second = found["promises"][0]["places"].values()
    for one, date, late in ((first, "2027-01-20", 0.0), (second, rush, weeks)):
        one["dates"][2]["date"] = date
        one["price"]["late_order_weeks"]["mean"] = late
    assert f"{said} than ordinary" in text(found)


def test_names_that_nobody_knows_are_refused_together(
    park: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Product, quantity, day, destination and priority: every mistake at once, with the nearest name."""
    wrong = (
        "--product",
        "siet",
        "--quantity",
        "0",
        "--due",
        "2020-01-15",
        "--destination",
        "hoem",
        "--priority",
        "rash",
    )
    code, out, err = called(capsys, "--park", park, *wrong, "--store", str(tmp_path), "--json")
    assert code == 2
    problems = {row["column"]: row for row in json.loads(out)["problems"]}
    assert problems.keys() == {"--product", "--quantity", "--due", "--destination", "--priority"}
    assert problems["--product"]["fix"] == "did you mean 'site'?"
    assert problems["--destination"]["fix"] == "did you mean 'home'?"
    assert problems["--priority"]["fix"] == "did you mean 'rush'?"
    assert "which is past" in problems["--due"]["found"]
    assert err.startswith("error: 5 problems")


@pytest.mark.parametrize(
    ("arguments", "column"),
    [
        ((), "--product"),
        (("--product", "site", "--quantity", "1"), "--due"),
        (("--product", "site", "--quantity", "1", "--due", "01/02/2027"), "--due"),
        (("--product", "site", "--quantity", "1", "--due", "2099-01-01"), "--due"),
        (("--product", "site", "--quantity", "nan", "--due", "2027-01-15"), "--quantity"),
        (("--product", "site", "--quantity", "100000", "--due", "2027-01-15"), "--quantity"),
        (("--product", "it_box", "--quantity", "1", "--due", "2027-01-15"), "--product"),
        ((*ASKED, "--csv", "none.csv"), "--csv"),
        ((*ASKED, "--run", "no-such-run"), "run"),
        ((*ASKED, "--state", "no-such-folder"), "--state"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    park: str, arguments: tuple[str, ...], column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its option, exit code 2 and no traceback."""
    code, out, err = called(capsys, "--park", park, *arguments, "--store", str(tmp_path), "--json")
    assert code == 2, err
    assert column in {row["column"] for row in json.loads(out)["problems"]}


def test_a_file_is_answered_line_by_line(park: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each inquiry as if it were asked alone; the answers as a table, an object and a CSV file."""
    file, answers = tmp_path / "asked.csv", tmp_path / "answers.csv"
    file.write_text(
        "询价单号,product,quantity,due,destination\nQ-1,site,1,2027-01-15,home\nQ-2,site,2,2026-12-01,\n",
        encoding="utf-8",
    )
    found = asked(capsys, park, "--csv", str(file), "-o", str(answers), "--store", str(tmp_path))
    assert [one["inquiry"] for one in found["promises"]] == ["Q-1", "Q-2"]
    alone = asked(capsys, park, *ASKED, "--store", str(tmp_path))
    assert found["promises"][0]["places"] == alone["promises"][0]["places"]
    rows = pl.read_csv(answers)
    assert rows.select("inquiry", "priority").rows() == [
        ("Q-1", "ordinary"), ("Q-1", "rush"), ("Q-2", "ordinary"), ("Q-2", "rush"),
    ]  # fmt: skip
    assert rows["date_90"][0] == found["promises"][0]["places"]["ordinary"]["dates"][2]["date"]
    assert "2 inquiries, each alone" in text(found)
    assert str(answers) in text(found)
    assert "is not before" not in text(found)
    found["promises"][1]["places"]["rush"]["dates"][2]["date"] = None
    assert "– is not before" in text(found)


@pytest.fixture
def told(park: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[tuple[int, str]]]:
    """Line and column of each problem of a file of inquiries."""

    def told(lines: str) -> list[tuple[int, str]]:
        file = tmp_path / "asked.csv"
        file.write_text("inquiry,product,quantity,due,destination\n" + lines, encoding="utf-8")
        code, out, _ = called(capsys, "--park", park, "--csv", str(file), "--store", str(tmp_path), "--json")
        assert code == 2
        return sorted((row["line"], row["column"]) for row in json.loads(out)["problems"])

    return told


def test_bad_lines_of_a_file_are_told_at_once(told: Callable[[str], list[tuple[int, str]]]) -> None:
    """Line and column of each, whether the cell cannot be read or its name is not known."""
    places = told(
        "Q-1,siet,1,2027-01-15,home\nQ-2,site,0,2027-01-15,home\n"
        "Q-3,site,1,2019-01-15,home\nQ-4,site,1,tomorrow,home\nQ-1,site,1,2027-01-15,mars\n"
    )
    assert {*places} >= {(2, "product"), (3, "quantity"), (4, "due"), (5, "due"), (6, "inquiry")}


def test_problems_name_the_columns_as_the_file_does(
    park: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under Chinese headers, and where one is English, cells that cannot be read and names that nobody knows alike."""
    file = tmp_path / "asked.csv"
    head = "询价单号,产品,quantity,交期,目的地\n"
    file.write_text(head + "Q-1,siet,nan,2019-01-15,mars\nQ-1,site,99999,soon,\n", encoding="utf-8")
    code, out, _ = called(capsys, "--park", park, "--csv", str(file), "--store", str(tmp_path), "--json")
    assert code == 2
    assert sorted((row["line"], row["column"]) for row in json.loads(out)["problems"]) == [
        (2, "quantity"), (2, "交期"), (2, "产品"), (2, "目的地"), (3, "交期"), (3, "询价单号"),
    ]  # fmt: skip
    file.write_text(head.replace("quantity", "数量") + "Q-1,site,99999,2027-01-15,\nQ-2,site\n", encoding="utf-8")
    _, out, _ = called(capsys, "--park", park, "--csv", str(file), "--store", str(tmp_path), "--json")
    many, narrow = json.loads(out)["problems"]
    assert (many["line"], many["column"]) == (2, "数量")
    assert narrow["allowed"] == "5 cells (询价单号, 产品, 数量, 交期, 目的地)"


def test_a_cell_that_cannot_be_read_hides_no_other_of_its_line(told: Callable[[str], list[tuple[int, str]]]) -> None:
    """Names that nobody knows and days that are past are told beside a cell that cannot be read, or a name twice."""
    assert told(
        "Q-1,siet,nan,2027-01-15,mars\nQ-2,site,2 MW,2019-01-15,home\n"
        "Q-2,siet,1,2027-01-15,home\n,site,1,2027-01-15,venus\nQ-3,,1,tomorrow,\n"
    ) == [
        (2, "destination"), (2, "product"), (2, "quantity"), (3, "due"), (3, "quantity"), (4, "inquiry"),
        (4, "product"), (5, "destination"), (5, "inquiry"), (6, "due"), (6, "product"),
    ]  # fmt: skip


def test_the_plan_of_a_run_goes_on(place: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A named run and the published one give the same answer, which is not that without a plan."""
    run_id = place.runs["first"]["run"]
    store = str(place.store)
    named = asked(capsys, str(place.park), *ASKED, "--store", store, "--run", run_id)
    assert named["run"] == run_id
    assert f"while {run_id} goes on" in text(named)
    reference = place.store / REFERENCE
    reference.write_text(run_id, encoding="utf-8")
    try:
        published = asked(capsys, str(place.park), *ASKED, "--store", store)
        other = asked(capsys, str(place.park), *ASKED, "--store", store, "-s", str(place.half))
    finally:
        reference.unlink()
    assert published["promises"] == named["promises"]
    assert other["run"] is None
    assert "is of another park" in other["notices"][0]
    none = asked(capsys, str(place.park), *ASKED, "--store", store, "--run", "none")
    assert none["run"] is None
    assert none["promises"] != named["promises"]


def test_an_order_that_comes_too_late_is_told_so(park: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No date, but the day on which the horizon ends, with the probability until then."""
    big = ("--product", "site", "--quantity", "400", "--due", "2027-12-31", "--priority", "behind")
    found = asked(capsys, park, *big, "--store", str(tmp_path))
    assert f"not before {found['horizon_end']}: the horizon ends (0 %)" in text(found)


def test_a_park_without_solutions_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where all units come from sources there is nothing that could be promised."""
    folder = Path(__file__).parents[1] / "parks" / "sources"
    code, out, _ = called(capsys, "--park", str(folder), *ASKED, "--store", str(tmp_path), "--json")
    assert code == 2
    assert [row["code"] for row in json.loads(out)["problems"]] == ["no-solution"]


@pytest.mark.parametrize("name", ["tiny", "buckets", "cash", "conveyor"])
def test_parks_of_all_kinds_are_asked(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Shares of periods, money, belts: an order of one megawatt has its dates, and the whole of its time is told."""
    folder = Path(__file__).parents[1] / "parks" / name
    product = next(
        row for row in pl.read_csv(folder / "products.csv").iter_rows(named=True) if row["kind"] == "solution"
    )
    wish = ("--product", product["product"], "--quantity", "1", "--due", "2027-03-15", "--store", str(tmp_path))
    found = asked(capsys, str(folder), *wish)
    for row in found["promises"][0]["places"].values():
        lead = row["lead"]
        assert lead["days"] == pytest.approx(lead["work_days"] + sum(wait["days"] for wait in lead["waits"]))
        assert all(date["date"] for date in row["dates"])
    assert "100 % (84 to 100)" in text(found)


def test_the_state_of_the_floor_is_read(park: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a stock of what it waits for an order is promised for an earlier day."""
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "stocks.csv").write_text("material,quantity\naccelerators,100000\nsteel,1000\n", encoding="utf-8")
    full = asked(capsys, park, *ASKED, "--store", str(tmp_path), "--state", str(folder))
    plain = asked(capsys, park, *ASKED, "--store", str(tmp_path))
    days = [one["promises"][0]["places"]["ordinary"]["dates"][2]["date"] for one in (full, plain)]
    assert days[0] < days[1]
