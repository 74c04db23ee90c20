"""Whether limits that were lifted are enough, in the plan's own inputs, and how much they must be lifted for that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from aidc_twin.errors import NoPlanError, SolverFault
from aidc_twin.plan.goal import YUAN_IN_YI, Goal
from aidc_twin.plan.model import Task, compiled, make_task
from aidc_twin.plan.why.answer import Cause
from aidc_twin.plan.why.asking import Asking
from aidc_twin.plan.why.purchases import without_purchases
from aidc_twin.solver import Profile
from aidc_twin.solver.arrays import MINIMISE, Aim, Arrays, Floats
from aidc_twin.solver.compact import Compact
from aidc_twin.solver.program import Point
from aidc_twin.solver.recheck import check_point
from aidc_twin.twin.inputs import CashInputs, PlanInputs

__all__ = ["HELD", "factor_of", "grown", "lifted"]

HELD = ("goals as good as can be", "other orders as punctual as can be")
"""Rows by which others keep what they have at their best: goals, then orders."""

_FACTORS = (1.0, 1.5, 3.0)


def lifted(inputs: PlanInputs, weekly: Iterable[tuple[str, str, dict[int, float]]]) -> PlanInputs:
    """Inputs with limits lifted: (kind, name, week -> amount) of each."""
    capacity, supply, lent = inputs.capacity.copy(), inputs.supply.copy(), np.zeros(inputs.weeks)
    limit = None if inputs.stock_limit is None else inputs.stock_limit.copy()
    for kind, name, amounts in weekly:
        if kind == "cash":
            lent[list(amounts)] += np.array(list(amounts.values())) / YUAN_IN_YI
            continue
        table, row = (capacity, inputs.resources.index(name)) if kind == "capacity" else (supply, -1)
        row = row if kind == "capacity" else inputs.materials.index(name)
        if kind == "store" and limit is not None:
            limit[row] += max(amounts.values())
            continue
        for week, amount in amounts.items():
            table[row, week] += amount
    changed = replace(inputs, capacity=capacity, supply=supply, stock_limit=limit)
    return replace(changed, cash=_with_more(inputs.cash, lent))


def _with_more(cash: CashInputs | None, lent: Floats) -> CashInputs | None:
    """Accounts in which there is more money in some weeks."""
    return cash if cash is None else replace(cash, lent=lent if cash.lent is None else cash.lent + lent)


def grown(cause: Cause, factor: float) -> Cause:
    """A cause with amounts that many times as large; lots have no more than they have."""
    if cause.kind == "early":
        return cause
    names = ("amount", "usual_weeks", "early_unit_weeks")
    return replace(cause, **{name: getattr(cause, name) * factor for name in names})


def factor_of(
    ask: Asking, task: Task, goals: tuple[Goal, ...], profile: Profile, kept: list[int], point: Point
) -> float | None:
    """How many times the amounts must be lifted in the plan's own inputs to have what is asked for.

    One as a rule: then the plan at the point is a plan of those inputs. More where a week that was a stop is one no
    longer, so that work cannot wait through it.
    """
    weekly = [(ask.slack.limits[n].kind, ask.slack.limits[n].name, ask.weekly(n, point)) for n in kept]
    for factor in _FACTORS:
        grown = [(kind, name, {week: (1.0 if kind == "early" else factor) * amount
                               for week, amount in weeks.items()}) for kind, name, weeks in weekly]  # fmt: skip
        more = make_task(lifted(task.inputs, grown), goals, task.formulation)
        arrays = without_purchases(more, compiled(more)[1])
        if factor == 1.0 and _is_plan_of(ask, arrays, point, kept):
            return factor
        try:
            if _has_answer(ask, arrays, profile):
                return factor
        except NoPlanError:
            return None
    return None


def _is_plan_of(ask: Asking, arrays: Arrays, point: Point, kept: list[int]) -> bool:
    """Whether what is released, kept and worked at a point keeps every row of another plan's model."""
    x = point.x[: ask.slack.first].copy()
    for n in kept:
        ask.keep(n, point, x)
    try:
        check_point(arrays, x, Aim("", np.zeros(x.size), 0.0, MINIMISE), 0.0, relaxed=True)
    except SolverFault:
        return False
    return True


def _has_answer(ask: Asking, arrays: Arrays, profile: Profile) -> bool:
    """Whether another plan's model has what is asked for; how much may be kept is its own.

    Raises
    ------
    NoPlanError
        Time is up.
    """
    mine, size = ask.program.arrays, ask.slack.first
    upper = mine.upper[:size].copy()
    for piece in arrays.column_pieces:
        if piece.name == "materials.stock":
            upper[piece.start : piece.stop] = arrays.upper[piece.start : piece.stop]
    whole = np.zeros(size, dtype=bool)
    again = Compact(replace(arrays, lower=mine.lower[:size], upper=upper, integral=whole), profile)
    for held in mine.row_pieces:
        if held.name in HELD:
            entries = slice(mine.starts[held.start], mine.starts[held.start + 1])
            cost, own = np.zeros(size), mine.index[entries] < size
            cost[mine.index[entries][own]] = mine.value[entries][own]
            again.row(held.name, -np.inf, float(mine.row_upper[held.start]), cost)
    left = ask.deadline.left_seconds
    if left <= 0:
        raise NoPlanError("no answer before the limit of time")
    return again.minimise(np.zeros(size), time_s=left, afresh=True) is not None
