"""Capacity by period: how much each period of a resource of kind `bucketed` can do."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Bucket, Resource

HOURS_WEEK = 168


def buckets_of(park: Park, resource: str) -> list[Bucket]:
    """Amounts of single periods of a resource."""
    return [row for row in park.buckets if row.resource == resource]


def periods(park: Park, resource: Resource) -> int:
    """Periods of a resource that begin within the horizon."""
    if not resource.period_hours:
        return 0
    return max(0, math.floor((HOURS_WEEK * park.head.horizon_weeks - resource.first_hours) / resource.period_hours) + 1)


def bucket_amounts(park: Park, resource: Resource) -> NDArray[np.float64] | None:
    """Work of each period that begins within the horizon; None where the resource has a capacity by day instead."""
    rows = buckets_of(park, resource.resource)
    if not rows:
        return None
    amounts = np.zeros(periods(park, resource))
    for row in _repeated_first(rows):
        amounts[row.bucket - 1 :: row.every or len(amounts) + 1] = row.amount.value
    return amounts


def _repeated_first(rows: Iterable[Bucket]) -> list[Bucket]:
    return sorted(rows, key=lambda row: row.every == 0)
