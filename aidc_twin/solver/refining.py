"""Solutions of linear programs without the rounding noise of the steps that led to their basis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aidc_twin.solver.arrays import Aim, Arrays, Floats
from aidc_twin.solver.engine import Engine

__all__ = ["refined"]

_NOISE = 1e-6
"""Of the largest value: what is further off than this is no rounding noise, but another solution."""


def refined(engine: Engine, arrays: Arrays, aim: Aim, x: Floats, duals: Floats) -> tuple[Floats, Floats] | None:
    """Point and prices that the solver's basis stands for; None where it has none, or where they are further off from
    what it told than by noise.

    Where prices are large, as in a program with nearly empty rows, the last digits matter: a column without a bound
    whose cost is not quite met counts without end in the bound that the prices prove, and a row that is missed by a
    millionth is worth thousandths of the objective.

    Parameters
    ----------
    x, duals
        shape (columns,) and (rows,), as the solver tells them.

    Notes
    -----
    One step of iterative refinement with the basis B: ``B' d = c - B' y`` for the prices of the basic columns,
    ``B d = b - A x`` for the rows that stand at a limit.
    """
    slack = engine.basic_rows()
    prices = _prices(engine, arrays, aim, duals)
    if slack is None or prices is None:
        return None
    point = _point(engine, arrays, x, slack)
    return None if point is None else (point, prices)


def _prices(engine: Engine, arrays: Arrays, aim: Aim, duals: Floats) -> Floats | None:
    correction = engine.basis_prices(aim.cost - arrays.transposed(duals), -duals)
    return None if correction is None or not _is_noise(correction, duals) else duals + correction


def _point(engine: Engine, arrays: Arrays, x: Floats, slack: NDArray[np.bool_]) -> Floats | None:
    activity = arrays.activity(x)
    below, above = arrays.row_lower - activity, arrays.row_upper - activity
    missing = np.where(slack, 0.0, np.where(np.abs(below) <= np.abs(above), below, above))
    correction = engine.basis_move(missing) if _is_noise(missing, x) else None
    return None if correction is None else np.clip(x + correction, arrays.lower, arrays.upper)


def _is_noise(amounts: Floats, beside: Floats) -> bool:
    """Whether amounts are finite and small beside the largest of others."""
    if not np.isfinite(amounts).all():
        return False
    largest = float(np.abs(beside).max(initial=0.0))
    return float(np.abs(amounts).max(initial=0.0)) <= _NOISE * max(1.0, largest)
