"""Queue rules of the other simulator as those of a park, or as priorities of steps where these sort otherwise."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from dream_model import Inexpressible
from dream_way import Stop

if TYPE_CHECKING:
    from dream_tables import Tables

OURS = {
    "Priority": "priority", "EDD": "edd", "EOD": "ordered", "NumStages": "steps_left", "RPC": "work_left", "LPT": "lpt",
    "SPT": "spt", "MS": "slack",
}  # fmt: skip
RANKED = "by rank"
"""Rule of a resource of which all that waits has its rank already."""
Keys = tuple[Fraction, ...]
Row = tuple[str, str, Stop]
"""Routing, operation, stop."""


def criteria(name: str) -> str:
    """Criteria of a rule, the first first, separated by `;`; "": who came first."""
    found: list[str] = []
    for part in name.removeprefix("MC-").split("-") if name.startswith("MC-") else [name]:
        if part in ("FIFO", "WT", ""):
            break
        if part not in OURS:
            raise Inexpressible(f"queue rule {name}")
        found.append(part)
    return ";".join(dict.fromkeys(found)) or "fifo"


def settle_rules(tables: Tables) -> None:
    """Write the rule of every resource; each must sort all that waits for it as the model's criteria do."""
    ways = [(way, stop) for way in tables.plan.ways.values() for stop in way.stops]
    if any(stop.keys and stop.keys["Priority"] != way.priority for way, stop in ways):
        rows = [(way.product, operation, stop) for way, stop in ways for operation in stop.operations if stop.keys]
        rank(tables, rows, [(stop.keys["Priority"],) for _, _, stop in rows])
    waiting = _waiting(tables)
    ranked: set[str] = set()
    for name, resource in tables.resources.items():
        if resource["dispatch"] == RANKED:
            resource["dispatch"], resource["ties"] = "priority", ""
            continue
        names = [one for one in (resource["dispatch"] or "fifo").split(";") if one != "fifo"]
        rules, rows = [OURS[one] for one in names], waiting.get(name, [])
        theirs = [tuple(row[2].keys[one] for one in names) for row in rows]
        if names and not _alike(theirs, [_ours(tables, row, names) for row in rows]):
            if resource["kind"] == "crew":
                raise Inexpressible(f"people who choose by {' and '.join(names)}")
            rank(tables, rows, theirs)
            rules = ["priority"]
            ranked |= {operation for _, operation, _ in rows}
        resource["dispatch"], resource["ties"] = (rules or ["fifo"])[0], ";".join(rules[1:])
    for name, resource in tables.resources.items():
        served = {operation for _, stop in ways if "-or-".join(stop.crew) == name for operation in stop.operations}
        if resource["dispatch"] == "priority" and ranked & served:
            raise Inexpressible("stations and their people who choose by different rules")


def _waiting(tables: Tables) -> dict[str, list[Row]]:
    """Operations by the resource that each takes first, and by the crew that serves it."""
    first: dict[tuple[str, str], str] = {}
    for row in tables.rows.get("needs", []):
        first.setdefault((row["routing"], row["operation"]), row["resource"])
    found: dict[str, list[Row]] = {}
    for product, way in tables.plan.ways.items():
        for stop in way.stops:
            for operation in stop.operations:
                for name in {first.get((product, operation), ""), "-or-".join(stop.crew)} - {""}:
                    found.setdefault(name, []).append((product, operation, stop))
    return found


def _ours(tables: Tables, row: Row, names: list[str]) -> Keys:
    """Keys that the park's own rules would give an operation."""
    routing, operation, stop = row
    steps = [step for step in tables.rows["operations"] if step["routing"] == routing]
    index = next(i for i, step in enumerate(steps) if step["operation"] == operation)
    work = [Fraction(step["duration"]) for step in steps[index:]]
    keys = {
        "Priority": stop.keys["Priority"], "EDD": tables.plan.ways[routing].due, "NumStages": -Fraction(len(work)),
        "RPC": -sum(work, Fraction(0)), "LPT": -work[0], "SPT": work[0],
    }  # fmt: skip
    return tuple(keys[one] for one in names if one in keys)


def _alike(theirs: list[Keys], ours: list[Keys]) -> bool:
    """Whether two lists of keys sort the same things in the same way, with the same ties."""
    pairs = sorted(zip(theirs, ours, strict=True))
    sizes = all(len(one) == len(other) for one, other in pairs)
    return sizes and all((a[0] == b[0]) == (a[1] == b[1]) and a[1] <= b[1] for a, b in pairwise(pairs))


def rank(tables: Tables, rows: list[Row], keys: list[Keys]) -> None:
    """Give operations the ranks of their keys as priorities."""
    ranks = sorted(set(keys))
    found = {row[:2]: ranks.index(key) for row, key in zip(rows, keys, strict=True)}
    for step in tables.rows["operations"]:
        rank = found.get((step["routing"], step["operation"]))
        if rank is not None:
            if rank > 1000:
                raise Inexpressible("more than a thousand priorities")
            step["priority"] = rank
