"""Amounts of money: forms that are read, wordings that are refused, and the three forms shown."""

from __future__ import annotations

import decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidc_twin.units.money import LARGEST_YUAN, AmountError, parse_goal_amounts, parse_money, show_money, yi

GOAL = 10**11

READ = {
    "1000亿": GOAL,
    "1000亿元": GOAL,
    "1000 亿元": GOAL,
    "1000億元": GOAL,
    "千亿": GOAL,
    "千亿元": GOAL,
    "一千亿元": GOAL,
    "１０００亿元": GOAL,
    "1,000亿": GOAL,
    "1e11": GOAL,
    "1.0E+11": GOAL,
    "CNY 1e11": GOAL,
    "100000000000": GOAL,
    "100,000,000,000 yuan": GOAL,
    "１００，０００，０００，０００": GOAL,
    "100 billion yuan": GOAL,
    "100 Billion RMB": GOAL,
    "100-billion-yuan": GOAL,
    "RMB 100bn": GOAL,
    "人民币1000亿元": GOAL,
    "CN¥100 billion": GOAL,
    "hundred billion yuan": GOAL,
    "1e3亿": GOAL,
    "100 billion 元": GOAL,
    "1200 亿元": 12 * 10**10,
    "万亿": 10**12,
    "万亿元": 10**12,
    "1万亿": 10**12,
    "1 trillion yuan": 10**12,
    "a trillion yuan": 10**12,
    "1000 billion yuan": 10**12,
    "1.2万亿": 12 * 10**11,
    "1万2000亿": 12 * 10**11,
    "一万二千亿": 12 * 10**11,
    "10 million yuan": 10**7,
    "5 hundred million yuan": 5 * 10**8,
    "5000万": 5 * 10**7,
    "5千万元": 5 * 10**7,
    "三千五百万": 35 * 10**6,
    "两亿三千万": 23 * 10**7,
    "1亿5000万": 15 * 10**7,
    "一亿零五百万": 105 * 10**6,
    "二十五亿": 25 * 10**8,
    "0.5亿": 5 * 10**7,
    "1234567 yuan": 1234567,
    "0": 0,
    "1e15": 10**15,
}

REFUSED = {
    "兆瓦": "MW",
    "1000兆瓦": "MW",
    "100 MW": "megawatt",
    "100MW": "megawatt",
    "500 kWh": "energy",
    "USD 100": "another currency",
    "100 dollars": "another currency",
    "$100": "another currency",
    "100美元": "another currency",
    "€5": "another currency",
    "1000日元": "another currency",
    "¥100": "both yuan and yen",
    "￥100": "both yuan and yen",
    "-5": "negative",
    "−5亿": "negative",
    "CNY -5": "negative",
    "(5)": "negative",
    "NaN": "finite",
    "inf": "finite",
    "-Infinity": "finite",
    "": "empty",
    "　 ": "empty",
    "0.5": "whole number",
    "1.000000001亿": "whole number",
    "1.00000000000000000000000000000000000001亿": "whole number",
    "1e-3": "whole number",
    "1e16": "above",
    "1e999亿": "above",
    "9" * 90: "longer than",
    "100%": "share",
    "million million yuan": "stacks",
    "thousand trillion yuan": "stacks",
    "双千亿": "two goals",
}

UNREADABLE = [
    *[
        "1,00亿",
        "10,0000",
        "1,2,3",
        "0,123",
        "1_000",
        "1.000.000",
        "1..5",
        "5.",
        ".5",
        "0x10",
        "1e99999999",
        "1 000 亿",
    ],
    *["亿", "亿元", "万", "千", "元", "yuan", "billion", "亿1000", "1亿5", "1亿万", "1万亿5000亿", "1万2亿", "三百五"],
    *[
        "10 5亿",
        "10²",
        "①亿",
        "٣亿",
        "约1000亿",
        "1.5亿2万",
        "1百千",
        "100k",
        "100M yuan",
        "abc",
        "1e15元1",
        "1e999亿1万5",
    ],
]


@pytest.mark.parametrize(("text", "yuan"), READ.items())
def test_reads_every_usual_form(text: str, yuan: int) -> None:
    """Each way in which the goal and its parts are written gives exact yuan."""
    assert parse_money(text) == yuan


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_refuses_with_its_reason(text: str, reason: str) -> None:
    """What is no amount in yuan is refused with the reason that applies."""
    with pytest.raises(AmountError, match=reason):
        parse_money(text)


@pytest.mark.parametrize("text", UNREADABLE)
def test_refuses_what_it_cannot_read(text: str) -> None:
    """Misplaced commas, bare units and colloquial remainders are never guessed at."""
    with pytest.raises(AmountError):
        parse_money(text)


@pytest.mark.parametrize(
    "text", ["thousand billion yuan", "thousand-billion-yuan", "1 Thousand Billion", "thousand bn"]
)
def test_thousand_billion_names_both_readings(text: str) -> None:
    """The literal rendering of 千亿 is refused, and both ways to write it unmistakably are given and can be read."""
    with pytest.raises(AmountError) as refusal:
        parse_money(text)
    message = str(refusal.value)
    assert "two readings" in message
    written = message.split("for that write '")[1:]
    assert [parse_money(piece.split("'")[0]) for piece in written] == [10**11, 10**12]


@pytest.mark.parametrize("text", ["兆元", "1兆元", "1 兆"])
def test_trillion_sign_names_both_readings(text: str) -> None:
    """兆 is a million in one place and a trillion in another, so both are offered."""
    with pytest.raises(AmountError) as refusal:
        parse_goal_amounts(text)
    written = str(refusal.value).split("for that write '")[1:]
    assert [parse_money(piece.split("'")[0]) for piece in written] == [10**6, 10**12]


def test_goal_wording_gives_one_or_two_amounts() -> None:
    """双 stands for two goals of the same amount, which stay apart."""
    assert parse_goal_amounts("双千亿元") == (GOAL, GOAL)
    assert parse_goal_amounts("双万亿") == (10**12, 10**12)
    assert parse_goal_amounts("1200亿") == (12 * 10**10,)


@pytest.mark.parametrize(("value", "yuan"), [(10**11, 10**11), (1e11, 10**11), (0.0, 0)])
def test_takes_numbers(value: float, yuan: int) -> None:
    """A number from a TOML file counts as yuan."""
    assert parse_money(value) == yuan


@pytest.mark.parametrize("value", [True, -1, 0.5, float("nan"), float("inf"), 2e15])
def test_refuses_numbers_that_are_no_amount(value: float) -> None:
    """Numbers are held to the same rules as text."""
    with pytest.raises(AmountError):
        parse_money(value)


def test_ignores_the_callers_decimal_context() -> None:
    """A short precision set elsewhere in the process changes no amount."""
    with decimal.localcontext(prec=3):
        assert parse_money("123456789012 yuan") == 123456789012
        assert parse_money("1234.56789012亿") == 123456789012


@pytest.mark.parametrize(
    ("yuan", "shown"),
    [
        (10**11, "1000 亿元 = 100 billion yuan = 1.0e11 CNY"),
        (10**12, "10000 亿元 = 1 trillion yuan = 1.0e12 CNY"),
        (83_241_123_456, "832.411 亿元 = 83.2411 billion yuan = 8.32411e10 CNY"),
        (5 * 10**7, "5000 万元 = 50 million yuan = 5.0e7 CNY"),
        (7, "7 元 = 7 yuan = 7.0e0 CNY"),
        (0, "0 元 = 0 yuan = 0.0e0 CNY"),
        (-5 * 10**8, "-5 亿元 = -500 million yuan = -5.0e8 CNY"),
    ],
)
def test_shows_three_forms(yuan: int, shown: str) -> None:
    """An amount is shown in Chinese, in English and as a plain number."""
    assert show_money(yuan) == shown


def test_shows_yi_with_one_decimal() -> None:
    """The short form is 亿元 with one decimal."""
    assert yi(83_241_123_456) == "832.4 亿元"
    assert yi(-GOAL) == "-1000.0 亿元"
    assert yi(-4_999_999) == "0.0 亿元"  # less than nothing by less than can be told


@given(st.integers(0, LARGEST_YUAN))
def test_shown_forms_read_back(yuan: int) -> None:
    """Each of the three exact forms means the amount it was made from."""
    assert {parse_money(form) for form in show_money(yuan, digits=None).split(" = ")} == {yuan}


@given(st.text(max_size=40) | st.text("0123456789.,eE+-千百十万亿兆零一二元双 billionthousandyuanCNY$¥", max_size=20))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    """No text brings anything but whole yuan in range or a refusal."""
    try:
        amounts = parse_goal_amounts(text)
    except AmountError as refusal:
        assert str(refusal)
    else:
        assert all(type(amount) is int and 0 <= amount <= LARGEST_YUAN for amount in amounts)
