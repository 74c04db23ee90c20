"""A schedule as the rules read it: its rows with the step each one is, and what became of every step of a unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from aidc_twin.park.park import Park
from aidc_twin.park.schema import OperationState
from aidc_twin.units.clock import Clock
from aidc_twin.verify.certificate import Findings
from aidc_twin.verify.pieces import OrderBook
from aidc_twin.verify.routes import Hold, Route, Routes, Step
from aidc_twin.verify.ticks import when

LONG_AGO = -(1 << 60)
FOREVER = 1 << 60
LATEST_WEEKS = 2080
"""No work ends later than this many weeks after the horizon."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the schedule that names a step of a unit; `resumed` where it was under way at tick 0."""

    unit_id: str
    order: str
    product: str
    unit: int
    step: Step
    attempt: int
    rework: bool
    resource: str
    machine: int
    start: int
    end: int
    setup: int
    work: int
    resumed: bool

    @property
    def takes(self) -> tuple[Hold, ...]:
        """What the row seizes: reworks and later attempts keep what the first one holds on to."""
        if self.rework:
            return self.step.rework_holds
        return self.step.holds if self.attempt == 0 else tuple(hold for hold in self.step.holds if not hold.until)

    def __str__(self) -> str:
        turn = f" (rework {self.attempt})" if self.rework else f" (attempt {self.attempt})" if self.attempt else ""
        return f"{self.unit_id} {self.step.name}{turn}"


class Cells(NamedTuple):
    """The columns of a schedule that are read."""

    unit_id: str
    operation: str
    attempt: int
    during: str
    order: str
    product: str
    unit: int
    resource: str
    machine: int
    start_tick: int
    end_tick: int
    setup_ticks: int
    work_ticks: int


@dataclass
class Book:
    """A schedule, indexed.

    Attributes
    ----------
    rows : known rows by start.
    steps : unit id → operation → its rows in order of attempt, an operation before its rework.
    units : unit id → (order, product, number) of every unit that the schedule or the state names.
    done : steps that the opening state calls done, as (unit id, operation).
    under_way : steps that it calls under way, with their row.
    named : unit id → operations that the state names.
    """

    park: Park
    clock: Clock
    orders: OrderBook
    routes: Routes
    rows: list[Row] = field(default_factory=list[Row])
    steps: dict[str, dict[str, list[Row]]] = field(default_factory=dict[str, dict[str, list[Row]]])
    units: dict[str, tuple[str, str, int]] = field(default_factory=dict[str, tuple[str, str, int]])
    done: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    under_way: dict[tuple[str, str], OperationState] = field(default_factory=dict[tuple[str, str], OperationState])
    named: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    @property
    def latest(self) -> int:
        """Tick after which nothing can end."""
        return (self.park.head.horizon_weeks + LATEST_WEEKS) * self.clock.ticks_per_week

    @property
    def horizon(self) -> int:
        """Tick at which the model ends."""
        return self.park.head.horizon_weeks * self.clock.ticks_per_week

    def route(self, unit_id: str) -> Route:
        """Route of a unit that is known."""
        order, product, _ = self.units[unit_id]
        return self.routes.of(self.park.order(order), product)

    def passed(self, unit_id: str, operation: str) -> int | None:
        """Tick at which a step was passed; long ago where the state calls it done, None where it was not passed."""
        if (unit_id, operation) in self.done:
            return LONG_AGO
        rows = self.steps.get(unit_id, {}).get(operation)
        return rows[-1].end if rows and not rows[-1].rework else None

    def finished(self, unit_id: str, route: Route) -> int | None:
        """Tick at which a unit passed its last step, None where it did not."""
        ends = [self.passed(unit_id, name) for name in route.last]
        known = [end for end in ends if end is not None]
        return max(known, default=LONG_AGO) if len(known) == len(ends) else None

    def say(self, tick: int) -> str:
        """Words for a tick."""
        return when(self.clock, tick)

    def __post_init__(self) -> None:
        for row in self.park.state_operations:
            pieces = self.orders.of(row.order)
            number = 0 if pieces.is_order(row.product) else row.unit
            unit_id = pieces.unit_id(row.product, number)
            self.units[unit_id] = (row.order, row.product, number)
            self.named.setdefault(unit_id, set()).add(row.operation)
            if row.status == "done":
                self.done.add((unit_id, row.operation))
            else:
                self.under_way[unit_id, row.operation] = row


def open_book(park: Park, clock: Clock, operations: pl.DataFrame, findings: Findings) -> Book:
    """Read the rows of a schedule; those that name nothing of the park are violations and left out."""
    book = Book(park, clock, OrderBook(park), Routes(park, clock))
    rows = list(_known(book, operations, findings))
    rows.sort(key=lambda row: (row.start, row.end, row.unit_id, row.step.name, row.attempt, row.rework))
    book.rows = rows
    for row in rows:
        book.units[row.unit_id] = (row.order, row.product, row.unit)
        book.steps.setdefault(row.unit_id, {}).setdefault(row.step.name, []).append(row)
    for steps in book.steps.values():
        for attempts in steps.values():
            attempts.sort(key=lambda row: (row.attempt, row.rework))
    return book


def _known(book: Book, operations: pl.DataFrame, findings: Findings) -> Iterator[Row]:
    """Rows that name a step of a unit of the park, each once."""
    known, once = findings.rule("known"), findings.rule("once")
    seen: set[tuple[str, str, int, bool]] = set()
    for cells in map(Cells._make, operations.select(Cells._fields).iter_rows()):
        known.checked += 1
        if reason := _stranger(book, cells):
            known.fail(f"{cells.unit_id} {cells.operation}: {reason}")
            continue
        row = _row(book, cells)
        once.checked += 1
        key = (row.unit_id, row.step.name, row.attempt, row.rework)
        if key in seen or (row.unit_id, row.step.name) in book.done:
            once.fail(f"{row} is done twice" if key in seen else f"{row} was done before the schedule begins")
            continue
        seen.add(key)
        yield row


def _stranger(book: Book, cells: Cells) -> str:
    """Why a row is not a step of a unit of the park; blank where it is."""
    order, product, unit = cells.order, cells.product, cells.unit
    if not book.park.has("orders", order):
        return f"there is no order {order}"
    pieces = book.orders.of(order)
    own = pieces.is_order(product)
    if not own and product not in pieces.batches:
        return f"order {order} takes no {product}"
    if unit not in (0, 1) if own else pieces.batch(product, unit) is None:
        return f"order {order} has no {product} number {unit}"
    if cells.unit_id != pieces.unit_id(product, unit):
        return f"the unit is {pieces.unit_id(product, unit)}"
    if cells.operation not in book.routes.of(pieces.order, product).steps:
        return f"{product} has no step {cells.operation}"
    if cells.during not in ("operation", "rework"):
        return f"during {cells.during} is neither operation nor rework"
    if not 0 <= cells.start_tick <= cells.end_tick <= book.latest:
        return f"from {book.say(cells.start_tick)} to {book.say(cells.end_tick)} is no time of work within the model"
    return ""


def _row(book: Book, cells: Cells) -> Row:
    pieces = book.orders.of(cells.order)
    rework = cells.during == "rework"
    return Row(
        unit_id=cells.unit_id,
        order=cells.order,
        product=cells.product,
        unit=0 if pieces.is_order(cells.product) else cells.unit,
        step=book.routes.of(pieces.order, cells.product).steps[cells.operation],
        attempt=cells.attempt,
        rework=rework,
        resource=cells.resource,
        machine=cells.machine,
        start=cells.start_tick,
        end=cells.end_tick,
        setup=cells.setup_ticks,
        work=cells.work_ticks,
        resumed=not rework and cells.attempt == 0 and (cells.unit_id, cells.operation) in book.under_way,
    )


def first_attempts(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows that begin a step; what was under way at tick 0 had begun before."""
    return (row for row in rows if row.attempt == 0 and not row.rework and not row.resumed)
