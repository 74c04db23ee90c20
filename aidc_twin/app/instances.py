"""A schedule for a public instance file: search, check, write."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

from aidc_twin.errors import EnvironmentFault, escape
from aidc_twin.resources.text import decode
from aidc_twin.schedule.engine import MOST_WORK, Answer, solve
from aidc_twin.schedule.instance import read_instance
from aidc_twin.schedule.prepare import Preparing
from aidc_twin.schedule.problem import Problem
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.verify.instance import Ran, check_instance

COLUMNS = ("job", "operation", "machine", "start", "end")


SECONDS = 60.0
"""Seconds of search where neither the command line nor a profile says them."""


def instance_schedule(path: Path, kind: str, limits: tuple[float, float, int], threads: int, seed: int,
                      work: int | None, solution: Path | None,
                      progress: Progress = SILENT) -> dict[str, Any]:  # fmt: skip
    """Schedule an instance within seconds, a gap and a target, check the schedule, and tell what was found.

    All seconds but `prepared_s` are without those in which kernels were made ready.
    """
    started = time.perf_counter()
    seconds, gap, target = limits
    problem, preparing = read_instance(path, kind), Preparing(kind, progress)
    preparing()
    started += preparing.seconds
    answer = solve(
        problem, lambda: time.perf_counter() - started,
        seconds=seconds, seed=seed, threads=threads, work=MOST_WORK if work is None else work,
        target=target, gap=gap,
    )  # fmt: skip
    rows = ran(problem, answer)
    text = decode(path.read_bytes(), _no_defects(path)) or ""
    certificate = check_instance(text, kind, rows, answer.placement.makespan)
    found: dict[str, Any] = {
        "instance": path.stem,
        "makespan": answer.placement.makespan,
        "bound": answer.bound,
        "gap": answer.gap,
        "status": answer.status,
        "first_feasible_s": round(answer.trajectory[0][0], 4),
        "seconds": round(time.perf_counter() - started, 3),
        "prepared_s": round(preparing.seconds, 3),
        "trajectory": [[round(at, 4), value] for at, value in answer.trajectory],
        "certificate": {"violations": certificate.violations, "checked": int(certificate.checks["checked"].sum())},
        "work": answer.work,
        "seed": seed,
    }
    if solution is not None:
        _write(solution, rows)
        found["solution"] = str(solution)
    return found


def search_limits(profile: str | None, seconds: float | None, gap: float | None) -> tuple[float, float]:
    """Seconds and gap of a search: those of the command line, else of the profile, else a minute and none."""
    if profile is not None:
        from aidc_twin.solver import load_profile

        chosen = load_profile(profile)
        seconds = chosen.time_limit_s if seconds is None else seconds
        gap = chosen.gap if gap is None else gap
    return SECONDS if seconds is None else seconds, 0.0 if gap is None else gap


def ran(problem: Problem, answer: Answer) -> list[Ran]:
    """Operations of the schedule as the file counts them."""
    shift = 1 if problem.kind == "fjs" else 0
    placed = answer.placement
    rows: list[Ran] = []
    for job in range(problem.jobs):
        first = int(problem.job_first[job])
        for i in range(first, int(problem.job_first[job + 1])):
            machine = int(placed.machine[i]) + (shift if placed.machine[i] >= 0 else 0)
            rows.append(Ran(job + 1, i - first + 1, machine, int(placed.start[i]), int(placed.end[i])))
    return rows


def _no_defects(path: Path) -> Any:
    from aidc_twin.resources.defects import Defects

    return Defects(str(path), [])


def _write(path: Path, rows: list[Ran]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row.job, row.operation, row.machine, row.start, row.end] for row in rows)
    try:
        path.write_text(text.getvalue(), encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"cannot write {path}: {error.strerror}") from error


def shown(found: dict[str, Any]) -> str:
    """The schedule of an instance in a few lines."""
    lines = [
        f"{escape(found['instance'])}: makespan {found['makespan']:,}, bound {found['bound']:,},"
        f" gap {found['gap']:.2%} ({found['status']}) after {found['seconds']:.1f} s",
        f"  {found['certificate']['checked']:,} checks, {found['certificate']['violations']} violations",
    ]
    if "solution" in found:
        lines.append(f"  written to {escape(found['solution'])}")
    return "\n".join(lines)
