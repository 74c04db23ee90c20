"""The search engine on instances: optima of small ones, sound bounds, one answer for a seed, every schedule checked."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aidc_twin.app.instances import ran
from aidc_twin.schedule.bounds import lower_bound, one_machine
from aidc_twin.schedule.engine import Answer, solve
from aidc_twin.schedule.instance import read_instance
from aidc_twin.schedule.kernel import floor, projects, tabu
from aidc_twin.schedule.problem import Problem
from aidc_twin.schedule.project import project_of
from aidc_twin.schedule.search import memories
from aidc_twin.verify.instance import Ran, check_instance

FT06 = """6 6
2 1 0 3 1 6 3 7 5 3 4 6
1 8 2 5 4 10 5 10 0 10 3 4
2 5 3 4 5 8 0 9 1 1 4 7
1 5 0 5 2 5 3 3 4 8 5 9
2 9 1 3 4 5 5 4 0 3 3 1
1 3 3 3 5 9 0 10 4 4 2 1
"""
"""Fisher and Thompson's instance of 6 jobs on 6 machines; its least makespan is 55."""


def jobshop_text(seed: int, jobs: int, machines: int) -> str:
    """A random job shop whose jobs may skip machines and come back to them; some operations take no time."""
    chance = np.random.default_rng(seed)
    lines = [f"{jobs} {machines}"]
    for _ in range(jobs):
        count = int(chance.integers(1, machines + 2))
        lines.append(" ".join(f"{chance.integers(machines)} {chance.integers(0, 9)}" for _ in range(count)))
    return "\n".join(lines) + "\n"


def fjs_text(seed: int, jobs: int, machines: int) -> str:
    """A random flexible job shop."""
    chance = np.random.default_rng(seed)
    lines = [f"{jobs} {machines}"]
    for _ in range(jobs):
        words: list[int] = [count := int(chance.integers(1, 4))]
        for _ in range(count):
            able = chance.permutation(machines)[: int(chance.integers(1, machines + 1))] + 1
            words += [len(able), *(x for machine in able for x in (int(machine), int(chance.integers(0, 9))))]
        lines.append(" ".join(map(str, words)))
    return "\n".join(lines) + "\n"


def rcp_text(seed: int, tasks: int, capacity: list[int] | None = None) -> str:
    """A random project with two resources, or of the given capacities."""
    chance = np.random.default_rng(seed)
    capacity = [4, 3] if capacity is None else capacity
    words = [tasks, len(capacity), *capacity]
    for task in range(1, tasks + 1):
        after = [x for x in range(task + 1, tasks + 1) if chance.random() < 0.3]
        words.append(int(chance.integers(0, 6)))
        words += [int(chance.integers(0, most + 1)) for most in capacity]
        words += [len(after), *after]
    return " ".join(map(str, words)) + "\n"


MAKERS = {
    "jobshop": lambda seed: jobshop_text(seed, 3, 3),
    "fjs": lambda seed: fjs_text(seed, 3, 2),
    "rcp": lambda seed: rcp_text(seed, 6),
}


def _read(folder: Path, text: str, kind: str) -> Problem:
    path = folder / f"{kind}.txt"
    path.write_text(text, encoding="utf-8")
    return read_instance(path, kind)


def _solve(problem: Problem, work: int = 400_000, seed: int = 1, threads: int = 1) -> Answer:
    return solve(problem, lambda: 0.0, seconds=1.0, work=work, seed=seed, threads=threads)


def _least(problem: Problem) -> int:
    """Least makespan of a small problem by trying every order of all operations with every choice.

    Serial generation over all lists and choices reaches an optimum.
    """
    n = problem.operations
    following = [problem.next_operation[problem.next_first[i] : problem.next_first[i + 1]].tolist() for i in range(n)]
    options = [range(problem.option_first[i], problem.option_first[i + 1]) for i in range(n)]
    best = 10**9

    def extend(placed: dict[int, tuple[int, int]], chosen: dict[int, int]) -> None:
        nonlocal best
        if max((end for _, end in placed.values()), default=0) >= best:
            return
        if len(placed) == n:
            best = max((end for _, end in placed.values()), default=0)
            return
        for i in range(n):
            before = [j for j in range(n) if i in following[j]]
            if i in placed or any(j not in placed for j in before):
                continue
            for q in options[i]:
                duration = int(problem.option_duration[q])
                at = max((placed[j][1] for j in before), default=0)
                while not _free(problem, placed, chosen, i, q, at, duration):
                    at += 1
                extend({**placed, i: (at, at + duration)}, {**chosen, i: q})

    extend({}, {})
    return best


def _free(problem: Problem, placed: dict[int, tuple[int, int]], chosen: dict[int, int], i: int, q: int, at: int,
          duration: int) -> bool:  # fmt: skip
    for time in range(at, at + duration):
        running = [j for j, (start, end) in placed.items() if start <= time < end]
        machine = int(problem.option_machine[q])
        if machine >= 0 and any(problem.option_machine[chosen[j]] == machine for j in running):
            return False
        if (problem.demand[[*running, i]].sum(axis=0) > problem.capacity).any():
            return False
    return True


@pytest.mark.parametrize("kind", ["jobshop", "fjs", "rcp"])
def test_small_problems_are_solved_and_bounds_hold(tmp_path: Path, kind: str) -> None:
    """The makespan found is the least one, the bound is no larger, and the checker agrees."""
    for seed in range(8):
        text = MAKERS[kind](seed)
        problem = _read(tmp_path, text, kind)
        answer = _solve(problem)
        assert answer.placement.makespan == _least(problem), (kind, seed)
        assert answer.bound <= answer.placement.makespan
        assert (answer.status == "optimal") == (answer.gap == 0)
        certificate = check_instance(text, kind, ran(problem, answer), answer.placement.makespan)
        assert certificate.ok, certificate.checks


def test_the_classic_instance_is_solved(tmp_path: Path) -> None:
    """55, with a trajectory that falls."""
    answer = _solve(_read(tmp_path, FT06, "jobshop"), work=5_000_000)
    assert answer.placement.makespan == 55
    values = [value for _, value in answer.trajectory]
    assert values == sorted(values, reverse=True)
    assert values[-1] == 55


@pytest.mark.parametrize("kind", ["jobshop", "fjs"])
def test_a_moved_graph_equals_one_made_anew(tmp_path: Path, kind: str) -> None:
    """Heads, tails, neighbours and order after every move; estimates are those of acyclic moves."""
    text = jobshop_text(5, 8, 5) if kind == "jobshop" else fjs_text(5, 8, 4)
    t, o, c, w = memories(_read(tmp_path, text, kind), 3)
    n = int(c[floor.OPERATIONS])
    machine = o[floor.MACHINE_OF, t[floor.OPTION, :n]].copy()
    floor.build(t, o, c, machine, np.arange(n, dtype=np.int32))
    tabu.begin(t, c, w)
    moved = 0
    for _ in range(400):
        tabu.search(t, o, c, w, 1, 10**9, 0)
        again = t.copy()
        value = floor.build(again, o, c, t[floor.MACHINE, :n].copy(), t[floor.ORDER, :n].copy())
        assert value == floor.makespan(t, c)
        assert np.array_equal(again[: floor.MARK], t[: floor.MARK])
        places = t[floor.PLACE]
        for op in range(n):
            for after in (t[floor.JOB_AFTER, op], t[floor.AFTER, op]):
                assert after == n or places[op] < places[after]
        moved = int(c[floor.ITERATION])
    assert moved > 30


@pytest.mark.parametrize("kind", ["jobshop", "fjs", "rcp"])
def test_the_same_seed_and_work_give_the_same_schedule(tmp_path: Path, kind: str) -> None:
    """Also with two threads."""
    text = {"jobshop": jobshop_text(2, 15, 8), "fjs": fjs_text(2, 15, 5), "rcp": rcp_text(2, 40)}[kind]
    problem = _read(tmp_path, text, kind)
    for threads in (1, 2):
        one, other = (_solve(problem, threads=threads, seed=7) for _ in range(2))
        assert one.placement.start.tolist() == other.placement.start.tolist()
        assert one.placement.machine.tolist() == other.placement.machine.tolist()
        assert one.work == other.work


def test_a_time_limit_of_zero_gives_the_first_schedule(tmp_path: Path) -> None:
    """Anytime: there is always a schedule."""
    answer = solve(_read(tmp_path, jobshop_text(2, 15, 8), "jobshop"), lambda: 0.0, seconds=0.0)
    assert len(answer.trajectory) == 1


def _serial(problem: Problem) -> list[int]:
    """Starts by serial generation in the order of the tasks, period by period."""
    before = [
        [j for j in range(i) if i in problem.next_operation[problem.next_first[j] : problem.next_first[j + 1]]]
        for i in range(problem.operations)
    ]
    starts: list[int] = []
    used = np.zeros((int(problem.option_duration.sum()) + 1, len(problem.capacity)), np.int64)
    for i, duration in enumerate(problem.option_duration.tolist()):
        at = max((starts[j] + int(problem.option_duration[j]) for j in before[i]), default=0)
        while duration and (used[at : at + duration] + problem.demand[i] > problem.capacity).any():
            at += 1
        used[at : at + duration] += problem.demand[i]
        starts.append(at)
    return starts


@pytest.mark.parametrize("capacity", [[4, 3], [4, 3, 5, 2, 6, 3], [40_000, 30_000, 20_000], []])
def test_serial_generation_and_double_justification(tmp_path: Path, capacity: list[int]) -> None:
    """With few, many and large resources: the same starts as period by period, and never longer when justified."""
    for seed in range(12):
        problem = _read(tmp_path, rcp_text(seed, 25, capacity), "rcp")
        project = project_of(problem)
        room = projects.empty_room(project, 1, 2)
        room.order[:] = np.arange(problem.operations)
        for _ in range(2):
            length = projects.place(project, project.prior_first, project.prior_task, room, room.order, room.start)
            assert room.start.tolist() == _serial(problem)
            assert length == max(room.start + problem.option_duration)
        assert projects.justify(project, room) <= length
        assert sorted(room.order.tolist()) == list(range(problem.operations))


def test_every_list_of_a_population_keeps_the_order_of_tasks(tmp_path: Path) -> None:
    """Children of both crossings are whole and behind what they depend on; a list makes its schedule."""
    problem = _read(tmp_path, rcp_text(3, 40), "rcp")
    project = project_of(problem)
    room = projects.empty_room(project, 5, 8)
    projects.evolve(project, room, 600, 0)
    assert room.cells[projects.FILLED] == 8
    for order, start, value in zip(room.lists, room.starts, room.values.tolist(), strict=True):
        place = np.argsort(order)
        assert sorted(order.tolist()) == list(range(problem.operations))
        for i in range(problem.operations):
            after = problem.next_operation[problem.next_first[i] : problem.next_first[i + 1]]
            assert (place[after] > place[i]).all()
        found = np.zeros(problem.operations, np.int32)
        assert projects.place(project, project.prior_first, project.prior_task, room, order, found) <= value
        assert value == max(start + problem.option_duration)


def test_one_machine_bound_by_hand() -> None:
    """Operations (head, duration, tail): (0, 4, 1), (1, 2, 6), (3, 3, 2).

    0–1 first, 1–3 second (ends 3, with tail 9), 3–6 third (8), 6–9 first again (10).
    """
    assert one_machine([0, 1, 3], [4, 2, 3], [1, 6, 2]) == 10


def test_bounds_by_hand(tmp_path: Path) -> None:
    """A machine that must do 5 + 6 with a tail of 2; two machines sharing 9 of work; tasks that exclude others."""
    assert lower_bound(_read(tmp_path, "2 2\n0 5 1 2\n0 6 1 2\n", "jobshop")) == 13
    assert lower_bound(_read(tmp_path, "3 2\n1 2 1 3 2 3\n1 2 1 3 2 3\n1 2 1 3 2 3\n", "fjs")) == 5
    assert lower_bound(_read(tmp_path, "3 1 4  3 3 0  3 3 0  3 3 0", "rcp")) == 9


def test_a_set_of_machines_waits_for_its_first_work_and_for_what_follows_its_last(tmp_path: Path) -> None:
    """Two machines share four operations of 4, each of which has an operation of 3 on a machine of its own before it,
    and two of them one of 1 behind: (3 + 3 + 16 + 0 + 0) / 2, and (3 + 3 + 16 + 1 + 1) / 2 where all have one.
    """
    for behind, bound in ((2, 11), (4, 12)):
        jobs = [f"3 1 {k + 3} 3 2 1 4 2 4 1 {k + 3} 1" if k < behind else f"2 1 {k + 3} 3 2 1 4 2 4" for k in range(4)]
        problem = _read(tmp_path, "\n".join(["4 6 1", *jobs]), "fjs")
        assert lower_bound(problem) == bound == _solve(problem).placement.makespan


def test_there_can_be_fewer_operations_than_machines(tmp_path: Path) -> None:
    """The machines beyond the number of operations are empty: a search that took them for others' never ended."""
    for seed in range(40, 52):
        problem = _read(tmp_path, fjs_text(seed, 2, 3), "fjs")
        answer = _solve(problem, work=500)
        assert lower_bound(problem) <= answer.placement.makespan


def test_the_bound_of_a_set_of_machines_is_no_more_than_the_least_makespan(tmp_path: Path) -> None:
    """Against all orders in which alike machines can take operations with others before and behind them."""
    chance, met = np.random.default_rng(5), 0
    for _ in range(150):
        jobs, alike = int(chance.integers(1, 6)), int(chance.integers(1, 4))
        parts = chance.integers(0, 9, (jobs, 3)).tolist()
        able = " ".join(f"{m + 1} {{}}" for m in range(alike))
        rows = [
            f"3 1 {alike + k + 1} {head} {alike} {able.replace('{}', str(work))} 1 {alike + k + 1} {tail}"
            for k, (head, work, tail) in enumerate(parts)
        ]
        problem = _read(tmp_path, "\n".join([f"{jobs} {alike + jobs} 2", *rows]), "fjs")
        least = min(_in_order(order, alike) for order in itertools.permutations(parts))
        assert lower_bound(problem) <= least
        met += lower_bound(problem) == least
    assert met > 100


def _in_order(jobs: Sequence[list[int]], machines: int) -> int:
    """Makespan where the machine that is free first takes the next job."""
    free, end = [0] * machines, 0
    for head, work, tail in jobs:
        free.sort()
        free[0] = max(free[0], head) + work
        end = max(end, free[0] + tail)
    return end


def _at_zero(rows: list[Ran]) -> list[Ran]:
    """Every job by itself from time 0 on."""
    moved: list[Ran] = []
    for _, own in itertools.groupby(rows, key=lambda row: row.job):
        at = 0
        for row in own:
            moved.append(replace(row, start=at, end=at + row.end - row.start))
            at = moved[-1].end
    return moved


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda rows: rows[1:], "every operation runs once"),
        (lambda rows: [*rows, rows[0]], "every operation runs once"),
        (lambda rows: [replace(rows[0], machine=5), *rows[1:]], "an operation runs where it can"),
        (lambda rows: [replace(rows[0], end=rows[0].end + 1), *rows[1:]], "an operation takes its duration"),
        (
            lambda rows: [replace(rows[0], start=rows[1].start, end=rows[1].start + 1), *rows[1:]],
            "an operation starts after the end of those before it",
        ),
        (_at_zero, "a machine does one operation at a time"),
    ],
)
def test_the_checker_sees_each_fault(tmp_path: Path, change, rule: str) -> None:
    """A schedule with one thing wrong is refused by the rule for it."""
    problem = _read(tmp_path, FT06, "jobshop")
    answer = _solve(problem)
    rows = ran(problem, answer)
    found = check_instance(FT06, "jobshop", change(rows), answer.placement.makespan)
    broken = found.checks.filter(found.checks["violations"] > 0)["rule"].to_list()
    assert rule in broken


def test_the_checker_counts_resources_and_the_makespan(tmp_path: Path) -> None:
    """Two tasks that need three of four units at once, and a makespan that is not the last end."""
    text = "2 1 4  3 3 0  3 3 0"
    rows = [Ran(1, 1, -1, 0, 3), Ran(2, 1, -1, 2, 5)]
    found = check_instance(text, "rcp", rows, 6)
    broken = found.checks.filter(found.checks["violations"] > 0)["rule"].to_list()
    assert broken == ["resources are not used beyond their capacity", "the makespan is the last end"]
    assert check_instance(text, "rcp", [rows[0], replace(rows[1], start=3, end=6)], 6).ok
