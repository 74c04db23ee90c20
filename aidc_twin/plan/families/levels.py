"""Objectives of the lexicographic levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.book import Book
from aidc_twin.plan.families.linear import linear
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.stocks import material_units
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["margin", "shift_cost", "shortfall", "tardiness"]


def shortfall(model: Any, inputs: PlanInputs, formulation: Formulation, book: Book) -> Any:
    """Minimise the sum over goals of the missing share of the target."""
    missing = list(model.goals.missing.values()) if formulation.families.goals else []
    return pyo.Objective(expr=linear((np.ones(len(missing)), missing)), sense=pyo.minimize)


def tardiness(model: Any, inputs: PlanInputs, formulation: Formulation, book: Book) -> Any:
    """Minimise weighted weeks late: weight x share of the item x weeks after its due week, or never released."""
    block = model.release
    parts = (book.late_cost, block.x.values()), (book.never_cost, block.deferred.values())
    return pyo.Objective(expr=linear(*parts), sense=pyo.minimize)


def margin(model: Any, inputs: PlanInputs, formulation: Formulation, book: Book) -> Any:
    """Maximise value less cost, holding, change and extra shifts  [亿元].

    Holding charges `holding_week` of the cost for each week that an item is released before it must be, and of the
    price for each week that a material lies in stock; so the plan is just in time where nothing is lost by it.
    """
    shifts = -shift_cost(inputs, formulation, model), model.shifts.extra.values()
    parts = [(book.margin_yi, model.release.x.values()), shifts]
    if formulation.families.materials:
        holding = formulation.weights.holding_week * inputs.material_price * material_units(inputs)
        parts.append((-np.repeat(holding, inputs.weeks), model.materials.stock.values()))
    return pyo.Objective(expr=linear(*parts, smallest=_SMALLEST_YI), sense=pyo.maximize)


_SMALLEST_YI = 1e-8
"""One yuan: what is worth less for a unit of a variable does not decide anything."""


def shift_cost(inputs: PlanInputs, formulation: Formulation, model: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Cost of one level more of each calendar for each block of weeks, in the order of ``extra``, 亿元."""
    length = formulation.shift_block_weeks
    weeks = [(c, min(inputs.weeks, (b + 1) * length) - b * length) for c, b in model.shifts.extra]
    return np.array([inputs.level_cost[c] * n for c, n in weeks], dtype=float)
