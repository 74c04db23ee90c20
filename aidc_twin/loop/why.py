"""Why an order is late, a goal missed, or not everything possible at once: the plan asked, in the words of the park."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from aidc_twin.loop.priced import told
from aidc_twin.loop.rounds import LoopOptions
from aidc_twin.park import Goal, Park
from aidc_twin.plan import load_formulation
from aidc_twin.plan.levers import Lever, moves
from aidc_twin.plan.sheet import what_must_be_true
from aidc_twin.plan.why import explain
from aidc_twin.solver import Profile, load_profile
from aidc_twin.telemetry import Deadline
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import Factory, read_factory
from aidc_twin.twin.inputs import Floats, PlanInputs
from aidc_twin.twin.items import find_items
from aidc_twin.twin.run import seeds_of

__all__ = ["free_inputs", "kept_weeks", "must_be_true", "phase_adds", "profile_of", "why_not"]


_LEAST_S = 30.0
"""Seconds of the search where measuring took longer: a first start compiles the twin."""


def free_inputs(park: Park, seed: int) -> tuple[Factory, PlanInputs]:
    """What the twin measures without congestion, as the plan reads it."""
    factory = read_factory(park)
    return factory, plan_inputs(free_flow(factory, find_items(factory), seeds_of(seed, 4)))


def why_not(
    park: Park, goals: Sequence[Goal], options: LoopOptions, levers: Sequence[Lever], *, order: str | None,
    goal: str | None, inputs: PlanInputs | None = None, time_s: float = 60.0,
) -> dict[str, Any]:  # fmt: skip
    """Causes and priced cures as an object; `order` and `goal` are known to the park.

    An order that has nothing left to be released is beyond the plan: then nothing is searched and `asked` is ``begun``.

    Parameters
    ----------
    inputs
        What the plan of a run was made from; None: what the twin measures without congestion, now.
    time_s
        Of everything, measuring included; half a minute is left for the search however long that took.
    """
    deadline = Deadline.after(time_s)
    if inputs is None:
        _, inputs = free_inputs(park, options.seed)
    if order is not None and order not in inputs.items["order"].to_list():
        return {"asked": "begun", "name": order, "possible": True, "impossible": [], "cures": [], "complete": True,
                "seconds": 0.0}  # fmt: skip
    answer = explain(
        inputs, goals, formulation=load_formulation(options.formulation), profile=profile_of(options),
        order=order, goal=goal, time_s=max(_LEAST_S, deadline.left_seconds),
    )  # fmt: skip
    return told(answer, park, levers)


def must_be_true(
    park: Park, goals: Sequence[Goal], options: LoopOptions, levers: Sequence[Lever],
    inputs: PlanInputs | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The sheet of what must be true for the goals of a profile, as an object; `inputs` as in `why_not`."""
    factory, inputs = free_inputs(park, options.seed) if inputs is None else (read_factory(park), inputs)
    chosen = moves(levers, inputs, phase_adds(factory, inputs), kept_weeks(park))
    sheet = what_must_be_true(
        inputs, goals, chosen, formulation=load_formulation(options.formulation), profile=profile_of(options)
    )
    known = {lever.id: lever for lever in levers}
    steps = [asdict(step) | {key: getattr(known[step.lever], key) for key in ("title", "assumed", "source")}
             for step in sheet.steps]  # fmt: skip
    return {"asked": "sheet", **{key: value for key, value in asdict(sheet).items() if key != "steps"}, "steps": steps}


def kept_weeks(park: Park) -> Mapping[str, float]:
    """Material -> weeks of its quota that may be kept."""
    quotas = (row for row in park.materials if row.weekly_quota is not None)
    return {row.material: max(1.0, row.carry_weeks.value) for row in quotas}


def profile_of(options: LoopOptions) -> Profile:
    """The solver profile of the options, read where it is a name."""
    return options.profile if isinstance(options.profile, Profile) else load_profile(options.profile)


def phase_adds(factory: Factory, inputs: PlanInputs) -> Mapping[str, tuple[int, Floats]]:
    """Phase -> week in which it is likely open, and shape (R,), its parts of each resource."""
    park, clock = factory.park, factory.clock
    found: dict[str, tuple[int, Floats]] = {}
    for phase in park.phases:
        opens = clock.ticks(phase.opens.mode) // clock.ticks_per_week
        adds = np.zeros(len(inputs.resources))
        for row in park.capacity:
            if row.phase == phase.phase and 0 < opens <= inputs.weeks:
                r = inputs.resources.index(row.resource)
                total = sum(part.amount.value for part in park.capacity if part.resource == row.resource)
                adds[r] += inputs.capacity[r].max() * row.amount.value / total
        if adds.any():
            found[phase.phase] = opens, adds
    return found
