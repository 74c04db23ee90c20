"""Expansion plans against optima that were worked out by hand, and against every plan that there is."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from small_cases import EXACT, FREE, case, limit, option

from aidc_twin.errors import InputError
from aidc_twin.invest.account import Decisions, cash_rows, net_yi
from aidc_twin.invest.case import Case
from aidc_twin.invest.expansion import decisions, units_in_use
from aidc_twin.invest.finance import npv, quarter_rate
from aidc_twin.invest.model import build, largest
from aidc_twin.invest.quarters import quarters_of
from aidc_twin.solver import solve

WEEKS = np.array([90, 91, 92, 92]) / 7


def best(one: Case) -> tuple[float, Decisions]:
    """Largest present value and its decisions."""
    model = build(one)
    found = solve(model, EXACT, duals=False)
    return found.objective, decisions(one, model, found)


def test_without_anything_to_build_capacity_sells() -> None:
    """8 MW a quarter sell, a quota of 1/week for units of 2 allows half its weeks: 52.14 / 2 MW at 0.5 亿元."""
    value, plan = best(case(8.0, [limit("chips", 2.0, 1.0, 4)], [], margin=0.5))
    assert value == pytest.approx(0.5 * WEEKS.sum() / 2)
    assert plan.made[0] == pytest.approx(WEEKS / 2)


@pytest.mark.parametrize(("once", "begun"), [(37.0, 1.0), (41.0, 0.0)])
def test_it_is_built_if_what_it_earns_pays_for_it(once: float, begun: float) -> None:
    """One quarter of lead leaves 275 days of a unit a week: 39.29 MW of 1 亿元 each, worth 37 but not 41."""
    value, plan = best(case(100.0, [limit("bay", 1.0, 1.0, 4)], [option("bay", [1.0], once=once, lead=1)]))
    assert plan.begun[0].tolist() == [begun, 0, 0, 0]
    assert value == pytest.approx(365 / 7 + (275 / 7 - once if begun else 0.0))


def test_growing_demand_is_worth_waiting_for() -> None:
    """The unit is needed from the third quarter on only: at 10 % a year it is begun no sooner than its lead asks."""
    one = case(
        10.0, [limit("bay", 1.0, 1.0, 4)], [option("bay", [1.0], once=2.0, lead=1)], terms=replace(FREE, discount=0.1)
    )
    _, plan = best(replace(one, demand=np.array([[10.0, 10.0, 20.0, 20.0]])))
    assert plan.begun[0].tolist() == [0, 1, 0, 0]


def test_land_binds() -> None:
    """10 mu of which 4 are taken hold two halls of 3 mu, though five would pay."""
    terms = replace(FREE, land_mu=10.0, land_used_mu=4.0)
    hall = option("hall", [1.0], once=1.0, most=5, land=3.0)
    value, plan = best(case(100.0, [limit("floor", 1.0, 0.0, 4)], [hall], terms=terms))
    assert plan.begun.sum() == 2
    assert value == pytest.approx(2 * 365 / 7 - 2.0)


def test_power_binds_before_bays() -> None:
    """A bay makes 1 MW a week and draws 300 kW for it: 900 kW feed three bays, not five."""
    limits = [limit("bay", 1.0, 0.0, 4), limit("grid", 300.0, 900.0, 4)]
    _, plan = best(case(1000.0, limits, [option("bay", [1.0, 0.0], once=1.0, most=5)]))
    assert plan.begun.sum() == 3
    assert plan.made.sum() == pytest.approx(3 * 365 / 7)


def test_a_quota_is_signed_for_as_far_as_it_pays() -> None:
    """A chip a week more brings 52 MW a year at 1 亿元: signed for at 50, in parts up to demand, not at 53."""
    limits = [limit("chips", 1.0, 1.0, 4)]
    for yearly, units in ((50.0, 0.5), (53.0, 0.0)):
        part = option("chips", [1.0], yearly=yearly, most=3, whole="no")
        one = case(0.0, limits, [part])
        _, plan = best(replace(one, demand=1.5 * WEEKS.reshape(1, 4)))
        assert plan.begun[0, 0] == pytest.approx(units, abs=1e-6)


def test_nothing_is_in_use_before_its_day_or_begun_beyond_the_end() -> None:
    """First use in the third quarter, two quarters of lead: the first may be begun at once, the last in the second."""
    late = option("bay", [1.0], once=0.1, lead=2, first=2, most=9, most_quarter=1)
    _, plan = best(case(1000.0, [limit("bay", 1.0, 0.0, 4)], [late]))
    assert plan.begun[0].tolist() == [1, 1, 0, 0]


def test_shifts_stand_beside_machines() -> None:
    """A level adds a fifth to five bays, as one bay for 40 亿元 does: it wins at 26 亿元 a year and loses at 47."""
    bay = limit("bay", 1.0, 5.0, 4, kind="resource", hours=1.0, step=0.2, calendar=0)
    for weekly, level, begun in ((0.5, 1, 0), (0.9, 0, 1)):
        machine = option("bay", [1.0], once=40.0, most=1)
        one = case(6.0 * 90 / 7, [bay], [machine], levels=[1], level_yi=[weekly])
        _, plan = best(replace(one, demand=6 * WEEKS.reshape(1, 4)))
        assert (plan.level.max(), plan.begun.sum()) == (level, begun)


def test_taxes_by_hand() -> None:
    """40 亿元 written off in a year against 30 earned: a loss of 10 is carried on, 5 of 15 are taxed."""
    one = case(
        1.0,
        [limit("bay", 1.0, 1.0, 8)],
        [option("bay", [0.0], once=40.0, life=1)],
        years=2,
        terms=replace(FREE, tax=0.2),
    )
    made = np.array([[7.5] * 4 + [3.75] * 4])
    begun = np.zeros((1, 8))
    begun[0, 0] = 1
    rows = cash_rows(one, Decisions(begun, np.zeros((0, 8)), made), "plan")
    assert (rows["depreciation_yuan"] / 1e8).to_list() == [10.0] * 4 + [0.0] * 4
    assert (rows["tax_yuan"] / 1e8).to_list() == [0.0] * 7 + [pytest.approx(0.2 * 5)]
    assert net_yi(rows).tolist() == pytest.approx([7.5 - 40, 7.5, 7.5, 7.5, 3.75, 3.75, 3.75, 2.75])


def test_present_value_by_hand() -> None:
    """Working capital goes out and comes back, half of the book value counts: reckoned term by term."""
    terms = replace(FREE, discount=0.08, residual=0.5)
    one = case(1.0, [limit("bay", 0.1, 1.0, 4)], [option("hall", [0.0], once=8.0, lead=2, life=2, land_yi=1.0)],
               tied=2.0, terms=terms)  # fmt: skip
    begun = np.array([[1.0, 0.0, 0.0, 0.0]])
    rows = cash_rows(one, Decisions(begun, np.zeros((0, 4)), np.ones((1, 4))), "plan")
    tied = 2.0 / WEEKS
    flows = [1 - 4 - 1 - tied[0], 1 - 4 - (tied[1] - tied[0]), 1 - (tied[2] - tied[1]), 1 - (tied[3] - tied[2])]
    flows[3] += tied[3] + 0.5 * (8 * 6 / 8 + 1)
    assert net_yi(rows).tolist() == pytest.approx(flows, abs=1e-7)
    assert npv(quarter_rate(0.08), net_yi(rows).tolist()) == pytest.approx(
        sum(flow / 1.08 ** (q / 4) for q, flow in enumerate(flows)), abs=1e-7
    )


def test_what_a_unit_more_is_worth() -> None:
    """A unit more in a quarter brings its weeks: the price of the model is what trying it brings."""
    one = case(
        100.0, [limit("bay", 1.0, 1.0, 4)], [option("bay", [1.0], once=30.0, lead=2)], terms=replace(FREE, tax=0.25)
    )
    model = build(one)
    found = solve(model, EXACT)
    price = found.duals["capacity.there"] / largest(one, one.limits[0], 0)
    more = np.array([1.0, 1.5, 1.0, 1.0])
    tried = best(replace(one, limits=(replace(one.limits[0], base=more),)))[0]
    assert price == pytest.approx(0.75 * WEEKS)
    assert tried - found.objective == pytest.approx(0.5 * price[1])


def every(one: Case) -> float:
    """Largest present value of all plans, one by one: what is begun is tried, as much as fits is made."""
    quarters, most = len(one.quarters), [round(row.row.most) for row in one.options]
    per_mw = np.array([row.per_mw[0] for row in one.limits])
    weeks = np.array([quarter.weeks for quarter in one.quarters])
    base = np.array([row.base for row in one.limits])
    gains = np.array([row.gains for row in one.options])
    found = -np.inf
    for flat in itertools.product(*(range(n + 1) for n in most for _ in range(quarters))):
        begun = np.array(flat, np.float64).reshape(len(most), quarters)
        if (begun.sum(axis=1) > most).any() or not _possible(one, begun):
            continue
        used = units_in_use(one, begun)
        room = ((base + gains.T @ used) * weeks / per_mw[:, None]).min(axis=0)
        if (room < 0).any():
            continue
        rows = cash_rows(one, Decisions(begun, np.zeros((0, quarters)), np.minimum(one.demand, room)), "plan")
        found = max(found, npv(quarter_rate(one.terms.discount), net_yi(rows).tolist()))
    return found


def _possible(one: Case, begun: np.ndarray) -> bool:
    late = any(begun[i, b] and not row.first <= b + row.lead < begun.shape[1]
               for i, row in enumerate(one.options) for b in range(begun.shape[1]))  # fmt: skip
    land = one.terms.land_used_mu + np.array([row.land_mu for row in one.options]) @ begun.sum(axis=1)
    return not late and (one.terms.land_mu is None or land <= one.terms.land_mu + 1e-9)


def drawn(seed: int) -> Case:
    """Two investments, two limits, four quarters, taxes, land and working capital."""
    draw = np.random.default_rng(seed)
    terms = replace(FREE, discount=float(draw.uniform(0, 0.3)), tax=0.25, residual=float(draw.uniform(0, 1)),
                    land_mu=5.0, land_used_mu=1.0)  # fmt: skip
    limits = [limit("a", 1.0, float(draw.uniform(0, 2)), 4), limit("b", float(draw.uniform(0.5, 2)), 2.0, 4)]
    options = [
        option(name, gains, once=float(draw.uniform(1, 30)), yearly=float(draw.uniform(0, 5)),
               lead=int(draw.integers(0, 3)),
               most=int(draw.integers(1, 3)), land=float(draw.uniform(0, 3)), life=int(draw.integers(1, 4)))
        for name, gains in (("one", [1.0, 0.0]), ("two", [float(draw.choice([-0.5, 0.5])), 1.0]))
    ]  # fmt: skip
    one = case(10.0, limits, options, terms=terms, tied=float(draw.uniform(0, 3)))
    return replace(one, demand=draw.uniform(5, 60, (1, 4)))


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_best_of_all_plans(seed: int) -> None:
    """On drawn cases the model's plan is worth as much as the best of all plans that begin whole units."""
    one = drawn(seed)
    value, plan = best(one)
    right = every(one)
    assert value == pytest.approx(right, abs=1e-5 * max(1.0, abs(right)))
    rows = cash_rows(one, plan, "plan")
    assert npv(quarter_rate(one.terms.discount), net_yi(rows).tolist()) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("seed", range(20, 30))
def test_better_terms_are_never_worth_less(seed: int) -> None:
    """More land, cheaper investments, a larger base, no tax: none of them lowers the present value."""
    one = drawn(seed)
    value, _ = best(one)
    cheaper = tuple(replace(row, once_yi=0.8 * row.once_yi) for row in one.options)
    more = tuple(replace(row, base=1.1 * row.base) for row in one.limits)
    for better in (
        replace(one, terms=replace(one.terms, land_mu=8.0)), replace(one, options=cheaper),
        replace(one, limits=more), replace(one, terms=replace(one.terms, tax=0.0)),
        replace(one, demand=1.2 * one.demand),
    ):  # fmt: skip
        assert best(better)[0] >= value - 1e-6


@pytest.mark.parametrize("seed", range(30, 36))
def test_a_lower_discount_is_never_worth_less(seed: int) -> None:
    """Where nothing must be paid for what is there, every quarter can be stopped: a lower rate cannot cost."""
    one = drawn(seed)
    plain = tuple(replace(row, yearly_yi=0.0) for row in one.options)
    values = [best(replace(one, options=plain, terms=replace(one.terms, tax=0.0, discount=rate)))[0]
              for rate in (0.2, 0.1, 0.0)]  # fmt: skip
    assert values == sorted(values)


def test_years_before_the_epoch_are_refused() -> None:
    """A year that has begun is no whole year; the message says which are."""
    from datetime import date

    assert quarters_of(date(2026, 10, 1), None, 2)[0].label == "2027Q1"
    assert [quarter.days for quarter in quarters_of(date(2028, 1, 1), None, 1)] == [91, 91, 92, 92]
    with pytest.raises(InputError, match="2027 or later"):
        quarters_of(date(2026, 10, 1), 2026, 2)
