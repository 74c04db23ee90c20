"""Before the plan decides: what the work under way takes of materials and resources, and when it can."""

from __future__ import annotations

import numpy as np

from aidc_twin.plan.profiles import levels_above
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["material_units", "most_capacity", "served_base", "served_load"]


def served_base(inputs: PlanInputs) -> Floats:
    """Consumption by the work under way, put off to when there is something to consume, shape (M, T).

    It comes first; where it finds nothing it waits for supply, or for the first week in which a new purchase order
    can arrive. A quota that is not collected lapses as it does in the plan. So a plan always exists.
    """
    served = np.zeros_like(inputs.base_need)
    limit = np.full(len(inputs.materials), np.inf) if inputs.stock_limit is None else inputs.stock_limit
    for material in range(len(inputs.materials)):
        lead = int(inputs.lead_weeks[material])
        stock = waiting = 0.0
        for week in range(inputs.weeks):
            stock += inputs.supply[material, week]
            waiting += inputs.base_need[material, week]
            bought = 0 <= lead <= week
            served[material, week] = waiting if bought else min(waiting, stock)
            stock = min(float(limit[material]), max(0.0, stock - served[material, week]))
            waiting -= served[material, week]
    return served


def material_units(inputs: PlanInputs) -> Floats:
    """Scale of each material's rows, shape (M,): what a megawatt of the family that needs most of it takes."""
    per_mw = inputs.need.sum(axis=2).max(axis=0, initial=0.0)
    fallback = np.maximum(inputs.base_need.max(axis=1, initial=0.0), inputs.supply.max(axis=1, initial=0.0))
    unit = np.where(per_mw > 0, per_mw, fallback)
    return np.where(unit > 0, unit, 1.0)


def most_capacity(inputs: PlanInputs) -> Floats:
    """What there is of each resource at the highest shift level, shape (R, T)."""
    return inputs.capacity + inputs.capacity_step * levels_above(inputs, inputs.max_level[:, None])


def served_load(inputs: PlanInputs) -> Floats:
    """Use by what the plan does not release, put off to when there is something to use, shape (R, T).

    It comes first; what does not fit into a week at the highest shift level waits for the next one.
    """
    served, most = inputs.base_load.copy(), most_capacity(inputs)
    for week in range(inputs.weeks):
        over = served[:, week] - most[:, week]
        waits = np.where(over > 1e-9 * most[:, week], np.maximum(over, 0.0), 0.0)
        served[:, week] -= waits
        if week + 1 < inputs.weeks:
            served[:, week + 1] += waits
    return served
