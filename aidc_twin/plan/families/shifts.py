"""Shift levels: how many shifts above the ordinary ones are worked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.formulation import Formulation
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["chosen_calendars", "shifts"]


def chosen_calendars(inputs: PlanInputs, formulation: Formulation) -> list[int]:
    """Calendars for which there is something to choose."""
    return np.flatnonzero(inputs.max_level > 1).tolist() if formulation.families.shifts else []


def shifts(inputs: PlanInputs, formulation: Formulation) -> Any:
    """Levels above 1 of each calendar c in each block b of weeks, ``extra``.

    - extra[c, b] whole, 0 <= extra[c, b] <= max_level[c] - 1  [levels]
    """
    block: Any = pyo.Block(concrete=True)
    blocks = range(-(-inputs.weeks // formulation.shift_block_weeks))

    def bounds(_: Any, c: int, b: int) -> tuple[int, int]:
        return 0, int(inputs.max_level[c]) - 1

    calendars = chosen_calendars(inputs, formulation)
    block.extra = pyo.Var(calendars, blocks, domain=pyo.Integers, bounds=bounds, doc="levels above 1")
    return block
