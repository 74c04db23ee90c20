"""Stopwatches, counters, limits and the silent progress, on clocks of our own."""

from __future__ import annotations

from itertools import count

import pytest

from aidc_twin.telemetry import SILENT, Deadline, Telemetry


def test_stage_adds_wall_and_cpu_seconds() -> None:
    """Two calls of a stage add up, on the clocks that were passed in."""
    wall, cpu = count(0, 5), count(0, 2)
    telemetry = Telemetry(wall=lambda: float(next(wall)), cpu=lambda: float(next(cpu)))
    for _ in range(2):
        with telemetry.stage("solve"):
            telemetry.count("nodes", 3)
    assert telemetry.rows() == [{"stage": "solve", "calls": 2, "wall_seconds": 10.0, "cpu_seconds": 4.0}]
    assert telemetry.counters == {"nodes": 6}


def test_stage_counts_what_fails() -> None:
    """Time spent until an error is not lost."""
    telemetry = Telemetry()
    with pytest.raises(KeyError), telemetry.stage("load"):
        raise KeyError("x")
    assert telemetry.stages["load"].calls == 1


def test_deadline_passes_on_its_clock() -> None:
    """A limit is up when its clock says so, and no limit never is."""
    now = [10.0]
    deadline = Deadline.after(5.0, lambda: now[0])
    assert not deadline.passed
    now[0] = 15.0
    assert deadline.passed
    assert deadline.left_seconds == 0.0
    assert not Deadline.after(None).passed


def test_silent_progress_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The default progress prints nothing."""
    SILENT.begin("plan", 3)
    SILENT.advance(2, "gap 1 %")
    SILENT.end()
    assert capsys.readouterr() == ("", "")
