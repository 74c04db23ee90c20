"""From an instance to a schedule with its proven gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aidc_twin.schedule.bounds import lower_bound
from aidc_twin.schedule.problem import Placement, Problem
from aidc_twin.schedule.search import Limits, search_shop

MOST_WORK = 2**62


@dataclass(frozen=True)
class Answer:
    """A schedule of an instance.

    Attributes
    ----------
    placement : when each operation runs, and where.
    bound : makespan below which no schedule can be.
    status : ``optimal``, ``feasible`` or ``interrupted``.
    trajectory : (seconds, makespan) of each better schedule.
    work : operations looked at; the same work gives the same schedule.
    """

    placement: Placement
    bound: int
    status: str
    trajectory: tuple[tuple[float, int], ...]
    work: int

    @property
    def gap(self) -> float:
        """How far the makespan can be from the least one, as a share of it."""
        return (self.placement.makespan - self.bound) / max(1, self.placement.makespan)


def solve(problem: Problem, clock: Callable[[], float], *, seconds: float, seed: int = 1, threads: int = 1,
          work: int = MOST_WORK, target: int = 0, gap: float = 0.0) -> Answer:  # fmt: skip
    """Search until the time, the work, the target or a proven gap is reached; the first schedule is always made.

    Raises
    ------
    ValueError
        If the kind of problem has no search.
    """
    bound = lower_bound(problem)
    near = int(bound / (1.0 - gap)) if gap < 1.0 else MOST_WORK
    limits = Limits(clock, seconds, work, max(target, bound, near), bound)
    if problem.kind == "rcp":
        from aidc_twin.schedule.project import search_project

        search_project(problem, limits, seed, threads)
    else:
        search_shop(problem, limits, seed, threads)
    if limits.best is None:
        raise KeyboardInterrupt
    status = "interrupted" if limits.interrupted else "feasible"
    if limits.best.makespan == limits.bound:
        status = "optimal"
    return Answer(limits.best, limits.bound, status, tuple(limits.trajectory), limits.spent)
