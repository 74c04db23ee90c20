"""Where a line has filled up: the weeks to leave out of its figures, by MSER-5 on units in the park or their waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from aidc_twin.park import Park
from aidc_twin.park.checks.branches import goes_round
from aidc_twin.twin.figures import units_in_park, waited
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.statistics import mser5
from aidc_twin.twin.statistics.warmup import BATCH, FEWEST_BATCHES

FEWEST_WEEKS = BATCH * FEWEST_BATCHES
"""With fewer weeks MSER-5 says nothing."""


UNITS, WAITS = "units in the park", "hours waited a week"
"""What is looked at: of a source without an end, and of a population that goes round for ever."""


@dataclass(frozen=True, slots=True)
class Settling:
    """Weeks after which what each source brings settles, None where it does not; `series` says what was looked at."""

    weeks: dict[str, int | None]
    series: dict[str, str]

    @property
    def cut(self) -> int | None:
        """Weeks after which all have settled; None if one does not, or there is none."""
        found = [weeks for weeks in self.weeks.values() if weeks is not None]
        return max(found) if found and len(found) == len(self.weeks) else None

    @property
    def unsettled(self) -> list[str]:
        """Sources that do not settle."""
        return [source for source, weeks in self.weeks.items() if weeks is None]

    def told(self, sources: Iterable[str]) -> str:
        """Some sources with what was looked at, in words."""
        names: dict[str, list[str]] = {}
        for source in sources:
            names.setdefault(self.series[source], []).append(source)
        return "; ".join(f"{', '.join(found)}: {series}" for series, found in names.items())


def series_of(park: Park) -> dict[str, str]:
    """What is looked at for each source that settles: `UNITS` or `WAITS`. Other sources come to their end."""
    found: dict[str, str] = {}
    for row in park.sources:
        if row.most == 0:
            found[row.source] = UNITS
        elif goes_round(park, park.product(row.product).routing):
            found[row.source] = WAITS
    return found


def with_warm_up(park: Park, weeks: int) -> Park:
    """The park with another warm-up; the same units do the same things in it, other weeks count."""
    return replace(park, head=park.head.model_copy(update={"warm_up_weeks": weeks}))


def settling(result: SimResult) -> Settling:
    """When what each source brings settles: MSER-5 on means over the replications by week.

    The number in the park is what a line has to build up; what its units wait, and how many get done, settles with it.
    In a closed population that number never moves, and the time of a round does: all its units begin before the same
    step, and what they wait there and elsewhere settles as they spread. Work takes what it takes in every round.
    """
    factory, runs = result.factory, result.replications
    series, park = series_of(factory.park), factory.park
    present = units_in_park(factory, runs).mean(axis=0)[len(park.products) :]
    waits = waited(factory, runs).mean(axis=0) if series else present
    found: dict[str, int | None] = {}
    for s, row in enumerate(park.sources):
        if row.source in series:
            end = mser5(present[s] if series[row.source] == UNITS else waits[s])
            found[row.source] = end.cut if end.found else None
    return Settling(found, series)
