"""The park as it would be with what an expansion plan builds: tables that any other command could read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from aidc_twin.invest.account import Decisions
from aidc_twin.invest.case import Case, Option
from aidc_twin.park.park import Park
from aidc_twin.park.schema import Capacity, Phase
from aidc_twin.units.quantity import Quantity, When

__all__ = ["expanded"]


def expanded(park: Park, case: Case, plan: Decisions) -> Park:
    """Park whose phases open when decided (or never), with capacity, land and floor from their first day of use on."""
    phases, capacity = {row.phase: row for row in park.phases}, list(park.capacity)
    for i, option in enumerate(case.options):
        starts = [
            (case.quarters[b + option.lead].first, float(plan.begun[i, b])) for b in np.flatnonzero(plan.begun[i])
        ]
        name = option.row.phase
        if name and not starts:
            del phases[name]
            capacity = [part for part in capacity if part.phase != name]
        for day, units in starts:
            if name:
                phases[name] = phases[name].model_copy(update={"opens": _on(day), "delay_days": _constant(0.0)})
            _add(park, option, day, units, phases, capacity)
    return replace(park, phases=tuple(phases.values()), capacity=tuple(capacity))


def _add(
    park: Park, option: Option, day: date, units: float, phases: dict[str, Phase], capacity: list[Capacity]
) -> None:
    """Rows of units that are in use from a day on; land and floor come as a phase of their own."""
    row, name = option.row, f"{option.row.investment}-{day.isoformat()}"
    if row.land_mu or row.floor_m2:
        land, floor = row.land_mu * units, row.floor_m2 * units
        phases[name] = Phase(phase=name, title=row.title, land_mu=land, floor_m2=floor, opens=_on(day))
    for gain in park.investment_gains:
        if gain.investment == row.investment and park.has("resources", gain.name):
            amount = _constant(gain.amount.value * units)
            capacity.append(Capacity(resource=gain.name, part=name, amount=amount, start=day))


def _constant(amount: float) -> Quantity:
    return Quantity("constant", (amount,))


def _on(day: date) -> When:
    return When(day, day, day)
