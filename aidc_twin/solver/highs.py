"""HiGHS through highspy: options, hand-over in one call, one thread, interruptible runs."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aidc_twin.errors import SolverFault
from aidc_twin.solver.arrays import MINIMISE, Aim, Arrays, Floats, Indices
from aidc_twin.solver.binding import QUIET, highspy, quiet_model
from aidc_twin.solver.engine import Answer, Limits
from aidc_twin.solver.profile import Profile
from aidc_twin.solver.result import Incumbent, OnIncumbent
from aidc_twin.solver.watch import Watch

__all__ = ["Highs"]

_ONE_THREAD = {"threads": 1, "parallel": "off", "simplex_max_concurrency": 1}
_IRREDUCIBLE = 4
"""iis_strategy: irreducible set from the relaxed program; the default gives an empty one and calls it valid."""


class Highs:
    """One live HiGHS model; see `Engine`."""

    def __init__(self) -> None:
        self._binding = highspy()
        self._model = quiet_model(self._binding)
        self._watch = Watch()
        self._mixed = False
        self._method = "choose"
        self._presolve = "choose"
        self._solved = False

    def load(self, arrays: Arrays, profile: Profile) -> None:
        """Hand over all rows and columns in one call, and the options of the profile."""
        for option, value in {**profile.highs, **QUIET, **_ONE_THREAD, "random_seed": profile.seed}.items():
            self._ok(self._model.setOptionValue(option, value), f"option {option} = {value!r}")
        self._method = str(profile.highs.get("solver", "choose"))
        self._presolve = str(profile.highs.get("presolve", "choose"))
        self._ok(_hand_over(self._binding, self._model, arrays), "the model")
        rows, columns = (
            np.flatnonzero(low > high).astype(np.int32)
            for low, high in ((arrays.row_lower, arrays.row_upper), (arrays.lower, arrays.upper))
        )
        self.bound_rows(rows, arrays.row_lower[rows], arrays.row_upper[rows])
        self.bound_columns(columns, arrays.lower[columns], arrays.upper[columns])
        if arrays.integral.any():
            self.integrality(arrays.integral)

    def aim(self, aim: Aim) -> None:
        """Change the objective; the basis stays."""
        columns = np.arange(aim.cost.size, dtype=np.int32)
        sense = self._binding.ObjSense
        self._ok(self._model.changeColsCost(columns.size, columns, aim.cost), f"objective {aim.name}")
        self._ok(self._model.changeObjectiveOffset(aim.offset), f"objective {aim.name}")
        way = sense.kMinimize if aim.sense == MINIMISE else sense.kMaximize
        self._ok(self._model.changeObjectiveSense(way), f"objective {aim.name}")

    def add_row(self, lower: float, upper: float, cost: Floats) -> None:
        """Add a row; the basis stays, with the row basic."""
        entries = np.flatnonzero(cost).astype(np.int32)
        self._ok(self._model.addRow(lower, upper, entries.size, entries, cost[entries]), "a row")

    def bound_columns(self, columns: Indices, lower: Floats, upper: Floats) -> None:
        """Change bounds; the basis stays."""
        self._ok(self._model.changeColsBounds(columns.size, columns, lower, upper), "bounds")

    def bound_rows(self, rows: Indices, lower: Floats, upper: Floats) -> None:
        """Change limits of rows; the basis stays."""
        if rows.size:
            self._ok(self._model.changeRowsBounds(rows.size, rows, lower, upper), "right-hand sides")

    def change_entries(self, rows: Indices, columns: Indices, values: Floats) -> None:
        """Change coefficients one by one; the basis stays."""
        change, good = self._model.changeCoeff, self._binding.HighsStatus.kOk
        for row, column, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
            if change(row, column, value) != good:
                raise SolverFault(f"HiGHS does not take the coefficient {value:g} as it is")

    def integrality(self, integral: NDArray[np.bool_]) -> None:
        """Say which columns must be whole."""
        self._mixed = bool(integral.any())
        columns = np.arange(integral.size, dtype=np.int32)
        if integral.size:
            self._ok(self._model.changeColsIntegrality(columns.size, columns, integral.astype(np.uint8)), "integrality")

    def refresh(self, *, warm: bool, presolved: bool = True) -> None:
        """Warm: simplex from the last basis. Otherwise presolve and the profile's own method, from nothing."""
        warm = warm and self._solved and not self._mixed
        if not warm:
            self._ok(self._model.clearSolver(), "a fresh start")
        self._ok(self._model.setOptionValue("solver", "simplex" if warm else self._method), "the method")
        self._ok(self._model.setOptionValue("presolve", self._presolve if presolved else "off"), "presolve")

    def start(self, columns: Indices, values: Floats) -> None:
        """Suggest a point; HiGHS completes a partial one."""
        self._ok(self._model.setSolution(columns.size, columns, values), "the start")

    def basis(self) -> object:
        """The basis of the last run."""
        return self._model.getBasis()

    def restart(self, basis: object) -> None:
        """Simplex goes on from a basis."""
        self._ok(self._model.setBasis(basis), "the basis")

    def basic_rows(self) -> NDArray[np.bool_] | None:
        """Rows that do not stand at a limit in the last run's basis."""
        basic = self._basic()
        if basic is None:
            return None
        slack = np.zeros(basic.size, bool)
        slack[-1 - basic[basic < 0]] = True
        return slack

    def basis_move(self, rows: Floats) -> Floats | None:
        """What the basic columns must move so that the rows that are not basic move by so much."""
        basic = self._basic()
        if basic is None:
            return None
        wanted = rows.copy()
        wanted[-1 - basic[basic < 0]] = 0.0
        status, moves = self._model.getBasisSolve(wanted)[:2]
        if status != self._binding.HighsStatus.kOk:
            return None
        found = np.zeros(self._model.getNumCol())
        found[basic[basic >= 0]] = np.array(moves, dtype=float)[basic >= 0]
        return found

    def basis_prices(self, columns: Floats, rows: Floats) -> Floats | None:
        """Multipliers of the rows at which basic columns and rows are worth so much."""
        basic = self._basic()
        if basic is None:
            return None
        worth, slack = np.zeros(basic.size), basic < 0
        worth[~slack], worth[slack] = columns[basic[~slack]], rows[-1 - basic[slack]]
        status, prices = self._model.getBasisTransposeSolve(worth)[:2]
        return np.array(prices, dtype=float) if status == self._binding.HighsStatus.kOk else None

    def _basic(self) -> NDArray[np.int64] | None:
        """A column's number, or -1 less a row's, for each place of the basis; None without a basis."""
        status, basic = self._model.getBasicVariables()[:2]
        return np.array(basic, dtype=np.int64) if status == self._binding.HighsStatus.kOk else None

    def ray(self) -> Floats | None:
        """Multipliers by which the last run found nothing, if it has them: HiGHS would solve anew for them, deaf."""
        if not self._model.getDualRayExist()[1]:
            return None
        status, known, values = self._model.getDualRay()
        return np.array(values, dtype=float) if known and status == self._binding.HighsStatus.kOk else None

    def run(self, limits: Limits, on_incumbent: OnIncumbent | None) -> Answer:
        """Solve on a thread of its own, so that Ctrl-C and the safety net get through.

        Where another method than simplex gives up a linear program, simplex solves it from nothing.
        """
        self._solve(limits, on_incumbent)
        if self._model.getModelStatus() == self._binding.HighsModelStatus.kSolveError and not self._mixed:
            self._ok(self._model.clearSolver(), "a fresh start")
            self._ok(self._model.setOptionValue("solver", "simplex"), "the method")
            self._solve(limits, on_incumbent)
        self._solved = True
        return self._answer()

    def _solve(self, limits: Limits, on_incumbent: OnIncumbent | None) -> None:
        self._limit(limits)
        if on_incumbent is not None and self._mixed:
            stream = _Stream(on_incumbent)
            self._model.cbMipImprovingSolution.subscribe(stream.take)
        try:
            self._watch.run(self._model, limits.time_s)
        finally:
            self._model.cbMipImprovingSolution.clear()

    def conflict(self) -> tuple[Indices, Indices]:
        """Rows of an irreducible infeasible set, and columns whose bounds are part of it."""
        self._model.setOptionValue("iis_strategy", _IRREDUCIBLE)
        status, iis = self._model.getIis()
        if status == self._binding.HighsStatus.kError or not iis.valid_:
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        kind = self._binding.IisBoundStatus
        sides = {int(kind.kIisBoundStatusLower), int(kind.kIisBoundStatusUpper), int(kind.kIisBoundStatusBoxed)}
        columns = [c for c, side in zip(iis.col_index_, iis.col_bound_, strict=True) if int(side) in sides]
        return np.array(iis.row_index_, dtype=np.int32), np.array(columns, dtype=np.int32)

    def _limit(self, limits: Limits) -> None:
        before = 0.0 if self._mixed else self._model.getRunTime()  # HiGHS counts all its runs, but for search trees
        options = {
            "mip_abs_gap": limits.absolute_gap,
            "mip_rel_gap": limits.relative_gap,
            "mip_max_nodes": limits.nodes,
            "simplex_iteration_limit": limits.simplex_iterations,
            "time_limit": before + limits.time_s,
        }
        for option, value in options.items():
            self._ok(self._model.setOptionValue(option, value), f"option {option} = {value!r}")

    def _answer(self) -> Answer:
        status, info = self._status(), self._model.getInfo()
        if status == "optimal" and self._model.getNumCol() == 0:
            constant = float(self._model.getObjectiveOffset()[1])
            return Answer(status, np.zeros(0), np.zeros(self._model.getNumRow()), constant, constant)
        solution = self._model.getSolution()
        feasible = info.primal_solution_status == int(self._binding.SolutionStatus.kSolutionStatusFeasible)
        x = np.array(solution.col_value, dtype=float) if feasible and solution.value_valid else None
        duals = np.array(solution.row_dual, dtype=float) if solution.dual_valid and not self._mixed else None
        return Answer(
            status, x, duals,
            objective=info.objective_function_value,
            bound=info.mip_dual_bound if self._mixed else float("nan"),
            nodes=max(0, info.mip_node_count), iterations=max(0, info.simplex_iteration_count),
        )  # fmt: skip

    def _status(self) -> str:
        """Status in our words, read before any value."""
        kind = self._binding.HighsModelStatus
        known = {
            kind.kOptimal: "optimal",
            kind.kModelEmpty: "optimal",
            kind.kInfeasible: "infeasible",
            kind.kUnbounded: "unbounded",
            kind.kUnboundedOrInfeasible: "unbounded or infeasible",
            kind.kTimeLimit: "time",
            kind.kIterationLimit: "iterations",
            kind.kSolutionLimit: "nodes",
            kind.kInterrupt: "interrupt",
            kind.kUnknown: "unknown",
            kind.kNotset: "unknown",  # from a singular basis it ends without a word
        }
        status = self._model.getModelStatus()
        if status not in known:
            raise SolverFault(f"HiGHS gave up: {self._model.modelStatusToString(status)}")
        if known[status] == "interrupt" and self._watch.out_of_time:
            return "time"
        return known[status]

    def _ok(self, status: Any, what: str) -> None:
        """Warnings are refused too: HiGHS warns when it drops or changes numbers."""
        if status != self._binding.HighsStatus.kOk:
            raise SolverFault(f"HiGHS does not take {what} as it is ({status.name})")


class _Stream:
    """Passes incumbents on, each better than the last."""

    def __init__(self, listener: OnIncumbent) -> None:
        self._listener = listener

    def take(self, event: Any) -> None:
        found = event.data_out
        incumbent = Incumbent(found.running_time, found.objective_function_value, found.mip_dual_bound)
        self._listener(incumbent)


def _hand_over(binding: ModuleType, model: Any, arrays: Arrays) -> Any:
    """Arrays go over as they are; through a `HighsLp` each would be copied number by number.

    A whole model is refused if limits of one row or column cross; changed later they are an answer: infeasible.
    """
    form, sense = int(binding.MatrixFormat.kRowwise), int(binding.ObjSense.kMinimize)
    columns, rows, entries = arrays.lower.size, arrays.row_lower.size, arrays.value.size
    return model.passModel(
        columns, rows, entries, form, sense, 0.0, np.zeros(columns), arrays.lower,
        np.maximum(arrays.lower, arrays.upper), arrays.row_lower, np.maximum(arrays.row_lower, arrays.row_upper),
        arrays.starts, arrays.index, arrays.value, np.zeros(columns, np.int32),
    )  # fmt: skip
