"""The bound of projects: what it refutes cannot be, and each of its rules refutes what the simple bounds let pass."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from aidc_twin.schedule import project
from aidc_twin.schedule.bounds import lower_bound
from aidc_twin.schedule.engine import solve
from aidc_twin.schedule.longest import longest_ways
from aidc_twin.schedule.problem import Problem, project_problem
from aidc_twin.schedule.project_bound import project_bound, rules_of, shaved_bound


def _project(seed: int, tasks: int, resources: int = 2, together: float = 0.2) -> Problem:
    chance = np.random.default_rng(seed)
    capacity = chance.integers(2, 8, resources).tolist()
    demand = [[int(chance.integers(0, most + 1)) for most in capacity] for _ in range(tasks)]
    following = [[j for j in range(i + 1, tasks) if chance.random() < together] for i in range(tasks)]
    return project_problem("generated", chance.integers(0, 8, tasks).tolist(), demand, capacity, following)


def _least(problem: Problem) -> int:
    """Least makespan by trying all starts, task by task in the order of their numbers (arcs only lead to larger ones).

    Some optimal schedule is semi-active, so each start is 0 or an end of another task: sums of durations are enough.
    """
    n = problem.operations
    durations, capacity = problem.option_duration.tolist(), problem.capacity
    sums = {0}
    for duration in durations:
        sums |= {total + duration for total in sums}
    best = sum(durations)
    starts = [0] * n

    def extend(i: int, used: np.ndarray) -> None:
        nonlocal best
        if i == n:
            best = max(start + duration for start, duration in zip(starts, durations, strict=True))
            return
        before = [j for j in range(i) if i in problem.next_operation[problem.next_first[j] : problem.next_first[j + 1]]]
        ready = max((starts[j] + durations[j] for j in before), default=0)
        for at in sorted(sums):
            if at < ready or at + durations[i] >= best:
                continue
            more = used.copy()
            more[at : at + durations[i]] += problem.demand[i]
            if (more <= capacity).all():
                starts[i] = at
                extend(i + 1, more)

    extend(0, np.zeros((best + 1, len(capacity)), np.int64))
    return best


def test_no_bound_is_above_the_least_makespan() -> None:
    """On small projects of all shapes, by trying everything; many bounds are the least makespan itself."""
    met = 0
    for seed in range(40):
        problem = _project(seed, 5, 1 + seed % 3, (0.0, 0.2, 0.5)[seed % 3])
        bound, least = lower_bound(problem), _least(problem)
        assert bound <= least, seed
        met += bound == least
    assert met > 30


@pytest.mark.parametrize("seed", range(4))
def test_no_bound_is_above_a_schedule_that_was_found(seed: int) -> None:
    """On larger ones, where the bound is also better than that of ways and work."""
    problem = _project(seed, 40, 3, 0.06)
    answer = solve(problem, lambda: 0.0, seconds=1.0, work=300_000)
    heads, tails = longest_ways(problem, problem.option_duration)
    assert project_bound(problem, heads, tails, 0) <= answer.bound <= answer.placement.makespan


def test_shaving_proves_more_and_nothing_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """On small projects by trying everything, and within a search, which ends where the bound is met."""
    better = 0
    for seed in range(40):
        problem = _project(seed, 5, 1 + seed % 3, (0.0, 0.2, 0.5)[seed % 3])
        heads, tails = longest_ways(problem, problem.option_duration)
        simple = int((heads + problem.option_duration + tails).max())
        assert simple <= shaved_bound(problem, simple, 1000, lambda: False) <= _least(problem), seed
    monkeypatch.setattr(project, "SHAVED_AT", 1)
    for seed in range(12):
        problem = _project(seed, 30, 3, 0.1)
        answer = solve(problem, lambda: 0.0, seconds=1.0, work=100_000)
        assert lower_bound(problem) <= answer.bound <= answer.placement.makespan
        assert (answer.status == "optimal") == (answer.bound == answer.placement.makespan)
        better += answer.bound > lower_bound(problem)
    assert better > 0


def test_every_row_allows_what_the_resources_allow() -> None:
    """Each set of tasks that can run at once keeps to all rows, those of changed demands and of sets included."""
    for seed in range(20):
        problem = _project(seed, 7, 2, 0.15)
        rules = rules_of(problem)
        follows = {(int(i), int(j)) for i, j in rules.arcs}
        for _ in range(7):
            follows |= {(i, k) for i, j in follows for a, k in follows if j == a}
        for size in range(1, 8):
            for tasks in combinations(range(7), size):
                chosen = list(tasks)
                fits = (problem.demand[chosen].sum(axis=0) <= problem.capacity).all()
                apart = not any(pair in follows for pair in combinations(tasks, 2))
                if fits and apart and problem.option_duration[chosen].all():
                    assert (rules.need[:, chosen].sum(axis=1) <= rules.room).all()


def _bound(durations: list[int], demand: list[list[int]], capacity: list[int], arcs: list[list[int]]) -> int:
    return lower_bound(project_problem("by hand", durations, demand, capacity, arcs))


def test_bounds_by_hand() -> None:
    """What work alone does not show.

    Three tasks of 2 of 3 units cannot run at once, 12 in all, though their work fits into 8. Tasks of resource 1 and of
    resource 2 that one task needs both of: a and c, b and c, and a and b by a third, one after the other. Five tasks of
    3 of 8 units, of which two fit at a time: 20 / 2.
    """
    assert _bound([4, 4, 4], [[2], [2], [2]], [3], [[], [], []]) == 12
    assert _bound([4, 4, 4], [[1, 0, 1], [0, 1, 1], [1, 1, 0]], [1, 1, 1], [[], [], []]) == 12
    assert _bound([4] * 5, [[3]] * 5, [8], [[]] * 5) == 10


def test_windows_show_what_intervals_alone_do_not() -> None:
    """A task of all units that stands between two chains: what comes before and behind it cannot be beside it.

    Chain 0–1 (3 + 3 of 1 unit), task 2 (2 of both units) behind 3 (2 of 1 unit): 0 and 3 at once, then 2 behind both
    or between 0 and 1: 3 + 2 + 3 = 8.
    """
    assert _bound([3, 3, 2, 2], [[1], [1], [2], [1]], [2], [[1], [], [], [2]]) == 8


def test_what_is_too_long_or_has_no_resources_keeps_its_bound() -> None:
    """The bound that was given."""
    for durations, capacity in (([5000, 5000], [1]), ([3, 3], [])):
        problem = project_problem("edge", durations, [[1] * len(capacity)] * 2, capacity, [[], []])
        heads, tails = longest_ways(problem, problem.option_duration)
        assert project_bound(problem, heads, tails, max(durations)) == max(durations)
