"""Choices of machines that spread the work: where machines are full, a schedule is as long as its loads."""

from __future__ import annotations

import numpy as np

from aidc_twin.schedule.problem import Ints, Problem


def spread(problem: Problem, chance: np.random.Generator) -> Ints:
    """A choice for each operation, by its number among all choices, that makes the largest load of a machine small.

    It begins with the shortest choices and moves work away from the fullest machine, what takes least more elsewhere
    first, until nothing more makes the larger of two loads smaller. Ties fall by chance.
    """
    first, machine, took = problem.option_first, problem.option_machine, problem.option_duration.astype(np.int64)
    owner = np.repeat(np.arange(problem.operations), np.diff(first))
    order = np.lexsort((chance.random(len(took)), took, owner))
    chosen = order[first[:-1]].astype(np.int64)
    load = np.bincount(machine[chosen], took[chosen], problem.machines).astype(np.int64)
    while True:
        full = int(load.argmax())
        leaves = machine[chosen[owner]] == full
        saved = took[chosen[owner]]
        larger = np.maximum(load[full] - saved, load[machine] + took)
        fits = np.flatnonzero(leaves & (machine != full) & (larger < load[full]))
        if not len(fits):
            return chosen.astype(np.int32)
        share = (took[fits] - saved[fits]) / np.maximum(1, load[full] - larger[fits])
        q = int(fits[np.lexsort((chance.random(len(fits)), share))[0]])
        load[full] -= saved[q]
        load[machine[q]] += took[q]
        chosen[owner[q]] = q
