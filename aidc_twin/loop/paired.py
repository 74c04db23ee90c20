"""Figures of two systems side by side, replication by replication under the same draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aidc_twin.twin.statistics import finite, paired_difference

__all__ = ["paired_rows"]


def paired_rows(
    units: Mapping[str, str], base: Sequence[Mapping[str, float]], other: Sequence[Mapping[str, float]], mean: str
) -> list[dict[str, Any]]:
    """Means of each figure and its paired difference, over the replications in which both have it.

    Parameters
    ----------
    units
        Of the figures, by name, in the order of the rows.
    mean
        Key of the other system's mean.
    """
    rows: list[dict[str, Any]] = []
    for name, unit in units.items():
        pairs = [(one[name], two[name]) for one, two in zip(base, other, strict=True) if name in one and name in two]
        if pairs:
            x, y = np.array(pairs).T
            gap = paired_difference(x, y)
            rows.append({
                "figure": name, "unit": unit, "pairs": len(pairs), "base_mean": float(x.mean()), mean: float(y.mean()),
                "difference": gap.mean, "half_width_95": finite(gap.half_width),
                "variance_ratio": finite(gap.variance_ratio),
            })  # fmt: skip
    return rows
