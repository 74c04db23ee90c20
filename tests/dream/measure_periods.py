"""What a run says about a model whose capacity is shared out by period, in the words of its results.

Which order rows of one instant have is found by going through the shares of each period once more.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from dream_model import Inexpressible
from dream_periods import Periods

from aidc_twin.park import Park
from aidc_twin.twin.allotments import allotments
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.twin.run import run_once

SMALL = Fraction(1, 10**6)
"""What is left of a project's work by less has come from rounding."""
Share = tuple[str, Fraction]


def period_figures(park: Park, plan: Periods) -> dict[str, dict[str, Any]]:
    """Results by element."""
    factory = read_factory(park)
    run = run_once(compile_arrays(factory), 1, trace=True)
    shares: dict[tuple[int, str], list[Share]] = {}
    for _, project, station, _, start, _, amount in allotments(factory, run).iter_rows():
        period = (Fraction(start, plan.per_unit) - plan.start) / plan.interval
        shares.setdefault((int(period), station), []).append(
            (project, Fraction(round(1000 * amount), 1000 * plan.fine))
        )
    if plan.model.end is None and (run.job_done < 0).any():
        raise Inexpressible("work that is never done")
    return Replay(plan, shares).all()


class Replay:
    """Goes through the periods with the shares that were allotted."""

    def __init__(self, plan: Periods, shares: dict[tuple[int, str], list[Share]]) -> None:
        self.plan, self.shares = plan, shares
        self.lines = {station: dict(plan.stock(station)) for station in plan.buffer}
        self.work: dict[str, list[Share]] = {station: [] for station in plan.buffer}
        self.given: dict[tuple[str, str], Fraction] = {}
        self.used: dict[str, list[dict[str, Any]]] = {station: [] for station in plan.buffer}
        self.plans: dict[str, list[dict[str, Any]]] = {station: [] for station in plan.buffer}
        self.schedule: dict[str, list[dict[str, Any]]] = {project: [] for project in plan.projects}
        self.through: dict[str, list[Fraction]] = {
            node: [] for station, node in plan.exit.items() if station not in plan.next
        }

    def all(self) -> dict[str, dict[str, Any]]:
        """Every element that we have figures of."""
        plan, period = self.plan, 0
        time = plan.start
        while plan.model.end is None or time < plan.model.end:
            self.finish(time)
            if not any(self.lines.values()):
                break
            for station in plan.buffer:
                self.begin(station, period, time)
            period, time = period + 1, time + plan.interval
        found: dict[str, dict[str, Any]] = {}
        for station in plan.buffer:
            rows = self.used[station]
            mean = sum(row["utilization"] for row in rows) / len(rows) if rows else 0.0
            found[station] = {"capacityUsed": rows, "detailedWorkPlan": self.plans[station], "meanUtilization": mean}
        for node, times in self.through.items():
            number = len(times)
            found[node] = {
                "throughput": [number],
                "lifespan": [float(sum(times) / number) if number else 0],
                "takt_time": [float(times[-1] / number) if number else 0],
            }
        return found | {project: {"schedule": rows} for project, rows in self.schedule.items()}

    def finish(self, time: Fraction) -> None:
        """A period is over: what was done goes on to the next stations."""
        done = self.work
        self.work = {station: [] for station in self.plan.buffer}
        exits = {self.plan.exit[station]: station for station in self.plan.buffer}
        for station, rows in done.items():
            for project, _ in rows:
                next(row for row in self.schedule[project] if row["stationId"] == station)["exitTime"] = float(time)
                if station not in self.plan.next:
                    self.through[self.plan.exit[station]].append(time)
        for node in self.plan.model.nodes:
            if node in exits and exits[node] in self.plan.next:
                for project, amount in done[exits[node]]:
                    self.forward(project, exits[node], amount)

    def forward(self, project: str, station: str, amount: Fraction) -> None:
        """What a project has had done at a station brings work to the next one."""
        plan, to = self.plan, self.plan.next[station]
        need = plan.need(project, to)
        if plan.full[station]:
            if project in self.lines[station]:
                return
            amount = plan.need(project, station)
        line = self.lines[to]
        line[project] = line.get(project, Fraction(0)) + need * amount / plan.need(project, station)

    def begin(self, station: str, period: int, time: Fraction) -> None:
        """A period begins: rows stand in the order of the line, what was split behind, by due date."""
        plan, line = self.plan, self.lines[station]
        shares = dict(self.shares.get((period, station), []))
        if plan.full[station]:
            for project in line:
                line[project] = plan.need(project, station) - self.given.get((project, station), Fraction(0))
        split = [project for project in line if project in shares and line[project] - shares[project] > SMALL]
        split.sort(key=plan.due)
        rows = [project for project in line if project in shares and project not in split]
        own = plan.capacity(station, period)
        used: dict[str, Any] = {"period": float(time)}
        for project in (*rows, *split):
            amount = shares[project]
            used[project] = float(amount)
            self.work[station].append((project, amount))
            self.given[project, station] = self.given.get((project, station), Fraction(0)) + amount
            words = {"time": float(time), "operation": station, "project": project, "allocation": float(amount)}
            self.plans[station].append(words)
            if not any(row["stationId"] == station for row in self.schedule[project]):
                self.schedule[project].append({"stationId": station, "entranceTime": float(time)})
            left = line.pop(project) - amount
            if project in split:
                line[project] = left
        used["utilization"] = float(sum(shares.values()) / own) if own else 0.0
        self.used[station].append(used)
