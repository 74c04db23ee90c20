"""Figures of the units in the park, from the sums that the kernel keeps by week: of sources, operations, products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.factory import Factory
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.statistics import half_width

UNIT_TICKS, ARRIVED, DONE, FLOW, SCRAPPED, LOST = range(6)
"""Columns of `Replication.group_weeks`."""
STARTS, WAITED = range(2)
"""Columns of `Replication.class_weeks`."""

Samples = tuple[str, str, NDArray[np.float64]]
"""(name, unit, one value for each replication that has any)."""


def source_figures(factory: Factory, runs: Sequence[Replication]) -> Iterator[Samples]:
    """What became of each source's units, and how long the operations kept them waiting.

    The weeks of `warm_up_weeks` are left out. The units in the park are the mean over time; flow time is that of the
    units done after the warm-up, whenever they came. A figure without any unit to take it of is left out.
    """
    after = factory.park.head.warm_up_weeks
    ticks = factory.horizon - after * factory.clock.ticks_per_week
    day = factory.clock.ticks_per_day
    grown = np.stack([grown_since(run.group_weeks, after) for run in runs]).astype(np.float64)
    for s, row in enumerate(factory.park.sources):
        g = len(factory.park.products) + s
        mine = grown[:, g]
        yield f"{row.source}/arrived", "units", mine[:, ARRIVED]
        yield f"{row.source}/done", "units", mine[:, DONE]
        yield f"{row.source}/scrapped", "units", mine[:, SCRAPPED]
        yield f"{row.source}/lost", "units", mine[:, LOST]
        yield f"{row.source}/throughput", "units a day", mine[:, DONE] * day / ticks
        yield f"{row.source}/in_park", "units", mine[:, UNIT_TICKS] / ticks
        yield from _ratio(f"{row.source}/flow_time", "days", mine[:, FLOW], mine[:, DONE], day)
    if factory.park.sources:
        yield from _waits(factory, runs, after)


PILED = 0.02
"""Share of what came that may be left over by chance, or since the line is still filling up."""


def piling_up(factory: Factory, runs: Sequence[Replication]) -> Iterator[tuple[str, float, float]]:
    """Streams without an end of which more comes than goes: (source, share of what came that is left, its half-width).

    Counted after the warm-up, over at least four weeks, in the replications in which anything came. A stream is named
    if the whole 95 % interval of the share lies above `PILED`.
    """
    after = factory.park.head.warm_up_weeks
    if len(runs) < 2 or factory.park.head.horizon_weeks - after < 4:
        return
    grown = np.stack([grown_since(run.group_weeks, after) for run in runs]).astype(np.float64)
    for s, row in enumerate(factory.park.sources):
        mine = grown[:, len(factory.park.products) + s]
        mine = mine[mine[:, ARRIVED] > 0]
        if row.most == 0 and len(mine) > 1:
            left = 1 - mine[:, [DONE, SCRAPPED, LOST]].sum(axis=1) / mine[:, ARRIVED]
            share, width = float(left.mean()), half_width(left)
            if share - width > PILED:
                yield row.source, share, width


def waited(factory: Factory, runs: Sequence[Replication]) -> NDArray[np.float64]:
    """Ticks that the steps have waited which the units of each source begin in each week.

    Shape (replications, sources, weeks). Units that do the same work in the same queue are in it.
    """
    weeks = np.stack([np.append(run.class_weeks[:-2], run.class_weeks[-1:], axis=0)[..., WAITED] for run in runs])
    grown = np.diff(weeks, axis=1, prepend=0).astype(np.float64)
    classes = [sorted(set().union(*_classes(factory, r).values())) for r in factory.source_route]
    return np.stack([grown[:, :, mine].sum(axis=2) for mine in classes], axis=1)


def _classes(factory: Factory, r: int) -> dict[str, set[int]]:
    """Classes in which the units of a route wait, further attempts too, by the name of the step's wait."""
    route, found = factory.routes[r], dict[str, set[int]]()
    for step, c in zip(route.steps, factory.route_class[r], strict=True):
        classes = found.setdefault(f"wait/{route.routing}/{step.operation}", set())
        classes |= {c, factory.table.rows[c].retry} - {-1}
    return found


def _waits(factory: Factory, runs: Sequence[Replication], after: int) -> Iterator[Samples]:
    """Mean wait for the start of each operation (further attempts count too) that units of sources pass.

    Units of orders that do the same work in the same queue are in it; those that leave a queue unserved are not.
    """
    found: dict[str, set[int]] = {}
    for r in factory.source_route:
        for name, classes in _classes(factory, r).items():
            found.setdefault(name, set()).update(classes)
    grown = np.stack([grown_since(run.class_weeks, after) for run in runs]).astype(np.float64)
    for name, classes in found.items():
        mine = grown[:, sorted(classes)].sum(axis=1)
        yield from _ratio(name, "hours", mine[:, WAITED], mine[:, STARTS], factory.clock.ticks_per_hour)


def grown_since(cumulative: NDArray[np.int64], after: int) -> NDArray[np.int64]:
    """What sums have gained from the end of a number of weeks to the horizon; shape of one week's row."""
    return cumulative[-1] - cumulative[after - 1] if after else cumulative[-1]


def _ratio(
    name: str, unit: str, part: NDArray[np.float64], count: NDArray[np.float64], scale: int
) -> Iterator[Samples]:
    """A mean over units, in the replications that have one."""
    some = count > 0
    if some.any():
        yield name, unit, part[some] / count[some] / scale


def units_in_park(factory: Factory, runs: Sequence[Replication]) -> NDArray[np.float64]:
    """Mean units in the park in each week, shape (replications, groups, weeks); products of orders, then sources."""
    return _by_week(runs, UNIT_TICKS) / factory.clock.ticks_per_week


def units_done(runs: Sequence[Replication]) -> NDArray[np.float64]:
    """Units done in each week, shape (replications, groups, weeks); products of orders, then sources."""
    return _by_week(runs, DONE)


def _by_week(runs: Sequence[Replication], column: int) -> NDArray[np.float64]:
    """What a cumulative sum gains in each week; the instant of the horizon belongs to the last one."""
    sums = np.stack([np.append(run.group_weeks[:-2], run.group_weeks[-1:], axis=0) for run in runs])[..., column]
    return np.diff(sums, axis=1, prepend=0).transpose(0, 2, 1).astype(np.float64)
