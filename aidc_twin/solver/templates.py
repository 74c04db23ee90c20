"""Pyomo rules read once, as templates over their index sets, instead of once for each index."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from pyomo.common.errors import TemplateExpressionError
from pyomo.common.gc_manager import PauseGC
from pyomo.core.base import constraint as constraints
from pyomo.core.base import objective as objectives
from pyomo.core.base.global_set import UnindexedComponent_set
from pyomo.core.base.set import SetData
from pyomo.core.expr.numvalue import NumericValue, native_numeric_types
from pyomo.core.expr.relational_expr import RelationalExpression
from pyomo.core.expr.template_expr import IndexTemplate

__all__ = ["declined", "templates"]


@contextmanager
def templates() -> Generator[None, None, None]:
    """Inside, the rule of a constraint or objective is called once, with stand-ins for its indices.

    A rule that cannot be called so (it branches on an index, loops over a set, looks an index up in a Python dict)
    is called once for each index, as always. Declare variables with ``dense=False``, or they are made one by one.
    """
    saved = (
        constraints.TEMPLATIZE_CONSTRAINTS, constraints.templatize_constraint,
        objectives.TEMPLATIZE_OBJECTIVES, objectives.templatize_rule,
    )  # fmt: skip
    constraints.TEMPLATIZE_CONSTRAINTS = objectives.TEMPLATIZE_OBJECTIVES = True
    constraints.templatize_constraint = _careful(saved[1], RelationalExpression)
    objectives.templatize_rule = _careful(saved[3], None)
    try:
        with PauseGC():
            yield
    finally:
        constraints.TEMPLATIZE_CONSTRAINTS, constraints.templatize_constraint = saved[:2]
        objectives.TEMPLATIZE_OBJECTIVES, objectives.templatize_rule = saved[2:]


def declined(why: str) -> TemplateExpressionError:
    """What tells Pyomo to call a rule for each index."""
    return TemplateExpressionError(None, why)


def _careful(read: Callable[..., Any], wanted: type | None) -> Callable[..., Any]:
    """`read`, declining whatever goes wrong in it and whatever it would misread."""

    def reading(*arguments: Any) -> Any:
        if wanted is None and arguments[2] is not UnindexedComponent_set:
            raise declined("an indexed objective")
        try:
            with _strict(), _silent():
                expression, indices = read(*arguments)
        except Exception as error:  # a rule may fail in any way where it is given a stand-in
            raise declined(str(error)) from error
        if wanted is not None and not isinstance(expression, wanted):
            raise declined("no relation")
        if getattr(expression, "strict", False) not in (False, (False, False)):
            raise declined("a strict inequality, which Pyomo refuses")
        if wanted is None and expression.__class__ not in native_numeric_types and not hasattr(expression, "is_fixed"):
            raise declined("no expression")
        return expression, indices

    return reading


@contextmanager
def _strict() -> Generator[None, None, None]:
    """Refuse comparisons and membership tests of stand-ins, which would quietly be false."""
    contains, equal = SetData.__contains__, NumericValue.__eq__

    def compare(self: Any, other: Any) -> Any:
        if isinstance(self, IndexTemplate) or isinstance(other, IndexTemplate) or not _numeric(other):
            raise declined("an index is compared")
        return equal(self, other)

    def member(self: Any, value: Any) -> bool:
        parts = value if value.__class__ is tuple else (value,)
        if any(hasattr(part, "is_expression_type") for part in parts):
            raise declined("an index is looked up in a set")
        return contains(self, value)

    changes = [(NumericValue, "__eq__", compare), (SetData, "__contains__", member)]
    saved = [(kind, name, getattr(kind, name)) for kind, name, _ in changes]
    for kind, name, other in changes:
        setattr(kind, name, other)
    try:
        yield
    finally:
        for kind, name, own in saved:
            setattr(kind, name, own)


def _numeric(other: Any) -> bool:
    return other.__class__ in native_numeric_types or hasattr(other, "is_expression_type")


@contextmanager
def _silent() -> Generator[None, None, None]:
    """Pyomo's log kept quiet: what it reports here is met by calling the rule for each index."""
    log = logging.getLogger("pyomo.core")
    before = log.disabled, logging.getLogger("pyomo.core.expr.template_expr").disabled
    log.disabled = logging.getLogger("pyomo.core.expr.template_expr").disabled = True
    try:
        yield
    finally:
        log.disabled, logging.getLogger("pyomo.core.expr.template_expr").disabled = before
