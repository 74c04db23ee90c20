"""Rows of a sheet of a workbook as cell texts, so that the same columns and readers check them as those of a CSV."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidc_twin.resources.columns import Column, names_of
from aidc_twin.resources.defects import Defects
from aidc_twin.resources.parquet import MAX_MEMORY, cell_text
from aidc_twin.resources.suggest import cure, listed
from aidc_twin.resources.text import read_bytes

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

__all__ = ["rows_of_sheet", "sheets_of"]

NAMES = ("id", "text", "list")
"""Kinds of cells that hold names: a number in one has lost its leading zeros."""
MOST_CELLS = 10_000_000
"""Cells of the smallest rectangle that holds a sheet: the reader makes room for all of them."""
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])(?:[^>]*?\sr=[\"']([A-Za-z]{1,3})[0-9]+[\"'])?")
_BEGIN = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
_ROW = re.compile(rb"<(?:\w+:)?(?:row|c)\s[^>]*?\br=[\"'][A-Za-z]{0,3}([0-9]{1,9})[\"']")


def sheets_of(path: Path, defects: Defects) -> list[str]:
    """Names of the sheets of a workbook; none after a problem with the file."""
    book = _opened(path, defects)
    return [] if book is None else list(book.sheet_names)


def rows_of_sheet(
    path: Path, sheet: str, columns: tuple[Column, ...], defects: Defects, most: int
) -> Iterator[tuple[int, list[str]]] | None:
    """Rows of a sheet with their numbers there, its head first; None after a problem with the file.

    `sheet` may be blank where the workbook has a single one. Empty rows above the head are passed over.
    """
    book = _opened(path, defects)
    if book is None:
        return None
    names = list(book.sheet_names)
    if not sheet and len(names) != 1:
        found = f"{len(names)} sheets ({listed(names)})"
        fix = "keep one sheet, or name the workbook state.xlsx and its sheets after the tables"
        defects.add(0, "", found, allowed="one sheet", fix=fix, code="many-sheets")
        return None
    if sheet and sheet not in names:
        defects.add(0, "", f"no sheet {sheet}", allowed=listed(names), fix=cure(sheet, names), code="no-sheet")
        return None
    from python_calamine import CalamineError

    try:
        rows = book.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        _corrupt(error, defects)
        return None
    if len(rows) > most + 1:
        found, allowed = f"{len(rows):,} rows", f"at most {most:,}"
        defects.add(0, "", found, allowed=allowed, fix="split the table", code="too-many-rows")
        return None
    return _rows(rows, columns, defects)


def _opened(path: Path, defects: Defects) -> CalamineWorkbook | None:
    from python_calamine import CalamineError, CalamineWorkbook

    data = read_bytes(path, defects)
    if data is None:
        return None
    try:
        if _too_large(data, defects):
            return None
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
        _corrupt(error, defects)
        return None


def _corrupt(error: Exception, defects: Defects) -> None:
    reason = " ".join(str(error)[:80].split()) or type(error).__name__
    fix = "save it again as .xlsx, without a password"
    defects.add(0, "", f"no workbook that can be read ({reason})", allowed="an Excel workbook", fix=fix,
                code="corrupt-workbook")  # fmt: skip


def _too_large(data: bytes, defects: Defects) -> bool:
    """Whether a workbook unpacks to too much, or has cells so far out that the room between would be too large."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [part for part in archive.infolist() if part.filename.lower().endswith(".xml")]
        size = sum(part.file_size for part in parts)
        if size > MAX_MEMORY:
            found, allowed = f"{size:,} bytes unpacked", f"at most {MAX_MEMORY:,}"
            defects.add(0, "", found, allowed=allowed, fix="split the table", code="too-large")
            return True
        for part in parts:
            if "sheet" not in part.filename.lower():
                continue
            rows, columns = _extent(archive.read(part))
            if rows * columns > MOST_CELLS:
                found, allowed = f"cells in row {rows:,} and in column {columns:,}", f"at most {MOST_CELLS:,} in all"
                fix = "delete what lies far from the table, whole rows and columns, and save it again"
                defects.add(0, "", found, allowed=allowed, fix=fix, code="too-large")
                return True
    return False


def _extent(sheet: bytes) -> tuple[int, int]:
    """Last row and last column of the cells of a sheet, or more."""
    rows, columns = 0, 0
    for count, row in enumerate(_BEGIN.split(sheet)):
        names = [match[1] for match in _CELL.finditer(row)]
        columns = max([columns, len(names), *(_number(name) for name in set(names) if name)])
        rows = count
    return max([rows, *(int(match[1]) for match in _ROW.finditer(sheet))]), columns


def _number(letters: bytes) -> int:
    """Number of a column from 1."""
    found = 0
    for letter in letters.upper():
        found = 26 * found + letter - 64
    return found


def _rows(rows: list[list[Any]], columns: tuple[Column, ...], defects: Defects) -> Iterator[tuple[int, list[str]]]:
    """Texts of the rows; numbers where a name belongs are problems."""
    known = names_of(columns)
    head: list[Column | None] | None = None
    width = 0
    for line, row in enumerate(rows, 1):
        if head is None:
            texts = [_text(value, None) for value in row]
            if not any(texts):
                continue
            width = max(i for i, text in enumerate(texts) if text) + 1
            head = [known.get(text.strip(" ")) for text in texts[:width]]
            yield line, texts[:width]
            continue
        last = max((i for i, value in enumerate(row) if value != ""), default=-1) + 1
        cells = row[: max(width, last)]
        for value, column in zip(cells, head, strict=False):
            if column is not None and column.kind in NAMES and isinstance(value, int | float):
                fix = "format the column as text and write it again"
                defects.add(line, column.name, f"the number {value}", allowed=column.allowed, fix=fix, code="number-id")
        yield line, [_text(value, head[i] if i < width else None) for i, value in enumerate(cells)]


def _text(value: object, column: Column | None) -> str:
    """Text that a CSV would hold for the value of a cell."""
    if isinstance(value, timedelta):
        minutes, rest = divmod(value.total_seconds(), 60)
        return f"{int(minutes // 60):02}:{int(minutes % 60):02}" if not rest else str(value)
    if column is not None and column.kind == "time" and isinstance(value, datetime):
        return cell_text(value.time())
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))  # a workbook knows no whole numbers
    return cell_text(value if isinstance(value, str | bool | int | float | date | time) else str(value))
