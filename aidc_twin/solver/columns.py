"""Variables of a Pyomo model as columns; those declared with ``dense=False`` are never made one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import pyomo.environ as pyo
from pyomo.core.base.component_namer import index_repr
from pyomo.core.expr.numvalue import native_numeric_types
from pyomo.core.expr.visitor import identify_mutable_parameters

from aidc_twin.errors import SolverFault
from aidc_twin.solver.arrays import Indices, Named, Piece
from aidc_twin.solver.spaces import Codes, Space, Spaces, Unreadable

__all__ = ["Columns", "Member", "Names", "variables"]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a Pyomo component that was not made."""

    component: Any
    position: int

    @property
    def name(self) -> str:
        """Its name as Pyomo would compose it."""
        members = self.component.index_set()
        index = members.at(self.position + 1) if members.isordered() else list(members)[self.position]
        return self.component.name + index_repr(index)

    def parent_component(self) -> Any:
        """The component that it belongs to."""
        return self.component


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Columns of one component; `made` where Pyomo has made its members, `space` where they can be found by index."""

    component: Any
    start: int
    size: int
    space: Space | None
    made: list[Any] | None


class Names(Sequence[Named]):
    """Columns that can say their names."""

    def __init__(self, stretches: Sequence[_Stretch]) -> None:
        self._stretches = stretches
        self._starts = [s.start for s in stretches]
        self._size = stretches[-1].start + stretches[-1].size if stretches else 0

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> Named: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Named]: ...
    def __getitem__(self, place: int | slice) -> Named | Sequence[Named]:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(self._size))]
        column = int(place) + (self._size if place < 0 else 0)
        if not 0 <= column < self._size:
            raise IndexError(place)
        stretch = self._stretches[int(np.searchsorted(self._starts, column, side="right")) - 1]
        while column >= stretch.start + stretch.size:  # an empty stretch begins where the next one does
            stretch = self._stretches[self._stretches.index(stretch) + 1]
        position = column - stretch.start
        return Member(stretch.component, position) if stretch.made is None else stretch.made[position]


class Columns:
    """All columns of a model, in order of declaration.

    Attributes
    ----------
    pieces : the components.
    names : who knows the names.
    lower, upper, integral, fixed : shape (columns,).
    values : shape (columns,), of fixed variables.
    """

    def __init__(self, model: Any, spaces: Spaces) -> None:
        self.spaces = spaces
        self._stretches: list[_Stretch] = []
        self._of: dict[int, _Stretch] = {}
        self._place: dict[int, int] = {}
        self.size = 0
        for component in variables(model):
            self._add(component)
        self.names = Names(self._stretches)
        self.pieces = tuple(
            Piece(s.component.name, s.start, s.start + s.size, s.size, np.arange(s.size, dtype=np.int32))
            for s in self._stretches
        )
        self.lower, self.upper = np.empty(self.size), np.empty(self.size)
        self.integral, self.fixed = np.zeros(self.size, bool), np.zeros(self.size, bool)
        self._hangs_on: set[int] = set()
        for stretch in self._stretches:
            self._limits(stretch)
        self.values = np.where(self.fixed, self.lower, 0.0)

    def _add(self, component: Any) -> None:
        space, made = None, None
        if not component.is_indexed():
            made = [component]
        else:
            try:
                space = self.spaces.of(component.index_set())
            except Unreadable:
                space = None
            if space is None and not component._dense and component.index_set().isfinite():
                made = [component[index] for index in component.index_set()]
            elif space is None or component._dense:
                made = list(component.values())
                space = space if space is not None and len(made) == space.size else None
        size = len(made) if made is not None else space.size if space is not None else 0
        stretch = _Stretch(component, self.size, size, space, made)
        self._stretches.append(stretch)
        self._of[id(component)] = stretch
        if made is not None:
            self._place.update((id(v), place) for place, v in enumerate(made, self.size))
        self.size += size

    def places(self, component: Any, codes: Sequence[Codes]) -> Codes:
        """Columns of members of an indexed variable; Unreadable where there are none."""
        stretch = self._of.get(id(component))
        if stretch is None or stretch.space is None:
            raise Unreadable("a variable whose columns cannot be found by index")
        return stretch.space.find(codes) + stretch.start

    def place(self, variable: Any) -> int:
        """Column of one variable, -1 if it is not part of the model."""
        known = self._place.get(id(variable))
        if known is not None:
            return known
        stretch = self._of.get(id(variable.parent_component()))
        if stretch is None or stretch.space is None or stretch.made is not None:
            return -1
        return self.spaces.position(stretch.space, variable.index()) + stretch.start

    @property
    def unmade(self) -> list[Any]:
        """Components whose members are not made."""
        return [s.component for s in self._stretches if s.made is None]

    def members(self, name: str) -> tuple[Any, Space | None, list[Any] | None]:
        """Component of a name, its space, and its members where they were made."""
        stretch = next(s for s in self._stretches if s.component.name == name)
        return stretch.component, stretch.space, stretch.made

    def _limits(self, stretch: _Stretch) -> None:
        component = stretch.component
        if stretch.made is not None:
            self._take(component, stretch.made, np.arange(stretch.start, stretch.start + stretch.size, dtype=np.int32))
            return
        part = slice(stretch.start, stretch.start + stretch.size)
        rules = component._rule_domain, component._rule_bounds
        if all(rule is None or rule.constant() for rule in rules):
            scratch = self._scratch(component, None)
            self._note(scratch)
            self.lower[part], self.upper[part] = _bounds(scratch)
            self.integral[part] = _whole(scratch, component)
        else:
            scratches = [self._scratch(component, index) for index in component.index_set()]
            self._take(component, scratches, np.arange(part.start, part.stop, dtype=np.int32))
        made = list(component._data.values())
        if made:
            self._take(component, made, np.array([self.place(v) for v in made], dtype=np.int32))

    def hangs_on(self) -> frozenset[int]:
        """Mutable parameters in bounds, by identity."""
        return frozenset(self._hangs_on)

    def _scratch(self, component: Any, index: Any) -> Any:
        """A variable with the limits of a member, never put into the component."""
        block, scratch = component.parent_block(), component._ComponentDataClass(component)
        scratch._domain = component._rule_domain(block, index, component)
        if component._rule_bounds is not None:
            scratch.lower, scratch.upper = component._rule_bounds(block, index)
        return scratch

    def _note(self, variable: Any) -> None:
        for bound in (variable._lb, variable._ub):
            if bound is not None and bound.__class__ not in native_numeric_types:
                self._hangs_on |= {id(p.parent_component()) for p in identify_mutable_parameters(bound)}

    def _take(self, component: Any, variables: Sequence[Any], places: Indices) -> None:
        """Limits of variables; a fixed one keeps its column, with both bounds at its value."""
        for variable in variables:
            self._note(variable)
        pairs = [(v.value, v.value) if v.fixed else v.bounds for v in variables]
        self.lower[places] = [-np.inf if low is None else low for low, _ in pairs]
        self.upper[places] = [np.inf if high is None else high for _, high in pairs]
        self.integral[places] = [_whole(v, component) for v in variables]
        self.fixed[places] = [v.fixed for v in variables]


def variables(model: Any) -> Iterator[Any]:
    """Components of variables, in order of declaration."""
    return (v for v in model.component_objects(pyo.Var, active=True) if not v.is_reference())


def _whole(variable: Any, component: Any) -> bool:
    """Whether a variable must be whole; refuses one whose values are neither whole nor continuous."""
    if variable.is_continuous():
        return False
    if not variable.is_integer():
        values = f"the variable {component.name!r} takes values of {variable.domain}"
        raise SolverFault(f"{values}; HiGHS knows whole or continuous ones only")
    return True


def _bounds(variable: Any) -> tuple[float, float]:
    low, high = variable.bounds
    return -np.inf if low is None else low, np.inf if high is None else high
