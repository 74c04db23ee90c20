"""The shipped park, its order book, opening state and scenarios."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from statistics import mean, median

import numpy as np
import pytest

from aidc_twin.park import Park, Patch, load_park
from aidc_twin.park.order_book import (
    AWARDS,
    CITY_ORDERS,
    HOME_MONTHS,
    MONTH_DAYS,
    SOLUTIONS,
    deal,
    draw_sizes,
    generate_orders,
    table_text,
    triangular_days,
    write_book,
)
from aidc_twin.park.schema import Order
from aidc_twin.park.shipped import names_of
from aidc_twin.resources.share import folder

PARK = folder("models") / "wuxi-aidc"


@pytest.fixture(scope="module")
def park() -> Park:
    """The shipped park."""
    return load_park("wuxi-aidc")


def megawatts(orders: list[Order]) -> dict[str, float]:
    """MW of each solution."""
    total: dict[str, float] = {}
    for order in orders:
        total[order.product] = total.get(order.product, 0.0) + order.quantity_mw
    return total


def test_the_shipped_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    """Generating the book and the state again gives the same bytes."""
    copy = tmp_path / "wuxi-aidc"
    shutil.copytree(PARK, copy)
    write_book(copy)
    for name in (
        "orders.csv",
        "state/operations.csv",
        "state/stocks.csv",
        "state/purchase_orders.csv",
        "state/machines.csv",
    ):
        assert (copy / name).read_bytes() == (PARK / name).read_bytes(), name


def test_same_seed_same_book_and_another_seed_another() -> None:
    """The book is a function of its seed."""
    assert table_text("orders", generate_orders(7)) == table_text("orders", generate_orders(7))
    assert generate_orders(7) != generate_orders(8)


def test_the_book_has_the_size_that_the_design_asks_for(park: Park) -> None:
    """Orders, MW, share with IT, sizes and list value of the whole book."""
    orders = list(park.orders)
    total = megawatts(orders)
    prices = {name: sum(line.value_yuan.value for line in park.bom_of(name)) for name in SOLUTIONS}
    value = sum(mw * prices[name] for name, mw in total.items())
    assert len(orders) >= 300
    assert sum(total.values()) == pytest.approx(3600, abs=10)
    assert total["dc-it"] / sum(total.values()) == pytest.approx(1 / 3, abs=0.01)
    assert total["dc-export"] / (total["dc-export"] + total["dc-ready"]) == pytest.approx(0.4, abs=0.01)
    assert 210e9 < value < 225e9
    assert median(order.quantity_mw for order in orders) == pytest.approx(6, abs=0.5)
    assert mean(order.quantity_mw for order in orders) == pytest.approx(12, abs=1)
    assert all(1 <= order.quantity_mw <= 100 for order in orders)


def test_backlog_season_and_demand_of_2027(park: Park) -> None:
    """About 600 MW are in hand at the epoch, 55 % of the awards of 2027 come in its first quarter, 1,800 MW are due."""
    backlog = sum(order.quantity_mw for order in park.orders if order.ordered < park.head.epoch)
    awards = [order for order in park.orders if order.ordered.year == 2027]
    first = sum(order.quantity_mw for order in awards if order.ordered.month <= 3)
    due = sum(order.quantity_mw for order in park.orders if order.due.year == 2027)
    assert backlog == pytest.approx(600, abs=5)
    assert first / sum(order.quantity_mw for order in awards) == pytest.approx(0.55, abs=0.01)
    assert due == pytest.approx(1800, rel=0.05)
    assert all(park.head.epoch < order.due < park.horizon_end for order in park.orders)


@pytest.mark.parametrize("seed", range(5))
def test_totals_do_not_depend_on_the_seed(seed: int) -> None:
    """Any seed gives the given MW of each award and solution within a few MW, however orders are dealt."""
    orders = generate_orders(seed)
    for award in AWARDS:
        drawn = megawatts([order for order in orders if award.first <= order.ordered <= award.last])
        for name, mw in zip(SOLUTIONS, award.mw, strict=True):
            assert drawn.get(name, 0.0) == pytest.approx(mw, abs=4), (award.first, name)


def test_the_cities_order_their_increments(park: Park) -> None:
    """Orders of the four cities follow from the facts: goals less what stands, and four supernodes for Wuxi."""
    facts = park.facts
    cities = Counter[str]()
    for row in CITY_ORDERS:
        cities[row.city] += row.mw
    kw = facts["kw_per_pflops"].value / 1000
    stands = facts["suzhou_base_pflops"].value
    assert cities["Suzhou"] == pytest.approx((facts["dem_suzhou_pflops_2026"].value - stands) * kw, abs=0.5)
    assert cities["Nanjing"] == pytest.approx(2 * facts["nanjing_growth_mw_year"].value)
    assert cities["Changzhou"] == pytest.approx(facts["goal_changzhou_first_tranche_yuan"].value / 118.2e6, abs=0.1)
    wuxi = next(order for order in park.orders if order.region == "Wuxi")
    assert wuxi.quantity_mw * 1000 / 559 == pytest.approx(facts["local_supernode_order_units"].value, abs=0.1)


def test_sizes_add_up_in_steps_of_a_tenth() -> None:
    """Sizes are cut at both ends, come largest first and add up exactly."""
    sizes = draw_sizes(np.random.Generator(np.random.Philox(3)), 200, 2400)
    assert sum(sizes) == pytest.approx(2400)
    assert sizes == sorted(sizes, reverse=True)
    assert all(round(size, 1) == size and 1 <= size <= 100 for size in sizes)


def test_largest_sizes_are_dealt_to_what_is_left_most() -> None:
    """The greedy deal keeps within one small size of every target."""
    dealt = deal([50, 30, 10, 5, 5], {(0, 0): 60.0, (1, 0): 40.0})
    assert {cell: sum(sizes) for cell, sizes in dealt.items()} == {(0, 0): 60, (1, 0): 40}


def test_quantiles_of_a_triangle_stay_within_it_and_its_cut() -> None:
    """A quantile lies between the ends, is the mode at the mode's share, and never outside the days that are left."""
    low, mode, high = (month * MONTH_DAYS for month in HOME_MONTHS)
    assert triangular_days(0.5, HOME_MONTHS, 0, 1e4) == pytest.approx(mode)
    assert triangular_days(0, HOME_MONTHS, 0, 1e4) == pytest.approx(low)
    assert triangular_days(1, HOME_MONTHS, 0, 1e4) == pytest.approx(high)
    assert 200 <= triangular_days(0.3, HOME_MONTHS, 200, 220) <= 220
    assert triangular_days(0.5, HOME_MONTHS, 400, 500) == pytest.approx(400)


def test_the_state_fits_the_interim_hall(park: Park) -> None:
    """What is under way at the epoch needs no more than the interim hall has, should phase one open late."""
    late = load_park("wuxi-aidc", overrides=[Patch("set", "phases.phase-one.opens", "2027-01-04")])
    assert late.state_operations == park.state_operations
    modules = [row for row in park.state_operations if park.product(row.product).kind == "module"]
    begun = {(row.order, row.product, row.unit) for row in modules}
    gone = {
        (row.order, row.product, row.unit) for row in modules if (row.operation, row.status) == ("dispatch", "done")
    }
    assert 50 <= len(begun - gone) <= 60
    payloads = [row for row in park.state_operations if row.product == "supernode-384" and row.status == "under_way"]
    assert Counter(row.operation for row in payloads) == {"burn-in": 8, "rack-integration": 4}


def test_bill_of_materials_costs_what_infrastructure_costs(park: Park) -> None:
    """Bought parts and skids of 1 MW of infrastructure add up to its cost, the skids to a fifth of it."""
    price = {row.material: row.price_yuan.value for row in park.materials}
    bought = skids = 0.0
    for line in park.bom_of("dc-ready"):
        for part in park.bom_of(line.item):
            if part.item in price:
                bought += line.quantity.value * part.quantity.value * price[part.item]
            else:
                skids += line.quantity.value * part.quantity.value * park.product(part.item).value_yuan.value
    cost = park.facts["infra_cn_yuan_mw"].value
    assert bought + skids == pytest.approx(cost, rel=0.002)
    assert skids == pytest.approx(cost * park.facts["intra_park_component_share"].value, rel=0.002)
    supernode = sum(line.quantity.value * price[line.item] for line in park.bom_of("supernode-384"))
    assert supernode == pytest.approx(park.facts["it_cm384_yuan_mw"].value * 0.559 * 0.95, rel=1e-4)


def test_prices_are_split_as_the_assumptions_say(park: Park) -> None:
    """The share of each module in a solution's price is its split row, and the rows add up to one."""
    kinds = ("it", "power", "cooling", "genset", "auxiliary")
    split = {kind: park.facts[f"split_{kind}_module"].value for kind in kinds}
    assert sum(split.values()) == pytest.approx(1)
    for solution in SOLUTIONS:
        for line in park.bom_of(solution):
            if line.group == "modules":
                assert line.value_yuan.factor == pytest.approx(split[line.item.partition("-")[0]])


def test_boxes_per_mw_is_the_average_of_the_design(park: Park) -> None:
    """A MW takes 2.5 boxes and 1.79 supernodes."""
    lines = park.bom_of("dc-it")
    assert sum(line.quantity.value for line in lines if line.group == "modules") == pytest.approx(2.5)
    assert next(line.quantity.value for line in lines if line.group == "payload") == pytest.approx(1000 / 559, abs=1e-6)


def test_all_bought_materials_and_exports_pass_the_trading_company(park: Park) -> None:
    """Each bought item has one trade rule to the plant that takes it, each export product one to the outside."""
    rules = [sale for sale in park.sales if sale.ledger == "wholesale_trade"]
    taken = {line.item for line in park.bom if park.has("materials", line.item)}
    assert {sale.item for sale in rules if sale.buyer != "outside"} == taken
    exported = {line.item for line in park.bom_of("dc-export")}
    assert {sale.item for sale in rules if sale.buyer == "outside"} == exported
    assert all(sale.seller == "trading" for sale in rules)


def test_every_shipped_scenario_applies(park: Park) -> None:
    """Each scenario loads without a problem; all but the base change the park."""
    names = names_of("scenarios")
    assert {"base", "phase-one-only", "six-week-test", "jiangsu-demand", "demand-times-ten"} <= set(names)
    for name in names:
        patched = load_park("wuxi-aidc", [name])
        assert (patched.hash == park.hash) is (name == "base"), name


def test_scenarios_say_what_they_do(park: Park) -> None:
    """Ten times the demand keeps what is begun; the four cities alone are under two months of the goal."""
    started = {row.order for row in park.state_operations}
    ten = load_park("wuxi-aidc", ["demand-times-ten"])
    for old, new in zip(park.orders, ten.orders, strict=True):
        assert new.quantity_mw == pytest.approx(old.quantity_mw * (1 if old.order in started else 10))
    cities = load_park("wuxi-aidc", ["jiangsu-demand"])
    assert sum(order.quantity_mw for order in cities.orders) < 1000 / 6
    assert {order.region for order in cities.orders} == {"Suzhou", "Nanjing", "Changzhou", "Wuxi"}
