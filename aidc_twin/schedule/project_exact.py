"""Proofs for projects: the largest makespan that can be refuted, and for small ones the least schedule.

Each makespan is searched with all that its failures teach; what was learned for one holds for every shorter one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aidc_twin.schedule.exact import Proof
from aidc_twin.schedule.kernel import learning, projects, trail
from aidc_twin.schedule.kernel.windows import refuted
from aidc_twin.schedule.longest import longest_ways
from aidc_twin.schedule.problem import Placement, Problem
from aidc_twin.schedule.project_bound import MOST_TIME, rules_of

Whole = NDArray[np.int64]
MOST_TASKS = 200
"""Largest project of which anything is proved here."""
SMALL = 100
"""Most tasks of a project whose makespan less 1 is tried as long as there is time."""
MOST_PAIRS = 2_000
"""Most pairs of tasks whose order is a number of its own."""
CLAUSES, LITERALS = 20_000, 1_000_000
"""Room for clauses and their literals; never more than half of it is kept."""
KEPT = 2_000
"""Clauses after which the first ones are dropped."""
STEPS = 32
"""Steps of the narrowing of windows that take as long as a unit of work."""


def provable(problem: Problem, makespan: int) -> bool:
    """Whether a project is small enough for a proof of a makespan."""
    return problem.operations <= MOST_TASKS and makespan <= MOST_TIME and problem.demand.size > 0


class Trial:
    """The search for a schedule within a makespan, in memories of its own; those are made anew for a longer one.

    Attributes
    ----------
    makespan : what is being tried; -1 before the first one.
    """

    def __init__(self, problem: Problem) -> None:
        self.durations, self.makespan = problem.option_duration, -1
        self.heads, self.tails = longest_ways(problem, problem.option_duration)
        self.rules = rules_of(problem)
        self.net = _net(problem, self.rules.apart[:MOST_PAIRS].astype(np.int64))
        self.scale = np.ones(1)
        self._mind: trail.Mind | None = None
        self._past = 0

    @property
    def work(self) -> int:
        """Work so far: narrowings, watches and tasks looked at."""
        return self._past + (0 if self._mind is None else int(self._mind.cells[trail.WORK]))

    @property
    def failures(self) -> int:
        """Failures that were learned from, for the present makespan and longer ones before it."""
        return 0 if self._mind is None else int(self._mind.cells[trail.FAILURES])

    def begin(self, makespan: int) -> bool:
        """Take the windows of a makespan and narrow them; whether that refutes it."""
        early, late = self.heads.astype(np.int64), makespan - self.tails.astype(np.int64)
        self._past += len(self.rules.room) * makespan * (makespan + len(early)) // STEPS
        short = bool((early + self.durations > late).any())
        short = short or bool(refuted(self.rules, early, late, np.zeros(makespan + 2, np.int64)))
        mind = self._mind
        if mind is None or makespan > self.makespan:
            self._past, self.scale[0] = self.work, 1.0
            mind = self._mind = _mind(self.net, early, np.maximum(late - self.durations, early), makespan)
        self.makespan = makespan
        if short:
            mind.cells[trail.NOTHING_LEFT] = 1
        else:
            learning.tighten(self.net, mind, early, late - self.durations)
        return bool(mind.cells[trail.NOTHING_LEFT])

    def advance(self, work: int) -> int:
        """Go on for so much work; see `learning.advance`."""
        return int(learning.advance(self.net, self._begun, self.scale, work))

    def placement(self) -> Placement:
        """The schedule that was found."""
        start = self._begun.keys[trail.BOUND, 0 : 2 * len(self.durations) : 2].astype(np.int32)
        return Placement(np.full(len(start), -1, np.int32), start, start + self.durations)

    @property
    def _begun(self) -> trail.Mind:
        if self._mind is None:
            raise ValueError("no makespan was begun")
        return self._mind


class ProjectProof(Proof):
    """Makespans of a project are tried until none is left between the bound and the best schedule."""

    cost, brief, longer, ahead, behind = 1, 500_000, 2, 4, 1

    def trials(self, problem: Problem) -> tuple[Trial, Trial | None]:
        """The search from the bound on, and that for the best one less 1 if there is to be one."""
        return Trial(problem), Trial(problem) if problem.operations <= SMALL else None


def _net(problem: Problem, pairs: Whole) -> trail.Net:
    """A problem as the kernels read it."""
    n, first, then = problem.operations, problem.next_first, problem.next_operation
    following = [then[first[i] : first[i + 1]].tolist() for i in range(n)]
    leading: list[list[int]] = [[] for _ in range(n)]
    for i, after in enumerate(following):
        for j in after:
            leading[j].append(i)
    of: list[list[int]] = [[] for _ in range(n)]
    for pair, tasks in enumerate(pairs.tolist()):
        for task in tasks:
            of[task].append(pair)
    need, spare, lent = projects.packed(problem.demand, problem.capacity)
    return trail.Net(
        problem.option_duration.astype(np.int64), *_flat(following), *_flat(leading), *_flat(of), pairs,
        demand=problem.demand.T.astype(np.int64, order="C"), capacity=problem.capacity.astype(np.int64),
        need=need, full=(need + spare)[:, 0].copy(), lent=lent,
    )  # fmt: skip


def _flat(lists: Sequence[Sequence[int]]) -> tuple[Whole, Whole]:
    return np.cumsum([0, *map(len, lists)], dtype=np.int64), np.array([x for one in lists for x in one], np.int64)


def _mind(net: trail.Net, early: Whole, last: Whole, makespan: int) -> trail.Mind:
    """Nothing supposed and nothing learned: starts between `early` and `last`, or so late that no time is sure."""
    n, pairs = len(net.durations), len(net.pairs)
    low = np.append(early, np.zeros(pairs, np.int64))
    high = np.append(np.maximum(last, early + net.durations), np.ones(pairs, np.int64))
    spans = high - low
    keys = np.zeros((trail.KEY_ROWS, 2 * (n + pairs)), np.int64)
    keys[trail.BOUND, ::2], keys[trail.BOUND, 1::2] = low, -high
    keys[trail.ROOT] = keys[trail.BOUND]
    keys[[trail.HEAD, trail.WATCH]], keys[trail.NEED] = -1, -trail.FAR
    cells = np.zeros(trail.CELLS, np.int64)
    cells[trail.OVER], cells[trail.LOW], cells[trail.HIGH] = -1, 0, makespan
    cells[trail.RESTART], cells[trail.KEPT] = learning.PERIOD, KEPT
    return trail.Mind(
        keys, trail=np.zeros((int(spans.sum()) + 1, trail.TRAIL_COLUMNS), np.int64),
        levels=np.zeros(int(spans.sum()) + 2, np.int64), used=np.zeros((len(net.need), makespan + 2), np.int64),
        literals=np.zeros((LITERALS, 2), np.int64), clauses=np.zeros((CLAUSES, trail.CLAUSE_COLUMNS), np.int64),
        watches=np.zeros((2 * CLAUSES, 2), np.int64), active=np.zeros(int(spans.sum()) + 1),
        base=np.cumsum(spans) - spans - low - 1, reason=np.zeros((4 * n + 2 * pairs + 4, 2), np.int64),
        listed=np.zeros(2 * (n + pairs), np.int64), cover=np.zeros(n, np.int64), cells=cells,
    )  # fmt: skip
