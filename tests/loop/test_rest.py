"""What binds and what rests on assumptions, on cases that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aidc_twin.loop import LoopOptions, LoopResult, run_loop
from aidc_twin.loop.rest import assumption_share, binding
from aidc_twin.park import load_goals, load_park

TINY = str(Path(__file__).parents[1] / "parks" / "tiny")
PATCH = """\
title = "Assumed figures in the tiny park"

[[patch]]
op = "set"
path = "capacity.pump_cell/all.amount"
value = "fact:frame_bays*0.05"

[[patch]]
op = "set"
path = "bom.kit/box_cool.value_yuan"
value = "fact:working_capital_limit_yuan*0.0005"
"""


@pytest.fixture(scope="module")
def assumed(tmp_path_factory: pytest.TempPathFactory) -> LoopResult:
    """The tiny park with an assumed pump cell and an assumed price of cooling boxes (6 m yuan, as before)."""
    patch = tmp_path_factory.mktemp("patch") / "assumed.toml"
    patch.write_text(PATCH, encoding="utf-8")
    park = load_park(TINY, (str(patch),))
    options = LoopOptions(replications=2, rounds=2, schedule_weeks=1, traced=2)
    return run_loop(park, load_goals("shuang-qianyi").goals, options)


def with_load(result: LoopResult, rows: dict[tuple[str, str], list[tuple[int, float, float]]]) -> LoopResult:
    """The result with the plan's load replaced by (week, used, available) of each name."""
    flat = [(kind, name, week, used, there, 0.0) for (kind, name), weeks in rows.items() for week, used, there in weeks]
    schema = result.kept.plan.frames["plan_load"].schema
    load = pl.DataFrame(flat, schema=schema, orient="row")
    plan = replace(result.kept.plan, frames={**result.kept.plan.frames, "plan_load": load})
    return replace(result, kept=replace(result.kept, plan=plan))


def weeks_of_2027(result: LoopResult) -> list[int]:
    """Weeks of the horizon with days in 2027."""
    return np.flatnonzero(result.kept.inputs.year_share[2027] > 0).tolist()


def test_full_weeks_of_the_goal_year_bind(tiny_loop: LoopResult) -> None:
    """Five weeks at 98.5 % bind, three do not, nor do weeks before the year or bought materials."""
    year = weeks_of_2027(tiny_loop)
    found = with_load(
        tiny_loop,
        {
            ("resource", "frame_bay"): [(w, 98.5, 100.0) for w in year[:5]] + [(w, 98.4, 100.0) for w in year[5:]],
            ("resource", "floor"): [(w, 6.0, 6.0) for w in year[:3]] + [(w, 3.0, 6.0) for w in year[3:]],
            ("resource", "fitters"): [(w, 6.0, 6.0) for w in range(year[0])],
            ("resource", "site_crew"): [(w, 0.0, 0.0) for w in year],
            ("resource", "test_rig"): [(w, 2.0, 2.0) for w in year[:9]],
            ("material", "steel"): [(w, 9.0, 9.0) for w in year],
        },
    )
    assert [(row["kind"], row["name"], row["weeks_full"]) for row in binding(found)] == [
        ("resource", "test_rig", 9),
        ("resource", "frame_bay", 5),
    ]


def test_a_quota_that_is_left_lying_does_not_bind(tiny_loop: LoopResult) -> None:
    """The plan lets lapse what it does not need and has nothing left over; 20 chips a week for 4 boxes do not bind."""
    load = tiny_loop.kept.plan.frames["plan_load"].filter(pl.col("name") == "chips")
    assert (load["used"] == load["available"]).any()
    assert "chips" not in {row["name"] for row in binding(tiny_loop)}


def test_a_quota_that_is_used_up_binds(tiny_loop: LoopResult) -> None:
    """All that comes is used, week by week; a week that takes less leaves something for the next ones."""
    inputs = tiny_loop.kept.inputs
    supply = inputs.supply[inputs.materials.index("chips")]
    rows = [(w, float(supply[w]), float(supply[w])) for w in range(inputs.weeks)]
    found = binding(with_load(tiny_loop, {("material", "chips"): rows}))
    full = sum(1 for w in weeks_of_2027(tiny_loop) if supply[w] > 0)
    assert found == [{"kind": "material", "name": "chips", "weeks_full": full, "basis": "value"}]
    spared = weeks_of_2027(tiny_loop)[0]
    rows[spared] = (spared, 0.0, 0.0)
    assert binding(with_load(tiny_loop, {("material", "chips"): rows})) == []


def test_no_goal_no_share(tiny_loop: LoopResult) -> None:
    """Without a goal nothing binds and nothing rests on anything."""
    bare = replace(tiny_loop, goals=())
    assert binding(bare) == []
    assert assumption_share(bare).total == 0.0


def test_reported_figures_rest_on_nothing_assumed(tiny_loop: LoopResult) -> None:
    """The tiny park has values only."""
    share = assumption_share(tiny_loop)
    assert (share.price, share.limit, share.total) == (0.0, 0.0, 0.0)


def test_an_assumed_price_counts_with_its_yuan(assumed: LoopResult) -> None:
    """Cooling boxes are assumed: their part of output is 6 m per MW, boxes 12 m per MW and pumps 50,000 each."""
    goal = assumed.goals[0]
    flows = dict(
        assumed.kept.result.flows(2027, "owned")
        .filter(pl.col("ledger") == goal.ledger)
        .select("item", "yuan")
        .iter_rows()
    )
    assert flows["box_cool"] > 0
    share = assumption_share(with_load(assumed, {}))
    assert share.price == pytest.approx(flows["box_cool"] / sum(flows.values()))
    assert share.limit == 0.0
    assert share.total == share.price


def test_an_assumed_limit_counts_for_what_it_holds_back(assumed: LoopResult) -> None:
    """A full pump cell, an assumption, holds back pumps and the boxes they go into, not the cooling boxes."""
    rows = [(w, 1.0, 1.0) for w in weeks_of_2027(assumed)]
    found = with_load(assumed, {("resource", "pump_cell"): rows})
    assert [(row["name"], row["basis"]) for row in binding(found)] == [("pump_cell", "assumption")]
    goal = assumed.goals[0]
    flows = assumed.kept.result.flows(2027, "owned").filter(pl.col("ledger") == goal.ledger)
    yuan = dict(flows.select("item", "yuan").iter_rows())
    share = assumption_share(found)
    assert share.limit == pytest.approx((yuan["pump"] + yuan["box_it"]) / sum(yuan.values()))
    assert share.total == pytest.approx(1.0)


def test_a_limit_that_is_known_is_no_assumption(assumed: LoopResult) -> None:
    """Full test rigs bind, but their number is a value of the park."""
    rows = [(w, 2.0, 2.0) for w in weeks_of_2027(assumed)]
    found = with_load(assumed, {("resource", "test_rig"): rows})
    assert [(row["name"], row["basis"]) for row in binding(found)] == [("test_rig", "value")]
    assert assumption_share(found).limit == 0.0
