"""Common random numbers: what is added to a park changes when others do their work, and nothing of what they draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import naive
import pytest
from both_twins import TWINS
from small_parks import EPOCH, kit_park, need

from aidc_twin.park import Park

SEED = 9
FINISHED = 30
"""Units that at least must be done, so that there is something to compare."""


def shop(*, more: str = "") -> Park:
    """Orders and a stream through a saw, a lathe that stops by the calendar and a test; `more` is what is added."""
    line: list[dict[str, Any]] = [
        {"operation": "cut", "duration": "lognormal(6,0.5)"},
        {"operation": "turn", "duration": "tri(2,5,9)", "fail_share": 0.3, "rework": "exp(3)"},
        {"operation": "test", "duration": "gamma(2,6)", "fault_rate_hour": 0.1, "repair_hours": "exp(2)"},
        {"operation": "mend", "duration": "uniform(1,4)"},
        {"operation": "pack", "duration": "weibull(2,3)"},
    ]
    branches = [("test", "pack", 0.6), ("test", "mend", 0.3), ("test", "scrap", 0.1), ("mend", "test", 1)]
    machines = {"saw": 1, "lathe": 2, "rig": 1}
    routings = ["kit", "part", "extra"] if more == "product" else ["kit", "part"]
    park = kit_park(
        *line,
        orders=11 if more == "order" else 10,
        products=[
            {"product": name, "kind": "component", "routing": name, "maker": "maker", "value_yuan": 5}
            for name in routings[1:]
        ],
        operations=[
            {"routing": name, "stage": "manufacture", "after": (line[i - 1]["operation"],) if i else ()} | step
            for name in routings[1:]
            for i, step in enumerate(line)
        ],
        branches=[
            {"routing": name, "operation": at, "next": to, "share": share}
            for name in routings
            for at, to, share in branches
        ],
        resources=[{"resource": name, "kind": "servers"} for name in machines],
        capacity=[
            {"resource": name, "amount": count + (more == f"machine of {name}")} for name, count in machines.items()
        ],
        needs=[
            need(step, resource) | {"routing": name}
            for name in routings
            for step, resource in (("cut", "saw"), ("turn", "lathe"), ("test", "rig"))
        ],
        breakdowns=[
            {"resource": "lathe", "breakdown": "oil", "uptime_hours": "exp(40)", "repair_hours": "lognormal(3,1)"},
            {"resource": "saw", "breakdown": "blade", "clock": "busy", "uptime_hours": 30, "repair_hours": "exp(2)"},
        ],
        sources=[{"source": name, "product": name, "interval_hours": "exp(20)", "most": 40} for name in routings[1:]],
    )
    return replace(park, orders=tuple(row.model_copy(update={"due": EPOCH}) for row in park.orders))


def ways(told: naive.Outcome) -> dict[str, dict[tuple[str, int, str], int]]:
    """What each unit that has left drew: the work of each operation, attempt and rework that it passed; ticks."""
    found: dict[str, dict[tuple[str, int, str], int]] = {}
    open_units = set()
    for unit, operation, attempt, during, _, end, _, work, _ in told.trace:
        if during != "repair":
            found.setdefault(unit, {})[operation, attempt, during] = work
            if end > 8 * 7 * 86_400 - 60 * 3600:  # it may have been stopped by the horizon, or have yet to go on
                open_units.add(unit)
    return {unit: way for unit, way in found.items() if unit not in open_units}


def stops(told: naive.Outcome, machine: str) -> list[tuple[int, int]]:
    """When a machine stood still for repair."""
    return [(row[4], row[5]) for row in told.trace if row[3] == "repair" and row[0] == machine]


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize("more", ["machine of saw", "machine of lathe", "machine of rig", "product", "order"])
def test_what_is_added_changes_no_other_draw(twin: str, more: str) -> None:
    """Every unit draws the same work, failures, reworks and ways, and every lathe stops at the same times."""
    base, other = (TWINS[twin](shop(more=what), SEED) for what in ("", more))
    before, after = ways(base), ways(other)
    both = before.keys() & after.keys()
    assert len(both) > FINISHED
    assert {unit: before[unit] for unit in both} == {unit: after[unit] for unit in both}
    assert any(row[3] == "rework" for row in base.trace)
    assert any(row[1] == "mend" for row in base.trace)
    for machine in ("machine/lathe/1", "machine/lathe/2"):
        assert stops(base, machine) == stops(other, machine)
        assert len(stops(base, machine)) > 10
    starts = [{row[:4]: row[4] for row in told.trace} for told in (base, other)]
    assert any(starts[0][key] != starts[1][key] for key in starts[0].keys() & starts[1].keys())
