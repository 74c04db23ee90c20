"""Rules of an expansion plan, from the park's tables and the published frames alone: what is begun, made and paid."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import polars as pl

from aidc_twin.park.calendars import weekdays
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Investment, Phase
from aidc_twin.verify.certificate import Certificate, Findings, Tally
from aidc_twin.verify.futures import check_futures

__all__ = ["check_expansion"]

CASES = ("plan", "without")
ROOM = 1e-6
"""Relative slack of figures that a solver gives."""
YEAR_DAYS = 365.25
SPENT = ("cost_yuan", "overhead_yuan", "upkeep_yuan", "shifts_yuan")

Frames = Mapping[str, pl.DataFrame]
Row = list[float]


@dataclass
class _Book:
    """Published decisions by quarter, and the calendar of the horizon."""

    park: Park
    frames: Frames
    year: int
    quarters: list[tuple[date, int]] = field(init=False)
    measured: dict[tuple[str, str, str], float] = field(init=False)
    begun: dict[str, Row] = field(init=False)

    def __post_init__(self) -> None:
        count = 1 + max(self.frames["invest_cash"]["quarter"].to_list(), default=-1)
        starts = [date(self.year + q // 4, 1 + 3 * (q % 4), 1) for q in range(count + 1)]
        self.quarters = [(day, (after - day).days) for day, after in pairwise(starts)]
        rows = self.frames["invest_measured"].select("kind", "name", "product", "value").rows()
        self.measured = {(kind, name, product): value for kind, name, product, value in rows}
        self.begun = {row.investment: [0.0] * count for row in self.park.investments}
        for name, quarter, units in self.frames["invest_begun"].select("investment", "quarter", "units").rows():
            if name in self.begun and quarter < count:
                self.begun[name][quarter] += units

    def products(self) -> list[str]:
        return sorted({product for kind, _, product in self.measured if kind == "price"})

    def made(self, case: str, product: str) -> Row:
        return self.row("invest_made", case, "product", product, "made_mw")

    def levels(self, case: str, calendar: str) -> Row:
        """Shift levels above the first."""
        return [level - 1.0 for level in self.row("invest_levels", case, "calendar", calendar, "level")]

    def row(self, frame: str, case: str, column: str, name: str, value: str) -> Row:
        """Values of one column by quarter; NaN where there is no row."""
        rows = self.frames[frame].filter((pl.col("case") == case) & (pl.col(column) == name))
        found = dict(rows.select("quarter", value).rows())
        return [float(found.get(q, math.nan)) for q in range(len(self.quarters))]

    def in_use(self, row: Investment, case: str = "plan") -> Row:
        """Units in use in each quarter."""
        begun, lead = self.begun[row.investment], _lead(row)
        units = sum if case == "plan" else _nothing
        return [float(units(begun[: max(0, q - lead + 1)])) for q in range(len(begun))]

    def weeks(self, q: int) -> float:
        return self.quarters[q][1] / 7

    def part_of_year(self, q: int) -> float:
        day, days = self.quarters[q]
        return days / (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days


def check_expansion(park: Park, frames: Frames, year: int, value_yi: Mapping[str, float]) -> Certificate:
    """Check an expansion plan.

    Parameters
    ----------
    frames
        Of `aidc_twin.frames_of_invest`. What 1 MW uses, earns, posts and ties up is taken as the twin measured it.
    year
        First calendar year.
    value_yi
        Published present value by case, 亿元.
    """
    findings, book = Findings(), _Book(park, frames, year)
    _check_investments(book, findings)
    _check_land(book, findings.rule("invest-land"))
    _check_demand(book, findings.rule("invest-demand"))
    for case in CASES:
        _check_levels(book, case, findings.rule("invest-levels"))
        _check_capacity(book, case, findings.rule("invest-capacity"))
        _check_cash(book, case, findings, value_yi)
    _check_goals(book, findings.rule("invest-goals"))
    check_futures(frames, findings)
    return findings.certificate()


def _check_investments(book: _Book, findings: Findings) -> None:
    """Known names, whole units, no more than there may be, nothing too early or too late."""
    known, whole, most = (findings.rule(f"invest-{name}") for name in ("names", "whole", "most"))
    when = findings.rule("invest-dates")
    for name, quarter in book.frames["invest_begun"].select("investment", "quarter").rows():
        known.checked += 1
        if name not in book.begun or not 0 <= quarter < len(book.quarters):
            known.fail(f"{name} is begun in quarter {quarter}: there is no such investment or quarter")
    for row in book.park.investments:
        begun = book.begun[row.investment]
        most.checked += 1
        if sum(begun) > row.most * (1 + ROOM):
            most.fail(f"{row.investment}: {sum(begun):g} units, at most {row.most:g}")
        for q, units in enumerate(begun):
            if not units:
                continue
            for tally in (whole, most, when):
                tally.checked += 1
            if row.whole == "yes" and units != round(units):
                whole.fail(f"{row.investment}: {units:g} units are begun in quarter {q}")
            if row.most_quarter is not None and units > row.most_quarter * (1 + ROOM):
                most.fail(f"{row.investment}: {units:g} units in quarter {q}, at most {row.most_quarter:g}")
            _check_day(book, row, q, when)


def _check_day(book: _Book, row: Investment, q: int, tally: Tally) -> None:
    used = q + _lead(row)
    if used >= len(book.quarters):
        tally.fail(f"{row.investment}, begun in quarter {q}, is not in use before the end")
        return
    days = [row.earliest, *(_opening(phase) for phase in book.park.phases if phase.phase == row.phase)]
    for day in days:
        if day is not None and book.quarters[used][0] < day:
            tally.fail(f"{row.investment} is in use from {book.quarters[used][0]} on, not before {day}")


def _check_land(book: _Book, tally: Tally) -> None:
    """Open phases and what is begun stand on the land of the park."""
    limit = book.park.finance[0].land_mu
    if limit is None:
        return
    own = {phase.phase: phase.land_mu for phase in book.park.phases}
    decided = {row.phase for row in book.park.investments if row.phase}
    taken = sum(mu for name, mu in own.items() if name not in decided)
    for q in range(len(book.quarters)):
        new = sum(sum(book.begun[row.investment][: q + 1]) * (row.land_mu + own.get(row.phase, 0.0))
                  for row in book.park.investments)  # fmt: skip
        tally.checked += 1
        if new > max(0.0, limit.value - taken) + ROOM * limit.value:
            tally.fail(f"quarter {q}: {taken + new:g} mu are taken of {limit.value:g}")


def _check_demand(book: _Book, tally: Tally) -> None:
    """No more is made than can be sold, and that is what the outlook or the book says."""
    for product in book.products():
        said = _demand(book, product)
        for case in CASES:
            told = book.row("invest_made", case, "product", product, "demand_mw")
            for q, (made, most, right) in enumerate(zip(book.made(case, product), told, said, strict=True)):
                tally.checked += 1
                if not (abs(most - right) <= ROOM * max(1.0, right) and 0 <= made <= most * (1 + ROOM)):
                    tally.fail(
                        f"{case}, quarter {q}: {made:g} MW of {product}; {most:g} are said to sell, {right:g} do"
                    )


def _demand(book: _Book, product: str) -> Row:
    rows = [row for row in book.park.outlook if row.product == product]
    orders = sum(order.quantity_mw for order in book.park.orders if order.product == product)
    first = orders / (book.park.head.horizon_weeks * 7 / YEAR_DAYS)
    growth = rows[0].growth_share.value if rows else 0.0
    if rows and rows[0].mw_year is not None:
        first = rows[0].mw_year.value
    return [first * (1 + growth) ** (q // 4) * book.part_of_year(q) for q in range(len(book.quarters))]


def _check_levels(book: _Book, case: str, tally: Tally) -> None:
    for name in book.frames["invest_levels"]["calendar"].unique().sort():
        highest = max((row.level for row in book.park.shifts_of(name)), default=1)
        for q, above in enumerate(book.levels(case, name)):
            tally.checked += 1
            if not 0 <= above <= highest - 1:
                tally.fail(f"{case}, quarter {q}: {name} at level {above + 1:g} of {highest}")


def _check_capacity(book: _Book, case: str, tally: Tally) -> None:
    """Work fits into machines, people, power, places and quotas."""
    hours = {row["name"]: row for row in book.frames["invest_hours"].iter_rows(named=True)}
    limits = sorted({(kind, name) for kind, name, _ in book.measured if kind in ("resource", "material")})
    told = {
        (kind, name, q): (used, there)
        for kind, name, q, used, there in book.frames["invest_load"].select(pl.exclude("price_yuan")).rows()
    }
    for kind, name in limits:
        for q in range(len(book.quarters)):
            used = sum(book.measured[kind, name, p] * book.made(case, p)[q] for p in book.products())
            there = _there(book, case, name, q) * book.weeks(q)
            if kind == "resource":
                row = hours[name]
                above = book.levels(case, row["calendar"])[q] if row["calendar"] else 0.0
                there *= row["hours"] + row["step"] * above
            tally.checked += 1
            if not used <= there + ROOM * max(1.0, there):
                tally.fail(f"{case}, quarter {q}: {name} is used {used:g}, there is {there:g}")
            published = told.get((kind, name, q), (math.nan, math.nan))
            if case == "plan" and not all(
                abs(a - b) <= ROOM * max(1.0, abs(b)) for a, b in zip(published, (used, there), strict=True)
            ):
                tally.fail(f"quarter {q}: {name} is said to be used {published[0]:g} of {published[1]:g}, not {used:g}"
                           f" of {there:g}")  # fmt: skip


def _there(book: _Book, case: str, name: str, q: int) -> float:
    """Mean units in a quarter: the park's own and those of investments."""
    park, (first, days) = book.park, book.quarters[q]
    decided = {row.phase for row in park.investments if row.phase}
    quota = next((row.weekly_quota for row in park.materials if row.material == name), None)
    amount = quota.value if quota is not None else 0.0
    for part in park.capacity_of(name) if park.has("resources", name) else ():
        if part.phase in decided:
            continue
        start = _opening(park.phase(part.phase)) if part.phase else part.start
        last = first + timedelta(days=days - 1)
        open_days = (min(part.end or last, last) - max(start or first, first)).days + 1
        amount += part.amount.value * max(0, open_days) / days
    for row in park.investments:
        gains = [gain.amount.value for gain in park.investment_gains
                 if gain.investment == row.investment and gain.name == name]  # fmt: skip
        gains += [
            part.amount.value
            for part in park.capacity
            if row.phase and (part.phase, part.resource) == (row.phase, name)
        ]
        if gains:
            amount += sum(gains) * book.in_use(row, case)[q]
    return amount


def _check_cash(book: _Book, case: str, findings: Findings, value_yi: Mapping[str, float]) -> None:
    """Every column from decisions, the sum of each quarter to the yuan, taxes, and the present value."""
    rows = book.frames["invest_cash"].filter(pl.col("case") == case).sort("quarter").to_dicts()
    tally = findings.rule("invest-cash")
    for name, right in _amounts(book, case).items():
        for q, row in enumerate(rows):
            tally.checked += 1
            if not abs(row[name] - right[q]) <= 1 + ROOM * abs(right[q]):
                tally.fail(f"{case}, quarter {q}: {name} is {row[name]:,}, not {right[q]:,.0f}")
    _check_sums(book, case, rows, findings.rule("invest-sums"))
    _check_taxes(book, case, rows, findings.rule("invest-taxes"))
    value, rate = 0.0, book.park.finance[0].discount_share.value
    for q, row in enumerate(rows):
        value += row["net_yuan"] / (1 + rate) ** (q / 4)
    worth = findings.rule("invest-value")
    worth.checked += 1
    told = value_yi.get(case, math.nan)
    if not abs(value / 1e8 - told) <= ROOM * max(1.0, abs(told)):
        worth.fail(f"{case}: the present value is {value / 1e8:,.4f} 亿元, not {told:,.4f}")


def _amounts(book: _Book, case: str) -> dict[str, Row]:
    """What each column must be, in yuan."""
    count, park = len(book.quarters), book.park
    found = {name: [0.0] * count for name in (
        "revenue_yuan", "cost_yuan", "tied_yuan", "overhead_yuan", "upkeep_yuan", "shifts_yuan", "capex_yuan",
        "depreciation_yuan")}  # fmt: skip
    for product in book.products():
        for q, mw in enumerate(book.made(case, product)):
            found["revenue_yuan"][q] += mw * book.measured["price", "price", product]
            found["cost_yuan"][q] += mw * book.measured["cost", "cost", product]
            found["tied_yuan"][q] += mw * book.measured["tied", "tied", product] / book.weeks(q)
    for calendar in book.frames["invest_levels"]["calendar"].unique().sort():
        shifts = [row for row in park.shifts_of(calendar) if row.level > 1]
        week = sum(row.cost_yuan_day.value * len(weekdays(row.days)) for row in shifts)
        week /= max(1, len({row.level for row in shifts}))
        for q, above in enumerate(book.levels(case, calendar)):
            found["shifts_yuan"][q] += week * above * book.weeks(q)
    for q in range(count):
        found["overhead_yuan"][q] = park.finance[0].overhead_yuan_year.value * book.part_of_year(q)
    for row in park.investments if case == "plan" else ():
        for b, units in enumerate(book.begun[row.investment]):
            for name, q, yuan in _costs(book, row, b) if units else ():
                found[name][q] += units * yuan
    return found


def _costs(book: _Book, row: Investment, b: int) -> Iterator[tuple[str, int, float]]:
    """Column, quarter and yuan of one unit begun in quarter `b`."""
    used, once = b + _lead(row), row.once_yuan.value
    yield "capex_yuan", b, row.land_mu * book.park.finance[0].land_yuan_mu.value
    for q in range(b, b + max(1, _lead(row))):
        yield "capex_yuan", q, once / max(1, _lead(row))
    for q in range(used, len(book.quarters)):
        yield "upkeep_yuan", q, row.yearly_yuan.value * book.part_of_year(q)
        if q < used + 4 * row.life_years:
            yield "depreciation_yuan", q, once / (4 * row.life_years)


def _check_sums(book: _Book, case: str, rows: list[dict[str, int]], tally: Tally) -> None:
    """Net cash to the yuan, and what is left at the end."""
    tied, last = 0, len(rows) - 1
    for q, row in enumerate(rows):
        operating = row["revenue_yuan"] - sum(row[name] for name in SPENT)
        net = operating - row["capex_yuan"] - (row["tied_yuan"] - tied) - row["tax_yuan"] + row["rest_yuan"]
        tied = row["tied_yuan"]
        rest = tied + _book_value(book, case) if q == last else 0.0
        tally.checked += 1
        if net != row["net_yuan"] or abs(rest - row["rest_yuan"]) > 1 + ROOM * abs(rest):
            tally.fail(f"{case}, quarter {q}: {row['net_yuan']:,} yuan of cash, {net:,} by its parts; the rest is"
                       f" {row['rest_yuan']:,}, should be {rest:,.0f}")  # fmt: skip


def _book_value(book: _Book, case: str) -> float:
    """What counts at the end of what is not written off."""
    value, count, terms = 0.0, len(book.quarters), book.park.finance[0]
    for row in book.park.investments if case == "plan" else ():
        for b, units in enumerate(book.begun[row.investment]):
            left = max(0.0, 1 - (count - b - _lead(row)) / (4 * row.life_years))
            value += units * (row.once_yuan.value * left + row.land_mu * terms.land_yuan_mu.value)
    return value * terms.residual_share.value


def _check_taxes(book: _Book, case: str, rows: list[dict[str, int]], tally: Tally) -> None:
    """Taxes of each year on what is earned above the losses before."""
    rate, losses = book.park.finance[0].tax_share.value, 0.0
    for first in range(0, len(rows), 4):
        year = rows[first : first + 4]
        profit = sum(row["revenue_yuan"] - sum(row[name] for name in (*SPENT, "depreciation_yuan")) for row in year)
        taxed = max(0.0, profit - losses)
        losses = max(0.0, losses - profit)
        paid = [row["tax_yuan"] for row in year]
        tally.checked += 1
        if any(paid[:-1]) or abs(paid[-1] - rate * taxed) > 1:
            tally.fail(f"{case}, year {first // 4}: {sum(paid):,} yuan of tax on {taxed:,.0f}")


def _check_goals(book: _Book, tally: Tally) -> None:
    """Amounts of each goal by year from what is made."""
    for goal, year, amount in book.frames["invest_goals"].select("goal", "year", "amount_yuan").rows():
        quarters = [q for q, (day, _) in enumerate(book.quarters) if day.year == year]
        right = sum(book.measured.get(("post", goal, p), math.nan) * book.made("plan", p)[q]
                    for p in book.products() for q in quarters)  # fmt: skip
        tally.checked += 1
        if not abs(amount - right) <= 1 + ROOM * abs(right):
            tally.fail(f"{goal} in {year}: {amount:,} yuan, not {right:,.0f}")


def _lead(row: Investment) -> int:
    return math.ceil(row.lead_quarters.value - 1e-9)


def _opening(phase: Phase) -> date:
    return phase.opens.mode + timedelta(days=round(phase.delay_days.value))


def _nothing(_: Row) -> float:
    return 0.0
