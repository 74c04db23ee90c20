"""The plan on parks with every mechanism: it counts what it can, and says what it leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aidc_twin.loop.once import plan_once
from aidc_twin.loop.rounds import LoopOptions, run_loop
from aidc_twin.loop.verdict import published
from aidc_twin.park import load_goals, load_park
from aidc_twin.plan import load_formulation, make_plan
from aidc_twin.plan.stocks import served_base, served_load
from aidc_twin.twin.calibrate import plan_inputs
from aidc_twin.twin.calibration import free_flow
from aidc_twin.twin.compile import read_factory
from aidc_twin.twin.inputs import PlanInputs
from aidc_twin.twin.items import find_items
from aidc_twin.twin.run import seeds_of
from aidc_twin.units.quantity import parse_quantity

PARKS = Path(__file__).parents[1] / "parks"
NAMES = sorted(folder.name for folder in PARKS.iterdir() if (folder / "park.toml").exists())
FEW = LoopOptions(replications=4, rounds=2, workers=1, traced=4)


@lru_cache(maxsize=8)
def inputs_of(name: str) -> PlanInputs:
    """What the plan of a small park is made from at first."""
    factory = read_factory(load_park(PARKS / name))
    return plan_inputs(free_flow(factory, find_items(factory), seeds_of(1, 4)))


@pytest.mark.parametrize("name", NAMES)
def test_every_small_park_can_be_planned(name: str) -> None:
    """There is a plan, and the checker has nothing against it."""
    park = load_park(PARKS / name)
    found = plan_once(park, load_goals(park.head.goals).goals, FEW)
    assert found["violations"] == 0, [row for row in found["checks"] if row["violations"]]
    assert found["status"] in ("optimal", "empty")


@pytest.mark.parametrize(
    "name",
    [
        "batches",
        "branches",
        "credit",
        "lots",
        "markets",
        "outputs",
        "patience",
        "phases",
        "sources",
        "supply",
        "windows",
    ],
)
def test_the_loop_runs_on_every_kind_of_park(name: str) -> None:
    """Plan and twin come to an end, and what is published has no violation."""
    park = load_park(PARKS / name)
    certificate = published(run_loop(park, load_goals(park.head.goals).goals, FEW)).certificate
    assert certificate.ok, certificate.checks.filter(pl.col("violations") > 0).to_dicts()


def test_units_of_sources_take_what_the_plan_may_not() -> None:
    """Seven units of two hours on the bay in the first week."""
    inputs = inputs_of("sources")
    assert inputs.base_load[inputs.resources.index("bay"), 0] == pytest.approx(14 / 168)
    assert any("slow, fast: units of sources" in line for line in inputs.notices)


def test_repairs_take_their_crew() -> None:
    """Four repairs of three hours each, and three fittings of two."""
    park = load_park(PARKS / "breakdowns")
    crew = next(row.crew for row in park.breakdowns if row.crew)
    inputs = inputs_of("breakdowns")
    taken = inputs.base_load[inputs.resources.index(crew)].sum() * 168
    assert taken == pytest.approx(4 * 3 + 3 * 2)
    assert any("bay: machines break down" in line for line in inputs.notices)


def test_what_work_puts_into_stock_is_supply() -> None:
    """Castings come out of the plant; steel is ordered by base stock, not by the plan."""
    inputs = inputs_of("outputs")
    blank, steel = inputs.materials.index("blank"), inputs.materials.index("steel")
    assert inputs.supply[blank].sum() > 0
    assert served_base(inputs)[blank].sum() <= inputs.supply[blank].sum()
    assert inputs.lead_weeks[steel] == -1
    assert not inputs.need[:, steel].any()
    assert not inputs.base_need[steel].any()
    assert any(line.startswith("steel: kept by base stock") for line in inputs.notices)


def test_nothing_is_released_before_it_is_ordered() -> None:
    """Where no step of an order must be done before, its day counts."""
    park, inputs = load_park(PARKS / "markets"), inputs_of("markets")
    week = {order.order: max(0, (order.ordered - park.head.epoch).days) / 7 for order in park.orders}
    assert max(week.values()) > 0
    for order, earliest in inputs.items.select("order", "earliest_week").iter_rows():
        assert earliest >= week[order]


def test_work_that_finds_no_machine_waits() -> None:
    """Eight weeks of work that come in the first two fill the bay week by week; none is forgotten."""
    inputs = inputs_of("phases")
    bay = inputs.resources.index("bay")
    served = served_load(inputs)
    assert (inputs.base_load[bay] > inputs.capacity[bay]).any()
    assert (served[bay] <= inputs.capacity[bay] * (1 + 1e-9)).all()
    assert served[bay].sum() == pytest.approx(inputs.base_load[bay].sum())
    assert np.array_equal(served_load(inputs_of("tiny")), inputs_of("tiny").base_load)


def test_orders_on_their_way_are_in_the_stock_balance() -> None:
    """30 t of steel ordered before the epoch come in week 1: the plan buys none, and without them what is short."""
    inputs = inputs_of("tiny")
    steel = inputs.materials.index("steel")
    assert inputs.supply[steel, :3].tolist() == [40.0, 30.0, 0.0]
    assert inputs.supply[steel].sum() == 70.0
    goals = load_goals(load_park(PARKS / "tiny").head.goals).goals
    supply = inputs.supply.copy()
    supply[steel, 1] = 0.0
    plans = [make_plan(one, goals) for one in (inputs, replace(inputs, supply=supply))]
    bought = [plan.frames["plan_purchases"].filter(material="steel")["quantity"].sum() for plan in plans]
    used = plans[0].frames["plan_load"].filter(kind="material", name="steel")["used"].sum()
    assert 40.0 < used < 70.0
    assert bought == [0.0, pytest.approx(used - 40.0)]


def test_the_album_of_a_run_is_published_and_checked() -> None:
    """Two plans beside that of the kept round, with their decisions, words and levels, and no violation."""
    park = load_park(PARKS / "tiny")
    goals = load_goals(park.head.goals).goals
    public = published(run_loop(park, goals, replace(FEW, album=2, loss=0.03)))
    assert public.certificate.ok, public.certificate.checks.filter(pl.col("violations") > 0).to_dicts()
    plans = public.frames["album_plans"]
    assert plans["plan"].to_list() == [0, 1, 2]
    assert set(public.frames["album_releases"]["plan"]) == {1, 2}
    assert plans["words"][0] == "the best plan, level by level"
    assert all(" instead of " in words and "It costs" in words for words in plans["words"][1:])
    assert (public.frames["album_levels"]["lost_share"] <= public.frames["album_levels"]["allowed_share"] + 1e-6).all()


def test_a_plan_of_a_park_comes_with_its_album() -> None:
    """`plan --album` tells each plan with its violations; without it there is no album."""
    park = load_park(PARKS / "tiny")
    goals = load_goals(park.head.goals).goals
    found = plan_once(park, goals, replace(FEW, album=1))["album"]
    assert [row["plan"] for row in found["plans"]] == [0, 1]
    assert sum(row["violations"] for row in found["plans"]) == 0
    assert found["complete"]
    assert "album" not in plan_once(park, goals, FEW)


def test_refusals_and_overtime_go_through_the_loop() -> None:
    """An order that is hopelessly late and may be refused is, and the twin does without it; levels go week by week."""
    park = load_park(PARKS / "tiny")
    orders = tuple(
        order.model_copy(update={"refuse_yuan": parse_quantity("1e6"), "due": date(2026, 1, 1)})
        if order.order == "o3" else order for order in park.orders
    )  # fmt: skip
    calendars = tuple(row.model_copy(update={"chosen_weeks": 1}) for row in park.calendars)
    patched = replace(park, orders=orders, calendars=calendars)
    formulation = load_formulation("default")
    result = run_loop(patched, load_goals(park.head.goals).goals[:0], FEW)
    public = published(result)
    assert public.certificate.ok, public.certificate.checks.filter(pl.col("violations") > 0).to_dicts()
    assert public.frames["plan_exceptions"].rows() == [("refused", "o3", "", 0, pytest.approx(0.01))]
    late = public.frames["plan_orders"].filter(order="o3")["tardiness_weeks"].item()
    assert late == formulation.weights.refuse_weeks
    assert not public.frames["plan_unit_releases"]["unit_id"].str.starts_with("o3").any()
    assert result.kept.inputs.block_weeks is not None
    assert result.kept.inputs.block_weeks.tolist() == [1] * len(result.kept.inputs.calendars)


def test_test_power_counts_by_what_is_on_at_once() -> None:
    """A MW is an IT box (24 h at 500 kW) and half a cooling box (12 h at 100 kW): 75 kW of a week, and failed tests.

    Rated power would be 550 kW. Boxes come whole, which makes up to a tenth more of them.
    """
    inputs = inputs_of("tiny")
    mw = np.bincount(inputs.items["family"], weights=inputs.items["quantity_mw"], minlength=len(inputs.families))
    power = inputs.load[:, inputs.resources.index("test_power")].sum(axis=1)  # at home and of exports
    assert 75.0 < np.average(power, weights=mw) < 75.0 * 1.1 * 1.2
