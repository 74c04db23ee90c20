"""The best of many scenarios for a goal or a figure, with a stated probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import InputError, Problem
from aidc_twin.loop.rounds import LoopOptions, run_loop
from aidc_twin.loop.simulation import Line
from aidc_twin.park import Goal, Park
from aidc_twin.resources.suggest import cure, listed
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.compile import Policy, read_factory
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.statistics import Selected, SelectionRule, finite, interval, paired_difference, select_best

MORE = ("accepted_mw", "boxes_delivered", "payloads_delivered", "done", "throughput")
LESS = ("flow_time", "order_tardiness", "scrapped", "lost", "in_park", "wait")
"""Kinds of figures of which more, or less, is better; of others that has to be said."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of `SimResult.samples` to select for; `more` says whether more of it is better, None: by its kind.

    `unit` is the one that its delta was written with, which must be its own; empty if it was written without.
    """

    name: str
    unit: str = ""
    more: bool | None = None

    def sign(self, goals: Sequence[Goal]) -> float:
        """1 if more is better, or -1.

        Raises
        ------
        InputError
            If neither is said, nor known by the kind of figure.
        """
        if self.more is not None:
            return 1.0 if self.more else -1.0
        kind = "wait" if self.name.startswith("wait/") else self.name.rpartition("/")[2]
        if self.name in {goal.id for goal in goals} or kind in MORE:
            return 1.0
        if kind in LESS:
            return -1.0
        raise _refused("--better", f"none, for {self.name}", "more or less", "write --better more or --better less")


def planned_lines(
    parks: Sequence[Park], goals: Sequence[Goal], options: LoopOptions, progress: Progress = SILENT
) -> list[Line]:
    """Each park under the plan that its loop kept, with seeds that no loop has seen.

    A plan is chosen for what it gave under the seeds of the loop; judged by the same ones it would look too good.
    """
    fresh = options.seed + max(options.replications, options.most)

    def line(park: Park) -> Line:
        one = run_loop(park, goals, options, progress)
        return Line.of(one.factory, one.kept.policy, fresh, options.workers)

    return [line(park) for park in parks]


def plain_lines(parks: Sequence[Park], seed: int, workers: int = 2) -> list[Line]:
    """Each park without a plan: every order as early as it can be."""
    return [Line.of(read_factory(park), Policy(), seed, workers) for park in parks]


def choose(lines: Mapping[str, Line], goal: Goal, rule: SelectionRule, progress: Progress = SILENT) -> dict[str, Any]:
    """Select the scenario whose mean of a goal is greatest, all under the same seeds.

    Parameters
    ----------
    lines
        By the names of the scenarios.
    rule
        With `delta` in yuan.
    """
    names = list(lines)

    def draw(number: int, begin: int, end: int) -> NDArray[np.float64]:
        line = lines[names[number]]
        return line.goals(line.runs(begin, end, progress=progress), [goal])[:, 0]

    progress.begin("select", rule.most * len(names))
    found = select_best(draw, len(names), rule)
    progress.end()
    return {
        "goal": goal.id, "ledger": goal.ledger, "year": goal.year, "delta_yuan": rule.delta,
        **_outcome(names, found, rule, 1.0, "_yuan"),
    }  # fmt: skip


def choose_by_figure(
    lines: Mapping[str, Line], goals: Sequence[Goal], figure: Figure, rule: SelectionRule, progress: Progress = SILENT
) -> dict[str, Any]:
    """Select the scenario whose mean of a figure is best, all under the same seeds.

    Parameters
    ----------
    lines
        By the names of the scenarios.
    goals
        Whose ledgers are figures too.
    rule
        With `delta` in the figure's own unit.

    Raises
    ------
    InputError
        If a scenario has no such figure in every replication, if delta was written in another unit, or if it is not
        known whether more is better.
    """
    names, sign, units = list(lines), figure.sign(goals), list[str]()

    def draw(number: int, begin: int, end: int) -> NDArray[np.float64]:
        line = lines[names[number]]
        unit, values = _samples(line, line.runs(begin, end, progress=progress), goals, figure, names[number])
        units.append(unit)
        return sign * values

    progress.begin("select", rule.most * len(names))
    found = select_best(draw, len(names), rule)
    progress.end()
    return {
        "figure": figure.name, "unit": units[0], "better": "more" if sign > 0 else "less", "delta": rule.delta,
        **_outcome(names, found, rule, sign, ""),
    }  # fmt: skip


def _samples(
    line: Line, runs: Sequence[Replication], goals: Sequence[Goal], figure: Figure, scenario: str
) -> tuple[str, NDArray[np.float64]]:
    """Unit of a figure, and its value in every replication."""
    known = {name: (unit, values) for name, unit, values in SimResult(line.factory, runs).samples(goals)}
    if figure.name not in known:
        found = f"{figure.name}, which {scenario} does not have"
        raise _refused("--figure", found, listed(known), cure(figure.name, known))
    unit, values = known[figure.name]
    if figure.unit not in ("", unit):
        raise _refused("--delta", figure.unit, f"{unit}, the unit of {figure.name}", f"write it in {unit}")
    if len(values) < len(runs):
        found = f"{figure.name}, of which {scenario} has none in {len(runs) - len(values)} of {len(runs)} replications"
        raise _refused("--figure", found, "one that every replication has", "lengthen horizon_weeks, or name another")
    return unit, values


def _refused(option: str, found: str, allowed: str, fix: str) -> InputError:
    return InputError(Problem("command line", 0, option, found, allowed, fix, "bad-option"))


def _outcome(names: Sequence[str], found: Selected, rule: SelectionRule, sign: float, end: str) -> dict[str, Any]:
    """What came of a selection; `end` is that of the names of amounts."""
    return {
        "selected": names[found.best],
        "reached": found.reached, "confidence": rule.confidence,
        "survivors": [names[i] for i in found.stages[-1].survivors],
        "scenarios": _rows(names, found, sign, end),
        "stages": [
            {"replications": stage.replications, "survivors": [names[i] for i in stage.survivors]}
            for stage in found.stages
        ],
    }  # fmt: skip


def _rows(names: Sequence[str], found: Selected, sign: float, end: str) -> list[dict[str, Any]]:
    """Each scenario, the best mean first: what was spent on it, and how far it lay behind while it was in."""
    best = found.samples[found.best]
    rows: list[tuple[tuple[bool, float], dict[str, Any]]] = []
    for i, name in enumerate(names):
        samples = found.samples[i]
        behind = paired_difference(samples, best[: len(samples)])
        row = {
            "scenario": name, "replications": len(samples), "stayed": i in found.stages[-1].survivors,
            f"mean{end}": sign * float(samples.mean()), f"half_width_95{end}": finite(interval(samples).half_width_95),
            f"behind{end}": behind.mean, f"behind_half_width_95{end}": finite(behind.half_width),
        }  # fmt: skip
        rows.append(((i != found.best, behind.mean), row))
    return [row for _, row in sorted(rows, key=lambda one: one[0])]
