"""What steps got of each period of a resource that is shared out, read from a trace."""

from __future__ import annotations

import bisect
from collections.abc import Iterator

import polars as pl

from aidc_twin.frames import Allotments, build
from aidc_twin.twin.bucket_tables import SCALE
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.kernel.layout import TR_END, TR_SERIAL, TR_SLOT, TR_START, TR_STEP
from aidc_twin.twin.replication import Replication


def allotments(factory: Factory, run: Replication) -> pl.DataFrame:
    """Shares of periods of a traced replication, in the order in which they were allotted; see `Allotments`."""
    return build(Allotments, list(_rows(factory, run)))


def _rows(factory: Factory, run: Replication) -> Iterator[tuple[int, str, str, str, int, int, float]]:
    classes = [factory.table.rows[c] for row in factory.route_class for c in row]
    number = 0
    for row in run.trace.tolist():
        js = row[TR_STEP]
        if js >= factory.steps:
            continue
        step = int(factory.step_row[js]) if js >= 0 else -1 - js
        if classes[step].bucket < 0:
            continue
        if js >= 0:
            unit = factory.units[int(factory.step_unit[js])].id
        else:
            route = bisect.bisect_right(factory.step_base, step) - 1
            unit = factory.name_of_arrival(route, row[TR_SERIAL])[0]
        resource = factory.resources[classes[step].bucket]
        yield number, unit, classes[step].operation, resource, row[TR_START], row[TR_END], row[TR_SLOT] / SCALE
        number += 1
