"""What a plan moves of the published one that it was to stay near."""

from __future__ import annotations

from typing import Any

from aidc_twin.report.reading import Run, objects, real, text, whole
from aidc_twin.report.tables import Cell, number, table, words

__all__ = ["moved"]

_SHOWN = 30
"""Moves in the table; the furthest come first."""


def moved(run: Run) -> dict[str, Any]:
    """A sentence and a table; a blank sentence where no plan was to be kept near."""
    rows = objects(run.near, "moved")
    groups = whole(run.near.get("groups"))
    if groups is None:
        return {"moved_sentence": "", "moved_table": None}
    away = [row for row in rows if row.get("weeks") is not None]
    new = sum(row.get("before") is None for row in rows)
    gone = sum(row.get("after") is None for row in rows)
    left = f" The {_SHOWN} that come first of {len(rows):,} are listed." if len(rows) > _SHOWN else ""
    told = table(
        ("order", "group", "#from week", "#to week", "#weeks"),
        (
            (words(text(row, "order")), words(text(row, "group")), _week(row.get("before")), _week(row.get("after")),
             _week(row.get("weeks")))
            for row in rows[:_SHOWN]
        ),
        "Nothing moves.",
    )  # fmt: skip
    return {
        "moved_sentence": f"{len(away):,} of {groups:,} groups that both plans release come in another week; {new:,}"
        f" new, {gone:,} no longer released. Weeks are means over a group, from this run's first week.{left}",
        "moved_table": told,
    }


def _week(value: Any) -> Cell:
    return number(real(value), 3)
