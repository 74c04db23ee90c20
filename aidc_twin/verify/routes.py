"""The route of a unit as the rules need it: steps, what comes before each, how long it may take and what it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Leg, Need, Operation, Order
from aidc_twin.units.clock import Clock
from aidc_twin.verify.ticks import Work, duration_of, needed, work_of

FAR_STAGES = ("site", "acceptance")
SHIPPED_KINDS = ("module", "payload")
KEPT = ("end", "next", "parts", "joined")
"""What a need may be kept until besides a step."""


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount of a resource in thousandths; `until` is blank where the step gives it back at its own end.

    `family`: whose parts take it once together (``parent`` or ``parts``); `gives`: given back when its calendar closes;
    `up`: a machine that is left only while it is up and its calendar is open, `once`: or with what is free at once;
    `same`: parts of one parent keep to one.
    """

    resource: str
    amount: int
    until: str
    server: bool
    family: str = ""
    gives: bool = False
    up: bool = False
    same: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One operation or leg of a route; `row` is the operation, `ways` where a unit may go after it by chance.

    `content`: work in thousandths that gets shares of the periods of `shop`; `fed`: steps whose work done brings some
    of it, with the share each brings.
    """

    name: str
    before: tuple[str, ...]
    work: Work
    rework: Work
    calendar: str = ""
    runs: bool = True
    finishes: bool = False
    fails: bool = False
    lengthens: bool = False
    family: str = ""
    holds: tuple[Hold, ...] = ()
    rework_holds: tuple[Hold, ...] = ()
    leg: Leg | None = None
    row: Operation | None = None
    ways: tuple[str, ...] = ()
    looks: tuple[Hold, ...] = ()
    rework_looks: tuple[Hold, ...] = ()
    content: int = 0
    shop: str = ""
    fed: tuple[tuple[str, float], ...] = ()

    @property
    def interrupts(self) -> bool:
        """Whether its work can be cut, where its calendar closes or it is stopped: it gives something back there."""
        return any(hold.gives for hold in (*self.holds, *self.rework_holds))

    @property
    def most(self) -> int:
        """Most units that go together."""
        return 1 if self.row is None else self.row.batch_max


@dataclass(frozen=True, slots=True)
class Route:
    """Steps of a product on the way to a destination; `last` are those that nothing follows.

    `divides`: chance chooses ways; `scraps`: a unit may be scrapped; `stops`: it may be scrapped or lost.
    """

    product: str
    steps: dict[str, Step]
    last: tuple[str, ...]
    joins: dict[str, tuple[str, ...]]
    materials: dict[str, tuple[tuple[str, float], ...]]
    divides: bool = False
    scraps: bool = False
    stops: bool = False

    @property
    def vanishes(self) -> bool:
        """Whether a unit may end elsewhere than at the last steps."""
        return self.divides or self.stops


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
    begun = {(one.operation, one.before) for one in park.overlaps if one.routing == row.routing}
    before = _before(rows, legs, begun)
    steps = {op.operation: _step(park, clock, op, before) for op in rows}
    steps |= {leg.leg: _leg(clock, leg, before[leg.leg]) for leg in legs}
    followed = {name for names in before.values() for name in names}
    joins: dict[str, tuple[str, ...]] = {}
    materials: dict[str, tuple[tuple[str, float], ...]] = {}
    for line in park.bom_of(product):
        if park.has("products", line.item):
            joins[line.operation] = (*joins.get(line.operation, ()), line.item)
        else:
            materials[line.operation] = (*materials.get(line.operation, ()), (line.item, line.quantity.value))
    last = tuple(name for name in steps if name not in followed)
    ways = {way for step in steps.values() for way in step.ways}
    loses = {one.resource for one in park.breakdowns if one.effect == "lose"}
    taken = {hold.resource for step in steps.values() for hold in (*step.holds, *step.rework_holds)}
    scraps = "scrap" in ways or any(op.attempts_most for op in rows) or bool(loses & taken)
    leaves = any(op.patience_hours is not None for op in rows)
    return Route(product, steps, last, joins, materials, bool(ways), scraps, scraps or leaves)


def _before(
    rows: tuple[Operation, ...], legs: tuple[Leg, ...], begun: Collection[tuple[str, str]]
) -> dict[str, tuple[str, ...]]:
    """What must be done before each step; legs stand between the near steps and those at the site.

    `begun` are pairs of a step and one before it that it begins on as it gets done.
    """
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
        waited = [name for name in op.after if name not in far or (op.operation, name) not in begun]
        if op.operation in far and (not op.after or waited) and not far.intersection(waited):
            before[op.operation] = (*op.after, *done)
    return before


def _step(park: Park, clock: Clock, op: Operation, before: Mapping[str, tuple[str, ...]]) -> Step:
    work, rework = duration_of(park, clock, op)
    holds: dict[tuple[str, str], tuple[Hold, ...]] = {}
    content, shop = 0, ""
    for need in park.needs_of(op.routing, op.operation):
        if park.resource(need.resource).kind == "bucketed":
            content, shop = needed("bucketed", need.amount.value), need.resource
            continue
        holds[need.during, need.hold] = (*holds.get((need.during, need.hold), ()), _hold(park, need, before))
    return Step(
        name=op.operation,
        before=before[op.operation],
        work=work,
        rework=rework,
        calendar=op.calendar,
        runs=op.when_closed != "suspend",
        finishes=op.when_closed == "finish",
        fails=op.fail_share.value > 0,
        lengthens=op.fault_rate_hour.value > 0,
        family=op.setup_family,
        holds=holds.get(("operation", "take"), ()),
        rework_holds=holds.get(("rework", "take"), ()),
        row=op,
        ways=tuple(branch.next for branch in park.branches_of(op.routing, op.operation)),
        looks=holds.get(("operation", "look"), ()),
        rework_looks=holds.get(("rework", "look"), ()),
        content=content,
        shop=shop,
        fed=tuple((row.before, row.share.value) for row in park.overlaps_of(op.routing, op.operation)),
    )


def _hold(park: Park, need: Need, steps: Collection[str]) -> Hold:
    """A rework's needs end with it, and so does a need until the end of its own step, or of one that is not there."""
    own = need.during == "rework" or need.until == need.operation or need.until not in (*steps, *KEPT)
    kind = park.resource(need.resource).kind
    server = kind == "servers"
    return Hold(
        need.resource, needed(kind, need.amount.value), "" if own else need.until, server,
        "" if need.per == "unit" else need.per, need.when_closed == "give_back" or _stops(park, need),
        need.leave != "any", need.same == "parent", need.leave == "at_once",
    )  # fmt: skip


def _stops(park: Park, need: Need) -> bool:
    """Whether work gives it back when more urgent work stops it, or its people leave for a break."""
    rows = [row for row in park.needs_of(need.routing, need.operation) if row.during == need.during]
    if any(park.resource(row.resource).preempt != "no" and row.hold == "take" for row in rows):
        return True
    crew = park.resource(need.resource).kind == "crew"
    return crew and any(row.effect == "keep" for row in park.breakdowns_of(need.resource))


def _leg(clock: Clock, leg: Leg, before: tuple[str, ...]) -> Step:
    work = work_of(leg.duration_days, clock.ticks_per_day)
    return Step(name=leg.leg, before=before, work=work, rework=work, leg=leg)
