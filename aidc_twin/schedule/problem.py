"""A scheduling problem as arrays: operations in jobs or projects, choices of machines, shared resources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Problem:
    """Operations with choices and precedence; times are whole numbers in the unit of whoever states the problem.

    Attributes
    ----------
    name : of the instance.
    kind : ``jobshop``, ``fjs`` or ``rcp``.
    machines : number of machines, each of which does one operation at a time.
    job_first : shape (jobs + 1,), where each job's operations begin; in a project every task is a job.
    option_first : shape (operations + 1,), where each operation's choices begin.
    option_machine, option_duration : shape (choices,); machine -1 stands for none.
    next_first, next_operation : shape (operations + 1,) and (arcs,), operations that may start only after one's end.
    demand : shape (operations, resources), units of each shared resource while an operation runs.
    capacity : shape (resources,).
    """

    name: str
    kind: str
    machines: int
    job_first: Ints
    option_first: Ints
    option_machine: Ints
    option_duration: Ints
    next_first: Ints
    next_operation: Ints
    demand: Ints
    capacity: Ints

    @property
    def operations(self) -> int:
        """Number of operations."""
        return len(self.option_first) - 1

    @property
    def jobs(self) -> int:
        """Number of jobs."""
        return len(self.job_first) - 1


@dataclass(frozen=True)
class Placement:
    """When each operation runs and on which machine.

    Attributes
    ----------
    machine, start, end : shape (operations,); machine -1 stands for none.
    """

    machine: Ints
    start: Ints
    end: Ints

    @property
    def makespan(self) -> int:
        """Latest end; 0 without operations."""
        return int(self.end.max(initial=0))


def shop_problem(name: str, kind: str, machines: int, jobs: list[list[list[tuple[int, int]]]]) -> Problem:
    """Problem of jobs, each a list of operations, each a list of (machine, duration)."""
    routes = [operation for job in jobs for operation in job]
    job_first = np.cumsum([0, *(len(job) for job in jobs)], dtype=np.int32)
    last = np.zeros(len(routes), bool)
    last[job_first[1:][np.diff(job_first) > 0] - 1] = True
    return Problem(
        name, kind, machines, job_first,
        option_first=np.cumsum([0, *(len(route) for route in routes)], dtype=np.int32),
        option_machine=np.array([machine for route in routes for machine, _ in route], np.int32),
        option_duration=np.array([duration for route in routes for _, duration in route], np.int32),
        next_first=np.cumsum([0, *(~last).tolist()], dtype=np.int32),
        next_operation=np.flatnonzero(~last).astype(np.int32) + np.int32(1),
        demand=np.zeros((len(routes), 0), np.int32),
        capacity=np.zeros(0, np.int32),
    )  # fmt: skip


def project_problem(name: str, durations: list[int], demand: list[list[int]], capacity: list[int],
                    following: list[list[int]]) -> Problem:  # fmt: skip
    """Problem of a project's tasks with demands of shared resources."""
    tasks = len(durations)
    return Problem(
        name, "rcp", 0,
        job_first=np.arange(tasks + 1, dtype=np.int32),
        option_first=np.arange(tasks + 1, dtype=np.int32),
        option_machine=np.full(tasks, -1, np.int32),
        option_duration=np.array(durations, np.int32),
        next_first=np.cumsum([0, *(len(after) for after in following)], dtype=np.int32),
        next_operation=np.array([task for after in following for task in after], np.int32),
        demand=np.array(demand, np.int32).reshape(tasks, len(capacity)),
        capacity=np.array(capacity, np.int32),
    )  # fmt: skip
