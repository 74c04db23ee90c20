"""How much of a shared supply can be on at once: weeks worked out by hand, and a park whose tests are large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aidc_twin.loop.rounds import LoopOptions, run_loop
from aidc_twin.park import Park, load_goals, load_park
from aidc_twin.twin.concurrency import concurrency, full_weeks
from aidc_twin.twin.profiles import OpenTime, Uses
from aidc_twin.units.quantity import parse_quantity

WEEK = 100
ALWAYS = OpenTime(np.zeros(0), np.zeros(0))
TINY = Path(__file__).parents[1] / "parks" / "tiny"


def uses(rows: Sequence[tuple[int, int, float]]) -> Uses:
    """What units use of resource 1: from, to, amount."""
    start, end, amount = zip(*rows, strict=True)
    size = len(rows)
    return Uses(
        np.arange(size), np.ones(size, np.int64), np.array(amount, float), np.array(start, np.int64),
        np.array(end, np.int64),
    )  # fmt: skip


def test_weeks_in_which_nothing_more_fits_tell_how_much_is_on() -> None:
    """Pieces of 5 on a limit of 8: one after the other for 200 ticks, with 3 beside them in half of the second week.

    The first week is not counted (nobody knows whether the limit was there before), the third one is empty.
    """
    use = uses([(0, 120, 5.0), (120, 200, 5.0), (150, 200, 3.0)])
    assert full_weeks(use, ALWAYS, np.full(3, 8.0), WEEK, 1).tolist() == [pytest.approx((5.0 + 1.5) / 8.0)]
    assert full_weeks(use, ALWAYS, np.full(3, 8.0), WEEK, 0).size == 0


def test_a_limit_with_room_for_a_piece_does_not_bind() -> None:
    """Two pieces of 2 on 8 leave room for another two; a tenth of a week without a piece is room as well."""
    assert full_weeks(uses([(0, 300, 2.0), (0, 300, 2.0)]), ALWAYS, np.full(3, 8.0), WEEK, 1).size == 0
    assert full_weeks(uses([(0, 190, 5.0), (200, 300, 5.0)]), ALWAYS, np.full(3, 8.0), WEEK, 1).size == 1


def test_a_limit_that_moves_is_left_out() -> None:
    """8 in two weeks, 6 in the others: the third week begins with what was on before."""
    limit = np.array([8.0, 8.0, 6.0, 6.0])
    found = full_weeks(uses([(0, 400, 5.0)]), ALWAYS, limit, WEEK, 1)
    assert found.tolist() == pytest.approx([5 / 8, 5 / 6])


def test_closed_time_does_not_count() -> None:
    """Open for the first half of each week: 5 of 8 are on whenever it is open."""
    opened = OpenTime(np.array([0.0, 50, 100, 150, 200, 250]), np.array([0.0, 50, 50, 100, 100, 150]))
    use = uses([(0, 50, 5.0), (100, 150, 5.0), (200, 250, 5.0)])
    assert full_weeks(use, opened, np.full(3, 8.0), WEEK, 1).tolist() == pytest.approx([5 / 8, 5 / 8])


def test_the_middle_week_counts_and_a_share_does_not_fall() -> None:
    """Weeks of 5, 5 and 8 of 8 on: 5 eighths; what was found before holds, unless more is seen."""
    use = uses([(0, 400, 5.0), (300, 400, 3.0)])
    told = [use], [ALWAYS, ALWAYS], np.full((2, 4), 8.0), WEEK, 1
    assert concurrency(*told, before=1.0) == pytest.approx(5 / 8)
    assert concurrency(*told, before=0.7) == pytest.approx(0.7)
    idle = [uses([(0, 10, 5.0)])], *told[1:]
    assert concurrency(*idle, before=1.0) == 1.0
    assert concurrency(*idle, before=0.7) == 0.7


def test_a_batch_is_one_piece() -> None:
    """Two pieces of 5 on a limit of 8, each taken by a batch of five: nothing more fits, though each unit takes 1."""
    rows = [(0, 200, 1.0)] * 5 + [(200, 300, 1.0)] * 5
    assert full_weeks(uses(rows), ALWAYS, np.full(3, 8.0), WEEK, 1).size == 0
    batches = replace(uses(rows), piece=np.full(10, 5.0))
    assert full_weeks(batches, ALWAYS, np.full(3, 8.0), WEEK, 1).tolist() == pytest.approx([5 / 8, 5 / 8])


def short_of_power(park: Park) -> Park:
    """The tiny park with plenty of all but test power: 800 kW for tests of 500 and 100 kW, orders of 60 MW."""
    ample = ("frame_bay", "fitters", "floor", "test_rig", "cash", "site_crew", "designers", "pump_cell")
    capacity = tuple(
        row.model_copy(update={"amount": parse_quantity(repr(row.amount.value * 50)), "phase": ""})
        if row.resource in ample else row
        for row in park.capacity if row.part != "rented"
    )  # fmt: skip
    quota = {"weekly_quota": parse_quantity("100000")}
    materials = tuple(row.model_copy(update=quota) if row.weekly_quota is not None else row for row in park.materials)
    orders = tuple(row.model_copy(update={"quantity_mw": 60.0}) for row in park.orders)
    return replace(park, capacity=capacity, materials=materials, orders=orders)


def test_the_second_plan_uses_what_large_tests_leave_of_the_power() -> None:
    """The first plan counts on 800 kW where the twin can have 540 on; the second one on what it had."""
    park = short_of_power(load_park(TINY))
    goals = load_goals(park.head.goals).goals
    loop = run_loop(park, goals, LoopOptions(replications=4, rounds=2, workers=1, traced=4))
    power = loop.factory.resources.index("test_power")
    ratios: list[float] = []
    for one in loop.rounds[:2]:
        load = one.plan.frames["plan_load"].filter(kind="resource", name="test_power").sort("week")
        planned, limit = load["used"].to_numpy(), load["available"].to_numpy()
        on = np.mean([run.used[power] for run in one.result.replications], axis=0)
        binds = planned > 0.95 * limit
        ratios.append(float(on[binds].sum() / planned[binds].sum() / loop.factory.clock.ticks_per_week / 1000))
    assert ratios[0] == pytest.approx(0.67, abs=0.05)
    assert ratios[1] == pytest.approx(1.0, abs=0.07)
    shares = loop.rounds[1].inputs.at_once
    assert shares is not None
    assert shares[power] == pytest.approx(0.67, abs=0.04)
    assert np.delete(shares, power).tolist() == [1.0] * (len(shares) - 1)
