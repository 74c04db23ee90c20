"""The search for a short schedule of jobs on machines: tabu search inside populations, the same for a seed and work.

Two schedules of the population are mixed on the way from one to the other (path relinking after Peng, Lü and Cheng
2015): a weighted sum of their times orders all operations, so that what both agree on stays and no child has a cycle.
A small population is worked at until its schedules have become alike; two that got as far are then put together. So a
good schedule comes early, and what was found far apart still meets, however long the search goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from aidc_twin.schedule.exact import MOST_OPERATIONS, SMALL, Proof
from aidc_twin.schedule.kernel import dispatching, floor, tabu
from aidc_twin.schedule.problem import Ints, Placement, Problem
from aidc_twin.schedule.spread import spread

FEW, MOST = 6, 20
"""Schedules of a first population, and the most of one that was put together."""
PATIENCE = 12_500
"""Fewest moves without a better schedule after which a tabu search ends."""
NEAR = 0.1
"""Share of operations with another predecessor on the machine below which two schedules count as the same."""
OLD = 6
"""Children in a row that were of no use, besides one for each schedule, after which a population has become alike."""
CHUNK = 2_000_000
"""Operations looked at between two looks at the clock."""
CROWDED = 0.6
"""Share of the first schedule that the least work fills, from which the first search is a thrifty one."""
SETTLED, SURER = 100_000_000, 4
"""Operations looked at after which a small shop's best schedule counts as the least one, if it is as old as half of all
the work; and how many times as much as on each search is spent on the proof then.
"""
PARTS = 64
"""Weights are whole parts of it, so that a sum is the same everywhere."""
THRIFTS = (0, 2, 0, 1)
"""How thrifty the searches from first schedules are with work, in turn, where operations have a choice of machines:
where machines are full to the end a schedule is as long as the work that it takes, else only time counts. A child
has it from one of its two, so that what serves a problem wins through. Those of a thrifty search spread their work."""

Whole = NDArray[np.int64]
Task = tuple[Ints, Ints, int]
"""Where a search begins, by machines and a topological order, and how thrifty it is."""


@dataclass
class Limits:
    """When to stop, and what was reached so far.

    Attributes
    ----------
    clock : seconds since the search was asked for.
    seconds, work : most of each; work counts operations looked at.
    target : makespan that is good enough, at least the lower bound.
    bound : makespan below which no schedule can be; a search may prove a larger one.
    trajectory : (seconds, makespan) of each better schedule.
    """

    clock: Callable[[], float]
    seconds: float
    work: int
    target: int
    bound: int = 0
    spent: int = 0
    best: Placement | None = None
    trajectory: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    interrupted: bool = False

    def prove(self, bound: int) -> None:
        """Keep a bound; what is as short as it is good enough."""
        self.bound, self.target = max(self.bound, bound), max(self.target, bound)

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
    """A schedule of the population: makespan, machine and times of each operation, and predecessors on the machines;
    and how thrifty the search was that found it.
    """

    value: int
    machine: Ints
    start: Whole
    latest: Whole
    place: Ints
    before: Ints
    thrift: int

    def distance(self, other: Member) -> float:
        """Share of operations with another predecessor on the machine."""
        return float((self.before != other.before).mean())


class Climber:
    """One tabu search at a time, in memories of its own."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.t, self.o, self.c, self.w = memories(problem, seed)
        self.busy = False

    def begin(self, machine: Ints, order: Ints, thrift: int) -> None:
        """Start from the schedule in which each machine works in a topological order."""
        floor.build(self.t, self.o, self.c, machine, order)
        self.c[floor.THRIFT] = thrift
        self.c[floor.WORK] += len(order)
        tabu.begin(self.t, self.c, self.w)
        self.busy = True

    def advance(self, work: int, target: int) -> None:
        """Go on for a while; it is no longer busy when the search has ended."""
        steps = max(1, min(CHUNK, work) // self.problem.operations)
        self.busy = tabu.search(self.t, self.o, self.c, self.w, steps, PATIENCE, target) == tabu.WENT_ON

    @property
    def value(self) -> int:
        """Makespan of the best schedule of this search."""
        return int(self.c[floor.BEST])

    @property
    def best(self) -> Task:
        """Machines and a topological order of the best schedule of this search."""
        n = self.problem.operations
        return self.t[floor.BEST_MACHINE, :n].copy(), self.t[floor.BEST_ORDER, :n].copy(), int(self.c[floor.THRIFT])

    def member(self, machine: Ints, order: Ints, thrift: int) -> Member:
        """The schedule in which each machine works in a topological order."""
        t, n = self.t, len(order)
        value = int(floor.build(t, self.o, self.c, machine, order))
        start = t[floor.END, :n].astype(np.int64) - t[floor.DURATION, :n]
        latest = value - t[floor.REST, :n].astype(np.int64)
        return Member(value, machine, start, latest, t[floor.PLACE, :n].copy(), t[floor.BEFORE, :n].copy(), thrift)


def memories(problem: Problem, seed: int) -> tuple[Ints, Ints, Whole, Whole]:
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
    climbers = [Climber(problem, seed * 1009 + i) for i in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        try:
            _evolve(Populations(problem, climbers[0], seed), climbers[1:], limits, pool)
        except KeyboardInterrupt:
            limits.interrupted = True


def _evolve(populations: Populations, climbers: list[Climber], limits: Limits, pool: ThreadPoolExecutor) -> None:
    """Let all climbers go on for as many moves each, and look at what they found, by turns."""
    scribe = populations.scribe
    start = populations.next_start()
    limits.offer(_placed(scribe.member(*start), scribe))
    for climber in climbers:
        climber.begin(*start)
        start = populations.next_start()
    proof: Proof | None = None
    last = 0
    while not limits.over:
        work = (limits.work - limits.spent) // (len(climbers) + (proof is not None))
        tasks = [pool.submit(climber.advance, work, limits.target) for climber in climbers]
        if proof is not None:
            tasks.append(pool.submit(proof.advance, min(work, _share(scribe.problem, limits.spent, last))))
        for done in tasks:
            done.result()
        limits.spent = sum(int(climber.c[floor.WORK]) for climber in climbers) + (0 if proof is None else proof.work)
        for climber in climbers:
            if limits.best is not None and climber.value < limits.best.makespan:
                limits.offer(_placed(scribe.member(*climber.best), scribe))
                last = limits.spent
            if not climber.busy:
                populations.enter(scribe.member(*climber.best))
                climber.begin(*populations.next_task())
        if proof is not None:
            _learn(proof, limits)
        elif scribe.problem.operations <= MOST_OPERATIONS and limits.best is not None:
            proof = Proof(scribe.problem, limits.bound, limits.best.makespan)


def _share(problem: Problem, spent: int, last: int) -> int:
    """Work on a proof beside a chunk of each search, where the best schedule was found after `last` of all the work: as
    much for small shops, a quarter of it for others.
    """
    if problem.operations > SMALL:
        return CHUNK // 4
    return SURER * CHUNK if spent > max(SETTLED, 2 * last) else CHUNK


def _learn(proof: Proof, limits: Limits) -> None:
    """Exchange bound and schedule between a proof and the search."""
    if proof.found is not None:
        limits.offer(proof.found)
    limits.prove(proof.bound)
    if limits.best is not None:
        proof.best = min(proof.best, limits.best.makespan)


class Populations:
    """Schedules that are being mixed, and those of populations that wait for one that got as far.

    Attributes
    ----------
    scribe : makes members of orders of operations.
    members : the population.
    rank : how many times it was put together of two.
    waiting : (rank, members) of populations that have become alike, each of a lower rank than the one before.
    """

    def __init__(self, problem: Problem, scribe: Climber, seed: int) -> None:
        self.scribe = scribe
        self.chance = np.random.default_rng(seed)
        self.starts = _starts(problem, scribe, self.chance)
        self.members: list[Member] = []
        self.rank = 0
        self.size = FEW
        self.asked = 0
        self.useless = 0
        self.waiting: list[tuple[int, list[Member]]] = []

    def next_start(self) -> Task:
        """A schedule by dispatching."""
        self.asked += 1
        return next(self.starts)

    def next_task(self) -> Task:
        """Where the next search begins: a first schedule, or a child of two."""
        if self.asked < self.size or len(self.members) < 2:
            return self.next_start()
        return _child(self.members, self.chance)

    def enter(self, member: Member) -> None:
        """Take what a search found; the population changes if its schedules have become alike."""
        self.useless = 0 if _enter(self.members, member, self.size) else self.useless + 1
        if self.useless > OLD + self.size:
            self._turn()

    def _turn(self) -> None:
        """Put the population together with one of its rank, or let it wait and begin a new one."""
        self.useless = 0
        if self.waiting and self.waiting[-1][0] == self.rank:
            rank, others = self.waiting.pop()
            self.rank = rank + 1
            self.members = sorted([*others, *self.members], key=lambda one: one.value)[:MOST]
            self.size = self.asked = max(2, len(self.members))
            return
        self.waiting.append((self.rank, self.members))
        self.members, self.rank, self.size, self.asked = [], 0, FEW, 0


def _starts(problem: Problem, climber: Climber, chance: np.random.Generator) -> Iterator[Task]:
    """First schedules: the dispatching rule, then with ever other noise."""
    least = np.minimum.reduceat(problem.option_duration, problem.option_first[:-1])
    plain = (climber.t, climber.o, climber.c)
    first = _dispatched(problem, plain, least, 0)
    thrifts = cycle(_thrifts(problem, least, climber.member(*first, 0).value))
    yield *first, next(thrifts)
    for thrift in thrifts:
        noise = int(chance.integers(dispatching.NOISE // 5, dispatching.NOISE))
        if not thrift:
            yield *_dispatched(problem, plain, least, noise), thrift
            continue
        chosen = spread(problem, chance)
        fixed = replace(problem, option_first=np.arange(len(chosen) + 1, dtype=np.int32),
                        option_machine=problem.option_machine[chosen],
                        option_duration=problem.option_duration[chosen])  # fmt: skip
        alone = memories(fixed, int(chance.integers(2**62)))[:3]
        yield *_dispatched(problem, alone, fixed.option_duration, noise), thrift


def _thrifts(problem: Problem, least: Ints, makespan: int) -> tuple[int, ...]:
    """How thrifty searches are in turn, the most thrifty first where the least work fills most of a schedule."""
    if len(problem.option_machine) == problem.operations:
        return (0,)
    full = least.sum() >= CROWDED * problem.machines * makespan
    return THRIFTS[1:] + THRIFTS[:1] if full else THRIFTS


def _dispatched(problem: Problem, memory: tuple[Ints, Ints, Whole], took: Ints, noise: int) -> tuple[Ints, Ints]:
    """Machines and order of the dispatching rule, by what each operation takes at least."""
    n = problem.operations
    remaining = np.zeros(n + 1, np.int64)
    for first, end in zip(problem.job_first[:-1].tolist(), problem.job_first[1:].tolist(), strict=True):
        remaining[first:end] = np.cumsum(took[first:end][::-1].astype(np.int64))[::-1]
    machine, order = np.zeros(n, np.int32), np.zeros(n, np.int32)
    free = np.zeros(problem.machines, np.int64)
    dispatching.dispatch(*memory, problem.job_first[:-1].copy(), free, remaining, noise, machine, order)
    return machine, order


def _child(members: list[Member], chance: np.random.Generator) -> Task:
    """A schedule on the way between two of the population."""
    i, j = chance.choice(len(members), 2, replace=False).tolist()
    one, other = members[i], members[j]
    share, early, late = (int(chance.integers(low, high)) for low, high in ((20, 45), (0, PARTS + 1), (0, PARTS + 1)))
    key = share * (early * one.start + (PARTS - early) * one.latest)
    key += (PARTS - share) * (late * other.start + (PARTS - late) * other.latest)
    order = np.lexsort((one.place, key)).astype(np.int32)
    machine = np.where(chance.integers(0, PARTS, len(order)) < share, one.machine, other.machine)
    return machine, order, one.thrift if share >= PARTS // 2 else other.thrift


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
