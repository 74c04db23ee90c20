"""Refuses numbers that HiGHS would take in silence and answer wrongly: NaN, infinite, vanishing or ill-scaled ones."""

from __future__ import annotations

import math

import numpy as np

from aidc_twin.errors import SolverFault
from aidc_twin.solver.arrays import Aim, Arrays, Floats

__all__ = ["LARGEST_RANGE", "VANISHING", "check_aim", "check_arrays", "check_limits", "row_scale"]

LARGEST_RANGE = 1e9
"""Largest ratio of coefficients; beyond it tolerances mean nothing."""

VANISHING = 1e-9
"""HiGHS drops matrix entries up to this size without a word."""

_LISTED = 5


def check_arrays(arrays: Arrays) -> None:
    """Refuse bad numbers of the rows, the columns and the objectives.

    Raises
    ------
    SolverFault
        Names the constraints and variables that hold them.
    """
    faults = _entry_faults(arrays) + _bound_faults(arrays)
    for aim in arrays.aims.values():
        faults += _aim_faults(arrays, aim)
    _refuse(faults)


def check_limits(arrays: Arrays) -> None:
    """Refuse bad bounds and right-hand sides.

    Raises
    ------
    SolverFault
        Names the constraints and variables that hold them.
    """
    _refuse(_bound_faults(arrays))


def check_aim(arrays: Arrays, aim: Aim) -> None:
    """Refuse an objective that cannot serve as a row."""
    _refuse(_aim_faults(arrays, aim))


def row_scale(cost: Floats) -> float:
    """Power of ten by which an objective is told as a row, so that no entry of it is so small that HiGHS drops it."""
    smallest = float(np.abs(cost[cost != 0]).min(initial=np.inf))
    return 1.0 if smallest > VANISHING else 10.0 ** math.ceil(1.0 + math.log10(VANISHING / smallest))


def _refuse(faults: list[str]) -> None:
    if faults:
        more = f"\n  - and {len(faults) - _LISTED} more" if len(faults) > _LISTED else ""
        listed = "".join(f"\n  - {fault}" for fault in faults[:_LISTED])
        raise SolverFault(f"the model holds numbers that the solver cannot be trusted with:{listed}{more}")


def _entry_faults(arrays: Arrays) -> list[str]:
    size = np.abs(arrays.value)
    if not size.size or (size.min() > VANISHING and size.max() <= LARGEST_RANGE * size.min() < np.inf):
        return []
    faults = [f"{_entry(arrays, e)} is not finite" for e in np.flatnonzero(~np.isfinite(size)).tolist()]
    tiny = np.flatnonzero((size <= VANISHING) & (size > 0))
    faults += [f"{_entry(arrays, e)} is so small that HiGHS drops it; scale the row" for e in tiny.tolist()]
    usable = np.flatnonzero(np.isfinite(size) & (size > VANISHING))
    if usable.size:
        low, high = usable[np.argmin(size[usable])], usable[np.argmax(size[usable])]
        if size[high] > LARGEST_RANGE * size[low]:
            faults.append(
                f"{_entry(arrays, int(high))} and {_entry(arrays, int(low))} lie further apart than {LARGEST_RANGE:g}"
            )
    return faults


def _entry(arrays: Arrays, entry: int) -> str:
    row, column = arrays.row_name(arrays.entry_row(entry)), arrays.column_name(arrays.index[entry])
    return f"constraint {row}, variable {column}: coefficient {arrays.value[entry]:g}"


def _bound_faults(arrays: Arrays) -> list[str]:
    faults = [
        f"variable {arrays.column_name(c)}: bounds {arrays.lower[c]:g} to {arrays.upper[c]:g}"
        for c in _bad_intervals(arrays.lower, arrays.upper)
    ]
    return faults + [
        f"constraint {arrays.row_name(r)}: right-hand side {arrays.row_lower[r]:g} to {arrays.row_upper[r]:g}"
        for r in _bad_intervals(arrays.row_lower, arrays.row_upper)
    ]


def _bad_intervals(lower: Floats, upper: Floats) -> list[int]:
    """Places where an interval is NaN, infinite on the wrong side, or finite beyond the range."""
    bad = np.isnan(lower) | np.isnan(upper) | (lower == np.inf) | (upper == -np.inf)
    for bound in (lower, upper):
        bad |= np.isfinite(bound) & (np.abs(bound) > LARGEST_RANGE)
    return [int(place) for place in np.flatnonzero(bad)]


def _aim_faults(arrays: Arrays, aim: Aim) -> list[str]:
    size = np.abs(aim.cost)
    faults = [
        f"objective {aim.name}, variable {arrays.column_name(c)}: coefficient {aim.cost[c]:g} is not finite"
        for c in np.flatnonzero(~np.isfinite(size)).tolist()
    ]
    if not np.isfinite(aim.offset):
        faults.append(f"objective {aim.name}: constant {aim.offset:g} is not finite")
    used = np.flatnonzero(np.isfinite(size) & (size > 0))
    if used.size:
        low, high = used[np.argmin(size[used])], used[np.argmax(size[used])]
        if size[high] > LARGEST_RANGE * size[low]:
            pair = (f"{aim.cost[c]:g} of {arrays.column_name(int(c))}" for c in (high, low))
            faults.append(f"objective {aim.name}: {' and '.join(pair)} lie further apart than {LARGEST_RANGE:g}")
    return faults
