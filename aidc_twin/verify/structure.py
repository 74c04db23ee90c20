"""Frames as they were handed over: are they there, and do they have their declared schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import dataframely as dy
import polars as pl

from aidc_twin.frames import PUBLISHED
from aidc_twin.verify.certificate import Findings


def readable(frames: Mapping[str, pl.DataFrame], names: tuple[str, ...], required: bool, findings: Findings) -> bool:
    """Whether frames can be read at all; what is wrong with their rows is counted and does not keep them from it."""
    tally = findings.rule("schema")
    found = True
    for name in names:
        frame = frames.get(name)
        if frame is None:
            if required:
                tally.fail(f"{name} is missing")
                found = False
            continue
        tally.checked += max(1, frame.height)
        if words := _unreadable(frame, PUBLISHED[name]):
            tally.fail(f"{name}: {words}")
            found = False
            continue
        for words in _broken(frame, PUBLISHED[name]):
            tally.fail(f"{name}: {words}")
    return found


def _unreadable(frame: pl.DataFrame, schema: type[dy.Schema]) -> str:
    """Why the columns of a frame cannot be read; blank where they can."""
    for name, column in schema.columns().items():
        if name not in frame.columns:
            return f"column {name} is missing"
        if frame.schema[name] != column.dtype:
            return f"column {name} holds {frame.schema[name]}, not {column.dtype}"
        if not column.nullable and frame[name].null_count():
            return f"column {name} has gaps"
    return ""


def _broken(frame: pl.DataFrame, schema: type[dy.Schema]) -> Iterator[str]:
    """What rows of a frame offend against: its key, and the least value of a column."""
    key = schema.primary_key()
    if frame.n_unique(key) < frame.height:
        yield f"{frame.height - frame.n_unique(key)} rows repeat the key {', '.join(key)}"
    for name, column in schema.columns().items():
        least, found = getattr(column, "min", None), frame[name].min() if frame.height else None
        if least is not None and found is not None and not cast("float", found) >= least:
            yield f"{name} is {found}, below {least}"
