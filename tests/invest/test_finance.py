"""Finance against closed forms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidc_twin.invest import irr, npv, payback_years


def test_present_value_of_an_annuity() -> None:
    """Equal flows are worth the annuity formula."""
    rate, years, flow = 0.08, 15, 3.2
    assert npv(rate, [0.0] + [flow] * years) == pytest.approx(flow * (1 - (1 + rate) ** -years) / rate)


def test_present_value_of_growth() -> None:
    """Flows that grow by g are worth the growing-annuity formula."""
    rate, growth, years = 0.11, 0.04, 12
    flows = [0.0] + [(1 + growth) ** n for n in range(years)]
    assert npv(rate, flows) == pytest.approx((1 - ((1 + growth) / (1 + rate)) ** years) / (rate - growth))


@given(st.floats(-0.5, 3.0), st.integers(1, 40))
def test_a_single_return_has_a_closed_rate(rate: float, years: int) -> None:
    """100 now for 100 (1 + r)^n in n years yields r."""
    found = irr([-100.0] + [0.0] * (years - 1) + [100.0 * (1 + rate) ** years])
    assert found == pytest.approx(rate, abs=1e-7)


@given(st.lists(st.floats(1.0, 50.0), min_size=1, max_size=25), st.floats(1.0, 500.0))
def test_the_rate_makes_the_present_value_zero(incomes: list[float], price: float) -> None:
    """Where one rate exists, it is a root of the present value."""
    rate = irr([-price, *incomes])
    assert rate is not None
    assert npv(rate, [-price, *incomes]) == pytest.approx(0.0, abs=1e-6 * price)


@pytest.mark.parametrize("flows", [[], [0.0], [5.0, 6.0], [-5.0, -1.0], [-100.0, 230.0, -132.0]])
def test_no_single_rate_is_none(flows: list[float]) -> None:
    """Without a change of sign there is no rate; -100, 230, -132 has two (10 % and 20 %)."""
    assert irr(flows) is None


def test_payback_counts_part_of_a_year() -> None:
    """The year in which the sum turns is counted in proportion; discounting makes it longer."""
    assert payback_years([-100.0, 40.0, 40.0, 40.0]) == pytest.approx(2.5)
    assert payback_years([-100.0, 110.0, 0.0], rate=0.1) == pytest.approx(1.0)
    assert payback_years([10.0, 5.0]) == 0.0
    assert payback_years([-100.0, 150.0, -80.0]) is None
    assert payback_years([-100.0, 150.0, -80.0, 60.0]) == pytest.approx(2.5)


@pytest.mark.parametrize("rate", [-1.0, -2.0, math.nan, math.inf])
def test_rates_without_a_meaning_are_refused(rate: float) -> None:
    """A rate of -100 % or less has no present value."""
    with pytest.raises(ValueError, match="above -1"):
        npv(rate, [1.0])


def test_a_flow_that_is_no_number_is_refused() -> None:
    """NaN does not become a rate."""
    with pytest.raises(ValueError, match="not a finite number"):
        irr([-1.0, math.nan])
