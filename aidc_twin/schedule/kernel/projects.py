"""Projects with shared resources: serial generation, double justification and a population of lists."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aidc_twin.schedule.kernel.jit import Cells, Ints, Table, draw, kernel

RANDOM, WORK, BEST, STALE = 0, 1, 2, 3
"""Cells: the generator's state, schedules times tasks, best makespan, children since it was found."""
CELLS = 4
MEMBERS = 60
OLD = 4000
"""Children without a better schedule after which the population is made anew around the best."""


class Arcs(NamedTuple):
    """Precedence in both directions: where each task's neighbours begin, and the neighbours."""

    next_first: Ints
    next_task: Ints
    prior_first: Ints
    prior_task: Ints


class Room(NamedTuple):
    """What a search remembers.

    Attributes
    ----------
    cells : single numbers.
    lists, values : shape (MEMBERS, tasks) and (MEMBERS,), the population as lists, and their makespans.
    usage : shape (resources, horizon), scratch.
    urgent : shape (tasks,), length of the longest way from each start to the end.
    best : shape (tasks,), starts of the best schedule.
    """

    cells: Cells
    lists: Table
    values: Cells
    usage: Table
    urgent: Cells
    best: Ints


def empty_room(tasks: int, resources: int, horizon: int, seed: int) -> Room:
    """Nothing remembered yet."""
    cells = np.zeros(CELLS, np.int64)
    cells[RANDOM] = 2 * (seed % 2**62) + 1
    return Room(
        cells, np.zeros((MEMBERS, tasks), np.int32), np.zeros(MEMBERS, np.int64),
        np.zeros((resources, horizon), np.int32), np.zeros(tasks, np.int64), np.zeros(tasks, np.int32),
    )  # fmt: skip


@kernel
def place(first: Ints, prior: Ints, demand: Table, capacity: Ints, durations: Ints, usage: Table, order: Ints,
          start: Ints) -> int:  # fmt: skip
    """Start each task of a list as early as its predecessors and the resources allow; the makespan."""
    usage[:, :] = 0
    makespan = 0
    for i in range(len(order)):
        task = order[i]
        at = 0
        for a in range(first[task], first[task + 1]):
            at = max(at, start[prior[a]] + durations[prior[a]])
        if durations[task] > 0:
            at = _fit(demand, capacity, durations[task], usage, task, at)
        start[task] = at
        makespan = max(makespan, at + durations[task])
    return makespan  # pyright: ignore[reportReturnType]  because cells of arrays are numbers


@kernel
def _fit(demand: Table, capacity: Ints, duration: int, usage: Table, task: int, at: int) -> int:
    """Earliest time from `at` on at which the resources last for the task; they are taken."""
    run, time = 0, at
    while run < duration:
        fits = True
        for k in range(len(capacity)):
            if usage[k, time] + demand[k, task] > capacity[k]:
                fits = False
        run = run + 1 if fits else 0
        time += 1
    for k in range(len(capacity)):
        if demand[k, task] > 0:
            for i in range(time - duration, time):
                usage[k, i] += demand[k, task]
    return time - duration


@kernel
def sorted_list(arcs: Arcs, key: Cells, order: Ints) -> Ints:
    """Write the tasks by smallest key, each behind its predecessors."""
    n = len(key)
    waits = np.empty(n, np.int32)
    done = np.zeros(n, np.bool_)
    for task in range(n):
        waits[task] = arcs.prior_first[task + 1] - arcs.prior_first[task]
    for i in range(n):
        best = -1
        for task in range(n):
            if waits[task] == 0 and not done[task] and (best < 0 or key[task] < key[best]):
                best = task
        done[best] = True
        order[i] = best
        for a in range(arcs.next_first[best], arcs.next_first[best + 1]):
            waits[arcs.next_task[a]] -= 1
    return order


@kernel
def justify(arcs: Arcs, demand: Table, capacity: Ints, durations: Ints, room: Room, order: Ints, start: Ints) -> int:
    """Make the schedule of a list, shift it to the right and to the left again, and write its list; the makespan."""
    n = len(order)
    place(arcs.prior_first, arcs.prior_task, demand, capacity, durations, room.usage, order, start)
    behind = np.empty(n, np.int64)
    for i in range(n):
        behind[i] = -((np.int64(start[order[i]]) + durations[order[i]]) * n + i)
    turned = order[np.argsort(behind)]
    back = np.empty(n, np.int32)
    length = place(arcs.next_first, arcs.next_task, demand, capacity, durations, room.usage, turned, back)
    ahead = np.empty(n, np.int64)
    for i in range(n):
        ahead[i] = np.int64(length - back[turned[i]] - durations[turned[i]]) * n + n - i
    order[:] = turned[np.argsort(ahead)]
    value = place(arcs.prior_first, arcs.prior_task, demand, capacity, durations, room.usage, order, start)
    for i in range(n):
        ahead[i] = np.int64(start[order[i]]) * n + i
    order[:] = order[np.argsort(ahead)]
    room.cells[WORK] += 3 * n
    room.cells[STALE] += 1
    if value < room.cells[BEST]:
        room.cells[BEST] = value
        room.cells[STALE] = 0
        room.best[:] = start
    return value


@kernel
def begin(arcs: Arcs, demand: Table, capacity: Ints, durations: Ints, room: Room, order: Ints, urgent: Cells) -> None:
    """Take the schedule of a list as the best one, and make the first population."""
    start = np.empty(len(order), np.int32)
    room.urgent[:] = urgent
    room.cells[BEST] = np.int64(1) << np.int64(60)
    room.values[0] = justify(arcs, demand, capacity, durations, room, order, start)
    room.lists[0, :] = order
    _fill(arcs, demand, capacity, durations, room)


@kernel
def _fill(arcs: Arcs, demand: Table, capacity: Ints, durations: Ints, room: Room) -> None:
    """Make all but the first of the population by urgency with noise."""
    n = len(durations)
    key, order, start = np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int32)
    span = room.urgent.max() // 2 + 1
    for i in range(1, MEMBERS):
        for task in range(n):
            key[task] = draw(room.cells) % span - room.urgent[task]
        sorted_list(arcs, key, order)
        room.values[i] = justify(arcs, demand, capacity, durations, room, order, start)
        room.lists[i, :] = order


@kernel
def evolve(arcs: Arcs, demand: Table, capacity: Ints, durations: Ints, room: Room, children: int, target: int) -> None:
    """Cross and change lists of the population, and let better ones in."""
    n = len(durations)
    start, taken, order = np.empty(n, np.int32), np.zeros(n, np.bool_), np.empty(n, np.int32)
    key = np.empty(n, np.int64)
    for _ in range(children):
        if room.cells[BEST] <= target:
            return
        if room.cells[STALE] > OLD:
            _renew(arcs, demand, capacity, durations, room)
        one, other = _chosen(room), _chosen(room)
        alone = draw(room.cells) & 1 == 0
        if alone:
            _shuffle(arcs, room, one, key, order)
        else:
            _cross(room, one, other, taken, order)
            _change(arcs, room, order)
        value = justify(arcs, demand, capacity, durations, room, order, start)
        worst = one if alone else 0
        for i in range(MEMBERS):
            if not alone and room.values[i] > room.values[worst]:
                worst = i
            if room.values[i] == value and _same(room, i, order):
                value = np.int64(1) << np.int64(60)
        if value <= room.values[worst]:
            room.values[worst] = value
            room.lists[worst, :] = order


@kernel
def _renew(arcs: Arcs, demand: Table, capacity: Ints, durations: Ints, room: Room) -> None:
    """Keep the best of the population and make the others anew."""
    best = 0
    for i in range(MEMBERS):
        if room.values[i] < room.values[best]:
            best = i
    room.values[0] = room.values[best]
    room.lists[0, :] = room.lists[best, :]
    room.cells[STALE] = 0
    _fill(arcs, demand, capacity, durations, room)


@kernel
def _same(room: Room, i: int, order: Ints) -> bool:
    return np.array_equal(room.lists[i], order)


@kernel
def _chosen(room: Room) -> int:
    """The better of two of the population."""
    one, other = draw(room.cells) % MEMBERS, draw(room.cells) % MEMBERS
    return one if room.values[one] <= room.values[other] else other


@kernel
def _cross(room: Room, one: int, other: int, taken: Ints, order: Ints) -> None:
    """Write a list: a beginning and an end in the first parent's order, and the middle in the second's."""
    n = len(order)
    low, high = draw(room.cells) % n, draw(room.cells) % n
    if low > high:
        low, high = high, low
    taken[:] = False
    at = 0
    for i in range(low):
        order[at] = room.lists[one, i]
        taken[order[at]] = True
        at += 1
    for i in range(n):
        task = room.lists[other, i]
        if at < high and not taken[task]:
            order[at] = task
            taken[task] = True
            at += 1
    for i in range(n):
        task = room.lists[one, i]
        if not taken[task]:
            order[at] = task
            at += 1


@kernel
def _shuffle(arcs: Arcs, room: Room, one: int, key: Cells, order: Ints) -> None:
    """Write a list of the population with a stretch of it in an order by chance."""
    n = len(order)
    width = min(n, 4 + draw(room.cells) % 24)
    low = draw(room.cells) % (n - width + 1)
    for i in range(n):
        key[room.lists[one, i]] = i * n
        if low <= i < low + width:
            key[room.lists[one, i]] = low * n + draw(room.cells) % (width * n)
    sorted_list(arcs, key, order)


@kernel
def _change(arcs: Arcs, room: Room, order: Ints) -> None:
    """Exchange some neighbours of a list that do not depend on each other."""
    for i in range(len(order) - 1):
        if draw(room.cells) % 20 == 0:
            a, b = order[i], order[i + 1]
            free = True
            for k in range(arcs.next_first[a], arcs.next_first[a + 1]):
                free = free and arcs.next_task[k] != b
            if free:
                order[i], order[i + 1] = b, a
