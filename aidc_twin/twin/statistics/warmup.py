"""Where the warm-up of a series ends: MSER-5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FOUND, NOT_FOUND, TOO_SHORT = "found", "not_found", "too_short"
BATCH, KEPT = 5, 5
FEWEST_BATCHES = 10
"""With fewer the standard error has too few terms to tell a transient from chance."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """End of a warm-up.

    Attributes
    ----------
    status : ``found``; ``not_found`` if the best cut leaves less than half of the series, or the least that is looked
        at, so that it may not have settled yet; ``too_short`` for fewer than 50 observations.
    cut : observations to leave out at the beginning, a multiple of 5; without meaning unless it was found.
    mean : of the whole batches after the cut.
    """

    status: str
    cut: int
    mean: float

    @property
    def found(self) -> bool:
        """Whether the series settles."""
        return self.status == FOUND


def mser5(x: ArrayLike) -> WarmUp:
    """Cut after which the squared standard error of the mean of what is left is least.

    Of the means z of n batches of 5, the cut d minimises sum((z[d:] - mean(z[d:])) ** 2) / (n - d) ** 2; the least d of
    equals; the last five batches are never cut into, since so few can be alike by chance. White 1997 (MSER); White,
    Cobb and Spratt 2000 (batches of 5); Hoad, Robinson and Davies 2010 (only a cut in the first half counts, but a
    better one in the second tells that the series has not settled). Observations that fill no batch are left out.

    Parameters
    ----------
    x
        One series, or the mean of a series over replications, in the order of time, shape (n,).
    """
    series = np.asarray(x, np.float64)
    count = len(series) // BATCH
    if count < FEWEST_BATCHES:
        return WarmUp(TOO_SHORT, 0, float(series.mean()) if series.size else 0.0)
    z = series[: count * BATCH].reshape(count, BATCH).mean(axis=1)
    last = count - KEPT
    best = int(np.argmin(_errors(z)[: last + 1]))
    settled = best <= count // 2 and best < last
    return WarmUp(FOUND if settled else NOT_FOUND, best * BATCH, float(z[best:].mean()))


def _errors(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared standard error of the mean of z[d:] for each d, shape (n,), from the end (Welford 1962)."""
    errors = np.zeros(len(z))
    mean = squares = 0.0
    for kept, value in enumerate(z[::-1].tolist(), 1):
        gap = value - mean
        mean += gap / kept
        squares += gap * (value - mean)
        errors[-kept] = squares / kept**2
    return errors
