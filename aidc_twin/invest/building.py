"""What is begun when: coefficients of one unit of each investment by the quarter in which it is begun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aidc_twin.invest.case import Case, Option
from aidc_twin.twin.inputs import Floats

__all__ = ["Building", "building"]


@dataclass(frozen=True)
class Building:
    """Amounts of one unit begun in quarter b, over quarters q; I investments. Money in 亿元.

    Attributes
    ----------
    allowed : shape (I, Q), whether it may be begun then: in use within the horizon and not too early.
    use : shape (I, Q, Q), 1 where it is in use.
    land : shape (I, Q, Q), mu that it takes from its beginning on.
    capex, depreciation, upkeep : shape (I, Q, Q).
    book : shape (I, Q), what is not written off at the end, its land among it.
    """

    allowed: np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    use: Floats
    land: Floats
    capex: Floats
    depreciation: Floats
    upkeep: Floats
    book: Floats


def building(case: Case) -> Building:
    """Coefficients of every option of a case."""
    shape = (len(case.options), len(case.quarters), len(case.quarters))
    found = Building(
        np.zeros(shape[:2], np.bool_), np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape),
        np.zeros(shape), np.zeros(shape[:2]),
    )  # fmt: skip
    for i, option in enumerate(case.options):
        for b in range(shape[1]):
            if option.first <= b + option.lead < shape[1]:
                _begin(case, option, found, i, b)
    return found


def _begin(case: Case, option: Option, found: Building, i: int, b: int) -> None:
    """Fill in what a unit costs that is begun in quarter `b`."""
    used, last = b + option.lead, len(case.quarters)
    paid, life = max(1, option.lead), 4 * option.row.life_years
    found.allowed[i, b] = True
    found.use[i, b, used:] = 1.0
    found.land[i, b, b:] = option.land_mu
    found.capex[i, b, b : b + paid] = option.once_yi / paid
    found.capex[i, b, b] += option.land_yi
    found.depreciation[i, b, used : used + life] = option.once_yi / life
    days = np.array([quarter.days / quarter.year_days for quarter in case.quarters])
    found.upkeep[i, b, used:] = option.yearly_yi * days[used:]
    found.book[i, b] = option.once_yi * max(0.0, 1.0 - (last - used) / life) + option.land_yi
