"""What a plan never releases and the twin starts all the same, after all else: what that posts, item by item.

It is the plan's to release such an item after all. Then it posts what others of its family do, and no longer this.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from aidc_twin.twin.calibration import Calibration
from aidc_twin.twin.memory import Reals
from aidc_twin.twin.profiles import posts
from aidc_twin.twin.replication import Replication

__all__ = ["deferred_posts"]

_YI = 1e8
_KEY = ("item", "rule", "week")
_SIDES = ("owned_yi", "consigned_yi")


def deferred_posts(c: Calibration) -> pl.DataFrame | None:
    """What 1 MW of each item posts that the policy does not release within the horizon; see `PlanInputs`."""
    mw = _deferred_mw(c)
    found = pl.concat([_posted(c, run) for run in c.runs]).group_by(_KEY).agg(pl.col(_SIDES).sum())
    found = found.with_columns(pl.col(_SIDES) / mw[found["item"].to_numpy()] / len(c.runs))
    return None if found.is_empty() else found.sort(_KEY)


def _deferred_mw(c: Calibration) -> Reals:
    """MW of each item that the policy does not release within the horizon, shape (I,)."""
    units, count = c.factory.units, len(c.items.rows)
    item = c.items.unit_item
    top = np.array([i for i, unit in enumerate(units) if item[i] >= 0 and units[unit.parent].parent < 0], np.int64)
    every = np.bincount(item[top], minlength=count)
    late = np.bincount(item[top], weights=c.deferred[top], minlength=count)
    return c.items.mw * late / np.maximum(every, 1)


def _posted(c: Calibration, run: Replication) -> pl.DataFrame:
    """What deferred units post in a run, 亿元, one row for each posting."""
    factory = c.factory
    owned, consigned = (posts(factory, c.arrays, run, side) for side in range(len(_SIDES)))
    item = np.where(owned.unit >= 0, c.items.unit_item[owned.unit], -1)
    own = np.flatnonzero((item >= 0) & c.deferred[owned.unit])
    week = np.minimum(owned.tick[own], factory.horizon - 1) // factory.clock.ticks_per_week
    sides = [marks.amount[own].astype(np.float64) / _YI for marks in (owned, consigned)]
    return pl.DataFrame(dict(zip((*_KEY, *_SIDES), (item[own], owned.what[own], week, *sides), strict=True)))
