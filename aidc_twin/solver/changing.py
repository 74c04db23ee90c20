"""New values of mutable parameters, put into compiled arrays in place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pyomo.core.expr.visitor import identify_mutable_parameters

from aidc_twin.errors import SolverFault
from aidc_twin.solver.arrays import Aim, Arrays, Floats, Indices
from aidc_twin.solver.assembling import Rows
from aidc_twin.solver.compiled import Compiled, Section
from aidc_twin.solver.walking import Walker

__all__ = ["Changed", "Changer"]


@dataclass
class Changed:
    """What differs from before; rows and columns by place.

    Attributes
    ----------
    arrays : the program as it is now.
    rows, lower, upper : rows with new limits.
    entry_rows, entry_columns, entries : new coefficients, zero for one that is gone.
    aims : names of objectives that differ.
    """

    arrays: Arrays
    rows: list[Indices] = field(default_factory=list)
    entry_rows: list[Indices] = field(default_factory=list)
    entry_columns: list[Indices] = field(default_factory=list)
    entries: list[Floats] = field(default_factory=list)
    aims: list[str] = field(default_factory=list)


class Changer:
    """Takes new values of parameters into the arrays of a compiled model."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._read_one_by_one: dict[str, frozenset[int]] = {}

    def change(self, arrays: Arrays, values: Mapping[str, ArrayLike]) -> Changed:
        """Arrays with new values of parameters; rows that were added after compiling stay as they are.

        Raises
        ------
        SolverFault
            There is no such parameter, it is not mutable, has another number of members, or a variable's bounds hang
            on it.
        """
        changed = Changed(arrays)
        which = frozenset(self._take(name, amounts) for name, amounts in values.items())
        for section, piece in zip(self._compiled.sections, arrays.row_pieces, strict=False):
            self._section(changed, section, piece.start, which)
        for name, recipe in self._compiled.recipes_of_aims.items():
            if which & (recipe.needs_of_entries | recipe.needs_of_limits):
                self._aim(changed, name, recipe.rows(self._fixed, self._compiled.columns.values))
        for objective in self._compiled.objectives:
            if objective.name not in self._compiled.recipes_of_aims and which & self._hanging(objective):
                self._aim(changed, objective.name, self._walker().bodies([objective.expr], objective))
        return changed

    @property
    def _fixed(self) -> Any:
        fixed = self._compiled.columns.fixed
        return fixed if fixed.any() else None

    def _walker(self) -> Walker:
        return Walker(self._compiled.columns)

    def _take(self, name: str, amounts: ArrayLike) -> int:
        """Keep new values of one parameter; where Pyomo's walker reads it, in the Pyomo model too."""
        parameter = self._compiled.model.find_component(name)
        if parameter is None or not hasattr(parameter, "extract_values_sparse"):
            raise SolverFault(f"the model has no parameter {name!r}")
        if id(parameter) in self._compiled.columns.hangs_on():
            raise SolverFault(f"bounds of variables hang on the parameter {name!r}; change them with `bound`")
        try:
            which = self._compiled.parameters.change(parameter, amounts)
        except ValueError as error:
            raise SolverFault(str(error)) from error
        if any(which in self._hanging(owner) for owner in self._one_by_one()):
            array = np.asarray(amounts, dtype=float).ravel()
            members = list(parameter.index_set())
            each = np.broadcast_to(array, len(members)).tolist()
            for index, amount in zip(members, each, strict=True):
                parameter[index] = amount
        return which

    def _one_by_one(self) -> Iterable[Any]:
        yield from (section for section in self._compiled.sections if section.recipe is None)
        yield from (o for o in self._compiled.objectives if o.name not in self._compiled.recipes_of_aims)

    def _hanging(self, owner: Any) -> frozenset[int]:
        """Mutable parameters in rows or an objective that were read one by one."""
        name = owner.component.name if isinstance(owner, Section) else owner.name
        if name not in self._read_one_by_one:
            members = owner.members if isinstance(owner, Section) else [owner]
            found = {id(p.parent_component()) for m in members for p in identify_mutable_parameters(m.expr)}
            self._read_one_by_one[name] = frozenset(found)
        return self._read_one_by_one[name]

    def _section(self, changed: Changed, section: Section, start: int, which: frozenset[int]) -> None:
        recipe = section.recipe
        if recipe is None:
            if which & self._hanging(section):
                self._rows(changed, start, self._walker().rows(section.members)[1])
        elif which & recipe.needs_of_entries or (which & recipe.needs_of_limits and self._fixed is not None):
            self._rows(changed, start, recipe.rows(self._fixed, self._compiled.columns.values))
        elif which & recipe.needs_of_limits:
            self._limits(changed, start, *recipe.limits())

    def _rows(self, changed: Changed, start: int, rows: Rows) -> None:
        self._limits(changed, start, rows.lower, rows.upper)
        arrays, stop = changed.arrays, start + rows.counts.size
        first, last = int(arrays.starts[start]), int(arrays.starts[stop])
        old_index, old_value = arrays.index[first:last], arrays.value[first:last]
        counts = np.diff(arrays.starts[start : stop + 1])
        if np.array_equal(counts, rows.counts) and np.array_equal(old_index, rows.index):
            place = np.flatnonzero(old_value != rows.value)
            row = (np.searchsorted(arrays.starts, place + first, side="right") - 1).astype(np.int32)
            self._entries(changed, row, rows.index[place], rows.value[place])
            old_value[place] = rows.value[place]
            return
        width = arrays.lower.size
        old = np.repeat(np.arange(counts.size, dtype=np.int64), counts) * width + old_index
        new = np.repeat(np.arange(counts.size, dtype=np.int64), rows.counts) * width + rows.index
        gone = np.setdiff1d(old, new, assume_unique=True)
        key = np.concatenate((new, gone))
        self._entries(
            changed, (key // width + start).astype(np.int32), (key % width).astype(np.int32),
            np.concatenate((rows.value, np.zeros(gone.size))),
        )  # fmt: skip
        sizes = np.concatenate((np.diff(arrays.starts[: start + 1]), rows.counts, np.diff(arrays.starts[stop:])))
        changed.arrays = replace(
            arrays,
            starts=np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64))).astype(np.int32),
            index=np.concatenate((arrays.index[:first], rows.index, arrays.index[last:])),
            value=np.concatenate((arrays.value[:first], rows.value, arrays.value[last:])),
        )

    @staticmethod
    def _entries(changed: Changed, rows: Indices, columns: Indices, values: Floats) -> None:
        changed.entry_rows.append(rows)
        changed.entry_columns.append(columns)
        changed.entries.append(values)

    @staticmethod
    def _limits(changed: Changed, start: int, lower: Floats, upper: Floats) -> None:
        arrays, part = changed.arrays, slice(start, start + lower.size)
        differ = np.flatnonzero((arrays.row_lower[part] != lower) | (arrays.row_upper[part] != upper))
        arrays.row_lower[part], arrays.row_upper[part] = lower, upper
        changed.rows.append((differ + start).astype(np.int32))

    def _aim(self, changed: Changed, name: str, rows: Rows) -> None:
        old = changed.arrays.aims[name]
        cost = np.zeros(old.cost.size)
        cost[rows.index] = rows.value
        aim = Aim(name, cost, float(rows.constant[0]), old.sense)
        changed.arrays = replace(changed.arrays, aims={**changed.arrays.aims, name: aim})
        changed.aims.append(name)
