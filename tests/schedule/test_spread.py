"""Work that fills all machines: choices that spread it, and searches that are thrifty with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aidc_twin.schedule.engine import solve
from aidc_twin.schedule.instance import read_instance
from aidc_twin.schedule.problem import Problem
from aidc_twin.schedule.spread import spread


def crowded(folder: Path, seed: int, jobs: int = 20, each: int = 15, machines: int = 8, choices: int = 4) -> Problem:
    """A flexible job shop whose machines are full: each operation takes up to a sixth more on some than on others."""
    draw = np.random.default_rng(seed)
    lines = [f"{jobs} {machines}"]
    for _ in range(jobs):
        told = [str(each)]
        for _ in range(each):
            least, where = int(draw.integers(10, 90)), draw.permutation(machines)[:choices] + 1
            told += [str(choices), *(f"{m} {least + int(draw.integers(0, least // 6 + 1))}" for m in where)]
        lines.append(" ".join(told))
    path = folder / "crowded.fjs"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_instance(path, "fjs")


@pytest.mark.parametrize("seed", range(5))
def test_no_move_makes_the_fullest_machine_less_full(seed: int, tmp_path: Path) -> None:
    """Each operation has one of its own choices, the same for a seed, and no other one of them would be better."""
    problem = crowded(tmp_path, seed, jobs=6, each=5, machines=4, choices=3)
    chosen = spread(problem, np.random.default_rng(seed))
    assert (chosen == spread(problem, np.random.default_rng(seed))).all()
    assert (problem.option_first[:-1] <= chosen).all()
    assert (chosen < problem.option_first[1:]).all()
    machine, took = problem.option_machine, problem.option_duration
    load = np.bincount(machine[chosen], took[chosen], problem.machines)
    for op, mine in enumerate(chosen.tolist()):
        for other in range(problem.option_first[op], problem.option_first[op + 1]):
            if machine[mine] == load.argmax() and machine[other] != machine[mine]:
                assert max(load.max() - took[mine], load[machine[other]] + took[other]) >= load.max()
    shortest = [
        took[a:b].argmin() + a for a, b in zip(problem.option_first[:-1], problem.option_first[1:], strict=True)
    ]
    assert load.max() <= np.bincount(machine[shortest], took[shortest], problem.machines).max()


def test_full_machines_are_scheduled_close_to_their_loads(tmp_path: Path) -> None:
    """The bound is the load. Searches that look at time alone give 3.4 % more here: they move work to where it takes
    longer and never back.
    """
    answers = [solve(crowded(tmp_path, seed), lambda: 0.0, seconds=1.0, work=20_000_000) for seed in range(3)]
    assert sum(one.placement.makespan / one.bound - 1 for one in answers) <= 3 * 0.017
