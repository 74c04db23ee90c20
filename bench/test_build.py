"""P6 and P7: a million nonzeros from Pyomo source into HiGHS, and the next scenario of a live model."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aidc_twin.solver import Live, Profile, templates
from bench.conftest import Note
from bench.plan_model import DEMAND, NONZEROS, USE, in_linopy, in_pyomo
from bench.registry import ROOT

ROUNDS, SLOW_ROUNDS = 7, 5


def compiled() -> Live:
    """Built and handed over by this package."""
    with templates():
        model = in_pyomo(dense=False)
    return Live(model, Profile())


def by_pyomo() -> Any:
    """Built and handed over by Pyomo's own persistent interface."""
    from pyomo.contrib.appsi.solvers.highs import Highs

    solver = Highs()
    solver.set_instance(in_pyomo(dense=True))
    return solver._solver_model


def by_linopy() -> Any:
    """Built and handed over by linopy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # linopy announces a change of what `shift` will mean
        model = in_linopy(importlib.import_module("linopy"), importlib.import_module("xarray"))
        return model.to_highspy()


def cpu_of(work: Callable[[], Any], check: Callable[[Any], int]) -> float:
    """CPU seconds of this thread, with an answer of the right size."""
    gc.collect()
    began = time.thread_time()
    found = work()
    spent = time.thread_time() - began
    assert check(found) == NONZEROS
    return spent


def test_build_and_hand_over(benchmark: Any, note: Note) -> None:
    """Each builds its model and gives it to HiGHS, in turn; Pyomo's way takes so long that it sits out two rounds."""
    spent: dict[str, list[float]] = {"build": [], "build by linopy": [], "build by Pyomo": []}
    known = importlib.util.find_spec("linopy") is not None

    def measure() -> None:
        spent["build"].append(cpu_of(compiled, lambda live: live.arrays.value.size))
        if known:
            spent["build by linopy"].append(cpu_of(by_linopy, lambda solver: solver.getNumNz()))
        if len(spent["build by Pyomo"]) < SLOW_ROUNDS:
            spent["build by Pyomo"].append(cpu_of(by_pyomo, lambda solver: solver.getNumNz()))

    benchmark.pedantic(measure, rounds=ROUNDS)
    middle = {name: statistics.median(times) for name, times in spent.items() if times}
    for name, seconds in middle.items():
        note(name, "plan", seconds)
    note("times Pyomo", "plan", middle["build by Pyomo"] / middle["build"])
    if known:
        note("times linopy", "plan", middle["build by linopy"] / middle["build"])


def test_memory_of_a_build(benchmark: Any, note: Note) -> None:
    """Most memory of a process of its own, above what it had before it built."""
    code = "from bench.test_build import peak; print(peak())"

    def measure() -> float:
        return float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout)

    note("build-memory", "plan", benchmark.pedantic(measure, rounds=1))


def peak() -> float:
    """MB that a build takes at most above the process as it is, with all modules loaded by a small build."""
    import pyomo.environ as pyo

    small: Any = pyo.ConcreteModel()
    small.x = pyo.Var([1], bounds=(0, 1))
    small.aim = pyo.Objective(expr=small.x[1])
    Live(small, Profile())
    before = _held("VmRSS")
    kept = compiled()
    assert kept.arrays.value.size == NONZEROS
    return _held("VmHWM") - before


def _held(what: str) -> float:
    """MB of this process by the kernel's own count (`ru_maxrss` would begin with the peak of the process before it)."""
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(row.split()[1]) / 1024 for row in rows if row.startswith(what))


@pytest.mark.parametrize(("verb", "parameter"), [("right-hand sides", "demand"), ("coefficients", "use")])
def test_the_next_scenario(verb: str, parameter: str, benchmark: Any, note: Note) -> None:
    """All demands anew, or a tenth of the coefficients; the live arrays are those of a model built anew."""
    live = compiled()
    draw = np.random.Generator(np.random.PCG64(2))
    spent: list[float] = []
    values = {"demand": DEMAND.copy(), "use": USE.copy()}

    def measure() -> None:
        if parameter == "demand":
            values["demand"] = np.round(DEMAND * draw.uniform(0.8, 1.2, DEMAND.shape))
        else:
            some = draw.permutation(USE.size) < USE.size // 10
            values["use"] = np.where(some.reshape(USE.shape), USE * draw.uniform(1.01, 1.1, USE.shape), values["use"])
        began = time.thread_time()
        live.change({parameter: values[parameter]})
        spent.append(time.thread_time() - began)

    benchmark.pedantic(measure, rounds=ROUNDS)
    with templates():
        model = in_pyomo(dense=False)
    anew = Live(model, Profile())
    anew.change(values)
    assert np.array_equal(live.arrays.value, anew.arrays.value)
    assert np.array_equal(live.arrays.row_lower, anew.arrays.row_lower)
    note(verb, "plan", 1e3 * statistics.median(spent))
