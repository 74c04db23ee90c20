"""The years of an expansion plan as the twin executes them: the expanded park with a book of orders, and a policy.

What the plan makes in a quarter becomes orders: the park's own in the order of their due dates, then copies of them, so
that customers, sizes and destinations stay as they are in the book. Units are released so long before the day on which
the plan makes them as their posting takes in the mean.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from aidc_twin.invest.account import Decisions
from aidc_twin.invest.case import Case
from aidc_twin.invest.expanded import expanded
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Holiday, Order
from aidc_twin.twin.compile import Factory, Policy, read_factory
from aidc_twin.twin.inputs import Floats, PlanInputs
from aidc_twin.twin.items import find_items
from aidc_twin.twin.stock import still_taken

__all__ = ["Future", "future"]

MOST_WEEKS = 1040
"""Longest horizon that a park can have."""
_CYCLE = timedelta(weeks=52)
_ORDER_TABLES = ("state_operations", "not_before")


@dataclass(frozen=True)
class Span:
    """Days from the epoch between which the plan makes an order."""

    first: float
    last: float


@dataclass(frozen=True)
class Future:
    """What the twin executes of a plan.

    Attributes
    ----------
    factory : of the expanded park, with the orders of all years.
    policy : releases, shift levels, purchases and quotas that the plan has decided.
    years : calendar years that lie within the longest horizon.
    """

    factory: Factory
    policy: Policy
    years: tuple[int, ...]


def future(park: Park, inputs: PlanInputs, case: Case, plan: Decisions) -> Future:
    """Factory and policy of a plan; a pure function of its arguments.

    Parameters
    ----------
    inputs
        What the twin has measured of the park as it is, from which the case was made.
    """
    lag, flow = _lags(inputs), _flows(inputs)
    spare = max((flow[name] - lag[name] for name in flow), default=0.0)
    begun = {row.order for row in park.state_operations}
    kept = [row for row in park.orders if row.due < case.quarters[0].first or row.order in begun]
    spans: dict[str, Span] = {}
    orders = list(kept)
    for p, product in enumerate(case.products):
        templates = [row for row in park.orders if row.product == product]
        own = [row for row in templates if row not in kept]
        for order, span in _sold(park, case, plan.made[p], own, templates, timedelta(weeks=spare)):
            orders.append(order)
            spans[order.order] = span
    years = tuple(year for year in case.years if _weeks(park, year) <= MOST_WEEKS)
    weeks = max(park.head.horizon_weeks, _weeks(park, years[-1])) if years else park.head.horizon_weeks
    built = _of_orders(_lasting(expanded(park, case, plan), weeks), orders)
    factory = read_factory(built)
    return Future(factory, _policy(factory, inputs, case, plan, spans, lag), years)


def _weeks(park: Park, year: int) -> int:
    """Weeks from the epoch to the end of a year."""
    return math.ceil((date(year + 1, 1, 1) - park.head.epoch).days / 7)


def _lags(inputs: PlanInputs) -> dict[str, float]:
    """Weeks from release to what a megawatt posts, in the mean of its yuan, by family."""
    posts = inputs.post_owned.sum(axis=1)
    weeks = np.arange(posts.shape[1])
    total = posts.sum(axis=1)
    mean = posts @ weeks / np.where(total > 0, total, 1.0)
    return dict(zip(inputs.families, mean.tolist(), strict=True))


def _flows(inputs: PlanInputs) -> dict[str, int]:
    """Weeks from release to acceptance by family."""
    rows = inputs.items.select("family", "flow_weeks").rows()
    found = dict.fromkeys(inputs.families, 0)
    for family, weeks in rows:
        name = inputs.families[family]
        found[name] = max(found[name], weeks)
    return found


def _sold(
    park: Park, case: Case, made: Floats, own: Sequence[Order], templates: Sequence[Order], spare: timedelta
) -> Iterator[tuple[Order, Span]]:
    """Orders of a solution with the days between which they are made: as many as the plan makes, and a quarter more.

    Work goes on after the last quarter as in it, since what is posted in a year is released in part for the next.
    """
    names = {row.order for row in park.orders}
    edge = [(quarter.first - park.head.epoch).days for quarter in case.quarters]
    last = case.quarters[-1]
    edge += [edge[-1] + last.days, edge[-1] + 2 * last.days]
    total = np.concatenate(([0.0], np.cumsum([*made.tolist(), float(made[-1])])))
    before = 0.0
    for template, number in _endless(own, templates):
        after = before + template.quantity_mw
        if after > total[-1]:
            return
        span = Span(*(float(np.interp(mw, total, edge)) for mw in (before, after)))
        due = park.head.epoch + timedelta(days=math.ceil(span.last)) + spare
        ordered = due - (template.due - template.ordered)
        name = template.order if number == 0 else _new_name(template.order, number, names)
        ordered = min(template.ordered, ordered) if number == 0 else ordered
        yield template.model_copy(update={"order": name, "due": due, "ordered": ordered}), span
        before = after


def _endless(own: Sequence[Order], templates: Sequence[Order]) -> Iterator[tuple[Order, int]]:
    """The own orders by due date (0), then all templates again and again (1, 2, ...)."""
    for number in itertools.count():
        rows = own if number == 0 else templates
        yield from ((row, number) for row in sorted(rows, key=lambda row: (row.due, row.order)))


def _new_name(order: str, number: int, names: set[str]) -> str:
    name = f"{order}-again-{number}"
    while name in names:
        name += "-again"
    return name


def _lasting(park: Park, weeks: int) -> Park:
    """The park with a longer horizon; holidays of the last 52 weeks of its own come again every 52 weeks."""
    first, end = park.horizon_end - _CYCLE, park.horizon_end
    last = park.head.epoch + timedelta(weeks=weeks)
    again = [row for row in park.holidays if first <= row.start < end]
    found = [row for row in park.holidays if row.start < end]
    for number in itertools.count(1):
        if first + number * _CYCLE >= last:
            break
        found += [_later(row, number * _CYCLE) for row in again]
    head = park.head.model_copy(update={"horizon_weeks": weeks})
    return replace(park, head=head, holidays=tuple(found))


def _later(row: Holiday, span: timedelta) -> Holiday:
    return row.model_copy(update={"start": row.start + span, "end": row.end + span})


def _of_orders(park: Park, orders: Sequence[Order]) -> Park:
    """The park with another book; what is known of orders that are not in it goes with them."""
    names = {row.order for row in orders}
    tables = {table: tuple(row for row in getattr(park, table) if row.order in names) for table in _ORDER_TABLES}
    return replace(park, orders=tuple(orders), places={}, **tables)


def _policy(
    factory: Factory, inputs: PlanInputs, case: Case, plan: Decisions, spans: Mapping[str, Span],
    lag: Mapping[str, float],
) -> Policy:  # fmt: skip
    release = _releases(factory, spans, lag)
    return Policy(
        release_tick=release, levels=_levels(factory, case, plan), purchases=_purchases(factory, inputs, release),
        quotas=_quotas(factory, case, plan),
    )  # fmt: skip


def _releases(factory: Factory, spans: Mapping[str, Span], lag: Mapping[str, float]) -> dict[str, int]:
    """Earliest release of each unit: evenly over the days of its order, product by product, its lag before."""
    items, found = find_items(factory), dict[str, int]()
    members: dict[tuple[int, str], list[int]] = {}
    for i, unit in enumerate(factory.units):
        if items.unit_item[i] >= 0 and factory.units[unit.parent].parent < 0 and unit.order in spans:
            members.setdefault((int(items.unit_item[i]), unit.product), []).append(i)
    for (item, _), units in members.items():
        span = spans[factory.units[units[0]].order]
        early = 7 * lag.get(items.families[items.rows[item][2]], 0.0)
        for n, i in enumerate(units):
            day = span.first + (span.last - span.first) * (n + 0.5) / len(units) - early
            found[factory.units[i].id] = max(0, round(day * factory.clock.ticks_per_day))
    for i, unit in enumerate(factory.units):  # what is made for a unit goes with it
        if items.unit_item[i] >= 0 and unit.parent >= 0 and factory.units[unit.parent].id in found:
            found.setdefault(unit.id, found[factory.units[unit.parent].id])
    return found


def _levels(factory: Factory, case: Case, plan: Decisions) -> dict[tuple[str, int], int]:
    """Shift level of each calendar and week, that of the quarter in which the week begins."""
    epoch = factory.park.head.epoch
    found: dict[tuple[str, int], int] = {}
    for name, levels in zip(case.calendars, plan.level.tolist(), strict=True):
        for quarter, level in zip(case.quarters, levels, strict=True):
            begin, end = (math.ceil((day - epoch).days / 7) for day in
                          (quarter.first, quarter.last + timedelta(days=1)))  # fmt: skip
            found |= {(name, week): 1 + round(level) for week in range(begin, end)}
    return found


def _purchases(factory: Factory, inputs: PlanInputs, release: Mapping[str, int]) -> list[tuple[str, int, float]]:
    """What each order still takes beyond stock and orders on their way, a lead time before its first release."""
    park, week = factory.park, factory.clock.ticks_per_week
    lead = dict(zip(inputs.materials, inputs.lead_weeks.tolist(), strict=True))
    first: dict[str, int] = {}
    for unit in factory.units:
        tick = release.get(unit.id, 0) if unit.parent >= 0 else None
        if tick is not None:
            first[unit.order] = min(first.get(unit.order, tick), tick)
    have = {row.material: row.quantity for row in park.state_stocks}
    for row in park.state_purchase_orders:
        have[row.material] = have.get(row.material, 0.0) + row.quantity
    lots: dict[tuple[str, int], float] = {}
    for (order, material), need in sorted(still_taken(factory).items(), key=lambda row: (first.get(row[0][0], 0), row)):
        used = min(need, have.get(material, 0.0))
        have[material] = have.get(material, 0.0) - used
        if need > used and lead[material] >= 0:
            at = max(0, first.get(order, 0) // week - lead[material]) * week
            lots[material, at] = lots.get((material, at), 0.0) + need - used
    return [(material, at, amount) for (material, at), amount in sorted(lots.items(), key=lambda row: row[0][::-1])]


def _quotas(factory: Factory, case: Case, plan: Decisions) -> list[tuple[str, int, float]]:
    """What is signed for beyond the park's own quotas: material, first tick, units a week."""
    found: list[tuple[str, int, float]] = []
    for n, limit in enumerate(case.limits):
        for i, option in enumerate(case.options):
            if limit.kind == "material" and option.gains[n]:
                found += [
                    (limit.name, factory.clock.ticks(case.quarters[b + option.lead].first),
                     float(option.gains[n] * plan.begun[i, b]))
                    for b in np.flatnonzero(plan.begun[i]).tolist()
                ]  # fmt: skip
    return found
