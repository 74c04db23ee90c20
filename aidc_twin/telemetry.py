"""Clocks and counters that callers pass in; nothing else below `app` reads time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

Seconds = Callable[[], float]
"""A clock: seconds since some moment, never going back."""


@dataclass(slots=True)
class Stopwatch:
    """Wall and CPU seconds spent in one stage, over all its calls.

    CPU seconds are those of this process, all threads together; work handed to other processes is not in them.
    """

    calls: int = 0
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0

    def add(self, wall_seconds: float, cpu_seconds: float) -> None:
        """Count one call."""
        self.calls += 1
        self.wall_seconds += wall_seconds
        self.cpu_seconds += cpu_seconds


@dataclass(slots=True)
class Telemetry:
    """Stopwatches and counters by name; safe to share between threads.

    Attributes
    ----------
    wall, cpu
        The clocks; tests pass their own.
    """

    wall: Seconds = time.perf_counter
    cpu: Seconds = time.process_time
    stages: dict[str, Stopwatch] = field(default_factory=dict[str, Stopwatch])
    counters: dict[str, int] = field(default_factory=dict[str, int])
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @contextmanager
    def stage(self, name: str) -> Generator[Stopwatch, None, None]:
        """Measure a block; what it took is counted also when it raises."""
        wall, cpu = self.wall(), self.cpu()
        with self._lock:
            watch = self.stages.setdefault(name, Stopwatch())
        try:
            yield watch
        finally:
            with self._lock:
                watch.add(self.wall() - wall, self.cpu() - cpu)

    def count(self, name: str, times: int = 1) -> None:
        """Add to a counter."""
        with self._lock:
            self.counters[name] = self.counters.get(name, 0) + times

    def rows(self) -> list[dict[str, str | int | float]]:
        """Return one row for each stage, in the order in which the stages began."""
        with self._lock:
            return [
                {"stage": name, "calls": w.calls, "wall_seconds": w.wall_seconds, "cpu_seconds": w.cpu_seconds}
                for name, w in self.stages.items()
            ]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A wall-clock limit that has begun to run.

    Attributes
    ----------
    end
        Reading of `clock` at which the time is up; infinity for no limit.
    """

    end: float = float("inf")
    clock: Seconds = time.perf_counter

    @classmethod
    def after(cls, seconds: float | None, clock: Seconds = time.perf_counter) -> Deadline:
        """Start a limit of so many seconds from now; None sets no limit."""
        return cls(float("inf") if seconds is None else clock() + seconds, clock)

    @property
    def left_seconds(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.end - self.clock()) if self.limited else self.end

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.end != float("inf")

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self.left_seconds <= 0.0


class Progress(Protocol):
    """What long work tells whoever is watching; `app` shows it, others pass it on."""

    def begin(self, stage: str, total: int | None = None) -> None:
        """Open a stage of `total` steps; None if their number is not known."""
        ...

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Report steps done in the open stage, with a short remark."""
        ...

    def end(self) -> None:
        """Close the open stage."""
        ...


class Silent:
    """The progress that nobody watches."""

    def begin(self, stage: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


SILENT: Progress = Silent()
