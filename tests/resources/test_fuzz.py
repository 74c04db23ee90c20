"""Whatever the bytes, a reader returns: rows, or problems, never an exception."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from aidc_twin.errors import Problem
from aidc_twin.resources import Id, TimeOfDay, read_json, read_table, read_toml
from aidc_twin.units.quantity import Quantity, When

HEAD = "id,编号2,n,x,q,w,t,f,l\n".encode()
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
THOROUGH = settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Row(BaseModel, frozen=True):
    """One column of every kind."""

    id: Id
    text: str = Field("", json_schema_extra={"aliases": ["编号2"]})
    n: int = Field(0, ge=0, le=100)
    x: float = 0.0
    q: Quantity | None = None
    w: When | None = None
    t: TimeOfDay = 0
    f: bool = False
    l: tuple[str, ...] = ()  # noqa: E741
    table: dict[str, int] = {}


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    """A file that is written again and again, in memory where there is room."""
    handle, name = tempfile.mkstemp(suffix=".csv")
    os.close(handle)
    yield Path(name)
    Path(name).unlink()


CELL = st.sampled_from(
    [
        "A-1",
        "1",
        "-1",
        "1e5",
        "nan",
        "５",
        "",
        " ",
        '"',
        "a\0",
        "tri(1,2,3)",
        "fact:x",
        "2026-10-01",
        "24:00",
        "true",
        "a;b",
        "合计",
        "\ufeff",
    ]
) | st.text(max_size=8)
TABLE = st.lists(st.lists(CELL, min_size=8, max_size=10).map(",".join), max_size=6).map("\n".join)
ENCODED = st.tuples(TABLE, st.sampled_from(["utf-8", "gb18030", "utf-16", "big5"])).map(
    lambda pair: HEAD + pair[0].encode(pair[1], "replace")
)
BYTES = st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: HEAD + tail) | ENCODED
TOML = st.lists(
    st.sampled_from(
        ["id", "=", "'x'", "\n", "[", "]", "{", "}", "n", "1", ".", '"', "nan", "table", "t", "q", "true", ",", "名"]
    ),
    max_size=25,
).map("".join)


def check_table(path: Path, data: bytes) -> None:
    """A table of these bytes reads into rows or problems."""
    path.write_bytes(data)
    problems: list[Problem] = []
    rows = read_table(path, Row, problems, [])
    assert rows or problems
    assert all("\n" not in str(problem) for problem in problems)


def check_text(path: Path, text: str) -> None:
    """A definition reads into a model or problems, a JSON into a value or a problem."""
    path.write_text(text, encoding="utf-8")
    problems: list[Problem] = []
    assert (read_toml(path, Row, problems) is None) == bool(problems)
    problems.clear()
    assert read_json(path, problems) is not None or problems or text.strip() == "null"


@QUICK
@given(BYTES)
def test_tables(path: Path, data: bytes) -> None:
    """Random bytes, random cells, four encodings."""
    check_table(path, data)


@QUICK
@given(TOML | st.text(max_size=40))
def test_definitions(path: Path, text: str) -> None:
    """Random pieces of TOML, and random text."""
    check_text(path, text)


@pytest.mark.release
@THOROUGH
@given(BYTES)
def test_tables_thoroughly(path: Path, data: bytes) -> None:
    """As above, many more."""
    check_table(path, data)


@pytest.mark.release
@THOROUGH
@given(TOML | st.text(max_size=40))
def test_definitions_thoroughly(path: Path, text: str) -> None:
    """As above, many more."""
    check_text(path, text)
