"""Proofs of shops: the least makespan of small ones by trying everything; no bound is above a schedule."""

from __future__ import annotations

from itertools import pairwise, permutations, product
from pathlib import Path

import numpy as np
import pytest
from test_engine import FT06, fjs_text, jobshop_text

from aidc_twin.app.instances import ran
from aidc_twin.schedule import exact, search
from aidc_twin.schedule.bounds import lower_bound, shortest_durations
from aidc_twin.schedule.engine import solve
from aidc_twin.schedule.exact import Proof, Tree, edge_bound
from aidc_twin.schedule.instance import read_instance
from aidc_twin.schedule.kernel import edges
from aidc_twin.schedule.longest import longest_ways
from aidc_twin.schedule.problem import Problem, shop_problem
from aidc_twin.verify.instance import check_instance


def drawn(seed: int, jobs: int, machines: int, choices: int) -> Problem:
    """A random shop; jobs may come back to a machine, and some operations take no time."""
    chance = np.random.default_rng(seed)
    rows: list[list[list[tuple[int, int]]]] = []
    for _ in range(jobs):
        row: list[list[tuple[int, int]]] = []
        for _ in range(int(chance.integers(1, machines + 2))):
            able = chance.permutation(machines)[: int(chance.integers(1, choices + 1))]
            row.append([(int(m), int(chance.integers(0, 9))) for m in able])
        rows.append(row)
    return shop_problem(f"drawn {seed}", "jobshop" if choices == 1 else "fjs", machines, rows)


def least(problem: Problem) -> int:
    """Least makespan by all choices and all orders of the operations of each machine, what takes no time left out."""
    options = [range(problem.option_first[i], problem.option_first[i + 1]) for i in range(problem.operations)]
    return min(_least_of(problem, chosen) for chosen in product(*options))


def _least_of(problem: Problem, chosen: tuple[int, ...]) -> int:
    times = [int(problem.option_duration[q]) for q in chosen]
    lines: list[list[int]] = [[] for _ in range(problem.machines)]
    for i, q in enumerate(chosen):
        if times[i]:
            lines[problem.option_machine[q]].append(i)
    arcs = [(i, int(j)) for i in range(problem.operations)
            for j in problem.next_operation[problem.next_first[i] : problem.next_first[i + 1]]]  # fmt: skip
    best = 10**9
    for orders in product(*(permutations(line) for line in lines)):
        more = [(a, b) for line in orders for a, b in pairwise(line)]
        best = min(best, _longest(times, arcs + more, best))
    return best


def _longest(times: list[int], arcs: list[tuple[int, int]], stop: int) -> int:
    """Longest way through a graph; `stop` where that is no shorter, as in a circle."""
    ends = list(times)
    for _ in range(len(times) + 1):
        changed = False
        for a, b in arcs:
            if ends[a] + times[b] > ends[b]:
                ends[b] = ends[a] + times[b]
                changed = True
                if ends[b] >= stop:
                    return stop
        if not changed:
            return max(ends)
    return stop


def proved(problem: Problem, best: int) -> Proof:
    """A proof that was gone on with to its end, from a bound of 0 and a schedule of some makespan."""
    proof = Proof(problem, 0, best)
    while proof.bound < proof.best:
        proof.advance(50_000)
    return proof


def agrees(seed: int) -> bool:
    """Whether the exact makespan of a drawn shop of up to eight operations is the least one, and no bound above it."""
    choices = 1 + seed % 2
    problem = drawn(seed, 2 + seed % 3, 2 + seed // 2 % 2, choices)
    while problem.operations > 8:
        seed += 1_000_003
        problem = drawn(seed, 2, 2 + seed // 2 % 2, choices)
    best, most = least(problem), int(problem.option_duration.sum()) + 1
    proof = proved(problem, most)
    heads, tails = longest_ways(problem, shortest_durations(problem))
    assert proof.found is not None
    return (
        proof.bound == proof.best == proof.found.makespan == best == proved(problem, best).bound
        and edge_bound(problem, heads, tails, 0) <= lower_bound(problem) <= best
    )


@pytest.mark.parametrize("part", range(4))
def test_small_shops_are_solved_exactly(part: int) -> None:
    """A hundred drawn ones against trying everything, from no schedule and from the least one."""
    assert [seed for seed in range(25 * part, 25 * part + 25) if not agrees(seed)] == []


def test_a_search_proves_what_it_found(tmp_path: Path) -> None:
    """The classic instance and flexible ones end as optimal, the same for a seed and work, also with two threads, and
    the checker agrees.
    """
    for text, kind in ((FT06, "jobshop"), (jobshop_text(4, 6, 5), "jobshop"), (fjs_text(7, 5, 3), "fjs")):
        path = tmp_path / "it.txt"
        path.write_text(text, encoding="utf-8")
        problem = read_instance(path, kind)
        for threads in (1, 2):
            one, other = (solve(problem, lambda: 0.0, seconds=1.0, work=60_000_000, threads=threads) for _ in range(2))
            assert one.status == "optimal"
            assert one.work == other.work
            assert one.placement.start.tolist() == other.placement.start.tolist()
            assert check_instance(text, kind, ran(problem, one), one.placement.makespan).ok


def test_a_schedule_that_only_the_proof_finds_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the searches stand still at a first schedule."""
    monkeypatch.setattr(search.Climber, "advance", lambda self, work, target: None)
    path = tmp_path / "it.txt"
    path.write_text(FT06, encoding="utf-8")
    answer = solve(read_instance(path, "jobshop"), lambda: 0.0, seconds=1.0, work=200_000_000)
    assert (answer.placement.makespan, answer.bound, answer.status) == (55, 55, "optimal")
    assert check_instance(FT06, "jobshop", ran(read_instance(path, "jobshop"), answer), 55).ok


def test_narrowing_by_hand() -> None:
    """Within 12 the third operation runs from 4 to 7, as its job leaves no other time; the second must end by 9 and so
    comes before it. Both together, 7 from 0 on, leave no room for the 4 of the first one before 9: it is last.
    """
    jobs = [[[(0, 4)]], [[(0, 4)], [(3, 3)]], [[(1, 4)], [(0, 3)], [(2, 5)]]]
    problem = shop_problem("by hand", "jobshop", 4, jobs)
    heads, tails = longest_ways(problem, shortest_durations(problem))
    assert edge_bound(problem, heads, tails, 0) == 12
    tree = Tree(problem, heads, tails)
    assert not tree.begin(12)
    assert tree.tree.states[0, edges.EARLY].tolist() == [7, 0, 4, 0, 4, 7]
    assert tree.begin(11)


def test_a_proof_without_room_for_its_branches_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends, as far as it got, and the search goes on without it: it went on for ever without doing anything."""
    problem = drawn(3, 20, 4, 3)
    bound = lower_bound(problem)
    monkeypatch.setattr(exact, "CELLS", 5 * (4 * problem.operations + 1))
    proof = Proof(problem, bound, 2 * bound)
    for _ in range(3):
        proof.advance(100_000_000)
    assert proof.given_up
    assert proof.work < 300_000_000
    assert bound <= proof.bound < proof.best


def test_too_many_operations_are_left_alone() -> None:
    """The bound that there is stays, without memories for it; and no proof can be begun."""
    problem = shop_problem("large", "jobshop", 1, [[[(0, 1)]] for _ in range(2_501)])
    heads, tails = longest_ways(problem, shortest_durations(problem))
    assert edge_bound(problem, heads, tails, 7) == 7
    with pytest.raises(ValueError, match="2,500"):
        Tree(problem, heads, tails)


@pytest.mark.release
@pytest.mark.parametrize("part", range(20))
def test_two_thousand_small_shops_are_solved_exactly(part: int) -> None:
    """Promise 3: two thousand of two thousand."""
    assert [seed for seed in range(100 * part, 100 * part + 100) if not agrees(seed)] == []
