"""What `check_plan` accepts of a plan of the tiny park, and that it finds every way of breaking one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from aidc_twin.frames import PUBLISHED
from aidc_twin.park import Park
from aidc_twin.units.quantity import parse_quantity
from aidc_twin.verify import check_plan

Frames = dict[str, pl.DataFrame]
Change = Callable[[random.Random], dict[str, object]]
RUNS = 100


def frame(name: str, *rows: tuple[object, ...]) -> pl.DataFrame:
    """Published frame of rows."""
    return pl.DataFrame(list(rows), schema={n: c.dtype for n, c in PUBLISHED[name].columns().items()}, orient="row")


def plan() -> Frames:
    """A plan: o1 in two weeks, o2 (placed on day 7) and o4 (placed in week 21) later."""
    return {
        "plan_releases": frame(
            "plan_releases",
            ("o1", "boxes", 0, 1.25),
            ("o1", "boxes", 2, 0.75),
            ("o2", "boxes", 1, 1.5),
            ("o4", "boxes", 21, 1.0),
        ),
        "plan_shifts": frame("plan_shifts", ("plant", 0, 1), ("plant", 3, 2)),
        "plan_purchases": frame("plan_purchases", ("steel", 0, 12.5), ("steel", 4, 0.0)),
        "plan_orders": frame("plan_orders", ("o1", 2.0, 2.0, 11, 10, 0.0, 1.0), ("o3", 3.0, 0.0, 30, -1, 9.0, 1.0)),
        "plan_levels": frame(
            "plan_levels",
            (1, "shortfall", 0.25, 0.2, 0.05, 1.0, "optimal", 1.0),
            (2, "tardiness", 9.0, 9.0, 0.0, 40.0, "optimal", 1.0),
            (3, "margin", 3.5, 3.6, 0.02, 5.0, "optimal", 1.0),
        ),
        "plan_load": frame(
            "plan_load",
            ("resource", "floor", 0, 2.0, 6.0, 0.0),
            ("resource", "fitters", 1, 6.000001, 6.0, 0.1),
            ("material", "chips", 0, 35.0, 35.0, 0.0),
            ("material", "chips", 1, 20.0, 20.0, 0.0),
            ("material", "steel", 1, 70.0, 70.0, 0.0),
            ("material", "steel", 2, 12.5, 12.5, 0.0),
        ),
        "plan_goals": frame("plan_goals", ("output", 3, 10**11), ("output", 4, 2), ("trade", 5, -7)),
        "goals": frame(
            "goals",
            ("output", "industrial_output", "entity_gross", "owned", 2027, 10**11, 10**11 + 2, 0.0, 0.0, 0, 0, 0, 0.5),
            ("trade", "wholesale_trade", "entity_gross", "owned", 2027, 10**11, -7, 0.0, 0.0, 0, 0, 0, 0.5),
        ),
    }


def items() -> Frames:
    """What there was to plan."""
    rows = {
        "order": ["o1", "o2", "o4"],
        "group": ["boxes"] * 3,
        "quantity_mw": [2.0, 1.5, 1.0],
        "earliest_week": [0, 1, 21],
    }
    return {"items": pl.DataFrame(rows)}


MUTANTS: dict[str, tuple[str, str, int, Change]] = {
    "more than ordered": ("plan-releases", "plan_releases", 2, lambda rng: {"quantity_mw": 1.5001 + rng.random()}),
    "more in two weeks": ("plan-releases", "plan_releases", 1, lambda rng: {"quantity_mw": 0.7501 + rng.random()}),
    "nothing at all": ("plan-releases", "plan_releases", 1, lambda rng: {"quantity_mw": float("nan")}),
    "too early": ("plan-releases", "plan_releases", 3, lambda rng: {"week": rng.randint(0, 20)}),
    "past the horizon": ("plan-releases", "plan_releases", 0, lambda rng: {"week": rng.randint(66, 999)}),
    "no such order": ("plan-releases", "plan_releases", 0, lambda rng: {"order": f"x{rng.random()}"}),
    "no such group": ("plan-releases", "plan_releases", 0, lambda rng: {"group": f"x{rng.random()}"}),
    "not to be released": ("plan-items", "plan_releases", 0, lambda rng: {"order": "o3"}),
    "level too high": ("plan-shifts", "plan_shifts", 1, lambda rng: {"level": rng.randint(3, 9)}),
    "level too low": ("plan-shifts", "plan_shifts", 1, lambda rng: {"level": rng.randint(-9, 0)}),
    "no such calendar": ("plan-shifts", "plan_shifts", 0, lambda rng: {"calendar": "moon"}),
    "negative purchase": ("plan-purchases", "plan_purchases", 0, lambda rng: {"quantity": -rng.random() - 1e-9}),
    "purchase of quota": ("plan-purchases", "plan_purchases", 0, lambda rng: {"material": "chips"}),
    "purchase too late": ("plan-purchases", "plan_purchases", 0, lambda rng: {"week": rng.choice((-1, 66, 1000))}),
    "more of an order": ("plan-orders", "plan_orders", 0, lambda rng: {"released_mw": 2.001 + rng.random()}),
    "hidden lateness": ("plan-orders", "plan_orders", 0, lambda rng: {"finish_week": rng.randint(12, 60)}),
    "overdrawn floor": ("plan-capacity", "plan_load", 0, lambda rng: {"used": 6.0001 + rng.random()}),
    "no such resource": ("plan-capacity", "plan_load", 0, lambda rng: {"name": "moon"}),
    "overdrawn quota": ("plan-quota", "plan_load", 3, lambda rng: {"used": 20.01 + rng.random()}),
    "more steel than bought": ("plan-materials", "plan_load", 5, lambda rng: {"used": 12.501 + rng.random()}),
    "steel before it can have come": ("plan-materials", "plan_load", 4, lambda rng: {"used": 70.001 + rng.random()}),
    "false gap": (
        "plan-gap",
        "plan_levels",
        0,
        lambda rng: {"gap": 0.05 + rng.choice((-1, 1)) * rng.uniform(1e-4, 0.04)},
    ),
    "bound above a shortfall": ("plan-bound", "plan_levels", 0, lambda rng: {"bound": 0.2501 + rng.random()}),
    "bound below a margin": ("plan-bound", "plan_levels", 2, lambda rng: {"bound": 3.4999 - rng.random()}),
    "no bound": ("plan-bound", "plan_levels", 1, lambda rng: {"bound": rng.choice((float("nan"), float("-inf")))}),
    "no reference": ("plan-bound", "plan_levels", 1, lambda rng: {"reference": 0.0}),
    "a yuan more": (
        "plan-goals",
        "plan_goals",
        1,
        lambda rng: {"planned_yuan": 2 + rng.choice((-1, 1, rng.randint(1, 10**9)))},
    ),
    "another goal": ("plan-goals", "plan_goals", 2, lambda rng: {"goal": "fame"}),
}


def test_a_valid_plan_has_no_violation(park: Park) -> None:
    """Every rule of a plan is checked and kept."""
    certificate = check_plan(park, plan(), items())
    assert certificate.ok, certificate.checks.filter(pl.col("violations") > 0).to_dicts()
    assert certificate.checks["checked"].min() > 0


def test_a_plan_is_checked_without_its_inputs(park: Park) -> None:
    """The items are optional, the plan's own frames are not."""
    assert check_plan(park, plan()).ok
    assert not check_plan(park, {name: rows for name, rows in plan().items() if name != "plan_load"}).ok


@pytest.mark.parametrize("kind", MUTANTS)
def test_broken_plans_are_rejected(park: Park, kind: str) -> None:
    """A hundred random mutants of each kind are rejected by the rule that is about them."""
    rule, name, place, change = MUTANTS[kind]
    for seed in range(RUNS):
        frames = plan()
        rows = frames[name].to_dicts()
        rows[place] |= change(random.Random(seed))
        certificate = check_plan(park, frames | {name: pl.DataFrame(rows, schema=frames[name].schema)}, items())
        found = certificate.checks.filter((pl.col("rule") == rule) & (pl.col("violations") > 0))
        assert found.height == 1, f"{kind} {seed}: {certificate.checks.to_dicts()}"
        assert found["first"].item()


def test_stock_and_quota_bound_what_a_quota_material_can_give(park: Park) -> None:
    """Fifteen chips in stock and twenty each Monday: 35 by the end of week 0, 55 by the end of week 1."""
    frames = plan()
    load = frames["plan_load"].with_columns(
        used=pl.when((pl.col("name") == "chips") & (pl.col("week") == 0)).then(34.0).otherwise(pl.col("used"))
    )
    assert check_plan(park, frames | {"plan_load": load}).ok
    later = load.with_columns(
        used=pl.when((pl.col("name") == "chips") & (pl.col("week") == 1)).then(21.5).otherwise(pl.col("used"))
    )
    words = (
        check_plan(park, frames | {"plan_load": later}).checks.filter(pl.col("rule") == "plan-quota")["first"].item()
    )
    assert words == "chips up to week 1: 55.5 used, at most 55 can have come"


def test_stock_and_orders_on_their_way_bound_what_a_bought_material_can_give(park: Park) -> None:
    """40 t in stock, 30 t that may come in week 1, 12.5 t ordered in week 0 and two weeks on their way at least."""
    load = plan()["plan_load"].with_columns(
        used=pl.when((pl.col("name") == "steel") & (pl.col("week") == 1)).then(71.0).otherwise(pl.col("used"))
    )
    words = check_plan(park, plan() | {"plan_load": load}).checks.filter(pl.col("rule") == "plan-materials")["first"]
    assert words.item() == "steel up to week 1: 71 used, at most 70 can have come"


@pytest.fixture
def termed(park: Park) -> Park:
    """o1 has a price for splits, o3 one for being refused, o1 too though it has begun; overtime is chosen by week."""
    terms = {"o1": {"split_yuan": parse_quantity("1e6"), "refuse_yuan": parse_quantity("5")},
             "o3": {"refuse_yuan": parse_quantity("2e8")}}  # fmt: skip
    orders = tuple(order.model_copy(update=terms.get(order.order, {})) for order in park.orders)
    calendars = tuple(row.model_copy(update={"chosen_weeks": 2}) for row in park.calendars)
    return replace(park, orders=orders, calendars=calendars)


def told(*rows: tuple[object, ...]) -> Frames:
    """The plan with exceptions."""
    return plan() | {"plan_exceptions": frame("plan_exceptions", *rows)}


SPLIT, REFUSED = ("split", "o1", "boxes", 2, 0.01), ("refused", "o3", "", 0, 2.0)


def test_terms_of_orders_are_kept(termed: Park) -> None:
    """The split of o1 costs a million, refusing o3 two hundred million."""
    certificate = check_plan(termed, told(SPLIT, REFUSED), items())
    assert certificate.ok, certificate.checks.filter(pl.col("violations") > 0).to_dicts()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([REFUSED], "o1 boxes is released in 2 weeks and not listed as split"),
        ([("split", "o1", "boxes", 3, 0.02)], "o1 boxes: 3 weeks at 0.02 亿元 told, 2 at 0.02 true"),
        ([("split", "o1", "boxes", 2, 0.0)], "o1 boxes: 2 weeks at 0 亿元 told, 2 at 0.01 true"),
        ([SPLIT, ("refused", "o2", "", 0, 0.0)], "o2 is refused and may not be"),
        ([SPLIT, ("refused", "o3", "", 0, 1.0)], "o3 is refused for 1 亿元, not for 2"),
        ([SPLIT, ("refused", "o1", "", 0, 5e-8)], "o1 is refused, and something of it is released"),
        ([SPLIT, ("refused", "o9", "", 0, 1.0)], "there is no order o9"),
        ([SPLIT, ("kept", "o3", "", 0, 1.0)], "o3: 'kept' is no exception"),
    ],
)
def test_terms_of_orders_that_are_broken_are_named(termed: Park, rows: list[tuple[object, ...]], words: str) -> None:
    """What is told must be allowed, true, and all."""
    found = check_plan(termed, told(*rows), items()).checks.filter(pl.col("violations") > 0)
    assert found.select("rule", "first").rows() == [("plan-terms", words)]


def test_a_level_is_raised_for_as_many_weeks_as_the_calendar_says(termed: Park) -> None:
    """Weeks 2 and 3 are one block of the plant."""
    shifts = frame("plan_shifts", ("plant", 2, 1), ("plant", 3, 2))
    found = check_plan(termed, told(SPLIT) | {"plan_shifts": shifts}).checks.filter(pl.col("rule") == "plan-shifts")
    assert found["first"].item() == "level 2 of plant in week 3, 1 in the same 2 weeks"
