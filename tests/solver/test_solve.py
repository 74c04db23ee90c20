"""Answers of the solver on programs with known ones."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.repn.plugins.lp_writer import LPWriter

from aidc_twin.errors import EnvironmentFault, InfeasibleError, NoPlanError, SolverFault
from aidc_twin.solver import Incumbent, Live, Profile, solve
from aidc_twin.solver.compiling import compile_model

EXACT = Profile(gap=0.0)


def knapsack(items: int, seed: int = 3) -> Any:
    """Choose items by value within a weight."""
    draw = np.random.Generator(np.random.PCG64(seed))
    weight, value = draw.integers(5, 40, items).tolist(), draw.integers(5, 60, items).tolist()
    model: Any = pyo.ConcreteModel()
    model.take = pyo.Var(range(items), domain=pyo.Binary)
    model.fits = pyo.Constraint(expr=sum(w * model.take[i] for i, w in enumerate(weight)) <= sum(weight) // 2)
    model.worth = pyo.Objective(expr=sum(v * model.take[i] for i, v in enumerate(value)), sense=pyo.maximize)
    return model


def brute(model: Any) -> float:
    """Best value of a knapsack by trying every choice."""
    arrays = compile_model(model)
    columns = range(arrays.lower.size)
    best = 0.0
    for size in range(len(columns) + 1):
        for chosen in combinations(columns, size):
            x = np.zeros(len(columns))
            x[list(chosen)] = 1.0
            if arrays.activity(x)[0] <= arrays.row_upper[0]:
                best = max(best, arrays.aims["worth"].at(x))
    return best


@pytest.mark.parametrize("seed", range(5))
def test_knapsacks_equal_brute_force(seed: int) -> None:
    """Objective and bound of a small integer program are the true optimum."""
    model = knapsack(9, seed)
    result = solve(model, EXACT)
    assert (result.objective, result.bound) == pytest.approx((brute(model), brute(model)))
    assert result.status == "optimal"


def test_prices_of_a_linear_program_are_its_slopes() -> None:
    """A dual is what one unit more of right-hand side is worth, in the sense of the objective."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var(["a", "b"], domain=pyo.NonNegativeReals)
    model.room = pyo.Constraint(
        ["r", "s"], rule=lambda m, k: 2 * m.x["a"] + m.x["b"] <= 8 if k == "r" else m.x["b"] <= 3
    )
    model.gain = pyo.Objective(expr=3 * model.x["a"] + 4 * model.x["b"] + 10, sense=pyo.maximize)
    result = solve(model, EXACT)
    assert result.objective == pytest.approx(29.5)
    assert result.values["x"] == pytest.approx([2.5, 3.0])
    assert result.duals["room"] == pytest.approx([1.5, 2.5])


def test_prices_of_a_mixed_program_come_from_its_fixed_form() -> None:
    """Whole columns are fixed for the prices, and free again afterwards."""
    model: Any = pyo.ConcreteModel()
    model.n = pyo.Var(bounds=(0, 5), domain=pyo.Integers)
    model.x = pyo.Var(bounds=(0, 100))
    model.room = pyo.Constraint(expr=model.x <= 2.5 * model.n + 1)
    model.gain = pyo.Objective(expr=model.x - 2 * model.n, sense=pyo.maximize)
    live = Live(model, EXACT)
    first = live.solve(duals=True)
    assert first.duals["room"] == pytest.approx([1.0])
    assert live.solve().objective == pytest.approx(first.objective) == pytest.approx(3.5)


def test_held_levels_stay_while_the_next_is_solved() -> None:
    """A second objective is the best among the optima of the first."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var([0, 1, 2], bounds=(0, 1))
    model.most = pyo.Constraint(expr=sum(model.x.values()) <= 2)
    model.first = pyo.Objective(expr=model.x[0] + model.x[1] + model.x[2], sense=pyo.maximize)
    model.second = pyo.Objective(expr=model.x[0] + 2 * model.x[1] + 5 * model.x[2])
    model.second.deactivate()
    live = Live(model, EXACT)
    live.hold("first", live.solve("first").objective)
    result = live.solve("second")
    assert result.values["x"] == pytest.approx([1.0, 1.0, 0.0])
    assert live.arrays.aims["first"].at(result.values["x"]) == pytest.approx(2.0)


def test_an_infeasible_model_names_an_irreducible_set() -> None:
    """The rows that clash are named, the innocent ones are not."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var([0, 1], bounds=(0, 10))
    model.least = pyo.Constraint(expr=model.x[0] + model.x[1] >= 15, doc="demand of the year")
    model.most = pyo.Constraint(expr=model.x[0] + model.x[1] <= 12, doc="bays in hall one")
    model.other = pyo.Constraint(expr=model.x[0] <= 9)
    model.cost = pyo.Objective(expr=model.x[0])
    with pytest.raises(InfeasibleError) as caught:
        solve(model, EXACT)
    assert set(caught.value.causes) == {"constraint least: demand of the year", "constraint most: bays in hall one"}


def test_an_unbounded_model_is_a_fault_of_the_model() -> None:
    """An objective without limit is not called infeasible."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var(domain=pyo.NonNegativeReals)
    model.gain = pyo.Objective(expr=model.x, sense=pyo.maximize)
    model.any = pyo.Constraint(expr=model.x >= 1)
    with pytest.raises(SolverFault, match="gain has no limit"):
        solve(model, EXACT)


def test_a_limit_before_the_first_solution_is_no_plan() -> None:
    """A solve that ends with nothing says which limit it was."""
    with pytest.raises(NoPlanError, match="iterations"):
        solve(_assignment(30), Profile(simplex_iterations=1, highs={"presolve": "off", "solver": "simplex"}))


def test_incumbents_are_streamed_and_improve() -> None:
    """Each incumbent is better than the last, none better than the bound."""
    seen: list[Incumbent] = []
    result = solve(knapsack(40), EXACT, on_incumbent=seen.append)
    assert tuple(seen) == result.incumbents
    assert [x.objective for x in seen] == sorted(x.objective for x in seen)
    assert seen[-1].objective == pytest.approx(result.objective)


def test_a_start_is_taken() -> None:
    """A solution that is handed in is the first incumbent where nothing else is searched."""
    best = solve(knapsack(25), EXACT)
    profile = Profile(nodes=0, gap=1.0, highs={"mip_heuristic_effort": 0.0, "presolve": "off"})
    again = solve(knapsack(25), profile, start=best.values)
    assert again.objective == pytest.approx(best.objective)


def test_the_same_solve_twice_takes_the_same_steps() -> None:
    """One thread and a fixed seed: values, nodes and iterations repeat to the bit."""
    first, second = (solve(knapsack(60, 11), Profile(gap=1e-3)) for _ in range(2))
    assert np.array_equal(first.values["take"], second.values["take"])
    assert (first.nodes, first.iterations, first.bound) == (second.nodes, second.iterations, second.bound)


def test_arrays_equal_the_lp_file_that_pyomo_writes(tmp_path: Path) -> None:
    """Rows, columns, bounds and objective are those of Pyomo's own LP writer, read back by HiGHS."""
    import highspy

    model = _mixture()
    arrays = compile_model(model)
    names = {arrays.column_name(c): c for c in range(arrays.lower.size)}
    path = tmp_path / "model.lp"
    with path.open("w", encoding="utf-8") as stream:
        symbol = LPWriter().write(model, stream).symbol_map
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.readModel(str(path))
    lp = solver.getLp()
    place = [names.get(getattr(symbol.bySymbol.get(name), "name", ""), -1) for name in lp.col_names_]
    used = [c for c in place if c >= 0]
    assert sorted(used) == sorted(set(arrays.index.tolist()) | set(np.flatnonzero(arrays.aims["cost"].cost).tolist()))
    dense = np.zeros((arrays.row_lower.size, arrays.lower.size))
    dense[arrays.row_of_entry, arrays.index] = arrays.value
    other = np.zeros((lp.num_row_, lp.num_col_))
    matrix = lp.a_matrix_
    for c in range(lp.num_col_):
        for entry in range(matrix.start_[c], matrix.start_[c + 1]):
            other[matrix.index_[entry], c] = matrix.value_[entry]
    kept = [n for n, c in enumerate(place) if c >= 0]
    mine = _one_sided(dense[:, used], arrays.row_lower, arrays.row_upper)
    theirs = _one_sided(other[:, kept], lp.row_lower_, lp.row_upper_)
    assert np.array(mine) == pytest.approx(np.array(theirs))
    assert [lp.col_cost_[n] for n in kept] == pytest.approx(arrays.aims["cost"].cost[used])
    assert [(lp.col_lower_[n], lp.col_upper_[n]) for n in kept] == list(
        zip(arrays.lower[used], arrays.upper[used], strict=True)
    )


def test_a_missing_solver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without highspy there is one line with the cure, and no traceback of an import."""
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(EnvironmentFault, match=r"pip install 'highspy"):
        solve(knapsack(3), EXACT)


def test_a_curved_model_is_refused_by_name() -> None:
    """A product of variables is not silently dropped."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var([0, 1], bounds=(0, 1))
    model.bent = pyo.Constraint(expr=model.x[0] * model.x[1] <= 1)
    model.cost = pyo.Objective(expr=model.x[0])
    with pytest.raises(SolverFault, match="'bent' is not linear"):
        solve(model, EXACT)


def test_an_empty_model_has_an_answer() -> None:
    """No rows and no columns are solved, not a special case for callers."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var([])
    model.cost = pyo.Objective(expr=5.0)
    assert solve(model, EXACT).objective == 5.0


def _one_sided(matrix: Any, lower: Any, upper: Any) -> list[list[float]]:
    """Rows as ``a x <= b``, sorted (the LP format cannot say a range)."""
    rows = [[*row, high] for row, high in zip(matrix.tolist(), upper, strict=True) if high < np.inf]
    return sorted(rows + [[*(-row).tolist(), -low] for row, low in zip(matrix, lower, strict=True) if low > -np.inf])


def _assignment(size: int) -> Any:
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var(range(size), range(size), bounds=(0, 1))
    model.rows = pyo.Constraint(range(size), rule=lambda m, i: sum(m.x[i, j] for j in range(size)) == 1)
    model.columns = pyo.Constraint(range(size), rule=lambda m, j: sum(m.x[i, j] for i in range(size)) == 1)
    model.cost = pyo.Objective(expr=sum((1 + (i * j) % 7) * model.x[i, j] for i in range(size) for j in range(size)))
    return model


def _mixture() -> Any:
    """Ranges, constants, repeated and fixed variables, parameters, blocks, an inactive row."""
    model: Any = pyo.ConcreteModel()
    model.p = pyo.Param(initialize=2.5, mutable=True)
    model.x = pyo.Var(range(4), bounds=(-1, 9))
    model.n = pyo.Var(range(2), bounds=(0, 7), domain=pyo.Integers)
    model.unused = pyo.Var(bounds=(0, 1))
    model.b = pyo.Block()
    model.b.y = pyo.Var(domain=pyo.NonPositiveReals)
    model.sum = pyo.Constraint(expr=model.p * model.x[0] + 3 * (model.x[1] - model.x[0]) + 2 <= 4 * model.n[0] + 11)
    model.range = pyo.Constraint(expr=pyo.inequality(-3, model.x[2] + model.b.y + 1, 8))
    model.b.equal = pyo.Constraint(expr=model.b.y + model.n[1] / 4 == -model.p)
    model.off = pyo.Constraint(expr=model.x[3] <= 1)
    model.off.deactivate()
    model.cost = pyo.Objective(expr=model.x[0] - 2 * model.b.y + model.n[1] * model.p)
    return model
