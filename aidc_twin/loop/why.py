"""Why an order is late, a goal missed, or not everything possible at once: the plan asked, in the words of the park."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from aidc_twin.loop.rounds import LoopOptions
from aidc_twin.park import Goal, Park
from aidc_twin.plan import load_formulation
from aidc_twin.plan.levers import Lever, moves, prices_of
from aidc_twin.plan.sheet import what_must_be_true
from aidc_twin.plan.why import Answer, Cause, Cure, explain
from aidc_twin.solver import Profile, load_profile
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import Factory, read_factory
from aidc_twin.twin.inputs import Floats, PlanInputs
from aidc_twin.twin.items import find_items
from aidc_twin.twin.run import seeds_of

__all__ = ["free_inputs", "must_be_true", "phase_adds", "told", "why_not"]

_KINDS = {"capacity": "capacity", "supply": "supply", "lead": "supply"}


def free_inputs(park: Park, seed: int) -> tuple[Factory, PlanInputs]:
    """What the twin measures without congestion, as the plan reads it."""
    factory = read_factory(park)
    return factory, plan_inputs(free_flow(factory, find_items(factory), seeds_of(seed, 4)))


def why_not(
    park: Park, goals: Sequence[Goal], options: LoopOptions, levers: Sequence[Lever], *, order: str | None,
    goal: str | None, time_s: float = 60.0,
) -> dict[str, Any]:  # fmt: skip
    """Causes and priced cures as an object; `order` and `goal` are known to the park.

    An order that has nothing left to be released is beyond the plan: then nothing is searched and `asked` is ``begun``.
    """
    _, inputs = free_inputs(park, options.seed)
    if order is not None and order not in inputs.items["order"].to_list():
        return {"asked": "begun", "name": order, "possible": True, "impossible": [], "cures": [], "complete": True,
                "seconds": 0.0}  # fmt: skip
    answer = explain(
        inputs, goals, formulation=load_formulation(options.formulation), profile=_profile(options),
        order=order, goal=goal, time_s=time_s,
    )  # fmt: skip
    return told(answer, park, levers)


def must_be_true(park: Park, goals: Sequence[Goal], options: LoopOptions, levers: Sequence[Lever]) -> dict[str, Any]:
    """The sheet of what must be true for the goals of a profile, as an object."""
    factory, inputs = free_inputs(park, options.seed)
    chosen = moves(levers, inputs, phase_adds(factory, inputs))
    sheet = what_must_be_true(
        inputs, goals, chosen, formulation=load_formulation(options.formulation), profile=_profile(options)
    )
    known = {lever.id: lever for lever in levers}
    steps = [asdict(step) | {key: getattr(known[step.lever], key) for key in ("title", "assumed", "source")}
             for step in sheet.steps]  # fmt: skip
    return {"asked": "sheet", **{key: value for key, value in asdict(sheet).items() if key != "steps"}, "steps": steps}


def _profile(options: LoopOptions) -> Profile:
    return options.profile if isinstance(options.profile, Profile) else load_profile(options.profile)


def told(answer: Answer, park: Park, levers: Sequence[Lever]) -> dict[str, Any]:
    """An answer as an object with units and prices."""
    return {
        "asked": answer.asked, "name": answer.name, "possible": answer.possible,
        "impossible": [_cause(cause, park) for cause in answer.impossible],
        "cures": [_cure(cure, park, levers) for cure in answer.cures], "complete": answer.complete,
        "seconds": answer.seconds,
    }  # fmt: skip


def _cure(cure: Cure, park: Park, levers: Sequence[Lever]) -> dict[str, Any]:
    causes = [_cause(cause, park) | _price(cause, levers) for cause in cure.causes]
    known = [row["price_yi"] for row in causes if row["price_yi"] is not None]
    return {
        **{key: value for key, value in asdict(cure).items() if key not in ("causes", "pushed")},
        "causes": causes, "price_yi": sum(known) if len(known) == len(causes) and causes else None,
        "pushed": [{"order": name, "weeks": weeks} for name, weeks in cure.pushed],
    }  # fmt: skip


def _cause(cause: Cause, park: Park) -> dict[str, Any]:
    units = {row.resource: row.unit for row in park.resources} | {row.material: row.unit for row in park.materials}
    own = {"order": "weeks", "goal": "亿元"}
    return asdict(cause) | {"unit": own.get(cause.kind) or units.get(cause.name, "")}


def _price(cause: Cause, levers: Sequence[Lever]) -> dict[str, Any]:
    """Price by the cheapest lever; a lead time has none, since earlier delivery is a matter of talk."""
    if cause.kind == "lead":
        return {"price_yi": None, "lever": None}
    weeks = cause.last_week - cause.first_week + 1
    amount = cause.amount / weeks if cause.kind == "supply" else cause.amount
    found = prices_of(levers, _KINDS[cause.kind], cause.name, amount, weeks)
    return {"price_yi": None, "lever": None} if found is None else {"price_yi": found[0], "lever": found[1].id}


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
