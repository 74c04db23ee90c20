"""Amounts of money: whole yuan inside, three forms at the edge.

`千亿元` is 10¹¹ yuan. A literal English rendering, "thousand billion", is 10¹²; its author must say which is meant.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from aidc_twin.units.numerals import NUMBER, read_chinese, read_number

YI = 10**8
"""Yuan in one 亿元."""

LARGEST_YUAN = 10**15
"""Ten thousand times the goal; whatever is larger is a slip of units."""

_LONGEST_TEXT = 80
_SCALES = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "mn": 10**6,
    "mln": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
    "tn": 10**12,
    "trn": 10**12,
}
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}

_FORMS = "write for example 1000亿元, 100 billion yuan or 1e11"
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    (0x3000, 0xA0, 0x2009, 0x202F), " "
)
_CURRENCY = r"(?:cn[¥￥]|rmb|cny|renminbi|yuan|人民[币幣]|元|圆|圓)"
_AROUND = re.compile(rf"^{_CURRENCY}?\s*(.*?)[\s-]*{_CURRENCY}?$", re.IGNORECASE | re.DOTALL)
_ENGLISH = re.compile(
    rf"({NUMBER}|[a-z]*?)[\s-]*((?:(?<![a-z])(?:{'|'.join(_SCALES)})s?[\s-]*)+)", re.ASCII | re.IGNORECASE
)


def _word(pattern: str) -> str:
    return rf"(?<![a-z])(?:{pattern})(?![a-z])"


_REFUSED = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"兆瓦|" + _word("mw"), "is a power in megawatts (兆瓦 is MW), not an amount of money"),
        (r"瓦|" + _word("[kgt]?wh?|mwh"), "is a power or an energy, not an amount of money"),
        (_word("nan|inf|infinity|[+-]inf"), "is not a finite number"),
        (
            r"^[^\w]*[-−－–—]|^\W*(?:负|負|minus)|^\(.*\)$|" + _CURRENCY + r"\s*[-−]\s*\d",
            "is negative; an amount here is 0 or more",
        ),
        (
            r"美元|美金|欧元|歐元|日元|日圆|円|港元|港[币幣]|台[币幣]|臺幣|英镑|英鎊|韩元|韓元|卢布|"
            + _word("usd?|dollars?|eur|euros?|jpy|yen|hkd|twd|ntd?|gbp|pounds?|krw|won|chf|sgd|inr|rub|aud|cad|cnh"),
            "is in another currency; convert it to yuan first, at a rate you can name",
        ),
        (r"[$€£₩₹₽₿฿₫]", "is in another currency; convert it to yuan first, at a rate you can name"),
        (r"(?<!cn)[¥￥]", "has a sign that stands for both yuan and yen; write CNY or 元"),
        (r"%|％", "is a share, not an amount of money"),
    )
)


class AmountError(ValueError):
    """The text is no amount in yuan, or has more than one reading."""


def parse_money(text: str | int | float) -> int:
    """Read an amount in yuan.

    Takes `1000亿`, `千亿元`, `万亿`, `5000万`, `100 billion yuan`, `CNY 1e11`, full-width digits and plain numbers.

    Raises
    ------
    AmountError
        If the text is not exactly one amount of whole yuan between 0 and `LARGEST_YUAN`; names the readings if there
        are several.
    """
    cleaned = _cleaned(text)
    if cleaned.startswith(("双", "雙")):
        raise AmountError(
            f"{_quoted(text)} names two goals of the same amount, which are never added; give each its own amount"
        )
    return _amount(cleaned, str(text))


def parse_goal_amounts(text: str | int | float) -> tuple[int, ...]:
    """Read the amounts of a goal's wording, yuan: one, or two equal ones after 双 (`双千亿元`).

    Raises
    ------
    AmountError
        As `parse_money`.
    """
    cleaned = _cleaned(text)
    if not cleaned.startswith(("双", "雙")):
        return (_amount(cleaned, str(text)),)
    amount = _amount(cleaned[1:].strip(), str(text))
    return (amount, amount)


def show_money(yuan: int, digits: int | None = 6) -> str:
    """Show an amount in three forms: `1000 亿元 = 100 billion yuan = 1.0e11 CNY`.

    Parameters
    ----------
    yuan
        May be negative (a loss).
    digits
        Significant digits kept; None keeps all.
    """
    exact = Decimal(int(yuan))
    kept = exact if digits is None else Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(exact)
    chinese = _scaled(kept, ((YI, " 亿元"), (10**4, " 万元"), (1, " 元")))
    english = _scaled(
        kept, ((10**12, " trillion yuan"), (10**9, " billion yuan"), (10**6, " million yuan"), (1, " yuan"))
    )
    exponent = kept.adjusted() if kept else 0
    return f"{chinese} = {english} = {_plain(kept.scaleb(-exponent), 1)}e{exponent} CNY"


def yi(yuan: int) -> str:
    """Show an amount in 亿元 with one decimal, such as `832.4 亿元`; what rounds to nothing has no sign."""
    return f"{(Decimal(int(yuan)) / YI).quantize(Decimal('0.1'), ROUND_HALF_EVEN) + 0:f} 亿元"


def _cleaned(text: str | int | float) -> str:
    if isinstance(text, bool):
        raise AmountError(f"{text} is no amount; {_FORMS}")
    cleaned = str(text).translate(_FULL_WIDTH).strip()
    if not cleaned:
        raise AmountError(f"the amount is empty; {_FORMS}")
    if len(cleaned) > _LONGEST_TEXT:
        raise AmountError(f"the amount is longer than {_LONGEST_TEXT} characters; {_FORMS}")
    for pattern, reason in _REFUSED:
        if pattern.search(cleaned):
            raise AmountError(f"{_quoted(text)} {reason}")
    return cleaned


def _amount(cleaned: str, original: str) -> int:
    with localcontext(Context(prec=4 * _LONGEST_TEXT)):  # 28 digits would round a long fraction away unnoticed
        return _exact_amount(cleaned, original)


def _exact_amount(cleaned: str, original: str) -> int:
    around = _AROUND.match(cleaned)
    body = around.group(1).strip() if around else cleaned
    _refuse_trillion_sign(body, original)
    value = read_number(body)
    if value is None:
        value = _english(body, original)
    if value is None:
        value = read_chinese(body)
    if value is None:
        raise AmountError(f"{_quoted(original)} is not an amount this program can read; {_FORMS}")
    return _whole(value, original)


def _whole(value: Decimal, original: str) -> int:
    if value > LARGEST_YUAN:
        raise AmountError(f"{_quoted(original)} is above {show_money(LARGEST_YUAN)}; check the unit")
    if value != value.to_integral_value():
        raise AmountError(f"{_quoted(original)} is not a whole number of yuan")
    return int(value)


def _english(body: str, original: str) -> Decimal | None:
    match = _ENGLISH.fullmatch(body)
    if match is None:
        return None
    scales = [word.lower().removesuffix("s") for word in re.split(r"[\s-]+", match.group(2)) if word]
    number = _english_count(match.group(1))
    if scales in (["thousand", "billion"], ["thousand", "bn"]):
        raise AmountError(_thousand_billion(Decimal(1) if number is None else number, original))
    if number is None and scales[0] == "hundred":
        number = Decimal(1)
    if number is None and len(scales) == 1:
        return None
    if number is not None and len(scales) == 2 and scales[0] == "hundred" and scales[1] != "hundred":
        number, scales = number * 100, scales[1:]
    if len(scales) > 1:
        raise AmountError(
            f"{_quoted(original)} stacks scale words; write one number and one word, such as 100 billion yuan"
        )
    return None if number is None else number * _SCALES[scales[0]]


def _english_count(text: str) -> Decimal | None:
    word = _COUNTS.get(text.lower())
    return read_number(text) if word is None else Decimal(word)


def _thousand_billion(number: Decimal, original: str) -> str:
    return (
        f"{_quoted(original)} has two readings: a literal rendering of {_plain(number)} × 千亿元, which is "
        f"{_reading(number, 10**11)}; or English as it stands, which is {_reading(number, 10**12)}"
    )


def _refuse_trillion_sign(body: str, original: str) -> None:
    if "兆" not in body:
        return
    number = read_number(body.replace("兆", "").strip())
    one = Decimal(1) if number is None else number
    raise AmountError(
        f"{_quoted(original)} has two readings: 兆 as mega, which is {_reading(one, 10**6)}; "
        f"or 兆 as in Taiwan and Japan, which is {_reading(one, 10**12)}"
    )


def _reading(number: Decimal, unit: int) -> str:
    yuan = number * unit
    if yuan != yuan.to_integral_value() or yuan > LARGEST_YUAN:
        return f"{_plain(yuan)} yuan (out of range)"
    forms = show_money(int(yuan), digits=None)
    return f"{forms}: for that write '{forms.split(' = ')[1]}'"


def _scaled(value: Decimal, units: tuple[tuple[int, str], ...]) -> str:
    unit, name = next((pair for pair in units if abs(value) >= pair[0]), units[-1])
    return _plain(value / unit) + name


def _plain(value: Decimal, decimals: int = 0) -> str:
    """Digits without exponent or trailing zeros, but with at least `decimals` decimals."""
    text = f"{value:f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole


def _quoted(text: object) -> str:
    shown = str(text)
    return repr(shown if len(shown) <= _LONGEST_TEXT else shown[:_LONGEST_TEXT] + "…")
