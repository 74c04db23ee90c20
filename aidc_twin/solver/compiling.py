"""Pyomo's linear constraints and objectives to arrays, by Pyomo's own linear walker and no matrix library.

Every objective is compiled, deactivated ones too, so that one set of arrays serves all lexicographic levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC
from pyomo.core.expr.numeric_expr import LinearExpression
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.util import FileDeterminism, FileDeterminism_to_SortComponents, VarRecorder

from aidc_twin.errors import SolverFault
from aidc_twin.solver.arrays import MAXIMISE, MINIMISE, Aim, Arrays, Floats, Piece

__all__ = ["compile_model"]


class _Columns(NamedTuple):
    """Variables of a model in order, their pieces, and the column of each by identity."""

    variables: list[Any]
    pieces: tuple[Piece, ...]
    place: dict[int, int]


def compile_model(model: Any) -> Arrays:
    """Arrays of a linear Pyomo model; rows and columns keep the order of declaration.

    Raises
    ------
    SolverFault
        An expression is not linear, or uses a variable that is not on the model.
    """
    with PauseGC():
        columns = _columns(model)
        reader = _Reader(columns)
        rows = _rows(model, reader)
        aims = {o.name: reader.aim(o) for o in model.component_data_objects(pyo.Objective, active=None)}
        lower, upper, integral = _column_bounds(columns.variables)
    if len(reader.known) > len(columns.variables):
        stranger = next(v for key, v in reader.known.items() if key not in columns.place)
        raise SolverFault(f"the variable {stranger.name!r} is used in the model but is not part of it")
    sizes = np.array([0, *reader.sizes], dtype=np.int64)
    return Arrays(
        lower=lower, upper=upper, integral=integral,
        row_lower=np.array(reader.lower, dtype=float), row_upper=np.array(reader.upper, dtype=float),
        starts=np.cumsum(sizes).astype(np.int32),
        index=np.array(reader.index, dtype=np.int32), value=np.array(reader.value, dtype=float),
        aims=aims, column_pieces=columns.pieces, row_pieces=rows,
        columns=columns.variables, rows=reader.rows,
    )  # fmt: skip


def _columns(model: Any) -> _Columns:
    variables: list[Any] = []
    pieces: list[Piece] = []
    for component in model.component_objects(pyo.Var, active=True):
        start = len(variables)
        variables.extend(component.values())
        size = len(variables) - start
        pieces.append(Piece(component.name, start, start + size, size, np.arange(size, dtype=np.int32)))
    return _Columns(variables, tuple(pieces), {id(v): place for place, v in enumerate(variables)})


def _column_bounds(variables: list[Any]) -> tuple[Floats, Floats, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Bounds and integrality; a fixed variable keeps its column, with both bounds at its value."""
    pairs = [(v.value, v.value) if v.fixed else v.bounds for v in variables]
    lower = np.array([-np.inf if low is None else low for low, _ in pairs], dtype=float)
    upper = np.array([np.inf if high is None else high for _, high in pairs], dtype=float)
    whole = np.array([not v.is_continuous() for v in variables], dtype=bool)
    return lower, upper, whole


def _rows(model: Any, reader: _Reader) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for component in model.component_objects(pyo.Constraint, active=True):
        start, positions = len(reader.rows), list[int]()
        for position, constraint in enumerate(component.values()):
            if constraint.active and reader.row(constraint):
                positions.append(position)
        stop = len(reader.rows)
        pieces.append(Piece(component.name, start, stop, len(component), np.array(positions, dtype=np.int32)))
    return tuple(pieces)


class _Reader:
    """Collects the entries of rows as they are read."""

    def __init__(self, columns: _Columns) -> None:
        self.columns = columns
        self.known: dict[int, Any] = {id(v): v for v in columns.variables}
        order = FileDeterminism_to_SortComponents(FileDeterminism.ORDERED)
        self.walker: Any = LinearRepnVisitor({}, var_recorder=VarRecorder(self.known, order))
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.sizes: list[int] = []
        self.index: list[int] = []
        self.value: list[float] = []
        self.rows: list[Any] = []

    def row(self, constraint: Any) -> bool:
        """Take in one constraint; False for one without bounds."""
        low, body, high = constraint.to_bounded_expression()
        if low is None and high is None:
            return False
        places, coefficients, constant = self.terms(body, constraint)
        self.sizes.append(len(places))
        self.index.extend(places)
        self.value.extend(coefficients)
        self.lower.append(-np.inf if low is None else _number(low) - constant)
        self.upper.append(np.inf if high is None else _number(high) - constant)
        self.rows.append(constraint)
        return True

    def aim(self, objective: Any) -> Aim:
        """Take in one objective."""
        places, coefficients, constant = self.terms(objective.expr, objective)
        cost = np.zeros(len(self.columns.variables))
        if places:
            cost[np.array(places)] = np.array(coefficients, dtype=float)
        return Aim(objective.name, cost, float(constant), MINIMISE if objective.is_minimizing() else MAXIMISE)

    def terms(self, body: Any, owner: Any) -> tuple[list[int], list[float], float]:
        """Columns, coefficients and constant of a linear body; each column once."""
        place = self.columns.place
        if body.__class__ is LinearExpression:
            quick = _quick_terms(body, place)
            if quick is not None:
                return quick
        repn = self.walker.walk_expression(body)
        if repn.nonlinear is not None:
            raise SolverFault(f"{owner.name!r} is not linear; HiGHS is given linear rows and objectives only")
        scale = repn.multiplier
        places = [place.get(key, -1) for key in repn.linear]
        return places, [c * scale for c in repn.linear.values()], repn.constant * scale


def _quick_terms(body: Any, place: dict[int, int]) -> tuple[list[int], list[float], float] | None:
    """Terms of a `LinearExpression` of numbers; None if it repeats a variable or holds expressions."""
    arguments = body.linear_vars
    places = [place.get(id(v), -1) for v in arguments]
    coefficients = list(body.linear_coefs)
    plain = all(c.__class__ is float or c.__class__ is int for c in _with(coefficients, body.constant))
    if not plain or -1 in places or len(set(places)) < len(places):
        return None
    return places, coefficients, body.constant


def _number(bound: Any) -> float:
    value: Any = pyo.value(bound)
    return float(value)


def _with(coefficients: list[Any], constant: Any) -> Iterator[Any]:
    yield constant
    yield from coefficients
