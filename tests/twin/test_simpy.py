"""The twin beside SimPy on the same small plant, written by hand: their figures agree within standard errors."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import simpy
from small_parks import make_park, need

from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.kernel.layout import GR_COUNT, GR_DONE, GR_FLOW, GR_TAKEN
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import replicate

RUNS = 150
WEEKS = 4
HOURS = 168 * WEEKS
TICKS = 3600
WIDE = 3.5
"""Standard errors; one test in a few hundred like this one errs by chance, and its seeds are fixed."""

EVERY, CUT, TEST, MEND = 3.7, 1.8, 2.2, 1.5
"""Hours between the units of a product, and of work; exponential, but a cut is gamma with shape 2."""
PRODUCTS = {"small": 30, "large": 60}
"""Test power of a unit in kW."""
POWER, CUTTERS, TESTERS = 120, 2, 3
UPTIME, REPAIR, FAILS = 20.0, 3.0, 0.1


class Plant:
    """Cutters that break down by time at work and are blocked; testers that share their power; mending beside them."""

    def __init__(self, seed: int) -> None:
        self.world, self.draw = simpy.Environment(), random.Random(seed)
        self.cutters, self.fitter = simpy.Store(self.world), simpy.Resource(self.world, 1)
        self.cutters.items.extend([self.draw.expovariate(1 / UPTIME)] for _ in range(CUTTERS))
        self.testers, self.power = TESTERS, POWER
        self.line: list[tuple[simpy.Event, int]] = []
        self.done, self.flow, self.inside, self.cutting, self.testing = 0, 0.0, 0.0, 0.0, 0.0
        for power in PRODUCTS.values():
            self.world.process(self.source(power))
        self.world.run(HOURS)

    def source(self, power: int) -> Iterator[simpy.Event]:
        """Units of a product arrive."""
        while True:
            yield self.world.timeout(self.draw.expovariate(1 / EVERY))
            self.world.process(self.unit(power))

    def worked(self, hours: float) -> float:
        """Hours of work that begins now, up to the horizon."""
        return min(hours, HOURS - self.world.now)

    def unit(self, power: int) -> Any:
        """A unit is cut, waits on its cutter for its test, is tested, and mended as often as it fails."""
        came = self.world.now
        self.inside += HOURS - came
        cutter = yield self.cutters.get()
        left = self.draw.gammavariate(2, CUT / 2)
        while cutter[0] < left:
            left -= cutter[0]
            self.cutting += self.worked(cutter[0])
            yield self.world.timeout(cutter[0])
            with self.fitter.request() as turn:
                yield turn
                yield self.world.timeout(self.draw.expovariate(1 / REPAIR))
            cutter[0] = self.draw.expovariate(1 / UPTIME)
        self.cutting += self.worked(left)
        cutter[0] -= left
        yield self.world.timeout(left)
        while True:
            yield self.turn(power)
            if cutter is not None:
                self.cutters.put(cutter)
                cutter = None
            hours = self.draw.expovariate(1 / TEST)
            self.testing += self.worked(hours)
            yield self.world.timeout(hours)
            self.testers += 1
            self.power += power
            self.start()
            if self.draw.random() >= FAILS:
                break
            yield self.world.timeout(self.draw.expovariate(1 / MEND))
        self.done += 1
        self.flow += self.world.now - came
        self.inside -= HOURS - self.world.now

    def turn(self, power: int) -> simpy.Event:
        """Wait for a tester and power at once."""
        event = self.world.event()
        self.line.append((event, power))
        self.start()
        return event

    def start(self) -> None:
        """Whoever fits starts, in order of coming."""
        for event, power in list(self.line):
            if self.testers and power <= self.power:
                self.testers -= 1
                self.power -= power
                self.line.remove((event, power))
                event.succeed()

    def figures(self) -> dict[str, float]:
        """What is compared; hours and shares."""
        return {
            "done": self.done, "flow time": self.flow / self.done, "inside": self.inside / HOURS,
            "cutters": self.cutting / CUTTERS / HOURS, "testers": self.testing / TESTERS / HOURS,
        }  # fmt: skip


def park() -> Any:
    """The same plant as a park."""
    return make_park(
        {
            "entities": [{"entity": "maker", "kind": "integrator"}],
            "products": [
                {"product": name, "kind": "component", "routing": name, "maker": "maker"} for name in PRODUCTS
            ],
            "resources": [
                {"resource": name, "kind": kind, "dispatch": "fifo"}
                for name, kind in (("cutter", "servers"), ("tester", "servers"), ("power", "cumulative"),
                                   ("fitter", "crew"))
            ],
            "capacity": [
                {"resource": name, "amount": amount}
                for name, amount in (("cutter", CUTTERS), ("tester", TESTERS), ("power", POWER), ("fitter", 1))
            ],
            "operations": [
                {"routing": name, "stage": "manufacture"} | step
                for name in PRODUCTS
                for step in (
                    {"operation": "cut", "duration": f"gamma(2,{CUT})"},
                    {"operation": "test", "after": ("cut",), "duration": f"exp({TEST})", "fail_share": FAILS,
                     "rework": f"exp({MEND})"},
                )
            ],
            "needs": [
                row | {"routing": name}
                for name, power in PRODUCTS.items()
                for row in (need("cut", "cutter", until="next"), need("test", "tester"), need("test", "power", power))
            ],
            "breakdowns": [
                {"resource": "cutter", "breakdown": "stop", "clock": "busy", "uptime_hours": f"exp({UPTIME})",
                 "repair_hours": f"exp({REPAIR})", "crew": "fitter"}
            ],
            "sources": [{"source": name, "product": name, "interval_hours": f"exp({EVERY})"} for name in PRODUCTS],
        },
        horizon_weeks=WEEKS,
    )  # fmt: skip


def figures(run: Replication) -> dict[str, float]:
    """The same figures of a replication of the twin."""
    sums = run.groups.sum(axis=0)
    return {
        "done": float(sums[GR_DONE]), "flow time": sums[GR_FLOW] / sums[GR_DONE] / TICKS,
        "inside": sums[GR_TAKEN] / TICKS / HOURS + sums[GR_COUNT],
        "cutters": run.work[0] / TICKS / CUTTERS / HOURS, "testers": run.work[1] / TICKS / TESTERS / HOURS,
    }  # fmt: skip


def test_figures_are_those_of_simpy() -> None:
    """Throughput, flow time, work in progress and use of the machines differ by a few standard errors at most."""
    runs = [figures(run) for run in replicate(compile_arrays(read_factory(park())), range(RUNS))]
    others = [Plant(seed).figures() for seed in range(RUNS)]
    for name in runs[0]:
        one, other = (np.array([found[name] for found in group], float) for group in (runs, others))
        error = math.sqrt((one.var(ddof=1) + other.var(ddof=1)) / RUNS)
        assert error < 0.03 * one.mean(), "too few replications to tell anything"
        assert abs(one.mean() - other.mean()) < WIDE * error, name
