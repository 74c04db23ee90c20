"""Prices of a basis without the rounding noise of the steps that led to it."""

from __future__ import annotations

import numpy as np

from aidc_twin.solver.arrays import Aim, Arrays, Floats
from aidc_twin.solver.engine import Engine

__all__ = ["refined"]

_NOISE = 1e-6
"""Of the largest price: a correction up to this is rounding noise, a larger one says that the prices were others."""


def refined(engine: Engine, arrays: Arrays, aim: Aim, duals: Floats) -> Floats | None:
    """Prices at which the columns of the solver's basis are worth what they cost; None where there is no such basis,
    or where those of the solver are further off than by noise.

    Where prices are large, as in a program with nearly empty rows, their last digits are too coarse for a column
    without a bound: what is left of its cost counts without end in the bound that they prove.

    Parameters
    ----------
    duals
        shape (rows,), as the solver tells them.

    Notes
    -----
    One step of iterative refinement: ``B' d = c - B' y`` for the basic columns, ``y + d`` instead of y.
    """
    correction = engine.basis_prices(aim.cost - arrays.transposed(duals), -duals)
    if correction is None or correction.shape != duals.shape or not np.isfinite(correction).all():
        return None
    largest = float(np.abs(duals).max(initial=0.0))
    noise = float(np.abs(correction).max(initial=0.0)) <= _NOISE * max(1.0, largest)
    return duals + correction if noise else None
