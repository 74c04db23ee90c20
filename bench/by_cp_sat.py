"""CP-SAT on a public instance, two workers: `python -m bench.by_cp_sat FILE FORM SECONDS` prints JSON.

A process of its own, since OR-Tools and HiGHS cannot be in one; seconds are of CPU for each worker.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from ortools.sat.python import cp_model

from aidc_twin.schedule.instance import read_instance
from aidc_twin.schedule.problem import Problem

WORKERS = 2


def model_of(problem: Problem) -> cp_model.CpModel:
    """The usual model of intervals, for the least makespan."""
    model = cp_model.CpModel()
    horizon = int(problem.option_duration.sum())
    makespan = model.new_int_var(0, horizon, "makespan")
    starts, ends, busy = [], [], {machine: [] for machine in range(problem.machines)}
    whole = []
    for i in range(problem.operations):
        options = range(int(problem.option_first[i]), int(problem.option_first[i + 1]))
        lengths = [int(problem.option_duration[q]) for q in options]
        start, end = model.new_int_var(0, horizon, ""), model.new_int_var(0, horizon, "")
        length = model.new_int_var(min(lengths), max(lengths), "") if len(lengths) > 1 else lengths[0]
        whole.append(model.new_interval_var(start, length, end, ""))
        chosen = [model.new_bool_var("") for _ in lengths] if len(lengths) > 1 else [True]
        model.add_exactly_one(chosen)
        for q, one, took in zip(options, chosen, lengths, strict=True):
            machine = int(problem.option_machine[q])
            if machine >= 0:
                interval = whole[-1] if one is True else model.new_optional_interval_var(start, took, end, one, "")
                busy[machine].append(interval)
        model.add(makespan >= end)
        starts.append(start)
        ends.append(end)
    for i in range(problem.operations):
        for j in problem.next_operation[problem.next_first[i] : problem.next_first[i + 1]].tolist():
            model.add(starts[j] >= ends[i])
    for intervals in busy.values():
        model.add_no_overlap(intervals)
    for k, capacity in enumerate(problem.capacity.tolist()):
        model.add_cumulative(whole, problem.demand[:, k].tolist(), capacity)
    model.minimize(makespan)
    return model


class Stream(cp_model.CpSolverSolutionCallback):
    """Keeps (seconds of CPU for each worker, makespan) of each schedule."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[float, int]] = []
        self.started = time.process_time()

    def spent(self) -> float:
        """Seconds of CPU for each worker."""
        return (time.process_time() - self.started) / WORKERS

    def on_solution_callback(self) -> None:
        """Keep a schedule."""
        self.found.append((self.spent(), round(self.objective_value)))


def main(path: Path, form: str, seconds: float) -> None:
    """Solve and print."""
    model = model_of(read_instance(path, form))
    solver, stream = cp_model.CpSolver(), Stream()
    solver.parameters.num_workers = WORKERS
    done = threading.Event()

    def stop() -> None:
        while not done.wait(0.05):
            if stream.spent() >= seconds:
                solver.stop_search()

    watch = threading.Thread(target=stop)
    watch.start()
    solver.solve(model, stream)
    done.set()
    watch.join()
    last = stream.found[-1][1] if stream.found else 0
    bound = round(solver.best_objective_bound)
    print(json.dumps({"makespan": last, "bound": bound, "trajectory": stream.found}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
