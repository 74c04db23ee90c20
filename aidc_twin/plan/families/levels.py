"""Objectives of the lexicographic levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.book import Book
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.stocks import material_units
from aidc_twin.solver import table
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["margin", "shift_cost", "shortfall", "tardiness"]


def shortfall(model: Any, inputs: PlanInputs, formulation: Formulation, book: Book) -> Any:
    """Minimise the sum over goals of the missing share of the target."""
    if not formulation.families.goals:
        return pyo.Objective(expr=0.0, sense=pyo.minimize)
    return pyo.Objective(rule=lambda m: sum(m.goals.missing[g] for g in m.goals.G), sense=pyo.minimize)


def tardiness(model: Any, inputs: PlanInputs, formulation: Formulation, book: Book) -> Any:
    """Minimise weighted weeks late: weight x share of the item x weeks after its due week, or never released."""
    block = model.release
    block.late_cost = table(block.N, values=book.late_cost)
    block.never_cost = table(block.I, values=book.never_cost)

    def late(_: Any) -> Any:
        b = block
        weeks = sum(b.late_cost[i, t] * b.x[i, t] for i, t in b.N)
        return weeks + sum(b.never_cost[i] * b.deferred[i] for i in b.I)

    return pyo.Objective(rule=late, sense=pyo.minimize)


def margin(model: Any, inputs: PlanInputs, formulation: Formulation, book: Book) -> Any:
    """Maximise value less cost, holding, change and extra shifts  [亿元].

    Holding charges `holding_week` of the cost for each week that an item is released before it must be, and of the
    price for each week that a material lies in stock; so the plan is just in time where nothing is lost by it.
    """
    release, extra = model.release, model.shifts.extra
    materials = model.materials if formulation.families.materials else None
    holding = formulation.weights.holding_week * inputs.material_price * material_units(inputs)
    parts = book.margin_yi, shift_cost(inputs, formulation, model), holding if materials is not None else holding[:0]
    least = _SMALLEST * max(float(np.abs(amounts).max(initial=0.0)) for amounts in parts)
    worth = [np.where(np.abs(amounts) > least, amounts, 0.0) for amounts in parts]
    release.margin_yi = table(release.N, values=worth[0])
    model.shifts.level_cost = table(extra.index_set(), values=worth[1])
    if materials is not None:
        materials.holding = table(materials.M, values=worth[2])

    def gain(m: Any) -> Any:
        found = sum(release.margin_yi[i, t] * release.x[i, t] for i, t in release.N)
        found = found - sum(m.shifts.level_cost[c, n] * extra[c, n] for c, n in extra.index_set())
        if materials is None:
            return found
        return found - sum(materials.holding[k] * materials.stock[k, t] for k in materials.M for t in release.T)

    return pyo.Objective(rule=gain, sense=pyo.maximize)


_SMALLEST = 1e-8
"""Of the largest coefficient: less than this decides nothing, whatever the units are, and stays out of the solver."""


def shift_cost(inputs: PlanInputs, formulation: Formulation, model: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Cost of one level more of each calendar for each block of weeks, in the order of ``extra``, 亿元."""
    length = formulation.shift_block_weeks
    weeks = [(c, min(inputs.weeks, (b + 1) * length) - b * length) for c, b in model.shifts.extra.index_set()]
    return np.array([inputs.level_cost[c] * n for c, n in weeks], dtype=float)
