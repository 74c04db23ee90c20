"""Proven lower bounds of a makespan: ways through the jobs, and each machine alone with heads and tails."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from aidc_twin.schedule.exact import edge_bound
from aidc_twin.schedule.longest import longest_ways
from aidc_twin.schedule.problem import Ints, Problem

MOST_SETS = 500
"""Sets of machines after which no more are looked for."""


def lower_bound(problem: Problem) -> int:
    """Largest of the bounds that hold for the problem; no schedule ends earlier."""
    shortest = shortest_durations(problem)
    heads, tails = longest_ways(problem, shortest)
    best = int((heads + shortest + tails).max(initial=0))
    if problem.machines:
        best = max(best, _machines(problem, shortest, heads, tails), _load(problem, shortest, heads, tails))
        best = edge_bound(problem, heads, tails, best)
    best = max(best, _energy(problem, shortest, heads, tails))
    if problem.kind == "rcp":
        from aidc_twin.schedule.project_bound import project_bound

        best = project_bound(problem, heads, tails, best)
    return best


def shortest_durations(problem: Problem) -> Ints:
    """Least duration of each operation over its choices, shape (operations,)."""
    if not problem.operations:
        return np.zeros(0, np.int32)
    return np.minimum.reduceat(problem.option_duration, problem.option_first[:-1])


def one_machine(heads: Sequence[int], durations: Sequence[int], tails: Sequence[int]) -> int:
    """Makespan of one machine that may interrupt its work: always the ready operation of longest tail (Jackson)."""
    order = sorted(range(len(heads)), key=lambda i: (heads[i], i))
    ready: list[tuple[int, int, int]] = []  # -tail, operation, what is left
    now = best = at = 0
    while at < len(order) or ready:
        if not ready:
            now = max(now, heads[order[at]])
        while at < len(order) and heads[order[at]] <= now:
            i = order[at]
            heapq.heappush(ready, (-tails[i], i, durations[i]))
            at += 1
        tail, i, left = heapq.heappop(ready)
        until = heads[order[at]] if at < len(order) else now + left
        spent = min(left, until - now)
        now += spent
        if spent < left:
            heapq.heappush(ready, (tail, i, left - spent))
        else:
            best = max(best, now - tail)
    return best


def _machines(problem: Problem, shortest: Ints, heads: Ints, tails: Ints) -> int:
    """Largest bound of a machine with the operations that only it can do."""
    only = np.diff(problem.option_first) == 1
    machine = problem.option_machine[problem.option_first[:-1]]
    best = 0
    for m in range(problem.machines):
        own = np.flatnonzero(only & (machine == m))
        best = max(best, one_machine(heads[own].tolist(), shortest[own].tolist(), tails[own].tolist()))
    return best


def _load(problem: Problem, shortest: Ints, heads: Ints, tails: Ints) -> int:
    """Largest bound of a set of machines with the operations that are confined to it: their work, and what passes
    before and after it on each machine, shared evenly.

    Of the operations that each machine does first no two are the same, and so with the last ones: the smallest heads
    and tails count, one for each machine (Carlier 1987, "Scheduling jobs with release dates and tails on identical
    machines to minimize the makespan"). A machine that does nothing waits for at least as long, where there are twice
    as many operations as machines: some have both a head and a tail that are no smaller.
    """
    groups: dict[frozenset[int], list[int]] = {}
    for i in range(problem.operations):
        choices = frozenset(problem.option_machine[problem.option_first[i] : problem.option_first[i + 1]].tolist())
        groups.setdefault(choices, []).append(i)
    best = 0
    for among in _unions([group for group in groups if group]):
        own = np.array([i for group, members in groups.items() if group <= among for i in members], np.int64)
        total, machines = int(shortest[own].sum()), len(among)
        if len(own) >= 2 * machines:
            total += sum(int(np.partition(ways[own], machines - 1)[:machines].sum()) for ways in (heads, tails))
        best = max(best, ceil_divide(total, machines))
    return best


def _unions(groups: list[frozenset[int]]) -> list[frozenset[int]]:
    """Sets of machines, all of them together, and unions of some, the small ones first, up to `MOST_SETS`."""
    ordered = sorted(groups, key=lambda group: (len(group), sorted(group)))
    found = dict.fromkeys([*ordered, frozenset[int]().union(*ordered)] if ordered else [])
    for group in ordered:
        found |= dict.fromkeys(group | other for other in tuple(found))
        if len(found) > MOST_SETS:
            break
    return list(found)


def ceil_divide(work: int, by: int) -> int:
    """Whole quotient, rounded up."""
    return -(-work // by)


def _energy(problem: Problem, shortest: Ints, heads: Ints, tails: Ints) -> int:
    """Energetic bound of each shared resource: work of the operations with head ≥ a and tail ≥ b needs its capacity."""
    best = 0
    for k, capacity in enumerate(problem.capacity.tolist()):
        energy = problem.demand[:, k].astype(np.int64) * shortest
        if not energy.any():
            continue
        using = energy > 0
        for a in np.unique(heads[using]).tolist():
            inside = using & (heads >= a)
            order = np.argsort(-tails[inside], kind="stable")
            work = np.cumsum(energy[inside][order])
            best = max(best, int((a + -(-work // capacity) + tails[inside][order]).max()))
    return best
