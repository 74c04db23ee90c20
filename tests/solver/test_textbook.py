"""Textbook models: the same rows as Pyomo's own, and the optimum that the books give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from by_pyomo import check_same
from textbook import choices, flows, plans

from aidc_twin.solver import Profile, solve, templates
from aidc_twin.solver.compiling import compile_parts

MODELS = {**flows.MODELS, **plans.MODELS, **choices.MODELS}

BY_INDEX = {"bin_packing": {"turn"}}
"""Rows whose rules branch on an index; all others must be read as templates."""


@pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)
def test_rows_are_those_of_pyomo(build: Callable[[bool], Any]) -> None:
    """Read as templates or index by index, every row, bound and objective is what Pyomo makes of it."""
    with templates():
        quick = compile_parts(build(False))
    plain = build(True)
    check_same(quick.arrays, plain)
    check_same(compile_parts(plain).arrays, plain)
    assert set(quick.one_by_one) == BY_INDEX.get(build.__name__, set())


@pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)
def test_the_optimum_is_the_known_one(build: Callable[[bool], Any]) -> None:
    """Solved from templates, the objective is the figure of the book."""
    with templates():
        model = build(False)
    assert solve(model, Profile(gap=0.0)).objective == pytest.approx(MODELS[build], rel=1e-7)
