"""What the plain-Python twin reads from a park: ticks, calendars, units, routes and kinds of work."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from aidc_twin.park import Park
from aidc_twin.park.schema import Leg, Operation, Order

NEVER = 1 << 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1.0, "day": 24.0, "week": 168.0}


@dataclass
class Times:
    """Ticks of a park."""

    park: Park

    def __post_init__(self) -> None:
        self.hour = 3_600_000_000 // self.park.head.tick_us
        self.day, self.week = 24 * self.hour, 168 * self.hour
        self.horizon = self.park.head.horizon_weeks * self.week

    def at(self, day: date) -> int:
        """Tick of a day's midnight."""
        return (day - self.park.head.epoch).days * self.day

    def unit(self, name: str, calendar: str) -> float:
        """Ticks of a unit of duration; a working day is the mean day on which the first level is open."""
        if name != "working_day":
            return self.hour * HOURS[name]
        shifts = [row for row in self.park.calendars if row.calendar == calendar and row.level <= 1]
        if not any(row.calendar == calendar for row in self.park.calendars):
            return self.hour * 24.0
        days = {day for row in shifts for day in days_of(row.days)}
        minutes = sum((row.end - row.start) * len(days_of(row.days)) for row in shifts)
        return self.hour * (minutes / 60 / len(days) if days else 0.0)

    def edges(self) -> list[int]:
        """Beginnings of the ledgers' buckets: weeks and calendar years."""
        years = [self.at(date(year, 1, 1)) for year in range(self.park.head.epoch.year + 1, 2120)]
        return sorted({*range(0, self.horizon, self.week), *(tick for tick in years if tick < self.horizon)})


def days_of(text: str) -> list[int]:
    """Numbers of weekdays, Monday 0."""
    found: list[int] = []
    for part in text.replace(";", " ").lower().split():
        first, _, last = part.partition("-")
        day = DAYS.index(first)
        found.append(day)
        while DAYS[day] != (last or first):
            day = (day + 1) % 7
            found.append(day)
    return sorted(found)


class Calendar:
    """Open spans of a calendar, from a week before the epoch to 53 weeks after the horizon."""

    def __init__(self, times: Times, name: str, levels: Mapping[tuple[str, int], int]) -> None:
        park = times.park
        self.spans: list[list[int]] = []
        for n in range(-7, 7 * (park.head.horizon_weeks + 53)):
            day = park.head.epoch + timedelta(days=n)
            if any(row.calendar == name and row.start <= day <= row.end for row in park.holidays):
                continue
            rows = [row for row in park.calendars if row.calendar == name and day.weekday() in days_of(row.days)]
            worked = [row for row in rows if row.level <= levels.get((name, n // 7), 1)]
            for row in sorted(worked, key=lambda row: (row.start, row.end)):
                self._add(n * times.day + row.start * times.hour // 60, n * times.day + row.end * times.hour // 60)

    def _add(self, start: int, end: int) -> None:
        if self.spans and start <= self.spans[-1][1]:
            self.spans[-1][1] = max(self.spans[-1][1], end)
        elif start < end:
            self.spans.append([start, end])

    def is_open(self, tick: int) -> bool:
        """Whether the tick lies in a span [start, end)."""
        return any(start <= tick < end for start, end in self._near(tick))

    def _near(self, tick: int) -> Iterable[list[int]]:
        i = bisect_right(self.spans, tick, key=lambda span: span[0])
        return self.spans[max(0, i - 1) : i]

    def finish(self, now: int, work: int) -> int:
        """Tick at which so much open time has passed since now."""
        if not work:
            return now
        for start, end in self.spans[max(0, bisect_right(self.spans, now, key=lambda span: span[0]) - 1) :]:
            room = max(0, end - max(start, now))
            if room >= work:
                return max(start, now) + work
            work -= room
        return NEVER


@dataclass(eq=False)
class Unit:
    """An order, or a piece that is made for a parent."""

    id: str
    order: Order
    product: str
    number: int
    value: int
    parent: Unit | None = None
    joins: str = ""
    released_by: str = ""
    tasks: dict[str, Task] = field(default_factory=dict)
    gates: int = 0
    release: int = 0
    left: int = 0


@dataclass(eq=False)
class Task:
    """A step of a unit: `wait` counts what must happen first, `machines` are those it sits on, by servers."""

    unit: Unit
    name: str
    row: Operation | Leg
    before: tuple[str, ...]
    kind: Kind
    priority: int
    wait: int = 0
    state: str = ""
    remaining: int = 0
    attempt: int = 0
    running: Kind | None = None
    machines: dict[tuple[str, bool], int] = field(default_factory=dict)
    opens: list[Unit] = field(default_factory=list)


@dataclass(eq=False)
class Kind:
    """A set of equal work with one queue; `needs` are (resource, amount, until), "" where given back at its own end."""

    row: Operation | Leg
    needs: list[tuple[str, int, str]]
    materials: list[tuple[str, int]]
    rework: bool = False
    failed: Kind | None = None
    again: Kind | None = None
    server: str = ""
    queue: list[tuple[int, int, Task]] = field(default_factory=list)

    @property
    def sails(self) -> bool:
        """Whether work of this kind waits for a ship."""
        return isinstance(self.row, Leg) and self.row.kind == "sailing"


def explode(park: Park, order: Order) -> list[Unit]:
    """The order, then the units of its bill of materials level by level."""
    lines = park.bom_of(order.product)
    worth = sum(round(line.value_yuan.value * order.quantity_mw) for line in lines)
    top = Unit(
        order.order,
        order,
        order.product,
        0,
        worth or round(park.product(order.product).value_yuan.value * order.quantity_mw),
    )
    units, number = [top], dict[str, int]()
    batches = [([top], order.quantity_mw)]
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
                made.append(
                    Unit(
                        f"{order.order}/{line.item}/{n}",
                        order,
                        line.item,
                        n,
                        yuan,
                        parent,
                        line.operation,
                        line.released_by,
                    )
                )
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
    legs = [leg for leg in park.legs if leg.destination == unit.order.destination]
    if product.kind not in ("module", "payload") or not legs:
        return [(row.operation, row, row.after) for row in rows]
    far = [row for row in rows if row.stage in ("site", "acceptance")]
    found: list[tuple[str, Operation | Leg, tuple[str, ...]]] = [
        (row.operation, row, row.after) for row in rows if row not in far
    ]
    for leg in sorted(legs, key=lambda leg: leg.position):
        found.append((leg.leg, leg, sinks(found)))
    last, names = sinks(found), {row.operation for row in far}
    return found + [(row.operation, row, tuple(name for name in row.after if name in names) or last) for row in far]


def sinks(steps: Sequence[tuple[str, Any, tuple[str, ...]]]) -> tuple[str, ...]:
    """Steps that nothing follows."""
    followed = {name for _, _, before in steps for name in before}
    return tuple(name for name, _, _ in steps if name not in followed)


class Kinds:
    """Kinds of work of a park, each once."""

    def __init__(self, park: Park) -> None:
        self.park = park
        self.servers = {row.resource for row in park.resources if row.kind == "servers"}
        self.fine = {row.resource for row in park.resources if row.kind in ("cumulative", "space")}
        self.known: dict[tuple[Any, ...], Kind] = {}

    def of(self, unit: Unit, row: Operation | Leg, names: set[str]) -> Kind:
        """Kind of a step of a unit that has the steps `names`."""
        if isinstance(row, Leg):
            return self.known.setdefault(("leg", row.destination, row.leg), Kind(row, [], []))
        needs = self._needs(row, "operation", names)
        each = unit.order.quantity_mw if unit.parent is None else 1.0
        materials = [
            (line.item, round(line.quantity.value * each * 1000))
            for line in self.park.bom_of(unit.product)
            if line.operation == row.operation and any(m.material == line.item for m in self.park.materials)
        ]
        key = (row.routing, row.operation, tuple(needs), tuple(materials))
        if key not in self.known:
            self.known[key] = self._kind(row, needs, materials, names)
        return self.known[key]

    def _kind(
        self, row: Operation, needs: list[tuple[str, int, str]], materials: list[tuple[str, int]], names: set[str]
    ) -> Kind:
        kind = again = Kind(row, needs, materials, server=self._server(needs))
        own = [need for need in needs if not need[2]]
        if materials or own != needs:
            kept = all(name != kind.server for name, _, _ in own)  # then it is still on its machine
            again = Kind(row, own, [], server="" if kept else kind.server)
        extra = [(name, amount, "") for name, amount, _ in self._needs(row, "rework", names)]
        failed = Kind(row, extra, [], True, None, again, self._server(extra))
        for one in (kind, again):
            one.failed, one.again = failed, again
        return kind

    def _needs(self, row: Operation, during: str, names: set[str]) -> list[tuple[str, int, str]]:
        found: list[tuple[str, int, str]] = []
        for need in self.park.needs:
            if (need.routing, need.operation, need.during) == (row.routing, row.operation, during):
                scale = 1000 if need.resource in self.fine else 1
                until = need.until if need.until in names | {"end"} and need.until != row.operation else ""
                found.append((need.resource, math.ceil(need.amount.value * scale - 1e-9), until))
        return found

    def _server(self, needs: Iterable[tuple[str, int, str]]) -> str:
        return next((name for name, _, _ in needs if name in self.servers), "")
