"""Plans from raw capacities, as the bench of the loop's value makes them."""

from __future__ import annotations

import pytest
from generated_loops import generated

from aidc_twin.loop.causes import CAUSES, Case
from aidc_twin.loop.rounds import buffered
from aidc_twin.plan import make_plan
from aidc_twin.solver import load_profile
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import Policy, read_factory
from aidc_twin.twin.items import find_items


def test_simplex_takes_over_where_the_interior_point_method_gives_up() -> None:
    """HiGHS left the plan of a drawn park on which nothing fails with a solve error; simplex finds it."""
    drawn = generated(5015)
    given = Case(drawn.park, Policy(), {})
    for cause in CAUSES:
        given = cause.off(given) if cause.name in {"breakdown", "rework and scrap"} else given
    factory = read_factory(given.park)
    inputs = plan_inputs(free_flow(factory, find_items(factory), [1, 2, 3, 4]))
    usual = load_profile("quick")
    assert usual.highs["solver"] == "ipm"
    simplex = usual.model_copy(update={"highs": {**usual.highs, "solver": "simplex"}})
    found, known = (make_plan(inputs, buffered(drawn.goals, []), profile=one) for one in (usual, simplex))
    assert found.status == known.status == "optimal"
    assert found.replayable
    assert found.goal_planned == pytest.approx(known.goal_planned, rel=2e-2)
    levels = [plan.frames["plan_levels"]["objective"][0] for plan in (found, known)]
    assert levels[0] == pytest.approx(levels[1], abs=1e-3)
