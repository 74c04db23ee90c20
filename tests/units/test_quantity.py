"""Quantities: the grammar of a cell, its nominal numbers, and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from aidc_twin.units.number import LIMIT
from aidc_twin.units.quantity import Quantity, QuantityError, When, parse_quantity, parse_when
from aidc_twin.units.when import parse_date

FORMS = [
    ("5", "constant", 5.0, 5.0),
    ("1.5e6", "constant", 1.5e6, 1.5e6),
    ("-2", "constant", -2.0, -2.0),
    ("tri(3,5,10)", "triangular", 5.0, 6.0),
    ("tri( 3, 5, 10 )*2", "triangular", 10.0, 12.0),
    ("uniform(2,4)", "uniform", 3.0, 3.0),
    ("exp(2)*3", "exponential", 6.0, 6.0),
    ("erlang(2,4)", "erlang", 4.0, 4.0),
    ("gamma(2.5,4)", "gamma", 4.0, 4.0),
    ("lognormal(3,0.5)", "lognormal", 3.0, 3.0),
    ("weibull(2,5)", "weibull", 5.0, 5.0),
    ("normal(10,0)", "normal", 10.0, 10.0),
    ("discrete(5,1)", "discrete", 5.0, 5.0),
    ("discrete( 4, 0.25, 8, 0.75 )*2", "discrete", 14.0, 14.0),
    ("discrete(8,0.5,2,0.3,-1,0.2)", "discrete", 4.4, 4.4),
    ("empirical(3)", "empirical", 3.0, 3.0),
    ("empirical(9,3,3,1)*0.5", "empirical", 2.0, 2.0),
]

REFUSED = [
    ("nan", "NaN"),
    ("-inf", "infinity"),
    ("1e400", "beyond"),
    ("99999999999999999999", "beyond"),
    ("50%", "percentage"),
    ("1.2万", "万"),
    ("3亿", "亿"),
    ("1,200", "thousands"),
    ("1_000", "underscore"),
    ("１２０", "ASCII"),
    ("٣", "ASCII"),
    ("0x10", "decimal"),
    ("", "blank"),
    ("N/A", "placeholder"),
    ("-", "placeholder"),
    ("#REF!", "Excel"),
    ("########", "Excel"),
    ("5 days", "unit"),
    ("tri(5,3,8)", "low to high"),
    ("tri(3,5)", "2 arguments"),
    ("norm(1,2)", "unknown"),
    ("exp(0)", "above 0"),
    ("erlang(1.5,2)", "whole"),
    ("fact:", "malformed"),
    ("fact:a b", "malformed"),
    ("5*-1", "negative"),
    ("5*", "blank"),
    ("tri(1,2,3", "malformed"),
    ("exp(nan)", "NaN"),
    ("weibull(0.01,1)", "shape"),
    ("normal(-1,1)", "negative"),
    ("discrete(5)", "its probability"),
    ("discrete(5,0.5,6)", "its probability"),
    ("discrete(5,0.5,6,0.4)", "sum to 0.9"),
    ("discrete(5,0.5,6,0.500002)", "not to 1"),
    ("discrete(5,1,6,0)", "above 0"),
    ("discrete()", "blank"),
    ("empirical()", "blank"),
    ("empirical(1,)", "blank"),
    (f"discrete({','.join(f'{n},{1 / 65!r}' for n in range(65))})", "65 values"),
    (f"empirical({','.join('1' * 1001)})", "1001 samples"),
    ("1 2", "unit"),
    ("5\n", "space around"),
    ("x", "not a number"),
]


@pytest.mark.parametrize(("text", "kind", "value", "mean"), FORMS)
def test_forms(text: str, kind: str, value: float, mean: float) -> None:
    """Every form of the grammar gives its kind, nominal number and mean, and its text parses back to itself."""
    quantity = parse_quantity(text)
    assert (quantity.kind, quantity.value, quantity.mean) == (kind, pytest.approx(value), pytest.approx(mean))
    assert parse_quantity(quantity.text) == quantity
    assert quantity.low <= quantity.value <= quantity.high


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refusals_name_the_reason(text: str, reason: str) -> None:
    """What is no quantity is refused with the reason and a cure."""
    with pytest.raises(QuantityError, match=reason) as caught:
        parse_quantity(text)
    assert caught.value.fix


def test_normal_is_truncated_at_zero() -> None:
    """A standard half-normal variate has mean sqrt(2/pi)."""
    quantity = parse_quantity("normal(0,1)")
    assert quantity.mean == pytest.approx((2 / 3.141592653589793) ** 0.5)
    assert quantity.low == 0


def test_discrete_and_empirical_have_a_range() -> None:
    """Least and greatest value in any order of writing; shares that are rounded still count."""
    assert (parse_quantity("discrete(8,0.5,2,0.5)*3").low, parse_quantity("empirical(4,9,1)").high) == (6, 9)
    assert parse_quantity("discrete(1,0.3333333,2,0.3333333,3,0.3333333)").value == pytest.approx(2)
    assert len(parse_quantity(f"empirical({','.join('7' * 1000)})").args) == 1000
    assert not parse_quantity("empirical(0,5)") > 0
    assert parse_quantity("discrete(1,0.5,3,0.5)") <= 3


def test_fact_reference_resolves_and_keeps_its_text() -> None:
    """A resolved reference has numbers times its factor and still says where they come from."""
    quantity = parse_quantity("fact:frame_fab_days*0.5")
    with pytest.raises(QuantityError, match="not resolved"):
        _ = quantity.value
    resolved = quantity.resolved("triangular", (3.0, 5.0, 8.0), "assumption", "days")
    assert (resolved.low, resolved.value, resolved.high) == (1.5, 2.5, 4.0)
    assert (resolved.text, resolved.basis, resolved.unit) == ("fact:frame_fab_days*0.5", "assumption", "days")


def test_scaled_multiplies_the_factor() -> None:
    """Scaling twice multiplies, and a negative factor is refused."""
    assert parse_quantity("tri(1,2,3)*2").scaled(3).value == 12
    with pytest.raises(QuantityError):
        parse_quantity("1").scaled(-1)


class Sample(BaseModel, frozen=True):
    """A model with a bounded quantity and an uncertain date."""

    hours: Quantity = Field(gt=0, le=100)
    start: When = parse_when("2026-10-01")


@pytest.mark.parametrize("given_value", ["tri(1,2,3)", 2, 2.0, {"fact": "x"}, {"fact": "x", "factor": 2}])
def test_model_field_accepts_quantities(given_value: object) -> None:
    """A model takes cell text, a number or a table with a fact, and dumps the cell text."""
    row = Sample.model_validate({"hours": given_value})
    assert parse_quantity(row.model_dump(mode="json")["hours"]) == row.hours
    assert Sample.model_json_schema()["properties"]["hours"]["anyOf"]


@pytest.mark.parametrize("given_value", [0, True, "tri(1,2,101)", {"value": 1}, {"fact": 3}, None, float("nan")])
def test_model_field_refuses(given_value: object) -> None:
    """A bound holds for the whole range, and a boolean is no number."""
    with pytest.raises(ValidationError):
        Sample.model_validate({"hours": given_value})


@given(st.floats(-LIMIT, LIMIT))
def test_any_finite_number_round_trips(number: float) -> None:
    """The text of a constant reads back exactly."""
    assert parse_quantity(Quantity("constant", (number,)).text).value == number


@given(st.text(max_size=30))
def test_parse_never_fails_otherwise(text: str) -> None:
    """Any text is either a quantity or a QuantityError."""
    try:
        quantity = parse_quantity(text)
    except QuantityError:
        return
    assert parse_quantity(quantity.text) == quantity


@pytest.mark.parametrize("text", ["2026-12-01", "2026/12/01", "2026/12/1", "2026年12月1日"])
def test_dates(text: str) -> None:
    """Year-first dates are read in each usual notation."""
    assert parse_date(text) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01/02/2027", "ambiguous-date"),
        ("26-12-01", "two-digit-year"),
        ("46357", "excel-serial"),
        ("2027-02-30", "no-such-day"),
        ("9999-12-31", "year-out-of-range"),
        ("1999-01-01", "year-out-of-range"),
        ("", "blank"),
        ("2026-12/01", "bad-date"),
        ("2026-12-01 08:00", "bad-date"),
        ("２０２６-12-01", "bad-date"),
        ("########", "excel-error"),
        ("soon", "bad-date"),
    ],
)
def test_bad_dates(text: str, code: str) -> None:
    """A date that could mean something else is refused by name."""
    with pytest.raises(QuantityError) as caught:
        parse_date(text)
    assert caught.value.code == code


def test_when_forms() -> None:
    """A date may be certain, a triangle or a fact, and its text parses back."""
    for text in ("2026-10-01", "tri(2026-09-30,2026-09-30,2026-12-05)", "fact:phase1_finish_planned"):
        assert parse_when(text).text == text
    assert not parse_when("fact:x").known
    assert parse_when("tri(2026-09-30,2026-09-30,2026-12-05)").high == date(2026, 12, 5)
    for text in ("tri(2026-12-05,2026-09-30,2026-09-30)", "tri(2026-09-30)", "fact:", "x"):
        with pytest.raises(QuantityError):
            parse_when(text)
