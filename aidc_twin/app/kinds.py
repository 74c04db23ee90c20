"""What the store keeps, by kind: how it is called, and the refusal of a command that needs another."""

from __future__ import annotations

from pathlib import Path

from aidc_twin.errors import InputError, Problem
from aidc_twin.store import Run, RunStore

__all__ = ["called", "planned_run", "refuse_kind"]

PLANNED = "run"
"""Kind of what the store keeps with a master plan."""
_CALLED = {"run": "a run with a plan", "schedule": "a schedule", "invest": "an expansion plan", "state": "a state"}


def called(run: Run) -> str:
    """A run by its id and what it is, as ``20270101-120000-abcdef, an expansion plan``."""
    return f"{run.id}, {_CALLED.get(run.kind, f'of kind {run.kind}')}"


def refuse_kind(run: Run, where: str) -> InputError:
    """Refusal of a run that has no master plan; `where` is the option or command that named it."""
    fix = "name one that `aidc-twin run` has published; `aidc-twin runs list` tells them"
    if run.kind != PLANNED:
        fix += f"; `aidc-twin runs show {run.id}` tells what this one says"
    return InputError(Problem(where, 0, "", called(run), _CALLED[PLANNED], fix, "no-plan"))


def planned_run(name: str, store: Path, where: str) -> Run:
    """A run of the store that has a master plan.

    Raises
    ------
    InputError
        There is no such run, or it is of another kind.
    """
    run = RunStore(store).get(name)
    if run.kind != PLANNED:
        raise refuse_kind(run, where)
    return run
