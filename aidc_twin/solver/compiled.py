"""A compiled model: its arrays, and what they were made from, so that new parameters go into them in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aidc_twin.solver.arrays import Aim, Arrays, Indices, Piece
from aidc_twin.solver.assembling import Recipe, Rows
from aidc_twin.solver.columns import Columns
from aidc_twin.solver.parameters import Parameters

__all__ = ["Compiled", "Section", "put_together"]


@dataclass(frozen=True)
class Section:
    """Rows of one component.

    Attributes
    ----------
    members : those that became rows.
    positions : shape (rows,), their places among all members of the component.
    recipe : None where they were read one by one, for `reason`.
    """

    component: Any
    members: Sequence[Any]
    positions: Indices
    size: int
    rows: Rows
    recipe: Recipe | None
    reason: str


@dataclass(frozen=True)
class Compiled:
    """Arrays and their sources."""

    model: Any
    arrays: Arrays
    columns: Columns
    parameters: Parameters
    sections: tuple[Section, ...]
    objectives: tuple[Any, ...]
    recipes_of_aims: Mapping[str, Recipe]

    @property
    def one_by_one(self) -> dict[str, str]:
        """Constraints that were not read as templates, and why."""
        return {section.component.name: section.reason for section in self.sections if section.recipe is None}


def put_together(columns: Columns, sections: Sequence[Section], aims: Mapping[str, Aim]) -> Arrays:
    """Arrays of all columns, sections and objectives."""
    pieces: list[Piece] = []
    start = 0
    for section in sections:
        stop = start + len(section.members)
        pieces.append(Piece(section.component.name, start, stop, section.size, section.positions))
        start = stop
    rows = [section.rows for section in sections]
    sizes = np.concatenate([np.zeros(1, np.int64), *(r.counts for r in rows)])
    return Arrays(
        lower=columns.lower, upper=columns.upper, integral=columns.integral,
        row_lower=_joined([r.lower for r in rows]), row_upper=_joined([r.upper for r in rows]),
        starts=np.cumsum(sizes).astype(np.int32),
        index=_joined([r.index for r in rows]).astype(np.int32, copy=False), value=_joined([r.value for r in rows]),
        aims=aims, column_pieces=columns.pieces, row_pieces=tuple(pieces), columns=columns.names,
        rows=[member for section in sections for member in section.members],
    )  # fmt: skip


def _joined(parts: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    return np.concatenate(parts) if parts else np.zeros(0)
