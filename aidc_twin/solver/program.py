"""A program as arrays in the solver, for questions that only change bounds and objectives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aidc_twin.errors import NoPlanError, SolverFault
from aidc_twin.solver.arrays import MINIMISE, Aim, Arrays, Floats, Indices
from aidc_twin.solver.denial import DENIALS, denied_again, is_proven, witness
from aidc_twin.solver.engine import Answer, Engine, Limits
from aidc_twin.solver.guard import check_arrays
from aidc_twin.solver.highs import Highs
from aidc_twin.solver.profile import Profile
from aidc_twin.solver.recheck import check_point, dual_bound
from aidc_twin.solver.refining import refined

__all__ = ["Point", "Program"]

_ASKED = "asked"


@dataclass(frozen=True)
class Basis:
    """A basis that a program had with so many rows."""

    program: Program
    rows: int
    state: object


@dataclass(frozen=True)
class Point:
    """A rechecked optimum.

    Attributes
    ----------
    x : shape (columns,).
    duals : shape (rows,), change of the objective for one unit more of right-hand side; None for whole columns.
    bound : what the multipliers prove the objective cannot go below.
    iterations : steps of simplex that it took.
    basis : where simplex can go on from; None for whole columns.
    """

    x: Floats
    objective: float
    duals: Floats | None
    bound: float
    iterations: int = 0
    basis: Basis | None = None


class Program:
    """A program that stays in the solver between questions.

    Attributes
    ----------
    arrays : as the solver has them now.
    """

    def __init__(self, arrays: Arrays, profile: Profile, *, engine: Engine | None = None) -> None:
        check_arrays(arrays)
        self.arrays = replace(
            arrays, lower=arrays.lower.copy(), upper=arrays.upper.copy(), row_lower=arrays.row_lower.copy(),
            row_upper=arrays.row_upper.copy(),
        )  # fmt: skip
        self.profile = profile
        self._engine: Engine = engine or Highs()
        self._engine.load(self.arrays, profile)
        self._fresh = True

    def bound(self, columns: Indices, lower: Floats | float, upper: Floats | float) -> None:
        """Change the bounds of some columns."""
        places = np.asarray(columns, dtype=np.int32)
        low, high = (np.broadcast_to(np.asarray(side, float), places.shape).copy() for side in (lower, upper))
        self._engine.bound_columns(places, low, high)
        self.arrays.lower[places], self.arrays.upper[places] = low, high

    def row(self, name: str, lower: float, upper: float, cost: Floats) -> None:
        """Add ``lower <= cost @ x <= upper``."""
        self._engine.add_row(lower, upper, cost)
        self.arrays = self.arrays.with_row(name, lower, upper, cost)

    def limit(self, row: int, lower: float, upper: float) -> None:
        """Change the limits of a row."""
        place = np.array([row], dtype=np.int32)
        self._engine.bound_rows(place, np.array([lower]), np.array([upper]))
        self.arrays.row_lower[row], self.arrays.row_upper[row] = lower, upper

    def minimise(
        self, cost: Floats, *, time_s: float | None = None, afresh: bool = False, start: Point | None = None
    ) -> Point | None:
        """Point of least cost, or None where nothing meets the rows; the search goes on from the last basis.

        Parameters
        ----------
        afresh
            Begin from nothing instead.
        start
            Go on from the basis of this point, if it is one of this program; after a question without an answer the
            last basis lies far away. If it does not lead to an answer in as many steps as there are rows, the search
            begins afresh.

        Raises
        ------
        NoPlanError
            A limit came before the answer.
        SolverFault
            The solver failed or lied, or the cost has no limit.
        """
        aim = Aim(_ASKED, np.asarray(cost, float), 0.0, MINIMISE)
        self._engine.aim(aim)
        warm = not (self._fresh or afresh)
        self._engine.refresh(warm=warm)
        basis = None if start is None else start.basis
        if warm and basis is not None and basis.program is self and basis.rows == self.arrays.row_lower.size:
            self._engine.restart(basis.state)
        self._fresh = False
        limits, far = self._limits(time_s), warm and start is not None
        steps = min(limits.simplex_iterations, self.arrays.row_lower.size) if far else limits.simplex_iterations
        answer = self._engine.run(replace(limits, simplex_iterations=steps), None)
        if answer.status == "unknown" or (far and answer.status == "iterations"):
            if warm and answer.status == "unknown" and is_proven(self._engine, self.arrays):
                return None
            self._engine.refresh(warm=False)
            answer = self._engine.run(self._limits(time_s), None)
        if answer.status == "unknown":
            self._engine.refresh(warm=False, presolved=False)
            answer = self._engine.run(self._limits(time_s), None)
        if answer.status in DENIALS:
            if is_proven(self._engine, self.arrays):
                return None
            answer = self._doubted(answer, self._limits(time_s))
        if answer.status in DENIALS:
            return None
        if answer.status == "interrupt":
            raise KeyboardInterrupt
        if answer.status == "unbounded":
            raise SolverFault("what is asked for has no limit: a constraint is missing in the model")
        mixed = bool(self.arrays.integral.any())
        if answer.x is None or (answer.status != "optimal" and not mixed):
            raise NoPlanError(f"no answer before the limit ({answer.status}) of profile {self.profile.name!r}")
        return self._point(aim, answer, answer.x)

    def _doubted(self, answer: Answer, limits: Limits) -> Answer:
        """A denial without proof, asked again from nothing if a solver of its own finds what meets the rows."""
        if witness(self.arrays, self.profile, relaxed=False, time_s=limits.time_s) is None:
            return answer
        self._engine.refresh(warm=False, presolved=False)
        again = self._engine.run(limits, None)
        return replace(again, status=denied_again(again))

    def _point(self, aim: Aim, answer: Answer, x: Floats) -> Point:
        mixed, duals, bound, claimed = bool(self.arrays.integral.any()), answer.duals, answer.bound, answer.objective
        check_point(self.arrays, x, aim, claimed, relaxed=not mixed)
        if not mixed:
            duals, bound = self._proven(aim, x, duals)
            bound = min(claimed, bound)
        basis = None if mixed else Basis(self, self.arrays.row_lower.size, self._engine.basis())
        return Point(x, aim.at(x), duals, bound, answer.iterations, basis)

    def _proven(self, aim: Aim, x: Floats, duals: Floats | None) -> tuple[Floats | None, float]:
        """Prices and the bound that they prove; those of the basis where those told prove none."""
        if duals is None:
            return None, -np.inf
        bound = dual_bound(self.arrays, aim, duals)
        found = None if np.isfinite(bound) else refined(self._engine, self.arrays, aim, x, duals)
        return (duals, bound) if found is None else (found[1], dual_bound(self.arrays, aim, found[1]))

    def _limits(self, time_s: float | None) -> Limits:
        p = self.profile
        left = p.time_limit_s if time_s is None else max(0.01, min(time_s, p.time_limit_s))
        return Limits(0.0, p.gap, p.nodes, p.simplex_iterations, left)
