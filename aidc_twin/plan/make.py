"""From calibrated inputs to a published plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from aidc_twin.plan.cash import forced
from aidc_twin.plan.formulation import Formulation, load_formulation
from aidc_twin.plan.goal import YUAN_IN_YI, Goal
from aidc_twin.plan.ladder import Climb, climb
from aidc_twin.plan.model import Task, build_task, make_own_task
from aidc_twin.plan.stocks import most_capacity
from aidc_twin.plan.tables import goal_weeks, tables, whole_yuan
from aidc_twin.solver import Live, Profile, load_profile, templates
from aidc_twin.telemetry import SILENT, Progress, Telemetry
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True)
class Plan:
    """The master plan.

    Attributes
    ----------
    frames : ``plan_releases``, ``plan_shifts``, ``plan_purchases``, ``plan_orders``, ``plan_levels``, ``plan_load``,
        ``plan_goals``, ``plan_prices``, ``plan_pegging``, ``plan_waits``, ``plan_exceptions``; of a park with accounts
        also ``plan_cash`` and ``plan_payments``.
    status : ``optimal`` (every level within the profile's gap), ``feasible`` (not proven that far), ``interrupted``, or
        ``empty`` (there is nothing left to release).
    gap : the largest of the levels.
    goal_planned : goal -> yuan of its year.
    stopped_by : ``optimal``, ``gap``, ``nodes``, ``iterations``, ``time`` or ``interrupt``.
    replayable : False where the clock or Ctrl-C decided.
    notices : what a reader should know, such as resources that the work under way already overdraws.
    values : variable of the model -> shape (members,), quantities in the unit that the solver was told.
    """

    frames: Mapping[str, pl.DataFrame]
    status: str
    gap: float
    build_s: float
    solve_s: float
    goal_planned: Mapping[str, int]
    stopped_by: str
    replayable: bool
    notices: tuple[str, ...]
    values: Mapping[str, Floats] = field(default_factory=dict[str, Floats], repr=False)


def make_plan(
    inputs: PlanInputs,
    goals: Sequence[Goal],
    *,
    formulation: str | Path | Formulation = "default",
    profile: str | Path | Profile = "default",
    previous: pl.DataFrame | None = None,
    progress: Progress = SILENT,
) -> Plan:
    """Plan releases, shift levels and purchases by lexicographic levels.

    Parameters
    ----------
    previous
        ``plan_releases`` of the published plan, in weeks of this horizon: moving a release away from them has a cost
        in the margin level.

    Raises
    ------
    InputError
        Unknown formulation or profile.
    NoPlanError
        A limit came before the first plan.
    SolverFault, EnvironmentFault
        The solver failed, lied, or is not installed.
    """
    chosen = formulation if isinstance(formulation, Formulation) else load_formulation(formulation)
    searching = profile if isinstance(profile, Profile) else load_profile(profile)
    timing = Telemetry()
    progress.begin("plan", len(chosen.levels) + 1)
    with timing.stage("build"):
        task = make_own_task(inputs, goals, chosen, previous)
        with templates():
            model = build_task(task)
        live = Live(model, searching)
    progress.advance(1, "model")
    with timing.stage("solve"):
        found = climb(live, task, searching, progress)
    progress.end()
    return replace(_plan(task, goals, found, searching.gap, timing), notices=_notices(inputs, task))


def _plan(task: Task, goals: Sequence[Goal], found: Climb, target: float, timing: Telemetry) -> Plan:
    gap = max((level.gap for level in found.levels), default=0.0)
    planned = {
        goal.id: sum(whole_yuan(by_week)) for goal, by_week in zip(goals, goal_weeks(task, found.values), strict=True)
    }
    return Plan(
        frames=tables(task, goals, found),
        status=_status(task, found, gap, target + task.formulation.tolerance),
        gap=gap,
        build_s=timing.stages["build"].wall_seconds,
        solve_s=timing.stages["solve"].wall_seconds,
        goal_planned=planned,
        stopped_by=found.stopped_by,
        replayable=not found.clocked,
        notices=(),
        values=found.values,
    )


def _status(task: Task, found: Climb, gap: float, target: float) -> str:
    if found.stopped_by == "interrupt":
        return "interrupted"
    if not task.book.item.size:
        return "empty"
    reached = all(level.status != "not reached" for level in found.levels)
    return "optimal" if reached and gap <= target * (1 + 1e-6) else "feasible"


def _notices(inputs: PlanInputs, task: Task) -> tuple[str, ...]:
    notices = [] if task.book.item.size else ["nothing is left to release within the horizon"]
    for name, over in zip(inputs.resources, inputs.base_load > most_capacity(inputs) * (1 + 1e-9), strict=True):
        if over.any():
            weeks = np.flatnonzero(over)
            span = f"week {weeks[0]}" if weeks.size == 1 else f"{weeks.size} weeks from week {weeks[0]} on"
            notices.append(f"{name}: the work under way alone needs more than there is in {span}")
    notices += _overdrawn(task.inputs)
    return (*notices, *inputs.notices)


def _overdrawn(inputs: PlanInputs) -> list[str]:
    """That the accounts are overdrawn whatever is decided, where they are."""
    if inputs.cash is None:
        return []
    over = forced(inputs, inputs.cash)
    worst = int(np.argmax(over))
    return [f"accounts: wages, suppliers and interest overdraw them by {over[worst] * YUAN_IN_YI:,.0f} yuan more than "
            f"their credit in week {worst} if nothing new is released"] if over[worst] > 0 else []  # fmt: skip
