"""Programs of which the solver sees the open part only, starts from earlier points, proofs that there is nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from aidc_twin.solver import Profile
from aidc_twin.solver.arrays import Arrays
from aidc_twin.solver.compact import Compact
from aidc_twin.solver.compiling import compile_model
from aidc_twin.solver.program import Program
from aidc_twin.solver.recheck import proves_none

PLAIN = Profile(highs={"solver": "simplex", "presolve": "off"})


def drawn(seed: int, rows: int = 12, columns: int = 20) -> tuple[Arrays, np.random.Generator]:
    """Cover rows, a row without a limit and one equality over some columns."""
    draw = np.random.Generator(np.random.PCG64(seed))
    weight = draw.random((rows, columns)) * (draw.random((rows, columns)) < 0.4)
    model: Any = pyo.ConcreteModel()
    model.I, model.J = range(rows), range(columns)
    model.x = pyo.Var(model.J, bounds=(0.0, 4.0))
    model.least = pyo.Objective(expr=sum(model.x[j] for j in model.J))
    model.cover = pyo.Constraint(model.I, rule=lambda m, i: (
        sum(weight[i, j] * m.x[j] for j in m.J) + m.x[i] >= (0.0 if i % 5 == 4 else 1.0)))  # fmt: skip
    model.same = pyo.Constraint(expr=sum(model.x[j] for j in range(4)) == 2.0)
    arrays = compile_model(model)
    lower = arrays.row_lower.copy()
    lower[4] = -np.inf
    return Arrays(**{**vars(arrays), "row_lower": lower}), draw


@pytest.mark.parametrize("seed", range(20))
def test_a_compact_program_answers_as_the_whole_one(seed: int) -> None:
    """Columns close and open, a row comes in between, starts are fresh or not: same optimum, same proof of none."""
    arrays, draw = drawn(seed)
    compact, whole, seen = Compact(arrays, PLAIN), Program(arrays, PLAIN), list[bool]()
    size, start = arrays.lower.size, None
    for turn in range(12):
        if turn == 5:
            for program in (compact, whole):
                program.row("at most", -np.inf, 9.0, np.ones(size))
        closed = draw.random(size) < draw.choice([0.1, 0.5, 0.9])
        cost = draw.random(size)
        for program in (compact, whole):
            program.bound(np.arange(size, dtype=np.int32), 0.0, np.where(closed, 0.0, 4.0))
        own = compact.minimise(cost, afresh=turn % 3 == 0, start=start)
        other = whole.minimise(cost)
        assert (own is None) == (other is None)
        seen.append(own is None)
        if own is not None and other is not None:
            assert own.objective == pytest.approx(other.objective, rel=1e-7, abs=1e-9)
            assert own.bound == pytest.approx(other.bound, rel=1e-6, abs=1e-9)
            assert not own.x[closed].any()
            assert own.duals is not None
            assert own.duals.shape == compact.arrays.row_lower.shape
            start = own
    assert len(set(seen)) == 2, "some are impossible, some are not"


def test_the_solver_gets_what_is_open() -> None:
    """Two columns of twenty are open: the names of the rest never reach it, nor the row without a limit."""
    arrays, _ = drawn(1)
    compact = Compact(arrays, PLAIN)
    compact.bound(np.arange(2, 20, dtype=np.int32), 0.0, 0.0)
    compact.minimise(np.ones(20))
    assert compact.handed == [(arrays.row_lower.size - 1, 2)]
    compact.bound(np.arange(2, 5, dtype=np.int32), 0.0, 4.0)
    compact.minimise(np.ones(20))
    compact.bound(np.arange(3, 5, dtype=np.int32), 0.0, 0.0)
    compact.minimise(np.ones(20))
    assert [columns for _, columns in compact.handed] == [2, 5], "what has been handed over serves again"


def test_a_start_goes_on_from_a_point() -> None:
    """After a question that has no answer, and never from a basis of another program or of fewer rows."""
    arrays, _ = drawn(3)
    program, other = Program(arrays, PLAIN), Program(arrays, PLAIN)
    cost, columns = np.linspace(1.0, 2.0, 20), np.arange(20, dtype=np.int32)
    best = program.minimise(cost)
    assert best is not None
    program.bound(columns, 0.0, 0.0)
    assert program.minimise(cost, start=best) is None
    program.bound(columns, 0.0, 4.0)
    again = program.minimise(cost, start=best)
    assert again is not None
    assert again.objective == pytest.approx(best.objective)
    assert again.iterations == 0
    elsewhere = other.minimise(cost, start=best)
    assert elsewhere is not None
    assert elsewhere.objective == pytest.approx(best.objective)
    program.row("at most", -np.inf, best.objective * 2, cost)
    longer = program.minimise(cost, start=best)
    assert longer is not None
    assert longer.objective == pytest.approx(best.objective)


def test_a_start_that_leads_nowhere_is_given_up() -> None:
    """As many steps as there are rows are too few for the way from one end to the other: the answer is the same."""
    draw = np.random.Generator(np.random.PCG64(5))
    weight, model = draw.random((3, 60)), pyo.ConcreteModel()
    model.x = pyo.Var(range(60), domain=pyo.NonNegativeReals)
    model.least = pyo.Objective(expr=sum(model.x[j] for j in range(60)))
    model.most = pyo.Constraint(range(3), rule=lambda m, i: sum(weight[i, j] * m.x[j] for j in range(60)) <= 1.0)
    program, cost = Program(compile_model(model), PLAIN), draw.random(60)
    first = program.minimise(cost)
    assert first is not None
    other = program.minimise(-cost, start=first)
    fresh = program.minimise(-cost, afresh=True)
    assert other is not None
    assert fresh is not None
    assert fresh.iterations > 3, "more than the three rows allow"
    assert other.objective == pytest.approx(fresh.objective)


def test_multipliers_prove_that_nothing_is_there() -> None:
    """x0 + x1 >= 3 with x <= 1 each: the row itself proves it, its negative and nothing do not."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var([0, 1], bounds=(0.0, 1.0))
    model.free = pyo.Var(bounds=(0.0, None))
    model.least = pyo.Objective(expr=model.x[0])
    model.much = pyo.Constraint(expr=model.x[0] + model.x[1] >= 3.0)
    model.other = pyo.Constraint(expr=model.x[0] + model.free >= 1.0)
    arrays = compile_model(model)
    assert proves_none(arrays, np.array([1e6, 0.0]))
    assert not proves_none(arrays, np.array([-1.0, 0.0]))
    assert not proves_none(arrays, np.array([1.0, 1.0])), "the free column reaches anything"
    assert not proves_none(arrays, np.zeros(2))
    assert not proves_none(arrays, np.array([np.inf, 0.0]))
    reachable = Arrays(**{**vars(arrays), "row_lower": np.array([2.0, 1.0])})
    assert not proves_none(reachable, np.array([1.0, 0.0])), "exactly reached is not impossible"
