"""The opening state that belongs to the shipped order book: what is done, under way, in stock and on its way.

Nothing here is observed. Orders are worked on by due date; the boxes that come first are delivered, the next stand on
the floor of the interim hall from the last step back to the first (`STATIONS`), the rest is not begun.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from aidc_twin.park.durations import duration_hours
from aidc_twin.park.load import load_park
from aidc_twin.park.park import Park
from aidc_twin.park.schema import MachineState, OperationState, Order, PurchaseOrderState, Row, StockState
from aidc_twin.park.steps import all_before
from aidc_twin.park.units_of_order import steps_of_unit, units_of
from aidc_twin.units.quantity import When

DELIVERED_BOXES, DELIVERED_SUPERNODES = 60, 16
STATIONS = (
    ("dispatch", 6),
    ("pack", 2),
    ("ist", 3),
    ("fat", 8),
    ("flush", 2),
    ("electrical", 10),
    ("leak-test", 2),
    ("pipe", 6),
    ("frame", 8),
    ("kit", 8),
)
"""Boxes under way at each step, the last step first: 55 of the 66 places of the interim hall."""

SUPERNODE_STATIONS = (("burn-in", 8), ("rack-integration", 4))
SKIDS_DONE_FROM = ("dispatch", "pack", "ist", "fat", "flush", "electrical", "leak-test", "pipe")
SKID_STEPS = ("build", "skid-test")
QUOTE_DAYS, CTO_DAYS, ETO_DAYS = 21, 37, 77
"""Age of an order by which it is quoted, and designed to configuration or to order."""

ACCELERATORS = 480.0
STOCK_SHARE = 0.08
"""Part of what the backlog still takes that is in stock."""

ARRIVAL_WEEKS = (1, 3, 6, 9, 12, 15, 18, 21)
LONG_LEAD_WEEKS = 7.5
"""Parts that take longer are ordered for the whole backlog, the others for two arrivals."""

DOWN = MachineState(resource="frame-bay", machine=3, status="down", until=date(2026, 10, 12))


@dataclass(frozen=True, slots=True)
class Unit:
    """A box or supernode of an order."""

    order: Order
    product: str
    number: int


def draft_park(park_folder: Path, orders: str) -> Park:
    """Park of a folder with this order book and no state."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "park"
        shutil.copytree(park_folder, copy, ignore=shutil.ignore_patterns("state"))
        (copy / "orders.csv").write_text(orders, encoding="utf-8", newline="\n")
        return load_park(copy)


def opening_state(park: Park) -> dict[str, Sequence[Row]]:
    """Tables of the state by their names, for a park that has none."""
    backlog = [order for order in park.orders if order.ordered < park.head.epoch]
    ready = [order for order in backlog if _designed(park, order)]
    ready.sort(key=lambda order: (order.due, order.order))
    boxes = [unit for order in ready for unit in _units(park, order, "module")]
    supernodes = [unit for order in ready for unit in _units(park, order, "payload")]
    steps = [row for order in backlog for row in _order_steps(park, order)]
    steps += _boxes(park, boxes) + _supernodes(park, supernodes)
    begun = {(row.order, row.product, row.unit) for row in steps}
    in_order = sorted(steps, key=lambda row: (row.order, row.product, row.unit))
    return {
        "state/operations": in_order,
        **_supply(park, _still_taken(park, backlog, begun)),
        "state/machines": [DOWN],
    }


def _designed(park: Park, order: Order) -> bool:
    to_order = park.product(order.product).routing == "order-eto"
    return (park.head.epoch - order.ordered).days >= (ETO_DAYS if to_order else CTO_DAYS)


def _order_steps(park: Park, order: Order) -> Iterator[OperationState]:
    """Quotation and design of an order of the backlog, by its age."""
    age = (park.head.epoch - order.ordered).days
    unit = Unit(order, order.product, 1)
    if age < QUOTE_DAYS:
        yield _under_way(park, unit, "quote", age / QUOTE_DAYS)
        return
    yield _done(unit, "quote")
    if _designed(park, order):
        yield _done(unit, "design")
        return
    whole = (ETO_DAYS if park.product(order.product).routing == "order-eto" else CTO_DAYS) - QUOTE_DAYS
    yield _under_way(park, unit, "design", (age - QUOTE_DAYS) / whole)


def _units(park: Park, order: Order, kind: str) -> list[Unit]:
    """Units of an order, its products in step with each other."""
    counts = units_of(park, order)
    products = [line.item for line in park.bom_of(order.product) if park.product(line.item).kind == kind]
    ranked = [
        ((number - 0.5) / counts[product], place, Unit(order, product, number))
        for place, product in enumerate(products)
        for number in range(1, counts[product] + 1)
    ]
    return [unit for _, _, unit in sorted(ranked, key=lambda row: row[:2])]


def _boxes(park: Park, boxes: Sequence[Unit]) -> list[OperationState]:
    """Steps of the boxes that are delivered or on the floor, and of their skids."""
    rows = [row for unit in boxes[:DELIVERED_BOXES] for row in _delivered(park, unit)]
    for unit, station, progress in _at_stations(boxes[DELIVERED_BOXES:], STATIONS):
        rows.extend(_on_the_floor(park, unit, station, progress))
        rows.extend(_skids(park, unit, station, progress))
    return rows


def _supernodes(park: Park, supernodes: Sequence[Unit]) -> list[OperationState]:
    """Steps of the supernodes that are delivered, in burn-in or in integration."""
    rows = [row for unit in supernodes[:DELIVERED_SUPERNODES] for row in _delivered(park, unit)]
    for unit, station, progress in _at_stations(supernodes[DELIVERED_SUPERNODES:], SUPERNODE_STATIONS):
        rows.extend(_on_the_floor(park, unit, station, progress))
    return rows


def _at_stations(units: Sequence[Unit], stations: Sequence[tuple[str, int]]) -> Iterator[tuple[Unit, str, float]]:
    """Units at their stations with the share of the step that is done, the most advanced first."""
    waiting = iter(units)
    for station, count in stations:
        for index in range(count):
            unit = next(waiting, None)
            if unit is not None:
                yield unit, station, 1 - (index + 0.5) / count


def _delivered(park: Park, unit: Unit) -> Iterator[OperationState]:
    """All steps of a unit at home; abroad all steps up to the port, where it waits for a ship."""
    steps = list(_steps(park, unit))
    known = steps[: steps.index("port") + 1] if "port" in steps else steps
    yield from (_done(unit, step) for step in known)
    for skid in _skids_of(park, unit):
        yield from (_done(skid, step) for step in SKID_STEPS)


def _on_the_floor(park: Park, unit: Unit, station: str, progress: float) -> Iterator[OperationState]:
    """Steps of a unit that is under way at a station, or at the one before it where its routing has none."""
    before = _steps(park, unit)
    names = [name for name, _ in (*STATIONS, *SUPERNODE_STATIONS)]
    at = next(name for name in names[names.index(station) :] if name in before)
    over = all_before(at, before)
    yield from (_done(unit, step) for step in before if step in over)
    yield _under_way(park, unit, at, progress)
    if at == "electrical" and "mechanical" in before:
        yield _done(unit, "mechanical") if progress > 0.5 else _under_way(park, unit, "mechanical", progress)


def _skids(park: Park, unit: Unit, station: str, progress: float) -> Iterator[OperationState]:
    """Skids of a box: done once it is past its frame, being built with it."""
    for skid in _skids_of(park, unit):
        if station in SKIDS_DONE_FROM:
            yield from (_done(skid, step) for step in SKID_STEPS)
        elif station == "frame":
            yield _under_way(park, skid, SKID_STEPS[0], progress)


def _skids_of(park: Park, unit: Unit) -> list[Unit]:
    items = [line.item for line in park.bom_of(unit.product) if park.has("products", line.item)]
    return [Unit(unit.order, item, unit.number) for item in items]


def _steps(park: Park, unit: Unit) -> Mapping[str, tuple[str, ...]]:
    return steps_of_unit(park, unit.product, unit.order.destination)


def _done(unit: Unit, step: str) -> OperationState:
    return OperationState(order=unit.order.order, product=unit.product, unit=unit.number, operation=step, status="done")


def _under_way(park: Park, unit: Unit, step: str, progress: float) -> OperationState:
    """A step of which this share of its mean work is done."""
    operation = park.operation(park.product(unit.product).routing, step)
    hours = round((1 - progress) * duration_hours(park, operation)[1], 1)
    return OperationState(
        order=unit.order.order,
        product=unit.product,
        unit=unit.number,
        operation=step,
        status="under_way",
        remaining_hours=max(hours, 0.5),
    )


def _still_taken(park: Park, backlog: Sequence[Order], begun: set[tuple[str, str, int]]) -> dict[str, float]:
    """What the units of the backlog that are not begun will take of each material."""
    taken: dict[str, float] = {}
    for order in backlog:
        for product, count in units_of(park, order).items():
            left = sum((order.order, product, number) not in begun for number in range(1, count + 1))
            for line in park.bom_of(product):
                if left and park.has("materials", line.item):
                    taken[line.item] = taken.get(line.item, 0.0) + left * line.quantity.value
    return taken


def _supply(park: Park, taken: Mapping[str, float]) -> dict[str, Sequence[Row]]:
    """Stocks and purchase orders: long-lead parts for the whole backlog, the others for the next weeks."""
    stocks: list[Row] = []
    orders: list[Row] = []
    for material in park.materials:
        if material.lead_weeks is None:
            stocks.append(StockState(material=material.material, quantity=ACCELERATORS))
            continue
        need = taken.get(material.material, 0.0)
        stocks.append(StockState(material=material.material, quantity=float(round(need * STOCK_SHARE))))
        weeks = ARRIVAL_WEEKS if material.lead_weeks.mean > LONG_LEAD_WEEKS else ARRIVAL_WEEKS[:2]
        lot = float(round(need * (1 - STOCK_SHARE) / len(ARRIVAL_WEEKS)))
        for number, week in enumerate(weeks, start=1):
            orders.append(_purchase(park, f"{material.material}-{number}", material.material, lot, week))
    return {"state/stocks": stocks, "state/purchase_orders": orders}


def _purchase(park: Park, name: str, material: str, quantity: float, week: int) -> PurchaseOrderState:
    """A purchase order that is expected some weeks after the epoch, later rather than earlier."""
    epoch = park.head.epoch
    day = epoch + timedelta(weeks=week, days=4)
    lead = park.material(material).lead_weeks
    placed = min(day - timedelta(weeks=lead.mean if lead else 0), epoch - timedelta(days=3))
    return PurchaseOrderState(
        purchase_order=name,
        material=material,
        quantity=quantity,
        placed=placed,
        arrives=When(day - timedelta(days=3), day, day + timedelta(days=7 + week // 2)),
    )
