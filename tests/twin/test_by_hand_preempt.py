"""Traces of urgent work that stops other work, worked out on paper; by both twins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from both_twins import TWINS, told
from small_parks import did

from aidc_twin.park import Park, load_park

PARKS = Path(__file__).parents[1] / "parks"


def _park(mode: str) -> Park:
    """Two presses with two setters, and what becomes of the work that is stopped on a press."""
    park = load_park(PARKS / "preempt")
    rows = tuple(row.model_copy(update={"preempt": mode}) if row.resource == "press" else row for row in park.resources)
    return replace(park, resources=rows)


BEFORE = [did("k1", "form", 0, 30, 1), did("k2", "form", 0, 24, 2)]


@pytest.mark.parametrize("twin", TWINS)
def test_stopped_work_goes_on(twin: str) -> None:
    """A kit is formed for 30 h by one setter, a die is tried for 30 h by two; the priorities are 5 9 0 7 5 6 and 1."""
    # 24: k3 (0) stops k2 (9), the least urgent, and takes its press and setter; k4 (7) stops neither k1 (5) nor k3 (0).
    # 30: k4 goes before the rest of k2, which has 6 h left and starts when k3 is done at 54.
    # 96: d1 (1) would need both setters: stopping k5 or k6 gives it one only, so nothing is stopped; it waits to 102.
    assert told(twin, _park("resume")).trace == [
        *BEFORE,
        did("k3", "form", 24, 54, 2),
        did("k4", "form", 30, 60, 1),
        did("k2", "form", 54, 60, 2),
        did("k5", "form", 72, 102, 1),
        did("k6", "form", 72, 102, 2),
        did("d1", "try", 102, 132, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_stopped_work_begins_anew(twin: str) -> None:
    """The same where the work that was done is lost."""
    # 54: k2 begins anew. 72: k5 takes press 1, k6 (6) stops k2 (9). 102: d1 takes both setters, k2 begins anew at 132.
    assert told(twin, _park("repeat")).trace == [
        *BEFORE,
        did("k3", "form", 24, 54, 2),
        did("k4", "form", 30, 60, 1),
        did("k2", "form", 54, 72, 2),
        did("k5", "form", 72, 102, 1),
        did("k6", "form", 72, 102, 2),
        did("d1", "try", 102, 132, 1),
        did("k2", "form", 132, 162, 1),
    ]


@pytest.mark.parametrize("twin", TWINS)
def test_nothing_is_stopped_by_default(twin: str) -> None:
    """Urgent work waits for a press."""
    trace = told(twin, _park("no")).trace
    assert trace[:2] == [did("k1", "form", 0, 30, 1), did("k2", "form", 0, 30, 2)]
    assert did("k3", "form", 30, 60, 1) in trace
