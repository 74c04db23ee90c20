"""Tables of the kernel about supply and time: purchases, quotas, sailings, sources, calendars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from aidc_twin.park.schema import Transfer
from aidc_twin.twin.chance import Values, distribution, name_hash
from aidc_twin.twin.classes import MATERIAL_SCALE
from aidc_twin.twin.factory import Factory, Policy
from aidc_twin.twin.hours import Levels, admissions, open_intervals
from aidc_twin.twin.kernel.layout import (
    CAL,
    CAL_RES,
    INTERVAL,
    L_COLUMNS,
    PO,
    PO_F,
    QUOTA_LINE,
    SAILING,
    SOURCE,
    SOURCE_F,
)
from aidc_twin.twin.memory import Ints, Reals
from aidc_twin.twin.stock import purchases, quotas
from aidc_twin.twin.unit_tables import Pools, ends_of, entries_of, streams_of, table_of


def supply_tables(factory: Factory, policy: Policy, pools: Pools, values: Values) -> dict[int, Ints | Reals]:
    """PO, PO_F, QUOTA_LINE, SAILING, SOURCE and SOURCE_F."""
    orders = purchases(factory, policy.purchases)
    index = {name: len(factory.resources) + i for i, name in enumerate(factory.materials)}
    rows = [(row.tick, index[row.material], round(row.quantity * MATERIAL_SCALE), row.lead.kind) for row in orders]
    lines = quotas(factory.park, factory.clock, policy.quotas)
    return {
        PO: table_of(*np.array(rows, np.int64).reshape(-1, 4).T, streams_of(f"purchase/{row.name}" for row in orders)),
        PO_F: np.array([values.cells(row.lead) for row in orders], np.float64).reshape(-1, 4),
        QUOTA_LINE: np.array([(index[q.material], q.weekly, q.most, q.first) for q in lines], np.int64).reshape(-1, 4),
        SAILING: np.array(_departures(factory), np.int64).reshape(-1, L_COLUMNS),
        **_sources(factory, pools, values),
    }


def _departures(factory: Factory) -> list[tuple[int, ...]]:
    """First departure, interval, room, class and units that must wait besides, of each sailing; then of transfers, in
    the order of the file.
    """
    clock, hour = factory.clock, factory.clock.ticks_per_hour
    found: list[tuple[int, ...]] = []
    rounds: dict[int, tuple[int, ...]] = {}
    for c, row in enumerate(factory.table.rows):
        leg = factory.table.sailings[row.sailing] if row.sailing >= 0 else None
        if isinstance(leg, Transfer):
            first, every = (math.floor(hours * hour + 0.5) for hours in (leg.first_hours, leg.every_hours))
            rounds[factory.park.transfers.index(leg)] = first, max(1, every), leg.amount, c, leg.above
        elif leg is not None:
            first = clock.ticks(leg.first_departure or factory.park.head.epoch)
            every = max(1, round(leg.interval_days.value * clock.ticks_per_day))
            found.append((first if first >= 0 else first % every, every, int(leg.capacity_units.value + 1e-9), c, 0))
    return [*found, *(rounds[i] for i in sorted(rounds))]


def _sources(factory: Factory, pools: Pools, values: Values) -> dict[int, Ints | Reals]:
    hour = factory.clock.ticks_per_hour
    rows: list[tuple[int, ...]] = []
    real: list[tuple[float, ...]] = []
    for s, row in enumerate(factory.park.sources):
        interval = distribution(row.interval_hours, hour)
        first = interval if row.first_hours is None else distribution(row.first_hours, hour)
        arrivals, units = streams_of([f"source/{row.source}", f"unit/{row.source}"]).tolist()
        rows.append((
            pools.first_job[s], pools.sizes[s], row.units, row.most, arrivals, units, name_hash("arrival", 32),
            round(row.due_hours.value * hour), first.kind, interval.kind, len(factory.park.products) + s,
            len(factory.streamed[s]),
        ))  # fmt: skip
        real.append((*values.cells(first), *values.cells(interval)))
    return {
        SOURCE: np.array(rows, np.int64).reshape(-1, 12),
        SOURCE_F: np.array(real, np.float64).reshape(-1, 8),
    }


def calendar_tables(factory: Factory, levels: Levels) -> dict[int, Ints | Reals]:
    """CAL, CAL_RES and INTERVAL."""
    rows = [open_intervals(factory.park, name, levels, factory.clock) for name in factory.calendars]
    for name, hours in admissions(factory.park):
        early = round(hours * factory.clock.ticks_per_hour)
        rows.append([(a, b - early) for a, b in rows[factory.calendars.index(name)] if b - early > a])
    interval = [[(*edges, before) for edges, before in zip(row, _open_before(row), strict=True)] for row in rows]
    shared = [[i for i, row in enumerate(factory.park.resources) if row.calendar == name] for name in factory.calendars]
    shared += [[] for _ in rows[len(shared) :]]
    longest = [max((b - a for a, b in row), default=1) for row in rows]
    return {
        CAL: table_of(*ends_of(rows), *ends_of(shared), longest) if rows else np.zeros((0, 5), np.int64),
        CAL_RES: np.array([i for row in shared for i in row], np.int64),
        INTERVAL: entries_of(interval, 3),
    }


def _open_before(row: Sequence[tuple[int, int]]) -> list[int]:
    total = [0]
    for start, end in row:
        total.append(total[-1] + end - start)
    return [before for before, _ in pairwise(total)]
