"""What moves through the plain-Python twin: units and their steps, kinds of work, and work that is under way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aidc_twin.park import Park
from aidc_twin.park.schema import Breakdown, Leg, Operation, Order, Source, Transfer

Line = list[Any]
"""Unit, operation, attempt, during, start, end, setup, work, machine (0: none)."""


@dataclass(eq=False)
class Unit:
    """An order, a piece that is made for a parent, or a piece that a source brings."""

    id: str
    row: Order | Source
    product: str
    number: int
    value: int
    stream: str | int
    parent: Unit | None = None
    joins: str = ""
    released_by: str = ""
    due: int = 0
    tasks: dict[str, Task] = field(default_factory=dict)
    gates: int = 0
    release: int = 0
    gone: bool = False
    ordered: int = 0
    begun: bool = False
    parts: list[Unit] = field(default_factory=list)

    @property
    def order(self) -> Order:
        """The order that it belongs to."""
        assert isinstance(self.row, Order)
        return self.row

    @property
    def sourced(self) -> bool:
        """Whether a source brought it; not the parts that are made for it."""
        return isinstance(self.row, Source) and self.parent is None

    @property
    def crowd(self) -> str:
        """Among whom it is counted: those of its source, else of its product."""
        return f"source {self.row.source}" if isinstance(self.row, Source) and self.parent is None else self.product

    @property
    def each(self) -> float:
        """Quantity by which the bill of materials is multiplied."""
        return self.order.quantity_mw if isinstance(self.row, Order) and self.parent is None else 1.0


@dataclass(eq=False)
class Task:
    """A step of a unit.

    `wait` counts the steps (or the opening) that must come first, `parts` the units that join here; `come`: a token
    of the unit is here already. A lap lasts from being readied to being passed. `place`: sequence and tick
    that it keeps from its first part on. Of a step that gets shares of periods: `fed` are the shares of its work that
    come from steps which go on, `allotted` and `done` thousandths of its work, `number` the one of its place in line,
    `portion` what it got of the present period, `own` what it holds until it is passed.
    """

    unit: Unit
    name: str
    row: Operation | Leg
    before: tuple[str, ...]
    kind: Kind
    key: int | None = None
    wait: int = 0
    parts: int = 0
    come: bool = False
    lap: bool = False
    laps: int = 0
    state: str = ""
    remaining: int = 0
    attempt: int = 0
    failures: int = 0
    chosen: str = ""
    holds: list[Hold] = field(default_factory=list)
    entry: Entry | None = None
    run: Run | None = None
    opens: list[Unit] = field(default_factory=list)
    place: tuple[int, int] | None = None
    fed: dict[str, float] = field(default_factory=dict)
    inside: bool = False
    begun: bool = False
    allotted: int = 0
    done: int = 0
    number: int | None = None
    portion: Any = None
    own: list[Hold] = field(default_factory=list)

    @property
    def awaited(self) -> tuple[str, ...]:
        """Steps that must be passed before, those left out that hand on their work as it gets done."""
        return tuple(name for name in self.before if name not in self.fed)

    @property
    def live(self) -> bool:
        """Whether a token of the unit is here."""
        return self.lap or self.come


@dataclass(frozen=True)
class Need:
    """What work takes of a resource, or `looks` at; `until` is "" where it is given back at its own end."""

    resource: str
    amount: int
    until: str = ""
    gives: bool = False
    looks: bool = False
    up: bool = False
    once: bool = False
    per: str = "unit"
    same: bool = False
    prefer: int = 0
    who: tuple[int, ...] = ()

    def family(self, unit: Unit) -> Unit | None:
        """Whose parts share what is taken; None where each unit takes its own."""
        return {"unit": None, "parent": unit.parent, "parts": unit}[self.per]


@dataclass
class Hold:
    """A need that was taken, with the machine or the person where it is one, and those who share it."""

    need: Need
    slot: int | None = None
    family: Unit | None = None
    member: int | None = None


@dataclass(eq=False)
class Kind:
    """A set of equal work: an operation, its rework, its later attempts, the rest of what was given back, a repair.

    `rest`: of work that its calendar stops, `put_back`: of work that more urgent work stops.
    """

    row: Operation | Leg | Breakdown
    needs: list[Need]
    materials: list[tuple[str, int]]
    mean: int = 0
    rework: bool = False
    failed: Kind | None = None
    again: Kind | None = None
    rest: Kind | None = None
    is_rest: bool = False
    put_back: Kind | None = None
    server: str = ""
    bucket: str = ""
    content: int = 0
    rank: int = 0
    transfer: Transfer | None = None

    @property
    def sails(self) -> bool:
        """Whether work of this kind waits for a ship or a transfer."""
        return self.transfer is not None or (isinstance(self.row, Leg) and self.row.kind == "sailing")

    @property
    def calendar(self) -> str:
        """When work of this kind can start; "": always."""
        return "" if isinstance(self.row, Leg) else self.row.calendar

    @property
    def picks(self) -> bool:
        """Whether it depends on a unit's parent if it can start."""
        return any(need.per != "unit" or need.same for need in self.needs)

    @property
    def pauses(self) -> str:
        """Calendar whose closed time does not count as work; "": none."""
        return "" if isinstance(self.row, Operation) and self.row.when_closed != "suspend" else self.calendar

    @property
    def waits(self) -> bool:
        """Whether its work, which runs on when closed, does not go on then after a standstill."""
        return isinstance(self.row, Operation) and self.row.when_closed == "finish"

    @property
    def locked(self) -> float:
        """Hours before closing in which nothing of this kind starts."""
        first = isinstance(self.row, Operation) and not self.rework and not self.is_rest
        return self.row.last_start_hours if first and self.calendar else 0.0

    @property
    def batch(self) -> bool:
        """Whether units go together."""
        return isinstance(self.row, Operation) and self.row.batch_max > 1 and not self.rework

    @property
    def home(self) -> tuple[str, str]:
        """Routing and operation, or destination and leg."""
        first = self.row.destination if isinstance(self.row, Leg) else getattr(self.row, "routing", "")
        return first, self.row.leg if isinstance(self.row, Leg) else getattr(self.row, "operation", "")


@dataclass(eq=False)
class Entry:
    """A place in a queue, joined at the tick `since`.

    `pin` is the machine that it waits for, `ripe`: it has waited long enough for a batch; `came` is the tick from which
    it waits; `missed`: what it needs was not free in the one moment in which its unit could leave its machine.
    """

    what: Task | Repair
    kind: Kind
    key: int | None
    sequence: int
    pin: int | None = None
    ripe: bool = False
    ties: tuple[int, ...] = ()
    came: int = 0
    since: int = 0
    missed: bool = False


@dataclass(eq=False)
class Run:
    """Work under way: of one unit, or of a batch.

    `setup` and `work` are those of the row of the trace, `whole` is the work of all its rows, `left` counts the
    changeover too; `version` tells old events.
    """

    kind: Kind
    members: list[Task]
    setup: int
    work: int
    whole: int
    left: int
    machine: tuple[str, int] | None = None
    holds: list[Hold] = field(default_factory=list)
    lines: dict[Task, Line] = field(default_factory=dict)
    since: int = 0
    standing: bool = True
    version: int = 0
    begun: int = 0


@dataclass(eq=False)
class Repair:
    """The repair of a machine."""

    clock: Any
    work: int


def explode(park: Park, order: Order) -> list[Unit]:
    """The order, then the units of its bill of materials level by level."""
    lines = park.bom_of(order.product)
    worth = sum(round(line.value_yuan.value * order.quantity_mw) for line in lines)
    value = worth or round(park.product(order.product).value_yuan.value * order.quantity_mw)
    return with_parts(park, Unit(order.order, order, order.product, 0, value, order.order), order.quantity_mw)


def with_parts(park: Park, top: Unit, amount: float) -> list[Unit]:
    """A unit, or so many at once, and all that is made for it."""
    units, number = [top], dict[str, int]()
    batches = [([top], amount)]
    for parents, quantity in batches:
        for line in park.bom_of(parents[0].product) if parents else ():
            if not any(row.product == line.item for row in park.products):
                continue
            count = pieces(line.quantity.value * quantity, line.rounding)
            given = round(line.value_yuan.value * quantity)
            total = given or round(park.product(line.item).value_yuan.value) * count
            made: list[Unit] = []
            for i in range(count):
                number[line.item] = n = number.get(line.item, 0) + 1
                parent = parents[i * len(parents) // count]
                yuan = total // count + (i < total % count)
                name = f"{top.id}/{line.item}/{n}"
                made.append(Unit(name, top.row, line.item, n, yuan, name, parent, line.operation, line.released_by))
                parent.parts.append(made[-1])
            units += made
            batches.append((made, float(count)))
    return units


def pieces(amount: float, rounding: str) -> int:
    """Whole units of an amount."""
    slack = 1e-9 * max(1.0, amount)
    return math.floor(amount + 0.5 + 1e-9) if rounding == "nearest" else max(0, math.ceil(amount - slack))


def steps_in_order(rows: Sequence[Operation]) -> list[Operation]:
    """Operations behind their predecessors, the earlier row first."""
    left, done = list(rows), set[str]()
    found: list[Operation] = []
    names = {row.operation for row in rows}
    while left:
        row = next(row for row in left if done >= set(row.after) & names)
        left.remove(row)
        done.add(row.operation)
        found.append(row)
    return found


def route(park: Park, unit: Unit) -> list[tuple[str, Operation | Leg, tuple[str, ...]]]:
    """Steps of a unit with their predecessors: the destination's legs stand before the site."""
    product = park.product(unit.product)
    rows = steps_in_order([row for row in park.operations if row.routing == product.routing])
    legs = [leg for leg in park.legs if leg.destination == unit.row.destination]
    if product.kind not in ("module", "payload") or not legs:
        return [(row.operation, row, row.after) for row in rows]
    far = [row for row in rows if row.stage in ("site", "acceptance")]
    found: list[tuple[str, Operation | Leg, tuple[str, ...]]] = [
        (row.operation, row, row.after) for row in rows if row not in far
    ]
    for leg in sorted(legs, key=lambda leg: leg.position):
        found.append((leg.leg, leg, sinks(park, found)))
    last, names = sinks(park, found), {row.operation for row in far}
    for row in far:
        there = tuple(name for name in row.after if name in names)
        fed = [
            other.before for other in park.overlaps if (other.routing, other.operation) == (row.routing, row.operation)
        ]
        done_before = [name for name in there if name not in fed]
        if not there or (not done_before and len(there) < len(row.after)):
            there += last
        found.append((row.operation, row, there))
    return found


def sinks(park: Park, steps: Sequence[tuple[str, Any, tuple[str, ...]]]) -> tuple[str, ...]:
    """Steps that nothing follows; one whose way divides only where there is no other."""
    followed = {name for _, _, before in steps for name in before}
    last = [(name, row) for name, row, _ in steps if name not in followed]
    divides = {(row.routing, row.operation) for row in park.branches}
    whole = [name for name, row in last if isinstance(row, Leg) or (row.routing, name) not in divides]
    return tuple(whole or [name for name, _ in last])
