"""Output of a year per mu of land, per m² of plant floor, per MW of supply and per worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from aidc_twin.park.park import Park
from aidc_twin.park.schema import Capacity

__all__ = ["Density", "per_area"]

KW_IN_MW = 1000.0


@dataclass(frozen=True, slots=True)
class Density:
    """A year's amount over what it takes; None where the park declares none of it.

    Attributes
    ----------
    land_mu, floor_m2, workers, power_mw : mean of the year, each phase counted from its nominal opening on.
    yuan_per_mu, yuan_per_m2, yuan_per_worker, yuan_per_mw : amount over them.
    """

    land_mu: float
    floor_m2: float
    workers: float
    yuan_per_mu: float | None
    yuan_per_m2: float | None
    yuan_per_worker: float | None
    power_mw: float = 0.0
    yuan_per_mw: float | None = None


def per_area(output_yuan: int, park: Park, year: int = 2027) -> Density:
    """Amount of a calendar year per mu, m², worker and MW of supply.

    Supply is that of resources of kind cumulative whose unit is kW. Workers are the people of all crews that the park
    declares; offices that it does not model are not in them.
    """
    shares = {phase.phase: _share(_opens(park, phase.phase), None, year) for phase in park.phases}
    land = sum(phase.land_mu * shares[phase.phase] for phase in park.phases)
    floor = sum(phase.floor_m2 * shares[phase.phase] for phase in park.phases)
    crews = {resource.resource for resource in park.resources if resource.kind == "crew"}
    grid = {row.resource for row in park.resources if row.kind == "cumulative" and row.unit == "kW"}
    workers = sum(_amount(part, park, year) for part in park.capacity if part.resource in crews)
    power = sum(_amount(part, park, year) for part in park.capacity if part.resource in grid) / KW_IN_MW
    return Density(
        land, floor, workers, _over(output_yuan, land), _over(output_yuan, floor), _over(output_yuan, workers),
        power, _over(output_yuan, power),
    )  # fmt: skip


def _amount(part: Capacity, park: Park, year: int) -> float:
    start = _opens(park, part.phase) if part.phase else part.start
    return part.amount.value * _share(start, part.end, year)


def _opens(park: Park, name: str) -> date:
    phase = next(phase for phase in park.phases if phase.phase == name)
    return phase.opens.mode + timedelta(days=phase.delay_days.value)


def _share(start: date | None, end: date | None, year: int) -> float:
    """Share of the days of a year from `start` to `end`, both included."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = (min(end or last, last) - max(start or first, first)).days + 1
    return max(0, days) / ((last - first).days + 1)


def _over(amount_yuan: int, size: float) -> float | None:
    return amount_yuan / size if size > 0 else None
