"""What one unit more is worth: the plan solved again with it, level by level, at the shift levels of the plan.

No order is refused there and splits are free, as where causes are sought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from aidc_twin.errors import NoPlanError
from aidc_twin.plan.additions import columns_of, with_room
from aidc_twin.plan.families.shifts import block_weeks
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.goal import YUAN_IN_YI, Goal
from aidc_twin.plan.ladder import NOTHING, references
from aidc_twin.plan.model import Task, compiled, make_own_task
from aidc_twin.solver import Profile
from aidc_twin.solver.arrays import Arrays, Floats
from aidc_twin.solver.program import Point, Program
from aidc_twin.solver.widening import widened
from aidc_twin.telemetry import Deadline
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["LEVELS", "Unit", "Worth", "unit_of", "worth_of"]

LEVELS = ("shortfall", "tardiness", "margin")
_LEAST = 1e-7
"""A multiplier up to this, as a share of the level's reference, is none."""


@dataclass(frozen=True)
class Unit:
    """One unit more of something in every week.

    Attributes
    ----------
    kind : ``resource``, ``material``, ``shift`` or ``cash``.
    capacity : shape (R, T); supply, store : shape (M, T); demand : shape (I,); cash : shape (T,), 亿元.
    """

    kind: str
    name: str
    amount: float
    capacity: Floats
    supply: Floats
    store: Floats
    demand: Floats
    cash: Floats


@dataclass
class Worth:
    """Gains of a level by one unit more: 亿元 of the goals, weighted weeks that orders are earlier, 亿元 of margin.

    Attributes
    ----------
    gains : level -> what the plan gained when it was solved again with the unit; missing where time was up.
    little : level -> what so much more would bring if every part of it brought as much as the first; never less.
    """

    kind: str
    name: str
    amount: float
    gains: dict[str, float] = field(default_factory=dict[str, float])
    little: dict[str, float] = field(default_factory=dict[str, float])


def unit_of(inputs: PlanInputs, kind: str, name: str, amount: float = 1.0, kept_weeks: float = 0.0) -> Unit:
    """So much more of a resource, of a material arriving, of a calendar's shift levels, or of yuan, in every week.

    Parameters
    ----------
    kept_weeks
        Of a quota: how many weeks of it may be kept, so that more of it may be where it is larger.
    """
    capacity, supply = np.zeros_like(inputs.capacity), np.zeros_like(inputs.supply)
    store = np.zeros_like(inputs.supply)
    cash = np.zeros(inputs.weeks)
    if kind == "resource":
        capacity[inputs.resources.index(name)] = amount
    elif kind == "material":
        supply[inputs.materials.index(name)] = amount
        store[inputs.materials.index(name)] = amount * kept_weeks
    elif kind == "cash":
        cash += amount / YUAN_IN_YI
    else:
        own = inputs.resource_calendar == inputs.calendars.index(name)
        capacity[own] = amount * inputs.capacity_step[own]
    return Unit(kind, name, amount, capacity, supply, store, np.zeros(inputs.items.height), cash)


def worth_of(
    inputs: PlanInputs, goals: Sequence[Goal], shifts: pl.DataFrame, units: Sequence[Unit], *,
    formulation: Formulation, profile: Profile, time_s: float = 60.0,
) -> list[Worth]:  # fmt: skip
    """What each unit is worth at each level, with the levels before it kept as in a plan.

    Parameters
    ----------
    shifts
        ``plan_shifts`` of the plan; its shift levels are kept.

    Raises
    ------
    NoPlanError
        There was no time for the first level.
    """
    deadline = Deadline.after(time_s)
    task = make_own_task(inputs, goals, formulation.without_terms)
    found = [Worth(unit.kind, unit.name, unit.amount) for unit in units]
    asked = _Asked(task, shifts, units, profile, deadline)
    for place, level in enumerate(formulation.levels):
        try:
            asked.take(level, found)
        except NoPlanError:
            if not place:
                raise
            break
    return found


class _Asked:
    """The relaxed plan with a column for each unit, closed until it is its turn."""

    def __init__(
        self, task: Task, shifts: pl.DataFrame, units: Sequence[Unit], profile: Profile, deadline: Deadline
    ) -> None:
        self.task, self.deadline = task, deadline
        model, arrays = compiled(task)
        self.size, entries = columns_of(task, arrays, units)
        names = [f"one more {unit.name}" for unit in units]
        wide = widened(arrays, names, entries, np.zeros(len(units)), np.zeros(len(units)))
        wide = with_room(task, wide, units, self.size)
        levels = _levels(task, list(model.shifts.extra.index_set()), shifts)
        self.program = Program(_kept(wide, levels), profile)
        first = arrays.lower.size
        self.columns = np.arange(first, first + len(units), dtype=np.int32)

    def take(self, level: str, found: Sequence[Worth]) -> None:
        """One level without any unit, then with each that could bring something; then it is kept."""
        aim = self.program.arrays.aims[level]
        reference = references(self.task)[level]
        targets = [counted.target_yi for counted in self.task.contributions]
        scale = float(np.mean(targets)) if level == "shortfall" and targets else 1.0
        cost = aim.sense * aim.cost
        base = self._least(cost, afresh=True)
        assert base.duals is not None, "whole columns were let off"
        slope = np.maximum(0.0, self.program.arrays.transposed(base.duals)[self.columns]) * self.size
        for n, one in enumerate(found):
            one.little[level] = float(slope[n]) * scale
        for n in np.argsort(slope, kind="stable").tolist():
            some = slope[n] > _LEAST * reference
            gain = base.objective - self._with(n, cost).objective if some else 0.0
            found[n].gains[level] = max(0.0, gain) * scale
        lost = 0.0 if level != "margin" and base.objective <= NOTHING else self.task.formulation.tolerance * reference
        self.program.row(f"{level} as good as can be", -np.inf, base.objective + lost, cost)

    def _with(self, n: int, cost: Floats) -> Point:
        """The level with one unit more."""
        own = self.columns[n : n + 1]
        self.program.bound(own, 0.0, self.size[n])
        try:
            return self._least(cost, afresh=False)
        finally:
            self.program.bound(own, 0.0, 0.0)

    def _least(self, cost: Floats, *, afresh: bool) -> Point:
        if self.deadline.passed:
            raise NoPlanError("no answer before the limit of time")
        point = self.program.minimise(cost, time_s=self.deadline.left_seconds, afresh=afresh)
        if point is None:
            raise NoPlanError("there is no plan with these shift levels")
        return point


def _levels(task: Task, blocks: Sequence[tuple[int, int]], shifts: pl.DataFrame) -> Floats:
    """Levels above the first of each calendar and block, in the order of the plan's columns."""
    known = {
        (calendar, week): level for calendar, week, level in shifts.select("calendar", "week", "level").iter_rows()
    }
    first = [block_weeks(task.inputs, task.formulation, c, b).start for c, b in blocks]
    names = [task.inputs.calendars[c] for c, _ in blocks]
    return np.array([known[name, week] - 1 for name, week in zip(names, first, strict=True)], dtype=float)


def _kept(arrays: Arrays, levels: Floats) -> Arrays:
    """The program with given shift levels and no other whole columns."""
    piece = arrays.column_piece("shifts.extra")
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    lower[piece.start : piece.stop] = upper[piece.start : piece.stop] = levels
    return replace(arrays, lower=lower, upper=upper, integral=np.zeros(lower.size, dtype=bool))
