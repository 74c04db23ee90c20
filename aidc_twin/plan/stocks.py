"""Materials before the plan decides: what the work under way takes, and when it can."""

from __future__ import annotations

import numpy as np

from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["material_units", "served_base"]


def served_base(inputs: PlanInputs) -> Floats:
    """Consumption by the work under way, put off to when there is something to consume, shape (M, T).

    It comes first; where it finds nothing it waits for supply, or for the first week in which a new purchase order
    can arrive. So a plan always exists.
    """
    served = np.zeros_like(inputs.base_need)
    for material in range(len(inputs.materials)):
        lead = int(inputs.lead_weeks[material])
        stock = waiting = 0.0
        for week in range(inputs.weeks):
            stock += inputs.supply[material, week]
            waiting += inputs.base_need[material, week]
            bought = 0 <= lead <= week
            served[material, week] = waiting if bought else min(waiting, stock)
            stock = max(0.0, stock - served[material, week])
            waiting -= served[material, week]
    return served


def material_units(inputs: PlanInputs) -> Floats:
    """Scale of each material's rows, shape (M,): what a megawatt of the family that needs most of it takes."""
    per_mw = inputs.need.sum(axis=2).max(axis=0, initial=0.0)
    fallback = np.maximum(inputs.base_need.max(axis=1, initial=0.0), inputs.supply.max(axis=1, initial=0.0))
    unit = np.where(per_mw > 0, per_mw, fallback)
    return np.where(unit > 0, unit, 1.0)
