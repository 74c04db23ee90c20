"""Proofs for shops: the largest makespan that can be refuted, and for small ones the least schedule.

A makespan is refuted where narrowing the windows of all operations for it leaves one of them empty, or where that is
true of all branches of a search (destructive bounds, Klein and Scholl 1999). What is refuted is no schedule's.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Protocol

import numpy as np

from aidc_twin.schedule.kernel import branching, edges
from aidc_twin.schedule.longest import longest_ways
from aidc_twin.schedule.problem import Ints, Placement, Problem

MOST_OPERATIONS = 2_500
"""Largest shop of which anything is proved here."""
SMALL = 150
"""Most operations of a shop whose makespan less 1 is tried as long as there is time."""
DEPTHS = 400
"""Most open branches."""
CELLS = 4_000_000
"""Most cells for their windows."""
CANDIDATES = 12
"""Pairs of operations whose orders are tried before one is taken."""
BRIEF = 1_000_000
"""Operations looked at for one makespan before a larger step is given up; ever more as time goes on."""
LONGER = 8
"""Times as much in each further round."""
COST = 5
"""Operations of a tabu search that take as long as one here."""


class Trial(Protocol):
    """A search for a schedule within a makespan that can be left and gone on with; see `Tree`."""

    makespan: int

    @property
    def work(self) -> int:
        """Work so far."""
        ...

    def begin(self, makespan: int) -> bool:
        """Try a makespan; whether it is refuted at once."""
        ...

    def advance(self, work: int) -> int:
        """Go on; see `branching.advance`."""
        ...

    def placement(self) -> Placement:
        """The schedule that was found."""
        ...


class Tree:
    """The search for a schedule within a makespan, in memories of its own.

    Attributes
    ----------
    makespan : what is being tried; -1 before the first one.

    Raises
    ------
    ValueError
        If the shop is too large.
    """

    def __init__(self, problem: Problem, heads: Ints, tails: Ints, depths: int = DEPTHS) -> None:
        n = problem.operations
        if n > MOST_OPERATIONS:
            raise ValueError(f"proofs are for at most {MOST_OPERATIONS:,} operations")
        self.problem, self.heads, self.tails, self.makespan = problem, heads, tails, -1
        self.shop = _shop(problem)
        choices, alone = (
            np.diff(self.shop.first),
            np.bincount(self.shop.machine + 1, minlength=problem.machines + 1)[1:],
        )
        depths = max(2, min(depths, CELLS // (4 * n + 1)))
        self.tree = edges.Tree(
            states=np.zeros((depths, 4, n), np.int64), alive=np.zeros((depths, len(self.shop.time)), np.int8),
            order=np.zeros((n, n), np.int8), dirty=np.zeros(problem.machines, np.int8),
            line=np.zeros((edges.WIDTH, n), np.int64), cells=np.zeros(edges.CELLS, np.int64),
            branches=np.zeros((depths, 4), np.int64),
            trail=np.zeros((int((alone * (alone - 1) // 2).sum()) + 1, 2), np.int64),
            pairs=np.zeros((CANDIDATES, 3), np.int64),
        )  # fmt: skip
        self.tree.cells[edges.FLEXIBLE] = int((choices > 1).any())
        for first, end in zip(problem.job_first[:-1].tolist(), problem.job_first[1:].tolist(), strict=True):
            self.tree.order[first:end, first:end] = np.triu(np.ones((end - first, end - first), np.int8), 1)

    @property
    def work(self) -> int:
        """Operations looked at so far."""
        return int(self.tree.cells[edges.WORK])

    def begin(self, makespan: int) -> bool:
        """Take the windows of a makespan and narrow them; whether that refutes it."""
        t, shop, self.makespan = self.tree, self.shop, makespan
        used = t.trail[: t.cells[edges.TRAIL]]
        t.order[used[:, 0], used[:, 1]] = 0
        t.cells[edges.DEPTH] = t.cells[edges.TRAIL] = t.cells[edges.BACK] = 0
        root, choices = t.states[0], np.diff(shop.first)
        root[edges.LEAST] = np.minimum.reduceat(shop.time, shop.first[:-1])
        root[edges.EARLY], root[edges.LATE], root[edges.LEFT] = self.heads, makespan - self.tails, choices
        t.alive[:], t.dirty[:] = 1, 1
        short = (root[edges.EARLY] + root[edges.LEAST] > root[edges.LATE]).any()
        t.cells[edges.BACK] = int(short or edges.narrowed(shop, t, 0))
        return bool(t.cells[edges.BACK])

    def advance(self, work: int) -> int:
        """Go on for so many operations; see `branching.advance`."""
        return int(branching.advance(self.shop, self.tree, work))

    def placement(self) -> Placement:
        """The schedule that was found: everything as early as it can be."""
        state, alive = self.tree.states[self.tree.cells[edges.DEPTH]], self.tree.alive[self.tree.cells[edges.DEPTH]]
        chosen = np.flatnonzero(alive)
        start = state[edges.EARLY].astype(np.int32)
        end = start + self.problem.option_duration[chosen]
        return Placement(self.problem.option_machine[chosen], start, end.astype(np.int32))


def _shop(problem: Problem) -> edges.Shop:
    """A problem as the kernels read it; what takes no time is never in the way of anything."""
    first, time = problem.option_first.astype(np.int64), problem.option_duration.astype(np.int64)
    machine = np.where(time > 0, problem.option_machine, -1).astype(np.int64)
    on = np.flatnonzero(machine >= 0)
    on = on[np.argsort(machine[on], kind="stable")]
    last = np.zeros(problem.operations, np.int64)
    last[problem.job_first[1:][np.diff(problem.job_first) > 0] - 1] = 1
    at = np.cumsum([0, *np.bincount(machine[on], minlength=problem.machines)], dtype=np.int64)
    return edges.Shop(first, machine, time, np.repeat(np.arange(problem.operations), np.diff(first)), last, at, on)


def edge_bound(problem: Problem, heads: Ints, tails: Ints, least: int) -> int:
    """Least makespan from `least`, which is a bound, that narrowing the windows alone does not refute."""
    if not 0 < problem.operations <= MOST_OPERATIONS or not problem.machines:
        return least
    tree = Tree(problem, heads, tails, 2)
    low, step = least, 1
    while tree.begin(low + step - 1):
        low, step = low + step, 2 * step
    while step > 1:
        step //= 2
        if tree.begin(low + step - 1):
            low += step
    return low


class Proof:
    """Makespans are tried until none is left between the bound and the best schedule, a little at a time.

    For a small shop the best one less 1 has few branches, and is gone on with; beside it a little, and for a large shop
    alone, those from the bound on are tried in growing steps, each time for longer.

    Attributes
    ----------
    bound : makespan below which no schedule is.
    best : makespan of the best schedule there is, to be set by whoever finds one.
    found : a better schedule that was found here.
    given_up : whether the branches would need too much memory.
    cost, brief, longer, ahead, behind : see `COST`, `BRIEF` and `LONGER`; the best one less 1 is gone on with for
        `ahead` times as long as stands in a round, and others for a part of it by `behind` beside it.
    """

    cost, brief, longer, ahead, behind = COST, BRIEF, LONGER, LONGER, LONGER

    def __init__(self, problem: Problem, bound: int, best: int) -> None:
        self.low, self.top = self.trials(problem)
        self.bound, self.best = bound, best
        self.found: Placement | None = None
        self.given_up = False
        self._given = self._until = 0
        self._steps = self._rounds()

    def trials(self, problem: Problem) -> tuple[Trial, Trial | None]:
        """The search from the bound on, and that for the best one less 1 if there is to be one."""
        shortest = np.minimum.reduceat(problem.option_duration, problem.option_first[:-1])
        ways = longest_ways(problem, shortest)
        return Tree(problem, *ways), Tree(problem, *ways) if problem.operations <= SMALL else None

    @property
    def work(self) -> int:
        """Work in operations of a tabu search."""
        return self.cost * (self.low.work + (0 if self.top is None else self.top.work))

    def advance(self, work: int) -> None:
        """Go on for so much work, less what was done too much before: a step is not left in its middle."""
        self._until += work
        while self.bound < self.best and self.work < self._until and not self.given_up:
            self._given = max(1, (self._until - self.work) // self.cost)
            self.given_up = next(self._steps, None) is None

    def _rounds(self) -> Iterator[bool]:
        """Every round goes on longer with each makespan, until the branches of the next one have no room."""
        longest, status = self.brief, branching.WENT_ON
        share = 1 if self.top is None else self.behind
        while status != branching.TOO_DEEP:
            if self.top is not None:
                yield from self._go_on(self.top, self.best - 1, self.ahead * longest)
            step = 1
            while step and self.bound < self.best:
                low = self.bound
                status = yield from self._go_on(self.low, min(low + step, self.best) - 1, longest // share)
                step = 2 * step if self.bound == low + step else step // 2
            longest *= self.longer

    def _go_on(self, tree: Trial, makespan: int, longest: int) -> Generator[bool, None, int]:
        """Refute a makespan, or find a schedule within it, or leave it for now; the last status."""
        until = tree.work + longest
        if tree.makespan != makespan:
            tree.begin(makespan)
        status = branching.WENT_ON
        while tree.work < until and self.bound <= makespan < self.best and status != branching.TOO_DEEP:
            status = tree.advance(min(self._given, until - tree.work))
            if status == branching.FOUND:
                self.found = tree.placement()
                self.best = self.found.makespan
            elif status == branching.REFUTED:
                self.bound = makespan + 1
            yield True
        return status
