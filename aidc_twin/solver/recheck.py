"""Every answer is gone over on the arrays that were handed out; a solver that lies is found here."""

from __future__ import annotations

import numpy as np

from aidc_twin.errors import SolverFault
from aidc_twin.solver.arrays import Aim, Arrays, Floats, Indices

__all__ = [
    "FEASIBILITY",
    "INTEGRALITY",
    "check_bound",
    "check_point",
    "crossing",
    "dual_bound",
    "proves",
    "proves_none",
    "settled",
]

FEASIBILITY = 1e-6
"""Largest violation of a row or bound, in units of the row's largest term (at least 1)."""

INTEGRALITY = 1e-5
"""Largest distance from a whole number."""

_AGREEMENT = 1e-6
_REDUCED_COST = 1e-6
_VANISHING = 1e-9


def check_point(arrays: Arrays, x: Floats, aim: Aim, claimed: float, relaxed: bool) -> None:
    """Check bounds, rows, integrality and the claimed objective.

    Parameters
    ----------
    x
        shape (columns,).
    relaxed
        Whether columns were let off being whole.

    Raises
    ------
    SolverFault
        The answer does not hold; says where and by how much.
    """
    if x.shape != arrays.lower.shape or not np.isfinite(x).all():
        raise _liar("values are missing or not finite")
    _check_columns(arrays, x, relaxed)
    _check_rows(arrays, x)
    objective = aim.at(x)
    terms = float(np.abs(aim.cost) @ np.abs(x)) + abs(aim.offset)
    if not abs(objective - claimed) <= _AGREEMENT * max(1.0, terms):
        raise _liar(f"it claims {claimed:g} for {aim.name}, but its values give {objective:g}")


def settled(arrays: Arrays, x: Floats, *, relaxed: bool) -> Floats:
    """A solver's point without its tolerances: within bounds and whole if it nearly is, else as it is.

    Parameters
    ----------
    x
        shape (columns,), and so is what is returned.
    relaxed
        Whether columns were let off being whole.
    """
    if x.shape != arrays.lower.shape or not np.isfinite(x).all():
        return x
    beyond = np.maximum(arrays.lower - x, x - arrays.upper) / np.maximum(1.0, np.abs(x))
    if beyond.max(initial=0.0) <= FEASIBILITY:
        x = np.clip(x, arrays.lower, arrays.upper)
    whole = arrays.integral & (not relaxed)
    if (np.abs(x - np.round(x))[whole] <= INTEGRALITY).all():
        x = np.where(whole, np.round(x), x)
    return x


def _check_columns(arrays: Arrays, x: Floats, relaxed: bool) -> None:
    beyond = np.maximum(arrays.lower - x, x - arrays.upper) / np.maximum(1.0, np.abs(x))
    if x.size and beyond.max() > FEASIBILITY:
        worst = int(np.argmax(beyond))
        limits = f"{arrays.lower[worst]:g} to {arrays.upper[worst]:g}"
        raise _liar(f"{arrays.column_name(worst)} = {x[worst]:g} lies outside {limits}")
    apart = np.abs(x - np.round(x)) * arrays.integral
    if x.size and not relaxed and apart.max() > INTEGRALITY:
        worst = int(np.argmax(apart))
        raise _liar(f"{arrays.column_name(worst)} = {x[worst]:g} is not whole")


def _check_rows(arrays: Arrays, x: Floats) -> None:
    if not arrays.row_lower.size:
        return
    activity = arrays.activity(x)
    scale = np.ones(activity.size)
    np.maximum.at(scale, arrays.row_of_entry, np.abs(arrays.value * x[arrays.index]))
    beyond = np.maximum(arrays.row_lower - activity, activity - arrays.row_upper) / scale
    if beyond.max() > FEASIBILITY:
        worst = int(np.argmax(beyond))
        limits = f"{arrays.row_lower[worst]:g} to {arrays.row_upper[worst]:g}"
        raise _liar(f"{arrays.row_name(worst)} is {activity[worst]:g}, outside {limits}")


def crossing(lower: Floats, upper: Floats) -> Indices:
    """Places where a lower limit is above the upper one by more than the tolerance."""
    with np.errstate(invalid="ignore"):
        apart = (lower - upper) / np.maximum(1.0, np.minimum(np.abs(lower), np.abs(upper)))
    return np.flatnonzero(apart > FEASIBILITY).astype(np.int32)


def dual_bound(arrays: Arrays, aim: Aim, duals: Floats) -> float:
    """Bound that multipliers prove for the relaxed program; minus or plus infinity where they prove none.

    Parameters
    ----------
    duals
        shape (rows,), any numbers: a multiplier without a matching side of its row counts as zero.

    Notes
    -----
    Weak duality: for every x that meets the rows, ``c x >= y A x + (c - y A) x`` with each term at its better side.
    """
    cost = aim.sense * aim.cost
    size = _REDUCED_COST * max(1.0, float(np.abs(cost).max(initial=0.0)))
    y = aim.sense * duals
    side = np.where(y > 0, arrays.row_lower, arrays.row_upper)
    y = np.where(np.isfinite(side), y, 0.0)
    reduced = cost - arrays.transposed(y)
    edge = np.where(reduced > 0, arrays.lower, arrays.upper)
    negligible = ~np.isfinite(edge) & (np.abs(reduced) <= size)
    with np.errstate(invalid="ignore"):
        parts = np.where(negligible | (reduced == 0), 0.0, reduced * edge)
    rows = float((y * np.where(np.isfinite(side), side, 0.0)).sum())
    return aim.sense * (rows + float(parts.sum())) + aim.offset


def proves_none(arrays: Arrays, ray: Floats) -> bool:
    """Whether multipliers prove that nothing meets the rows: no x brings ``ray A x`` up to what the rows ask for.

    Parameters
    ----------
    ray
        shape (rows,), any numbers, as in `dual_bound`.
    """
    largest = float(np.abs(ray).max(initial=0.0))
    if not 0.0 < largest < np.inf:
        return False
    y = ray / largest
    side = np.where(y > 0, arrays.row_lower, arrays.row_upper)
    y, side = np.where(np.isfinite(side), y, 0.0), np.where(np.isfinite(side), side, 0.0)
    reached = arrays.transposed(y)
    reached[np.abs(reached) <= _VANISHING] = 0.0
    edge = np.where(reached > 0, arrays.upper, arrays.lower)
    if not np.isfinite(edge[reached != 0]).all():
        return False
    most = float((reached * np.where(reached != 0, edge, 0.0)).sum())
    return float(y @ side) - most > FEASIBILITY * max(1.0, float(np.abs(y) @ np.abs(side)))


def proves(aim: Aim, objective: float, bound: float, scale: float) -> bool:
    """Whether a bound proves an optimum, to the agreement that is asked for.

    Parameters
    ----------
    scale
        What the terms of the objective add up to, whatever their signs.
    """
    return aim.sense * (objective - bound) <= _room(objective, scale)


def _room(objective: float, scale: float) -> float:
    return _AGREEMENT * max(1.0, abs(objective), scale)


def check_bound(aim: Aim, objective: float, bound: float, scale: float, optimal_lp: bool) -> float:
    """Bound that may be published: never on the wrong side of the objective.

    Raises
    ------
    SolverFault
        The bound crosses the objective, or the multipliers do not prove a claimed optimum.
    """
    room = _room(objective, scale)
    if np.isnan(bound) or aim.sense * (bound - objective) > room:
        raise _liar(f"its bound {bound:g} for {aim.name} is better than its own solution {objective:g}")
    if optimal_lp and not proves(aim, objective, bound, scale):
        raise _liar(f"it calls {objective:g} optimal for {aim.name}, but its prices prove {bound:g} only")
    return min(bound, objective) if aim.sense > 0 else max(bound, objective)


def _liar(what: str) -> SolverFault:
    return SolverFault(f"lying solver: {what}; the answer was thrown away")
