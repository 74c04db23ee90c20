"""Columns of a table, derived from the row model: names, aliases, readers, bounds; and the matching of a header."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, PlainValidator, WrapValidator
from pydantic.fields import FieldInfo

from aidc_twin.resources.cells import KIND_OF, PARSERS, CellKind, parse_choice, parse_id, parse_text
from aidc_twin.resources.defects import Defects
from aidc_twin.resources.suggest import cure, listed, nearest
from aidc_twin.units.number import QuantityError, number_text

__all__ = ["Column", "columns_of", "match_header", "names_of"]

Reader = Callable[[str], object]
SEPARATORS = {";": "semicolon", "\t": "tab", "，": "full-width comma", "；": "full-width semicolon", "|": "bar"}
MAX_COLUMNS = 200
_PROPOSED = re.compile(r"write (\S+)(?: if that is meant|$)")
_BOUNDS = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a row model as a column; `bounds` are pairs of (``ge``/``gt``/``le``/``lt``, limit)."""

    name: str
    aliases: tuple[str, ...]
    required: bool
    kind: str
    read: Reader
    allowed: str
    bounds: tuple[tuple[str, Any], ...] = ()

    def parse(self, text: str) -> object:
        """Value of a cell that is not blank.

        Raises
        ------
        QuantityError
            Text of another kind, or a value out of bounds.
        """
        try:
            value = self.read(text)
        except QuantityError as error:
            if self.bounds and self._is_beyond(error.fix):
                raise QuantityError(str(error), f"write {self.allowed}", error.code) from error
            raise
        if not self._holds(value):
            raise QuantityError("out of range", f"write {self.allowed}", "out-of-range")
        return value

    def _holds(self, value: Any) -> bool:
        return all(_holds(value, word, limit) for word, limit in self.bounds)

    def _is_beyond(self, fix: str) -> bool:
        """Whether a cure proposes a value that is out of bounds."""
        proposed = _PROPOSED.match(fix)
        try:
            return proposed is not None and not self._holds(self.read(proposed[1]))
        except QuantityError:  # words, not a value
            return False


@lru_cache(maxsize=256)
def columns_of(model: type[BaseModel]) -> tuple[Column, ...]:
    """Columns of a row model in the order of its fields."""
    return tuple(_column(name, field) for name, field in model.model_fields.items())


def names_of(columns: tuple[Column, ...]) -> dict[str, Column]:
    """Every name and alias → its column."""
    return {name: column for column in columns for name in (column.name, *column.aliases)}


def match_header(cells: list[str], columns: tuple[Column, ...], defects: Defects, line: int = 1) -> list[Column | None]:
    """Column of each header cell, None where it is refused; every defect of the header is recorded."""
    known, names = names_of(columns), [cell.strip(" ") for cell in cells]
    if len(names) > MAX_COLUMNS:
        allowed = f"at most {MAX_COLUMNS}"
        defects.add(line, "", f"{len(names)} columns", allowed=allowed, fix="drop columns", code="too-many-columns")
        return [None] * len(cells)
    if _wrong_separator(names, known, defects, line) or _no_header(names, known, columns, defects, line):
        return [None] * len(cells)
    found = [known.get(name) for name in names]
    seen: dict[str, str] = {}
    for position, (name, column) in enumerate(zip(names, found, strict=True)):
        if column is None:
            _unknown(name, position, known, seen, defects, line)
        elif column.name in seen:
            _repeated(name, seen[column.name], defects, line)
            found[position] = None
        else:
            seen[column.name] = name
    _missing(seen, names, columns, defects, line)
    return found


def _wrong_separator(names: list[str], known: dict[str, Column], defects: Defects, line: int) -> bool:
    for mark, word in SEPARATORS.items():
        parts = [part.strip(' "') for name in names for part in name.split(mark)]
        if len(parts) > len(names) and sum(part in known for part in parts) >= min(2, len(known)):
            fix = "separate the cells by commas (save as CSV UTF-8, comma separated)"
            defects.add(line, "", f"cells separated by {word}", allowed="comma", fix=fix, code="wrong-separator")
            return True
    return False


def _no_header(
    names: list[str], known: dict[str, Column], columns: tuple[Column, ...], defects: Defects, line: int
) -> bool:
    if any(name in known for name in names) or any(nearest(name, known) for name in names):
        return False
    expected = listed(column.name for column in columns)
    found = f"no known column in {listed(names)}"
    fix = "let the first line name the columns"
    defects.add(line, "", found, allowed=expected, fix=fix, code="no-header")
    return True


def _unknown(
    name: str, position: int, known: dict[str, Column], seen: dict[str, str], defects: Defects, line: int
) -> None:
    if not name:
        found = f"column {position + 1} has no name"
        defects.add(line, "", found, allowed="a known column", fix="name it or delete it", code="unnamed-column")
        return
    free = [key for key, column in known.items() if column.name not in seen]
    defects.add(line, name, "an unknown column", fix=cure(name, free or known), code="unknown-column")


def _repeated(name: str, earlier: str, defects: Defects, line: int) -> None:
    if name == earlier:
        found, code = "a column twice", "duplicate-column"
    else:
        found, code = f"{earlier!r} and {name!r} for the same column", "ambiguous-column"
    defects.add(line, name, found, allowed="each column once", fix="delete one of them", code=code)


def _missing(seen: dict[str, str], names: list[str], columns: tuple[Column, ...], defects: Defects, line: int) -> None:
    strangers = [name for name in names if name and name not in seen.values()]
    for column in columns:
        if not column.required or column.name in seen:
            continue
        close = [near for word in (column.name, *column.aliases) for near in nearest(word, strangers)]
        fix = f"rename {close[0]!r}" if close else "add the column"
        found = f"no such column; there are {listed(names)}"
        defects.add(line, column.name, found, allowed=column.allowed, fix=fix, code="missing-column")


def _column(name: str, field: FieldInfo) -> Column:
    annotation, metadata = _bare(field.annotation, list(field.metadata))
    extra = field.json_schema_extra
    hints = cast("dict[str, Any]", extra) if isinstance(extra, dict) else {}
    kind, read, allowed = _reader(annotation, metadata)
    bounds = tuple((word, getattr(m, word)) for word, _ in _BOUNDS for m in metadata if hasattr(m, word))
    words = [f"{says} {_shown(limit)}" for word, says in _BOUNDS for key, limit in bounds if key == word]
    unit = f" [{hints['unit']}]" if hints.get("unit") else ""
    allowed = " ".join((allowed + unit, " and ".join(words))).strip()
    return Column(name, tuple(hints.get("aliases", ())), field.is_required(), kind, read, allowed, bounds)


def _bare(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """Annotation without Optional and Annotated, and all metadata met on the way."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _bare(inner, metadata + list(_flat(more)))
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [arg for arg in get_args(annotation) if arg is not type(None)]
        if len(kept) == 1:
            return _bare(kept[0], metadata)
    return annotation, metadata


def _flat(metadata: list[Any]) -> Iterator[Any]:
    for entry in metadata:
        if isinstance(entry, FieldInfo):
            yield from entry.metadata
        else:
            yield entry


def _reader(annotation: Any, metadata: list[Any]) -> tuple[str, Reader, str]:
    """Kind, reader and allowed content of a field."""
    kind = next((m.name for m in metadata if isinstance(m, CellKind)), "")
    if not kind and any(isinstance(m, BeforeValidator | PlainValidator | WrapValidator) for m in metadata):
        return "custom", parse_text, "see the description of the column"
    if not kind and get_origin(annotation) is Literal:
        choices = get_args(annotation)
        return "choice", partial(parse_choice, choices=choices), f"one of {listed(str(c) for c in choices)}"
    if not kind and get_origin(annotation) is tuple:
        return _list_reader(get_args(annotation)[0])
    kind = kind or KIND_OF.get(annotation, "custom")
    read, allowed = PARSERS.get(kind, (parse_text, "see the description of the column"))
    if kind == "text" and (most := next((m.max_length for m in metadata if hasattr(m, "max_length")), None)):
        read = partial(parse_text, most=most)
    return kind, read, allowed


def _list_reader(item: Any) -> tuple[str, Reader, str]:
    """Reader of cells separated by semicolons; plain text items are ids."""
    annotation, metadata = _bare(item, [])
    kind, read, allowed = _reader(annotation, metadata)
    if kind == "text":
        read, allowed = parse_id, "ids"
    return "list", partial(_read_list, read=read), f"{allowed} separated by semicolons"


def _read_list(text: str, read: Reader) -> tuple[object, ...]:
    for mark in "，；、,":
        if mark in text:
            raise QuantityError(f"{mark!r} in a list", "separate by semicolons ;", "wrong-list-separator")
    return tuple(read(part.strip(" ")) for part in text.split(";"))


def _holds(value: Any, word: str, limit: Any) -> bool:
    if word in ("ge", "gt"):
        return value >= limit if word == "ge" else value > limit
    return value <= limit if word == "le" else value < limit


def _shown(limit: Any) -> str:
    return number_text(limit) if isinstance(limit, int | float) else str(limit)
