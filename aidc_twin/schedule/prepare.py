"""Kernels are made ready before the clock of a search begins to run, those of one kind of problem.

Numba compiles a kernel when it is called first, and keeps it for the next process: so each family is called once on a
problem so small that nothing but compiling, or reading what was kept, takes time. Another process compiles, which
Ctrl-C ends at any instant: the compiler itself hears of nothing before its present call ends.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba.core.registry import cpu_target

from aidc_twin.schedule.kernel import jit
from aidc_twin.schedule.maker import started
from aidc_twin.telemetry import SILENT, Progress
from aidc_twin.twin.machine.maker import Maker

PARK = "park"
STAGE = "compile the search (once per installation, about half a minute of CPU)"
COMPILER_OFF = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


class Preparing:
    """What a search calls before it looks at its clock.

    Parameters
    ----------
    family
        Kind of an instance: ``jobshop``, ``fjs`` or ``rcp``; or ``park``.
    progress
        Is told where something has to be compiled.

    Attributes
    ----------
    seconds : by the clock on the wall, 0 before it was called.
    """

    def __init__(self, family: str, progress: Progress = SILENT) -> None:
        self.family, self.progress = family, progress
        self.seconds = 0.0
        self._maker: Maker | None = None

    def foresee(self) -> None:
        """Begin to compile in another process, if that is needed, while the caller gets ready to search."""
        if not COMPILER_OFF and self._maker is None and not self.ready and os.access(jit.folder(), os.W_OK):
            self._maker = started(self.family)

    def __call__(self) -> None:
        """Make ready what this family calls."""
        begun = time.perf_counter()
        mark, compiles = mark_of(self.family), not COMPILER_OFF and not self.ready
        if compiles:
            self.progress.begin(STAGE)
        self.foresee()
        self._wait()
        if not COMPILER_OFF:
            CALLS[self.family]()
        if compiles:
            _write(mark)
            self.progress.end()
        self.seconds += time.perf_counter() - begun

    def _wait(self) -> None:
        """Wait for the other process; what it has not kept, this one compiles."""
        if self._maker is not None:
            try:
                self._maker.code()
            finally:
                self._maker.end()
                self._maker = None

    @property
    def ready(self) -> bool:
        """Whether all of it was compiled before, for this processor."""
        return mark_of(self.family).is_file()


def mark_of(family: str) -> Path:
    """File beside the kept kernels which says that those of a family are all there, for this processor."""
    target: Any = cpu_target.target_context
    processor = hashlib.sha256(repr(target.codegen().magic_tuple()).encode()).hexdigest()
    return Path(jit.folder()) / f"{family}-{processor[:16]}.ready"


def _write(mark: Path) -> None:
    """Leave the mark, if there is a place for it."""
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        return


def _shop() -> None:
    """Two jobs on two machines, and the proof of their makespan."""
    from aidc_twin.schedule.exact import Proof
    from aidc_twin.schedule.problem import shop_problem
    from aidc_twin.schedule.search import Climber, Populations

    problem = shop_problem("", "fjs", 2, [[[(0, 2), (1, 3)], [(1, 2)]], [[(1, 2)], [(0, 1)]]])
    climber = Climber(problem, 1)
    start = Populations(problem, climber, 1).next_start()
    climber.member(*start)
    climber.begin(*start)
    climber.advance(1, 0)
    Proof(problem, 0, 9).advance(1_000)


def _project() -> None:
    """Three tasks, two of which cannot run at once; its windows and proof as well."""
    from aidc_twin.schedule.bounds import lower_bound
    from aidc_twin.schedule.kernel import projects
    from aidc_twin.schedule.problem import project_problem
    from aidc_twin.schedule.project import hand_round, project_of
    from aidc_twin.schedule.project_bound import shaved_bound
    from aidc_twin.schedule.project_exact import ProjectProof

    problem = project_problem("", [1, 2, 2], [[0], [1], [1]], [1], [[1, 2], [], []])
    shaved_bound(problem, 3 * lower_bound(problem), 3 * lower_bound(problem) + 1, lambda: False)
    project = project_of(problem)
    rooms = [projects.empty_room(project, seed, 2) for seed in (1, 2)]
    for room in rooms:
        projects.evolve(project, room, 1, 0)
    hand_round(rooms)
    ProjectProof(problem, 0, 9).advance(1_000)


def _park() -> None:
    """A few operations of a generated shop."""
    from aidc_twin.schedule.desk import Aims
    from aidc_twin.schedule.generate import generated
    from aidc_twin.schedule.improve import Slice, Stop, improve
    from aidc_twin.schedule.kernel.jit import draw

    improve(generated(8, 1), Aims(), Stop(lambda: 0.0, slices=(Slice(1, 0.0),)), rules=("ATC",))
    draw(np.array([1], np.int64))


CALLS: dict[str, Callable[[], None]] = {"jobshop": _shop, "fjs": _shop, "rcp": _project, PARK: _park}
"""What calls all kernels of a family."""
