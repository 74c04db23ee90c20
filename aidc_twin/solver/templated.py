"""The constraints and objectives of a model that can be read as templates."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.base.constraint import TemplateConstraintData, TemplateScalarConstraint
from pyomo.core.base.objective import TemplateScalarObjective
from pyomo.core.expr.relational_expr import EqualityExpression, RangedExpression, tuple_to_relational_expr
from pyomo.core.expr.visitor import identify_mutable_parameters

from aidc_twin.solver.assembling import Recipe, Rows
from aidc_twin.solver.columns import Columns
from aidc_twin.solver.loops import Loop, Number, apply, lift
from aidc_twin.solver.parameters import Parameters
from aidc_twin.solver.reading import Affine, Reader, Term
from aidc_twin.solver.sides import stays
from aidc_twin.solver.spaces import Codes, Space, Unreadable
from aidc_twin.solver.walking import Walker

__all__ = ["TemplateReader", "agrees"]

_LOOKED_AT = (0.0, 1.0, 0.5, 0.25, 0.75)
"""Where the rows of a component stand that are compared with the rule called for their own index."""

_LONG = 1_000
"""Terms that are compared at most: to call a rule for one row takes as long as to read a thousand rows."""

_NEARLY = 1e-9


class TemplateReader:
    """Makes recipes of templates; keeps the sets, parameters and expressions that it has met."""

    def __init__(self, columns: Columns, walker: Walker) -> None:
        self.columns = columns
        self.parameters = Parameters(columns.spaces)
        self.walker = walker
        self._spaces = columns.spaces
        self._stretches: dict[int, tuple[Any, Space, Codes, Codes, list[Codes]]] = {}
        self._expressions: dict[int, tuple[Any, Space, Rows]] = {}
        self._reader = Reader(self)

    def recipe(self, component: Any, members: Sequence[Any]) -> Recipe:
        """Recipe of a constraint.

        Raises
        ------
        Unreadable
            It is no template, or one that cannot be read.
        """
        kinds = {member.__class__ for member in members}
        if not kinds or not kinds <= {TemplateConstraintData, TemplateScalarConstraint}:
            raise Unreadable("a rule that is called for each index")
        first = members[0]
        relation, stand_ins = first.template_expr()
        loop = self._rows(component, stand_ins)
        if loop.size != len(members):
            raise Unreadable("some rows were deleted")
        if relation.__class__ is not RangedExpression and all(_variable(side) for side in relation.args):
            recipe = self._of_sides(relation, loop)
        else:
            low, body, high = first.to_bounded_expression()
            recipe = self._of_body(low, body, high, loop)
        active = np.fromiter((member.active for member in members), bool, len(members))
        recipe.kept = None if active.all() else active
        return recipe

    def _of_body(self, low: Any, body: Any, high: Any, loop: Loop) -> Recipe:
        """A relation with constant limits."""
        found = self._reader.read(body, loop)
        lower = None if low is None else self._reader.number(low, loop)
        upper = None if high is None else self._reader.number(high, loop)
        if lower is None and upper is None:
            raise Unreadable("no limit")
        return Recipe(loop.size, tuple(found.terms), found.constant, lower, upper)

    def _of_sides(self, relation: Any, loop: Loop) -> Recipe:
        """A relation with variables on both sides; in rows where the left has none after all it is turned round."""
        equal = relation.__class__ is EqualityExpression
        if equal and not stays(*relation.args):
            raise Unreadable("an equality whose sides Pyomo may turn round, index by index")
        left, right = (self._reader.read(side, loop) for side in relation.args)
        bare = _counts(left.terms, loop) == 0
        sign: Number = np.where(bare, -1.0, 1.0) if bare.any() else 1.0
        less = apply(np.negative, sign)
        terms = [
            Term(t.loop, t.columns, apply(np.multiply, t.coefficient, lift(sign, loop, t.loop))) for t in left.terms
        ]
        terms += [
            Term(t.loop, t.columns, apply(np.multiply, t.coefficient, lift(less, loop, t.loop))) for t in right.terms
        ]
        constant = apply(np.multiply, apply(np.subtract, left.constant, right.constant), sign)
        lower: Number | None = 0.0 if equal else np.where(bare, 0.0, -np.inf) if bare.any() else None
        upper: Number = np.where(bare, np.inf, 0.0) if bare.any() and not equal else 0.0
        return Recipe(loop.size, tuple(terms), constant, lower, upper)

    def aim(self, objective: Any) -> Recipe:
        """Recipe of an objective, as one row without limits; Unreadable as for `recipe`."""
        if objective.__class__ is not TemplateScalarObjective:
            raise Unreadable("a rule that is called for each index")
        expression, stand_ins = objective.template_expr()
        found = self._reader.read(expression, self._rows(objective, stand_ins))
        return Recipe(1, tuple(found.terms), found.constant, None, None)

    def _rows(self, component: Any, stand_ins: Sequence[Any]) -> Loop:
        if component.is_indexed():
            return Loop.over(self._spaces.of(component.index_set()), stand_ins)
        return Loop(1, {}, None, np.zeros(0, np.int64))

    def places(self, variable: Any, codes: Sequence[Codes]) -> Codes:
        """Columns of members of an indexed variable."""
        return self.columns.places(variable, codes)

    def column(self, variable: Any) -> int:
        """Column of one variable."""
        place = self.columns.place(variable)
        if place < 0:
            raise Unreadable("a variable that is not on the model")
        return place

    def amounts(self, parameter: Any, codes: Sequence[Codes]) -> Number:
        """Values of members of an indexed parameter."""
        return self.parameters.many(parameter, codes)

    def amount(self, parameter: Any) -> Number:
        """Value of one parameter."""
        return self.parameters.one(parameter)

    def coded(self, parameter: Any, codes: Sequence[Codes]) -> Codes:
        """Values of members of an indexed parameter, as codes."""
        return self.parameters.coded(parameter, codes)

    def code(self, value: Any) -> int:
        """Code of an index value."""
        return self._spaces.labels.code(value)

    def within(self, loop: Loop, index_set: Any, stand_ins: Sequence[Any]) -> Loop:
        """Loop over a set within another loop."""
        return loop.within(self._spaces.of(index_set), stand_ins)

    def stretches(self, loop: Loop, indexed: Any, codes: Sequence[Codes], stand_ins: Sequence[Any]) -> Loop:
        """Loop over members of an indexed set within another loop."""
        if id(indexed) not in self._stretches:
            space = self._spaces.of(indexed.index_set())
            sets = [indexed[index] for index in indexed.index_set() if index in indexed]
            if len(sets) < space.size or any(not one.isfinite() for one in sets):
                raise Unreadable("an indexed set with members missing")
            counts = np.array([len(one) for one in sets], dtype=np.int64)
            dimensions = {one.dimen for one in sets if len(one)}
            dimension = dimensions.pop() if dimensions else len(stand_ins)
            if dimensions or dimension.__class__ is not int:
                raise Unreadable("an indexed set whose members differ in dimension")
            listed = self._spaces.listed([member for one in sets for member in one], dimension)
            kept = indexed, space, counts, np.cumsum(counts) - counts, list(listed.columns)
            self._stretches[id(indexed)] = kept
        _, space, counts, starts, columns = self._stretches[id(indexed)]
        place = space.find(codes)
        return loop.each(counts[place], starts[place], columns, stand_ins)

    def expressions(self, expression: Any, codes: Sequence[Codes], loop: Loop) -> Affine:
        """Members of an indexed expression, which Pyomo has made one by one."""
        if id(expression) not in self._expressions:
            space = self._spaces.of(expression.index_set())
            if len(expression._data) < space.size:
                raise Unreadable("an expression with members missing")
            members = [expression[index] for index in expression.index_set()]
            if any(True for member in members for _ in identify_mutable_parameters(member)):
                raise Unreadable("an indexed expression with mutable parameters")
            self._expressions[id(expression)] = expression, space, self.walker.bodies(members)
        _, space, rows = self._expressions[id(expression)]
        place = space.find(codes)
        counts = rows.counts.astype(np.int64)
        entries = np.arange(rows.index.size, dtype=np.int64)
        marker = object()
        inner = loop.each(counts[place], (np.cumsum(counts) - counts)[place], [entries], [marker])
        entry = inner.code(marker)
        term = Term(inner, rows.index[entry].astype(np.int64), rows.value[entry])
        return Affine([term], rows.constant[place])


def _counts(terms: Sequence[Term], loop: Loop) -> Codes:
    """Variables of each row, zero times one counted too, shape (rows,)."""
    counts = np.zeros(loop.size, np.int64)
    for term in terms:
        counts += 1 if term.loop.rows is None else np.bincount(term.loop.rows, minlength=loop.size)
    return counts


def _variable(side: Any) -> bool:
    return hasattr(side, "is_potentially_variable") and side.is_potentially_variable()


@contextmanager
def _untouched(components: Sequence[Any]) -> Generator[None, None, None]:
    """Whatever members are made inside, the components do not keep them."""
    sizes = [len(component._data) for component in components]
    try:
        yield
    finally:
        for component, size in zip(components, sizes, strict=True):
            while len(component._data) > size:
                component._data.popitem()


def agrees(component: Any, members: Sequence[Any], recipe: Recipe, rows: Rows, reader: TemplateReader) -> bool:
    """Whether some rows are what the rule gives when it is called for their own index.

    A rule can mislead a template reader without failing, by a test of its own that is quietly false for a stand-in.
    """
    size = rows.counts.size
    starts = np.cumsum(rows.counts, dtype=np.int64) - rows.counts
    places = np.arange(len(members)) if recipe.kept is None else np.flatnonzero(recipe.kept)
    left, long = float(_LONG), sum(term.columns.size for term in recipe.terms) / recipe.size
    for share in _LOOKED_AT if size else ():
        row = round(share * (size - 1))
        if long > left:
            break
        left -= long
        own = slice(int(starts[row]), int(starts[row] + rows.counts[row]))
        found = dict(zip(rows.index[own].tolist(), rows.value[own].tolist(), strict=True))
        found |= {-1: float(rows.lower[row]), -2: float(rows.upper[row])}
        with _untouched([*reader.columns.unmade, *reader.parameters.unmade]):
            relation = component._rule(component.parent_block(), members[int(places[row])].index())
            if relation.__class__ is tuple:
                relation = tuple_to_relational_expr(relation)
            if relation.__class__ is bool:  # sums of nothing on both sides, which Pyomo would refuse
                alike = len(found) == 2 and (found[-1] <= 0.0 <= found[-2]) == relation
            elif relation is pyo.Constraint.Skip:
                alike = False
            else:
                alike = _alike(found, reader.walker.relation(relation))
        if not alike:
            return False
    return True


def _alike(one: dict[int, float], other: dict[int, float]) -> bool:
    if one.keys() != other.keys():
        return False
    pairs = [(one[key], other[key]) for key in one]
    return all(a == b or abs(a - b) <= _NEARLY * max(1.0, abs(a), abs(b)) or (a != a and b != b) for a, b in pairs)
