"""Proofs of projects: the least makespan of small ones by trying all orders; no bound is above a schedule."""

from __future__ import annotations

import numpy as np
import pytest

from aidc_twin.schedule import project, project_exact
from aidc_twin.schedule.engine import solve
from aidc_twin.schedule.kernel import learning
from aidc_twin.schedule.problem import Placement, Problem, project_problem
from aidc_twin.schedule.project_exact import ProjectProof, Trial
from aidc_twin.twin.machine import COMPILER_OFF


def drawn(seed: int, tasks: int) -> Problem:
    """A random project; some tasks take no time, some nothing of a resource, and some are never beside each other."""
    chance = np.random.default_rng(seed)
    capacity = chance.integers(1, 6, int(chance.integers(1, 4))).tolist()
    rare = float(chance.choice([0.3, 0.7, 1.0]))
    demand = [[int(chance.integers(0, most + 1)) if chance.random() < rare else 0 for most in capacity]
              for _ in range(tasks)]  # fmt: skip
    together = float(chance.choice([0.0, 0.15, 0.3]))
    following = [[j for j in range(i + 1, tasks) if chance.random() < together] for i in range(tasks)]
    return project_problem(f"drawn {seed}", chance.integers(0, 7, tasks).tolist(), demand, capacity, following)


def arcs_of(problem: Problem) -> list[tuple[int, int]]:
    """Pairs of which the second task may start only after the end of the first."""
    first, then = problem.next_first.tolist(), problem.next_operation.tolist()
    return [(i, j) for i in range(problem.operations) for j in then[first[i] : first[i + 1]]]


def least(problem: Problem) -> int:
    """Least makespan by all orders in which every task is started as early as those before it let it: one is best."""
    n, durations, capacity = problem.operations, problem.option_duration.tolist(), problem.capacity.tolist()
    demand = problem.demand.tolist()
    before = [[i for i, j in arcs_of(problem) if j == task] for task in range(n)]
    best, ends = sum(durations), dict[int, int]()
    used = [[0] * len(capacity) for _ in range(best + 1)]

    def extend() -> None:
        nonlocal best
        if len(ends) == n:
            best = min(best, max(ends.values(), default=0))
            return
        for task in range(n):
            if task in ends or not ends.keys() >= set(before[task]):
                continue
            start = max((ends[i] for i in before[task]), default=0)
            while any(u + d > most for row in used[start : start + durations[task]]
                      for u, d, most in zip(row, demand[task], capacity, strict=True)):  # fmt: skip
                start += 1
            end = start + durations[task]
            if end >= best:
                continue
            for sign in (1, -1):
                for row in used[start:end]:
                    row[:] = [u + sign * d for u, d in zip(row, demand[task], strict=True)]
                if sign == 1:
                    ends[task] = end
                    extend()
                    del ends[task]

    extend()
    return best


def holds(problem: Problem, placement: Placement) -> bool:
    """Whether a schedule keeps to the order and the resources."""
    start, end = placement.start.tolist(), placement.end.tolist()
    used = np.zeros((placement.makespan + 1, len(problem.capacity)), np.int64)
    for i in range(problem.operations):
        used[start[i] : end[i]] += problem.demand[i]
    in_order = all(end[i] <= start[j] for i, j in arcs_of(problem))
    return in_order and min(start) >= 0 and bool((used <= problem.capacity).all())


def proved(problem: Problem, best: int) -> ProjectProof:
    """A proof that was gone on with to its end, from a bound of 0 and a schedule of some makespan."""
    proof = ProjectProof(problem, 0, best)
    while proof.bound < proof.best:
        proof.advance(2_000)
    return proof


def agrees(seed: int) -> bool:
    """Whether the proof of a drawn project ends at the least makespan, from no schedule and from the least one."""
    problem = drawn(seed, 4 + seed % 3)
    most, best = int(problem.option_duration.sum()) + 1, least(problem)
    proof = proved(problem, most)
    assert proof.found is not None
    assert holds(problem, proof.found), seed
    return proof.bound == proof.best == proof.found.makespan == best == proved(problem, best).bound


def crowded(seed: int, tasks: int) -> Problem:
    """A random project of few arcs whose tasks take half of each resource: many orders, few of which are good."""
    chance = np.random.default_rng(seed)
    following = [[j for j in range(i + 1, tasks) if chance.random() < 0.08] for i in range(tasks)]
    demand, durations = chance.integers(0, 6, (tasks, 3)).tolist(), chance.integers(1, 7, tasks).tolist()
    return project_problem(f"crowded {seed}", durations, demand, [7, 7, 7], following)


@pytest.fixture
def _search_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No narrowing before the search, an early restart, and memories that are soon full."""
    monkeypatch.setattr(project_exact, "refuted", lambda *_: False)
    monkeypatch.setattr(learning, "PERIOD", 2)
    monkeypatch.setattr(project_exact, "CLAUSES", 2_000)
    monkeypatch.setattr(project_exact, "LITERALS", 40_000)
    monkeypatch.setattr(project_exact, "KEPT", 50)


@pytest.mark.parametrize("part", range(4))
def test_small_projects_are_solved_exactly(part: int) -> None:
    """A hundred drawn ones against trying everything."""
    assert [seed for seed in range(25 * part, 25 * part + 25) if not agrees(seed)] == []


@pytest.mark.usefixtures("_search_alone")
@pytest.mark.parametrize("part", range(4))
def test_the_search_alone_loses_no_schedule(part: int) -> None:
    """Two hundred: without the narrowing before it every makespan has to be refuted by trying."""
    assert [seed for seed in range(1000 + 50 * part, 1050 + 50 * part) if not agrees(seed)] == []


@pytest.mark.usefixtures("_search_alone")
@pytest.mark.parametrize(("tasks", "number", "least_failures"), [(7, 30, 250), (10, 8, 500)])
def test_nothing_wrong_is_learned(
    tasks: int, number: int, least_failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of crowded projects the proof ends after many failures at what all orders give, or the populations alone where
    those are too many: a branch that is dropped, a reason that leaves something out or a clause that says too much
    shows as a bound above it.
    """
    if COMPILER_OFF and tasks > 7:
        pytest.skip("takes minutes without the compiler")
    monkeypatch.setattr(project, "provable", lambda *_: False)
    failures = 0
    for seed in range(number):
        problem = crowded(seed, tasks)
        alone = solve(problem, lambda: 0.0, seconds=1.0, work=3_000).placement.makespan
        best = least(problem) if tasks < 8 else alone
        proof = proved(problem, int(problem.option_duration.sum()) + 1)
        assert proof.found is not None
        assert holds(problem, proof.found), seed
        assert proof.bound == proof.best == proof.found.makespan == best, seed
        failures += sum(trial.failures for trial in (proof.low, proof.top) if isinstance(trial, Trial))
    assert failures > least_failures


def test_a_search_proves_what_it_found() -> None:
    """Projects of thirty tasks end as optimal, the same for a seed and work, also with two threads; without the proof
    most of them did not.
    """
    for seed in (1, 2, 6):
        problem = thirty(seed)
        for threads in (1, 2):
            one, other = (solve(problem, lambda: 0.0, seconds=1.0, work=40_000_000, threads=threads) for _ in range(2))
            assert one.status == "optimal", seed
            assert (one.work, one.bound) == (other.work, other.bound)
            assert one.placement.start.tolist() == other.placement.start.tolist()
            assert holds(problem, one.placement)


def thirty(seed: int) -> Problem:
    """A project of thirty tasks in short chains, with so little of its four resources that few bounds are sharp."""
    chance = np.random.default_rng(seed)
    demand = chance.integers(0, 11, (30, 4))
    demand[chance.random((30, 4)) > 0.7] = 0
    following = [sorted({int(j) for j in chance.integers(i + 1, min(30, i + 10), 2)}) if i < 29 else []
                 for i in range(30)]  # fmt: skip
    return project_problem(
        f"thirty {seed}", chance.integers(1, 11, 30).tolist(), demand.tolist(), [14, 14, 14, 14], following
    )


def test_a_schedule_that_only_the_proof_finds_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the populations stand still at a first schedule, which is not the least one."""
    problem = thirty(1)
    evolve, calls = project.projects.evolve, list[int]()

    def once(*args: object) -> None:
        if not calls:
            evolve(*args)
        calls.append(1)

    whole = solve(problem, lambda: 0.0, seconds=1.0, work=40_000_000)
    monkeypatch.setattr(project.projects, "evolve", once)
    answer = solve(problem, lambda: 0.0, seconds=1.0, work=400_000_000)
    assert answer.trajectory[0][1] > answer.placement.makespan
    assert (answer.placement.makespan, answer.bound, answer.status) == (whole.bound, whole.bound, "optimal")
    assert holds(problem, answer.placement)


def test_a_longer_makespan_forgets_what_was_learned_for_a_shorter_one() -> None:
    """Clauses hold for what is no longer; from the least makespan on a schedule is found, and none below it again."""
    problem = drawn(1_004, 7)
    best = least(problem)
    trial = Trial(problem)
    for makespan, status in ((best - 1, learning.REFUTED), (best, learning.FOUND), (best - 1, learning.REFUTED),
                             (best + 3, learning.FOUND), (best, learning.FOUND)):  # fmt: skip
        trial.begin(makespan)
        assert trial.advance(100_000) == status, makespan
        if status == learning.FOUND:
            assert holds(problem, trial.placement())
            assert trial.placement().makespan <= makespan


def test_large_and_long_projects_are_left_alone() -> None:
    """No proof is begun, and no memory taken for it."""
    many = project_problem("many", [1] * 201, [[1]] * 201, [1], [[] for _ in range(201)])
    assert not project_exact.provable(many, 201)
    two = project_problem("two", [1, 1], [[1], [1]], [1], [[], []])
    assert project_exact.provable(two, 2_000)
    assert not project_exact.provable(two, 2_001)
    with pytest.raises(ValueError, match="begun"):
        Trial(two).placement()
