"""Frames as CSV for spreadsheets: inert, and whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from aidc_twin.store.disk import faults

_LIVE = ("=", "+", "-", "@", "\t", "\r")


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame; a text that a spreadsheet would run gets an apostrophe before it.

    Raises
    ------
    EnvironmentFault
        If the file cannot be written; what was there before stays.
    """
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    inert = frame.with_columns(
        pl.when(_starts(name)).then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name)).alias(name) for name in texts
    )
    draft = path.parent / f".{path.name}.part"
    try:
        with faults("write", path), draft.open("wb") as file:
            inert.write_csv(file)
        with faults("write", path):
            os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _starts(name: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).str.starts_with(mark) for mark in _LIVE)
