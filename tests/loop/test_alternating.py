"""Rounds that go to and fro between two plans: seen, told, and ended with the better one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from generated_loops import generated

from aidc_twin.loop import LoopOptions, LoopResult, published, run_loop, summary
from aidc_twin.loop.alternating import APART_WEEKS, alternate, release_curve, weeks_moved
from aidc_twin.loop.rounds import _best
from aidc_twin.twin.inputs import Floats, PlanInputs

OPTIONS = LoopOptions(replications=8, rounds=8, workers=1, schedule_weeks=1, traced=4, profile="quick")


def curve(*weeks: float) -> Floats:
    """Ten megawatts of one family, as many of them by the end of each of ten weeks as were released up to it."""
    done = np.zeros((1, 10))
    for week in weeks:
        done[0, int(week) :] += 10 / len(weeks)
    return done


def swings(ratio: float, count: int) -> list[Floats]:
    """Plans around week 4 that lie two weeks, then less by a ratio from round to round, to either side of it."""
    steps = [2 * (-ratio) ** n for n in range(count)]
    return [np.clip(5.0 + np.arange(10.0) - 4 - step, 0, 10)[None] for step in steps]


def test_weeks_moved_is_how_long_a_megawatt_waits_more() -> None:
    """One half two weeks later is one week in the mean; what is never released counts at the horizon."""
    assert weeks_moved(curve(2, 4), curve(2, 6)) == pytest.approx(1.0)
    assert weeks_moved(curve(2, 6), curve(2, 4)) == pytest.approx(1.0)
    assert weeks_moved(curve(2), curve(2)) == 0.0
    assert weeks_moved(curve(2), np.zeros((1, 10))) == pytest.approx(8.0)
    assert weeks_moved(np.zeros((1, 10)), np.zeros((1, 10))) == 0.0
    assert weeks_moved(np.zeros((0, 10)), np.zeros((0, 10))) == 0.0


def test_two_plans_in_turn_alternate() -> None:
    """A, B, A, B; not three rounds of it, nor A, A, B, B, nor A, B, C, B, nor plans that hardly differ."""
    a, b, c = curve(2, 4), curve(3, 6), curve(5, 8)
    assert alternate([a, b, a, b])
    assert alternate([c, a, b, a, b])
    assert not alternate([b, a, b])
    assert not alternate([a, a, b, b])
    assert not alternate([a, b, c, b])
    assert not alternate([a, a, a, a])
    near = a + np.linspace(0, APART_WEEKS, 10) / 5
    assert 0 < weeks_moved(a, near) < APART_WEEKS
    assert not alternate([a, near, a, near])


def test_swings_that_end_by_themselves_do_not_alternate() -> None:
    """Each a third smaller than the one before: the loop goes on; a twentieth smaller: that would take for ever."""
    assert not alternate(swings(0.67, 4))
    assert alternate(swings(0.95, 4))


def test_orders_of_a_family_that_change_places_move_nothing(tiny_loop: LoopResult) -> None:
    """The curve holds every released megawatt of each family once, whichever order it is of."""
    one = tiny_loop.kept
    releases = one.plan.frames["plan_releases"]
    found = release_curve(one.inputs, releases)
    assert found.shape == (len(one.inputs.families), one.inputs.weeks)
    assert found[:, -1].sum() == pytest.approx(releases["quantity_mw"].sum())
    assert (np.diff(found, axis=1) >= 0).all()
    items = one.inputs.items.with_columns(family=pl.lit(0))
    same = replace(one.inputs, items=items)
    assert release_curve(same, releases)[0] == pytest.approx(found.sum(axis=0))


@pytest.fixture(scope="module")
def swinging() -> LoopResult:
    """A loop that is told by turns of all machines and of half of them, and of twice what is posted."""
    told: list[PlanInputs] = []

    def by_turns(inputs: PlanInputs, *_: object) -> PlanInputs:
        told.append(inputs)
        first, share = told[0], 1.0 if len(told) % 2 else 0.5
        return replace(
            first, capacity=first.capacity * share, post_owned=2 * first.post_owned,
            post_consigned=2 * first.post_consigned,
        )  # fmt: skip

    case = generated(23)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aidc_twin.loop.rounds.corrected", by_turns)
        return run_loop(case.park, case.goals, OPTIONS)


def test_a_loop_that_swings_ends_with_the_better_plan(swinging: LoopResult) -> None:
    """Four rounds of A, B, A, B after the first one are enough; the result names both distances and keeps the best."""
    assert swinging.alternates
    assert len(swinging.rounds) == 5 < OPTIONS.rounds
    last, before = swinging.rounds[-1], swinging.rounds[-2]
    assert swinging.message == (
        f"the rounds alternate between two plans, {before.gap:.2%} and {last.gap:.2%} apart from the twin; "
        "the best round is kept"
    )
    assert swinging.kept is _best(swinging.rounds, swinging.goals)
    public = published(swinging)
    assert public.certificate.ok
    loop = summary(swinging, public, "x", [])["loop"]
    assert (loop["alternates"], loop["converged"]) == (True, False)


def test_a_loop_that_agrees_does_not_alternate(tiny_loop: LoopResult) -> None:
    """Nor does one with too few rounds to say so."""
    assert not tiny_loop.alternates
    agreeing = replace(tiny_loop.kept, rows=[(*row[:4], 0.0, 0.0) for row in tiny_loop.kept.rows])
    assert not replace(tiny_loop, kept=agreeing, rounds=[agreeing] * 4).alternates
