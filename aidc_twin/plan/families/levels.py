"""Objectives of the lexicographic levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.book import Book
from aidc_twin.plan.families.shifts import block_weeks
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.stocks import material_units
from aidc_twin.solver import table
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["margin", "shift_cost", "shortfall", "tardiness"]


def shortfall(model: Any, inputs: PlanInputs, formulation: Formulation, book: Book) -> Any:
    """Minimise the sum over goals of the missing share of the target."""
    if not formulation.families.goals:
        return pyo.Objective(expr=0.0, sense=pyo.minimize)
    return pyo.Objective(rule=lambda m: sum(m.goals.missing[g] for g in m.goals.G), sense=pyo.minimize)


def tardiness(model: Any, inputs: PlanInputs, formulation: Formulation, book: Book) -> Any:
    """Minimise weighted weeks late: weight x share of the item x weeks after its due week, or never released; a
    refused order counts as so many weeks late as the formulation says.
    """
    block, refusals = model.release, model.component("refusals")
    block.late_cost = table(block.N, values=book.late_cost)
    block.never_cost = table(block.I, values=book.never_cost)
    if refusals is not None:
        refusals.late_cost = table(refusals.O, values=book.refuse_late)

    def late(_: Any) -> Any:
        b = block
        weeks = sum(b.late_cost[i, t] * b.x[i, t] for i, t in b.N)
        weeks = weeks + sum(b.never_cost[i] * b.deferred[i] for i in b.I)
        if refusals is None:
            return weeks
        return weeks + sum(refusals.late_cost[o] * refusals.refused[o] for o in refusals.O)

    return pyo.Objective(rule=late, sense=pyo.minimize)


def margin(model: Any, inputs: PlanInputs, formulation: Formulation, book: Book) -> Any:
    """Maximise value less cost, holding, change, extra shifts, refusals, splits and interest  [亿元].

    Holding charges `holding_week` of the cost for each week that an item is released before it must be, and of the
    price for each week that a material lies in stock; so the plan is just in time where nothing is lost by it.
    With `waiting_week` goods are charged for each week that their release waits instead, so that they go as soon as
    there is room; less by the square of one more than the week in which they are due, so that the most urgent go first.
    """
    release, extra = model.release, model.shifts.extra
    materials = model.materials if formulation.families.materials else None
    holding = formulation.weights.holding_week * inputs.material_price * material_units(inputs)
    parts = (
        book.margin_yi, shift_cost(inputs, formulation, model), holding if materials is not None else holding[:0],
        book.refuse_yi, book.split_yi,
    )  # fmt: skip
    least = _SMALLEST * max(float(np.abs(amounts).max(initial=0.0)) for amounts in parts)
    worth = [np.where(np.abs(amounts) > least, amounts, 0.0) for amounts in parts]
    release.margin_yi = table(release.N, values=worth[0])
    model.shifts.level_cost = table(extra.index_set(), values=worth[1])
    if materials is not None:
        materials.holding = table(materials.M, values=worth[2])

    refusals, splits = _terms(model, worth[3], worth[4])
    cash = model.component("cash")

    def gain(m: Any) -> Any:
        found = sum(release.margin_yi[i, t] * release.x[i, t] for i, t in release.N)
        found = found - sum(m.shifts.level_cost[c, n] * extra[c, n] for c, n in extra.index_set())
        if refusals is not None:
            found = found - sum(refusals.price[o] * refusals.refused[o] for o in refusals.O)
        if splits is not None:
            found = found - sum(splits.price[i] * splits.further[i] for i in splits.I)
        if cash is not None:
            found = found - sum(cash.interest_yi[a] * cash.drawn[a, t] for a in cash.A for t in release.T)
        if materials is None:
            return found
        return found - sum(materials.holding[k] * materials.stock[k, t] for k in materials.M for t in release.T)

    return pyo.Objective(rule=gain, sense=pyo.maximize)


def _terms(model: Any, refuse_yi: Floats, split_yi: Floats) -> tuple[Any, Any]:
    """Blocks of refusals and splits with their prices, None where there are none."""
    refusals, splits = model.component("refusals"), model.component("splits")
    if refusals is not None:
        refusals.price = table(refusals.O, values=refuse_yi)
    if splits is not None:
        splits.price = table(splits.I, values=split_yi[list(splits.I)])
    return refusals, splits


_SMALLEST = 1e-8
"""Of the largest coefficient: less than this decides nothing, whatever the units are, and stays out of the solver."""


def shift_cost(inputs: PlanInputs, formulation: Formulation, model: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Cost of one level more of each calendar for each block of weeks, in the order of ``extra``, 亿元."""
    weeks = [(c, block_weeks(inputs, formulation, c, b)) for c, b in model.shifts.extra.index_set()]
    return np.array([inputs.level_cost[c] * len(own) for c, own in weeks], dtype=float)
