"""One way to read a number from text, with a named reason and a cure for each way to get it wrong.

The same rule serves tables, TOML strings and quantities, so that no two readers disagree about a cell.
"""

from __future__ import annotations

import math
import re
import unicodedata

__all__ = ["LIMIT", "QuantityError", "number_text", "parse_number"]

LIMIT = 1e15
"""Greatest magnitude of any number in an input: a thousand times the largest goal in yuan."""

PLAIN = "write a plain number such as 5, 0.5 or 1.5e6"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ABSENT = {"n/a", "na", "null", "none", "nil", "-", "--", "—", "–", "/", "无", "?"}
_EXCEL = re.compile(r"#(?:REF!|DIV/0!|N/A|NAME\?|NULL!|NUM!|VALUE!|SPILL!|CALC!)|#+", re.IGNORECASE)
_CHINESE = {"万": 10**4, "亿": 10**8, "千": 10**3, "百": 10**2, "万亿": 10**12}
_SCALED = re.compile(r"([0-9.]+) *(万亿|万|亿|千|百)元?")


class QuantityError(ValueError):
    """Text that is no number, quantity or date: ``str()`` is the reason, `fix` the cure, `code` the kind."""

    def __init__(self, reason: str, fix: str = PLAIN, code: str = "not-a-number") -> None:
        super().__init__(reason)
        self.fix = fix
        self.code = code


def number_text(number: float) -> str:
    """Shortest text that reads back as the same number."""
    return str(int(number)) if math.isfinite(number) and number == int(number) and abs(number) < LIMIT else repr(number)


def parse_number(text: str) -> float:
    """Read a finite number in plain ASCII notation, at most `LIMIT` in magnitude.

    Raises
    ------
    QuantityError
        Naming what the text is instead: a percentage, 万, NaN, an Excel error, full-width digits …
    """
    if len(text) <= 64 and _NUMBER.fullmatch(text):
        number = float(text)
        if abs(number) > LIMIT:
            raise QuantityError(f"beyond the largest number {LIMIT:g}", "check the unit of the column", "too-large")
        return number
    raise explain(text)


def excel_error(text: str) -> bool:
    """Whether a cell holds what Excel shows instead of a value, as ``#REF!`` or ``########``."""
    return _EXCEL.fullmatch(text) is not None


def explain(text: str) -> QuantityError:
    """Reason and cure for a text that is not a plain number."""
    return _named(text) or _written_otherwise(text) or QuantityError("not a number")


def _named(text: str) -> QuantityError | None:
    """Texts that stand for no number at all."""
    bare = text.strip().casefold()
    if not bare:
        return QuantityError("blank", PLAIN, "blank")
    if bare.lstrip("+-") in ("nan", "1.#qnan"):
        return QuantityError("NaN (not a number)", PLAIN, "nan")
    if bare.lstrip("+-") in ("inf", "infinity", "∞", "1.#inf"):
        return QuantityError("infinity", "write a finite number", "infinite")
    if excel_error(bare):
        wide = set(bare) == {"#"}
        cure = "widen the column in Excel and save again" if wide else "repair the formula and save again"
        return QuantityError("an Excel error in place of a value", cure, "excel-error")
    if bare in _ABSENT:
        cure = "write the number (an optional cell may be blank)"
        return QuantityError("a placeholder for a missing value", cure, "absent")
    return None


def _written_otherwise(text: str) -> QuantityError | None:
    """Numbers in a notation that is refused; the cure spells the plain one where it is certain."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if folded.endswith(("%", "‰")):
        return QuantityError("a percentage", _plain(folded[:-1], 0.01 if folded[-1] == "%" else 0.001), "percent")
    if scaled := _SCALED.fullmatch(folded):
        return QuantityError(f"a number in {scaled[2]}", _plain(scaled[1], _CHINESE[scaled[2]]), "chinese-unit")
    if _NUMBER.fullmatch(text.strip()):
        return QuantityError("a number with white space around it", f"write {folded}", "white-space")
    if _NUMBER.fullmatch(folded):
        return QuantityError("digits that are not plain ASCII", f"write {folded}", "wide-digits")
    if any(c.isdecimal() and not c.isascii() for c in text):
        return QuantityError("digits that are not plain ASCII", PLAIN, "wide-digits")
    if "_" in folded:
        return QuantityError("an underscore between digits", _plain(folded.replace("_", "")), "underscore")
    if re.fullmatch(r"[+-]?[0-9]{1,3}(?:[, '][0-9]{3})+(?:\.[0-9]*)?", folded):
        return QuantityError("a thousands separator", _plain(re.sub(r"[, ']", "", folded)), "thousands-separator")
    if re.match(r"[+-]?0[xXbBoO]", folded):
        return QuantityError("not a decimal number", PLAIN, "not-decimal")
    if re.match(r"[+-]?[0-9.]+ *[^0-9.,]", folded) or folded[:1] in ("¥", "$", "€"):
        return QuantityError("a number with a unit or sign beside it", "write the number alone, in the column's unit")
    return None


def _plain(text: str, factor: float = 1.0) -> str:
    """Cure that spells the plain number, if `text` holds one."""
    if len(text) > 64 or not _NUMBER.fullmatch(text.strip()):
        return PLAIN
    return f"write {float(text) * factor:.12g} if that is meant, in the column's unit"
