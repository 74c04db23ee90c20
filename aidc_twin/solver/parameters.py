"""Values of Pyomo parameters as arrays, and parameters that stand on arrays from the first."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike
from pyomo.core.base.misc import apply_indexed_rule
from pyomo.core.base.param import Param
from pyomo.core.expr.numvalue import native_numeric_types

from aidc_twin.solver.arrays import Floats
from aidc_twin.solver.loops import Formula, Number
from aidc_twin.solver.spaces import Codes, Space, Spaces, Unreadable

__all__ = ["Parameters", "table"]


class _Table:
    """Numbers of an array by index, as Pyomo's `Param` takes them for its default."""

    def __init__(self, sets: Sequence[Any], array: Floats) -> None:
        self.array = array
        self._sets = sets
        self._places: list[dict[Any, int]] | None = None

    def __getitem__(self, index: Any) -> float:
        return float(self.array[self.place(index)])

    def place(self, index: Any) -> int:
        """Place of a member in the array."""
        if self._places is None:
            self._places = [{member: place for place, member in enumerate(s)} for s in self._sets]
        parts, at, place = index if index.__class__ is tuple else (index,), 0, 0
        for index_set, places in zip(self._sets, self._places, strict=True):
            own = parts[at : at + index_set.dimen]
            place = place * len(places) + places[own[0] if len(own) == 1 else own]
            at += len(own)
        return place


def table(*sets: Any, values: ArrayLike, mutable: bool = False, **options: Any) -> Any:
    """Pyomo parameter whose values are an array, made without a step for each member.

    Parameters
    ----------
    sets
        Pyomo sets.
    values
        shape (members of the first set, of the second, ...) or flat.
    options
        Handed to `pyomo.environ.Param`, such as `doc`.
    """
    array = np.array(values, dtype=float).ravel()
    size = int(np.prod([len(s) for s in sets]))
    if array.size != size:
        raise ValueError(f"{array.size} values for {size} members")
    return pyo.Param(*sets, default=_Table(sets, array), mutable=mutable, **options)


@dataclass
class _Kept:
    """A parameter with its values, shape (members,), and which of them there are."""

    parameter: Any
    space: Space | None
    values: Floats
    known: np.ndarray[Any, np.dtype[np.bool_]] | None


class Parameters:
    """Values of all parameters that were met."""

    def __init__(self, spaces: Spaces) -> None:
        self._spaces = spaces
        self._kept: dict[int, _Kept] = {}
        self._coded: dict[int, tuple[Any, Codes]] = {}

    @property
    def unmade(self) -> list[Any]:
        """Mutable parameters that make members when they are asked for them."""
        return [k.parameter for k in self._kept.values() if k.space is not None and k.parameter.mutable]

    def many(self, parameter: Any, codes: Sequence[Codes]) -> Number:
        """Values of members, shape of the codes; a formula where the parameter is mutable."""
        kept = self._of(parameter)
        place = _found(kept, codes)
        if parameter.mutable:
            return Formula(frozenset([id(parameter)]), lambda: kept.values[place])
        return kept.values[place]

    def one(self, member: Any) -> Number:
        """Value of a single parameter, or of one member."""
        parameter = member.parent_component()
        kept = self._of(parameter)
        place = 0
        if kept.space is not None:
            place = self._spaces.position(kept.space, member.index())
            if kept.known is not None and not kept.known[place]:
                raise Unreadable("a parameter without a value")
        if parameter.mutable:
            return Formula(frozenset([id(parameter)]), lambda: float(kept.values[place]))
        return float(kept.values[place])

    def coded(self, parameter: Any, codes: Sequence[Codes]) -> Codes:
        """Values of members as index codes."""
        if parameter.mutable:
            raise Unreadable("a mutable parameter within an index")
        space = self._spaces.of(parameter.index_set())
        if id(parameter) not in self._coded:
            if len(parameter) < space.size:
                raise Unreadable("a parameter without a value")
            values = [parameter[index] for index in parameter.index_set()]
            self._coded[id(parameter)] = parameter, self._spaces.labels.codes(values)
        return self._coded[id(parameter)][1][space.find(codes)]

    def change(self, parameter: Any, values: ArrayLike) -> int:
        """Take new values; says which parameter it was, by identity.

        Raises
        ------
        ValueError
            The parameter is not mutable, or has another number of members.
        """
        if not parameter.mutable:
            raise ValueError(f"the parameter {parameter.name} is not mutable, so its values were built in")
        size = len(parameter.index_set()) if parameter.is_indexed() else 1
        array = np.broadcast_to(np.asarray(values, dtype=float).ravel(), size) if np.size(values) in (1, size) else None
        if array is None:
            raise ValueError(f"{np.size(values)} values for the {size} members of the parameter {parameter.name}")
        kept = self._kept.get(id(parameter))
        if kept is not None:
            kept.values[:] = array
        return id(parameter)

    def _of(self, parameter: Any) -> _Kept:
        kept = self._kept.get(id(parameter))
        if kept is None:
            if parameter.is_indexed():
                space = self._spaces.of(parameter.index_set())
                values, known = _values(parameter, space.size)
            else:
                space, known = None, None
                values = np.array([_float(parameter.value)])
            kept = self._kept[id(parameter)] = _Kept(parameter, space, values, known)
        return kept


def _found(kept: _Kept, codes: Sequence[Codes]) -> Codes:
    assert kept.space is not None
    place = kept.space.find(codes)
    if kept.known is not None and not kept.known[place].all():
        raise Unreadable("a parameter without a value")
    return place


def _values(parameter: Any, size: int) -> tuple[Floats, np.ndarray[Any, np.dtype[np.bool_]] | None]:
    """Values of all members in the order of the index set, and which there are where some are missing."""
    data, default = parameter._data, parameter._default_val
    if isinstance(default, _Table):
        values = default.array.copy()
        for index in data:
            values[default.place(index)] = _float(_own(parameter, data[index]))
        return values, None
    if not data and default.__class__ in (int, float):
        return np.full(size, float(default)), None
    block, missing = parameter.parent_block(), list[int]()
    values = np.empty(size)
    for place, index in enumerate(parameter.index_set()):
        member = _own(parameter, data.get(index, Param.NoValue))
        if member is Param.NoValue:
            member = _default(parameter, default, block, index)
        if member is Param.NoValue:
            missing.append(place)
            member = np.nan
        values[place] = _float(member)
    if not missing:
        return values, None
    known = np.ones(size, dtype=bool)
    known[missing] = False
    return values, known


def _own(parameter: Any, member: Any) -> Any:
    """Value of a member of a parameter's data."""
    return member._value if parameter.mutable and member is not Param.NoValue else member


def _default(parameter: Any, default: Any, block: Any, index: Any) -> Any:
    if default.__class__ is types.FunctionType:
        return apply_indexed_rule(parameter, default, block, index)
    if default is not Param.NoValue and hasattr(default, "__getitem__"):
        return default[index]
    return default


def _float(value: Any) -> float:
    if value.__class__ in native_numeric_types:
        return float(value)
    raise Unreadable("a parameter that is no number")
