"""An album: plans that differ from the best one in structure and lose little of any level.

For each structure in turn the plan that goes furthest is looked for, then the best plan that goes nearly as far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import polars as pl

from aidc_twin.errors import NoPlanError
from aidc_twin.plan.formulation import Formulation, load_formulation
from aidc_twin.plan.goal import Goal
from aidc_twin.plan.ladder import Climb, Level
from aidc_twin.plan.make import Plan
from aidc_twin.plan.measures import FEWER, Measure, measures_of, window
from aidc_twin.plan.model import Task, compiled, make_own_task
from aidc_twin.plan.rounding import EXTRA, WHOLE, point, rounded, tidied
from aidc_twin.plan.tables import tables
from aidc_twin.solver import Profile, SolveResult, load_profile
from aidc_twin.solver.arrays import Aim, Arrays
from aidc_twin.solver.guard import row_scale
from aidc_twin.solver.program import Program
from aidc_twin.telemetry import SILENT, Deadline, Progress
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["APART", "LOSS", "Album", "Page", "make_album"]

LOSS = 0.02
"""Share of each level's value that a plan of the album may lose."""

APART = 0.05
"""Least difference between two plans in some measure, as a share of what it is in the best plan (or a tenth of what it
could be)."""

_SMALL = 0.1
_ROOM = 1e-7
_LEAST = 1e-9
_BEFORE = 10.0
_NEARLY = 0.9
"""Part of the way to the furthest plan that a plan of the album goes at least."""


@dataclass(frozen=True)
class Page:
    """A plan of the album.

    Attributes
    ----------
    name : structure in which it goes far, such as ``fewer: exports``.
    measures : shape (measures,).
    levels : level -> objective.
    frames : those of the plan.
    """

    name: str
    measures: Floats
    levels: Mapping[str, float]
    frames: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Album:
    """The best plan, then plans that differ from it and from each other.

    Attributes
    ----------
    worth : level -> its value, of which it may lose a share.
    allowed : level -> what it may lose.
    scales : shape (measures,), beside which differences count.
    tried : names of directions in which nothing else is possible within the loss, or nothing that is not here.
    complete : False where a limit of time or Ctrl-C ended a direction, so that the album cannot be replayed.
    """

    pages: tuple[Page, ...]
    measures: tuple[Measure, ...]
    worth: Mapping[str, float]
    allowed: Mapping[str, float]
    scales: Floats
    tried: tuple[str, ...]
    complete: bool


def make_album(
    inputs: PlanInputs, goals: Sequence[Goal], best: Plan, *, count: int, loss: float = LOSS,
    markets: Mapping[str, str] | None = None, formulation: str | Path | Formulation = "default",
    profile: str | Path | Profile = "default", progress: Progress = SILENT, previous: pl.DataFrame | None = None,
) -> Album:  # fmt: skip
    """Plans beside the best one that lose at most a share of each level's value.

    A level's value is the goals that are reached (parts of goals count as such), the weighted tardiness, or the margin.

    Parameters
    ----------
    best
        What `make_plan` gave for the same inputs and goals.
    count
        Plans beside the best one; there are fewer where no more differ.
    markets
        Order -> ``domestic`` or ``export``.
    previous
        The published plan that `best` was held near, as `make_plan` was given it.
    """
    chosen = formulation if isinstance(formulation, Formulation) else load_formulation(formulation)
    searching = profile if isinstance(profile, Profile) else load_profile(profile)
    task = make_own_task(inputs, goals, chosen, previous)
    _, arrays = compiled(task)
    counted = window(task, goals[0].year if goals else None)
    measures = tuple(measures_of(task, arrays, markets or {}, counted))
    if not task.book.item.size or not measures:
        return Album((), measures, {}, {}, np.zeros(len(measures)), (), complete=True)
    search = _Search(task, arrays, goals, best, measures, loss, searching)
    progress.begin("album", count)
    found = search.album(count, progress)
    progress.end()
    return found


def directions(measures: Sequence[Measure]) -> list[tuple[int, int]]:
    """(measure, way) in the order in which they are tried: one of each group first, by turns."""
    groups: dict[str, list[tuple[int, int, int]]] = {}
    for n, measure in enumerate(measures):
        groups.setdefault(measure.group, []).extend((place, n, way) for place, way in enumerate(measure.ways))
    turns = zip_longest(*(sorted(group) for group in groups.values()))
    return [one[1:] for turn in turns for one in turn if one is not None]


class _Search:
    """The search for plans around one that is known."""

    def __init__(
        self, task: Task, arrays: Arrays, goals: Sequence[Goal], best: Plan, measures: tuple[Measure, ...], loss: float,
        profile: Profile,
    ) -> None:  # fmt: skip
        self.task, self.arrays, self.goals, self.measures, self.profile = task, arrays, goals, measures, profile
        self.levels = {row["name"]: row for row in best.frames["plan_levels"].iter_rows(named=True)}
        self.worth = {name: self._worth(name) for name in task.formulation.levels}
        spare = {name: _ROOM * float(row["reference"]) for name, row in self.levels.items()}
        self.allowed = {name: loss * worth + spare[name] for name, worth in self.worth.items()}
        x = point(arrays, best.values)
        self.first = Page(
            "best", self._measured(x), {n: float(r["objective"]) for n, r in self.levels.items()}, best.frames
        )
        most = np.array([measure.most for measure in measures])
        self.scales = np.maximum(np.maximum(np.abs(self.first.measures), _SMALL * most), 1e-9)
        self.program = Program(replace(arrays, integral=np.zeros(arrays.integral.size, bool)), profile)
        for name in task.formulation.levels:
            aim = arrays.aims[name]
            limit = aim.sense * (self.first.levels[name] - aim.offset) + self.allowed[name]
            self._row(f"album[{name}]", -np.inf, limit, aim.sense * aim.cost)

    def album(self, count: int, progress: Progress) -> Album:
        """Go through the directions until there are enough plans."""
        pages, tried, complete = [self.first], list[str](), True
        for place, way in directions(self.measures):
            if len(pages) > count:
                break
            name = f"{'fewer' if way == FEWER else 'more'}: {self.measures[place].name}"
            try:
                page = self._page(name, place, way)
            except (NoPlanError, KeyboardInterrupt) as stop:
                complete = False
                if isinstance(stop, KeyboardInterrupt):
                    break
                continue
            if page is not None and self._differs(page, pages, place):
                pages.append(page)
                progress.advance(1, name)
            else:
                tried.append(name)
        return Album(tuple(pages), self.measures, self.worth, self.allowed, self.scales, tuple(tried), complete)

    def _worth(self, name: str) -> float:
        """Value of a level in the best plan: goals that are reached, or the objective."""
        objective = float(self.levels[name]["objective"])
        return len(self.task.contributions) - objective if name == "shortfall" else abs(objective)

    def _measured(self, x: Floats) -> Floats:
        return np.array([measure.cost @ x for measure in self.measures])

    def _row(self, name: str, lower: float, upper: float, cost: Floats) -> int:
        """Number of a new row, in the scale of its own coefficients."""
        scale = row_scale(cost)
        self.program.row(name, lower * scale, upper * scale, cost * scale)
        return self.program.arrays.row_lower.size - 1

    def _page(self, name: str, place: int, way: int) -> Page | None:
        """The best plan that goes nearly as far as any in a direction; None if none goes far enough."""
        deadline = Deadline.after(self.profile.time_limit_s)
        cost = -way * self.measures[place].cost
        furthest = self.program.minimise(cost, time_s=deadline.left_seconds, afresh=True)
        now = -way * self.first.measures[place]
        if furthest is None or now - furthest.objective < APART * self.scales[place]:
            return None
        row = self._row(f"album[{name}]", -np.inf, now + _NEARLY * (furthest.objective - now), cost)
        try:
            good = self.program.minimise(self._loss(), time_s=deadline.left_seconds, afresh=True)
            if good is None:
                return None
            if self.arrays.column_piece(EXTRA).size and cost[self._columns(EXTRA)].any():
                self.program.limit(row, -np.inf, np.inf)  # whole levels are more than the fractions that they stand for
            return self._whole(name, good.x, deadline)
        finally:
            self.program.limit(row, -np.inf, np.inf)

    def _loss(self) -> Floats:
        """What the levels lose, each beside what it may, and each counting `_BEFORE` times as much as the next."""
        names = self.task.formulation.levels
        aims = [
            (self.arrays.aims[name], max(self.allowed[name], _LEAST) * _BEFORE**place)
            for place, name in enumerate(names)
        ]
        return np.sum([aim.sense * aim.cost / beside for aim, beside in aims], axis=0)

    def _columns(self, name: str) -> slice:
        piece = self.arrays.column_piece(name)
        return slice(piece.start, piece.stop)

    def _whole(self, name: str, x: Floats, deadline: Deadline) -> Page | None:
        """The plan with whole numbers; None if rounding costs more than a level may lose."""
        values = rounded(self.task, {p.name: x[p.start : p.stop] for p in self.arrays.column_pieces})
        own = [n for n in WHOLE if n in values]
        columns = np.concatenate([np.arange(self.arrays.lower.size)[self._columns(n)] for n in own]).astype(np.int32)
        at = np.concatenate([values[n] for n in own])
        lower, upper = self.arrays.lower[columns], self.arrays.upper[columns]
        self.program.bound(columns, at, at)
        try:
            found = self.program.minimise(self._loss(), time_s=deadline.left_seconds)
        finally:
            self.program.bound(columns, lower, upper)
        return None if found is None else self._told(name, found.x)

    def _told(self, name: str, x: Floats) -> Page:
        """Page of a point with whole numbers."""
        values = {piece.name: x[piece.start : piece.stop] for piece in self.arrays.column_pieces}
        last = self.task.formulation.levels[-1]
        result = SolveResult("feasible", 0.0, 0.0, 0.0, 0.0, values, {}, (), "optimal")
        kept = tidied(self.task, self.arrays, result, last).values
        at = point(self.arrays, kept)
        levels = {n: self.arrays.aims[n].at(at) for n in self.task.formulation.levels}
        climb = Climb(values=kept, levels=tuple(self._level(self.arrays.aims[n], levels[n]) for n in levels))
        return Page(name, self._measured(at), levels, tables(self.task, self.goals, climb))

    def _level(self, aim: Aim, objective: float) -> Level:
        """Level of a plan of the album, with what is known without keeping the levels before it."""
        known = self.levels[aim.name]
        limits = {"shortfall": 0.0, "tardiness": 0.0, "margin": self.task.book.margin_limit}
        first = aim.name == self.task.formulation.levels[0]  # bounds of the others hold where the first is kept
        bound = float(known["bound"]) if first else limits[aim.name]
        return Level(known["name"], objective, bound, float(known["reference"]), "feasible", 0.0)

    def _differs(self, page: Page, pages: Sequence[Page], place: int) -> bool:
        """Whether a plan differs from the best one where it should, and from every other somewhere."""
        away = [np.abs(page.measures - other.measures) / self.scales for other in pages]
        return bool(away[0][place] >= APART and all(one.max() >= APART for one in away))
