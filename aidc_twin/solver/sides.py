"""Which way round Pyomo puts the two sides of a relation, index by index."""

from __future__ import annotations

from typing import Any

from pyomo.core.expr import numeric_expr as kinds
from pyomo.core.expr.template_expr import GetItemExpression, TemplateSumExpression

__all__ = ["stays"]


def stays(left: Any, right: Any) -> bool:
    """Whether Pyomo keeps the sides of ``left == right`` as they are, or turns them round, for all indices alike.

    Python asks the right side first where its class is derived from that of the left; and the class of an expression
    hangs on its numbers: ``1 * x`` is x itself. Of all that sums of plain terms can come to, a scalar variable and a
    member of an indexed one are the only such pair.
    """
    found = _kinds(left), _kinds(right)
    if None in found:
        return False
    one, other = (kind or set[bool]() for kind in found)
    return (_plain(left) and _plain(right)) or not one or not other or len(one | other) == 1


def _kinds(side: Any) -> set[bool] | None:
    """Whether it may come to a scalar variable (True), a member (False), or neither; None if it is no plain sum."""
    if _term(side) or isinstance(side, TemplateSumExpression):
        return _variables(side) if _linear(side) else None
    if isinstance(side, kinds.SumExpression) and all(_linear(part) for part in side.args):
        return set() if sum(_term(part) for part in side.args) > 1 else _variables(side)
    return None


def _variables(part: Any) -> set[bool]:
    """Whether there are scalar variables in it, and members of indexed ones."""
    if _plain(part):
        return {not isinstance(part, GetItemExpression) and not part.parent_component().is_indexed()}
    if not _variable(part):
        return set()
    inner = part.template_args()[:1] if isinstance(part, TemplateSumExpression) else part.args
    return set[bool]().union(*(_variables(one) for one in inner))


def _linear(part: Any) -> bool:
    """Whether it is a constant, a plain term, or a sum of such over sets."""
    if isinstance(part, TemplateSumExpression):
        inner = part.template_args()[0]
        return _linear(inner) or (isinstance(inner, kinds.SumExpression) and all(_linear(one) for one in inner.args))
    return not _variable(part) or _term(part)


def _term(part: Any) -> bool:
    """Whether it is one variable, or one times or over a constant."""
    if _plain(part):
        return True
    if isinstance(part, kinds.NegationExpression):
        return _term(part.args[0])
    if isinstance(part, kinds.ProductExpression):
        one, other = part.args
        return (_term(one) and not _variable(other)) or (_term(other) and not _variable(one))
    return isinstance(part, kinds.DivisionExpression) and _term(part.args[0]) and not _variable(part.args[1])


def _plain(part: Any) -> bool:
    if isinstance(part, GetItemExpression):
        return _variable(part) and getattr(part.args[0], "ctype", None) is not None and _holds_variables(part.args[0])
    return hasattr(part, "is_variable_type") and part.is_variable_type()


def _holds_variables(component: Any) -> bool:
    return component._ComponentDataClass(component).is_variable_type()


def _variable(part: Any) -> bool:
    return hasattr(part, "is_potentially_variable") and part.is_potentially_variable()
