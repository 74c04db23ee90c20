"""Sheets of workbooks as rows of text; what is no workbook, or far too large a one, is told and never raised."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from aidc_twin.errors import Problem
from aidc_twin.park.schema import Shift, StockState
from aidc_twin.report.sheets import workbook
from aidc_twin.resources import read_table
from aidc_twin.resources.columns import columns_of
from aidc_twin.resources.xlsx import _extent, _text

ROWS = [["material", "quantity"], ["steel", 4], ["copper", 5.5]]


def parts_of(data: bytes) -> dict[str, bytes]:
    """Parts of a workbook by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    """A workbook of these parts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


def read(data: bytes, folder: Path, sheet: str = "") -> tuple[list[tuple[int, StockState]], list[Problem]]:
    """Rows and problems of a table of stocks."""
    path, problems = folder / "stocks.xlsx", list[Problem]()
    path.write_bytes(data)
    return read_table(path, StockState, problems, [], sheet=sheet), problems


def test_rows_have_their_numbers_in_the_sheet(tmp_path: Path) -> None:
    """Empty rows above the head are passed over; a bad cell is told with its line and column."""
    rows, problems = read(workbook({"a": [["", ""], *ROWS]}), tmp_path)
    assert [(line, row.material, row.quantity) for line, row in rows] == [(3, "steel", 4), (4, "copper", 5.5)]
    assert problems == []
    _, problems = read(workbook({"a": [*ROWS, ["zinc", "many"]]}), tmp_path)
    assert [(p.line, p.column, p.code) for p in problems] == [(4, "quantity", "not-a-number")]


def test_the_sheet_must_be_clear(tmp_path: Path) -> None:
    """One sheet, or one that is named."""
    book = workbook({"a": ROWS, "b": ROWS[:2]})
    assert [p.code for p in read(book, tmp_path)[1]] == ["many-sheets"]
    assert len(read(book, tmp_path, "b")[0]) == 1
    assert [p.code for p in read(book, tmp_path, "c")[1]] == ["no-sheet"]


def test_damaged_workbooks_are_problems(tmp_path: Path) -> None:
    """Whatever stands in a file, it gives rows or problems."""
    draw, whole = random.Random(5), workbook({"a": ROWS})
    parts = parts_of(whole)
    told = 0
    for n in range(300):
        if n % 2:
            data = bytearray(whole)
            for _ in range(draw.randint(1, 4)):
                data[draw.randrange(len(data))] = draw.randrange(256)
            found = read(bytes(data[: draw.choice((len(data), draw.randrange(len(data))))]), tmp_path)
        else:
            name = draw.choice(list(parts))
            part = bytearray(parts[name])
            for _ in range(draw.randint(1, 4)):
                part[draw.randrange(len(part))] = draw.choice(b'<>"/0123456789 abcZ&;')
            found = read(packed({**parts, name: bytes(part)}), tmp_path)
        told += bool(found[1])
        assert found[0] or found[1]
    assert told > 50


def test_a_cell_far_out_is_refused_before_room_is_made_for_it(tmp_path: Path) -> None:
    """A stray cell at the corner of the sheet would take half a terabyte."""
    parts = parts_of(workbook({"a": ROWS}))
    name = next(name for name in parts if "worksheets/" in name)
    far = parts[name].replace(b'r="A3"', b'r="XFD1048576"').replace(b'<row r="3"', b'<row r="1048576"')
    assert far != parts[name]
    assert [p.code for p in read(packed({**parts, name: far}), tmp_path)[1]] == ["too-large"]


@pytest.mark.parametrize(
    ("sheet", "extent"),
    [
        (b'<row r="1"><c r="A1"/><c r="AB1" s="2"><v>4</v></c></row>', (1, 28)),
        (b"<row><c/><c><v>4</v></c></row><row><c/></row>", (2, 2)),
        (b'<x:row r="9"><x:c><x:v>3</x:v></x:c></x:row><cols><col min="1"/></cols>', (9, 1)),
        (b'<row r="2"><c r="C40"/></row>', (40, 3)),
    ],
)
def test_extent_of_a_sheet(sheet: bytes, extent: tuple[int, int]) -> None:
    """Also of cells that do not say where they are."""
    assert _extent(sheet) == extent


def test_cells_are_told_as_in_a_csv() -> None:
    """Whole numbers, days and times of day; a moment keeps its time."""
    start = next(column for column in columns_of(Shift) if column.name == "start")
    cells = (
        3.0,
        2.5,
        True,
        date(2027, 1, 4),
        datetime(2027, 1, 4),
        datetime(2027, 1, 4, 6),
        time(6),
        timedelta(hours=6),
    )
    texts = ["3", "2.5", "true", "2027-01-04", "2027-01-04", "2027-01-04 06:00:00", "06:00", "06:00"]
    assert [_text(cell, None) for cell in cells] == texts
    assert _text(datetime(1899, 12, 31, 6), start) == "06:00"
