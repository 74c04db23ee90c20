"""A table file to checked rows: every defect is recorded with its place, what is valid is returned, nothing raises.

A row model is a frozen pydantic model. Its class may carry ``__key__`` (names of the fields that tell rows apart),
``__allow_empty__ = True`` (a table without rows is valid) and ``__max_rows__``. A field may carry
``json_schema_extra={"unit": …, "aliases": […], "example": …}``; its annotation says how a cell is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from aidc_twin.errors import Problem
from aidc_twin.resources.columns import Column, columns_of, match_header, names_of
from aidc_twin.resources.csv_rows import MAX_ROWS, first_row, rows_of
from aidc_twin.resources.defects import Defects, display_name
from aidc_twin.resources.suggest import listed
from aidc_twin.resources.text import read_text
from aidc_twin.resources.unread import build, is_whole
from aidc_twin.units.number import QuantityError

__all__ = ["TableRead", "read_rows", "read_table", "read_table_text"]

Row = TypeVar("Row", bound=BaseModel)
Numbered = Iterable[tuple[int, list[str]]]

TOTALS = frozenset(("合计", "总计", "小计", "总和", "汇总", "合計", "總計", "小計"))
TOTALS_ENGLISH = frozenset(("total", "totals", "grand total", "subtotal", "sub-total", "sum"))
_NOT_COMPARED = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")


@dataclass(frozen=True, slots=True)
class TableRead(Generic[Row]):
    """What a table holds, rows with cells that could not be read included.

    Attributes
    ----------
    rows
        Line number and row, in the order of the file, of each row whose key was read and is its own. A row lacks the
        cells that could not be read (`aidc_twin.resources.unread`).
    strays
        The other rows: what they lack is a part of the key, or the key is that of another row.
    complete
        Whether every row of the file is in `rows`, so that what is not among them is not in the file.
    usable
        Whether the head names each column that there must be, once, and no other.
    shown
        Field → cell of the head, by which messages name a column.
    """

    rows: list[tuple[int, Row]]
    strays: list[tuple[int, Row]]
    complete: bool
    usable: bool
    shown: Mapping[str, str]

    @property
    def valid(self) -> list[tuple[int, Row]]:
        """Rows that lack nothing; none if the head leaves a doubt about a column."""
        return [(line, row) for line, row in self.rows if is_whole(row)] if self.usable else []


def read_table(path: Path, model: type[Row], problems: list[Problem], notices: list[str],
               name: str | None = None, sheet: str = "") -> list[tuple[int, Row]]:  # fmt: skip
    """Line number and row of each valid row of a table; arguments as for `read_rows`."""
    return read_rows(path, model, problems, notices, name, sheet).valid


def read_rows(path: Path, model: type[Row], problems: list[Problem], notices: list[str],
              name: str | None = None, sheet: str = "") -> TableRead[Row]:  # fmt: skip
    """Rows of a CSV or (by its suffix) Parquet file, or of a sheet of a workbook, those with unread cells as well.

    Parameters
    ----------
    path
        File; a missing one is a problem.
    model
        Row model.
    problems, notices
        Grow by what is wrong and by what the user should know.
    name
        File as messages call it; by default folder and file name.
    sheet
        Sheet of a workbook; blank where it has one only.
    """
    defects = Defects(name or display_name(path), problems)
    if path.suffix.lower() == ".parquet":
        from aidc_twin.resources.parquet import rows_of_parquet

        numbered: Numbered | None = rows_of_parquet(path, columns_of(model), defects, _most(model))
    elif path.suffix.lower() == ".xlsx":
        from aidc_twin.resources.xlsx import rows_of_sheet

        numbered = rows_of_sheet(path, sheet, columns_of(model), defects, _most(model))
    else:
        known = names_of(columns_of(model))
        text = read_text(path, defects, notices=notices, header_test=lambda line: _is_header(line, known))
        numbered = None if text is None else rows_of(text, defects, _most(model))
    reading = _Reading(model, defects, notices)
    rows = [] if numbered is None else reading.rows(iter(numbered))
    defects.close()
    return TableRead(rows, reading.strays, numbered is not None and not reading.lost, reading.usable,
                     reading.shown)  # fmt: skip


def read_table_text(text: str, model: type[Row], problems: list[Problem], notices: list[str],
                    name: str) -> list[tuple[int, Row]]:  # fmt: skip
    """Rows of a comma-separated table given as text, as `read_table`."""
    defects = Defects(name, problems)
    reading = _Reading(model, defects, notices)
    rows = reading.rows(rows_of(text, defects, _most(model)))
    defects.close()
    return TableRead(rows, reading.strays, not reading.lost, reading.usable, reading.shown).valid


def _most(model: type[BaseModel]) -> int:
    return min(MAX_ROWS, int(getattr(model, "__max_rows__", MAX_ROWS)))


def _is_header(line: str, known: dict[str, Column]) -> bool:
    cells = [cell.strip(" ") for cell in first_row(line)]
    return bool(cells) and all(cell in known for cell in cells)


class _Reading:
    """State of one table while it is read."""

    def __init__(self, model: type[Any], defects: Defects, notices: list[str]) -> None:
        self.model = model
        self.defects = defects
        self.notices = notices
        self.columns = columns_of(model)
        self.key: tuple[str, ...] = tuple(getattr(model, "__key__", ()))
        self.seen: dict[tuple[object, ...], tuple[int, tuple[object, ...]]] = {}
        self.usable = False
        self.lost = False
        """Whether there are rows of which nothing certain is known, so that no row can be said to be missing."""
        self.strays: list[tuple[int, Any]] = []
        self.doubtful: frozenset[str] = frozenset()
        """Fields that the head leaves a doubt about, and those of whose column all cells are of a wrong type."""
        self.shown: dict[str, str] = {}
        """Field → header cell, by which messages name the column."""

    def rows(self, numbered: Iterator[tuple[int, list[str]]]) -> list[tuple[int, Any]]:
        """Rows whose key was read; none if no column is known."""
        header = next(((line, cells) for line, cells in numbered if any(c.strip() for c in cells)), None)
        self.lost = header is None or self.defects.count > 0
        if header is None:
            if not self.defects.count:
                self.defects.add(0, "", "no header and no row", fix="export it again", code="empty-file")
            return []
        line, cells = header
        told_of, before = self.defects.columns_of(line), self.defects.count
        matched = match_header(cells, self.columns, self.defects, line)
        if all(column is None for column in matched):
            self.lost = True
            return []
        self.usable = self.defects.count == before
        self.shown = {column.name: cell.strip(" ") for column, cell in zip(matched, cells, strict=True) if column}
        self.doubtful = frozenset() if self.usable else self._doubtful(matched, cells)
        mistyped = frozenset(name for name, cell in self.shown.items() if cell in told_of)
        if mistyped:
            self.doubtful |= mistyped
            self.lost = before > len(mistyped)
            matched = [None if column is None or column.name in mistyped else column for column in matched]
        rows = list(self._read(numbered, matched))
        if not (rows or self.defects.count or getattr(self.model, "__allow_empty__", False)):
            self.defects.add(line, "", "a header without rows", fix="add at least one row", code="no-rows")
            self.lost = True
        return rows

    def _doubtful(self, matched: list[Column | None], cells: list[str]) -> frozenset[str]:
        """Columns that are there twice, and missing ones: all of them if an unknown one may be meant for any."""
        known = names_of(self.columns)
        strange = [known.get(cell.strip(" ")) for cell, column in zip(cells, matched, strict=True) if column is None]
        missing = {column.name for column in self.columns if column.name not in self.shown}
        if all(column is not None for column in strange):
            missing = {column.name for column in self.columns if column.name in missing and column.required}
        return frozenset(missing | {column.name for column in strange if column is not None})

    def _read(
        self, numbered: Iterator[tuple[int, list[str]]], matched: list[Column | None]
    ) -> Iterator[tuple[int, Any]]:
        blank, told = 0, self.defects.count
        for line, cells in numbered:
            if self.defects.enough:
                break
            if not any(cell.strip(" ") for cell in cells):
                blank += 1
            elif self._well_formed(line, cells, matched):
                row = self._row(line, cells, matched)
                if row is not None:
                    yield line, row
            else:
                self.lost = True
            told = self.defects.count
        self.lost = self.lost or self.defects.enough or self.defects.count > told
        if blank:
            self.notices.append(f"{self.defects.file}: {blank} blank row{'s' if blank > 1 else ''} ignored")

    def _well_formed(self, line: int, cells: list[str], matched: list[Column | None]) -> bool:
        first = unicodedata.normalize("NFKC", cells[0]).strip().rstrip(":").strip().casefold()
        if first in TOTALS or first in TOTALS_ENGLISH:
            fix = "delete the row of totals; a table holds single items"
            self.defects.add(line, "", f"a row of totals ({cells[0].strip()})", fix=fix, code="total-row")
            return False
        if len(cells) == len(matched):
            return True
        fix = "put a cell that contains a comma within quotes" if len(cells) > len(matched) else "add the missing cells"
        if any("，" in cell for cell in cells):
            fix = "separate the cells by plain commas"
        names = listed(self.shown.values())
        found = f"{len(cells)} cells"
        self.defects.add(line, "", found, allowed=f"{len(matched)} cells ({names})", fix=fix, code="row-width")
        return False

    def _row(self, line: int, cells: list[str], matched: list[Column | None]) -> Any:
        """The row, lacking what could not be read; None if it has become a stray."""
        values: dict[str, object] = {}
        unread = {*self.doubtful, *self.defects.columns_of(line)}
        for cell, column in zip(cells, matched, strict=True):
            if column is None:
                continue
            if cell.strip(" "):
                self._cell(line, cell, column, values, unread)
            elif column.required:
                shown, fix = self.shown[column.name], f"write {column.allowed}"
                self.defects.add(line, shown, "a blank cell", allowed=column.allowed, fix=fix, code="blank")
                unread.add(column.name)
        alone = unread.isdisjoint(self.key) and self._unique(line, values)
        row = self._built(line, values, unread)
        if alone and all(name in row.__dict__ for name in self.key):
            return row
        self.lost = True
        self.strays.append((line, row))
        return None

    def _cell(self, line: int, cell: str, column: Column, values: dict[str, object], unread: set[str]) -> None:
        try:
            values[column.name] = column.parse(cell)
        except QuantityError as error:
            shown = self.shown[column.name]
            found = str(error) if len(cell) > 60 or not cell.isprintable() else f"{cell.strip()} ({error})"
            self.defects.add(line, shown, found, allowed=column.allowed, fix=error.fix, code=error.code)
            unread.add(column.name)

    def _unique(self, line: int, values: dict[str, object]) -> bool:
        """Whether the key of a row, if there is one, is that of no row before."""
        if not self.key:
            return True
        given = tuple(values.get(name, self.model.model_fields[name].default) for name in self.key)
        folded = tuple(_folded(part) for part in given)
        if folded not in self.seen:
            self.seen[folded] = (line, given)
            return True
        first, other = self.seen[folded]
        shown = " / ".join(str(part) for part in given)
        column = ", ".join(self.shown.get(name, name) for name in self.key)
        if other == given:
            found, fix = f"{shown}, also in line {first}", f"delete or rename one of lines {first} and {line}"
            self.defects.add(line, column, found, allowed="each once", fix=fix, code="duplicate-id")
        else:
            found = f"{shown}, which looks like {' / '.join(str(p) for p in other)} in line {first}"
            fix = f"give lines {first} and {line} names that differ to the eye"
            self.defects.add(line, column, found, allowed="distinct names", fix=fix, code="confusable-id")
        return False

    def _built(self, line: int, values: dict[str, object], unread: set[str]) -> Any:
        row, faults = build(self.model, values, unread)
        for fault in faults:
            cause = fault.get("ctx", {}).get("error")
            place = str(fault["loc"][0]) if fault["loc"] else ""
            found = str(cause) if cause else fault["msg"]
            if place in values and not cause:
                found = f"{values[place]}: {found}"
            fix, code = getattr(cause, "fix", "correct the row"), getattr(cause, "code", "invalid-row")
            self.defects.add(line, self.shown.get(place, place), found, fix=fix, code=code)
        return row


def _folded(part: object) -> object:
    if not isinstance(part, str):
        return part
    return _NOT_COMPARED.sub("", unicodedata.normalize("NFKC", part).casefold())
