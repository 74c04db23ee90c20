"""Why not: lots of a quota that come earlier, and more of it that may be carried over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted import PLAIN, SEARCH, possible

from aidc_twin.plan.levers import Lift, load_levers, price_of
from aidc_twin.plan.why import explain, lifted


def test_lots_of_a_quota_can_come_earlier(make_tiny: Callable[..., Any], line: Any) -> None:
    """2 MW must begin by week 2 and 3, one unit each; one unit is there, the lots come in weeks 4 and 5.

    Either one unit more by week 3, or the lot of week 4 a week earlier: then the other must be there as well.
    """
    inputs = make_tiny([line(1.0, 3), line(1.0, 4)], [1.0] * 8, lead=-1, supply=[1.0, 0, 0, 0, 1.0, 1.0])
    answer = explain(inputs, (), formulation=PLAIN, profile=SEARCH)
    cures = {cure.causes[0].kind: cure for cure in answer.cures if len(cure.causes) == 1}
    early = cures["early"].causes[0]
    assert (early.name, early.first_week, early.last_week, early.earlier_weeks) == ("steel", 3, 4, 1)
    assert [(lot.due_week, lot.week, lot.amount) for lot in early.lots] == [(4, 3, pytest.approx(1.0, rel=1e-5))]
    assert early.amount == pytest.approx(1.0, rel=1e-5)
    assert early.early_unit_weeks == pytest.approx(1.0, rel=1e-5)
    assert cures["early"].enough
    assert cures["early"].smallest
    assert not possible(inputs, ())
    assert possible(lifted(inputs, [("early", "steel", {3: 1.0, 4: -1.0})]), ())
    assert "supply" in cures, "one more of it does as well"


def test_lots_overtake_no_lots_of_their_own(make_tiny: Callable[..., Any], line: Any) -> None:
    """Three units by week 1, lots of two in weeks 2 and 4: the first as a whole, of the second one unit three weeks."""
    inputs = make_tiny([line(3.0, 2)], [1.5, 1.5, 1, 1, 1, 1], lead=-1, supply=[0, 0, 2.0, 0, 2.0])
    inputs = replace(inputs, need=np.ones((1, 1, 1)), capacity=np.array([[0.0, 3.0, 1, 1, 1, 1]]))
    answer = explain(inputs, (), formulation=PLAIN, profile=SEARCH)
    early = next(cure.causes[0] for cure in answer.cures if [c.kind for c in cure.causes] == ["early"])
    assert [(lot.due_week, lot.week, lot.amount) for lot in early.lots] == [
        (2, 1, pytest.approx(2.0, rel=1e-5)), (4, 1, pytest.approx(1.0, rel=1e-5)),
    ]  # fmt: skip
    assert (early.first_week, early.last_week, early.earlier_weeks) == (1, 4, 3)
    assert early.early_unit_weeks == pytest.approx(5.0, rel=1e-5)


def test_more_of_a_quota_may_be_carried_over(make_tiny: Callable[..., Any], line: Any) -> None:
    """Three units in week 0 for three weeks, one may be kept: of the two that are left one lapses."""
    inputs = make_tiny([line(1.0, 1), line(1.0, 2), line(1.0, 3)], [1.0] * 6, lead=-1, supply=[3.0])
    inputs = replace(inputs, stock_limit=np.array([1.0]))
    answer = explain(inputs, (), formulation=PLAIN, profile=SEARCH)
    assert answer.cause is not None
    cause = answer.cause
    assert (cause.kind, cause.name, cause.first_week, cause.last_week) == ("store", "steel", 0, 0)
    assert cause.amount == pytest.approx(1.0, rel=1e-5)
    assert answer.cures[0].enough
    assert not possible(inputs, ())
    assert possible(lifted(inputs, [("store", "steel", {0: cause.amount})]), ())


def test_levers_price_earlier_lots_and_what_is_kept() -> None:
    """A share of the value for each week, by the lever of the quota; a material without such a lever has no price."""
    levers = load_levers("default")
    early = price_of(levers, Lift("early", "accelerator", 0, 3, 2.0))
    assert early is not None
    assert early[0] == pytest.approx(early[1].value_share * 2.0)
    assert early[1].kind == "early"
    assert price_of(levers, Lift("early", "accelerator", 0, 100, 2.0)) is None
    assert price_of(levers, Lift("early", "steel", 0, 1, 2.0)) is None
    kept = price_of(levers, Lift("store", "accelerator", 20, 1000.0, 4000.0))
    assert kept is not None
    assert kept[1].kind == "store"
    assert kept[0] > 0
