"""What spreadsheets and habits do to tables: read where it is certain, refused with a cure where it is not."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park import Park

Problems = Callable[..., list[Problem]]
Replace = Callable[[Path, str, str], int]


@pytest.mark.parametrize(("end", "mark"), [("\r", b""), ("\r\n", b""), ("\n", b"\xef\xbb\xbf")])
def test_line_ends_and_marks_are_read(tiny: Path, load: Callable[..., Park], end: str, mark: bytes) -> None:
    """Old Mac and Windows line ends and a byte-order mark give the same park."""
    expected = load(tiny).hash
    for path in tiny.rglob("*.csv"):
        path.write_bytes(mark + path.read_text(encoding="utf-8").replace("\n", end).encode())
    assert load(tiny).hash == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "gb18030"])
def test_encodings_of_excel_are_read(tiny: Path, load: Callable[..., Park], encoding: str) -> None:
    """A table with a Chinese header and name reads the same in each encoding that Excel writes."""
    text = "目的地,名称,市场\nnearby,无锡,domestic\noverseas,海外,export\n"
    (tiny / "destinations.csv").write_text(text, encoding=encoding)
    assert load(tiny).destination("nearby").title == "无锡"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("weight,basis", "weight,weight", "duplicate-column"),
        ("quantity_mw,ordered", "quantity,ordered", "unknown-column"),
        ("kit,1.5,2026-10-08", "kit,1.5,46357", "excel-serial"),
        ("kit,1.5,2026-10-08", "kit,1.5,01/02/2027", "ambiguous-date"),
        ("kit,1.5,2026-10-08", "kit,1.5,2027-02-30", "no-such-day"),
        ("kit,1.5,2026-10-08", "kit,1.5,2026-10-08T08:00+08:00", "bad-date"),
        ("kit,1.5", "kit,１.5", "wide-digits"),
        ("kit,1.5", "kit,1.5万", "chinese-unit"),
        ("kit,1.5", "kit,0", "out-of-range"),
        ("o2,Second", "1.23457E+19,Second", "mangled-id"),
        ("o2,Second", "O1,Second", "confusable-id"),
        ("o2,Second", "../../x,Second", "bad-id"),
        ("o2,Second customer", 'o2,"Second customer', "bad-quote"),
        ("Third customer,Abroad", "Third customer", "row-width"),
    ],
)
def test_cells_that_are_refused(
    tiny: Path, problems_of: Problems, replace_in: Replace, old: str, new: str, code: str
) -> None:
    """A cell, header or row that has more than one reading is refused where it stands."""
    line = replace_in(tiny / "orders.csv", old, new)
    codes = {problem.code: problem for problem in problems_of(tiny)}
    if code == "bad-quote":
        assert len(codes) == 1
        assert next(iter(codes.values())).line >= line
    else:
        assert codes[code].line == line


def test_semicolons_are_recognised(tiny: Path, problems_of: Problems) -> None:
    """A table separated by semicolons is one problem, not a table of one column."""
    path = tiny / "orders.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    assert [problem.code for problem in problems_of(tiny)] == ["wrong-separator"]


@pytest.mark.parametrize("epoch", ["2026-10-01T00:00:00+08:00", "2026-10-01T08:00:00", '"2026-10-01"', "20261001"])
def test_the_epoch_is_a_date(tiny: Path, problems_of: Problems, replace_in: Replace, epoch: str) -> None:
    """Times with or without an offset, text and numbers are no epoch."""
    line = replace_in(tiny / "park.toml", "epoch = 2026-10-01", f"epoch = {epoch}")
    (problem,) = problems_of(tiny)
    assert (problem.line, problem.column) == (line, "epoch")


def test_names_that_would_act_are_kept_as_text(tiny: Path, load: Callable[..., Park], replace_in: Replace) -> None:
    """Markup and formulas in free text are data; outputs escape them."""
    replace_in(tiny / "orders.csv", "Second customer", "=cmd|' /C calc'!A0 <script>{{7*7}}</script>")
    assert load(tiny).order("o2").customer.endswith("</script>")


def test_a_park_can_be_sent_to_a_worker(tiny_park: Park) -> None:
    """A park survives pickling with its hash."""
    assert pickle.loads(pickle.dumps(tiny_park)).hash == tiny_park.hash


def test_a_park_in_the_working_folder(tiny: Path, problems_of: Problems, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder may be the current one; messages then name the bare file."""
    monkeypatch.chdir(tiny)
    (tiny / "setups.csv").write_text("resource,from_family,to_family,hours\nx,it,it,1\n", encoding="utf-8")
    (tiny / "odd.txt").write_text("x", encoding="utf-8")
    assert [problem.file for problem in problems_of(".")] == ["odd.txt", "setups.csv"]
