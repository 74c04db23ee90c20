"""The album: plans that lose little, differ where they say they do, and are not there twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest

from aidc_twin.plan import Plan, load_formulation, make_plan
from aidc_twin.plan.album import APART, Album, Page, directions, make_album
from aidc_twin.plan.measures import FEWER, MORE, Measure
from aidc_twin.plan.stocks import served_base
from aidc_twin.solver import Profile

LOSS = 0.02


def drawn(make_synthetic: Callable[..., Any]) -> Any:
    """25 orders over 30 weeks."""
    return make_synthetic(orders=25, weeks=30, lags=8, resources=6, materials=4, seed=7)


def markets(inputs: Any) -> dict[str, str]:
    """Every third order goes abroad."""
    return {o: "export" if int(o[1:]) % 3 == 0 else "domestic" for o in inputs.items["order"].to_list()}


@pytest.fixture(scope="module")
def memory() -> dict[str, Any]:
    """Kept for all tests below."""
    return {}


def album_of(make_synthetic: Callable[..., Any], goals: Any, memory: dict[str, Any]) -> tuple[Any, Plan, Album]:
    """Inputs, best plan, and an album of five more."""
    if "album" not in memory:
        inputs = drawn(make_synthetic)
        best = make_plan(inputs, goals)
        album = make_album(inputs, goals, best, count=5, loss=LOSS, markets=markets(inputs))
        memory["album"] = inputs, best, album
    return memory["album"]


def levels_of(inputs: Any, goals: Any, page: Page) -> dict[str, float]:
    """Levels of a plan, from its published frames and the data alone."""
    frames, formulation = page.frames, load_formulation("default")
    planned = {goal: rows["planned_yuan"].sum() for (goal,), rows in frames["plan_goals"].group_by("goal")}
    missing = sum(max(0.0, 1.0 - planned[goal.id] / goal.amount_yuan) for goal in goals)
    rows = frames["plan_releases"].join(inputs.items, on=["order", "group"]).with_columns(
        late=pl.max_horizontal(0, pl.col("week") + pl.col("flow_weeks") - pl.col("due_week")),
        early=pl.max_horizontal(0, pl.min_horizontal(pl.col("due_week") - pl.col("flow_weeks"), inputs.weeks - 1)
                                - pl.col("week")),
        share=pl.col("quantity_mw") / pl.col("quantity_mw_right"),
    )  # fmt: skip
    never = np.maximum(
        0, inputs.weeks + np.maximum(formulation.never_weeks, inputs.items["flow_weeks"]) - inputs.items["due_week"]
    )
    done = rows.group_by("item").agg(pl.col("share").sum())
    left = inputs.items.join(done, on="item", how="left", maintain_order="left")["share"].fill_null(0.0)
    tardiness = (rows["weight"] * rows["share"] * rows["late"]).sum()
    tardiness += float((inputs.items["weight"].to_numpy() * (1.0 - left.to_numpy()) * never).sum())
    week = formulation.weights.holding_week
    gain = (rows["share"] * (rows["value_yi"] - rows["cost_yi"] * (1.0 + week * rows["early"]))).sum()
    above = frames["plan_shifts"].with_columns(pl.col("level") - 1)
    cost = dict(zip(inputs.calendars, inputs.level_cost.tolist(), strict=True))
    gain -= sum(cost[name] * level for name, _, level in above.iter_rows())
    stock = frames["plan_load"].filter(kind="material")
    price = dict(zip(inputs.materials, inputs.material_price.tolist(), strict=True))
    gain -= week * sum(price[n] * (a - u) for n, a, u in stock.select("name", "available", "used").iter_rows())
    return {"shortfall": missing, "tardiness": tardiness, "margin": gain}


def test_each_plan_loses_no_more_than_it_may(
    make_synthetic: Callable[..., Any], two_goals: Any, memory: dict[str, Any]
) -> None:
    """Levels worked out from the frames of each plan are those it tells, and within the loss of the best one's."""
    inputs, _, album = album_of(make_synthetic, two_goals, memory)
    assert len(album.pages) == 6
    assert album.complete
    best = levels_of(inputs, two_goals, album.pages[0])
    value = {"shortfall": len(two_goals) - best["shortfall"], "tardiness": best["tardiness"], "margin": best["margin"]}
    reference = {row["name"]: row["reference"] for row in album.pages[0].frames["plan_levels"].iter_rows(named=True)}
    for page in album.pages:
        told = levels_of(inputs, two_goals, page)
        for name, objective in told.items():
            assert objective == pytest.approx(page.levels[name], rel=1e-4, abs=1e-4), name
            lost = (best[name] - objective) if name == "margin" else objective - best[name]
            assert lost <= LOSS * value[name] + 1e-5 * reference[name], (page.name, name)


def test_each_plan_differs_where_it_says(
    make_synthetic: Callable[..., Any], two_goals: Any, memory: dict[str, Any]
) -> None:
    """The structure after which a plan is named has moved that way by a twentieth at least, counted from its frames."""
    inputs, _, album = album_of(make_synthetic, two_goals, memory)
    share = inputs.year_share[2027]
    half = np.cumsum(share) <= 0.5 * share.sum()
    abroad = markets(inputs)

    def value(page: Page, of: Callable[[dict[str, Any]], bool]) -> float:
        rows = page.frames["plan_releases"].join(inputs.items, on=["order", "group"])
        return sum(
            share[row["week"]] * row["value_yi"] * row["quantity_mw"] / row["quantity_mw_right"]
            for row in rows.iter_rows(named=True) if of(row)
        )  # fmt: skip

    def counted(page: Page, name: str) -> float:
        if name.startswith("extra shifts of "):
            own = page.frames["plan_shifts"].filter(calendar=name.removeprefix("extra shifts of "))
            return float((own["level"] - 1).sum())
        if name == "materials in stock":
            load = page.frames["plan_load"].filter(kind="material")
            price = dict(zip(inputs.materials, inputs.material_price.tolist(), strict=True))
            rows = load.select("name", "available", "used").iter_rows()
            return sum(price[n] * (a - u) for n, a, u in rows) / inputs.weeks
        if name == "m0 used":
            used = page.frames["plan_load"].filter(kind="material", name="m0").sort("week")["used"].to_numpy()
            return float(share @ (used - served_base(inputs)[0]))
        if name == "exports":
            return value(page, lambda row: abroad[row["order"]] == "export")
        if name == "early releases":
            return value(page, lambda row: bool(half[row["week"]]))
        return value(page, lambda row: inputs.families[row["family"]].startswith(f"{name}/"))

    names = [measure.name for measure in album.measures]
    assert {measure.group for measure in album.measures} == {"shifts", "exports", "timing", "product", "quota", "stock"}
    for page in album.pages[1:]:
        way, _, name = page.name.partition(": ")
        place = names.index(name)
        before, after = counted(album.pages[0], name), counted(page, name)
        assert after == pytest.approx(page.measures[place], rel=1e-3, abs=1e-3)
        moved = (after - before) * (1 if way == "more" else -1)
        assert moved >= 0.999 * APART * album.scales[place], page.name


def test_no_plan_is_there_twice(make_synthetic: Callable[..., Any], two_goals: Any, memory: dict[str, Any]) -> None:
    """Any two differ by a twentieth in some measure, and release differently; names are unique."""
    _, _, album = album_of(make_synthetic, two_goals, memory)
    for one, other in combinations(album.pages, 2):
        assert (np.abs(one.measures - other.measures) / album.scales).max() >= APART
        assert not one.frames["plan_releases"].equals(other.frames["plan_releases"])
    assert len({page.name for page in album.pages}) == len(album.pages)


def test_the_same_inputs_give_the_same_album(
    make_synthetic: Callable[..., Any], two_goals: Any, memory: dict[str, Any]
) -> None:
    """To the bit, and what is tried first does not hang on how many plans are asked for."""
    inputs, best, album = album_of(make_synthetic, two_goals, memory)
    again = make_album(inputs, two_goals, best, count=2, loss=LOSS, markets=markets(inputs))
    for one, other in zip(again.pages, album.pages[:3], strict=True):
        assert one.frames["plan_releases"].equals(other.frames["plan_releases"])
        assert (one.name, one.levels) == (other.name, other.levels)


def test_where_nothing_differs_there_is_the_best_plan_only(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """One order that just fits leaves no choice, and each direction is named; without orders there is no album."""
    inputs = make_tiny([line(4.0, 0)], [1.0] * 4)
    best = make_plan(inputs, ())
    album = make_album(inputs, (), best, count=5)
    assert [page.name for page in album.pages] == ["best"]
    assert album.tried == ("more: early releases", "fewer: materials in stock", "fewer: early releases")
    none = replace(inputs, items=inputs.items.clear())
    assert make_album(none, (goal(),), make_plan(none, (goal(),)), count=5).pages == ()


def test_a_limit_of_time_leaves_an_album_that_says_so(
    make_synthetic: Callable[..., Any], two_goals: Any, memory: dict[str, Any]
) -> None:
    """No time for any direction: the best plan alone, and not complete, so that its run counts as not replayable."""
    inputs, best, _ = album_of(make_synthetic, two_goals, memory)
    album = make_album(inputs, two_goals, best, count=1, profile=Profile(time_limit_s=1e-6))
    assert [page.name for page in album.pages] == ["best"]
    assert not album.complete


def test_directions_come_by_turns() -> None:
    """One of each group first, then the others of the groups; within a group first ways before second ones."""

    def one(name: str, group: str, *ways: int) -> Measure:
        return Measure(name, group, "", np.ones(1), 1.0, ways)

    asked = [one("a", "shifts", FEWER), one("b", "product", MORE, FEWER), one("c", "product", MORE, FEWER)]
    assert directions(asked) == [(0, FEWER), (1, MORE), (2, MORE), (1, FEWER), (2, FEWER)]
