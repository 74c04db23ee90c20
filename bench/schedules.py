"""Public instances: which are measured, and what the engine and CP-SAT find in seconds of CPU.

`python -m bench.schedules SECONDS NAME…` prints the table of some instances.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aidc_twin.app.instances import ran
from aidc_twin.schedule.engine import solve
from aidc_twin.schedule.instance import read_instance
from aidc_twin.schedule.prepare import Preparing
from aidc_twin.verify.instance import check_instance
from bench.registry import ROOT

CASES = ROOT.parent / "shared" / "cases" / "schedule"
FORMS = {"jobshop": ("jobshop", ".txt"), "flexible_jobshop": ("fjs", ".txt"), "rcpsp": ("rcp", ".rcp")}
SAMPLE = 24
"""Instances of a family that are measured by default."""
LARGE = 300
"""Operations from which on CP-SAT runs beside the engine."""


@dataclass(frozen=True)
class Family:
    """Instances of a kind: what their names begin with, the seconds of CPU they get, and the verb of their mean gap."""

    kind: str
    prefixes: tuple[str, ...]
    seconds: float
    verb: str


FAMILIES = (
    Family("jobshop", ("ta", "dmu"), 60.0, "job shop, gap"),
    Family("flexible_jobshop", ("",), 60.0, "flexible job shop, gap"),
    Family("rcpsp", ("j120",), 20.0, "projects, gap"),
)


@dataclass(frozen=True)
class Public:
    """A public instance: its file, the form of it, its operations, the best makespan known, and a bound of it."""

    name: str
    path: Path
    form: str
    operations: int
    best: int
    least: int


@dataclass(frozen=True)
class Found:
    """What was found: makespan, bound and (seconds of CPU, makespan) of each better schedule."""

    makespan: int
    bound: int
    trajectory: Sequence[tuple[float, int]]

    def after(self, seconds: float) -> int | None:
        """Makespan after so many seconds; None if there was none yet."""
        return next((value for at, value in reversed(self.trajectory) if at <= seconds), None)


def instances(family: Family, most: int | None = None) -> list[Public]:
    """Instances of a family by size and name, all of them or so many at even distances."""
    with (CASES / "best_known.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file)
                if row["kind"] == family.kind and row["instance"].startswith(family.prefixes)]  # fmt: skip
    form, ending = FORMS[family.kind]
    every: list[Public] = []
    for row in rows:
        path = CASES / family.kind / (row["instance"] + ending)
        size = read_instance(path, form).operations
        every.append(Public(row["instance"], path, form, size, int(row["upper_bound"]), int(row["lower_bound"])))
    every.sort(key=lambda one: (one.operations, one.name))
    if most is None or most >= len(every):
        return every
    return [every[i * len(every) // most] for i in range(most)]


def by_engine(one: Public, seconds: float) -> Found:
    """What the engine finds on one thread; its schedule must hold, and no bound be above a schedule."""
    problem = read_instance(one.path, one.form)
    started = time.process_time()
    answer = solve(problem, lambda: time.process_time() - started, seconds=seconds)
    makespan = answer.placement.makespan
    certificate = check_instance(one.path.read_text(encoding="utf-8"), one.form, ran(problem, answer), makespan)
    assert certificate.ok, (one.name, certificate.checks)
    assert answer.bound <= one.best, one
    assert one.least <= makespan, one
    return Found(makespan, answer.bound, answer.trajectory)


def warm(one: Public) -> None:
    """Compile all kernels for a kind of instance, those of its proofs too."""
    Preparing(one.form)()


def has_cp_sat() -> bool:
    """Whether OR-Tools is installed."""
    return importlib.util.find_spec("ortools") is not None


def by_cp_sat(one: Public, seconds: float) -> Found:
    """What CP-SAT finds with two workers in seconds of CPU each, in a process of its own."""
    command = [sys.executable, "-m", "bench.by_cp_sat", str(one.path), one.form, str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return Found(found["makespan"], found["bound"], [(at, value) for at, value in found["trajectory"]])


def line(one: Public, found: Found) -> str:
    """A row of the table."""
    first = found.after(1.0)
    return (
        f"{one.name:>12} {one.operations:>5} best {one.best:>6} found {found.makespan:>6}"
        f" {found.makespan / one.best - 1:>7.2%}  at 1 s {'–' if first is None else first:>6}"
        f"  bound {found.bound:>6} {1 - found.bound / one.best:>7.2%}"
    )


def main(seconds: float, names: Sequence[str]) -> None:
    """Print the table of some instances; the kernels are compiled before."""
    chosen = [one for family in FAMILIES for one in instances(Family(family.kind, ("",), 0.0, ""))]
    chosen = [one for one in chosen if one.name in names]
    gaps: list[float] = []
    for one in chosen:
        warm(one)
        found = by_engine(one, seconds)
        gaps.append(found.makespan / one.best - 1)
        print(line(one, found), flush=True)
    print(f"mean gap {sum(gaps) / len(gaps):.2%}")


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
