"""Capacity: work centres, crews, power, floor and working capital, each in its own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyomo.environ as pyo

from aidc_twin.plan.families.shifts import block_length
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.profiles import laid_out, stops_merged
from aidc_twin.solver import table
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
    runs = {(r, run.start): run for r, run in capacity_rows(inputs, formulation)}
    chosen = shifts.extra.index_set()
    families, weeks = total.index_set().subsets()
    use, step, room = _rows(inputs, formulation, shifts, runs)
    block.R = pyo.Set(initialize=list(runs), dimen=2)
    block.reach = pyo.Set(weeks, initialize=_reach(inputs, runs))
    block.use = table(block.R, families, weeks, values=np.where(np.abs(use) > formulation.smallest, use, 0.0))
    block.step = table(block.R, chosen, values=np.where(np.abs(step) > formulation.smallest, step, 0.0))
    block.room = table(block.R, values=room)

    def limit(b: Any, r: int, w: int) -> Any:
        used = sum(b.use[r, w, f, s] * total[f, s] for f in families for s in b.reach[w])
        if len(chosen):
            used = used - sum(b.step[r, w, c, n] * shifts.extra[c, n] for c, n in chosen)
        return used <= b.room[r, w]

    block.limit = pyo.Constraint(block.R, rule=limit, doc="use of a resource within its capacity")
    return block


def _reach(inputs: PlanInputs, runs: Mapping[tuple[int, int], range]) -> dict[int, range]:
    """Weeks whose releases may load a row that begins in a week: from the longest lag before it to its last week."""
    lags = inputs.load.shape[2]
    last = {week: week + 1 for week in range(inputs.weeks)}
    for (_, week), run in runs.items():
        last[week] = max(last[week], run.stop)
    return {week: range(max(0, week - lags + 1), stop) for week, stop in last.items()}


def _rows(
    inputs: PlanInputs, formulation: Formulation, shifts: Any, runs: Mapping[tuple[int, int], range]
) -> tuple[Floats, Floats, Floats]:
    """What a megawatt of each family and week uses, what each extra level adds, and what there is, for each row.

    Shapes (rows, F, T), (rows, members of ``extra``) and (rows,), each in the resource's scale.
    """
    laid, scale = laid_out(inputs.load, inputs.weeks), capacity_scale(inputs)
    places = {index: place for place, index in enumerate(shifts.extra.index_set())}
    use = np.zeros((len(runs), laid.shape[0], inputs.weeks))
    step, room = np.zeros((len(runs), len(places))), np.zeros(len(runs))
    for row, ((r, _), run) in enumerate(runs.items()):
        use[row] = laid[:, r, run.start : run.stop, :].sum(axis=1) / scale[r]
        left, steps = _room(inputs, formulation, shifts, r, run)
        room[row] = left / scale[r]
        for index, amount in steps:
            step[row, places[index]] = amount / scale[r]
    return use, step, room


def _room(
    inputs: PlanInputs, formulation: Formulation, shifts: Any, r: int, run: range
) -> tuple[float, list[tuple[tuple[int, int], float]]]:
    """Capacity left by the work under way, and what each block's extra level adds to it."""
    weeks = slice(run.start, run.stop)
    room = float((inputs.capacity[r, weeks] - inputs.base_load[r, weeks]).sum())
    calendar, steps = int(inputs.resource_calendar[r]), dict[int, float]()
    if calendar >= 0 and any(key[0] == calendar for key in shifts.extra.index_set()):
        for week in run:
            block = week // block_length(inputs, formulation, calendar)
            steps[block] = steps.get(block, 0.0) + float(inputs.capacity_step[r, week])
    most = room + sum(steps.values()) * (int(inputs.max_level[calendar]) - 1 if steps else 0)
    if most <= 0:
        return 0.0, []
    return room, [((calendar, block), step) for block, step in sorted(steps.items())]
