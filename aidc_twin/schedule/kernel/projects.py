"""Projects with shared resources: serial generation, double justification and a population of lists.

What is used of the resources at a time stands in words of several fields, one for each resource, so that one
subtraction tells whether a task fits: the highest bit of a field is lent, and a resource that does not last takes it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aidc_twin.schedule.kernel.jit import Cells, Ints, Table, at, draw, kernel

RANDOM, WORK, BEST, STALE, SIZE, FILLED, USED = 0, 1, 2, 3, 4, 5, 6
"""Cells: the generator's state, schedules times tasks, best makespan, children since it was found, schedules that the
population may hold, those it holds, times of `used` that are not 0."""
CELLS = 7
FEWEST, MOST = 100, 1600
"""Schedules of the first population and of the largest; each is twice as large as the one before."""
OLD = 300
"""Children for each schedule of the population, none of them better, after which it is made anew around the best."""
RARE = 60
"""One in so many neighbours of a list is exchanged."""
NARROW, WIDE = 15, 30
"""Bits of a field: four resources in a word, or two where a capacity is large."""


class Project(NamedTuple):
    """Tasks and what they need.

    Attributes
    ----------
    next_first, next_task, prior_first, prior_task : where each task's neighbours begin, and the neighbours.
    durations : shape (tasks,).
    order : shape (tasks,), each task behind its predecessors.
    urgent : shape (tasks,), length of the longest way from each start to the end.
    need, spare : shape (words, tasks), fields of what a task takes, and of what it leaves with every lent bit set.
    busy : shape (tasks,), share of the resources that a task takes, in parts of 1024 for each.
    lent : the lent bits of a word.
    """

    next_first: Ints
    next_task: Ints
    prior_first: Ints
    prior_task: Ints
    durations: Ints
    order: Ints
    urgent: Cells
    need: Cells
    spare: Cells
    busy: Cells
    lent: int


class Room(NamedTuple):
    """What a search remembers.

    Attributes
    ----------
    cells : single numbers.
    lists, starts, values : shape (MOST, tasks) twice and (MOST,), the population: lists, schedules, makespans.
    best : shape (tasks,), starts of the best schedule.
    order, start : shape (tasks,), the child.
    turned, back, part : shape (tasks,), scratch.
    used, tally : shape (words, horizon) and (horizon,), scratch; `used` is 0 from time USED on.
    """

    cells: Cells
    lists: Table
    starts: Table
    values: Cells
    best: Ints
    order: Ints
    start: Ints
    turned: Ints
    back: Ints
    part: Ints
    used: Cells
    tally: Cells


def packed(demand: Table, capacity: Ints) -> tuple[Cells, Cells, int]:
    """Needs and what they leave as words of fields, shape (words, tasks) each, and the lent bits.

    `demand` has the shape (tasks, resources).
    """
    tasks, resources = demand.shape
    bits = NARROW if capacity.max(initial=0) < 1 << (NARROW - 1) else WIDE
    fields = 60 // bits
    lent = sum(1 << (bits * k + bits - 1) for k in range(fields))
    words = max(1, -(-resources // fields))
    need, full = np.zeros((words, tasks), np.int64), np.full((words, 1), lent, np.int64)
    for k in range(resources):
        shift = bits * (k % fields)
        need[k // fields] += demand[:, k].astype(np.int64) << shift
        full[k // fields] += int(capacity[k]) << shift
    return need, full - need, lent


def empty_room(project: Project, seed: int, most: int = MOST) -> Room:
    """Nothing remembered yet."""
    tasks, horizon = len(project.durations), int(project.durations.sum()) + 2
    cells = np.zeros(CELLS, np.int64)
    cells[RANDOM] = 2 * (seed % 2**62) + 1
    cells[BEST] = 1 << 60
    cells[SIZE] = min(FEWEST, most)
    best, order, start, turned, back, part = np.zeros((6, tasks), np.int32)
    lists, starts = np.zeros((most, tasks), np.int32), np.zeros((most, tasks), np.int32)
    used, tally = np.zeros((len(project.need), horizon), np.int64), np.zeros(horizon, np.int64)
    return Room(
        cells, lists, starts, np.zeros(most, np.int64), best, order, start, turned, back, part, used, tally
    )  # fmt: skip


@kernel
def place(p: Project, first: Ints, prior: Ints, room: Room, order: Ints, start: Ints) -> int:
    """Start each task of a list as early as its predecessors and the resources allow; the makespan."""
    for w in range(len(room.used)):
        room.used[w, : room.cells[USED]] = 0
    makespan = 0
    for i in range(len(order)):
        task = at(order[i])
        duration, begin = p.durations[task], 0
        for a in range(first[task], first[at(task + 1)]):
            before = at(prior[at(a)])
            begin = max(begin, start[before] + p.durations[before])
        if duration > 0:
            begin = _fit(p, room.used, duration, task, begin)
        start[task] = begin
        makespan = max(makespan, begin + duration)
    room.cells[USED] = makespan
    return makespan  # pyright: ignore[reportReturnType]  because cells of arrays are numbers


@kernel
def _fit(p: Project, used: Cells, duration: int, task: int, begin: int) -> int:
    """Earliest time from `begin` on at which the resources last for the task; they are taken.

    Looked at from behind: where they do not last, the task can only begin after that.
    """
    end, low = begin + duration, begin
    time = end - 1
    while time >= low:
        fits = (p.spare[0, task] - used[0, at(time)]) & p.lent == p.lent
        for w in range(1, len(used)):
            fits = fits and (p.spare[w, task] - used[w, at(time)]) & p.lent == p.lent
        if fits:
            time -= 1
        else:
            low, begin = end, time + 1
            end = begin + duration
            time = end - 1
    for w in range(len(used)):
        for t in range(begin, end):
            used[w, at(t)] += p.need[w, task]
    return begin


@kernel
def _sorted(room: Room, key: Ints, most: int, order: Ints) -> None:
    """Sort a list by keys up to `most`; of equal ones the last comes first."""
    n = len(order)
    room.turned[:] = order
    room.tally[: most + 2] = 0
    for i in range(n):
        room.tally[at(key[at(order[i])] + 1)] += 1
    for time in range(most + 1):
        room.tally[at(time + 1)] += room.tally[at(time)]
    for i in range(n - 1, -1, -1):
        task = at(room.turned[i])
        slot = at(key[task])
        order[at(room.tally[slot])] = task
        room.tally[slot] += 1


@kernel
def justify(p: Project, room: Room) -> int:
    """Make the schedule of the list in `room.order`, shift it to the right and to the left again; the makespan.

    `room.order` is then the list of the schedule in `room.start`.
    """
    n, order, start, back = len(room.order), room.order, room.start, room.back
    length = place(p, p.prior_first, p.prior_task, room, order, start)
    for task in range(n):
        back[task] = length - start[task] - p.durations[task]
    _sorted(room, back, length, order)
    length = place(p, p.next_first, p.next_task, room, order, back)
    for task in range(n):
        start[task] = length - back[task] - p.durations[task]
    _sorted(room, start, length, order)
    value = place(p, p.prior_first, p.prior_task, room, order, start)
    order[:] = order[::-1].copy()
    _sorted(room, start, value, order)
    room.cells[WORK] += 3 * n
    room.cells[STALE] += 1
    if value < room.cells[BEST]:
        room.cells[BEST] = value
        room.cells[STALE] = 0
        room.best[:] = start
    return value


@kernel
def evolve(p: Project, room: Room, children: int, target: int) -> None:
    """Fill the population, cross and change its lists, and let better ones in.

    A child takes the place of the parent whose frame it has, which keeps the others apart.
    """
    cells = room.cells
    for _ in range(children):
        if cells[BEST] <= target:
            return
        if cells[STALE] > OLD * cells[SIZE]:
            _renew(room)
        if cells[FILLED] < cells[SIZE]:
            _begin(p, room, cells[FILLED])
            _enter(room, cells[FILLED], justify(p, room))
            cells[FILLED] += 1
            continue
        one, other = draw(cells) % cells[SIZE], draw(cells) % cells[SIZE]
        if draw(cells) & 3 == 0:
            _cross_busy(p, room, one, other)
        else:
            _cross(room, one, other)
        _exchange(p, room)
        value = justify(p, room)
        if value <= room.values[one] and not _known(room, value):
            _enter(room, one, value)


@kernel
def _begin(p: Project, room: Room, noise: int) -> None:
    """Write a list by urgency, from the second one on with noise."""
    n = len(p.order)
    key, rank = np.empty(n, np.int64), np.empty(n, np.int64)
    span = p.urgent.max() // 2 + 1 if noise else 1
    for i in range(n):
        task = p.order[i]
        key[task] = draw(room.cells) % span - p.urgent[task]
        for a in range(p.prior_first[task], p.prior_first[task + 1]):
            key[task] = max(key[task], key[p.prior_task[a]])
        rank[i] = key[task] * n + i
    room.order[:] = p.order[np.argsort(rank)]


@kernel
def _enter(room: Room, i: int, value: int) -> None:
    room.values[i] = value
    room.lists[i, :] = room.order
    room.starts[i, :] = room.start


@kernel
def offer(room: Room, order: Ints, start: Ints, value: int) -> None:
    """Put another population's schedule in the place of the worst, if it is better and not known."""
    room.order[:], room.start[:] = order, start
    worst = np.argmax(room.values[: room.cells[FILLED]])
    if value < room.values[worst] and not _known(room, value):
        _enter(room, worst, value)


@kernel
def _renew(room: Room) -> None:
    """Keep the best of the population, and let the next one be larger."""
    best = np.argmin(room.values[: room.cells[SIZE]])
    room.values[0] = room.values[best]
    room.lists[0, :] = room.lists[best, :]
    room.starts[0, :] = room.starts[best, :]
    room.cells[STALE] = 0
    room.cells[FILLED] = 1
    room.cells[SIZE] = min(2 * room.cells[SIZE], len(room.values))


@kernel
def _known(room: Room, value: int) -> bool:
    """Whether the population has the child's schedule."""
    for i in range(room.cells[FILLED]):
        if room.values[i] == value and np.array_equal(room.starts[i], room.start):
            return True
    return False


@kernel
def _cross(room: Room, one: int, other: int) -> None:
    """Write a list: a beginning and an end in the first parent's order, and the middle in the second's."""
    n, order, taken = len(room.order), room.order, room.part
    low, high = draw(room.cells) % n, draw(room.cells) % n
    if low > high:
        low, high = high, low
    taken[:] = 0
    for i in range(low):
        order[i] = room.lists[one, i]
        taken[order[i]] = 1
    at = low
    for i in range(n):
        task = room.lists[other, i]
        if at < high and not taken[task]:
            order[at] = task
            taken[task] = 1
            at += 1
    for i in range(n):
        task = room.lists[one, i]
        if not taken[task]:
            order[at] = task
            at += 1


@kernel
def _cross_busy(p: Project, room: Room, one: int, other: int) -> None:
    """Write a list: what the first parent does in its busiest time as it does it, the rest in the second's order."""
    n, order, part = len(room.order), room.order, room.part
    length = room.values[one]
    width = length // 4 + draw(room.cells) % (length // 2 + 1)
    begin = _busiest(p, room, one, length, width)
    at = np.zeros(4, np.int64)
    for task in range(n):
        start = room.starts[one, task]
        part[task] = 0 if start < begin else 1 if start <= begin + width else 2
        at[part[task] + 1] += 1
    at[2] += at[1]
    for i in range(n):
        for first in (True, False):
            task = room.lists[one if first else other, i]
            if (part[task] == 1) == first:
                order[at[part[task]]] = task
                at[part[task]] += 1


@kernel
def _busiest(p: Project, room: Room, one: int, length: int, width: int) -> int:
    """Begin of the stretch of a schedule in which most is done."""
    sums = room.tally
    sums[: length + 1] = 0
    for task in range(len(p.durations)):
        at = room.starts[one, task]
        sums[at] += p.busy[task]
        sums[at + p.durations[task]] -= p.busy[task]
    rate = total = best = 0
    for time in range(length + 1):
        rate += sums[time]
        sums[time] = total
        total += rate
    for time in range(length - width + 1):
        if sums[time + width] - sums[time] > sums[best + width] - sums[best]:
            best = time
    return best


@kernel
def _exchange(p: Project, room: Room) -> None:
    """Exchange some neighbours of a list that do not depend on each other."""
    for i in range(len(room.order) - 1):
        if draw(room.cells) % RARE == 0:
            a, b = room.order[i], room.order[i + 1]
            free = True
            for k in range(p.next_first[a], p.next_first[a + 1]):
                free = free and p.next_task[k] != b
            if free:
                room.order[i], room.order[i + 1] = b, a
