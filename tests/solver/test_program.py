"""A program that is asked again and again."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from aidc_twin.solver import Profile
from aidc_twin.solver.compiling import compile_model
from aidc_twin.solver.highs import Highs
from aidc_twin.solver.program import Program


@pytest.mark.parametrize("method", ["simplex", "ipm"])
def test_each_question_has_its_own_time(method: str) -> None:
    """Eight questions, then one with the time of about three: HiGHS's own limit counts the runs before as well."""
    draw = np.random.Generator(np.random.PCG64(0))
    model: Any = pyo.ConcreteModel()
    model.I, model.J = range(120), range(160)
    weight, cost = draw.random((120, 160)), draw.random(160)
    model.x = pyo.Var(model.J, domain=pyo.NonNegativeReals)
    model.least = pyo.Objective(expr=sum(cost[j] * model.x[j] for j in model.J))
    model.cover = pyo.Constraint(model.I, rule=lambda m, i: sum(weight[i, j] * m.x[j] for j in m.J) >= 1.0)
    program = Program(compile_model(model), Profile(highs={"solver": method}))
    begin = time.perf_counter()
    answers = [program.minimise(cost, afresh=True) for _ in range(8)]
    spent = time.perf_counter() - begin
    answers.append(program.minimise(cost, time_s=0.35 * spent, afresh=True))
    assert len({round(answer.objective, 9) for answer in answers if answer is not None}) == 1
    assert None not in answers


def test_a_bound_without_end_is_proven_by_the_basis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices of 1e5 with noise in their eighth digit leave a column without a limit something to win."""

    def hoarse(self: Highs, limits: Any, on_incumbent: Any) -> Any:
        truth = honest(self, limits, on_incumbent)
        return replace(truth, duals=truth.duals * np.array([1.0 - 3e-8, 1.0 + 3e-8]))

    honest = Highs.run
    monkeypatch.setattr(Highs, "run", hoarse)
    model: Any = pyo.ConcreteModel()
    model.work, model.sold = pyo.Var(bounds=(0, None)), pyo.Var(bounds=(0, None))
    model.made = pyo.Constraint(expr=model.sold - model.work * 1e-4 <= 0)
    model.wanted = pyo.Constraint(expr=model.sold >= 3)
    model.cost = pyo.Objective(expr=10 * model.work)
    program = Program(compile_model(model), Profile(gap=0.0))
    found = program.minimise(np.array([10.0, 0.0]))
    assert found is not None
    assert found.objective == pytest.approx(3e5)
    assert found.bound == pytest.approx(3e5)
