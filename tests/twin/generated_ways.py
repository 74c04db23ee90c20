"""Alternative machines and ways in generated parks: units go on where it is free first.

It draws from a stream of its own, so that all else of a park of a seed stays as it is without it.
"""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

from aidc_twin.park.check import check_park


def mix_ways(drawer: Any) -> None:
    """Add ways to some routings of a drawer (see `generated_parks`), each taken back where the checks refuse it."""
    state = drawer.draw.getstate()
    draw = random.Random(f"ways/{state[1]}")
    for routing in dict.fromkeys(row["routing"] for row in drawer.tables["operations"]):
        if draw.random() < 0.25:
            before = deepcopy(drawer.tables)
            divide(drawer, draw, routing)
            if check_park(drawer.built()).problems:
                drawer.tables.clear()
                drawer.tables.update(before)
    drawer.draw.setstate(state)


def divide(drawer: Any, draw: random.Random, routing: str) -> None:
    """Two or three ways behind a step of a routing, each with needs and hours of its own, that may meet again."""
    rows = [row for row in drawer.tables["operations"] if row["routing"] == routing]
    choice = draw.choice(rows)
    behind = [row["operation"] for row in rows if choice["operation"] in (row["after"] or ())]
    if len(behind) > 1 or drawer.divides(choice["operation"]):
        return
    choice["ways"] = draw.choice(("free", "idle_longest", "idle_longest_last"))
    count = draw.choice((2, 2, 3))
    for i in range(count):
        name = f"way{i}"
        last = add_way(drawer, draw, choice, name)
        drawer.add("branches", routing=routing, operation=choice["operation"], next=name, share=1 / count)
        for target in behind:
            to = draw.choice((target, target, "end"))
            drawer.add("branches", routing=routing, operation=last, next=to, share=1)


def add_way(drawer: Any, draw: random.Random, choice: dict[str, Any], name: str) -> str:
    """The first step of a way, with what it needs, and maybe another one on its machine; the last of them."""
    routing, calendar = choice["routing"], draw.choice([*drawer.calendars, None])
    row: dict[str, Any] = {"fail_share": 0.3, "rework": 4} if draw.random() < 0.2 else {}
    if calendar is not None and draw.random() < 0.3:
        row |= {"when_closed": "run", "last_start_hours": draw.choice((0, 1.5))}
    if draw.random() < 0.2:
        row["patience_hours"] = drawer.quantity(90)
    drawer.add(
        "operations", routing=routing, operation=name, stage=choice["stage"], after=(choice["operation"],),
        duration=drawer.quantity(draw.choice((2, 9, 30))), duration_unit="hour", calendar=calendar, **row,
    )  # fmt: skip
    last = name
    if choice["ways"] != "free" or draw.random() < 0.7:
        until = draw.choice((None, None, "next"))
        server = draw.choice(drawer.servers)
        if draw.random() < 0.3:
            last = until = f"{name}-on"
            drawer.add(
                "operations", routing=routing, operation=last, stage=choice["stage"], after=(name,),
                duration=drawer.quantity(5), duration_unit="hour", on=server,
            )  # fmt: skip
        leave = draw.choice(("any", "up")) if until == "next" else "any"
        drawer.add("needs", routing=routing, operation=name, resource=server, until=until, leave=leave)
    if draw.random() < 0.5:
        other = draw.choice(list(drawer.others))
        drawer.add("needs", routing=routing, operation=name, resource=other, amount=1)
    return last
