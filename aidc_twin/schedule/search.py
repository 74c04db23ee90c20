"""The search for a short schedule of jobs on machines: tabu search inside a population, the same for a seed and work.

Two schedules of the population are mixed on the way from one to the other (path relinking after Peng, Lü and Cheng
2015): a weighted sum of their times orders all operations, so that what both agree on stays and no child has a cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aidc_twin.schedule.kernel import dispatching, floor, tabu
from aidc_twin.schedule.problem import Ints, Placement, Problem

FEWEST, MOST = 6, 16
"""Schedules of a population; fewer of large problems, so that each is searched in time."""
SHARED = 6_000
"""Operations of a whole population, between the two."""
PATIENCE = 12_500
"""Moves without a better schedule after which a tabu search ends."""
NEAR = 0.1
"""Share of operations with another predecessor on the machine below which two schedules count as the same."""
OLD = 30
"""Children in a row that were of no use after which the population is made anew around the best."""
CHUNK = 2_000_000
"""Operations looked at between two looks at the clock."""
PARTS = 64
"""Weights are whole parts of it, so that a sum is the same everywhere."""


@dataclass
class Limits:
    """When to stop, and what was reached so far.

    Attributes
    ----------
    clock : seconds since the search was asked for.
    seconds, work : most of each; work counts operations looked at.
    target : makespan that is good enough, at least the lower bound.
    trajectory : (seconds, makespan) of each better schedule.
    """

    clock: Callable[[], float]
    seconds: float
    work: int
    target: int
    spent: int = 0
    best: Placement | None = None
    trajectory: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    interrupted: bool = False

    def offer(self, placement: Placement) -> None:
        """Keep a schedule if it is the best so far."""
        if self.best is None or placement.makespan < self.best.makespan:
            self.best = placement
            self.trajectory.append((self.clock(), placement.makespan))

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.best is not None and self.best.makespan <= self.target

    @property
    def over(self) -> bool:
        """Whether to stop."""
        return self.met or self.clock() >= self.seconds or self.spent >= self.work


@dataclass(frozen=True)
class Member:
    """A schedule of the population: makespan, machine and times of each operation, and predecessors on the machines."""

    value: int
    machine: Ints
    start: NDArray[np.int64]
    latest: NDArray[np.int64]
    place: Ints
    before: Ints

    def distance(self, other: Member) -> float:
        """Share of operations with another predecessor on the machine."""
        return float((self.before != other.before).mean())


class Climber:
    """One tabu search at a time, in memories of its own."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.t, self.o, self.c, self.w = memories(problem, seed)
        self.last = 0

    def climb(self, machine: Ints, order: Ints, limits: Limits, work: int) -> Member:
        """Best schedule found from the one in which each machine works in a topological order."""
        t, o, c, w = self.t, self.o, self.c, self.w
        floor.build(t, o, c, machine, order)
        tabu.begin(t, c, w)
        size, start = len(order), int(c[floor.WORK])
        steps = max(1, CHUNK // size)
        while not limits.clock() >= limits.seconds:
            left = (work - (int(c[floor.WORK]) - start)) // size
            if left <= 0 or tabu.search(t, o, c, w, min(steps, left), PATIENCE, limits.target) != tabu.WENT_ON:
                break
        self.last = int(c[floor.WORK]) - start + size
        return self.member(t[floor.BEST_MACHINE, :size].copy(), t[floor.BEST_ORDER, :size].copy())

    def member(self, machine: Ints, order: Ints) -> Member:
        """The schedule in which each machine works in a topological order."""
        t, n = self.t, len(order)
        value = int(floor.build(t, self.o, self.c, machine, order))
        start = t[floor.HEAD, :n].astype(np.int64)
        latest = value - t[floor.TAIL, :n].astype(np.int64) - t[floor.DURATION, :n]
        return Member(value, machine, start, latest, t[floor.PLACE, :n].copy(), t[floor.BEFORE, :n].copy())


def memories(problem: Problem, seed: int) -> tuple[Ints, Ints, NDArray[np.int64], NDArray[np.int64]]:
    """The kernels' memories for a problem: table, choices, cells, what is forbidden."""
    n = problem.operations
    table = np.zeros((floor.ROWS, max(n, problem.machines, problem.jobs) + 1), np.int32)
    table[floor.JOB_BEFORE, :] = table[floor.JOB_AFTER, :] = n
    for job in range(problem.jobs):
        first, end = int(problem.job_first[job]), int(problem.job_first[job + 1])
        table[floor.JOB, first:end] = job
        table[floor.JOB_BEFORE, first + 1 : end] = np.arange(first, end - 1)
        table[floor.JOB_AFTER, first : end - 1] = np.arange(first + 1, end)
        table[floor.LAST, job] = end - 1
    table[floor.OPTION, : n + 1] = problem.option_first
    cells = np.zeros(floor.CELLS, np.int64)
    cells[: floor.MACHINES + 1] = 2 * (seed % 2**62) + 1, n, problem.jobs, problem.machines
    choices = np.stack([problem.option_machine, problem.option_duration])
    return table, choices, cells, np.zeros(n * problem.jobs + choices.shape[1], np.int64)


def search_shop(problem: Problem, limits: Limits, seed: int, threads: int = 1) -> None:
    """Improve the schedule in `limits` until one of them is met; Ctrl-C keeps what was found."""
    climbers = [Climber(problem, seed * 1009 + i) for i in range(threads)]
    chance = np.random.default_rng(seed)
    with ThreadPoolExecutor(threads) as pool:
        try:
            _evolve(problem, climbers, limits, chance, pool)
        except KeyboardInterrupt:
            limits.interrupted = True


def _evolve(problem: Problem, climbers: list[Climber], limits: Limits, chance: np.random.Generator,
            pool: ThreadPoolExecutor) -> None:  # fmt: skip
    starts = _starts(problem, climbers[0], chance)
    members: list[Member] = []
    machine, order = next(starts)
    limits.offer(_placed(climbers[0].member(machine, order), climbers[0]))
    waiting = [(machine, order)]
    useless = 0
    size = max(FEWEST, min(MOST, SHARED // problem.operations))
    while not limits.over:
        tasks = [waiting.pop() if waiting else next(starts) if len(members) + i < size
                 else _child(members, chance) for i in range(len(climbers))]  # fmt: skip
        work = max(1, (limits.work - limits.spent) // len(climbers))
        climbs = [
            pool.submit(climber.climb, *task, limits, work) for climber, task in zip(climbers, tasks, strict=True)
        ]
        for climber, climb in zip(climbers, climbs, strict=True):
            member = climb.result()
            limits.spent += climber.last
            limits.offer(_placed(member, climber))
            useless = 0 if _enter(members, member, size) else useless + 1
        if useless > OLD:
            members = [min(members, key=lambda one: one.value)]
            useless = 0


def _starts(problem: Problem, climber: Climber, chance: np.random.Generator) -> Iterator[tuple[Ints, Ints]]:
    """First schedules: the dispatching rule, then with ever other noise."""
    n = problem.operations
    least = np.minimum.reduceat(problem.option_duration, problem.option_first[:-1]).astype(np.int64)
    remaining = np.zeros(n + 1, np.int64)
    for first, end in zip(problem.job_first[:-1].tolist(), problem.job_first[1:].tolist(), strict=True):
        remaining[first:end] = np.cumsum(least[first:end][::-1])[::-1]
    noise = 0
    while True:
        machine, order = np.zeros(n, np.int32), np.zeros(n, np.int32)
        first = problem.job_first[:-1].copy()
        free = np.zeros(problem.machines, np.int64)
        dispatching.dispatch(climber.t, climber.o, climber.c, first, free, remaining, noise, machine, order)
        yield machine, order
        noise = int(chance.integers(dispatching.NOISE // 5, dispatching.NOISE))


def _child(members: list[Member], chance: np.random.Generator) -> tuple[Ints, Ints]:
    """A schedule on the way between two of the population."""
    i, j = chance.choice(len(members), 2, replace=False).tolist()
    one, other = members[i], members[j]
    share, early, late = (int(chance.integers(low, high)) for low, high in ((20, 45), (0, PARTS + 1), (0, PARTS + 1)))
    key = share * (early * one.start + (PARTS - early) * one.latest)
    key += (PARTS - share) * (late * other.start + (PARTS - late) * other.latest)
    order = np.lexsort((one.place, key)).astype(np.int32)
    return np.where(chance.integers(0, PARTS, len(order)) < share, one.machine, other.machine), order


def _enter(members: list[Member], member: Member, size: int) -> bool:
    """Let a schedule into the population if it is new, or better than the one it is near to; whether it came in."""
    if members:
        near = min(range(len(members)), key=lambda i: members[i].distance(member))
        if members[near].distance(member) < NEAR:
            if member.value >= members[near].value:
                return False
            members[near] = member
            return True
    if len(members) < size:
        members.append(member)
        return True
    worst = max(range(len(members)), key=lambda i: members[i].value)
    if member.value >= members[worst].value:
        return False
    members[worst] = member
    return True


def _placed(member: Member, climber: Climber) -> Placement:
    """When each operation runs."""
    start = member.start.astype(np.int32)
    problem = climber.problem
    owner = np.repeat(np.arange(problem.operations), np.diff(problem.option_first))
    chosen = problem.option_machine == member.machine[owner]
    return Placement(member.machine, start, start + problem.option_duration[chosen])
