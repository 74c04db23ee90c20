"""Dates of a park: read without guessing, and `When`, a date that may be uncertain.

A date is year first: ``2026-12-01``, ``2026/12/1`` or ``2026年12月1日``. Everything a spreadsheet may have made of it
(serial numbers, day-or-month-first dates, two-digit years) is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from aidc_twin.units.number import QuantityError, excel_error

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["When", "parse_date", "parse_when"]

FIRST_YEAR, LAST_YEAR = 2000, 2100
WRITE = "write the date as 2026-12-01"
GRAMMAR = "2026-10-01, tri(2026-09-30,2026-09-30,2026-12-05) or fact:ID"
_DATE = re.compile(r"([0-9]{4})(?:([-/])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)")
_TRI = re.compile(r"tri *\(([^()]*)\)")
_FACT = re.compile(r"fact: *([A-Za-z][A-Za-z0-9_]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class When:
    """A date between `low` and `high`, most likely `mode`.

    With `basis` ``fact`` the dates are placeholders until `Facts.resolve_when` has filled them in.
    """

    low: date
    mode: date
    high: date
    fact: str = ""
    basis: str = "value"

    @property
    def known(self) -> bool:
        """Whether the dates are dates, not placeholders of a fact still to be resolved."""
        return self.basis != "fact"

    @property
    def text(self) -> str:
        """Cell text that parses back to this date."""
        if self.fact:
            return f"fact:{self.fact}"
        return self.mode.isoformat() if self.low == self.high else f"tri({self.low},{self.mode},{self.high})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Models accept a `When`, its cell text, a date, or ``{fact = "id"}``."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            when_of, serialization=core_schema.plain_serializer_function_ser_schema(lambda w: w.text)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Cell text or table with a fact."""
        table = {"type": "object", "properties": {"fact": {"type": "string"}}, "required": ["fact"]}
        return {"anyOf": [{"type": "string", "description": GRAMMAR}, table]}


def when_of(given: object) -> When:
    """`When` of a value from TOML, JSON or Python."""
    if isinstance(given, When):
        return given
    if isinstance(given, str):
        return parse_when(given)
    if isinstance(given, date) and not isinstance(given, datetime):
        day = in_years(given)
        return When(day, day, day)
    if isinstance(given, dict):
        table = cast("dict[object, object]", given)
        if set(table) == {"fact"}:
            return parse_when(f"fact:{table['fact']}")
    raise QuantityError("not a date", f"write {GRAMMAR}", "bad-date")


def parse_when(text: str) -> When:
    """Read one cell.

    Raises
    ------
    QuantityError
        With a short reason; `fix` says what to write instead.
    """
    body = text.strip(" ")
    if found := _FACT.fullmatch(body):
        return When(date.min, date.min, date.min, fact=found[1], basis="fact")
    if found := _TRI.fullmatch(body):
        days = [parse_date(part) for part in found[1].split(",")]
        if len(days) != 3 or days != sorted(days):
            raise QuantityError("not three dates in order", "write tri(earliest,likely,latest)", "bad-date")
        return When(days[0], days[1], days[2])
    if body.startswith(("fact", "tri")):
        raise QuantityError("malformed uncertain date", f"write {GRAMMAR}", "bad-date")
    day = parse_date(body)
    return When(day, day, day)


def parse_date(text: str) -> date:
    """Read a year-first date from 2000 to 2100.

    Raises
    ------
    QuantityError
        For Excel serial numbers, ambiguous or two-digit years, and days that do not exist.
    """
    body = text.strip(" ")
    if found := _DATE.fullmatch(body):
        parts = (found[1], found[3] or found[5], found[4] or found[6])
        try:
            return in_years(date(*(int(part) for part in parts)))
        except QuantityError:
            raise
        except ValueError as error:
            raise QuantityError("a day that does not exist", "correct the month or the day", "no-such-day") from error
    raise _no_date(body)


def in_years(day: date) -> date:
    """The day itself, if a twin can mean it."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise QuantityError(
            f"year {day.year} outside {FIRST_YEAR}–{LAST_YEAR}", "correct the year", "year-out-of-range"
        )
    return day


def _no_date(body: str) -> QuantityError:
    """Reason why a text is not a date."""
    if not body:
        return QuantityError("blank", WRITE, "blank")
    if excel_error(body):
        return QuantityError("an Excel error in place of a date", "widen the column or repair it", "excel-error")
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", body):
        return QuantityError("an Excel serial number", f"{WRITE} (format the column as yyyy-mm-dd)", "excel-serial")
    if re.fullmatch(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}", body):
        return QuantityError("day and month cannot be told apart", WRITE, "ambiguous-date")
    if re.fullmatch(r"[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?", body):
        return QuantityError("a two-digit year", WRITE, "two-digit-year")
    if re.match(r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[T ]", body):
        return QuantityError("a time of day beside the date", WRITE, "bad-date")
    return QuantityError("not a date", WRITE, "bad-date")
