"""Money by week: plans whose best was worked out by hand or by trying all of them, prices, causes, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from accounts import deposits, rich

from aidc_twin.app import show
from aidc_twin.loop.checked import checked_with
from aidc_twin.loop.once import plan_once
from aidc_twin.loop.rounds import LoopOptions
from aidc_twin.loop.why import free_inputs
from aidc_twin.park import load_goals, load_park
from aidc_twin.plan import Formulation, make_plan
from aidc_twin.plan.cash import CASH, paid_way
from aidc_twin.plan.formulation import Weights
from aidc_twin.plan.why import explain, lifted
from aidc_twin.plan.worth import unit_of, worth_of
from aidc_twin.solver import Profile
from aidc_twin.twin.inputs import CashInputs
from aidc_twin.twin.stored import restored, to_store
from aidc_twin.verify import check_plan

EXACT = Profile(gap=1e-9, nodes=10_000, highs={"solver": "simplex"})
LATE = Formulation(tolerance=0.0, closed_weeks=0, levels=("tardiness", "margin"), weights=Weights(holding_week=0.0))
MARGIN = LATE.model_copy(update={"levels": ("margin",)})


def money(weeks: int, income: list[float], **given: Any) -> CashInputs:
    """One account with 1 亿元 and no credit; customers pay so much of 1 MW in the weeks after its release."""
    plain: dict[str, Any] = {
        "accounts": ("bank",), "opening": 1.0, "credit": np.zeros(1), "interest": np.zeros(1),
        "income": np.array([income]), "base_income": np.zeros(weeks), "deposits": deposits(),
        "pay_weeks": np.zeros(1, np.int64), "owed": np.zeros((1, weeks)), "stock": np.zeros(1),
        "wages": np.zeros(1), "level_wages": np.zeros(1),
    }  # fmt: skip
    return CashInputs(**{**plain, **given})


def bought(make_tiny: Callable[..., Any], lines: list[Any], weeks: int, price: float, **given: Any) -> Any:
    """Orders on a bay that is large enough, whose steel is bought at a price for 1 MW in the week of its release."""
    return replace(make_tiny(lines, [10.0] * weeks, **given), material_price=np.array([price]))


def releases(plan: Any, weeks: int) -> list[float]:
    """MW released in each week."""
    rows = plan.frames["plan_releases"].group_by("week").agg(pl.col("quantity_mw").sum()).rows()
    return [round(dict(rows).get(week, 0.0), 6) for week in range(weeks)]


def affordable(quarters: int, weeks: int, price: float, income: float) -> Iterator[list[float]]:
    """Every way of releasing quarters of a megawatt that one 亿元 pays for, where each brings income a week later."""
    for tried in product(range(quarters + 1), repeat=weeks):
        released = [0.25 * n for n in tried]
        hand, fits = 1.0, sum(tried) <= quarters
        for week, mw in enumerate(released):
            hand += (income * released[week - 1] if week else 0.0) - price * mw
            fits = fits and hand >= 0
        if fits:
            yield released


@pytest.mark.parametrize(("price", "income"), [(1.0, 1.5), (0.8, 1.0), (1.25, 1.25), (2.0, 2.5)])
def test_money_binds_as_trying_every_plan_says(
    price: float, income: float, make_tiny: Callable[..., Any], line: Any
) -> None:
    """3 MW due at once: no way of quarters that can be paid is less late; the best is one if it has quarters."""
    inputs = bought(make_tiny, [line(3.0, 1)], 4, price)
    plan = make_plan(replace(inputs, cash=money(4, [0.0, income])), (), formulation=LATE, profile=EXACT)
    level = plan.frames["plan_levels"].row(0, named=True)
    never = 4 + LATE.never_weeks - 1
    late = [
        (sum(week * mw for week, mw in enumerate(way)) + never * (3.0 - sum(way))) / 3.0
        for way in affordable(12, 4, price, income)
    ]
    found = releases(plan, 4)
    assert level["objective"] <= min(late) + 1e-6
    if all(abs(4 * mw - round(4 * mw)) < 1e-6 for mw in found):
        assert level["objective"] == pytest.approx(min(late), abs=1e-6)
    assert level["bound"] == pytest.approx(level["objective"], abs=1e-6)


def test_what_comes_in_pays_for_what_is_next(make_tiny: Callable[..., Any], line: Any) -> None:
    """1 亿元 pays for 1 MW, whose 1.5 亿元 pay for 1.5 MW a week later, whose 2.25 pay for the other 1.5 MW."""
    inputs = replace(bought(make_tiny, [line(4.0, 1)], 5, 1.0), cash=money(5, [0.0, 1.5]))
    plan = make_plan(inputs, (), formulation=LATE, profile=EXACT)
    assert releases(plan, 5) == [1.0, 1.5, 1.5, 0.0, 0.0]
    told = plan.frames["plan_cash"]
    assert (told["balance_yuan"] / 1e8).to_list() == pytest.approx([0.0, 0.0, 0.75, 3.0, 3.0], abs=1e-6)
    assert (told["received_yuan"] / 1e8).to_list() == pytest.approx([1.0, 1.5, 2.25, 2.25, 0.0])
    assert (told["suppliers_yuan"] / 1e8).to_list() == pytest.approx([-1.0, -1.5, -1.5, 0.0, 0.0])
    lines = plan.frames["plan_payments"]
    assert set(lines["kind"]) == {"opening", "delivery", "supplier"}
    assert lines["yuan"].sum() == pytest.approx(told["balance_yuan"][-1])


@pytest.mark.parametrize(("weeks", "expected"), [(0, [1, 0, 0, 2, 0]), (2, [1, 2, 0, 0, 0]), (3, [3, 0, 0, 0, 0])])
def test_suppliers_credit_is_money(weeks: int, expected: list[float], make_tiny: Callable[..., Any], line: Any) -> None:
    """Customers pay 2 亿元 three weeks after release; steel is paid at once, after two weeks, or as they pay.

    After two weeks: 1 亿元 in hand pays in week 2 for the first MW; 2 MW of week 1 are owed in week 3, when 2 come.
    """
    cash = money(5, [0.0, 0.0, 0.0, 2.0], pay_weeks=np.array([weeks]), opening=1.0 if weeks < 3 else 0.0)
    inputs = replace(bought(make_tiny, [line(3.0, 1)], 5, 1.0), cash=cash)
    plan = make_plan(inputs, (), formulation=LATE, profile=EXACT)
    assert releases(plan, 5) == expected


def test_the_cheapest_credit_is_used_and_costs_its_price(make_tiny: Callable[..., Any], line: Any) -> None:
    """Nothing in hand: 2 MW need 2 亿元 for two weeks, 1.5 from the bank at 1 % a week and 0.5 at 3 %."""
    cash = money(4, [0.0, 0.0, 2.0], opening=0.0, accounts=("parent", "bank"), credit=np.array([5.0, 1.5]),
                 interest=np.array([0.03, 0.01]))  # fmt: skip
    inputs = replace(bought(make_tiny, [line(2.0, 1, value_yi=6.0)], 4, 1.0), cash=cash)
    plan = make_plan(inputs, (), formulation=LATE, profile=EXACT)
    owed = 2.0 + 0.015 + 0.015
    second = 0.015 + 0.03 * (owed - 1.5)
    told = plan.frames["plan_cash"]
    assert (told["interest_yuan"] / 1e8).to_list() == pytest.approx([0.0, -0.03, -second, 0.0], abs=1e-9)
    assert (told["balance_yuan"] / 1e8).to_list() == pytest.approx(
        [-2.0, -owed, 4.0 - owed - second, 4.0 - owed - second]
    )
    margin = plan.frames["plan_levels"].row(by_predicate=pl.col("name") == "margin", named=True)["objective"]
    assert margin == pytest.approx(3.0 - 0.03 - second)
    names = plan.frames["plan_payments"].filter(kind="interest")["name"].unique().sort().to_list()
    assert names == ["bank", "parent"]


def test_a_deposit_pays_for_the_first_steel_unless_its_order_is_refused(
    make_tiny: Callable[..., Any], line: Any
) -> None:
    """O1 pays 1 亿元 in week 1, for which O0 can begin; refused as 2 weeks late it would pay nothing."""
    inputs = bought(make_tiny, [line(1.0, 1), line(1.0, 1)], 5, 1.0)
    inputs = replace(inputs, items=inputs.items.with_columns(refuse_yi=pl.Series([None, 0.1], dtype=pl.Float64)))
    kept = money(5, [0.0, 0.0, 1.0], opening=0.0, deposits=deposits(("O1", 1, 1.0)))
    cheap = LATE.model_copy(update={"weights": Weights(holding_week=0.0, refuse_weeks=0.5)})
    plan = make_plan(replace(inputs, cash=kept), (), formulation=cheap, profile=EXACT)
    assert plan.frames["plan_exceptions"].is_empty()
    assert releases(plan, 5) == [0.0, 1.0, 0.0, 1.0, 0.0]
    rich = make_plan(replace(inputs, cash=replace(kept, opening=1.0)), (), formulation=cheap, profile=EXACT)
    assert rich.frames["plan_exceptions"]["order"].to_list() == ["O1"]
    assert rich.frames["plan_payments"].filter(kind="deposit").is_empty()


@pytest.mark.parametrize(("wages", "late"), [(0.4, 0.0), (0.6, 1.0)])
def test_overtime_is_worked_where_its_wages_can_be_paid(
    wages: float, late: float, make_tiny: Callable[..., Any], line: Any
) -> None:
    """2 MW on a bay of 1 MW: with 0.5 亿元 one level more at 0.4 fits, at 0.6 one MW is a week late."""
    inputs = make_tiny([line(2.0, 1)], [1.0] * 4, step=1.0, level_cost=0.0)
    cash = money(4, [0.0], opening=0.5, level_wages=np.array([wages]))
    inputs = replace(inputs, block_weeks=np.array([1]), material_price=np.zeros(1), cash=cash)
    plan = make_plan(inputs, (), formulation=LATE, profile=EXACT)
    assert plan.frames["plan_levels"]["objective"][0] == pytest.approx(late * 0.5)
    paid = plan.frames["plan_cash"]["wages_yuan"].sum() / 1e8
    assert paid == pytest.approx(-wages if late == 0 else 0.0)


def test_a_quota_is_paid_for_when_it_is_used(make_tiny: Callable[..., Any], line: Any) -> None:
    """Two units of three in stock are paid for: 2 MW at once, the third when the first two have brought 1 亿元."""
    inputs = replace(
        bought(make_tiny, [line(3.0, 1)], 5, 1.0, supply=[2.0, 1.0, 1.0]), lead_weeks=np.array([-1]),
        stock_limit=np.array([4.0]), cash=money(5, [0.0, 0.0, 0.5], opening=0.0, stock=np.array([2.0])),
    )  # fmt: skip
    plan = make_plan(inputs, (), formulation=LATE, profile=EXACT)
    assert releases(plan, 5) == [2.0, 0.0, 1.0, 0.0, 0.0]
    assert (plan.frames["plan_cash"]["suppliers_yuan"] / 1e8).to_list() == pytest.approx([0, 0, -1, 0, 0], abs=1e-9)


def test_wages_that_nobody_can_pay_are_told_and_bind_no_plan(make_tiny: Callable[..., Any], line: Any) -> None:
    """0.4 亿元 a week with 1 in hand: overdrawn by 0.2 in week 2, and by 1 in week 4, if nothing is released."""
    inputs = bought(make_tiny, [line(1.0, 1)], 5, 0.0)
    cash = money(5, [0.0, 0.0, 0.0, 2.0], wages=np.array([0.4]))
    plan = make_plan(replace(inputs, cash=cash), (), formulation=LATE, profile=EXACT)
    told = plan.frames["plan_cash"]
    assert (told["forced_yuan"] / 1e8).to_list() == pytest.approx([0, 0, 0.2, 0.6, 1.0], abs=1e-9)
    assert (told["balance_yuan"] / 1e8).to_list() == pytest.approx([0.6, 0.2, -0.2, 1.4, 1.0])
    assert plan.notices[0] == (
        "accounts: wages, suppliers and interest overdraw them by 100,000,000 yuan more than their credit in week 4 "
        "if nothing new is released"
    )


def test_the_worth_of_money_is_what_the_next_plan_gains(make_tiny: Callable[..., Any], line: Any, goal: Any) -> None:
    """1 亿元 for steel at 2: each more is half a megawatt, 0.5 亿元 of the goal and 0.75 亿元 of margin."""
    inputs = replace(bought(make_tiny, [line(8.0, 20, value_yi=24.0)], 4, 2.0), cash=money(4, [0.0]))
    aims = (goal(amount_yuan=300_000_000),)
    both = MARGIN.model_copy(update={"levels": ("shortfall", "margin")})
    for formulation, key, gained in ((both, "goal_yi", 0.5), (MARGIN, "margin_yi", 0.75)):
        plan = make_plan(inputs, aims, formulation=formulation, profile=EXACT)
        price = plan.frames["plan_prices"].row(by_predicate=pl.col("kind") == "cash", named=True)
        assert price["name"] == CASH
        assert price[key] * 1e8 == pytest.approx(gained, rel=1e-4)
        if formulation is MARGIN:
            assert plan.frames["plan_cash"]["price"].to_list() == pytest.approx([gained] * 4, rel=1e-4)
        unit = unit_of(inputs, "cash", CASH, 1e8)
        (worth,) = worth_of(inputs, aims, plan.frames["plan_shifts"], [unit], formulation=formulation, profile=EXACT)
        assert worth.gains[formulation.levels[0]] == pytest.approx(gained, rel=1e-4)
        assert inputs.cash is not None
        richer = replace(inputs, cash=replace(inputs.cash, opening=2.0))
        again = make_plan(richer, aims, formulation=formulation, profile=EXACT)
        more = (again.goal_planned["output"] - plan.goal_planned["output"]) / 1e8
        assert more == pytest.approx(0.5, rel=1e-4)


def test_an_order_waits_for_money(make_tiny: Callable[..., Any], line: Any) -> None:
    """1 亿元 of 2 is there until week 3, when the first MW is paid for: explained by money, cured by 1 亿元 more."""
    inputs = bought(make_tiny, [line(1.0, 1, weight=9.0), line(1.0, 1)], 8, 1.0)
    inputs = replace(inputs, cash=money(8, [0.0, 0.0, 0.0, 1.2]))
    plan = make_plan(inputs, (), formulation=LATE, profile=EXACT)
    assert releases(plan, 8) == [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    waits = plan.frames["plan_waits"].select("order", "kind", "name", "weeks_late").rows()
    assert waits == [("O1", "cash", "steel", 3)]
    answer = explain(inputs, (), formulation=LATE, profile=Profile(), order="O1")
    limits = answer.cures[0]
    assert [(c.kind, c.name, c.first_week, c.last_week) for c in limits.causes] == [("cash", CASH, 0, 3)]
    assert limits.causes[0].amount == pytest.approx(1e8, rel=1e-4)
    assert limits.enough
    assert limits.smallest
    cause = limits.causes[0]
    more = dict.fromkeys(range(cause.first_week, cause.last_week + 1), cause.amount)
    cured = make_plan(lifted(inputs, [("cash", CASH, more)]), (), formulation=LATE, profile=EXACT)
    assert cured.frames["plan_levels"]["objective"][0] == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_more_money_is_never_worse_and_enough_of_it_is_none(
    seed: int, make_synthetic: Callable[..., Any], two_goals: Any
) -> None:
    """Levels in turn: without accounts as with a great deal of money at no price, and no better with less of it."""
    plain = make_synthetic(orders=14, weeks=24, lags=7, resources=4, materials=3, seed=seed)
    limit = np.where(np.arange(3) == 0, 30.0, np.inf)
    plain = replace(plain, stock_limit=limit, material_price=30.0 * plain.material_price)
    fixed = Formulation(families={"shifts": False}, tolerance=0.0)

    def firsts(inputs: Any) -> float:
        levels = make_plan(inputs, two_goals, formulation=fixed, profile=EXACT).frames["plan_levels"]
        return float(levels["objective"][0])

    amounts = [firsts(rich(plain, seed, opening, 0.002)) for opening in (0.0, 1.0, 1e5)]
    assert amounts[0] >= amounts[1] - 1e-6
    assert amounts[1] >= amounts[2] - 1e-6
    assert amounts[2] == pytest.approx(firsts(plain), abs=1e-6)
    assert amounts[0] > amounts[2] + 1e-4


def test_a_plan_with_money_does_not_depend_on_the_unit_of_its_orders(
    make_synthetic: Callable[..., Any], two_goals: Any
) -> None:
    """Orders in kW, and everything that 1 MW took or brought for 1 kW."""
    inputs = rich(make_synthetic(orders=14, weeks=24, lags=7, resources=4, materials=3, seed=1), 1)
    small = replace(
        inputs, items=inputs.items.with_columns(quantity_mw=pl.col("quantity_mw") * 1000.0), load=inputs.load / 1000,
        need=inputs.need / 1000, post_owned=inputs.post_owned / 1000, post_consigned=inputs.post_consigned / 1000,
        cash=replace(inputs.cash, income=inputs.cash.income / 1000),
    )  # fmt: skip
    plans = [make_plan(one, two_goals, formulation=Formulation(), profile=EXACT) for one in (inputs, small)]
    one, other = (plan.frames["plan_levels"]["objective"].to_list() for plan in plans)
    assert one[:2] == pytest.approx(other[:2], rel=2e-3)


def test_what_is_measured_of_money_is_kept_by_a_run(make_synthetic: Callable[..., Any]) -> None:
    """To the bit; and inputs without accounts stay without."""
    inputs = rich(make_synthetic(orders=4, weeks=12, lags=9, resources=2, materials=2, seed=2), 2)
    found = restored(to_store(inputs)).cash
    assert found is not None
    assert found.deposits.equals(inputs.cash.deposits)
    for name in ("credit", "interest", "income", "base_income", "pay_weeks", "owed", "stock", "wages", "level_wages"):
        assert np.array_equal(getattr(found, name), getattr(inputs.cash, name)), name
    assert (found.opening, found.accounts, found.lent) == (inputs.cash.opening, inputs.cash.accounts, None)
    assert restored(to_store(replace(inputs, cash=None))).cash is None


def test_interest_is_paid_a_week_after_credit_is_used() -> None:
    """2 亿元 out in week 0, of which 1 was there: 1 % of the other in week 1, and of that in week 2."""
    cash = money(3, [0.0], credit=np.array([5.0]), interest=np.array([0.01]))
    way = paid_way(cash, np.array([-1.0, 0.0, 0.0]))
    assert way.balance.tolist() == pytest.approx([-1.0, -1.01, -1.0201])
    assert way.interest[0].tolist() == pytest.approx([0.0, 0.01, 0.0101])


def test_a_park_that_must_pay_for_its_boxes_first() -> None:
    """Steel for 6 million is paid for with 1.5 in hand, a deposit, a repair and credit, which is in use for a week."""
    park = load_park(Path(__file__).parents[1] / "parks" / "credit")
    inputs = free_inputs(park, 1)[1]
    plan = make_plan(inputs, load_goals(park.head.goals).goals)
    assert check_plan(park, plan.frames, checked_with(inputs)).ok
    told = plan.frames["plan_cash"]
    assert told["balance_yuan"].min() == pytest.approx(-1e6, rel=1e-4)
    assert told["received_yuan"][:3].to_list() == pytest.approx([1.5e6, 1.4e6, 0.0])
    assert told["wages_yuan"].to_list() == pytest.approx([-30_000.0] * 40)
    whole = plan.frames["plan_payments"].group_by("kind").agg(pl.col("yuan").sum())
    sums = dict(whole.rows())
    assert sums["supplier"] == pytest.approx(-6e6)
    assert sums["delivery"] == pytest.approx(4e5 + 0.75 * 12e6)
    assert sums["interest"] == pytest.approx(-1e6 * 0.0365 * 7 / 365, rel=1e-3)
    assert told["price"][0] > 0
    assert told["price"][-1] == 0


def test_a_plan_of_a_park_tells_its_money() -> None:
    """`plan` prints the week with the least money; a park without accounts says nothing of it."""
    parks = Path(__file__).parents[1] / "parks"
    found = []
    for name in ("credit", "phases"):
        park = load_park(parks / name)
        told = plan_once(park, load_goals(park.head.goals).goals, LoopOptions())
        found.append((told, show.plan({"park": name, **told})))
    (rich_park, text), (poor_park, other) = found
    assert len(rich_park["cash"]) == 40
    assert "  money: least in week 3, -0.01 亿元 (credit up to 0.01); at the end 0.05; interest 0.0000" in text
    assert "cash" not in poor_park
    assert "money" not in other
