"""A lower bound of a project: the least makespan that the narrowing of windows does not refute.

Beside the resources themselves stand others that every schedule keeps to: demands changed by dual feasible functions
(as in Carlier and Néron 2003), by which tasks that leave no room for each other count fully, and sets of tasks of
which no two can run at once, as machines. What is refuted is a proof, so the search for the least need not be complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from aidc_twin.schedule.kernel.windows import NARROWED, REFUTED, Rules, refuted, shaved
from aidc_twin.schedule.longest import longest_ways, topological
from aidc_twin.schedule.problem import Ints, Problem

Whole = NDArray[np.int64]
MOST_TIME = 2_000
"""Longest makespan that is looked at, since intervals begin at every time."""
MOST_TASKS = 600
EACH, SETS = 10, 30
"""Most changed demands for each resource, and most sets of tasks."""
FEWER = 2, 8
"""The same where many windows are tried."""
ROUNDS = 2
"""Times that all tasks are shaved for one makespan."""


def project_bound(problem: Problem, heads: Ints, tails: Ints, least: int) -> int:
    """Bound at least as good as `least`, which is one."""
    if _too_large(problem, least):
        return least
    rules = rules_of(problem)
    low, step = least, 1
    while low + step - 1 <= MOST_TIME and _refutes(rules, heads, tails, low + step - 1):
        low += step
        step *= 2
    while step > 1:
        step //= 2
        if low + step - 1 <= MOST_TIME and _refutes(rules, heads, tails, low + step - 1):
            low += step
    return low


def shaved_bound(problem: Problem, least: int, most: int, over: Callable[[], bool]) -> int:
    """Bound from `least`, which is one, up to `most`, by trying halves of windows until the search is over.

    What is refuted for a part of a window leaves the rest of it (Martin and Shmoys 1996).
    """
    if _too_large(problem, least):
        return least
    rules = rules_of(problem, *FEWER)
    heads, tails = longest_ways(problem, problem.option_duration)
    while least < min(most, MOST_TIME) and _shaves(rules, heads, tails, least, over):
        least += 1
    return least


def _too_large(problem: Problem, least: int) -> bool:
    return least > MOST_TIME or problem.operations > MOST_TASKS or not problem.demand.size


def _shaves(rules: Rules, heads: Ints, tails: Ints, makespan: int, over: Callable[[], bool]) -> bool:
    """Whether shaving refutes a makespan."""
    early, late = heads.astype(np.int64), makespan - tails.astype(np.int64)
    rise, first, last = np.zeros(makespan + 2, np.int64), early.copy(), late.copy()
    if refuted(rules, early, late, rise):
        return True
    for _ in range(ROUNDS):
        narrowed = False
        for task in range(len(early)):
            if over():
                return False
            found = shaved(rules, task, early, late, rise, first, last)
            if found == REFUTED:
                return True
            narrowed = narrowed or found == NARROWED
        if not narrowed:
            return False
    return False


def _refutes(rules: Rules, heads: Ints, tails: Ints, makespan: int) -> bool:
    early, late = heads.astype(np.int64), makespan - tails.astype(np.int64)
    return bool(refuted(rules, early, late, np.zeros(makespan + 2, np.int64)))


def rules_of(problem: Problem, each: int = EACH, sets: int = SETS) -> Rules:
    """What a schedule of the project keeps to, as the kernel reads it."""
    n = problem.operations
    durations = problem.option_duration.astype(np.int64)
    follows = np.zeros((n, n), bool)
    arcs = _arcs(problem)
    for i, j in arcs[::-1].tolist():
        follows[i, j] = True
        follows[i] |= follows[j]
    demand, capacity = problem.demand.astype(np.int64), problem.capacity.astype(np.int64)
    apart = ((demand[:, None, :] + demand[None, :, :]) > capacity).any(axis=2)
    apart &= (durations > 0)[:, None] & (durations > 0)[None, :]
    np.fill_diagonal(apart, val=False)
    need: list[Whole] = []
    room: list[int] = []
    for k, units in enumerate(capacity.tolist()):
        for most, changed in _changed(demand[:, k], units, durations, each):
            need.append(changed)
            room.append(most)
    for chosen in _sets(apart | follows | follows.T, durations, sets):
        need.append(chosen.astype(np.int64))
        room.append(1)
    pairs = np.argwhere(np.triu(apart & ~follows & ~follows.T)).astype(np.int32, order="C")  # one form, one kernel
    return Rules(durations, arcs, pairs.reshape(-1, 2), np.array(need).reshape(-1, n), np.array(room, np.int64))


def _arcs(problem: Problem) -> Ints:
    """Pairs of tasks, sorted by the place of the first in a topological order."""
    first, then = problem.next_first, problem.next_operation
    following = [then[first[i] : first[i + 1]].tolist() for i in range(problem.operations)]
    rows = [(i, j) for i in topological(following) for j in following[i]]
    return np.array(rows, np.int32).reshape(-1, 2)


def _changed(demand: Whole, units: int, durations: Whole, each: int) -> Iterator[tuple[int, Whole]]:
    """Capacity and demands of a resource, and changed ones by which the tasks have most work for the capacity."""
    found: dict[bytes, tuple[float, int, Whole]] = {}
    for most, changed in _functions(demand, units):
        common = int(np.gcd.reduce(np.append(changed, most)))
        if changed.any():
            row = changed // common
            found.setdefault(row.tobytes(), (float(row @ durations) / (most // common), most // common, row))
    if not found:
        return
    rows = list(found.values())
    ranked = [rows[0], *sorted(rows[1:], key=lambda row: (-row[0], row[1], row[2].tolist()))[:each]]
    yield from ((most, row) for _, most, row in ranked)


def _functions(demand: Whole, units: int) -> Iterator[tuple[int, Whole]]:
    """The capacity and demands, and both after dual feasible functions: demands that fit together still do."""
    yield units, demand
    for low in np.unique(demand[(demand > 0) & (2 * demand <= units)]).tolist():
        for least in (low, low + 1):
            if 2 * least <= units + 1:
                yield units, np.where(demand > units - least, units, np.where(demand < least, 0, demand))
            whole = units // least
            if whole:
                upper = 2 * (whole - (units - demand) // least)
                exact = np.where(2 * demand == units, whole, 2 * (demand // least))
                yield 2 * whole, np.where(2 * demand > units, upper, exact)
    for parts in range(2, 12):
        yield units * (parts - 1), np.where(
            demand * parts % units == 0, demand * (parts - 1), demand * parts // units * units
        )  # fmt: skip


def _sets(apart: NDArray[np.bool_], durations: Whole, most: int) -> list[NDArray[np.bool_]]:
    """Sets of tasks of which no two can run at once, those with most work: from each task on, the longest that fits."""
    found: dict[bytes, tuple[int, NDArray[np.bool_]]] = {}
    order = np.argsort(-durations, kind="stable")
    for task in range(len(durations)):
        chosen = np.zeros(len(durations), bool)
        chosen[task] = True
        free = apart[task].copy()
        for other in order.tolist():
            if free[other]:
                chosen[other] = True
                free &= apart[other]
        if chosen.sum() > 1:
            found.setdefault(chosen.tobytes(), (int(durations[chosen].sum()), chosen))
    ranked = sorted(found.values(), key=lambda row: (-row[0], row[1].tolist()))
    return [chosen for _, chosen in ranked[:most]]
