"""Dispatching: each rule gives priorities, the twin's kernel decodes them with mean durations, the best one is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from aidc_twin.frames import PhaseOpenings
from aidc_twin.frames import build as frame
from aidc_twin.twin.allotments import allotments
from aidc_twin.twin.compile import Factory, Policy, compile_arrays
from aidc_twin.twin.kernel.layout import ParkArrays
from aidc_twin.twin.replication import Replication
from aidc_twin.twin.run import run_once
from aidc_twin.twin.trace import operations, postings, supply

RANKED_FIRST = 2**50
"""Ranks of scheduled steps lie this far before the priorities of all others."""


@dataclass(frozen=True)
class Schedule:
    """The near weeks as operations.

    Attributes
    ----------
    frames : ``schedule_operations``, ``schedule_supply``, ``schedule_postings``, ``phase_openings``; where work is
        shared out by period, ``schedule_allotments``.
    rule : dispatching rule that won.
    scores : weighted tardiness of each rule, order-weeks.
    rank : priority of each scheduled step by (unit id, operation), for the twin.
    weighted_tardiness : of all orders when the rule is kept to the horizon with mean durations, order-weeks.
    makespan_s : last end of a scheduled operation after the epoch, s.
    done : tick of acceptance of each order under that rule, -1 where it is not accepted within the park's horizon.
    """

    frames: Mapping[str, pl.DataFrame]
    rule: str
    scores: Mapping[str, float]
    rank: Mapping[tuple[str, str], int]
    weighted_tardiness: float
    makespan_s: float
    weeks: int
    done: Mapping[str, int]

    @property
    def operations(self) -> int:
        """Number of scheduled operations."""
        return len(self.frames["schedule_operations"])


def make_schedule(factory: Factory, policy: Policy, weeks: int, rules: Sequence[str] = ()) -> Schedule:
    """Schedule the operations that start within `weeks` under the best of the dispatching `rules` (all by default).

    Raises
    ------
    ValueError
        If there is no such rule.
    """
    known = priorities(factory, policy)
    if unknown := [rule for rule in rules if rule not in known]:
        raise ValueError(f"no dispatching rule is called {', '.join(unknown)}; there are {', '.join(known)}")
    best: tuple[float, str, ParkArrays, Replication] | None = None
    scores: dict[str, float] = {}
    for rule in rules or tuple(known):
        arrays = compile_arrays(factory, replace(policy, priority=known[rule]))
        run = run_once(arrays, 0, means=True, trace=True)
        scores[rule] = weighted_tardiness(factory, run)
        if best is None or scores[rule] < best[0]:
            best = (scores[rule], rule, arrays, run)
    if best is None:
        raise ValueError("no dispatching rule was given")
    score, rule, arrays, run = best
    until = min(weeks * factory.clock.ticks_per_week, factory.horizon)
    rows = operations(factory, run, until)
    frames = {
        "schedule_operations": rows,
        "schedule_supply": supply(factory, arrays, run, until),
        "schedule_postings": postings(factory, arrays, run, until),
        "phase_openings": _openings(factory, run),
    }
    if any(row.kind == "bucketed" for row in factory.park.resources):
        frames["schedule_allotments"] = allotments(factory, run).filter(pl.col("start_tick") < until)
    return Schedule(
        frames=frames,
        rule=rule,
        scores=scores,
        rank=ranks(rows),
        weighted_tardiness=score,
        makespan_s=makespan(factory, rows),
        weeks=weeks,
        done=completions(factory, run),
    )


def completions(factory: Factory, run: Replication) -> dict[str, int]:
    """Tick of acceptance of each order, -1 for one that is not accepted."""
    whole = [i for i, unit in enumerate(factory.units) if unit.parent < 0]
    return {factory.orders[i].order: int(run.job_done[i]) for i in whole}


def priorities(factory: Factory, policy: Policy) -> dict[str, dict[str, int]]:
    """Priority of each unit by rule: planned release, earliest due date, weighted due date, first come first served."""
    due = [factory.clock.ticks(order.due) for order in factory.orders]
    weight = [order.weight for order in factory.orders]
    ids = [unit.id for unit in factory.units]
    week = factory.clock.ticks_per_week
    planned = [policy.priority.get(name, due[i]) for i, name in enumerate(ids)]
    return {
        "planned": dict(zip(ids, planned, strict=True)),
        "earliest due date": dict(zip(ids, due, strict=True)),
        "weighted due date": {name: due[i] - round((weight[i] - 1.0) * 4 * week) for i, name in enumerate(ids)},
        "first come first served": dict.fromkeys(ids, 0),
    }


def weighted_tardiness(factory: Factory, run: Replication) -> float:
    """Sum over orders of weight times weeks after the due date; an order that is not accepted counts to the horizon."""
    whole = [i for i, unit in enumerate(factory.units) if unit.parent < 0]
    due = np.array([factory.clock.ticks(factory.orders[i].due) for i in whole], np.float64)
    weight = np.array([factory.orders[i].weight for i in whole])
    done = run.job_done[whole]
    end = np.where(done >= 0, done, factory.horizon)
    return float((weight * np.maximum(0.0, end - due)).sum() / factory.clock.ticks_per_week)


def ranks(rows: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Scheduled steps of orders' units in the order of their first starts, before everything that is not scheduled."""
    steps = rows.filter((pl.col("during") == "operation") & (pl.col("order") != "")).sort(
        "start_tick", "unit_id", "operation"
    )
    first = steps.select("unit_id", "operation").unique(keep="first", maintain_order=True)
    return {(unit, operation): n - RANKED_FIRST for n, (unit, operation) in enumerate(first.iter_rows())}


def _openings(factory: Factory, run: Replication) -> pl.DataFrame:
    names = [row.phase for row in factory.park.phases]
    return frame(PhaseOpenings, {"phase": names, "tick": run.phase_open.tolist()})


def makespan(factory: Factory, rows: pl.DataFrame) -> float:
    """Last end of an operation after the epoch, s."""
    last = rows.get_column("end_tick").max() if len(rows) else 0
    return float(last) * factory.park.head.tick_us / 1e6  # pyright: ignore[reportArgumentType]  because the column is whole
