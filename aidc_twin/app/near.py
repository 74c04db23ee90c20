"""A plan beside that of a run of the store: its weeks on the calendar of today, and what has moved."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidc_twin.app.kinds import PLANNED, planned_run
from aidc_twin.errors import escape
from aidc_twin.store import RunStore
from aidc_twin.store.ids import LATEST

if TYPE_CHECKING:
    import polars as pl

__all__ = ["near_lines", "published_weeks", "run_of"]

_DAYS = 7
_TOLD = 5
"""Moves that are listed; the rest is counted."""


def run_of(name: str | None, store: Path) -> str | None:
    """Id of the run that a plan stays near, ``latest`` being the last one with a plan; None where none is asked for.

    Raises
    ------
    InputError
        There is no such run, or it has no plan.
    """
    if name is None:
        return None
    runs = RunStore(store)
    planned = [run for run in runs.list() if run.kind == PLANNED] if name == LATEST else []
    run = planned[-1] if planned else runs.get(name)
    return planned_run(run.id, store, "--near").id


def published_weeks(name: str | None, store: Path, epoch: dt.date) -> pl.DataFrame | None:
    """``plan_releases`` of a run in weeks from another epoch; None where no run is asked for.

    Weeks are moved by the whole weeks between the two epochs that are nearest; what should have been released before
    the epoch, and was not, belongs in its first week.
    """
    import polars as pl

    if name is None:
        return None
    run = RunStore(store).get(name)
    then = dt.date.fromisoformat(str(run.json("summary")["park_epoch"])[:10])
    later = round((epoch - then).days / _DAYS)
    week = (pl.col("week") - later).clip(lower_bound=0)
    moved = run.frame("plan_releases").with_columns(week=week)
    return moved.group_by("order", "group", "week").agg(pl.col("quantity_mw").sum()).sort("order", "group", "week")


def near_lines(found: dict[str, Any] | None) -> list[str]:
    """What has moved from the published plan, the furthest first; nothing where no plan was to be kept near."""
    if found is None:
        return []
    moved = [row for row in found["moved"] if row["weeks"] is not None]
    new = sum(row["before"] is None for row in found["moved"])
    gone = sum(row["after"] is None for row in found["moved"])
    head = f"  beside the published plan {len(moved)} of {found['groups']} release groups move"
    names = [
        f"{escape(row['order'])} {escape(row['group'])} from week {row['before']:.1f} to {row['after']:.1f}"
        for row in moved[:_TOLD]
    ]
    names += [f"and {len(moved) - _TOLD} more"] if len(moved) > _TOLD else []
    others = [f"{count} {what}" for count, what in ((new, "new"), (gone, "no longer released")) if count]
    tail = f" ({', '.join(others)})" if others else ""
    return [head + tail + (": " if names else "") + ", ".join(names)]
