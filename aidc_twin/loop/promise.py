"""A promise: by which day an order would be delivered with which probability, behind and beside those of the park."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aidc_twin.loop.promise_chain import WORK, Cause, Chain
from aidc_twin.loop.promise_dates import NEVER, PROBABILITIES, Kept, kept_by, likelihood
from aidc_twin.loop.promise_place import Inquiry, Place, placed_policy, plan_policy, with_order
from aidc_twin.loop.promise_posts import Posts
from aidc_twin.loop.promise_price import Seen, price, seen
from aidc_twin.park import Goal, Park
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.chance import name_hash
from aidc_twin.twin.compile import Factory, Policy, compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import ParkArrays
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import replicate, seeds_of

__all__ = ["PAIRS", "Asked", "Base", "Course", "PromiseOptions", "promise"]

Ints = NDArray[np.int64]

PAIRS = 30
"""Futures that are played with the order and without it, with traces, to the end of the horizon: who is pushed.

They are the same for all inquiries. What happens in a future makes all orders early or late together, so that no date
rests on them: all promises of a day would be too early, or too late, by the same luck.
"""
AT_ONCE = 10
"""Replications that are kept at a time: a trace of each is large."""
MARGIN_WEEKS = 2
"""Further futures are played to so many weeks behind the latest delivery of those before."""
WORTH_CUTTING = 0.85
"""Share of the horizon from which they are played to its end."""


@dataclass(frozen=True)
class PromiseOptions:
    """How sure a promise is.

    Attributes
    ----------
    seed, replications : futures that dates rest on, an inquiry's own. Beside them `PAIRS` futures, no more than there
        are of those, are played with the order and without it.
    places : ways to stand in the queues that are looked at.
    """

    seed: int = 1
    replications: int = 120
    workers: int = 2
    places: tuple[Place, ...] = ("ordinary", "rush")

    @property
    def pairs(self) -> int:
        """How many futures are played with and without the order."""
        return min(PAIRS, self.replications)

    @property
    def futures(self) -> int:
        """How many are played with an order at one place in the queues."""
        return self.pairs + self.replications


class Base:
    """The park without the order: what every inquiry is compared with, played once.

    Parameters
    ----------
    frames
        Plan and schedule of a run; without them everything is as early as it can be.
    """

    def __init__(
        self, park: Park, goals: Sequence[Goal], options: PromiseOptions,
        frames: Mapping[str, pl.DataFrame] | None = None, progress: Progress = SILENT,
    ) -> None:  # fmt: skip
        self.park, self.options, self.progress = park, options, progress
        self.factory = read_factory(park)
        self.goals = [goal for goal in goals if _within(self.factory, goal)]
        self.policy = plan_policy(self.factory, frames) if frames else Policy()

    @property
    def pairs(self) -> list[int]:
        """Seeds of the futures that are played with and without the order."""
        return seeds_of(self.options.seed, self.options.pairs)

    @cached_property
    def orders(self) -> list[int]:
        """Own unit of each order of the book."""
        return [i for i, unit in enumerate(self.factory.units) if unit.parent < 0]

    @cached_property
    def without(self) -> Seen:
        """The pairs without the order."""
        arrays = compile_arrays(self.factory, self.policy)
        posts = Posts(self.factory, arrays, self.goals)
        return Seen.joined([
            seen(runs, self.goals, self.orders, posts)
            for runs in _chunks(arrays, self.pairs, self.options.workers, 1, self.progress.advance)
        ])  # fmt: skip


def _within(factory: Factory, goal: Goal) -> bool:
    """Whether any of a goal's year lies within the horizon."""
    first, last = factory.clock.year_ticks(goal.year)
    return first < factory.horizon and last > 0


def _chunks(
    arrays: ParkArrays, seeds: Sequence[int], workers: int, traced: int, on_done: Callable[[int], None]
) -> Iterator[list[Replication]]:
    """Replications a few at a time; all of them keep their trace, or none."""
    for i in range(0, len(seeds), AT_ONCE):
        some = seeds[i : i + AT_ONCE]
        yield replicate(arrays, some, workers=workers, trace=len(some) if traced else 0, on_done=on_done)


@dataclass(frozen=True)
class Asked:
    """What the futures of an order at one place in the queues say.

    Attributes
    ----------
    ticks : shape (n,), its delivery in each future of its own; `NEVER` where it does not come within the horizon.
    beside : what the pairs say of the others.
    causes : where its time goes in each pair, in ticks.
    """

    ticks: Ints
    beside: Seen
    causes: list[dict[Cause, int]]


class Course:
    """An order in the park at one place in the queues: its futures.

    Parameters
    ----------
    factory
        The park with the order; None: it is read here.
    """

    def __init__(self, base: Base, inquiry: Inquiry, place: Place, factory: Factory | None = None) -> None:
        self.base, self.inquiry = base, inquiry
        self.place: Place = place
        self.root = len(base.factory.units)
        self.factory = read_factory(with_order(base.park, inquiry)) if factory is None else factory
        self.arrays = self._compiled(self.factory)

    def _compiled(self, factory: Factory) -> ParkArrays:
        base = self.base
        return compile_arrays(factory, placed_policy(base.factory, base.policy, factory, self.place))

    def asked(self) -> Asked:
        """Its futures: pairs to the end of the horizon; its own only where any of them saw it delivered."""
        base, options = self.base, self.base.options
        posts, chain = Posts(self.factory, self.arrays, base.goals), Chain(self.factory, self.arrays, self.root)
        own = own_futures(options, self.inquiry)
        parts: list[Seen] = []
        ticks: list[int] = []
        causes: list[dict[Cause, int]] = []
        for runs in _chunks(self.arrays, base.pairs, options.workers, 1, base.progress.advance):
            parts.append(seen(runs, base.goals, base.orders, posts))
            ticks += [self._tick(run) for run in runs]
            causes += [chain.causes(run) for run in runs]
        if min(ticks) < NEVER:
            ticks = self.ticks(own, max(tick for tick in ticks if tick < NEVER))
        else:
            base.progress.advance(len(own))
        return Asked(np.array(ticks, np.int64), Seen.joined(parts), causes)

    def ticks(self, seeds: Sequence[int], latest: int | None = None) -> list[int]:
        """Delivery in each of some futures, `NEVER` where it does not come within the horizon.

        With the `latest` delivery that is known they are played a little further than that, and once more to the end
        where the order is not delivered by then: what happens before is the same either way.
        """
        factory, workers, advance = self.factory, self.base.options.workers, self.base.progress.advance
        weeks = factory.park.head.horizon_weeks
        cut = weeks if latest is None else latest // factory.clock.ticks_per_week + 1 + MARGIN_WEEKS
        if not seeds:
            return []
        if cut >= WORTH_CUTTING * weeks:
            return [self._tick(run) for runs in _chunks(self.arrays, seeds, workers, 0, advance) for run in runs]
        short = self._compiled(read_factory(with_order(cut_off(self.base.park, cut), self.inquiry)))
        found = [self._tick(run) for runs in _chunks(short, seeds, workers, 0, advance) for run in runs]
        late = [i for i, tick in enumerate(found) if tick == NEVER]
        for runs in _chunks(self.arrays, [seeds[i] for i in late], workers, 0, lambda _: None):
            for run in runs:
                found[late.pop(0)] = self._tick(run)
        return found

    def _tick(self, run: Replication) -> int:
        done = int(run.job_done[self.root])
        return done if done >= 0 else NEVER


def own_futures(options: PromiseOptions, inquiry: Inquiry) -> list[int]:
    """Seeds of the futures that an inquiry's dates rest on."""
    own = f"{inquiry.product}/{inquiry.quantity_mw!r}/{inquiry.due}/{inquiry.destination}/{options.seed}"
    return seeds_of(name_hash(own, 64), options.replications)


def cut_off(park: Park, weeks: int) -> Park:
    """The park with an earlier end of its horizon; until then everything in it is the same."""
    head = park.head
    return replace(
        park,
        head=head.model_copy(update={"horizon_weeks": weeks, "warm_up_weeks": min(head.warm_up_weeks, weeks - 1)}),
    )


def promise(base: Base, inquiry: Inquiry) -> dict[str, Any]:
    """Dates, probabilities, what binds and whom it costs how much, as an object.

    Raises
    ------
    SimulationFault
        From the twin.
    """
    places: dict[str, Any] = {}
    factory = read_factory(with_order(base.park, inquiry))
    for place in base.options.places:
        asked = Course(base, inquiry, place, factory).asked()
        places[place] = {
            **_dates(base, inquiry, asked.ticks),
            "lead": _lead(base, asked),
            "price": price(base.factory, base.without, asked.beside, base.goals),
        }
    return {
        "inquiry": inquiry.name, "product": inquiry.product, "quantity_mw": inquiry.quantity_mw,
        "due": inquiry.due.isoformat(), "destination": inquiry.destination, "places": places,
    }  # fmt: skip


def _dates(base: Base, inquiry: Inquiry, ticks: Ints) -> dict[str, Any]:
    """How likely the wished day is, and the days that are kept with each probability."""
    clock = base.factory.clock
    wished = clock.ticks(inquiry.due) + clock.ticks_per_day
    found = likelihood(int((ticks <= wished).sum()), len(ticks))
    by_end = likelihood(int((ticks < NEVER).sum()), len(ticks))
    return {
        "futures": len(ticks),
        "wished": {
            "probability": found.share, "low": found.low, "high": found.high,
            "beyond_horizon": wished > base.factory.horizon,
        },
        "within_horizon": {"probability": by_end.share, "low": by_end.low, "high": by_end.high},
        "dates": [_date(base, kept_by(ticks, probability)) for probability in PROBABILITIES],
    }  # fmt: skip


def _date(base: Base, kept: Kept) -> dict[str, Any]:
    """A promised day with its interval; the order is accepted on that day at the latest."""
    days = [None if tick is None else day_of(base, tick) for tick in (kept.tick, kept.low, kept.high)]
    at = None if kept.tick is None else base.factory.clock.date(kept.tick).isoformat(timespec="minutes")
    return {
        "probability": kept.probability, "date": days[0], "at": at, "low": days[1], "high": days[2],
        "enough": kept.enough, "fewest_futures": kept.fewest,
    }  # fmt: skip


def day_of(base: Base, tick: int) -> str:
    """Day on which something ends at a tick; midnight belongs to the day before."""
    return base.factory.clock.date(max(0, tick - 1)).date().isoformat()


def _lead(base: Base, asked: Asked) -> dict[str, Any]:
    """Where the order's time goes on its critical chain: means over the pairs, in days, the longest wait first."""
    day, n = base.factory.clock.ticks_per_day, len(asked.causes)
    total: dict[Cause, float] = {}
    for row in asked.causes:
        for cause, ticks in row.items():
            total[cause] = total.get(cause, 0.0) + ticks / day / n
    waits = sorted((-days, cause) for cause, days in total.items() if cause.kind != WORK)
    return {
        "days": sum(total.values()), "work_days": total.get(Cause(WORK, ""), 0.0),
        "waits": [{"kind": cause.kind, "name": cause.name, "days": -days} for days, cause in waits],
    }  # fmt: skip
