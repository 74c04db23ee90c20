"""What ends a solve: work, time, Ctrl-C, bounds that cross, and a solver that loses its way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from aidc_twin.errors import InfeasibleError, SolverFault
from aidc_twin.solver import Live, Profile, solve, table, templates
from aidc_twin.solver.compiling import compile_model
from aidc_twin.solver.engine import Answer
from aidc_twin.solver.highs import Highs
from aidc_twin.solver.program import Program
from aidc_twin.solver.watch import Watch


def covers(size: int, seed: int = 3, *, whole: bool = False) -> Any:
    """Cover every place at least cost."""
    draw = np.random.Generator(np.random.PCG64(seed))
    model: Any = pyo.ConcreteModel()
    model.I, model.J = pyo.RangeSet(0, size - 1), pyo.RangeSet(0, size - 1)
    model.share = table(model.I, model.J, values=0.1 + draw.random((size, size)))
    model.price = table(model.J, values=0.1 + draw.random(size))
    model.x = pyo.Var(model.J, domain=pyo.NonNegativeIntegers if whole else pyo.NonNegativeReals, dense=False)
    with templates():
        model.cover = pyo.Constraint(
            model.I, rule=lambda m, i: sum(m.share[i, j] * m.x[j] for j in m.J) >= (7 if whole else 1)
        )
        model.cost = pyo.Objective(rule=lambda m: sum(m.price[j] * m.x[j] for j in m.J))
    return model


class Stopped(Highs):
    """Is stopped in its first runs, with a solution in hand."""

    def __init__(self, *ends: str) -> None:
        super().__init__()
        self.ends = list(ends)
        self.seconds: list[float] = []

    def run(self, limits: Any, on_incumbent: Any) -> Answer:
        """Solve, and say that it was stopped."""
        self.seconds.append(limits.time_s)
        truth = super().run(limits, on_incumbent)
        if not self.ends:
            return truth
        end = self.ends.pop(0)
        x = None if end.startswith("empty ") else truth.x
        return Answer(end.removeprefix("empty "), x, None, truth.objective, truth.bound)


class Astray(Highs):
    """Loses its way wherever presolve is on."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[bool, bool]] = []

    def refresh(self, *, warm: bool, presolved: bool = True) -> None:
        """Take note."""
        self.asked.append((warm, presolved))
        super().refresh(warm=warm, presolved=presolved)

    def run(self, limits: Any, on_incumbent: Any) -> Answer:
        """Solve, and know nothing of it."""
        truth = super().run(limits, on_incumbent)
        return Answer("unknown", None, None, 0.0, 0.0) if self.asked[-1][1] else truth


@pytest.mark.parametrize("whole", [False, True])
def test_where_presolve_leads_astray_the_model_is_solved_as_it_is(whole: bool) -> None:
    """HiGHS 1.15 gave up plans of which it finds the optimum without presolve."""
    engine = Astray()
    result = solve(covers(6, whole=whole), Profile(), engine=engine)
    assert engine.asked[:3] == [(False, True), (False, True), (False, False)]
    assert result.objective == pytest.approx(solve(covers(6, whole=whole), Profile()).objective)


class Askew(Astray):
    """Gives a point beside the rows wherever presolve is on."""

    def run(self, limits: Any, on_incumbent: Any) -> Answer:
        """Solve, and spoil it."""
        truth = Highs.run(self, limits, on_incumbent)
        assert truth.x is not None
        return (
            Answer("optimal", 0.9 * truth.x, truth.duals, truth.objective, truth.bound) if self.asked[-1][1] else truth
        )


def test_where_presolve_spoils_an_optimum_the_model_is_solved_as_it_is() -> None:
    """HiGHS 1.15 gave optima of plans whose rows did not hold; of search trees such a point is thrown away."""
    engine = Askew()
    assert solve(covers(6), Profile(), engine=engine).objective == pytest.approx(solve(covers(6), Profile()).objective)
    assert engine.asked[:2] == [(False, True), (False, False)]
    with pytest.raises(SolverFault, match="lying solver"):
        solve(covers(6, whole=True), Profile(), engine=Askew())


def test_where_presolve_leads_astray_a_program_is_solved_as_it_is() -> None:
    """The same of programs that are asked for many costs."""
    arrays = compile_model(covers(6))
    cost = np.ones(arrays.lower.size)
    found, other = (Program(arrays, Profile(), engine=engine).minimise(cost) for engine in (Astray(), Highs()))
    assert found is not None
    assert other is not None
    assert found.x.sum() == pytest.approx(other.x.sum())


@pytest.mark.parametrize("end", ["interrupt", "time", "iterations"])
def test_a_linear_program_that_is_stopped_is_not_solved_again_for_its_prices(end: str) -> None:
    """It would go on after Ctrl-C or the limit for as long as it likes, and tell prices of another point."""
    engine = Stopped(end)
    result = solve(covers(8), Profile(), engine=engine)
    assert (len(engine.seconds), result.status, result.stopped_by, dict(result.duals)) == (1, "feasible", end, {})


def test_an_interrupted_search_is_not_priced() -> None:
    """After Ctrl-C nothing more is solved; the incumbent is there."""
    engine = Stopped("interrupt")
    result = solve(covers(6, whole=True), Profile(), engine=engine)
    assert (len(engine.seconds), result.stopped_by, dict(result.duals)) == (1, "interrupt", {})
    assert result.values["x"].sum() > 0


def test_prices_have_what_is_left_of_the_time() -> None:
    """A search that has used up its time leaves its prices a second, not as much again."""
    engine = Stopped("time")
    result = solve(covers(6, whole=True), Profile(time_limit_s=60.0), engine=engine, duals=True)
    assert engine.seconds[0] == 60.0
    assert engine.seconds[1] < 60.0
    assert result.stopped_by == "time"
    assert set(result.duals) == {"cover"}


@pytest.mark.parametrize("end", ["empty interrupt", "interrupt"])
def test_ctrl_c_while_prices_are_made_keeps_the_solution(end: str) -> None:
    """What the search has found is not lost with its prices, and the result says that it was interrupted."""
    free = solve(covers(6, whole=True), Profile())
    result = solve(covers(6, whole=True), Profile(), engine=Interrupted(end))
    assert (result.objective, dict(result.duals), result.stopped_by) == (free.objective, {}, "interrupt")
    assert not result.replayable


def test_a_limit_while_prices_are_made_keeps_the_solution() -> None:
    """Neither is it lost where the time is up."""
    result = solve(covers(6, whole=True), Profile(), engine=Interrupted("empty time"))
    assert (dict(result.duals), result.stopped_by) == ({}, "time")


class Interrupted(Stopped):
    """Is stopped in its second run."""

    def run(self, limits: Any, on_incumbent: Any) -> Answer:
        """Solve the first time; then say that it was stopped."""
        if not self.seconds:
            self.seconds.append(limits.time_s)
            return Highs.run(self, limits, on_incumbent)
        return super().run(limits, on_incumbent)


def crossed(side: str, whole: bool) -> Any:
    """A variable, or a row, whose lower limit is above its upper one."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var([1, 2], bounds=(0, 4), domain=pyo.Integers if whole else pyo.Reals)
    model.least = pyo.Param([7, 8], initialize={7: 0, 8: 5 if side == "row" else 0}, mutable=True)
    model.rows = pyo.Constraint([7, 8], rule=lambda m, i: (m.least[i], m.x[1] + m.x[2], 3))
    model.aim = pyo.Objective(expr=model.x[1])
    if side == "column":
        model.x[2].setlb(5)
    return model


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("side", "cause"), [("column", "limits of x[2]"), ("row", "constraint rows[8]")])
def test_limits_that_cross_are_named(side: str, cause: str, whole: bool) -> None:
    """HiGHS refuses such a model with a warning that says nothing."""
    with pytest.raises(InfeasibleError) as caught:
        solve(crossed(side, whole), Profile())
    assert caught.value.causes == (cause,)


def test_limits_that_cross_by_a_rounding_error_are_one_number() -> None:
    """0.1 + 0.2 is above 0.3; a program with both is not infeasible."""
    model: Any = pyo.ConcreteModel()
    model.x, model.y, model.least = pyo.Var(bounds=(0.1 + 0.2, 0.3)), pyo.Var(), pyo.Param(initialize=0.3, mutable=True)
    model.rows = pyo.Constraint(expr=(0.1 + model.least - 0.1, model.y, 0.3))
    model.least = 0.1 + 0.2
    model.aim = pyo.Objective(expr=model.x + model.y)
    assert solve(model, Profile()).objective == pytest.approx(0.6)


def test_a_start_beyond_the_bounds_is_left_open() -> None:
    """A start need not be feasible; HiGHS refuses one with a value outside its bounds."""
    model = covers(6, whole=True)
    free = solve(model, Profile())
    model.x[0].setub(2)
    begun = free.values["x"].copy()
    begun[0], begun[1] = 50.0, np.inf
    assert solve(model, Profile(), start={"x": begun}).status == "optimal"


def test_bounds_that_exclude_the_last_solution_do_not_end_a_changed_model() -> None:
    """After a change the last solution is where the next search begins, as far as it is still allowed."""
    model: Any = pyo.ConcreteModel()
    model.room = pyo.Param(initialize=10.0, mutable=True)
    model.x = pyo.Var(pyo.RangeSet(3), domain=pyo.NonNegativeIntegers, bounds=(0, 9))
    model.rows = pyo.Constraint(expr=sum(model.x[i] for i in (1, 2, 3)) <= model.room)
    model.aim = pyo.Objective(expr=sum(i * model.x[i] for i in (1, 2, 3)), sense=pyo.maximize)
    live = Live(model, Profile())
    assert live.solve().objective == pytest.approx(29.0)
    live.change({"room": 12.0})
    live.bound("x", np.zeros(3), np.full(3, 4.0))
    assert live.solve().objective == pytest.approx(24.0)


@pytest.mark.parametrize(
    ("start", "told"), [({"x": np.zeros(5)}, "5 values for the 6 members of 'x'"), ({"y": np.zeros(6)}, "variable 'y'")]
)
def test_a_start_that_does_not_fit_is_named(start: Any, told: str) -> None:
    """By variable, and how many values there are and should be."""
    with pytest.raises((SolverFault, KeyError), match=told):
        solve(covers(6, whole=True), Profile(), start=start)


def _bounded() -> Any:
    live = Live(covers(8), Profile())
    live.bound("x", np.zeros(8), np.full(8, 0.3))
    return live.solve()


def lost(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From now on every other run of HiGHS ends without a word, as from a singular basis; the runs that were begun."""
    runs, real = [0], Watch.run

    def run(self: Watch, model: Any, time_s: float, *rest: Any) -> None:
        runs[0] += 1
        if runs[0] % 2 == 0:
            real(self, model, time_s, *rest)

    monkeypatch.setattr(Watch, "run", run)
    return runs


def test_a_question_begins_anew_where_the_solver_loses_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS ended with an error and no status at all where the last basis had become singular."""
    model = covers(8)
    program = Program(compile_model(model), Profile())
    cost = program.arrays.aims["cost"].cost
    first = program.minimise(cost)
    assert first is not None
    runs = lost(monkeypatch)
    second = program.minimise(cost, start=first)
    assert second is not None
    assert (runs, second.objective) == ([2], pytest.approx(first.objective))


def test_a_live_model_begins_anew_where_the_solver_loses_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """So does a model that is solved for another objective."""
    live = Live(covers(8), Profile())
    live.solve()
    live.bound("x", np.zeros(8), np.full(8, 0.3))
    wanted = _bounded().objective
    runs = lost(monkeypatch)
    assert live.solve().objective == pytest.approx(wanted)
    assert runs == [2]


@pytest.mark.parametrize(("aims", "told"), [(0, "no active objective"), (2, "2 active objectives: aim0, aim1")])
def test_which_objective_is_meant_must_be_clear(aims: int, told: str) -> None:
    """None, or several, are told as what they are."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 1))
    for n in range(aims):
        model.add_component(f"aim{n}", pyo.Objective(expr=model.x))
    with pytest.raises(SolverFault, match=told):
        solve(model, Profile())


def test_a_model_without_variables_has_an_answer() -> None:
    """Its constant."""
    model: Any = pyo.ConcreteModel()
    model.aim = pyo.Objective(expr=3.0)
    assert solve(model, Profile()).objective == 3.0
