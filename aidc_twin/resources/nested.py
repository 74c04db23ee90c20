"""What TOML and JSON have in common: caps on nesting, values nobody may mean, and the line of a key."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, cast

from aidc_twin.resources.defects import Defects

__all__ = ["MAX_DEPTH", "Place", "check_values", "key_lines", "keys_meant", "line_of", "meant", "too_deep"]

Place = tuple[str | int, ...]
"""Keys and list positions from the top to a value."""

MAX_DEPTH = 32
MAX_VALUES = 500_000
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]', re.DOTALL
)
_DOTTED = re.compile(r"(?<![A-Za-z0-9_.\-\"'])(?:[A-Za-z0-9_\-\"']++[ \t]*+\.[ \t]*+){32}")
_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY = re.compile(rf"[ \t]*({_NAME}(?:[ \t]*\.[ \t]*{_NAME})*)[ \t]*=")
_HEADER = re.compile(r"[ \t]*(\[\[?)([^\[\]\n]+)\]\]?")
_PART = re.compile(_NAME)


def too_deep(text: str) -> int:
    """Line at which brackets or dotted keys nest deeper than `MAX_DEPTH`; 0 if none does.

    Found before parsing, since the parsers recurse.
    """
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return text.count("\n", 0, token.start()) + 1
        elif token[0] in "]}":
            depth -= 1
    dotted = _DOTTED.search(text)
    return text.count("\n", 0, dotted.start()) + 1 if dotted else 0


def values_in(tree: object) -> Iterator[tuple[Place, object]]:
    """Every value below the top with its place, without recursion."""
    stack: list[tuple[Place, object]] = [((), tree)]
    while stack:
        place, value = stack.pop()
        yield place, value
        if isinstance(value, dict):
            stack += [((*place, key), below) for key, below in cast("dict[str, object]", value).items()]
        elif isinstance(value, list):
            stack += [((*place, at), below) for at, below in enumerate(cast("list[object]", value))]


def check_values(tree: object, lines: dict[Place, int], defects: Defects) -> bool:
    """Whether no value is NaN, infinite, too many or made of invisible characters."""
    before = defects.count
    for count, (place, value) in enumerate(values_in(tree)):
        if count > MAX_VALUES:
            found = f"more than {MAX_VALUES:,} values"
            defects.add(0, "", found, allowed=f"{MAX_VALUES:,}", fix="split the file", code="too-large")
            break
        reason, code = _never_meant(value) or _never_meant(str(place[-1]) if place else "") or ("", "")
        if reason:
            fix = "write a finite number" if isinstance(value, float) else "delete it"
            defects.add(line_of(lines, place), shown(place), reason, fix=fix, code=code)
    return defects.count == before


def keys_meant(tree: object) -> bool:
    """Whether all keys are made of visible characters, and there are not too many values."""
    for count, (place, _) in enumerate(values_in(tree)):
        if count > MAX_VALUES or (place and _never_meant(place[-1])):
            return False
    return True


def meant(tree: dict[str, Any]) -> tuple[dict[str, Any], set[Place]]:
    """The tree without the keys whose value nobody may mean, and their places; a list counts as one value."""
    left_out: set[Place] = set()

    def without(value: Any, place: Place) -> Any:
        if isinstance(value, dict):
            found: dict[str, Any] = {}
            for key, below in cast("dict[str, Any]", value).items():
                if _never_meant(below) or (isinstance(below, list | tuple) and any(map(_never_meant, below))):
                    left_out.add((*place, key))
                else:
                    found[key] = without(below, (*place, key))
            return found
        if isinstance(value, list | tuple):
            rows = [without(below, (*place, n)) for n, below in enumerate(cast("Sequence[Any]", value))]
            return rows if isinstance(value, list) else tuple(rows)
        return value

    return without(tree, ()), left_out


def _never_meant(value: object) -> tuple[str, str] | None:
    if isinstance(value, float) and not math.isfinite(value):
        return ("NaN (not a number)", "nan") if math.isnan(value) else ("infinity", "infinite")
    if isinstance(value, str):
        for character in value:
            if character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co"):
                return f"the character U+{ord(character):04X}", "invisible-character"
    return None


def key_lines(text: str) -> dict[Place, int]:
    """Line of each table header and key of a TOML text (those within inline tables are left to `line_of`)."""
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            table = _resolved(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            for end in range(1, len(table) + 1):
                lines.setdefault(table[:end], number)
        elif key := _KEY.match(line):
            parts = _parts(key[1])
            for end in range(1, len(parts) + 1):
                lines.setdefault(table + parts[:end], number)
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _resolved(parts: tuple[str, ...], counts: dict[Place, int]) -> Place:
    """Place of a header below arrays of tables: each array stands for its last element."""
    place: Place = ()
    for at, part in enumerate(parts):
        place = (*place, part)
        if place in counts and at < len(parts) - 1:
            place = (*place, counts[place])
    return place


def line_of(lines: dict[Place, int], place: Place) -> int:
    """Line of a place, or of the nearest place around it."""
    for end in range(len(place), 0, -1):
        if place[:end] in lines:
            return lines[place[:end]]
    return 0


def shown(place: Place) -> str:
    """Place as a user writes it: ``resources[2].servers``."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
