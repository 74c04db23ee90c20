"""The state from which the twin starts: what is done, what is under way, what is held and what is in stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aidc_twin.park.park import Park
from aidc_twin.twin.classes import MATERIAL_SCALE, ClassTable, Seizure
from aidc_twin.twin.explode import Unit
from aidc_twin.twin.kernel.layout import AHEAD, DONE, UNDER_WAY, UNTIL_PARTS
from aidc_twin.twin.routes import Route, needs_of
from aidc_twin.units.clock import Clock


@dataclass(frozen=True)
class Opening:
    """State at the epoch; N job steps, U units, R resources, M materials.

    `kept` are bits of the needs that each step has taken and keeps (in the order of its class's seizures), `seated` the
    job step on each machine in use by (resource, machine). `passed_before` counts predecessors of each step that are
    done; `held` is what units in progress hold; `slots` are machines in use as (resource, machine from 0, setup family
    of the work on it or -1). `shares` are (unit, number of a shared resource, how many of its family share it, or the
    machine to which they keep + 1).
    """

    state: NDArray[np.int8]
    left: NDArray[np.int64]
    slot: NDArray[np.int32]
    passed_before: NDArray[np.int64]
    started: NDArray[np.bool_]
    held: NDArray[np.int64]
    slots: list[tuple[int, int, int]]
    stock: NDArray[np.int64]
    kept: NDArray[np.int64]
    shares: list[tuple[int, int, int]]
    seated: dict[tuple[int, int], int]


def opening_state(
    park: Park,
    clock: Clock,
    units: Sequence[Unit],
    routes: Sequence[Route],
    unit_route: Sequence[int],
    first: NDArray[np.int64],
    table: ClassTable,
) -> Opening:
    """Read the state tables into arrays."""
    steps = int(first[-1])
    state = np.full(steps, AHEAD, np.int8)
    left = np.zeros(steps, np.int64)
    index = {unit.id: i for i, unit in enumerate(units)}
    started = np.zeros(len(units), bool)
    for row in park.state_operations:
        whole = row.product == park.order(row.order).product
        u = index[row.order if whole else f"{row.order}/{row.product}/{row.unit}"]
        js = int(first[u]) + routes[unit_route[u]].position[row.operation]
        state[js] = DONE if row.status == "done" else UNDER_WAY
        left[js] = round(row.remaining_hours * clock.ticks_per_hour)
        started[u] = True
    passed = np.zeros(steps, np.int64)
    held = np.zeros(len(table.resources), np.int64)
    slot = np.full(steps, -1, np.int32)
    slots: list[tuple[int, int, int]] = []
    kept = np.zeros(steps, np.int64)
    seated: dict[tuple[int, int], int] = {}
    shares: dict[tuple[int, int], int] = {}
    taken = {(table.resources[row.resource], row.machine - 1) for row in park.state_machines if row.status == "down"}
    for u in np.flatnonzero(started).tolist():
        route = routes[unit_route[u]]
        base = int(first[u])
        for i, step in enumerate(route.steps):
            passed[base + i] = sum(int(state[base + before] == DONE) for before in step.after)
        waits = Waits(units, routes, unit_route, first, state, u)
        for i, bit, seizure in _held(table, route, state[base : base + len(route.steps)], waits):
            family = (units[u].parent if seizure.shared != 1 else u, table.families_of.get(seizure.resource, -1))
            if seizure.shared < 0 or family not in shares:
                held[seizure.resource] += seizure.amount
            if seizure.shared >= 0:
                shares[family] = shares.get(family, 0) + 1
            kept[base + i] |= 0 if seizure.own else 1 << bit
            row = table.rows[table.of(route, route.steps[i])]
            if seizure.named:
                slots.append((seizure.resource, _person(taken, seizure), -1))
                seated[slots[-1][:2]] = 2 * (base + i) + 1
            if seizure.resource == row.server:
                bound = shares.get(family, 0) - 1 if seizure.same else -1
                free = bound >= 0 and (seizure.resource, bound) not in taken
                slot[base + i] = bound if free else _lowest(taken, seizure.resource)
                taken.add((seizure.resource, int(slot[base + i])))
                if seizure.same:
                    shares.setdefault(family, int(slot[base + i]) + 1)
                seated[seizure.resource, int(slot[base + i])] = base + i
                slots.append((seizure.resource, int(slot[base + i]), row.family))
    found = [(unit, number, count) for (unit, number), count in shares.items()]
    return Opening(state, left, slot, passed, started, held, slots, _stocks(park), kept, found, seated)


def _stocks(park: Park) -> NDArray[np.int64]:
    """Amount of each material at the epoch, shape (materials,)."""
    stock = np.zeros(len(park.materials), np.int64)
    names = {row.material: i for i, row in enumerate(park.materials)}
    for row in park.state_stocks:
        stock[names[row.material]] += round(row.quantity * MATERIAL_SCALE)
    return stock


@dataclass(frozen=True)
class Waits:
    """What a unit keeps for its parts, or until it is joined, at the epoch."""

    units: Sequence[Unit]
    routes: Sequence[Route]
    unit_route: Sequence[int]
    first: NDArray[np.int64]
    state: NDArray[np.int8]
    unit: int

    def for_parts(self, operation: str) -> bool:
        """Whether a part that an operation of it has released has not started."""
        return any(
            not self.state[self.first[i] : self.first[i + 1]].any()
            for i, part in enumerate(self.units)
            if part.parent == self.unit and part.released_by == operation
        )

    def to_be_joined(self) -> bool:
        """Whether the step that joins it has not begun."""
        mine = self.units[self.unit]
        at = self.routes[self.unit_route[mine.parent]].position[mine.joins]
        return bool(self.state[self.first[mine.parent] + at] == AHEAD)


def _held(table: ClassTable, route: Route, state: NDArray[np.int8], waits: Waits) -> list[tuple[int, int, Seizure]]:
    """(position of the step, number of its need, what it took) of all that a unit in progress holds."""
    found: list[tuple[int, int, Seizure]] = []
    after = route.successors()
    for i, step in enumerate(route.steps):
        if state[i] == AHEAD:
            continue
        needs = needs_of(table.park, route, step.operation, "operation")
        until = {table.resources[need.resource]: need.until for need in needs}
        for bit, seizure in enumerate(table.rows[table.of(route, step)].seizures):
            if seizure.resource not in until:
                continue
            name = until[seizure.resource]
            if seizure.looks:
                holds = False
            elif seizure.own or state[i] == UNDER_WAY:
                holds = state[i] == UNDER_WAY
            elif seizure.kept:
                holds = waits.for_parts(step.operation) if seizure.kept == UNTIL_PARTS else waits.to_be_joined()
            elif name == "next":
                holds = bool((state != DONE).any()) and not any(state[to] != AHEAD for to in after[i])
            else:
                holds = (state != DONE).any() if name == "end" else state[route.position[name]] != DONE
            if holds:
                found.append((i, bit, seizure))
    return found


def _person(taken: set[tuple[int, int]], seizure: Seizure) -> int:
    """Lowest person of a crew who is free and may do the work; he is not free from now on."""
    may = [one for one in range(seizure.who.bit_length()) if seizure.who >> one & 1]
    free = [one for one in may if (seizure.resource, one) not in taken]
    if not free:
        return _lowest(taken, seizure.resource)
    taken.add((seizure.resource, free[0]))
    return free[0]


def _lowest(taken: set[tuple[int, int]], resource: int) -> int:
    """Lowest machine that is not in use; it is from now on."""
    machine = 0
    while (resource, machine) in taken:
        machine += 1
    taken.add((resource, machine))
    return machine
