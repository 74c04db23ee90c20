"""Longest ways through the order in which operations follow each other."""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.problem import Ints, Problem


def longest_ways(problem: Problem, durations: Ints) -> tuple[Ints, Ints]:
    """Longest way to the start of each operation and from its end, shape (operations,) each."""
    following = [
        problem.next_operation[problem.next_first[i] : problem.next_first[i + 1]].tolist()
        for i in range(problem.operations)
    ]
    order = topological(following)
    heads, tails = np.zeros(problem.operations, np.int32), np.zeros(problem.operations, np.int32)
    for i in order:
        for j in following[i]:
            heads[j] = max(heads[j], heads[i] + durations[i])
    for i in reversed(order):
        for j in following[i]:
            tails[i] = max(tails[i], tails[j] + durations[j])
    return heads, tails


def topological(following: list[list[int]]) -> list[int]:
    """Operations in an order in which each comes before what follows it, without those of a circle or behind one."""
    waits = [0] * len(following)
    for after in following:
        for j in after:
            waits[j] += 1
    order = [i for i, count in enumerate(waits) if count == 0]
    for i in order:
        for j in following[i]:
            waits[j] -= 1
            if waits[j] == 0:
                order.append(j)
    return order
