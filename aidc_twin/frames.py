"""The declared schema of every frame that crosses a package or is published in a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dataframely as dy
import polars as pl

from aidc_twin.frames_of_loop import Calibrations as Calibrations
from aidc_twin.frames_of_loop import Losses as Losses
from aidc_twin.frames_of_loop import Sensitivity as Sensitivity


def build(schema: type[dy.Schema], data: Mapping[str, Any] | Sequence[Any]) -> pl.DataFrame:
    """Frame of `schema` from columns or rows of plain values, validated."""
    return schema.validate(pl.DataFrame(data, schema=dict(schema.create_empty().schema), orient="row"))


class PlanReleases(dy.Schema):
    """MW of an order's release group that the plan releases in a week."""

    order = dy.String(primary_key=True)
    group = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True, min=0)
    quantity_mw = dy.Float64(min=0)


class PlanShifts(dy.Schema):
    """Shift level of a calendar in a week (1 is the ordinary one)."""

    calendar = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True, min=0)
    level = dy.Int64(min=1)


class PlanPurchases(dy.Schema):
    """Purchase orders that the plan places."""

    material = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True)
    quantity = dy.Float64(min=0)


class PlanOrders(dy.Schema):
    """What the plan says of each order: finish is the planned acceptance week, -1 where part of it is not released."""

    order = dy.String(primary_key=True)
    quantity_mw = dy.Float64(min=0)
    released_mw = dy.Float64(min=0)
    due_week = dy.Int64()
    finish_week = dy.Int64()
    tardiness_weeks = dy.Float64(min=0)
    weight = dy.Float64(min=0)


class PlanLevels(dy.Schema):
    """One lexicographic level: objective, proven bound, and gap relative to the level's reference."""

    level = dy.Int64(primary_key=True)
    name = dy.String()
    objective = dy.Float64()
    bound = dy.Float64()
    gap = dy.Float64(min=0)
    reference = dy.Float64()
    status = dy.String()
    seconds = dy.Float64(min=0)


class PlanLoad(dy.Schema):
    """Planned use of a resource or material in a week, against what there is, and the price of one unit more."""

    kind = dy.String(primary_key=True)  # resource | material
    name = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True, min=0)
    used = dy.Float64()
    available = dy.Float64()
    price_yi = dy.Float64()


class PlanGoals(dy.Schema):
    """Planned amount of a goal by week, in yuan."""

    goal = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True, min=0)
    planned_yuan = dy.Int64()


class PlanPrices(dy.Schema):
    """What one unit more in every week is worth: 亿元 of the goals, weighted weeks that orders are earlier where the
    goals stay as they are, 亿元 of margin where both do. For a little more exactly so, for a whole unit at most.
    """

    kind = dy.String(primary_key=True)  # resource | material | shift | cash
    name = dy.String(primary_key=True)
    goal_yi = dy.Float64()
    late_weeks = dy.Float64()
    margin_yi = dy.Float64()


class PlanPegging(dy.Schema):
    """Which order each lot of material and each week of a resource serves; work under way and rests in brackets."""

    kind = dy.String(primary_key=True)  # resource | material
    name = dy.String(primary_key=True)
    source = dy.String(primary_key=True)  # capacity | stock | supply | purchase
    source_week = dy.Int64(primary_key=True)  # of use, of arrival, or in which the purchase order is placed
    order = dy.String(primary_key=True)
    first_week = dy.Int64(min=0)  # of use
    last_week = dy.Int64(min=0)
    quantity = dy.Float64(min=0)


class PlanWaits(dy.Schema):
    """What a late order waits for: the limits that make a release in time dearer than the planned one."""

    order = dy.String(primary_key=True)
    group = dy.String(primary_key=True)
    kind = dy.String(primary_key=True)  # resource | material | cash: money for the material
    name = dy.String(primary_key=True)
    week = dy.Int64(min=0)
    weeks_late = dy.Int64(min=0)
    share = dy.Float64(min=0, max=1)


class PlanExceptions(dy.Schema):
    """Orders that the plan refuses, and release groups that it releases in several weeks where that has a price."""

    kind = dy.String(primary_key=True)  # refused | split
    order = dy.String(primary_key=True)
    group = dy.String(primary_key=True)  # "" of a refused order
    weeks = dy.Int64(min=0)  # of release
    cost_yi = dy.Float64(min=0)


class PlanCash(dy.Schema):
    """Money of a park that has accounts, by week: payments (what is paid out below 0), what there is at the end of the
    week (below 0: credit in use) and how far it may be overdrawn; forced: further than that where nothing can be done
    about it. `price`: yuan of margin that one yuan more from the week on is worth.
    """

    week = dy.Int64(primary_key=True, min=0)
    received_yuan = dy.Float64()  # by customers; in week 0 the opening balance is in it
    suppliers_yuan = dy.Float64()
    wages_yuan = dy.Float64()
    interest_yuan = dy.Float64()
    balance_yuan = dy.Float64()
    credit_yuan = dy.Float64(min=0)
    forced_yuan = dy.Float64(min=0)
    price = dy.Float64()


class PlanPayments(dy.Schema):
    """What the payments of a week are for; paid out: below 0."""

    kind = dy.String(primary_key=True)  # opening | deposit | delivery | supplier | wages | interest
    name = dy.String(primary_key=True)  # order, solution and release group, material, calendar or account
    week = dy.Int64(primary_key=True, min=0)
    yuan = dy.Float64()


class AlbumPlans(dy.Schema):
    """A plan of the album, 0 is the best one: the structure in which it goes far, and how it differs, in words."""

    plan = dy.Int64(primary_key=True, min=0)
    name = dy.String()
    words = dy.String()
    violations = dy.Int64(min=0)  # that the independent checker finds


class AlbumLevels(dy.Schema):
    """What a plan of the album reaches in a level, and what it loses of the level's value in the best plan."""

    plan = dy.Int64(primary_key=True, min=0)
    level = dy.String(primary_key=True)
    objective = dy.Float64()
    best = dy.Float64()
    lost_share = dy.Float64()  # below 0: gained
    allowed_share = dy.Float64(min=0)


class AlbumMeasures(dy.Schema):
    """A measure of a plan of the album, and beside what its differences count."""

    plan = dy.Int64(primary_key=True, min=0)
    measure = dy.String(primary_key=True)
    group = dy.String()
    unit = dy.String()
    value = dy.Float64()
    best = dy.Float64()
    scale = dy.Float64(min=0)


class AlbumReleases(dy.Schema):
    """`PlanReleases` of the plans of an album but the best one."""

    plan = dy.Int64(primary_key=True, min=1)
    order = dy.String(primary_key=True)
    group = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True, min=0)
    quantity_mw = dy.Float64(min=0)


class AlbumShifts(dy.Schema):
    """`PlanShifts` of the plans of an album but the best one."""

    plan = dy.Int64(primary_key=True, min=1)
    calendar = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True, min=0)
    level = dy.Int64(min=1)


class AlbumPurchases(dy.Schema):
    """`PlanPurchases` of the plans of an album but the best one."""

    plan = dy.Int64(primary_key=True, min=1)
    material = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True)
    quantity = dy.Float64(min=0)


class ScheduleOperations(dy.Schema):
    """One executed or scheduled operation or repair; work that was interrupted and resumed has several rows.

    Ticks count from the park's epoch; `work_ticks` is its open working time. Work that was interrupted in the instant
    in which it began has rows of no length, of which those that are alike in all are one.
    """

    unit_id = dy.String(primary_key=True)  # order/product/unit, the order alone, source/unit or machine/resource/n
    operation = dy.String(primary_key=True)
    attempt = dy.Int64(primary_key=True, min=0)
    during = dy.String(primary_key=True)  # operation | rework | repair
    order = dy.String()
    product = dy.String()
    unit = dy.Int64(min=0)
    resource = dy.String()  # servers on which it runs, or ""
    machine = dy.Int64(primary_key=True, min=0)  # 1.., 0 where there is no server
    start_tick = dy.Int64(primary_key=True)
    end_tick = dy.Int64(primary_key=True)
    setup_ticks = dy.Int64(min=0)
    work_ticks = dy.Int64(min=0)


class Allotments(dy.Schema):
    """What a step got of one period of a resource of kind `bucketed`."""

    number = dy.Int64(primary_key=True, min=0)  # order in which they were allotted
    unit_id = dy.String()
    operation = dy.String()
    resource = dy.String()
    start_tick = dy.Int64(min=0)
    end_tick = dy.Int64()
    amount = dy.Float64(min=0)  # in the resource's unit


class ScheduleSupply(dy.Schema):
    """A receipt of material that the schedule counts on: opening stock at tick 0, purchase orders, quota, outputs of
    work, and what base stock orders.
    """

    receipt = dy.Int64(primary_key=True, min=0)
    material = dy.String()
    tick = dy.Int64()
    quantity = dy.Int64(min=0)  # in thousandths of the material's unit
    source = dy.String()  # stock | purchase_order | quota | output | base_stock


class Postings(dy.Schema):
    """A posting of a unit to a ledger; it posts again each time that it comes to the step again."""

    unit_id = dy.String(primary_key=True)
    sale = dy.String(primary_key=True)
    tick = dy.Int64(primary_key=True)
    yuan = dy.Int64()
    consigned_yuan = dy.Int64()


class PhaseOpenings(dy.Schema):
    """Opening tick of each phase that a schedule counts on."""

    phase = dy.String(primary_key=True)
    tick = dy.Int64()


class PlanUnitReleases(dy.Schema):
    """Earliest release of each unit that the plan lets go; units that it does not release are not in it."""

    unit_id = dy.String(primary_key=True)
    release_tick = dy.Int64(min=0)


class GoalSamples(dy.Schema):
    """Amount of each goal in each replication."""

    goal = dy.String(primary_key=True)
    replication = dy.Int64(primary_key=True, min=0)
    yuan = dy.Int64()


class GoalFan(dy.Schema):
    """Cumulative amount of a goal over its year: planned and simulated quantiles at the end of each week, in yuan."""

    goal = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True, min=0)
    day = dy.Date()
    planned_yuan = dy.Int64()
    p10_yuan = dy.Int64()
    p50_yuan = dy.Int64()
    p90_yuan = dy.Int64()


class Goals(dy.Schema):
    """Verdict on each goal; a single replication has no interval."""

    id = dy.String(primary_key=True)
    ledger = dy.String()
    basis = dy.String()
    payload = dy.String()
    year = dy.Int64()
    target_yuan = dy.Int64(min=0)
    planned_yuan = dy.Int64()
    mean_yuan = dy.Float64()
    half_width_95_yuan = dy.Float64(nullable=True, min=0)
    p10_yuan = dy.Int64()
    p50_yuan = dy.Int64()
    p90_yuan = dy.Int64()
    probability = dy.Float64(min=0, max=1)


class Flows(dy.Schema):
    """Money that flows through the value chain in the goal year (mean of the replications)."""

    source = dy.String(primary_key=True)
    target = dy.String(primary_key=True)
    item = dy.String(primary_key=True)
    ledger = dy.String(primary_key=True)
    yuan = dy.Int64()
    eliminated = dy.Bool()


class ResourceShares(dy.Schema):
    """What a resource's capacity was used for, as shares that sum to one (mean of the replications)."""

    resource = dy.String(primary_key=True)
    kind = dy.String()
    busy = dy.Float64()
    blocked = dy.Float64()
    starved = dy.Float64()
    down = dy.Float64()
    closed = dy.Float64()
    setup = dy.Float64()


class ResourcePeaks(dy.Schema):
    """Most of a resource that is in use at once over the horizon (capacity by period: most handed out in one period):
    mean and largest of the replications; a single one has no interval.
    """

    resource = dy.String(primary_key=True)
    unit = dy.String()
    mean = dy.Float64()
    half_width_95 = dy.Float64(nullable=True)
    greatest = dy.Float64()


class ResourceWeeks(dy.Schema):
    """Mean amount of a resource in use in a week, and its capacity."""

    resource = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True, min=0)
    used = dy.Float64()
    capacity = dy.Float64()


class WeekBands(dy.Schema):
    """Mean and quantiles over the replications of a series in a week: what a goal gains, units in the park (mean over
    the week) and done, what is in use of a resource.

    Goals only within their year; `day` is the last one of the week.
    """

    kind = dy.String(primary_key=True)  # goal | product_wip, _output | source_wip, _output | kind of the resource
    series = dy.String(primary_key=True)
    week = dy.Int64(primary_key=True, min=0)
    day = dy.Date()
    unit = dy.String()
    mean = dy.Float64()
    p10 = dy.Float64()
    p50 = dy.Float64()
    p90 = dy.Float64()


class Kpis(dy.Schema):
    """A figure of the simulation over its replications; a single one has no interval."""

    kpi = dy.String(primary_key=True)
    unit = dy.String()
    mean = dy.Float64()
    half_width_95 = dy.Float64(nullable=True)
    p10 = dy.Float64()
    p50 = dy.Float64()
    p90 = dy.Float64()


class Rounds(dy.Schema):
    """One round of the loop, for the goal that moves most."""

    round = dy.Int64(primary_key=True, min=1)
    goal = dy.String(primary_key=True)
    planned_yuan = dy.Int64()
    mean_yuan = dy.Float64()
    half_width_95_yuan = dy.Float64()
    relative_gap = dy.Float64()


class Assumptions(dy.Schema):
    """A fact that the park uses, its range and what rests on it."""

    fact = dy.String(primary_key=True)
    quantity = dy.String()
    value = dy.Float64()
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)
    unit = dy.String()
    basis = dy.String()
    source = dy.String()
    used_by = dy.String()


class ScenarioInputs(dy.Schema):
    """A change that a scenario makes."""

    scenario = dy.String(primary_key=True)
    path = dy.String(primary_key=True)
    before = dy.String()
    after = dy.String()


class Checks(dy.Schema):
    """One rule that the independent checker went through."""

    rule = dy.String(primary_key=True)
    checked = dy.Int64(min=0)
    violations = dy.Int64(min=0)
    first = dy.String()


PUBLISHED: dict[str, type[dy.Schema]] = {
    "plan_releases": PlanReleases,
    "plan_shifts": PlanShifts,
    "plan_purchases": PlanPurchases,
    "plan_orders": PlanOrders,
    "plan_levels": PlanLevels,
    "plan_load": PlanLoad,
    "plan_goals": PlanGoals,
    "plan_prices": PlanPrices,
    "plan_pegging": PlanPegging,
    "plan_waits": PlanWaits,
    "plan_exceptions": PlanExceptions,
    "plan_cash": PlanCash,
    "plan_payments": PlanPayments,
    "album_plans": AlbumPlans,
    "album_levels": AlbumLevels,
    "album_measures": AlbumMeasures,
    "album_releases": AlbumReleases,
    "album_shifts": AlbumShifts,
    "album_purchases": AlbumPurchases,
    "schedule_operations": ScheduleOperations,
    "schedule_supply": ScheduleSupply,
    "schedule_postings": Postings,
    "schedule_allotments": Allotments,
    "phase_openings": PhaseOpenings,
    "plan_unit_releases": PlanUnitReleases,
    "goal_samples": GoalSamples,
    "goal_fan": GoalFan,
    "goals": Goals,
    "flows": Flows,
    "resource_shares": ResourceShares,
    "resource_peaks": ResourcePeaks,
    "resource_weeks": ResourceWeeks,
    "week_bands": WeekBands,
    "kpis": Kpis,
    "rounds": Rounds,
    "calibrations": Calibrations,
    "losses": Losses,
    "assumptions": Assumptions,
    "sensitivity": Sensitivity,
    "scenario_inputs": ScenarioInputs,
    "checks": Checks,
}
"""Name of each Parquet file of a run, with its schema."""

SOMETIMES = ("schedule_allotments", "plan_cash", "plan_payments", "sensitivity")
ALWAYS = frozenset(name for name in PUBLISHED if not name.startswith("album_") and name not in SOMETIMES)
"""Frames of every run; others to albums and tornadoes, and to parks with capacity by period or accounts."""
