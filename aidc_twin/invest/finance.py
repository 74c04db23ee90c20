"""Present value, internal rate of return and payback of yearly cash flows.

Flows are amounts of money in any one unit, the first one today, the others each a year later.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["irr", "npv", "payback_years", "quarter_rate"]

_HIGHEST_RATE = 1e6
_STEPS = 200
_ROUNDING = 1e-12


def npv(rate: float, flows: Sequence[float]) -> float:
    """Net present value: sum of ``flows[n] / (1 + rate) ** n``.

    Raises
    ------
    ValueError
        The rate is -100 % or less, or a number is not finite.

    Examples
    --------
    >>> round(npv(0.1, [-100.0, 110.0]), 9)
    0.0
    """
    amounts = _finite(flows)
    if not rate > -1.0 or not np.isfinite(rate):
        raise ValueError(f"a rate of {rate} has no present value; it must be above -1")
    return float(amounts @ (1.0 + rate) ** -np.arange(amounts.size))


def quarter_rate(rate: float) -> float:
    """Rate of a quarter that compounds to a rate of a year.

    Examples
    --------
    >>> round((1.0 + quarter_rate(0.08)) ** 4, 12)
    1.08
    """
    return (1.0 + rate) ** 0.25 - 1.0


def irr(flows: Sequence[float]) -> float | None:
    """Internal rate of return: the rate at which the present value is zero.

    Returns
    -------
    None where no single rate answers: flows that never change their sign have no rate, and flows that change it more
    than once may have several (their accumulated sum then decides: one change of its sign still gives one rate above
    zero).

    Examples
    --------
    >>> round(irr([-100.0, 60.0, 60.0]), 6)
    0.130662
    """
    amounts = _finite(flows)
    if _sign_changes(amounts) == 1:
        return _root(amounts, -1.0 + 1e-9)
    if _sign_changes(np.cumsum(amounts)) == 1 and amounts.sum() * amounts[np.flatnonzero(amounts)[0]] < 0:
        return _root(amounts, 0.0)
    return None


def payback_years(flows: Sequence[float], rate: float = 0.0) -> float | None:
    """Years until the accumulated (discounted) flows are no longer negative, a year's flow arriving evenly.

    Returns
    -------
    0.0 where they never are; None where they still are, or are again, at the end.

    Examples
    --------
    >>> payback_years([-100.0, 40.0, 40.0, 40.0])
    2.5
    """
    amounts = _finite(flows) * (1.0 + rate) ** -np.arange(len(flows))
    total = np.cumsum(amounts)
    below = np.flatnonzero(total < -_ROUNDING * np.abs(amounts).max(initial=0.0))
    if not below.size:
        return 0.0
    last = int(below[-1])
    if last == total.size - 1:
        return None
    return last + float(-total[last] / amounts[last + 1])


def _finite(flows: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    amounts = np.array(flows, dtype=np.float64).ravel()
    if not np.isfinite(amounts).all():
        raise ValueError("a cash flow is not a finite number")
    return amounts


def _sign_changes(amounts: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int:
    signs = np.sign(amounts[amounts != 0])
    return int((signs[1:] != signs[:-1]).sum())


def _root(amounts: np.ndarray[tuple[int], np.dtype[np.float64]], low: float) -> float | None:
    """Rate between `low` and the highest at which the present value changes its sign, by bisection of log(1 + rate)."""
    years = np.arange(amounts.size)

    def value(log_factor: float) -> float:
        # scaled by the largest discount factor, which does not change the sign
        exponents = -log_factor * years
        return float(amounts @ np.exp(exponents - exponents.max()))

    left, right = np.log1p(low), np.log1p(_HIGHEST_RATE)
    sign = np.sign(value(left))
    if sign == 0:
        return float(np.expm1(left))
    if sign == np.sign(value(right)):
        return None
    for _ in range(_STEPS):
        middle = (left + right) / 2
        if np.sign(value(middle)) == sign:
            left = middle
        else:
            right = middle
    return float(np.expm1((left + right) / 2))
