"""Where a line has filled up: the weeks to leave out of its figures, by MSER-5 on units in the park."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aidc_twin.park import Park
from aidc_twin.twin.figures import units_in_park
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.statistics import mser5
from aidc_twin.twin.statistics.warmup import BATCH, FEWEST_BATCHES

FEWEST_WEEKS = BATCH * FEWEST_BATCHES
"""With fewer weeks MSER-5 says nothing."""


@dataclass(frozen=True, slots=True)
class Settling:
    """Weeks after which the units of each source without an end settle, None where they do not."""

    weeks: dict[str, int | None]

    @property
    def cut(self) -> int | None:
        """Weeks after which all have settled; None if one does not, or there is none."""
        found = [weeks for weeks in self.weeks.values() if weeks is not None]
        return max(found) if found and len(found) == len(self.weeks) else None

    @property
    def unsettled(self) -> list[str]:
        """Sources whose units do not settle."""
        return [source for source, weeks in self.weeks.items() if weeks is None]


def with_warm_up(park: Park, weeks: int) -> Park:
    """The park with another warm-up; the same units do the same things in it, other weeks count."""
    return replace(park, head=park.head.model_copy(update={"warm_up_weeks": weeks}))


def settling(result: SimResult) -> Settling:
    """When the units of each source without an end settle: MSER-5 on their mean over the replications by week.

    The number in the park is what a line has to build up; what its units wait, and how many get done, settles with it.
    """
    park = result.factory.park
    mean = units_in_park(result.factory, result.replications).mean(axis=0)
    found: dict[str, int | None] = {}
    for s, row in enumerate(park.sources):
        if row.most == 0:
            end = mser5(mean[len(park.products) + s])
            found[row.source] = end.cut if end.found else None
    return Settling(found)
