"""Solvers that lie, crash, hang or are interrupted."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from aidc_twin.errors import InfeasibleError, SolverFault
from aidc_twin.solver import Live, Profile, solve
from aidc_twin.solver import watch as watching
from aidc_twin.solver.compiling import compile_parts
from aidc_twin.solver.engine import Answer
from aidc_twin.solver.highs import Highs
from aidc_twin.solver.program import Program
from aidc_twin.solver.watch import Watch


def transport(whole: bool) -> Any:
    """Two sources, three places, a unique cheapest plan of cost 18."""
    domain = pyo.NonNegativeIntegers if whole else pyo.NonNegativeReals
    cost = {(0, 0): 2, (0, 1): 3, (0, 2): 5, (1, 0): 4, (1, 1): 1, (1, 2): 2}
    model: Any = pyo.ConcreteModel()
    model.ship = pyo.Var(range(2), range(3), domain=domain)
    model.stock = pyo.Constraint(range(2), rule=lambda m, i: sum(m.ship[i, j] for j in range(3)) <= 6)
    model.need = pyo.Constraint(range(3), rule=lambda m, j: sum(m.ship[i, j] for i in range(2)) >= 3 + j % 2)
    model.cost = pyo.Objective(expr=sum(c * model.ship[k] for k, c in cost.items()))
    return model


class Liar(Highs):
    """Tells the truth but for one thing."""

    def __init__(self, lie: str) -> None:
        super().__init__()
        self.lie = lie

    def run(self, limits: Any, on_incumbent: Any) -> Answer:
        """Solve, then lie."""
        truth = super().run(limits, on_incumbent)
        assert truth.x is not None
        worse = truth.x.copy()
        worse[[0, 3]] += [-1.0, 1.0]
        lies = {
            "objective": replace(truth, objective=truth.objective - 1.0),
            "infeasible": replace(truth, x=truth.x * 0.5, objective=truth.objective * 0.5),
            "negative": replace(truth, x=truth.x - 1e-3, objective=truth.objective),
            "nan": replace(truth, x=np.full_like(truth.x, math.nan)),
            "missing": replace(truth, x=None),
            "short": replace(truth, x=truth.x[:-1]),
            "not best": replace(truth, x=worse, objective=truth.objective + 2.0),
            "no prices": replace(truth, duals=None),
            "wild prices": replace(truth, duals=np.array([50.0, -50.0, 3.0, 2.0, 9.0])),
            "crossing bound": replace(truth, bound=truth.objective + 3.0),
            "nan bound": replace(truth, bound=math.nan),
            "fraction": replace(truth, x=_shifted(truth.x), objective=truth.objective),
        }
        return lies[self.lie]


def _shifted(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    moved = x.copy()
    moved[4] += 0.5
    return moved


@pytest.mark.parametrize(
    "lie",
    ["objective", "infeasible", "negative", "nan", "missing", "short", "not best", "no prices", "wild prices"],
)
def test_lies_about_linear_programs_are_caught(lie: str) -> None:
    """A wrong value, objective or optimum never gets through."""
    with pytest.raises(SolverFault, match="lying solver"):
        solve(transport(whole=False), Profile(gap=0.0), engine=Liar(lie))


def steep(price: float, given: float = 0.0) -> Any:
    """Much is needed of which work makes little; a share of it is given, so that prices are large beside the cost."""
    model: Any = pyo.ConcreteModel()
    model.work, model.sold = pyo.Var(range(3), bounds=(0, None)), pyo.Var(range(3), bounds=(0, None))
    model.made = pyo.Constraint(range(3), rule=lambda m, i: m.sold[i] - m.work[i] / price <= given * (2 + i))
    model.wanted = pyo.Constraint(range(3), rule=lambda m, i: m.sold[i] >= 2 + i)
    model.spare = pyo.Constraint(expr=sum(model.work[i] for i in range(3)) >= 1)
    model.cost = pyo.Objective(expr=sum((3 + i) * model.work[i] for i in range(3)) / 10)
    return model


class Hoarse(Highs):
    """Tells prices with noise in their last digits, as a large program with nearly empty rows does."""

    noise = 1e-8

    def run(self, limits: Any, on_incumbent: Any) -> Answer:
        """Solve, then blur."""
        truth = super().run(limits, on_incumbent)
        assert truth.duals is not None
        size = self.noise * np.abs(truth.duals).max()
        return replace(truth, duals=truth.duals + size * np.array([1.0, -0.5, 0.25, -1.0, 0.5, 0.75, 1.0]))


def test_noise_in_large_prices_is_taken_out() -> None:
    """A column without a bound would make the bound infinite, and the true optimum a lie; slack rows keep no price."""
    clean, found = (solve(steep(1e4), Profile(gap=0.0), engine=engine) for engine in (Highs(), Hoarse()))
    assert math.isclose(found.bound, clean.objective, rel_tol=1e-9)
    assert math.isclose(clean.objective, 1e3 * (3 * 2 + 4 * 3 + 5 * 4), rel_tol=1e-9)
    for name, prices in clean.duals.items():
        assert np.allclose(found.duals[name], prices, rtol=1e-10, atol=1e-7), name


class Coarse(Highs):
    """Misses rows by less than the tolerance, and earns what that is worth at large prices."""

    def run(self, limits: Any, on_incumbent: Any) -> Answer:
        """Solve, then sell a little too little, for which less work is needed."""
        truth = super().run(limits, on_incumbent)
        assert truth.x is not None
        less = truth.x - 5e-7 * np.repeat([1e4, 1.0], 3)
        return replace(truth, x=less, objective=float(np.array([0.3, 0.4, 0.5]) @ less[:3]))


def test_what_missed_rows_are_worth_is_taken_out() -> None:
    """Else the objective is better than its bound, by more than both agree: 0.006 of 38."""
    clean, found = (solve(steep(1e4, 0.999), Profile(gap=0.0), engine=engine) for engine in (Highs(), Coarse()))
    assert math.isclose(clean.objective, 38.0, rel_tol=1e-9)
    assert math.isclose(found.objective, 38.0, rel_tol=1e-9)
    assert found.bound <= found.objective
    assert all(np.allclose(found.values[name], clean.values[name], rtol=1e-9) for name in clean.values)


def test_prices_that_are_further_off_are_no_noise() -> None:
    """Prices of another basis are not made right in silence."""
    liar = Hoarse()
    liar.noise = 1e-3
    with pytest.raises(SolverFault, match="its prices prove -inf only"):
        solve(steep(1e4), Profile(gap=0.0), engine=liar)


@pytest.mark.parametrize(
    "lie", ["objective", "infeasible", "nan", "missing", "crossing bound", "nan bound", "fraction"]
)
def test_lies_about_mixed_programs_are_caught(lie: str) -> None:
    """Neither does a fraction that should be whole, or a bound better than the solution."""
    with pytest.raises(SolverFault, match="lying solver"):
        solve(transport(whole=True), Profile(gap=0.0), engine=Liar(lie))


class Denier(Highs):
    """Says that nothing meets the constraints, so many times."""

    def __init__(self, times: int, status: str = "infeasible") -> None:
        super().__init__()
        self.left, self.status, self.asked = times, status, 0

    def run(self, limits: Any, on_incumbent: Any) -> Answer:
        """Solve, then deny."""
        truth = super().run(limits, on_incumbent)
        self.asked, self.left = self.asked + 1, self.left - 1
        return truth if self.left < 0 else Answer(self.status, None, None, math.nan, math.nan)


@pytest.mark.parametrize("whole", [False, True])
def test_a_solution_that_is_denied_is_found_all_the_same(whole: bool) -> None:
    """Neither a proof nor anybody else says that there is none: asked again from nothing, the solver tells it."""
    denier = Denier(1)
    found = solve(transport(whole), Profile(gap=0.0), engine=denier)
    assert math.isclose(found.objective, 18.0)
    assert denier.asked == 2 + whole  # a mixed program once more for its prices


@pytest.mark.parametrize("whole", [False, True])
def test_a_solution_that_is_denied_twice_makes_the_solver_a_liar(whole: bool) -> None:
    """What is never said of constraints that can be met: that they cannot."""
    with pytest.raises(SolverFault, match="lying solver: it says that nothing meets the constraints"):
        solve(transport(whole), Profile(gap=0.0), engine=Denier(9))


@pytest.mark.parametrize("whole", [False, True])
def test_a_point_that_is_known_speaks_against_a_denial(whole: bool) -> None:
    """Also where nobody asks why there is no solution: the last answer, and the point that a search begins with."""
    ship = {"ship": np.array([3.0, 0.0, 3.0, 0.0, 4.0, 0.0])}
    for begun in (False, True):
        denier = Denier(0)
        live = Live(transport(whole), Profile(gap=0.0), engine=denier)
        if not begun:
            live.solve()
        denier.left = 9
        with pytest.raises(SolverFault, match="a point is known that does"):
            live.solve(start=ship if begun else None, explained=False)


def short(whole: bool) -> Any:
    """One source has nothing, so that nothing meets the needs."""
    model = transport(whole)
    model.nothing = pyo.Constraint(expr=model.ship[0, 0] + model.ship[0, 1] + model.ship[0, 2] <= 0)
    return model


def halves() -> Any:
    """Nothing but a fraction meets it: no multipliers prove that, whole numbers do."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var(range(2), domain=pyo.NonNegativeIntegers, bounds=(0, 9))
    model.half = pyo.Constraint(expr=2 * model.x[0] + 4 * model.x[1] == 7)
    model.cost = pyo.Objective(expr=model.x[0])
    return model


@pytest.mark.parametrize("model", [short(False), short(True), halves()], ids=["reals", "whole", "halves"])
def test_a_true_denial_is_believed(model: Any) -> None:
    """By its proof, or because a second solver finds nothing either; a known point of other limits says nothing."""
    with pytest.raises(InfeasibleError):
        solve(model, Profile(gap=0.0))


def test_a_second_solver_that_fails_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first one said, which nobody can prove or contradict, stays the answer and becomes no fault."""
    asked: list[Highs] = []

    class Failing(Highs):
        def run(self, limits: Any, on_incumbent: Any) -> Answer:
            asked.append(self)
            raise SolverFault("no room")

    monkeypatch.setattr("aidc_twin.solver.denial.Highs", Failing)
    with pytest.raises(InfeasibleError):
        solve(halves(), Profile(gap=0.0))
    assert len(asked) == 1


def test_no_limit_is_no_denial() -> None:
    """A solver that cannot tell "nothing meets it" from "it has no limit" is told apart by a point."""
    model = transport(whole=False)
    model.cost.set_value(-model.ship[0, 0])
    model.stock.deactivate()
    with pytest.raises(SolverFault, match="the objective cost has no limit"):
        solve(model, Profile(gap=0.0), engine=Denier(1, "unbounded or infeasible"))


@pytest.mark.parametrize("whole", [False, True])
def test_denied_questions_of_a_program_are_asked_again(whole: bool) -> None:
    """What explains a plan must not take a lie for a cause."""
    arrays = compile_parts(transport(whole)).arrays
    cost = arrays.aims["cost"].cost
    found = Program(arrays, Profile(gap=0.0), engine=Denier(1)).minimise(cost)
    assert found is not None
    assert math.isclose(found.objective, 18.0)
    with pytest.raises(SolverFault, match="a point is known that does"):
        Program(arrays, Profile(gap=0.0), engine=Denier(9)).minimise(cost)
    assert Program(compile_parts(short(whole)).arrays, Profile(gap=0.0)).minimise(cost) is None


class FakeModel:
    """What a watch sees of highspy, with a run of our own."""

    def __init__(self, run: Any) -> None:
        self.listeners: list[Any] = []
        self.cbSimplexInterrupt = self.cbIpmInterrupt = self.cbMipInterrupt = self
        self.run = lambda: run(self)

    def subscribe(self, listener: Any) -> None:
        """Take a listener."""
        self.listeners.append(listener)

    def clear(self) -> None:
        """Forget them."""
        self.listeners = []

    def told_to_stop(self) -> bool:
        """Ask the listeners as HiGHS does."""
        stops: list[bool] = []
        for listener in list(self.listeners):
            listener(type("Event", (), {"interrupt": lambda _, stop: stops.append(stop)})())
        return any(stops)


def test_a_crash_is_a_fault() -> None:
    """What a solver throws becomes one line."""

    def crash(_: FakeModel) -> None:
        raise MemoryError("no room")

    with pytest.raises(SolverFault, match="the solver crashed: MemoryError"):
        Watch().run(FakeModel(crash), 5.0)


def test_a_hanging_solver_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that ignores its limit is given up shortly after it."""
    monkeypatch.setattr(watching, "GRACE_S", 0.2)
    over = threading.Event()
    begun = time.perf_counter()
    with pytest.raises(SolverFault, match="does not answer"):
        Watch().run(FakeModel(lambda _: over.wait(20)), 0.2)
    assert time.perf_counter() - begun < 3.0
    over.set()


def test_ctrl_c_stops_a_run_and_keeps_what_it_has() -> None:
    """One Ctrl-C makes the solver stop by itself; the watch remembers why."""

    def search(model: FakeModel) -> None:
        while not model.told_to_stop():
            time.sleep(0.01)

    watch = Watch()
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = time.perf_counter()
    watch.run(FakeModel(search), 30.0)
    assert watch.interrupted
    assert not watch.out_of_time
    assert time.perf_counter() - begun < 5.0


def test_ctrl_c_gets_through_to_a_deaf_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the solver does not listen, the interrupt reaches the caller within the grace."""
    monkeypatch.setattr(watching, "GRACE_S", 0.2)
    over = threading.Event()
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        Watch().run(FakeModel(lambda _: over.wait(20)), 30.0)
    over.set()
