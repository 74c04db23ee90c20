"""The plan as one Pyomo model: a Block per constraint family, one objective per level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyomo.environ as pyo

from aidc_twin.plan.book import Book, make_book
from aidc_twin.plan.families.capacity import capacity
from aidc_twin.plan.families.cash import cash
from aidc_twin.plan.families.goals import goals as goals_family
from aidc_twin.plan.families.levels import margin, shortfall, tardiness
from aidc_twin.plan.families.materials import materials
from aidc_twin.plan.families.release import release
from aidc_twin.plan.families.shifts import shifts
from aidc_twin.plan.families.terms import refusals, splits
from aidc_twin.plan.formulation import Formulation
from aidc_twin.plan.goal import Contribution, Goal, contribution
from aidc_twin.plan.scale import in_own_unit
from aidc_twin.plan.stocks import served_load
from aidc_twin.solver import templates
from aidc_twin.solver.arrays import Arrays
from aidc_twin.solver.compiling import compile_model
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["Task", "build", "build_task", "compiled", "make_own_task", "make_task"]


@dataclass(frozen=True)
class Task:
    """All that the model is built from; a unit of its quantities is `unit_mw`."""

    inputs: PlanInputs
    formulation: Formulation
    book: Book
    contributions: tuple[Contribution, ...]
    unit_mw: float = 1.0


def make_task(inputs: PlanInputs, goals: Sequence[Goal], formulation: Formulation, previous: Any | None = None) -> Task:
    """Columns, costs and postings, computed once."""
    counted = tuple(contribution(inputs, goal) for goal in goals)
    return Task(inputs, formulation, make_book(inputs, formulation, previous), counted)


def make_own_task(
    inputs: PlanInputs, goals: Sequence[Goal], formulation: Formulation, previous: Any | None = None
) -> Task:
    """The same with quantities in a unit that suits the solver, and with work under way put off to when it fits."""
    scaled, unit = in_own_unit(inputs)
    task = make_task(replace(scaled, base_load=served_load(scaled)), goals, formulation, previous)
    return replace(task, unit_mw=unit)


def build(inputs: PlanInputs, goals: Sequence[Goal], formulation: Formulation) -> Any:
    """Pyomo model of the plan; the objectives are named after the levels, the first one is active."""
    return build_task(make_task(inputs, goals, formulation))


def build_task(task: Task) -> Any:
    """Pyomo model of a task."""
    model: Any = pyo.ConcreteModel("plan")
    on = task.formulation.families
    inputs, formulation, book = task.inputs, task.formulation, task.book
    if book.refuse_yi.size:
        model.refusals = refusals(book)
    model.release = release(inputs, book, model.component("refusals"))
    if (book.split_yi[book.item] > 0).any():
        model.splits = splits(book, model.release)
    model.shifts = shifts(inputs, formulation)
    if on.capacity and inputs.families:
        model.capacity = capacity(inputs, formulation, model.release.total, model.shifts)
    if on.materials:
        model.materials = materials(inputs, formulation, model.release.total)
    if on.cash and on.materials and inputs.cash is not None:
        model.cash = cash(inputs, formulation, book, model)
    if on.goals:
        model.goals = goals_family(task.contributions, model.release, formulation)
    rules = {"shortfall": shortfall, "tardiness": tardiness, "margin": margin}
    for place, level in enumerate(formulation.levels):
        model.add_component(level, rules[level](model, inputs, formulation, book))
        if place:
            model.component(level).deactivate()
    return model


def compiled(task: Task) -> tuple[Any, Arrays]:
    """Model of a task and its arrays; the rules are read as templates, which takes a thirtieth of the time."""
    with templates():
        model = build_task(task)
    return model, compile_model(model)
