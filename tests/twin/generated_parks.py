"""Parks and policies drawn from a seed: every mechanism of the twin, mixed and small."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from generated_mechanisms import Mechanisms
from generated_periods import Shares
from naive_model import Unit, explode, route
from small_parks import Table, make_park, most_left

from aidc_twin.park import Park
from aidc_twin.park.check import check_park
from aidc_twin.park.schema import TABLES
from aidc_twin.twin.compile import Policy
from aidc_twin.units.when import when_of

EPOCH = date(2026, 10, 1)
FAMILIES = ("red", "blue", "green")


def problems_of(park: Park) -> list[str]:
    """What the checks say against a park."""
    return [str(problem) for problem in check_park(park).problems]


def generated(seed: int) -> Park:
    """A valid park; rows at the end of the state are left out until the checks accept it."""
    for attempt in range(50):
        park = _Drawer(random.Random(f"{seed}/{attempt}")).park()
        while (problems := problems_of(park)) and park.state_operations:
            park = replace(park, state_operations=park.state_operations[:-1])
        if not problems:
            return park
    raise AssertionError(f"no valid park from seed {seed}")


def generated_policy(park: Park, seed: int) -> Policy | None:
    """Nothing, or some of what a plan and a schedule can ask for."""
    draw = random.Random(f"policy/{seed}")
    if draw.random() < 0.4:
        return None
    day = 86_400_000_000 // park.head.tick_us
    names = [f"{order.order}/{row.product}/{n}" for order in park.orders for row in park.products for n in range(1, 4)]
    calendars = {row.calendar for row in park.calendars}
    weeks = range(park.head.horizon_weeks)
    bought = [row.material for row in park.materials if row.lead_weeks is not None]
    purchases = [
        (name, 7 * day * week, draw.randint(1, 40) / 2) for name in bought for week in weeks if draw.random() < 0.2
    ]
    ranks = {
        (row.order, op.operation): draw.randint(-5, 5)
        for row in park.orders
        for op in park.operations_of(_routing(park, row.product))
    }
    return Policy(
        release_tick={name: draw.randint(0, 50) * day for name in names if draw.random() < 0.3},
        levels={
            (name, week): draw.choice((0, 1, 2)) for name in sorted(calendars) for week in weeks if draw.random() < 0.4
        },
        purchases=purchases if draw.random() < 0.5 else None,
        priority={name: draw.randint(0, 9) for name in names if draw.random() < 0.3},
        rank=ranks if draw.random() < 0.5 else {},
        machine=_pins(park, draw) if draw.random() < 0.4 else {},
        start={step: draw.randint(0, 30 * day) for step in _steps(park) if draw.random() < 0.2},
        quotas=[
            (row.material, draw.randint(0, 60) * day, draw.choice((1, 2.5, 8)))
            for row in park.materials for _ in range(draw.choice((0, 1, 2))) if row.weekly_quota is not None
        ],
    )  # fmt: skip


def _steps(park: Park) -> list[tuple[str, str]]:
    """Steps of the units of the order book that do not ship."""
    return [
        (unit.id, row.operation)
        for order in park.orders
        for unit in explode(park, order)
        for row in park.operations_of(_routing(park, unit.product))
    ]


def _pins(park: Park, draw: random.Random) -> dict[tuple[str, str], int]:
    """Machines that were there at the beginning, for some steps that work on one."""
    base = {row.resource: int(row.amount.value) for row in park.capacity if row.part == "base"}
    servers = {row.resource for row in park.resources if row.kind == "servers"}
    first: dict[tuple[str, str], str] = {}
    for need in park.needs:
        if need.during == "operation" and need.resource in servers and need.hold != "look":
            first.setdefault((need.routing, need.operation), need.resource)
    units = [unit for order in park.orders for unit in explode(park, order)]
    routing = {unit.id: _routing(park, unit.product) for unit in units}
    seats = {step: first.get((routing[step[0]], step[1]), "") for step in _steps(park)}
    steps = [step for step, seat in seats.items() if seat and draw.random() < 0.3]
    return {step: draw.randint(1, base[seats[step]]) for step in steps}


def _routing(park: Park, product: str) -> str:
    return park.product(product).routing


class _Drawer:
    """Draws one park table by table."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.tables: dict[str, Table] = {name: [] for name in TABLES}
        self.weeks = draw.randint(5, 20)
        self.epoch = EPOCH + timedelta(days=draw.randint(0, 120))
        self.calendars = [f"cal{i}" for i in range(draw.randint(0, 2))]
        self.phases = [f"phase{i}" for i in range(draw.randint(0, 2))]
        self.servers = [f"bay{i}" for i in range(draw.randint(1, 3))]
        self.others = {"crew0": "crew", "power": "cumulative", "floor": "space", "crew1": "crew", "purse": "cash"}
        self.materials = [f"mat{i}" for i in range(draw.randint(0, 3))]
        self.destinations = [f"dest{i}" for i in range(draw.randint(1, 2))]
        self.routes: dict[str, list[str]] = {}
        self.head: dict[str, Any] = {}

    def park(self) -> Park:
        self.hours()
        self.plant()
        self.supply()
        self.ways()
        products = self.products()
        self.changeovers()
        self.bill(products)
        self.selling(products)
        self.book(products)
        park = self.built()
        if problems_of(park):
            return park
        park = Shares(self).mixed(Mechanisms(self).mix())
        if self.draw.random() < 0.5:
            self.state(park)
            park = self.built()
        return park

    def built(self) -> Park:
        tick = self.draw.choice((1_000_000, 1_000_000, 60_000_000))
        return make_park(self.tables, epoch=self.epoch, horizon_weeks=self.weeks, tick_us=tick, **self.head)

    def add(self, table: str, **row: Any) -> None:
        self.tables[table].append({name: value for name, value in row.items() if value is not None})

    def maybe(self, chance: float) -> bool:
        return self.draw.random() < chance

    def day(self, low: int, high: int) -> date:
        return self.epoch + timedelta(days=self.draw.randint(low, high))

    def when(self, low: int, high: int) -> str:
        days = sorted(self.day(low, high) for _ in range(3))
        return f"tri({days[0]},{days[1]},{days[2]})" if self.maybe(0.5) else str(days[0])

    def expected(self) -> str:
        """Receipt of a purchase order, which may be the epoch's day and not before it."""
        drawn = self.when(-5, 40)
        return drawn if when_of(drawn).high >= self.epoch else str(self.epoch)

    def quantity(self, size: float, *, zero: bool = True) -> str:
        """A distribution of about a given size."""
        if zero and self.maybe(0.05):
            return "0"
        a, b, c = sorted(round(size * self.draw.uniform(0.3, 2), 3) + 0.01 for _ in range(3))
        shape = self.draw.choice((0.5, 1, 1.7, 3))
        kinds = (
            f"{b}",
            f"{b}",
            f"tri({a},{b},{c})",
            f"tri({a},{b},{c})",
            f"uniform({a},{c})",
            f"exp({b})",
            f"normal({b},{a})",
        )
        more = (
            f"erlang({self.draw.randint(1, 4)},{b})",
            f"gamma({shape},{b})",
            f"lognormal({b},0.6)",
            f"weibull({shape},{b})",
            f"discrete({b},0.25,{a},0.5,{c},0.25)",
            f"empirical({c},{a},{b},{a})",
        )
        return self.draw.choice(kinds + more) + (self.draw.choice(("*1.5", "*0.25")) if self.maybe(0.2) else "")

    def hours(self) -> None:
        for name in self.calendars:
            days = self.draw.choice(("mon-sun", "mon-fri", "mon-sat", "mon;wed;fri", "sat-mon"))
            start = 60 * self.draw.randint(0, 8)
            middle = start + 30 * self.draw.randint(8, 16)
            self.add("calendars", calendar=name, shift=1, days=days, start=start, end=middle)
            if self.maybe(0.6):
                late = self.draw.choice((middle, middle + 30))
                self.add(
                    "calendars",
                    calendar=name,
                    shift=2,
                    days=days,
                    start=late,
                    end=self.draw.choice((1440, late + 60)),
                    level=2,
                )
            if self.maybe(0.5):
                first = self.day(0, 60)
                self.add("holidays", calendar=name, start=first, end=first + timedelta(days=self.draw.randint(0, 9)))

    def plant(self) -> None:
        for name in self.phases:
            self.add(
                "phases", phase=name, opens=self.when(-20, 60), delay_days=self.draw.choice(("0", "tri(0,3,9)", "5"))
            )
        kinds = dict.fromkeys(self.servers, "servers") | self.others
        for name, kind in kinds.items():
            calendar = self.draw.choice([*self.calendars, None])
            self.add("resources", resource=name, kind=kind, calendar=calendar, entity="maker")
            most = {"servers": 3, "crew": 5, "cumulative": 900, "space": 6, "cash": 5000}[kind]
            base = most // 3 if kind in ("cumulative", "cash") else 1
            self.add("capacity", resource=name, part="base", amount=base + self.draw.randint(0, most))
            if self.maybe(0.5):
                phase = self.draw.choice(self.phases) if self.phases and self.maybe(0.6) else None
                start = self.day(-10, 60) if phase is None and self.maybe(0.7) else None
                last = (start or self.epoch) + timedelta(days=self.draw.randint(0, 60)) if self.maybe(0.5) else None
                self.add(
                    "capacity",
                    resource=name,
                    part="more",
                    amount=self.draw.randint(1, most),
                    phase=phase,
                    start=start,
                    end=last,
                )

    def changeovers(self) -> None:
        used = sorted({row["setup_family"] for row in self.tables["operations"] if "setup_family" in row})
        for server in self.servers:
            for old in used:
                for new in used:
                    if self.maybe(0.5):
                        self.add(
                            "setups",
                            resource=server,
                            from_family=old,
                            to_family=new,
                            hours=self.draw.choice((0.5, 2, 7)),
                        )

    def supply(self) -> None:
        for name in self.materials:
            lead, quota = self.quantity(2), None
            if self.maybe(0.3):
                lead, quota = None, self.draw.choice((3, 7.5, 20))
            carry = self.draw.choice((1, 0.5, 2.5)) if quota else None
            self.add(
                "materials",
                material=name,
                price_yuan=self.draw.randint(1, 999),
                lead_weeks=lead,
                weekly_quota=quota,
                carry_weeks=carry,
            )
            if self.maybe(0.5):
                self.add("state/stocks", material=name, quantity=self.draw.randint(0, 60) / 2)
            if self.maybe(0.3):
                placed = self.epoch - timedelta(days=30)
                self.add(
                    "state/purchase_orders",
                    purchase_order=f"po-{name}",
                    material=name,
                    quantity=9,
                    placed=placed,
                    arrives=self.expected(),
                )

    def ways(self) -> None:
        for name in self.destinations:
            self.add("destinations", destination=name, market=self.draw.choice(("domestic", "export")))
            for i in range(self.draw.randint(0, 3)):
                sails = self.maybe(0.4)
                self.add(
                    "legs",
                    destination=name,
                    leg=f"leg{i}",
                    position=i + 1,
                    kind="sailing" if sails else "delay",
                    duration_days=self.quantity(4),
                    interval_days=self.draw.choice((2, 7, 3.5)) if sails else None,
                    capacity_units=self.draw.randint(1, 3) if sails else None,
                    first_departure=self.day(-9, 30) if sails and self.maybe(0.7) else None,
                )

    def products(self) -> dict[str, str]:
        """Products with their kinds; each gets a routing of its own or shares one of its kind."""
        kinds = {
            "whole": "solution",
            "box": "module",
            "tank": self.draw.choice(("module", "payload")),
            "valve": "component",
        }
        if self.maybe(0.3):
            kinds["whole2"] = "solution"
        for name, kind in kinds.items():
            shared = "box" if name == "tank" and self.maybe(0.3) else "whole" if name == "whole2" else None
            self.add(
                "products",
                product=name,
                kind=kind,
                routing=shared or name,
                maker=self.draw.choice(("maker", "other")),
                value_yuan=self.draw.randint(10**5, 10**6),
            )
            if shared:
                self.routes[name] = self.routes[shared]
            else:
                self.routing(name, kind)
        for name in ("maker", "other", "shop"):
            self.add("entities", entity=name, kind="trading" if name == "shop" else "integrator")
        return kinds

    def routing(self, name: str, kind: str) -> None:
        """A graph of steps: each goes behind some of the earlier ones."""
        stages = {"solution": ("order", "design", "site", "acceptance"), "component": ("manufacture", "test")}.get(
            kind, ("manufacture", "test", "pack", "site")
        )
        steps = [f"{name}-{i}" for i in range(self.draw.randint(2, 5))]
        marks = sorted(self.draw.randrange(len(stages)) for _ in steps)
        behind: dict[str, set[str]] = {}
        for i, step in enumerate(steps):
            after = [other for other in steps[:i] if self.maybe(0.5)] or (steps[i - 1 : i] if self.maybe(0.8) else [])
            if i == len(steps) - 1 and kind == "solution":
                after = steps[:i]
            behind[step] = set(after).union(*(behind[other] for other in after))
            self.operation(name, step, after, stages[marks[i]])
        for i, step in enumerate(steps):
            later = [other for other in steps[i + 1 :] if step in behind[other]]
            self.needs(name, step, later)
        self.routes[name] = steps

    def operation(self, routing: str, step: str, after: Sequence[str], stage: str) -> None:
        unit, size = self.draw.choice(
            (("hour", 9), ("hour", 30), ("minute", 200), ("working_day", 2), ("day", 2), ("week", 0.2))
        )
        fails, faults = self.maybe(0.35), self.maybe(0.25)
        self.add(
            "operations",
            routing=routing,
            operation=step,
            stage=stage,
            after=tuple(after),
            duration_unit=unit,
            duration=self.quantity(size, zero=not fails),
            calendar=self.draw.choice([*self.calendars, None]),
            when_closed=self.draw.choice(("suspend", "suspend", "run")),
            setup_family=self.draw.choice(FAMILIES) if self.maybe(0.6) else None,
            fail_share=self.draw.choice((0.1, 0.3, 0.5)) if fails else None,
            rework=self.quantity(5) if fails else None,
            rework_unit=self.draw.choice(("hour", "working_day")) if fails else None,
            fault_rate_hour=self.draw.choice((0.02, 0.3)) if faults else None,
            repair_hours=self.quantity(3, zero=False) if faults else None,
            resoak_hours=self.draw.choice((0, 4)) if faults else None,
        )

    def needs(self, routing: str, step: str, later: Sequence[str]) -> None:
        for name in (*self.servers, *self.others):
            kind = self.others.get(name, "servers")
            if self.maybe(0.35 if kind == "servers" else 0.25):
                amount = {
                    "servers": 1,
                    "crew": self.draw.choice((1, 1, 0.5)),
                    "cumulative": self.draw.choice((100, 250.5)),
                    "space": 1,
                    "cash": 700,
                }[kind]
                until = self.draw.choice([*later, "end", step]) if self.maybe(0.4) else None
                self.add("needs", routing=routing, operation=step, resource=name, amount=amount, until=until)
            if self.maybe(0.12):
                self.add("needs", routing=routing, operation=step, resource=name, amount=1, during="rework")

    def bill(self, products: dict[str, str]) -> None:
        pairs = [
            ("whole", "box"),
            ("whole", "tank"),
            ("box", "valve"),
            ("tank", "valve"),
            ("whole", "valve"),
            ("whole2", "box"),
            ("whole2", "tank"),
        ]
        for parent, item in pairs:
            if parent in products and self.maybe(0.8):
                steps = self.routes[parent]
                joins = self.draw.randrange(len(steps))
                opener = (
                    self.draw.choice(sorted(self.behind(parent, steps[joins])) or [None]) if self.maybe(0.6) else None
                )
                self.add(
                    "bom",
                    parent=parent,
                    item=item,
                    quantity=self.draw.choice((0.5, 1, 1.5, 2)),
                    operation=steps[joins],
                    rounding=self.draw.choice(("up", "nearest", "exact")),
                    released_by=opener,
                    value_yuan=self.draw.choice((0, 1_000_001)) if parent == "whole" else None,
                )
        for parent in products:
            for material in self.materials:
                if self.maybe(0.4):
                    self.add(
                        "bom",
                        parent=parent,
                        item=material,
                        quantity=self.draw.choice((0.3, 1, 4)),
                        operation=self.draw.choice(self.routes[parent]),
                    )

    def behind(self, product: str, step: str) -> set[str]:
        """Steps that come before one."""
        rows = {row["operation"]: row["after"] for row in self.tables["operations"]}
        found: set[str] = set()
        for name in rows[step]:
            found |= {name} | self.behind(product, name)
        return found

    def selling(self, products: dict[str, str]) -> None:
        for i in range(self.draw.randint(0, 8)):
            item = self.draw.choice([*products, *self.materials])
            taken = [row["operation"] for row in self.tables["bom"] if row["item"] == item]
            steps = taken if item in self.materials else self.routes[item]
            if steps:
                seller, buyer = self.draw.choice(
                    (("shop", "maker"), ("shop", "outside"), ("maker", "other"), ("shop", "other"))
                )
                self.add(
                    "sales",
                    sale=f"rule{i}",
                    ledger=self.draw.choice(("industrial_output", "wholesale_trade")),
                    seller=seller,
                    buyer=buyer,
                    item=item,
                    operation=self.draw.choice(steps),
                    market=self.draw.choice(("all", "all", "domestic", "export")),
                    share=self.draw.choice((1, 0.3333333, 0.85)),
                    consigned_share=self.draw.choice((None, 0, 0.5)),
                )

    def book(self, products: dict[str, str]) -> None:
        solutions = [name for name, kind in products.items() if kind == "solution"]
        for i in range(self.draw.randint(1, 4)):
            ordered = self.day(-40, 40)
            self.add(
                "orders",
                order=f"o{i}",
                product=self.draw.choice(solutions),
                quantity_mw=self.draw.choice((0.5, 1, 1.3, 2, 3)),
                ordered=ordered,
                due=ordered + timedelta(days=self.draw.randint(30, 40)),
                destination=self.draw.choice(self.destinations),
            )

    def state(self, park: Park) -> None:
        """Orders that were placed before the epoch are somewhere on their way."""
        done: dict[str, set[str]] = {}
        for order in park.orders:
            for unit in explode(park, order) if order.ordered <= park.head.epoch else ():
                opener = unit
                while opener.parent and not opener.released_by:
                    opener = opener.parent
                ready = opener.parent is None or opener.released_by in done[opener.parent.id]
                done[unit.id] = self.progress(park, unit) if ready else set()
        if self.maybe(0.5):
            until = self.day(0, 30) if self.maybe(0.7) else None
            self.add("state/machines", resource=self.draw.choice(self.servers), machine=1, status="down", until=until)

    def divides(self, step: str) -> bool:
        """Whether the way divides behind a step."""
        return any(row["operation"] == step for row in self.tables["branches"])

    def progress(self, park: Park, unit: Unit) -> set[str]:
        """Begin some steps whose predecessors are done; gives those that are done."""
        done: set[str] = set()
        share = self.draw.choice((0, 0.6, 0.9))
        for step, _, before in route(park, unit):
            if done >= set(before) and self.maybe(share):
                late = self.maybe(0.3) or self.divides(step)
                most = most_left(park, unit.product, unit.order.destination, step)
                left = min(self.draw.choice((0, 1.5, 20)), most) if late else None
                self.add(
                    "state/operations",
                    order=unit.order.order,
                    product=unit.product,
                    unit=max(1, unit.number),
                    operation=step,
                    status="under_way" if late else "done",
                    remaining_hours=left,
                )
                if not late:
                    done.add(step)
        return done
