"""The plan with limits that give way: resource by period, material by period, lead times, each at a price.

A limit is lifted first up to what there usually is (a closed week, a cut quota), which costs one for a week's worth;
more than the usual costs ten times as much, and so does a week's worth for each week that it comes before its lead
time. Of a quota a week's worth that comes a week before its lot costs four, one that is kept a week beyond what may be
carried over costs one. So the smallest cause is what was taken away, where something was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aidc_twin.plan.cash import CASH, money_unit
from aidc_twin.plan.families.capacity import capacity_rows, capacity_scale
from aidc_twin.plan.goal import YUAN_IN_YI
from aidc_twin.plan.model import Task, compiled
from aidc_twin.plan.stocks import material_units
from aidc_twin.plan.why.purchases import without_purchases
from aidc_twin.solver.arrays import Arrays, Floats, Indices
from aidc_twin.solver.widening import widened
from aidc_twin.twin.inputs import CashInputs, PlanInputs

__all__ = ["PERIOD_WEEKS", "Limit", "Slack", "Slackened", "slackened"]

PERIOD_WEEKS = 4
"""Weeks of a period."""

_USUAL, _MORE, _EARLIER = 1.0, 10.0, 4.0
_LEAST = 1e-9


@dataclass(frozen=True)
class Slack:
    """One column of a limit.

    Attributes
    ----------
    weeks : the amount that one unit of the column adds in each week, week -> units of the resource or material; of a
        lot that comes earlier less than zero where it is missing then.
    rows, entries : of the plan's matrix.
    most : its upper bound.
    cost : of one unit, in weeks of the usual amount.
    given_back : whether it gives no more than there usually is.
    """

    weeks: dict[int, float]
    rows: Indices
    entries: Floats
    most: float
    cost: float
    given_back: bool = False


@dataclass(frozen=True)
class Limit:
    """What is lifted together: a resource, material or money in a period; lead time, lots or store of a material."""

    kind: str
    name: str
    index: int
    first: int
    last: int
    usual: float
    slacks: tuple[Slack, ...]


@dataclass(frozen=True)
class Slackened:
    """A plan whose limits give way.

    Attributes
    ----------
    arrays : rows of the plan, its columns, then those of the limits.
    limits : all of them.
    columns : columns of each limit.
    cost : shape (columns of arrays,), of lifting limits.
    first : first column of the limits.
    most : shape (columns of limits,), their upper bounds.
    given_back : shape (columns of limits,), whether they give no more than there usually is.
    others, goals : columns by which what is held for other orders, or for goals, gives way.
    """

    task: Task
    arrays: Arrays
    limits: tuple[Limit, ...]
    columns: tuple[Indices, ...]
    cost: Floats
    first: int
    most: Floats
    given_back: NDArray[np.bool_]
    others: int
    goals: int


def slackened(task: Task) -> Slackened:
    """The plan of a task, with a column for each way in which a limit can give way."""
    arrays = without_purchases(task, compiled(task)[1])
    limits = tuple(_limits(task, arrays))
    flat = [slack for limit in limits for slack in limit.slacks]
    names = [f"{limit.kind} of {limit.name} from week {limit.first}" for limit in limits for _ in limit.slacks]
    entries = {n: (slack.rows, slack.entries) for n, slack in enumerate(flat)}
    most = np.array([slack.most for slack in flat])
    names += ["what other orders give", "what goals give"]
    wide = widened(arrays, names, entries, np.zeros(most.size + 2), np.append(most, (0.0, 0.0)))
    place, own = arrays.lower.size, list[Indices]()
    for limit in limits:
        own.append(np.arange(place, place + len(limit.slacks), dtype=np.int32))
        place += len(limit.slacks)
    cost = np.concatenate([np.zeros(arrays.lower.size), [slack.cost for slack in flat], np.zeros(2)])
    back = np.array([slack.given_back for slack in flat], dtype=bool)
    return Slackened(task, wide, limits, tuple(own), cost, arrays.lower.size, most, back, place, place + 1)


def _limits(task: Task, arrays: Arrays) -> Iterator[Limit]:
    on = task.formulation.families
    periods = [range(a, min(a + PERIOD_WEEKS, task.inputs.weeks)) for a in range(0, task.inputs.weeks, PERIOD_WEEKS)]
    if on.capacity:
        yield from _capacity(task, arrays, periods)
    if on.materials:
        yield from _materials(task, arrays, periods)
    if on.cash and on.materials and task.inputs.cash is not None:
        yield from _cash(task, task.inputs.cash, arrays, periods)


def _capacity(task: Task, arrays: Arrays, periods: list[range]) -> Iterator[Limit]:
    inputs = task.inputs
    start = next(piece.start for piece in arrays.row_pieces if piece.name == "capacity.limit")
    scale, usual = capacity_scale(inputs), inputs.capacity.max(axis=1, initial=0.0)
    usual = np.where(usual > 0, usual, scale)
    runs: dict[tuple[int, int], list[tuple[int, range]]] = {}
    for n, (r, run) in enumerate(capacity_rows(inputs, task.formulation)):
        for p in {week // PERIOD_WEEKS for week in run}:
            runs.setdefault((r, p), []).append((start + n, run))
    for r, name in enumerate(inputs.resources):
        for p, period in enumerate(periods):
            lacking = np.maximum(0.0, usual[r] - inputs.capacity[r, period.start : period.stop]) / usual[r]
            shapes = [(lacking / lacking.max(), float(lacking.max()), _USUAL)] if lacking.max() > _LEAST else []
            shapes.append((np.ones(len(period)), np.inf, _MORE))
            rows = runs[r, p]
            slacks = tuple(_capacity_slack(shape, most, price, period, rows, usual[r], scale[r])
                           for shape, most, price in shapes)  # fmt: skip
            yield Limit("capacity", name, r, period.start, period.stop - 1, float(usual[r]), slacks)


def _capacity_slack(
    shape: Floats, most: float, price: float, period: range, rows: list[tuple[int, range]], usual: float, scale: float
) -> Slack:
    """A column in shares of the usual amount."""
    share = dict(zip(period, shape.tolist(), strict=True))
    entries = [sum(share.get(week, 0.0) for week in run) * -usual / scale for _, run in rows]
    kept = [n for n, entry in enumerate(entries) if -entry > _LEAST]
    return Slack(
        {week: part * usual for week, part in share.items()}, np.array([rows[n][0] for n in kept], np.int32),
        np.array([entries[n] for n in kept]), most, price * float(shape.sum()), price == _USUAL,
    )  # fmt: skip


def _materials(task: Task, arrays: Arrays, periods: list[range]) -> Iterator[Limit]:
    inputs = task.inputs
    start = next(piece.start for piece in arrays.row_pieces if piece.name == "materials.balance")
    unit = material_units(inputs)
    mw = np.bincount(task.book.family, weights=task.book.quantity_mw, minlength=len(inputs.families))
    weekly = mw @ inputs.need.sum(axis=2) / inputs.weeks / unit
    for m, name in enumerate(inputs.materials):
        lead, first = int(inputs.lead_weeks[m]), start + m * inputs.weeks
        week_worth = float(weekly[m]) if weekly[m] > _LEAST else 1.0
        if lead >= 0:
            early = range(min(lead, inputs.weeks))
            slacks = tuple(_arrival(t, first, float(unit[m]), np.inf, _MORE * (lead - t) / week_worth) for t in early)
            if slacks:
                yield Limit("lead", name, m, 0, early[-1], week_worth * float(unit[m]), slacks)
            continue
        later = inputs.supply[m, 1:]
        usual = float(np.median(later[later > 0])) if (later > 0).any() else 0.0
        for period in periods:
            gone = np.maximum(0.0, usual - inputs.supply[m, period.start : period.stop]).sum() / unit[m]
            own = [_arrival(period.start, first, float(unit[m]), np.inf, _MORE / week_worth)]
            if gone > _LEAST:
                back = _arrival(period.start, first, float(unit[m]), float(gone), _USUAL / week_worth)
                own.insert(0, replace(back, given_back=True))
            yield Limit("supply", name, m, period.start, period.stop - 1, week_worth * float(unit[m]), tuple(own))
        yield from _quota(inputs, m, first, float(unit[m]), week_worth)


def _quota(inputs: PlanInputs, m: int, first_row: int, unit: float, week_worth: float) -> Iterator[Limit]:
    """Lots of a quota a week earlier, again and again; and what is kept beyond what may be carried over.

    What comes in a week before its lot is taken from the week after, where it has come by then or comes earlier itself.
    """
    name, usual = inputs.materials[m], week_worth * unit
    last = int(np.flatnonzero(inputs.supply[m]).max(initial=0))
    cost = _EARLIER / week_worth
    lots = tuple(Slack({t: unit, t + 1: -unit}, *_pair(first_row + t, -1.0), np.inf, cost) for t in range(last))
    if lots:
        yield Limit("early", name, m, 0, last, usual, lots)
    if inputs.stock_limit is not None and np.isfinite(inputs.stock_limit[m]):
        cost, stop = _USUAL / week_worth, inputs.weeks - 1
        kept = tuple(Slack({t: unit}, *_pair(first_row + t, 1.0), np.inf, cost) for t in range(stop))
        yield Limit("store", name, m, 0, stop - 1, usual, kept)


def _pair(row: int, entry: float) -> tuple[Indices, Floats]:
    """An entry in a row and its opposite in the next: stock that goes from one week to the next, or comes back."""
    return np.array([row, row + 1], np.int32), np.array([entry, -entry])


def _cash(task: Task, cash: CashInputs, arrays: Arrays, periods: list[range]) -> Iterator[Limit]:
    """Money that is there for a period and paid back after it; the usual amount is credit and opening balance."""
    start = next(piece.start for piece in arrays.row_pieces if piece.name == "cash.balance")
    unit, weekly = money_unit(task.inputs, cash), float(task.inputs.items["value_yi"].sum()) / task.inputs.weeks
    usual = float(cash.credit.sum()) + max(0.0, cash.opening) or weekly or unit
    for period in periods:
        ends = [week for week in (period.start, period.stop) if week < task.inputs.weeks]
        slack = Slack(
            dict.fromkeys(period, usual * YUAN_IN_YI), np.array([start + week for week in ends], np.int32),
            np.array([-usual / unit, usual / unit])[: len(ends)], np.inf, _MORE * len(period),
        )  # fmt: skip
        yield Limit("cash", CASH, 0, period.start, period.stop - 1, usual * YUAN_IN_YI, (slack,))


def _arrival(week: int, first_row: int, unit: float, most: float, cost: float) -> Slack:
    """A column in units of the material's rows: so much more of it arrives at the start of a week."""
    return Slack({week: unit}, np.array([first_row + week], np.int32), np.array([-1.0]), most, cost)
