"""Lot sizing with known optima (dynamic programming, a fractile, published instances), and the bounder and improver."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from numpy.typing import NDArray

from aidc_twin.errors import InfeasibleError, NoPlanError, SolverFault
from aidc_twin.solver import Grid, Live, Profile, Search, bracket, improve, load_profile, solve, windows
from aidc_twin.telemetry import Deadline

Floats = NDArray[np.float64]

EXACT = Profile(gap=0.0, nodes=100_000)
PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "cases" / "plan" / "lotsizing_psp"
OPTIMA = {"pigment15a": 1195, "pigment15b": 1123}


def lots(demand: Floats, setup: Floats, hold: Floats, room: float, strong: bool) -> Any:
    """Lot sizing of items that share the room of a period; strong: each unit is made for one period.

    Parameters
    ----------
    demand
        shape (items, periods).
    setup, hold
        shape (items,), cost of a lot, and of a unit in stock for a period.
    room
        Units of all items together in a period.
    """
    items, periods = demand.shape
    m: Any = pyo.ConcreteModel()
    m.i, m.t = pyo.RangeSet(0, items - 1), pyo.RangeSet(0, periods - 1)
    m.make = pyo.Var(m.i, m.t, domain=pyo.NonNegativeReals)
    m.setup = pyo.Var(m.i, m.t, domain=pyo.Binary)
    m.stock = pyo.Var(m.i, m.t, domain=pyo.NonNegativeReals)

    def before(i: int, t: int) -> Any:
        return m.stock[i, t - 1] if t else 0.0

    m.balance = pyo.Constraint(
        m.i, m.t, rule=lambda m, i, t: before(i, t) + m.make[i, t] == demand[i, t] + m.stock[i, t]
    )
    m.lot = pyo.Constraint(m.i, m.t, rule=lambda m, i, t: m.make[i, t] <= demand[i, t:].sum() * m.setup[i, t])
    m.room = pyo.Constraint(m.t, rule=lambda m, t: sum(m.make[i, t] for i in m.i) <= room)
    if strong:
        spans = [(i, t, u) for i in range(items) for t in range(periods) for u in range(t, periods)]
        m.part = pyo.Var(spans, domain=pyo.NonNegativeReals)
        m.divided = pyo.Constraint(
            m.i, m.t, rule=lambda m, i, t: m.make[i, t] == sum(m.part[i, t, u] for u in range(t, periods))
        )
        m.covered = pyo.Constraint(
            m.i, m.t, rule=lambda m, i, u: sum(m.part[i, t, u] for t in range(u + 1)) == demand[i, u]
        )
        m.prepared = pyo.Constraint(spans, rule=lambda m, i, t, u: m.part[i, t, u] <= demand[i, u] * m.setup[i, t])
    m.cost = pyo.Objective(expr=sum(setup[i] * m.setup[i, t] + hold[i] * m.stock[i, t] for i in m.i for t in m.t))
    return m


def drawn(seed: int, items: int, periods: int) -> tuple[Floats, Floats, Floats, float]:
    """Demand, costs of lots and stock, and room for a tenth more than the busiest prefix of periods needs."""
    draw = np.random.Generator(np.random.PCG64(seed))
    demand = draw.integers(0, 40, (items, periods)).astype(float)
    demand[:, 0] += 1.0
    total = np.cumsum(demand.sum(0)) / np.arange(1, periods + 1)
    return demand, draw.uniform(20, 120, items), draw.uniform(0.5, 2.0, items), float(np.ceil(1.1 * total.max()))


def wagner_whitin(demand: Sequence[float], setup: float, hold: float) -> float:
    """Least cost of one item without limits, by the recursion of Wagner and Whitin (1958)."""
    best = [0.0]
    for last in range(1, len(demand) + 1):
        free = float("inf") if demand[last - 1] else best[last - 1]
        costs = [
            best[first] + setup + hold * sum((u - first) * demand[u] for u in range(first, last))
            for first in range(last)
        ]
        best.append(min(free, *costs))
    return best[-1]


def grid_of(live: Live, items: int, periods: int) -> Grid:
    """Set-ups by period and item."""
    piece = live.arrays.column_piece("setup")
    item, period = np.divmod(np.arange(items * periods, dtype=np.int32), periods)
    return Grid(np.arange(piece.start, piece.stop, dtype=np.int32), period, {"item": item})


@pytest.mark.parametrize("seed", range(20))
def test_one_item_equals_wagner_whitin(seed: int) -> None:
    """Both forms have the optimum of the recursion; relaxed, the strong form has it too, the weak one not."""
    demand, setup, hold, _ = drawn(seed, 1, 12)
    truth = wagner_whitin(demand[0].tolist(), setup[0], hold[0])
    weak, strong = (lots(demand, setup, hold, demand.sum(), form) for form in (False, True))
    assert solve(weak, EXACT).objective == pytest.approx(truth)
    assert Live(strong, EXACT).solve(relaxed=True).objective == pytest.approx(truth)
    assert Live(weak, EXACT).solve(relaxed=True).objective < 0.95 * truth


@pytest.mark.parametrize("seed", range(20))
def test_safety_stock_equals_the_newsvendor(seed: int) -> None:
    """What is bought before demand is known is the fractile (price - cost) / price of the demands that may come."""
    draw = np.random.Generator(np.random.PCG64(seed))
    demand = draw.integers(10, 90, 25).astype(float)
    price, cost = 10.0, float(np.round(draw.uniform(1.0, 9.0), 2)) + 0.003  # no fractile falls between two demands
    m: Any = pyo.ConcreteModel()
    m.buy = pyo.Var(bounds=(0, 100))
    m.sell = pyo.Var(range(25), domain=pyo.NonNegativeReals)
    m.bought = pyo.Constraint(range(25), rule=lambda m, s: m.sell[s] <= m.buy)
    m.wanted = pyo.Constraint(range(25), rule=lambda m, s: m.sell[s] <= demand[s])
    m.gain = pyo.Objective(expr=sum(price * m.sell[s] / 25 for s in range(25)) - cost * m.buy, sense=pyo.maximize)
    best = np.sort(demand)[int(np.ceil(25 * (price - cost) / price)) - 1]
    found = solve(m, EXACT)
    assert found.values["buy"] == pytest.approx([best])
    assert found.objective == pytest.approx(price * np.minimum(demand, best).mean() - cost * best)


def read_psp(path: Path) -> tuple[NDArray[np.int64], int, NDArray[np.int64], int]:
    """Demand (items, periods), holding cost, changeover cost (items, items) and optimum of an instance file."""
    numbers = [int(word) for word in path.read_text(encoding="utf-8").split()]
    periods, items = numbers[:2]
    cut = 2 + items * periods
    demand = np.array(numbers[2:cut]).reshape(items, periods)
    changes = np.array(numbers[cut + 1 : cut + 1 + items * items]).reshape(items, items)
    return demand, numbers[cut], changes, numbers[-1]


def pigments(demand: NDArray[np.int64], hold: int, changes: NDArray[np.int64]) -> Any:
    """One machine that makes a unit of one item a period or none, and keeps its set-up until it is changed."""
    items, periods = demand.shape
    m: Any = pyo.ConcreteModel()
    m.i, m.t = pyo.RangeSet(0, items - 1), pyo.RangeSet(0, periods - 1)
    m.make, m.set = pyo.Var(m.i, m.t, domain=pyo.Binary), pyo.Var(m.i, m.t, domain=pyo.Binary)
    m.stock = pyo.Var(m.i, m.t, domain=pyo.NonNegativeReals)
    m.change = pyo.Var(m.i, m.i, range(1, periods), bounds=(0, 1))
    m.balance = pyo.Constraint(
        m.i, m.t,
        rule=lambda m, i, t: (m.stock[i, t - 1] if t else 0) + m.make[i, t] == int(demand[i, t]) + m.stock[i, t],
    )  # fmt: skip
    m.ready = pyo.Constraint(m.i, m.t, rule=lambda m, i, t: m.make[i, t] <= m.set[i, t])
    m.one = pyo.Constraint(m.t, rule=lambda m, t: sum(m.set[i, t] for i in m.i) == 1)
    later = range(1, periods)
    m.left = pyo.Constraint(m.i, later, rule=lambda m, i, t: sum(m.change[i, j, t] for j in m.i) == m.set[i, t - 1])
    m.come = pyo.Constraint(m.i, later, rule=lambda m, j, t: sum(m.change[i, j, t] for i in m.i) == m.set[j, t])
    spans = [
        (i, t, u) for i in m.i for t in m.t for u in range(t, periods) if demand[i, u] and not demand[i, t:u].any()
    ]

    def comes(i: int, t: int) -> Any:
        return sum(m.change[j, i, t] for j in m.i if j != i)

    m.served = pyo.Constraint(  # the first demand from t on is in stock, set up for in t, or set up for later
        spans,
        rule=lambda m, i, t, u: (
            (m.stock[i, t - 1] if t else 0) + m.set[i, t] + sum(comes(i, k) for k in range(t + 1, u + 1)) >= 1
        ),
    )
    m.cost = pyo.Objective(
        expr=sum(int(changes[i, j]) * m.change[i, j, t] for i in m.i for j in m.i for t in later)
        + sum(hold * m.stock[i, t] for i in m.i for t in m.t)
    )
    return m


@pytest.mark.parametrize("name", OPTIMA)
def test_published_instances_have_their_published_optimum(name: str) -> None:
    """Discrete lot sizing with changeovers: proven, and as the file says."""
    path = PUBLISHED / f"{name}.psp"
    if not path.is_file():
        pytest.skip(f"the published instances are not beside the repository ({path})")
    demand, hold, changes, optimum = read_psp(path)
    found = solve(pigments(demand, hold, changes), EXACT)
    assert optimum == OPTIMA[name]
    assert (found.objective, found.bound) == pytest.approx((optimum, optimum))


@pytest.mark.parametrize("seed", range(4))
def test_bounder_and_improver_hold_the_optimum_between_them(seed: int) -> None:
    """On small instances the exact optimum lies between bound and plan, and the plan is within a hundredth of it."""
    demand, setup, hold, room = drawn(seed, 4, 8)
    truth = solve(lots(demand, setup, hold, room, strong=True), EXACT).objective
    weak = Live(lots(demand, setup, hold, room, strong=False), load_profile("windows"))
    strong = Live(lots(demand, setup, hold, room, strong=True), load_profile("bounds"))
    found = bracket(weak, strong, grid_of(weak, 4, 8), Search(size=8, passes=4))
    assert found.root <= found.result.bound <= truth * (1 + 1e-9)
    assert truth * (1 - 1e-9) <= found.result.objective <= truth * 1.01
    assert found.result.gap == pytest.approx(1 - found.result.bound / found.result.objective, abs=1e-9)
    assert found.result.replayable


def test_the_improver_takes_the_same_steps_each_time() -> None:
    """With work limits alone every window, objective and iteration is the same again."""
    demand, setup, hold, room = drawn(7, 6, 10)
    runs = []
    for _ in range(2):
        live = Live(lots(demand, setup, hold, room, strong=False), load_profile("windows"))
        runs.append(improve(live, grid_of(live, 6, 10), Search(size=12, iterations=3000)))
    assert runs[0].steps == runs[1].steps
    assert np.array_equal(runs[0].result.values["make"], runs[1].result.values["make"])
    assert (runs[0].stopped_by, runs[0].replayable) == ("iterations", True)
    objectives = [step.objective for step in runs[0].steps]
    assert objectives == sorted(objectives, reverse=True)
    begun = improve(live, grid_of(live, 6, 10), Search(passes=0))
    assert (begun.stopped_by, begun.steps) == ("passes", ())
    assert objectives[-1] < begun.result.objective


def test_the_improver_bounds_what_it_found() -> None:
    """Its bound is that of the relaxed program, never that of a window."""
    demand, setup, hold, room = drawn(3, 5, 8)
    live = Live(lots(demand, setup, hold, room, strong=False), load_profile("windows"))
    relaxed = live.solve(relaxed=True).bound
    found = improve(live, grid_of(live, 5, 8), Search(size=10, passes=3))
    assert found.result.bound == pytest.approx(relaxed)
    assert found.result.status == "feasible"
    assert live.solve(relaxed=True).bound == pytest.approx(relaxed)  # all columns are free again


def test_the_largest_window_ends_the_search_at_the_optimum() -> None:
    """Where windows grow to everything and gain nothing the search stops by itself, at the best value of a knapsack."""
    draw = np.random.Generator(np.random.PCG64(5))
    weight, value = draw.integers(5, 40, 24).tolist(), draw.integers(5, 60, 24).tolist()
    m: Any = pyo.ConcreteModel()
    m.take = pyo.Var(range(24), domain=pyo.Binary)
    m.fits = pyo.Constraint(expr=sum(w * m.take[i] for i, w in enumerate(weight)) <= sum(weight) // 2)
    m.worth = pyo.Objective(expr=sum(v * m.take[i] for i, v in enumerate(value)), sense=pyo.maximize)
    live = Live(m, Profile(gap=0.0, nodes=10_000))
    grid = Grid(np.arange(24, dtype=np.int32), np.arange(24) // 4, {})
    found = improve(live, grid, Search(size=8))
    assert found.stopped_by == "all"
    assert found.result.objective == pytest.approx(solve(m, EXACT).objective)


def test_where_no_rounding_holds_a_tree_finds_the_start() -> None:
    """Equations that roundings miss: the first plan is HiGHS's own."""
    m: Any = pyo.ConcreteModel()
    m.n = pyo.Var(range(3), domain=pyo.Integers, bounds=(0, 9))
    m.sum = pyo.Constraint(expr=6 * m.n[0] + 10 * m.n[1] + 15 * m.n[2] == 61)
    m.cost = pyo.Objective(expr=m.n[0] + m.n[1] + m.n[2])
    live = Live(m, EXACT)
    found = improve(live, Grid(np.arange(3, dtype=np.int32), np.zeros(3, np.int64), {}), Search(size=3, passes=1))
    assert found.result.objective == pytest.approx(5.0)  # four are 60 at most
    assert found.result.values["n"] @ [6, 10, 15] == pytest.approx(61.0)


def test_what_cannot_be_is_said_so() -> None:
    """Too little room is infeasible with its causes, not a plan that was not found."""
    demand, setup, hold, room = drawn(1, 3, 6)
    live = Live(lots(demand, setup, hold, 0.5 * room, strong=False), EXACT)
    with pytest.raises(InfeasibleError):
        improve(live, grid_of(live, 3, 6), Search(size=9))


def test_forms_that_do_not_fit_together_are_refused() -> None:
    """A strong form without the whole columns of the weak one, and one that cuts off plans."""
    demand, setup, hold, room = drawn(2, 3, 6)
    weak = Live(lots(demand, setup, hold, room, strong=False), load_profile("windows"))
    other = Live(lots(demand[:, :5], setup, hold, room, strong=True), EXACT)
    with pytest.raises(SolverFault, match="no variable setup of 18 members"):
        bracket(weak, other, grid_of(weak, 3, 6), Search(passes=1))
    liar = Live(lots(demand, 3.0 * setup, hold, room, strong=True), EXACT)
    with pytest.raises(SolverFault, match="better than its own solution"):
        bracket(weak, liar, grid_of(weak, 3, 6), Search(passes=2))


def test_a_limit_of_time_holds() -> None:
    """Both together end shortly after their time, with a plan and a bound, and say that the clock decided."""
    demand, setup, hold, room = drawn(4, 12, 16)
    weak = Live(lots(demand, setup, hold, room, strong=False), load_profile("windows"))
    strong = Live(lots(demand, setup, hold, room, strong=True), load_profile("bounds").model_copy(update={"gap": 0.0}))
    began = time.perf_counter()
    found = bracket(weak, strong, grid_of(weak, 12, 16), Search(deadline=Deadline.after(3.0)))
    assert time.perf_counter() - began < 3.0 + 2.0
    assert found.result.bound <= found.result.objective
    assert not found.result.replayable


def test_windows_cover_every_column() -> None:
    """Each axis covers all columns, no window is much larger than asked for, and names are unique."""
    item, period = np.divmod(np.arange(7 * 9), 9)
    grid = Grid(np.arange(100, 163, dtype=np.int32), period, {"item": item, "half": item // 4})
    for size in (1, 5, 14, 30, 63, 500):
        found = windows(grid, size)
        assert len({window.name for window in found}) == len(found)
        for axis in ("time", "item", "half"):
            own = [window.columns for window in found if window.name.startswith(axis)]
            assert np.array_equal(np.unique(np.concatenate(own)), grid.columns)
        assert max(window.columns.size for window in found) <= max(1.5 * size, 7)


def test_a_solver_that_was_stopped_solves_again() -> None:
    """HiGHS keeps the flag of an interrupt: the next run is told that it is over."""
    demand, setup, hold, room = drawn(4, 12, 16)
    live = Live(lots(demand, setup, hold, room, strong=False), Profile(gap=0.0, nodes=10_000_000))
    engine: Any = live._engine
    look = engine._watch._look

    def stop(event: Any) -> None:
        engine._watch.out_of_time = True
        look(event)

    engine._watch._look = stop
    first = _outcome(live)
    del engine._watch._look
    assert first in ("time", "none")
    assert live.solve(relaxed=True).status == "optimal"
    assert improve(live, grid_of(live, 12, 16), Search(passes=1, iterations=1)).stopped_by == "iterations"


def _outcome(live: Live) -> str:
    try:
        return live.solve().stopped_by
    except NoPlanError:
        return "none"
