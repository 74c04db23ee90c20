"""Cases small enough to work out by hand: one resource, some quarters of 2027 on, money in 亿元."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from aidc_twin.invest.case import Case, Limit, Option, Terms
from aidc_twin.invest.quarters import quarters_of
from aidc_twin.park.schema import Investment
from aidc_twin.solver import Profile
from aidc_twin.units.quantity import Quantity

EXACT = Profile(name="exact", gap=0.0, nodes=100_000)
FREE = Terms(discount=0.0, tax=0.0, overhead_yi=0.0, residual=0.0, land_mu=None, land_used_mu=0.0)


def limit(name: str, per_mw: float, base: float, quarters: int, kind: str = "material", **more: Any) -> Limit:
    """A limit of one solution; a quota unless it is said otherwise, so that nothing but weeks comes in."""
    hours = {"hours": 1.0, "step": 0.0, "calendar": -1} | more
    return Limit(kind, name, np.array([per_mw]), np.full(quarters, base), **hours)


def _constant(amount: float) -> Quantity:
    return Quantity("constant", (amount,))


def option(
    name: str, gains: Sequence[float], *, once: float = 0.0, yearly: float = 0.0, lead: int = 0, most: float = 1,
    land: float = 0.0, land_yi: float = 0.0, life: int = 10, first: int = 0, whole: str = "yes",
    most_quarter: float | None = None,
) -> Option:  # fmt: skip
    """An investment; `once` and `yearly` in 亿元, `land_yi` for all its land."""
    row = Investment(
        investment=name, once_yuan=_constant(once * 1e8), yearly_yuan=_constant(yearly * 1e8),
        lead_quarters=_constant(float(lead)), most=most, most_quarter=most_quarter, whole=whole,
        land_mu=land, life_years=life,
    )  # fmt: skip
    return Option(row, lead, first, once, land_yi, yearly, land, np.array(gains, np.float64))


def case(
    demand: float, limits: Sequence[Limit], options: Sequence[Option], *, years: int = 1, margin: float = 1.0,
    tied: float = 0.0, terms: Terms = FREE, levels: Sequence[int] = (), level_yi: Sequence[float] = (),
) -> Case:  # fmt: skip
    """A case of one solution that sells for 2 亿元 a MW, `demand` MW in each quarter."""
    quarters = quarters_of(date(2027, 1, 1), None, years)
    return Case(
        quarters=quarters, products=("kit",), demand=np.full((1, len(quarters)), demand), price=np.array([2.0]),
        cost=np.array([2.0 - margin]), tied=np.array([tied]), limits=tuple(limits), options=tuple(options),
        calendars=tuple(f"calendar-{n}" for n in range(len(levels))), levels=np.array(levels, np.int64),
        level_yi=np.array(level_yi, np.float64), terms=terms, posts={},
    )  # fmt: skip
