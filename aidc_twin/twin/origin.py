"""Where arrays come from, so that what happens in them can be told in the park's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from aidc_twin.park.deadlock import possible_deadlocks
from aidc_twin.twin.factory import Factory, Policy
from aidc_twin.twin.kernel.layout import I64, ParkArrays
from aidc_twin.twin.laws import Laws


@dataclass(frozen=True)
class Origin:
    """Factory and policy of compiled arrays; called with a size it compiles them again with larger pools of units.

    `whole` is the memory that was made of them.
    """

    factory: Factory
    policy: Policy | None
    compiler: Callable[[Factory, Policy | None, int], ParkArrays]
    whole: I64

    def __call__(self, pool: int) -> ParkArrays:
        """The same arrays with `pool` times the usual room for units of sources."""
        return self.compiler(self.factory, self.policy, pool)

    @cached_property
    def laws(self) -> Laws:
        """What every replication of the arrays must keep to."""
        return Laws.of(self.factory, self.whole)

    @cached_property
    def can_lock(self) -> bool:
        """Whether units of this park could wait for each other for good."""
        return bool(possible_deadlocks(self.factory.park))


def origin_of(arrays: ParkArrays) -> Origin | None:
    """Origin of arrays; None if they have been changed since (as capacity that is made ample)."""
    origin = arrays.grow
    return origin if isinstance(origin, Origin) and origin.whole is arrays.whole else None
