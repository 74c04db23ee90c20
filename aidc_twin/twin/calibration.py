"""Traced replications under a policy, read for the plan: when units were released and when calendars were open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.compile import Factory, Policy, compile_arrays
from aidc_twin.twin.hours import Levels, open_intervals
from aidc_twin.twin.items import Items, spread
from aidc_twin.twin.kernel.layout import (
    C_PIN,
    C_SAME,
    C_SERVER,
    CLASS,
    D_KIND,
    DONE,
    H_AMOUNT,
    H_RES,
    H_SERVER,
    HOLD,
    ITS_PERSON,
    LAST,
    LOWEST,
    MOVE,
    NEED,
    PERSON,
    POOL,
    R_AVAIL,
    R_CAP,
    R_KIND,
    R_NAMED,
    RES,
    TR_END,
    TR_STEP,
    WAY,
    ParkArrays,
    table,
)
from aidc_twin.twin.memory import Ints
from aidc_twin.twin.profiles import OpenTime
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import replicate


@dataclass(frozen=True)
class Calibration:
    """Traced replications of a factory under a policy."""

    factory: Factory
    arrays: ParkArrays
    policy: Policy
    runs: Sequence[Replication]
    items: Items

    @property
    def weeks(self) -> int:
        """Weeks of the horizon."""
        return self.factory.park.head.horizon_weeks

    @cached_property
    def opened(self) -> list[OpenTime]:
        """Open time of each resource's reporting calendar under the policy."""
        by_name = {name: self.open_time(name, self.policy.levels) for name in self.factory.calendars}
        always = OpenTime(np.zeros(0), np.zeros(0))
        return [by_name[row.calendar] if row.calendar else always for row in self.factory.park.resources]

    def open_time(self, name: str, levels: Levels) -> OpenTime:
        """Open time of a calendar at shift levels."""
        factory = self.factory
        edges = np.array(open_intervals(factory.park, name, levels, factory.clock), np.float64).ravel()
        opened = np.repeat(np.cumsum(edges[1::2] - edges[::2]), 2)[:-1]
        return OpenTime(edges, np.concatenate([[0.0], opened]))

    @cached_property
    def item_order(self) -> Ints:
        """Order (index in the park) of each item."""
        return np.array([row[0] for row in self.items.rows], np.int64)

    @cached_property
    def _own_release(self) -> Ints:
        """The policy's earliest release of each unit."""
        return np.array([self.policy.release_tick.get(unit.id, 0) for unit in self.factory.units], np.int64)

    @cached_property
    def deferred(self) -> NDArray[np.bool_]:
        """Whether the policy does not release each unit within the horizon, shape (units,)."""
        return self._own_release >= self.factory.horizon

    @cached_property
    def _opener(self) -> Ints:
        """Job step of each order that releases its units, -1 where nothing must be done before."""
        factory = self.factory
        index = {order.order: i for i, order in enumerate(factory.park.orders)}
        found = np.full(len(index), -1, np.int64)
        for unit in factory.units:
            if unit.parent >= 0 and factory.units[unit.parent].parent < 0 and unit.released_by:
                found[index[unit.order]] = factory.step(unit.parent, unit.released_by)
        return found

    def design_end(self, run: Replication) -> Ints:
        """Tick at which each order lets its units go: end of a step, else its day; the horizon where it does not."""
        factory = self.factory
        end = np.full(int(factory.first[-1]), factory.horizon, np.int64)
        rows = run.trace[(run.trace[:, TR_STEP] >= 0) & (run.trace[:, TR_STEP] < factory.steps)]
        end[rows[:, TR_STEP]] = np.minimum(rows[:, TR_END], factory.horizon)
        end[factory.opening.state == DONE] = 0
        ordered = [max(0, factory.clock.ticks(order.ordered)) for order in factory.park.orders]
        return np.where(self._opener >= 0, end[self._opener], ordered)

    @cached_property
    def earliest_weeks(self) -> Ints:
        """First week at whose start each item is designed, in the mean of the runs."""
        gate = np.stack([self.design_end(run) for run in self.runs]).mean(axis=0)
        return np.ceil(gate[self.item_order] / self.factory.clock.ticks_per_week - 1e-9).astype(np.int64)

    def unit_releases(self, run: Replication) -> Ints:
        """Release tick of each unit that belongs to an item, else -1."""
        item = self.items.unit_item
        if not len(self.item_order):
            return np.full(len(item), -1, np.int64)
        release = np.maximum(self._own_release, self.design_end(run)[self.item_order[item]])
        return np.where(item >= 0, release, -1)

    def last_releases(self, release: Ints) -> Ints:
        """Last release tick of each item."""
        last = np.zeros(len(self.items.rows), np.int64)
        member = self.items.unit_item >= 0
        np.maximum.at(last, self.items.unit_item[member], release[member])
        return last


def free_flow(factory: Factory, items: Items, seeds: Sequence[int]) -> Calibration:
    """Calibration without congestion: ample resources and materials, items released evenly over a week."""
    policy = Policy(purchases=())
    arrays = _ample(compile_arrays(factory, policy))
    first = Calibration(factory, arrays, policy, replicate(arrays, seeds, trace=len(seeds)), items)
    weekly: dict[tuple[int, str], list[int]] = {}
    for i, unit in enumerate(factory.units):
        if items.unit_item[i] >= 0:
            weekly.setdefault((int(first.earliest_weeks[items.unit_item[i]]), unit.product), []).append(i)
    policy = replace(policy, release_tick=spread(factory, weekly))
    arrays = _ample(compile_arrays(factory, policy))
    return Calibration(factory, arrays, policy, replicate(arrays, seeds, trace=len(seeds)), items)


def _ample(arrays: ParkArrays) -> ParkArrays:
    """The same factory with as much of all as it asks for; nobody sits on a machine, keeps to one or has a name."""
    whole = arrays.whole.copy()
    res = table(whole, RES)
    res[:, R_AVAIL] = res[:, R_CAP] = 2**45
    res[:, R_KIND] = np.minimum(res[:, R_KIND], 0) + 2 * (res[:, R_KIND] == 2)
    res[:, R_NAMED] = 0
    needs = table(whole, NEED)
    needs[needs[:, D_KIND] == PERSON, D_KIND] = POOL
    classes = table(whole, CLASS)
    classes[:, [C_SERVER, C_SAME]] = -1
    classes[classes[:, C_PIN] < -1, C_PIN] = -1
    for name in (HOLD, LAST, MOVE):
        holds = table(whole, name)
        holds[holds[:, H_RES] == WAY, H_AMOUNT] = LOWEST  # the first way, not that whose machine has been idle longest
        holds[:, H_SERVER] = np.where(holds[:, H_SERVER] == ITS_PERSON, 0, np.minimum(holds[:, H_SERVER], 0))
    grow = arrays.grow
    return ParkArrays(whole, arrays.real, None if grow is None else lambda pool: _ample(grow(pool)))
