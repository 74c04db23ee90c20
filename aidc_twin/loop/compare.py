"""Two results side by side under common random numbers: goal differences with their interval, and what moved them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from aidc_twin.loop.limits import changed_limits
from aidc_twin.loop.rounds import LoopResult
from aidc_twin.park import Park
from aidc_twin.twin.statistics import finite, paired_difference, unpaired_difference


def compare_results(base: LoopResult, other: LoopResult, paths: Sequence[str] = ()) -> dict[str, Any]:
    """Goals and waterfall of two loops over the same seeds, and how full the limits among `paths` are."""
    ids = [goal.id for goal in base.goals if goal.id in {one.id for one in other.goals}]
    samples = [
        {goal.id: one.kept.result.goal_yuan(goal).astype(np.float64) for goal in one.goals} for one in (base, other)
    ]
    goals = [_difference(name, samples[0][name], samples[1][name]) for name in ids]
    limits = changed_limits(paths, *(one.kept.plan.frames.__getitem__ for one in (base, other)))
    return {"goals": goals, "waterfall": _waterfall(base, other) if ids else [], "limits": limits}


def compare_frames(base: Callable[[str], pl.DataFrame], other: Callable[[str], pl.DataFrame]) -> dict[str, Any]:
    """The same from the published frames of two runs; paired where they have the same replications."""
    first, second = (
        {
            str(key[0]): part.sort("replication")["yuan"].cast(pl.Float64).to_numpy()
            for key, part in read("goal_samples").group_by("goal", maintain_order=True)
        }
        for read in (base, other)
    )
    goals = [_difference(name, first[name], second[name]) for name in first if name in second]
    waterfall = _item_steps(base, other, goals[0]) if goals else []
    inputs = [read("scenario_inputs").to_dicts() for read in (base, other)]
    listed = [row | {"run": run} for run, rows in zip(("base", "other"), inputs, strict=True) for row in rows]
    limits = changed_limits([row["path"] for row in listed], base, other)
    return {"inputs": listed, "goals": goals, "waterfall": waterfall, "limits": limits}


def _item_steps(
    base: Callable[[str], pl.DataFrame], other: Callable[[str], pl.DataFrame], goal: dict[str, Any]
) -> list[dict[str, Any]]:
    """Steps by item from the mean of a goal in one run to its mean in the other; of its ledger and basis only."""
    amounts: list[dict[str, int]] = []
    for read in (base, other):
        ledger, basis = read("goals").filter(pl.col("id") == goal["id"]).select("ledger", "basis").row(0)
        kept = read("flows").filter((pl.col("ledger") == ledger) & ~(pl.col("eliminated") & (basis == "consolidated")))
        amounts.append(dict(kept.group_by("item", maintain_order=True).agg(pl.col("yuan").sum()).sort("item").rows()))
    items = sorted({*amounts[0], *amounts[1]})
    moved = {item: amounts[1].get(item, 0) - amounts[0].get(item, 0) for item in items}
    steps = [{"step": item, "yuan": yuan} for item, yuan in moved.items() if yuan]
    rest = goal["difference"] - sum(moved.values())
    return steps + ([{"step": "rounding", "yuan": rest}] if abs(rest) >= 0.5 else [])


def _difference(name: str, base: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Means and their difference; samples of the same seeds are paired, which is what makes the interval narrow."""
    paired = len(base) == len(other)
    found = paired_difference(base, other) if paired else unpaired_difference(base, other)
    return {
        "id": name, "base_mean": float(base.mean()), "other_mean": float(other.mean()),
        "difference": float(other.mean() - base.mean()), "half_width_95": finite(found.half_width),
        "paired": paired, "variance_ratio": finite(found.variance_ratio),
    }  # fmt: skip


def _waterfall(base: LoopResult, other: LoopResult) -> list[dict[str, Any]]:
    """Steps from the first goal's mean in the base to its mean in the other: by item its volume, then its price."""
    goal = base.goals[0]
    rows = [_by_item(one) for one in (base, other)]
    steps: list[dict[str, Any]] = []
    for item in dict.fromkeys([*rows[0], *rows[1]]):
        before, after = rows[0].get(item, 0.0), rows[1].get(item, 0.0)
        ratio = _price(base.park, item) / _price(other.park, item) if _price(other.park, item) else 1.0
        volume, price = after * ratio - before, after - after * ratio
        steps += [
            {"step": f"{item}: {what}", "yuan": yuan}
            for what, yuan in (("volume", volume), ("price", price))
            if abs(yuan) >= 0.5
        ]
    total = sum(float(one.kept.result.goal_yuan(goal).mean()) * sign for one, sign in ((other, 1), (base, -1)))
    rest = total - sum(step["yuan"] for step in steps)
    return steps + ([{"step": "rounding", "yuan": rest}] if abs(rest) >= 0.5 else [])


def _by_item(one: LoopResult) -> dict[str, float]:
    """Mean yuan of the first goal by item."""
    goal = one.goals[0]
    flows = one.kept.result.flows(goal.year, goal.payload).filter(pl.col("ledger") == goal.ledger)
    if goal.basis == "consolidated":
        flows = flows.filter(~pl.col("eliminated"))
    found: dict[str, float] = {}
    for item, yuan in flows.select("item", "yuan").iter_rows():
        found[item] = found.get(item, 0.0) + yuan
    return found


def _price(park: Park, item: str) -> float:
    """What a unit of the item is worth in a park: its own value, or what the bills of materials give it."""
    if park.has("materials", item):
        return park.material(item).price_yuan.value
    if not park.has("products", item):
        return 0.0
    given = sum(line.value_yuan.value for line in park.bom if line.item == item)
    return given or park.product(item).value_yuan.value
