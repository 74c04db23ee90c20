"""A cost that no schedule of a detailed problem can go below.

Four relaxations, of which the largest counts. *Heads*: every order is done no sooner than its longest way with the
least work, whatever the machines do. *Centres*: the operations of each group of machines are done by one machine that
is as fast as all of them together and may interrupt its work; the completion times by "shortest rest first" are then
the least ones possible, and set in their order against the due dates in theirs they give the least sum of lateness
(Chu 1992, "A branch-and-bound algorithm to minimize total tardiness with different release dates"). *Stores*: see
`store_bound`. *Weights*: a sum
of weight times lateness is a sum over levels of weight of the lateness of the orders that weigh at least as much.
"""

from __future__ import annotations

import heapq

import numpy as np

from aidc_twin.schedule.desk import Aims, plant_memory
from aidc_twin.schedule.detailed import Calendar, Detailed, Whole
from aidc_twin.schedule.kernel.heads import heads, rests
from aidc_twin.schedule.store_bound import stores_bound

LEVELS = 10
"""Levels of weight that are told apart."""


def cost_bound(d: Detailed, aims: Aims) -> float:
    """Cost below which no schedule is.

    Change against the published schedule counts as 0, and what can be complete within the horizon as complete.
    """
    if aims.levels:
        aims = aims.at(0, 0)  # a cost is the figure of the first level
    p, n = plant_memory(d), d.operations
    start, end, tail = (np.zeros(n, np.int64) for _ in range(3))
    heads(p, d.forward, d.least_work, start, end)
    rests(p, d.forward, d.least_work, np.full(len(d.calendars) + 1, 1000), tail)
    tail -= d.least_work
    done = np.zeros(len(d.due), np.int64)
    np.maximum.at(done, d.order[d.last.items], end[d.last.items] + d.tail[d.last.items])
    alone = d.weight * np.maximum(0, done - d.due)
    tardy = float(alone.sum())
    if aims.tardiness > 0:
        tardy = max(
            [
                stores_bound(d, start, tail + d.least_work, alone),
                *(_centre(d, group, start, tail, alone) for group in _groups(d)),
            ]
        )
    worth = float(d.value[done <= d.horizon].sum())
    return aims.tardiness * tardy + aims.makespan * float(done.max(initial=0)) - aims.worth * worth


def _groups(d: Detailed) -> list[tuple[int, list[int]]]:
    """Number of machines and operations of each set of machines among which operations choose.

    A machine on which some go together counts as often as the most of them.
    """
    found: dict[tuple[int, ...], list[int]] = {}
    for i in range(d.operations):
        machines = tuple(sorted(set(d.options.number[i].tolist())))
        if machines[0] >= 0 and d.fixed_start[i] < 0:
            found.setdefault(machines, []).append(i)
    most = np.append(d.batch[:, 1], 1) if len(d.batch) else np.ones(1, np.int64)  # the last one: those that go alone
    return [(len(machines) * int(most[d.kinds[members]].max()), members) for machines, members in found.items()]


def _centre(d: Detailed, group: tuple[int, list[int]], start: Whole, tail: Whole, alone: Whole) -> float:
    """Bound of the weighted lateness through one group of machines; orders without work there count by themselves."""
    machines, members = group
    last = {int(d.order[i]): i for i in sorted(members, key=lambda i: (int(start[i]), i))}
    chosen = np.array([last[o] for o in sorted(last)], np.int64)
    orders = d.order[chosen]
    hours = set(d.works_in[chosen].tolist())
    calendar = d.calendars[hours.pop()] if len(hours) == 1 and min(hours) >= 0 else None
    ready = start[chosen] if calendar is None else calendar.open_by(start[chosen])
    due, weight = d.due[orders] - tail[chosen], d.weight[orders]
    levels = np.unique(weight)
    if len(levels) > LEVELS:
        levels = np.unique(levels[np.linspace(0, len(levels) - 1, LEVELS).astype(np.int64)])
    total, below = 0.0, 0
    for level in levels.tolist():
        heavy = weight >= level
        ends = _shortest_rest(ready[heavy], d.least_work[chosen[heavy]], machines)
        ticks = ends if calendar is None else _wall(calendar, ends)
        total += (level - below) * float(np.maximum(0, ticks - np.sort(due[heavy])).sum())
        below = level
    return max(total, float(alone[orders].sum())) + float(alone.sum() - alone[orders].sum())


def _shortest_rest(ready: Whole, work: Whole, machines: int) -> Whole:
    """Completion times in order of one machine as fast as all that does what has the shortest rest, rounded down."""
    jobs = sorted(zip((ready * machines).tolist(), work.tolist(), strict=True))
    rest: list[int] = []
    ends: list[int] = []
    now, n = 0, 0
    while n < len(jobs) or rest:
        if not rest:
            now = max(now, jobs[n][0])
        while n < len(jobs) and jobs[n][0] <= now:
            heapq.heappush(rest, jobs[n][1])
            n += 1
        until = jobs[n][0] if n < len(jobs) else now + rest[0]
        if now + rest[0] <= until:
            now += heapq.heappop(rest)
            ends.append(now // machines)
        else:
            heapq.heapreplace(rest, rest[0] - (until - now))
            now = until
    return np.array(ends, np.int64)


def _wall(calendar: Calendar, ticks: Whole) -> Whole:
    """Ticks at which so many open ticks are over."""
    full = calendar.before + (calendar.end - calendar.start)
    i = np.minimum(np.searchsorted(full, ticks, side="left"), len(full) - 1)
    return np.maximum(0, calendar.start[i] + ticks - calendar.before[i])
