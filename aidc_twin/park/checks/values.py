"""Sanity bands: a number far outside them was written in another unit (minutes for hours, yuan for 万元)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.durations import HOURS, hours_per_unit
from aidc_twin.park.schema import BomLine, DurationUnit, Leg, Operation, Product, Resource, Row
from aidc_twin.units.money import show_money
from aidc_twin.units.quantity import BOUNDED, Quantity

LONGEST_HOURS = 3 * 365 * 24.0
LONGEST_WORKING_DAYS = 400.0
SHORTEST_HOURS = 1 / 3600
LEAST_YUAN_MW, MOST_YUAN_MW = 1e5, 1e9
CHINESE_UNITS = ((1e4, "万元"), (1e8, "亿元"))


@dataclass(frozen=True, slots=True)
class Band:
    """Least and greatest number of a column and what a number outside it probably means."""

    table: str
    column: str
    low: float
    high: float
    hint: str
    above_low: bool = False


BANDS = (
    Band("phases", "delay_days", -3660, 3660, "write days"),
    Band("calendars", "cost_yuan_day", 0, 1e9, "write yuan a day, not 万元 or 亿元"),
    Band("calendars", "wages_yuan_day", 0, 1e9, "write yuan a day, not 万元 or 亿元"),
    Band("accounts", "opening_yuan", 0, 1e14, "write yuan; what is owed is credit in use"),
    Band("accounts", "credit_yuan", 0, 1e14, "write yuan, at least 0"),
    Band("accounts", "interest_share", 0, 1, "write a share for a year such as 0.04, not percent"),
    Band("investments", "once_yuan", 0, 1e13, "write yuan for one unit, not 万元 or 亿元"),
    Band("investments", "yearly_yuan", 0, 1e12, "write yuan a year for one unit, not 万元 or 亿元"),
    Band("investments", "lead_quarters", 0, 80, "write quarters, not months or weeks"),
    Band("investment_gains", "amount", -1e12, 1e12, "write how much one unit adds"),
    Band("outlook", "mw_year", 0, 1e6, "write MW a year, not kW"),
    Band("outlook", "growth_share", -0.9, 2, "write a share for a year such as 0.1, not percent"),
    Band("finance", "discount_share", 0, 1, "write a share for a year such as 0.08, not percent"),
    Band("finance", "tax_share", 0, 0.99, "write a share such as 0.25, not percent"),
    Band("finance", "overhead_yuan_year", 0, 1e12, "write yuan a year, not 万元 or 亿元"),
    Band("finance", "residual_share", 0, 1, "write a share such as 0.5, not percent"),
    Band("finance", "land_mu", 0, 1e6, "write mu; a hectare is 15 mu"),
    Band("finance", "land_yuan_mu", 0, 1e8, "write yuan for one mu, not 万元"),
    Band("orders", "refuse_yuan", 0, 1e12, "write yuan for the whole order"),
    Band("orders", "split_yuan", 0, 1e12, "write yuan for each further week of release"),
    Band("capacity", "amount", 0, math.inf, "write an amount of at least 0"),
    Band("materials", "price_yuan", 0, 1e10, "write yuan for one unit"),
    Band("materials", "lead_weeks", 0, 260, "write weeks, not days or hours; 140 days are 20 weeks"),
    Band("materials", "weekly_quota", 0, 1e9, "write units a week"),
    Band("materials", "carry_weeks", 0, 1040, "write weeks"),
    Band("materials", "payment_days", 0, 1100, "write days"),
    Band("products", "value_yuan", 0, 1e12, "write yuan for one unit"),
    Band("products", "deposit_share", 0, 1, "write a share such as 0.3, not percent"),
    Band("products", "acceptance_share", 0, 1, "write a share such as 0.1, not percent"),
    Band("products", "payment_days", 0, 1100, "write days"),
    Band("bom", "quantity", 0, 1e9, "write how many one unit takes, or remove the line", above_low=True),
    Band("bom", "value_yuan", 0, 1e12, "write yuan for one unit of the parent"),
    Band("bom", "cost_yuan", 0, 1e12, "write yuan for one unit of the parent"),
    Band("operations", "fault_rate_hour", 0, 100, "write faults an hour; 0.5 a year are 0.0000571"),
    Band("operations", "repair_hours", 0, 8760, "write hours, not minutes"),
    Band("operations", "resoak_hours", 0, 8760, "write hours, not minutes"),
    Band("needs", "amount", 0, 1e12, "write how much is seized, or remove the line", above_low=True),
    Band("materials", "base_stock", 0, 1e12, "write the level at which stock and orders on their way are kept"),
    Band("operations", "batch_wait_hours", 0, 8760, "write hours, not minutes"),
    Band("operations", "patience_hours", 0, 87_600, "write hours, not minutes"),
    Band("operations", "learning", 0, 2, "write a factor for each doubling, such as 0.9 for 90 %", above_low=True),
    Band("operations", "fail_learning", 0, 1, "write a factor for each doubling, such as 0.8", above_low=True),
    Band("breakdowns", "first_hours", 0, 1e6, "write hours, not minutes"),
    Band("breakdowns", "uptime_hours", 0, 1e6, "write hours, not minutes"),
    Band("breakdowns", "repair_hours", 0, 8760, "write hours, not minutes"),
    Band("breakdowns", "crew_amount", 0, 1e6, "write how many people repair it", above_low=True),
    Band("branches", "share", 0, 1, "write a probability such as 0.05, not percent"),
    Band("outputs", "quantity", 0, 1e9, "write how many one unit puts into stock, or remove the row", above_low=True),
    Band("sources", "interval_hours", 0, 1e6, "write hours, not minutes"),
    Band("sources", "first_hours", 0, 1e6, "write hours, not minutes"),
    Band("sources", "due_hours", 0, 1e6, "write hours, not minutes"),
    Band("buckets", "amount", 0, 1e12, "write the work of one period, at least 0"),
    Band("overlaps", "share", 0, 1, "write a share such as 0.5, or remove the row", above_low=True),
    Band("setups", "hours", 0, 720, "write hours, not minutes"),
    Band("legs", "duration_days", 0, 366, "write days, not hours"),
    Band("legs", "interval_days", 0, 366, "write days, not hours"),
    Band("legs", "capacity_units", 0, 1e6, "write units that one sailing takes"),
    Band("sales", "share", 0, 2, "write a share such as 0.5, not percent"),
    Band("sales", "consigned_share", 0, 2, "write a share such as 0.5, not percent"),
)


def check(findings: Findings) -> None:
    """Numbers outside their bands, durations, failure shares, prices per MW, and rows that contradict themselves."""
    park = findings.park
    for band in BANDS:
        for row in findings.rows(band.table):
            if band.column in vars(row):
                _check_band(findings, row, band)
    findings.each(park.operations, _check_operation)
    findings.each(park.resources, _check_rule)
    findings.each(park.legs, _check_leg)
    if findings.readable("products", "bom"):
        findings.each(park.products, _check_price)


def _check_rule(findings: Findings, row: Resource) -> None:
    """Where nobody overtakes, an order that changes as time goes by would stop and start work at arbitrary moments."""
    if row.queue == "strict" and row.dispatch in ("atc", "critical_ratio"):
        findings.add(
            row,
            "dispatch",
            f"{row.dispatch} at {row.resource}, whose queue is strict",
            allowed="a rule whose order stays: edd, fifo, lifo, priority or spt",
            fix="choose one of these, or let the queue be backfill",
            code="changing-order-in-strict-queue",
        )


def _check_band(findings: Findings, row: Row, band: Band) -> None:
    quantity: Quantity | None = getattr(row, band.column)
    if quantity is None:
        return
    # the tail of an unbounded kind is no slip of units; its mean would be
    high = quantity.high if quantity.kind in BOUNDED else quantity.mean
    if quantity >= band.low and high <= band.high and not (band.above_low and quantity.value <= band.low):
        return
    upto = f" to {number(band.high)}" if math.isfinite(band.high) else "" if band.above_low else " or more"
    allowed = f"{'above ' if band.above_low else ''}{number(band.low)}{upto}"
    below = not quantity >= band.low and ", not " in band.hint  # no other unit makes a number less than nothing
    fix = f"write {number(band.low)} or more" if below else band.hint
    findings.add(row, band.column, quantity.text, allowed=allowed, fix=fix, code="out-of-band")


def _check_operation(findings: Findings, row: Operation) -> None:
    findings.part(_check_duration, row, "duration")
    findings.part(_check_duration, row, "rework")
    findings.part(_check_fails, row)
    findings.part(_check_faults, row)


def _check_fails(findings: Findings, row: Operation) -> None:
    most = row.fail_share.high
    if not row.fail_share.low >= 0 or most > 1 or (most == 1 and not row.attempts_most):
        findings.add(
            row,
            "fail_share",
            row.fail_share.text,
            allowed="at least 0 and below 1; 1 with attempts_most",
            code="bad-share",
            fix="write a probability such as 0.05; a step that always fails never ends, unless attempts_most ends it",
        )
    elif row.fail_share.value > 0 and row.duration.high == 0 and row.rework.high == 0:
        findings.add(
            row,
            "rework",
            "0, with a duration of 0 and a fail_share above 0",
            code="zero-time-loop",
            allowed="a duration or a rework above 0",
            fix="give the step or its rework a duration",
        )


def _check_faults(findings: Findings, row: Operation) -> None:
    if row.fault_rate_hour.value > 0 and row.repair_hours.high == 0 and row.resoak_hours.high == 0:
        findings.add(
            row,
            "repair_hours",
            "0 beside a fault rate",
            allowed="a repair or a re-soak above 0",
            fix="write how long the repair of a fault takes, or remove fault_rate_hour",
            code="faults-without-repair",
        )


def _hours(findings: Findings, row: Operation, unit: DurationUnit) -> float:
    try:
        return hours_per_unit(findings.park, unit, row.calendar)
    except ValueError:  # weekdays that are none, a problem of the calendar
        return 8.0


def _check_duration(findings: Findings, row: Operation, column: str) -> None:
    quantity: Quantity = getattr(row, column)
    unit: DurationUnit = getattr(row, f"{column}_unit")
    if unit == "working_day" and not findings.readable("calendars", "windows"):
        return
    hours = _hours(findings, row, unit)
    # the tail of an unbounded kind is no slip of units; its mean would be
    bounded = quantity.kind in BOUNDED
    low, high = quantity.low, quantity.high if bounded else quantity.mean
    found = f"{quantity.text} {unit}"
    if low < 0:
        findings.add(row, column, found, allowed="at least 0", fix="write a duration", code="negative-duration")
    elif 0 < high * hours < SHORTEST_HOURS * (1 - 1e-9):
        fix = f"write 0, or a longer time; is it in {_larger(unit)}?"
        findings.add(row, column, found, allowed="0, or at least 1 second", fix=fix, code="duration-too-short")
    elif (unit == "working_day" and high > LONGEST_WORKING_DAYS) or high * hours > LONGEST_HOURS:
        unit_column = "rework_unit" if column == "rework" else "duration_unit"
        most = number(LONGEST_WORKING_DAYS if unit == "working_day" else LONGEST_HOURS / HOURS[unit])
        findings.add(
            row,
            column,
            found,
            allowed=f"at most {most} {unit} for one step",
            code="duration-too-long",
            fix=f"is the number in {_smaller(unit)}? write that in {unit_column}, or convert it",
        )


def _smaller(unit: str) -> str:
    return {"second": "another unit", "minute": "seconds"}.get(unit, "minutes or hours")


def _larger(unit: str) -> str:
    return {"second": "minutes or hours", "minute": "hours"}.get(unit, "days or weeks")


def _check_leg(findings: Findings, row: Leg) -> None:
    findings.part(_check_sailing, row)
    findings.part(_check_position, row)


def _check_sailing(findings: Findings, row: Leg) -> None:
    for column in ("interval_days", "capacity_units"):
        value = getattr(row, column).value
        if row.kind == "sailing" and value <= 0:
            findings.add(
                row,
                column,
                "0 for a sailing",
                allowed="above 0",
                code="sailing-without-room",
                fix="write the days between departures and the units that one takes, or use kind delay",
            )
        elif row.kind == "delay" and value > 0:
            findings.add(
                row,
                column,
                f"{number(value)} for a delay",
                allowed="blank",
                code="delay-with-departures",
                fix="use kind sailing, or leave it blank",
            )


def _check_position(findings: Findings, row: Leg) -> None:
    twins = [leg for leg in findings.park.legs_of(row.destination) if leg.position == row.position]
    if twins[0] is not row:
        fix = "number the legs of a destination 1, 2, 3 …"
        found = f"{row.position}, as leg {twins[0].leg}"
        findings.add(row, "position", found, allowed="each position once", fix=fix, code="duplicate-position")


def _check_price(findings: Findings, product: Product) -> None:
    lines = findings.park.bom_of(product.product)
    if product.kind != "solution" or not lines:
        return
    price = product.value_yuan.value or sum(line.value_yuan.value for line in lines)
    if price == 0 or LEAST_YUAN_MW <= price <= MOST_YUAN_MW:
        return
    line: BomLine | Product = product if product.value_yuan.value else max(lines, key=lambda row: row.value_yuan.value)
    findings.add(
        line,
        "value_yuan",
        f"{show_money(round(price))} for 1 MW of {product.product}",
        code="price-out-of-band",
        allowed=f"{number(LEAST_YUAN_MW)} to {number(MOST_YUAN_MW)} yuan for 1 MW",
        fix=_money_slip(price),
    )


def _money_slip(price: float) -> str:
    """Which Chinese unit would make a price per MW plausible."""
    fitting = [name for size, name in CHINESE_UNITS if LEAST_YUAN_MW <= price * size <= MOST_YUAN_MW]
    if fitting:
        return f"write yuan: the number looks like {' or '.join(fitting)} (1 万元 = 1e4 yuan, 1 亿元 = 1e8 yuan)"
    return "write yuan for one unit of the parent (1 万元 = 1e4 yuan, 1 亿元 = 1e8 yuan)"
