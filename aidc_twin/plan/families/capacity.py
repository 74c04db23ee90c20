"""Capacity: work centres, crews, power, floor and working capital, each in its own unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.families.linear import linear
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.profiles import laid_out, stops_merged
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["capacity", "capacity_rows", "capacity_scale"]


def capacity_rows(inputs: PlanInputs, formulation: Formulation) -> list[tuple[int, range]]:
    """Resource and weeks of each capacity row: from each week to the end of its run.

    A run is one week, or a short stop and the week after it. Work may wait within its run, never go ahead; that holds
    if what arrives from each week on fits into what there is from that week on.
    """
    longest, share = formulation.closed_weeks, formulation.closed_share
    runs = [(r, run) for r, weeks in enumerate(inputs.capacity) for run in stops_merged(weeks, longest, share)]
    return [(r, range(week, run.stop)) for r, run in runs for week in run]


def capacity_scale(inputs: PlanInputs) -> Floats:
    """What each resource's rows are divided by, shape (R,): its largest capacity or load, so that no entry is large."""
    largest = (inputs.capacity + inputs.capacity_step).max(axis=1, initial=0.0)
    scale = np.maximum(largest, inputs.load.max(axis=(0, 2), initial=0.0))
    return np.where(scale > 0, scale, 1.0)


def capacity(inputs: PlanInputs, formulation: Formulation, total: Any, shifts: Any) -> Any:
    """Use of each resource r within what there is, from each week on to the end w of its run (mostly one week).

    - sum over t in w, f, k of load[f, r, k] total[f, t - k] - sum over t in w of step[r, t] extra[calendar of r, t]
      <= sum over t in w of (capacity[r, t] - base_load[r, t])  [unit of r, divided by the largest capacity of r]

    Where the work under way takes more than there is even at the highest level, nothing new may use the resource.
    """
    block: Any = pyo.Block(concrete=True)
    flat = [total[f, t] for f in range(len(inputs.families)) for t in range(inputs.weeks)]
    use = laid_out(inputs.load, inputs.weeks)
    scale = capacity_scale(inputs)
    weeks = {(r, run.start): run for r, run in capacity_rows(inputs, formulation)}

    def limit(_: Any, r: int, w: int) -> Any:
        run = weeks[r, w]
        weights = use[:, r, run.start : run.stop, :].sum(axis=1).ravel() / scale[r]
        room, steps = _room(inputs, formulation, shifts, r, run)
        own = np.array([-step / scale[r] for step, _ in steps]), [variable for _, variable in steps]
        return None, linear((weights, flat), own, smallest=formulation.smallest), room / scale[r]

    block.limit = pyo.Constraint(list(weeks), rule=limit, doc="use of a resource within its capacity")
    return block


def _room(
    inputs: PlanInputs, formulation: Formulation, shifts: Any, r: int, run: range
) -> tuple[float, list[tuple[float, Any]]]:
    """Capacity left by the work under way, and what each block's extra level adds to it."""
    weeks = slice(run.start, run.stop)
    room = float((inputs.capacity[r, weeks] - inputs.base_load[r, weeks]).sum())
    calendar, steps = int(inputs.resource_calendar[r]), dict[int, float]()
    if calendar >= 0 and any(key[0] == calendar for key in shifts.extra):
        for week in run:
            block = week // formulation.shift_block_weeks
            steps[block] = steps.get(block, 0.0) + float(inputs.capacity_step[r, week])
    most = room + sum(steps.values()) * (int(inputs.max_level[calendar]) - 1 if steps else 0)
    if most <= 0:
        return 0.0, []
    return room, [(step, shifts.extra[calendar, block]) for block, step in sorted(steps.items())]
