"""The search for a short project: lists of tasks made into schedules one by one, justified to both sides, and crossed.

Serial generation places each task of the list as early as precedence and resources allow. Double justification
(Valls, Ballestín and Quintanilla 2005) then moves all tasks to the right and to the left again, which never makes the
project longer. Lists are crossed at two points (Hartmann 1998).
"""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.bounds import longest_ways
from aidc_twin.schedule.kernel import projects
from aidc_twin.schedule.problem import Ints, Placement, Problem
from aidc_twin.schedule.search import Limits

GENERATION = 64
"""Children between two looks at the clock."""


def search_project(problem: Problem, limits: Limits, seed: int) -> None:
    """Improve the schedule in `limits` until one of them is met; Ctrl-C keeps what was found."""
    try:
        _evolve(problem, limits, seed)
    except KeyboardInterrupt:
        limits.interrupted = True


def _evolve(problem: Problem, limits: Limits, seed: int) -> None:
    n = problem.operations
    following = [problem.next_operation[problem.next_first[i] : problem.next_first[i + 1]].tolist() for i in range(n)]
    leading: list[list[int]] = [[] for _ in range(n)]
    for i, after in enumerate(following):
        for j in after:
            leading[j].append(i)
    _, tails = longest_ways(problem, problem.option_duration)
    arcs = projects.Arcs(*_flat(following), *_flat(leading))
    shared = np.ascontiguousarray(problem.demand.T), problem.capacity, problem.option_duration
    horizon = int(problem.option_duration.sum()) + 1
    room = projects.empty_room(n, len(problem.capacity), horizon, seed)
    urgent = tails.astype(np.int64) + problem.option_duration
    projects.begin(arcs, *shared, room, projects.sorted_list(arcs, -urgent, np.empty(n, np.int32)), urgent)
    while True:
        limits.offer(_placed(room.best, problem.option_duration))
        limits.spent = int(room.cells[projects.WORK])
        if limits.over:
            return
        projects.evolve(arcs, *shared, room, GENERATION, limits.target)


def _flat(lists: list[list[int]]) -> tuple[Ints, Ints]:
    first = np.cumsum([0, *map(len, lists)], dtype=np.int32)
    return first, np.array([x for one in lists for x in one], np.int32)


def _placed(start: Ints, durations: Ints) -> Placement:
    start = start.copy()
    return Placement(np.full(len(start), -1, np.int32), start, start + durations)
