"""What a new order waits for: its critical chain in each future, from its acceptance back to the day it was placed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aidc_twin.park.schema import Material
from aidc_twin.twin.classes import WorkClass
from aidc_twin.twin.compile import Factory
from aidc_twin.twin.kernel.layout import (
    CAL,
    INTERVAL,
    TR_END,
    TR_START,
    TR_STEP,
    WR_IDLE_OPEN,
    WR_TOTAL,
    WR_TOTAL_OPEN,
    ParkArrays,
    table,
)
from aidc_twin.twin.replication import Replication

__all__ = ["HOURS", "OTHER", "SHIP", "WORK", "Cause", "Chain"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
WORK, HOURS, SHIP, OTHER = "work", "hours", "departure", "other"
"""Kinds of causes beside those of resources and materials: the order's own work, closed hours, ships, company."""
QUOTA, BOUGHT = "quota", "bought"
SCARCE = 0.02
"""Share of a resource that is free on average below which it is short, however little a step needs of it."""


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """What time goes to: a kind (that of the resource, or `quota`, `bought`, `hours`, …) and a name."""

    kind: str
    name: str


class Chain:
    """Critical chains of one order.

    Each step waited for the last of what comes before it: steps of its unit, units that it joins, and what released
    its unit. From the end of the order back these waits and the work between them add up to its whole time.

    Parameters
    ----------
    factory, arrays
        The park with the order.
    root
        The order's own unit; its parts are all units behind it.
    """

    def __init__(self, factory: Factory, arrays: ParkArrays, root: int) -> None:
        self.factory, self.first = factory, int(factory.first[root])
        self.count = factory.steps - self.first
        self.before = self._before(root)
        followed = {b for row in self.before for b in row}
        last = range(int(factory.first[root + 1]) - self.first)
        self.ends = [js for js in last if js not in followed] or [last[-1]]
        self.calendars, self.intervals = table(arrays.whole, CAL), table(arrays.whole, INTERVAL)

    def _before(self, root: int) -> list[list[int]]:
        """Steps (counted from the order's first) that each step waits for."""
        factory, base = self.factory, self.first
        before: list[list[int]] = [[] for _ in range(self.count)]
        opener: dict[int, int] = {}
        for u in range(root, len(factory.units)):
            unit, steps = factory.units[u], factory.routes[factory.unit_route[u]].steps
            own = int(factory.first[u]) - base
            opener[u] = opener.get(unit.parent, -1)
            if unit.parent >= 0 and unit.released_by:
                opener[u] = factory.step(unit.parent, unit.released_by) - base
            followed = {b for step in steps for b in step.after}
            for i, step in enumerate(steps):
                before[own + i] += [own + b for b in step.after]
                if not step.after and opener[u] >= 0:
                    before[own + i].append(opener[u])
                if unit.parent >= 0 and i not in followed:
                    before[factory.step(unit.parent, unit.joins) - base].append(own + i)
        return before

    def causes(self, run: Replication) -> dict[Cause, int]:
        """Ticks of the order's time by cause in a traced replication; they add up to the whole of it.

        Where it is not delivered, its time runs to the horizon, and what has not begun waits until then.
        """
        start, end = self._times(run)
        done = min(int(end[js]) for js in self.ends) < self.factory.horizon
        floor = _floor(run, self.factory.clock.ticks_per_week)
        found: dict[Cause, int] = {}
        at = max(self.ends, key=lambda js: (end[js] if not done or end[js] < self.factory.horizon else -1, -js))
        t = int(end[at])
        while True:
            begun = min(int(start[at]), t)
            rows = [(int(end[b]), -b) for b in self.before[at] if not done or end[b] < self.factory.horizon]
            ready, b = max(rows, default=(0, 1))
            ready = max(0, min(ready, begun))
            _add(found, Cause(WORK, ""), t - begun)
            if begun > ready:
                _add(found, self._cause(at, ready, begun, floor), begun - ready)
            if b > 0:
                return found
            at, t = -b, ready

    def _times(self, run: Replication) -> tuple[Ints, Ints]:
        """First start and last end of each step of the order; the horizon where there is none."""
        trace = run.trace
        own = trace[(trace[:, TR_STEP] >= self.first) & (trace[:, TR_STEP] < self.factory.steps)]
        step = own[:, TR_STEP] - self.first
        start = np.full(self.count, self.factory.horizon, np.int64)
        end = np.full(self.count, -1, np.int64)
        np.minimum.at(start, step, own[:, TR_START])
        np.maximum.at(end, step, own[:, TR_END])
        return start, np.where(end >= 0, np.minimum(end, self.factory.horizon), self.factory.horizon)

    def _cause(self, js: int, ready: int, begun: int, floor: tuple[Floats, Floats]) -> Cause:
        """What a step waited for between two ticks.

        Closed hours, where its calendar was closed all the while; else the resource of which the least was free then,
        beside what the step needs; material, where there was enough of every resource.
        """
        factory = self.factory
        row = factory.table.rows[factory.step_class(self.first + js)]
        if row.calendar >= 0 and not self._open(row.calendar, ready, begun):
            return Cause(HOURS, factory.calendars[row.calendar])
        if row.sailing >= 0:
            return Cause(SHIP, row.operation)
        week = factory.clock.ticks_per_week
        edges = [ready, *range((ready // week + 1) * week, begun, week), begun]
        parts = np.diff(np.array(edges, np.int64)) / (begun - ready)
        weeks = np.array([min(tick // week, len(floor[0]) - 1) for tick in edges[:-1]], np.int64)
        lacking: list[tuple[float, str, str]] = []
        for seizure in row.seizures:
            if seizure.resource < len(factory.resources):
                resource = factory.park.resources[seizure.resource]
                free, there = (float(parts @ table[weeks, seizure.resource]) for table in floor)
                lacking.append((free / max(1.0, seizure.amount, SCARCE * there), resource.resource, resource.kind))
        least = min(lacking, default=(np.inf, "", OTHER))
        material = self._material(row, begun)
        if least[0] < 1 or material is None:
            return Cause(least[2], least[1])
        return material

    def _open(self, calendar: int, ready: int, begun: int) -> bool:
        """Whether a calendar was open at any time between two ticks."""
        first, last = self.calendars[calendar][:2].tolist()
        rows = self.intervals[first:last]
        i = int(np.searchsorted(rows[:, 1], ready, side="right"))
        return i < len(rows) and int(rows[i, 0]) < begun

    def _material(self, row: WorkClass, begun: int) -> Cause | None:
        """Material that a step most likely lacked: bought on its order while that can be on its way, else a quota."""
        base = len(self.factory.resources)
        taken = [self.factory.park.materials[s.resource - base] for s in row.seizures if s.resource >= base]
        bought = [(_lead(one), one.material) for one in taken if one.lead_weeks is not None]
        slowest = max(bought, default=(0.0, ""))
        quotas = [one.material for one in taken if one.weekly_quota is not None]
        if quotas and begun > slowest[0] * self.factory.clock.ticks_per_week:
            return Cause(QUOTA, quotas[0])
        if slowest[1]:
            return Cause(BOUGHT, slowest[1])
        return Cause(BOUGHT, taken[0].material) if taken else None


def _lead(material: Material) -> float:
    """Weeks within which a material that is ordered at the epoch has come."""
    return 0.0 if material.lead_weeks is None else material.lead_weeks.high


def _floor(run: Replication, week: int) -> tuple[Floats, Floats]:
    """What was free of each resource, and what there was of it, on average while it was open, by week of so many ticks;
    shape (W, resources).
    """
    grown = np.diff(run.resource_weeks[:-1].astype(np.float64), axis=0, prepend=0.0)
    closed, opened = grown[:, :, WR_TOTAL], grown[:, :, WR_TOTAL_OPEN]
    total = closed + opened
    share = np.divide(opened, total, out=np.ones_like(total), where=total > 0)
    ticks = week * np.where(share > 0, share, 1.0)
    return grown[:, :, WR_IDLE_OPEN] / ticks, opened / ticks


def _add(found: dict[Cause, int], cause: Cause, ticks: int) -> None:
    if ticks > 0:
        found[cause] = found.get(cause, 0) + ticks
