"""The shipped figures: complete, sourced, and derived rows equal to what they are derived from."""

import math
from collections.abc import Callable

import pytest

from aidc_twin.facts import Facts, load_facts


@pytest.fixture(scope="module")
def facts() -> Facts:
    """The shipped book."""
    return load_facts()


def test_every_row_says_why(facts: Facts) -> None:
    """Every figure has a note, every assumption a range or a reason, every report a source with a place."""
    assert len(facts) > 200
    for fact in facts.values():
        assert fact.note, fact.id
        if fact.basis == "reported":
            assert fact.source_url or fact.source_title.startswith("Founding text"), fact.id


def test_assumptions_have_a_range(facts: Facts) -> None:
    """A guess without a range would be taken for knowledge; only the statutory tax rate has none."""
    bare = {f.id for f in facts.values() if f.basis == "assumption" and f.least == f.greatest}
    assert bare == {"vat_rate"}


def test_notes_are_short_and_not_repeated(facts: Facts) -> None:
    """No note exceeds 140 characters, and no assumption repeats the reason of another one."""
    reasons = [fact.note for fact in facts.values() if fact.basis == "assumption"]
    assert max(len(fact.note) for fact in facts.values()) <= 140
    assert len(set(reasons)) >= len(reasons) - 3


def test_the_four_cities_have_goals(facts: Facts) -> None:
    """Every city of the founding texts, and the province, has its goals."""
    assert {f.place for f in facts.values()} >= {"suzhou", "nanjing", "changzhou", "wuxi", "jiangsu"}
    assert facts["goal_suzhou_industry_yuan"].value == 5e12
    assert facts["goal_nanjing_adoption_2030"].value == 0.95


Lookup = Callable[[str], float]
DERIVED: list[tuple[str, Callable[[Lookup], float]]] = [
    ("mu_m2", lambda v: 10000 / 15),
    ("phase1_far", lambda v: v("phase1_plant_m2") / (v("park_area_phase1_mu") * v("mu_m2"))),
    ("capacity_density_kw_m2_year", lambda v: v("transition_capacity_mw") * 1000 / v("transition_plant_m2")),
    ("phase1_capacity_mw_year", lambda v: v("phase1_plant_m2") * v("capacity_density_kw_m2_year") / 1000),
    ("fx_cny_per_usd", lambda v: 120 / 17.6),
    ("cm384_rack_kw", lambda v: v("cm384_power_kw") / v("cm384_racks")),
    ("kw_per_pflops", lambda v: v("cm384_power_kw") / v("cm384_pflops_bf16")),
    ("china_910c_as_mw", lambda v: v("china_910c_2026") / 384 * v("cm384_power_kw") / 1000),
    ("it_cm384_yuan_mw", lambda v: v("cm384_price_usd") * v("fx_cny_per_usd") / v("cm384_power_kw") * 1000),
    ("supernode_module_price_yuan_mw", lambda v: v("it_cm384_yuan_mw") + v("infra_cn_yuan_mw")),
    ("dem_suzhou_mw", lambda v: v("dem_suzhou_pflops_2026") * v("kw_per_pflops") / 1000),
    ("dem_nanjing_mw", lambda v: v("dem_nanjing_pflops") * v("kw_per_pflops") / 1000),
    ("goal_wuxi_first_order_mw", lambda v: v("local_supernode_order_units") * v("cm384_power_kw") / 1000),
    ("burnin_fpy_nvl72", lambda v: math.exp(-v("burnin_faults_per_nvl72"))),
    (
        "burnin_faults_per_cm384",
        lambda v: v("gpu_afr") * 384 * v("gpu_burnin_hours") / 8760 * v("infant_mortality_multiplier"),
    ),
    ("plant_phase1_capex_yuan", lambda v: v("plant_cost_yuan_m2") * v("phase1_plant_m2")),
    ("cal_mw_with_it", lambda v: v("target_output_yuan_year") / v("supernode_module_price_yuan_mw")),
    ("cal_supernodes_with_it", lambda v: v("cal_mw_with_it") * 1000 / v("cm384_power_kw")),
    ("cal_boxes_day", lambda v: v("cal_mw_with_it") * v("boxes_per_mw") / v("work_days_year")),
    ("cal_wip_floor_m2", lambda v: v("cal_wip_boxes") * v("box_floor_m2")),
]


@pytest.mark.parametrize(("name", "formula"), DERIVED, ids=[name for name, _ in DERIVED])
def test_derived_figures_follow(facts: Facts, name: str, formula: Callable[[Lookup], float]) -> None:
    """A derived figure equals its formula over the other figures."""
    assert facts[name].basis == "derived"
    assert facts[name].value == pytest.approx(formula(lambda key: facts[key].value), rel=2e-3)
