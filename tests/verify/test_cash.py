"""What the checker accepts of the money of a plan, and that it finds every way of breaking it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aidc_twin.loop.checked import checked_with
from aidc_twin.loop.why import free_inputs
from aidc_twin.park import Park, load_goals, load_park
from aidc_twin.park.schema import Account
from aidc_twin.plan import make_plan
from aidc_twin.units.quantity import parse_quantity
from aidc_twin.verify import check_plan

Frames = dict[str, pl.DataFrame]
RUNS = 20


def tiny() -> Park:
    """The tiny park."""
    return load_park(Path(__file__).parents[1] / "parks" / "tiny")


def with_accounts(park: Park, opening: str = "0", credit: str = "1e6") -> Park:
    """The tiny park with a bank, a dearer parent company, terms of customers and wages."""
    accounts = (
        Account(account="parent", credit_yuan=parse_quantity("2e6"), interest_share=parse_quantity("0.1")),
        Account(account="bank", opening_yuan=parse_quantity(opening), credit_yuan=parse_quantity(credit),
                interest_share=parse_quantity("0.05")),
    )  # fmt: skip
    terms = {"deposit_share": "0.2", "acceptance_share": "0.1", "payment_days": "20"}
    kit = {name: parse_quantity(text) for name, text in terms.items()}
    products = tuple(row.model_copy(update=kit) if row.product == "kit" else row for row in park.products)
    wages = {"wages_yuan_day": parse_quantity("20000")}
    calendars = tuple(row.model_copy(update=wages) if row.level == 1 else row for row in park.calendars)
    return replace(park, accounts=accounts, products=products, calendars=calendars)


@lru_cache(maxsize=1)
def planned() -> tuple[Park, Frames, Frames]:
    """The park, its plan, and what that was made from: in the first weeks credit is in use."""
    park = with_accounts(tiny())
    inputs = free_inputs(park, 1)[1]
    plan = make_plan(inputs, load_goals(park.head.goals).goals)
    return park, dict(plan.frames), checked_with(inputs)


def broken(frames: Frames, inputs: Frames, park: Park) -> dict[str, str]:
    """Rules that are violated, with the words of the first violation."""
    checks = check_plan(park, frames, inputs).checks.filter(pl.col("violations") > 0)
    return dict(checks.select("rule", "first").rows())


def test_the_money_of_a_plan_keeps_every_rule() -> None:
    """Each of the three rules is checked; in the first weeks both credits are in use and cost interest."""
    park, frames, inputs = planned()
    certificate = check_plan(park, frames, inputs)
    assert certificate.ok, certificate.checks.filter(pl.col("violations") > 0).to_dicts()
    checked = dict(certificate.checks.select("rule", "checked").rows())
    assert all(checked[rule] > park.head.horizon_weeks - 1 for rule in ("plan-cash", "plan-credit", "plan-payments"))
    assert frames["plan_cash"]["balance_yuan"].min() < 0
    told = frames["plan_payments"].filter(pl.col("yuan") != 0)
    assert set(told["kind"]) == {"deposit", "delivery", "supplier", "wages", "interest"}
    assert check_plan(park, frames).ok


def test_customers_pay_the_price_of_all_that_is_delivered() -> None:
    """7.5 MW at 18 million: deposits of the orders placed later, the rest of them and of what is under way."""
    _, frames, _ = planned()
    paid = frames["plan_payments"].group_by("kind").agg(pl.col("yuan").sum())
    sums = dict(paid.rows())
    assert sums["deposit"] == pytest.approx(0.2 * 18e6 * 5.5)
    assert sums["deposit"] + sums["delivery"] == pytest.approx(18e6 * 7.5 - 0.2 * 18e6 * 2.0)


Change = Callable[[random.Random], dict[str, object]]
MUTANTS: dict[str, tuple[str, str, pl.Expr, Change, str]] = {
    "a deposit of another size": (
        "plan-payments", "plan_payments", pl.col("name") == "o3", lambda rng: {"yuan": 1.08e7 + rng.uniform(20, 1e7)},
        "deposit o3",
    ),
    "a deposit of another order": (
        "plan-payments", "plan_payments", pl.col("name") == "o3", lambda rng: {"name": "o1"}, "deposit o1",
    ),
    "a deposit too early": (
        "plan-payments", "plan_payments", pl.col("name") == "o3", lambda rng: {"week": rng.randint(0, 3)}, "deposit o3",
    ),
    "a delivery that nobody pays": (
        "plan-payments", "plan_payments", (pl.col("kind") == "delivery") & (pl.col("week") == 20),
        lambda rng: {"yuan": 0.0}, "delivery kit/boxes in week 20",
    ),
    "a delivery paid too early": (
        "plan-payments", "plan_payments", (pl.col("kind") == "delivery") & (pl.col("week") == 12),
        lambda rng: {"week": rng.randint(6, 11)}, "delivery kit/boxes",
    ),
    "money of strangers": (
        "plan-payments", "plan_payments", (pl.col("kind") == "delivery") & (pl.col("name") != "(begun)"),
        lambda rng: {"name": "gift"}, "delivery gift",
    ),
    "wages that are not paid": (
        "plan-payments", "plan_payments", (pl.col("kind") == "wages") & (pl.col("week") == 9),
        lambda rng: {"yuan": -120_000.0 * rng.random() * 0.999}, "wages plant in week 9",
    ),
    "a supplier who is not paid": (
        "plan-payments", "plan_payments", (pl.col("kind") == "supplier") & (pl.col("name") == "chips"),
        lambda rng: {"yuan": -rng.uniform(0.0, 0.9) * 283_783.0}, "chips: ",
    ),
    "a supplier who is paid too early": (
        "plan-payments", "plan_payments", (pl.col("kind") == "supplier") & (pl.col("name") == "steel"),
        lambda rng: {"week": rng.randint(0, 3)}, "steel: ",
    ),
    "interest forgotten": (
        "plan-payments", "plan_payments", (pl.col("kind") == "interest") & (pl.col("name") == "bank"),
        lambda rng: {"yuan": 0.0}, "interest bank",
    ),
    "an unknown kind": (
        "plan-payments", "plan_payments", pl.col("name") == "o3", lambda rng: {"kind": "lottery"}, "'lottery' is no",
    ),
    "a week left out": ("plan-cash", "plan_cash", pl.col("week") == 30, lambda rng: {"week": 66}, "week 66 is not"),
    "a sum that is wrong": (
        "plan-cash", "plan_cash", pl.col("week") == 12, lambda rng: {"received_yuan": rng.uniform(2e6, 3e6)},
        "received_yuan of week 12",
    ),
    "a balance that is wrong": (
        "plan-cash", "plan_cash", pl.col("week") == 12, lambda rng: {"balance_yuan": rng.uniform(1e9, 2e9)},
        "balance of week 12",
    ),
    "more credit than there is": (
        "plan-credit", "plan_cash", pl.col("week") == 5, lambda rng: {"credit_yuan": 3e6 + rng.uniform(10, 1e9)},
        "credit of week 5",
    ),
    "overdrawn without need": (
        "plan-credit", "plan_cash", pl.col("week") == 5, lambda rng: {"forced_yuan": rng.uniform(10, 1e9)},
        "forced_yuan of week 5",
    ),
    "below the credit": (
        "plan-credit", "plan_cash", pl.col("week") == 5, lambda rng: {"balance_yuan": -3e6 - rng.uniform(1e4, 1e9)},
        "balance of week 5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MUTANTS)
def test_broken_payments_are_rejected(kind: str) -> None:
    """Random mutants of the first row that a mutant is about are rejected by its rule, in its words."""
    park, frames, inputs = planned()
    rule, name, which, change, words = MUTANTS[kind]
    rows = frames[name].with_row_index("place")
    place = int(rows.filter(which).item(0, "place"))
    for seed in range(RUNS):
        told: list[dict[str, Any]] = frames[name].to_dicts()
        told[place] |= change(random.Random(seed))
        found = broken(frames | {name: pl.DataFrame(told, schema=frames[name].schema)}, inputs, park)
        assert rule in found, f"{kind} {seed}: {found}"
        assert words in found[rule]


def test_what_does_not_follow_from_the_decisions_is_rejected() -> None:
    """Fewer releases, an order refused, a shift more or a purchase more, without what that does to the payments."""
    park, frames, inputs = planned()
    releases = frames["plan_releases"].filter(pl.col("order") != "o4")
    shifts = frames["plan_shifts"].with_columns(level=pl.when(pl.col("week") == 40).then(2).otherwise(pl.col("level")))
    more = pl.DataFrame([("steel", 2, 100.0)], schema=frames["plan_purchases"].schema, orient="row")
    refused = pl.DataFrame([("refused", "o4", "", 0, 1.0)], schema=frames["plan_exceptions"].schema, orient="row")
    changes = {
        "plan_releases": (releases, "delivery kit/boxes"),
        "plan_shifts": (shifts.cast({"level": pl.Int64}), "wages plant in week 40"),
        "plan_purchases": (pl.concat([frames["plan_purchases"], more]), "steel: "),
        "plan_exceptions": (refused, "deposit o4"),
    }
    for name, (changed, words) in changes.items():
        assert words in broken(frames | {name: changed}, inputs, park)["plan-payments"]
    without = broken(frames | {"plan_releases": releases}, {}, park)["plan-payments"]
    assert without.startswith("customers pay")


def test_a_plan_that_says_nothing_of_payments_is_rejected() -> None:
    """Where the park has accounts; elsewhere it need not."""
    park, frames, inputs = planned()
    silent = {name: frame for name, frame in frames.items() if name not in ("plan_cash", "plan_payments")}
    assert broken(silent, inputs, park)["schema"] == "plan_cash is missing"
    assert check_plan(replace(park, accounts=()), silent, inputs).ok


def test_accounts_that_are_overdrawn_whatever_is_done() -> None:
    """Wages of weeks without a delivery, no credit: overdrawn beyond it by what the checker finds too."""
    park = with_accounts(tiny(), credit="0")
    accounts = tuple(row.model_copy(update={"credit_yuan": parse_quantity("0")}) for row in park.accounts)
    park = replace(park, accounts=accounts)
    inputs = free_inputs(park, 1)[1]
    plan = make_plan(inputs, load_goals(park.head.goals).goals)
    told = plan.frames["plan_cash"]
    assert told["forced_yuan"][0] == pytest.approx(120_000.0)
    assert any(line.startswith("accounts: wages") for line in plan.notices)
    assert check_plan(park, plan.frames, checked_with(inputs)).ok
    lower = told.with_columns(balance_yuan=pl.col("balance_yuan") - pl.when(pl.col("week") == 0).then(5e4).otherwise(0))
    assert "plan-credit" in broken(dict(plan.frames) | {"plan_cash": lower}, checked_with(inputs), park)
