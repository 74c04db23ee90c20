"""What an expansion is planned from: quarters, demand, what a megawatt uses and earns, what there is and could be.

Everything comes from the park's tables and from the profiles that the twin has measured; nothing is guessed here.
P solutions, Q quarters, L limits (resources and quotas), I investments; money in 亿元.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import InputError, Problem
from aidc_twin.invest.quarters import Quarter, open_share, opening, quarters_of
from aidc_twin.park.checks.investing import GROWING
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Capacity, Finance, Investment
from aidc_twin.plan.goal import YUAN_IN_YI, Goal, counted_posts
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["Case", "Limit", "Option", "Terms", "make_case"]

WEEK_DAYS, YEAR_DAYS, YEAR_WEEKS = 7, 365.25, 52
_USED = 1e-9


@dataclass(frozen=True)
class Limit:
    """A resource or quota that work uses.

    Attributes
    ----------
    kind : ``resource`` or ``material``.
    per_mw : shape (P,), units times weeks that 1 MW takes; of a material units.
    base : shape (Q,), units that are there whatever is decided, the mean of the quarter.
    hours : share of the weeks' time in which a unit works; 1 of a material.
    step : what each shift level above the first adds to that share.
    calendar : index of the calendar whose level can be raised, or -1.
    """

    kind: str
    name: str
    per_mw: Floats
    base: Floats
    hours: float
    step: float
    calendar: int


@dataclass(frozen=True)
class Option:
    """An investment in model units.

    Attributes
    ----------
    row : its row.
    lead : quarters from beginning to use.
    first : first quarter in which it may be in use.
    once_yi, land_yi, yearly_yi : of one unit.
    land_mu : land that a unit takes, that of its phase included.
    gains : shape (L,), units of each limit that one unit adds.
    """

    row: Investment
    lead: int
    first: int
    once_yi: float
    land_yi: float
    yearly_yi: float
    land_mu: float
    gains: Floats


@dataclass(frozen=True)
class Terms:
    """Terms of finance: shares of a year, 亿元 of a year, and mu of land that are left (None: no limit)."""

    discount: float
    tax: float
    overhead_yi: float
    residual: float
    land_mu: float | None
    land_used_mu: float


@dataclass(frozen=True)
class Case:
    """All that the model is built from.

    Attributes
    ----------
    demand : shape (P, Q), MW.
    price, cost : shape (P,), 亿元 for 1 MW.
    tied : shape (P,), 亿元 times weeks that 1 MW ties up.
    calendars : names of those whose level can be raised; ``levels`` (C,) above the first, ``level_yi`` (C,) of a week.
    posts : goal -> shape (P,), 亿元 that 1 MW posts towards it.
    notices : what is left out.
    """

    quarters: tuple[Quarter, ...]
    products: tuple[str, ...]
    demand: Floats
    price: Floats
    cost: Floats
    tied: Floats
    limits: tuple[Limit, ...]
    options: tuple[Option, ...]
    calendars: tuple[str, ...]
    levels: NDArray[np.int64]
    level_yi: Floats
    terms: Terms
    posts: Mapping[str, Floats]
    notices: tuple[str, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years of the horizon."""
        return tuple(dict.fromkeys(quarter.year for quarter in self.quarters))


def make_case(park: Park, inputs: PlanInputs, goals: Sequence[Goal], first: int | None, years: int) -> Case:
    """Data of an expansion plan over whole calendar years.

    Parameters
    ----------
    first
        First year; None: the first whole one after the epoch.

    Raises
    ------
    InputError
        The park has no investments or terms, sells nothing, or the years begin before its epoch.
    """
    _refuse_incomplete(park)
    quarters = quarters_of(park.head.epoch, first, years)
    of_family = _products(park, inputs)
    products = tuple(dict.fromkeys(of_family))
    member = np.array([[name == product for name in of_family] for product in products], np.float64)
    mw, value, cost = _per_family(inputs)
    limits = _limits(park, inputs, member, quarters)
    tied = [r for r, row in enumerate(park.resources) if row.kind == "cash"]
    chosen = [c for c, most in enumerate(inputs.max_level.tolist()) if most > 1]
    terms = park.finance[0]
    return Case(
        quarters=quarters, products=products,
        demand=np.array([_demand(park, product, quarters) for product in products]).reshape(-1, len(quarters)),
        price=member @ (value / mw), cost=member @ (cost / mw),
        tied=member @ inputs.load[:, tied, :].sum(axis=(1, 2)) / YUAN_IN_YI,
        limits=limits, options=tuple(_option(park, row, terms, limits, quarters) for row in park.investments),
        calendars=tuple(inputs.calendars[c] for c in chosen), levels=inputs.max_level[chosen] - 1,
        level_yi=inputs.level_cost[chosen], terms=_terms(park, terms),
        posts={goal.id: member @ counted_posts(inputs, goal).sum(axis=1) for goal in goals},
        notices=_notices(park, inputs),
    )  # fmt: skip


def _refuse_incomplete(park: Park) -> None:
    """Every table that is missing, at once."""
    problems: list[Problem] = []
    what = {
        "investments": ("what could be built, at what cost", "investment,phase,once_yuan,most"),
        "finance": ("the terms of finance", "finance,discount_share,tax_share"),
    }
    for table, (meaning, columns) in what.items():
        if not park.table(table):
            fix = f"add {table}.csv with the columns {columns} and what docs/park-folder.md says of it"
            problems.append(Problem(f"{table}.csv", 0, "", "no rows", meaning, fix, "nothing-to-invest"))
    if not park.orders:
        fix = "add orders.csv: prices, costs and uses of a megawatt are measured on its orders"
        problems.append(Problem("orders.csv", 0, "", "no rows", "a park that takes orders", fix, "nothing-to-invest"))
    if problems:
        raise InputError(problems)


def _products(park: Park, inputs: PlanInputs) -> list[str]:
    """Solution of each family, by the orders that have items of it.

    Raises
    ------
    InputError
        All work of all orders has begun: nothing shows what a megawatt uses.
    """
    solution = {row.order: row.product for row in park.orders}
    rows = inputs.items.select("family", "order").unique("family", keep="first", maintain_order=True)
    found = {family: solution[order] for family, order in rows.iter_rows()}
    if not found:
        fix = "add orders of which nothing has begun: they show what a megawatt uses"
        raise InputError(
            Problem("orders.csv", 0, "", "orders that have all begun", "one that has not", fix, "all-begun")
        )
    return [found[family] for family in range(len(inputs.families))]


def _per_family(inputs: PlanInputs) -> tuple[Floats, Floats, Floats]:
    """MW, value and cost in the items of each family, shapes (F,)."""
    family, count = inputs.items["family"].to_numpy(), len(inputs.families)

    def total(name: str) -> Floats:
        return np.bincount(family, weights=inputs.items[name].to_numpy(), minlength=count).astype(np.float64)

    mw = total("quantity_mw")
    return np.where(mw > 0, mw, 1.0), total("value_yi"), total("cost_yi")


def _demand(park: Park, product: str, quarters: Sequence[Quarter]) -> list[float]:
    """MW of each quarter: that of its year by its days; what has no row in the outlook stays as in the book."""
    row = next((row for row in park.outlook if row.product == product), None)
    if row is None or row.mw_year is None:
        years = park.head.horizon_weeks * WEEK_DAYS / YEAR_DAYS
        first = sum(order.quantity_mw for order in park.orders if order.product == product) / years
    else:
        first = row.mw_year.value
    growth = 0.0 if row is None else row.growth_share.value
    start = quarters[0].year
    return [first * (1 + growth) ** (quarter.year - start) * quarter.days / quarter.year_days for quarter in quarters]


def _limits(park: Park, inputs: PlanInputs, member: Floats, quarters: Sequence[Quarter]) -> tuple[Limit, ...]:
    """Resources and quotas that a megawatt of anything uses, or that an investment changes."""
    decided = {row.phase for row in park.investments if row.phase}
    gained = {row.name for row in park.investment_gains}
    place = {int(c): n for n, c in enumerate(np.flatnonzero(inputs.max_level > 1))}
    found: list[Limit] = []
    for r, row in enumerate(park.resources):
        per_mw = member @ inputs.load[:, r, :].sum(axis=1)
        if row.kind not in GROWING or (per_mw.max(initial=0.0) <= _USED and row.resource not in gained):
            continue
        base = [_mean(park, row.resource, quarter.first, quarter.last, decided) for quarter in quarters]
        hours, step = open_share(park, inputs, r)
        calendar = place.get(int(inputs.resource_calendar[r]), -1) if step > 0 else -1
        found.append(Limit("resource", row.resource, per_mw, np.array(base), hours, step, calendar))
    for m, row in enumerate(park.materials):
        if row.weekly_quota is not None:
            per_mw = member @ inputs.need[:, m, :].sum(axis=1)
            base = np.full(len(quarters), row.weekly_quota.value)
            found.append(Limit("material", row.material, per_mw, base, 1.0, 0.0, -1))
    return tuple(found)


def _mean(park: Park, resource: str, first: date, last: date, decided: set[str]) -> float:
    """Mean amount of a resource from one day to another, without phases whose opening is decided."""
    days = (last - first).days + 1
    parts = [part for part in park.capacity_of(resource) if part.phase not in decided]
    return sum(part.amount.value * _days(park, part, first, last) for part in parts) / days


def _days(park: Park, part: Capacity, first: date, last: date) -> int:
    start = opening(park.phase(part.phase)) if part.phase else part.start
    return max(0, (min(part.end or last, last) - max(start or first, first)).days + 1)


def _option(
    park: Park, row: Investment, terms: Finance, limits: Sequence[Limit], quarters: Sequence[Quarter]
) -> Option:
    phase = park.phase(row.phase) if row.phase else None
    gains = {gain.name: gain.amount.value for gain in park.investment_gains if gain.investment == row.investment}
    if phase is not None:
        for part in park.capacity:
            if part.phase == phase.phase:
                gains[part.resource] = gains.get(part.resource, 0.0) + part.amount.value
    days = [day for day in (row.earliest, opening(phase) if phase else None) if day is not None]
    first = sum(quarter.first < max(days) for quarter in quarters) if days else 0
    return Option(
        row=row, lead=int(np.ceil(row.lead_quarters.value - 1e-9)), first=first,
        once_yi=row.once_yuan.value / YUAN_IN_YI, land_yi=row.land_mu * terms.land_yuan_mu.value / YUAN_IN_YI,
        yearly_yi=row.yearly_yuan.value / YUAN_IN_YI, land_mu=row.land_mu + (phase.land_mu if phase else 0.0),
        gains=np.array([gains.get(limit.name, 0.0) for limit in limits]),
    )  # fmt: skip


def _terms(park: Park, row: Finance) -> Terms:
    decided = {investment.phase for investment in park.investments}
    used = sum(phase.land_mu for phase in park.phases if phase.phase not in decided)
    return Terms(
        row.discount_share.value, row.tax_share.value, row.overhead_yuan_year.value / YUAN_IN_YI,
        row.residual_share.value, None if row.land_mu is None else row.land_mu.value, used,
    )  # fmt: skip


def _notices(park: Park, inputs: PlanInputs) -> tuple[str, ...]:
    """What an expansion plan does not see of this park."""
    notices: list[str] = []
    bucketed = [row.resource for row in park.resources if row.kind == "bucketed"]
    if bucketed:
        notices.append(f"capacity by period is no limit here: {', '.join(bucketed)}")
    unused = [row.resource for r, row in enumerate(park.resources)
              if row.kind in GROWING and inputs.load[:, r, :].sum() <= _USED]  # fmt: skip
    idle = [name for name in unused if park.capacity_of(name)]
    if idle:
        notices.append(f"no limit, since no megawatt is seen to use it: {', '.join(idle)}")
    ordered = {row.product for row in park.orders}
    unknown = [row.product for row in park.outlook if row.product not in ordered]
    if unknown:
        notices.append(f"left out, since no order shows what it uses: {', '.join(unknown)}")
    if park.sources:
        notices.append("what arrives from sources is left out: orders alone are planned")
    return tuple(notices)
