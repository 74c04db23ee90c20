"""Rounds that come back to a plan they had left: two plans in turn, neither of which the twin confirms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["alternate", "release_curve", "weeks_moved"]

APART_WEEKS = 0.1
"""Plans whose megawatts are released less than this apart, in the mean, are one plan."""

RETURNS = 0.25
"""The way back to the plan before the last one, as a share of the way to the last one, up to which a plan has come
back. Swings that become smaller by a sixth or more from round to round are above it: they end by themselves."""


def release_curve(inputs: PlanInputs, releases: pl.DataFrame) -> Floats:
    """MW that a plan has released by the end of each week, shape (F, T).

    Parameters
    ----------
    releases
        Frame `PlanReleases`. Orders of a family that change places are the same to the park, and here.
    """
    weekly = np.zeros((len(inputs.families), inputs.weeks))
    rows = releases.join(inputs.items.select("order", "group", "family"), on=["order", "group"])
    np.add.at(weekly, (rows["family"].to_numpy(), rows["week"].to_numpy()), rows["quantity_mw"].to_numpy())
    return weekly.cumsum(axis=1)


def weeks_moved(first: Floats, second: Floats) -> float:
    """Weeks by which the megawatts of two plans lie apart in the mean; what is not released counts at the horizon.

    Parameters
    ----------
    first, second
        Curves of `release_curve`, shape (F, T).
    """
    most = np.maximum(first[:, -1:], second[:, -1:]).sum() if first.size else 0.0
    return float(np.abs(first - second).sum() / most) if most > 0 else 0.0


def alternate(curves: Sequence[Floats]) -> bool:
    """Whether the last four plans are two in turn: A, B, A, B.

    Parameters
    ----------
    curves
        `release_curve` of each round, shape (F, T).
    """
    if len(curves) < 4:
        return False
    a, b, c, d = curves[-4:]
    there, back = min(weeks_moved(b, c), weeks_moved(c, d)), max(weeks_moved(a, c), weeks_moved(b, d))
    return there > APART_WEEKS and back <= RETURNS * there
