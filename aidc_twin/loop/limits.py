"""How full the limits are that tell two scenarios apart: why losing one of something changes much, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from aidc_twin.loop.rest import FULL

__all__ = ["changed_limits"]

MOST_WEEKS = 0.9
"""Quantile of the weeks by which a use is told: a week of holidays is full of whatever waits there."""

NOTHING = 1e-9
"""A price up to this is none."""

Read = Callable[[str], pl.DataFrame]


def changed_limits(paths: Sequence[str], base: Read, other: Read) -> list[dict[str, Any]]:
    """Use and worth of each resource and quota whose amount differs, in the plan of either scenario.

    Parameters
    ----------
    paths
        Cells that differ, ``table.key/key.column``, or ``table.key/key`` of rows that only one scenario has.
    base, other
        Give a published frame by its name: ``plan_load`` and ``plan_prices`` are read.

    Returns
    -------
    One object a limit: ``kind``, ``name``, and by ``base`` and ``other`` an object or None where it has none: ``used``,
    the share of it that is used at most in nine weeks of ten; ``weeks`` in which there is any,
    ``weeks_full``; and ``worth``, whether more of it brings anything to goals, due dates or margin.
    """
    loads = [read("plan_load") for read in (base, other)]
    prices = [read("plan_prices") for read in (base, other)]
    known = pl.concat([load.select("kind", "name") for load in loads]).unique(maintain_order=True).rows()
    sides = list(zip(("base", "other"), loads, prices, strict=True))
    return [
        {"kind": kind, "name": name} | {side: _use(load, price, kind, name) for side, load, price in sides}
        for kind, name in known
        if any(_is_of(path, kind, name) for path in paths)
    ]


def _is_of(path: str, kind: str, name: str) -> bool:
    """Whether a cell is of what there is of a resource, or of a quota."""
    if kind == "resource":
        return path.startswith(f"capacity.{name}/")
    return path.startswith(f"materials.{name}.weekly_quota")


def _use(load: pl.DataFrame, prices: pl.DataFrame, kind: str, name: str) -> dict[str, Any] | None:
    own = (pl.col("kind") == kind) & (pl.col("name") == name)
    rows = load.filter(own & (pl.col("available") > 0))
    if rows.is_empty():
        return None
    share = rows["used"] / rows["available"]
    worth = prices.filter(own).select(pl.max_horizontal("goal_yi", "late_weeks", "margin_yi").max()).item()
    return {
        "used": share.quantile(MOST_WEEKS, "higher"), "weeks": len(rows), "weeks_full": int((share >= FULL).sum()),
        "worth": worth is not None and worth > NOTHING,
    }  # fmt: skip
