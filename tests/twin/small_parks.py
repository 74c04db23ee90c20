"""Parks of a few rows, for tests that need one thing only."""

from __future__ import annotations

from datetime import date
from typing import Any

from aidc_twin.facts import Facts
from aidc_twin.park import Park
from aidc_twin.park.checks.state_rests import begun_hours
from aidc_twin.park.park import attribute
from aidc_twin.park.schema import TABLES, ParkHead

Table = list[dict[str, Any]]
EPOCH = date(2026, 10, 5)
"""A Monday."""
HOUR = 3600
DAY = 24 * HOUR


def make_park(tables: dict[str, Table], **head: Any) -> Park:
    """A park from rows as in its files; nothing is checked."""
    given = {"schema_version": 1, "id": "made", "epoch": EPOCH, "horizon_weeks": 8} | head
    rows: dict[str, Any] = {
        attribute(name): tuple(TABLES[name].model_validate(row) for row in table) for name, table in tables.items()
    }
    return Park(head=ParkHead(**given), facts=Facts(), **rows)


def most_left(park: Park, product: str, destination: str, step: str) -> float:
    """Hours that can be left of a step or leg of a unit at the epoch."""
    hours, routing = begun_hours(park), park.product(product).routing
    return hours.get(("operations", routing, step), hours.get(("legs", destination, step), 0.0))


def kit_park(*steps: dict[str, Any], orders: int = 1, mw: float = 1, **tables: Table) -> Park:
    """Orders k1, k2, ... of `mw` MW of a solution `kit` with the given steps; `tables` add to those of the park.

    A step is ``{"operation": "a", "duration": 3}`` in hours; each comes after the one before unless it says `after`.
    """
    rows: Table = []
    for step in steps:
        after = (rows[-1]["operation"],) if rows else ()
        rows.append({"routing": "kit", "stage": "manufacture", "after": after} | step)
    book = [
        {
            "order": f"k{i + 1}",
            "product": "kit",
            "quantity_mw": mw,
            "ordered": EPOCH,
            "due": "2026-11-30",
            "destination": "home",
        }
        for i in range(orders)
    ]
    given = {
        "entities": [{"entity": "maker", "kind": "integrator"}, {"entity": "other", "kind": "integrator"}],
        "products": [{"product": "kit", "kind": "solution", "routing": "kit", "maker": "maker", "value_yuan": 1000}],
        "destinations": [{"destination": "home", "market": "domestic"}, {"destination": "away", "market": "export"}],
        "operations": rows,
        "orders": book,
    }
    names = given.keys() | {name.replace("state_", "state/") for name in tables}
    return make_park(
        {name: [*given.get(name, []), *tables.get(name.replace("state/", "state_"), [])] for name in sorted(names)}
    )


def servers(*names: str, count: int = 1) -> dict[str, Table]:
    """Servers with machines each."""
    return {
        "resources": [{"resource": name, "kind": "servers"} for name in names],
        "capacity": [{"resource": name, "amount": count} for name in names],
    }


def did(unit: str, operation: str, start: float, end: float, machine: int = 0, **more: Any) -> tuple[Any, ...]:
    """A row of a trace, from hours; `work` is all of the time, less `setup`, unless it is given."""
    setup = more.get("setup", 0)
    work = more.get("work", end - start - setup)
    ticks = [round(hours * HOUR) for hours in (start, end, setup, work)]
    return unit, operation, more.get("attempt", 0), more.get("during", "operation"), *ticks, machine


def mended(resource: str, breakdown: str, machine: int, number: int, start: float, end: float) -> tuple[Any, ...]:
    """A row of the repair of a machine, from hours."""
    return did(f"machine/{resource}/{machine}", breakdown, start, end, machine, attempt=number, during="repair")


def need(operation: str, resource: str, amount: float = 1, **more: Any) -> dict[str, Any]:
    """A need of a step of the kit."""
    return {"routing": "kit", "operation": operation, "resource": resource, "amount": amount} | more
