"""A detailed scheduling problem of a shop, as arrays, and a schedule of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aidc_twin.schedule.kernel.cells import OWN_END

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Lists:
    """Lists of whole numbers as two arrays: the items, and where each list begins (and the last one ends)."""

    items: Whole
    at: Whole

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> Lists:
        """Pack lists."""
        at = np.zeros(len(lists) + 1, np.int64)
        np.cumsum([len(one) for one in lists], out=at[1:])
        return cls(np.array([item for one in lists for item in one], np.int64), at)

    def __getitem__(self, i: int) -> Whole:
        """List `i`."""
        return self.items[self.at[i] : self.at[i + 1]]

    def __len__(self) -> int:
        """Number of lists."""
        return len(self.at) - 1

    @cached_property
    def owner(self) -> Whole:
        """List that each item is in."""
        return np.repeat(np.arange(len(self)), np.diff(self.at))

    def turned(self, count: int) -> Lists:
        """Lists of those in which each of `count` items is: arcs from their other end."""
        order = np.argsort(self.items, kind="stable")
        at = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(self.items, minlength=count), out=at[1:])
        return Lists(self.owner[order], at)


@dataclass(frozen=True)
class Amounts:
    """Lists of (number, amount): two arrays of items with common beginnings."""

    number: Lists
    amount: Whole

    @classmethod
    def of(cls, lists: Sequence[Sequence[tuple[int, int]]]) -> Amounts:
        """Pack lists of pairs."""
        number = Lists.of([[pair[0] for pair in one] for one in lists])
        return cls(number, np.array([pair[1] for one in lists for pair in one], np.int64))

    def pairs(self, i: int) -> list[tuple[int, int]]:
        """List `i`."""
        amounts = self.amount[self.number.at[i] : self.number.at[i + 1]].tolist()
        return list(zip(self.number[i].tolist(), amounts, strict=True))


@dataclass(frozen=True)
class Calendar:
    """Open times of a calendar, merged and in order, in ticks."""

    start: Whole
    end: Whole

    @cached_property
    def before(self) -> Whole:
        """Open ticks before each open time."""
        return np.concatenate([[0], np.cumsum(self.end - self.start)[:-1]]).astype(np.int64)[: len(self.start)]

    def open_by(self, tick: Whole) -> Whole:
        """Open ticks up to each of some ticks."""
        if not len(self.start):
            return np.zeros_like(tick)
        i = np.maximum(np.searchsorted(self.start, tick, side="right") - 1, 0)
        return self.before[i] + np.clip(tick - self.start[i], 0, self.end[i] - self.start[i])


def nothing() -> Whole:
    """No items."""
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Detailed:
    """Operations of orders on machines, with what they share; times are whole ticks from 0 on.

    n operations, M machines, K calendars, R shared resources, Q stores, J orders.

    Attributes
    ----------
    release : shape (n,), earliest start.
    before : operations that must end before each one starts.
    options : (machine, work in open ticks) among which each operation chooses; machine -1: it needs none.
    family : shape (n,), setup family, -1 of those that are not on machines with changeovers.
    starts_in, works_in : shape (n,), calendar in which it starts and in which its work goes on, -1: all the time.
    uses : (shared resource, amount) while it runs.
    takes, gives : (store, amount) when it starts, and when it ends.
    fixed_start, fixed_end : shape (n,), times of what cannot move, -1 of others.
    order : shape (n,).
    tail : shape (n,), ticks from its end to the completion of its order, -1: it does not count for that.
    due, weight, value : shape (J,), tick, cost of a tick after it, worth of a completion within the horizon.
    wanted_start, wanted_machine : shape (n,), of the published schedule, -1 where there is none.
    machine_from, machine_family, machine_setup : shape (M,), tick from which it is there, family made last, table of
        changeovers; -1: none.
    setup : shape (tables, families, families), ticks from the first family to the second.
    down : (from, to) of each machine.
    calendars : shape (K,).
    capacity, supply : (tick, amount from then on) of each shared resource; (tick, all that came up to then) of each
        store, which never falls.
    horizon : tick up to which completions are worth something.
    keeps, machine_keeps : shape (n,), (M,), when an operation, or what is there at the beginning, leaves its machine:
        `OWN_END` with its own end, `STAYS` not at all, else twice the number of the operation of its unit that frees
        the machine as it starts, and 1 more where it does so as it ends. Empty: all with their own end.
    gives_early : 1 for each of `gives` that comes as its operation starts. Empty: all as they end.
    kind, batch : shape (n,), -1 or the kind of operations that can go together on a machine, with one set of needs and
        everybody's material; shape (kinds, 3), fewest and most of them, and ticks that the first of fewer waits or -1.
    since : shape (n,), tick from which an operation that goes with others can wait for them. Empty: from its release.
    grouped, apart : shape (n,), of a batch as one operation: its kind, doubled, and 1 more where it has room, or -1;
        ticks by which it starts after the last batch of its kind with room on its machine, which would have taken it.
    """

    release: Whole
    before: Lists
    options: Amounts
    family: Whole
    starts_in: Whole
    works_in: Whole
    uses: Amounts
    takes: Amounts
    gives: Amounts
    fixed_start: Whole
    fixed_end: Whole
    order: Whole
    tail: Whole
    due: Whole
    weight: Whole
    value: Whole
    wanted_start: Whole
    wanted_machine: Whole
    machine_from: Whole
    machine_family: Whole
    machine_setup: Whole
    setup: Whole
    down: Amounts
    calendars: tuple[Calendar, ...]
    capacity: Amounts
    supply: Amounts
    horizon: int = 0
    machines: tuple[str, ...] = field(default=(), repr=False)
    keeps: Whole = field(default_factory=nothing)
    machine_keeps: Whole = field(default_factory=nothing)
    gives_early: Whole = field(default_factory=nothing)
    kind: Whole = field(default_factory=nothing)
    batch: Whole = field(default_factory=nothing)
    since: Whole = field(default_factory=nothing)
    grouped: Whole = field(default_factory=nothing)
    apart: Whole = field(default_factory=nothing)

    @property
    def operations(self) -> int:
        """Number of operations."""
        return len(self.release)

    @cached_property
    def keeping(self) -> Whole:
        """What frees the machine of each operation; see `keeps`."""
        return self.keeps if len(self.keeps) else np.full(self.operations, OWN_END)

    @cached_property
    def machine_keeping(self) -> Whole:
        """What frees each machine that is kept at the beginning; see `machine_keeps`."""
        return self.machine_keeps if len(self.machine_keeps) else np.full(len(self.machine_from), OWN_END)

    @cached_property
    def kinds(self) -> Whole:
        """Kind of operations that can go together; see `kind`."""
        return self.kind if len(self.kind) else np.full(self.operations, -1)

    @property
    def queued(self) -> Whole:
        """Tick from which each operation can wait for others."""
        return self.since if len(self.since) else self.release

    @cached_property
    def grouping(self) -> Whole:
        """Kinds of batches as single operations; see `grouped`."""
        return self.grouped if len(self.grouped) else np.full(self.operations, -1)

    @cached_property
    def waiting(self) -> Whole:
        """Ticks by which batches start after others; see `apart`."""
        return self.apart if len(self.apart) else np.zeros(self.operations, np.int64)

    @cached_property
    def early(self) -> Whole:
        """1 for each of `gives` that comes as its operation starts."""
        return self.gives_early if len(self.gives_early) else np.zeros(len(self.gives.amount), np.int64)

    @cached_property
    def frees(self) -> Lists:
        """What each operation frees: operations that keep their machine until then, and -1 less the number of each
        machine that is kept at the beginning.
        """
        found: list[list[int]] = [[] for _ in range(self.operations)]
        for i in np.flatnonzero(self.keeping >= 0).tolist():
            found[int(self.keeping[i]) >> 1].append(i)
        for m in np.flatnonzero(self.machine_keeping >= 0).tolist():
            found[int(self.machine_keeping[m]) >> 1].append(-1 - m)
        return Lists.of(found)

    @cached_property
    def after(self) -> Lists:
        """Operations that wait for each one."""
        return self.before.turned(self.operations)

    @cached_property
    def last(self) -> Lists:
        """Operations that count for each order's completion."""
        counting = np.flatnonzero(self.tail >= 0)
        order = counting[np.argsort(self.order[counting], kind="stable")]
        at = np.zeros(len(self.due) + 1, np.int64)
        np.cumsum(np.bincount(self.order[counting], minlength=len(self.due)), out=at[1:])
        return Lists(order, at)

    @cached_property
    def forward(self) -> Whole:
        """Operations, each behind those before it.

        Raises
        ------
        ValueError
            If they wait for each other in a circle.
        """
        waits = np.diff(self.before.at).copy()
        found = np.flatnonzero(waits == 0).tolist()
        for i in found:
            for j in self.after[i].tolist():
                waits[j] -= 1
                if waits[j] == 0:
                    found.append(j)
        if len(found) < self.operations:
            raise ValueError("operations wait for each other in a circle")
        return np.array(found, np.int64)

    @cached_property
    def least_work(self) -> Whole:
        """Least work of each operation on any of its machines, open ticks."""
        if not self.operations:
            return nothing()
        return np.minimum.reduceat(self.options.amount, self.options.number.at[:-1])


@dataclass(frozen=True)
class Placed:
    """A schedule of a detailed problem.

    Attributes
    ----------
    machine, start, end, setup : shape (n,); machine -1 stands for none, setup is the changeover within its times.
    key : shape (n,), order of decoding.
    option : shape (n,), chosen option, counted over all operations.
    done : shape (J,), completion of each order.
    figures : weighted tardiness, latest completion, ticks away from the published schedule, worth within the horizon.
    cost : the objective.
    """

    machine: Whole
    start: Whole
    end: Whole
    setup: Whole
    key: Whole
    option: Whole
    done: Whole
    figures: tuple[int, int, int, int]
    cost: float
