"""How full the limits are that tell two scenarios apart, from plans of one's own making."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from aidc_twin.frames import PlanLoad, PlanPrices, build
from aidc_twin.loop.limits import changed_limits

WEEKS = 20
PATHS = ["capacity.bay/phase-one.amount", "materials.chip.weekly_quota", "capacity.rig-2/all", "orders.o1.due"]


def frames(bay: float, chip_price: float = 0.0, bay_price: float = 0.0) -> Callable[[str], pl.DataFrame]:
    """A plan that uses 3 bays of some in every week, all of them in week 5; chips run out from week 10 on."""
    rows: list[tuple[Any, ...]] = []
    for week in range(WEEKS):
        rows.append(("resource", "bay", week, bay if week == 5 else 3.0, bay if week else 0.0, 0.0))
        rows.append(("resource", "bay-2", week, 1.0, 1.0, 0.0))
        rows.append(("material", "chip", week, 8.0, 8.0 if week >= 10 else 10.0, 0.0))
    prices = [
        ("resource", "bay", 0.0, bay_price, 0.0), ("resource", "bay-2", 1.0, 1.0, 1.0),
        ("material", "chip", 0.0, 0.0, chip_price),
    ]  # fmt: skip
    found = {"plan_load": build(PlanLoad, rows), "plan_prices": build(PlanPrices, prices)}
    return found.__getitem__


def test_only_what_differs_is_told() -> None:
    """Not a resource whose name begins like that of another, not a date, not what no plan knows."""
    found = changed_limits(PATHS, frames(6.0), frames(5.0))
    assert [(row["kind"], row["name"]) for row in found] == [("resource", "bay"), ("material", "chip")]
    assert changed_limits(["capacity.bay-2/all.amount"], frames(6.0), frames(5.0))[0]["name"] == "bay-2"
    assert changed_limits([], frames(6.0), frames(5.0)) == []
    assert changed_limits(["calendars.bay/1.days"], frames(6.0), frames(5.0)) == []


def test_one_full_week_does_not_make_a_limit_full() -> None:
    """Weeks without any are left out; the week in which all are in use counts as one of the full ones only."""
    bay, chip = changed_limits(PATHS, frames(6.0), frames(5.0))
    assert bay["base"] == {"used": pytest.approx(0.5), "weeks": WEEKS - 1, "weeks_full": 1, "worth": False}
    assert bay["other"]["used"] == pytest.approx(0.6)
    assert chip["base"] == {"used": 1.0, "weeks": WEEKS, "weeks_full": 10, "worth": False}


def test_a_price_in_any_level_is_worth_something() -> None:
    """Weeks of lateness or margin as well as goals; a price below zero, or next to nothing, is none."""
    bay, chip = changed_limits(PATHS, frames(6.0, chip_price=-0.03), frames(5.0, bay_price=2.0, chip_price=1e-12))
    assert [bay[side]["worth"] for side in ("base", "other")] == [False, True]
    assert [chip[side]["worth"] for side in ("base", "other")] == [False, False]


def test_a_limit_that_one_scenario_lacks_is_none_there() -> None:
    """Never any of it in any week."""

    def without(name: str) -> pl.DataFrame:
        return frames(6.0)(name).filter(pl.col("name") != "bay")

    (bay,) = changed_limits(PATHS[:1], frames(6.0), without)
    assert bay["other"] is None
    assert bay["base"]["weeks"] == WEEKS - 1
