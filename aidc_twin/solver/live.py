"""A compiled model that stays in the solver, so that later levels reuse its matrix, basis and incumbent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import ArrayLike

from aidc_twin.errors import NoPlanError, SolverFault
from aidc_twin.solver.arrays import Aim, Arrays, Floats, Indices
from aidc_twin.solver.causes import named, no_solution
from aidc_twin.solver.changing import Changer
from aidc_twin.solver.compiling import compile_parts
from aidc_twin.solver.denial import DENIALS, denied_again, is_proven, meets, witness
from aidc_twin.solver.engine import Answer, Engine, Limits
from aidc_twin.solver.guard import check_aim, check_arrays, check_limits, row_scale
from aidc_twin.solver.highs import Highs
from aidc_twin.solver.profile import Profile
from aidc_twin.solver.recheck import check_bound, check_point, crossing, dual_bound, proves, settled
from aidc_twin.solver.refining import refined
from aidc_twin.solver.result import Incumbent, OnIncumbent, SolveResult
from aidc_twin.telemetry import Deadline, Telemetry

__all__ = ["Live", "solve"]

_LEAST_FURTHER_S = 1.0
"""Seconds that prices, and doubts in what it says, have where the search has used up its time."""

_NO_OPTIMUM = (*DENIALS, "unbounded")


def solve(
    model: Any,
    profile: Profile,
    *,
    on_incumbent: OnIncumbent | None = None,
    start: Mapping[str, Floats] | None = None,
    duals: bool = True,
    engine: Engine | None = None,
) -> SolveResult:
    """Solve a linear or mixed-integer Pyomo model with one active objective.

    Parameters
    ----------
    start
        Variable name -> shape (members,): a point to begin with; NaN for members that are left open, as are those
        whose value is beyond their bounds. It need not meet the constraints.
    duals
        Whether to price the constraints (a mixed-integer program is solved again with its whole columns fixed, in
        what is left of the time, a second at least). None where that, or the search by Ctrl-C, is stopped.

    Raises
    ------
    InfeasibleError
        Nothing meets the constraints; `causes` names an irreducible set of them.
    NoPlanError
        A limit came before the first solution.
    SolverFault
        The model holds unusable numbers, or the solver failed or lied.
    """
    return Live(model, profile, engine=engine).solve(on_incumbent=on_incumbent, start=start, duals=duals)


class Live:
    """A model in the solver.

    Parameters
    ----------
    model
        Pyomo model; all its objectives can be aimed at by name, the active one is the default.

    Attributes
    ----------
    arrays : what the solver was given.
    """

    def __init__(self, model: Any, profile: Profile, *, engine: Engine | None = None) -> None:
        self._compiled = compile_parts(model)
        self._changer = Changer(self._compiled)
        self.arrays: Arrays = self._compiled.arrays
        check_arrays(self.arrays)
        self.profile = profile
        self._engine: Engine = engine or Highs()
        self._engine.load(self.arrays, profile)
        self._active = _active(model)
        self._aimed: str | None = None
        self._relaxed = False
        self._changed = False
        self._ended = ""
        self._begun: Floats | None = None
        self._last: Floats | None = None
        self._timing = Telemetry()

    def solve(
        self,
        objective: str | None = None,
        *,
        reference: float | None = None,
        relaxed: bool = False,
        start: Mapping[str, Floats] | None = None,
        duals: bool = False,
        time_s: float | None = None,
        explained: bool = True,
        on_incumbent: OnIncumbent | None = None,
    ) -> SolveResult:
        """Solve for one objective; what it raises is listed at `solve`.

        A run for the same objective as the last one goes on from its basis; a new objective begins afresh unless the
        profile says `warm`.

        Parameters
        ----------
        reference
            Amount that the gap of the profile refers to; None: the objective itself.
        relaxed
            Whether whole columns may be fractions.
        time_s
            Safety net of this run, where less is left than the profile grants.
        explained
            Whether an infeasible model is searched for its causes.
        """
        aim, warm = self._aim(objective)
        self._uncrossed(explained)
        self._relax(relaxed)
        self._engine.refresh(warm=warm or self.profile.warm)
        if start is not None:
            self._start(start)
        elif self._changed and self._mixed() and self._last is not None:
            self._suggest(np.where(self.arrays.integral, self._last, np.nan))
        self._changed = False
        found: list[Incumbent] = []
        with self._timing.stage("solve") as watch:
            before = watch.wall_seconds
            limits, listener = self._limits(reference, time_s), _listener(found, on_incumbent)
            deadline = Deadline.after(limits.time_s)
            answer = self._run(limits, listener)
            if answer.status in DENIALS:
                limits = replace(limits, time_s=max(_LEAST_FURTHER_S, deadline.left_seconds))
                answer = self._doubted(answer, limits, listener, thorough=explained)
        if answer.status in _NO_OPTIMUM:
            raise self._no_optimum(aim, answer.status, explained)
        result = self._sound(aim, answer, found, self._timing.stages["solve"].wall_seconds - before, limits, deadline)
        if not duals or result.duals or not self._mixed() or result.stopped_by == "interrupt":
            return result
        return self._priced(result, aim, time_s)

    def hold(self, objective: str, limit: float) -> None:
        """Keep an objective at least as good as `limit` from now on."""
        aim = self.arrays.aims[objective]
        check_aim(self.arrays, aim)
        scale = row_scale(aim.cost)
        lower, upper = (-np.inf, limit - aim.offset) if aim.sense > 0 else (limit - aim.offset, np.inf)
        self._engine.add_row(lower * scale, upper * scale, aim.cost * scale)
        self.arrays = self.arrays.with_row(f"hold[{objective}]", lower * scale, upper * scale, aim.cost * scale)

    def change(self, values: Mapping[str, ArrayLike]) -> None:
        """Give mutable parameters new values; the next run goes on from the last basis or solution.

        Rows that `hold` has added stay as they are.

        Parameters
        ----------
        values
            Parameter name -> shape (members,) in the order of its index set, or one number for all.

        Raises
        ------
        SolverFault
            There is no such parameter, it is not mutable, has another number of members, or a variable's bounds hang
            on it; or a new number is unusable (the solver is left as it was, and this model should not be used again).
        """
        changed = self._changer.change(self.arrays, values)
        self.arrays = changed.arrays
        if changed.entries or changed.aims:
            check_arrays(self.arrays)
        else:
            check_limits(self.arrays)
        for rows in changed.rows:
            self._engine.bound_rows(rows, self.arrays.row_lower[rows], self.arrays.row_upper[rows])
        for rows, columns, entries in zip(changed.entry_rows, changed.entry_columns, changed.entries, strict=True):
            self._engine.change_entries(rows, columns, entries)
        if self._aimed in changed.aims:
            self._engine.aim(self.arrays.aims[self._aimed])
        self._changed = True

    def bound(self, variable: str, lower: Floats, upper: Floats) -> None:
        """Change the bounds of a variable's members, shape (members,) each."""
        piece = self.arrays.column_piece(variable)
        columns = np.arange(piece.start, piece.stop, dtype=np.int32)
        self._engine.bound_columns(columns, np.asarray(lower, float), np.asarray(upper, float))
        self.arrays.lower[columns], self.arrays.upper[columns] = lower, upper

    def bound_columns(self, columns: Indices, lower: Floats, upper: Floats) -> None:
        """Change the bounds of columns, shape (columns,) each."""
        self._engine.bound_columns(columns, lower, upper)
        self.arrays.lower[columns], self.arrays.upper[columns] = lower, upper

    def target(self, objective: str | None = None) -> Aim:
        """An objective by name, or the active one."""
        if objective is None:
            if len(self._active) != 1:
                count = f"{len(self._active)} active objectives: " if self._active else "no active objective"
                raise SolverFault(f"one objective is needed, the model has {count}{', '.join(self._active)}")
            return self.arrays.aims[self._active[0]]
        if objective not in self.arrays.aims:
            raise SolverFault(f"no objective {objective!r} to aim at; there are {sorted(self.arrays.aims)}")
        return self.arrays.aims[objective]

    def bounds(self, variable: str) -> tuple[Floats, Floats]:
        """Bounds of a variable's members now, shape (members,) each."""
        piece = self.arrays.column_piece(variable)
        return self.arrays.lower[piece.start : piece.stop].copy(), self.arrays.upper[piece.start : piece.stop].copy()

    def _aim(self, objective: str | None) -> tuple[Aim, bool]:
        """The objective, and whether it is the one of the last run."""
        aim = self.target(objective)
        warm = aim.name == self._aimed
        if not warm:
            self._engine.aim(aim)
            self._aimed = aim.name
        return aim, warm

    def _relax(self, relaxed: bool) -> None:
        if relaxed != self._relaxed and self.arrays.integral.any():
            self._engine.integrality(self.arrays.integral & (not relaxed))
        self._relaxed = relaxed

    def _start(self, start: Mapping[str, Floats]) -> None:
        x = np.full(self.arrays.lower.size, np.nan)
        for name, values in start.items():
            piece = self.arrays.column_piece(name)
            if np.size(values) != piece.size:
                raise SolverFault(f"the start has {np.size(values)} values for the {piece.size} members of {name!r}")
            x[piece.start : piece.stop] = values
        self._suggest(x)

    def _suggest(self, x: Floats) -> None:
        """Begin with a point, shape (columns,); what is NaN or beyond its bounds is left open."""
        self._begun = x
        columns = np.flatnonzero((x >= self.arrays.lower) & (x <= self.arrays.upper)).astype(np.int32)
        self._engine.start(columns, x[columns])

    def _uncrossed(self, explained: bool) -> None:
        """Refuse limits that cross: of rows, and of columns."""
        rows = crossing(self.arrays.row_lower, self.arrays.row_upper)
        columns = crossing(self.arrays.lower, self.arrays.upper)
        if rows.size or columns.size:
            raise no_solution(named(self.arrays, rows[:1], columns[: 1 - rows[:1].size]) if explained else ())

    def _run(self, limits: Limits, listener: OnIncumbent | None) -> Answer:
        """One run; where simplex loses its way from an old basis, once more from nothing, and where presolve leads
        astray, on the model as it is.
        """
        answer = self._engine.run(limits, listener)
        for presolved in (True, False):
            if answer.status == "unknown":
                self._engine.refresh(warm=False, presolved=presolved)
                answer = self._engine.run(limits, listener)
        self._ended = answer.status
        if answer.status == "unknown":
            raise SolverFault("HiGHS gave up: it cannot tell whether there is a solution; check the scaling")
        return answer

    def _doubted(self, answer: Answer, limits: Limits, listener: OnIncumbent | None, *, thorough: bool) -> Answer:
        """A denial without proof, asked again from nothing if a point is known that meets everything, or, where it
        matters why there is none, is found by a solver of its own.
        """
        relaxed = not self._mixed()
        point = next((x for x in (self._begun, self._last) if meets(self.arrays, x, relaxed=relaxed)), None)
        if point is None and thorough and not is_proven(self._engine, self.arrays):
            point = witness(self.arrays, self.profile, relaxed=relaxed, time_s=limits.time_s)
        if point is None:
            return answer
        self._engine.refresh(warm=False, presolved=False)
        if not relaxed:
            self._suggest(point)
        again = self._run(limits, listener)
        return replace(again, status=denied_again(again))

    def _limits(self, reference: float | None, time_s: float | None) -> Limits:
        """With no reference the gap is relative to the objective, as HiGHS measures it."""
        p = self.profile
        return Limits(
            absolute_gap=0.0 if reference is None else p.gap * reference,
            relative_gap=p.gap if reference is None else 0.0,
            nodes=p.nodes,
            simplex_iterations=p.simplex_iterations,
            time_s=min(p.time_limit_s, p.time_limit_s if time_s is None else time_s),
        )

    def _mixed(self) -> bool:
        return bool(self.arrays.integral.any()) and not self._relaxed

    def _sound(self, aim: Aim, answer: Answer, found: list[Incumbent], seconds: float, limits: Limits,
               deadline: Deadline) -> SolveResult:  # fmt: skip
        """The rechecked result; where what presolve has left of a linear program comes back as no solution of it, that
        of the program as it is.
        """
        try:
            return self._result(aim, answer, found, seconds)
        except SolverFault:
            if self._mixed() or answer.status != "optimal":
                raise
            self._engine.refresh(warm=False, presolved=False)
            limits = replace(limits, time_s=max(_LEAST_FURTHER_S, deadline.left_seconds))
            again = self._run(limits, None)
            if again.status != "optimal":
                raise
            return self._result(aim, again, found, seconds)

    def _result(self, aim: Aim, answer: Answer, found: list[Incumbent], seconds: float) -> SolveResult:
        if answer.x is None:
            if answer.status == "optimal":
                raise SolverFault("lying solver: it reports an optimum and gives no values")
            if answer.status == "interrupt":
                raise KeyboardInterrupt
            raise NoPlanError(f"no solution before the limit ({answer.status}) of profile {self.profile.name!r}")
        x = settled(self.arrays, answer.x, relaxed=not self._mixed())
        check_point(self.arrays, x, aim, answer.objective, relaxed=not self._mixed())
        objective = aim.at(x)
        if not self._agrees(aim, answer, x, objective):
            x, answer = self._refined(aim, answer, x)
            objective = aim.at(x)
        self._last = x
        bound = self._bound(aim, answer, x, objective)
        gap = abs(objective - bound) / max(1.0, abs(objective))
        stopped_by = "gap" if answer.status == "optimal" and self._mixed() and gap > 0 else answer.status
        duals = self._by_constraint(answer.duals) if answer.duals is not None and answer.status == "optimal" else {}
        return SolveResult(
            "optimal" if answer.status == "optimal" else "feasible", objective, bound, gap, seconds,
            self._by_variable(x), duals, tuple(found), stopped_by, answer.nodes, answer.iterations,
            self._compiled.columns,
        )  # fmt: skip

    def _agrees(self, aim: Aim, answer: Answer, x: Floats, objective: float) -> bool:
        """Whether the prices of a linear program's optimum prove it, neither less nor more."""
        if answer.duals is None or answer.status != "optimal" or self._mixed():
            return True
        proven, scale = dual_bound(self.arrays, aim, answer.duals), _scale(aim, x)
        return proves(aim, objective, proven, scale) and proves(aim, proven, objective, scale)

    def _refined(self, aim: Aim, answer: Answer, x: Floats) -> tuple[Floats, Answer]:
        """Point and prices that the basis stands for, rechecked; the same where they are no better known."""
        assert answer.duals is not None, "only what has prices disagrees with them"
        found = refined(self._engine, self.arrays, aim, x, answer.duals)
        if found is None:
            return x, answer
        point, prices = found
        check_point(self.arrays, point, aim, aim.at(point), relaxed=True)
        return point, replace(answer, duals=prices)

    def _bound(self, aim: Aim, answer: Answer, x: Floats, objective: float) -> float:
        scale = _scale(aim, x)
        if self._mixed():
            return check_bound(aim, objective, answer.bound, scale, optimal_lp=False)
        if answer.duals is None:
            if answer.status == "optimal":
                raise SolverFault("lying solver: it reports the optimum of a linear program and gives no prices")
            return -aim.sense * np.inf
        proven = dual_bound(self.arrays, aim, answer.duals)
        return check_bound(aim, objective, proven, scale, optimal_lp=answer.status == "optimal")

    def _priced(self, result: SolveResult, aim: Aim, time_s: float | None) -> SolveResult:
        """Solve again with the whole columns fixed as reals, for the prices; without them where that is stopped."""
        left = self._limits(None, time_s).time_s - result.seconds
        saved = self.arrays.lower.copy(), self.arrays.upper.copy()
        whole = np.flatnonzero(self.arrays.integral).astype(np.int32)
        x = np.concatenate([result.values[p.name] for p in self.arrays.column_pieces])[whole]
        self._engine.bound_columns(whole, x, x)
        self.arrays.lower[whole] = self.arrays.upper[whole] = x
        try:
            priced = self.solve(aim.name, relaxed=True, time_s=max(_LEAST_FURTHER_S, left))
        except NoPlanError:
            return replace(result, stopped_by=self._ended)
        except KeyboardInterrupt:
            return replace(result, stopped_by="interrupt")
        finally:
            self.arrays.lower[:], self.arrays.upper[:] = saved
            self._engine.bound_columns(whole, saved[0][whole], saved[1][whole])
        if not priced.duals:
            return replace(result, stopped_by=self._ended)
        return replace(result, duals=priced.duals, seconds=result.seconds + priced.seconds)

    def _no_optimum(self, aim: Aim, status: str, explained: bool) -> Exception:
        if status != "unbounded":
            causes = named(self.arrays, *self._engine.conflict()) if explained else ()
            if causes or status == "infeasible":
                return no_solution(causes)
        return SolverFault(f"the objective {aim.name} has no limit: a constraint is missing in the model")

    def _by_variable(self, x: Floats) -> dict[str, Floats]:
        return {p.name: x[p.start : p.stop] for p in self.arrays.column_pieces}

    def _by_constraint(self, duals: Floats) -> dict[str, Floats]:
        values: dict[str, Floats] = {}
        for piece in self.arrays.row_pieces:
            values[piece.name] = np.full(piece.size, np.nan)
            values[piece.name][piece.positions] = duals[piece.start : piece.stop]
        return values


def _scale(aim: Aim, x: Floats) -> float:
    """What the terms of an objective add up to at a point, whatever their signs."""
    return float(np.abs(aim.cost) @ np.abs(x))


def _active(model: Any) -> tuple[str, ...]:
    return tuple(o.name for o in model.component_data_objects(pyo.Objective, active=True))


def _listener(found: list[Incumbent], further: OnIncumbent | None) -> OnIncumbent:
    def take(incumbent: Incumbent) -> None:
        found.append(incumbent)
        if further is not None:
            further(incumbent)

    return take
