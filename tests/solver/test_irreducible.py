"""Irreducible sets of programs that nothing meets, each shown to be one by solving without each of its members."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest

from aidc_twin.errors import InputError, NoPlanError, SolverFault
from aidc_twin.solver import Group, Irreducible, Profile, irreducible, read_mps
from aidc_twin.solver.arrays import Arrays
from aidc_twin.solver.compiling import compile_model

CASES = Path(__file__).parents[3] / "shared" / "cases" / "plan" / "highs_check"
INFEASIBLE = [
    "bgetam",
    "box1",
    "ex72a",
    "forest6",
    "galenet",
    "infeasible-mip0",
    "infeasible-mip1",
    "klein1",
    "woodinfe",
]
EXACT = Profile(gap=0.0, nodes=20_000)

shared = pytest.mark.skipif(not CASES.exists(), reason="the programs stand beside the repository, in shared/cases/plan")


def holds(arrays: Arrays, groups: list[Group], method: str = "choose") -> bool:
    """Whether these groups alone can hold together, asked of HiGHS without anything of ours."""
    rows = np.array(sorted({row for group in groups for row in group.rows}), dtype=np.int64)
    limited = [column for group in groups for column in group.columns]
    lower, upper = np.full(arrays.lower.size, -np.inf), np.full(arrays.lower.size, np.inf)
    lower[limited], upper[limited] = arrays.lower[limited], arrays.upper[limited]
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("solver", method)
    for column in range(lower.size):
        model.addVar(lower[column], upper[column])
        if arrays.integral[column]:
            model.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    for row in rows.tolist():
        entries = slice(arrays.starts[row], arrays.starts[row + 1])
        index, value = arrays.index[entries], arrays.value[entries]
        model.addRow(arrays.row_lower[row], arrays.row_upper[row], index.size, index, value)
    model.run()
    status = model.getModelStatus()
    if status == highspy.HighsModelStatus.kUnknown:
        return holds(arrays, groups, "ipm")
    assert status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible), status
    return status == highspy.HighsModelStatus.kOptimal


def assert_irreducible(arrays: Arrays, found: Irreducible | None) -> None:
    """The set cannot hold, and without any one of its members it can."""
    assert found is not None
    assert found.proven
    groups = list(found.groups)
    assert not holds(arrays, groups)
    for left_out in range(len(groups)):
        assert holds(arrays, groups[:left_out] + groups[left_out + 1 :]), groups[left_out].name


@shared
@pytest.mark.parametrize("name", INFEASIBLE)
def test_infeasible_programs_of_highs_get_an_irreducible_set(name: str) -> None:
    """Nine programs, two of them in whole numbers."""
    arrays = read_mps(CASES / f"{name}.mps")
    assert_irreducible(arrays, irreducible(arrays, EXACT))


@shared
@pytest.mark.parametrize(
    ("name", "place"),
    [("nan0", "objective INCOME, variable P1"), ("nan1", "constraint FINISHNG, variable P2"),
     ("nan2", "constraint ASSEMBLY: right-hand side nan")],
)  # fmt: skip
def test_programs_with_nan_are_refused_by_name(name: str, place: str) -> None:
    """HiGHS calls two of them optimal."""
    with pytest.raises(SolverFault, match=place):
        irreducible(read_mps(CASES / f"{name}.mps"), EXACT)


@shared
@pytest.mark.parametrize("name", INFEASIBLE)
def test_mps_files_are_read_as_highs_reads_them(name: str) -> None:
    """The same rows, columns, limits and entries."""
    arrays, model = read_mps(CASES / f"{name}.mps"), highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.readModel(str(CASES / f"{name}.mps"))
    program = model.getLp()
    assert np.array_equal(arrays.lower, program.col_lower_)
    assert np.array_equal(arrays.upper, program.col_upper_)
    assert np.array_equal(arrays.row_lower, program.row_lower_)
    assert np.array_equal(arrays.row_upper, program.row_upper_)
    whole = [kind != highspy.HighsVarType.kContinuous for kind in program.integrality_] or [False] * arrays.lower.size
    assert arrays.integral.tolist() == whole
    assert np.array_equal(next(iter(arrays.aims.values())).cost, program.col_cost_)
    x = np.random.Generator(np.random.PCG64(1)).uniform(-1, 1, arrays.lower.size)
    matrix, ours = np.zeros(arrays.row_lower.size), arrays.activity(x)
    for column in range(arrays.lower.size):
        entries = slice(program.a_matrix_.start_[column], program.a_matrix_.start_[column + 1])
        for row, value in zip(program.a_matrix_.index_[entries], program.a_matrix_.value_[entries], strict=True):
            matrix[row] += value * x[column]
    assert ours == pytest.approx(matrix, rel=1e-12, abs=1e-12)


def conflict() -> Any:
    """Three rows of which two cannot hold together, and one that has nothing to do with it."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var(["a", "b", "c"], domain=pyo.NonNegativeReals)
    model.demand = pyo.Constraint(expr=model.x["a"] + model.x["b"] >= 5)
    model.room = pyo.Constraint(expr=2 * model.x["a"] + 2 * model.x["b"] <= 8)
    model.other = pyo.Constraint(expr=model.x["c"] <= 3)
    model.spread = pyo.Constraint(expr=model.x["a"] <= 4)
    model.cost = pyo.Objective(expr=model.x["c"])
    return model


def test_only_what_conflicts_is_named() -> None:
    """The two rows that cannot hold together; limits that say the same do not stand beside them."""
    arrays = compile_model(conflict())
    found = irreducible(arrays, EXACT)
    assert found is not None
    assert [group.name for group in found.groups] == ["demand", "room"]
    assert_irreducible(arrays, found)


def test_groups_are_lifted_together_and_the_rest_holds_always() -> None:
    """With the demand outside the groups the capacity is the whole cause; with both outside nothing can be lifted."""
    arrays = compile_model(conflict())
    rows = {arrays.row_name(row): row for row in range(arrays.row_lower.size)}
    groups = [Group("harmless", rows=(rows["other"], rows["spread"])), Group("capacity", rows=(rows["room"],))]
    found = irreducible(arrays, EXACT, groups)
    assert found is not None
    assert [group.name for group in found.groups] == ["capacity"]
    background = irreducible(arrays, EXACT, groups[:1])
    assert background is not None
    assert background.groups == ()


def test_what_can_hold_has_no_cause() -> None:
    """A feasible program gives None."""
    model = conflict()
    model.demand.deactivate()
    assert irreducible(compile_model(model), EXACT) is None


@pytest.mark.parametrize("seed", range(20))
def test_random_conflicts_are_irreducible(seed: int) -> None:
    """Programs of random rows, half of them with whole columns, made infeasible by one row too many."""
    draw = np.random.Generator(np.random.PCG64(seed))
    model: Any = pyo.ConcreteModel()
    kind = pyo.Integers if seed % 2 else pyo.Reals
    model.x = pyo.Var(range(5), bounds=(0, 9), domain=kind)
    rows = draw.integers(-4, 5, (12, 5))
    inside = draw.integers(0, 10, 5)
    model.rows = pyo.Constraint(
        range(12),
        rule=lambda m, r: sum(int(a) * m.x[i] for i, a in enumerate(rows[r])) + 0 * m.x[0] <= int(rows[r] @ inside),
    )
    total = rows[:4].sum(axis=0)
    model.much = pyo.Constraint(expr=sum(int(a) * model.x[i] for i, a in enumerate(total)) >= int(total @ inside) + 1)
    model.cost = pyo.Objective(expr=model.x[0])
    arrays = compile_model(model)
    assert_irreducible(arrays, irreducible(arrays, EXACT))


def test_a_limit_before_the_first_answer_is_told() -> None:
    """No word about causes where it is not known whether there is a solution."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var(range(40), domain=pyo.Binary)
    model.odd = pyo.Constraint(expr=2 * sum(model.x[i] for i in range(40)) == 41)
    model.cost = pyo.Objective(expr=model.x[0])
    model.mixed = pyo.Constraint(
        range(6), rule=lambda m, r: sum((3 + (i * (r + 7)) % 11) * m.x[i] for i in range(40)) == 101 + r
    )
    with pytest.raises(NoPlanError, match="no answer before the limits"):
        irreducible(compile_model(model), Profile(gap=0.0, nodes=0, highs={"presolve": "off"}))


@pytest.mark.parametrize(
    ("text", "line"),
    [("ROWS\n N cost\n Q a\nENDATA\n", 3), ("ROWS\n N cost\nCOLUMNS\n  x  nowhere 1\nENDATA\n", 4),
     ("ROWS\n N cost\n L a\nCOLUMNS\n  x  a  one\nENDATA\n", 5), ("ROWS\n L a\nBOUNDS\n UP b y 3\nENDATA\n", 4)],
)  # fmt: skip
def test_lines_that_are_not_mps_are_named(text: str, line: int, tmp_path: Path) -> None:
    """A bad line is refused with its number, not with a traceback."""
    path = tmp_path / "bad.mps"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_mps(path)
    assert [(p.line, p.code) for p in caught.value.problems] == [(line, "bad-mps")]
