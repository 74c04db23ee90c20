"""Small detailed problems, and their least cost by placing operations tick by tick in every order: plain and slow."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aidc_twin.schedule.detailed import Amounts, Calendar, Detailed, Lists

ALWAYS = 400
"""Tick by which all is over."""


def crowded(seed: int, most: int = 8) -> Detailed:
    """Orders of two to four operations on three machines with changeovers, hours, power and material."""
    rng = np.random.default_rng(seed)
    before: list[list[int]] = []
    order: list[int] = []
    while len(order) < most - 1 or not order:
        for k in range(min(int(rng.integers(2, 5)), most - len(order))):
            before.append([len(order) - 1] if k else [])
            order.append(order[-1] + (not k) if order else 0)
    n, orders = len(order), order[-1] + 1
    options = []
    for _ in range(n):
        able = rng.permutation(3)[: int(rng.choice([1, 1, 2]))]
        work = int(rng.integers(1, 9))
        options.append([(int(m), work + int(rng.integers(0, 3))) for m in sorted(able)])
    hours = [(a, a + 7) for a in range(0, ALWAYS, 10)]
    calendar = Calendar(*(np.array(column) for column in zip(*hours, strict=True)))
    follow = {j for one in before for j in one}
    steps = [(0, 3)] + [(a, 3 if a % 12 else 2) for a in range(6, ALWAYS, 6)]
    return Detailed(
        release=rng.integers(0, 8, n), before=Lists.of(before), options=Amounts.of(options),
        family=rng.integers(0, 2, n), starts_in=rng.choice([-1, 0], n), works_in=rng.choice([-1, 0], n),
        uses=Amounts.of([[(0, int(a))] if a else [] for a in rng.integers(0, 3, n)]),
        takes=Amounts.of([[(0, 1)] if not one else [] for one in before]), gives=Amounts.of([[] for _ in range(n)]),
        fixed_start=np.full(n, -1), fixed_end=np.full(n, -1), order=np.array(order),
        tail=np.array([-1 if i in follow else int(rng.integers(0, 3)) for i in range(n)]),
        due=rng.integers(5, 30, orders), weight=rng.integers(1, 5, orders),
        value=rng.integers(1, 5, orders),
        wanted_start=np.full(n, -1), wanted_machine=np.full(n, -1), machine_from=rng.integers(0, 4, 3),
        machine_family=rng.integers(-1, 2, 3), machine_setup=rng.integers(-1, 2, 3),
        setup=rng.integers(0, 6, (2, 2, 2)),
        down=Amounts.of([[(12, 15)], [], []]), calendars=(calendar,), capacity=Amounts.of([steps]),
        supply=Amounts.of([[(0, 1), (9, 2), (21, orders)]]), horizon=25,
    )  # fmt: skip


class Naive:
    """Every order of starts of a problem, each operation from each tick of some after the first it can."""

    def __init__(self, d: Detailed, weights: tuple[float, float, float], delays: int) -> None:
        self.d, self.weights, self.delays = d, weights, delays
        self.best = np.inf
        self.open = np.zeros(2 * ALWAYS, bool)
        for a, b in zip(d.calendars[0].start, d.calendars[0].end, strict=True):
            self.open[a:b] = True
        steps = d.capacity.pairs(0)
        self.room = [max((a, c) for a, c in steps if a <= tick)[1] for tick in range(2 * ALWAYS)]
        self.seats = [d.options.pairs(i) for i in range(d.operations)]
        self.needs = [dict(d.uses.pairs(i)).get(0, 0) for i in range(d.operations)]
        self.before = [d.before[i].tolist() for i in range(d.operations)]
        self.bare = d.family.tolist(), d.starts_in.tolist(), d.works_in.tolist(), d.release.tolist()

    def least(self) -> float:
        """Least cost of all of them."""
        self._go_on({}, {}, 0, [0] * (2 * ALWAYS))
        return self.best

    def _go_on(self, ends: dict[int, int], last: dict[int, int], since: int, used: list[int]) -> None:
        if self._cost(ends) >= self.best:
            return
        if len(ends) == self.d.operations:
            self.best = self._cost(ends)
            return
        for i in range(self.d.operations):
            if i in ends or any(j not in ends for j in self.before[i]):
                continue
            for m, work in self.seats[i]:
                for start, end in self._times(i, m, work, ends, last, since, used):
                    more = list(used)
                    for tick in range(start, end):
                        more[tick] += self.needs[i]
                    self._go_on({**ends, i: end}, {**last, m: i}, start, more)

    def _times(self, i: int, m: int, work: int, ends: dict[int, int], last: dict[int, int], since: int,
               used: list[int]) -> Iterator[tuple[int, int]]:  # fmt: skip
        """First times at which an operation can run, by what runs already."""
        d, (family, starts_in, works_in, release) = self.d, self.bare
        tick = max(since, release[i], int(d.machine_from[m]), *(ends[j] for j in self.before[i]), 0)
        table, old = int(d.machine_setup[m]), int(d.machine_family[m])
        if m in last:
            tick, old = max(tick, ends[last[m]]), family[last[m]]
        work += int(d.setup[table, old, family[i]]) if table >= 0 and old >= 0 else 0
        taken = sum(1 for j in ends if not self.before[j]) + 1
        found = 0
        while found <= self.delays and tick < ALWAYS:
            end, left = tick, work
            while left:
                left -= 1 if works_in[i] < 0 or self.open[end] else 0
                end += 1
            if (
                (starts_in[i] < 0 or self.open[tick]) and (works_in[i] < 0 or self.open[tick] or starts_in[i] < 0)
                and all(used[t] + self.needs[i] <= self.room[t] for t in range(tick, end) if self.needs[i])
                and not any(tick < b and end > a for a, b in d.down.pairs(m))
                and (self.before[i] or max(s for s in d.supply.pairs(0) if s[0] <= tick)[1] >= taken)
            ):  # fmt: skip
                found += 1
                yield tick, end
            tick += 1

    def _cost(self, ends: dict[int, int]) -> float:
        """Cost of what is placed, each order that has nothing left counted; others cost nothing and are worth all."""
        d = self.d
        done = [max((ends.get(int(i), 0) + int(d.tail[i]) for i in d.last[o] if i in ends), default=0)
                for o in range(len(d.due))]  # fmt: skip
        late = sum(int(w) * max(0, t - int(due)) for t, due, w in zip(done, d.due, d.weight, strict=True))
        worth = sum(int(v) for t, v in zip(done, d.value, strict=True) if t <= d.horizon)
        tardiness, span, value = self.weights
        return tardiness * late + span * max(done) - value * worth
