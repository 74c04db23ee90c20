"""A solver that says that nothing meets the constraints: what proves it, and what speaks against it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aidc_twin.errors import SolverFault
from aidc_twin.solver.arrays import MINIMISE, Aim, Arrays, Floats
from aidc_twin.solver.engine import Answer, Engine, Limits
from aidc_twin.solver.highs import Highs
from aidc_twin.solver.profile import Profile
from aidc_twin.solver.recheck import proves_none, settled
from aidc_twin.solver.widening import widened
from aidc_twin.telemetry import Deadline

__all__ = ["DENIALS", "denied_again", "is_proven", "meets", "witness"]

DENIALS = ("infeasible", "unbounded or infeasible")
"""What a solver says of constraints that nothing meets."""

_BEYOND_DOUBT = 1e-8
"""Amount by which a point may miss a row: a tenth of what HiGHS itself lets pass, in the row's own unit as there."""

_LEAST_S = 0.01


def is_proven(engine: Engine, arrays: Arrays) -> bool:
    """Whether the multipliers of the last run prove that nothing meets the rows, whole numbers or not."""
    ray = engine.ray()
    return ray is not None and ray.shape == arrays.row_lower.shape and proves_none(arrays, ray)


def meets(arrays: Arrays, x: Floats | None, *, relaxed: bool) -> bool:
    """Whether a point meets bounds, rows and whole numbers with less room than any solver needs.

    Parameters
    ----------
    x
        shape (columns,); NaN where it is open: then it does not.
    relaxed
        Whether columns are let off being whole.
    """
    if x is None or x.shape != arrays.lower.shape or not np.isfinite(x).all():
        return False
    if not ((x >= arrays.lower) & (x <= arrays.upper)).all():
        return False
    if not relaxed and (x != np.round(x))[arrays.integral].any():
        return False
    activity = arrays.activity(x)
    return bool((np.maximum(arrays.row_lower - activity, activity - arrays.row_upper) <= _BEYOND_DOUBT).all())


def witness(arrays: Arrays, profile: Profile, *, relaxed: bool, time_s: float) -> Floats | None:
    """A point that meets everything, shape (columns,), by a solver of its own; None where there is none, or in time.

    Asked is not for any point but for the one that misses the rows by least in all: that has an answer always, is
    found soon, and where it misses them, its prices prove that all do. Whole numbers take a search tree then. A solver
    that fails here says nothing: that of the question has given its answer.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C came meanwhile.
    """
    try:
        x = _candidate(arrays, profile, relaxed=relaxed, time_s=time_s)
    except SolverFault:
        return None
    if x is None:
        return None
    x = settled(arrays, x, relaxed=relaxed)
    return x if meets(arrays, x, relaxed=relaxed) else None


def _candidate(arrays: Arrays, profile: Profile, *, relaxed: bool, time_s: float) -> Floats | None:
    """A point that may meet everything; None where prices prove that none does, or none was found in time."""
    deadline = Deadline.after(time_s)
    real = replace(arrays, integral=np.zeros(arrays.lower.size, bool))
    cost, wide = _yielding(real)
    answer = _asked(wide, profile, cost, time_s)
    proven = answer.duals is not None and proves_none(real, answer.duals)
    if proven or answer.x is None:
        return None
    if relaxed or not arrays.integral.any():
        return answer.x[: arrays.lower.size]
    plain = profile.model_copy(update={"highs": {**profile.highs, "presolve": "off"}, "seed": profile.seed + 1})
    return _asked(arrays, plain, np.zeros(arrays.lower.size), max(_LEAST_S, deadline.left_seconds)).x


def _yielding(arrays: Arrays) -> tuple[Floats, Arrays]:
    """What missing the rows costs, one for each unit, and the program in which each may be missed."""
    below = np.flatnonzero(np.isfinite(arrays.row_lower)).tolist()
    above = np.flatnonzero(np.isfinite(arrays.row_upper)).tolist()
    entries = {n: (np.array([row], np.int32), np.ones(1)) for n, row in enumerate(below)}
    entries |= {len(below) + n: (np.array([row], np.int32), -np.ones(1)) for n, row in enumerate(above)}
    names = [*(f"below row {row}" for row in below), *(f"above row {row}" for row in above)]
    wide = widened(arrays, names, entries, np.zeros(len(names)), np.full(len(names), np.inf))
    return np.append(np.zeros(arrays.lower.size), np.ones(len(names))), wide


def _asked(arrays: Arrays, profile: Profile, cost: Floats, time_s: float) -> Answer:
    """What a new solver says of a program."""
    engine = Highs()
    engine.load(arrays, profile)
    engine.aim(Aim("any", cost, 0.0, MINIMISE))
    answer = engine.run(Limits(0.0, 0.0, profile.nodes, profile.simplex_iterations, time_s), None)
    if answer.status == "interrupt":
        raise KeyboardInterrupt
    return answer


def denied_again(answer: Answer) -> str:
    """Status of the answer to a question that has a solution.

    Raises
    ------
    SolverFault
        It is denied once more.
    """
    if answer.status == "infeasible":
        raise SolverFault("lying solver: it says that nothing meets the constraints, and a point is known that does")
    return "unbounded" if answer.status in DENIALS else answer.status
