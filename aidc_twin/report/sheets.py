"""A workbook of plain tables, as small as Office Open XML allows: text and numbers, one bold row, no formulas."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

Cell = str | int | float
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BAD_NAME = re.compile(r"[\[\]:*?/\\']")
_BAD_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
LONGEST_NAME = 31
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every part, so that the same tables give the same bytes."""


def workbook(tables: Mapping[str, Sequence[Sequence[Cell]]]) -> bytes:
    """Bytes of a workbook with a sheet for each table, whose first row is its head."""
    names = _names(list(tables))
    parts = {
        "[Content_Types].xml": _content_types(len(names)),
        "_rels/.rels": _relations([(f"{_OFFICE}/officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(names),
        "xl/_rels/workbook.xml.rels": _relations(
            [(f"{_OFFICE}/worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1)]
            + [(f"{_OFFICE}/styles", "styles.xml")]
        ),
        "xl/styles.xml": _STYLES,
    }
    for n, rows in enumerate(tables.values(), 1):
        parts[f"xl/worksheets/sheet{n}.xml"] = _sheet(rows)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return data.getvalue()


def _names(wanted: Sequence[str]) -> list[str]:
    """Names that a sheet may have, each once."""
    found: list[str] = []
    for name in wanted:
        plain = _BAD_NAME.sub("-", name)[:LONGEST_NAME] or "sheet"
        taken, n = {one.casefold() for one in found}, 2
        unique = plain
        while unique.casefold() in taken:
            unique = f"{plain[: LONGEST_NAME - len(str(n)) - 1]} {n}"
            n += 1
        found.append(unique)
    return found


def _content_types(sheets: int) -> str:
    rows = [("/xl/workbook.xml", f"{_PART}.sheet.main+xml"), ("/xl/styles.xml", f"{_PART}.styles+xml")]
    rows += [(f"/xl/worksheets/sheet{n}.xml", f"{_PART}.worksheet+xml") for n in range(1, sheets + 1)]
    parts = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in rows)
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'{_HEAD}<Types xmlns="{_TYPES}">{defaults}{parts}</Types>'


def _relations(rows: Sequence[tuple[str, str]]) -> str:
    parts = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(rows, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}">{parts}</Relationships>'


def _book(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, 1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>'
)


def _sheet(rows: Sequence[Sequence[Cell]]) -> str:
    width = max((len(row) for row in rows), default=1)
    lengths = [max((len(str(row[c])) for row in rows if c < len(row)), default=0) for c in range(width)]
    columns = "".join(
        f'<col min="{c}" max="{c}" width="{min(60, size + 2)}" customWidth="1"/>' for c, size in enumerate(lengths, 1)
    )
    body = "".join(
        f'<row r="{r}">{"".join(_cell(value, c, r) for c, value in enumerate(row))}</row>'
        for r, row in enumerate(rows, 1)
    )
    pane = '<pane ySplit="1" topLeftCell="A2" state="frozen"/>'
    pane = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    return f'{_HEAD}<worksheet xmlns="{_MAIN}">{pane}<cols>{columns}</cols><sheetData>{body}</sheetData></worksheet>'


def _cell(value: Cell, column: int, row: int) -> str:
    place = f'r="{_letters(column)}{row}"' + (' s="1"' if row == 1 else "")
    if isinstance(value, str):
        text = escape(_BAD_TEXT.sub(" ", value))
        return f'<c {place} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f"<c {place}><v>{value}</v></c>"


def _letters(column: int) -> str:
    """Name of a column: A, B, ..., Z, AA, ..."""
    name, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
