"""A schedule of order o1 of the tiny park, worked out by hand.

The plant works Monday to Saturday 08:00-16:00 and is closed until 2026-10-07; the epoch is Thursday 2026-10-01, so it
opens on day 7 (Thursday), and day 10 is a Sunday. Bay 2 is down until day 8. At the epoch box 1 is being fitted out
(4 h left) and box 2 is being framed (12.5 h left).
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import polars as pl
import pytest

from aidc_twin.frames import Postings, ScheduleOperations, ScheduleSupply
from aidc_twin.park import Park, load_park
from aidc_twin.park.schema import Row

TESTS = Path(__file__).parents[1]
sys.path += [str(TESTS), str(TESTS / "twin"), str(TESTS / "verify")]  # the generator of parks is no test module

RowT = TypeVar("RowT", bound=Row)
Frames = dict[str, pl.DataFrame]
HOUR = 3600
OPERATIONS = (
    # unit, operation, attempt, during, servers, machine, start (day, hour), end (day, hour), setup hours, work hours
    ("o1/box_it/1", "fit", 0, "operation", "", 0, (0, 0), (7, 12), 0, 4),
    ("o1/box_it/1", "test", 0, "operation", "test_rig", 1, (7, 12), (8, 12), 0, 24),
    ("o1/box_it/1", "pack", 0, "operation", "", 0, (8, 12), (8, 16), 0, 4),
    ("o1/box_it/1", "truck", 0, "operation", "", 0, (8, 16), (9, 16), 0, 24),
    ("o1/box_it/1", "set", 0, "operation", "", 0, (9, 16), (10, 0), 0, 8),
    ("o1/pump/3", "machine", 0, "operation", "pump_cell", 1, (7, 8), (7, 11), 0, 3),
    ("o1/pump/3", "proof", 0, "operation", "", 0, (7, 11), (7, 12), 0, 1),
    ("o1/pump/4", "machine", 0, "operation", "pump_cell", 1, (7, 11), (7, 14), 0, 3),
    ("o1/pump/4", "proof", 0, "operation", "", 0, (7, 14), (7, 15), 0, 1),
    ("o1/box_it/2", "frame", 0, "operation", "frame_bay", 1, (0, 0), (8, 12.5), 0, 12.5),
    # fitted 12:30-16:00 and 08:00-14:30 the next day; its test fails and is done again after a rework
    ("o1/box_it/2", "fit", 0, "operation", "", 0, (8, 12.5), (9, 14.5), 0, 10),
    ("o1/box_it/2", "test", 0, "operation", "test_rig", 1, (9, 14.5), (10, 14.5), 0, 24),
    ("o1/box_it/2", "test", 0, "rework", "", 0, (10, 14.5), (10, 20.5), 0, 6),
    ("o1/box_it/2", "test", 1, "operation", "test_rig", 1, (10, 20.5), (11, 22.5), 0, 26),
    ("o1/box_it/2", "pack", 0, "operation", "", 0, (12, 8), (12, 12), 0, 4),
    ("o1/box_it/2", "truck", 0, "operation", "", 0, (12, 12), (13, 12), 0, 24),
    ("o1/box_it/2", "set", 0, "operation", "", 0, (13, 12), (13, 20), 0, 8),
    # bay 1 made an `it` frame last: 4 h changeover, then 12 h: 3.5 h on Friday, 8 h on Saturday, 4.5 h on Monday
    ("o1/box_cool/1", "frame", 0, "operation", "frame_bay", 1, (8, 12.5), (11, 12.5), 4, 12),
    ("o1/box_cool/1", "test", 0, "operation", "test_rig", 2, (11, 12.5), (12, 0.5), 0, 12),
    ("o1/box_cool/1", "pack", 0, "operation", "", 0, (12, 8), (12, 12), 0, 4),
    ("o1/box_cool/1", "truck", 0, "operation", "", 0, (12, 12), (13, 12), 0, 24),
    ("o1/box_cool/1", "set", 0, "operation", "", 0, (13, 12), (13, 18), 0, 6),
    ("o1", "commission", 0, "operation", "", 0, (13, 20), (16, 20), 0, 72),
    ("o1", "acceptance", 0, "operation", "", 0, (16, 20), (17, 4), 0, 8),
)
SUPPLY = (
    # material, tick (day), quantity, source: po1 can arrive on day 11, Mondays are days 4, 11, ...
    ("steel", 0, 40, "stock"),
    ("chips", 0, 15, "stock"),
    ("chips", 4, 20, "quota"),
    ("steel", 11, 30, "purchase_order"),
    ("chips", 11, 20, "quota"),
)
POSTINGS = (
    # unit, sale, tick (day, hour), yuan, consigned yuan
    ("o1/box_it/1", "trade_chips", (7, 12), 1_000_000, 0),
    ("o1/box_it/1", "output_it", (8, 16), 12_000_000, 12_000_000),
    ("o1/box_it/2", "trade_steel", (8, 12.5), 12_500, 12_500),
    ("o1/box_it/2", "trade_chips", (9, 14.5), 1_000_000, 0),
    ("o1/box_it/2", "output_it", (12, 12), 12_000_000, 12_000_000),
    ("o1/box_cool/1", "trade_steel", (11, 12.5), 10_000, 10_000),
    ("o1/box_cool/1", "output_cool", (12, 12), 12_000_000, 12_000_000),
    ("o1/pump/3", "output_pump", (7, 12), 50_000, 50_000),
    ("o1/pump/4", "output_pump", (7, 15), 50_000, 50_000),
)


@lru_cache(maxsize=1)
def tiny() -> Park:
    """The tiny park."""
    return load_park(str(Path(__file__).parents[1] / "parks" / "tiny"))


def at(moment: tuple[float, float]) -> int:
    """Tick of (day, hour)."""
    return round((moment[0] * 24 + moment[1]) * HOUR)


def by_hand() -> Frames:
    """Frames of the schedule above."""
    return {
        "schedule_operations": operations(OPERATIONS),
        "schedule_supply": supply(SUPPLY),
        "schedule_postings": postings(POSTINGS),
    }


def operations(rows: tuple[tuple[object, ...], ...]) -> pl.DataFrame:
    """Frame of rows like `OPERATIONS`."""
    cells = []
    for unit_id, operation, attempt, during, servers, machine, start, end, setup, work in rows:
        order, product, number = unit_id.split("/") if "/" in unit_id else (unit_id, "kit", "0")
        hours = round(setup * HOUR), round(work * HOUR)
        cells.append(
            (
                unit_id,
                operation,
                attempt,
                during,
                order,
                product,
                int(number),
                servers,
                machine,
                at(start),
                at(end),
                *hours,
            )
        )
    return pl.DataFrame(cells, schema=schema(ScheduleOperations), orient="row")


def supply(rows: tuple[tuple[str, int, float, str], ...]) -> pl.DataFrame:
    """Frame of rows like `SUPPLY`."""
    cells = [
        (i, name, at((day, 0)), round(quantity * 1000), source) for i, (name, day, quantity, source) in enumerate(rows)
    ]
    return pl.DataFrame(cells, schema=schema(ScheduleSupply), orient="row")


def postings(rows: tuple[tuple[str, str, tuple[float, float], int, int], ...]) -> pl.DataFrame:
    """Frame of rows like `POSTINGS`."""
    cells = [(unit, sale, at(moment), yuan, consigned) for unit, sale, moment, yuan, consigned in rows]
    return pl.DataFrame(cells, schema=schema(Postings), orient="row")


def schema(model: type) -> dict[str, pl.DataType]:
    """Column types of a declared schema."""
    return {name: column.dtype for name, column in model.columns().items()}


def overseas() -> tuple[Park, Frames]:
    """The same order, but shipped: ships leave on day 4 and every seven days, and take ten days and six units."""
    park = tiny()
    orders = tuple(replace_row(row, destination="overseas") if row.order == "o1" else row for row in park.orders)
    rows = []
    moved = {
        # unit: end of packing; sailing; end of the passage
        "o1/box_it/1": ((8, 16), (11, 0), (21, 0)),
        "o1/box_it/2": ((12, 12), (18, 0), (28, 0)),
        "o1/box_cool/1": ((12, 12), (18, 0), (28, 0)),
    }
    for row in OPERATIONS:
        if row[0] in moved and row[1] in ("truck", "set"):
            packed, sails, lands = moved[row[0]]
            if row[1] == "truck":
                rows.append((*row[:6], packed, (packed[0] + 1, packed[1]), 0, 24))
                rows.append((row[0], "sea", *row[2:6], sails, lands, 0, 240))
            else:
                rows.append((*row[:6], lands, (lands[0], row[9]), 0, row[9]))
        elif row[0] == "o1":
            rows.append((*row[:6], (row[6][0] + 15, row[6][1]), (row[7][0] + 15, row[7][1]), *row[8:]))
        else:
            rows.append(row)
    exports = tuple(
        (unit, "trade_export", tick, yuan, other) for unit, sale, tick, yuan, other in POSTINGS if sale == "output_it"
    )
    frames = by_hand() | {
        "schedule_operations": operations(tuple(rows)),
        "schedule_postings": postings((*POSTINGS, *exports)),
    }
    return replace(park, orders=orders), frames


def replace_row(row: RowT, **changes: object) -> RowT:
    """A row of a park with other cells."""
    return row.model_copy(update=changes)


@pytest.fixture
def park() -> Park:
    """The tiny park."""
    return tiny()


@pytest.fixture
def frames() -> Frames:
    """The schedule worked out by hand."""
    return by_hand()


@pytest.fixture
def shipped() -> tuple[Park, Frames]:
    """The same with o1 going overseas."""
    return overseas()
