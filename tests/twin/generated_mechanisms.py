"""Mechanisms that generated parks mix in, each by its own chance and only where the park stays valid."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from generated_lots import mix_lots
from generated_turns import mix_turns
from generated_ways import mix_ways

from aidc_twin.park import Park
from aidc_twin.park.check import check_park

RULES = ("edd", "fifo", "lifo", "priority", "spt", "atc", "critical_ratio")
Cells = dict[str, Any]


class Mechanisms:
    """Adds to the tables of a drawer (see `generated_parks`) what it can, one mechanism after the other."""

    def __init__(self, drawer: Any) -> None:
        self.drawer, self.draw, self.tables = drawer, drawer.draw, drawer.tables

    def mix(self) -> Park:
        """The park with some mechanisms more, each taken back where the checks refuse it."""
        chances: list[tuple[float, Callable[[], None]]] = [
            (0.3, self.windows),
            (0.35, self.rules),
            (0.2, self.strict),
            (0.25, self.attempts),
            (0.25, self.learning),
            (0.35, self.branches),
            (0.3, self.batches),
            (0.3, self.blocking),
            (0.35, self.giving_back),
            (0.25, self.looking),
            (0.35, self.sharing),
            (0.3, self.keeping_to_a_machine),
            (0.3, self.waiting_for_parts),
            (0.3, self.waiting_to_be_joined),
            (0.25, self.outputs),
            (0.25, self.base_stocks),
            (0.4, self.sources),
            (0.25, self.sources_with_parts),
            (0.2, self.patience),
            (0.4, self.breakdowns),
            (0.1, self.no_orders),
            (0.5, self.stops),
            (0.3, self.breaks),
            (0.3, self.leaving),
            (0.3, self.kept_machines),
            (0.2, self.last_starts),
        ]
        for chance, mechanism in chances:
            if self.maybe(chance):
                before = deepcopy(self.tables)
                mechanism()
                if check_park(self.drawer.built()).problems:
                    self.tables.clear()
                    self.tables.update(before)
        mix_turns(self.drawer)
        mix_ways(self.drawer)
        mix_lots(self.drawer)
        return self.drawer.built()

    def maybe(self, chance: float) -> bool:
        """Whether something of this chance is so."""
        return self.drawer.maybe(chance)

    def steps(self, routing: str) -> list[Cells]:
        """Rows of a routing's operations."""
        return [row for row in self.tables["operations"] if row["routing"] == routing]

    def line(self) -> list[Cells]:
        """Operations of a routing that becomes a line."""
        rows = self.steps(self.draw.choice(sorted({row["routing"] for row in self.tables["operations"]})))
        for i, row in enumerate(rows):
            row["after"] = (rows[i - 1]["operation"],) if i else ()
        return rows

    def some(self, table: str, chance: float) -> list[Cells]:
        """Some rows of a table."""
        return [row for row in self.tables[table] if self.maybe(chance)]

    def windows(self) -> None:
        """Openings by the hour, of shifts' calendars or of one that has nothing else."""
        names = [*self.drawer.calendars, "tide"]
        for i in range(self.draw.randint(1, 3)):
            opens = self.draw.choice((0, 7.5, 31, 200))
            name = self.draw.choice(names)
            every = self.draw.choice((0, 30, 50.25, 168))
            self.drawer.add(
                "windows", calendar=name, window=f"w{i}", opens_hours=opens, closes_hours=opens + 9, every_hours=every
            )
            if name == "tide":
                for row in self.some("operations", 0.2):
                    row["calendar"] = name

    def rules(self) -> None:
        """Dispatch rules, and what orders mean to them."""
        for row in self.some("resources", 0.7):
            row["dispatch"] = self.draw.choice(RULES)
        for row in self.tables["orders"]:
            row |= {"priority": self.draw.randint(-2, 2), "weight": self.draw.choice((0, 0.5, 1, 7))}

    def strict(self) -> None:
        """Resources whose first in the queue lets nobody overtake."""
        for row in self.some("resources", 0.4):
            row["queue"] = "strict"

    def attempts(self) -> None:
        """Scrap after some failures."""
        for row in self.tables["operations"]:
            if "fail_share" in row and self.maybe(0.7):
                row["attempts_most"] = self.draw.randint(1, 3)

    def learning(self) -> None:
        """Work that becomes faster and better."""
        for row in self.some("operations", 0.5):
            row |= {
                "learning": self.draw.choice((0.7, 0.9, 1)),
                "fail_learning": self.draw.choice((0.8, 1)),
                "learned_units": self.draw.choice((1, 4, 2.5)),
            }

    def branches(self) -> None:
        """A way that goes on, back, ahead, out, or to scrap."""
        rows = self.line()
        i = self.draw.randrange(len(rows))
        names = [row["operation"] for row in rows]
        to = {self.draw.choice([*names[i + 1 :], "end"]): 0.5, self.draw.choice(names[: i + 1]): 0.2}
        to[self.draw.choice([*names[i + 1 :], "end", "scrap"])] = 0.3
        shares = [share / sum(to.values()) for share in to.values()]
        for name, share in zip(to, shares, strict=True):
            self.drawer.add("branches", routing=rows[i]["routing"], operation=names[i], next=name, share=share)

    def batches(self) -> None:
        """Work on several units at once."""
        for row in [row for row in self.line() if self.maybe(0.6)]:
            most = self.draw.randint(2, 4)
            least = self.draw.randint(1, most)
            waits = least > 1 and self.maybe(0.8)
            row.update(batch_max=most, batch_min=least)
            if waits:
                row["batch_wait_hours"] = self.drawer.quantity(30)
            for need in self.needs_of(row):
                need.pop("until", None)

    def needs_of(self, row: Cells) -> list[Cells]:
        """Needs of an operation's attempts."""
        return [
            need
            for need in self.tables["needs"]
            if (need["routing"], need["operation"]) == (row["routing"], row["operation"])
            and need.get("during", "operation") == "operation"
        ]

    def blocking(self) -> None:
        """Needs that are kept until the next step starts."""
        rows = self.line() if self.maybe(0.6) else self.tables["operations"]
        for row in rows:
            for need in self.needs_of(row):
                if self.maybe(0.5):
                    need["until"] = "next"

    def giving_back(self) -> None:
        """Needs that are given back when the calendar closes."""
        for row in self.tables["operations"]:
            if row.get("calendar") and row["when_closed"] == "suspend" and row.get("batch_max", 1) == 1:
                for need in self.tables["needs"]:
                    at_home = (need["routing"], need["operation"]) == (row["routing"], row["operation"])
                    if at_home and not need.get("until") and self.maybe(0.5):
                        need["when_closed"] = "give_back"

    def looking(self) -> None:
        """Needs that must be free, but are not taken."""
        for need in self.some("needs", 0.3):
            if not need.get("until") and need.get("when_closed") != "give_back":
                need["hold"] = "look"

    def family_needs(self, per: str) -> list[Cells]:
        """Needs of the operations of products that are made for others, or that others are made for."""
        made = {row["product"]: row["routing"] for row in self.tables["products"]}
        lines = [row for row in self.tables["bom"] if row["item"] in made]
        routings = {made[row["item" if per == "parent" else "parent"]] for row in lines}
        return [
            need
            for need in self.tables["needs"]
            if need["routing"] in routings and need.get("during", "operation") == "operation"
        ]

    def sharing(self) -> None:
        """Needs that parts of one unit take once together, some of them with the unit itself."""
        name = self.draw.choice(["crew0", "crew1", "floor", "purse"])
        for per, chance in (("parent", 0.9), ("parts", 0.5)):
            for need in self.family_needs(per):
                if need["resource"] == name and need.get("hold") != "look" and self.maybe(chance):
                    need.update(per=per, amount=1)

    def keeping_to_a_machine(self) -> None:
        """Parts of one unit that keep to the machine of the first of them."""
        for need in self.family_needs("parent"):
            if need["resource"] in self.drawer.servers and need.get("hold") != "look" and self.maybe(0.6):
                before = deepcopy(need)
                need["same"] = "parent"
                if check_park(self.drawer.built()).problems:
                    need.clear()
                    need.update(before)

    def waiting_for_parts(self) -> None:
        """Needs that are kept until the parts have started, of steps that release some."""
        openers = {(row["parent"], row["released_by"]) for row in self.tables["bom"] if row.get("released_by")}
        routing = {row["product"]: row["routing"] for row in self.tables["products"]}
        steps = {(routing[product], step) for product, step in openers}
        for need in self.family_needs("parts"):
            if (need["routing"], need["operation"]) in steps and need.get("hold") != "look" and self.maybe(0.7):
                need.update(until="parts", when_closed="keep")

    def waiting_to_be_joined(self) -> None:
        """Needs that parts keep until they are joined."""
        for need in self.family_needs("parent"):
            if need.get("hold") != "look" and self.maybe(0.25):
                before = deepcopy(need)
                need.update(until="joined", when_closed="keep")
                if check_park(self.drawer.built()).problems:
                    need.clear()
                    need.update(before)

    def sources_with_parts(self) -> None:
        """A stream of units that are made of others."""
        made = {row["product"] for row in self.tables["products"]}
        self.drawer.add(
            "sources",
            source="families",
            product=self.draw.choice([name for name in sorted(made) if self.parts(name) & made] or ["whole"]),
            interval_hours=self.drawer.quantity(self.draw.choice((90, 200)), zero=False),
            units=self.draw.choice((1, 1, 2)),
            most=self.draw.choice((2, 5, None)),
            due_hours=self.draw.choice((0, 48, 300)),
            priority=self.draw.randint(-2, 2),
            destination=self.draw.choice([*self.drawer.destinations, None]),
        )

    def outputs(self) -> None:
        """Operations that put material into stock."""
        for row in self.some("operations", 0.3):
            if self.tables["materials"]:
                name = self.draw.choice(self.tables["materials"])["material"]
                amount = self.draw.choice((0.5, 1, 3.25))
                self.drawer.add(
                    "outputs", routing=row["routing"], operation=row["operation"], material=name, quantity=amount
                )

    def base_stocks(self) -> None:
        """Materials that are ordered as they are taken."""
        for row in self.tables["materials"]:
            if row.get("lead_weeks") is not None and self.maybe(0.6):
                row["base_stock"] = self.draw.choice((0.5, 3, 20))

    def sources(self) -> None:
        """Streams of units that are made of materials only."""
        made = {row["product"] for row in self.tables["products"]}
        whole = [name for name in sorted(made) if not self.parts(name) & made]
        for i in range(self.draw.randint(1, 2)):
            burst = self.maybe(0.15)
            self.drawer.add(
                "sources",
                source=f"stream{i}",
                product=self.draw.choice(whole),
                interval_hours=0 if burst else self.drawer.quantity(self.draw.choice((30, 90, 200)), zero=False),
                first_hours=self.drawer.quantity(60) if self.maybe(0.5) else None,
                units=self.draw.choice((1, 1, 2, 3)),
                most=self.draw.choice((1, 3, 12)) if burst or self.maybe(0.7) else None,
                due_hours=self.draw.choice((0, 48, 300)),
                priority=self.draw.randint(-2, 2),
                weight=self.draw.choice((0.5, 1, 3)),
                destination=self.draw.choice([*self.drawer.destinations, None]),
            )

    def parts(self, product: str) -> set[str]:
        """What a product is made of."""
        return {row["item"] for row in self.tables["bom"] if row["parent"] == product}

    def patience(self) -> None:
        """Steps that do not wait for ever."""
        for row in self.some("operations", 0.25):
            row["patience_hours"] = self.drawer.quantity(self.draw.choice((20, 200)))

    def breakdowns(self) -> None:
        """Machines that stop."""
        crews = [name for name, kind in self.drawer.others.items() if kind == "crew"]
        for server in self.drawer.servers:
            for i in range(self.draw.choice((0, 1, 1, 2))):
                self.drawer.add(
                    "breakdowns",
                    resource=server,
                    breakdown=f"stop{i}",
                    clock=self.draw.choice(("calendar", "busy")),
                    first_hours=self.drawer.quantity(40) if self.maybe(0.4) else None,
                    uptime_hours=self.drawer.quantity(self.draw.choice((40, 120)), zero=False),
                    repair_hours=self.drawer.quantity(12),
                    effect=self.draw.choice(("keep", "keep", "repeat", "lose")),
                    crew=self.draw.choice(crews) if self.maybe(0.5) else None,
                    calendar=self.draw.choice([*self.drawer.calendars, None]) if self.maybe(0.5) else None,
                    priority=self.draw.randint(0, 2),
                )

    def stops(self) -> None:
        """Stops that wait for the end of work, go by the order in which they were foreseen, or count open hours."""
        for row in self.tables["breakdowns"]:
            if self.maybe(0.4):
                row["effect"] = "finish"
            if row["clock"] == "calendar" and self.maybe(0.5):
                row["tie"] = "in_order"
            if row["clock"] == "calendar" and self.drawer.calendars and self.maybe(0.4):
                row["clock_calendar"] = self.draw.choice(self.drawer.calendars)

    def breaks(self) -> None:
        """People who have breaks."""
        for name, kind in self.drawer.others.items():
            if kind == "crew" and self.maybe(0.7):
                self.drawer.add(
                    "breakdowns",
                    resource=name,
                    breakdown="break",
                    uptime_hours=self.drawer.quantity(50, zero=False),
                    repair_hours=self.drawer.quantity(8),
                    effect="finish",
                    calendar=self.draw.choice([*self.drawer.calendars, None]),
                    priority=self.draw.randint(0, 2),
                )

    def leaving(self) -> None:
        """Machines that keep what they have finished while they are down or closed."""
        for row in self.line():
            for need in self.needs_of(row)[:1]:
                if need["resource"] in self.drawer.servers and row.get("batch_max", 1) == 1 and self.maybe(0.8):
                    need.update(until="next", when_closed="keep", leave="up")

    def kept_machines(self) -> None:
        """Work of later steps on a machine that an earlier one took."""
        rows = self.line()
        if len(rows) == 1 or not self.drawer.servers:
            return
        first = self.draw.randrange(len(rows) - 1)
        last = self.draw.randrange(first + 1, len(rows))
        for row in rows[first : last + 1]:
            row["batch_max"] = row["batch_min"] = 1
            row.pop("batch_wait_hours", None)
            for need in self.needs_of(row):
                if need["resource"] in self.drawer.servers:
                    self.tables["needs"].remove(need)
        name = self.draw.choice(self.drawer.servers)
        leaves = last + 1 < len(rows) and self.maybe(0.5)
        until, leave = (rows[last + 1]["operation"], "up") if leaves else (rows[last]["operation"], "any")
        routing = rows[0]["routing"]
        self.drawer.add(
            "needs", routing=routing, operation=rows[first]["operation"], resource=name, until=until, leave=leave
        )
        for row in rows[first + 1 : last + 1]:
            row["on"] = name

    def last_starts(self) -> None:
        """Steps that do not start late in the day."""
        for row in self.some("operations", 0.4):
            if row.get("calendar"):
                row["last_start_hours"] = self.draw.choice((0.5, 2, 3.75))

    def no_orders(self) -> None:
        """A park that lives of its sources."""
        if self.tables["sources"]:
            self.tables["orders"].clear()
