"""The lexicographic levels: each is solved in turn, then kept within a small tolerance while the next is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from aidc_twin.errors import NoPlanError
from aidc_twin.plan.formulation import LevelName
from aidc_twin.plan.model import Task
from aidc_twin.plan.rounding import point, priced, rounded
from aidc_twin.plan.whole import whole_plan
from aidc_twin.solver import Live, Profile
from aidc_twin.telemetry import Deadline, Progress
from aidc_twin.twin.inputs import Floats

__all__ = ["NOTHING", "Climb", "Level", "climb", "references"]

NOTHING = 1e-9
"""A shortfall or tardiness up to this is none, and none is left to the later levels."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level: objective of the published plan, and the bound that was proven when the level was solved."""

    name: LevelName
    objective: float
    bound: float
    reference: float
    status: str
    seconds: float

    @property
    def gap(self) -> float:
        """Distance to the bound as a share of the reference."""
        return abs(self.objective - self.bound) / self.reference


@dataclass
class Climb:
    """What the levels have come to.

    Attributes
    ----------
    values : variable name -> shape (members,), of the best plan so far.
    duals : constraint name -> shape (members,), prices of the last level.
    level_duals : level -> the same of that level.
    stopped_by : ``optimal``, ``gap``, or the limit that came first.
    clocked : whether the clock or Ctrl-C decided anything, so that the plan cannot be replayed.
    """

    values: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    duals: Mapping[str, Floats] = field(default_factory=dict[str, Floats])
    level_duals: dict[str, Mapping[str, Floats]] = field(default_factory=dict[str, Mapping[str, Floats]])
    bounds: dict[str, float] = field(default_factory=dict[str, float])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    states: dict[str, str] = field(default_factory=dict[str, str])
    stopped_by: str = "optimal"
    clocked: bool = False
    levels: tuple[Level, ...] = ()


def references(task: Task) -> dict[str, float]:
    """What each level's gap refers to: number of goals; tardiness if nothing is released; the order book, 亿元."""
    amounts = {
        "shortfall": float(len(task.contributions)),
        "tardiness": task.book.tardiness_reference,
        "margin": task.book.value_yi,
    }
    return {name: amount if amount > 0 else 1.0 for name, amount in amounts.items()}


def climb(live: Live, task: Task, profile: Profile, progress: Progress) -> Climb:
    """Solve the levels in turn.

    A level that a limit or Ctrl-C stops ends the climb: the best plan so far is kept, and the bounds of the levels not
    reached are what holds without solving.

    Raises
    ------
    NoPlanError
        A limit came before the first plan.
    KeyboardInterrupt
        Ctrl-C before the first plan.
    """
    result, amounts = Climb(), references(task)
    deadline = Deadline.after(profile.time_limit_s)
    for name in task.formulation.levels:
        try:
            _take_level(live, task, result, name, deadline)
        except (NoPlanError, KeyboardInterrupt) as stop:
            if not result.values:
                raise
            result.stopped_by = "interrupt" if isinstance(stop, KeyboardInterrupt) else "time"
            result.clocked = True
        progress.advance(1, name)
        if result.stopped_by in ("time", "interrupt", "iterations"):
            break
        aim = live.arrays.aims[name]
        reached = aim.at(point(live.arrays, result.values))
        lost = 0.0 if name != "margin" and reached <= NOTHING else task.formulation.tolerance * amounts[name]
        live.hold(name, reached + aim.sense * lost)
    result.levels = tuple(_level(live, task, result, name, amounts[name]) for name in task.formulation.levels)
    return result


def _take_level(live: Live, task: Task, result: Climb, name: LevelName, deadline: Deadline) -> None:
    """Solve one level and keep what is new in `result`."""
    before = dict(result.values)
    relaxed = live.solve(name, relaxed=True, time_s=deadline.left_seconds)
    result.seconds[name], result.bounds[name] = relaxed.seconds, relaxed.bound
    result.stopped_by = relaxed.stopped_by
    result.clocked |= not relaxed.replayable
    if not live.arrays.integral.any():
        best = relaxed
    elif not any(priced(live.arrays, level) for level in (*result.states, name)):
        best = replace(relaxed, values=rounded(task, relaxed.values))
    else:
        found = whole_plan(live, task, name, relaxed, before, references(task)[name], deadline)
        best, result.bounds[name], result.stopped_by = found.best, found.bound, found.stopped_by
        result.seconds[name] += found.seconds
        result.clocked |= found.clocked
    result.values, result.duals, result.level_duals[name] = best.values, best.duals, best.duals
    result.states[name] = best.status


def _level(live: Live, task: Task, result: Climb, name: LevelName, reference: float) -> Level:
    objective = live.arrays.aims[name].at(point(live.arrays, result.values))
    known = {"shortfall": 0.0, "tardiness": 0.0, "margin": task.book.margin_limit}[name]
    bound = result.bounds.get(name, known)
    bound = bound if np.isfinite(bound) else known
    state, seconds = result.states.get(name, "not reached"), result.seconds.get(name, 0.0)
    return Level(name, objective, bound, reference, state, seconds)
