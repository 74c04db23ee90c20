"""Detailed problems drawn from a seed: orders through work centres with changeovers, calendars, power and material.

They are meant to be like a park's near weeks, and as crowded: there is a backlog, and machines have work for nine
tenths of their open time while orders come, so that queues form and due dates are missed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from aidc_twin.schedule.detailed import Amounts, Calendar, Detailed, Lists, Whole

HOUR = 60
DAY, WEEK = 24 * HOUR, 7 * 24 * HOUR
"""A tick is a minute."""
WEEKS = 156
FAMILIES = 5
POWER, CREW = 0, 1
BACKLOG = 0.3
"""Most of the orders that are there from the beginning; no more than a week's work."""


@dataclass(frozen=True)
class Centre:
    """A work centre: its machines, speeds, hours, changeovers and whether it needs power and people."""

    machines: tuple[int, ...]
    speeds: tuple[float, ...]
    calendar: int
    runs: bool
    changes: bool
    power: int
    crew: int


def generated(operations: int, seed: int, *, busy: float = 0.9) -> Detailed:
    """A problem of about `operations` operations, the same for a seed.

    Parameters
    ----------
    busy
        Share of their open time for which machines have work while orders come.

    Raises
    ------
    ValueError
        If there is not at least one operation.
    """
    if operations < 1:
        raise ValueError("a problem has at least one operation")
    return _Drawer(random.Random(f"shop/{operations}/{seed}"), operations, busy).problem()


class _Drawer:
    """Draws one problem part by part."""

    def __init__(self, draw: random.Random, operations: int, busy: float) -> None:
        self.draw, self.operations, self.busy = draw, operations, busy
        self.calendars = _calendars()
        self.share = [WEEKS * WEEK / float((one.end - one.start).sum()) for one in self.calendars]
        self.centres = self._centres()
        self.order: list[int] = []
        self.before: list[list[int]] = []
        self.centre: list[int] = []
        self.work: list[float] = []

    def problem(self) -> Detailed:
        """Orders with their routes, then when they come and are due, then what all of them share."""
        while len(self.order) < self.operations:
            self._route()
        n, draw = len(self.order), self.draw
        orders = self.order[-1] + 1
        self._balance()
        options = [self._options(i) for i in range(n)]
        wall = [self.work[i] * self.share[self.centres[self.centre[i]].calendar] for i in range(n)]
        long = self._longest(wall)
        load = np.zeros(len(self.centres))
        np.add.at(load, self.centre, wall)
        span = float((load / [sum(one.speeds) for one in self.centres]).max()) / self.busy
        early = min(BACKLOG, WEEK / span)
        comes = sorted(0 if draw.random() < early else round(draw.uniform(0, span)) for _ in range(orders))
        due = [round(comes[o] + long[o] * draw.uniform(1.5, 5.0)) for o in range(orders)]
        release = [comes[o] for o in self.order]
        families = [draw.randrange(FAMILIES) for _ in range(orders)]
        seats = [self.centres[c] for c in self.centre]
        return Detailed(
            release=_whole(release), before=Lists.of(self.before), options=Amounts.of(options),
            family=_whole([families[o] if seat.changes else -1 for o, seat in zip(self.order, seats, strict=True)]),
            starts_in=_whole([seat.calendar for seat in seats]),
            works_in=_whole([-1 if seat.runs else seat.calendar for seat in seats]),
            uses=Amounts.of([[(r, a) for r, a in ((POWER, seat.power), (CREW, seat.crew)) if a] for seat in seats]),
            takes=Amounts.of([[(0, 1)] if not self.before[i] else [] for i in range(n)]),
            gives=Amounts.of([[] for _ in range(n)]),
            fixed_start=np.full(n, -1), fixed_end=np.full(n, -1),
            order=_whole(self.order), tail=self._tails(), due=_whole(due),
            weight=_whole([draw.randint(1, 10) for _ in range(orders)]), value=_whole([1] * orders),
            wanted_start=np.full(n, -1), wanted_machine=np.full(n, -1),
            machine_from=np.zeros(self.machines, np.int64), machine_family=np.full(self.machines, -1),
            machine_setup=self._tables(), setup=self.setup(), down=Amounts.of([[] for _ in range(self.machines)]),
            calendars=tuple(self.calendars), capacity=self._capacity(wall, span), supply=self._supply(comes, span),
            horizon=round(span / 2),
        )  # fmt: skip

    def _centres(self) -> list[Centre]:
        draw, found, first = self.draw, list[Centre](), 0
        self.machines = 4 + round(0.9 * self.operations**0.5)
        while first < self.machines:
            count = min(draw.randint(1, 5), self.machines - first)
            speeds = tuple(draw.choice((1.0, 1.0, 0.8, 1.25)) for _ in range(count))
            calendar, tests = draw.choice((0, 0, 1, 2)), draw.random() < 0.35
            found.append(
                Centre(
                    tuple(range(first, first + count)), speeds, calendar, draw.random() < 0.25, draw.random() < 0.7,
                    draw.randint(2, 10) * 10 if tests else 0, draw.randint(1, 2) if draw.random() < 0.4 else 0,
                )
            )  # fmt: skip
            first += count
        return found

    def _route(self) -> None:
        """An order: a line of operations, some of which run beside the next one."""
        draw, base = self.draw, len(self.order)
        count = min(draw.randint(3, 9), self.operations - base)
        number = self.order[-1] + 1 if self.order else 0
        for k in range(count):
            split = k >= 2 and draw.random() < 0.2
            self.before.append([base + k - 2] if split else [base + k - 1] if k else [])
            if k >= 2 and base + k - 2 in self.before[-2] and not split and base + k - 2 in self.before[base + k - 1]:
                self.before[-1] = [base + k - 1]
            self.order.append(number)
            self.centre.append(draw.randrange(len(self.centres)))
            self.work.append(draw.uniform(0.5, 8) * HOUR)

    def _balance(self) -> None:
        """Scale durations so that the centres are about equally busy."""
        room = [sum(one.speeds) / self.share[one.calendar] for one in self.centres]
        load = np.zeros(len(room))
        np.add.at(load, self.centre, self.work)
        aim = load.sum() / sum(room)
        self.work = [
            max(10.0, work * (aim * room[c] / load[c]) ** 0.8) for c, work in zip(self.centre, self.work, strict=True)
        ]

    def _options(self, i: int) -> list[tuple[int, int]]:
        seat = self.centres[self.centre[i]]
        return [(m, max(1, round(self.work[i] / v))) for m, v in zip(seat.machines, seat.speeds, strict=True)]

    def _longest(self, wall: list[float]) -> list[float]:
        """Longest way through each order."""
        end: list[float] = []
        found = [0.0] * (self.order[-1] + 1)
        for i, before in enumerate(self.before):
            end.append(wall[i] + max((end[j] for j in before), default=0.0))
            found[self.order[i]] = max(found[self.order[i]], end[-1])
        return found

    def _tails(self) -> Whole:
        follow = {j for before in self.before for j in before}
        return _whole([-1 if i in follow else 0 for i in range(len(self.order))])

    def _tables(self) -> Whole:
        table = [-1] * self.machines
        for c, one in enumerate(self.centres):
            for m in one.machines:
                table[m] = c if one.changes else -1
        return _whole(table)

    def setup(self) -> Whole:
        """Changeovers of each centre: the triangle inequality need not hold."""
        draw = self.draw
        rows = [
            [[0 if a == b else draw.randint(2, 12) * 5 for b in range(FAMILIES)] for a in range(FAMILIES)]
            for _ in self.centres
        ]
        return np.array(rows, np.int64)

    def _capacity(self, wall: list[float], span: float) -> Amounts:
        """Power is dearer by day: there is less of it on working days from 8 to 20 o'clock. People are always there."""
        seats = [self.centres[c] for c in self.centre]
        need = [sum(w * one for w, one in zip(wall, column, strict=True)) / span
                for column in ([s.power for s in seats], [s.crew for s in seats])]  # fmt: skip
        most = max([100, *(s.power for s in seats)])
        night = max(most, round(1.5 * need[0]))
        by_day = max(most, round(1.2 * need[0]))
        steps = [(0, night)]
        for day in range(7 * WEEKS):
            if day % 7 < 5:
                steps += [(day * DAY + 8 * HOUR, by_day), (day * DAY + 20 * HOUR, night)]
        return Amounts.of([steps, [(0, max(2, round(1.6 * need[1])))]])

    def _supply(self, comes: list[int], span: float) -> Amounts:
        """Material for the first operations comes week by week, some of it late."""
        rows, total = [(0, len(comes) // 8 + 1)], len(self.order)
        week = WEEK if span > 4 * WEEK else DAY
        for tick in range(week, round(span) + 2 * week, week):
            due = sum(1 for one in comes if one < tick + week // 2)
            rows.append(
                (tick + (week // 3 if self.draw.random() < 0.2 else 0), max(rows[-1][1], due + len(comes) // 8))
            )
        return Amounts.of([[*rows, (max(rows[-1][0] + 1, round(span) + 3 * week), total)]])


def _whole(values: list[int]) -> Whole:
    return np.array(values, np.int64)


def _calendars() -> list[Calendar]:
    """Two shifts from Monday to Saturday, day shifts on working days, and all the time."""
    two = [(d * DAY + 6 * HOUR, d * DAY + 22 * HOUR) for d in range(7 * WEEKS) if d % 7 < 6]
    day = [(d * DAY + 8 * HOUR, d * DAY + 17 * HOUR) for d in range(7 * WEEKS) if d % 7 < 5]
    pairs = [two, day, [(0, WEEKS * WEEK)]]
    return [Calendar(*(np.array(column, np.int64) for column in zip(*one, strict=True))) for one in pairs]
