"""A park as frozen arrays for the kernel: the model is data, a new park never recompiles the kernel."""

from __future__ import annotations

import math

import numpy as np

from aidc_twin.errors import SimulationFault
from aidc_twin.twin.chance import Values
from aidc_twin.twin.factory import Factory, Policy, read_factory
from aidc_twin.twin.first_draws import fail_limits, work_of_steps
from aidc_twin.twin.floor_tables import class_tables, floor_tables, starts_of
from aidc_twin.twin.kernel.events import ID_BITS
from aidc_twin.twin.kernel.layout import (
    DRAWN,
    EDGE,
    FAIL_LIMIT,
    PARK_HEADER,
    PICKS,
    PREEMPTS,
    Q_RULE,
    QUEUES,
    STEP_F,
    STEP_KEY,
    VALUES,
    ParkArrays,
)
from aidc_twin.twin.memory import Ints, Reals, memories
from aidc_twin.twin.origin import Origin
from aidc_twin.twin.pins import pinned
from aidc_twin.twin.route_tables import route_tables
from aidc_twin.twin.supply_tables import calendar_tables, supply_tables
from aidc_twin.twin.unit_tables import Pools, unit_tables

__all__ = ["Factory", "Policy", "compile_arrays", "read_factory"]

STORM_LIMIT = 2_000_000
"""Events at one instant after which the run is stopped as a loop without time."""


def compile_arrays(factory: Factory, policy: Policy | None = None, pool: int = 1) -> ParkArrays:
    """Arrays of a factory under a policy; a pure function of both.

    `pool` multiplies the number of units that each source can have in the park at once.

    Raises
    ------
    SimulationFault
        If the park has more steps than an event can name.
    """
    policy = policy or Policy()
    park, values = factory.park, Values()
    table, pins = pinned(factory, policy)
    pools = Pools.of(factory, pool)
    if pools.steps >= 1 << ID_BITS:
        raise SimulationFault(f"the park has {pools.steps:,} steps of units; the twin can tell {1 << ID_BITS:,} apart")
    floor = floor_tables(factory, values)
    tables: dict[int, Ints | Reals] = {VALUES: np.zeros(0)}
    tables |= unit_tables(factory, policy, pools, pins)
    tables |= route_tables(factory)
    tables |= class_tables(factory, table, pools, pins, values)
    classes = [c for found in factory.route_class for c in found]
    tables |= {STEP_KEY: np.array([table[c].key for c in classes] + [0] * DRAWN, np.int64)}
    tables |= {STEP_F: work_of_steps([factory.table.rows[c] for c in classes])}
    limits = fail_limits(factory.table.rows)
    tables |= {FAIL_LIMIT: np.array([limits[c] for c in classes] + [0] * DRAWN, np.int64)}
    tables |= floor
    tables |= supply_tables(factory, policy, pools, values)
    tables |= calendar_tables(factory, policy.levels)
    tables |= {EDGE: factory.bucket_edge}
    tables[VALUES] = np.array(values.numbers, np.float64)
    scalars = [
        factory.horizon, factory.clock.ticks_per_week, park.head.horizon_weeks, len(factory.bucket_edge) - 1,
        len(factory.rules), max(1, len(factory.table.families)), STORM_LIMIT, len(factory.units),
        pools.steps, len(park.products) + len(park.sources), _day(factory, pools), starts_of(factory),
        int(any(row.first_part for row in factory.table.rows)), _pickers(factory, tables[QUEUES]),
        len(factory.table.families_of), park.head.warm_up_weeks,
    ]  # fmt: skip
    whole, real = memories(scalars, tables, PARK_HEADER)
    return ParkArrays(whole, real, Origin(factory, policy, compile_arrays, whole))


def _pickers(factory: Factory, queues: Ints | Reals) -> int:
    """1 where in some queue not the first, but the first that can start does; 2 more where work stops other work."""
    stops = any(row.preempt != "no" for row in factory.park.resources)
    return int((queues[:, Q_RULE] >= PICKS).any()) + PREEMPTS * int(stops)


def _day(factory: Factory, pools: Pools) -> int:
    """Power of two of the ticks of a day of the event list, in which two to four events are expected."""
    expected = float(factory.steps)
    for row, routes, size in zip(factory.park.sources, factory.stream_routes, pools.sizes, strict=True):
        steps = [c for r in routes for c in factory.route_class[r]]
        gap = row.interval_hours.mean * factory.clock.ticks_per_hour
        lap = sum(max(1, factory.table.rows[c].mean) for c in steps)
        units = row.units * factory.horizon / gap if gap >= 1 else size * factory.horizon / lap
        expected += min(units, row.units * row.most) * len(steps) if row.most and gap >= 1 else units * len(steps)
    return max(0, int(math.log2(max(1.0, 4.0 * factory.horizon / max(1.0, expected)))))
