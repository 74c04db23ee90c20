"""Profiles by week since release, laid over the weeks of the horizon."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["in_week", "laid_out", "levels_above", "stops_merged"]


def laid_out(profile: Floats, weeks: int) -> Floats:
    """Effect in each week of a release in each week.

    Parameters
    ----------
    profile
        shape (..., K), effect in week k after the release.

    Returns
    -------
    shape (..., T, T): ``[..., t, s]`` is the effect in week t of a release in week s.
    """
    lag = np.arange(weeks)[:, None] - np.arange(weeks)[None, :]
    valid = (lag >= 0) & (lag < profile.shape[-1])
    return np.where(valid, profile[..., np.where(valid, lag, 0)], 0.0)


def in_week(amount: Floats, lags: int) -> Floats:
    """Amount k weeks after each week, 0 beyond the horizon.

    Parameters
    ----------
    amount
        shape (T,).

    Returns
    -------
    shape (T, K).
    """
    padded = np.concatenate((amount, np.zeros(lags)))
    return padded[np.arange(amount.size)[:, None] + np.arange(lags)[None, :]]


def stops_merged(capacity: Floats, longest: int, share: float) -> list[range]:
    """Weeks in runs: a short stop goes with the week after it, since the work that meets it waits.

    Parameters
    ----------
    capacity
        shape (T,).
    longest
        Weeks of the longest stop; a longer one is a time without capacity (a phase not yet open, a lease that ended).
    share
        Share of the capacity before the stop (at the start of the horizon: after it) below which a week is a stop.
    """
    runs: list[range] = []
    while (week := runs[-1].stop if runs else 0) < capacity.size:
        length = _stop_length(capacity, week, share)
        kept = length if length <= longest and week + length < capacity.size else 0
        runs.append(range(week, week + kept + 1))
    return runs


def _stop_length(capacity: Floats, week: int, share: float) -> int:
    """Weeks of the stop that begins in a week, 0 if none does."""
    if week:
        low = capacity[week:] < share * capacity[week - 1]
        return int(np.argmin(low)) if not low.all() else capacity.size
    steps = np.flatnonzero(capacity[:-1] < share * capacity[1:])
    first = int(steps[0]) + 1 if steps.size else 0
    return first if first and (capacity[:first] < share * capacity[first]).all() else 0


def levels_above(inputs: PlanInputs, levels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Shift levels above 1 of each resource by week, from those of the calendars; 0 where there is none to choose.

    Parameters
    ----------
    levels
        Shape (C, T).
    """
    above = np.zeros((len(inputs.resources), levels.shape[1]), np.int64)
    chosen = np.flatnonzero(inputs.resource_calendar >= 0)
    above[chosen] = levels[inputs.resource_calendar[chosen]] - 1
    return above
