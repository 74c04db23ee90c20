"""The run that holds: a plan or a schedule is published, and what comes next is compared with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from aidc_twin.app.flow import SUMMARY
from aidc_twin.app.kinds import called
from aidc_twin.errors import InputError, Problem
from aidc_twin.store import Run, RunStore

REFERENCE = "reference.txt"


def reference_rows(store: Path) -> pl.DataFrame | None:
    """Operations of the run that holds, None where none does."""
    run = reference_of(store)
    if run is None or "schedule_operations.parquet" not in run.files:
        return None
    return run.frame("schedule_operations")


def reference_of(store: Path) -> Run | None:
    """The run that was published last."""
    path = store / REFERENCE
    return RunStore(store).get(path.read_text(encoding="utf-8").strip()) if path.is_file() else None


def publish(name: str, store: Path) -> dict[str, Any]:
    """Make a plan or a schedule the one that holds; one with violations is refused.

    Raises
    ------
    InputError
        If a rule is violated, a file is damaged, or the run has neither a plan nor a schedule.
    """
    from aidc_twin.store.disk import write_whole

    run = RunStore(store).get(name)
    files = {Path(file).stem for file in run.files}
    problems = list(run.check())
    if not files & {"plan_releases", "schedule_operations"}:
        allowed, fix = "a run with a plan or a schedule", "name another run"
        problems.append(Problem("runs publish", 0, "", called(run), allowed, fix, "no-plan"))
    if "checks" in files and not problems:
        for row in run.frame("checks").filter(pl.col("violations") > 0).iter_rows(named=True):
            found = f"{row['violations']} violations: {row['first']}"
            problems.append(Problem(run.id, 0, row["rule"], found, "none", "schedule or plan anew", "violations"))
    violations = run.json(SUMMARY).get("violations", 0) if f"{SUMMARY}.json" in run.files else 0
    if violations and not problems:
        problems.append(Problem(run.id, 0, "search", f"{violations} violations", "none", "schedule anew", "violations"))
    if problems:
        raise InputError(problems)
    before = reference_of(store)
    target = store / REFERENCE
    draft = store / f".{REFERENCE}.part"
    draft.unlink(missing_ok=True)
    write_whole(draft, f"{run.id}\n".encode())
    draft.replace(target)
    return {"run": run.id, "kind": run.kind, "before": None if before is None else before.id, "store": str(store)}


def said_publish(found: dict[str, Any]) -> str:
    """A publication in one line."""
    return f"{found['run']} ({found['kind']}) holds now" + (f", before: {found['before']}" if found["before"] else "")
