"""What the search for a park's schedule keeps in its memories, and the names of their cells.

Two memories of whole numbers hold everything: the problem, which is only read, and a schedule under way. A memory
begins with scalars and with the offset of each of its arrays: the kernel finds item `i` of an array at
``memory[memory[ARRAY] + i]``. Lists of lists are two arrays, the items and where each list begins (and the last ends).
Times are ticks.
"""

from __future__ import annotations

from typing import Protocol, overload


class Memory(Protocol):
    """A memory of whole numbers as the kernels see it."""

    @overload
    def __getitem__(self, index: int, /) -> int: ...

    @overload
    def __getitem__(self, index: slice, /) -> Memory: ...

    def __getitem__(self, index: int | slice, /) -> int | Memory:
        """A cell, or a view of some."""
        ...

    def __setitem__(self, index: int, value: int, /) -> None:
        """Write a cell."""
        ...

    def __len__(self) -> int:
        """Number of cells."""
        ...


class Reals(Protocol):
    """Real numbers that the kernels only read."""

    def __getitem__(self, index: int, /) -> float:
        """A cell."""
        ...


NEVER = 2**61
"""Later than every schedule, and behind every key."""
# Statuses.
OK, NOWHERE, TOO_SMALL, WORSE = range(4)
OWN_END, STAYS = -1, -2
"""In place of what frees a machine: the end of the operation itself, and nothing."""
NUMBER_BITS = 24
NUMBER = (1 << NUMBER_BITS) - 1
"""An operation in the list of a bucket: its number, and above it what it uses."""
MOST = 12
"""Operations that one move can relocate."""
CHAIN = 96
"""Operations of a critical chain that are looked at."""
# Rules of dispatching.
ATC, ATCS, EDD, RATIO, SHORTEST, RANKED = range(6)
# Real numbers of dispatching: how many mean durations, and changeovers, ATC looks ahead; mean changeover; mean work of
# each machine
LOOK, LOOK_SETUP, SETUP_MEAN, MEAN = range(4)

# The problem's memory (n operations, M machines, K calendars, R shared resources, Q stores, J orders):
# RELEASE: earliest start. BEFORE, AFTER: operations that must end before an operation starts, and the same arcs from
# the other end. OPTION: choices of an operation: machine (-1: none) and work in open ticks. FAMILY: of setups, or -1.
# STARTS_IN, WORKS_IN: calendar in which it starts and in which its work goes on; -1: always. USE: shared resources
# while it runs. TAKE, GIVE: what it takes from stores as it starts, and gives them as it ends. FIXED: times of what
# cannot move, -1 of others. ORDER: to which it belongs. TAIL: ticks from its end to the order's completion; -1: it
# does not count for that. LAST: operations of each order that do. DUE, WEIGHT, VALUE: of each order: due tick, cost of
# a tick after it, worth of a completion within the horizon. WANTED: of the published schedule, -1 where there is none.
# MACHINE: tick from which it is there, family made last or -1, table of changeovers or -1. SETUP: shape (tables,
# families, families), ticks. DOWN: times in which a machine is not there. OPEN: open times of a calendar, and its open
# ticks before each. CAPACITY: amount of a shared resource from a tick on. SUPPLY: amount that a store has got from
# outside up to a tick. TAKER, GIVER: operations that take from and give to each store. GIVE_EARLY: 1 where it gives as
# it starts. KEEP: when an operation, and MACHINE_KEEP, when what was there at the beginning leaves its machine:
# OWN_END, STAYS, or twice the number of the operation that frees it, and 1 more where that is with its end. FREES: what
# each operation frees: operations, and -1 less its number for a machine that was kept at the beginning. KIND: of a
# batch, doubled, and 1 more where it has room, or -1; APART: ticks by which it starts after the last batch of its kind
# with room on its machine. SOME_APART: 1 where there is such a batch
FAMILIES, SOME_APART = 0, 1
(
    RELEASE, BEFORE, BEFORE_AT, AFTER, AFTER_AT, OPTION_MACHINE, OPTION_WORK, OPTION_AT, FAMILY, STARTS_IN,
    WORKS_IN, USE_RESOURCE, USE_AMOUNT, USE_AT, TAKE_STORE, TAKE_AMOUNT, TAKE_AT, GIVE_STORE, GIVE_AMOUNT,
    GIVE_AT, FIXED_START, FIXED_END, ORDER, TAIL, LAST, LAST_AT, DUE, WEIGHT, VALUE, WANTED_START,
    WANTED_MACHINE, MACHINE_FROM, MACHINE_FAMILY, MACHINE_SETUP, SETUP, DOWN_FROM, DOWN_TO, DOWN_AT, OPEN_FROM,
    OPEN_TO, OPEN_BEFORE, OPEN_AT, CAPACITY_FROM, CAPACITY, CAPACITY_AT, SUPPLY_FROM, SUPPLY, SUPPLY_AT, TAKER,
    TAKER_AT, GIVER, GIVER_AT, GIVE_EARLY, KEEP, MACHINE_KEEP, FREES, FREES_AT, KIND, APART,
    PLANT_HEADER,
) = range(2, 3 + 59)  # fmt: skip

# The schedule's memory. The objective: sum of weight times ticks late, latest completion, sum of ticks away from the
# published schedule, worth of what is complete within the horizon; and as it was before a move
FIGURES = 4
(
    TARDY, SPAN, MOVED, WORTH, OLD_FIGURE, _, _, _, WORK, WIDTH, HORIZON, FULL, OPERATIONS, MACHINES, ORDERS, RESOURCES,
    BUCKETS, ROOM, STAMP, QUEUED, CHANGED, RELOCATED, REACHED, REACHED_ALL, RISE, SCALE, SWITCH, TRIED, TAKEN, ALLOWED,
    STORES, REACH, FLOOR_SCALARS,
) = range(33)  # fmt: skip
# WORK: operations placed so far. WIDTH: a bucket is 2 to this power of ticks. FULL: 1 where the list of a bucket was
# full. STAMP: number of the evaluation. QUEUED, CHANGED, RELOCATED, REACHED: how many are in HEAP, OLD, WAY and MET.
# RISE, ALLOWED: cost of lateness that a move has added so far, and how much of that it is trusted to win back. SCALE: a
# key is a tick times 2 to this power. REACH: keys are pulled ahead by 2 to less than this power of ticks. SWITCH: ticks
# for which another machine than the published one counts.
# Of operations: KEY: place in the order of decoding, ties by number. OPTION: chosen one, counted over all operations.
# START, END; READY: start if shared resources had no limit. SHORT: 1 where a store makes it wait. SETUP: changeover
# within its times. PREV, NEXT: neighbours on its machine, or -1. MARK, GONE, KEPT: stamp of the evaluation in which it
# was touched, has left its buckets and was put into OLD. HEAP: touched ones. OLD: (operation, start, end, ready, short,
# setup) before the move, SPOT: where in it. WAY: (operation, option, previous one, key, next one) before it was
# relocated.
# Of machines: FIRST, LAST operation or -1. Of shared resources and buckets: BUSY, WAITING: operations that use it in
# that time, that wait for something shared in that time. LOAD: sum of what the former use. SPARE: least capacity.
# NEED: of each taking from a store, what all takers up to it take; TAKEN: of each store, so far. GIFT: (tick, amount)
# of what is given to a store, while it is looked at.
# Of orders: DONE: completion. SEEN: stamp. MET: those that a move reaches, with OLD_DONE; SO_FAR: latest end so far.
(
    F_KEY, F_OPTION, F_START, F_END, F_READY, F_SHORT, F_SETUP, F_PREV, F_NEXT, F_FIRST, F_LAST, F_BUSY,
    F_BUSY_COUNT, F_WAITING, F_WAITING_COUNT, F_LOAD, F_SPARE, F_DONE, F_MARK, F_GONE, F_KEPT, F_SEEN, F_HEAP,
    F_OLD, F_WAY, F_MET, F_SO_FAR, F_OLD_DONE, F_NEED, F_TAKEN, F_SPOT, F_GIFT,
    FLOOR_HEADER,
) = range(FLOOR_SCALARS, FLOOR_SCALARS + 33)  # fmt: skip

# The memory of dispatching: events (tick, code) in a heap; operations as they were placed; ticks from an operation's
# start to its order's completion; its rank; predecessors that have not ended; of machines the operations that wait
# (as options), and whether an event of it is foreseen; of options their operation and the one behind in the queue
EVENTS, PLACED = 0, 1
(
    T_TICK, T_CODE, T_LIST, T_REST, T_RANK, T_OPEN, T_QUEUE, T_CALLED, T_NODE, T_NODE_NEXT,
    RULES_HEADER,
) = range(2, 3 + 10)  # fmt: skip
