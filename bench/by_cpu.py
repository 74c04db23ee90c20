"""HiGHS with limits in seconds of CPU: on a machine that others use, a second of the clock says nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from aidc_twin.solver.engine import Answer, Limits
from aidc_twin.solver.highs import Highs
from aidc_twin.solver.result import OnIncumbent
from aidc_twin.solver.watch import Runnable, Watch

_SLOWEST = 100.0
"""Seconds of the clock for one of CPU, at most."""


class CpuWatch(Watch):
    """Stops a run by the CPU time of the process."""

    def run(self, model: Runnable, time_s: float) -> None:
        """Solve; `time_s` is of the clock, `_SLOWEST` times the limit of CPU."""
        self.end = time.process_time() + time_s / _SLOWEST
        super().run(model, time_s)

    def _look(self, event: Any) -> None:
        self.out_of_time |= time.process_time() > self.end
        super()._look(event)


class CpuHighs(Highs):
    """HiGHS whose time limit is of CPU."""

    def __init__(self) -> None:
        super().__init__()
        self._watch = CpuWatch()

    def run(self, limits: Limits, on_incumbent: OnIncumbent | None) -> Answer:
        """Solve; HiGHS itself is told a limit that it does not reach."""
        return super().run(replace(limits, time_s=_SLOWEST * limits.time_s), on_incumbent)
