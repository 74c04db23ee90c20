"""`Factory`: names and structure of a park as the kernel sees it; `Policy`: what it executes of a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import TypeVar, cast

import numpy as np

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Order, Source
from aidc_twin.twin.classes import ClassTable
from aidc_twin.twin.explode import Unit, explode, explode_arrival
from aidc_twin.twin.hours import Levels, calendar_names
from aidc_twin.twin.memory import Ints
from aidc_twin.twin.opening import Opening, opening_state
from aidc_twin.twin.routes import Route, batch_of, make_route
from aidc_twin.units.clock import Clock

T = TypeVar("T")


@dataclass(frozen=True)
class Policy:
    """What the twin executes of a plan and a schedule; empty: everything as early as it can be.

    Attributes
    ----------
    release_tick : earliest release of a unit by its id.
    levels : shift level by (calendar, week).
    purchases : (material, tick, quantity) of purchase orders that are placed; None: lot for lot when orders are placed.
    priority : priority of a unit by its id (smaller first); others go by the rules of their queues.
    rank : priority of a single step by (unit id, operation); overrides the unit's.
    machine : machine (from 1) for which the first start of a step waits, by (unit id, operation).
    start : tick before which a step does not start, by (unit id, operation).
    work : ticks that a step with a machine takes in place of its own, by (unit id, operation).
    quotas : (material, tick, units a week) of further quotas, each from the first Monday not before the tick on.
    """

    release_tick: Mapping[str, int] = field(default_factory=dict[str, int])
    levels: Levels = field(default_factory=dict[tuple[str, int], int])
    purchases: Sequence[tuple[str, int, float]] | None = None
    priority: Mapping[str, int] = field(default_factory=dict[str, int])
    rank: Mapping[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    machine: Mapping[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    start: Mapping[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    work: Mapping[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    quotas: Sequence[tuple[str, int, float]] = ()


def once(make: Callable[[Factory], T]) -> Callable[[Factory], T]:
    """A function of a factory alone that is called once for each, however many policies it is compiled under.

    What it gives is shared, so nobody may change it.
    """
    name = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def known(factory: Factory) -> T:
        if name not in factory.made:
            factory.made[name] = make(factory)
        return cast("T", factory.made[name])

    return known


@dataclass(frozen=True)
class Factory:
    """Names and structure of a compiled park, in the order of the arrays.

    Routes of the sources' products come behind those of the orders' units, one per source, then those of the parts of
    the sources' units, one for each item; `unit_route` and `first` are of the orders' units. `streamed` are the units
    that one of each source consists of, itself first, `stream_routes` their routes.
    """

    park: Park
    clock: Clock
    units: list[Unit]
    routes: list[Route]
    unit_route: list[int]
    first: Ints
    source_route: list[int]
    streamed: list[list[Unit]]
    stream_routes: list[list[int]]
    resources: list[str]
    materials: list[str]
    calendars: list[str]
    table: ClassTable
    route_class: list[list[int]]
    rules: list[str]
    opening: Opening
    bucket_edge: Ints

    @property
    def horizon(self) -> int:
        """Last tick of the model."""
        return self.park.head.horizon_weeks * self.clock.ticks_per_week

    @property
    def steps(self) -> int:
        """Steps of the orders' units."""
        return int(self.first[-1])

    @cached_property
    def unit_index(self) -> dict[str, int]:
        """Index of a unit by its id."""
        return {unit.id: i for i, unit in enumerate(self.units)}

    @cached_property
    def keeping(self) -> dict[tuple[int, int], list[int]]:
        """Positions of the steps of a route that keep something beyond their unit, as they are asked for."""
        return {}

    @cached_property
    def made(self) -> dict[str, object]:
        """What has been made of the factory alone; see `once`."""
        return {}

    @cached_property
    def _arrivals(self) -> dict[int, tuple[str, str, int]]:
        """Source, product and how many of it there are in one of its units, by route; a source's own units count 0."""
        found: dict[int, tuple[str, str, int]] = {}
        for row, units, routes in zip(self.park.sources, self.streamed, self.stream_routes, strict=True):
            for unit, r in zip(units, routes, strict=True):
                found[r] = (row.source, unit.product, routes.count(r) if r != routes[0] else 0)
        return found

    def name_of_arrival(self, route: int, serial: int) -> tuple[str, str, int]:
        """Id, product and number of a unit of a source, or of a part of one, by its route and its number from 0."""
        source, product, alike = self._arrivals[route]
        if not alike:
            return f"{source}/{serial + 1}", product, serial + 1
        top, number = divmod(serial, alike)
        return f"{source}/{top + 1}/{product}/{number + 1}", product, number + 1

    @cached_property
    def orders(self) -> list[Order]:
        """Order of each unit."""
        return [self.park.order(unit.order) for unit in self.units]

    @cached_property
    def due(self) -> list[int]:
        """Tick at which the order of each unit is due."""
        at = {row.order: self.clock.ticks(row.due) for row in self.park.orders}
        return [at[unit.order] for unit in self.units]

    @cached_property
    def ordered(self) -> list[int]:
        """Tick at which the order of each unit was placed."""
        at = {row.order: self.clock.ticks(row.ordered) for row in self.park.orders}
        return [at[unit.order] for unit in self.units]

    def step(self, unit: int, operation: str) -> int:
        """Job step of a unit's operation."""
        return int(self.first[unit]) + self.routes[self.unit_route[unit]].position[operation]

    def step_class(self, js: int) -> int:
        """Class of a job step."""
        unit, position = self.step_place[js]
        return self.route_class[self.unit_route[unit]][position]

    @cached_property
    def step_base(self) -> list[int]:
        """First route step of each route."""
        return [0, *np.cumsum([len(route.steps) for route in self.routes]).tolist()]

    @cached_property
    def step_place(self) -> list[tuple[int, int]]:
        """Unit of each job step, and its position in the unit's route."""
        return [(u, at) for u, r in enumerate(self.unit_route) for at in range(len(self.routes[r].steps))]

    @cached_property
    def step_unit(self) -> Ints:
        """Unit of each job step."""
        return np.repeat(np.arange(len(self.units)), np.diff(self.first))

    @cached_property
    def step_row(self) -> Ints:
        """Route step of each job step."""
        base = np.array(self.step_base, np.int64)[np.array(self.unit_route, np.int64)]
        return (base - self.first[:-1])[self.step_unit] + np.arange(self.steps)


def read_factory(park: Park) -> Factory:
    """Explode the order book and lay out routes, classes, rules and the opening state."""
    clock = Clock(park.head.epoch, park.head.tick_us)
    units: list[Unit] = []
    for order in park.orders:
        base = len(units)
        units += [_moved(unit, base) for unit in explode(park, order)]
    routes: dict[tuple[str, str, float], int] = {}
    made: list[Route] = []
    unit_route: list[int] = []
    for unit in units:
        order = park.order(unit.order)
        key = (unit.product, order.destination, batch_of(park, order) if unit.parent < 0 else 1.0)
        if key not in routes:
            routes[key] = len(made)
            made.append(make_route(park, *key))
        unit_route.append(routes[key])
    source_route = list(range(len(made), len(made) + len(park.sources)))
    made += [make_route(park, row.product, row.destination) for row in park.sources]
    streamed = [explode_arrival(park, row) for row in park.sources]
    stream_routes = [
        _part_routes(park, row, made, r, parts)
        for row, r, parts in zip(park.sources, source_route, streamed, strict=True)
    ]
    first = np.zeros(len(units) + 1, np.int64)
    np.cumsum([len(made[r].steps) for r in unit_route], out=first[1:])
    resources = [row.resource for row in park.resources]
    materials = [row.material for row in park.materials]
    calendars = calendar_names(park)
    table = ClassTable(
        park,
        clock,
        {name: i for i, name in enumerate([*resources, *materials])},
        {n: i for i, n in enumerate(calendars)},
    )
    route_class = [[table.of(route, step) for step in route.steps] for route in made]
    opening = opening_state(park, clock, units, made, unit_route, first, table)
    return Factory(
        park, clock, units, made, unit_route, first, source_route, streamed, stream_routes, resources, materials,
        calendars, table, route_class, [sale.sale for sale in park.sales], opening, _buckets(park, clock),
    )  # fmt: skip


def _part_routes(park: Park, row: Source, made: list[Route], root: int, units: Sequence[Unit]) -> list[int]:
    """Routes of what arrives with a source's unit, and of itself; those of its parts are made."""
    found = {row.product: root}
    for unit in units[1:]:
        if unit.product not in found:
            found[unit.product] = len(made)
            made.append(make_route(park, unit.product, row.destination))
    return [found[unit.product] for unit in units]


def _moved(unit: Unit, base: int) -> Unit:
    if unit.parent < 0:
        return unit
    return Unit(
        unit.id,
        unit.order,
        unit.product,
        unit.number,
        unit.parent + base,
        unit.joins,
        unit.released_by,
        unit.group,
        unit.value_yuan,
    )


def _buckets(park: Park, clock: Clock) -> Ints:
    """Edges of the ledgers' buckets: every week and every new year within the horizon."""
    horizon = park.head.horizon_weeks * clock.ticks_per_week
    weeks = set(range(0, horizon + 1, clock.ticks_per_week))
    years = {clock.year_ticks(year)[0] for year in range(park.head.epoch.year, park.horizon_end.year + 1)}
    return np.array(sorted(weeks | {tick for tick in years if 0 < tick < horizon}), np.int64)
