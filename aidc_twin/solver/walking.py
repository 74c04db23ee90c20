"""Constraints and objectives one by one, by Pyomo's own linear walker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.base.constraint import ConstraintData
from pyomo.core.expr.numeric_expr import LinearExpression
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.util import FileDeterminism, FileDeterminism_to_SortComponents, VarRecorder

from aidc_twin.errors import SolverFault
from aidc_twin.solver.assembling import Rows
from aidc_twin.solver.columns import Columns

__all__ = ["Walker"]


class Walker:
    """Reads expressions index by index; keeps the variables that it has met."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._known: dict[int, Any] = {}
        self._places: dict[int, int] = {}
        order = FileDeterminism_to_SortComponents(FileDeterminism.ORDERED)
        self._visitor: Any = LinearRepnVisitor({}, var_recorder=VarRecorder(self._known, order))

    def rows(self, constraints: Sequence[Any]) -> tuple[list[int], Rows]:
        """Rows of those constraints that have a limit, and the place of each in the sequence."""
        kept: list[int] = []
        sizes, index = list[int](), list[int]()
        value, constants = list[float](), list[float]()
        lower, upper = list[float](), list[float]()
        for place, constraint in enumerate(constraints):
            low, body, high = constraint.to_bounded_expression()
            if low is None and high is None:
                continue
            places, coefficients, constant = self.terms(body, constraint)
            kept.append(place)
            sizes.append(len(places))
            index.extend(places)
            value.extend(coefficients)
            constants.append(constant)
            lower.append(-np.inf if low is None else _number(low) - constant)
            upper.append(np.inf if high is None else _number(high) - constant)
        return kept, Rows(
            np.array(sizes, np.int32), np.array(index, np.int32), np.array(value, float), np.array(constants, float),
            np.array(lower, float), np.array(upper, float),
        )  # fmt: skip

    def bodies(self, expressions: Sequence[Any], owner: Any = None) -> Rows:
        """Expressions as rows without limits."""
        found = [self.terms(expression, expression if owner is None else owner) for expression in expressions]
        count = len(found)
        return Rows(
            np.array([len(places) for places, _, _ in found], np.int32),
            np.array([place for places, _, _ in found for place in places], np.int32),
            np.array([c for _, coefficients, _ in found for c in coefficients], float),
            np.array([constant for _, _, constant in found], float),
            np.full(count, -np.inf), np.full(count, np.inf),
        )  # fmt: skip

    def relation(self, relation: Any) -> dict[int, float]:
        """Coefficients by column of a relation that is no part of a model, and its limits under -1 and -2."""
        scratch: Any = ConstraintData(relation)
        kept, rows = self.rows([scratch])
        if not kept:
            return {}
        found = dict(zip(rows.index.tolist(), rows.value.tolist(), strict=True))
        return found | {-1: float(rows.lower[0]), -2: float(rows.upper[0])}

    def terms(self, body: Any, owner: Any) -> tuple[list[int], list[float], float]:
        """Columns, coefficients and constant of a linear body; each column once."""
        if body.__class__ is LinearExpression:
            quick = self._quick(body)
            if quick is not None:
                return quick
        repn = self._visitor.walk_expression(body)
        if repn.nonlinear is not None:
            raise SolverFault(f"{owner.name!r} is not linear; HiGHS is given linear rows and objectives only")
        scale = repn.multiplier
        places = [self._place(self._known[key]) for key in repn.linear]
        return places, [c * scale for c in repn.linear.values()], repn.constant * scale

    def _place(self, variable: Any) -> int:
        place = self._places.get(id(variable))
        if place is None:
            place = self.columns.place(variable)
            if place < 0:
                raise SolverFault(f"the variable {variable.name!r} is used in the model but is not part of it")
            self._places[id(variable)] = place
            self._known.setdefault(id(variable), variable)  # holds it, so that its identity stays its own
        return place

    def _quick(self, body: Any) -> tuple[list[int], list[float], float] | None:
        """Terms of a `LinearExpression` of numbers; None if it repeats or fixes a variable or holds expressions."""
        variables = body.linear_vars
        coefficients = list(body.linear_coefs)
        plain = all(c.__class__ is float or c.__class__ is int for c in _with(coefficients, body.constant))
        if not plain or any(v.fixed for v in variables):
            return None
        places = [self._place(v) for v in variables]
        if len(set(places)) < len(places) or 0 in coefficients:
            return None
        return places, coefficients, body.constant


def _number(bound: Any) -> float:
    value: Any = pyo.value(bound)
    return float(value)


def _with(coefficients: list[Any], constant: Any) -> Iterator[Any]:
    yield constant
    yield from coefficients
