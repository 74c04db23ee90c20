"""The base year 2027 by hand, from the facts alone: quota, floor, demand, yuan."""

from __future__ import annotations

import pytest

from aidc_twin.facts import load_facts
from aidc_twin.park import load_park

YEAR = 2027


def value(fact: str) -> float:
    """A shipped figure."""
    return load_facts(None)[fact].value


def quota_mw() -> float:
    """Chips a week, 384 to a supernode, by its power, 52 weeks."""
    return value("quota_chips_week") / 384 * value("cm384_power_kw") / 1000 * 52


def floor_mw(*floor_m2: float) -> float:
    """Places for boxes in work, each free again after 40 working days of 300, 2.5 boxes to the megawatt."""
    places = sum(floor_m2) * value("floor_places_share") / value("box_floor_m2")
    return places * value("work_days_year") / 40 / value("boxes_per_mw")


def bn_yuan(with_it_mw: float, without_mw: float) -> float:
    """Consolidated output in bn yuan: IT with its own infrastructure, the rest 60 % at home and 40 % abroad."""
    home = value("domestic_share_infra")
    apiece = home * value("module_price_domestic_yuan_mw") + (1 - home) * value("module_price_export_yuan_mw")
    return (with_it_mw * (value("it_cm384_yuan_mw") + value("infra_cn_yuan_mw")) + without_mw * apiece) / 1e9


def test_quota_gives_500_mw_of_it() -> None:
    """6,600 chips a week are 17.19 supernodes, 894 a year, 500 MW."""
    assert value("quota_chips_week") / 384 == pytest.approx(17.1875)
    assert quota_mw() == pytest.approx(500, abs=1)


def test_floor_gives_the_reported_density() -> None:
    """The interim hall makes the reported 200 MW and phase one 1,100, which is 10 kW a square metre and year."""
    assert floor_mw(value("transition_plant_m2")) == pytest.approx(200, rel=0.01)
    reported = value("capacity_density_kw_m2_year")
    hall_m2 = value("transition_plant_m2")
    assert floor_mw(hall_m2) * 1000 / hall_m2 == pytest.approx(reported, rel=0.01)
    assert floor_mw(value("phase1_plant_m2")) == pytest.approx(value("phase1_capacity_mw_year"), rel=0.01)


def test_demand_is_a_fifth_above_the_base_mix() -> None:
    """Orders due in 2027 come to 1,700 to 1,900 MW, a third of them with IT; quota and floor bind before they do."""
    orders = [order for order in load_park("wuxi-aidc").orders if order.due.year == YEAR]
    due = sum(order.quantity_mw for order in orders)
    with_it = sum(order.quantity_mw for order in orders if order.product == "dc-it")
    assert 1700 <= due <= 1900
    assert due / (value("cal_mix_domestic_it_mw") + value("cal_mix_infra_mw")) == pytest.approx(1.2, abs=0.05)
    assert with_it / due == pytest.approx(1 / 3, abs=0.05)
    assert with_it > quota_mw()
    assert due > floor_mw(value("transition_plant_m2"), value("phase1_plant_m2"))


def test_base_year_by_hand_is_80_to_95_bn_yuan() -> None:
    """Phase one alone 77.7, with the interim hall 83.9, base mix 90.1; the base year lies between the last two."""
    alone = floor_mw(value("phase1_plant_m2"))
    hall = floor_mw(value("phase1_plant_m2"), value("transition_plant_m2"))
    mix = value("cal_mix_domestic_it_mw") + value("cal_mix_infra_mw")
    assert bn_yuan(quota_mw(), alone - quota_mw()) == pytest.approx(77.7, abs=0.2)
    low, high = bn_yuan(quota_mw(), hall - quota_mw()), bn_yuan(quota_mw(), mix - quota_mw())
    assert low == pytest.approx(83.9, abs=0.2)
    assert high == pytest.approx(90.1, abs=0.2)
    assert 80 <= low <= high <= 95
