"""The lexicographic levels: each is solved in turn, then kept within a small tolerance while the next is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from aidc_twin.errors import InfeasibleError, NoPlanError
from aidc_twin.plan.formulation import LevelName
from aidc_twin.plan.model import Task
from aidc_twin.plan.rounding import EXTRA, point, rounded_up, trimmed
from aidc_twin.solver import Live, Profile, SolveResult
from aidc_twin.telemetry import Deadline, Progress
from aidc_twin.twin.inputs import Floats

__all__ = ["Climb", "Level", "climb", "references"]

_NOTHING = 1e-9
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
        lost = 0.0 if name != "margin" and reached <= _NOTHING else task.formulation.tolerance * amounts[name]
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
    _, largest = live.bounds(EXTRA)
    if not largest.size:
        best = relaxed
    elif name != "margin" and "margin" not in result.bounds:
        best = rounded_up(relaxed)
    else:
        best = _whole(live, task, result, name, relaxed, before, deadline)
    result.values, result.duals, result.level_duals[name] = best.values, best.duals, best.duals
    result.states[name] = best.status


def _whole(
    live: Live, task: Task, result: Climb, name: LevelName, relaxed: SolveResult, before: dict[str, Floats],
    deadline: Deadline,
) -> SolveResult:  # fmt: skip
    """Whole shift levels: rounding and re-solving from the basis first, a search tree only where the gap stays open."""
    reference = references(task)[name]
    best = _fixed(live, result, name, rounded_up(relaxed).values[EXTRA], deadline)
    if best is not None and abs(best.objective - relaxed.bound) <= live.profile.gap * reference:
        return best
    start = before if best is None else best.values
    try:
        searched = live.solve(name, reference=reference, start=start or None, time_s=deadline.left_seconds)
    except (NoPlanError, KeyboardInterrupt) as stop:
        if best is None:
            raise
        result.stopped_by = "interrupt" if isinstance(stop, KeyboardInterrupt) else "nodes"
        result.clocked |= isinstance(stop, KeyboardInterrupt) or deadline.passed
        return best
    result.seconds[name] += searched.seconds
    result.stopped_by = searched.stopped_by
    result.clocked |= not searched.replayable
    sense = live.arrays.aims[name].sense
    result.bounds[name] = max(sense * searched.bound, sense * relaxed.bound) * sense
    if best is not None and sense * best.objective <= sense * searched.objective:
        return best
    return _fixed(live, result, name, searched.values[EXTRA], deadline) or searched


def _fixed(live: Live, result: Climb, name: LevelName, levels: Floats, deadline: Deadline) -> SolveResult | None:
    """Plan with given shift levels, less those that it does not need; None if there is none in time."""
    lower, upper = live.bounds(EXTRA)
    live.bound(EXTRA, levels, levels)
    try:
        left = deadline.left_seconds
        found = live.solve(name, relaxed=True, explained=False, time_s=left)
    except (InfeasibleError, NoPlanError):
        result.clocked |= deadline.passed
        return None
    finally:
        live.bound(EXTRA, lower, upper)
    result.seconds[name] += found.seconds
    return trimmed(live.arrays, found, name)


def _level(live: Live, task: Task, result: Climb, name: LevelName, reference: float) -> Level:
    objective = live.arrays.aims[name].at(point(live.arrays, result.values))
    known = {"shortfall": 0.0, "tardiness": 0.0, "margin": task.book.margin_limit}[name]
    bound = result.bounds.get(name, known)
    bound = bound if np.isfinite(bound) else known
    state, seconds = result.states.get(name, "not reached"), result.seconds.get(name, 0.0)
    return Level(name, objective, bound, reference, state, seconds)
