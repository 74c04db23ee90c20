"""From a detailed problem to a schedule: rules first, then annealing by delta decoding, at any time with a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from aidc_twin.schedule.desk import Aims, Desk
from aidc_twin.schedule.detailed import Detailed, Placed
from aidc_twin.schedule.floor_bound import cost_bound

FIRST_RULES = ("ATC", "ATCS", "CR", "WSPT")
"""Rules that are tried; the first schedule is that of the first one."""
SLICE = 100_000
"""Operations placed between two looks at the clock."""
WARM = 0.2
"""Temperature at the beginning, as a share of the mean cost of an order that is late."""
COOL = 1e-3
"""Share of it that is left at the end."""
MOST_WORK = 2**62


@dataclass
class Search:
    """What a search reached.

    Attributes
    ----------
    best : schedule of the least cost.
    bound : cost below which no schedule can be.
    trajectory : (seconds, cost) of each better schedule.
    work : operations placed.
    rule, rule_cost : best dispatching rule, and cost of each of them.
    interrupted : whether it was stopped by hand.
    """

    best: Placed
    bound: float
    trajectory: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    work: int = 0
    rule: str = ""
    rule_cost: dict[str, float] = field(default_factory=dict[str, float])
    interrupted: bool = False

    @property
    def gap(self) -> float:
        """How far the cost can be from the least one, as a share of it."""
        return (self.best.cost - self.bound) / max(abs(self.best.cost), 1e-9) if self.best.cost > self.bound else 0.0

    def offer(self, placed: Placed, at: float) -> bool:
        """Keep a schedule if it is the best so far."""
        if self.trajectory and placed.cost >= self.best.cost:
            return False
        self.best = placed
        self.trajectory.append((at, placed.cost))
        return True


@dataclass(frozen=True)
class Stop:
    """When to stop: seconds of `clock`, operations placed, or a cost that is good enough."""

    clock: Callable[[], float]
    seconds: float = 60.0
    work: int = MOST_WORK
    target: float = -np.inf


def improve(problem: Detailed, aims: Aims, stop: Stop, *, seed: int = 1, start: Placed | None = None,
            rules: tuple[str, ...] = FIRST_RULES) -> Search | None:  # fmt: skip
    """Schedule a problem and improve it until it is time to stop; the same for a seed and a limit of work alone.

    Parameters
    ----------
    start
        Schedule to begin with, beside those of the rules.

    Returns
    -------
    None where no schedule was found: something never can start.
    """
    desk = Desk(problem, aims, 0 if start is None else int(1.3 * start.end.max(initial=1)))
    search = _first(desk, stop, start, rules)
    if search is None:
        return None
    draws = np.array([(seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % 2**63 | 1], np.int64)
    try:
        _anneal(desk, search, stop, draws)
    except KeyboardInterrupt:
        search.interrupted = True
    search.work = desk.work
    return search


def _first(desk: Desk, stop: Stop, start: Placed | None, rules: tuple[str, ...]) -> Search | None:
    """The better of the given schedule and those of the rules."""
    search: Search | None = None
    for name in ("", *rules):
        if name and search is not None and stop.clock() >= stop.seconds:
            break
        if not (desk.dispatch(name) if name else start is not None and desk.load(start) and desk.decode()):
            continue
        placed = desk.placed()
        if search is None:
            search = Search(placed, -np.inf)
        search.offer(placed, stop.clock())
        if name:
            search.rule_cost[name] = placed.cost
    if search is not None:
        search.bound = cost_bound(desk.problem, desk.aims)
        search.rule = min(search.rule_cost, key=lambda name: search.rule_cost[name], default="")
        desk.load(search.best)
    return search


def _anneal(desk: Desk, search: Search, stop: Stop, draws: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
    """Search in slices that get colder with the time or the work that is left."""
    begun, work = stop.clock(), desk.work
    aim = max(stop.target, search.bound)
    late = max(1, int((search.best.done > desk.problem.due).sum()))
    warm = WARM * abs(search.best.cost) / late
    size = max(200, min(SLICE, 20 * desk.problem.operations))
    while search.best.cost > aim:
        passed = (stop.clock() - begun) / max(1e-9, stop.seconds - begun)
        if stop.work < MOST_WORK:
            passed = (desk.work - work) / max(1, stop.work - work)
        if passed >= 1.0 or stop.clock() >= stop.seconds:
            break
        desk.anneal(draws, max(1, min(size, stop.work - desk.work)), warm * COOL**passed)
        desk.decode()
        if desk.cost < search.best.cost:
            search.offer(desk.placed(), stop.clock())
