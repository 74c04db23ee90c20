"""From a detailed problem to a schedule: rules first, then annealing by delta decoding, at any time with a bound.

Several threads have a desk and random numbers each, and do slices of the same size side by side; now and then all of
them go on from the best of their schedules. What they meet at is work, not time: so their schedule is the same for a
seed and a number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from aidc_twin.schedule.desk import AHEAD, Aims, Desk
from aidc_twin.schedule.detailed import Detailed, Placed
from aidc_twin.schedule.floor_bound import cost_bound
from aidc_twin.schedule.floor_exact import Trial, can_be_tried
from aidc_twin.schedule.gather import TRIES as GATHERS
from aidc_twin.schedule.gather import GatherDesk
from aidc_twin.schedule.orders import large_orders, pull_orders

FIRST_RULES = (
    "ATC", "ATCS", "CR", "WSPT",
    *(f"ATCS {ahead:g} {setup:g}" for setup in (0.5, 1.0, 0.25, 0.1) for ahead in (16, 8, 4, 1, 0.5)),
)  # fmt: skip
"""Rules that are tried; the first schedule is that of the first one. Those with the mean durations and changeovers
that they look ahead are tried while there is time for rules."""
LOOKING = 0.25
"""Most of the time or work that goes into rules."""
SLICE = 100_000
"""Operations placed between two looks at the clock."""
WARM = 0.2
"""Temperature at the beginning, as a share of the mean cost of an order that is late."""
PULLING = 0.5
"""Share of a search in which large orders are pulled ahead, before single operations move."""
COOL = 1e-3
"""Share of it that is left at the end."""
TRYING = 0.5
"""Most of the time or work that goes into trying all orders of starts."""
ROUNDS = 20
"""Slices of a short search before that, which take together as much as one."""
TRIES, MOST_TRIES = 500, 200_000
"""Beginnings of orders tried between two looks at the clock, and the most of a search."""
MOST_WORK = 2**62
TOGETHER = 20
"""Slices after which all threads go on from the best of their schedules."""

Draws = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Slice:
    """A part of a search: operations placed, temperature, level of the aims, tries to pull whole orders ahead, tries to
    change batches; or beginnings of orders of starts that are tried one by one. All of them make a search again.
    """

    work: int
    warmth: float
    level: int = 0
    pulls: int = 0
    gathers: int = 0
    tries: int = 0


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
    slices : what it did, part by part.
    """

    best: Placed
    bound: float
    aims: Aims = field(default_factory=Aims)
    trajectory: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    work: int = 0
    rule: str = ""
    rule_cost: dict[str, float] = field(default_factory=dict[str, float])
    interrupted: bool = False
    slices: list[Slice] = field(default_factory=list[Slice])

    @property
    def cost(self) -> float:
        """The objective, or the figure of the first level; the bound is one of it."""
        return self.aims.rank(self.best.figures)[0] if self.aims.levels else self.best.cost

    @property
    def gap(self) -> float:
        """How far the cost can be from the least one, as a share of it."""
        return (self.cost - self.bound) / max(abs(self.cost), 1e-9) if self.cost > self.bound else 0.0

    def offer(self, placed: Placed, at: float) -> bool:
        """Keep a schedule if it is the best so far."""
        rank = self.aims.rank
        if self.trajectory and rank(placed.figures) >= rank(self.best.figures):
            return False
        self.best = placed
        self.trajectory.append((at, self.cost))
        return True


@dataclass(frozen=True)
class Stop:
    """When to stop: seconds of `clock`, operations placed, or a cost that is good enough; or after given slices.

    A cost within `gap` of the bound, as a share of the cost, is good enough as well.
    `before` is called before the clock is looked at first; see `prepare.Preparing`.
    """

    clock: Callable[[], float]
    seconds: float = 60.0
    work: int = MOST_WORK
    target: float = -np.inf
    slices: tuple[Slice, ...] | None = None
    gap: float = 0.0
    before: Callable[[], object] = int


def improve(problem: Detailed, aims: Aims, stop: Stop, *, seed: int = 1, start: Placed | None = None,
            rules: tuple[str, ...] = FIRST_RULES, threads: int = 1) -> Search | None:  # fmt: skip
    """Schedule a problem and improve it until it is time to stop; the same for a seed, a number of threads and a limit
    of work alone, and for a seed, rules, threads and slices.

    Parameters
    ----------
    start
        Schedule to begin with, beside those of the rules.
    rules
        Dispatching rules, ATCS also with the mean durations and changeovers that it looks ahead: ``ATCS 8 0.5``.
    threads
        Searches side by side; a limit of work is for all of them together.

    Returns
    -------
    None where no schedule was found: something never can start.
    """
    stop.before()
    kinds = GatherDesk if (problem.kinds >= 0).any() else Desk
    desks = [kinds(problem, aims, 0 if start is None else int(1.3 * start.end.max(initial=1))) for _ in range(threads)]
    search = _first(desks[0], stop, start, rules)
    if search is None:
        return None
    for desk in desks:
        desk.take(search.best)
    draws = [_draws(seed + k * 0x632BE59BD9B4E019) for k in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        try:
            _anneal(_Team(desks, draws, pool), search, stop)
        except KeyboardInterrupt:
            search.interrupted = True
    search.work = sum(desk.work for desk in desks)
    return search


def _draws(seed: int) -> Draws:
    return np.array([(seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % 2**63 | 1], np.int64)


@dataclass(frozen=True)
class _Team:
    """Desks that search side by side, with random numbers each."""

    desks: list[Desk]
    draws: list[Draws]
    pool: ThreadPoolExecutor

    @property
    def problem(self) -> Detailed:
        return self.desks[0].problem

    @property
    def work(self) -> int:
        """Operations placed so far by all of them."""
        return sum(desk.work for desk in self.desks)

    def take(self, placed: Placed) -> None:
        """All go on from a schedule."""
        for desk in self.desks:
            desk.take(placed)

    def advance(self, one: Slice) -> list[Placed]:
        """Let each of them do a slice; what they have then."""
        return list(self.pool.map(_advance, self.desks, self.draws, [one] * len(self.desks)))


def _advance(desk: Desk, draws: Draws, one: Slice) -> Placed:
    desk.anneal(draws, one.work, one.warmth)
    desk.decode()
    if one.pulls:
        pull_orders(desk, draws, one.pulls)
    if one.gathers and isinstance(desk, GatherDesk):
        desk.regather(draws, one.gathers)
    return desk.told()


def _first(desk: Desk, stop: Stop, start: Placed | None, rules: tuple[str, ...]) -> Search | None:
    """The better of the given schedule and those of the rules."""
    search: Search | None = None
    for name in ("", *rules):
        if name and search is not None and stop.clock() >= stop.seconds:
            break
        rule, *ahead = name.split(" ")
        if ahead and stop.slices is None and _looked(desk, stop):
            break
        looks = (float(ahead[0]), float(ahead[1])) if ahead else AHEAD
        if not (desk.dispatch(rule, ahead=looks) if name else start is not None and desk.take(start) and desk.decode()):
            continue
        placed = desk.told()
        if search is None:
            search = Search(placed, -np.inf, desk.aims)
        search.offer(placed, stop.clock())
        if name:
            search.rule_cost[name] = placed.cost
    if search is not None:
        search.bound = cost_bound(desk.stated, desk.aims)
        search.rule = min(search.rule_cost, key=lambda name: search.rule_cost[name], default="")
    return search


def _looked(desk: Desk, stop: Stop) -> bool:
    """Whether rules have had their share of the time or work."""
    return stop.clock() >= LOOKING * stop.seconds or desk.work >= LOOKING * stop.work


def _anneal(team: _Team, search: Search, stop: Stop) -> None:
    """Search in slices, level by level of the aims."""
    level, desk = -1, team.desks[0]
    trial = Trial(desk, search.cost) if can_be_tried(desk.stated, search.aims) else None
    for number, one in enumerate(_slices(team, search, stop, trial) if stop.slices is None else stop.slices, 1):
        if one.tries and trial is not None:
            _try(team, search, stop, trial, one)
            continue
        if search.aims.levels and one.level > level:
            level = one.level
            for desk in team.desks:
                desk.aims = search.aims.at(level, _most(team.problem, search, level))
            team.take(search.best)
        found = team.advance(one)
        for placed in found:
            search.offer(placed, stop.clock())
        if len(found) > 1 and number % TOGETHER == 0:
            team.take(min(found, key=lambda placed: search.aims.rank(placed.figures)))
        search.slices.append(one)


def _try(team: _Team, search: Search, stop: Stop, trial: Trial, one: Slice) -> None:
    """Try orders of starts, and keep what that finds or proves."""
    trial.cost = min(trial.cost, search.cost)
    trial.advance(one.tries)
    if trial.best is not None:
        search.offer(trial.best, stop.clock())
    if trial.done:
        search.bound = trial.cost
    team.take(search.best)
    search.slices.append(one)


def _trials(team: _Team, search: Search, stop: Stop, trial: Trial) -> Iterator[Slice]:
    """A short search, and then all orders of starts, while there is time and work for it."""
    begun, work = stop.clock(), team.work
    most = TRYING * (stop.work - work)
    warm = _warmth(team.problem, search, 0)
    short = int(min(SLICE, most / 2)) // (ROUNDS * len(team.desks))
    for k in range(ROUNDS):
        if search.cost > _least(search, stop, 0) and stop.clock() < stop.seconds and short > 0:
            yield Slice(short, warm * COOL ** (k / ROUNDS))
    while not trial.done and trial.tries < MOST_TRIES and search.cost > _least(search, stop, 0):
        tries = int(min(TRIES, (most - (team.work - work)) / team.problem.operations))
        if tries <= 0 or stop.clock() - begun >= TRYING * (stop.seconds - begun):
            break
        yield Slice(0, 0.0, tries=tries)


def _slices(team: _Team, search: Search, stop: Stop, trial: Trial | None) -> Iterator[Slice]:
    """All orders of starts, where there are few; then slices that get colder with the time or the work that is left, of
    which each level gets the same share.
    """
    if trial is not None:
        yield from _trials(team, search, stop, trial)
    begun, work, threads = stop.clock(), team.work, len(team.desks)
    size = max(200, min(SLICE, 20 * team.problem.operations))
    levels = max(1, len(search.aims.levels))
    pulls = max(1, size // max(1, team.problem.operations)) if large_orders(team.problem) else 0
    gathers = GATHERS if isinstance(team.desks[0], GatherDesk) else 0
    for level in range(levels):
        warm, least = _warmth(team.problem, search, level), _least(search, stop, level)
        while search.aims.rank(search.best.figures)[level] > least:
            passed = (stop.clock() - begun) / max(1e-9, stop.seconds - begun)
            if stop.work < MOST_WORK:
                passed = (team.work - work) / max(1, stop.work - work)
            if stop.clock() >= stop.seconds or passed * levels >= level + 1:
                break
            left = (work + (stop.work - work) * (level + 1) // levels - team.work) // threads
            if pulls and passed * levels - level < PULLING:
                yield Slice(1, 0.0, level, pulls, gathers)
            else:
                warmth = warm * COOL ** (passed * levels - level)
                yield Slice(max(1, min(size, left)), warmth, level, pulls, gathers)


def _most(d: Detailed, search: Search, level: int) -> int:
    """Most that can be won of a level's figure."""
    if search.aims.levels[level] == "worth":
        return int(d.value.sum())
    return int(search.aims.rank(search.best.figures)[level])


def _warmth(d: Detailed, search: Search, level: int) -> float:
    """Temperature at the beginning of a level, from what an order, or an operation that is moved, costs there."""
    late = max(1, int((search.best.done > d.due).sum()))
    shares = {"makespan": len(d.due), "change": d.operations, "worth": len(d.due)}
    name = search.aims.levels[level] if search.aims.levels else ""
    return WARM * abs(search.aims.rank(search.best.figures)[level]) / max(1, shares.get(name, late))


def _enough(bound: float, gap: float) -> float:
    """Cost from which the bound is no further away than a share of the cost."""
    if bound < 0:
        return bound / (1.0 + gap)
    return bound / (1.0 - gap) if gap < 1.0 else np.inf


def _least(search: Search, stop: Stop, level: int) -> float:
    """Value of a level's figure at which there is nothing left to win."""
    if level == 0:
        return max(stop.target, _enough(search.bound, stop.gap))
    return -np.inf if search.aims.levels[level] == "worth" else 0.0
