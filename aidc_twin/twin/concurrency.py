"""How much of a shared supply (kW of test power, air, cooling water) can be on at once in the mean of a week.

Work comes in pieces: of 800 kW one test of 500 kW leaves 300 kW that no second one can take. Where work waits for
power, the mean of a week therefore stays below the limit, by how much depends on the pieces. It is read from weeks in
which the twin could not have put on one piece more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aidc_twin.park.park import Park
from aidc_twin.twin.memory import Ints, Reals
from aidc_twin.twin.profiles import OpenTime, Uses

__all__ = ["FULL_SHARE", "concurrency", "full_weeks", "shared"]

FULL_SHARE = 0.95
"""Share of a week's open time in which a piece more did not fit, from which the limit is taken to bind."""

_SAME = 1e-9


def shared(park: Park) -> list[int]:
    """Resources of which work takes amounts: those of kind ``cumulative``."""
    return [r for r, row in enumerate(park.resources) if row.kind == "cumulative"]


def concurrency(
    used: Sequence[Uses], calendars: Sequence[OpenTime], capacity: Reals, week: int, resource: int, before: float
) -> float:
    """Share of the limit that is on in the mean of a week in which it binds, in the middle one of them; 1 where it was
    not seen to bind and never has been.

    Parameters
    ----------
    used
        What each traced replication used.
    calendars
        Open time of each resource.
    capacity
        shape (R, T), counting units.
    week
        Ticks of a week.
    before
        What was found before, 1: nothing. The share does not fall below that, or each round would plan less.
    """
    seen = np.concatenate([full_weeks(use, calendars[resource], capacity[resource], week, resource) for use in used])
    if not seen.size:
        return before
    found = min(1.0, float(np.median(seen)))
    return max(found, before) if before < 1.0 else found


def full_weeks(use: Uses, opened: OpenTime, capacity: Reals, week: int, resource: int) -> Reals:
    """Mean share of the limit that is on in each week in which it binds, and neither it nor the week before changed it.

    A piece is as large as the middle one by amount.
    """
    own = use.resource == resource
    start, end, amount = use.start[own], use.end[own], use.amount[own]
    if not amount.size:
        return np.zeros(0)
    time, level = _levels(start, end, amount)
    place = opened.upto(time)
    edges = opened.upto(np.arange(capacity.size + 1) * week)
    length = np.diff(edges)
    steady = np.append(False, np.abs(np.diff(capacity)) <= _SAME * capacity[1:]) & (capacity > 0) & (length > 0)
    mean = np.diff(_integral(place, level, edges)) / np.where(length > 0, length, 1.0)
    piece, full = _middle(amount if use.piece is None else use.piece[own], amount), np.zeros(capacity.size)
    for most in np.unique(capacity[capacity > 0]).tolist():
        tight = np.where(level > most - piece, 1.0, 0.0)
        full = np.where(capacity == most, np.diff(_integral(place, tight, edges)), full)
    binds = steady & (full >= FULL_SHARE * length)
    return (mean / np.where(capacity > 0, capacity, 1.0))[binds]


def _levels(start: Ints, end: Ints, amount: Reals) -> tuple[NDArray[np.int64], Reals]:
    """Instants at which the use changes, and the use from each of them on."""
    change = np.concatenate((amount, -amount))
    instants, place = np.unique(np.concatenate((start, end)), return_inverse=True)
    changes = np.zeros(instants.size)
    np.add.at(changes, place.ravel(), change)
    return instants, np.cumsum(changes)


def _integral(place: Reals, level: Reals, edges: Reals) -> Reals:
    """Integral up to each edge of what is constant from each place to the next; 0 before the first."""
    so_far = np.append(0.0, np.cumsum(level[:-1] * np.diff(place)))
    return np.interp(edges, place, so_far)


def _middle(piece: Reals, amount: Reals) -> float:
    """Middle one of the pieces, each counted by its amount."""
    order = np.argsort(piece, kind="stable")
    so_far = np.cumsum(amount[order])
    return float(piece[order][np.searchsorted(so_far, 0.5 * so_far[-1])])
