"""What is written in vain: cells that do nothing, amounts that are counted otherwise, stock that comes to its end."""

from __future__ import annotations

import math
from collections.abc import Iterable

from aidc_twin.park.checks.capacity import COUNTED
from aidc_twin.park.checks.findings import Findings, number
from aidc_twin.park.durations import HOURS
from aidc_twin.park.flow import flow_of
from aidc_twin.park.park import Park
from aidc_twin.park.schema import BomLine, Breakdown, Operation, Output, Source
from aidc_twin.park.visits import visits
from aidc_twin.resources.suggest import listed

LEAST_STOCK = 0.0005
"""Stock is counted in thousandths; less than half of one is nothing."""


def check(findings: Findings) -> None:
    """Crews without a name and amounts of nothing are refused; the rest is told."""
    park = findings.park
    for row in park.breakdowns:
        _check_crew_amount(findings, row)
    solutions = {row.product for row in park.products if row.kind == "solution"}
    routings = {row.routing for row in park.products if row.kind == "solution"}
    materials = {row.material for row in park.materials}
    for line in park.bom:
        if line.item in materials and line.parent not in solutions:
            _check_amount(findings, line)
    for output in park.outputs:
        if output.routing not in routings:
            _check_amount(findings, output)
    if park.incomplete:
        return
    _tell(findings, "cells without effect", _idle_cells(park))
    _tell(findings, "parts of people and machines that count as whole ones", _rounded(park))
    _tell(findings, "sources that bring nothing within the horizon", _late_sources(park))
    _tell(findings, "windows that do not open within the horizon", _late_windows(park))
    if not findings.problems:
        _tell(findings, "stock that runs out, so that work which needs it stands", _ending_stocks(park))


def _tell(findings: Findings, what: str, names: Iterable[str]) -> None:
    found = list(names)
    if found:
        findings.note(f"{what}: {listed(found)}")


def _check_crew_amount(findings: Findings, row: Breakdown) -> None:
    if not row.crew and row.crew_amount.text != "1":
        findings.add(
            row,
            "crew_amount",
            f"{row.crew_amount.text} of no crew",
            allowed="blank where nobody repairs",
            fix="name the people in crew, or leave crew_amount blank: the repair begins at once",
            code="crew-without-name",
        )


def _check_amount(findings: Findings, row: BomLine | Output) -> None:
    if 0 < row.quantity.value < LEAST_STOCK:
        findings.add(
            row,
            "quantity",
            row.quantity.text,
            allowed="at least 0.001: stock is counted in thousandths",
            fix="count the material in a smaller unit, such as grams",
            code="amount-of-nothing",
        )


def _idle_cells(park: Park) -> Iterable[str]:
    """Columns of steps that only work beside another one, which is missing."""
    for row in park.operations:
        for column in _idle_columns(row):
            yield f"{column} of {row.routing}/{row.operation}"
    sure = {(row.routing, row.operation) for row in park.operations if row.fail_share.high <= 0}
    for need in park.needs:
        if need.during == "rework" and (need.routing, need.operation) in sure:
            yield f"need of {need.resource} for a rework of {need.routing}/{need.operation}, which never fails"


def _idle_columns(row: Operation) -> Iterable[str]:
    if row.fail_share.high <= 0:
        if row.rework.high > 0:
            yield "rework without fail_share"
        if row.attempts_most:
            yield "attempts_most without fail_share"
        if row.fail_learning.text != "1":
            yield "fail_learning without fail_share"
    if row.fault_rate_hour.high <= 0 and (row.repair_hours.high > 0 or row.resoak_hours.high > 0):
        yield "repair_hours or resoak_hours without fault_rate_hour"
    if row.learned_units != 1 and row.learning.text == row.fail_learning.text == "1":
        yield "learned_units without learning"


def _rounded(park: Park) -> Iterable[str]:
    """Amounts that are no whole numbers, of what comes in whole pieces."""
    whole = {row.resource for row in park.resources if row.kind in COUNTED}
    for need in park.needs:
        if need.resource in whole and need.amount.value % 1 > 1e-9:
            yield f"{number(need.amount.value)} of {need.resource} for {need.routing}/{need.operation}"
    for row in park.breakdowns:
        if row.crew and row.crew_amount.value % 1 > 1e-9:
            yield f"{number(row.crew_amount.value)} of {row.crew} for {row.breakdown or row.resource}"


def _hours(park: Park) -> float:
    return HOURS["week"] * park.head.horizon_weeks


def _late_sources(park: Park) -> Iterable[str]:
    for row in park.sources:
        first = row.interval_hours if row.first_hours is None else row.first_hours
        if first.low >= _hours(park):
            yield f"{row.source}, first after {first.text} h of {number(_hours(park))}"


def _late_windows(park: Park) -> Iterable[str]:
    for row in park.windows:
        if row.opens_hours >= _hours(park):
            yield f"{row.calendar}/{row.window}, first at {number(row.opens_hours)} h of {number(_hours(park))}"


def _ending_stocks(park: Park) -> Iterable[str]:
    """Materials that only go round, of which arrivals take more than they put back and there is."""
    streamed = [] if park.orders else [row.material for row in park.materials]
    for name in streamed:
        row = park.material(name)
        if row.base_stock is not None or row.weekly_quota is not None:
            continue
        moves = [_moved(park, source, name) for source in park.sources]
        taken, back = (sum(move[side] for move in moves) for side in (0, 1))
        there = sum(stock.quantity for stock in park.state_stocks if stock.material == name)
        there += sum(order.quantity for order in park.state_purchase_orders if order.material == name)
        if taken - back > there * (1 + 1e-9):
            yield f"{name}: arrivals take {number(taken)} and put back {number(back)}, and there are {number(there)}"


def _moved(park: Park, source: Source, material: str) -> tuple[float, float]:
    """How much of a material the arrivals of a source take and put back within the horizon, at most in each case."""
    rows = {row.operation: row for row in park.operations_of(park.product(source.product).routing)}
    passing = {name: 1 - row.fail_share.value ** (row.attempts_most or math.inf) for name, row in rows.items()}
    flow = flow_of(park, park.product(source.product).routing, ships=False)
    came = visits(flow, passing)
    mean = source.interval_hours.mean
    if came is None:
        return 0.0, 0.0
    count = _hours(park) / mean if mean > 0 else float(source.most)
    count = source.units * min(count, source.most or count)
    lines = [line for line in park.bom_of(source.product) if line.item == material]
    outputs = [row for row in park.outputs if row.material == material and row.operation in rows]
    taken = sum(came.get(line.operation, 0.0) * line.quantity.value for line in lines)
    back = sum(came[row.operation] * passing[row.operation] * row.quantity.value for row in outputs)
    return count * taken, count * back
