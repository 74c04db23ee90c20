"""The route of a unit as the rules need it: steps, what comes before each, how long it may take and what it holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Leg, Need, Operation, Order
from aidc_twin.units.clock import Clock
from aidc_twin.verify.ticks import Work, duration_of, thousandths, work_of

FAR_STAGES = ("site", "acceptance")
SHIPPED_KINDS = ("module", "payload")


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount of a resource in thousandths; `until` is blank where the step gives it back at its own end."""

    resource: str
    amount: int
    until: str
    server: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One operation or leg of a route."""

    name: str
    before: tuple[str, ...]
    work: Work
    rework: Work
    calendar: str = ""
    runs: bool = True
    fails: bool = False
    lengthens: bool = False
    family: str = ""
    holds: tuple[Hold, ...] = ()
    rework_holds: tuple[Hold, ...] = ()
    leg: Leg | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Steps of a product on the way to a destination; `last` are those that nothing follows."""

    product: str
    steps: dict[str, Step]
    last: tuple[str, ...]
    joins: dict[str, tuple[str, ...]]
    materials: dict[str, tuple[tuple[str, float], ...]]


@dataclass
class Routes:
    """Routes of a park, each read once."""

    park: Park
    clock: Clock
    known: dict[tuple[str, str], Route] = field(default_factory=dict[tuple[str, str], Route])

    def of(self, order: Order, product: str) -> Route:
        """Route of a product for an order."""
        key = (product, order.destination)
        if key not in self.known:
            self.known[key] = _route(self.park, self.clock, *key)
        return self.known[key]


def _route(park: Park, clock: Clock, product: str, destination: str) -> Route:
    row = park.product(product)
    rows = park.operations_of(row.routing)
    legs = park.legs_of(destination) if row.kind in SHIPPED_KINDS else ()
    before = _before(rows, legs)
    steps = {op.operation: _step(park, clock, op, before[op.operation]) for op in rows}
    steps |= {leg.leg: _leg(clock, leg, before[leg.leg]) for leg in legs}
    followed = {name for names in before.values() for name in names}
    joins: dict[str, tuple[str, ...]] = {}
    materials: dict[str, tuple[tuple[str, float], ...]] = {}
    for line in park.bom_of(product):
        if park.has("products", line.item):
            joins[line.operation] = (*joins.get(line.operation, ()), line.item)
        else:
            materials[line.operation] = (*materials.get(line.operation, ()), (line.item, line.quantity.value))
    return Route(product, steps, tuple(name for name in steps if name not in followed), joins, materials)


def _before(rows: tuple[Operation, ...], legs: tuple[Leg, ...]) -> dict[str, tuple[str, ...]]:
    """What must be done before each step; legs stand between the near steps and those at the site."""
    before = {op.operation: tuple(op.after) for op in rows}
    if not legs:
        return before
    near = [op for op in rows if op.stage not in FAR_STAGES]
    followed = {name for op in near for name in op.after}
    far = {op.operation for op in rows} - {op.operation for op in near}
    done = tuple(op.operation for op in near if op.operation not in followed)
    for leg in legs:
        before[leg.leg] = done
        done = (leg.leg,)
    for op in rows:
        if op.operation in far and not far.intersection(op.after):
            before[op.operation] = (*op.after, *done)
    return before


def _step(park: Park, clock: Clock, op: Operation, before: tuple[str, ...]) -> Step:
    work, rework = duration_of(park, clock, op)
    needs = [need for need in park.needs_of(op.routing, op.operation) if need.hold == "take" and need.per == "unit"]
    return Step(
        name=op.operation,
        before=before,
        work=work,
        rework=rework,
        calendar=op.calendar,
        runs=op.when_closed == "run",
        fails=op.fail_share.value > 0,
        lengthens=op.fault_rate_hour.value > 0,
        family=op.setup_family,
        holds=tuple(_hold(park, need) for need in needs if need.during == "operation"),
        rework_holds=tuple(_hold(park, need) for need in needs if need.during == "rework"),
    )


def _hold(park: Park, need: Need) -> Hold:
    """A rework's needs end with it, and so does a need until the end of its own step.

    What is kept for parts counts until the end of the step, what is kept until its unit is joined until that is done:
    not for longer than it is held.
    """
    own = need.during == "rework" or need.until in (need.operation, "parts")
    server = park.resource(need.resource).kind == "servers"
    until = "end" if need.until == "joined" else need.until
    return Hold(need.resource, thousandths(need.amount.value), "" if own else until, server)


def _leg(clock: Clock, leg: Leg, before: tuple[str, ...]) -> Step:
    work = work_of(leg.duration_days, clock.ticks_per_day)
    return Step(name=leg.leg, before=before, work=work, rework=work, leg=leg)
