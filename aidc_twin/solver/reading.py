"""Templates of Pyomo expressions, evaluated for all their indices at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from pyomo.core.base.expression import IndexedExpression
from pyomo.core.base.param import IndexedParam
from pyomo.core.base.set import IndexedSet
from pyomo.core.base.var import IndexedVar
from pyomo.core.expr import numeric_expr as kinds
from pyomo.core.expr.numvalue import native_numeric_types
from pyomo.core.expr.template_expr import GetItemExpression, IndexTemplate, TemplateSumExpression

from aidc_twin.solver.loops import Formula, Loop, Number, apply, lift, nothing, total
from aidc_twin.solver.spaces import LABEL, Codes, Unreadable

__all__ = ["Affine", "Reader", "Tables", "Term"]

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "log": np.log, "log10": np.log10, "sqrt": np.sqrt, "ceil": np.ceil, "floor": np.floor,
    "sin": np.sin, "cos": np.cos, "tan": np.tan,
}  # fmt: skip


@dataclass(frozen=True)
class Term:
    """``coefficient * x[column]`` in each run of a loop.

    Attributes
    ----------
    columns : shape (size of the loop,).
    """

    loop: Loop
    columns: Codes
    coefficient: Number


@dataclass(frozen=True)
class Affine:
    """Terms of a loop or of loops within it, and a constant of the loop."""

    terms: list[Term] = field(default_factory=list)
    constant: Number = 0.0


class Tables(Protocol):
    """What a reader must know of the model that it reads."""

    def places(self, variable: Any, codes: Sequence[Codes]) -> Codes:
        """Columns of members of an indexed variable."""
        ...

    def column(self, variable: Any) -> int:
        """Column of one variable."""
        ...

    def amounts(self, parameter: Any, codes: Sequence[Codes]) -> Number:
        """Values of members of an indexed parameter."""
        ...

    def amount(self, parameter: Any) -> Number:
        """Value of one parameter."""
        ...

    def coded(self, parameter: Any, codes: Sequence[Codes]) -> Codes:
        """Values of members of an indexed parameter, as codes."""
        ...

    def code(self, value: Any) -> int:
        """Code of an index value."""
        ...

    def expressions(self, expression: Any, codes: Sequence[Codes], loop: Loop) -> Affine:
        """Members of an indexed expression."""
        ...

    def within(self, loop: Loop, index_set: Any, stand_ins: Sequence[Any]) -> Loop:
        """Loop over a set within another loop."""
        ...

    def stretches(self, loop: Loop, indexed: Any, codes: Sequence[Codes], stand_ins: Sequence[Any]) -> Loop:
        """Loop over members of an indexed set within another loop."""
        ...


class Reader:
    """Reads expressions; what it does not know is Unreadable."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._known: dict[type, Callable[[Any, Loop], Affine]] = {}

    def read(self, node: Any, loop: Loop) -> Affine:
        """An expression in every run of a loop."""
        kind = node.__class__
        if kind in native_numeric_types:
            return Affine(constant=float(node))
        found = self._known.get(kind)
        if found is None:
            found = self._known[kind] = self._method(node)
        return found(node, loop)

    def number(self, node: Any, loop: Loop) -> Number:
        """An expression without variables."""
        found = self.read(node, loop)
        if found.terms:
            raise Unreadable("a variable where a number must be")
        return found.constant

    def _method(self, node: Any) -> Callable[[Any, Loop], Affine]:
        known: list[tuple[Any, Callable[[Any, Loop], Affine]]] = [
            (IndexTemplate, self._index), (TemplateSumExpression, self._sum_over), (GetItemExpression, self._item),
            (kinds.SumExpression, self._sum), (kinds.ProductExpression, self._product),
            (kinds.DivisionExpression, self._division), (kinds.NegationExpression, self._negation),
            (kinds.PowExpression, self._power), (kinds.AbsExpression, self._size),
            (kinds.UnaryFunctionExpression, self._function),
        ]  # fmt: skip
        for kind, method in known:
            if isinstance(node, kind):
                return method
        if not hasattr(node, "is_expression_type"):
            raise Unreadable(f"{node.__class__.__name__} where an expression must be")
        if node.is_expression_type():
            if node.is_named_expression_type():
                return self._named
            raise Unreadable(f"an expression of kind {node.__class__.__name__}")
        if node.is_variable_type():
            return self._variable
        if node.is_parameter_type():
            return self._parameter
        raise Unreadable(f"a component of kind {node.__class__.__name__}")

    def _index(self, node: Any, loop: Loop) -> Affine:
        codes = loop.code(node)
        if codes.size and int(codes.max()) >= LABEL:
            raise Unreadable("arithmetic with an index that is no whole number")
        return Affine(constant=codes.astype(np.float64))

    def _variable(self, node: Any, loop: Loop) -> Affine:
        return Affine([Term(loop, np.full(loop.size, self.tables.column(node)), 1.0)])

    def _parameter(self, node: Any, loop: Loop) -> Affine:
        return Affine(constant=self.tables.amount(node))

    def _named(self, node: Any, loop: Loop) -> Affine:
        return self.read(node.arg(0), loop)

    def _item(self, node: Any, loop: Loop) -> Affine:
        base, *index = node.args
        codes = [self._code(part, loop) for part in index]
        if isinstance(base, IndexedVar):
            return Affine([Term(loop, self.tables.places(base, codes), 1.0)])
        if isinstance(base, IndexedParam):
            return Affine(constant=self.tables.amounts(base, codes))
        if isinstance(base, IndexedExpression):
            return self.tables.expressions(base, codes, loop)
        raise Unreadable(f"members of {getattr(base, 'name', base.__class__.__name__)} by index")

    def _code(self, part: Any, loop: Loop) -> Codes:
        """Codes of one part of an index, shape (size of the loop,)."""
        if part.__class__ is IndexTemplate:
            return loop.code(part)
        if not hasattr(part, "is_expression_type"):
            if part.__class__ is slice or part is Ellipsis:
                raise Unreadable("a slice")
            return np.full(loop.size, self.tables.code(part))
        if isinstance(part, GetItemExpression) and isinstance(part.args[0], IndexedParam):
            base, *index = part.args
            return self.tables.coded(base, [self._code(inner, loop) for inner in index])
        whole = self.number(part, loop)
        if isinstance(whole, Formula):
            raise Unreadable("a mutable parameter within an index")
        rounded = np.rint(np.broadcast_to(np.asarray(whole, float), loop.size))
        if not np.array_equal(rounded, np.broadcast_to(whole, loop.size)):
            raise Unreadable("an index that is no whole number")
        return rounded.astype(np.int64)

    def _sum_over(self, node: Any, loop: Loop) -> Affine:
        inner = loop
        for stand_ins in node.template_iters():
            inner = self._inner(inner, stand_ins[0]._set, stand_ins)
        found = self.read(node.template_args()[0], inner)
        constant = found.constant
        while inner is not loop and not nothing(constant):
            assert inner.around is not None
            constant, inner = total(constant, inner), inner.around
        return Affine(found.terms, constant)

    def _inner(self, loop: Loop, index_set: Any, stand_ins: Sequence[Any]) -> Loop:
        if isinstance(index_set, GetItemExpression):
            base, *index = index_set.args
            if not isinstance(base, IndexedSet):
                raise Unreadable("a sum over something other than a set")
            return self.tables.stretches(loop, base, [self._code(part, loop) for part in index], stand_ins)
        return self.tables.within(loop, index_set, stand_ins)

    def _sum(self, node: Any, loop: Loop) -> Affine:
        terms: list[Term] = []
        constant: Number = 0.0
        for argument in node.args:
            part = self.read(argument, loop)
            terms += part.terms
            if not nothing(part.constant):
                constant = apply(np.add, constant, part.constant)
        return Affine(terms, constant)

    def _product(self, node: Any, loop: Loop) -> Affine:
        one, other = (self.read(argument, loop) for argument in node.args)
        if one.terms and other.terms:
            raise Unreadable("a product of variables")
        return _scaled(other, one.constant, loop) if other.terms else _scaled(one, other.constant, loop)

    def _division(self, node: Any, loop: Loop) -> Affine:
        above, below = self.read(node.args[0], loop), self.number(node.args[1], loop)
        return _scaled(above, below, loop, np.divide)

    def _negation(self, node: Any, loop: Loop) -> Affine:
        return _scaled(self.read(node.args[0], loop), -1.0, loop)

    def _power(self, node: Any, loop: Loop) -> Affine:
        base, exponent = (self.number(argument, loop) for argument in node.args)
        return Affine(constant=apply(np.power, base, exponent))

    def _size(self, node: Any, loop: Loop) -> Affine:
        return Affine(constant=apply(np.abs, self.number(node.args[0], loop)))

    def _function(self, node: Any, loop: Loop) -> Affine:
        function = _FUNCTIONS.get(node.getname())
        if function is None:
            raise Unreadable(f"the function {node.getname()}")
        return Affine(constant=apply(function, self.number(node.args[0], loop)))


def _scaled(one: Affine, factor: Number, loop: Loop, operation: Callable[..., Any] = np.multiply) -> Affine:
    """An expression times (or over) a number of the loop."""
    terms = [Term(t.loop, t.columns, apply(operation, t.coefficient, lift(factor, loop, t.loop))) for t in one.terms]
    return Affine(terms, 0.0 if nothing(one.constant) else apply(operation, one.constant, factor))
