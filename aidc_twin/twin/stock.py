"""Supply and capacity over time: purchase orders, quotas, and what phases and dates bring."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from aidc_twin.park.park import Park
from aidc_twin.park.schema import BomLine, Phase
from aidc_twin.twin.bucket_tables import bucket_changes
from aidc_twin.twin.chance import Parameters, Values, distribution, when_distribution
from aidc_twin.twin.classes import MATERIAL_SCALE, counting_scale
from aidc_twin.twin.explode import Unit
from aidc_twin.twin.factory import Factory, once
from aidc_twin.twin.kernel.layout import AHEAD
from aidc_twin.units.clock import Clock


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase order: placed at a tick, received a lead time (in ticks) later."""

    name: str
    material: str
    tick: int
    quantity: float
    lead: Parameters
    source: str = "purchase_order"


@dataclass(frozen=True, slots=True)
class Quota:
    """A weekly quota in thousandths, up to `most` kept, first given at tick `first`."""

    material: str
    weekly: int
    most: int
    first: int


@dataclass(frozen=True)
class CapacityPlan:
    """Capacity at the start, machines that are down, and changes; R resources, P phases.

    A change with a phase does not happen before that opens. `phase_par` has shape (P, 10): parameters a, b, c, mode and
    kind of the opening tick, then of the delay.
    """

    initial: NDArray[np.int64]
    down: NDArray[np.int64]
    slots: NDArray[np.int64]
    down_slots: list[tuple[int, int]]
    time: NDArray[np.int64]
    resource: NDArray[np.int32]
    delta: NDArray[np.int64]
    phase: NDArray[np.int32]
    slot: NDArray[np.int32]
    phase_par: NDArray[np.float64]


def quotas(park: Park, clock: Clock, more: Sequence[tuple[str, int, float]] = ()) -> list[Quota]:
    """Weekly quotas, given on Mondays: the park's own from the epoch on, then `more` (material, tick, units a week) of
    the same materials from a tick on.

    A further one is given up to what can be carried of all of that material that begin no later.
    """
    monday = park.head.epoch + timedelta(days=-park.head.epoch.weekday() % 7)
    found: list[Quota] = []
    for row in park.materials:
        if row.weekly_quota is None:
            continue
        total, weeks = 0.0, max(1.0, row.carry_weeks.value)
        added = sorted((tick, amount) for name, tick, amount in more if name == row.material)
        for tick, amount in [(0, row.weekly_quota.value), *added]:
            total += amount
            start = clock.ticks(monday)
            first = start + max(0, math.ceil((tick - start) / clock.ticks_per_week)) * clock.ticks_per_week
            weekly, most = (round(units * MATERIAL_SCALE) for units in (amount, total * weeks))
            found.append(Quota(row.material, weekly, most, first))
    return found


def requirements(park: Park, units: Sequence[Unit]) -> dict[tuple[str, str], float]:
    """Bought material by (order, material) that the units of each order take."""
    need: dict[tuple[str, str], float] = {}
    taken = _lines(park)
    for unit in units:
        quantity = park.order(unit.order).quantity_mw if unit.parent < 0 else 1.0
        for line in taken[unit.product]:
            key = (unit.order, line.item)
            need[key] = need.get(key, 0.0) + line.quantity.value * quantity
    return need


@once
def still_taken(factory: Factory) -> dict[tuple[str, str], float]:
    """Bought material by (order, material) that steps will take which have not begun at the epoch."""
    ahead, first = (factory.opening.state == AHEAD).tolist(), factory.first.tolist()
    positions = [route.position for route in factory.routes]
    taken = {
        product: [(line.item, line.operation, line.quantity.value) for line in lines]
        for product, lines in _lines(factory.park).items()
    }
    found: dict[tuple[str, str], float] = {}
    for u, unit in enumerate(factory.units):
        quantity = factory.orders[u].quantity_mw if unit.parent < 0 else 1.0
        at = positions[factory.unit_route[u]]
        for item, operation, amount in taken[unit.product]:
            if ahead[first[u] + at[operation]]:
                key = (unit.order, item)
                found[key] = found.get(key, 0.0) + amount * quantity
    return found


def _lines(park: Park) -> dict[str, list[BomLine]]:
    """What a product takes that is a material, by product."""
    return {
        row.product: [line for line in park.bom_of(row.product) if park.has("materials", line.item)]
        for row in park.products
    }


def purchases(factory: Factory, planned: Sequence[tuple[str, int, float]] | None) -> list[Purchase]:
    """Purchase orders on their way, then those that the plan places; without a plan, lot for lot when orders are
    placed.
    """
    park, clock = factory.park, factory.clock
    found = [
        Purchase(row.purchase_order, row.material, 0, row.quantity, when_distribution(row.arrives, clock))
        for row in park.state_purchase_orders
    ]
    week = float(clock.ticks_per_week)
    lines = lot_for_lot(factory) if planned is None else planned
    for material, tick, quantity in lines:
        lead = park.material(material).lead_weeks
        if lead is not None and quantity > 0 and park.material(material).base_stock is None:
            name = f"{material}/{'' if planned is not None else 'lot/'}{tick // clock.ticks_per_week}"
            found.append(Purchase(name, material, tick, quantity, distribution(lead, week)))
    return found


def lot_for_lot(factory: Factory, without: Collection[str] = ()) -> list[tuple[str, int, float]]:
    """What each order still takes beyond stock and orders on their way, bought when the order is placed, by week.

    Nothing is bought for orders `without` it.
    """
    park, clock, need = factory.park, factory.clock, still_taken(factory)
    have = {row.material: row.quantity for row in park.state_stocks}
    for row in park.state_purchase_orders:
        have[row.material] = have.get(row.material, 0.0) + row.quantity
    lots: dict[tuple[str, int], float] = {}
    for order in sorted(park.orders, key=lambda row: (row.ordered, row.order)):
        if order.order in without:
            continue
        tick = max(0, clock.ticks(order.ordered)) // clock.ticks_per_week * clock.ticks_per_week
        bought = (row for row in park.materials if row.lead_weeks is not None and row.base_stock is None)
        for material in (row.material for row in bought):
            short = need.get((order.order, material), 0.0)
            used = min(short, have.get(material, 0.0))
            have[material] = have.get(material, 0.0) - used
            if short > used:
                lots[material, tick] = lots.get((material, tick), 0.0) + short - used
    return [
        (material, tick, quantity)
        for (material, tick), quantity in sorted(lots.items(), key=lambda item: item[0][::-1])
    ]


def capacity_plan(park: Park, clock: Clock, values: Values | None = None) -> CapacityPlan:
    """Capacity over time in counting units, with one event per change; pairs of discrete delays go to `values`."""
    index = {row.resource: i for i, row in enumerate(park.resources)}
    phases = {row.phase: i for i, row in enumerate(park.phases)}
    openings = [_opening(row, clock, values or Values()) for row in park.phases]
    initial = np.zeros(len(index), np.int64)
    slots = np.zeros(len(index), np.int64)
    events: list[tuple[int, int, int, int, int]] = []
    numbered = {row.resource for row in park.breakdowns}
    numbered |= {row.resource for row in park.resources if row.kind == "servers" or row.members == "named"}
    for row in park.capacity:
        r = index[row.resource]
        amount = counted(park, row.resource, row.amount.value)
        slots[r] += amount if row.resource in numbered else 0
        start = clock.ticks(row.start) if row.start else 0
        phase = phases.get(row.phase, -1)
        if phase >= 0 and _always_open(park.phases[phase], clock):
            phase = -1
        if phase < 0 and start <= 0:
            initial[r] += amount
        else:
            events.append((max(0, start) if phase < 0 else 0, r, amount, phase, -1))
        if row.end is not None:
            events.append((clock.ticks(row.end) + clock.ticks_per_day, r, -amount, phase, -1))
    for name, changes in bucket_changes(park, clock).items():
        for tick, change in changes:
            if tick <= 0:
                initial[index[name]] += change
            else:
                events.append((tick, index[name], change, -1, -1))
    down = np.zeros(len(index), np.int64)
    down_slots: list[tuple[int, int]] = []
    for row in park.state_machines:
        if row.status == "down":
            r = index[row.resource]
            down[r] += 1
            down_slots.append((r, row.machine - 1))
            if row.until is not None:
                events.append((clock.ticks(row.until), r, 1, -1, row.machine - 1))
    table = np.array(events, np.int64).reshape(-1, 5)
    return CapacityPlan(
        initial, down, slots, down_slots, table[:, 0].copy(), table[:, 1].astype(np.int32), table[:, 2].copy(),
        table[:, 3].astype(np.int32), table[:, 4].astype(np.int32),
        np.array(openings, np.float64).reshape(-1, 10),
    )  # fmt: skip


def counted(park: Park, resource: str, value: float) -> int:
    """Capacity in the resource's counting unit, rounded down."""
    return int(value * counting_scale(park.resource(resource).kind) + 1e-6)


def _opening(row: Phase, clock: Clock, values: Values) -> list[float]:
    """Parameters and kind of a phase's opening tick, then of its delay in ticks."""
    opens = when_distribution(row.opens, clock)
    delay = distribution(row.delay_days, float(clock.ticks_per_day))
    late = values.cells(delay)
    likely = row.delay_days.value * clock.ticks_per_day
    return [*values.cells(opens), float(opens.kind), *late[:3], likely, float(delay.kind)]


def _always_open(row: Phase, clock: Clock) -> bool:
    """Whether the phase is certainly open at the epoch."""
    bounded = row.delay_days.kind in ("constant", "triangular", "uniform", "discrete", "empirical")
    return bounded and clock.ticks(row.opens.high) + row.delay_days.high * clock.ticks_per_day <= 0
