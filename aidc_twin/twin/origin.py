"""Where arrays come from, so that what happens in them can be told in the park's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from aidc_twin.errors import SimulationFault
from aidc_twin.park.deadlock import possible_deadlocks
from aidc_twin.twin.deadlock import Deadlock, find_deadlock
from aidc_twin.twin.factory import Factory, Policy
from aidc_twin.twin.kernel.layout import I64, ParkArrays
from aidc_twin.twin.laws import Laws
from aidc_twin.twin.replication import Replication


@dataclass(frozen=True)
class Origin:
    """Factory and policy of compiled arrays; called with a size it compiles them again with larger pools of units.

    `whole` is the memory that was made of them. `look`, if there is one, is shown the final state of each replication
    that is judged, as factory, `whole`, state and seed; it may be called by several threads at once.
    """

    factory: Factory
    policy: Policy | None
    compiler: Callable[[Factory, Policy | None, int], ParkArrays]
    whole: I64
    look: Callable[[Factory, I64, I64, int], None] | None = None

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


def judge(arrays: ParkArrays, m: I64, run: Replication) -> None:
    """Check a replication against the laws, and look for units that wait for each other for good.

    Arrays that have been changed since they were compiled (as where capacity is made ample) are not judged.

    Parameters
    ----------
    m
        The replication's final state.

    Raises
    ------
    SimulationFault
        If a law is broken, which can only be an error of the twin, or units are locked: what they would have done is
        missing from every figure.
    """
    origin = arrays.grow
    if not isinstance(origin, Origin) or origin.whole is not arrays.whole:
        return
    origin.laws.check(m, run)
    locked = find_deadlock(origin.factory, arrays.whole, m) if origin.can_lock else None
    if locked is not None:
        raise SimulationFault(
            f"deadlock with seed {run.seed}: {locked}. {_cure(origin.factory, locked)}, keep it for a shorter time, or"
            " let all ways take them in the same order"
        )
    if origin.look is not None:
        origin.look(origin.factory, arrays.whole, m, run.seed)


def _cure(factory: Factory, locked: Deadlock) -> str:
    """What to give more of: capacity of resources, stock of materials, whichever those who are locked wait for."""
    stocks = [r >= len(factory.resources) for r in locked.wanted]
    if all(stocks) and stocks:
        return "Put more of one of these stocks into the park"
    if any(stocks):
        return "Give one of these resources more capacity, or put more of one of these stocks into the park"
    return "Give one of these resources more capacity"
