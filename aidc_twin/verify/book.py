"""A schedule as the rules read it: its rows with the step each one is, and what became of every step of a unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import polars as pl

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Breakdown, OperationState
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
    """A row of the schedule that names a step of a unit; `resumed` where it was under way at tick 0.

    `first`: the unit comes to the step with it; otherwise it is a rework, an attempt after one, or the `rest` of work
    that was cut where its calendar closed. `amount`: share of a period that it got, in thousandths.
    """

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
    first: bool = True
    rest: bool = False
    amount: int = 0

    @property
    def takes(self) -> tuple[Hold, ...]:
        """What the row seizes: reworks and later attempts keep what the first one holds on to, rests what was kept."""
        holds = self.step.rework_holds if self.rework else self.step.holds
        if self.rest:
            return tuple(hold for hold in holds if hold.gives)
        if self.rework or self.first or self.resumed:
            return holds
        return tuple(hold for hold in holds if not hold.until)

    @property
    def looks(self) -> tuple[Hold, ...]:
        """What must be free for it to start."""
        if self.rest or self.resumed:
            return ()
        return self.step.rework_looks if self.rework else self.step.looks

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
    repairs : rows of repairs by start.
    steps : unit id → operation → its rows in order of attempt, an operation before its rework.
    units : unit id → (order, product, number) of every unit that the schedule or the state names.
    done : steps that the opening state calls done, as (unit id, operation).
    under_way : steps that it calls under way, with their row.
    named : unit id → operations that the state names.
    route_of : unit id → its route, of those that were asked for.
    shares : what each step got of the period that begins at a tick, in thousandths.
    ends_of : unit id → ends and starts of its rows, sorted, of those that were asked for.
    """

    park: Park
    clock: Clock
    orders: OrderBook
    routes: Routes
    rows: list[Row] = field(default_factory=list[Row])
    repairs: list[Repair] = field(default_factory=list["Repair"])
    steps: dict[str, dict[str, list[Row]]] = field(default_factory=dict[str, dict[str, list[Row]]])
    units: dict[str, tuple[str, str, int]] = field(default_factory=dict[str, tuple[str, str, int]])
    done: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    under_way: dict[tuple[str, str], OperationState] = field(default_factory=dict[tuple[str, str], OperationState])
    named: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    route_of: dict[str, Route] = field(default_factory=dict[str, Route])
    shares: Mapping[tuple[str, str, int], int] = field(default_factory=dict[tuple[str, str, int], int])
    ends_of: dict[str, list[tuple[int, int]]] = field(default_factory=dict[str, list[tuple[int, int]]])

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
        found = self.route_of.get(unit_id)
        if found is None:
            order, product, _ = self.units[unit_id]
            found = self.route_of[unit_id] = self.routes.of(self.orders.of(order).order, product)
        return found

    def ends(self, unit_id: str) -> list[tuple[int, int]]:
        """Ends of all that is done with a unit, each with its start, the first end first."""
        found = self.ends_of.get(unit_id)
        if found is None:
            rows = (row for rows in self.steps.get(unit_id, {}).values() for row in rows)
            found = self.ends_of[unit_id] = sorted((row.end, row.start) for row in rows)
        return found

    def passes(self, unit_id: str, operation: str) -> list[int]:
        """Ticks at which a step was passed, once for each time that the unit came to it; long ago by the state."""
        return [end for _, end in self.passings(unit_id, operation)]

    def passings(self, unit_id: str, operation: str) -> list[tuple[int, int]]:
        """Start of the last work of each time that a step was passed, and the tick at which it was."""
        before = [(LONG_AGO, LONG_AGO)] if (unit_id, operation) in self.done else []
        rows = self.steps.get(unit_id, {}).get(operation, [])
        if rows and rows[0].step.content:
            whole = sum(row.amount for row in rows) >= rows[0].step.content
            return [(rows[-1].start, rows[-1].end)] if whole else []
        last = [row for i, row in enumerate(rows) if i + 1 == len(rows) or rows[i + 1].first]
        return before + [(row.start, row.end) for row in last if not row.rework]

    def passed(self, unit_id: str, operation: str) -> int | None:
        """Tick at which a step was passed last; long ago where the state calls it done, None where it was not."""
        return max(self.passes(unit_id, operation), default=None)

    def begins(self, unit_id: str, operation: str) -> list[int]:
        """Ticks at which the unit came to a step and it started."""
        return [row.start for row in self.steps.get(unit_id, {}).get(operation, ()) if row.first]

    def anew(self, unit_id: str) -> int:
        """First start of anything of a unit of the opening state since it was scrapped; for ever where it was not.

        That raises the attempt of each of its steps.
        """
        rows = (row for rows in self.steps.get(unit_id, {}).values() for row in rows if row.first and row.attempt)
        return min((row.start for row in rows), default=FOREVER) if unit_id in self.named else FOREVER

    def finished(self, unit_id: str, route: Route) -> int | None:
        """Tick at which a unit passed its last step, None where it did not.

        Where chance chooses its way it is the last step that it came to, if the way may end there.
        """
        if route.divides:
            return self._way_end(unit_id, route)
        ends = [self.passed(unit_id, name) for name in route.last]
        known = [end for end in ends if end is not None]
        return max(known, default=LONG_AGO) if len(known) == len(ends) else None

    def _way_end(self, unit_id: str, route: Route) -> int | None:
        rows = [row for steps in self.steps.get(unit_id, {}).values() for row in steps]
        if not rows:
            return None
        latest = max((row.end, row.start) for row in rows)
        last = [row.step for row in rows if (row.end, row.start) == latest and not row.rework]
        ends = any("end" in step.ways or (step.name in route.last and not step.ways) for step in last)
        return latest[0] if ends else None

    def left(self, unit_id: str) -> int:
        """Tick at which a unit gave everything back: for ever after it where it is still there.

        A unit that may have been scrapped or lost, or whose way may have ended, is taken to leave after its last row.
        """
        route = self.route(unit_id)
        end = self.finished(unit_id, route)
        if end is None and route.vanishes:
            end = max((row.end for rows in self.steps.get(unit_id, {}).values() for row in rows), default=None)
        return FOREVER if end is None else end

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


@dataclass(frozen=True, slots=True)
class Repair:
    """A row of the schedule that repairs a machine."""

    row: Breakdown
    machine: int
    number: int
    start: int
    end: int
    setup: int
    work: int

    def __str__(self) -> str:
        return f"{self.row.breakdown} of {self.row.resource} {self.machine} (number {self.number})"


def open_book(
    park: Park,
    clock: Clock,
    operations: pl.DataFrame,
    findings: Findings,
    shares: Mapping[tuple[str, str, int], int] | None = None,
) -> Book:
    """Read the rows of a schedule; those that name nothing of the park are violations and left out."""
    book = Book(park, clock, OrderBook(park), Routes(park, clock), shares=shares or {})
    cells = [Cells._make(row) for row in operations.select(Cells._fields).iter_rows()]
    book.repairs = sorted(_repairs(book, cells, findings), key=lambda row: (row.start, row.row.resource, row.machine))
    rows = list(_known(book, [row for row in cells if row.during != "repair"], findings))
    for row in rows:
        book.units[row.unit_id] = (row.order, row.product, row.unit)
        book.steps.setdefault(row.unit_id, {}).setdefault(row.step.name, []).append(row)
    for unit_id, steps in book.steps.items():
        for name, attempts in steps.items():
            steps[name] = _in_turn(attempts)
        if book.route(unit_id).scraps:
            _begun_anew(book.route(unit_id), steps)
    book.rows = [row for steps in book.steps.values() for rows in steps.values() for row in rows]
    book.rows.sort(key=lambda row: (row.start, row.end, row.unit_id, row.step.name, row.attempt, row.rework))
    return book


def _in_turn(rows: Sequence[Row]) -> list[Row]:
    """Rows of a step of a unit in order, each with what it is: the first one, one more attempt, a rework or a rest."""
    found: list[Row] = []
    seen: set[tuple[int, bool]] = set()
    for row in sorted(rows, key=lambda row: (row.attempt, row.rework, row.start, row.end)):
        rest = (row.attempt, row.rework) in seen
        again = (row.attempt - 1, True) in seen
        seen.add((row.attempt, row.rework))
        first = not (rest or again or row.rework or row.resumed)
        changed = rest or not first
        found.append(replace(row, rest=rest, first=first, resumed=row.resumed and not rest) if changed else row)
    return found


def _begun_anew(route: Route, steps: dict[str, list[Row]]) -> None:
    """Mark attempts after a rework that was never followed by one, since the unit was scrapped: it begins anew there.

    That shows where what is worked on first has begun between the two.
    """
    begins = {
        name: [row.start for row in rows if row.first] for name, rows in steps.items() if not route.steps[name].before
    }
    for name, rows in steps.items():
        for i, row in enumerate(rows):
            if i and not (row.first or row.rest or row.rework or row.resumed):
                since = rows[i - 1].end
                if any(since <= tick <= row.start for root, ticks in begins.items() if root != name for tick in ticks):
                    rows[i] = replace(row, first=True)


def _repairs(book: Book, rows: Iterable[Cells], findings: Findings) -> Iterator[Repair]:
    """Rows of repairs that name a breakdown of the park."""
    known = findings.rule("known")
    named = {(row.resource, row.breakdown): row for row in book.park.breakdowns}
    for cells in rows:
        if cells.during != "repair":
            continue
        known.checked += 1
        row = named.get((cells.resource, cells.operation))
        if row is None or cells.unit_id != f"machine/{cells.resource}/{cells.machine}" or cells.machine < 1:
            known.fail(
                f"{cells.unit_id} {cells.operation}: there is no such breakdown of {cells.resource or 'nothing'}"
            )
        elif not 0 <= cells.start_tick <= cells.end_tick <= book.latest:
            known.fail(f"{cells.unit_id} {cells.operation}: not within the model")
        else:
            yield Repair(
                row, cells.machine, cells.attempt, cells.start_tick, cells.end_tick, cells.setup_ticks, cells.work_ticks
            )


def _known(book: Book, rows: Iterable[Cells], findings: Findings) -> Iterator[Row]:
    """Rows that name a step of a unit of the park, each once, or more often where its work may be cut."""
    known, once = findings.rule("known"), findings.rule("once")
    seen: set[tuple[str, str, int, bool]] = set()
    for told in rows:
        known.checked += 1
        cells = told if told.order else told._replace(order=_arrival_of(told))
        if reason := _stranger(book, cells):
            known.fail(f"{cells.unit_id} {cells.operation}: {reason}")
            continue
        row = _row(book, cells)
        once.checked += 1
        key = (row.unit_id, row.step.name, row.attempt, row.rework)
        done = (row.unit_id, row.step.name) in book.done
        route = book.routes.of(book.orders.of(row.order).order, row.product)
        done = done and not (row.attempt and (route.scraps or route.divides))
        if done or (key in seen and not (row.step.interrupts or row.step.content)):
            once.fail(f"{row} was done before the schedule begins" if done else f"{row} is done twice")
            continue
        seen.add(key)
        yield row


def _arrival_of(cells: Cells) -> str:
    """Id of the unit of a source of which a row tells: that of a part goes on behind it."""
    return cells.unit_id.removesuffix(f"/{cells.product}/{cells.unit}")


def _stranger(book: Book, cells: Cells) -> str:
    """Why a row is not a step of a unit of the park; blank where it is."""
    order, product, unit = cells.order, cells.product, cells.unit
    arrival = None if book.park.has("orders", order) else book.orders.arrived(order)
    if arrival is None and not book.park.has("orders", order):
        return f"there is no order or source {order}"
    pieces = book.orders.of(order)
    own = pieces.is_order(product)
    if not own and product not in pieces.batches:
        return f"{order} takes no {product}"
    whole = (0, 1) if arrival is None else (arrival[1],)
    if unit not in whole if own else pieces.batch(product, unit) is None:
        return f"{order} has no {product} number {unit}"
    if cells.unit_id != pieces.unit_id(product, unit):
        return f"the unit is {pieces.unit_id(product, unit)}"
    if cells.operation not in book.routes.of(pieces.order, product).steps:
        return f"{product} has no step {cells.operation}"
    if cells.during not in ("operation", "rework"):
        return f"during {cells.during} is neither operation nor rework"
    # what stands still where its calendar has no more opening never ends
    if not 0 <= cells.start_tick <= min(cells.end_tick, book.latest) or book.latest < cells.end_tick != FOREVER:
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
        amount=book.shares.get((cells.unit_id, cells.operation, cells.start_tick), 0),
    )


def first_starts(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows with which a unit comes to a step; what was under way at tick 0 had begun before."""
    return (row for row in rows if row.first)
