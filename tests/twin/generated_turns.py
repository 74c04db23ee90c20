"""Whose turn it is in generated parks: choice of machines, places from the first part on, lists of rules, starts.

It draws from a stream of its own, so that all else of a park of a seed stays as it is without it.
"""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

from aidc_twin.park.check import check_park

STATIC = ("edd", "priority", "spt", "steps_left", "work_left", "lpt", "slack", "ordered")
"""Rules that can stand in a list."""


def mix_turns(drawer: Any) -> None:
    """Add some of it to the tables of a drawer (see `generated_parks`), each taken back where the checks refuse it."""
    state = drawer.draw.getstate()
    draw = random.Random(f"turns/{state[1]}")
    for chance, add in ((0.5, choices), (0.5, places), (0.4, lists), (0.35, starts), (0.6, people),
                        (0.5, urgency), (0.5, departures), (0.5, counts),
                        (0.5, rounds), (0.7, skills)):  # fmt: skip
        if draw.random() < chance:
            before, head = deepcopy(drawer.tables), dict(drawer.head)
            add(drawer, draw)
            if check_park(drawer.built()).problems:
                drawer.tables.clear()
                drawer.tables.update(before)
                drawer.head.clear()
                drawer.head.update(head)
    drawer.draw.setstate(state)


def choices(drawer: Any, draw: random.Random) -> None:
    """Servers of which not the lowest idle machine is taken."""
    for row in drawer.tables["resources"]:
        if row["kind"] == "servers":
            row["choice"] = draw.choice(("lowest", "idle_longest", "idle_longest_last"))


def places(drawer: Any, draw: random.Random) -> None:
    """Steps that stand in their queue since their first part came."""
    made = {row["product"]: row["routing"] for row in drawer.tables["products"]}
    joints = {(made[row["parent"]], row["operation"]) for row in drawer.tables["bom"] if row["item"] in made}
    for row in drawer.tables["operations"]:
        if (row["routing"], row["operation"]) in joints and draw.random() < 0.7:
            row["turn"] = "first_part"


def lists(drawer: Any, draw: random.Random) -> None:
    """Rules that look ahead, and rules that break ties."""
    few = draw.sample(STATIC, 4)
    for row in drawer.tables["resources"]:
        if draw.random() < 0.7:
            rules = draw.sample(few, draw.randint(1, 3))
            row["dispatch"], row["ties"] = rules[0], tuple(rules[1:])
    for row in drawer.tables["operations"]:
        if draw.random() < 0.3:
            row["priority"] = draw.randint(0, 1)
    for row in (*drawer.tables["orders"], *drawer.tables["sources"]):
        row["priority"] = draw.randint(0, 1)


def starts(drawer: Any, draw: random.Random) -> None:
    """Work without people starts before work that needs a crew."""
    for row in drawer.tables["resources"]:
        if row["kind"] == "crew":
            row["dispatch"], row["ties"] = draw.choice(("fifo", "lifo", "priority", "spt", "work_left")), ()
    drawer.head["starts"] = "crews_last"


def people(drawer: Any, draw: random.Random) -> None:
    """Crews whose members are named, and work that prefers one of them."""
    crews = [row for row in drawer.tables["resources"] if row["kind"] == "crew"]
    several = {row["resource"] for row in drawer.tables["needs"] if row.get("amount", 1) != 1 or row.get("per")}
    several |= {row["resource"] for row in drawer.tables.get("breakdowns", ())}
    several |= {row["crew"] for row in drawer.tables.get("breakdowns", ()) if row.get("crew_amount", 1) != 1}
    named = {row["resource"] for row in crews} - several
    if not named:
        return
    starts(drawer, draw)
    for row in crews:
        if row["resource"] in named:
            row["members"] = "named"
    met = set[tuple[Any, ...]]()
    for row in drawer.tables["needs"]:
        work = row["routing"], row["operation"], row.get("during")
        if row["resource"] in {crew["resource"] for crew in crews} and row.get("hold") != "look" and work not in met:
            met.add(work)
            if row["resource"] in named and draw.random() < 0.7:
                row["prefer"] = draw.randint(1, 2)


def urgency(drawer: Any, draw: random.Random) -> None:
    """Servers on which urgent work stops other work, one after the other; one that the checks refuse is left out."""
    for row in (*drawer.tables["orders"], *drawer.tables["sources"]):
        row["priority"] = draw.randint(0, 3)
    for name in [row["resource"] for row in drawer.tables["resources"] if row["kind"] == "servers"]:
        before = deepcopy(drawer.tables)
        urgent(drawer, name, draw.choice(("resume", "repeat")))
        if check_park(drawer.built()).problems:
            drawer.tables.clear()
            drawer.tables.update(before)


def urgent(drawer: Any, name: str, mode: str) -> None:
    """Urgent work stops other work on some servers; its needs begin with them, and it keeps nothing."""
    for row in drawer.tables["resources"]:
        if row["resource"] == name:
            row |= {"preempt": mode, "dispatch": "priority", "queue": "backfill"}
    place = lambda row: (row["routing"], row["operation"], row.get("during", "operation"))  # noqa: E731
    work = {place(row) for row in drawer.tables["needs"] if row["resource"] == name and row.get("hold") != "look"}
    for row in drawer.tables["needs"]:
        if place(row) in work and row.get("hold") != "look":
            row |= {"until": "", "when_closed": "keep", "per": "unit", "same": "any", "leave": "any"}
    drawer.tables["needs"].sort(key=lambda row: place(row) in work and row["resource"] != name)
    for row in drawer.tables["operations"]:
        if (row["routing"], row["operation"], "operation") in work:
            row |= {"batch_min": 1, "batch_max": 1, "batch_wait_hours": None}


def departures(drawer: Any, draw: random.Random) -> None:
    """Crews whose people leave their work for a break, one after the other; one that the checks refuse is left out."""
    for name in [row["resource"] for row in drawer.tables["resources"] if row["kind"] == "crew"]:
        before = deepcopy(drawer.tables)
        rows = [row for row in drawer.tables["breakdowns"] if row["resource"] != name]
        rows.append({"resource": name, "breakdown": "pause", "uptime_hours": draw.choice(("9", "exp(30)")),
                     "repair_hours": draw.choice(("1", "uniform(0,5)")), "effect": "keep"})  # fmt: skip
        drawer.tables["breakdowns"][:] = rows
        for row in drawer.tables["needs"]:
            if row["resource"] == name:
                row |= {"until": "", "per": "unit"}
        if check_park(drawer.built()).problems:
            drawer.tables.clear()
            drawer.tables.update(before)


def counts(drawer: Any, draw: random.Random) -> None:
    """Stops that are counted anew at each opening, left out shortly before the closing or over with it, one by one."""
    rows = [row for row in drawer.tables["breakdowns"] if row.get("clock", "calendar") == "calendar"]
    for row in rows if drawer.calendars else ():
        before = dict(row)
        row |= {
            "clock_calendar": draw.choice(drawer.calendars), "restart": draw.choice(("never", "opening", "opening")),
            "skip_hours": draw.choice((0, 1.5, 3)), "at_closing": draw.choice(("go_on", "end")),
            "uptime_hours": draw.choice((row["uptime_hours"], "exp(9)", "uniform(1,12)")),
        }  # fmt: skip
        row["effect"] = "finish" if row["effect"] == "finish" else "keep"
        if row["at_closing"] == "end":
            row.pop("calendar", None)
        if check_park(drawer.built()).problems:
            row.clear()
            row.update(before)


def rounds(drawer: Any, draw: random.Random) -> None:
    """Operations that start in rounds, without what they cannot need, up to one that the checks refuse."""
    servers = {row["resource"] for row in drawer.tables["resources"] if row["kind"] == "servers"}
    for row in drawer.tables["operations"]:
        if draw.random() > 0.15:
            continue
        before, place = deepcopy(drawer.tables), (row["routing"], row["operation"])
        row |= {"batch_min": 1, "batch_max": 1, "batch_wait_hours": None, "fail_share": 0, "on": "", "turn": "ready"}
        needs = drawer.tables["needs"]
        own = lambda need, at=place: (need["routing"], need["operation"]) == at  # noqa: E731
        needs[:] = [need for need in needs if not own(need) or need["resource"] not in servers]
        for need in needs:
            if own(need):
                need["until"] = ""
        drawer.add(
            "transfers", routing=place[0], operation=place[1], every_hours=draw.choice((5, 24, 40.5)),
            first_hours=draw.choice((0, 3, 17.25)), amount=draw.randint(1, 3), above=draw.choice((0, 0, 1)),
        )  # fmt: skip
        if check_park(drawer.built()).problems:
            drawer.tables.clear()
            drawer.tables.update(before)
            return


def skills(drawer: Any, draw: random.Random) -> None:
    """Work that only some people of a crew may do, one by one; what the checks refuse is left out."""
    named = {row["resource"] for row in drawer.tables["resources"] if row.get("members") == "named"}
    for row in drawer.tables["needs"]:
        if row["resource"] in named and draw.random() < 0.6:
            before = dict(row)
            row["who"] = draw.choice(((1,), (2,), (1, 2), (2, 3)))
            row["prefer"] = row["who"][0] if row.get("prefer") else 0
            if check_park(drawer.built()).problems:
                row.clear()
                row.update(before)
