"""The search for a short project: lists of tasks made into schedules one by one, justified to both sides, and crossed.

Serial generation places each task of the list as early as precedence and resources allow. Double justification
(Valls, Ballestín and Quintanilla 2005) then moves all tasks to the right and to the left again, which never makes the
project longer. Lists are crossed at two points (Hartmann 1998), or around the time in which most is done (after Valls,
Ballestín and Quintanilla 2008). Several threads have a population each and hand their best schedules round. Beside
them makespans are refuted.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from aidc_twin.schedule.kernel import projects
from aidc_twin.schedule.longest import longest_ways, topological
from aidc_twin.schedule.problem import Ints, Placement, Problem
from aidc_twin.schedule.project_bound import shaved_bound
from aidc_twin.schedule.project_exact import SMALL, ProjectProof, provable
from aidc_twin.schedule.search import Limits

CHUNK = 1_000_000
"""Tasks placed between two looks at the clock."""
ROUNDS = 20
"""Such chunks after which populations hand their best schedules round."""
SHAVED_AT = 20_000_000
"""Work after which the bound is made sharper by shaving, where the search has not met it."""
FEW = 50
"""Most tasks of a project whose proof comes first, however far away the bound is."""
SURE, HALF, BESIDE = 3 * CHUNK, CHUNK // 2, CHUNK // 20
"""Work on a proof beside a chunk of each search: for projects up to `FEW` tasks, or up to `SMALL` with a bound that is
not far away; for others up to `SMALL`; and for large ones.
"""
FAR = 0.08
"""Gap from which on the bound is far away."""
CELLS = 8_000_000
"""Most tasks of all schedules of a population."""


def search_project(problem: Problem, limits: Limits, seed: int, threads: int = 1) -> None:
    """Improve the schedule in `limits` until one of them is met; Ctrl-C keeps what was found."""
    project = project_of(problem)
    most = max(2, min(projects.MOST, CELLS // problem.operations))
    rooms = [projects.empty_room(project, seed * 1009 + i, most) for i in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        try:
            _evolve(problem, project, rooms, limits, pool)
        except KeyboardInterrupt:
            limits.interrupted = True


def _evolve(problem: Problem, project: projects.Project, rooms: list[projects.Room], limits: Limits,
            pool: ThreadPoolExecutor) -> None:  # fmt: skip
    children = max(1, CHUNK // (3 * len(project.durations)))
    projects.evolve(project, rooms[0], 1, limits.target)
    rounds, shaved = 0, False
    proof: ProjectProof | None = None
    while True:
        best = min(rooms, key=lambda room: int(room.cells[projects.BEST]))
        limits.offer(_placed(best.best, project.durations))
        limits.spent = sum(int(room.cells[projects.WORK]) for room in rooms) + (0 if proof is None else proof.work)
        if proof is not None:
            _learn(proof, limits, rooms)
        if limits.over:
            return
        if limits.spent >= SHAVED_AT and not shaved:
            shaved = True
            limits.prove(shaved_bound(problem, limits.bound, int(best.cells[projects.BEST]), lambda: limits.over))
            continue
        tasks = [pool.submit(projects.evolve, project, room, children, limits.target) for room in rooms]
        if proof is not None:
            tasks.append(pool.submit(proof.advance, _share(problem, proof)))
        for done in tasks:
            done.result()
        rounds += 1
        if rounds % ROUNDS == 0 and len(rooms) > 1:
            hand_round(rooms)
        if proof is None and limits.best is not None and provable(problem, limits.best.makespan):
            proof = ProjectProof(problem, limits.bound, limits.best.makespan)


def _share(problem: Problem, proof: ProjectProof) -> int:
    """Work on a proof beside a chunk of each search."""
    if problem.operations > SMALL:
        return BESIDE
    return SURE if problem.operations <= FEW or proof.best - proof.bound <= FAR * proof.best else HALF


def _learn(proof: ProjectProof, limits: Limits, rooms: list[projects.Room]) -> None:
    """Exchange bound and schedule between a proof and the search."""
    if proof.found is not None:
        start, value = proof.found.start, proof.found.makespan
        if limits.best is None or value < limits.best.makespan:
            for room in rooms:
                projects.offer(room, np.argsort(start, kind="stable").astype(np.int32), start, value)
        limits.offer(proof.found)
    limits.prove(proof.bound)
    proof.bound = max(proof.bound, limits.bound)
    if limits.best is not None:
        proof.best = min(proof.best, limits.best.makespan)


def hand_round(rooms: list[projects.Room]) -> None:
    """Offer each population the best schedule of the one before it."""
    given: list[tuple[Ints, Ints, int]] = []
    for room in rooms:
        best = int(np.argmin(room.values[: room.cells[projects.FILLED]]))
        given.append((room.lists[best].copy(), room.starts[best].copy(), int(room.values[best])))
    for room, (order, start, value) in zip(rooms, [given[-1], *given[:-1]], strict=True):
        projects.offer(room, order, start, value)


def project_of(problem: Problem) -> projects.Project:
    """A problem as the kernels read it."""
    n = problem.operations
    following = [problem.next_operation[problem.next_first[i] : problem.next_first[i + 1]].tolist() for i in range(n)]
    leading: list[list[int]] = [[] for _ in range(n)]
    for i, after in enumerate(following):
        for j in after:
            leading[j].append(i)
    _, tails = longest_ways(problem, problem.option_duration)
    need, spare, lent = projects.packed(problem.demand, problem.capacity)
    share = problem.demand.astype(np.int64) * 1024 // np.maximum(1, problem.capacity)
    return projects.Project(
        *_flat(following), *_flat(leading), problem.option_duration,
        order=np.array(topological(following), np.int32),
        urgent=tails.astype(np.int64) + problem.option_duration,
        need=need, spare=spare, busy=share.sum(axis=1), lent=lent,
    )  # fmt: skip


def _flat(lists: list[list[int]]) -> tuple[Ints, Ints]:
    first = np.cumsum([0, *map(len, lists)], dtype=np.int32)
    return first, np.array([x for one in lists for x in one], np.int32)


def _placed(start: Ints, durations: Ints) -> Placement:
    start = start.copy()
    return Placement(np.full(len(start), -1, np.int32), start, start + durations)
