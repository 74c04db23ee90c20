"""The memories of a detailed problem, and a schedule in them that is made, changed and read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aidc_twin.schedule.detailed import Detailed, Placed, Whole
from aidc_twin.schedule.kernel import cells as C
from aidc_twin.schedule.kernel import delta, moves, rules
from aidc_twin.schedule.kernel.heads import rests

RULES = {"ATC": C.ATC, "ATCS": C.ATCS, "EDD": C.EDD, "CR": C.RATIO, "WSPT": C.SHORTEST, "rank": C.RANKED}
"""Dispatching rules by name; `rank` goes by given ranks."""
BUCKETS = 2_048
"""Most stretches into which time is cut for what is shared."""
AHEAD = (2.0, 0.5)
"""Mean durations, and mean changeovers, that ATC and ATCS look ahead."""


FIGURES = ("tardiness", "makespan", "change", "worth")
"""Figures of a schedule in their order: weighted tardiness, latest completion, change, worth within the horizon."""


@dataclass(frozen=True)
class Aims:
    """Weights of the objective: weighted tardiness, latest completion, change, worth within the horizon.

    `switch` are the ticks of change for which another machine counts. With `levels`, names of figures, the first one
    alone counts, and each other one only between schedules that are equal in those before it; weights are not used.
    """

    tardiness: float = 1.0
    makespan: float = 0.0
    change: float = 0.0
    worth: float = 0.0
    switch: int = 0
    levels: tuple[str, ...] = ()

    def rank(self, figures: tuple[int, ...]) -> tuple[float, ...]:
        """What schedules are compared by, smaller first: cost, or the figures of the levels."""
        if not self.levels:
            return (float(self.vector @ np.array(figures)),)
        return tuple(float(-figures[k] if name == "worth" else figures[k]) for name, k in self.numbered())

    def numbered(self) -> list[tuple[str, int]]:
        """Names and numbers of the levels' figures, the first level first."""
        return [(name, FIGURES.index(name)) for name in self.levels]

    def at(self, level: int, most: int) -> Aims:
        """Weights by which the figure of a level is improved while those before it get no worse: one tick of them
        costs more than the `most` that can be won.
        """
        weights = {name: (1.0 if k == level else 1.0 + most) for k, name in enumerate(self.levels) if k <= level}
        tardiness, makespan, change, worth = (weights.get(name, 0.0) for name in FIGURES)
        return Aims(tardiness, makespan, change, worth, self.switch)

    @property
    def vector(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """The weights in the order of the figures; worth counts against cost."""
        if self.levels:
            return self.at(0, 0).vector
        return np.array([self.tardiness, self.makespan, self.change, -self.worth])


def memory(header: int, scalars: dict[int, int], arrays: dict[int, Whole]) -> Whole:
    """Scalars, offsets and arrays in one array."""
    parts, offset = [np.zeros(header, np.int64)], header
    for name in sorted(arrays):
        parts[0][name] = offset
        parts.append(arrays[name].astype(np.int64).ravel())
        offset += arrays[name].size
    for name, value in scalars.items():
        parts[0][name] = value
    return np.concatenate(parts)


def plant_memory(d: Detailed) -> Whole:
    """The problem's memory."""
    takers, givers = (lists.number.turned(len(d.supply.number)) for lists in (d.takes, d.gives))
    starts = [calendar.start for calendar in d.calendars]
    empty = np.zeros(0, np.int64)
    at = np.zeros(len(starts) + 1, np.int64)
    np.cumsum([len(one) for one in starts], out=at[1:])
    arrays = {
        C.RELEASE: d.release, C.BEFORE: d.before.items, C.BEFORE_AT: d.before.at, C.AFTER: d.after.items,
        C.AFTER_AT: d.after.at, C.OPTION_MACHINE: d.options.number.items, C.OPTION_WORK: d.options.amount,
        C.OPTION_AT: d.options.number.at, C.FAMILY: d.family, C.STARTS_IN: d.starts_in, C.WORKS_IN: d.works_in,
        C.USE_RESOURCE: d.uses.number.items, C.USE_AMOUNT: d.uses.amount, C.USE_AT: d.uses.number.at,
        C.TAKE_STORE: d.takes.number.items, C.TAKE_AMOUNT: d.takes.amount, C.TAKE_AT: d.takes.number.at,
        C.GIVE_STORE: d.gives.number.items, C.GIVE_AMOUNT: d.gives.amount, C.GIVE_AT: d.gives.number.at,
        C.FIXED_START: d.fixed_start, C.FIXED_END: d.fixed_end, C.ORDER: d.order, C.TAIL: d.tail,
        C.LAST: d.last.items, C.LAST_AT: d.last.at, C.DUE: d.due, C.WEIGHT: d.weight, C.VALUE: d.value,
        C.WANTED_START: d.wanted_start, C.WANTED_MACHINE: d.wanted_machine, C.MACHINE_FROM: d.machine_from,
        C.MACHINE_FAMILY: d.machine_family, C.MACHINE_SETUP: d.machine_setup, C.SETUP: d.setup,
        C.DOWN_FROM: d.down.number.items, C.DOWN_TO: d.down.amount, C.DOWN_AT: d.down.number.at,
        C.OPEN_FROM: np.concatenate([empty, *starts]),
        C.OPEN_TO: np.concatenate([empty, *(calendar.end for calendar in d.calendars)]),
        C.OPEN_BEFORE: np.concatenate([empty, *(calendar.before for calendar in d.calendars)]), C.OPEN_AT: at,
        C.CAPACITY_FROM: d.capacity.number.items, C.CAPACITY: d.capacity.amount, C.CAPACITY_AT: d.capacity.number.at,
        C.SUPPLY_FROM: d.supply.number.items, C.SUPPLY: d.supply.amount, C.SUPPLY_AT: d.supply.number.at,
        C.TAKER: takers.items, C.TAKER_AT: takers.at, C.GIVER: givers.items, C.GIVER_AT: givers.at,
        C.GIVE_EARLY: d.early, C.KEEP: d.keeping, C.MACHINE_KEEP: d.machine_keeping,
        C.FREES: d.frees.items, C.FREES_AT: d.frees.at, C.KIND: d.grouping, C.APART: d.waiting,
    }  # fmt: skip
    scalars = {C.FAMILIES: d.setup.shape[1], C.SOME_APART: int((d.waiting > 0).any())}
    return memory(C.PLANT_HEADER, scalars, arrays)


def floor_memory(d: Detailed, span: int, room: int, switch: int) -> Whole:
    """The memory of a schedule whose operations end about `span` ticks after 0; `room` operations to a bucket."""
    n, machines, orders, shared = d.operations, len(d.machine_from), len(d.due), len(d.capacity.number)
    width = max(0, int(span).bit_length() - 11, int(mean_use(d) / 2).bit_length())
    buckets = min(BUCKETS, (span >> width) + 2)
    scale = max(0, 58 - int(4 * span).bit_length())
    scalars = {
        C.WIDTH: width, C.HORIZON: d.horizon, C.OPERATIONS: n, C.MACHINES: machines, C.ORDERS: orders,
        C.RESOURCES: shared, C.BUCKETS: buckets, C.ROOM: room, C.SCALE: scale, C.SWITCH: switch,
        C.STORES: len(d.supply.number), C.REACH: max(1, int(span).bit_length() - 2),
    }  # fmt: skip
    each = (
        C.F_KEY, C.F_START, C.F_END, C.F_READY, C.F_SHORT, C.F_SETUP, C.F_PREV, C.F_NEXT, C.F_MARK, C.F_GONE, C.F_KEPT,
        C.F_HEAP, C.F_SPOT,
    )  # fmt: skip
    arrays = dict.fromkeys(each, np.zeros(n, np.int64))
    arrays |= dict.fromkeys((C.F_FIRST, C.F_LAST), np.zeros(machines, np.int64))
    arrays[C.F_BUSY] = np.zeros(4 * shared * buckets * room, np.int64)
    arrays[C.F_WAITING] = np.zeros(shared * buckets * room, np.int64)
    arrays |= dict.fromkeys((C.F_BUSY_COUNT, C.F_WAITING_COUNT, C.F_LOAD), np.zeros(shared * buckets, np.int64))
    arrays |= dict.fromkeys((C.F_DONE, C.F_SEEN, C.F_MET, C.F_SO_FAR, C.F_OLD_DONE), np.zeros(orders, np.int64))
    arrays |= {
        C.F_OPTION: d.options.number.at[:-1], C.F_OLD: np.zeros(6 * n, np.int64),
        C.F_SPARE: least_capacity(d, buckets, width),
        C.F_WAY: np.zeros(5 * C.MOST, np.int64), C.F_NEED: np.zeros(len(d.takes.amount), np.int64),
        C.F_TAKEN: np.zeros(len(d.supply.number), np.int64), C.F_GIFT: np.zeros(2 * len(d.gives.amount) + 2, np.int64),
    }  # fmt: skip
    return memory(C.FLOOR_HEADER, scalars, arrays)


def least_capacity(d: Detailed, buckets: int, width: int) -> Whole:
    """Least amount of each shared resource in each bucket; the last one has no end."""
    found = np.zeros((len(d.capacity.number), buckets), np.int64)
    edges = np.arange(buckets, dtype=np.int64) << width
    for r in range(len(found)):
        steps = d.capacity.pairs(r)
        ticks, amounts = (np.array(column, np.int64) for column in zip(*steps, strict=True))
        at = np.searchsorted(ticks, edges, side="right") - 1
        found[r] = np.where(at >= 0, amounts[at], 0)
        for tick, amount in steps:
            if tick >= 0:
                b = min(tick >> width, buckets - 1)
                found[r, b] = min(found[r, b], amount)
    return found


class Desk:
    """A problem with one schedule of it in memory.

    Parameters
    ----------
    problem, aims
        What is scheduled, and what for.
    span
        About when a schedule ends, in ticks; guessed from the work if not given.
    """

    def __init__(self, problem: Detailed, aims: Aims, span: int = 0) -> None:
        self.problem, self.stated, self.aims = problem, problem, aims
        self.plant = plant_memory(problem)
        self.span, self.room = span or guessed_span(problem), 32 if problem.operations < 10_000 else 128
        self._open()

    def _open(self) -> None:
        self.floor = floor_memory(self.problem, self.span, self.room, self.aims.switch)

    def cell(self, name: int, size: int) -> Whole:
        """An array of the schedule's memory, in place."""
        return self.floor[self.floor[name] : self.floor[name] + size]

    @property
    def work(self) -> int:
        """Operations placed so far."""
        return int(self.floor[C.WORK])

    def dispatch(self, rule: str, rest: Whole | None = None, rank: Whole | None = None,
                 ahead: tuple[float, float] = AHEAD) -> bool:  # fmt: skip
        """Schedule everything by a dispatching rule; False where something never can start.

        Parameters
        ----------
        rest
            Ticks from each operation's start to the completion of its order, for due dates; work alone if not given.
        rank
            Order of the rule `rank`, smaller first.
        ahead
            Mean durations and mean changeovers that ATC and ATCS look ahead.
        """
        d = self.problem
        n, machines = d.operations, len(d.machine_from)
        events, zeros = 3 * n + 3 * machines + 16, np.zeros(n, np.int64)
        arrays = {
            C.T_TICK: np.zeros(events), C.T_CODE: np.zeros(events), C.T_LIST: zeros,
            C.T_REST: rest_of(d) if rest is None else rest, C.T_RANK: zeros if rank is None else rank,
            C.T_OPEN: zeros, C.T_QUEUE: np.zeros(machines), C.T_CALLED: np.zeros(machines),
            C.T_NODE: np.zeros(len(d.options.amount)), C.T_NODE_NEXT: np.zeros(len(d.options.amount)),
        }  # fmt: skip
        reals = np.concatenate([[*ahead, mean_setup(d)], mean_work(d)])
        while True:
            t = memory(C.RULES_HEADER, {}, {name: np.asarray(array, np.int64) for name, array in arrays.items()})
            fine = bool(rules.dispatch(self.plant, self.floor, t, reals, RULES[rule]))
            if not self._too_small():
                break
        if fine:
            self.decode()
        return fine

    def decode(self) -> bool:
        """Put keys in the order of starts and place everything anew, which makes nothing later; False: impossible."""
        n = self.problem.operations
        key, start = self.cell(C.F_KEY, n), self.cell(C.F_START, n)
        order = np.lexsort((np.arange(n), key, start))
        key[order] = keys_of(start[order], int(self.floor[C.SCALE]))
        return self.again(order)

    def again(self, order: Whole | None = None) -> bool:
        """Place everything anew in the order of the keys."""
        n = self.problem.operations
        while True:
            if order is None:
                order = np.lexsort((np.arange(n), self.cell(C.F_KEY, n)))
            status = int(delta.decode(self.plant, self.floor, order))
            if not self._too_small():
                return status == C.OK

    def _too_small(self) -> bool:
        """Make the buckets' lists longer if one was full."""
        if not self.floor[C.FULL]:
            return False
        n, kept = self.problem.operations, self.floor
        self.room *= 2
        self._open()
        for name in (C.F_KEY, C.F_OPTION, C.F_START):
            self.cell(name, n)[:] = kept[kept[name] : kept[name] + n]
        self.floor[C.WORK], self.floor[C.STAMP] = kept[C.WORK], 0
        return True

    @property
    def cost(self) -> float:
        """The objective."""
        return float(self.aims.vector @ self.floor[: C.FIGURES])

    def anneal(self, draws: Whole, work: int, warmth: float) -> None:
        """Search from the schedule there is until `work` more operations were placed; see `moves.anneal`."""
        moves.anneal(self.plant, self.floor, self.aims.vector, draws, work, warmth)

    def load(self, placed: Placed) -> bool:
        """Take the order and machines of another schedule."""
        n = self.problem.operations
        self.cell(C.F_KEY, n)[:] = placed.key
        self.cell(C.F_OPTION, n)[:] = placed.option
        self.cell(C.F_START, n)[:] = placed.start
        return self.again()

    def take(self, placed: Placed) -> bool:
        """Take a schedule of the stated problem."""
        return self.load(placed)

    def told(self) -> Placed:
        """A copy of the schedule in the operations of the stated problem."""
        return self.placed()

    def placed(self) -> Placed:
        """A copy of the schedule."""
        n = self.problem.operations
        start, end, setup, key, option = (
            self.cell(name, n).copy() for name in (C.F_START, C.F_END, C.F_SETUP, C.F_KEY, C.F_OPTION)
        )
        done = self.cell(C.F_DONE, len(self.problem.due)).copy()
        tardy, _, moved, worth = (int(value) for value in self.floor[: C.FIGURES])
        figures = (tardy, int(done.max(initial=0)), moved, worth)
        machine = self.problem.options.number.items[option]
        return Placed(machine, start, end, setup, key, option, done, figures, self.cost)


def keys_of(start: Whole, scale: int) -> Whole:
    """Keys of operations in the order of their starts: a start times a power of two, and one more for each tie."""
    base = (start + 1) << scale
    first = np.concatenate([[True], base[1:] != base[:-1]]) if len(base) else np.zeros(0, bool)
    at = np.arange(len(base))
    since = at - np.maximum.accumulate(np.where(first, at, 0))
    step = max(1, (1 << scale) // (int(since.max(initial=0)) + 2))
    return np.maximum.accumulate(base + since * step)


def wall_share(d: Detailed) -> Whole:
    """Ticks of the wall for each 1,000 open ticks of each calendar; 1,000 for those without one, the last."""
    found = [1000 * int(one.end[-1] - one.start[0]) // max(1, int((one.end - one.start).sum()))
             if len(one.start) else 1000 for one in d.calendars]  # fmt: skip
    return np.array([*found, 1000], np.int64)


def rest_of(d: Detailed) -> Whole:
    """Ticks from each operation's start to its order's completion if nothing waited, from the longest way on."""
    rest = np.zeros(d.operations, np.int64)
    rests(plant_memory(d), d.forward, d.least_work, wall_share(d), rest)
    return rest


def mean_use(d: Detailed) -> float:
    """Mean ticks for which operations use what is shared: buckets about as long cost least."""
    using = np.diff(d.uses.number.at) > 0
    wall = (d.least_work * wall_share(d)[d.works_in] // 1000)[using]
    return float(wall.mean()) if len(wall) else 0.0


def mean_work(d: Detailed) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Mean work of what each machine can do, ticks."""
    number, work = d.options.number.items, d.options.amount
    on = number >= 0
    total = np.bincount(number[on], work[on], len(d.machine_from))
    return np.maximum(1.0, total / np.maximum(1, np.bincount(number[on], minlength=len(d.machine_from))))


def mean_setup(d: Detailed) -> float:
    """Mean changeover that is not 0, ticks."""
    return float(d.setup[d.setup > 0].mean()) if (d.setup > 0).any() else 0.0


def guessed_span(d: Detailed) -> int:
    """Ticks in which a schedule will about end: what each machine would do with an even share, and the longest way."""
    machines = max(1, len(d.machine_from))
    choices = np.diff(d.options.number.at)
    load = np.bincount(
        np.maximum(d.options.number.items, 0), (d.options.amount / choices[d.options.number.owner]), machines
    )
    share = int(wall_share(d).max()) / 1000
    last = int((d.release + rest_of(d)).max(initial=1))
    return int(1.5 * max(last, share * float(load.max(initial=1)))) + 1
