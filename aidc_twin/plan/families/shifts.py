"""Shift levels: how many shifts above the ordinary ones are worked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.formulation import Formulation
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["block_length", "block_weeks", "chosen_calendars", "shift_blocks", "shifts"]


def chosen_calendars(inputs: PlanInputs, formulation: Formulation) -> list[int]:
    """Calendars for which there is something to choose."""
    return np.flatnonzero(inputs.max_level > 1).tolist() if formulation.families.shifts else []


def block_length(inputs: PlanInputs, formulation: Formulation, calendar: int) -> int:
    """Weeks for which a level of the calendar is chosen."""
    own = 0 if inputs.block_weeks is None else int(inputs.block_weeks[calendar])
    return own or formulation.shift_block_weeks


def block_weeks(inputs: PlanInputs, formulation: Formulation, calendar: int, block: int) -> range:
    """Weeks of one block of a calendar."""
    length = block_length(inputs, formulation, calendar)
    return range(block * length, min(inputs.weeks, (block + 1) * length))


def shift_blocks(inputs: PlanInputs, formulation: Formulation) -> list[tuple[int, int]]:
    """Calendars with their blocks of weeks, in the order of ``extra``."""
    return [
        (c, block)
        for c in chosen_calendars(inputs, formulation)
        for block in range(-(-inputs.weeks // block_length(inputs, formulation, c)))
    ]


def shifts(inputs: PlanInputs, formulation: Formulation) -> Any:
    """Levels above 1 of each calendar c in each block b of weeks, ``extra``.

    - extra[c, b] whole, 0 <= extra[c, b] <= max_level[c] - 1  [levels]

    A block is as long as the calendar says (overtime: a week), or the formulation for those that say nothing.
    """
    block: Any = pyo.Block(concrete=True)

    def bounds(_: Any, c: int, b: int) -> tuple[int, int]:
        return 0, int(inputs.max_level[c]) - 1

    block.C = pyo.Set(initialize=shift_blocks(inputs, formulation), dimen=2)
    block.extra = pyo.Var(block.C, domain=pyo.Integers, bounds=bounds, doc="levels above 1")
    return block
