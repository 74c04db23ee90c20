"""Prices: what one unit more of a resource, a material or a shift level in every week is worth to goals and margin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from aidc_twin.plan.cash import CASH, money_unit
from aidc_twin.plan.families.capacity import capacity_rows, capacity_scale
from aidc_twin.plan.families.shifts import chosen_calendars
from aidc_twin.plan.goal import YUAN_IN_YI
from aidc_twin.plan.ladder import Climb
from aidc_twin.plan.model import Task
from aidc_twin.plan.stocks import material_units
from aidc_twin.twin.inputs import Floats, PlanInputs

__all__ = ["LevelPrices", "level_prices", "money_for", "price_table"]


@dataclass(frozen=True)
class LevelPrices:
    """Gain of a level for one unit more in a week, in the unit of its objective.

    Attributes
    ----------
    resource : shape (R, T); material : shape (M, T).
    cash : shape (T,), for 亿元 more from the week on.
    """

    resource: Floats
    material: Floats
    cash: Floats


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
    cash = np.zeros(inputs.weeks)
    if inputs.cash is not None and "cash.balance" in duals:
        cash = np.maximum(0.0, sense * np.nan_to_num(duals["cash.balance"])) / money_unit(inputs, inputs.cash)
    return LevelPrices(resource, material, cash)


def money_for(inputs: PlanInputs, prices: LevelPrices) -> Floats:
    """What of a material's price in a week is the want of money to pay for it, shape (M, T)."""
    found, cash = np.zeros_like(inputs.supply), inputs.cash
    if cash is None:
        return found
    for m, weeks in enumerate(cash.pay_weeks.tolist()):
        then = np.append(prices.cash, np.zeros(weeks))[weeks:]
        found[m] = np.minimum(np.maximum(0.0, prices.material[m]), inputs.material_price[m] * then)
    return found


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
    if any("cash.balance" in found for found in climb.level_duals.values()):
        add("cash", CASH, [float(prices.cash[:1].sum()) / YUAN_IN_YI for prices in levels])
    schema = {
        "kind": pl.String, "name": pl.String, "goal_yi": pl.Float64, "late_weeks": pl.Float64, "margin_yi": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")
