"""The rows of a model as Pyomo itself works them out, one constraint at a time: what the compiler must give."""

from __future__ import annotations

import math
from typing import Any

import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn

from aidc_twin.solver.arrays import Arrays

Row = tuple[dict[str, float], float, float]


def rows_by_pyomo(model: Any) -> dict[str, Row]:
    """Coefficients by variable, lower and upper limit of each row, in order."""
    rows: dict[str, Row] = {}
    for constraint in model.component_data_objects(pyo.Constraint, active=True):
        entries, constant = _terms(constraint.body)
        low = -math.inf if constraint.lb is None else constraint.lb - constant
        high = math.inf if constraint.ub is None else constraint.ub - constant
        rows[constraint.name] = entries, low, high
    return rows


def aims_by_pyomo(model: Any) -> dict[str, tuple[dict[str, float], float, bool]]:
    """Coefficients, constant and whether it is made small, of each objective."""
    objectives = model.component_data_objects(pyo.Objective, active=None)
    return {o.name: (*_terms(o.expr), o.is_minimizing()) for o in objectives}


def columns_by_pyomo(model: Any) -> dict[str, tuple[float, float, bool]]:
    """Bounds of each variable and whether it is whole; a fixed one is held at its value."""
    columns: dict[str, tuple[float, float, bool]] = {}
    for variable in model.component_data_objects(pyo.Var, active=True):
        low, high = (variable.value, variable.value) if variable.fixed else variable.bounds
        low, high = -math.inf if low is None else low, math.inf if high is None else high
        columns[variable.name] = low, high, not variable.is_continuous()
    return columns


def _terms(expression: Any) -> tuple[dict[str, float], float]:
    repn = generate_standard_repn(expression, quadratic=False)
    assert repn.is_linear()
    pairs = zip(repn.linear_vars, repn.linear_coefs, strict=True)
    return {v.name: pyo.value(c) for v, c in pairs if pyo.value(c) != 0}, pyo.value(repn.constant)


def check_same(arrays: Arrays, model: Any) -> None:
    """Every name, coefficient, limit and bound of the arrays is that of a model in Pyomo's ordinary form."""
    names = [arrays.column_name(place) for place in range(arrays.lower.size)]
    bounds = zip(arrays.lower.tolist(), arrays.upper.tolist(), arrays.integral.tolist(), strict=True)
    assert dict(zip(names, bounds, strict=True)) == columns_by_pyomo(model)
    wanted = rows_by_pyomo(model)
    assert [arrays.row_name(place) for place in range(arrays.row_lower.size)] == list(wanted)
    for place, (name, (entries, low, high)) in enumerate(wanted.items()):
        own = slice(int(arrays.starts[place]), int(arrays.starts[place + 1]))
        found = [(names[column], value) for column, value in zip(arrays.index[own], arrays.value[own], strict=True)]
        assert len(found) == len(dict(found)), f"{name} holds a column twice"
        assert _near(dict(found), entries), (name, found, entries)
        if not entries:  # of a range about nothing Pyomo keeps one side only
            assert (arrays.row_lower[place] <= 0 <= arrays.row_upper[place]) == (low <= 0 <= high), name
            continue
        assert math.isclose(arrays.row_lower[place], low, rel_tol=1e-12, abs_tol=1e-12), name
        assert math.isclose(arrays.row_upper[place], high, rel_tol=1e-12, abs_tol=1e-12), name
    for name, (entries, constant, small) in aims_by_pyomo(model).items():
        aim = arrays.aims[name]
        assert _near({names[c]: aim.cost[c] for c in aim.cost.nonzero()[0]}, entries)
        assert math.isclose(aim.offset, constant, rel_tol=1e-12, abs_tol=1e-12)
        assert (aim.sense > 0) == small


def _near(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether the entries are the same; what cancels may leave a rounding error on one side, as sums have no order."""
    names = {name for name in one.keys() ^ other.keys() if abs(one.get(name, 0.0) + other.get(name, 0.0)) > 1e-12}
    return not names and all(math.isclose(one[k], other[k], rel_tol=1e-12, abs_tol=1e-12) for k in one.keys() & other)
