"""Gaps to best known of the search engine on public instances, by CPU seconds of one thread.

`python bench/schedule_gaps.py FOLDER SECONDS NAME…` prints a line per instance and the means; FOLDER holds
`best_known.csv` and
the instances in `jobshop/`, `flexible_jobshop/` and `rcpsp/`. An instance that is named first pays for compiling.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path

from aidc_twin.schedule.engine import solve
from aidc_twin.schedule.instance import read_instance

FORMS = {"jobshop": ("jobshop", ".txt"), "flexible_jobshop": ("fjs", ".txt"), "rcpsp": ("rcp", ".rcp")}


def main(folder: Path, seconds: float, names: list[str]) -> None:
    """Print the table."""
    with (folder / "best_known.csv").open(encoding="utf-8", newline="") as file:
        known = {row["instance"]: row for row in csv.DictReader(file)}
    gaps, bounds = [], []
    for name in names:
        row = known[name]
        form, ending = FORMS[row["kind"]]
        problem = read_instance(folder / row["kind"] / (name + ending), form)
        started, best = time.process_time(), int(row["upper_bound"])
        answer = solve(problem, lambda started=started: time.process_time() - started, seconds=seconds)
        gaps.append(answer.placement.makespan / best - 1)
        bounds.append(1 - answer.bound / best)
        first = [value for at, value in answer.trajectory if at <= 1.0][-1:]
        print(f"{name:>12} {problem.operations:>5} best {best:>6} found {answer.placement.makespan:>6} {gaps[-1]:>7.2%}"
              f"  at 1 s {first}  bound {answer.bound:>6} {bounds[-1]:>7.2%}  {answer.status}", flush=True)  # fmt: skip
    print(f"mean gap {sum(gaps) / len(gaps):.2%}, of the bound {sum(bounds) / len(bounds):.2%}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
