"""Declared schemas of what an expansion plan publishes. Quarters count from 0, the first of the horizon; money is whole
yuan, but for what a megawatt earns and what one unit more is worth.
"""

from __future__ import annotations

import dataframely as dy


class InvestMeasured(dy.Schema):
    """What 1 MW of a solution earns (price, cost), ties up (tied, yuan times weeks), posts (post) and uses (resource,
    material: units times weeks, of a material units).
    """

    kind = dy.String(primary_key=True)
    name = dy.String(primary_key=True)
    product = dy.String(primary_key=True)
    value = dy.Float64()


class InvestHours(dy.Schema):
    """Share of the time in which a unit of a resource works, and what each shift level above the first adds to it."""

    name = dy.String(primary_key=True)
    hours = dy.Float64(min=0)
    step = dy.Float64(min=0)
    calendar = dy.String()


class InvestBegun(dy.Schema):
    """Units of an investment that are begun in a quarter."""

    investment = dy.String(primary_key=True)
    quarter = dy.Int64(primary_key=True, min=0)
    units = dy.Float64(min=0)


class InvestLevels(dy.Schema):
    """Shift level of a calendar in a quarter (1 is the ordinary one), with the investments (plan) and without any."""

    case = dy.String(primary_key=True)  # plan | without
    calendar = dy.String(primary_key=True)
    quarter = dy.Int64(primary_key=True, min=0)
    level = dy.Int64(min=1)


class InvestMade(dy.Schema):
    """MW of a solution that are made in a quarter, and that can be sold; with the investments and without any."""

    case = dy.String(primary_key=True)  # plan | without
    product = dy.String(primary_key=True)
    quarter = dy.Int64(primary_key=True, min=0)
    made_mw = dy.Float64(min=0)
    demand_mw = dy.Float64(min=0)


class InvestLoad(dy.Schema):
    """Use of a resource, quota or the land in a quarter against what there is, and what a unit more would be worth.

    The price is the present value in yuan of one unit more in that quarter, with what is begun as it is.
    """

    kind = dy.String(primary_key=True)  # resource | material | land
    name = dy.String(primary_key=True)
    quarter = dy.Int64(primary_key=True, min=0)
    used = dy.Float64()
    available = dy.Float64()
    price_yuan = dy.Float64()


class InvestCash(dy.Schema):
    """Cash of a quarter with the investments (plan) and with none (without)."""

    case = dy.String(primary_key=True)
    quarter = dy.Int64(primary_key=True, min=0)
    revenue_yuan = dy.Int64()
    cost_yuan = dy.Int64()
    overhead_yuan = dy.Int64()
    upkeep_yuan = dy.Int64()
    shifts_yuan = dy.Int64()
    capex_yuan = dy.Int64()
    tied_yuan = dy.Int64()  # working capital at the end of the quarter
    depreciation_yuan = dy.Int64()
    tax_yuan = dy.Int64()
    rest_yuan = dy.Int64()  # what working capital and book value bring at the end
    net_yuan = dy.Int64()


class InvestGoals(dy.Schema):
    """Amount that counts towards a goal in a year, what the goal asks of one year, and what there is in its mean."""

    goal = dy.String(primary_key=True)
    year = dy.Int64(primary_key=True)
    amount_yuan = dy.Int64()
    target_yuan = dy.Int64()
    land_mu = dy.Float64(min=0)
    floor_m2 = dy.Float64(min=0)
    power_mw = dy.Float64(min=0)
    workers = dy.Float64(min=0)


class InvestSamples(dy.Schema):
    """Amount that counts towards a goal in a year of a future that the twin has executed."""

    case = dy.String(primary_key=True)  # plan | without
    goal = dy.String(primary_key=True)
    year = dy.Int64(primary_key=True)
    replication = dy.Int64(primary_key=True, min=0)
    yuan = dy.Int64()


class InvestFutures(dy.Schema):
    """What the futures of a goal in a year come to, and the share of them in which it is met."""

    case = dy.String(primary_key=True)  # plan | without
    goal = dy.String(primary_key=True)
    year = dy.Int64(primary_key=True)
    mean_yuan = dy.Float64()
    half_width_95_yuan = dy.Float64(nullable=True)  # of one replication none
    p10_yuan = dy.Int64()
    p50_yuan = dy.Int64()
    p90_yuan = dy.Int64()
    probability = dy.Float64(min=0, max=1)


INVESTED: dict[str, type[dy.Schema]] = {
    "invest_measured": InvestMeasured,
    "invest_hours": InvestHours,
    "invest_begun": InvestBegun,
    "invest_levels": InvestLevels,
    "invest_made": InvestMade,
    "invest_load": InvestLoad,
    "invest_cash": InvestCash,
    "invest_goals": InvestGoals,
    "invest_samples": InvestSamples,
    "invest_futures": InvestFutures,
}
"""Name of each Parquet file of an expansion plan, with its schema; the last two only where the twin has executed it."""
