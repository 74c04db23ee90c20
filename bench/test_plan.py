"""P9: the master plan of the shipped park, from inputs that the twin has measured to its published frames."""

from __future__ import annotations

import statistics
import time
from typing import Any

from aidc_twin.park import load_goals, load_park
from aidc_twin.plan import make_plan
from aidc_twin.solver import load_profile
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import read_factory
from aidc_twin.twin.items import find_items
from aidc_twin.twin.run import seeds_of
from aidc_twin.verify import check_plan
from bench.conftest import Note
from bench.registry import cases_of

ROUNDS = 3
MOST_GAP, LEAST_ORDERS, WEEKS = 0.01, 300, 104
UNHURRIED = {"time_limit_s": 86_400.0}
"""The clock of a machine that others use decides nothing; gap and work limits are those of the profile."""


def test_master_plan(benchmark: Any, note: Note) -> None:
    """CPU time of the whole plan, the share of it that builds the model, and the largest gap of a level."""
    (case,) = cases_of("plan")
    park = load_park(case.park)
    factory = read_factory(park)
    inputs = plan_inputs(free_flow(factory, find_items(factory), seeds_of(1, 4)))
    goals = load_goals(park.head.goals).goals
    profile = load_profile("default").model_copy(update=UNHURRIED)
    spent: list[float] = []
    shares: list[float] = []
    gaps: list[float] = []

    def measure() -> None:
        began = time.process_time()
        plan = make_plan(inputs, goals, profile=profile)
        spent.append(time.process_time() - began)
        shares.append(plan.build_s / (plan.build_s + plan.solve_s))
        gaps.append(plan.gap)
        levels = plan.frames["plan_levels"]
        assert plan.replayable
        assert levels.height == 3
        assert levels["gap"].max() <= MOST_GAP
        assert plan.frames["plan_orders"].height >= LEAST_ORDERS
        assert inputs.weeks == WEEKS
        assert check_plan(park, plan.frames, {"items": inputs.items}).ok

    benchmark.pedantic(measure, rounds=ROUNDS)
    assert len(set(gaps)) == 1
    note("plan", case.name, statistics.median(spent))
    note("plan, building", case.name, statistics.median(shares))
    note("plan, gap", case.name, max(gaps))
