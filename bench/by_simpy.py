"""The bench line built by hand in SimPy, as one who knows SimPy would, and what it counts.

Work in shifts ends at an instant that is reckoned from the shift's hours, so that no process is interrupted; breakdowns
by time at work are awaited by the unit that is worked on. Only a test, which takes its machine and its power at once,
needs more than SimPy's own resources: a line of those who wait, of which the first that fits starts.
"""

from __future__ import annotations

import math
import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from bench.plant import (
    DUE_HOURS,
    HIGH,
    LOW,
    MEND_HOURS,
    MODE,
    SHIFT_CLOSES,
    SHIFT_DAYS,
    SHIFT_OPENS,
    SPREAD,
    Centre,
    Plant,
    Product,
)

Process = Generator[simpy.Event, Any, None]
DAY, WEEK = 24.0, 168.0
SHIFT = SHIFT_CLOSES - SHIFT_OPENS
SIGMA = math.sqrt(math.log(1 + SPREAD**2))


@dataclass
class Counts:
    """What happened until the horizon; hours."""

    arrived: int = 0
    done: int = 0
    flow: float = 0.0
    late: float = 0.0
    unit_hours: float = 0.0
    events: int = 0
    worked: dict[str, float] = field(default_factory=dict)
    power_kwh: float = 0.0


def opened(now: float) -> float:
    """Open hours of the shifts from the epoch, a Monday's midnight, to `now`."""
    weeks, hour = divmod(now, WEEK)
    days, hour = divmod(hour, DAY)
    if days >= SHIFT_DAYS:
        return (weeks + 1) * SHIFT_DAYS * SHIFT
    return (weeks * SHIFT_DAYS + days) * SHIFT + min(max(hour - SHIFT_OPENS, 0.0), SHIFT)


def instant(open_hours: float) -> float:
    """The instant by which the shifts have been open for so long."""
    days, rest = divmod(open_hours, SHIFT)
    if rest == 0.0 and days > 0:
        days, rest = days - 1, float(SHIFT)
    weeks, day = divmod(days, SHIFT_DAYS)
    return weeks * WEEK + day * DAY + SHIFT_OPENS + rest


def opens(now: float) -> float:
    """The first instant from `now` on at which the shifts are open."""
    hour = now % WEEK
    if hour >= SHIFT_DAYS * DAY:
        return now - hour + WEEK + SHIFT_OPENS
    hour %= DAY
    if hour < SHIFT_OPENS:
        return now - hour + SHIFT_OPENS
    if hour < SHIFT_CLOSES:
        return now
    return opens(now - hour + DAY)


class Machine:
    """One machine, with the hours at work until it breaks down."""

    __slots__ = ("left",)

    def __init__(self, left: float) -> None:
        self.left = left


class Floor:
    """The plant at work."""

    def __init__(self, plant: Plant, seed: int) -> None:
        self.plant, self.world = plant, simpy.Environment()
        self.random = random.Random(seed)
        self.horizon = plant.weeks * WEEK
        self.machines = {centre.name: simpy.Store(self.world) for centre in plant.centres}
        self.fitters = simpy.Resource(self.world, plant.fitters)
        self.menders = simpy.Resource(self.world, plant.menders)
        self.analysts = simpy.Resource(self.world, plant.analysts)
        self.power = plant.power_kw
        self.testing: list[tuple[simpy.Event, simpy.Store, int]] = []
        self.counts = Counts(worked={centre.name: 0.0 for centre in plant.centres})
        for centre in plant.centres:
            self.machines[centre.name].items.extend(Machine(self.uptime(centre)) for _ in range(centre.machines))
        for product in plant.products:
            self.world.process(self.source(product))

    def run(self) -> Counts:
        """Let it work until the horizon."""
        self.world.run(self.horizon)
        return self.counts

    def uptime(self, centre: Centre) -> float:
        """Hours at work until the next breakdown."""
        return self.random.expovariate(1 / centre.uptime_hours) if centre.uptime_hours else math.inf

    def source(self, product: Product) -> Process:
        """Units of a product arrive."""
        draw, timeout, rate = self.random.expovariate, self.world.timeout, 1 / product.every_hours
        route = self.plant.route(product)
        while True:
            yield timeout(draw(rate))
            self.counts.arrived += 1
            self.counts.events += 1
            self.counts.unit_hours += self.horizon - self.world.now
            self.world.process(self.unit(product, route))

    def unit(self, product: Product, route: tuple[Centre, ...]) -> Process:
        """A unit passes its centres."""
        world, counts, draw = self.world, self.counts, self.random
        came = world.now
        left: tuple[simpy.Store, Machine] | None = None  # where it still stands, blocked
        for centre in route:
            store, machine = self.machines[centre.name], None
            mode = centre.hours * product.factor * MODE
            while True:
                if centre.powered:
                    machine = yield self.test(store, product.power_kw)
                elif machine is None:
                    machine = yield store.get()
                if centre.shifts and opens(world.now) > world.now:
                    yield world.timeout(opens(world.now) - world.now)
                if left is not None:
                    left[0].put(left[1])
                    left = None
                yield from self.work(centre, machine, draw.triangular(LOW * mode, HIGH * mode, mode), product)
                counts.events += 1
                if centre.powered:
                    self.tested(store, machine, product.power_kw)
                elif not centre.blocks:
                    store.put(machine)
                    machine = None
                if not centre.fails or draw.random() >= centre.fails:
                    break
                yield from self.mend(centre)
            if centre.blocks:
                left = store, machine
        if left is not None:
            left[0].put(left[1])
        counts.done += 1
        counts.flow += world.now - came
        counts.late += max(0.0, world.now - came - DUE_HOURS)
        counts.unit_hours -= self.horizon - world.now

    def mend(self, centre: Centre) -> Process:
        """A unit that failed is mended, in the hours of the centre."""
        world, (low, likely, high) = self.world, MEND_HOURS
        with (self.menders if centre.shifts else self.analysts).request() as mender:
            yield mender
            hours = self.random.triangular(low, high, likely)
            yield world.timeout(instant(opened(world.now) + hours) - world.now if centre.shifts else hours)
        self.counts.events += 1

    def work(self, centre: Centre, machine: Machine, hours: float, product: Product) -> Process:
        """Work on a machine, with its breakdowns."""
        world, counts, now = self.world, self.counts, self.world.now
        power = product.power_kw if centre.powered else 0
        began = now
        while True:
            part = min(hours, machine.left)
            end = instant(opened(now) + part) if centre.shifts else now + part
            if end <= self.horizon:
                counts.worked[centre.name] += part
            else:
                counts.worked[centre.name] += self.until_horizon(centre, now)
            yield world.timeout(end - now)
            machine.left -= part
            hours -= part
            if hours <= 0.0:
                break
            counts.events += 1
            with self.fitters.request() as fitter:
                yield fitter
                yield world.timeout(draw_repair(self.random, centre))
            counts.events += 1
            machine.left = self.uptime(centre)
            now = world.now
        counts.power_kwh += power * (world.now - began)

    def until_horizon(self, centre: Centre, now: float) -> float:
        """Hours of work from now to the horizon."""
        return opened(self.horizon) - opened(now) if centre.shifts else self.horizon - now

    def test(self, store: simpy.Store, power: int) -> simpy.Event:
        """Wait for a machine and power at once."""
        turn = self.world.event()
        self.testing.append((turn, store, power))
        self.start_tests()
        return turn

    def tested(self, store: simpy.Store, machine: Machine, power: int) -> None:
        """Give a machine and power back."""
        store.items.append(machine)
        self.power += power
        self.start_tests()

    def start_tests(self) -> None:
        """Start each who waits and fits, in order of coming."""
        waiting = []
        for turn, store, power in self.testing:
            if store.items and power <= self.power:
                self.power -= power
                turn.succeed(store.items.pop(0))
            else:
                waiting.append((turn, store, power))
        self.testing = waiting


def draw_repair(draw: random.Random, centre: Centre) -> float:
    """Hours of a repair."""
    return draw.lognormvariate(math.log(centre.repair_hours) - SIGMA**2 / 2, SIGMA)
