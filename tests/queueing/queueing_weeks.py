"""Weekly sums of a replication in a model's own unit of time, and the figures that are made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aidc_twin.twin.classes import counting_scale
from aidc_twin.twin.factory import Factory
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.statistics import BatchMeans, batch_means

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A ratio of two sums, by week: waits to customers, contents to time. Shape (weeks,) each."""

    top: Reals
    below: Reals

    def estimate(self, batches: int) -> BatchMeans:
        """Ratio of the whole sums with its interval by batch means, by the usual linear form of a ratio.

        Its mean is the ratio of the whole sums, which is biased less than the mean of the weeks' ratios.
        """
        ratio = self.top.sum() / self.below.sum()
        return batch_means(ratio + (self.top - ratio * self.below) / self.below.mean(), batches)


class Weeks:
    """What a replication says of each week after the warm-up, in units of the model's time.

    Parameters
    ----------
    hours
        Length of the model's unit of time.
    warm_up
        Weeks that are left out.
    """

    def __init__(self, factory: Factory, run: Replication, hours: float, warm_up: int) -> None:
        park = factory.park
        self.factory, self.run, self.warm_up = factory, run, warm_up
        self.unit = hours * factory.clock.ticks_per_hour
        self.count = park.head.horizon_weeks - warm_up
        self.time = np.full(self.count, factory.clock.ticks_per_week / self.unit)
        self.sources = {row.source: i for i, row in enumerate(park.sources)}
        self.scales = {row.resource: counting_scale(row.kind) for row in park.resources}

    def _kept(self, sums: NDArray[np.int64]) -> Reals:
        """Gains of each week from cumulative sums at the ends of all weeks."""
        ends = sums[: self.warm_up + self.count]
        return np.diff(ends, prepend=0)[self.warm_up :].astype(np.float64)

    def _group(self, source: str, column: int) -> Reals:
        group = len(self.factory.park.products) + self.sources[source]
        return self._kept(self.run.group_weeks[:, group, column])

    def _class(self, source: str, operation: str, column: int) -> Reals:
        route = self.factory.source_route[self.sources[source]]
        c = self.factory.route_class[route][self.factory.routes[route].position[operation]]
        return self._kept(self.run.class_weeks[:, c, column])

    def present(self, source: str) -> Reals:
        """Units in the park times the time that they were there."""
        return self._group(source, 0) / self.unit

    def arrived(self, source: str) -> Reals:
        """Units that came."""
        return self._group(source, 1)

    def done(self, source: str) -> Reals:
        """Units that left as done."""
        return self._group(source, 2)

    def flow(self, source: str) -> Reals:
        """Time in the park of those that left as done."""
        return self._group(source, 3) / self.unit

    def starts(self, source: str, operation: str) -> Reals:
        """Starts of an operation."""
        return self._class(source, operation, 0)

    def waited(self, source: str, operation: str) -> Reals:
        """Time that those which started had waited for it."""
        return self._class(source, operation, 1) / self.unit

    def used(self, resource: str) -> Reals:
        """Amount of a resource times the time that it was held."""
        row = self.run.used[self.factory.resources.index(resource), self.warm_up :]
        return row / (self.unit * self.scales[resource])
