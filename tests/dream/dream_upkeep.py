"""Maintenance and planned breaks of stations: what else may interrupt them, and when maintenance is due.

Maintenance that falls due while a unit is worked on waits for the end of this work. What becomes of it while a unit
that is done waits to leave is not known, so that it is said.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from dream_model import Inexpressible
from dream_way import Machine, Plan

if TYPE_CHECKING:
    from measure import Visit

Span = tuple[Fraction, Fraction]


def interrupted(machine: Machine) -> tuple[object, ...]:
    """What must be equal in stations that are alternatives."""
    return machine.shift, machine.failure, machine.rest, machine.maintenance, machine.planned


def check_together(machine: Machine) -> None:
    """Maintenance has a station to itself; planned breaks go with nothing else."""
    others = [machine.failure, machine.rest, machine.maintenance]
    if machine.maintenance is not None and (machine.failure or machine.rest or machine.shift or machine.repairman):
        raise Inexpressible("maintenance of a station that is interrupted by something else, or has a repairman")
    if machine.maintenance is not None and any(machine.maintenance.drawn):
        raise Inexpressible("maintenance at random times")
    if machine.failure is not None and any(machine.failure.drawn) and machine.repairman:
        raise Inexpressible("failures at random times with a repairman")
    if machine.planned and any(others):
        raise Inexpressible("planned breaks of a station that is interrupted by something else")


def check_due(machine: Machine, visits: list[Visit], repairs: list[Span]) -> None:
    """Where maintenance falls due while a unit waits to leave, it is said."""
    if machine.maintenance is None:
        return
    for visit in visits:
        if visit.finished is None or visit.left == visit.finished:
            continue
        before = max([Fraction(0), *(end for _, end in repairs if end <= visit.finished)])
        marks = [before + machine.maintenance.up, *(start for start, _ in repairs)]
        if any(visit.finished <= mark and (visit.left is None or mark <= visit.left) for mark in marks):
            raise Inexpressible("maintenance that falls due while a unit waits to leave")


def served(plan: Plan, crew: str) -> list[str]:
    """Stations that a crew serves, by name."""
    stops = [stop for way in plan.ways.values() for stop in way.stops]
    return sorted({node for stop in stops if stop.attended and "-or-".join(stop.crew) == crew for node in stop.nodes})


def check_served(plan: Plan) -> None:
    """Whether people leave a station where work stands still is not known: it must not matter."""
    for crew in plan.crews:
        nodes = served(plan, crew)
        halting = [plan.machines[node] for node in nodes if _halts(plan.machines[node])]
        if halting and (len(nodes) > 1 or len(plan.crews[crew]) > 1):
            raise Inexpressible("people of several stations of which one stops in the middle of its work")


def _halts(machine: Machine) -> bool:
    """Whether anything stops work that is under way."""
    left = any(pause is not None and not pause.finish for pause in (machine.failure, machine.rest))
    return left or (machine.shift is not None and not machine.shift.finish)
