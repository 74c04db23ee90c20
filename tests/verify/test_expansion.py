"""The checker of expansion plans has nothing to say of a sound one, and finds what was tampered with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from aidc_twin.loop.expansion import Planned, plan_expansion
from aidc_twin.park import Park, load_goals, load_park
from aidc_twin.solver import load_profile
from aidc_twin.verify.expansion import check_expansion

PARK = Path(__file__).parents[1] / "parks" / "expansion"
YEAR = 2027
Frames = Mapping[str, pl.DataFrame]


@pytest.fixture(scope="module")
def park() -> Park:
    """The park that could grow."""
    return load_park(PARK)


@pytest.fixture(scope="module")
def sound(park: Park) -> Planned:
    """Its plan of three years."""
    return plan_expansion(park, load_goals("shuang-qianyi").goals, load_profile("default"), 1, None, 3, 4)


def values(plan: Planned) -> dict[str, float]:
    """Present values as they were published."""
    return {"plan": plan.expansion.value_yi, "without": plan.expansion.without_yi}


def test_a_sound_plan_has_no_violation(park: Park, sound: Planned) -> None:
    """Every rule was checked on something, and none is violated."""
    found = check_expansion(park, sound.frames, YEAR, values(sound))
    assert found.ok, found.checks.filter(pl.col("violations") > 0).to_dicts()
    assert found.checks["checked"].min() > 0  # type: ignore[operator]


def changed(frame: str, column: str, change: pl.Expr, where: pl.Expr) -> Callable[[Frames], dict[str, pl.DataFrame]]:
    """Frames with one column of some rows changed."""

    def tampered(frames: Frames) -> dict[str, pl.DataFrame]:
        table = frames[frame]
        assert table.filter(where).height
        return {
            **frames,
            frame: table.with_columns(pl.when(where).then(change).otherwise(pl.col(column)).alias(column)),
        }

    return tampered


def begun(name: str, quarter: int, units: float) -> Callable[[Frames], dict[str, pl.DataFrame]]:
    """Frames with a row more of what is begun."""

    def tampered(frames: Frames) -> dict[str, pl.DataFrame]:
        rows = frames["invest_begun"]
        more = pl.DataFrame({"investment": [name], "quarter": [quarter], "units": [units]}, schema=rows.schema)
        return {**frames, "invest_begun": pl.concat([rows, more])}

    return tampered


PLAN, FIFTH, LAST = pl.col("case") == "plan", pl.col("quarter") == 5, pl.col("quarter") == 11
MUTANTS: dict[str, tuple[str, Callable[[Frames], dict[str, pl.DataFrame]]]] = {
    "unknown investment": ("invest-names", begun("castle", 1, 1.0)),
    "half a bay": ("invest-whole", begun("bay", 4, 0.5)),
    "too many": ("invest-most", begun("bay", 4, 11.0)),
    "too many in a quarter": ("invest-most", begun("bay", 4, 3.0)),
    "too late": ("invest-dates", begun("bay", 11, 1.0)),
    "before its phase opens": ("invest-dates", begun("annex", 0, 1.0)),
    "more land than there is": ("invest-land", begun("bay", 4, 20.0)),
    "more than sells": ("invest-demand", changed("invest_made", "made_mw", pl.col("made_mw") * 1.5, PLAN & FIFTH)),
    "demand made up": ("invest-demand", changed("invest_made", "demand_mw", pl.col("demand_mw") * 1.1, PLAN & FIFTH)),
    "more than fits": (
        "invest-capacity", changed("invest_made", "made_mw", pl.col("made_mw") * 3, pl.col("case") == "without"),
    ),
    "load made up": ("invest-capacity", changed("invest_load", "used", pl.col("used") * 0.9, FIFTH)),
    "room made up": ("invest-capacity", changed("invest_load", "available", pl.col("available") * 1.1, FIFTH)),
    "a level too high": ("invest-levels", changed("invest_levels", "level", pl.lit(3), PLAN & FIFTH)),
    "a yuan more": ("invest-sums", changed("invest_cash", "net_yuan", pl.col("net_yuan") + 1, PLAN & FIFTH)),
    "revenue made up": (
        "invest-cash", changed("invest_cash", "revenue_yuan", pl.col("revenue_yuan") + 1000, PLAN & FIFTH),
    ),
    "less capex": ("invest-cash", changed("invest_cash", "capex_yuan", pl.lit(0), PLAN & (pl.col("quarter") == 3))),
    "no upkeep": ("invest-cash", changed("invest_cash", "upkeep_yuan", pl.lit(0), PLAN & FIFTH)),
    "no tax": ("invest-taxes", changed("invest_cash", "tax_yuan", pl.lit(0), PLAN)),
    "a rest too large": (
        "invest-sums", changed("invest_cash", "rest_yuan", pl.col("rest_yuan") + 10**6, PLAN & LAST),
    ),
    "working capital forgotten": ("invest-cash", changed("invest_cash", "tied_yuan", pl.lit(0), PLAN & FIFTH)),
    "a future left out": (
        "invest-samples", lambda frames: {**frames, "invest_samples": frames["invest_samples"].slice(1)},
    ),
    "a year that is not told": (
        "invest-samples", lambda frames: {**frames, "invest_futures": frames["invest_futures"].slice(1)},
    ),
    "a future below zero": (
        "invest-samples", changed("invest_samples", "yuan", pl.lit(-1), PLAN & (pl.col("replication") == 2)),
    ),
    **{
        f"{name} made up": (
            "invest-futures", changed("invest_futures", name, pl.col(name) * 0.99 + 0.5, pl.col("year") == 2028),
        )
        for name in ("mean_yuan", "p10_yuan", "p50_yuan", "p90_yuan", "probability")
    },
    "an interval made up": (
        "invest-futures", changed("invest_futures", "half_width_95_yuan", pl.lit(1e6), pl.col("year") == 2028),
    ),
    "a goal made up": (
        "invest-goals", changed("invest_goals", "amount_yuan", pl.col("amount_yuan") + 1000, pl.col("year") == 2028),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_what_was_tampered_with_is_found(park: Park, sound: Planned, name: str) -> None:
    """The rule that a change offends says so."""
    rule, tamper = MUTANTS[name]
    found = check_expansion(park, tamper(sound.frames), YEAR, values(sound))
    assert found.checks.filter(pl.col("rule") == rule)["violations"].item() > 0


@pytest.mark.parametrize("case", ["plan", "without"])
def test_a_present_value_made_up_is_found(park: Park, sound: Planned, case: str) -> None:
    """A thousandth more than the cash is worth is too much."""
    told = values(sound)
    told[case] *= 1.001
    found = check_expansion(park, sound.frames, YEAR, told)
    assert found.checks.filter(pl.col("rule") == "invest-value")["violations"].item() == 1
