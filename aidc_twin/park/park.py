"""`Park`: a factory as data, resolved and checked; it is valid if `load_park` returned it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar, cast

from aidc_twin.facts import Facts
from aidc_twin.park.schema import (
    INVESTING,
    TABLES,
    Account,
    BomLine,
    Branch,
    Breakdown,
    Bucket,
    Capacity,
    Destination,
    Entity,
    Finance,
    Holiday,
    Investment,
    InvestmentGain,
    Leg,
    MachineState,
    Material,
    Need,
    NotBefore,
    Operation,
    OperationState,
    Order,
    Outlook,
    Output,
    Overlap,
    ParkHead,
    Phase,
    PostedState,
    Product,
    PurchaseOrderState,
    Resource,
    Row,
    Sale,
    Setup,
    Shift,
    Source,
    StockState,
    Transfer,
    Window,
)
from aidc_twin.park.steps import in_order
from aidc_twin.units.quantity import Quantity, When

RowT = TypeVar("RowT", bound=Row)
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactUse:
    """A cell of the park whose number comes from a fact."""

    table: str
    key: str
    column: str
    fact: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row was written: the file as the user named it, and the line from 1."""

    file: str
    line: int


def attribute(table: str) -> str:
    """Name of a table as an attribute of `Park`: ``state/stocks`` is ``state_stocks``."""
    return table.replace("/", "_")


def row_key(row: Row) -> Key:
    """Key of a row, one text per key column."""
    return tuple(str(getattr(row, column)) for column in row.__key__)


@dataclass(frozen=True, eq=False)
class Park:
    """A park with one stack of scenarios; every quantity is resolved, tables keep the order of their files.

    Attributes
    ----------
    head
        The file ``park.toml``.
    facts
        What the references of the park were resolved against.
    scenarios
        Names of the patches that were applied, in order.
    notices
        What a reader should know; none of it makes an answer wrong.
    folder
        The park as the caller named it.
    fact_uses
        Which cells rest on which facts.
    places
        File and line of each row by (table, key), for messages; no part of the park's identity.
    begun_hours
        Where scenarios have changed the park: the most hours that could be left of each step and leg before that, by
        table and key of its row; no part of the park's identity.
    incomplete
        Tables with rows that could not be read; only while a park is being checked.
    """

    head: ParkHead
    facts: Facts
    phases: tuple[Phase, ...] = ()
    calendars: tuple[Shift, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    windows: tuple[Window, ...] = ()
    entities: tuple[Entity, ...] = ()
    accounts: tuple[Account, ...] = ()
    resources: tuple[Resource, ...] = ()
    capacity: tuple[Capacity, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    materials: tuple[Material, ...] = ()
    products: tuple[Product, ...] = ()
    bom: tuple[BomLine, ...] = ()
    operations: tuple[Operation, ...] = ()
    needs: tuple[Need, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    setups: tuple[Setup, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    branches: tuple[Branch, ...] = ()
    outputs: tuple[Output, ...] = ()
    sources: tuple[Source, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    destinations: tuple[Destination, ...] = ()
    legs: tuple[Leg, ...] = ()
    sales: tuple[Sale, ...] = ()
    orders: tuple[Order, ...] = ()
    not_before: tuple[NotBefore, ...] = ()
    investments: tuple[Investment, ...] = ()
    investment_gains: tuple[InvestmentGain, ...] = ()
    outlook: tuple[Outlook, ...] = ()
    finance: tuple[Finance, ...] = ()
    state_operations: tuple[OperationState, ...] = ()
    state_stocks: tuple[StockState, ...] = ()
    state_purchase_orders: tuple[PurchaseOrderState, ...] = ()
    state_machines: tuple[MachineState, ...] = ()
    state_posted: tuple[PostedState, ...] = ()
    scenarios: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    folder: str = ""
    fact_uses: tuple[FactUse, ...] = ()
    places: Mapping[tuple[str, Key], Place] = field(default_factory=dict[tuple[str, Key], Place], repr=False)
    begun_hours: Mapping[Key, float] = field(default_factory=dict[Key, float], repr=False)
    incomplete: frozenset[str] = frozenset()

    @property
    def horizon_end(self) -> date:
        """First day after the horizon."""
        return self.head.epoch + timedelta(weeks=self.head.horizon_weeks)

    @cached_property
    def hash(self) -> str:
        """sha256 over head and resolved rows, in order; paths, line numbers and scenario names do not enter."""
        return hashlib.sha256(canonical_text(self).encode()).hexdigest()

    def table(self, name: str) -> tuple[Row, ...]:
        """Rows of a table by its file name without ending."""
        return getattr(self, attribute(name))

    def place(self, row: Row) -> Place:
        """File and line of a row."""
        table = TABLE_OF[type(row)]
        return self.places.get((table, row_key(row)), Place(f"{table}.csv", 0))

    @property
    def operating_uses(self) -> tuple[FactUse, ...]:
        """Uses of facts by all that runs, plans and schedules rest on: without what only investments need."""
        return tuple(use for use in self.fact_uses if use.table not in INVESTING)

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[str, Row]]:
        """Rows of each table by the first column of their key."""
        return {name: {row_key(row)[0]: row for row in self.table(name)} for name in TABLES}

    def phase(self, name: str) -> Phase:
        """Phase by id; KeyError if there is none (as for the other lookups)."""
        return cast("Phase", self._rows["phases"][name])

    def entity(self, name: str) -> Entity:
        """Entity by id."""
        return cast("Entity", self._rows["entities"][name])

    def resource(self, name: str) -> Resource:
        """Resource by id."""
        return cast("Resource", self._rows["resources"][name])

    def material(self, name: str) -> Material:
        """Material by id."""
        return cast("Material", self._rows["materials"][name])

    def product(self, name: str) -> Product:
        """Product by id."""
        return cast("Product", self._rows["products"][name])

    def destination(self, name: str) -> Destination:
        """Destination by id."""
        return cast("Destination", self._rows["destinations"][name])

    def order(self, name: str) -> Order:
        """Order by id."""
        return cast("Order", self._rows["orders"][name])

    def has(self, table: str, name: str) -> bool:
        """Whether a table has rows under an id (the first column of its key)."""
        return name in self._rows[table]

    @cached_property
    def routings(self) -> tuple[str, ...]:
        """Routings that have operations, in the order of the file."""
        return tuple(dict.fromkeys(row.routing for row in self.operations))

    @cached_property
    def _steps(self) -> Mapping[str, list[Operation]]:
        return _grouped(self.operations, "routing")

    def steps_of(self, routing: str) -> tuple[Operation, ...]:
        """Operations of a routing in the order of the file, those on a cycle as well."""
        return tuple(self._steps.get(routing, ()))

    @cached_property
    def _operations(self) -> Mapping[str, tuple[Operation, ...]]:
        return {name: _worked_in_order(rows) for name, rows in self._steps.items()}

    def operations_of(self, routing: str) -> tuple[Operation, ...]:
        """Operations of a routing, each behind its predecessors, ties in the order of the file."""
        return self._operations.get(routing, ())

    def has_operation(self, routing: str, name: str) -> bool:
        """Whether a routing has an operation of that name."""
        return (routing, name) in self._operation

    def operation(self, routing: str, name: str) -> Operation:
        """Operation of a routing; KeyError if there is none."""
        return self._operation[routing, name]

    @cached_property
    def _operation(self) -> Mapping[tuple[str, str], Operation]:
        return {(row.routing, row.operation): row for row in self.operations}

    @cached_property
    def _needs(self) -> Mapping[tuple[str, str], list[Need]]:
        found: dict[tuple[str, str], list[Need]] = {}
        for row in self.needs:
            found.setdefault((row.routing, row.operation), []).append(row)
        return found

    def needs_of(self, routing: str, operation: str) -> tuple[Need, ...]:
        """What an operation and its rework seize, in the order of the file."""
        return tuple(self._needs.get((routing, operation), ()))

    @cached_property
    def _bom(self) -> Mapping[str, list[BomLine]]:
        return _grouped(self.bom, "parent")

    def bom_of(self, parent: str) -> tuple[BomLine, ...]:
        """What a unit of a product takes."""
        return tuple(self._bom.get(parent, ()))

    @cached_property
    def _legs(self) -> Mapping[str, list[Leg]]:
        return _grouped(sorted(self.legs, key=lambda leg: leg.position), "destination")

    def legs_of(self, destination: str) -> tuple[Leg, ...]:
        """Legs of the way to a destination, by position."""
        return tuple(self._legs.get(destination, ()))

    @cached_property
    def _capacity(self) -> Mapping[str, list[Capacity]]:
        return _grouped(self.capacity, "resource")

    def capacity_of(self, resource: str) -> tuple[Capacity, ...]:
        """Parts of a resource's capacity."""
        return tuple(self._capacity.get(resource, ()))

    @cached_property
    def _shifts(self) -> Mapping[str, list[Shift]]:
        return _grouped(sorted(self.calendars, key=lambda row: row.shift), "calendar")

    def shifts_of(self, calendar: str) -> tuple[Shift, ...]:
        """Shifts of a calendar, by number."""
        return tuple(self._shifts.get(calendar, ()))

    @cached_property
    def _holidays(self) -> Mapping[str, list[Holiday]]:
        return _grouped(sorted(self.holidays, key=lambda row: row.start), "calendar")

    def holidays_of(self, calendar: str) -> tuple[Holiday, ...]:
        """Holidays of a calendar, by first day."""
        return tuple(self._holidays.get(calendar, ()))

    @cached_property
    def _windows(self) -> Mapping[str, list[Window]]:
        return _grouped(self.windows, "calendar")

    def windows_of(self, calendar: str) -> tuple[Window, ...]:
        """Openings of a calendar by the hour."""
        return tuple(self._windows.get(calendar, ()))

    @cached_property
    def _breakdowns(self) -> Mapping[str, list[Breakdown]]:
        return _grouped(self.breakdowns, "resource")

    def breakdowns_of(self, resource: str) -> tuple[Breakdown, ...]:
        """What stops the machines of some servers."""
        return tuple(self._breakdowns.get(resource, ()))

    @cached_property
    def _branches(self) -> Mapping[str, list[Branch]]:
        return _grouped(self.branches, "routing")

    def branches_of(self, routing: str, operation: str = "") -> tuple[Branch, ...]:
        """Where a unit may go after an operation, or after all of a routing, in the order of the file."""
        rows = self._branches.get(routing, ())
        return tuple(row for row in rows if not operation or row.operation == operation)

    @cached_property
    def _outputs(self) -> Mapping[str, list[Output]]:
        return _grouped(self.outputs, "routing")

    def outputs_of(self, routing: str, operation: str) -> tuple[Output, ...]:
        """What an operation puts into stock."""
        return tuple(row for row in self._outputs.get(routing, ()) if row.operation == operation)

    @cached_property
    def _overlaps(self) -> Mapping[str, list[Overlap]]:
        return _grouped(self.overlaps, "routing")

    def overlaps_of(self, routing: str, operation: str) -> tuple[Overlap, ...]:
        """Where the work of an operation comes from while the steps before it go on, in the order of the file."""
        return tuple(row for row in self._overlaps.get(routing, ()) if row.operation == operation)

    def transfer(self, routing: str, operation: str) -> Transfer | None:
        """Rounds in which an operation starts; None where it starts at any time."""
        rows = (row for row in self.transfers if (row.routing, row.operation) == (routing, operation))
        return next(rows, None)

    def ships(self, product: str) -> bool:
        """Whether the legs of the destination stand in a product's routing: it has a pack and a site stage."""
        stages = {row.stage for row in self.operations_of(self.product(product).routing)}
        return {"pack", "site"} <= stages


def canonical_text(park: Park) -> str:
    """One text for all that the park means, the same for equal parks wherever they are written."""
    head = _plain(park.head.model_dump())
    tables = {name: [_plain(_fields(row)) for row in park.table(name)] for name in TABLES}
    return json.dumps({"head": head, "tables": tables}, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _fields(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in type(row).model_fields}


def _plain(value: object) -> object:
    """JSON value that is equal exactly where the given one is."""
    if isinstance(value, Quantity):
        return [
            value.kind,
            [float(number) for number in value.args],
            float(value.factor),
            value.fact,
            value.basis,
            value.unit,
        ]
    if isinstance(value, When):
        return [value.low.isoformat(), value.mode.isoformat(), value.high.isoformat(), value.fact, value.basis]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in cast("dict[object, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Sequence[object]", value)]
    return value if isinstance(value, str | int | float | None) else str(value)


def _grouped(rows: Iterable[RowT], column: str) -> dict[str, list[RowT]]:
    found: dict[str, list[RowT]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


def _worked_in_order(rows: Sequence[Operation]) -> tuple[Operation, ...]:
    by_name = {row.operation: row for row in rows}
    order = in_order(list(by_name), {name: row.after for name, row in by_name.items()})
    return tuple(by_name[name] for name in order)


TABLE_OF: dict[type[Row], str] = {model: name for name, model in TABLES.items()}
"""Name of the table that a row belongs to."""
