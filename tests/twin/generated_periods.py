"""Capacity that is shared out by period, mixed into generated parks by a chance of its own."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

from aidc_twin.park import Park
from aidc_twin.park.check import check_park

FAR = ("site", "acceptance")
Cells = dict[str, Any]
KEPT = ("routing", "operation", "title", "stage", "after")
"""What remains of an operation whose work is done in shares."""
STRANGE = ("when_closed", "hold", "leave", "per", "same")
"""Columns of a need that a step with shares does not know."""


class Shares:
    """Turns steps of a drawer's park into work that is shared out; see `generated_parks`."""

    def __init__(self, drawer: Any) -> None:
        self.drawer, self.tables = drawer, drawer.tables
        self.draw = random.Random(repr(drawer.draw.getstate()))

    def mixed(self, park: Park) -> Park:
        """The park, some with shares; what else is drawn of it does not depend on them."""
        state = self.drawer.draw.getstate()
        if self.draw.random() < 0.4:
            before = deepcopy(self.tables)
            self.resources()
            for routing in sorted({row["routing"] for row in self.tables["operations"]}):
                if self.draw.random() < 0.7:
                    self.routing(routing)
            self.families()
            self.earliest()
            changed = self.drawer.built()
            if check_park(changed).problems:
                self.tables.clear()
                self.tables.update(before)
            else:
                park = changed
        self.drawer.draw.setstate(state)
        return park

    def resources(self) -> None:
        """One or two resources that are shared out."""
        self.names = [f"shop{i}" for i in range(self.draw.randint(1, 2))]
        for name in self.names:
            row: Cells = {"resource": name, "kind": "bucketed", "period_hours": self.draw.choice((24, 24, 60, 168))}
            row["first_hours"] = self.draw.choice((0, 0, 7.5, 100))
            if self.draw.random() < 0.6:
                row["window_hours"] = self.draw.choice((0, 200, 1000))
            row["beyond_window"] = self.draw.choice(("yes", "yes", "no"))
            row["finish_first"] = self.draw.choice(("yes", "no"))
            self.tables["resources"].append(row)
            if self.draw.random() < 0.5:
                every = self.draw.randint(1, 4)
                for bucket in range(1, every + 1):
                    self.add("buckets", resource=name, bucket=bucket, amount=self.draw.choice((0, 5, 8.5)), every=every)
                self.add("buckets", resource=name, bucket=self.draw.randint(1, 9), amount=3, every=0)
            else:
                self.add("capacity", resource=name, part="base", amount=self.draw.choice((4, 7.3, 20)))
                phases = [row["phase"] for row in self.tables["phases"]]
                if phases:
                    self.add("capacity", resource=name, part="more", amount=5, phase=self.draw.choice(phases))

    def add(self, table: str, **row: Any) -> None:
        """A row."""
        self.tables[table].append(row)

    def routing(self, routing: str) -> None:
        """Some steps of a routing get shares; nothing scraps its units."""
        rows = [row for row in self.tables["operations"] if row["routing"] == routing]
        for row in rows:
            row.pop("attempts_most", None)
            row.pop("patience_hours", None)
            row.pop("on", None)
        self.tables["branches"] = [row for row in self.tables["branches"] if row["routing"] != routing]
        for row in self.tables["breakdowns"]:
            row["effect"] = "keep" if row.get("effect") == "lose" else row.get("effect", "keep")
        for need in self.tables["needs"]:
            if need["routing"] == routing:
                need.pop("leave", None)
        shared = [row for row in rows if self.draw.random() < 0.7]
        for row in shared:
            self.step(row)
        names = {row["operation"] for row in shared}
        for row in shared:
            share = self.draw.choice((1, 1, 0.4))
            near = {other["operation"] for other in rows if (other["stage"] in FAR) == (row["stage"] in FAR)}
            before = [name for name in row.get("after", ()) if name in names & near and self.draw.random() < 0.6]
            for name in before:
                for need in self.tables["needs"]:
                    if (need["routing"], need["operation"], need.get("until")) == (routing, name, "next"):
                        need.pop("until")
                self.add(
                    "overlaps", routing=routing, operation=row["operation"], before=name, share=share / len(before)
                )

    def step(self, row: Cells) -> None:
        """A step whose work is done in shares; it may keep amounts, people and space meanwhile."""
        for name in [name for name in row if name not in KEPT]:
            del row[name]
        key = row["routing"], row["operation"]
        kinds = {one["resource"]: one["kind"] for one in self.tables["resources"]}
        strict = {one["resource"] for one in self.tables["resources"] if one.get("queue") == "strict"}
        needs, taken = [], 0
        for need in self.tables["needs"]:
            mine = (need["routing"], need["operation"]) == key
            other = kinds[need["resource"]] != "servers" and need["resource"] not in strict
            plain = need.get("until") not in ("parts", "joined")
            if not mine:
                needs.append(need)
            elif need.get("during", "operation") == "operation" and other and taken < 1 and plain:
                needs.append({name: value for name, value in need.items() if name not in STRANGE})
                taken += 1
        needs.append(
            {"routing": key[0], "operation": key[1], "resource": self.draw.choice(self.names)}
            | {"amount": self.draw.choice((1, 2.5, 6, 13)), "rank": self.draw.choice((0, 0, 1))}
        )
        self.tables["needs"][:] = needs

    def families(self) -> None:
        """Changeovers between families that are left."""
        left = {row.get("setup_family") for row in self.tables["operations"]}
        self.tables["setups"] = [row for row in self.tables["setups"] if {row["from_family"], row["to_family"]} <= left]

    def earliest(self) -> None:
        """Steps that do not start before an hour."""
        routings = {row["product"]: row["routing"] for row in self.tables["products"]}
        for order in self.tables["orders"]:
            steps = [
                row["operation"] for row in self.tables["operations"] if row["routing"] == routings[order["product"]]
            ]
            if self.draw.random() < 0.4:
                hours = self.draw.choice((30, 250.5, 900))
                self.add("not_before", order=order["order"], operation=self.draw.choice(steps), hours=hours)
