"""Runs a solver on a thread of its own: Ctrl-C stops it within two seconds, and one that hangs is left behind."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from aidc_twin.errors import SolverFault
from aidc_twin.telemetry import Deadline

__all__ = ["GRACE_S", "Runnable", "Watch"]

GRACE_S = 2.0
"""Seconds that a solver has to stop after it was told to."""

_LOOK_S = 0.05
_GRACE_SHARE = 0.02


class Runnable(Protocol):
    """The part of ``highspy.Highs`` that a watch needs."""

    cbSimplexInterrupt: Any
    cbIpmInterrupt: Any
    cbMipInterrupt: Any

    def run(self) -> Any:
        """Solve, releasing the interpreter meanwhile."""
        ...


class Watch:
    """Stops a run from outside.

    Attributes
    ----------
    out_of_time : whether the last run was stopped by the safety net.
    interrupted : whether it was stopped by Ctrl-C.
    """

    def __init__(self) -> None:
        self.out_of_time = False
        self.interrupted = False

    def run(self, model: Runnable, time_s: float) -> None:
        """Solve.

        Raises
        ------
        SolverFault
            It crashed, or goes on long after its time.
        KeyboardInterrupt
            Ctrl-C, and it did not stop in time.
        """
        self.out_of_time = self.interrupted = False
        failures: list[BaseException] = []
        done = threading.Event()

        def work() -> None:
            try:
                model.run()
            except BaseException as error:  # whatever it is, it is handed to the caller below
                failures.append(error)
            finally:
                done.set()

        listeners = (model.cbSimplexInterrupt, model.cbIpmInterrupt, model.cbMipInterrupt)
        for listener in listeners:
            listener.subscribe(self._look)
        try:
            threading.Thread(target=work, name="solver", daemon=True).start()
            self._wait(done, time_s)
        finally:
            for listener in listeners:
                listener.clear()
        if failures:
            raise SolverFault(f"the solver crashed: {failures[0]!r}") from failures[0]

    def _look(self, event: Any) -> None:
        event.interrupt(self.interrupted or self.out_of_time)  # HiGHS keeps it from run to run, so both ways are told

    def _wait(self, done: threading.Event, time_s: float) -> None:
        soft = Deadline.after(time_s * (1 + _GRACE_SHARE) + GRACE_S / 4)
        hard: Deadline | None = None
        while True:
            try:
                if done.wait(_LOOK_S):
                    return
                if hard is None and soft.passed:
                    self.out_of_time, hard = True, Deadline.after(GRACE_S)
                if hard is not None and hard.passed:
                    break
            except KeyboardInterrupt:
                if self.interrupted:
                    raise
                self.interrupted, hard = True, Deadline.after(GRACE_S)
        if self.interrupted:
            raise KeyboardInterrupt
        raise SolverFault(f"the solver does not answer {GRACE_S:g} s after its limit of {time_s:g} s")
