"""Pyomo's linear constraints and objectives to arrays.

Templates (see `templates`) are evaluated for all their indices at once; everything else, constraint by constraint, by
Pyomo's own linear walker. Every objective is compiled, deactivated ones too, so that one set of arrays serves all
lexicographic levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC
from pyomo.repn.util import categorize_valid_components

from aidc_twin.errors import SolverFault
from aidc_twin.solver.arrays import MAXIMISE, MINIMISE, Aim, Arrays
from aidc_twin.solver.assembling import Recipe
from aidc_twin.solver.columns import Columns, variables
from aidc_twin.solver.compiled import Compiled, Section, put_together
from aidc_twin.solver.spaces import Labels, Spaces, Unreadable
from aidc_twin.solver.templated import TemplateReader, agrees
from aidc_twin.solver.walking import Walker

__all__ = ["compile_model", "compile_parts"]

_UNDERSTOOD = {
    pyo.Block, pyo.Objective, pyo.Constraint, pyo.Var, pyo.Param, pyo.Expression, pyo.ExternalFunction, pyo.Suffix,
    pyo.Set, pyo.RangeSet, pyo.BuildAction, pyo.BuildCheck,
}  # fmt: skip


def compile_model(model: Any) -> Arrays:
    """Arrays of a linear Pyomo model; rows and columns keep the order of declaration.

    Raises
    ------
    SolverFault
        An expression is not linear, uses a variable that is not on the model, a variable's values are neither whole nor
        continuous, or the model holds something else than linear rows and an objective.
    """
    return compile_parts(model).arrays


def compile_parts(model: Any) -> Compiled:
    """Arrays of a model with what they were made from; what it raises is listed at `compile_model`."""
    _refuse_others(model)
    with PauseGC():
        if any(not v.index_set().isfinite() for v in variables(model) if v.is_indexed()):
            _make_all(model)
        columns = Columns(model, Spaces(Labels()))
        walker = Walker(columns)
        reader = TemplateReader(columns, walker)
        sections = [_section(component, reader, walker) for component in _constraints(model)]
        objectives = tuple(model.component_data_objects(pyo.Objective, active=None))
        aims = {objective.name: _aim(objective, reader, walker) for objective in objectives}
        arrays = put_together(columns, sections, {name: aim for name, (aim, _) in aims.items()})
        recipes = {name: recipe for name, (_, recipe) in aims.items() if recipe is not None}
        return Compiled(model, arrays, columns, reader.parameters, tuple(sections), objectives, recipes)


def _make_all(model: Any) -> None:
    """Call all rules for each index: of a variable over an infinite set, those members are there that they ask for."""
    for component in _constraints(model):
        for member in component.values():
            _ = member.expr
    for objective in model.component_data_objects(pyo.Objective, active=None):
        _ = objective.expr


def _constraints(model: Any) -> Iterator[Any]:
    return (c for c in model.component_objects(pyo.Constraint, active=True) if not c.is_reference())


def _refuse_others(model: Any) -> None:
    _, unknown = categorize_valid_components(model, active=True, sort=False, valid=_UNDERSTOOD, targets=set())
    names = [member.name for members in unknown.values() for member in members]
    if names:
        raise SolverFault(f"HiGHS is given linear rows and objectives only, but the model holds {', '.join(names[:5])}")


def _section(component: Any, reader: TemplateReader, walker: Walker) -> Section:
    """Rows of one component: as a template if that can be read and a look at some rows agrees, else one by one."""
    members, columns = list(component._data.values()), walker.columns
    try:
        recipe = reader.recipe(component, members)
        rows = recipe.rows(columns.fixed if columns.fixed.any() else None, columns.values)
        if not agrees(component, members, recipe, rows, reader):
            # Python may turn `a == b` round for stand-ins only, see `stays`
            recipe = recipe.turned()
            rows = recipe.rows(columns.fixed if columns.fixed.any() else None, columns.values)
            if not agrees(component, members, recipe, rows, reader):
                raise Unreadable("a rule that does not say for its stand-ins what it says for its indices")
    except Unreadable as reason:
        return _one_by_one(component, walker, str(reason))
    if recipe.kept is None:
        positions = np.arange(len(members), dtype=np.int32)
    else:
        positions = np.flatnonzero(recipe.kept).astype(np.int32)
        members = [members[place] for place in positions]
    return Section(component, members, positions, recipe.size, rows, recipe, "")


def _one_by_one(component: Any, walker: Walker, reason: str) -> Section:
    every = list(component.values())
    for member in every:
        if hasattr(member, "template_expr"):
            _ = member.expr  # makes it an ordinary constraint
    active = [place for place, member in enumerate(every) if member.active]
    kept, rows = walker.rows([every[place] for place in active])
    positions = [active[place] for place in kept]
    return Section(
        component, [every[place] for place in positions], np.array(positions, np.int32), len(every), rows, None, reason
    )


def _aim(objective: Any, reader: TemplateReader, walker: Walker) -> tuple[Aim, Recipe | None]:
    """One objective, and its recipe where it is a template."""
    columns, recipe = walker.columns, None
    try:
        recipe = reader.aim(objective)
        rows = recipe.rows(columns.fixed if columns.fixed.any() else None, columns.values)
    except Unreadable:
        rows = walker.bodies([objective.expr], objective)
    cost = np.zeros(columns.size)
    cost[rows.index] = rows.value
    sense = MINIMISE if objective.is_minimizing() else MAXIMISE
    return Aim(objective.name, cost, float(rows.constant[0]), sense), recipe
