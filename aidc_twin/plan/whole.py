"""Whole shift levels, refusals and parts of a level: by rounding, by windows where that leaves much, then by a tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import InfeasibleError, NoPlanError
from aidc_twin.plan.families.shifts import block_weeks, shift_blocks
from aidc_twin.plan.formulation import LevelName
from aidc_twin.plan.model import Task
from aidc_twin.plan.rounding import EXTRA, PART, REFUSED, WHOLE, rounded, roundings, tidied
from aidc_twin.solver import Grid, Live, Search, SolveResult, improve
from aidc_twin.solver.arrays import Arrays
from aidc_twin.solver.improving import point_of
from aidc_twin.telemetry import Deadline
from aidc_twin.twin.inputs import Floats

__all__ = ["Found", "grid_of", "whole_plan"]

Places = NDArray[np.int64]

MUCH = 0.01
"""A gap, as a share of the level's reference, above which the improver searches windows before the tree."""

_PASSES = 2
_WINDOW, _WINDOWS = 40, 8
"""Least columns of a window, and into how many windows of one axis the columns are divided at least."""


@dataclass(frozen=True)
class Found:
    """The best whole plan of a level, the bound, and what they took."""

    best: SolveResult
    bound: float
    stopped_by: str
    seconds: float
    clocked: bool


def whole_plan(
    live: Live, task: Task, name: LevelName, relaxed: SolveResult, before: Mapping[str, Floats], reference: float,
    deadline: Deadline,
) -> Found:  # fmt: skip
    """Whole numbers for a level that was solved without them.

    Parameters
    ----------
    before
        The plan of the level before, to begin the tree with; empty where there is none.
    reference
        What the gap refers to.

    Raises
    ------
    NoPlanError, KeyboardInterrupt
        A limit or Ctrl-C came before the first plan.
    """
    return _Search(live, task, name, relaxed, reference, deadline).run(before)


class _Search:
    """The search of one level."""

    def __init__(
        self, live: Live, task: Task, name: LevelName, relaxed: SolveResult, reference: float, deadline: Deadline
    ) -> None:
        self.live, self.task, self.name, self.relaxed = live, task, name, relaxed
        self.reference, self.deadline = reference, deadline
        self.sense = live.arrays.aims[name].sense
        self.best: SolveResult | None = None
        self.bound, self.stopped_by = relaxed.bound, relaxed.stopped_by
        self.seconds, self.clocked = 0.0, False

    def run(self, before: Mapping[str, Floats]) -> Found:
        """Rounding and re-solving from the basis first; windows and the tree only where the gap stays open."""
        for values in roundings(self.task, self.relaxed.values):
            self.take(self.fixed(values))
            if self.near(self.live.profile.gap):
                return self.found()
        if self.best is not None and not self.near(MUCH):
            self.windows(self.best)
        if self.near(self.live.profile.gap) or self.stopped_by == "interrupt":
            return self.found()
        return self.tree(before)

    def found(self) -> Found:
        """What there is."""
        assert self.best is not None, "a level ends with a plan, or raises"
        return Found(self.best, self.bound, self.stopped_by, self.seconds, self.clocked)

    def near(self, gap: float) -> bool:
        """Whether the best plan is within a gap of the bound."""
        return self.best is not None and abs(self.best.objective - self.bound) <= gap * self.reference

    def take(self, one: SolveResult | None) -> None:
        """Keep a plan if it is better than the best one; the first of equals stays."""
        if one is not None and (self.best is None or self.sense * one.objective < self.sense * self.best.objective):
            self.best = one

    def fixed(self, values: Mapping[str, Floats]) -> SolveResult | None:
        """Plan with given whole numbers, less those that it does not need; None if there is none in time."""
        names = [name for name in WHOLE if name in values]
        kept = {name: self.live.bounds(name) for name in names}
        for name in names:
            self.live.bound(name, values[name], values[name])
        try:
            left = self.deadline.left_seconds
            found = self.live.solve(self.name, relaxed=True, explained=False, time_s=left)
        except (InfeasibleError, NoPlanError):
            self.clocked |= self.deadline.passed
            return None
        finally:
            for name, (lower, upper) in kept.items():
                self.live.bound(name, lower, upper)
        self.seconds += found.seconds
        return tidied(self.task, self.live.arrays, found, self.name)

    def windows(self, start: SolveResult) -> None:
        """Improve a plan window by window; without a limit of time the same on every machine."""
        grid = grid_of(self.task, self.live.arrays)
        search = Search(
            deadline=self.deadline, iterations=self.live.profile.simplex_iterations, passes=_PASSES,
            size=max(_WINDOW, grid.columns.size // _WINDOWS),
        )  # fmt: skip
        guide = point_of(self.live, self.relaxed)
        improved = improve(self.live, grid, search, objective=self.name, guide=guide, start=start)
        if not improved.replayable:
            self.stopped_by, self.clocked = improved.stopped_by, True
        if improved.steps:
            self.take(self.fixed(improved.result.values))

    def tree(self, before: Mapping[str, Floats]) -> Found:
        """Search the tree from the best plan so far."""
        start = before if self.best is None else self.best.values
        try:
            searched = self.live.solve(
                self.name, reference=self.reference, start=start or None, time_s=self.deadline.left_seconds
            )
        except (NoPlanError, KeyboardInterrupt) as stop:
            if self.best is None:
                raise
            self.stopped_by = "interrupt" if isinstance(stop, KeyboardInterrupt) else "nodes"
            self.clocked |= isinstance(stop, KeyboardInterrupt) or self.deadline.passed
            return self.found()
        self.seconds += searched.seconds
        self.stopped_by = searched.stopped_by
        self.clocked |= not searched.replayable
        self.bound = max(self.sense * searched.bound, self.sense * self.relaxed.bound) * self.sense
        if self.best is None or self.sense * self.best.objective > self.sense * searched.objective:
            self.best = self.fixed(rounded(self.task, searched.values)) or searched
        return self.found()


def grid_of(task: Task, arrays: Arrays) -> Grid:
    """Whole columns by week and by whose they are: calendars by block, orders by due week, parts by week."""
    columns, place, owner = zip(*_places(task, arrays), strict=True)
    labels = np.concatenate(owner).astype(np.int64)
    return Grid(
        np.concatenate(columns).astype(np.int32), np.concatenate(place).astype(np.int64),
        {"owner": np.unique(labels, return_inverse=True)[1].ravel()},
    )  # fmt: skip


def _places(task: Task, arrays: Arrays) -> Iterator[tuple[Places, Places, Places]]:
    """Columns, weeks and owners (calendars, then orders) of each variable of whole numbers."""
    inputs, book, calendars = task.inputs, task.book, len(task.inputs.calendars)
    for piece in arrays.column_pieces:
        columns = np.arange(piece.start, piece.stop)
        if piece.name == EXTRA:
            blocks = shift_blocks(inputs, task.formulation)
            first = np.array([block_weeks(inputs, task.formulation, c, b).start for c, b in blocks])
            yield columns, first, np.array([c for c, _ in blocks])
        elif piece.name == REFUSED:
            due = np.clip(inputs.items["due_week"].to_numpy(), 0, inputs.weeks - 1)
            own = [int(np.flatnonzero(book.refusable == o)[0]) for o in range(piece.stop - piece.start)]
            yield columns, due[own], calendars + np.array(own)
        elif piece.name == PART:
            members = np.flatnonzero(book.split_yi[book.item] > 0)
            yield columns, book.week[members], calendars + book.item[members]
