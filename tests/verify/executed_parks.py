"""What the twin does in a park, as frames for the checker; and the same with something changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import polars as pl
from both_twins import run_to_the_end
from outcomes import PARKS

from aidc_twin.frames import PlanPurchases
from aidc_twin.loop.once import lots_of
from aidc_twin.park import Park, load_park
from aidc_twin.twin import trace
from aidc_twin.twin.allotments import allotments
from aidc_twin.twin.compile import compile_arrays, read_factory
from aidc_twin.verify import check_schedule

Frames = dict[str, pl.DataFrame]
HOUR = 3600
OPERATIONS = "schedule_operations"


def executed(park: Park, seed: int, means: bool) -> Frames:
    """Frames of one run of the twin without a plan."""
    factory = read_factory(park)
    arrays, run = compile_arrays(factory), run_to_the_end(factory, None, seed, means=means)
    shared = any(row.kind == "bucketed" for row in park.resources)
    shares = {"schedule_allotments": allotments(factory, run)} if shared else {}
    opened = {"phase": [row.phase for row in park.phases], "tick": run.phase_open.tolist()}
    return {
        OPERATIONS: trace.operations(factory, run),
        "schedule_supply": trace.supply(factory, arrays, run, factory.horizon),
        "schedule_postings": trace.postings(factory, arrays, run, factory.horizon),
        "plan_purchases": PlanPurchases.validate(lots_of(factory)),
        "phase_openings": pl.DataFrame(opened, schema={"phase": pl.String, "tick": pl.Int64}),
        **shares,
    }


def violated(park: Park, frames: Frames, fixed: bool) -> dict[str, str]:
    """First violation by rule. Receipts are published at their mean, so stock is checked where all is at its mean."""
    checks = check_schedule(park, frames, fixed=fixed).checks.filter(pl.col("violations") > 0)
    return {rule: first for rule, first in checks.select("rule", "first").rows() if fixed or rule != "stock"}


@lru_cache(maxsize=64)
def case(name: str, means: bool) -> tuple[Park, Frames]:
    """A small park and what the twin does in it."""
    park = load_park(PARKS / name)
    return park, executed(park, 1, means)


def edited(frames: Frames, unit: str, operation: str, nth: int = 0, /, **cells: object) -> Frames:
    """Frames with other cells in one row of a step; an amount that is a function changes what was there."""
    rows = frames[OPERATIONS].to_dicts()
    row = [row for row in rows if (row["unit_id"], row["operation"]) == (unit, operation)][nth]
    row |= {name: cell(row[name]) if callable(cell) else cell for name, cell in cells.items()}
    return frames | {OPERATIONS: pl.DataFrame(rows, schema=frames[OPERATIONS].schema)}


def later(hours: float) -> Callable[[int], int]:
    """Some hours more."""
    return lambda tick: tick + round(hours * HOUR)


def shifted(frames: Frames, unit: str, operation: str, hours: float, nth: int = 0) -> Frames:
    """Frames with one row earlier or later."""
    return edited(frames, unit, operation, nth, start_tick=later(hours), end_tick=later(hours))


def without(frames: Frames, unit: str, operation: str) -> Frames:
    """Frames without the rows of a step."""
    rows = frames[OPERATIONS].filter((pl.col("unit_id") != unit) | (pl.col("operation") != operation))
    return frames | {OPERATIONS: rows}


def received(frames: Frames, source: str, **cells: int) -> Frames:
    """Frames in which the last receipt of a source is more, or earlier."""
    rows = frames["schedule_supply"].to_dicts()
    row = [row for row in rows if row["source"] == source][-1]
    row |= {name: row[name] + more for name, more in cells.items()}
    return frames | {"schedule_supply": pl.DataFrame(rows, schema=frames["schedule_supply"].schema)}
