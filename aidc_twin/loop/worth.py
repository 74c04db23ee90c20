"""What one unit more is worth, in units that people buy: a megawatt, a thousand square metres, 1e8 yuan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from aidc_twin.loop.rounds import LoopOptions
from aidc_twin.loop.why import free_inputs, kept_weeks, profile_of
from aidc_twin.park import Goal, Park
from aidc_twin.plan import load_formulation, make_plan
from aidc_twin.plan.cash import CASH
from aidc_twin.plan.worth import Worth, unit_of, worth_of
from aidc_twin.telemetry import Deadline
from aidc_twin.twin.inputs import PlanInputs

__all__ = ["bought_units", "price_rows", "unit_prices"]

_LARGER = {"kW": ("MW", 1000.0), "yuan": ("亿元", 1e8)}
_AREA_M2 = 1000.0
_NOTHING = 1e-6
"""Worth of a unit, in 亿元 or weeks of orders, up to which it is what a solver's tolerance leaves of nothing."""
_KEYS = {"shortfall": "goal_yi", "tardiness": "late_weeks", "margin": "margin_yi"}


def bought_units(park: Park, inputs: PlanInputs) -> dict[tuple[str, str], tuple[str, float]]:
    """(kind, name) -> unit in words, and how much of the plan's own unit it is; of a quota, in every week."""
    found: dict[tuple[str, str], tuple[str, float]] = {}
    for row in park.resources:
        unit, size = _LARGER.get(row.unit, (row.unit, 1.0))
        per_m2 = _places_per_m2(park, row.resource) if row.kind == "space" else 0.0
        if per_m2 > 0:
            unit, size = f"{_AREA_M2:,.0f} m²", _AREA_M2 * per_m2
        found["resource", row.resource] = unit, size
    for row in park.materials:
        if row.weekly_quota is None or row.material not in inputs.materials:
            continue
        weekly = float(inputs.supply[inputs.materials.index(row.material)].mean())
        size = 10.0 ** max(0, math.floor(math.log10(weekly)) - 1) if weekly > 0 else 1.0
        found["material", row.material] = f"{size:,.0f} {row.unit} a week", size
    for calendar, most in zip(inputs.calendars, inputs.max_level.tolist(), strict=True):
        if most > 1:
            found["shift", calendar] = "shift more", 1.0
    if inputs.cash is not None:
        found["cash", CASH] = _LARGER["yuan"]
    return found


def _places_per_m2(park: Park, resource: str) -> float:
    """Places on a square metre of the park's floor; 0 where the park does not say how large its floor is."""
    floor = sum(phase.floor_m2 for phase in park.phases)
    return sum(part.amount.value for part in park.capacity_of(resource)) / floor if floor > 0 else 0.0


def price_rows(park: Park, inputs: PlanInputs, prices: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of ``plan_prices`` by units that are bought, dearest first; not what is worth nothing, nor bought lots."""
    units, rows = bought_units(park, inputs), list[dict[str, Any]]()
    for row in prices.iter_rows(named=True):
        if (key := (row["kind"], row["name"])) in units:
            unit, size = units[key]
            worth = {name: row[name] * size if row[name] * size > _NOTHING else 0.0 for name in _KEYS.values()}
            rows.append({"kind": row["kind"], "name": row["name"], "unit": unit, **worth})
    return _dearest_first([row for row in rows if any(row[name] > 0 for name in _KEYS.values())])


def unit_prices(
    park: Park, goals: Sequence[Goal], options: LoopOptions, *, inputs: PlanInputs | None = None,
    shifts: pl.DataFrame | None = None, time_s: float = 120.0,
) -> dict[str, Any]:  # fmt: skip
    """What one unit more of everything is worth, by planning again with it, as an object.

    Parameters
    ----------
    inputs, shifts
        What the plan of a run was made from, and its ``plan_shifts``; None: those of a plan that is made now.
    time_s
        Of planning again with each unit; a plan that has to be made first has the time of its profile.
    """
    if inputs is None or shifts is None:
        inputs = free_inputs(park, options.seed)[1]
        shifts = make_plan(inputs, goals, formulation=options.formulation, profile=options.profile).frames[
            "plan_shifts"
        ]
    units, kept, deadline = bought_units(park, inputs), kept_weeks(park), Deadline.after(time_s)
    found = worth_of(
        inputs, goals, shifts,
        [unit_of(inputs, kind, name, size, kept.get(name, 0.0)) for (kind, name), (_, size) in units.items()],
        formulation=load_formulation(options.formulation), profile=profile_of(options),
        time_s=time_s,
    )  # fmt: skip
    rows = [_row(one, units[one.kind, one.name][0]) for one in found]
    return {
        "asked": "prices", "prices": _dearest_first(rows), "seconds": time_s - deadline.left_seconds,
        "complete": all(row[key] is not None for row in rows for key in _KEYS.values()),
    }  # fmt: skip


def _row(one: Worth, unit: str) -> dict[str, Any]:
    gains = {key: one.gains.get(level) for level, key in _KEYS.items()}
    at_most = {key: one.little.get(level) for level, key in _KEYS.items()}
    return {"kind": one.kind, "name": one.name, "unit": unit, **gains, "at_most": at_most}


def _dearest_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By what they bring to the goals, then to due dates, then to the margin; equal ones by name."""
    return sorted(rows, key=lambda row: (*(-(row[key] or 0.0) for key in _KEYS.values()), row["kind"], row["name"]))
