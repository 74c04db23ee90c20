"""What has moved between a published plan and a new one."""

from __future__ import annotations

from typing import Any

import polars as pl

__all__ = ["moved_object", "moves"]


def moves(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Release groups whose mean week of release has moved: order, group, before, after and by how many weeks.

    Those that moved furthest come first. A group that only one of the plans releases has no week in the other, and
    comes after all others.

    Parameters
    ----------
    before, after
        ``plan_releases``, in weeks from the same epoch.
    """
    keys = ["order", "group"]
    both = _mean_week(before, "before").join(_mean_week(after, "after"), on=keys, how="full", coalesce=True)
    told = both.with_columns(weeks=pl.col("after") - pl.col("before"))
    away = pl.col("weeks").abs()
    changed = told.filter(pl.col("weeks").is_null() | (away > _LEAST))
    return changed.sort(away, *keys, descending=[True, False, False], nulls_last=True)


def moved_object(before: pl.DataFrame | None, after: pl.DataFrame) -> dict[str, Any]:
    """The same as an object: how many groups both plans release, and those that have moved; empty without a plan."""
    if before is None:
        return {}
    both = before.join(after, on=["order", "group"], how="semi").select("order", "group").n_unique()
    return {"near": {"groups": both, "moved": moves(before, after).to_dicts()}}


_LEAST = 0.05
"""Weeks from which a move is told."""


def _mean_week(releases: pl.DataFrame, name: str) -> pl.DataFrame:
    amount = pl.col("quantity_mw")
    week = (pl.col("week") * amount).sum() / amount.sum()
    return releases.filter(amount > 0).group_by("order", "group").agg(week.alias(name))
