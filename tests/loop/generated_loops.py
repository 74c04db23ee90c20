"""Whole parks fit for the loop, drawn from a seed: order book, shared bottlenecks, what breaks and what comes late."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from aidc_twin.facts import Facts
from aidc_twin.park import Goal, Park
from aidc_twin.park.check import check_park
from aidc_twin.park.park import attribute
from aidc_twin.park.schema import TABLES, ParkHead

CENTRES = ("frames", "fit_out", "test_field", "finish")
"""Shared work centres in the order in which modules come to them."""

LOADS = ((0.45, 0.7), (0.7, 0.9), (0.9, 1.05), (1.05, 1.35))
"""What the busiest centre has to do, as a share of what it can at shift level 1: light to more than there is."""


@dataclass(frozen=True)
class Case:
    """A park with its goals; `load` is that of the busiest centre over the weeks of the book."""

    park: Park
    goals: tuple[Goal, ...]
    load: float


def generated(seed: int) -> Case:
    """A park that its checks accept, with one or two goals.

    Raises
    ------
    AssertionError
        If the checks find a problem: then the generator is wrong.
    """
    drawer = _Drawer(random.Random(f"loop/{seed}"), seed)
    case = drawer.case()
    problems = [str(problem) for problem in check_park(case.park).problems]
    assert not problems, problems
    return case


@dataclass
class _Module:
    """A module as it was drawn: mean hours at each centre, units and value."""

    name: str
    hours: dict[str, float]
    fails: float
    units: int = 0
    value: int = 0
    batch: int = 1
    takes: list[str] = field(default_factory=list[str])


class _Drawer:
    """Draws one park table by table."""

    def __init__(self, draw: random.Random, seed: int) -> None:
        self.draw, self.seed = draw, seed
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        self.weeks = draw.randint(26, 52)
        self.year = 2027
        self.epoch = date(2027, 1, 4) + timedelta(weeks=draw.choice((-8, -4, 0, 0, 0, 4)))
        self.load = draw.uniform(*LOADS[seed % len(LOADS)])
        self.centres = [*CENTRES[:3], *(CENTRES[3:] if self.maybe(0.5) else ())]
        self.count = {name: draw.randint(2, 6) for name in self.centres}
        self.modules: list[_Module] = []
        self.per_mw: dict[tuple[str, str], float] = {}

    def case(self) -> Case:
        """The whole of it."""
        self.frame()
        self.supply()
        self.products()
        self.book()
        self.routings()
        self.plant()
        self.selling()
        head = ParkHead(
            schema_version=1, id=f"made-{self.seed}", epoch=self.epoch, horizon_weeks=self.weeks, tick_us=60_000_000
        )
        tables: dict[str, Any] = {
            attribute(name): tuple(TABLES[name].model_validate(row) for row in rows) for name, rows in self.rows.items()
        }
        return Case(Park(head=head, facts=Facts(), **tables), tuple(self.goals()), self.load)

    def add(self, table: str, **row: Any) -> None:
        self.rows[table].append({name: value for name, value in row.items() if value is not None})

    def maybe(self, chance: float) -> bool:
        return self.draw.random() < chance

    def around(self, hours: float) -> str:
        """A duration with this mean: certain, three-cornered or exponential."""
        low, high = self.draw.uniform(0.1, 0.4), self.draw.uniform(0.1, 0.8)
        middle = hours * (1 - (high - low) / 3)
        three = f"tri({middle - low * hours:.4f},{middle:.4f},{middle + high * hours:.4f})"
        return self.draw.choice((three, three, three, f"exp({hours:.4f})", f"{hours:.4f}"))

    def frame(self) -> None:
        """Calendars, entities, destinations."""
        days = self.draw.choice(("mon-fri", "mon-sat", "mon-sun"))
        self.open_hours = {"mon-fri": 5, "mon-sat": 6, "mon-sun": 7}[days] * 16.0
        self.add("calendars", calendar="hall", shift=1, days=days, start=360, end=1320)
        if self.maybe(0.4):
            self.add("calendars", calendar="hall", shift=2, days=days, start=1320, end=1440, level=2,
                     cost_yuan_day=30_000, chosen_weeks=self.draw.choice((1, 2, 4)))  # fmt: skip
        if self.maybe(0.6):
            first = self.epoch + timedelta(weeks=self.draw.randint(4, self.weeks - 6))
            last = first + timedelta(days=self.draw.choice((2, 6, 9)))
            self.add("holidays", calendar="hall", start=first, end=last)
        for name, kind in (("builder", "integrator"), ("trader", "trading")):
            self.add("entities", entity=name, kind=kind)
        self.add("destinations", destination="home", market="domestic")
        self.add("legs", destination="home", leg="road", position=1, kind="delay", duration_days="tri(1,2,4)")
        self.add("destinations", destination="abroad", market="export")
        self.add("legs", destination="abroad", leg="sea", position=1, kind="sailing", duration_days="tri(10,14,20)",
                 interval_days=7, capacity_units=40, first_departure=self.epoch)  # fmt: skip

    def supply(self) -> None:
        """Materials: bought with a lead time, and perhaps one by quota, whose amount follows from the book."""
        self.bought = [f"part{i}" for i in range(self.draw.randint(1, 3))]
        self.quota = "chips" if self.maybe(0.5) else ""
        for name in self.bought:
            low = self.draw.uniform(1, 4)
            self.add("materials", material=name, price_yuan=20_000,
                     lead_weeks=f"tri({low:.2f},{low * 1.3:.2f},{low * 2:.2f})")  # fmt: skip

    def products(self) -> None:
        """Modules with their mean hours at the centres, still unscaled, and solutions that are made of them."""
        for i in range(self.draw.randint(2, 4)):
            hours = {name: self.draw.uniform(0.5, 1.5) for name in self.centres}
            if i and self.maybe(0.3):
                del hours["fit_out"]
            one = _Module(f"box{i}", hours, self.draw.choice((0.0, 0.05, 0.1, 0.2)))
            one.value = self.draw.randint(4, 20) * 1_000_000
            one.batch = self.draw.choice((1, 1, 1, 2, 3))
            one.takes = [name for name in self.bought if self.maybe(0.6)] + ([self.quota] if self.quota else [])
            self.modules.append(one)
        for name in [f"site{i}" for i in range(self.draw.randint(1, 3))]:
            parts = [one for one in self.modules if self.maybe(0.7)] or self.modules[:1]
            for one in parts:
                self.per_mw[name, one.name] = self.draw.choice((1, 1, 1.5, 2))
        self.solutions = list(dict.fromkeys(name for name, _ in self.per_mw))

    def book(self) -> None:
        """Dozens of orders whose work comes over most of the horizon."""
        last = self.weeks - self.draw.randint(4, 10)
        for i in range(self.draw.randint(24, 60)):
            product, mw = self.draw.choice(self.solutions), self.draw.choice((1, 2, 2, 3, 4, 6))
            placed = self.draw.uniform(-8, last - 4)
            due = max(placed, 0) + self.draw.uniform(8, 20)
            abroad = self.maybe(0.2)
            self.add("orders", order=f"o{i + 1}", product=product, quantity_mw=mw,
                     ordered=self.epoch + timedelta(days=int(placed * 7)),
                     due=self.epoch + timedelta(days=int(due * 7)),
                     destination="abroad" if abroad else "home", weight=self.draw.choice((1, 1, 2, 3)))  # fmt: skip
            for one in self.modules:
                one.units += -int(-mw * self.per_mw.get((product, one.name), 0) // 1)
        self.modules = [one for one in self.modules if one.units]

    def routings(self) -> None:
        """Steps and needs; hours are scaled so that the busiest centre has the drawn load, the others less."""
        span = (self.weeks - 6) * self.open_hours
        for name in self.centres:
            load = self.load * (1.0 if name == self.tightest() else self.draw.uniform(0.5, 0.95))
            work = sum(one.hours.get(name, 0) * one.units / self.together(one, name) for one in self.modules)
            for one in self.modules:
                if name in one.hours:
                    one.hours[name] *= load * span * self.count[name] / work
        for product in self.solutions:
            self.solution(product)
        for one in self.modules:
            self.module(one)

    def tightest(self) -> str:
        return self.centres[self.seed % 3]

    def together(self, one: _Module, centre: str) -> float:
        """Units that share a machine, less what failing adds to it."""
        return one.batch / (1 + 0.5 * one.fails / (1 - one.fails)) if centre == "test_field" else 1.0

    def solution(self, product: str) -> None:
        step: dict[str, Any] = {"routing": product}
        self.add("products", product=product, kind="solution", routing=product, maker="builder")
        self.add("operations", **step, operation="design", stage="design", duration="tri(1,2,4)", duration_unit="day")
        self.add("operations", **step, operation="join", stage="site", after=("design",), duration=2,
                 duration_unit="day")  # fmt: skip
        self.add("operations", **step, operation="accept", stage="acceptance", after=("join",), duration=8)
        for one in self.modules:
            if (product, one.name) in self.per_mw:
                self.add("bom", parent=product, item=one.name, quantity=self.per_mw[product, one.name], rounding="up",
                         operation="join", released_by="design", group="boxes", value_yuan=one.value,
                         cost_yuan=one.value * 7 // 10)  # fmt: skip

    def module(self, one: _Module) -> None:
        name, before = one.name, ""
        self.add("products", product=name, kind="module", routing=name, maker="builder", it_kw=100)
        for centre in (centre for centre in self.centres if centre in one.hours):
            test = centre == "test_field"
            more: dict[str, Any] = (
                {"fail_share": one.fails, "rework": self.around(one.hours[centre] * 0.5)} if test else {}
            )
            if test and one.batch > 1:
                more |= {"batch_min": self.draw.choice((1, one.batch)), "batch_max": one.batch}
                more |= {"batch_wait_hours": 24} if more["batch_min"] > 1 else {}
            self.add("operations", routing=name, operation=centre, stage="test" if test else "manufacture",
                     after=(before,) if before else (), duration=self.around(one.hours[centre]), calendar="hall",
                     when_closed="suspend", setup_family=name if self.sets_up(centre) else None, **more)  # fmt: skip
            self.add("needs", routing=name, operation=centre, resource=centre)
            if centre == "frames" and self.has_floor:
                self.add("needs", routing=name, operation=centre, resource="floor", until="pack")
            if centre == "fit_out":
                self.add("needs", routing=name, operation=centre, resource="fitters")
            if test and self.has_power:
                self.add("needs", routing=name, operation=centre, resource="power", amount=100)
            before = centre
        self.add(
            "operations", routing=name, operation="pack", stage="pack", after=(before,), duration=2, calendar="hall"
        )
        self.add("operations", routing=name, operation="set", stage="site", after=("pack",), duration=6)
        for item in one.takes:
            self.add("bom", parent=name, item=item, quantity=self.draw.randint(1, 4), operation="frames")

    def sets_up(self, centre: str) -> bool:
        return centre == "frames" and self.seed % 5 == 0

    @property
    def has_floor(self) -> bool:
        return self.seed % 3 != 1

    @property
    def has_power(self) -> bool:
        return self.seed % 4 != 2

    def plant(self) -> None:
        """Resources with their capacities and breakdowns; the quota."""
        for name in self.centres:
            self.add("resources", resource=name, kind="servers", calendar="hall", entity="builder")
            self.add("capacity", resource=name, amount=self.count[name])
            if self.maybe(0.6):
                mean, share = self.draw.uniform(60, 300), self.draw.uniform(0.03, 0.12)
                self.add("breakdowns", resource=name, uptime_hours=f"exp({mean:.2f})",
                         repair_hours=f"exp({mean * share:.2f})",
                         clock=self.draw.choice(("calendar", "busy")))  # fmt: skip
        self.add("resources", resource="fitters", kind="crew", calendar="hall", entity="builder")
        self.add("capacity", resource="fitters", amount=self.count["fit_out"] + self.draw.randint(-1, 2))
        if self.has_power:
            rooms = self.count["test_field"] * self.draw.choice((0.7, 1.0, 2.0))
            self.add("resources", resource="power", kind="cumulative", calendar="hall", unit="kW", entity="builder")
            self.add("capacity", resource="power", amount=100 * max(1, round(rooms)) + self.draw.choice((0, 50)))
        if self.has_floor:
            self.add("resources", resource="floor", kind="space", unit="place", entity="builder")
            self.add("capacity", resource="floor", amount=sum(self.count.values()) * self.draw.choice((2, 3, 5)))
        for name in self.setups():
            for other in self.setups():
                if name != other:
                    self.add("setups", resource="frames", from_family=name, to_family=other, hours=2)
        if self.quota:
            taken = {row["parent"]: row["quantity"] for row in self.rows["bom"] if row["item"] == self.quota}
            weekly = sum(taken[one.name] * one.units for one in self.modules) / (self.weeks - 6)
            self.add("materials", material=self.quota, price_yuan=100_000, carry_weeks=self.draw.choice((1, 2, 4)),
                     weekly_quota=max(1, round(weekly * self.draw.choice((0.9, 1.1, 1.4)))))  # fmt: skip

    def setups(self) -> list[str]:
        return [one.name for one in self.modules if self.sets_up("frames")]

    def selling(self) -> None:
        for one in self.modules:
            self.add("sales", sale=f"output-{one.name}", ledger="industrial_output", seller="builder", buyer="outside",
                     item=one.name, operation="pack")  # fmt: skip
            self.add("sales", sale=f"trade-{one.name}", ledger="wholesale_trade", seller="trader", buyer="outside",
                     item=one.name, operation="set", market="export", share=0.5)  # fmt: skip
        for item in dict.fromkeys(item for one in self.modules for item in one.takes):
            for one in (one for one in self.modules if item in one.takes):
                self.add("sales", sale=f"{item}-{one.name}", ledger="wholesale_trade", seller="trader", buyer="builder",
                         item=item, operation="frames")  # fmt: skip

    def goals(self) -> list[Goal]:
        """A share of what the book is worth: from easy to out of reach."""
        worth = sum(one.value * one.units for one in self.modules)
        first = Goal("output", "industrial_output", round(worth * self.draw.uniform(0.4, 1.1)), self.year,
                     "entity_gross", "owned", 0, "", "", "made up for tests")  # fmt: skip
        if self.maybe(0.6):
            return [first]
        second = Goal("trade", "wholesale_trade", round(worth * self.draw.uniform(0.01, 0.1)), self.year,
                      "entity_gross", "owned", 0, "", "", "made up for tests")  # fmt: skip
        return [first, second]
