"""A plan beside the published one: what has moved, and albums of a plan that was held near it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from aidc_twin.plan import make_plan, moved_object, moves
from aidc_twin.plan.album import make_album
from aidc_twin.solver import Profile

EXACT = Profile(gap=1e-9, nodes=10_000, highs={"solver": "ipm"})


def released(*rows: tuple[str, int, float]) -> pl.DataFrame:
    """``plan_releases`` of boxes, as (order, week, MW)."""
    return pl.DataFrame(
        [(order, "boxes", week, mw) for order, week, mw in rows],
        schema={"order": pl.String, "group": pl.String, "week": pl.Int64, "quantity_mw": pl.Float64}, orient="row",
    )  # fmt: skip


def test_moves_are_told_by_mean_week_furthest_first() -> None:
    """a: half a week later; b: 3 weeks earlier; c stays; d is new, e is gone."""
    before = released(("a", 4, 2.0), ("b", 9, 1.0), ("c", 2, 1.0), ("c", 3, 1.0), ("e", 1, 1.0))
    after = released(("a", 4, 1.0), ("a", 5, 1.0), ("b", 6, 1.0), ("c", 2, 1.0), ("c", 3, 1.0), ("d", 8, 1.0))
    assert moves(before, after).rows() == [
        ("b", "boxes", 9.0, 6.0, -3.0), ("a", "boxes", 4.0, 4.5, 0.5),
        ("d", "boxes", None, 8.0, None), ("e", "boxes", 1.0, None, None),
    ]  # fmt: skip
    assert moved_object(before, after)["near"]["groups"] == 3
    assert moved_object(None, after) == {}


def test_a_move_costs_a_share_of_the_value_for_each_week(make_tiny: Callable[..., Any], line: Any) -> None:
    """2 亿元 from week 5 to week 8: 3 x 0.005 of it less margin."""
    inputs = make_tiny([line(1.0, 9, value_yi=2.0)], [0.0] * 8 + [1.0] * 2)
    published = released(("O0", 5, 1.0)).with_columns(group=pl.lit("modules"))
    plans = [make_plan(inputs, (), profile=EXACT, previous=one) for one in (None, published)]
    assert [plan.frames["plan_releases"]["week"].to_list() for plan in plans] == [[8], [8]]
    free, held = (p.frames["plan_levels"].filter(pl.col("name") == "margin")["objective"].item() for p in plans)
    assert free - held == pytest.approx(3 * 0.005 * 2, abs=1e-9)


def test_nothing_moves_only_to_be_just_in_time(make_tiny: Callable[..., Any], line: Any) -> None:
    """Three weeks of holding cost less than a move of one; but a due date moves it, since lateness comes first."""
    published = released(("O0", 5, 1.0)).with_columns(group=pl.lit("modules"))
    for due, week in ((9, 5), (4, 3)):
        inputs = make_tiny([line(1.0, due, value_yi=2.0)], [1.0] * 10)
        held = make_plan(inputs, (), profile=EXACT, previous=published)
        assert held.frames["plan_releases"]["week"].to_list() == [week]


def test_an_album_weighs_its_plans_as_the_best_one_was(make_tiny: Callable[..., Any], line: Any) -> None:
    """The first page's margin is that of the plan, change included, so that losses are counted from there."""
    inputs = make_tiny([line(1.0, 9, value_yi=2.0), line(1.0, 9, value_yi=2.0)], [1.0] * 10)
    previous = released(("O0", 2, 1.0), ("O1", 3, 1.0)).with_columns(group=pl.lit("modules"))
    best = make_plan(inputs, (), profile=EXACT, previous=previous)
    album = make_album(inputs, (), best, count=3, loss=0.05, profile=EXACT, previous=previous)
    margin = best.frames["plan_levels"].filter(pl.col("name") == "margin")["objective"].item()
    assert len(album.pages) > 1
    for page in album.pages[1:]:
        assert margin - album.allowed["margin"] - 1e-9 <= page.levels["margin"] <= margin + 1e-9
