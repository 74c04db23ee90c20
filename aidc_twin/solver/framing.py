"""Values of variables as frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.solver.arrays import Floats
from aidc_twin.solver.columns import Columns
from aidc_twin.solver.spaces import LABEL, Codes

__all__ = ["frame_of"]


def frame_of(columns: Columns, variable: str, values: Floats) -> pl.DataFrame:
    """One row for each member: a column for each part of its index, named after its set, and ``value``.

    Sets without a name of their own are called ``index1``, ``index2`` and so on, by place.
    """
    component, space, made = columns.members(variable)
    if not component.is_indexed():
        return pl.DataFrame({"value": values})
    if space is not None:
        parts = [_labelled(codes, columns) for codes in space.columns]
    else:
        members = [one.index() for one in made or []]
        split = [index if index.__class__ is tuple else (index,) for index in members]
        width = max((len(index) for index in split), default=1)
        parts = [_series([index[n] if n < len(index) else None for index in split]) for n in range(width)]
    names = list(_names(component, len(parts)))
    return pl.DataFrame(dict(zip(names, parts, strict=True)) | {"value": values})


def _labelled(codes: Codes, columns: Columns) -> pl.Series:
    if not codes.size or int(codes.max()) < LABEL:
        return pl.Series(codes)
    labels = np.array([*columns.spaces.labels.known, None], dtype=object)
    found = np.where(codes >= LABEL, labels[np.maximum(codes, LABEL) - LABEL], codes.astype(object))
    return _series(found.tolist())


def _series(members: Sequence[Any]) -> pl.Series:
    kinds = {type(member) for member in members if member is not None}
    return pl.Series(members if len(kinds) <= 1 else [None if m is None else str(m) for m in members])


def _names(component: Any, width: int) -> Iterator[str]:
    named: list[str] = []
    for part in component.index_set().subsets(expand_all_set_operators=False):
        dimension = part.dimen if part.dimen.__class__ is int else width
        block, own = part.parent_block(), part.local_name
        declared = block is not None and block.component(own) is part
        each = [own + str(place + 1) for place in range(dimension)] if dimension > 1 else [own]
        named += each if declared else [""] * dimension
    taken: set[str] = {"value"}
    for place in range(width):
        name = named[place] if place < len(named) and named[place] else f"index{place + 1}"
        while name in taken:
            name += "_"
        taken.add(name)
        yield name
