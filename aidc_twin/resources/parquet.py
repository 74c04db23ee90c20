"""Rows of a Parquet file as cell texts, so that the same columns and readers check them as those of a CSV."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from pathlib import Path

import polars as pl

from aidc_twin.resources.columns import MAX_COLUMNS, Column, names_of
from aidc_twin.resources.defects import Defects
from aidc_twin.resources.text import read_bytes
from aidc_twin.units.number import number_text

__all__ = ["cell_text", "rows_of_parquet"]

SLICE = 10_000
"""Rows turned into Python objects at a time."""
MAX_MEMORY = 512 * 2**20
"""Bytes of a table once unpacked; a small file may hold very much."""

_TEXT = ("text", "id", "choice", "list", "custom")
_ACCEPTED: dict[str, tuple[str, ...]] = {
    "String": (*_TEXT, "int", "float", "bool", "date", "moment", "time", "quantity", "when"),
    "Boolean": ("bool",),
    "Integer": ("int", "float", "quantity"),
    "Float": ("float", "quantity"),
    "Date": ("date", "moment", "when"),
    "Datetime": ("date", "moment", "when"),
    "Time": ("time",),
}
"""Stored type → kinds of columns that it may fill. Numbers are no ids: a spreadsheet has lost their leading zeros."""


def rows_of_parquet(
    path: Path, columns: tuple[Column, ...], defects: Defects, most: int
) -> Iterator[tuple[int, list[str]]] | None:
    """Header and rows as texts, numbered as in a CSV (the header is line 1); None after a problem with the file.

    A column that is stored in a type which nothing of its kind can be read from is told at the header.
    """
    data = read_bytes(path, defects)
    if data is None:
        return None
    if not (data.startswith(b"PAR1") and data.endswith(b"PAR1") and len(data) > 12):
        found = "a corrupt or truncated Parquet file" if data.startswith(b"PAR1") else "not a Parquet file"
        defects.add(0, "", found, allowed="Parquet", fix="write it again", code="corrupt-parquet")
        return None
    frame = _guarded(lambda: _load(data, defects, most), defects)
    if frame is None:
        return None
    _check_types(frame, columns, defects)
    return _rows(frame)


def _guarded(load: Callable[[], pl.DataFrame | None], defects: Defects) -> pl.DataFrame | None:
    """Result of a reader that a corrupt file may make panic (a panic is no `Exception`)."""
    try:
        return load()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, MemoryError) as error:
        reason = f"a corrupt Parquet file ({type(error).__name__})"
        defects.add(0, "", reason, allowed="Parquet", fix="write it again", code="corrupt-parquet")
        return None


def _load(data: bytes, defects: Defects, most: int) -> pl.DataFrame | None:
    schema = pl.read_parquet_schema(io.BytesIO(data))
    if len(schema) > MAX_COLUMNS:
        found = f"{len(schema)} columns"
        defects.add(0, "", found, allowed=f"at most {MAX_COLUMNS}", fix="drop columns", code="too-many-columns")
        return None
    rows = int(pl.scan_parquet(io.BytesIO(data)).select(pl.len()).collect().item())
    if rows > most:
        defects.add(0, "", f"{rows:,} rows", allowed=f"at most {most:,}", fix="split the table", code="too-many-rows")
        return None
    frame = pl.read_parquet(io.BytesIO(data), use_statistics=False)
    if frame.estimated_size() > MAX_MEMORY:
        found = f"{frame.estimated_size():,} bytes unpacked"
        defects.add(0, "", found, allowed=f"at most {MAX_MEMORY:,}", fix="split the table", code="too-large")
        return None
    return frame


def _check_types(frame: pl.DataFrame, columns: tuple[Column, ...], defects: Defects) -> None:
    """Each known column is to be stored in a type that its kind can be read from."""
    known = names_of(columns)
    for name, dtype in frame.schema.items():
        column = known.get(name)
        if column is not None and column.kind not in _ACCEPTED.get(_family(dtype), ()):
            fix = "store the column as text" if column.kind in _TEXT else f"store {column.allowed}"
            found = f"values of type {dtype}"
            defects.add(1, name, found, allowed=column.allowed, fix=fix, code="wrong-column-type")


def _family(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "Integer"
    if dtype.is_float():
        return "Float"
    if dtype.base_type() in (pl.Categorical, pl.Enum):
        return "String"
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        return "Datetime with time zone"
    return "String" if dtype == pl.Null else str(dtype.base_type())


def _rows(frame: pl.DataFrame) -> Iterator[tuple[int, list[str]]]:
    yield 1, frame.columns
    line = 1
    for part in frame.iter_slices(SLICE):
        for row in part.iter_rows():
            line += 1
            yield line, [cell_text(value) for value in row]


def cell_text(value: object) -> str:
    """Text that a CSV would hold for the value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M") if value.second == value.microsecond == 0 else value.isoformat()
    return str(value)
