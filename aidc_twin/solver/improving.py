"""Finds good plans of mixed-integer programs that a search tree alone does not: construct, then fix and optimise.

A start comes from the relaxed program by rounding; then windows of whole columns are searched one after the other while
all others stay, each from the best point so far, and a window of those columns in which the relaxed program and the
best point differ. Without a limit of time all steps, and so the result, are the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from aidc_twin.errors import InfeasibleError, NoPlanError
from aidc_twin.solver.arrays import Floats
from aidc_twin.solver.live import Live
from aidc_twin.solver.result import SolveResult
from aidc_twin.solver.windows import Grid, Window, apart, windows
from aidc_twin.telemetry import Deadline

__all__ = ["Improved", "Search", "Step", "bounded", "improve", "point_of"]

_ROUND_UP_FROM = (0.001, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7)
"""A fraction from this on is rounded up; each is tried."""

_ANY_GAP = 1e12
"""Reference of a gap that every plan is within, unless the profile asks for none at all."""

_GAIN = 1e-9
_GROWTH = 1.5
_TIGHTEST = 1 / 32


@dataclass(frozen=True, slots=True)
class Search:
    """What an improver may spend, and how large its windows are.

    Attributes
    ----------
    deadline : a clock decides, so that the result cannot be replayed; no limit unless given.
    iterations : of simplex, all windows together; looked at between windows.
    passes : rounds over all windows.
    size : columns of a window in the first round; more of them after a round that gained little.
    enough : a round that gains less than this share of the objective makes windows larger.
    """

    deadline: Deadline = field(default_factory=Deadline)
    iterations: int = 2_000_000_000
    passes: int = 1000
    size: int = 40
    enough: float = 1e-3


@dataclass(frozen=True, slots=True)
class Step:
    """A window that was searched: the objective after it, and the simplex iterations that it took."""

    window: str
    columns: int
    objective: float
    iterations: int


@dataclass(frozen=True)
class Improved:
    """The best point that was found, with nothing proven about it but what the relaxed program proves.

    Attributes
    ----------
    stopped_by : ``time``, ``interrupt``, ``iterations``, ``passes``, or ``all``: the largest window gained nothing.
    """

    result: SolveResult
    steps: tuple[Step, ...]
    iterations: int
    stopped_by: str

    @property
    def replayable(self) -> bool:
        """Whether the same work can be done again with the same result."""
        return self.stopped_by not in ("time", "interrupt")


def point_of(live: Live, result: SolveResult) -> Floats:
    """Values of all columns, shape (columns,)."""
    parts = [result.values[piece.name] for piece in live.arrays.column_pieces]
    return np.concatenate(parts) if parts else np.zeros(0)


def improve(
    live: Live, grid: Grid, search: Search, *, objective: str | None = None, guide: Floats | None = None,
    start: SolveResult | None = None,
) -> Improved:  # fmt: skip
    """Search for better plans; the profile of `live` limits each window.

    Parameters
    ----------
    grid
        All whole columns that windows may free; whole columns outside it stay where the start has them.
    guide
        shape (columns,), what whole columns would like to be, as from a stronger relaxed program; else the relaxed
        program of `live` itself. Only its whole columns are looked at.
    start
        A plan to begin with; else one is constructed.

    Raises
    ------
    InfeasibleError
        Nothing meets the constraints.
    NoPlanError
        A limit came before the first plan.
    """
    run = _Run(live, grid, search, objective)
    try:
        if guide is None:
            relaxed = live.solve(objective, relaxed=True, time_s=run.left_s)
            run.bound, guide = relaxed.bound, point_of(live, relaxed)
        run.best = start or run.constructed(guide)
        run.all_rounds(guide)
    finally:
        run.free()
    return Improved(bounded(run.best, run.bound, live.profile.gap), tuple(run.steps), run.iterations, run.stopped_by)


def bounded(result: SolveResult, bound: float, accepted: float) -> SolveResult:
    """The same plan with a bound from elsewhere; optimal where that leaves no more than the accepted gap."""
    gap = abs(result.objective - bound) / max(1.0, abs(result.objective))
    return replace(result, bound=bound, gap=gap, status="optimal" if gap <= accepted else "feasible")


class _Run:
    """One improver at work."""

    best: SolveResult

    def __init__(self, live: Live, grid: Grid, search: Search, objective: str | None) -> None:
        self.live, self.grid, self.search, self.objective = live, grid, search, objective
        self.whole = np.flatnonzero(live.arrays.integral).astype(np.int32)
        self.lower, self.upper = live.arrays.lower[self.whole].copy(), live.arrays.upper[self.whole].copy()
        self.sense = live.target(objective).sense
        self.bound = -self.sense * np.inf
        self.size, self.tightness = search.size, 1.0
        self.steps: list[Step] = []
        self.iterations = 0
        self.stopped_by = ""

    @property
    def left_s(self) -> float | None:
        return self.search.deadline.left_seconds if self.search.deadline.limited else None

    def free(self) -> None:
        """Give all whole columns their own bounds back."""
        self.live.bound_columns(self.whole, self.lower, self.upper)

    def constructed(self, guide: Floats) -> SolveResult:
        """The best of some roundings with all else optimal; where none is possible, the first plan of a search tree."""
        found: list[SolveResult] = []
        for least in _ROUND_UP_FROM:
            x = np.clip(np.floor(guide[self.whole] + 1.0 - least), self.lower, self.upper)
            self.live.bound_columns(self.whole, x, x)
            try:
                found.append(self.live.solve(self.objective, relaxed=True, explained=False, time_s=self.left_s))
            except (InfeasibleError, NoPlanError):
                continue
        self.free()
        if not found:
            found.append(self.live.solve(self.objective, reference=_ANY_GAP, time_s=self.left_s))
        self.iterations += sum(one.iterations for one in found)
        return min(found, key=self._worth)

    def all_rounds(self, guide: Floats) -> None:
        """Search round by round until a limit comes, or windows cannot grow and gain nothing."""
        try:
            for _ in range(self.search.passes):
                self._round(guide)
                if self.stopped_by:
                    return
            self.stopped_by = "passes"
        except KeyboardInterrupt:
            self.stopped_by = "interrupt"

    def _worth(self, result: SolveResult) -> float:
        return self.sense * result.objective

    def _round(self, guide: Floats) -> None:
        """Search every window once; larger ones and smaller gaps in the next round where this one gained little."""
        before = self._worth(self.best)
        largest = self.size >= self.grid.columns.size and self.tightness <= _TIGHTEST
        for window in windows(self.grid, self.size):
            self._search(window)
        self._search(apart(self.grid, guide, point_of(self.live, self.best), self.size))
        if before - self._worth(self.best) <= self.search.enough * abs(before):
            self.stopped_by = self.stopped_by or ("all" if largest else "")
            self.size = int(self.size * _GROWTH) + 1
        self.tightness = max(_TIGHTEST, self.tightness / 2)

    def _search(self, window: Window) -> None:
        """Free the columns of a window, from the best point so far."""
        if self.search.deadline.passed or self.iterations >= self.search.iterations:
            self.stopped_by = "time" if self.search.deadline.passed else "iterations"
        if self.stopped_by or not window.columns.size:
            return
        x = point_of(self.live, self.best)
        now = np.round(x[self.whole])
        inside = np.isin(self.whole, window.columns)
        self.live.bound_columns(self.whole, np.where(inside, self.lower, now), np.where(inside, self.upper, now))
        reference = self.tightness * max(1.0, abs(self.best.objective))
        try:
            found = self.live.solve(
                self.objective, reference=reference, start=self.best.values, time_s=self.left_s, explained=False
            )
        except (InfeasibleError, NoPlanError):  # a point on the edge of the tolerances, or no time for the first look
            return
        self.iterations += found.iterations
        if self._worth(found) < self._worth(self.best) - _GAIN * abs(self.best.objective):
            self.best = found
        self.steps.append(Step(window.name, window.columns.size, self.best.objective, found.iterations))
        if found.stopped_by == "interrupt":
            self.stopped_by = "interrupt"
