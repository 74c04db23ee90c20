"""Text to the rows of a comma-separated table, with the line of each; any line ends, no guessed separators."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from aidc_twin.resources.defects import Defects

__all__ = ["first_row", "rows_of"]

MAX_ROWS = 2_000_000
MAX_LINE = 1_000_000
"""Characters of one line; a table of this kind never has as many."""
MAX_CELL_LINES = 1_000
"""Lines that one row may span by line breaks within quotes."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class _Overlong(Exception):
    """A line or row beyond its limit; the message says which."""


class _Lines:
    """Iterates over the lines of a text and counts those of the row being read."""

    def __init__(self, text: str) -> None:
        self._found = _LINE.finditer(text)
        self.in_row = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._found)[0]
        self.in_row += 1
        if len(line) > MAX_LINE:
            raise _Overlong(f"a line of {len(line)} characters")
        if self.in_row > MAX_CELL_LINES:
            raise _Overlong(f"a row of more than {MAX_CELL_LINES} lines")
        return line


def first_row(text: str) -> list[str]:
    """Cells of the first line; empty if it is no row."""
    try:
        return next(csv.reader(_Lines(text), strict=True))
    except (StopIteration, csv.Error, _Overlong):
        return []


def rows_of(text: str, defects: Defects, most: int = MAX_ROWS) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row, the header first; stops with a problem at the first row that is none."""
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    count = 0
    while True:
        start, lines.in_row = reader.line_num + 1, 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Overlong) as error:
            _broken(start, error, defects)
            return
        count += 1
        if count > most + 1:
            fix = "split the table"
            defects.add(start, "", f"more than {most:,} rows", allowed=f"{most:,}", fix=fix, code="too-many-rows")
            return
        yield start, cells


def _broken(line: int, error: Exception, defects: Defects) -> None:
    reason = str(error)
    if "unexpected end of data" in reason:
        fix = 'close the quote; write a quote inside a quoted cell as ""'
        defects.add(line, "", "a quote that is never closed", fix=fix, code="unclosed-quote")
    elif "expected after" in reason:
        fix = 'write a quote inside a quoted cell as ""'
        defects.add(line, "", "text after a closing quote", allowed="a comma", fix=fix, code="stray-quote")
    elif "field larger" in reason:
        defects.add(line, "", "a cell of more than 131072 characters", fix="shorten it", code="too-long")
    else:
        defects.add(line, "", reason, fix="repair this row; the rest was not read", code="broken-row")
