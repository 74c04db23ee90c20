"""Lots that go one of several ways with parts of their own, and closings told exactly, in generated parks.

It draws from a stream of its own, so that all else of a park of a seed stays as it is without it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from aidc_twin.park.check import check_park


def mix_lots(drawer: Any) -> None:
    """Add lots to a drawer (see `generated_parks`) and tell its closings otherwise, taken back where it is refused."""
    state = drawer.draw.getstate()
    draw = random.Random(f"lots/{state[1]}")
    for chance, change in ((0.3, add_lots), (0.5, tell_closings), (0.5, call_for_work), (0.4, keep_ways)):
        if draw.random() < chance:
            tried(drawer, draw, change)
    drawer.draw.setstate(state)


def tried(drawer: Any, draw: random.Random, change: Callable[[Any, random.Random], None]) -> None:
    """Change the tables, unless the checks refuse what comes of it."""
    before = deepcopy(drawer.tables)
    change(drawer, draw)
    if check_park(drawer.built()).problems:
        drawer.tables.clear()
        drawer.tables.update(before)


def tell_closings(drawer: Any, draw: random.Random) -> None:
    """Work that is finished after hours unless it is stopped, and machines that are left at once or not at all."""
    for row in drawer.tables["operations"]:
        if row.get("when_closed") == "run" and draw.random() < 0.5:
            row["when_closed"] = "finish"
    for need in drawer.tables["needs"]:
        if need.get("leave") == "up" and draw.random() < 0.6:
            need["leave"] = "at_once"


def call_for_work(drawer: Any, draw: random.Random) -> None:
    """Machines that call for work."""
    for row in drawer.tables["operations"]:
        if row.get("ways", "").startswith("idle") and draw.random() < 0.6:
            row["ways"] = "first_to_call"
    for row in drawer.tables["resources"]:
        if row["kind"] == "servers" and draw.random() < 0.4:
            row["choice"] = "first_to_call"


def keep_ways(drawer: Any, draw: random.Random) -> None:
    """Parts of one parent that go the same way, wherever that can be."""
    for row in drawer.tables["operations"]:
        if row.get("ways", "chance") != "chance":
            row["same_way"] = "parent"
            if check_park(drawer.built()).problems:
                del row["same_way"]


def add_lots(drawer: Any, draw: random.Random) -> None:
    """A stream of lots that are split on the one or the other cutter; strips lie on a rack and go to a press."""
    for name in ("lot", "plate", "strip"):
        drawer.add("products", product=name, kind="component", routing=name, maker="maker", value_yuan=100)
    for name in ("cutter-a", "cutter-b", "press-a", "press-b"):
        choice = draw.choice(("lowest", "first_to_call"))
        drawer.add("resources", resource=name, kind="servers", dispatch=draw.choice(("edd", "fifo")), choice=choice)
        drawer.add("capacity", resource=name, amount=draw.choice((1, 1, 2)))
    drawer.add("resources", resource="rack", kind="space", dispatch="fifo")
    drawer.add("capacity", resource="rack", amount=draw.choice((1, 2, 5)))
    hours = [None, *drawer.calendars]
    ways = ("free", "idle_longest", "idle_longest_last", "first_to_call")
    step(drawer, "lot", "come", (), 0, ways=draw.choice(ways))
    for way, part in (("a", "plate"), ("b", "strip")):
        step(drawer, "lot", f"cut-{way}", ("come",), draw.choice((1, 5)), calendar=draw.choice(hours))
        step(drawer, "lot", f"whole-{way}", (f"cut-{way}",), draw.choice((0, 2)))
        until = draw.choice(("parts", "parts", f"whole-{way}", None))
        drawer.add("needs", routing="lot", operation=f"cut-{way}", resource=f"cutter-{way}", until=until)
        drawer.add("branches", routing="lot", operation="come", next=f"cut-{way}", share=0.5)
        drawer.add(
            "bom", parent="lot", item=part, quantity=draw.choice((1, 2, 3)), rounding="up",
            operation=f"whole-{way}", released_by=f"cut-{way}",
        )  # fmt: skip
    step(drawer, "plate", "weld", (), 4)
    drawer.add("needs", routing="plate", operation="weld", resource=draw.choice(drawer.servers))
    step(drawer, "strip", "lie", (), 0, ways=draw.choice(ways), same_way=draw.choice(("any", "parent", "parent")))
    drawer.add("needs", routing="strip", operation="lie", resource="rack", until="next")
    for way in ("a", "b"):
        closed = draw.choice(("suspend", "run", "finish"))
        name = f"press-{way}"
        step(drawer, "strip", name, ("lie",), draw.choice((2, 6)), calendar=draw.choice(hours), when_closed=closed)
        leave = draw.choice(("any", "up", "at_once"))
        step(drawer, "strip", f"dry-{way}", (name,), 1)
        drawer.add("needs", routing="strip", operation=name, resource=name, until="next", leave=leave)
        drawer.add("needs", routing="strip", operation=f"dry-{way}", resource="rack")
        drawer.add("branches", routing="strip", operation="lie", next=name, share=0.5)
        if draw.random() < 0.5:
            drawer.add(
                "breakdowns", resource=name, breakdown="jam", uptime_hours=drawer.quantity(30, zero=False),
                repair_hours=drawer.quantity(5),
            )  # fmt: skip
    drawer.add(
        "sources", source="lots", product="lot", interval_hours=drawer.quantity(draw.choice((8, 30)), zero=False),
        most=draw.choice((3, 8, 20)),
    )  # fmt: skip


def step(drawer: Any, routing: str, name: str, after: tuple[str, ...], hours: float, **more: Any) -> None:
    """An operation of the lots."""
    drawer.add(
        "operations", routing=routing, operation=name, stage="manufacture", after=after,
        duration=drawer.quantity(hours) if hours else 0, duration_unit="hour", **more,
    )  # fmt: skip
