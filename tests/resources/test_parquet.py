"""Parquet tables pass the same checks as CSV, and a corrupt file is one problem."""

import io
import random
from datetime import date, datetime, time
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest
from pydantic import BaseModel, Field

from aidc_twin.errors import Problem
from aidc_twin.resources import Id, TimeOfDay, read_table
from aidc_twin.resources.tables import read_rows
from aidc_twin.units.quantity import Quantity


class Row(BaseModel, frozen=True):
    """One row with native and textual columns."""

    __key__: ClassVar[tuple[str, ...]] = ("id",)
    id: Id = Field(json_schema_extra={"aliases": ["编号"]})
    count: int = Field(0, ge=0)
    hours: Quantity | None = None
    day: date | None = None
    open: TimeOfDay = 0
    flag: bool = False


def read(folder: Path, data: bytes) -> tuple[list[tuple[int, Row]], list[Problem]]:
    """Rows and problems of the bytes of a Parquet file."""
    path = folder / "rows.parquet"
    path.write_bytes(data)
    problems: list[Problem] = []
    return read_table(path, Row, problems, []), problems


def packed(columns: dict[str, list[object]]) -> bytes:
    """Bytes of a Parquet file."""
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer)
    return buffer.getvalue()


def test_native_and_text_columns(tmp_path: Path) -> None:
    """Native types and texts read alike, nulls are defaults, and aliases count."""
    native = {"编号": ["a", "b"], "count": [1, None], "hours": [1.5, 2.0], "day": [date(2026, 10, 1), None],
              "open": [time(8, 30), time(0)], "flag": [True, False]}  # fmt: skip
    text = {"编号": ["a", "b"], "count": ["1", ""], "hours": ["1.5", "2"], "day": ["2026-10-01", None],
            "open": ["08:30", "0:00"], "flag": ["true", "false"]}  # fmt: skip
    rows, problems = read(tmp_path, packed(native))
    assert problems == []
    assert rows == read(tmp_path, packed(text))[0]
    assert [line for line, _ in rows] == [2, 3]
    assert rows[0][1].open == 510


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"id": [7]}, "wrong-column-type"),
        ({"id": ["a"], "count": [1.0]}, "wrong-column-type"),
        ({"id": ["a"], "count": [True]}, "wrong-column-type"),
        ({"id": ["a"], "count": [[1]]}, "wrong-column-type"),
        ({"id": ["a"], "flag": [1]}, "wrong-column-type"),
        ({"id": ["a"], "hours": [float("nan")]}, "nan"),
        ({"id": ["a"], "count": [-1]}, "out-of-range"),
        ({"id": ["a"], "day": [datetime(2026, 10, 1, 8)]}, "bad-date"),
        ({"id": ["a", "a"]}, "duplicate-id"),
        ({"id": ["a"], "cuont": [1]}, "unknown-column"),
        ({"count": [1]}, "missing-column"),
        ({"id": []}, "wrong-column-type"),
    ],
)
def test_bad_columns_and_cells(tmp_path: Path, columns: dict[str, list[object]], code: str) -> None:
    """A column of the wrong type or a bad value is refused by name."""
    _, problems = read(tmp_path, packed(columns))
    expected = "no-rows" if columns == {"id": []} else code
    assert [problem.code for problem in problems] == [expected]


def test_a_column_of_the_wrong_type_hides_nothing_else(tmp_path: Path) -> None:
    """It is told once, and what is wrong in other columns, or with ids that can be read, in the same go."""
    columns: dict[str, list[object]] = {"id": ["a", "b", "b"], "count": [1, -1, 2], "flag": [1, 0, 7]}
    rows, problems = read(tmp_path, packed(columns))
    assert rows == []
    told = [(problem.line, problem.column, problem.code) for problem in problems]
    assert told == [(1, "flag", "wrong-column-type"), (3, "count", "out-of-range"), (4, "id", "duplicate-id")]


def test_a_key_of_the_wrong_type_hides_nothing_else(tmp_path: Path) -> None:
    """The other cells of the rows are read; which rows they are nobody knows."""
    path = tmp_path / "rows.parquet"
    path.write_bytes(packed({"编号": [1, 1], "count": [1, -1]}))
    problems: list[Problem] = []
    found = read_rows(path, Row, problems, [])
    assert [(problem.line, problem.column, problem.code) for problem in problems] == [
        (1, "编号", "wrong-column-type"), (3, "count", "out-of-range"),
    ]  # fmt: skip
    assert (found.rows, [line for line, _ in found.strays], found.complete) == ([], [2, 3], False)


def test_corrupt_files(tmp_path: Path) -> None:
    """Cut and scrambled files give rows or a problem that names the file, never a traceback."""
    good = packed({"id": ["a", "b", "c"], "count": [1, 2, 3]})
    generator = random.Random(3)
    cases = [b"PAR1", b"PAR1PAR1PAR1PAR1", b"id\na\n", good[:-9] + b"PAR1", good[: len(good) // 2]]
    for _ in range(60):
        scrambled = bytearray(good)
        for _ in range(generator.randint(1, 6)):
            scrambled[generator.randrange(4, len(good) - 4)] = generator.randrange(256)
        cases.append(bytes(scrambled))
    for data in cases:
        rows, problems = read(tmp_path, data)
        assert rows or problems
        assert all(problem.file.endswith("rows.parquet") for problem in problems)
