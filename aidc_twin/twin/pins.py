"""Steps that a schedule fixes to a machine: classes of their own, with queues of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aidc_twin.errors import SimulationFault
from aidc_twin.twin.chance import Parameters
from aidc_twin.twin.classes import WorkClass
from aidc_twin.twin.factory import Factory, Policy
from aidc_twin.twin.kernel.draws import CONSTANT
from aidc_twin.twin.machines import machines_of


def pinned(factory: Factory, policy: Policy) -> tuple[list[WorkClass], Mapping[int, int]]:
    """Classes of the factory with one more for each (class, machine, work) that the policy asks for; class by job step.

    Raises
    ------
    SimulationFault
        If a step is fixed to a machine that there never is.
    """
    rows = list(factory.table.rows)
    machines = machines_of(factory) if policy.machine else []
    index: dict[tuple[int, int, int], int] = {}
    pins: dict[int, int] = {}
    for (unit, operation), machine in policy.machine.items():
        js = factory.step(factory.unit_index[unit], operation)
        u = int(factory.step_unit[js])
        home = factory.route_class[factory.unit_route[u]][js - int(factory.first[u])]
        if rows[home].server < 0:
            continue
        if not 1 <= machine <= machines[rows[home].server]:
            name, count = factory.resources[rows[home].server], machines[rows[home].server]
            raise SimulationFault(f"{operation} of {unit} is fixed to machine {machine} of {name}, which has {count}")
        ticks = policy.work.get((unit, operation), -1)
        key = (home, machine - 1, ticks)
        if key not in index:
            index[key] = len(rows)
            work = rows[home].work if ticks < 0 else Parameters(CONSTANT, (float(ticks), 0.0, 0.0, float(ticks)))
            rows.append(replace(rows[home], pin=machine - 1, home=len(rows), work=work))
        pins[js] = index[key]
    return rows, pins
