"""Time series of many replications as bands of quantiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Bands:
    """Mean and quantiles over the replications for each week, shape (weeks,) each."""

    mean: NDArray[np.float64]
    p10: NDArray[np.float64]
    p50: NDArray[np.float64]
    p90: NDArray[np.float64]


def bands(values: ArrayLike) -> Bands:
    """Bands of a series; each week by itself, so that no single replication need run along one of them.

    Parameters
    ----------
    values
        One row for each replication, shape (replications, weeks), any unit.

    Raises
    ------
    ValueError
        If that is not the shape, or there is no replication.
    """
    series = np.asarray(values, np.float64)
    if series.ndim != 2 or len(series) == 0:
        raise ValueError(f"bands need an array (replications, weeks) with at least one row, not {series.shape}")
    p10, p50, p90 = np.quantile(series, (0.1, 0.5, 0.9), axis=0)
    return Bands(series.mean(axis=0), p10, p50, p90)
