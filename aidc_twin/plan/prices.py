"""Prices: what one unit more of a resource, a material or a shift level in every week is worth to goals and margin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from aidc_twin.plan.families.capacity import capacity_rows, capacity_scale
from aidc_twin.plan.families.shifts import chosen_calendars
from aidc_twin.plan.ladder import Climb
from aidc_twin.plan.model import Task
from aidc_twin.plan.stocks import material_units
from aidc_twin.twin.inputs import Floats

__all__ = ["LevelPrices", "level_prices", "price_table"]


@dataclass(frozen=True)
class LevelPrices:
    """Gain of a level for one unit more in a week, in the unit of its objective.

    Attributes
    ----------
    resource : shape (R, T); material : shape (M, T).
    """

    resource: Floats
    material: Floats


def level_prices(task: Task, climb: Climb, level: str) -> LevelPrices:
    """Prices of a level from its multipliers; zero where it was not solved as a linear program."""
    inputs = task.inputs
    resource, material = np.zeros_like(inputs.capacity), np.zeros_like(inputs.supply)
    duals: Mapping[str, Floats] = climb.level_duals.get(level, {})
    sense = 1.0 if level == "margin" else -1.0
    if "capacity.limit" in duals:
        scale = capacity_scale(inputs)
        rows = capacity_rows(inputs, task.formulation)
        for dual, (r, run) in zip(duals["capacity.limit"].tolist(), rows, strict=True):
            resource[r, run.start : run.stop] += max(0.0, sense * dual) / scale[r]
    if "materials.balance" in duals:
        balance = np.nan_to_num(duals["materials.balance"]).reshape(material.shape)
        material = sense * balance / material_units(inputs)[:, None]
    return LevelPrices(resource, material)


def price_table(task: Task, climb: Climb) -> pl.DataFrame:
    """Worth of one unit more in every week: 亿元 of goals (of their mean target), weighted weeks that orders are
    earlier at unchanged goals, and 亿元 of margin at unchanged goals and lateness.
    """
    inputs = task.inputs
    levels = [level_prices(task, climb, level) for level in ("shortfall", "tardiness", "margin")]
    targets = [counted.target_yi for counted in task.contributions]
    scale = (float(np.mean(targets)) if targets else 0.0, 1.0, 1.0)
    rows: list[tuple[str, str, float, float, float]] = []

    def add(kind: str, name: str, worth: list[float]) -> None:
        goal, late, margin = (size * amount for size, amount in zip(scale, worth, strict=True))
        rows.append((kind, name, goal, late, margin))

    for r, name in enumerate(inputs.resources):
        add("resource", name, [float(prices.resource[r].sum()) for prices in levels])
    for m, name in enumerate(inputs.materials):
        add("material", name, [float(prices.material[m].sum()) for prices in levels])
    for c in chosen_calendars(inputs, task.formulation):
        own = inputs.resource_calendar == c
        steps = inputs.capacity_step[own]
        add("shift", inputs.calendars[c], [float((steps * prices.resource[own]).sum()) for prices in levels])
    schema = {
        "kind": pl.String, "name": pl.String, "goal_yi": pl.Float64, "late_weeks": pl.Float64, "margin_yi": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
