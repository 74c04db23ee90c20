"""An expansion plan in the futures of the twin: how sure each goal is in each year, and what each year may come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.frames_of_invest import InvestFutures, InvestSamples
from aidc_twin.invest.expansion import Expansion
from aidc_twin.invest.future import future
from aidc_twin.park import Goal, Park
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.compile import compile_arrays
from aidc_twin.twin.inputs import PlanInputs
from aidc_twin.twin.result import SimResult
from aidc_twin.twin.run import replicate, seeds_of
from aidc_twin.twin.statistics import finite, interval

__all__ = ["LEAVES_OUT", "Futures", "futures_of"]

LEAVES_OUT = (
    "demand, prices and costs are as planned: only what happens in the park is left to chance",
    "what is begun is in use on its day",
    "nothing is decided anew as the years go by, and queues alone decide what is worked on first",
    "orders after the book are copies of it, made when the plan says; holidays of the book's last year come again",
)
"""What the probabilities of an expansion plan do not hold."""


@dataclass(frozen=True)
class Futures:
    """What the twin makes of a plan and of the park with nothing begun, in the same futures.

    Attributes
    ----------
    frames : ``invest_samples`` and ``invest_futures``.
    found : ``replications``, ``from``, ``until``, ``orders`` of each case, and ``leaves_out``.
    """

    frames: dict[str, pl.DataFrame]
    found: dict[str, Any]


def futures_of(
    park: Park, inputs: PlanInputs, plan: Expansion, goals: Sequence[Goal], seed: int, replications: int, *,
    progress: Progress = SILENT,
) -> Futures:  # fmt: skip
    """Execute an expansion plan, and the park with nothing begun, in as many futures.

    Raises
    ------
    SimulationFault
        If units lock each other, or the kernel stopped before the horizon.
    """
    progress.begin("simulate", len(plan.decided) * replications)
    rows: list[tuple[str, str, int, int, int]] = []
    orders: dict[str, int] = {}
    years: tuple[int, ...] = ()
    for case, decided in plan.decided.items():
        ahead = future(park, inputs, plan.case, decided)
        arrays, years = compile_arrays(ahead.factory, ahead.policy), ahead.years
        runs = replicate(arrays, seeds_of(seed, replications), on_done=progress.advance)
        result, orders[case] = SimResult(ahead.factory, runs), len(ahead.factory.park.orders)
        for goal in goals:
            for year in years:
                yuan = result.goal_yuan(replace(goal, year=year)).tolist()
                rows += [(case, goal.id, year, n, amount) for n, amount in enumerate(yuan)]
    progress.end()
    names = ("case", "goal", "year", "replication", "yuan")
    samples = InvestSamples.validate(pl.DataFrame(rows, schema=names, orient="row"), cast=True)
    found = {
        "replications": replications, "from": min(years, default=None), "until": max(years, default=None),
        "orders": orders, "leaves_out": [*LEAVES_OUT, *_of_park(park)],
    }  # fmt: skip
    return Futures({"invest_samples": samples, "invest_futures": _told(samples, goals)}, found)


def _of_park(park: Park) -> list[str]:
    """What is otherwise in the twin than in the plan of this park."""
    once = [row.calendar for row in park.windows if not row.every_hours]
    once += [row.resource for row in park.buckets if not row.every]
    lines = [f"what is open or there once does not come again in later years: {', '.join(dict.fromkeys(once))}"]
    return (lines if once else []) + (
        ["what sources bring is in the twin, but not in the plan"] if park.sources else []
    )


def _told(samples: pl.DataFrame, goals: Sequence[Goal]) -> pl.DataFrame:
    """Mean with its interval, quantiles, and the share of futures in which a goal is met, by case, goal and year."""
    target = {goal.id: goal.target_yuan for goal in goals}
    rows: list[tuple[Any, ...]] = []
    for (case, goal, year), part in samples.group_by("case", "goal", "year", maintain_order=True):
        yuan = part["yuan"].to_numpy()
        one = interval(yuan)
        quantiles = (round(q) for q in (one.p10, one.p50, one.p90))
        met = float(np.mean(yuan >= target[str(goal)]))
        rows.append((case, goal, year, one.mean, finite(one.half_width_95), *quantiles, met))
    names = ("case", "goal", "year", "mean_yuan", "half_width_95_yuan", "p10_yuan", "p50_yuan", "p90_yuan",
             "probability")  # fmt: skip
    return InvestFutures.validate(pl.DataFrame(rows, schema=names, orient="row"), cast=True)
