"""Numbers as Chinese writes them: `1000亿`, `1.2万亿`, `三千五百万`, `1亿5000万`."""

from __future__ import annotations

import re
from decimal import Decimal

NUMBER = r"(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)"
"""An ASCII number; commas only as separators of thousands."""

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_SMALL_UNITS = {"千": 1000, "百": 100, "十": 10}
_SIMPLIFIED = str.maketrans("億萬兩", "亿万两")
_PLAIN = re.compile(NUMBER, re.ASCII)
_TERM = re.compile(rf"({NUMBER}|[一二两三四五六七八九])?([千百十])", re.ASCII)


def read_number(text: str) -> Decimal | None:
    """Value of an ASCII number with optional separators of thousands; None if it is not one."""
    return Decimal(text.replace(",", "")) if _PLAIN.fullmatch(text) else None


def read_chinese(text: str) -> Decimal | None:
    """Value of a number with the units 十 百 千 万 亿; None if it is not written in an unambiguous way.

    A unit may stand without a number only at the start and only in front of another unit (`千亿` is 1000 亿).
    A remainder without a unit is refused, since `1亿5` is 1.5 亿 in speech and 1 亿 + 5 in writing.
    """
    text = re.sub(r"\s+", "", text.translate(_SIMPLIFIED)) if _spaces_only_before_units(text) else ""
    if not text or text in ("十", "百", "千", "万", "亿"):
        return None
    return _sum_below_yi(text) if "亿" not in text else _with_yi(text)


def _spaces_only_before_units(text: str) -> bool:
    return re.search(r"\s(?![千百十万亿萬億])", text) is None


def _parts(text: str, unit: str) -> tuple[str, str]:
    """Split at a unit; a 零 that only marks an empty place behind it is left out."""
    left, _, right = text.partition(unit)
    return left, right[1:] if len(right) > 2 and right[0] in "零〇" else right


def _with_yi(text: str) -> Decimal | None:
    left, right = _parts(text, "亿")
    if "亿" in right or (right and not right.endswith(("千", "百", "十", "万"))):
        return None
    high = _sum_below_yi(left, heads_yi=True)
    low = _sum_below_yi(right, follows=True) if right else Decimal(0)
    return _add(high, 10**8, low)


def _sum_below_yi(text: str, heads_yi: bool = False, follows: bool = False) -> Decimal | None:
    if "万" not in text:
        return _section(text, implied=heads_yi and not follows)
    left, right = _parts(text, "万")
    if "万" in right:
        return None
    bare = left == "" and heads_yi and not right
    high = Decimal(1) if bare else _section(left, implied=not follows)
    if not right:
        return _add(high, 10**4, Decimal(0))
    if read_number(right) is not None and not re.fullmatch(r"\d{4}", right, re.ASCII):
        return None
    if re.fullmatch(r"[一二两三四五六七八九]", right):
        return None
    return _add(high, 10**4, _section(right, implied=False))


def _add(high: Decimal | None, unit: int, low: Decimal | None) -> Decimal | None:
    """`high` × `unit` + `low`; a fraction above and something below cannot both be meant."""
    if high is None or low is None or (low and not _is_whole(high)) or not low < unit:
        return None
    return high * unit + low


def _section(text: str, implied: bool) -> Decimal | None:
    """Read one group below 万, such as `1200`, `5千`, `三千五百`, `二十五`, `一千零五`."""
    if text in _DIGITS:
        return Decimal(_DIGITS[text])
    plain = read_number(text)
    return plain if plain is not None else _terms(text, implied)


def _terms(text: str, implied: bool) -> Decimal | None:
    total, last_unit, place = Decimal(0), 10_000, 0
    while term := _TERM.match(text, place):
        count, unit = term.group(1), _SMALL_UNITS[term.group(2)]
        if unit >= last_unit or (count is None and not (place == 0 and (implied or unit == 10))):
            return None
        value = Decimal(1) if count is None else _count(count)
        if not _is_whole(value) and term.end() < len(text):
            return None
        if place and value >= 10:
            return None
        total, last_unit, place = total + value * unit, unit, term.end()
        if text[place : place + 1] in ("零", "〇"):
            last_unit, place = min(last_unit, 100), place + 1
            if place == len(text):
                return None
    return _last_digit(text, place, total, last_unit)


def _last_digit(text: str, place: int, total: Decimal, last_unit: int) -> Decimal | None:
    """`text[place:]` may be one Chinese digit after 十 or 零; `三百五` (350 in speech) is refused."""
    rest = text[place:]
    if not rest:
        return total if place else None
    tens_or_zero = place and (last_unit == 10 or text[place - 1] in ("零", "〇"))
    return total + _DIGITS[rest] if tens_or_zero and _DIGITS.get(rest) else None


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()


def _count(text: str) -> Decimal:
    return Decimal(_DIGITS[text]) if text in _DIGITS else Decimal(text.replace(",", ""))
