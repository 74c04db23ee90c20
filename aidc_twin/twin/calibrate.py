"""From traces to `PlanInputs`: what the twin measured at a load, as weekly profiles, capacities and supply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
import polars as pl

from aidc_twin.park.calendars import weekdays
from aidc_twin.twin.calibration import Calibration
from aidc_twin.twin.cash import cash_inputs, deliveries
from aidc_twin.twin.chance import distribution, value_at
from aidc_twin.twin.classes import MATERIAL_SCALE, counting_scale
from aidc_twin.twin.compile import Factory
from aidc_twin.twin.concurrency import concurrency, shared
from aidc_twin.twin.deferred import deferred_posts
from aidc_twin.twin.hours import MARGIN_WEEKS
from aidc_twin.twin.inputs import CashInputs, PlanInputs
from aidc_twin.twin.kernel.layout import ParkArrays
from aidc_twin.twin.left_out import left_out, uncounted_materials
from aidc_twin.twin.memory import Ints, Reals
from aidc_twin.twin.profiles import Marks, Uses, consumption, posts, uses, week_shares
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.result import mean_capacity
from aidc_twin.twin.routes import eliminated
from aidc_twin.twin.stock import purchases, quotas

PROFILE_WEEKS = 40
"""Weeks after release that a profile describes; what comes later counts in the last one."""

TAIL_WEEKS = 26
"""Units released so shortly before the horizon are left out of the profiles, since their end is not seen; of a short
horizon a quarter, or little would be left to look at."""

DUE_QUANTILE = 0.8
"""Quantile of flow times and lead times by which the plan promises dates."""

YI = 1e8


def plan_inputs(calibration: Calibration, before: PlanInputs | None = None) -> PlanInputs:
    """Weekly data of the master plan; families that the runs do not show take their profile from `before`."""
    factory, items, weeks = calibration.factory, calibration.items, calibration.weeks
    profile = Profiles(calibration)
    scale = np.array([counting_scale(row.kind) for row in factory.park.resources], np.float64)
    load, base_load = profile.load()
    need, base_need = profile.marks(consumption, len(factory.materials))
    uncounted = np.array(uncounted_materials(factory.park), np.bool_)
    need[:, uncounted], base_need[uncounted] = 0.0, 0.0
    # what units outside the items put into stock more than they take is supply
    made, base_need = np.maximum(0.0, -base_need), np.maximum(0.0, base_need)
    owned, base_owned = profile.marks(lambda f, a, r: posts(f, a, r, 0), len(factory.rules))
    consigned, base_consigned = profile.marks(lambda f, a, r: posts(f, a, r, 1), len(factory.rules))
    if before is not None:
        unseen = profile.mw <= 0
        for new, old in ((load, before.load), (need, before.need)):
            new[unseen] = old[unseen] * (scale[None, :, None] if old is before.load else 1.0)
        owned[unseen], consigned[unseen] = before.post_owned[unseen] * YI, before.post_consigned[unseen] * YI
    capacity, step = _capacity(calibration)
    at_once = _at_once(profile, before)
    capacity, step = capacity * at_once[:, None], step * at_once[:, None]
    calendars = factory.calendars
    park = factory.park
    most = [max((row.level for row in park.shifts_of(name)), default=1) for name in calendars]
    by_level = {name: i for i, name in enumerate(calendars) if most[i] > 1}
    years = range(park.head.epoch.year, park.horizon_end.year + 1)
    return PlanInputs(
        weeks=weeks, items=_item_frame(profile), families=tuple(items.families), resources=tuple(factory.resources),
        materials=tuple(factory.materials), rules=tuple(factory.rules), calendars=tuple(calendars),
        load=load / scale[None, :, None], base_load=base_load / scale[:, None], capacity=capacity / scale[:, None],
        capacity_step=step / scale[:, None],
        resource_calendar=np.array([by_level.get(row.calendar, -1) for row in park.resources], np.int64),
        max_level=np.array(most, np.int64), level_cost=_level_cost(factory), need=need, base_need=base_need,
        supply=_supply(factory) + made, lead_weeks=_lead_weeks(factory),
        material_price=np.array([row.price_yuan.value / YI for row in park.materials]),
        post_owned=owned / YI, post_consigned=consigned / YI,
        base_owned=base_owned / YI, base_consigned=base_consigned / YI,
        rule_table=_rules(factory), year_share={year: _year_share(factory, year) for year in years},
        stock_limit=_stock_limit(factory), notices=left_out(factory, items), block_weeks=_block_weeks(factory),
        cash=_cash(profile, before), at_once=at_once,
        post_deferred=deferred_posts(calibration),
    )  # fmt: skip


def _at_once(profile: Profiles, before: PlanInputs | None) -> Reals:
    """Share of each resource that can be on at once, shape (R,); without congestion there is nothing to be seen."""
    c = profile.c
    found = np.ones(len(c.factory.resources))
    if before is None:
        return found
    known = found if before.at_once is None else before.at_once
    capacity = mean_capacity(c.factory, c.runs)  # of open time: what is on is set beside it in open time only
    for r in shared(c.factory.park):
        week = c.factory.clock.ticks_per_week
        found[r] = concurrency(profile.used, c.opened, capacity, week, r, float(known[r]))
    return found


def _cash(profile: Profiles, before: PlanInputs | None) -> CashInputs | None:
    """Money in and out; None where the park has no accounts."""
    c = profile.c
    if not c.factory.park.accounts:
        return None
    found = cash_inputs(c.factory, *profile.marks(deliveries, len(c.factory.park.products)), c.items.families)
    if found is None or before is None or before.cash is None:
        return found
    unseen = (profile.mw <= 0)[:, None]
    return replace(found, income=np.where(unseen, before.cash.income, found.income))


class Profiles:
    """Sums over the runs by family and week since release, and by week for what belongs to no item."""

    def __init__(self, calibration: Calibration) -> None:
        self.c = calibration
        self.week = calibration.factory.clock.ticks_per_week
        items = calibration.items
        late = (calibration.weeks - min(TAIL_WEEKS, calibration.weeks // 4)) * self.week
        self.release = [calibration.unit_releases(run) for run in calibration.runs]
        self.last = np.stack([calibration.last_releases(release) for release in self.release])
        self.seen = self.last < late
        family = np.array([row[2] for row in items.rows], np.int64)
        self.families = len(items.families)
        self.mw = np.bincount(family, weights=(items.mw[None, :] * self.seen).sum(axis=0), minlength=self.families)
        self.family = family

    @cached_property
    def exposed(self) -> Reals:
        """MW of which the runs show the k-th week after release, shape (F, K): of the others the horizon comes before.

        Dividing each week by its own MW, not by all of them, is what keeps a short horizon from cutting off what
        happens late.
        """
        c = self.c
        factory, item = c.factory, c.items.unit_item
        top = np.array([i for i, unit in enumerate(factory.units)
                        if item[i] >= 0 and factory.units[unit.parent].parent < 0], np.int64)  # fmt: skip
        count = np.bincount(item[top], minlength=len(c.items.rows)) if len(top) else np.zeros(len(c.items.rows))
        found = np.zeros((self.families, PROFILE_WEEKS))
        for release, seen in zip(self.release, self.seen, strict=True):
            shown = top[seen[item[top]]]
            left = c.weeks - release[shown] // self.week
            mw, family = c.items.mw[item[shown]] / count[item[shown]], self.family[item[shown]]
            for k in range(PROFILE_WEEKS):
                found[:, k] += np.bincount(family[left > k], weights=mw[left > k], minlength=self.families)
        return found

    @cached_property
    def used(self) -> list[Uses]:
        """What each run used."""
        return [uses(self.c.factory, self.c.arrays, run) for run in self.c.runs]

    def _add(self, n: int, unit: Ints, week: Ints, what: Ints, amount: Reals, sums: tuple[Reals, Reals]) -> None:
        """Add entries of run `n` to the family profiles or, outside items, to the weeks."""
        profile, base = sums
        item = np.where(unit >= 0, self.c.items.unit_item[unit], -1) if len(self.c.items.unit_item) else unit
        inside = item >= 0
        shown = inside.copy()
        shown[inside] = self.seen[n, item[inside]]
        k = np.clip(week[shown] - self.release[n][unit[shown]] // self.week, 0, profile.shape[2] - 1)
        np.add.at(profile, (self.family[item[shown]], what[shown], k), amount[shown])
        outside = ~inside & (week < base.shape[1]) & (week >= 0)
        np.add.at(base, (what[outside], week[outside]), amount[outside])

    def _scaled(self, profile: Reals, base: Reals) -> tuple[Reals, Reals]:
        mw = np.where(self.exposed > 0, self.exposed, 1.0)
        return profile / mw[:, None, :], base / len(self.c.runs)

    def load(self) -> tuple[Reals, Reals]:
        """Amounts in use: (F, R, K) for 1 MW, and (R, T) of the rest."""
        c = self.c
        n_resources = len(c.factory.resources)
        profile = np.zeros((self.families, n_resources, PROFILE_WEEKS))
        base = np.zeros((n_resources, c.weeks))
        for n, use in enumerate(self.used):
            index, week, amount = week_shares(use, c.opened, self.week)
            self._add(n, use.unit[index], week, use.resource[index], amount, (profile, base))
        return self._scaled(profile, base)

    def marks(self, read: Callable[[Factory, ParkArrays, Replication], Marks], count: int) -> tuple[Reals, Reals]:
        """The same for things that happen at an instant."""
        profile = np.zeros((self.families, count, PROFILE_WEEKS))
        base = np.zeros((count, self.c.weeks))
        for n, run in enumerate(self.c.runs):
            marks = read(self.c.factory, self.c.arrays, run)
            week = np.minimum(marks.tick, self.c.factory.horizon - 1) // self.week
            self._add(n, marks.unit, week, marks.what, marks.amount, (profile, base))
        return self._scaled(profile, base)


def _item_frame(profile: Profiles) -> pl.DataFrame:
    c = profile.c
    factory, items = c.factory, c.items
    park, clock = factory.park, factory.clock
    flow = _flow_weeks(profile)
    value = np.zeros(len(items.rows))
    count = np.zeros(len(items.rows), np.int64)
    for i, unit in enumerate(factory.units):
        if items.unit_item[i] >= 0 and factory.units[unit.parent].parent < 0:
            value[items.unit_item[i]] += unit.value_yuan / YI
            count[items.unit_item[i]] += 1
    rows = []
    begun = {row.order for row in park.state_operations}
    for n, (o, group, family) in enumerate(items.rows):
        order = park.orders[o]
        cost = (
            sum(line.cost_yuan.value for line in park.bom_of(order.product) if line.group == group) * items.mw[n] / YI
        )
        due = clock.ticks(order.due) // clock.ticks_per_week
        refuse = None if order.refuse_yuan is None or order.order in begun else order.refuse_yuan.value / YI
        rows.append((n, order.order, group, family, float(items.mw[n]), float(value[n]), cost,
                     int(min(c.earliest_weeks[n], c.weeks)), due, int(flow[n]), order.weight,
                     int(count[n]), refuse, order.split_yuan.value / YI))  # fmt: skip
    schema = {
        "item": pl.Int64, "order": pl.String, "group": pl.String, "family": pl.Int64, "quantity_mw": pl.Float64,
        "value_yi": pl.Float64, "cost_yi": pl.Float64, "earliest_week": pl.Int64, "due_week": pl.Int64,
        "flow_weeks": pl.Int64, "weight": pl.Float64, "units": pl.Int64, "refuse_yi": pl.Float64,
        "split_yi": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _flow_weeks(profile: Profiles) -> Ints:
    """Weeks from an item's last release to its order's acceptance: a quantile over runs and orders to one
    destination.
    """
    c = profile.c
    factory, items = c.factory, c.items
    week = factory.clock.ticks_per_week
    order_job = {unit.order: i for i, unit in enumerate(factory.units) if unit.parent < 0}
    samples: dict[tuple[int, str], list[float]] = {}
    keys = [(family, factory.park.orders[o].destination) for o, _, family in items.rows]
    for n, run in enumerate(c.runs):
        last = profile.last[n]
        for i, (o, _, _) in enumerate(items.rows):
            done = run.job_done[order_job[factory.park.orders[o].order]]
            if done >= 0 and profile.seen[n, i]:
                samples.setdefault(keys[i], []).append((done - last[i]) / week)
    usual = [x for row in samples.values() for x in row] or [20.0]
    return np.array([round(float(np.quantile(samples.get(key, usual), DUE_QUANTILE))) for key in keys], np.int64)


def _capacity(c: Calibration) -> tuple[Reals, Reals]:
    """Usable amount by week at shift level 1, and what each level more adds, in counting units."""
    factory, weeks, week = c.factory, c.weeks, c.factory.clock.ticks_per_week
    whole = mean_capacity(factory, c.runs)
    edges = np.arange(weeks + 1) * week
    capacity, step = whole.copy(), np.zeros_like(whole)
    for name in factory.calendars:
        top = max((row.level for row in factory.park.shifts_of(name)), default=1)
        every = range(-1, weeks + MARGIN_WEEKS)
        level = [np.diff(c.open_time(name, {(name, w): n for w in every}).upto(edges)) / week for n in (1, top)]
        for r, row in enumerate(factory.park.resources):
            if row.calendar == name:
                capacity[r] = whole[r] * level[0]
                step[r] = whole[r] * (level[1] - level[0]) / max(1, top - 1)
    return capacity, step


def _level_cost(factory: Factory) -> Reals:
    """Cost of a week at each level above 1, 亿元, by calendar."""
    found: list[float] = []
    for name in factory.calendars:
        rows = [row for row in factory.park.shifts_of(name) if row.level > 1]
        cost = sum(row.cost_yuan_day.value * len(weekdays(row.days)) for row in rows)
        found.append(cost / max(1, len({row.level for row in rows})) / YI)
    return np.array(found)


def _block_weeks(factory: Factory) -> Ints:
    """Weeks for which the level of each calendar is chosen, 0 where it says nothing."""
    said = [[row.chosen_weeks for row in factory.park.shifts_of(name) if row.chosen_weeks is not None]
            for name in factory.calendars]  # fmt: skip
    return np.array([min(weeks, default=0) for weeks in said], np.int64)


def _supply(factory: Factory) -> Reals:
    """Stock, receipts on their way at their mean date, and quota, by week in the material's unit."""
    weeks, week = factory.park.head.horizon_weeks, factory.clock.ticks_per_week
    supply = np.zeros((len(factory.materials), weeks))
    index = {name: i for i, name in enumerate(factory.materials)}
    for row in factory.park.state_stocks:
        supply[index[row.material], 0] += row.quantity
    for row in purchases(factory, ()):
        w = int(max(0.0, row.tick + row.lead[1][3]) // week)
        if w < weeks:
            supply[index[row.material], w] += row.quantity
    for line in quotas(factory.park, factory.clock):
        supply[index[line.material], line.first // week :] += line.weekly / MATERIAL_SCALE
    return supply


def _lead_weeks(factory: Factory) -> Ints:
    """Weeks from order to receipt that a material keeps with the chosen probability; -1 for a quota or none."""
    found: list[int] = []
    for row in factory.park.materials:
        if row.lead_weeks is None or row.base_stock is not None:
            found.append(-1)
            continue
        found.append(int(np.ceil(value_at(distribution(row.lead_weeks, 1.0), DUE_QUANTILE))))
    return np.array(found, np.int64)


def _stock_limit(factory: Factory) -> Reals:
    """Most of a quota that can be kept; no limit for what is bought."""
    limit = np.full(len(factory.materials), np.inf)
    for line in quotas(factory.park, factory.clock):
        limit[factory.materials.index(line.material)] = line.most / MATERIAL_SCALE
    return limit


def _rules(factory: Factory) -> pl.DataFrame:
    rows = [(s.sale, s.ledger, s.seller, s.buyer, s.item, eliminated(factory.park, s)) for s in factory.park.sales]
    return pl.DataFrame(rows, schema=["sale", "ledger", "seller", "buyer", "item", "eliminated"], orient="row")


def _year_share(factory: Factory, year: int) -> Reals:
    week = factory.clock.ticks_per_week
    start = np.arange(factory.park.head.horizon_weeks) * week
    first, last = factory.clock.year_ticks(year)
    return np.clip(np.minimum(start + week, last) - np.maximum(start, first), 0, None) / week
