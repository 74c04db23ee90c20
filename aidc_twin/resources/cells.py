"""What a cell may hold: types for row models beyond Python's own, and how each kind is read from text.

Text is kept as it is, whatever it looks like to a browser or a spreadsheet (outputs escape it); only characters that
nobody can see are refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from aidc_twin.resources.suggest import cure
from aidc_twin.units.number import QuantityError, excel_error, explain, parse_number
from aidc_twin.units.quantity import Quantity, When, parse_quantity, parse_when
from aidc_twin.units.when import in_years, parse_date

__all__ = ["CellKind", "Id", "Quantity", "Text", "TimeOfDay", "When", "check_id", "check_text", "parse_time_of_day"]

TEXT_LENGTH = 200
ID_LENGTH = 64
FROM_FILE = "from-file"
"""Key of the validation context by which a TOML or JSON reader announces that values were typed by a user."""

_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_ID = re.compile(r"\w[\w./-]*")
_SCIENTIFIC = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]+\.[0-9]+[eE][0-9]+")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MANGLED = re.compile(
    rf"[0-9]{{1,2}}月[0-9]{{1,2}}日|[0-9]{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-[0-9]{{1,2}}", re.IGNORECASE
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_HOUR = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_MOMENT = re.compile(r"(.{8,11}?)(?:T| +)([0-9]{1,2}:[0-9]{2})(?::([0-9]{2}))?(Z|[+-][0-9:]{2,6})?")


@dataclass(frozen=True, slots=True)
class CellKind:
    """Marks an annotated type of a row model with the way its cell is read."""

    name: str


def check_text(text: str, most: int = TEXT_LENGTH) -> str:
    """Text as given, if every character can be seen and there are at most `most`."""
    if len(text) > most:
        raise QuantityError(f"{len(text)} characters", f"shorten it to {most} characters", "too-long")
    if text.isascii() and text.isprintable():
        return text
    for character in text:
        if unicodedata.category(character) in _INVISIBLE or character == "\ufffd":
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            code = "replacement-character" if character == "\ufffd" else "invisible-character"
            raise QuantityError(f"the character {name.lower()} in {text[:60]!r}", "delete it", code)
    return text


def check_id(text: str) -> str:
    """An id as given: letters, digits and ``. _ - /``, starting with a letter, a digit or an underscore."""
    check_text(text, ID_LENGTH)
    if not text:
        raise QuantityError("blank", "write an id", "blank")
    if _SCIENTIFIC.fullmatch(text):
        raise QuantityError("an id in scientific notation", "format the column as text and retype it", "mangled-id")
    if _MANGLED.fullmatch(text):
        raise QuantityError("an id turned into a date", "format the column as text and retype it", "mangled-id")
    if (plain := unicodedata.normalize("NFKC", text)) != text:
        raise QuantityError("an id with full-width or compatibility characters", f"write {plain}", "bad-id")
    if not _ID.fullmatch(text) or ".." in text:
        raise QuantityError("not an id", "use letters, digits and . _ - / without spaces", "bad-id")
    return text


def parse_time_of_day(text: str) -> int:
    """Minutes since midnight of ``HH:MM``, up to 24:00."""
    found = _HOUR.fullmatch(text.strip(" "))
    if not found or int(found[2]) > 59 or int(found[1]) * 60 + int(found[2]) > 1440:
        raise QuantityError("not a time of day", "write HH:MM, from 00:00 to 24:00", "bad-time")
    return int(found[1]) * 60 + int(found[2])


def _time_of_day(given: Any, info: ValidationInfo) -> Any:
    if isinstance(given, str):
        return parse_time_of_day(given)
    if isinstance(given, time):
        if given.tzinfo or given.second or given.microsecond:
            raise QuantityError("not a plain time of day", "write HH:MM, from 00:00 to 24:00", "bad-time")
        return given.hour * 60 + given.minute
    if info.context and FROM_FILE in info.context:
        raise QuantityError("not a time of day", 'write "HH:MM", from "00:00" to "24:00"', "bad-time")
    return given


Id = Annotated[
    str,
    AfterValidator(check_id),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": ID_LENGTH, "pattern": r"^[^\s]+$"}),
    CellKind("id"),
]
"""Name of a thing, used to refer to it."""

Text = Annotated[str, AfterValidator(check_text), CellKind("text")]
"""Free text of one line."""

TimeOfDay = Annotated[
    int,
    BeforeValidator(_time_of_day),
    Field(ge=0, le=1440),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}$"}),
    CellKind("time"),
]
"""Minutes since midnight, written ``HH:MM``; 24:00 is 1440."""


def parse_text(text: str, most: int = TEXT_LENGTH) -> str:
    """Free text, spaces around it stripped."""
    if excel_error(text.strip(" ")):
        raise explain(text)
    return check_text(text.strip(" "), most)


def parse_id(text: str) -> str:
    """Id; unlike free text it is not stripped, since an id with spaces around it would look like another."""
    if text != text.strip(" "):
        raise QuantityError("spaces around an id", f"write {text.strip(' ')}", "bad-id")
    if excel_error(text):
        raise explain(text)
    return check_id(text)


def parse_int(text: str) -> int:
    """Whole number in ASCII digits."""
    body = text.strip(" ")
    if _INTEGER.fullmatch(body) and abs(int(body)) <= 10**15:
        return int(body)
    number = parse_number(body)
    whole = f"write {int(number)}" if number == int(number) else "write a whole number"
    raise QuantityError("not written as a whole number", whole, "not-whole")


def parse_float(text: str) -> float:
    """Finite number in plain notation."""
    return parse_number(text.strip(" "))


def parse_bool(text: str) -> bool:
    """``true`` or ``false`` (a spreadsheet writes them in capitals)."""
    word = text.strip(" ").casefold()
    if word not in ("true", "false"):
        raise QuantityError("neither true nor false", "write true or false", "not-boolean")
    return word == "true"


def parse_moment(text: str) -> datetime:
    """Local date and time of the park (Asia/Shanghai), ``2026-10-01 08:00``; an offset is refused."""
    found = _MOMENT.fullmatch(text.strip(" "))
    if not found:
        day = parse_date(text)
        return datetime(day.year, day.month, day.day)
    if found[4]:
        raise QuantityError("a time with an offset", "write the local time of Asia/Shanghai", "offset-time")
    minutes, seconds = parse_time_of_day(found[2]), int(found[3] or 0)
    if minutes == 1440 or seconds > 59:
        raise QuantityError("not a time of day", "write HH:MM, from 00:00 to 23:59", "bad-time")
    day = in_years(parse_date(found[1]))
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, seconds)


def parse_choice(text: str, choices: tuple[object, ...]) -> object:
    """The choice that is written so."""
    body = text.strip(" ")
    for choice in choices:
        if str(choice) == body:
            return choice
    raise QuantityError("not one of the choices", cure(body, [str(c) for c in choices]), "unknown-choice")


PARSERS = {
    "text": (parse_text, "text"),
    "id": (parse_id, "an id of letters, digits and . _ - /"),
    "int": (parse_int, "a whole number"),
    "float": (parse_float, "a number"),
    "bool": (parse_bool, "true or false"),
    "date": (parse_date, "a date such as 2026-12-01"),
    "moment": (parse_moment, "a local date and time such as 2026-10-01 08:00"),
    "time": (parse_time_of_day, "a time of day HH:MM"),
    "quantity": (parse_quantity, "a number, fact:ID or a distribution such as tri(3,5,8)"),
    "when": (parse_when, "a date, tri(date,date,date) or fact:ID"),
}
"""Kind of cell → (reader, what is allowed in words)."""

KIND_OF: dict[object, str] = {
    str: "text",
    int: "int",
    float: "float",
    bool: "bool",
    date: "date",
    datetime: "moment",
    Quantity: "quantity",
    When: "when",
}
"""Annotation of a model field → kind of cell."""
